/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects in RAM, sorted by key.
 *
 * apply() first builds the whole new set beside the old one and then swaps: so a shortage of memory in the middle of a
 * batch changes nothing, exactly as with the file.
 */
#include "nv_mem.h"

#include <stdlib.h>

#include "../crypto/secret.h"

struct object {
	uint32_t key;
	size_t n;
	uint8_t *value; /* shared by the old and the new set while a batch is being built */
};

struct set {
	struct object *objects;
	size_t n;
};

struct nv_mem {
	struct set set;
	int applies_left; /* before the failures begin; -1: never */
};

/* Where the key is, or would be. */
static size_t position(const struct set *s, uint32_t key)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (s->objects[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool holds(const struct set *s, size_t at, uint32_t key)
{
	return at < s->n && s->objects[at].key == key;
}

static void value_free(struct object *o)
{
	if (o->value != NULL)
		secret_wipe(o->value, o->n);
	free(o->value);
	o->value = NULL;
}

/* Frees the values of s that `other` does not use, and the set itself. */
static void set_free(struct set *s, const struct set *other)
{
	for (size_t i = 0; i < s->n; i++) {
		size_t at = position(other, s->objects[i].key);
		if (!holds(other, at, s->objects[i].key) || other->objects[at].value != s->objects[i].value)
			value_free(&s->objects[i]);
	}
	free(s->objects);
	*s = (struct set){ 0 };
}

/* A set with room for `more` objects beyond those of s, sharing its values. */
static bool set_copy(struct set *ret, const struct set *s, size_t more)
{
	ret->objects = calloc(s->n + more + 1, sizeof *ret->objects);
	if (ret->objects == NULL)
		return false;
	if (s->n != 0)
		memcpy(ret->objects, s->objects, s->n * sizeof *s->objects);
	ret->n = s->n;
	return true;
}

static void set_delete(struct set *s, const struct set *shared, size_t at)
{
	size_t old = position(shared, s->objects[at].key);

	if (!holds(shared, old, s->objects[at].key) || shared->objects[old].value != s->objects[at].value)
		value_free(&s->objects[at]);
	memmove(&s->objects[at], &s->objects[at + 1], (s->n - at - 1) * sizeof *s->objects);
	s->n--;
}

/* One item of a batch into s; the values of `shared` stay whole. */
static bool set_put(struct set *s, const struct set *shared, const struct nv_item *item)
{
	size_t at = position(s, item->key);
	struct object o = { .key = item->key, .n = item->n };

	if (item->value != NULL) {
		o.value = malloc(item->n + 1);
		if (o.value == NULL)
			return false;
		memcpy(o.value, item->value, item->n);
	}
	if (holds(s, at, item->key))
		set_delete(s, shared, at);
	if (o.value == NULL)
		return true;
	memmove(&s->objects[at + 1], &s->objects[at], (s->n - at) * sizeof *s->objects);
	s->objects[at] = o;
	s->n++;
	return true;
}

static bool mem_each(void *ctx, nv_each_fn *fn, void *arg)
{
	const struct nv_mem *m = ctx;

	for (size_t i = 0; i < m->set.n; i++) {
		const struct object *o = &m->set.objects[i];
		if (!fn(arg, &(struct nv_item){ .key = o->key, .value = o->value, .n = o->n }))
			return false;
	}
	return true;
}

static bool mem_apply(void *ctx, const struct nv_item *items, size_t n)
{
	struct nv_mem *m = ctx;
	struct set new = { 0 };

	if (m->applies_left == 0 || !set_copy(&new, &m->set, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!set_put(&new, &m->set, &items[i])) {
			set_free(&new, &m->set);
			return false;
		}
	}
	set_free(&m->set, &new);
	m->set = new;
	if (m->applies_left > 0)
		m->applies_left--;
	return true;
}

const struct nv_ops nv_mem_ops = { .each = mem_each, .apply = mem_apply };

struct nv_mem *nv_mem_open(void)
{
	struct nv_mem *m = calloc(1, sizeof *m);

	if (m != NULL)
		m->applies_left = -1;
	return m;
}

void nv_mem_close(struct nv_mem *m)
{
	if (m == NULL)
		return;
	set_free(&m->set, &(const struct set){ 0 });
	free(m);
}

struct nv_mem *nv_mem_copy(const struct nv_mem *m)
{
	struct nv_mem *copy = nv_mem_open();

	if (copy == NULL)
		return NULL;
	for (size_t i = 0; i < m->set.n; i++) {
		const struct object *o = &m->set.objects[i];
		struct nv_item item = { .key = o->key, .value = o->value, .n = o->n };
		if (!mem_apply(copy, &item, 1)) {
			nv_mem_close(copy);
			return NULL;
		}
	}
	return copy;
}

void nv_mem_fail_after(struct nv_mem *m, int applies)
{
	m->applies_left = applies;
}

bool nv_mem_equal(const struct nv_mem *a, const struct nv_mem *b)
{
	if (a->set.n != b->set.n)
		return false;
	for (size_t i = 0; i < a->set.n; i++) {
		const struct object *x = &a->set.objects[i], *y = &b->set.objects[i];
		if (x->key != y->key || !span_eq(span_of(x->value, x->n), span_of(y->value, y->n)))
			return false;
	}
	return true;
}
