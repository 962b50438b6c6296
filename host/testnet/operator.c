/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator of the BM-SC can ask for: push, withdraw, pull, MTK, expire. The rest: rekey.c, revoke.c, listing.c. */
#include "bmsc_int.h"

#include "../../apdu/hex.h"

struct ue *operator_ue(struct bmsc *b, const char *who, const char **ret_why)
{
	struct ue *u = bmsc_find_ue(b, who);

	if (u == NULL)
		*ret_why = "no such UE (expected the IMSI or IMPI of one that has authenticated on Ua)";
	return u;
}

/* DOMAIN:GROUP, 6 and 4 hexadecimal digits. */
static bool parse_group(const char *text, uint8_t ret_domain[static 3], uint16_t *ret_group)
{
	uint8_t octets[5];
	struct wr w = WR(octets);
	struct rd r = rd_of(SPAN(octets));

	if (strlen(text) != 11 || text[6] != ':' || !hex_parse(&w, span_of(text, 6)) ||
	    !hex_parse(&w, span_of(text + 7, 4)) || w.n != sizeof octets)
		return false;
	rd_copy(&r, ret_domain, 3);
	*ret_group = rd_u16(&r);
	return rd_end(&r);
}

struct key_group *operator_group(struct bmsc *b, const char *name, const char **ret_why)
{
	int service = bmsc_service_of(b, name);
	uint8_t domain[3];
	uint16_t group;
	struct key_group *g = NULL;

	if (service >= 0)
		g = b->service_group[service];
	else if (parse_group(name, domain, &group))
		g = bmsc_group_of(b, domain, group);
	if (g == NULL)
		*ret_why = "no such Key Group (expected the id of a service, or DOMAIN:GROUP like 00f110:0001)";
	return g;
}

/* A UE and a group between whom an MSK can be delivered now. */
static bool find_both(struct bmsc *b, const char *ue, const char *group, int64_t now, struct ue **ret_ue,
		      struct key_group **ret_group, const char **ret_why)
{
	*ret_ue = operator_ue(b, ue, ret_why);
	*ret_group = *ret_ue == NULL ? NULL : operator_group(b, group, ret_why);
	const char *obstacle = *ret_group == NULL ? NULL : delivery_obstacle(*ret_ue, now);

	if (*ret_group == NULL)
		return false;
	if (!bmsc_entitled(b, *ret_ue, *ret_group))
		obstacle = "the UE is not registered to a service of this Key Group";
	if (obstacle != NULL)
		*ret_why = obstacle;
	return obstacle == NULL;
}

bool bmsc_push(struct bmsc *b, const char *ue, const char *group, const struct bmsc_push *push,
	       const struct outbox *outbox, int64_t now, const char **ret_why)
{
	struct ue *u;
	struct key_group *g;

	if (!find_both(b, ue, group, now, &u, &g, ret_why))
		return false;
	if (push->again && push->seq_l > push->seq_u) {
		*ret_why = "an interval that ends before it begins takes the MSK away (see withdraw)";
		return false;
	}
	struct msk *m = push->again ? keygroup_current(g, b->env) : keygroup_advance(g, b->env);
	if (push->again && !keygroup_set_interval(g, m, push->seq_l, push->seq_u, b->env)) {
		*ret_why = "the interval cannot be stored";
		return false;
	}
	delivery_msk(b, u, g, m, push->v, outbox, now);
	return true;
}

bool bmsc_withdraw(struct bmsc *b, const char *ue, const char *group, bool v, const struct outbox *outbox, int64_t now,
		   const char **ret_why)
{
	struct ue *u;
	struct key_group *g;

	if (!find_both(b, ue, group, now, &u, &g, ret_why))
		return false;
	struct msk m _secret_msk_ = *keygroup_current(g, b->env);
	m.seq_l = 1;
	m.seq_u = 0;
	delivery_msk(b, u, g, &m, v, outbox, now);
	return true;
}

