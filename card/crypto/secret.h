/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys as types. A variable of one of them is declared with _secret128_, _secret256_ or _secret_(type) and is wiped when
 * its scope ends, on every way out. There is no function that prints one: prim_tag() makes the four octets a trace may
 * show.
 */
#ifndef VUICC_SECRET_H
#define VUICC_SECRET_H

#include "../../apdu/bytes.h"

struct key128 {
	uint8_t b[16];
};

struct key256 {
	uint8_t b[32];
};

/* Wipes n octets, for certain. */
static inline void secret_wipe(void *p, size_t n)
{
	explicit_bzero(p, n);
}

static inline void key128_wipe(struct key128 *k)
{
	secret_wipe(k, sizeof *k);
}

static inline void key256_wipe(struct key256 *k)
{
	secret_wipe(k, sizeof *k);
}

#define _secret128_ __attribute__((cleanup(key128_wipe)))
#define _secret256_ __attribute__((cleanup(key256_wipe)))

/* Defines NAME_wipe() for a struct that holds keys, for use with __attribute__((cleanup(NAME_wipe))). */
#define SECRET_STRUCT(name)                                                                                            \
	static inline void name##_wipe(struct name *s)                                                                 \
	{                                                                                                              \
		secret_wipe(s, sizeof *s);                                                                             \
	}

/* A scratch buffer for plain keys: `struct secret_buf b _secret_buf_ = { 0 };`. */
struct secret_buf {
	uint8_t b[512];
};
SECRET_STRUCT(secret_buf)
#define _secret_buf_ __attribute__((cleanup(secret_buf_wipe)))

/* Whether n octets are equal, in a time that depends on n alone. */
VU_MUST_USE bool ct_eq(const void *a, const void *b, size_t n);

#endif
