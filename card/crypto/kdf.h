/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GBA key derivation, TS 33.220 Annex B: HMAC-SHA-256(Key, FC ‖ P0 ‖ L0 ‖ P1 ‖ L1 …), lengths of two octets behind each
 * parameter.
 */
#ifndef VUICC_KDF_H
#define VUICC_KDF_H

#include "prim.h"

/* Ua security protocol identifier of MBMS, TS 33.220 Annex H. */
#define GBA_UA_MBMS "\x01\x00\x00\x00\x01"
enum { GBA_UA_LEN = 5 };

/* Ks = CK ‖ IK. */
void gba_ks(struct key256 *ret, const struct key128 *ck, const struct key128 *ik);

/* "gba-me": Ks_NAF and Ks_ext_NAF. naf_id = FQDN ‖ Ua id, impi in UTF-8. */
void gba_ks_ext_naf(struct prim *p, struct key256 *ret, const struct key256 *ks, struct span rand, struct span impi,
		    struct span naf_id);

/* "gba-u": Ks_int_NAF, the MUK. */
void gba_ks_int_naf(struct prim *p, struct key256 *ret, const struct key256 *ks, struct span rand, struct span impi,
		    struct span naf_id);

/* MRK of GBA_ME, from Ks_NAF (decision 31). With GBA_U the MRK is Ks_ext_NAF itself. */
void gba_mrk(struct prim *p, struct key256 *ret, const struct key256 *ks_naf);

/* Whether an IDi names the NAF of naf_id: the NAF_ID itself, or its FQDN alone for MBMS (decisions 11 and 44). */
bool gba_idi_names(struct span idi, struct span naf_id);

#endif
