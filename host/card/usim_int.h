/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the USIM client share; for usim.c, usim_auth.c and usim_session.c alone. */
#ifndef VUICC_USIM_INT_H
#define VUICC_USIM_INT_H

#include "usim.h"

enum { FID_MF = 0x3F00 };

/*
 * A transaction with nothing selected, but with the same card as before when it is the second one of a command. Its end
 * hands rc through.
 */
int usim_open(struct usim *u);
int usim_end(struct usim *u, int rc);

/* Selects the USIM and verifies PIN1. */
int usim_select(struct usim *u);

/* A transaction with the USIM selected and PIN1 verified; none when it fails. */
int usim_begin(struct usim *u);

/*
 * Whether the whole command, from usim_begin() or usim_open() on, is to be given once more, because the card was reset in
 * the middle of it. The second time *rc becomes -EBUSY instead.
 */
VU_MUST_USE bool usim_once_more(struct usim *u, int *rc);

/*
 * One command; its data is appended to out. what names it in u->why. -ECONNRESET when the card was reset since the USIM
 * was selected.
 */
int usim_command(struct usim *u, const struct capdu *c, struct wr *out, const char *what);

/* For an answer that is a success but makes no sense: -EPROTO, with this sentence in u->why. */
int usim_nonsense(struct usim *u, const char *what);

/* SELECT by file identifier in the current directory; its FCP is appended. */
int usim_select_file(struct usim *u, uint16_t fid, struct wr *fcp, const char *what);

/* A data object of the FCP template 62. */
VU_MUST_USE bool usim_fcp_find(struct span fcp, uint16_t tag, struct span *ret);

/* EF_ICCID, by its path: no directory is selected any more that a later SELECT by identifier could build on. */
int usim_read_iccid(struct usim *u, char ret[static USIM_ICCID_MAX]);

/*
 * This is the card that is connected, and whose PIN1 it is that something is known of. -ENOMEDIUM, and the card given up,
 * when it was another one before.
 */
int usim_take_card(struct usim *u, const char *iccid);

#endif
