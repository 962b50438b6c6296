/* SPDX-License-Identifier: Apache-2.0 */
/* GBA_U in the UICC: bootstrapping and NAF derivation (TS 33.220 clause 5.3 and Annex G, TS 31.102 7.1.1.4 and 7.1.1.5). */
#include "auth_int.h"
#include "crypto/kdf.h"
#include "fs.h"
#include "naf.h"
#include "spent.h"

/* Ks and the RAND it came with. */
struct bootstrap {
	uint8_t rand[AKA_RAND_LEN];
	struct key256 ks;
};
SECRET_STRUCT(bootstrap)
#define _secret_bootstrap_ __attribute__((cleanup(bootstrap_wipe)))

static void stage_bootstrap(struct uicc *u, uint16_t adf, const struct bootstrap *b)
{
	struct secret_buf octets _secret_buf_;
	struct wr w = WR(octets.b);

	wr_span(&w, SPAN(b->rand));
	wr_span(&w, SPAN(b->ks.b));
	nv_put(u->nv, OBJ(OBJ_KS, adf), wr_done(&w));
}

static bool load_bootstrap(const struct uicc *u, uint16_t adf, struct bootstrap *b)
{
	struct rd r = rd_of(nv_get(u->nv, OBJ(OBJ_KS, adf)));

	rd_copy(&r, b->rand, sizeof b->rand);
	rd_copy(&r, b->ks.b, sizeof b->ks.b);
	return rd_end(&r);
}

/* Decision 5: `10 RAND 00 00 FF…`, so that no old B-TID is ever paired with a new RAND. */
static bool stage_gbabp(struct uicc *u, uint16_t adf, const struct bootstrap *b)
{
	uint16_t no = app_ef(u, adf, APP_EF_GBABP);
	struct wr w = fs_edit(u, no, 0, fs_body(u, no).n);

	wr_lv8(&w, SPAN(b->rand));
	wr_u8(&w, 0); /* B-TID */
	wr_u8(&w, 0); /* key lifetime */
	wr_pad(&w, 0xFF);
	return !w.bad;
}

/* The B-TID that the ME wrote behind RAND; empty when it has not. */
static struct span read_btid(const struct uicc *u, uint16_t adf)
{
	struct rd r = rd_of(fs_body(u, app_ef(u, adf, APP_EF_GBABP)));

	rd_lv8(&r);
	return rd_lv8(&r);
}

sw_t gba_bootstrap(struct uicc *u, uint16_t adf, const struct auth_challenge *a, struct wr *out)
{
	struct aka_keys keys _secret_aka_keys_ = { 0 };
	struct bootstrap b _secret_bootstrap_ = { 0 };
	uint8_t auts[AUTS_LEN];
	size_t auts_len;

	sw_t sw = aka_challenge(u, a, AKA_GBA_U, &keys, auts, &auts_len);
	if (sw != SW_OK)
		return sw;
	const struct auth_answer answer = {
		.sync_failure = auts_len != 0,
		.auts = span_of(auts, auts_len),
		.res = span_of(keys.res, keys.res_len), /* CK and IK stay inside */
	};
	auth_answer_put(out, &answer);
	if (answer.sync_failure)
		return SW_OK;

	memcpy(b.rand, a->rand, sizeof b.rand);
	gba_ks(&b.ks, &keys.ck, &keys.ik);
	/* With a RAND that comes again Ks does, too, and every key from it: their counters are still spent. */
	struct bootstrap old _secret_bootstrap_ = { 0 };
	if (!load_bootstrap(u, adf, &old) || !ct_eq(old.ks.b, b.ks.b, sizeof b.ks.b))
		spent_clear(u, adf);
	stage_bootstrap(u, adf, &b);
	return stage_gbabp(u, adf, &b) ? SW_OK : SW_MEMORY_PROBLEM;
}

/*
 * The counter that a derived key goes on from (decision 46): the one it has where the card already holds this very key,
 * as NAF key or as MUK in use, or held it before; else 0.
 */
static uint32_t counter_of(const struct uicc *u, uint16_t adf, struct span naf_id, const struct key256 *key)
{
	struct naf_entry naf _secret_naf_ = { 0 };
	struct muk_entry muk _secret_muk_ = { 0 };
	uint32_t counter = spent_counter(u, adf, key);

	if (naf_find(u, adf, naf_id, &naf) && ct_eq(naf.ks_int_naf.b, key->b, sizeof key->b) && naf.counter > counter)
		counter = naf.counter;
	if (muk_find(u, adf, naf_id, &muk) && ct_eq(muk.muk.b, key->b, sizeof key->b) && muk.counter > counter)
		counter = muk.counter;
	return counter;
}

sw_t gba_naf_derivation(struct uicc *u, uint16_t adf, const struct auth_naf *a, struct wr *out)
{
	struct bootstrap b _secret_bootstrap_ = { 0 };
	struct naf_entry e _secret_naf_ = { 0 };
	struct key256 ks_ext_naf _secret256_ = { 0 };
	struct span btid = read_btid(u, adf);

	if (!load_bootstrap(u, adf, &b) || btid.n == 0)
		return SW_CONDITIONS;
	if (!octets_set(&e.naf_id, a->naf_id) || !octets_set(&e.btid, btid))
		return SW_DATA;
	gba_ks_ext_naf(u->prim, &ks_ext_naf, &b.ks, SPAN(b.rand), a->impi, a->naf_id);
	gba_ks_int_naf(u->prim, &e.ks_int_naf, &b.ks, SPAN(b.rand), a->impi, a->naf_id);
	e.counter = counter_of(u, adf, a->naf_id, &e.ks_int_naf);
	e.record = naf_record_for(u, adf, a->naf_id);
	if (e.record == 0 || !naf_store(u, adf, &e))
		return SW_NO_SPACE;

	wr_u8(out, AUTH_TAG_OK);
	wr_lv8(out, SPAN(ks_ext_naf.b));
	return SW_OK;
}
