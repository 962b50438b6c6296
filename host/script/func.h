/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions that a script's values are computed with. They are the card's own crypto: a computed expectation shows
 * that card and computation agree, not that either is right; that is what tests/vectors are for.
 */
#ifndef VUICC_SCRIPT_FUNC_H
#define VUICC_SCRIPT_FUNC_H

#include "../../card/crypto/prim.h"

enum {
	FUNC_ARGS_MAX = 10,
	FUNC_VALUE_MAX = 2048, /* octets of an argument, of a result */
};

/* An argument: octets or a number, as the function's signature says. */
struct func_arg {
	struct span octets;
	uint32_t number;
};

/* What functions are given besides their arguments. */
struct func_env {
	struct prim *prim;
	bool (*random)(void *ctx, uint8_t *out, size_t n);
	void *random_ctx;
};

/* Appends the result. False with a static sentence in *ret_why. */
typedef bool func_fn(const struct func_env *env, const struct func_arg *args, size_t n, struct wr *out,
		     const char **ret_why);

struct func {
	const char *name;
	const char *
		args; /* a letter each: o octets, n a number; behind ? they may be left out; * any number of octets more */
	func_fn *fn;
	const char *usage;
};

/* NULL when there is none. */
const struct func *func_find(struct span name);

/* The i-th function, from 0; NULL behind the last. */
const struct func *func_at(size_t i);

/* What the i-th argument is: 'o', 'n', or 0 when there is no such. */
char func_arg_kind(const struct func *f, size_t i);

/* Whether n arguments are enough. */
bool func_arg_count_ok(const struct func *f, size_t n);

/* func_aka.c and func_mikey.c. */
extern const struct func func_aka[];
extern const struct func func_mikey[];

#endif
