/* SPDX-License-Identifier: Apache-2.0 */
/* The ME's card and its errands. */
#include "agent_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../apdu/hex.h"

struct agent *agent_open(const struct agent_env *env, const struct log *log, struct usim *usim, struct keystore *store,
			 struct prim *prim, const char *bsf_url, const char *bmsc_url)
{
	struct agent *a = calloc(1, sizeof *a);
	struct http_url url;

	if (a == NULL)
		return NULL;
	if (!http_url_parse(&url, bmsc_url)) {
		free(a);
		errno = EINVAL;
		return NULL;
	}
	a->env = env;
	a->log = log;
	a->usim = usim;
	a->store = store;
	a->prim = prim;
	a->bsf_url = bsf_url;
	a->bmsc_url = bmsc_url;
	memcpy(a->naf_fqdn, url.host, sizeof a->naf_fqdn);
	return a;
}

void agent_close(struct agent *a)
{
	if (a == NULL)
		return;
	secret_wipe(a, sizeof *a);
	free(a);
}

char *agent_msk_id(char text[static MSK_ID_TEXT], const struct mikey_key_id *key)
{
	snprintf(text, MSK_ID_TEXT, "%04x%04x", key->group, key->number);
	return text;
}

enum agent_end agent_error(struct agent *a, enum agent_end end, const char *what)
{
	AGENT_LOG(a, "error", LOG_TEXT("what", what));
	return end;
}

enum agent_end agent_store_failed(struct agent *a)
{
	return agent_error(a, AGENT_UNREACHABLE, keystore_why(a->store));
}

bool agent_cnonce(struct agent *a, char out[static 33])
{
	uint8_t octets[16];

	if (!a->env->random(a->env->ctx, octets, sizeof octets)) {
		(void)agent_error(a, AGENT_UNREACHABLE, "the system gives no random numbers");
		return false;
	}
	hex_str(out, 33, SPAN(octets));
	return true;
}

/* Once for each time, however often it is looked for. */
static void card_gone(struct agent *a, const char *why)
{
	if (!a->told_gone)
		AGENT_LOG(a, a->had_card ? "uicc-gone" : "uicc-missing",
			  LOG_TEXT("iccid", a->card ? a->id.iccid : NULL), LOG_TEXT("reason", why));
	a->told_gone = true;
	a->card = false;
}

static bool is_gone(int rc)
{
	return rc == -ENODEV || rc == -ENOMEDIUM;
}

enum agent_end agent_card_failed(struct agent *a, int rc, const char *what)
{
	char sw[5];

	snprintf(sw, sizeof sw, "%04X", a->usim->sw);
	if (is_gone(rc)) {
		card_gone(a, a->usim->why);
		return agent_error(a, AGENT_UNREACHABLE, a->usim->why);
	}
	if (a->usim->sw == 0)
		return agent_error(a, rc == -EPROTO ? AGENT_FAILED : AGENT_UNREACHABLE, a->usim->why);
	AGENT_LOG(a, "rejected", LOG_TEXT("reason", what != NULL ? what : a->usim->why), LOG_TEXT("sw", sw),
		  LOG_TEXT("sw_text", sw_text(a->usim->sw)));
	return AGENT_REFUSED;
}

/* Names that follow from the IMSI. */
static bool take_names(struct agent *a)
{
	char bsf[GBA_NAME_MAX];

	if (!gba_impi(a->impi, a->id.imsi, a->id.mnc_len) || !gba_bsf_fqdn(bsf, a->id.imsi, a->id.mnc_len))
		return false;
	snprintf(a->bsf_default, sizeof a->bsf_default, "http://%s/", bsf);
	return true;
}

/* Drops the bootstrapping when the card has another one by now: somebody else's ME, or a run that was cut off. */
static enum agent_end check_gba(struct agent *a)
{
	struct keystore_gba ours;
	struct usim_gbabp cards;
	int rc = keystore_gba(a->store, &ours);

	if (rc == -ENOENT)
		return AGENT_OK;
	if (rc != 0)
		return agent_store_failed(a);
	rc = usim_gbabp_read(a->usim, &cards);
	if (is_gone(rc))
		return agent_card_failed(a, rc, NULL);
	if (rc == 0 && cards.has_rand && memcmp(cards.rand, ours.rand, sizeof ours.rand) == 0 &&
	    strcmp(cards.btid, ours.btid) == 0)
		return AGENT_OK;
	if (rc != 0 && rc != -EPROTO)
		return AGENT_OK; /* the card does not say; it will when its help is needed */
	return keystore_drop_gba(a->store) == 0 ? AGENT_OK : agent_store_failed(a);
}

