/* SPDX-License-Identifier: Apache-2.0 */
/* The state of BSF and BM-SC in a SQLite file. */
#ifndef VUICC_TESTNET_STATE_SQLITE_H
#define VUICC_TESTNET_STATE_SQLITE_H

#include "bmsc.h"
#include "bsf.h"
#include "config.h"
#include "import.h"
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
 * The subscribers of the configuration go into the file, where those that it had last time and has no more are taken out;
 * those that were imported into the file, and that it does not have, go into the configuration. Without a list of its own
 * and with imported ones, the built-in subscriber is not served. Before state_restore().
 */
VU_MUST_USE int state_subscribers(struct state *s, struct net_config *c, char why[static STATE_WHY_MAX]);

/*
 * Imports the subscribers of files, all of them or none; with the IMSI of one that is there, it is replaced. A SQN never
 * goes back. The same IMSI twice is a mistake. *ret_n: how many. 0; -EINVAL with "FILE:LINE:COLUMN: …" in why for a bad
 * file, another -errno with a sentence when one cannot be read or stored.
 */
VU_MUST_USE int state_import(struct state *s, const char *const *paths, size_t n, const struct import_options *options,
			     size_t *ret_n, char why[static IMPORT_WHY_MAX]);

/*
 * What the file knows into subscribers, BSF and BM-SC, which are new. A SQN never goes back: the greater of the two
 * counts. What the configuration has no more is left alone in the file; UEs of other subscribers do not come back, unless
 * the BSF is elsewhere (bsf NULL). *ret_ues: how many did. 0 or -errno with a sentence.
 */
VU_MUST_USE int state_restore(struct state *s, struct subscriber *subscribers, size_t n, struct bsf *bsf,
			      struct bmsc *bmsc, size_t *ret_ues, char why[static STATE_WHY_MAX]);

/* Why something could not be stored since this was asked last, or NULL. */
const char *state_trouble(struct state *s);

#endif
