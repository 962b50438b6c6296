/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects in RAM, sorted by key.
 *
 * apply() first gets all the memory that the batch needs, and only then changes anything: so a shortage of memory in the
 * middle of a batch changes nothing, exactly as with the file. What it does not touch it does not look at.
 */
#include "nv_mem.h"

#include <stdlib.h>

#include "../crypto/secret.h"

struct object {
	uint32_t key;
	size_t n;
	uint8_t *value;
};

struct nv_mem {
	struct object *objects;
	size_t n;
	size_t room; /* objects that fit */
	int applies_left; /* before the failures begin; -1: never */
};

/* Where the key is, or would be. */
static size_t position(const struct nv_mem *m, uint32_t key)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (m->objects[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool holds(const struct nv_mem *m, size_t at, uint32_t key)
{
	return at < m->n && m->objects[at].key == key;
}

static void value_free(struct object *o)
{
	if (o->value != NULL)
		secret_wipe(o->value, o->n);
	free(o->value);
	o->value = NULL;
}

/* Room for `more` objects beyond those there are. */
static bool reserve(struct nv_mem *m, size_t more)
{
	if (more <= m->room - m->n)
		return true;
	size_t room = 2 * m->n + more;
	struct object *objects = realloc(m->objects, room * sizeof *objects);
	if (objects == NULL)
		return false;
	m->objects = objects;
	m->room = room;
	return true;
}

/*
 * Whether item i only overwrites a value with one of the same length: what most items of a card do, and what needs no
 * memory. Not behind another item of the same key, for that one may change the length.
 */
static bool overwrites(const struct nv_mem *m, const struct nv_item *items, size_t i)
{
	size_t at = position(m, items[i].key);

	if (items[i].value == NULL || !holds(m, at, items[i].key) || m->objects[at].n != items[i].n)
		return false;
	for (size_t before = 0; before < i; before++)
		if (items[before].key == items[i].key)
			return false;
	return true;
}

/* Copies of the values that need room of their own, before anything is changed. */
static bool copy_values(const struct nv_mem *m, struct object *fresh, const struct nv_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		fresh[i] = (struct object){ .key = items[i].key, .n = items[i].n };
		if (items[i].value == NULL || overwrites(m, items, i))
			continue;
		fresh[i].value = malloc(items[i].n + 1);
		if (fresh[i].value == NULL) {
			while (i > 0)
				value_free(&fresh[--i]);
			return false;
		}
		memcpy(fresh[i].value, items[i].value, items[i].n);
	}
	return true;
}

/* One item, which cannot fail any more: its copy if it has one, else its value over the old one, or a removal. */
static void put(struct nv_mem *m, const struct nv_item *item, const struct object *fresh)
{
	size_t at = position(m, item->key);
	bool there = holds(m, at, item->key);

	if (item->value != NULL && fresh->value == NULL) {
		memcpy(m->objects[at].value, item->value, item->n);
		return;
	}
	if (there)
		value_free(&m->objects[at]);
	if (fresh->value != NULL && !there) {
		memmove(&m->objects[at + 1], &m->objects[at], (m->n - at) * sizeof *m->objects);
		m->n++;
	}
	if (fresh->value != NULL) {
		m->objects[at] = *fresh;
	} else if (there) {
		m->n--;
		memmove(&m->objects[at], &m->objects[at + 1], (m->n - at) * sizeof *m->objects);
	}
}

static bool mem_each(void *ctx, nv_each_fn *fn, void *arg)
{
	const struct nv_mem *m = ctx;

	for (size_t i = 0; i < m->n; i++) {
		const struct object *o = &m->objects[i];
		if (!fn(arg, &(struct nv_item){ .key = o->key, .value = o->value, .n = o->n }))
			return false;
	}
	return true;
}

static bool mem_apply(void *ctx, const struct nv_item *items, size_t n)
{
	struct object few[16], *fresh = few;
	struct nv_mem *m = ctx;

	if (m->applies_left == 0 || !reserve(m, n))
		return false;
	if (n > VU_COUNT(few) && (fresh = calloc(n, sizeof *fresh)) == NULL)
		return false;
	bool whole = copy_values(m, fresh, items, n);
	for (size_t i = 0; whole && i < n; i++)
		put(m, &items[i], &fresh[i]);
	if (fresh != few)
		free(fresh);
	if (whole && m->applies_left > 0)
		m->applies_left--;
	return whole;
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
	for (size_t i = 0; i < m->n; i++)
		value_free(&m->objects[i]);
	free(m->objects);
	free(m);
}

struct nv_mem *nv_mem_copy(const struct nv_mem *m)
{
	struct nv_mem *copy = nv_mem_open();

	if (copy == NULL)
		return NULL;
	for (size_t i = 0; i < m->n; i++) {
		const struct object *o = &m->objects[i];
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
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct object *x = &a->objects[i], *y = &b->objects[i];
		if (x->key != y->key || !span_eq(span_of(x->value, x->n), span_of(y->value, y->n)))
			return false;
	}
	return true;
}
