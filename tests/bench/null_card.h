/* SPDX-License-Identifier: Apache-2.0 */
/* A card that does nothing as fast as it can: what is left is the way there and back. */
#ifndef VUICC_TESTS_NULL_CARD_H
#define VUICC_TESTS_NULL_CARD_H

#include "apdu/bytes.h"

enum { NULL_RAPDU_MAX = 258 };

extern const uint8_t null_atr[2];

/*
 * Answers in the form, and with the number of exchanges, that our card has in the bench: octets to who asks for them, 61XX
 * to SELECT and AUTHENTICATE, 62F3 to the block of a MIKEY message. Octets written.
 */
size_t null_answer(struct span capdu, uint8_t rapdu[static NULL_RAPDU_MAX]);

#endif
