/* SPDX-License-Identifier: Apache-2.0 */
/* UICCs by the thousand: each a card of the default profile on the RAM store, with IMSI, ICCID, K and OPc of its own. */
#ifndef VUICC_STORM_SIM_H
#define VUICC_STORM_SIM_H

#include "../../card/crypto/secret.h"
#include "../card/card_if.h"

enum {
	SIM_WHY_MAX = 640,
	SIM_UES_MAX = 1000000, /* each has an address below 127.0.0.0/8 */
};

/* Who a UE is, for its card and for the network. Made from the seed: nobody's keys. */
struct sim_identity {
	char imsi[16];
	char iccid[20];
	struct key128 k, opc;
};
SECRET_STRUCT(sim_identity)

void sim_identity_of(struct sim_identity *ret, uint64_t seed, size_t ue);

/* What cards are made with: the profile, read once. */
struct sim_maker;

/* 0 or -errno; why has SIM_WHY_MAX octets. */
VU_MUST_USE int sim_maker_open(struct sim_maker **ret, char *why);
/* NULL is fine. */
void sim_maker_close(struct sim_maker *m);

struct sim;

/* A card for this UE. 0 or -errno with why. */
VU_MUST_USE int sim_open(struct sim **ret, struct sim_maker *m, uint64_t seed, size_t ue, char *why);
/* NULL is fine; wipes. */
void sim_close(struct sim *s);

/* The card, inserted: borrowed until sim_close(). */
struct card_if *sim_card(const struct sim *s);

#endif
