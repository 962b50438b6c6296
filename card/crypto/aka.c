/* SPDX-License-Identifier: Apache-2.0 */
#include "aka.h"
#include "milenage.h"

/*
 * An algorithm set, each function taking the secret whole. Nothing else in the project tells one set from another but
 * what reads and writes secrets.
 */
struct algorithm {
	bool (*secret_ok)(const struct aka_secret *s);
	void (*opc_from_op)(struct prim *p, struct aka_secret *s);
	void (*f1)(struct prim *p, const struct aka_secret *s, uint8_t ret_mac[static AKA_MAC_LEN], const uint8_t *rand,
		   const uint8_t *sqn, const uint8_t *amf);
	void (*f1star)(struct prim *p, const struct aka_secret *s, uint8_t ret_mac[static AKA_MAC_LEN],
		       const uint8_t *rand, const uint8_t *sqn, const uint8_t *amf);
	void (*f2345)(struct prim *p, const struct aka_secret *s, struct aka_keys *ret, const uint8_t *rand);
	void (*f5star)(struct prim *p, const struct aka_secret *s, uint8_t ret_ak[static AKA_SQN_LEN],
		       const uint8_t *rand);
};

/* --- MILENAGE --- */

static struct milenage milenage_of(struct prim *p, const struct aka_secret *s)
{
	return (struct milenage){ .k = &s->k, .opc = &s->opc, .prim = p };
}

static bool milenage_secret_ok(const struct aka_secret *s)
{
	(void)s; /* nothing to be tuned */
	return true;
}

static void milenage_set_opc(struct prim *p, struct aka_secret *s)
{
	struct key128 op _secret128_ = s->opc;

	milenage_opc(p, &s->opc, &s->k, &op);
}

static void milenage_mac_a(struct prim *p, const struct aka_secret *s, uint8_t ret_mac[static AKA_MAC_LEN],
			   const uint8_t *rand, const uint8_t *sqn, const uint8_t *amf)
{
	struct milenage m = milenage_of(p, s);

	milenage_f1(&m, ret_mac, NULL, rand, sqn, amf);
}

static void milenage_mac_s(struct prim *p, const struct aka_secret *s, uint8_t ret_mac[static AKA_MAC_LEN],
			   const uint8_t *rand, const uint8_t *sqn, const uint8_t *amf)
{
	struct milenage m = milenage_of(p, s);

	milenage_f1(&m, NULL, ret_mac, rand, sqn, amf);
}

static void milenage_keys(struct prim *p, const struct aka_secret *s, struct aka_keys *ret, const uint8_t *rand)
{
	struct milenage m = milenage_of(p, s);

	milenage_f2345(&m, ret->res, &ret->ck, &ret->ik, ret->ak, rand);
	ret->res_len = 8;
}

static void milenage_ak_star(struct prim *p, const struct aka_secret *s, uint8_t ret_ak[static AKA_SQN_LEN],
			     const uint8_t *rand)
{
	struct milenage m = milenage_of(p, s);

	milenage_f5star(&m, ret_ak, rand);
}

/* --- TUAK: AUTN and AUTS have room for 64 bits of MAC, the USIM's CK and IK have 128 --- */

static bool tuak_secret_ok(const struct aka_secret *s)
{
	return (s->tuak.k_len == TUAK_K_MIN || s->tuak.k_len == TUAK_K_MAX) && s->tuak.iterations != 0 &&
	       (s->tuak_res_len == 4 || s->tuak_res_len == 8 || s->tuak_res_len == 16);
}

static void tuak_set_topc(struct prim *p, struct aka_secret *s)
{
	struct key256 top _secret256_ = s->tuak.topc;

	(void)p;
	tuak_topc(&s->tuak, &s->tuak.topc, &top);
}

static void tuak_mac_a(struct prim *p, const struct aka_secret *s, uint8_t ret_mac[static AKA_MAC_LEN],
		       const uint8_t *rand, const uint8_t *sqn, const uint8_t *amf)
{
	(void)p;
	tuak_f1(&s->tuak, ret_mac, AKA_MAC_LEN, rand, sqn, amf);
}

