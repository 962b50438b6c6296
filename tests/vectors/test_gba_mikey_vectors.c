/* SPDX-License-Identifier: Apache-2.0 */
/* Every block of gba-mikey.json but the digest ones (test_digest.c has those) against codec, KDF and MGV-F. */
#include "apdu/mikey.h"
#include "card/crypto/aka.h"
#include "card/crypto/kdf.h"
#include "card/crypto/mgv.h"
#include "json.h"
#include "tests/cu.h"

static struct json *j;
static struct prim *p;

#define EQUAL(octets, ...) CU_ASSERT(span_eq(octets, json_hex(j, __VA_ARGS__)))

static struct key256 key256_at(const char *path)
{
	struct key256 k;
	struct rd r = rd_of(json_hex(j, "%s", path));

	rd_copy(&r, k.b, sizeof k.b);
	CU_ASSERT(rd_end(&r));
	return k;
}

static void test_gba_block(void)
{
	struct aka_secret s = { .algorithm = AKA_MILENAGE };
	struct aka_keys keys;
	struct key256 ks, out;
	uint8_t rand[16], autn[16];
	struct rd r = rd_of(json_hex(j, "$.gba.k"));
	rd_copy(&r, s.k.b, 16);
	r = rd_of(json_hex(j, "$.gba.opc"));
	rd_copy(&r, s.opc.b, 16);
	r = rd_of(json_hex(j, "$.gba.rand"));
	rd_copy(&r, rand, 16);

	aka_f2345(p, &keys, &s, rand);
	EQUAL(span_of(keys.res, keys.res_len), "$.gba.res");
	EQUAL(SPAN(keys.ak), "$.gba.ak");
	struct rd sqn = rd_of(json_hex(j, "$.gba.sqn"));
	aka_autn(p, autn, &s, &keys, rand, rd_uint(&sqn, 6), json_hex(j, "$.gba.amf").p, AKA_GBA_U);
	EQUAL(SPAN(autn), "$.gba.autn_star");

	gba_ks(&ks, &keys.ck, &keys.ik);
	EQUAL(SPAN(ks.b), "$.gba.ks");
	struct span impi = json_text(j, "$.gba.impi"), naf_id = json_hex(j, "$.gba.naf_id");
	gba_ks_ext_naf(p, &out, &ks, SPAN(rand), impi, naf_id);
	EQUAL(SPAN(out.b), "$.gba.ks_ext_naf");
	gba_ks_int_naf(p, &out, &ks, SPAN(rand), impi, naf_id);
	EQUAL(SPAN(out.b), "$.gba.ks_int_naf");
	struct key256 ks_naf = key256_at("$.gba.ks_ext_naf");
	gba_mrk(p, &out, &ks_naf);
	EQUAL(SPAN(out.b), "$.gba.gba_me_mrk_UNCONFIRMED.mrk");
}

static void test_prf_block(void)
{
	int n = json_count(j, "$.prf");

	CU_ASSERT_EQUAL(n, 5);
	for (int i = 0; i < n; i++) {
		uint8_t out[64];
		size_t size = (size_t)json_number(j, "$.prf[%d].outbits", i) / 8;
		mikey_prf(p, out, size, json_hex(j, "$.prf[%d].inkey", i), json_hex(j, "$.prf[%d].label", i));
		EQUAL(span_of(out, size), "$.prf[%d].out", i);
	}
}

static const char *const msk_blocks[] = {
	"msk_message_download_V1", "msk_message_same_key_new_interval", "msk_message_streaming_with_SP",
	"solicited_pull",	   "msk_message_kv_4byte_variant",	"msk_message_idi_fqdn_only_variant",
};

static void check_keys(const char *block, const struct mikey_keys *k)
{
	EQUAL(SPAN(k->encr.b), "$.%s.encr_key", block);
	EQUAL(SPAN(k->auth), "$.%s.auth_key", block);
	EQUAL(SPAN(k->salt), "$.%s.salt_key", block);
}

/* Parses, checks the MAC, decrypts, seals again: the same octets. */
static void check_message(const char *block, const char *psk_name, struct span rand)
{
	struct span message = json_hex(j, "$.%s.message", block);
	uint8_t copy[512], plain[256], again[512];
	struct wr c = WR(copy), w = WR(plain), out = WR(again);
	struct mikey_keys keys;
	struct mikey m;

	wr_span(&c, message);
	CU_ASSERT_EQUAL(mikey_parse(&m, wr_done(&c)), MIKEY_OK);
	CU_ASSERT_EQUAL(m.ts, (uint32_t)json_number(j, "$.%s.counter", block));
	EQUAL(m.encr_data, "$.%s.encr_data", block);
	EQUAL(m.mac, "$.%s.mac", block);
	mikey_keys_derive(p, &keys, json_hex(j, "$.%s.%s", block, psk_name), m.csb_id, rand.n != 0 ? rand : m.rand);
	check_keys(block, &keys);
	CU_ASSERT(mikey_mac_ok(p, &keys, &m));
	mikey_crypt(p, &keys, m.csb_id, m.ts, &w, m.encr_data);
	EQUAL(wr_done(&w), "$.%s.kemac_plaintext", block);

	struct mikey build = m;
	build.encr_data = wr_done(&w);
	mikey_seal(p, &keys, &out, &build);
	CU_ASSERT(span_eq(wr_done(&out), wr_done(&c)));
}

