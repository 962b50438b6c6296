/* SPDX-License-Identifier: Apache-2.0 */
#include "announce.h"
#include "bmsc_int.h"

#include <stdlib.h>

/* Services of one Key Group share its MSKs; the first of them says what kind of stream it is (config.c checks). */
static void add_group(struct bmsc *b, size_t service)
{
	const struct service *s = &b->service[service];
	struct key_group *g = bmsc_group_of(b, s->domain, s->group);

	if (g == NULL) {
		g = &b->group[b->n_groups++];
		*g = (struct key_group){
			.group = s->group, .streaming = s->streaming, .ssrc = s->ssrc, .window = s->mtk_window
		};
		memcpy(g->domain, s->domain, sizeof g->domain);
	}
	b->service_group[service] = g;
}

/* NAF_ID and realm from the BM-SC's name. */
static bool make_names(struct bmsc *b)
{
	struct wr naf_id = WR(b->naf_id_octets);
	struct wr realm = WR(b->realm);

	wr_str(&naf_id, b->settings->fqdn);
	wr_bytes(&naf_id, GBA_UA_MBMS, GBA_UA_LEN);
	b->naf_id = wr_done(&naf_id);
	wr_str(&realm, "3GPP-bootstrapping@");
	wr_str(&realm, b->settings->fqdn);
	return wr_cstr(&realm) && !naf_id.bad;
}

static struct span impi_of(const void *owner, size_t i)
{
	const struct bmsc *b = owner;

	return span_str(b->ue[i].impi);
}

/* An IMPI made from an IMSI has it in front of the @. */
static struct span imsi_of(const void *owner, size_t i)
{
	const struct bmsc *b = owner;
	const char *impi = b->ue[i].impi;

	return span_of(impi, strcspn(impi, "@"));
}

static struct span btid_of(const void *owner, size_t i)
{
	const struct bmsc *b = owner;

	return span_str(b->ue[i].keys.btid);
}

static struct span nonce_of(const void *owner, size_t i)
{
	const struct bmsc *b = owner;

	return span_str(b->nonce[i].text);
}

/* Room for everything that a UE may grow: nothing of it has to be found later. */
static bool make_room(struct bmsc *b, size_t max_ues)
{
	size_t nonces = max_ues * NONCES_PER_UE;

	b->max_ues = max_ues;
	b->n_nonces = nonces > NONCES_LEAST ? nonces : NONCES_LEAST;
	b->ue = calloc(max_ues + 1, sizeof *b->ue);
	b->held = calloc(max_ues * b->n_groups + 1, sizeof *b->held);
	b->nonce = calloc(b->n_nonces, sizeof *b->nonce);
	return b->ue != NULL && b->held != NULL && b->nonce != NULL &&
	       lookup_open(&b->nonce_by_text, b->n_nonces, nonce_of, b, b->env) &&
	       lookup_open(&b->by_impi, max_ues, impi_of, b, b->env) &&
	       lookup_open(&b->by_imsi, max_ues, imsi_of, b, b->env) &&
	       lookup_open(&b->by_btid, max_ues, btid_of, b, b->env);
}

struct bmsc *bmsc_open(const struct bmsc_settings *settings, const struct service *services, size_t n, size_t max_ues,
		       struct zn zn, const struct net_env *env)
{
	struct bmsc *b = calloc(1, sizeof *b);

	if (b == NULL)
		return NULL;
	b->settings = settings;
	b->env = env;
	b->service = services;
	b->n_services = n;
	b->zn = zn;
	for (size_t i = 0; i < n && i < SERVICES_MAX; i++)
		add_group(b, i);
	if (n <= SERVICES_MAX && make_names(b) && make_room(b, max_ues))
		return b;
	bmsc_close(b);
	return NULL;
}

void bmsc_close(struct bmsc *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->n_ues; i++)
		delivery_drop_all(b, &b->ue[i]);
	if (b->ue != NULL)
		secret_wipe(b->ue, b->n_ues * sizeof *b->ue);
	deadlines_close(&b->unverified);
	lookup_close(&b->by_btid);
	lookup_close(&b->by_imsi);
	lookup_close(&b->by_impi);
	lookup_close(&b->nonce_by_text);
	free(b->nonce);
	free(b->held);
	free(b->ue);
	secret_wipe(b, sizeof *b);
	free(b);
}

static struct ue *found(const struct bmsc *b, const struct lookup *by, const char *name)
{
	size_t i = lookup_find(by, span_str(name));

	return i != LOOKUP_NONE ? &b->ue[i] : NULL;
}

struct ue *bmsc_find_btid(struct bmsc *b, const char *btid)
{
	return found(b, &b->by_btid, btid);
}

struct ue *bmsc_find_ue(struct bmsc *b, const char *who)
{
	struct ue *u = found(b, &b->by_impi, who);

	return u != NULL ? u : found(b, &b->by_imsi, who);
}

struct ue *bmsc_ue_of(struct bmsc *b, const char *impi)
{
	struct ue *u = found(b, &b->by_impi, impi);
	struct wr w = WR(b->ue[b->n_ues].impi); /* there is one more than max_ues */

	if (u != NULL || b->n_ues == b->max_ues)
		return u;
	wr_str(&w, impi);
	if (!wr_cstr(&w))
		return NULL;
	lookup_put(&b->by_impi, b->n_ues);
	lookup_put(&b->by_imsi, b->n_ues);
	return &b->ue[b->n_ues++];
}

void bmsc_set_keys(struct bmsc *b, struct ue *u, const struct ue_keys *keys)
{
	size_t i = (size_t)(u - b->ue);

	if (u->keys.btid[0] != '\0')
		lookup_drop(&b->by_btid, i);
	u->keys = *keys;
	u->a1 = (struct digest_a1){ "" };
	if (u->keys.btid[0] != '\0')
		lookup_put(&b->by_btid, i);
}

