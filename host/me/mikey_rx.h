/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a datagram on the MIKEY port is, before a card is bothered with it (TS 33.246 clause 6.4; decision 27). Structure
 * only: the ME has no key that could open or check a message, and what it reads here is not authentic yet.
 */
#ifndef VUICC_MIKEY_RX_H
#define VUICC_MIKEY_RX_H

#include "../../apdu/mikey.h"

enum mikey_rx_kind {
	MIKEY_RX_MSK, /* to the card, MSK update */
	MIKEY_RX_PULL, /* the same, then an MSK request */
	MIKEY_RX_MTK, /* to the card, MTK generation */
	MIKEY_RX_AGAIN, /* an MTK message that the card has taken already: BM-SCs repeat them */
	MIKEY_RX_DISCARD,
};

enum { MIKEY_RX_SEEN = 32, MIKEY_RX_MUKS = 4, MIKEY_RX_STALE = 16 };

/* MSKs under which MTKs came, and the last message taken under each. */
struct mikey_rx {
	struct mikey_rx_seen {
		bool used;
		struct mikey_key_id key; /* mtk_id: of the last MTK taken */
		uint32_t ts; /* counter of its message */
		uint64_t turn;
	} seen[MIKEY_RX_SEEN];
	/* MUKs under which messages were proven, by their MUK ID, and the last counter of each. */
	struct mikey_rx_muk {
		uint64_t id; /* of (IDi, IDr): a hash is enough, for only proven messages are remembered. 0 = free */
		uint32_t ts;
		uint64_t turn;
	} muk[MIKEY_RX_MUKS];
	uint64_t turns;
	/* Whole messages that card or ME have called replays since an MSK came: hashes. 0 = free */
	uint64_t stale[MIKEY_RX_STALE];
	unsigned n_stale; /* ever */
};

/* The reason for what a counter shows to be old. */
extern const char mikey_rx_replay[];

/* Sorts an arrival; *m borrows from octets. *ret_why: for MIKEY_RX_DISCARD and MIKEY_RX_AGAIN, a static sentence. */
enum mikey_rx_kind mikey_rx_sort(const struct mikey_rx *rx, struct mikey *m, struct span octets, const char **ret_why);

/*
 * The card has called this very message a replay, as it does after a restart of the ME, which knows of no counter then:
 * however often it comes, the card need not be asked again. Its counter is not proven, so it says nothing of others.
 */
void mikey_rx_stale(struct mikey_rx *rx, struct span octets);

/* The card has taken this MTK message. */
void mikey_rx_took_mtk(struct mikey_rx *rx, const struct mikey *m);

/*
 * An MSK message or pull was proven: what is not newer under its MUK is a replay. A new MSK, maybe with an ID that was
 * there: its MTKs count from the beginning.
 */
void mikey_rx_took_msk(struct mikey_rx *rx, const struct mikey *m);

#endif
