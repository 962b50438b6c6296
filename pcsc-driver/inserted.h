/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card file that has been put into a reader: its store, the UICC in it and the manners of T=0 in front. Which reader
 * that is, vpcd's or a slot of our own driver, is not known here.
 */
#ifndef VUICC_INSERTED_H
#define VUICC_INSERTED_H

#include "../apdu/bytes.h"
#include "vuicc/uicc.h"

struct inserted;

enum { INSERTED_WHY_MAX = 256 };

/*
 * Opens the card file, which no other process can then use. trace (NULL for none) sees every command, with ctx. 0 or
 * -errno of nv_sqlite_open(), -EPROTO for a file without a whole card; why (INSERTED_WHY_MAX octets) names the file.
 */
int inserted_open(struct inserted **ret, const char *path, void (*trace)(void *ctx, const struct uicc_trace *t),
		  void *ctx, char *why);

/* NULL is fine; wipes everything. */
void inserted_close(struct inserted *c);

/* Power comes, or a reset. False: the card does not start, as its file cannot be read any more. */
VU_MUST_USE bool inserted_power(struct inserted *c);

/* The answer to reset: octets written. */
size_t inserted_atr(const struct inserted *c, uint8_t atr[static UICC_ATR_MAX]);

/* One command; octets of the answer, 0 = none: the power is gone until inserted_power(). */
size_t inserted_transmit(struct inserted *c, struct span capdu, uint8_t rapdu[static UICC_RAPDU_MAX]);

/* Why the last command could not be stored, as one sentence; NULL = it could, or there was nothing to store. */
const char *inserted_trouble(const struct inserted *c);

/*
 * A fault: the power goes while the writes-th (1..) change from now is being stored, when that is durable already
 * (after) or not yet. 0 takes the fault back.
 */
void inserted_cut_power(struct inserted *c, unsigned writes, bool after);

#endif
