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

struct bmsc *bmsc_open(const struct bmsc_settings *settings, const struct service *services, size_t n, size_t max_ues,
		       struct zn zn, const struct net_env *env)
{
	struct bmsc *b = calloc(1, sizeof *b);
	struct ue *ues = calloc(max_ues == 0 ? 1 : max_ues, sizeof *ues);

	if (b != NULL && ues != NULL && n <= SERVICES_MAX) {
		b->settings = settings;
		b->env = env;
		b->service = services;
		b->n_services = n;
		b->zn = zn;
		b->ue = ues;
		b->max_ues = max_ues;
		if (make_names(b)) {
			for (size_t i = 0; i < n; i++)
				add_group(b, i);
			return b;
		}
	}
	free(ues);
	free(b);
	return NULL;
}

void bmsc_close(struct bmsc *b)
{
	if (b == NULL)
		return;
	secret_wipe(b->ue, b->max_ues * sizeof *b->ue);
	free(b->ue);
	secret_wipe(b, sizeof *b);
	free(b);
}

struct ue *bmsc_find_btid(struct bmsc *b, const char *btid)
{
	for (size_t i = 0; i < b->n_ues; i++)
		if (btid[0] != '\0' && strcmp(b->ue[i].keys.btid, btid) == 0)
			return &b->ue[i];
	return NULL;
}

struct ue *bmsc_ue_of(struct bmsc *b, const char *impi)
{
	for (size_t i = 0; i < b->n_ues; i++)
		if (strcmp(b->ue[i].impi, impi) == 0)
			return &b->ue[i];
	if (b->n_ues == b->max_ues)
		return NULL;
	struct ue *u = &b->ue[b->n_ues++];
	memcpy(u->impi, impi, sizeof u->impi);
	return u;
}

bool bmsc_keep(const struct bmsc *b, const struct ue *u)
{
	return STATE_PUT(b->env, put_ue, u->impi, &u->peer, &u->keys);
}

bool bmsc_restore_ue(struct bmsc *b, const char *impi, const struct peer *peer, const struct ue_keys *keys)
{
	if (b->n_ues == b->max_ues)
		return false;
	struct ue *u = &b->ue[b->n_ues++];
	struct wr w = WR(u->impi);
	wr_str(&w, impi);
	u->peer = *peer;
	u->keys = *keys;
	return wr_cstr(&w);
}

void bmsc_restore_registration(struct bmsc *b, const char *service)
{
	int i = bmsc_service_of(b, service);

	if (i >= 0)
		b->ue[b->n_ues - 1].registered[i] = true;
}

void bmsc_restore_held(struct bmsc *b, const struct mikey_key_id *msk)
{
	const struct key_group *g = bmsc_group_of(b, msk->domain, msk->group);

	if (g != NULL)
		b->ue[b->n_ues - 1].held[g - b->group] = msk->number;
}

bool bmsc_holds(struct bmsc *b, struct ue *u, const struct key_group *g, const struct msk *m)
{
	struct mikey_key_id id = m->id;

	if (m->seq_l > m->seq_u)
		id.number = 0;
	u->held[g - b->group] = id.number;
	return STATE_PUT(b->env, put_held, u->impi, &id);
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

/* An IMPI made from an IMSI has it in front of the @. */
static bool has_imsi(const struct ue *u, const char *imsi)
{
	size_t n = strlen(imsi);
	return strncmp(u->impi, imsi, n) == 0 && u->impi[n] == '@';
}

bool bmsc_is_member(const struct service *s, const struct ue *u)
{
	for (size_t i = 0; i < s->n_members; i++)
		if (has_imsi(u, s->member[i]))
			return true;
	return s->everyone;
}

bool bmsc_entitled(const struct bmsc *b, const struct ue *u, const struct key_group *g)
{
	for (size_t i = 0; i < b->n_services; i++)
		if (u->registered[i] && b->service_group[i] == g)
			return true;
	return false;
}

static void key_management(struct bmsc *b, const struct http_request *request, struct http_answer *answer,
			   const struct outbox *outbox, int64_t now)
{
	struct ua ua;

	if (ua_authenticate(b, &ua, request, answer, now)) {
		km_request(b, ua.ue, request, answer, outbox, now);
		if (answer->status == 200)
			fault_body(b->env, FAULT_UA, &answer->body);
		ua_sign(b, &ua, answer, now);
	}
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
