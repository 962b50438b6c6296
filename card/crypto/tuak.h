/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TUAK, TS 35.231, in all the lengths it knows. aka.h is the way in for everybody else: AKA takes 64 bits
 * of MAC and 128 of CK and IK, and so does the USIM; the other lengths are here to be held against TS 35.233.
 */
#ifndef VUICC_TUAK_H
#define VUICC_TUAK_H

#include "secret.h"

/* Octets. */
enum {
	TUAK_K_MIN = 16,
	TUAK_K_MAX = 32, /* nothing between the two */
	TUAK_TOP_LEN = 32,
	TUAK_MAC_MAX = 32, /* 8, 16 or 32 */
	TUAK_RES_MAX = 32, /* 4, 8, 16 or 32 */
};

/* What one subscriber's functions are keyed with. */
struct tuak {
	struct key256 k; /* its first k_len octets */
	uint8_t k_len; /* 16 or 32 */
	uint8_t iterations; /* of Keccak-f[1600], one after the other; from 1 */
	struct key256 topc;
};
SECRET_STRUCT(tuak)

/* How long the results of f2, f3 and f4 are to be, in octets. */
struct tuak_lengths {
	uint8_t res; /* 4, 8, 16 or 32 */
	uint8_t ck, ik; /* 16 or 32 */
};

/* What f2 to f5 give; of each as many octets as were asked for. */
struct tuak_keys {
	uint8_t res[TUAK_RES_MAX];
	struct key256 ck, ik;
	uint8_t ak[6];
};
SECRET_STRUCT(tuak_keys)
#define _secret_tuak_keys_ __attribute__((cleanup(tuak_keys_wipe)))

/* TOPc from TOP; t->topc is not looked at, and may be *ret_topc. */
void tuak_topc(const struct tuak *t, struct key256 *ret_topc, const struct key256 *top);

/* f1: mac_len octets, 8, 16 or 32. A length is an input, too: one MAC is not the beginning of another. */
void tuak_f1(const struct tuak *t, uint8_t *ret_mac_a, size_t mac_len, const uint8_t rand[static 16],
	     const uint8_t sqn[static 6], const uint8_t amf[static 2]);

/* f1*, likewise. */
void tuak_f1star(const struct tuak *t, uint8_t *ret_mac_s, size_t mac_len, const uint8_t rand[static 16],
		 const uint8_t sqn[static 6], const uint8_t amf[static 2]);

/* f2, f3, f4 and f5. */
void tuak_f2345(const struct tuak *t, const struct tuak_lengths *n, struct tuak_keys *ret,
		const uint8_t rand[static 16]);

/* f5*. */
void tuak_f5star(const struct tuak *t, uint8_t ret_ak[static 6], const uint8_t rand[static 16]);

#endif