static void tuak_mac_s(struct prim *p, const struct aka_secret *s, uint8_t ret_mac[static AKA_MAC_LEN],
		       const uint8_t *rand, const uint8_t *sqn, const uint8_t *amf)
{
	(void)p;
	tuak_f1star(&s->tuak, ret_mac, AKA_MAC_LEN, rand, sqn, amf);
}

static void tuak_keys(struct prim *p, const struct aka_secret *s, struct aka_keys *ret, const uint8_t *rand)
{
	const struct tuak_lengths lengths = { s->tuak_res_len, sizeof ret->ck.b, sizeof ret->ik.b };
	struct tuak_keys keys _secret_tuak_keys_;

	(void)p;
	tuak_f2345(&s->tuak, &lengths, &keys, rand);
	ret->res_len = lengths.res;
	memcpy(ret->res, keys.res, lengths.res);
	memcpy(ret->ck.b, keys.ck.b, sizeof ret->ck.b);
	memcpy(ret->ik.b, keys.ik.b, sizeof ret->ik.b);
	memcpy(ret->ak, keys.ak, sizeof ret->ak);
}

static void tuak_ak_star(struct prim *p, const struct aka_secret *s, uint8_t ret_ak[static AKA_SQN_LEN],
			 const uint8_t *rand)
{
	(void)p;
	tuak_f5star(&s->tuak, ret_ak, rand);
}

/* --- both --- */

static const struct algorithm algorithms[] = {
	[AKA_MILENAGE] = {
		.secret_ok = milenage_secret_ok,
		.opc_from_op = milenage_set_opc,
		.f1 = milenage_mac_a,
		.f1star = milenage_mac_s,
		.f2345 = milenage_keys,
		.f5star = milenage_ak_star,
	},
	[AKA_TUAK] = {
		.secret_ok = tuak_secret_ok,
		.opc_from_op = tuak_set_topc,
		.f1 = tuak_mac_a,
		.f1star = tuak_mac_s,
		.f2345 = tuak_keys,
		.f5star = tuak_ak_star,
	},
};

static const uint8_t amf_zero[AKA_AMF_LEN];

bool aka_secret_ok(const struct aka_secret *s)
{
	return s->algorithm >= AKA_MILENAGE && s->algorithm < VU_COUNT(algorithms) &&
	       algorithms[s->algorithm].secret_ok(s);
}

void aka_opc_from_op(struct prim *p, struct aka_secret *s)
{
	algorithms[s->algorithm].opc_from_op(p, s);
}

void aka_f2345(struct prim *p, struct aka_keys *ret, const struct aka_secret *s, const uint8_t rand[static 16])
{
	algorithms[s->algorithm].f2345(p, s, ret, rand);
}

static void sqn_put(uint8_t out[static AKA_SQN_LEN], uint64_t sqn)
{
	struct wr w = wr_of(out, AKA_SQN_LEN);

	wr_uint(&w, sqn, AKA_SQN_LEN);
}

/* SQN under AK, or out from under it. */
static void sqn_mask(uint8_t sqn[static AKA_SQN_LEN], const uint8_t ak[static AKA_SQN_LEN])
{
	for (size_t i = 0; i < AKA_SQN_LEN; i++)
		sqn[i] ^= ak[i];
}

/* MAC* = MAC xor Trunc(SHA-1(IK)): decision 1 takes the leading 8 octets. Its own inverse. */
static void gba_u_mask(struct prim *p, uint8_t mac[static AKA_MAC_LEN], const struct key128 *ik)
{
	uint8_t sum[SHA1_LEN];

	prim_sha1(p, sum, SPAN(ik->b));
	for (size_t i = 0; i < AKA_MAC_LEN; i++)
		mac[i] ^= sum[i];
	secret_wipe(sum, sizeof sum);
}

void aka_token_open(struct aka_token *ret, const struct aka_keys *keys, const uint8_t autn[static 16])
{
	struct rd r = rd_of(span_of(autn, AKA_AUTN_LEN));
	uint8_t sqn[AKA_SQN_LEN];

	rd_copy(&r, sqn, sizeof sqn);
	sqn_mask(sqn, keys->ak);
	struct rd s = rd_of(SPAN(sqn));
	ret->sqn = rd_uint(&s, sizeof sqn);
	rd_copy(&r, ret->amf, sizeof ret->amf);
	rd_copy(&r, ret->mac, sizeof ret->mac);
}

