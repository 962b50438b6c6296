/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AKA with the algorithm set behind one interface: what USIM (card/aka.c) and AuC (host/testnet/auc.c) both need.
 * TS 33.102 clause 6.3, TS 33.220 clause 5.3.2 for AUTN*, TS 55.205 / TS 33.102 6.8.1.2 for c2 and c3.
 */
#ifndef VUICC_AKA_H
#define VUICC_AKA_H

#include "prim.h"
#include "tuak.h"

enum {
	AKA_RAND_LEN = 16,
	AKA_AUTN_LEN = 16,
	AKA_AUTS_LEN = 14,
	AKA_SQN_LEN = 6,
	AKA_AMF_LEN = 2,
	AKA_MAC_LEN = 8,
	AKA_RES_MAX = 32,
};

/* The numbers stand in card files. */
enum aka_algorithm {
	AKA_MILENAGE = 1, /* TS 35.206 */
	AKA_TUAK = 2, /* TS 35.231 */
};

/* What one subscriber's functions are keyed with. */
struct aka_secret {
	enum aka_algorithm algorithm;
	union {
		struct { /* AKA_MILENAGE */
			struct key128 k;
			struct key128 opc;
		};
		struct { /* AKA_TUAK */
			struct tuak tuak;
			uint8_t tuak_res_len; /* octets: 4, 8 or 16 (TS 31.102 7.1.2.1 has no room for more) */
		};
	};
};
SECRET_STRUCT(aka_secret)
#define _secret_aka_ __attribute__((cleanup(aka_secret_wipe)))

/* What f2 to f5 give. */
struct aka_keys {
	uint8_t res[AKA_RES_MAX];
	size_t res_len; /* octets: 8 with MILENAGE; 4, 8 or 16 with TUAK */
	struct key128 ck, ik;
	uint8_t ak[AKA_SQN_LEN];
};
SECRET_STRUCT(aka_keys)
#define _secret_aka_keys_ __attribute__((cleanup(aka_keys_wipe)))

/* AUTN taken apart with AK: sqn is 48 bits wide. */
struct aka_token {
	uint64_t sqn;
	uint8_t amf[AKA_AMF_LEN];
	uint8_t mac[AKA_MAC_LEN];
};

/* Whether AUTN's MAC stands as it is, or under the mask of GBA_U (decision 1). */
enum aka_mask { AKA_PLAIN, AKA_GBA_U };

/*
 * Whether all the functions below take s: the algorithm is one of the above, and what it can be tuned with is in range.
 * A secret from outside is asked before it is used.
 */
VU_MUST_USE bool aka_secret_ok(const struct aka_secret *s);

/* Turns OP, which stands in OPc's place, into OPc (TS 35.206 clause 4.1); TOP into TOPc likewise (TS 35.231). */
void aka_opc_from_op(struct prim *p, struct aka_secret *s);

void aka_f2345(struct prim *p, struct aka_keys *ret, const struct aka_secret *s, const uint8_t rand[static 16]);

/* The token inside autn, its SQN uncovered with keys->ak. */
void aka_token_open(struct aka_token *ret, const struct aka_keys *keys, const uint8_t autn[static 16]);

/* MAC-A for the token's SQN and AMF, masked as asked: compare it with token->mac by ct_eq. */
void aka_mac(struct prim *p, uint8_t ret_mac[static 8], const struct aka_secret *s, const struct aka_keys *keys,
	     const uint8_t rand[static 16], const struct aka_token *token, enum aka_mask mask);

/* AUTN, or AUTN* under AKA_GBA_U. */
void aka_autn(struct prim *p, uint8_t ret_autn[static 16], const struct aka_secret *s, const struct aka_keys *keys,
	      const uint8_t rand[static 16], uint64_t sqn, const uint8_t amf[static 2], enum aka_mask mask);

/* AUTS for SQN_MS, with AMF* = 0000. */
void aka_auts(struct prim *p, uint8_t ret_auts[static AKA_AUTS_LEN], const struct aka_secret *s,
	      const uint8_t rand[static 16], uint64_t sqn_ms);

/* Network side: checks AUTS and gives the SQN_MS in it; false when MAC-S is wrong. */
VU_MUST_USE bool aka_auts_open(struct prim *p, uint64_t *ret_sqn_ms, const struct aka_secret *s,
			       const uint8_t rand[static 16], const uint8_t auts[static AKA_AUTS_LEN]);

/* GSM triplet from the quintet: c2 and c3. */
void aka_gsm(uint8_t ret_sres[static 4], uint8_t ret_kc[static 8], const struct aka_keys *keys);

#endif
