/* SPDX-License-Identifier: Apache-2.0 */
/* What the key store holds, as events for programs and as a table for people. */
#include "agent_int.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../card/crypto/kdf.h"

enum { MUKS_MAX = 32, TABLE_LINE_MAX = 512, TIME_TEXT = 32 };

struct stored {
	bool has_id, has_gba, ks_in_me;
	struct keystore_identity id;
	struct keystore_gba gba;
	size_t services, muks, msks, jobs;
	char service[KM_ITEMS_MAX][KM_SERVICE_MAX];
	struct keystore_muk muk[MUKS_MAX]; /* without their keys */
	struct keystore_msk msk[KEYSTORE_LIST_MAX];
	struct keystore_job job[KM_ITEMS_MAX];
};

/* -ENOENT is no failure: then there is none. */
static int found(int rc, bool *ret_there)
{
	*ret_there = rc == 0;
	return rc == -ENOENT ? 0 : rc;
}

static int load(struct keystore *k, struct stored *s)
{
	struct key256 ks _secret256_ = { 0 };
	int rc = found(keystore_identity(k, &s->id), &s->has_id);

	if (rc == 0)
		rc = found(keystore_gba(k, &s->gba), &s->has_gba);
	if (rc == 0)
		rc = found(keystore_ks(k, &ks), &s->ks_in_me);
	if (rc == 0)
		rc = keystore_services(k, s->service, VU_COUNT(s->service), &s->services);
	if (rc == 0)
		rc = keystore_muks(k, s->muk, VU_COUNT(s->muk), &s->muks);
	if (rc == 0)
		rc = keystore_msks(k, s->msk, VU_COUNT(s->msk), &s->msks);
	if (rc == 0)
		rc = keystore_jobs(k, s->job, VU_COUNT(s->job), &s->jobs);
	return rc;
}

/* Where MUK and MSKs are, as far as what is stored tells; NULL = there has been none yet. */
static const char *mode_of(const struct stored *s)
{
	if (s->ks_in_me || s->muks != 0)
		return "me";
	return s->msks == 0 ? NULL : s->msk[0].in_me ? "me" : "uicc";
}

/* The NAF's FQDN: NAF_ID without the Ua security protocol identifier. */
static const char *naf_of(const struct keystore_muk *muk, char text[static KEYSTORE_NAF_ID_MAX + 1])
{
	size_t n = muk->naf_id_len > GBA_UA_LEN ? muk->naf_id_len - GBA_UA_LEN : 0;

	snprintf(text, KEYSTORE_NAF_ID_MAX + 1, "%.*s", (int)n, (const char *)muk->naf_id);
	return text;
}

/* "00f110:0001" and, unless it is 0, ":0002" behind it; or the service. */
static const char *item_of(const struct keystore_job *job, char text[static KM_SERVICE_MAX])
{
	const struct mikey_key_id *key = &job->item.key;

	if (job->kind != KM_MSK_REQUEST)
		return job->item.service;
	snprintf(text, KM_SERVICE_MAX, "%02x%02x%02x:%04x:%04x", key->domain[0], key->domain[1], key->domain[2],
		 key->group, key->number);
	return text;
}

/* Seconds since 1970 as text; NULL for 0, which is never. */
static const char *time_of(char text[static TIME_TEXT], int64_t seconds)
{
	struct wr w = wr_of(text, TIME_TEXT);

	log_time_put(&w, seconds * 1000);
	return seconds != 0 && wr_cstr(&w) ? text : NULL;
}

/* --- for programs --- */

