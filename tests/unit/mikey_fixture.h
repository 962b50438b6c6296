/* SPDX-License-Identifier: Apache-2.0 */
/* MSK, pull and MTK messages as a BM-SC makes them, for tests of whoever takes them. */
#ifndef VUICC_TESTS_MIKEY_FIXTURE_H
#define VUICC_TESTS_MIKEY_FIXTURE_H

#include "apdu/mikey.h"
#include "card/crypto/prim.h"

#define FIXTURE_NAF "bmsc.home1.net\x01\x00\x00\x00\x01"
#define FIXTURE_BTID "I1U8vpY3qJ0hiuZNrke/NQ==@bsf.mnc001.mcc001.pub.3gppnetwork.org"

/* A delivery from the network; fields with a value of their own are overridden by the caller. */
struct delivery {
	struct key256 muk;
	const char *btid;
	struct span idi;
	uint32_t ts;
	uint16_t group, number;
	uint16_t seq_l, seq_u;
	uint8_t msk_octet; /* the MSK is 16 times this */
	bool v, pull;
	struct span sp; /* policies; with one, the map names a stream */
};
SECRET_STRUCT(delivery)
struct delivery delivery_of(const struct key256 *muk, const char *btid, uint32_t ts);
/* The message's octets, in a buffer that lives until the next call. */
struct span sealed_msk(struct prim *p, const struct delivery *d);
/* Its MTK is 16 times B0, its salt 14 times C0. */
struct span sealed_mtk(struct prim *p, uint16_t group, uint16_t number, uint8_t msk_octet, uint16_t mtk_id,
		       uint32_t ts);

#endif
