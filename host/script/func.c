/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of octets alone, and the way to all of them. */
#include "func.h"

static bool f_random(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out,
		     const char **ret_why)
{
	uint8_t octets[FUNC_VALUE_MAX];

	(void)n;
	*ret_why = "at most 2048 octets of randomness";
	if (a->number > sizeof octets || env->random == NULL || !env->random(env->random_ctx, octets, a->number))
		return false;
	wr_bytes(out, octets, a->number);
	secret_wipe(octets, sizeof octets);
	return true;
}

static bool f_concat(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out,
		     const char **ret_why)
{
	(void)env;
	(void)ret_why;
	for (size_t i = 0; i < n; i++)
		wr_span(out, a[i].octets);
	return true;
}

static bool f_slice(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out,
		    const char **ret_why)
{
	struct span part = span_sub(a[0].octets, a[1].number, a[2].number);

	(void)env;
	(void)n;
	*ret_why = "an X of at least FROM and N octets together";
	wr_span(out, part);
	return part.n == a[2].number;
}

static bool f_drop(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why)
{
	(void)env;
	(void)n;
	*ret_why = "an X of at least N octets";
	if (a[1].number > a[0].octets.n)
		return false;
	wr_span(out, span_sub(a[0].octets, a[1].number, a[0].octets.n));
	return true;
}

static bool f_xor(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why)
{
	struct rd x = rd_of(a[0].octets), y = rd_of(a[1].octets);

	(void)env;
	(void)n;
	*ret_why = "two values of one length";
	if (x.n != y.n)
		return false;
	while (x.n != 0)
		wr_u8(out, rd_u8(&x) ^ rd_u8(&y));
	return true;
}

static bool f_number(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out,
		     const char **ret_why)
{
	(void)env;
	(void)n;
	*ret_why = "V that fits N octets, of at most 4,";
	if (a[1].number == 0 || a[1].number > 4 || (a[1].number < 4 && a[0].number >> (8 * a[1].number) != 0))
		return false;
	wr_uint(out, a[0].number, a[1].number);
	return true;
}

static bool f_plus(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why)
{
	struct rd r = rd_of(a[0].octets);

	(void)env;
	(void)n;
	*ret_why = "an X of 1 to 8 octets";
	if (r.n == 0 || r.n > 8)
		return false;
	size_t len = r.n;
	wr_uint(out, rd_uint(&r, len) + a[1].number, len);
	return true;
}

static bool f_fill(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why)
{
	struct rd r = rd_of(a[1].octets);

	(void)env;
	(void)n;
	*ret_why = "one octet, and N at least the length of X,";
	if (r.n != 1 || a[2].number < a[0].octets.n)
		return false;
	wr_span(out, a[0].octets);
	wr_fill(out, rd_u8(&r), a[2].number - a[0].octets.n);
	return true;
}

static bool f_hash(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why)
{
	uint8_t digest[SHA256_LEN];

	(void)n;
	(void)ret_why;
	prim_sha256(env->prim, digest, a[0].octets);
	wr_span(out, SPAN(digest));
	return true;
}

static const struct func func_octets[] = {
	{ "random", "n", f_random, "random(N): N octets nobody could guess" },
	{ "hex", "o", f_concat, "hex(X): X" },
	{ "concat", "o*", f_concat, "concat(X, …): one after the other" },
	{ "slice", "onn", f_slice, "slice(X, FROM, N): N octets of X behind the first FROM" },
	{ "drop", "on", f_drop, "drop(X, N): X without its first N octets" },
	{ "xor", "oo", f_xor, "xor(A, B): octet by octet" },
	{ "number", "nn", f_number, "number(V, N): the number V in N octets" },
	{ "plus", "on", f_plus, "plus(X, V): X as a number, V more, of the same length" },
	{ "pad", "oon", f_fill, "pad(X, OCTET, N): X, filled up to N octets" },
	{ "sha256", "o", f_hash, "sha256(X): its digest" },
	{ 0 },
};

static const struct func *const tables[] = { func_octets, func_aka, func_mikey };

const struct func *func_at(size_t i)
{
	for (size_t t = 0; t < VU_COUNT(tables); t++)
		for (const struct func *f = tables[t]; f->name != NULL; f++)
			if (i-- == 0)
				return f;
	return NULL;
}

const struct func *func_find(struct span name)
{
	const struct func *f;

	for (size_t i = 0; (f = func_at(i)) != NULL; i++)
		if (span_eq(name, span_str(f->name)))
			return f;
	return NULL;
}

char func_arg_kind(const struct func *f, size_t i)
{
	size_t at = 0;

	if (i >= FUNC_ARGS_MAX)
		return 0;
	for (const char *c = f->args; *c != '\0'; c++) {
		if (*c == '*')
			return 'o';
		if (*c != '?' && at++ == i)
			return *c;
	}
	return 0;
}

bool func_arg_count_ok(const struct func *f, size_t n)
{
	size_t least = strcspn(f->args, "?*");

	return n >= least && (n == 0 || func_arg_kind(f, n - 1) != 0);
}