static void msk_event(struct agent *a, const struct keystore_msk *m)
{
	char msk_id[MSK_ID_TEXT], mtk_id[5], when[TIME_TEXT];
	bool mtk = m->mtk_when != 0;

	snprintf(mtk_id, sizeof mtk_id, "%04x", m->key.mtk_id);
	agent_msk_id(msk_id, &m->key);
	if (m->in_me)
		AGENT_LOG(a, "msk", LOG_HEX("key_domain", SPAN(m->key.domain)), LOG_TEXT("msk_id", msk_id),
			  LOG_NUMBER("ts", m->ts), LOG_TEXT("in", "me"), LOG_NUMBER("seq_l", m->seq_l),
			  LOG_NUMBER("seq_u", m->seq_u), LOG_NUMBER("mtk_ts", m->counter),
			  LOG_TEXT("mtk_id", mtk ? mtk_id : NULL), LOG_TEXT("mtk_time", time_of(when, m->mtk_when)));
	else
		AGENT_LOG(a, "msk", LOG_HEX("key_domain", SPAN(m->key.domain)), LOG_TEXT("msk_id", msk_id),
			  LOG_NUMBER("ts", m->ts), LOG_TEXT("in", "uicc"), LOG_TEXT("mtk_id", mtk ? mtk_id : NULL),
			  LOG_TEXT("mtk_time", time_of(when, m->mtk_when)));
}

static void tell(struct agent *a, const struct stored *s)
{
	char naf[KEYSTORE_NAF_ID_MAX + 1], item[KM_SERVICE_MAX];

	if (s->has_id)
		AGENT_LOG(a, "uicc", LOG_TEXT("iccid", s->id.iccid), LOG_TEXT("imsi", s->id.imsi),
			  LOG_TEXT("mode", mode_of(s)));
	if (s->has_gba)
		AGENT_LOG(a, "bootstrap", LOG_TEXT("btid", s->gba.btid), LOG_TEXT("lifetime", s->gba.lifetime),
			  LOG_BOOL("valid", s->gba.expires > a->env->now(a->env->ctx) / 1000),
			  LOG_TEXT("ks_in", s->ks_in_me ? "me" : "uicc"));
	for (size_t i = 0; i < s->muks; i++)
		AGENT_LOG(a, "muk", LOG_TEXT("naf", naf_of(&s->muk[i], naf)), LOG_TEXT("btid", s->muk[i].btid),
			  LOG_BOOL("in_use", s->muk[i].in_use), LOG_NUMBER("ts", s->muk[i].counter));
	for (size_t i = 0; i < s->services; i++)
		AGENT_LOG(a, "registered", LOG_TEXT("service", s->service[i]));
	for (size_t i = 0; i < s->msks; i++)
		msk_event(a, &s->msk[i]);
	for (size_t i = 0; i < s->jobs; i++)
		AGENT_LOG(a, "waiting", LOG_TEXT("request", km_request_type(s->job[i].kind)),
			  LOG_TEXT("item", item_of(&s->job[i], item)), LOG_NUMBER("tries", s->job[i].tries));
}

/* --- for people --- */

/* One line; whatever a peer put into a text cannot move the cursor. */
__attribute__((format(printf, 3, 4))) static void line(const struct agent *a, const char *head, const char *format, ...)
{
	char text[TABLE_LINE_MAX];
	va_list ap;
	int n = snprintf(text, sizeof text, "%-14s", head);

	va_start(ap, format);
	n += vsnprintf(text + n, sizeof text - (size_t)n, format, ap);
	va_end(ap);
	size_t length = (size_t)n < sizeof text - 1 ? (size_t)n : sizeof text - 2;
	for (size_t i = 0; i < length; i++)
		if (text[i] < 0x20 || text[i] > 0x7E)
			text[i] = '?';
	text[length] = '\n';
	a->log->put(a->log->ctx, span_of(text, length + 1));
}

static void gba_lines(const struct agent *a, const struct stored *s)
{
	int64_t left = s->gba.expires - a->env->now(a->env->ctx) / 1000;

	line(a, "B-TID", "%s", s->gba.btid);
	if (left > 0)
		line(a, "", "for another %d min %d s (lifetime %s), Ks %s", (int)(left / 60), (int)(left % 60),
		     s->gba.lifetime, s->ks_in_me ? "in the ME" : "on the UICC");
	else
		line(a, "", "expired (lifetime %s)", s->gba.lifetime);
}

