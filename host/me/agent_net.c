/* SPDX-License-Identifier: Apache-2.0 */
/* The ME's errands to BSF and BM-SC: the steps of gba.h and mbms.h, driven to their end. */
#include "agent_int.h"

#include <errno.h>
#include <stdio.h>

/* One exchange with what is in a->req. */
static enum agent_end exchange(struct agent *a)
{
	char why[HTTP_WHY_MAX];
	int rc = a->env->http(a->env->ctx, &a->req, &a->resp, why);

	if (rc == 0)
		return AGENT_OK;
	return agent_error(a, rc == -EPROTO ? AGENT_FAILED : AGENT_UNREACHABLE, why);
}

/* The challenge into the card, its answer into the next request. */
static enum agent_end challenge_card(struct agent *a, enum gba_next *next)
{
	struct usim_aka aka _secret_usim_aka_ = { 0 };
	int rc = usim_gba_bootstrap(a->usim, &a->gba.challenge, &aka);

	if (rc != 0)
		return agent_card_failed(a, rc, rc == -EBADMSG ? "the card does not believe the BSF" : NULL);
	struct span auts = aka.sync_failure ? SPAN(aka.auts) : (struct span){ 0 };
	*next = gba_card_answer(&a->gba, span_of(aka.res, aka.res_len), auts, &a->req);
	return AGENT_OK;
}

/* Runs the steps of Ub. */
static enum agent_end run_gba(struct agent *a, enum gba_next next)
{
	enum agent_end end = AGENT_OK;

	while (end == AGENT_OK) {
		switch (next) {
		case GBA_SEND:
			end = exchange(a);
			if (end == AGENT_OK)
				next = gba_response(&a->gba, &a->resp, a->env->now(a->env->ctx) / 1000, &a->req);
			break;
		case GBA_CARD:
			end = challenge_card(a, &next);
			break;
		case GBA_DONE:
			return AGENT_OK;
		case GBA_FAIL:
			return agent_error(a, a->gba.refused ? AGENT_REFUSED : AGENT_FAILED, a->gba.why);
		}
	}
	return end;
}

static enum agent_end store_bootstrap(struct agent *a)
{
	struct keystore_gba gba = { .expires = a->gba.info.expires };

	memcpy(gba.rand, a->gba.challenge.rand, sizeof gba.rand);
	memcpy(gba.btid, a->gba.info.btid, sizeof gba.btid);
	memcpy(gba.lifetime, a->gba.info.lifetime, sizeof gba.lifetime);
	int rc = usim_gbabp_write(a->usim, gba.rand, gba.btid, gba.lifetime);
	if (rc != 0)
		return agent_card_failed(a, rc, NULL);
	if (keystore_put_gba(a->store, &gba) != 0)
		return agent_store_failed(a);
	AGENT_LOG(a, "bootstrap", LOG_TEXT("impi", a->impi), LOG_TEXT("btid", gba.btid),
		  LOG_TEXT("lifetime", gba.lifetime));
	return AGENT_OK;
}

enum agent_end agent_bootstrap(struct agent *a)
{
	char cnonce[GBA_CNONCE_MAX];

	if (!a->card)
		return agent_error(a, AGENT_UNREACHABLE, "no card to bootstrap with");
	if (!a->id.gba)
		return agent_error(a, AGENT_REFUSED, "the USIM does no GBA (service 68 of EF_UST is off)");
	if (!agent_cnonce(a, cnonce))
		return AGENT_UNREACHABLE;
	const char *url = a->bsf_url != NULL ? a->bsf_url : a->bsf_default;
	enum agent_end end = run_gba(a, gba_start(&a->gba, a->prim, a->impi, url, cnonce, &a->req));
	if (end == AGENT_OK)
		end = store_bootstrap(a);
	gba_wipe(&a->gba);
	return end;
}

/* Derives the key of the BM-SC on the card and keeps it. *ret_no_ks: the card has nothing to derive it from. */
static enum agent_end derive(struct agent *a, struct key256 *ret, bool *ret_no_ks)
{
	uint8_t naf_id[MBMS_NAF_ID_MAX];
	struct span id = mbms_naf_id(naf_id, a->naf_fqdn);
	int rc = usim_naf_key(a->usim, id, span_str(a->impi), ret);

	*ret_no_ks = rc == -EPERM;
	if (*ret_no_ks)
		return AGENT_FAILED;
	if (rc != 0)
		return agent_card_failed(a, rc, NULL);
	return keystore_put_naf_key(a->store, a->naf_fqdn, ret) == 0 ? AGENT_OK : agent_store_failed(a);
}

static enum agent_end bootstrap_and_derive(struct agent *a, struct keystore_gba *ret_gba, struct key256 *ret_mrk)
{
	bool no_ks;
	enum agent_end end = agent_bootstrap(a);

	if (end == AGENT_OK && keystore_gba(a->store, ret_gba) != 0)
		end = agent_store_failed(a);
	if (end == AGENT_OK)
		end = derive(a, ret_mrk, &no_ks);
	return end;
}

