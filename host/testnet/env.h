/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the pure parts of the test network are handed in instead of reaching for it: primitives, randomness, a place for
 * events and one for datagrams. Time is an argument: milliseconds since 1970 UTC.
 */
#ifndef VUICC_TESTNET_ENV_H
#define VUICC_TESTNET_ENV_H

#include "../../card/crypto/prim.h"
#include "../log.h"

enum {
	PEER_HOST_MAX = 46, /* characters of an IPv6 address in text, with its end */
	IMSI_MAX = 16, /* 15 digits and the end */
	IMPI_MAX = 64,
	FQDN_MAX = 128,
};

struct state_ops; /* state.h */
struct faults; /* fault.h */

struct net_env {
	struct prim *prim;
	void (*random)(void *ctx, uint8_t *out, size_t n); /* never fails: who has no randomness ends the program */
	void *ctx;
	const struct log *log;
	const struct state_ops *state; /* NULL = nothing is kept */
	void *state_ctx;
	struct faults *faults; /* NULL = a network as it should be */
};

/* Where a UE is. */
struct peer {
	char host[PEER_HOST_MAX];
	uint16_t port;
};

/* Datagrams leave by it; what it is given is not kept. */
struct outbox {
	void (*send)(void *ctx, const struct peer *to, struct span datagram);
	void *ctx;
	const struct outbox *direct; /* where one leaves at once, when this one keeps it until an answer has left */
};

#endif
