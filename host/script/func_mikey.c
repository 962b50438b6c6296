/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BM-SC's messages, TS 33.246 6.4 and RFC 3830. All of a script's messages have one CSB ID and one RAND, so that an
 * MTK message fits the MSK message before it.
 */
#include "func.h"

#include "../../card/crypto/mikey_kdf.h"

enum { CSB_ID = 0x11223344, PLAIN_MAX = 128 };

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

static bool seal(const struct func_env *env, struct span psk, struct wr *out, const struct mikey *m)
{
	struct mikey_keys keys _secret_mikey_keys_ = { 0 };

	mikey_keys_derive(env->prim, &keys, psk, CSB_ID, SPAN(csb_rand));
	mikey_seal(env->prim, &keys, out, m);
	return !out->bad && prim_ok(env->prim);
}

/* (MUK, KEY-ID, TS, IDI, IDR), with key data or without. */
static bool msk_message(const struct func_env *env, const struct func_arg *a, struct span plain, struct span idi,
			struct span idr, bool v, struct wr *out, const char **ret_why)
{
	struct mikey m = {
		.kind = MIKEY_IS_MSK,
		.v = v,
		.csb_id = CSB_ID,
		.cs_map_type = MIKEY_CS_MAP_EMPTY,
		.ts = a[2].number,
		.rand = SPAN(csb_rand),
		.idi = { MIKEY_ID_URI, idi },
		.idr = { MIKEY_ID_NAI, idr },
		.encr_data = plain,
	};

	*ret_why = "MUK of 32 octets, and Key Domain, Key Group and Key Number in 7, are expected";
	return a[0].octets.n == sizeof(struct key256) && key_id(&m.key, a[1].octets) && seal(env, a[0].octets, out, &m);
}

/* (MUK, KEY-ID, TS, MSK, SEQL, SEQU, NAF, BTID) */
static bool delivery(const struct func_env *env, const struct func_arg *a, bool v, struct wr *out, const char **ret_why)
{
	uint8_t plain[PLAIN_MAX];
	struct wr w = WR(plain);

	*ret_why = "an MSK of at most 64 octets, SEQl and SEQu of at most 65535 are expected";
	if (a[3].octets.n > PLAIN_MAX / 2 || a[4].number > UINT16_MAX || a[5].number > UINT16_MAX)
		return false;
	mikey_msk_data_put(&w, a[3].octets, (uint16_t)a[4].number, (uint16_t)a[5].number);
	bool ok = !w.bad && msk_message(env, a, wr_done(&w), a[6].octets, a[7].octets, v, out, ret_why);
	secret_wipe(plain, sizeof plain);
	return ok;
}

static bool f_msk(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why)
{
	(void)n;
	return delivery(env, a, false, out, ret_why);
}

static bool f_msk_v(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out,
		    const char **ret_why)
{
	(void)n;
	return delivery(env, a, true, out, ret_why);
}

/* (MUK, KEY-ID, TS, NAF, BTID) */
static bool f_pull(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why)
{
	(void)n;
	return msk_message(env, a, (struct span){ 0 }, a[3].octets, a[4].octets, false, out, ret_why);
}

/* (MSK, KEY-ID, MTK-ID, TS, MTK[, SALT]) */
static bool f_mtk(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why)
{
	uint8_t plain[PLAIN_MAX];
	struct wr w = WR(plain);
	struct mikey m = {
		.kind = MIKEY_IS_MTK, .csb_id = CSB_ID, .cs_map_type = MIKEY_CS_MAP_EMPTY, .ts = a[3].number
	};

	*ret_why =
		"MSK of 16 octets, Key Domain, Key Group and Key Number in 7, an MTK ID of at most 65535, MTK and salt "
		"of at most 100 octets are expected";
	if (a[0].octets.n != MSK_LEN || !key_id(&m.key, a[1].octets) || a[2].number > UINT16_MAX)
		return false;
	m.key.mtk_id = (uint16_t)a[2].number;
	mikey_mtk_data_put(&w, a[4].octets, n > 5 ? a[5].octets : (struct span){ 0 });
	m.encr_data = wr_done(&w);
	bool ok = !w.bad && seal(env, a[0].octets, out, &m);
	secret_wipe(plain, sizeof plain);
	return ok;
}

/* (MUK, MESSAGE) */
static bool f_ack(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why)
{
	struct mikey_keys keys _secret_mikey_keys_ = { 0 };
	struct mikey m;

	(void)n;
	*ret_why = "MUK of 32 octets and the MSK message that it protects are expected";
	if (a[0].octets.n != sizeof(struct key256) || mikey_parse(&m, a[1].octets) != MIKEY_OK ||
	    m.kind != MIKEY_IS_MSK)
		return false;
	mikey_keys_derive(env->prim, &keys, a[0].octets, m.csb_id, m.rand);
	mikey_ack_put(env->prim, &keys, out, &m);
	return true;
}

const struct func func_mikey[] = {
	{ "msk", "oononnoo", f_msk, "msk(MUK, KEY-ID, TS, MSK, SEQL, SEQU, NAF, BTID): an MSK message, TS 33.246 6.4" },
	{ "msk-v", "oononnoo", f_msk_v, "msk-v(…): as msk, with the V bit: a verification message is wanted" },
	{ "pull", "oonoo", f_pull, "pull(MUK, KEY-ID, TS, NAF, BTID): an MSK message without key data" },
	{ "mtk", "oonno?o", f_mtk, "mtk(MSK, KEY-ID, MTK-ID, TS, MTK[, SALT]): an MTK message" },
	{ "ack", "oo", f_ack, "ack(MUK, MESSAGE): the verification message for it" },
	{ 0 },
};
