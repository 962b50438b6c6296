/* SPDX-License-Identifier: Apache-2.0 */
/* A network for datagrams that loses some, doubles some and brings some late, the same ones for the same seed. */
#ifndef VUICC_TESTS_SOAK_LINK_H
#define VUICC_TESTS_SOAK_LINK_H

#include "apdu/mikey.h"

struct link;

struct link_counts {
	unsigned long sent, lost, doubled, late;
};

struct link_datagram {
	bool to_me; /* else to the BM-SC */
	size_t n;
	uint8_t octets[MIKEY_MESSAGE_MAX];
};

/* Of 1000 datagrams so many of each; random: numbers from 0 to below. Ends the program when memory is short. */
struct link *link_open(unsigned lost, unsigned doubled, unsigned late, uint32_t (*random)(void *ctx, uint32_t below),
		       void *ctx);
void link_close(struct link *l);

/* From now on nothing goes wrong any more. */
void link_mend(struct link *l);

void link_send(struct link *l, int64_t now, bool to_me, struct span datagram);

/* When the next one arrives; INT64_MAX = none is under way. */
int64_t link_due(const struct link *l);

/* The one that arrives first; there is one. */
void link_take(struct link *l, struct link_datagram *ret);

struct link_counts link_counts(const struct link *l);

#endif
