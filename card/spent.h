/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters that outlive their key (decision 46). A Ks_int_NAF that was pushed out of EF_GBANL, or a MUK that was deleted or
 * replaced, comes back when the ME derives it again from the same Ks: it must not come back with a counter of 0, or every MSK
 * message it ever took could be replayed. A new bootstrapping ends that, and empties this list.
 */
#ifndef VUICC_SPENT_H
#define VUICC_SPENT_H

#include "crypto/secret.h"
#include "uicc_int.h"

enum { SPENT_MAX = 64 }; /* keys remembered; the oldest go first */

/* Stages the memory of a key's counter. */
void spent_remember(struct uicc *u, uint16_t adf, const struct key256 *key, uint32_t counter);

/* The highest counter remembered for this key, 0 when there is none. */
uint32_t spent_counter(const struct uicc *u, uint16_t adf, const struct key256 *key);

/* Stages forgetting everything. */
void spent_clear(struct uicc *u, uint16_t adf);

#endif