/* Errands of this run belong to the card that was in when they were given. */
static void forget(struct agent *a)
{
	a->rx = (struct mikey_rx){ 0 };
	memset(a->missed, 0, sizeof a->missed);
	for (size_t i = 0; a->had_card && i < AGENT_JOBS_MAX; i++)
		a->job[i].used = false;
}

/* The rule of decision 38. */
static enum agent_end adopt(struct agent *a, const struct usim_identity *id)
{
	struct keystore_identity now, last = { "", "" };
	bool wiped = false;

	snprintf(now.iccid, sizeof now.iccid, "%s", id->iccid);
	snprintf(now.imsi, sizeof now.imsi, "%s", id->imsi);
	int known = keystore_identity(a->store, &last);
	int rc = keystore_adopt(a->store, &now, &wiped);
	/* -EBUSY with wiped: done, but for the log that another program keeps; it says so. */
	if (rc != 0 && !wiped)
		return agent_store_failed(a);
	if (rc != 0)
		(void)agent_store_failed(a);
	if (wiped) {
		AGENT_LOG(a, "wipe", LOG_TEXT("reason", "another UICC"),
			  LOG_TEXT("last_iccid", known == 0 ? last.iccid : NULL), LOG_TEXT("iccid", id->iccid));
		forget(a);
	}
	return AGENT_OK;
}

enum agent_end agent_card(struct agent *a)
{
	struct usim_identity id;
	int rc = usim_connect(a->usim);

	if (rc == 0)
		rc = usim_identify(a->usim, &id);
	if (is_gone(rc)) {
		card_gone(a, a->usim->why);
		return AGENT_UNREACHABLE;
	}
	if (rc != 0) {
		a->card = false;
		return agent_card_failed(a, rc, NULL);
	}
	bool same = a->card && strcmp(a->id.iccid, id.iccid) == 0 && strcmp(a->id.imsi, id.imsi) == 0;
	a->card = false;
	a->id = id;
	if (!take_names(a))
		return agent_error(a, AGENT_REFUSED, "the IMSI is too short for a home network's name");
	enum agent_end end = adopt(a, &id);
	if (end == AGENT_OK)
		end = check_gba(a);
	if (end != AGENT_OK)
		return end;
	a->card = a->had_card = true;
	a->told_gone = false;
	if (!same)
		AGENT_LOG(a, "uicc", LOG_TEXT("iccid", id.iccid), LOG_TEXT("imsi", id.imsi),
			  LOG_TEXT("reader", a->usim->card->name), LOG_BOOL("gba", id.gba), LOG_BOOL("mbms", id.mbms));
	return AGENT_OK;
}

enum agent_end agent_keep_store(struct agent *a)
{
	struct keystore_identity id;

	if (!a->card)
		return AGENT_OK;
	int rc = keystore_identity(a->store, &id);
	if (rc == 0 && strcmp(id.iccid, a->id.iccid) == 0 && strcmp(id.imsi, a->id.imsi) == 0)
		return AGENT_OK;
	if (rc != 0 && rc != -ENOENT)
		return agent_store_failed(a);
	(void)agent_error(a, AGENT_FAILED, "another program has wiped the key store; it is begun anew");
	return adopt(a, &a->id);
}

void agent_queue(struct agent *a, enum km_kind kind, const struct km_item *item)
{
	struct agent_job *free_job = NULL;

	for (size_t i = 0; i < AGENT_JOBS_MAX; i++) {
		if (a->job[i].used && a->job[i].kind == kind && mbms_same_item(&a->job[i].item, item))
			return;
		if (!a->job[i].used && free_job == NULL)
			free_job = &a->job[i];
	}
	if (free_job == NULL) {
		(void)agent_error(a, AGENT_FAILED, "too many requests wait for the BM-SC; one is dropped");
		return;
	}
	*free_job = (struct agent_job){ .used = true, .kind = kind, .item = *item };
}

