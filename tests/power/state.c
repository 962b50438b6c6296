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

struct look_up {
	uint32_t key;
	struct span value;
};

static bool find(void *arg, const struct nv_item *item)
{
	struct look_up *l = arg;

	if (item->key == l->key)
		l->value = span_of(item->value, item->n);
	return true;
}

/* nv_mem_ops wants a store it could change; looking does not change it. */
static bool each(const struct nv_mem *m, nv_each_fn *fn, void *arg)
{
	return nv_mem_ops.each((void *)(uintptr_t)m, fn, arg);
}

struct spending {
	const struct nv_mem *before;
	unsigned objects, spent, other;
};

static bool one_try_less(struct span before, struct span now)
{
	struct pin_desc a = { 0 }, b = { 0 };

	if (!pin_desc_parse(&a, before) || !pin_desc_parse(&b, now))
		return false;
	return a.enabled == b.enabled && a.tries_max == b.tries_max && a.puk_tries_max == b.puk_tries_max &&
	       memcmp(a.code, b.code, sizeof a.code) == 0 && memcmp(a.puk, b.puk, sizeof a.puk) == 0 &&
	       ((a.tries == b.tries + 1 && a.puk_tries == b.puk_tries) ||
		(a.tries == b.tries && a.puk_tries == b.puk_tries + 1));
}

static bool look_for_spent(void *arg, const struct nv_item *item)
{
	struct spending *s = arg;
	struct look_up l = { .key = item->key };
	struct span now = span_of(item->value, item->n);

	s->objects++;
	if (!each(s->before, find, &l) || l.value.p == NULL)
		s->other++;
	else if (OBJ_KIND(item->key) == OBJ_PIN && one_try_less(l.value, now))
		s->spent++;
	else if (!span_eq(l.value, now))
		s->other++;
	return true;
}

static bool add_one(void *arg, const struct nv_item *item)
{
	(void)item;
	++*(unsigned *)arg;
	return true;
}

bool state_before_or_after(const struct nv_mem *now, const struct nv_mem *before, const struct nv_mem *after)
{
	struct spending s = { .before = before };
	unsigned objects = 0;

	if (nv_mem_equal(now, before) || nv_mem_equal(now, after))
		return true;
	return each(now, look_for_spent, &s) && each(before, add_one, &objects) && s.objects == objects &&
	       s.spent == 1 && s.other == 0;
}

static bool copy_one(void *arg, const struct nv_item *item)
{
	return nv_mem_ops.apply(arg, item, 1);
}

struct nv_mem *state_copy(const struct nv_ops *ops, void *store)
{
	struct nv_mem *copy = nv_mem_open();

	if (copy != NULL && ops->each(store, copy_one, copy))
		return copy;
	nv_mem_close(copy);
	return NULL;
}
