/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The blocks of INS 89 (TS 102 221 Annex M): command data in blocks until its TLV is whole, then the answer in blocks.
 * One chain a logical channel. Nothing says "last block" but the TLV's own length.
 */
#ifndef VUICC_CHAIN_H
#define VUICC_CHAIN_H

#include "../apdu/bytes.h"
#include "../apdu/mikey.h"
#include "../apdu/sw.h"

/* Tag, length of three octets, mode, message (decision 60). */
enum { CHAIN_MAX = 1 + 3 + 1 + MIKEY_MESSAGE_MAX };

struct chain {
	enum { CHAIN_IDLE, CHAIN_IN, CHAIN_OUT } state;
	uint8_t p2; /* the context that it began with */
	size_t total; /* octets to come in all, or to go out */
	size_t done;
	uint8_t buf[CHAIN_MAX];
};

/* Forgets and wipes everything. */
void chain_drop(struct chain *c);

/*
 * A block of command data; first = P1 80. 63F1 while more is expected, 62F3 when the TLV is whole: chain_input() has it
 * then. 6985 without a beginning, 6A86 when the context changed, 6A80 when it is no such TLV, too long or overrun; each
 * of these drops the chain.
 */
VU_MUST_USE sw_t chain_in(struct chain *c, bool first, uint8_t p2, struct span block);
struct span chain_input(const struct chain *c);

/* Puts the answer in the input's place, to be fetched. */
void chain_answer(struct chain *c, struct span answer);

/*
 * The next block of the answer, at most le octets, appended to out; first = P1 A0. 62F1 while more is left, 9000 with the
 * last one. 6985 when there is none or the order is wrong, 6A86 for another context; both drop the chain.
 */
VU_MUST_USE sw_t chain_out(struct chain *c, bool first, uint8_t p2, size_t le, struct wr *out);

#endif
