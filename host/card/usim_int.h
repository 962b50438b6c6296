/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of the USIM client share; for usim.c and usim_auth.c alone. */
#ifndef VUICC_USIM_INT_H
#define VUICC_USIM_INT_H

#include "usim.h"

/* A transaction with the USIM selected and PIN1 verified; its end, which hands rc through. */
int usim_begin(struct usim *u);
int usim_end(struct usim *u, int rc);

/* One command; its data is appended to out. what names it in u->why. */
int usim_command(struct usim *u, const struct capdu *c, struct wr *out, const char *what);

/* For an answer that is a success but makes no sense: -EPROTO, with this sentence in u->why. */
int usim_nonsense(struct usim *u, const char *what);

#endif