/* B-TID and MRK that are valid now: those in the key store, or derived anew, or after a new bootstrapping. */
static enum agent_end valid_keys(struct agent *a, struct keystore_gba *ret_gba, struct key256 *ret_mrk)
{
	bool no_ks = true;
	int rc = keystore_gba(a->store, ret_gba);

	if (rc != 0 && rc != -ENOENT)
		return agent_store_failed(a);
	if (rc == 0 && ret_gba->expires > a->env->now(a->env->ctx) / 1000) {
		rc = keystore_naf_key(a->store, a->naf_fqdn, ret_mrk);
		if (rc == 0)
			return AGENT_OK;
		if (rc != -ENOENT)
			return agent_store_failed(a);
		enum agent_end end = derive(a, ret_mrk, &no_ks);
		if (!no_ks)
			return end;
	}
	return bootstrap_and_derive(a, ret_gba, ret_mrk);
}

static const char *reason_of(int code)
{
	if (code == 403)
		return "the BM-SC: not authorised";
	if (code == 404)
		return "the BM-SC: unknown";
	return "the BM-SC says no";
}

static enum agent_end answered_service(struct agent *a, const struct km_item *item)
{
	static const char *const events[] = { [KM_REGISTER] = "registered", [KM_DEREGISTER] = "deregistered" };
	enum km_kind kind = a->mbms.request.kind;

	if (item->code != 200) {
		AGENT_LOG(a, "rejected", LOG_TEXT("reason", reason_of(item->code)), LOG_NUMBER("code", item->code),
			  LOG_TEXT("service", item->service));
		return AGENT_REFUSED;
	}
	int rc = kind == KM_REGISTER ? keystore_put_service(a->store, item->service)
				     : keystore_drop_service(a->store, item->service);
	if (rc != 0)
		return agent_store_failed(a);
	AGENT_LOG(a, events[kind], LOG_TEXT("service", item->service));
	return AGENT_OK;
}

static enum agent_end answered_msk(struct agent *a, const struct km_item *item)
{
	char msk_id[MSK_ID_TEXT];

	agent_msk_id(msk_id, &item->key);
	if (item->code != 200) {
		AGENT_LOG(a, "rejected", LOG_TEXT("reason", reason_of(item->code)), LOG_NUMBER("code", item->code),
			  LOG_HEX("key_domain", SPAN(item->key.domain)), LOG_TEXT("msk_id", msk_id));
		return AGENT_REFUSED;
	}
	AGENT_LOG(a, "msk-request", LOG_HEX("key_domain", SPAN(item->key.domain)), LOG_TEXT("msk_id", msk_id));
	return AGENT_OK;
}

/* An event for each item; the worst end of all. */
static enum agent_end answered(struct agent *a)
{
	enum agent_end worst = AGENT_OK;

	for (size_t i = 0; i < a->mbms.answer.n; i++) {
		const struct km_item *item = &a->mbms.answer.item[i];
		enum agent_end end =
			a->mbms.request.kind == KM_MSK_REQUEST ? answered_msk(a, item) : answered_service(a, item);
		worst = end > worst ? end : worst;
	}
	return worst;
}

/* Runs the steps of Ua. */
static enum agent_end run_mbms(struct agent *a, enum mbms_next next)
{
	struct key256 mrk _secret256_ = { 0 };
	enum agent_end end = AGENT_OK;
	struct keystore_gba gba;

	while (end == AGENT_OK) {
		switch (next) {
		case MBMS_SEND:
			end = exchange(a);
			if (end == AGENT_OK)
				next = mbms_response(&a->mbms, &a->resp, &a->req);
			break;
		case MBMS_BOOTSTRAP:
			end = bootstrap_and_derive(a, &gba, &mrk);
			if (end == AGENT_OK)
				next = mbms_credentials(&a->mbms, gba.btid, &mrk, &a->req);
			break;
		case MBMS_DONE:
			return answered(a);
		case MBMS_FAIL:
			return agent_error(a, a->mbms.refused ? AGENT_REFUSED : AGENT_FAILED, a->mbms.why);
		}
	}
	return end;
}

enum agent_end agent_ask(struct agent *a, const struct km_doc *doc)
{
	struct key256 mrk _secret256_ = { 0 };
	char cnonce[MBMS_CNONCE_MAX];
	struct keystore_gba gba;

	if (!a->card)
		return agent_error(a, AGENT_UNREACHABLE, "no card");
	if (!agent_cnonce(a, cnonce))
		return AGENT_UNREACHABLE;
	enum agent_end end = valid_keys(a, &gba, &mrk);
	if (end == AGENT_OK)
		end = run_mbms(a, mbms_start(&a->mbms, a->prim, doc, a->bmsc_url, gba.btid, &mrk, cnonce, &a->req));
	mbms_wipe(&a->mbms);
	return end;
}
