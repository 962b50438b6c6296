/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The UICC as a function: C-APDU in, R-APDU out.
 *
 * It has no clock, no socket, no file, no log and, once open, no malloc. Storage, randomness and observation are handed
 * in. What a command changes is one batch, applied by the store before the answer is given.
 */
#ifndef VUICC_UICC_H
#define VUICC_UICC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(default)

/* "MAJOR.MINOR.PATCH" of libvuicc-card. Static. */
const char *uicc_version(void);

/* One object of the card: absent value (NULL) = deleted. Keys and values are the card's own affair. */
struct nv_item {
	uint32_t key;
	const uint8_t *value;
	size_t n; /* octets */
};

/* Called once for each stored object; false stops the walk and makes it fail. */
typedef bool nv_each_fn(void *arg, const struct nv_item *item);

/* A store. Both return false on failure, and then nothing has changed. */
struct nv_ops {
	bool (*each)(void *ctx, nv_each_fn *fn, void *arg); /* every object, any order */
	bool (*apply)(void *ctx, const struct nv_item *items, size_t n); /* all or nothing, durable on return */
};

/*
 * A command that has run, for an observer. Data and answer are NULL, with their length told, where they are or may be
 * keys, PINs, RES or MTKs: an observer may print whatever it gets.
 */
struct uicc_trace {
	const char *name; /* of the command */
	uint8_t header[4]; /* CLA INS P1 P2 */
	const uint8_t *data;
	size_t n_data; /* octets */
	const uint8_t *answer; /* without the status word */
	size_t n_answer;
	uint16_t sw;
};

/* The outside world. */
struct uicc_env {
	bool (*random)(void *ctx, uint8_t *out, size_t n); /* good enough for keys */
	void (*trace)(void *ctx, const struct uicc_trace *t); /* NULL for none */
	void *ctx;
};

enum {
	UICC_RAPDU_MAX = 258, /* 256 octets and the status word */
	UICC_ATR_MAX = 33, /* ISO 7816-3: TS, T0 and 31 more */
};

struct uicc;

/*
 * Opens the card in a store and performs a cold reset. nv, nv_ctx and env are borrowed until uicc_close(). NULL when the
 * store cannot be read or does not hold a whole card; *ret_why (may be NULL) then points to a static sentence.
 */
struct uicc *uicc_open(const struct nv_ops *nv, void *nv_ctx, const struct uicc_env *env, const char **ret_why);

/* NULL is fine; wipes everything. */
void uicc_close(struct uicc *u);

/* Cold or warm reset: channels, PIN verification and chains are gone; what is stored stays. */
void uicc_reset(struct uicc *u);

/* The answer to reset: octets written, at most UICC_ATR_MAX. */
size_t uicc_atr(const struct uicc *u, uint8_t atr[static UICC_ATR_MAX]);

/*
 * One command APDU of n octets (any octets at all); the answer is written to rapdu, its length returned (2..258). Data
 * and status word come at once; 61XX, 6CXX and GET RESPONSE belong to struct t0.
 */
size_t uicc_transmit(struct uicc *u, const uint8_t *capdu, size_t n, uint8_t rapdu[static UICC_RAPDU_MAX]);

/* The manners of T=0 in front of a card (decision 42): what a reader plugs in. */
struct t0;

/* Borrows u. NULL when memory is short. */
struct t0 *t0_open(struct uicc *u);
void t0_close(struct t0 *t);
/* Resets the card, too. */
void t0_reset(struct t0 *t);
/* As uicc_transmit(), with 61XX, 6CXX and GET RESPONSE. */
size_t t0_transmit(struct t0 *t, const uint8_t *capdu, size_t n, uint8_t rapdu[static UICC_RAPDU_MAX]);

#pragma GCC visibility pop

#endif