static void test_msk_messages(void)
{
	for (size_t i = 0; i < VU_COUNT(msk_blocks); i++)
		check_message(msk_blocks[i], "muk", (struct span){ 0 });
}

static void test_mtk_messages(void)
{
	uint8_t rand[16];
	struct rd r = rd_of(json_hex(j, "$.msk_message_download_V1.rand"));

	rd_copy(&r, rand, sizeof rand);
	check_message("mtk_message_streaming", "msk", SPAN(rand));
	check_message("mtk_message_download", "msk", SPAN(rand));
}

static void test_verification_message(void)
{
	uint8_t copy[512], ack[256];
	struct wr c = WR(copy), w = WR(ack);
	struct mikey request, parsed;
	struct mikey_keys keys;

	wr_span(&c, json_hex(j, "$.msk_message_download_V1.message"));
	CU_ASSERT_EQUAL(mikey_parse(&request, wr_done(&c)), MIKEY_OK);
	mikey_keys_derive(p, &keys, json_hex(j, "$.msk_message_download_V1.muk"), request.csb_id, request.rand);
	mikey_ack_put(p, &keys, &w, &request);
	EQUAL(wr_done(&w), "$.msk_verification_for_it.ts_as_sent_4_octets.message");
	CU_ASSERT_EQUAL(mikey_parse(&parsed, wr_done(&w)), MIKEY_OK);
	CU_ASSERT(mikey_ack_ok(p, &keys, &parsed, &request));

	/* Decision 26 takes the 4-octet counter: the alternative is another message and does not verify. */
	struct mikey other;
	CU_ASSERT_EQUAL(
		mikey_parse(&other, json_hex(j, "$.msk_verification_for_it.ts_padded_to_8_octets_ALTERNATIVE.message")),
		MIKEY_OK);
	CU_ASSERT_FALSE(mikey_ack_ok(p, &keys, &other, &request));
}

/* The blocks one after the other under MGV-F, as a UE receives them. */
static void test_story_under_mgv(void)
{
	struct mgv_muk muk = { .key = key256_at("$.gba.ks_int_naf") };
	struct mgv_group group = { 0 };
	struct mgv_mtk mtk;
	uint8_t ack[256], copy[512];
	struct mikey m;

	struct wr w = WR(ack);
	CU_ASSERT_EQUAL(mikey_parse(&m, json_hex(j, "$.msk_message_bad_mac.message")), MIKEY_OK);
	CU_ASSERT_EQUAL(mgv_msk_message(p, &m, &muk, &group, &w), MGV_BAD_MAC);
	CU_ASSERT_EQUAL(muk.counter, 0);

	for (size_t i = 0; i < VU_COUNT(msk_blocks); i++) {
		struct wr c = WR(copy), a = WR(ack);
		wr_span(&c, json_hex(j, "$.%s.message", msk_blocks[i]));
		CU_ASSERT_EQUAL(mikey_parse(&m, wr_done(&c)), MIKEY_OK);
		enum mgv_verdict expected = mikey_is_pull(&m) ? MGV_PULL : MGV_STORED;
		CU_ASSERT_EQUAL(mgv_msk_message(p, &m, &muk, &group, &a), expected);
		CU_ASSERT_EQUAL(muk.counter, m.ts);
		CU_ASSERT_EQUAL(mgv_msk_message(p, &m, &muk, &group, &a), MGV_REPLAYED);
		if (i != 2)
			continue;
		/* MSK 0001 is there with the second message's interval: its MTKs open. */
		struct mgv_msk *msk = mgv_group_find(&group, 1);
		CU_ASSERT_PTR_NOT_NULL_FATAL(msk);
		CU_ASSERT_EQUAL(msk->seq_u, 0xC8);
		struct wr t = WR(copy);
		wr_span(&t, json_hex(j, "$.mtk_message_streaming.message"));
		CU_ASSERT_EQUAL(mikey_parse(&m, wr_done(&t)), MIKEY_OK);
		CU_ASSERT_EQUAL(mgv_mtk_message(p, &m, msk, &mtk), MGV_MTK);
		EQUAL(SPAN(mtk.mtk.b), "$.mtk_message_streaming.mtk");
		EQUAL(SPAN(mtk.salt), "$.mtk_message_streaming.salt");
		CU_ASSERT(mtk.has_salt);
		CU_ASSERT_EQUAL(mgv_mtk_message(p, &m, msk, &mtk), MGV_REPLAYED);
	}
	CU_ASSERT_PTR_NULL(mgv_group_find(&group, 1)); /* pushed out by 0003 */
	CU_ASSERT_PTR_NOT_NULL(mgv_group_find(&group, 2));
	CU_ASSERT_PTR_NOT_NULL(mgv_group_find(&group, 3));
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "gba: RES, AUTN*, Ks, Ks_ext_NAF, Ks_int_NAF, MRK", test_gba_block },
		{ "prf: all five", test_prf_block },
		{ "MSK messages and the pull: parse, keys, MAC, plaintext, sealed again", test_msk_messages },
		{ "MTK messages: the same", test_mtk_messages },
		{ "verification message, and the alternative refused", test_verification_message },
		{ "all of them in a row under MGV-F", test_story_under_mgv },
	};

	p = prim_open();
	j = json_open("gba-mikey.json");
	if (p == NULL)
		return 2;
	int status = CU_RUN("gba and mikey vectors", tests);
	json_close(j);
	prim_close(p);
	return status;
}