uint16_t *bmsc_held(const struct bmsc *b, const struct ue *u, const struct key_group *g)
{
	return &b->held[(size_t)(u - b->ue) * b->n_groups + (size_t)(g - b->group)];
}

bool bmsc_keep(const struct bmsc *b, const struct ue *u)
{
	return STATE_PUT(b->env, put_ue, u->impi, &u->peer, &u->keys);
}

bool bmsc_restore_ue(struct bmsc *b, const char *impi, const struct peer *peer, const struct ue_keys *keys)
{
	struct ue *u = bmsc_ue_of(b, impi);

	if (u == NULL)
		return false;
	u->peer = *peer;
	bmsc_set_keys(b, u, keys);
	return true;
}

void bmsc_restore_registration(struct bmsc *b, const char *impi, const char *service)
{
	struct ue *u = found(b, &b->by_impi, impi);
	int i = bmsc_service_of(b, service);

	/* The configuration may have another list of members now. */
	if (u != NULL && i >= 0 && bmsc_is_member(b, (size_t)i, u))
		u->registered |= UINT64_C(1) << i;
}

void bmsc_restore_revoked(struct bmsc *b, const char *impi, const char *service)
{
	struct ue *u = found(b, &b->by_impi, impi);
	int i = bmsc_service_of(b, service);

	if (u != NULL && i >= 0)
		u->revoked |= UINT64_C(1) << i;
}

void bmsc_restore_held(struct bmsc *b, const char *impi, const struct mikey_key_id *msk)
{
	struct ue *u = found(b, &b->by_impi, impi);
	const struct key_group *g = bmsc_group_of(b, msk->domain, msk->group);

	if (u != NULL && g != NULL)
		*bmsc_held(b, u, g) = msk->number;
}

void bmsc_restore_sent(struct bmsc *b, const char *impi, const struct sent_msk *sent)
{
	struct ue *u = found(b, &b->by_impi, impi);

	if (u != NULL)
		delivery_restore(b, u, sent);
}

void bmsc_restore_rekey(struct bmsc *b, const uint8_t domain[3], uint16_t group, const struct rekey *rekey,
			const char *next_impi)
{
	struct key_group *g = bmsc_group_of(b, domain, group);
	const struct ue *next = found(b, &b->by_impi, next_impi);

	if (g == NULL)
		return;
	g->rekey = *rekey;
	g->rekey.active = true;
	g->rekey.next = next != NULL ? (size_t)(next - b->ue) : 0; /* the same MSK twice does no harm */
	rekey_count(b, g);
}

void bmsc_holds(struct bmsc *b, struct ue *u, const struct key_group *g, const struct msk *m)
{
	uint16_t number = m->seq_l > m->seq_u ? 0 : m->id.number;

	*bmsc_held(b, u, g) = number;
	(void)STATE_PUT(b->env, put_held, u->impi, &m->id, number); /* who stores tells when it cannot */
}

void bmsc_restore_msk(struct bmsc *b, const struct msk *m, bool newest)
{
	struct key_group *g = bmsc_group_of(b, m->id.domain, m->id.group);

	if (g != NULL)
		g->msk[newest] = *m;
}

int bmsc_service_of(const struct bmsc *b, const char *id)
{
	for (size_t i = 0; i < b->n_services; i++)
		if (strcmp(b->service[i].id, id) == 0)
			return (int)i;
	return -1;
}

struct key_group *bmsc_group_of(struct bmsc *b, const uint8_t domain[3], uint16_t group)
{
	for (size_t i = 0; i < b->n_groups; i++) {
		struct key_group *g = &b->group[i];
		if (g->group == group && memcmp(g->domain, domain, sizeof g->domain) == 0)
			return g;
	}
	return NULL;
}

static int by_text(const void *imsi, const void *member)
{
	return strcmp(imsi, member);
}

bool bmsc_is_member(const struct bmsc *b, size_t service, const struct ue *u)
{
	const struct service *s = &b->service[service];
	char imsi[IMSI_MAX];
	struct wr w = WR(imsi);

	if ((u->revoked >> service & 1) != 0)
		return false;
	wr_bytes(&w, u->impi, strcspn(u->impi, "@"));
	return s->everyone ||
	       (wr_cstr(&w) && bsearch(imsi, s->member, s->n_members, sizeof *s->member, by_text) != NULL);
}

bool bmsc_entitled(const struct bmsc *b, const struct ue *u, const struct key_group *g)
{
	for (size_t i = 0; i < b->n_services; i++)
		if ((u->registered >> i & 1) != 0 && b->service_group[i] == g)
			return true;
	return false;
}

static void key_management(struct bmsc *b, const struct http_request *request, struct http_answer *answer,
			   const struct outbox *outbox, int64_t now)
{
	struct ua ua _secret_ua_;

	if (ua_authenticate(b, &ua, request, answer, now)) {
		km_request(b, ua.ue, request, answer, outbox, now);
		if (answer->status == 200)
			fault_body(b->env, FAULT_UA, &answer->body);
		ua_sign(b, &ua, answer, now);
	}
	if (answer->manner != HTTP_AGAIN)
		fault_answer(b->env, FAULT_UA, answer);
}

void bmsc_request(struct bmsc *b, const struct http_request *request, struct http_answer *answer,
		  const struct outbox *outbox, int64_t now)
{
	if (strcmp(request->path, b->settings->description) == 0) {
		announce_request(b->settings, b->service, b->n_services, request, answer, b->env->log, now);
		return;
	}
	if (strcmp(request->path, b->settings->path) != 0) {
		http_answer_text(answer, 404, "nothing is here");
		return;
	}
	key_management(b, request, answer, outbox, now);
}
