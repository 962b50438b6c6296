/* SPDX-License-Identifier: Apache-2.0 */
/* What a running card holds in RAM against what its store holds, and counters that may only grow. For tests alone. */
#ifndef VUICC_TESTS_POWER_STATE_H
#define VUICC_TESTS_POWER_STATE_H

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

#endif
