/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new MSK for all UEs of a Key Group, paced, so that their answers do not come at once: pushed (TS 33.246 clause 6.3.2.3),
 * or to be asked for after a pull (clause 6.3.2.2.4).
 */
#include "bmsc_int.h"

#include <math.h>

enum { SLEPT_MS = 1000 };

static bool takes_part(const struct bmsc *b, const struct ue *u, const struct key_group *g)
{
	return u->peer.host[0] != '\0' && bmsc_entitled(b, u, g);
}

/* Above 0, up to 1. */
static double chance(const struct net_env *env)
{
	uint8_t octets[4];
	struct rd r = rd_of(SPAN(octets));

	env->random(env->ctx, octets, sizeof octets);
	return ((double)rd_u32(&r) + 1) / ((double)UINT32_MAX + 1);
}

/*
 * The next turn, at least a step behind the last one. The earliest of n times that each are anywhere in an interval is at
 * the part 1 - U^(1/n) of it, U being anywhere between 0 and 1, and the others are anywhere behind that one: so nothing has
 * to be drawn, kept and sorted for all UEs.
 */
static void set_due(const struct bmsc *b, struct rekey *r, int64_t from, int64_t step)
{
	double turns = r->left != 0 ? (double)r->left : 1;
	int64_t due = from;

	if (r->until > from)
		due += (int64_t)((double)(r->until - from) * (1 - pow(chance(b->env), 1 / turns)));
	r->due = due > from + step ? due : from + step;
}

/* One UE's turn. Whether it got anything. */
static bool serve(struct bmsc *b, struct ue *u, struct key_group *g, const struct outbox *outbox, int64_t now)
{
	if (!takes_part(b, u, g))
		return false;
	if (g->rekey.way != REKEY_PULL && delivery_obstacle(u, now) == NULL)
		delivery_msk(b, u, g, keygroup_current(g, b->env), g->rekey.way == REKEY_ACK, outbox, now);
	else if (u->keys.btid[0] != '\0' && u->keys.counter != UINT32_MAX)
		delivery_pull(b, u, g, outbox, now); /* decision 39: it bootstraps, and asks */
	else
		return false;
	return true;
}

/* Milliseconds to the next turn: whole ones, and what that leaves out counts for the turns behind it. */
static int64_t step_of(struct rekey *r)
{
	if (r->per_second == 0)
		return 0;
	uint64_t part = (uint64_t)r->part + 1000;
	r->part = (uint32_t)(part % r->per_second);
	return (int64_t)(part / r->per_second);
}

/*
 * Who is due; the pace is kept between those who got something. Time that was slept through is not made up for: a network
 * that was away would else send all of it at once.
 */
static void serve_those_due(struct bmsc *b, struct key_group *g, const struct outbox *outbox, int64_t now)
{
	struct rekey *r = &g->rekey;

	if (r->due < now - SLEPT_MS) {
		r->until += r->until != 0 ? now - r->due : 0;
		r->due = now;
	}
	for (int served = 0; served < AT_ONCE && r->next < b->n_ues && r->due <= now;) {
		if (!serve(b, &b->ue[r->next++], g, outbox, now))
			continue;
		r->left -= r->left != 0;
		set_due(b, r, r->due, step_of(r));
		served++;
	}
}

static void go_on(struct bmsc *b, struct key_group *g, const struct outbox *outbox, int64_t now)
{
	struct rekey *r = &g->rekey;
	size_t before = r->next;

	serve_those_due(b, g, outbox, now);
	r->active = r->next < b->n_ues;
	/* What of it is lost with the program is sent twice, which does no harm. */
	if (r->next != before || !r->active)
		(void)STATE_PUT(b->env, put_rekey, g, r->active ? b->ue[r->next].impi : NULL);
	if (r->active)
		return;
	uint8_t msk_id[4];
	struct wr w = WR(msk_id);
	wr_u16(&w, g->group);
	wr_u16(&w, g->msk[1].id.number);
	LOG(b->env->log, now, "rekeyed", LOG_HEX("key_domain", SPAN(g->domain)), LOG_HEX("msk_id", SPAN(msk_id)));
}

void rekey_count(const struct bmsc *b, struct key_group *g)
{
	g->rekey.left = 0;
	for (size_t i = g->rekey.next; i < b->n_ues; i++)
		g->rekey.left += takes_part(b, &b->ue[i], g);
}

int64_t rekey_timer(struct bmsc *b, const struct outbox *outbox, int64_t now)
{
	int64_t next = -1;

	for (size_t i = 0; i < b->n_groups; i++) {
		struct key_group *g = &b->group[i];

		if (g->rekey.active)
			go_on(b, g, outbox, now);
		if (g->rekey.active && (next < 0 || g->rekey.due < next))
			next = g->rekey.due;
	}
	return next;
}

bool bmsc_rekey(struct bmsc *b, const char *group, enum rekey_way way, const struct bmsc_pace *pace,
		const struct outbox *outbox, int64_t now, const char **ret_why)
{
	struct key_group *g = operator_group(b, group, ret_why);

	if (g == NULL)
		return false;
	keygroup_advance(g, b->env);
	g->rekey = (struct rekey){ .active = true, .way = way, .per_second = pace->per_second };
	if (pace->spread != 0)
		g->rekey.until = now + (int64_t)pace->spread * 1000;
	rekey_count(b, g);
	set_due(b, &g->rekey, now, 0);
	go_on(b, g, outbox, now);
	return true;
}