bool bmsc_pull(struct bmsc *b, const char *ue, const char *group, bool renew, const struct outbox *outbox, int64_t now,
	       const char **ret_why)
{
	struct ue *u = operator_ue(b, ue, ret_why);
	struct key_group *g = u == NULL ? NULL : operator_group(b, group, ret_why);

	if (g == NULL)
		return false;
	if (u->keys.btid[0] == '\0' || u->keys.counter == UINT32_MAX) {
		*ret_why = delivery_obstacle(u, now);
		return false;
	}
	if (renew)
		keygroup_advance(g, b->env);
	delivery_pull(b, u, g, outbox, now);
	return true;
}

/* One MTK message for everyone; the test network has no multicast, so each UE gets its copy. */
static void send_mtk(struct bmsc *b, const struct key_group *g, const struct msk *m, bool streaming,
		     const struct outbox *outbox, int64_t now)
{
	uint8_t octets[MIKEY_MESSAGE_MAX], salt[MTK_SALT_LEN];
	struct wr out = WR(octets);
	struct key128 mtk _secret128_;
	char tag[9];
	size_t sent = 0;

	b->env->random(b->env->ctx, mtk.b, sizeof mtk.b);
	b->env->random(b->env->ctx, salt, sizeof salt);
	mikey_tx_mtk(b->env, &out, g, m, &mtk, salt, streaming);
	secret_wipe(salt, sizeof salt);
	for (size_t i = 0; i < b->n_ues && !out.bad && prim_ok(b->env->prim); i++) {
		if (b->ue[i].peer.host[0] == '\0' || !bmsc_entitled(b, &b->ue[i], g))
			continue;
		bmsc_send(b, &b->ue[i].peer, FAULT_MTK, wr_done(&out), outbox, now);
		sent++;
	}
	uint8_t msk_id[4], mtk_id[2];
	struct wr w_msk = WR(msk_id), w_mtk = WR(mtk_id);
	wr_u16(&w_msk, m->id.group);
	wr_u16(&w_msk, m->id.number);
	wr_u16(&w_mtk, m->mtk_id);
	LOG(b->env->log, now, "mtk-sent", LOG_HEX("key_domain", SPAN(m->id.domain)), LOG_HEX("msk_id", SPAN(msk_id)),
	    LOG_HEX("mtk_id", SPAN(mtk_id)), LOG_NUMBER("ts", m->mtk_counter), LOG_BOOL("streaming", streaming),
	    LOG_NUMBER("roc", m->roc), LOG_TEXT("mtk_tag", prim_tag(b->env->prim, tag, SPAN(mtk.b))),
	    LOG_NUMBER("ues", sent));
}

bool bmsc_mtk(struct bmsc *b, const char *group, const struct bmsc_mtk *mtk, const struct outbox *outbox, int64_t now,
	      const char **ret_why)
{
	struct key_group *g = operator_group(b, group, ret_why);

	if (g == NULL)
		return false;
	struct msk *m = keygroup_current(g, b->env);
	if (!keygroup_next_mtk(g, m, mtk->roc != NULL ? *mtk->roc : m->roc, b->env)) {
		*ret_why = "the MSK's interval of MTK IDs is used up (push a new MSK), or cannot be stored";
		return false;
	}
	send_mtk(b, g, m, g->streaming && !mtk->download, outbox, now);
	return true;
}

bool bmsc_expire(struct bmsc *b, const char *ue, int64_t now, const char **ret_why)
{
	struct ue *u = operator_ue(b, ue, ret_why);

	if (u == NULL)
		return false;
	if (u->keys.btid[0] == '\0') {
		*ret_why = delivery_obstacle(u, now);
		return false;
	}
	if (u->keys.expires > now)
		u->keys.expires = now;
	if (!bmsc_keep(b, u)) {
		*ret_why = "that cannot be stored";
		return false;
	}
	delivery_forget(b, u, "the life of the UE's MUK is over", now);
	return true;
}
