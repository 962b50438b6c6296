/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The card's objects in RAM, in front of the store.
 *
 * All are read once, at open. A command stages what it changes; reads see what is staged. nv_commit() hands the batch to
 * the store, and takes it over here only when the store has it; nv_rollback() forgets it. No allocation after nv_open().
 */
#ifndef VUICC_NV_H
#define VUICC_NV_H

#include "../apdu/bytes.h"
#include "vuicc/uicc.h"

enum {
	NV_OBJECTS_MAX = 2048,
	NV_ARENA = 1024 * 1024, /* octets for all values */
	NV_BATCH_MAX = 2048, /* objects one command may change: deleting a directory takes all that is below */
	NV_BATCH_OCTETS = 128 * 1024,
	NV_KEPT = NV_BATCH_OCTETS + 64 * 1024, /* of the arena, not for files: for one whole batch, and for keys */
};

struct nv;

/* NULL when memory is short or the store cannot be read. */
struct nv *nv_open(const struct nv_ops *ops, void *ctx);
/* NULL is fine; wipes. */
void nv_close(struct nv *nv);

/* The value as staged, else as stored; p is NULL when there is no such object. Valid until the next call that changes. */
struct span nv_get(const struct nv *nv, uint32_t key);

/* Calls fn for each stored object (what is staged is not looked at). */
bool nv_each(const struct nv *nv, nv_each_fn *fn, void *arg);

/* Stages a value. What does not fit makes nv_commit() fail. */
void nv_put(struct nv *nv, uint32_t key, struct span value);

/* Stages a value of n octets, n > 0, and gives a writer over them; a bad one when there is no room. */
struct wr nv_new(struct nv *nv, uint32_t key, size_t n);

/* Stages the removal of an object; nothing happens if there is none. */
void nv_erase(struct nv *nv, uint32_t key);

/* Stages the object as it is and gives a writer over n octets of it from off on; a bad one when they are not there. */
struct wr nv_edit(struct nv *nv, uint32_t key, size_t off, size_t n);

/*
 * Octets that files may still grow by in one command, with what is staged counted in. A card full of files still has
 * NV_KEPT, so that it goes on counting tries, SQNs and MIKEY messages.
 */
size_t nv_room(const struct nv *nv);

/* Makes what is staged durable. False: nothing has changed, and nothing is staged any more. */
VU_MUST_USE bool nv_commit(struct nv *nv);
void nv_rollback(struct nv *nv);

#endif
