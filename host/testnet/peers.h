/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of the network one peer gets: connections that are open, and requests and datagrams a second (a token bucket
 * each). No socket, no clock: time is an argument, milliseconds of a clock that nobody sets.
 */
#ifndef VUICC_TESTNET_PEERS_H
#define VUICC_TESTNET_PEERS_H

#include "../../apdu/bytes.h"

/* 0 = no limit. */
struct limits {
	uint32_t connections; /* of all peers together, at BSF and BM-SC each */
	uint32_t connections_per_peer;
	uint32_t requests_per_second; /* of one peer, of HTTP */
	uint32_t datagrams_per_second; /* of one peer */
	uint32_t request_seconds; /* in which a request has to be whole, and its answer taken */
};

/* A peer: an IPv4 address, or the /64 of an IPv6 address, which is what one of those holds. */
struct peer_id {
	uint8_t octets[16];
};

enum peers_kind { PEERS_REQUEST, PEERS_DATAGRAM, PEERS_KINDS };

struct peers;

/*
 * limits is borrowed until peers_close(). seed: random, so that nobody can choose addresses that crowd each other out.
 * Memory is of one size from the start: whoever was not seen for longest is forgotten. NULL when there is none.
 */
struct peers *peers_open(const struct limits *limits, uint64_t seed);

/* NULL is fine. */
void peers_close(struct peers *p);

/*
 * One more request or datagram. False: too many; *ret_say then tells whether that is worth an event, which it is once a
 * second and peer.
 */
VU_MUST_USE bool peers_take(struct peers *p, const struct peer_id *who, enum peers_kind kind, int64_t now,
			    bool *ret_say);

/* One more connection, which peers_leave() is to be called for when it ends. False and *ret_say as above: refuse it. */
VU_MUST_USE bool peers_enter(struct peers *p, const struct peer_id *who, int64_t now, bool *ret_say);
void peers_leave(struct peers *p, const struct peer_id *who);

#endif
