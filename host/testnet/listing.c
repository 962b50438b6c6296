/* SPDX-License-Identifier: Apache-2.0 */
/* Who is there and who has what, one at a time: a hundred thousand UEs are more than anybody takes at once. */
#include "bmsc_int.h"

#include <assert.h>

#include "../../apdu/hex.h"

/* "00f110:00010002", behind a blank when it is not the first. */
static void put_msk_name(struct wr *out, const uint8_t domain[3], uint16_t group, uint16_t number)
{
	uint8_t id[4];
	struct wr w = WR(id);

	wr_u16(&w, group);
	wr_u16(&w, number);
	if (out->n != 0)
		wr_str(out, " ");
	hex_put(out, span_of(domain, 3));
	wr_str(out, ":");
	hex_put(out, wr_done(&w));
}

/* The MSKs that the UE has verified, the last of each group. */
static void put_held(struct wr *out, const struct bmsc *b, const struct ue *u)
{
	for (size_t i = 0; i < b->n_groups; i++)
		if (*bmsc_held(b, u, &b->group[i]) != 0)
			put_msk_name(out, b->group[i].domain, b->group[i].group, *bmsc_held(b, u, &b->group[i]));
}

/* Those that it has been sent, and has not verified yet. */
static void put_waiting(struct wr *out, const struct ue *u)
{
	for (const struct pending *p = u->pending; p != NULL; p = p->next)
		put_msk_name(out, p->sent.msk.id.domain, p->sent.msk.id.group, p->sent.msk.id.number);
}

enum { MSK_NAME_MAX = 16, MSK_NAMES_MAX = SERVICES_MAX * MSK_NAME_MAX };
static_assert((int)PENDING_MAX <= (int)SERVICES_MAX, "all names of MSKs have room");

static size_t count_bits(const struct bmsc *b, uint64_t services)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n_services; i++)
		n += services >> i & 1;
	return n;
}

static void list_ue(const struct bmsc *b, const struct ue *u, const struct log *to, int64_t now)
{
	char tag[9], held[MSK_NAMES_MAX], waiting[MSK_NAMES_MAX];
	struct wr w_held = WR(held), w_waiting = WR(waiting);

	put_held(&w_held, b, u);
	put_waiting(&w_waiting, u);
	if (!wr_cstr(&w_held) || !wr_cstr(&w_waiting))
		return;
	bool expired = now >= u->keys.expires;
	LOG(to, now, "ue", LOG_TEXT("ue", u->impi), LOG_TEXT("btid", u->keys.btid), LOG_TEXT("host", u->peer.host),
	    LOG_NUMBER("port", u->peer.port), LOG_TEXT("muk_tag", prim_tag(b->env->prim, tag, SPAN(u->keys.muk.b))),
	    LOG_BOOL("expired", expired), LOG_NUMBER("muk_seconds", expired ? 0 : (u->keys.expires - now) / 1000),
	    LOG_NUMBER("ts", u->keys.counter), LOG_NUMBER("services", count_bits(b, u->registered)),
	    LOG_NUMBER("revoked", count_bits(b, u->revoked)), LOG_TEXT("msks", held), LOG_TEXT("unverified", waiting));
}

static void list_group(const struct bmsc *b, const struct key_group *g, const struct log *to, int64_t now)
{
	const struct msk *m = &g->msk[1];
	uint8_t msk_id[4];
	struct wr w = WR(msk_id);
	char tag[9];

	wr_u16(&w, g->group);
	wr_u16(&w, m->id.number);
	LOG(to, now, "key-group", LOG_HEX("key_domain", SPAN(g->domain)), LOG_HEX("msk_id", SPAN(msk_id)),
	    LOG_TEXT("msk_tag", m->id.number == 0 ? NULL : prim_tag(b->env->prim, tag, SPAN(m->key.b))),
	    LOG_NUMBER("mtk_id", m->mtk_id), LOG_NUMBER("mtk_ids", m->seq_u), LOG_BOOL("streaming", g->streaming));
}

bool bmsc_current_msk(struct bmsc *b, const char *group, struct mikey_key_id *ret)
{
	const char *why;
	const struct key_group *g = operator_group(b, group, &why);

	if (g == NULL || g->msk[1].id.number == 0)
		return false;
	*ret = g->msk[1].id;
	ret->mtk_id = g->msk[1].mtk_id;
	return true;
}

bool bmsc_list_begin(struct bmsc *b, struct bmsc_listing *ret, const struct bmsc_filter *filter, const char **ret_why)
{
	struct bmsc_listing l = { .end = b->n_ues, .unverified = filter->unverified };

	if (filter->ue != NULL) {
		const struct ue *u = operator_ue(b, filter->ue, ret_why);

		if (u == NULL)
			return false;
		l.ue = (size_t)(u - b->ue);
		l.end = l.ue + 1;
	}
	if (filter->group != NULL) {
		l.only = operator_group(b, filter->group, ret_why);
		if (l.only == NULL)
			return false;
	}
	*ret = l;
	return true;
}

static bool waits_for(const struct ue *u, const struct key_group *g)
{
	for (const struct pending *p = u->pending; p != NULL; p = p->next)
		if (g == NULL || p->group == g)
			return true;
	return false;
}

static bool wanted(const struct bmsc *b, const struct bmsc_listing *l, const struct ue *u)
{
	if (l->only != NULL && !bmsc_entitled(b, u, l->only) && *bmsc_held(b, u, l->only) == 0 &&
	    !waits_for(u, l->only))
		return false;
	return !l->unverified || waits_for(u, l->only);
}

bool bmsc_list_next(const struct bmsc *b, struct bmsc_listing *l, const struct log *to, int64_t now)
{
	while (l->ue < l->end) {
		const struct ue *u = &b->ue[l->ue++];

		if (wanted(b, l, u)) {
			list_ue(b, u, to, now);
			return true;
		}
	}
	while (l->group < b->n_groups) {
		const struct key_group *g = &b->group[l->group++];

		if (l->only == NULL || l->only == g) {
			list_group(b, g, to, now);
			return true;
		}
	}
	return false;
}
