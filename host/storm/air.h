/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The datagrams of all UEs: one socket on loopback, where each UE has an address of its own and all have the same port,
 * and a loss that hits the same datagrams of a UE whenever the seed is the same.
 */
#ifndef VUICC_STORM_AIR_H
#define VUICC_STORM_AIR_H

#include "../me/agent.h"

enum { AIR_ADDRESS = 16 };

struct air;

struct air_counts {
	uint64_t down, down_lost; /* from the BM-SC to UEs: sent there, and of them lost here */
	uint64_t up, up_lost; /* verification messages, likewise */
	uint64_t overflow; /* to UEs, too, that the system had no room for */
};

/* ues of them; lost: of 10,000 datagrams in each direction. 0 or -errno. */
VU_MUST_USE int air_open(struct air **ret, size_t ues, unsigned lost, uint64_t seed);
/* NULL is fine. */
void air_close(struct air *a);

/* Nothing is lost, from now on, or as many again. */
void air_set_lost(struct air *a, unsigned lost);

/* Where every UE listens. */
uint16_t air_port(const struct air *a);

/* "127.1.0.1" */
const char *air_address(char text[static AIR_ADDRESS], size_t ue);

/* Readable when air_run() has something to do. */
int air_fd(const struct air *a);

/* Takes what has come, up to a bound that lets others have their turn; a datagram that is lost is not told of. */
void air_run(struct air *a, void (*take)(void *ctx, size_t ue, struct span datagram, const struct agent_peer *from),
	     void *ctx);

/* From a UE. 0, also when it is lost on the way, or -errno. */
int air_send(struct air *a, size_t ue, const struct agent_peer *to, struct span datagram);

struct air_counts air_counts(const struct air *a);

#endif
