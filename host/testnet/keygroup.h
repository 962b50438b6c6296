/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The MSKs of one (Key Domain, Key Group) at the BM-SC and the MTK IDs given out under them (TS 33.246 clause 6.3.2.1).
 * A UE holds two MSKs of a group, so does this: the one in use and the one before.
 */
#ifndef VUICC_TESTNET_KEYGROUP_H
#define VUICC_TESTNET_KEYGROUP_H

#include "../../apdu/mikey.h"
#include "env.h"

enum { MSK_RAND_LEN = 16 };

/* CSB ID and RAND belong to the MSK and are the same for all UEs: the broadcast MTK message needs that (decision 25). */
struct msk {
	struct mikey_key_id id; /* domain, group, number; number 0 = there is none */
	struct key128 key;
	uint32_t csb_id;
	uint8_t rand[MSK_RAND_LEN];
	uint16_t seq_l, seq_u; /* MTK IDs that a UE takes: seq_l < ID <= seq_u */
	uint16_t mtk_id; /* the last one given out; seq_l at first */
	uint32_t mtk_counter; /* TS of the last MTK message */
	uint32_t roc; /* roll-over counter of the stream, which goes on when its MSK changes */
};
SECRET_STRUCT(msk)
#define _secret_msk_ __attribute__((cleanup(msk_wipe)))

/* How a new MSK gets to the UEs of a group. The numbers stand in the state. */
enum rekey_way {
	REKEY_NO_ACK = 0, /* pushed, and whether it has come is not asked */
	REKEY_ACK = 1, /* pushed, and verification messages are awaited */
	REKEY_PULL = 2, /* they are told to come for it */
};

/* A new MSK on its way to the UEs of a group, one after the other. */
struct rekey {
	bool active;
	enum rekey_way way;
	size_t next; /* the UE whose turn it is, by its index at the BM-SC */
	uint32_t per_second; /* no more than that; 0 = no limit */
	int64_t due; /* ms since 1970 */
	int64_t until; /* the turns that are left are spread over the time until then, at random; 0 = they are not */
	size_t left; /* how many, as far as is known */
	uint32_t part; /* of a millisecond that the last step was rounded off by: so many of per_second */
};

struct key_group {
	uint8_t domain[3];
	uint16_t group;
	bool streaming; /* SRTP: a CS map, a security policy and salts; else download */
	uint32_t ssrc;
	uint16_t window; /* MTK IDs under one MSK */
	struct msk msk[2]; /* the older first */
	struct rekey rekey;
};
SECRET_STRUCT(key_group)

/* A new MSK with Key Number + 1 (1 behind FFFF: 0 stands for "the current one"); the older of two is gone. */
struct msk *keygroup_advance(struct key_group *g, const struct net_env *env);

/* The newest MSK; the first one is made when there is none. */
struct msk *keygroup_current(struct key_group *g, const struct net_env *env);

/* The MSK with this Key Number, 0 standing for the current one; NULL when it is not (or no longer) there. */
struct msk *keygroup_find(struct key_group *g, uint16_t number, const struct net_env *env);

/* Another interval for an MSK of g. MTK IDs that were used stay used, as they do at the UEs (decision 48). False: not stored. */
VU_MUST_USE bool keygroup_set_interval(struct key_group *g, struct msk *m, uint16_t seq_l, uint16_t seq_u,
				       const struct net_env *env);

/*
 * Takes the next MTK ID and counter of an MSK of g, and the stream's roll-over counter; false when its interval is used up,
 * or that cannot be stored.
 */
VU_MUST_USE bool keygroup_next_mtk(struct key_group *g, struct msk *m, uint32_t roc, const struct net_env *env);

#endif
