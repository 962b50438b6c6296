/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The primitives, behind one handle. prim_openssl.c is the only file that knows OpenSSL.
 *
 * prim_open() fetches and allocates everything; no call after it allocates. A primitive that fails all the same (it
 * should not) zeroes its output and sets a sticky flag: whoever is about to act on results asks prim_ok() first. One
 * handle serves one thread at a time.
 */
#ifndef VUICC_PRIM_H
#define VUICC_PRIM_H

#include "secret.h"

struct prim;

enum { SHA1_LEN = 20, SHA256_LEN = 32, MD5_LEN = 16, AES_BLOCK = 16 };

/* NULL when the crypto library lacks something or memory is short. */
struct prim *prim_open(void);

/* NULL is fine; wipes. */
void prim_close(struct prim *p);

/* True while every call so far has worked. */
VU_MUST_USE bool prim_ok(const struct prim *p);

/* `blocks` independent blocks of 16 octets, AES-128. in and out may be the same. */
void prim_aes128_ecb(struct prim *p, const struct key128 *key, uint8_t *out, const uint8_t *in, size_t blocks);

/* AES-128 in counter mode, the whole 16 octets of iv being the first counter block. Appends in.n octets to out. */
void prim_aes128_ctr(struct prim *p, const struct key128 *key, const uint8_t iv[static 16], struct wr *out,
		     struct span in);

void prim_md5(struct prim *p, uint8_t out[static MD5_LEN], const struct span *parts, size_t n);
void prim_sha1(struct prim *p, uint8_t out[static SHA1_LEN], struct span in);
void prim_sha256(struct prim *p, uint8_t out[static SHA256_LEN], struct span in);

/* HMAC over the parts one after the other. */
void prim_hmac_sha1(struct prim *p, uint8_t out[static SHA1_LEN], struct span key, const struct span *parts, size_t n);
void prim_hmac_sha256(struct prim *p, uint8_t out[static SHA256_LEN], struct span key, const struct span *parts,
		      size_t n);

/* What traces and logs show instead of a key: the first four octets of its SHA-256, as 8 digits. Returns text. */
char *prim_tag(struct prim *p, char text[static 9], struct span key);

#endif
