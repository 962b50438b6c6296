/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes over Zn as JSON, with the members of TS 29.309 where it has them:
 *
 *   {"btId":"…","nafId":"626d…0100000001","gbaUAware":true}      the NAF_ID in hexadecimal digits; or
 *   {"btId":"…","nafFqdn":"bmsc.home1.net","uaId":"0100000001"}  in its parts
 *
 *   {"impi":"…","meKeyMaterial":"…","uiccKeyMaterial":"…","keyExpiryTime":"2026-11-21T04:31:58Z",
 *    "uss":{"gbaU":true,"mbmsKeys":"uicc"}}
 *
 * Keys are 64 hexadecimal digits; uiccKeyMaterial is there when the NAF is aware of GBA_U and MBMS keys belong on the UICC.
 */
#ifndef VUICC_TESTNET_ZN_JSON_H
#define VUICC_TESTNET_ZN_JSON_H

#include "../xml.h"
#include "zn.h"

enum { ZN_NAF_ID_MAX = FQDN_MAX + 5, ZN_JSON_MAX = 2048 };

struct zn_query {
	char btid[GBA_BTID_MAX];
	uint8_t naf_id[ZN_NAF_ID_MAX];
	size_t naf_id_len;
	bool gba_u_aware;
};

/* False with a sentence in *ret_why: a member is missing, or no such thing. Members that are not known are skipped. */
VU_MUST_USE bool zn_query_parse(struct zn_query *ret, struct span json, const char **ret_why);
void zn_query_put(struct wr *out, const struct zn_query *q);

/* The query from its members as text, each of which may be NULL: not given. */
struct zn_query_text {
	const char *btid, *naf_id, *naf_fqdn, *ua_id;
	bool gba_u_aware;
};
VU_MUST_USE bool zn_query_of(struct zn_query *ret, const struct zn_query_text *text, const char **ret_why);

/* ret is to be wiped. */
VU_MUST_USE bool zn_keys_parse(struct zn_keys *ret, struct span json, const char **ret_why);
/* aware: with the key on the UICC. out is to be wiped. */
void zn_keys_put(struct wr *out, const struct zn_keys *keys, bool aware);

#endif
