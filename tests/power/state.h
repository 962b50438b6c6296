/* SPDX-License-Identifier: Apache-2.0 */
/* The states of a card's store, compared: for tests alone. */
#ifndef VUICC_TESTS_POWER_STATE_H
#define VUICC_TESTS_POWER_STATE_H

#include "card/store/nv_mem.h"
#include "card/uicc_int.h"

/* Whether the running card's objects are exactly those of the store (nothing being staged). */
bool state_agrees(const struct uicc *u, const struct nv_ops *ops, void *store);

/* Numbers that a store must never take back: SEQ_MS by IND. */
struct state_counters {
	uint64_t seq[SQN_ENTRIES];
};

/* Reads them from a store. False when it cannot be read. */
VU_MUST_USE bool state_counters_read(struct state_counters *ret, const struct nv_ops *ops, void *store);

/* Whether nothing has gone back from a to b. */
bool state_counters_kept(const struct state_counters *a, const struct state_counters *b);

/*
 * Whether `now` is what a command may leave behind when it is cut: the state before it, the state after it, or the
 * state before it with one try of one PIN or PUK spent (which is stored on its own, before the comparison).
 */
bool state_before_or_after(const struct nv_mem *now, const struct nv_mem *before, const struct nv_mem *after);

/* A copy of any store in RAM; NULL when it cannot be read. */
struct nv_mem *state_copy(const struct nv_ops *ops, void *store);

#endif
