/* SPDX-License-Identifier: Apache-2.0 */
/* The state of BSF and BM-SC in a SQLite file. */
#ifndef VUICC_TESTNET_STATE_SQLITE_H
#define VUICC_TESTNET_STATE_SQLITE_H

#include "bmsc.h"
#include "bsf.h"
#include "state.h"

enum { STATE_WHY_MAX = 512 };

struct state;

extern const struct state_ops state_sqlite; /* ctx: the struct state */

/*
 * Opens or makes the file (mode 0600); one program has it at a time. *ret is for state_close(). 0, or -errno with a
 * sentence in why.
 */
VU_MUST_USE int state_open(struct state **ret, const char *path, char why[static STATE_WHY_MAX]);
/* NULL is fine. */
void state_close(struct state *s);

/*
 * What the file knows into subscribers, BSF and BM-SC, which are new. A SQN never goes back: the greater of the two
 * counts. What the configuration has no more is left alone. *ret_ues: how many came back. 0 or -errno with a sentence.
 */
VU_MUST_USE int state_restore(struct state *s, struct subscriber *subscribers, size_t n, struct bsf *bsf,
			      struct bmsc *bmsc, size_t *ret_ues, char why[static STATE_WHY_MAX]);

/* Why something could not be stored since this was asked last, or NULL. */
const char *state_trouble(struct state *s);

#endif
