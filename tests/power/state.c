/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"

struct comparison {
	const struct uicc *u;
	size_t stored, held;
};

static bool in_ram(void *arg, const struct nv_item *item)
{
	struct comparison *c = arg;
	struct span held = nv_get(c->u->nv, item->key);

	c->stored++;
	return held.p != NULL && span_eq(held, span_of(item->value, item->n));
}

static bool count(void *arg, const struct nv_item *item)
{
	struct comparison *c = arg;

	(void)item;
	c->held++;
	return true;
}

bool state_agrees(const struct uicc *u, const struct nv_ops *ops, void *store)
{
	struct comparison c = { .u = u };

	return ops->each(store, in_ram, &c) && nv_each(u->nv, count, &c) && c.stored == c.held;
}

static bool find_sqn(void *arg, const struct nv_item *item)
{
	struct sqn_desc *sqn = arg;

	return item->key != OBJ(OBJ_SQN, 0) || sqn_desc_parse(sqn, span_of(item->value, item->n));
}

bool state_counters_read(struct state_counters *ret, const struct nv_ops *ops, void *store)
{
	struct sqn_desc sqn = { .last = 0 };

	if (!ops->each(store, find_sqn, &sqn))
		return false;
	memcpy(ret->seq, sqn.seq, sizeof ret->seq);
	return true;
}

bool state_counters_kept(const struct state_counters *a, const struct state_counters *b)
{
	for (size_t i = 0; i < VU_COUNT(a->seq); i++)
		if (b->seq[i] < a->seq[i])
			return false;
	return true;
}
