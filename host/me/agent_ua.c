/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the BM-SC: the steps of mbms.h, with keys that are valid now. */
#include "agent_int.h"

#include <errno.h>

static enum agent_end answered_service(struct agent *a, const struct km_item *item)
{
	static const char *const events[] = { [KM_REGISTER] = "registered", [KM_DEREGISTER] = "deregistered" };
	enum km_kind kind = a->errands->doc->kind;

	if (item->code != 200) {
		AGENT_LOG(a, "rejected", LOG_TEXT("reason", agent_code_text(item->code)),
			  LOG_NUMBER("code", item->code), LOG_TEXT("service", item->service),
			  LOG_TEXT("cause", "bm-sc"));
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
		AGENT_LOG(a, "rejected", LOG_TEXT("reason", agent_code_text(item->code)),
			  LOG_NUMBER("code", item->code), LOG_HEX("key_domain", SPAN(item->key.domain)),
			  LOG_TEXT("msk_id", msk_id), LOG_TEXT("cause", "bm-sc"));
		return AGENT_REFUSED;
	}
	AGENT_LOG(a, "msk-request", LOG_HEX("key_domain", SPAN(item->key.domain)), LOG_TEXT("msk_id", msk_id));
	agent_granted(a, &item->key);
	return AGENT_OK;
}

/* An event for each item; the worst end of all. */
static enum agent_end answered(struct agent *a)
{
	const struct km_doc *doc = a->errands->doc;
	enum agent_end worst = AGENT_OK;

	for (size_t i = 0; i < doc->n; i++) {
		const struct km_item *item = &doc->item[i];
		enum agent_end end = doc->kind == KM_MSK_REQUEST ? answered_msk(a, item) : answered_service(a, item);
		worst = end > worst ? end : worst;
	}
	return worst;
}

/* From one step to the next, until an exchange is out or there is nothing more to do. */
static enum agent_end go_on(struct agent *a, enum mbms_next next)
{
	struct mbms *m = &a->work->mbms;

	mbms_keep_nonce(m, &a->nonce);
	switch (next) {
	case MBMS_SEND:
		a->work->at_bsf = false;
		return agent_send(a);
	case MBMS_BOOTSTRAP:
		return agent_ub_begin(a);
	case MBMS_DONE:
		return answered(a);
	case MBMS_FAIL:
		break;
	}
	return agent_error(a, m->refused ? AGENT_REFUSED : AGENT_FAILED, m->why);
}

/* With B-TID and MRK: the request begins, or goes on that a 401 has stopped. */
static enum agent_end ask(struct agent *a, const char *btid, const struct key256 *mrk)
{
	struct agent_work *w = a->work;
	char cnonce[MBMS_CNONCE_MAX];

	if (w->asking)
		return go_on(a, mbms_credentials(&w->mbms, btid, mrk, a->env->req));
	if (!agent_cnonce(a, cnonce))
		return AGENT_UNREACHABLE;
	w->asking = true;
	return go_on(a, mbms_start(&w->mbms, a->prim, a->errands->doc, a->bmsc_url, btid, mrk, cnonce, &a->nonce,
				   a->env->req));
}

enum agent_end agent_ua_bootstrapped(struct agent *a)
{
	struct key256 mrk _secret256_ = { 0 };
	struct keystore_gba gba;
	bool no_ks = false;

	if (keystore_gba(a->store, &gba) != 0)
		return agent_store_failed(a);
	enum agent_end end = agent_keys_derive(a, &gba, &mrk, &no_ks);
	if (no_ks)
		return agent_error(a, end, "the card has no Ks after a bootstrapping: another program was at it");
	return end == AGENT_OK ? ask(a, gba.btid, &mrk) : end;
}

/* B-TID and MRK that are valid now: those in the key store, or derived anew, or after a new bootstrapping. */
enum agent_end agent_ua_begin(struct agent *a)
{
	struct key256 mrk _secret256_ = { 0 };
	struct keystore_gba gba;
	bool no_ks;
	int rc = keystore_gba(a->store, &gba);

	if (rc != 0 && rc != -ENOENT)
		return agent_store_failed(a);
	if (rc == -ENOENT || gba.expires <= a->env->now(a->env->ctx) / 1000)
		return agent_ub_begin(a);
	rc = keystore_naf_key(a->store, a->naf_fqdn, &mrk);
	if (rc == 0)
		return ask(a, gba.btid, &mrk);
	if (rc != -ENOENT)
		return agent_store_failed(a);
	enum agent_end end = agent_keys_derive(a, &gba, &mrk, &no_ks);
	if (no_ks)
		return agent_ub_begin(a);
	return end == AGENT_OK ? ask(a, gba.btid, &mrk) : end;
}

enum agent_end agent_ua_response(struct agent *a, const struct http_resp *resp)
{
	return go_on(a, mbms_response(&a->work->mbms, resp, a->env->req));
}
