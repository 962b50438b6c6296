/* SPDX-License-Identifier: Apache-2.0 */
#include "nv.h"

#include <stdlib.h>

#include "crypto/secret.h"

/* A value in the arena. Objects stand sorted by key. */
struct object {
	uint32_t key;
	uint32_t off, n;
};

struct nv {
	const struct nv_ops *ops;
	void *ctx;
	struct object object[NV_OBJECTS_MAX];
	size_t objects;
	struct wr arena; /* values, with gaps where one was replaced by a longer one or erased */
	struct nv_item staged[NV_BATCH_MAX];
	size_t n_staged;
	struct wr batch; /* octets of the staged values */
	bool bad; /* something could not be staged */
	uint8_t arena_buf[NV_ARENA];
	uint8_t batch_buf[NV_BATCH_OCTETS];
};

/* Index of the first object whose key is not below. */
static size_t lower(const struct nv *nv, uint32_t key)
{
	size_t lo = 0, hi = nv->objects;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (nv->object[mid].key < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static const struct object *find(const struct nv *nv, uint32_t key)
{
	size_t i = lower(nv, key);

	return i < nv->objects && nv->object[i].key == key ? &nv->object[i] : NULL;
}

static const struct nv_item *find_staged(const struct nv *nv, uint32_t key)
{
	for (size_t i = nv->n_staged; i > 0; i--)
		if (nv->staged[i - 1].key == key)
			return &nv->staged[i - 1];
	return NULL;
}

static struct span value_of(const struct nv *nv, const struct object *o)
{
	return span_of(nv->arena_buf + o->off, o->n);
}

/* Closes the gaps: moves every value to the front, in the order in which they stand. */
static void compact(struct nv *nv)
{
	size_t end = 0;

	for (;;) {
		struct object *next = NULL;
		for (size_t i = 0; i < nv->objects; i++)
			if (nv->object[i].off >= end && nv->object[i].n != 0 &&
			    (next == NULL || nv->object[i].off < next->off))
				next = &nv->object[i];
		if (next == NULL)
			break;
		memmove(nv->arena_buf + end, nv->arena_buf + next->off, next->n);
		next->off = (uint32_t)end;
		end += next->n;
	}
	secret_wipe(nv->arena_buf + end, nv->arena.n - end);
	nv->arena.n = end;
}

static void forget(struct nv *nv, uint32_t key)
{
	size_t i = lower(nv, key);

	if (i == nv->objects || nv->object[i].key != key)
		return;
	secret_wipe(nv->arena_buf + nv->object[i].off, nv->object[i].n);
	nv->objects--;
	memmove(&nv->object[i], &nv->object[i + 1], (nv->objects - i) * sizeof nv->object[0]);
}

/* Takes a value over; there is room (see fits()). */
static bool keep(struct nv *nv, const struct nv_item *item)
{
	const struct object *o = find(nv, item->key);

	if (o != NULL && item->value != NULL && o->n == item->n) {
		memcpy(nv->arena_buf + o->off, item->value, item->n);
		return true;
	}
	forget(nv, item->key);
	if (item->value == NULL)
		return true;
	if (item->n > nv->arena.cap - nv->arena.n)
		compact(nv);
	if (nv->objects == NV_OBJECTS_MAX || item->n > nv->arena.cap - nv->arena.n)
		return false;

	size_t i = lower(nv, item->key);
	memmove(&nv->object[i + 1], &nv->object[i], (nv->objects - i) * sizeof nv->object[0]);
	nv->object[i] = (struct object){ .key = item->key, .off = (uint32_t)nv->arena.n, .n = (uint32_t)item->n };
	nv->objects++;
	wr_bytes(&nv->arena, item->value, item->n);
	return true;
}

static bool load(void *arg, const struct nv_item *item)
{
	return item->value != NULL && keep(arg, item);
}

struct nv *nv_open(const struct nv_ops *ops, void *ctx)
{
	struct nv *nv = calloc(1, sizeof *nv);

	if (nv == NULL)
		return NULL;
	nv->ops = ops;
	nv->ctx = ctx;
	nv->arena = WR(nv->arena_buf);
	nv->batch = WR(nv->batch_buf);
	if (!ops->each(ctx, load, nv)) {
		nv_close(nv);
		return NULL;
	}
	return nv;
}

void nv_close(struct nv *nv)
{
	if (nv == NULL)
		return;
	/* What is behind the ends of both was never written, or was wiped when the end came down. */
	secret_wipe(nv->arena_buf, nv->arena.n);
	nv_rollback(nv);
	secret_wipe(nv, offsetof(struct nv, arena_buf));
	free(nv);
}

struct span nv_get(const struct nv *nv, uint32_t key)
{
	const struct nv_item *staged = find_staged(nv, key);

	if (staged != NULL)
		return span_of(staged->value, staged->n);
	const struct object *o = find(nv, key);
	return o != NULL ? value_of(nv, o) : (struct span){ 0 };
}

bool nv_each(const struct nv *nv, nv_each_fn *fn, void *arg)
{
	for (size_t i = 0; i < nv->objects; i++) {
		struct span v = value_of(nv, &nv->object[i]);
		const struct nv_item item = { .key = nv->object[i].key, .value = v.p, .n = v.n };
		if (!fn(arg, &item))
			return false;
	}
	return true;
}

/* Room for a staged value of n octets: the one that is there when it has this size, else a new one; NULL if none is left. */
static uint8_t *stage(struct nv *nv, uint32_t key, size_t n)
{
	const struct nv_item *old = find_staged(nv, key);

	if (old != NULL && old->value != NULL && old->n == n)
		return nv->batch_buf + (old->value - nv->batch_buf);
	if (nv->n_staged == NV_BATCH_MAX || n > nv->batch.cap - nv->batch.n) {
		nv->bad = true;
		return NULL;
	}
	uint8_t *room = nv->batch_buf + nv->batch.n;
	nv->staged[nv->n_staged++] = (struct nv_item){ .key = key, .value = room, .n = n };
	nv->batch.n += n;
	return room;
}

void nv_put(struct nv *nv, uint32_t key, struct span value)
{
	uint8_t *room = stage(nv, key, value.n);

	if (room != NULL && value.n != 0)
		memmove(room, value.p, value.n);
}

struct wr nv_new(struct nv *nv, uint32_t key, size_t n)
{
	uint8_t *room = stage(nv, key, n);

	return room != NULL ? wr_of(room, n) : (struct wr){ .bad = true };
}

void nv_erase(struct nv *nv, uint32_t key)
{
	if (nv_get(nv, key).p == NULL)
		return;
	if (nv->n_staged == NV_BATCH_MAX) {
		nv->bad = true;
		return;
	}
	nv->staged[nv->n_staged++] = (struct nv_item){ .key = key };
}

struct wr nv_edit(struct nv *nv, uint32_t key, size_t off, size_t n)
{
	struct span now = nv_get(nv, key);

	if (now.p == NULL || off > now.n || n > now.n - off)
		return (struct wr){ .bad = true };
	uint8_t *room = stage(nv, key, now.n);
	if (room == NULL)
		return (struct wr){ .bad = true };
	if (room != now.p)
		memcpy(room, now.p, now.n);
	return wr_of(room + off, n);
}

static size_t used(const struct nv *nv)
{
	size_t n = nv->batch.n;

	for (size_t i = 0; i < nv->objects; i++)
		n += nv->object[i].n;
	return n;
}

size_t nv_room(const struct nv *nv)
{
	size_t n = used(nv), in_batch = nv->batch.cap - nv->batch.n;
	size_t for_files = nv->arena.cap - NV_KEPT, in_arena = n < for_files ? for_files - n : 0;

	return in_arena < in_batch ? in_arena : in_batch;
}

/* Whether the arena can take the batch whatever is in it: so that nothing can fail once the store has it. */
static bool fits(const struct nv *nv)
{
	return nv->objects + nv->n_staged <= NV_OBJECTS_MAX && used(nv) <= nv->arena.cap;
}

void nv_rollback(struct nv *nv)
{
	secret_wipe(nv->batch_buf, nv->batch.n);
	nv->batch.n = 0;
	nv->n_staged = 0;
	nv->bad = false;
}

bool nv_commit(struct nv *nv)
{
	bool done = !nv->bad;

	if (done && nv->n_staged != 0) {
		done = fits(nv) && nv->ops->apply(nv->ctx, nv->staged, nv->n_staged);
		for (size_t i = 0; done && i < nv->n_staged; i++)
			(void)keep(nv, &nv->staged[i]);
	}
	nv_rollback(nv);
	return done;
}
