/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The MIKEY port: a socket that is emptied fast, and a bounded queue of the messages that are worth the card's time. The
 * card takes a message at a time, and slowly; the socket must not overflow meanwhile (TS 33.246 6.4 sets no pace).
 */
#ifndef VUICC_UDP_H
#define VUICC_UDP_H

#include "../../os/udp_addr.h"
#include "agent.h"

enum {
	UDP_QUEUE = 64, /* messages that wait */
	UDP_QUEUE_HOST = 16, /* of them from one host */
	UDP_RECEIVE_OCTETS = 8 << 20, /* of the socket, where the system lets us */
};

struct udp;

/* Whether a message is to wait in the queue. */
typedef bool udp_wanted_fn(void *ctx, struct span octets, const struct agent_peer *from);

/* Looks at what comes in or (out) goes out. */
typedef void udp_tap_fn(void *ctx, bool out, const struct udp_addr *peer, struct span octets);

/* Binds; port 0 = any: *a says which it became. 0 or -errno. */
int udp_open(struct udp **ret, struct udp_addr *a);

/* NULL is fine. */
void udp_close(struct udp *u);

/* NULL = nobody looks any more. */
void udp_set_tap(struct udp *u, udp_tap_fn *tap, void *ctx);

/* Readable when udp_drain() has something to do. */
int udp_fd(const struct udp *u);

/*
 * Empties the socket, up to a bound that keeps a flood from stopping everything else. What is wanted and not in the queue
 * already is queued. Returns how many were lost because the queue was full.
 */
unsigned udp_drain(struct udp *u, udp_wanted_fn *wanted, void *ctx);

/* Takes out the message that waits longest: its length in octets, 0 = none waits. */
size_t udp_take(struct udp *u, uint8_t octets[static MIKEY_MESSAGE_MAX], struct agent_peer *ret_from);
/* Puts it back to the front. */
void udp_put_back(struct udp *u, struct span octets, const struct agent_peer *from);
bool udp_waits(const struct udp *u);
/* Drops all. */
void udp_flush(struct udp *u);

/* 0 or -errno. */
int udp_send(struct udp *u, const struct agent_peer *to, struct span message);

#endif