/* After the n-th try: 1 s, 2 s, 4 s …, and up to half of it more, so that many UEs do not come back together. */
static int64_t backoff(struct agent *a, unsigned tries)
{
	int64_t wait = (int64_t)AGENT_BACKOFF_MS << (tries - 1);
	uint8_t share = 0;

	(void)a->env->random(a->env->ctx, &share, 1);
	return wait + wait / 2 * share / UINT8_MAX;
}

/* All errands of one kind that are due, in one request. */
static void run_jobs(struct agent *a, enum km_kind kind, int64_t now)
{
	struct km_doc doc = { .kind = kind };
	struct agent_job *asked[KM_ITEMS_MAX];

	for (size_t i = 0; i < AGENT_JOBS_MAX && doc.n < KM_ITEMS_MAX; i++) {
		if (!a->job[i].used || a->job[i].kind != kind || a->job[i].due > now)
			continue;
		asked[doc.n] = &a->job[i];
		doc.item[doc.n++] = a->job[i].item;
	}
	if (doc.n == 0)
		return;
	enum agent_end end = agent_ask(a, &doc);
	now = a->env->now(a->env->ctx);
	for (size_t i = 0; i < doc.n; i++) {
		asked[i]->tries++;
		if (end == AGENT_OK || end == AGENT_REFUSED)
			asked[i]->used = false;
		else if (asked[i]->tries >= AGENT_TRIES_MAX) {
			asked[i]->used = false;
			(void)agent_error(a, end, "given up after 5 tries");
		} else
			asked[i]->due = now + backoff(a, asked[i]->tries);
	}
}

int64_t agent_tick(struct agent *a)
{
	int64_t next = INT64_MAX;

	if (!a->card)
		return -1; /* its insertion wakes us */
	(void)agent_keep_store(a);
	for (enum km_kind kind = KM_REGISTER; kind < KM_KINDS; kind++)
		if (a->card)
			run_jobs(a, kind, a->env->now(a->env->ctx));
	for (size_t i = 0; i < AGENT_JOBS_MAX; i++)
		if (a->job[i].used && a->job[i].due < next)
			next = a->job[i].due;
	if (next == INT64_MAX || !a->card)
		return -1;
	int64_t now = a->env->now(a->env->ctx);
	return next > now ? next - now : 0;
}

enum agent_end agent_status(struct agent *a)
{
	char services[KM_ITEMS_MAX][KM_SERVICE_MAX], msk_id[MSK_ID_TEXT];
	struct keystore_msk msks[KEYSTORE_LIST_MAX];
	struct keystore_identity id;
	struct keystore_gba gba;
	size_t n = 0;

	int rc = keystore_identity(a->store, &id);
	if (rc == 0)
		AGENT_LOG(a, "uicc", LOG_TEXT("iccid", id.iccid), LOG_TEXT("imsi", id.imsi));
	if (rc != 0 && rc != -ENOENT)
		return agent_store_failed(a);
	bool stored = rc == 0;
	rc = keystore_gba(a->store, &gba);
	stored |= rc == 0;
	if (rc == 0)
		AGENT_LOG(a, "bootstrap", LOG_TEXT("btid", gba.btid), LOG_TEXT("lifetime", gba.lifetime),
			  LOG_BOOL("valid", gba.expires > a->env->now(a->env->ctx) / 1000));
	if (rc != 0 && rc != -ENOENT)
		return agent_store_failed(a);
	if (keystore_services(a->store, services, VU_COUNT(services), &n) != 0)
		return agent_store_failed(a);
	stored |= n != 0;
	for (size_t i = 0; i < n; i++)
		AGENT_LOG(a, "registered", LOG_TEXT("service", services[i]));
	if (keystore_msks(a->store, msks, VU_COUNT(msks), &n) != 0)
		return agent_store_failed(a);
	for (size_t i = 0; i < n; i++)
		AGENT_LOG(a, "msk", LOG_HEX("key_domain", SPAN(msks[i].key.domain)),
			  LOG_TEXT("msk_id", agent_msk_id(msk_id, &msks[i].key)), LOG_NUMBER("ts", msks[i].ts));
	if (!stored && n == 0)
		AGENT_LOG(a, "status", LOG_TEXT("what", "nothing is stored"));
	return AGENT_OK;
}

enum agent_end agent_wipe(struct agent *a)
{
	if (keystore_wipe(a->store) != 0)
		return agent_store_failed(a);
	AGENT_LOG(a, "wipe", LOG_TEXT("reason", "asked for"));
	return AGENT_OK;
}
