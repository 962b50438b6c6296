/* SPDX-License-Identifier: Apache-2.0 */
/* APDUs as events (docs/events.md), at the time they happened: PINs and keys are withheld, always (mask.h). */
#ifndef VUICC_APDU_LOG_H
#define VUICC_APDU_LOG_H

#include "../log.h"
#include "mask.h"

struct apdu_log {
	const struct log *log; /* NULL = nowhere */
	struct mask mask; /* all zero: keys are not to be shown */
};

/* One command and its answer; an empty answer: none came. now: milliseconds since 1970 UTC. */
void apdu_log_put(struct apdu_log *a, int64_t now, struct span capdu, struct span rapdu);

#endif
