/* SPDX-License-Identifier: Apache-2.0 */
#include "aka.h"
#include "milenage.h"

static struct milenage milenage_of(struct prim *p, const struct aka_secret *s)
{
	return (struct milenage){ .k = &s->k, .opc = &s->opc, .prim = p };
}

static const uint8_t amf_zero[AKA_AMF_LEN];

void aka_opc(struct prim *p, struct key128 *ret_opc, const struct key128 *k, const struct key128 *op)
{
	milenage_opc(p, ret_opc, k, op);
}

void aka_f2345(struct prim *p, struct aka_keys *ret, const struct aka_secret *s, const uint8_t rand[static 16])
{
	struct milenage m = milenage_of(p, s);

	milenage_f2345(&m, ret->res, &ret->ck, &ret->ik, ret->ak, rand);
	ret->res_len = 8;
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
	struct milenage m = milenage_of(p, s);
	uint8_t sqn[AKA_SQN_LEN];

	sqn_put(sqn, token->sqn);
	milenage_f1(&m, ret_mac, NULL, rand, sqn, token->amf);
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
	struct milenage m = milenage_of(p, s);
	struct wr w = wr_of(ret_auts, AKA_AUTS_LEN);
	uint8_t sqn[AKA_SQN_LEN], ak[AKA_SQN_LEN], mac_s[AKA_MAC_LEN];

	sqn_put(sqn, sqn_ms);
	milenage_f1(&m, NULL, mac_s, rand, sqn, amf_zero);
	milenage_f5star(&m, ak, rand);
	sqn_mask(sqn, ak);
	wr_span(&w, SPAN(sqn));
	wr_span(&w, SPAN(mac_s));
	secret_wipe(ak, sizeof ak);
}

bool aka_auts_open(struct prim *p, uint64_t *ret_sqn_ms, const struct aka_secret *s, const uint8_t rand[static 16],
		   const uint8_t auts[static AKA_AUTS_LEN])
{
	struct milenage m = milenage_of(p, s);
	struct rd r = rd_of(span_of(auts, AKA_AUTS_LEN));
	uint8_t sqn[AKA_SQN_LEN], ak[AKA_SQN_LEN], mac_s[AKA_MAC_LEN], expected[AKA_MAC_LEN];

	rd_copy(&r, sqn, sizeof sqn);
	rd_copy(&r, mac_s, sizeof mac_s);
	milenage_f5star(&m, ak, rand);
	sqn_mask(sqn, ak);
	secret_wipe(ak, sizeof ak);
	milenage_f1(&m, NULL, expected, rand, sqn, amf_zero);
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
