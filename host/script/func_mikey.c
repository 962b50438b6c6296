/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BM-SC's messages, TS 33.246 6.4 and RFC 3830. CSB ID and RAND are the same in all of a script's messages unless it
 * says others, so that an MTK message fits the MSK message before it.
 */
#include "func.h"

#include "../../card/crypto/mikey_kdf.h"

enum { CSB_ID = 0x11223344, PLAIN_MAX = 128 };

/* What a Crypto Session Bundle has of its own, RFC 3830 4.1.2 and 6.1. */
struct bundle {
	uint32_t csb_id;
	struct span rand;
};

static const uint8_t csb_rand[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

/* Key Domain ID(3), Key Group(2), Key Number(2). */
static bool key_id(struct mikey_key_id *ret, struct span octets)
{
	struct rd r = rd_of(octets);

	rd_copy(&r, ret->domain, sizeof ret->domain);
	ret->group = rd_u16(&r);
	ret->number = rd_u16(&r);
	return rd_end(&r);
}

/* [, CSB-ID[, RAND]]: the arguments from `at` on, of n in all. */
static bool bundle_of(struct bundle *ret, const struct func_arg *a, size_t n, size_t at, const char **ret_why)
{
	*ret = (struct bundle){ CSB_ID, SPAN(csb_rand) };
	*ret_why = "CSB ID of 4 octets and RAND of at most 255";
	if (n > at) {
		struct rd r = rd_of(a[at].octets);
		ret->csb_id = rd_u32(&r);
		if (!rd_end(&r))
			return false;
	}
	if (n > at + 1)
		ret->rand = a[at + 1].octets;
	return ret->rand.n <= UINT8_MAX;
}

static bool seal(const struct func_env *env, struct span psk, struct wr *out, struct mikey *m, const struct bundle *b)
{
	struct mikey_keys keys _secret_mikey_keys_ = { 0 };

	m->csb_id = b->csb_id;
	m->cs_map_type = MIKEY_CS_MAP_EMPTY;
	mikey_keys_derive(env->prim, &keys, psk, b->csb_id, b->rand);
	mikey_seal(env->prim, &keys, out, m);
	return !out->bad && prim_ok(env->prim);
}

/* (MUK, KEY-ID, TS, …), with key data or without. */
static bool msk_message(const struct func_env *env, const struct func_arg *a, const struct bundle *b, struct mikey *m,
			struct wr *out, const char **ret_why)
{
	m->kind = MIKEY_IS_MSK;
	m->ts = a[2].number;
	m->rand = b->rand;
	*ret_why = "MUK of 32 octets, and Key Domain, Key Group and Key Number in 7";
	return a[0].octets.n == sizeof(struct key256) && key_id(&m->key, a[1].octets) &&
	       seal(env, a[0].octets, out, m, b);
}

/* (MUK, KEY-ID, TS, MSK, SEQL, SEQU, NAF, BTID[, CSB-ID[, RAND]]) */
static bool delivery(const struct func_env *env, const struct func_arg *a, size_t n, bool v, struct wr *out,
		     const char **ret_why)
{
	uint8_t plain[PLAIN_MAX];
	struct wr w = WR(plain);
	struct mikey m = { .v = v, .idi = { MIKEY_ID_URI, a[6].octets }, .idr = { MIKEY_ID_NAI, a[7].octets } };
	struct bundle b;

	if (!bundle_of(&b, a, n, 8, ret_why))
		return false;
	*ret_why = "an MSK of at most 64 octets, SEQl and SEQu of at most 65535";
	if (a[3].octets.n > PLAIN_MAX / 2 || a[4].number > UINT16_MAX || a[5].number > UINT16_MAX)
		return false;
	mikey_msk_data_put(&w, a[3].octets, (uint16_t)a[4].number, (uint16_t)a[5].number);
	m.encr_data = wr_done(&w);
	bool ok = !w.bad && msk_message(env, a, &b, &m, out, ret_why);
	secret_wipe(plain, sizeof plain);
	return ok;
}

static bool f_msk(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why)
{
	return delivery(env, a, n, false, out, ret_why);
}

static bool f_msk_v(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out,
		    const char **ret_why)
{
	return delivery(env, a, n, true, out, ret_why);
}

/* (MUK, KEY-ID, TS, NAF, BTID[, CSB-ID[, RAND]]) */
static bool f_pull(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why)
{
	struct mikey m = { .idi = { MIKEY_ID_URI, a[3].octets }, .idr = { MIKEY_ID_NAI, a[4].octets } };
	struct bundle b;

	return bundle_of(&b, a, n, 5, ret_why) && msk_message(env, a, &b, &m, out, ret_why);
}

/* (MSK, KEY-ID, MTK-ID, TS, MTK[, SALT[, CSB-ID[, RAND]]]) */
static bool f_mtk(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why)
{
	uint8_t plain[PLAIN_MAX];
	struct wr w = WR(plain);
	struct mikey m = { .kind = MIKEY_IS_MTK, .ts = a[3].number };
	struct bundle b;

	if (!bundle_of(&b, a, n, 6, ret_why))
		return false;
	*ret_why =
		"MSK of 16 octets, Key Domain, Key Group and Key Number in 7, an MTK ID of at most 65535, MTK and salt "
		"of at most 100 octets";
	if (a[0].octets.n != MSK_LEN || !key_id(&m.key, a[1].octets) || a[2].number > UINT16_MAX)
		return false;
	m.key.mtk_id = (uint16_t)a[2].number;
	mikey_mtk_data_put(&w, a[4].octets, n > 5 ? a[5].octets : (struct span){ 0 });
	m.encr_data = wr_done(&w);
	bool ok = !w.bad && seal(env, a[0].octets, out, &m, &b);
	secret_wipe(plain, sizeof plain);
	return ok;
}

/* (MUK, MESSAGE) */
static bool f_ack(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why)
{
	struct mikey_keys keys _secret_mikey_keys_ = { 0 };
	struct mikey m;

	(void)n;
	*ret_why = "MUK of 32 octets and the MSK message that it protects";
	if (a[0].octets.n != sizeof(struct key256) || mikey_parse(&m, a[1].octets) != MIKEY_OK ||
	    m.kind != MIKEY_IS_MSK)
		return false;
	mikey_keys_derive(env->prim, &keys, a[0].octets, m.csb_id, m.rand);
	mikey_ack_put(env->prim, &keys, out, &m);
	return true;
}

const struct func func_mikey[] = {
	{ "msk", "oononnoo?oo", f_msk,
	  "msk(MUK, KEY-ID, TS, MSK, SEQL, SEQU, NAF, BTID[, CSB-ID[, RAND]]): an MSK message, TS 33.246 6.4" },
	{ "msk-v", "oononnoo?oo", f_msk_v, "msk-v(…): as msk, with the V bit: a verification message is wanted" },
	{ "pull", "oonoo?oo", f_pull,
	  "pull(MUK, KEY-ID, TS, NAF, BTID[, CSB-ID[, RAND]]): an MSK message without key data" },
	{ "mtk", "oonno?ooo", f_mtk,
	  "mtk(MSK, KEY-ID, MTK-ID, TS, MTK[, SALT[, CSB-ID[, RAND]]]): an MTK message; SALT may be \"\"" },
	{ "ack", "oo", f_ack, "ack(MUK, MESSAGE): the verification message for it" },
	{ 0 },
};
