/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folding of events that come again and again: of each reason the first few in a second are shown, the others are counted
 * and told as one line when the second is over. So a flood of garbage costs no more log than a trickle.
 */
#ifndef VUICC_FOLD_H
#define VUICC_FOLD_H

#include "../../apdu/bytes.h"

enum { FOLD_MS = 1000, FOLD_SHOWN = 8, FOLD_REASONS = 16 };

struct fold {
	struct fold_slot {
		const char *reason; /* a static sentence; NULL = free */
		const char *cause; /* the same in a word, static, too */
		int64_t since; /* milliseconds since 1970 */
		uint32_t shown, more;
	} slot[FOLD_REASONS];
};

/* Whether an event with this reason (a static sentence) and its cause is to be shown now. */
bool fold_show(struct fold *f, const char *reason, const char *cause, int64_t now);

/* When the next second with folded events is over, milliseconds since 1970; INT64_MAX = none. */
int64_t fold_due(const struct fold *f);

/* Takes out one reason whose second is over: how many more there were. False when there is none. */
bool fold_next(struct fold *f, int64_t now, const char **ret_reason, const char **ret_cause, uint32_t *ret_more);

#endif
