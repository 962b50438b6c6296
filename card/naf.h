/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hidden side of EF_GBANL and EF_MUK: keys and counters, one object a record.
 *
 * The objects are the truth, the EFs are what a terminal may read of them (TS 31.102 4.2.81 and 4.2.83); a record of the
 * EF and its object are always staged together.
 */
#ifndef VUICC_NAF_H
#define VUICC_NAF_H

#include "crypto/secret.h"
#include "uicc_int.h"

enum { NAF_ID_MAX = 255, BTID_MAX = 255 };

/* A string of octets with its length, owned. */
struct octets {
	uint8_t n;
	uint8_t b[255];
};
struct span octets_span(const struct octets *o);
/* False when s is too long. */
VU_MUST_USE bool octets_set(struct octets *o, struct span s);

/* A Ks_int_NAF, from NAF derivation: TS 33.220 G.2. */
struct naf_entry {
	unsigned record; /* of EF_GBANL, from 1 */
	struct octets naf_id;
	struct octets btid;
	struct key256 ks_int_naf;
	uint32_t counter; /* of the last MSK message under it, decision 46 */
};
SECRET_STRUCT(naf_entry)
#define _secret_naf_ __attribute__((cleanup(naf_entry_wipe)))

/* A MUK that has verified a message: the MUK in use, at most one a NAF. */
struct muk_entry {
	unsigned record; /* of EF_MUK, from 1 */
	struct octets naf_id;
	struct octets idi, idr; /* as received in the message that proved it (decision 13) */
	struct key256 muk;
	uint32_t counter;
};
SECRET_STRUCT(muk_entry)
#define _secret_muk_ __attribute__((cleanup(muk_entry_wipe)))

/* The entry whose NAF the IDi names (decisions 11 and 44), in the application adf. */
VU_MUST_USE bool naf_find(const struct uicc *u, uint16_t adf, struct span idi, struct naf_entry *ret);
VU_MUST_USE bool muk_find(const struct uicc *u, uint16_t adf, struct span idi, struct muk_entry *ret);

/* The record for a new Ks_int_NAF: the NAF's own, a free one, the least recently used one; 0 without EF_GBANL. */
unsigned naf_record_for(const struct uicc *u, uint16_t adf, struct span naf_id);
/* A free record of EF_MUK; 0 when there is none. */
unsigned muk_record_free(const struct uicc *u, uint16_t adf);

/* Stages the entry, its record and its place at the front of the use list. False when the record is too short for it. */
VU_MUST_USE bool naf_store(struct uicc *u, uint16_t adf, const struct naf_entry *e);
/* Stages the entry and its record. False when the record is too short for it. */
VU_MUST_USE bool muk_store(struct uicc *u, uint16_t adf, const struct muk_entry *e);
/* Stages the removal of the entry; its counter is remembered (decision 46). */
void muk_erase(struct uicc *u, uint16_t adf, const struct muk_entry *e);

#endif
