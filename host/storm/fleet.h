/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The UEs: each a card and an ME core of its own, all of them on one thread, with a bounded number of HTTP connections for
 * them to share. A UE holds a line for as long as it has something to ask; others wait for theirs, first come, first served.
 */
#ifndef VUICC_STORM_FLEET_H
#define VUICC_STORM_FLEET_H

#include <poll.h>

#include "air.h"

enum { FLEET_WHY_MAX = 768 };

/* What the UEs want: the one service, and the Key Group that protects it. */
#define FLEET_BMSC_FQDN "bmsc.home1.net"
#define FLEET_BMSC_URL "http://" FLEET_BMSC_FQDN "/keymanagement"
#define FLEET_BSF_FQDN "bsf.mnc001.mcc001.pub.3gppnetwork.org" /* as it follows from the IMSIs */
#define FLEET_SERVICE "urn:vuicc:storm"

/* What came of it, as it happens. None of these may call a function of the fleet. */
struct fleet_watch {
	void (*request)(void *ctx, bool at_bmsc); /* has been answered, whatever the answer was */
	void (*msk)(void *ctx, size_t ue, uint16_t number); /* a UE has this MSK now, and did not before */
	void (*mtk)(void *ctx, size_t ue, const struct mikey_key_id *key, const char *tag); /* prim_tag() */
	void *ctx;
};

struct fleet_options {
	size_t ues, lines; /* HTTP connections at a time */
	uint64_t seed;
	uint16_t bsf_port, bmsc_port; /* at 127.0.0.1 */
	struct air *air; /* borrowed */
	struct fleet_watch watch;
};

struct fleet;

/* Makes the cards and switches the UEs on; nobody asks for anything yet. 0 or -errno; why has FLEET_WHY_MAX octets. */
VU_MUST_USE int fleet_open(struct fleet **ret, const struct fleet_options *options, char *why);
/* NULL is fine; wipes. */
void fleet_close(struct fleet *f);

/* Before they ask for a key after a pull, or one that they have missed: a random part of so many milliseconds. */
void fleet_spread(struct fleet *f, uint32_t ms);

/* All UEs register and ask for the current MSK: all at once, as far as there are lines. */
void fleet_subscribe(struct fleet *f);

/*
 * Waits until one of fds is ready, wait milliseconds are over or a UE has something to do, and does that. fds[i].revents are
 * set. 0 or -errno.
 */
VU_MUST_USE int fleet_turn(struct fleet *f, struct pollfd *fds, size_t n, int wait);

/* The last thing that went wrong for a UE, "" = nothing did. */
const char *fleet_trouble(const struct fleet *f, size_t ue);

#endif
