/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many messages at once with one wait for the disk: what they change is stored in one transaction, and they leave when
 * that is durable, or not at all.
 */
#ifndef VUICC_TESTNET_BATCH_H
#define VUICC_TESTNET_BATCH_H

#include "env.h"

struct batch_datagram;

struct batch {
	struct outbox outbox; /* what is to leave goes here */
	const struct outbox *to;
	const struct net_env *env;
	bool open; /* there is a transaction; without one datagrams leave at once */
	struct batch_datagram *first, **last;
};

/* env and to are borrowed until batch_end(). ret stays where it is. */
void batch_begin(struct batch *ret, const struct net_env *env, const struct outbox *to);

/* Stores, and lets go. False when it could not be stored: nothing leaves then. */
bool batch_end(struct batch *b);

#endif
