/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zn, the way from a NAF to the BSF (TS 33.220 clause 4.4.2): a function call. Between the two stands nothing but this, so
 * that Zn over HTTP (zn_client.h) can take its place.
 */
#ifndef VUICC_TESTNET_ZN_H
#define VUICC_TESTNET_ZN_H

#include "env.h"

/* What the BSF tells of one bootstrapping run, for one NAF. */
struct zn_keys {
	char impi[IMPI_MAX];
	bool gba_u; /* the USS says that the UICC keeps Ks */
	bool uicc_based; /* and that MBMS keys belong on the UICC: uicc is there */
	struct key256 me; /* Ks_ext_NAF; Ks_NAF without GBA_U */
	struct key256 uicc; /* Ks_int_NAF */
	int64_t expires; /* ms since 1970 */
};
SECRET_STRUCT(zn_keys)
#define _secret_zn_keys_ __attribute__((cleanup(zn_keys_wipe)))

enum zn_result {
	ZN_KEYS,
	ZN_UNKNOWN, /* no run with this B-TID is alive */
	ZN_LATER, /* the BSF has been asked: ask again */
	ZN_FAILED, /* the BSF does not answer */
};

struct zn {
	/* naf_id = FQDN ‖ Ua id. *ret is filled with ZN_KEYS, and for the caller to wipe. now: ms since 1970. */
	enum zn_result (*keys)(void *ctx, struct zn_keys *ret, const char *btid, struct span naf_id, int64_t now);
	void *ctx;
};

#endif
