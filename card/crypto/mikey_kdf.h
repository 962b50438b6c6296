/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of a MIKEY message from its pre-shared key, its MAC, its encryption: RFC 3830 clauses 4.1, 4.2 and 5.2. */
#ifndef VUICC_MIKEY_KDF_H
#define VUICC_MIKEY_KDF_H

#include "../../apdu/mikey.h"
#include "prim.h"

/* The three keys that protect one message. */
struct mikey_keys {
	struct key128 encr;
	uint8_t auth[20];
	uint8_t salt[14];
};
SECRET_STRUCT(mikey_keys)
#define _secret_mikey_keys_ __attribute__((cleanup(mikey_keys_wipe)))

/* PRF of RFC 3830 4.1.2: fills out[0..n). n at most 400 octets. */
void mikey_prf(struct prim *p, uint8_t *out, size_t n, struct span inkey, struct span label);

/* psk: MUK (32 octets) for MSK messages and ACKs, MSK (16 octets) for MTK messages. */
void mikey_keys_derive(struct prim *p, struct mikey_keys *ret, struct span psk, uint32_t csb_id, struct span rand);

/* HMAC-SHA-1 over m->covered against m->mac, for MSK and MTK messages; constant time. */
VU_MUST_USE bool mikey_mac_ok(struct prim *p, const struct mikey_keys *k, const struct mikey *m);

/* Appends the plain key data to out. The counter mode is its own inverse: this encrypts, too. */
void mikey_crypt(struct prim *p, const struct mikey_keys *k, uint32_t csb_id, uint32_t ts, struct wr *out,
		 struct span data);

/*
 * Appends a whole MSK, pull or MTK message: m->encr_data holds the PLAIN key data here (empty for a pull), at most 256
 * octets; it is encrypted on the way out and the MAC is put behind.
 */
void mikey_seal(struct prim *p, const struct mikey_keys *k, struct wr *out, const struct mikey *m);

/*
 * Appends the verification message for the MSK message `request`: HDR, T, IDr, V; CS map and CSB ID copied; the MAC
 * over it, IDi data, IDr data and the 4-octet counter (decisions 26 and 50).
 */
void mikey_ack_put(struct prim *p, const struct mikey_keys *k, struct wr *out, const struct mikey *request);

/* BM-SC side: whether `ack` verifies `request`, both parsed: same CSB ID, T and IDr, right MAC. */
VU_MUST_USE bool mikey_ack_ok(struct prim *p, const struct mikey_keys *k, const struct mikey *ack,
			      const struct mikey *request);

#endif
