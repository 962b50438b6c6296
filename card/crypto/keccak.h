/* SPDX-License-Identifier: Apache-2.0 */
/* The permutation Keccak-f[1600] (FIPS 202 clause 3), which TUAK is built on. No sponge, no padding: tuak.c has its own. */
#ifndef VUICC_KECCAK_H
#define VUICC_KECCAK_H

#include "secret.h"

enum { KECCAK_LANES = 25, KECCAK_STATE_LEN = 200 };

/*
 * The state, between permutations and during them: lane x + 5y holds bits 64(x + 5y) to 64(x + 5y) + 63, the first one
 * least significant. Whoever has put a key into it wipes it.
 */
struct keccak {
	uint64_t lane[KECCAK_LANES];
};
SECRET_STRUCT(keccak)
#define _secret_keccak_ __attribute__((cleanup(keccak_wipe)))

/* The 1600 bits as octets, both ways; bit 0 is the least significant one of the first octet. */
void keccak_load(struct keccak *ret, const uint8_t octets[static KECCAK_STATE_LEN]);
void keccak_store(uint8_t ret[static KECCAK_STATE_LEN], const struct keccak *k);

/* One permutation: 24 rounds. Its time does not depend on the state. */
void keccak_f1600(struct keccak *k);

#endif
