/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The data fields of AUTHENTICATE, both ways (TS 31.102 clauses 7.1.1 and 7.1.2, TS 102 221 clause 11.1.16).
 *
 * Each context has one struct, one parser and one writer, so that card and ME cannot read an octet differently.
 * Everything a parser hands out borrows from its input.
 */
#ifndef VUICC_AUTH_H
#define VUICC_AUTH_H

#include "bytes.h"

enum {
	INS_AUTHENTICATE = 0x88, /* data fields of LV objects */
	INS_AUTHENTICATE_ODD = 0x89, /* one BER-TLV, in blocks */
};

/* P2: b8 = specific reference data, b3..b1 = context. */
enum {
	AUTH_GSM = 0x80,
	AUTH_3G = 0x81,
	AUTH_VGCS = 0x82,
	AUTH_GBA = 0x84,
	AUTH_MBMS = 0x85, /* INS 89 */
	AUTH_LOCAL_KEY = 0x86, /* INS 89 */
};

/* P1 of INS 89, TS 102 221 Annex M. */
enum {
	BLOCK_NEXT = 0x00,
	BLOCK_FIRST = 0x80,
	BLOCK_RESPONSE_FIRST = 0xA0,
	BLOCK_RESPONSE_NEXT = 0x20,
};

enum {
	AUTH_TAG_OK = 0xDB,
	AUTH_TAG_SYNC_FAILURE = 0xDC,
	AUTH_TAG_BOOTSTRAP = 0xDD,
	AUTH_TAG_NAF = 0xDE,
	AUTH_TAG_MBMS = 0x53,
	AUTS_LEN = 14,
};

/* First octet of the MBMS data object, TS 31.102 7.1.1.6 to 7.1.1.9. MUK deletion = 04: from memory, see card-interface 1.8. */
enum mbms_mode {
	MBMS_MSK_UPDATE = 0x01,
	MBMS_MTK_GENERATION = 0x02,
	MBMS_MSK_DELETION = 0x03,
	MBMS_MUK_DELETION = 0x04,
};

/* RAND and AUTN (or AUTN*). */
struct auth_challenge {
	uint8_t rand[16];
	uint8_t autn[16];
};

/* NAF derivation. */
struct auth_naf {
	struct span naf_id;
	struct span impi;
};

/* What the card answers in the 3G context and to bootstrapping; the spans not in the answer are empty. */
struct auth_answer {
	bool sync_failure;
	struct span auts; /* 14 octets, when sync_failure */
	struct span res, ck, ik, kc;
};

/* `L RAND L AUTN`, P2 = 81. */
VU_MUST_USE bool auth_3g_parse(struct auth_challenge *a, struct span data);
void auth_3g_put(struct wr *out, const struct auth_challenge *a);

/* `L RAND`, P2 = 80. */
VU_MUST_USE bool auth_gsm_parse(uint8_t ret_rand[static 16], struct span data);

/* `DD L RAND L AUTN*`, P2 = 84. */
VU_MUST_USE bool auth_bootstrap_parse(struct auth_challenge *a, struct span data);
void auth_bootstrap_put(struct wr *out, const struct auth_challenge *a);

/* `DE L NAF_ID L IMPI`, P2 = 84. Neither may be empty. */
VU_MUST_USE bool auth_naf_parse(struct auth_naf *a, struct span data);
void auth_naf_put(struct wr *out, const struct auth_naf *a);

/* `DB L RES [L CK L IK [L Kc]]` or `DC L AUTS`. */
VU_MUST_USE bool auth_answer_parse(struct auth_answer *a, struct span data);
void auth_answer_put(struct wr *out, const struct auth_answer *a);

/* `DB L Ks_ext_NAF`, 32 octets. */
VU_MUST_USE bool auth_naf_answer_parse(struct span *ret_ks_ext_naf, struct span data);

/* `53 L mode payload`: the MBMS data object. */
VU_MUST_USE bool auth_mbms_parse(uint8_t *ret_mode, struct span *ret_payload, struct span data);
void auth_mbms_put(struct wr *out, enum mbms_mode mode, struct span payload);

/* `53 L DB payload`: its answer. */
VU_MUST_USE bool auth_mbms_answer_parse(struct span *ret_payload, struct span data);
void auth_mbms_answer_put(struct wr *out, struct span payload);

/* The payload of MSK deletion: Key Domain ID(3) and Key Group(2). */
VU_MUST_USE bool auth_msk_deletion_parse(uint8_t ret_domain[static 3], uint16_t *ret_group, struct span payload);

/* The MUK ID, `A0 L { 80 L IDr 82 L IDi }`: payload of MUK deletion and head of a record of EF_MUK. */
struct muk_id {
	struct span idr;
	struct span idi;
};
/* Reads one object from r and poisons r when it is not a MUK ID. */
void rd_muk_id(struct rd *r, struct muk_id *id);
void wr_muk_id(struct wr *w, const struct muk_id *id);

#endif
