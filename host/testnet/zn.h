/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zn, the way from a NAF to the BSF (TS 33.220 clause 4.4.2): here a function call. Between the two stands nothing but
 * this, so that a Zn over Diameter or HTTP can take its place.
 */
#ifndef VUICC_TESTNET_ZN_H
#define VUICC_TESTNET_ZN_H

#include "env.h"

/* What the BSF tells of one bootstrapping run, for one NAF. */
struct zn_keys {
	char impi[IMPI_MAX];
	bool uicc_based; /* the USS says that MBMS keys belong on the UICC: uicc is there */
	struct key256 me; /* Ks_ext_NAF; Ks_NAF without GBA_U */
	struct key256 uicc; /* Ks_int_NAF */
	int64_t expires; /* ms since 1970 */
};
SECRET_STRUCT(zn_keys)
#define _secret_zn_keys_ __attribute__((cleanup(zn_keys_wipe)))

struct zn {
	/* False when no run with this B-TID is alive. naf_id = FQDN ‖ Ua id. */
	bool (*keys)(void *ctx, struct zn_keys *ret, const char *btid, struct span naf_id, int64_t now);
	void *ctx;
};

#endif
