/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fuzzer's input as a session with a card:
 *
 *   flags(1)    bit 0: every constant-time comparison of secrets succeeds, as if keys and PINs were known
 *               bit 1: PIN1 is on
 *   commits(1)  the store fails after so many commits; 0: never
 *   then steps: length(1) and as many octets of a command; 00 is a reset, FF stands for 255 + the octet behind it
 *
 * make_corpus.py writes the same form.
 */
#ifndef VUICC_TESTS_FUZZ_SEQUENCE_H
#define VUICC_TESTS_FUZZ_SEQUENCE_H

#include "apdu/apdu.h"
#include "card/store/nv_mem.h"
#include "fuzz.h"

struct sequence {
	struct rd r;
	bool pin1; /* the card is to have PIN1 on */
	bool all_equal;
	int commits;
	uint8_t *octets; /* of the step, an exact-size copy */
};

/* Takes the head. */
struct sequence sequence_of(struct span in);

/* Makes comparisons and store behave as it says. */
void sequence_begin(const struct sequence *s, struct nv_mem *nv);

/* The next step in *ret, empty for a reset; false at the end. What the one before gave is freed. */
bool sequence_next(struct sequence *s, struct span *ret);

/* Comparisons and the store work as ever again. */
void sequence_end(struct sequence *s, struct nv_mem *nv);

/* The form of an answer: 2 to 258 octets, and no data with an error. */
void sequence_check_answer(const uint8_t *rapdu, size_t n);

#endif
