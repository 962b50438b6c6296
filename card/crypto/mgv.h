/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MGV-F, the rules by which a UE takes MBMS keys (TS 33.246 clause 6.5), as pure functions over a small state.
 *
 * The caller finds the keys, the Key Group or the MSK that a message names, lends their state, and stores the state
 * afterwards when the verdict is a success; after any other verdict the state is unchanged. card/mbms.c does that for
 * the UICC, where keys come from GBA_U; an ME that keeps the keys itself (GBA_ME) does the same with its own store.
 */
#ifndef VUICC_MGV_H
#define VUICC_MGV_H

#include "mikey_kdf.h"

enum mgv_verdict {
	MGV_STORED, /* success: MSK stored or its interval changed */
	MGV_PULL, /* success: solicited pull; only the counter moved */
	MGV_WITHDRAWN, /* success: SEQl > SEQu, the MSK is gone (decision 19) */
	MGV_MTK, /* success: an MTK */
	MGV_BAD_DATA, /* 6A80 */
	MGV_REPLAYED, /* 9865: counter or MTK ID not fresh */
	MGV_EXHAUSTED, /* 6985: nothing left in the interval */
	MGV_SUPERSEDED, /* 6985: delivery under a MUK that a newer one replaces (decision 14) */
	MGV_BAD_MAC, /* 9862 */
};

/* A key that a NAF's messages may be under. Key and B-TID are borrowed. */
struct mgv_candidate {
	const struct key256 *key; /* NULL = there is none */
	struct span btid; /* of the bootstrapping that it came from: what the message's IDr has to say */
	uint32_t counter; /* of the last MSK message taken under it; 0 at first (decision 15) */
};

/*
 * The keys that a UE holds for one NAF (decision 14), found by the message's IDi: the newest Ks_int_NAF (GBA_ME: Ks_NAF),
 * and the MUK in use, which is the last one that a message was taken under. Often they are one key.
 */
struct mgv_muks {
	struct mgv_candidate newest, in_use;
};

/* A MUK as it is lent for one message. */
struct mgv_muk {
	struct key256 key;
	uint32_t counter;
	bool superseded; /* a newer key exists for the same NAF: only a pull is taken */
	bool newest; /* it is the newest key, whose counter moves, too */
	bool proves; /* a message taken makes the newest key the MUK in use */
};
SECRET_STRUCT(mgv_muk)

struct mgv_msk {
	bool present;
	uint16_t number; /* Key Number */
	struct key128 key;
	uint32_t csb_id;
	uint8_t rand[255];
	uint8_t rand_len;
	uint16_t seq_l, seq_u; /* accepted: SEQl < SEQp <= SEQu; SEQl follows SEQp */
	uint16_t seq_top; /* highest SEQp accepted with this key, 0 = none (decision 48) */
	uint32_t counter; /* of the last MTK message taken */
};

SECRET_STRUCT(mgv_msk)

/* The MSKs of one (Key Domain, Key Group): the older first. */
struct mgv_group {
	struct mgv_msk msk[2];
};
SECRET_STRUCT(mgv_group)

struct mgv_mtk {
	struct key128 mtk;
	bool has_salt;
	uint8_t salt[MTK_SALT_LEN];
};
SECRET_STRUCT(mgv_mtk)

/*
 * The key of muks that a message with this IDr is under; the newest counts before the MUK in use. False when it is neither.
 */
VU_MUST_USE bool mgv_muk_choose(const struct mgv_muks *muks, struct span idr, struct mgv_muk *ret);

/*
 * After mgv_msk_message() with a success: muks become what the caller has to store. in_use always, newest when
 * muk->newest; when muk->proves, in_use now borrows what newest does.
 */
void mgv_muk_taken(struct mgv_muks *muks, const struct mgv_muk *muk);

/* Whether m is an MSK message that could be taken at all: key data and V bit as decisions 17 and 47 want them. */
VU_MUST_USE bool mgv_msk_shape_ok(const struct mikey *m);

/*
 * An MSK message or solicited pull m. On success muk->counter and group are the new state, and when m->v is set the
 * verification message is appended to ack. Order of checks: superseded (before anything), counter, MAC, key data.
 */
VU_MUST_USE enum mgv_verdict mgv_msk_message(struct prim *p, const struct mikey *m, struct mgv_muk *muk,
					     struct mgv_group *group, struct wr *ack);

/* An MTK message m under msk (present). On success msk is the new state and *ret_mtk is the MTK. */
VU_MUST_USE enum mgv_verdict mgv_mtk_message(struct prim *p, const struct mikey *m, struct mgv_msk *msk,
					     struct mgv_mtk *ret_mtk);

/* The MSK with this Key Number, or NULL. */
struct mgv_msk *mgv_group_find(struct mgv_group *g, uint16_t number);

#endif