/* The newest key is the MUK in use most of the time. */
static bool is_in_use(const struct stored *s, const struct keystore_muk *newest)
{
	for (size_t i = 0; i < s->muks; i++)
		if (s->muk[i].in_use && strcmp(s->muk[i].btid, newest->btid) == 0)
			return true;
	return false;
}

static void muk_lines(const struct agent *a, const struct stored *s)
{
	char naf[KEYSTORE_NAF_ID_MAX + 1];
	const char *head = "MUK";

	for (size_t i = 0; i < s->muks; i++) {
		const struct keystore_muk *muk = &s->muk[i];
		if (!muk->in_use && is_in_use(s, muk))
			continue;
		line(a, head, "%s, %s, counter %u, B-TID %s", naf_of(muk, naf), muk->in_use ? "in use" : "not used yet",
		     muk->counter, muk->btid);
		head = "";
	}
}

static void msk_lines(const struct agent *a, const struct stored *s)
{
	char when[TIME_TEXT], window[32], mtk[TIME_TEXT + 8];

	if (s->msks != 0)
		line(a, "MSK", "%-7s %-9s %-5s %-8s %-17s %s", "domain", "MSK ID", "in", "counter", "MTK IDs to come",
		     "last MTK");
	for (size_t i = 0; i < s->msks; i++) {
		const struct keystore_msk *m = &s->msk[i];
		char id[MSK_ID_TEXT];
		if (m->seq_l < m->seq_u)
			snprintf(window, sizeof window, "%04x to %04x", m->seq_l + 1, m->seq_u);
		else
			snprintf(window, sizeof window, "%s", m->in_me ? "none" : "-");
		snprintf(mtk, sizeof mtk, "%04x %s", m->key.mtk_id, time_of(when, m->mtk_when) != NULL ? when : "");
		line(a, "", "%02x%02x%02x  %-9s %-5s %-8u %-17s %s", m->key.domain[0], m->key.domain[1],
		     m->key.domain[2], agent_msk_id(id, &m->key), m->in_me ? "ME" : "UICC", m->ts, window,
		     m->mtk_when != 0 ? mtk : "-");
	}
}

static void table(const struct agent *a, const struct stored *s)
{
	char item[KM_SERVICE_MAX];

	if (s->has_id)
		line(a, "UICC", "%s, IMSI %s", s->id.iccid, s->id.imsi);
	if (mode_of(s) != NULL)
		line(a, "MBMS keys", "%s", strcmp(mode_of(s), "me") == 0 ? "in the ME" : "on the UICC");
	if (s->has_gba)
		gba_lines(a, s);
	muk_lines(a, s);
	for (size_t i = 0; i < s->services; i++)
		line(a, i == 0 ? "registered" : "", "%s", s->service[i]);
	msk_lines(a, s);
	for (size_t i = 0; i < s->jobs; i++)
		line(a, i == 0 ? "waiting" : "", "%s %s, %u tries so far", km_request_type(s->job[i].kind),
		     item_of(&s->job[i], item), s->job[i].tries);
}

enum agent_end agent_status(struct agent *a)
{
	struct stored *s = calloc(1, sizeof *s);
	enum agent_end end = AGENT_OK;

	if (s == NULL)
		return agent_error(a, AGENT_UNREACHABLE, "no memory");
	if (load(a->store, s) != 0)
		end = agent_store_failed(a);
	else if (!s->has_id && !s->has_gba && s->services + s->muks + s->msks + s->jobs == 0)
		AGENT_LOG(a, "status", LOG_TEXT("what", "nothing is stored"));
	else if (a->log->json)
		tell(a, s);
	else
		table(a, s);
	free(s);
	return end;
}