void aka_mac(struct prim *p, uint8_t ret_mac[static 8], const struct aka_secret *s, const struct aka_keys *keys,
	     const uint8_t rand[static 16], const struct aka_token *token, enum aka_mask mask)
{
	uint8_t sqn[AKA_SQN_LEN];

	sqn_put(sqn, token->sqn);
	algorithms[s->algorithm].f1(p, s, ret_mac, rand, sqn, token->amf);
	if (mask == AKA_GBA_U)
		gba_u_mask(p, ret_mac, &keys->ik);
}

void aka_autn(struct prim *p, uint8_t ret_autn[static 16], const struct aka_secret *s, const struct aka_keys *keys,
	      const uint8_t rand[static 16], uint64_t sqn, const uint8_t amf[static 2], enum aka_mask mask)
{
	struct aka_token token = { .sqn = sqn };
	struct wr w = wr_of(ret_autn, AKA_AUTN_LEN);
	uint8_t hidden[AKA_SQN_LEN];

	memcpy(token.amf, amf, sizeof token.amf);
	aka_mac(p, token.mac, s, keys, rand, &token, mask);
	sqn_put(hidden, sqn);
	sqn_mask(hidden, keys->ak);
	wr_span(&w, SPAN(hidden));
	wr_span(&w, SPAN(token.amf));
	wr_span(&w, SPAN(token.mac));
}

void aka_auts(struct prim *p, uint8_t ret_auts[static AKA_AUTS_LEN], const struct aka_secret *s,
	      const uint8_t rand[static 16], uint64_t sqn_ms)
{
	const struct algorithm *f = &algorithms[s->algorithm];
	struct wr w = wr_of(ret_auts, AKA_AUTS_LEN);
	uint8_t sqn[AKA_SQN_LEN], ak[AKA_SQN_LEN], mac_s[AKA_MAC_LEN];

	sqn_put(sqn, sqn_ms);
	f->f1star(p, s, mac_s, rand, sqn, amf_zero);
	f->f5star(p, s, ak, rand);
	sqn_mask(sqn, ak);
	wr_span(&w, SPAN(sqn));
	wr_span(&w, SPAN(mac_s));
	secret_wipe(ak, sizeof ak);
}

bool aka_auts_open(struct prim *p, uint64_t *ret_sqn_ms, const struct aka_secret *s, const uint8_t rand[static 16],
		   const uint8_t auts[static AKA_AUTS_LEN])
{
	const struct algorithm *f = &algorithms[s->algorithm];
	struct rd r = rd_of(span_of(auts, AKA_AUTS_LEN));
	uint8_t sqn[AKA_SQN_LEN], ak[AKA_SQN_LEN], mac_s[AKA_MAC_LEN], expected[AKA_MAC_LEN];

	rd_copy(&r, sqn, sizeof sqn);
	rd_copy(&r, mac_s, sizeof mac_s);
	f->f5star(p, s, ak, rand);
	sqn_mask(sqn, ak);
	secret_wipe(ak, sizeof ak);
	f->f1star(p, s, expected, rand, sqn, amf_zero);
	if (!ct_eq(expected, mac_s, sizeof expected))
		return false;
	struct rd v = rd_of(SPAN(sqn));
	*ret_sqn_ms = rd_uint(&v, sizeof sqn);
	return true;
}

/* TS 33.102 6.8.1.2: c2 folds XRES (filled up with zeroes to 16 octets) to 4 octets, c3 folds CK and IK to 8. */
void aka_gsm(uint8_t ret_sres[static 4], uint8_t ret_kc[static 8], const struct aka_keys *keys)
{
	memset(ret_sres, 0, 4);
	for (size_t i = 0; i < keys->res_len && i < 16; i++)
		ret_sres[i % 4] ^= keys->res[i];
	for (size_t i = 0; i < 8; i++)
		ret_kc[i] = keys->ck.b[i] ^ keys->ck.b[i + 8] ^ keys->ik.b[i] ^ keys->ik.b[i + 8];
}
