/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MGV-F, the rules by which a UE takes MBMS keys (TS 33.246 clause 6.5), as pure functions over a small state.
 *
 * The caller finds the MUK, the Key Group or the MSK that a message names, lends its state, and stores the state
 * afterwards when the verdict is a success; after any other verdict the state is unchanged. card/mbms.c does that for
 * the UICC.
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

/* A MUK as it is lent for one message. */
struct mgv_muk {
	struct key256 key;
	uint32_t counter; /* of the last MSK message taken; 0 at first (decision 15) */
	bool superseded; /* a newer Ks_int_NAF exists for the same NAF: only a pull is taken */
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
