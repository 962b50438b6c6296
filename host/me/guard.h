/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often a sender may bother the card with messages that turn out to be forged: token buckets (16 tokens, one more
 * every 250 ms). Only failures cost a token, so who sends what is right is never slowed down.
 *
 * The source of a datagram is no proof of anything. So those whose messages were proven have a bucket each; strangers
 * share a few, chosen by their address; and messages of strangers that name us as nobody does by chance (the B-TID of this
 * bootstrapping) have one of their own, that a flood from made-up addresses does not empty.
 */
#ifndef VUICC_GUARD_H
#define VUICC_GUARD_H

#include "../../apdu/bytes.h"

enum { GUARD_TOKENS = 16, GUARD_REFILL_MS = 250, GUARD_STRANGERS = 8, GUARD_FRIENDS = 8 };

struct guard {
	struct guard_bucket {
		uint32_t spent;
		int64_t since; /* from when on the tokens come back: milliseconds since 1970 */
	} stranger[GUARD_STRANGERS], expected, friends[GUARD_FRIENDS];
	uint64_t host[GUARD_FRIENDS]; /* of the friends; 0 = free */
	unsigned next; /* the friend that is replaced next */
};

/* host: of the sender, whatever its port. expected: the message names us. Whether a message may be taken to the card. */
bool guard_may(struct guard *g, uint64_t host, bool expected, int64_t now);
/* A message that was taken to the card was wrong. */
void guard_failed(struct guard *g, uint64_t host, bool expected, int64_t now);
/* It was proven. */
void guard_proven(struct guard *g, uint64_t host);

#endif
