/* SPDX-License-Identifier: Apache-2.0 */
/* AKA as the USIM runs it, with the SQN scheme of TS 33.102 C.2 (decision 4). */
#include "auth_int.h"

enum { IND_BITS = 5 };

static bool load_secret(const struct uicc *u, struct aka_desc *a)
{
	return aka_desc_parse(a, nv_get(u->nv, OBJ(OBJ_AKA, 0)));
}

static bool load_sqn(const struct uicc *u, struct sqn_desc *q)
{
	return sqn_desc_parse(q, nv_get(u->nv, OBJ(OBJ_SQN, 0)));
}

/* The entry with the highest SEQ; of equals the one accepted last (decision 53). */
static uint8_t highest(const struct sqn_desc *q)
{
	uint8_t best = q->last;

	for (uint8_t i = 0; i < SQN_ENTRIES; i++)
		if (q->seq[i] > q->seq[best])
			best = i;
	return best;
}

static uint64_t sqn_ms(const struct sqn_desc *q)
{
	uint8_t ind = highest(q);

	return q->seq[ind] << IND_BITS | ind;
}

/* Takes an SQN when it is fresh: above the entry of its IND, and not more than delta ahead of all. */
static bool accept(struct sqn_desc *q, uint64_t sqn, uint64_t delta)
{
	uint8_t ind = sqn & (SQN_ENTRIES - 1);
	uint64_t seq = sqn >> IND_BITS, top = q->seq[highest(q)];

	if (seq <= q->seq[ind] || (seq > top && seq - top > delta))
		return false;
	q->seq[ind] = seq;
	q->last = ind;
	return true;
}

static void stage_sqn(struct uicc *u, const struct sqn_desc *q)
{
	uint8_t octets[256];
	struct wr w = WR(octets);

	sqn_desc_put(&w, q);
	nv_put(u->nv, OBJ(OBJ_SQN, 0), wr_done(&w));
}

sw_t aka_challenge(struct uicc *u, const struct auth_challenge *a, enum aka_mask mask, struct aka_keys *keys,
		   uint8_t ret_auts[static AUTS_LEN], size_t *ret_auts_len)
{
	struct aka_desc desc __attribute__((cleanup(aka_desc_wipe))) = { 0 };
	struct sqn_desc sqn;
	struct aka_token token;
	uint8_t mac[AKA_MAC_LEN];

	*ret_auts_len = 0;
	if (!load_secret(u, &desc) || !load_sqn(u, &sqn))
		return SW_MEMORY_PROBLEM;
	aka_f2345(u->prim, keys, &desc.secret, a->rand);
	aka_token_open(&token, keys, a->autn);
	aka_mac(u->prim, mac, &desc.secret, keys, a->rand, &token, mask);
	if (!ct_eq(mac, token.mac, sizeof mac) || !prim_ok(u->prim))
		return SW_AUTH_MAC;
	if (!accept(&sqn, token.sqn, desc.delta)) {
		aka_auts(u->prim, ret_auts, &desc.secret, a->rand, sqn_ms(&sqn));
		*ret_auts_len = AUTS_LEN;
		return SW_OK;
	}
	stage_sqn(u, &sqn);
	return SW_OK;
}

sw_t aka_gsm_context(struct uicc *u, const uint8_t rand[static 16], struct aka_keys *keys)
{
	struct aka_desc desc __attribute__((cleanup(aka_desc_wipe))) = { 0 };

	if (!load_secret(u, &desc))
		return SW_MEMORY_PROBLEM;
	aka_f2345(u->prim, keys, &desc.secret, rand);
	return SW_OK;
}
