/* SPDX-License-Identifier: Apache-2.0 */
/* What waits for its time, the nearest first: a heap, so that a turn costs what is due and not what waits. */
#ifndef VUICC_TESTNET_DEADLINE_H
#define VUICC_TESTNET_DEADLINE_H

#include "../../apdu/bytes.h"

/* Part of what waits; all zero = it waits for nothing. */
struct deadline {
	int64_t at; /* ms since 1970 */
	uint64_t turn; /* of two at the same time, the one that was set first goes first */
	size_t place; /* in the heap, from 1; 0 = not in it */
	void *waiting; /* whose it is */
};

/* All zero = none. */
struct deadlines {
	struct deadline **heap; /* borrowed */
	size_t n, room;
	uint64_t turn;
};

/* Does not touch what waits. */
void deadlines_close(struct deadlines *d);

/* Sets a deadline, or sets it anew. False when memory is short, which cannot be when it was set before. */
VU_MUST_USE bool deadlines_set(struct deadlines *d, struct deadline *one, int64_t at, void *waiting);

/* It waits no more; one that did not is fine. */
void deadlines_drop(struct deadlines *d, struct deadline *one);

/* The nearest; NULL when there is none. */
struct deadline *deadlines_first(const struct deadlines *d);

#endif
