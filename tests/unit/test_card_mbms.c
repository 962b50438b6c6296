/* SPDX-License-Identifier: Apache-2.0 */
/* The MBMS context through APDUs: the vectors, the chain of blocks, and decisions 8 to 28 and 43 to 52. */
#include "card/spent.h"
#include "card_fixture.h"
#include "tests/cu.h"
#include "tests/vectors/json.h"

#define SW(c, hex, sw) CU_ASSERT_EQUAL(card_hex(c, hex), sw)

static const struct span naf = { (const uint8_t *)FIXTURE_NAF, sizeof FIXTURE_NAF - 1 };
#define DOMAIN "00f110"

/* A card with Ks_int_NAF of FIXTURE_NAF under FIXTURE_BTID. */
static struct card *provisioned(struct key256 *muk, const struct card_options *o)
{
	struct card *c = card_new(o);

	card_provision(c, 0x20, FIXTURE_BTID, naf, muk);
	return c;
}

static uint32_t muk_counter(struct card *c, unsigned record)
{
	struct muk_id id;

	CU_ASSERT_EQUAL(card_read(c, 0x6FD8, record), SW_OK);
	struct rd r = rd_of(card_answer(c));
	rd_muk_id(&r, &id);
	CU_ASSERT_EQUAL(rd_u16(&r), 0x8104);
	return rd_u32(&r);
}

static bool record_free(struct card *c, uint16_t fid, unsigned record)
{
	return card_read(c, fid, record) == SW_OK && span_all(card_answer(c), 0xFF);
}

/* The MIKEY messages of gba-mikey.json, once through APDUs, on a card whose SQN array lets TS 35.208 set 1 in. */
static void test_vectors_through_apdus(void)
{
	static const struct {
		const char *block;
		enum mbms_mode mode;
		sw_t sw;
	} steps[] = {
		{ "msk_message_bad_mac", MBMS_MSK_UPDATE, SW_AUTH_MAC },
		{ "msk_message_download_V1", MBMS_MSK_UPDATE, SW_OK },
		{ "msk_message_download_V1", MBMS_MSK_UPDATE, SW_KEY_FRESHNESS },
		{ "msk_message_same_key_new_interval", MBMS_MSK_UPDATE, SW_OK },
		{ "msk_message_streaming_with_SP", MBMS_MSK_UPDATE, SW_OK },
		{ "mtk_message_streaming", MBMS_MTK_GENERATION, SW_OK },
		{ "mtk_message_streaming", MBMS_MTK_GENERATION, SW_KEY_FRESHNESS },
		{ "mtk_message_download", MBMS_MTK_GENERATION, SW_OK },
		{ "solicited_pull", MBMS_MSK_UPDATE, SW_OK },
		{ "msk_message_kv_4byte_variant", MBMS_MSK_UPDATE, SW_OK },
		{ "msk_message_idi_fqdn_only_variant", MBMS_MSK_UPDATE, SW_OK },
	};
	const struct card_options o = { .seq_start = (0xff9bb4d0b607 >> 5) - 1 };
	struct json *j = json_open("gba-mikey.json");
	struct card *c = card_new(&o);
	struct auth_challenge a;
	uint8_t b[64];
	struct wr w = WR(b);

	struct rd r = rd_of(json_hex(j, "$.gba.rand"));
	rd_copy(&r, a.rand, 16);
	r = rd_of(json_hex(j, "$.gba.autn_star"));
	rd_copy(&r, a.autn, 16);
	auth_bootstrap_put(&w, &a);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_command(c, 0, 0x88, 0, 0x84, wr_done(&w), 256), SW_OK);
	CU_ASSERT(span_eq(span_sub(card_answer(c), 2, 8), json_hex(j, "$.gba.res")));
	CU_ASSERT_EQUAL(card_write_btid(c, (const char *)json_text(j, "$.gba.b_tid").p), SW_OK);
	CU_ASSERT_EQUAL(card_derive(c, json_hex(j, "$.gba.naf_id")), SW_OK);
	CU_ASSERT(span_eq(span_sub(card_answer(c), 2, 32), json_hex(j, "$.gba.ks_ext_naf")));

	for (size_t i = 0; i < VU_COUNT(steps); i++) {
		CU_ASSERT_EQUAL(card_mbms(c, steps[i].mode, json_hex(j, "$.%s.message", steps[i].block)), steps[i].sw);
		if (i == 1)
			CU_ASSERT(span_eq(card_answer(c),
					  json_hex(j, "$.msk_verification_for_it.ts_as_sent_4_octets.message")));
		if (i == 5) {
			CU_ASSERT(span_eq(span_sub(card_answer(c), 0, 16), json_hex(j, "$.%s.mtk", steps[i].block)));
			CU_ASSERT(span_eq(span_sub(card_answer(c), 16, 99), json_hex(j, "$.%s.salt", steps[i].block)));
		}
		if (i == 7)
			CU_ASSERT(span_eq(card_answer(c), json_hex(j, "$.%s.mtk", steps[i].block)));
		if (i == 3 || i == 8)
			CU_ASSERT_EQUAL(c->n, 0); /* no V bit: DB alone */
	}
	card_free(c);
	json_close(j);
}

/* Decisions 8, 9, 10, 52. */
static void test_chain_order(void)
{
	struct key256 muk;
	struct card *c = provisioned(&muk, NULL);

	SW(c, "0089008501 53", SW_CONDITIONS); /* 00 without 80 */
	SW(c, "0089a08500", SW_CONDITIONS);
	SW(c, "0089208500", SW_CONDITIONS);
	SW(c, "0089808503 530602", SW_MORE_DATA_EXPECTED);
	SW(c, "0089008601 00", SW_P1P2); /* another context, and one that this card does not have */
	SW(c, "0089008503 000000", SW_CONDITIONS); /* that dropped it */
	SW(c, "0089808503 530602", SW_MORE_DATA_EXPECTED);
	SW(c, "0089008405 0000000000", SW_P1P2);
	SW(c, "0089008503 000000", SW_CONDITIONS);
	SW(c, "0089808503 530602", SW_MORE_DATA_EXPECTED);
	SW(c, "0089018503 000000", SW_P1P2); /* unknown P1 */
	SW(c, "0089008503 000000", SW_CONDITIONS);
	SW(c, "0089808503 530602", SW_MORE_DATA_EXPECTED);
	SW(c, "0089008506 000000000000", SW_DATA); /* more than announced */
	SW(c, "0089008501 00", SW_CONDITIONS);
	SW(c, "0089808503 530602", SW_MORE_DATA_EXPECTED);
	SW(c, "00b0840001", SW_OK); /* another command */
	SW(c, "0089008505 0000000000", SW_CONDITIONS);
	SW(c, "0089808503 530602", SW_MORE_DATA_EXPECTED);
	SW(c, "00c0000000", SW_CONDITIONS); /* GET RESPONSE does not drop it */
	SW(c, "0089008505 0300f11000", SW_DATA); /* mode 2, no MIKEY: it was whole */
	SW(c, "0089808503 530602", SW_MORE_DATA_EXPECTED);
	SW(c, "0089008505 0300", SW_WRONG_LENGTH); /* no APDU at all: an interruption, too */
	SW(c, "0089008505 0300f11000", SW_CONDITIONS);
	SW(c, "0089808503 530602", SW_MORE_DATA_EXPECTED);
	SW(c, "8089008505 0300f11000", SW_CLA);
	SW(c, "0089008505 0300f11000", SW_CONDITIONS);
	SW(c, "0089808503 540101", SW_DATA); /* another tag */
	SW(c, "0089808505 5383010000", SW_DATA); /* longer than the card takes */
	SW(c, "0089808502 5380", SW_DATA); /* an indefinite length is no BER of ours */
	SW(c, "0089808504 53820802", SW_DATA); /* one octet more than 2,048 behind the mode */
	SW(c, "0089808504 53820801", SW_MORE_DATA_EXPECTED);
	SW(c, "0089a08500", SW_CONDITIONS); /* nothing to fetch yet */
	card_free(c);
}

/* Decision 8, and answers in blocks: 62F1 until the last one. */
static void test_answer_is_fetched_in_blocks(void)
{
	struct key256 muk;
	struct card *c = provisioned(&muk, NULL);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);
	uint8_t object[512];
	struct wr w = WR(object);

	d.v = true;
	auth_mbms_put(&w, MBMS_MSK_UPDATE, msk_message(c, &d));
	CU_ASSERT_EQUAL(card_command(c, 0, 0x89, 0x80, 0x85, span_sub(wr_done(&w), 0, 100), 0), SW_MORE_DATA_EXPECTED);
	CU_ASSERT_EQUAL(card_command(c, 0, 0x89, 0x00, 0x85, span_sub(wr_done(&w), 100, 255), 0),
			SW_RESPONSE_AVAILABLE);
	SW(c, "0089a00010", SW_RESPONSE_CONTINUES); /* P2 = 00 */
	CU_ASSERT_EQUAL(c->n, 16);
	SW(c, "0089208510", SW_RESPONSE_CONTINUES); /* P2 = the context's */
	SW(c, "0089200000", SW_OK);
	SW(c, "0089200000", SW_CONDITIONS);

	d.ts = 2;
	w = WR(object);
	auth_mbms_put(&w, MBMS_MSK_UPDATE, msk_message(c, &d));
	CU_ASSERT_EQUAL(card_command(c, 0, 0x89, 0x80, 0x85, wr_done(&w), 0), SW_RESPONSE_AVAILABLE);
	SW(c, "0089a08600", SW_P1P2);
	SW(c, "0089a08500", SW_CONDITIONS);
	CU_ASSERT_EQUAL(muk_counter(c, 1), 2); /* the update itself stands */
	card_free(c);
}

/* Decision 60: messages above 255 octets, up to 2,048, in blocks. */
static void test_long_message_in_blocks(void)
{
	static uint8_t message[MIKEY_MESSAGE_MAX + 64];
	struct key256 muk;
	struct card *c = provisioned(&muk, NULL);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);
	struct wr w = WR(message);
	struct span plain = msk_message(c, &d);
	struct mikey_keys keys;
	struct mikey m;

	CU_ASSERT_EQUAL(mikey_parse(&m, plain), MIKEY_OK);
	/* An unknown extension of many octets behind the header: skipped, under the MAC (decision 27). */
	const size_t head = 10, filler = MIKEY_MESSAGE_MAX - plain.n - 4;
	wr_span(&w, span_sub(plain, 0, head));
	wr_u8(&w, MIKEY_EXT);
	wr_u8(&w, 200);
	wr_u16(&w, (uint16_t)filler);
	wr_fill(&w, 0xEE, filler);
	wr_span(&w, span_sub(plain, head, m.covered.n - head));
	mikey_keys_derive(c->prim, &keys, SPAN(muk.b), m.csb_id, m.rand);
	uint8_t mac[SHA1_LEN];
	const struct span covered = wr_done(&w);
	prim_hmac_sha1(c->prim, mac, SPAN(keys.auth), &covered, 1);
	wr_span(&w, SPAN(mac));
	CU_ASSERT_EQUAL(w.n, MIKEY_MESSAGE_MAX);
	CU_ASSERT_EQUAL(card_mbms(c, MBMS_MSK_UPDATE, wr_done(&w)), SW_OK);
	CU_ASSERT_EQUAL(muk_counter(c, 1), 1);
	card_free(c);
}

/* Decisions 11, 12, 13, 44. */
static void test_muk_id_in_both_forms(void)
{
	struct key256 muk;
	struct card *c = provisioned(&muk, NULL);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);
	struct muk_id id;

	d.idi = span_str("bmsc.home1.net"); /* FQDN alone */
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	CU_ASSERT_EQUAL(card_read(c, 0x6FD8, 1), SW_OK);
	struct rd r = rd_of(card_answer(c));
	rd_muk_id(&r, &id);
	CU_ASSERT(span_eq(id.idi, d.idi));
	CU_ASSERT(span_eq(id.idr, span_str(FIXTURE_BTID)));
	d.ts = 2;
	d.idi = naf; /* whole: the same MUK; EF_MUK keeps the IDs of the first */
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	CU_ASSERT_EQUAL(muk_counter(c, 1), 2);
	CU_ASSERT(record_free(c, 0x6FD8, 2));
	d.ts = 3;
	d.idi = span_of("bmsc.home1.net\x01\x00\x00\x00\x02", naf.n); /* another Ua protocol is another NAF */
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_DATA_NOT_FOUND);
	d.idi = naf;
	d.btid = "other@bsf";
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_DATA_NOT_FOUND);
	card_free(c);
}

/* Decision 14 and 45: the story of a MUK that is replaced. */
static void test_muk_switch_over(void)
{
	struct key256 old, new;
	struct card *c = provisioned(&old, NULL);
	struct delivery under_old = delivery_of(&old, FIXTURE_BTID, 5), under_new;

	CU_ASSERT_EQUAL(card_deliver(c, &under_old), SW_OK);
	card_provision(c, 0x40, "new@bsf", span_of("bmsc.other\x01\x00\x00\x00\x01", 15), &new);
	under_old.ts = 6;
	CU_ASSERT_EQUAL(card_deliver(c, &under_old), SW_OK); /* another NAF's key changes nothing */

	/* Ks is the same here as RAND is, so a different key needs another IMPI or NAF: change RAND by another SQN's run. */
	CU_ASSERT_EQUAL(card_write_btid(c, "new@bsf"), SW_OK);
	const struct auth_naf other_impi = { .naf_id = naf, .impi = span_str("other@impi") };
	uint8_t b[128];
	struct wr w = WR(b);
	auth_naf_put(&w, &other_impi);
	CU_ASSERT_EQUAL(card_command(c, 0, 0x88, 0, 0x84, wr_done(&w), 256), SW_OK);
	struct aka_keys keys;
	struct key256 ks;
	struct auth_challenge a;
	fixture_challenge(c, &a, 0x60, AKA_GBA_U);
	aka_f2345(c->prim, &keys, &fixture_secret, a.rand);
	gba_ks(&ks, &keys.ck, &keys.ik);
	gba_ks_int_naf(c->prim, &new, &ks, SPAN(a.rand), other_impi.impi, naf);

	under_old.ts = 7;
	CU_ASSERT_EQUAL(card_deliver(c, &under_old), SW_CONDITIONS); /* delivery under the superseded one */
	under_old.ts = 1;
	CU_ASSERT_EQUAL(card_deliver(c, &under_old), SW_CONDITIONS); /* before counter and MAC */
	under_old.ts = 7;
	under_old.pull = true;
	CU_ASSERT_EQUAL(card_deliver(c, &under_old), SW_OK); /* the pull is taken */
	CU_ASSERT_EQUAL(muk_counter(c, 1), 7);
	under_old.ts = 7;
	CU_ASSERT_EQUAL(card_deliver(c, &under_old), SW_KEY_FRESHNESS);

	under_new = delivery_of(&new, "new@bsf", 1); /* the newest proves itself: in the same record, counter from 0 */
	CU_ASSERT_EQUAL(card_deliver(c, &under_new), SW_OK);
	CU_ASSERT_EQUAL(muk_counter(c, 1), 1);
	CU_ASSERT(record_free(c, 0x6FD8, 2));
	under_old.ts = 8;
	CU_ASSERT_EQUAL(card_deliver(c, &under_old), SW_DATA_NOT_FOUND); /* the old one is gone */
	card_free(c);
}

/* Decisions 15 and 16. */
static void test_replay_and_wrong_mac_of_msk_messages(void)
{
	struct key256 muk, wrong = { { 1 } };
	struct card *c = provisioned(&muk, NULL);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 0);

	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_KEY_FRESHNESS); /* counters begin at 0 */
	d.ts = 9;
	d.muk = wrong;
	struct nv_mem *before = nv_mem_copy(c->nv);
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_AUTH_MAC);
	CU_ASSERT(nv_mem_equal(before, c->nv));
	nv_mem_close(before);
	d.muk = muk;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	d.muk = wrong;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_KEY_FRESHNESS); /* before the MAC */
	card_power_cycle(c);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	d.muk = muk;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_KEY_FRESHNESS);
	d.ts = 10;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	card_free(c);
}

/* Decisions 17 and 47. */
static void test_solicited_pull(void)
{
	struct key256 muk;
	struct card *c = provisioned(&muk, NULL);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);

	d.pull = true;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	CU_ASSERT_EQUAL(c->n, 0);
	CU_ASSERT_EQUAL(muk_counter(c, 1), 1);
	CU_ASSERT(record_free(c, 0x6FD7, 1)); /* no key came */
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_KEY_FRESHNESS);
	d.ts = 2;
	d.v = true;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_DATA); /* V bit */
	d.v = d.pull = false;
	d.number = 0;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_DATA); /* Key Number 0 with key data */
	CU_ASSERT_EQUAL(muk_counter(c, 1), 1);
	card_free(c);
}

/* Decision 19. */
static void test_withdrawal(void)
{
	struct key256 muk;
	struct card *c = provisioned(&muk, NULL);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);

	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	d.ts = 2;
	d.seq_l = 2;
	d.seq_u = 1;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	CU_ASSERT(record_free(c, 0x6FD7, 1));
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 5, 1), SW_DATA_NOT_FOUND);
	d.ts = 3;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK); /* of an MSK that is not there: a success, too */
	CU_ASSERT_EQUAL(muk_counter(c, 1), 3);
	card_free(c);
}

/* Decisions 20 and 48. */
static void test_same_msk_again(void)
{
	struct key256 muk;
	struct card *c = provisioned(&muk, NULL);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);

	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 40, 7), SW_OK);
	d.ts = 2;
	d.seq_l = 10;
	d.seq_u = 200; /* the interval alone: used MTK IDs stay used, the counter stays */
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 40, 8), SW_KEY_FRESHNESS);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 41, 7), SW_KEY_FRESHNESS);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 150, 8), SW_OK);
	d.ts = 3;
	d.msk_octet = 0xA2; /* another key: everything begins anew */
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	CU_ASSERT_EQUAL(card_read(c, 0x6FD7, 1), SW_OK);
	CU_ASSERT(span_starts(card_answer(c), SPAN(((uint8_t[]){ 0, 0xF1, 0x10, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0xFF }))));
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 151, 9), SW_AUTH_MAC);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA2, 11, 1), SW_OK);
	card_free(c);
}

/* Decision 21. */
static void test_third_msk_of_a_group_pushes_out_the_older(void)
{
	struct key256 muk;
	struct card *c = provisioned(&muk, NULL);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 0);

	for (d.number = 1; d.number <= 2; d.number++) {
		d.ts++;
		CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	}
	d.ts++;
	d.number = 1; /* delivered again: now the newest (decision 48) */
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	d.ts++;
	d.number = 3;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 2, 0xA1, 1, 1), SW_DATA_NOT_FOUND);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 1, 1), SW_OK);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 3, 0xA1, 1, 1), SW_OK);
	CU_ASSERT_EQUAL(card_read(c, 0x6FD7, 1), SW_OK);
	CU_ASSERT_EQUAL(c->answer[3], 2);
	d.ts++;
	d.group = 2;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK); /* another group, another record */
	CU_ASSERT_EQUAL(card_read(c, 0x6FD7, 2), SW_OK);
	CU_ASSERT_EQUAL(c->answer[3], 1);
	card_free(c);
}

/* Decisions 22, 23, 49. */
static void test_mtk_acceptance(void)
{
	struct key256 muk;
	struct card *c = provisioned(&muk, NULL);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);

	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 5, 1), SW_DATA_NOT_FOUND); /* no MSK */
	d.seq_l = 4;
	d.seq_u = 6;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 4, 1), SW_KEY_FRESHNESS); /* SEQp = SEQl */
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 7, 1), SW_KEY_FRESHNESS); /* above SEQu */
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 5, 0), SW_KEY_FRESHNESS); /* counter */
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA9, 5, 1), SW_AUTH_MAC);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 5, 1), SW_OK);
	CU_ASSERT_EQUAL(c->n, MTK_LEN + MTK_SALT_LEN);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 6, 1), SW_KEY_FRESHNESS); /* same counter */
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 6, 2), SW_OK); /* SEQu itself */
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 6, 3), SW_CONDITIONS); /* nothing left */
	CU_ASSERT_EQUAL(card_read(c, 0x6FD7, 1), SW_OK);
	CU_ASSERT(span_starts(card_answer(c), SPAN(((uint8_t[]){ 0, 0xF1, 0x10, 1, 0, 1, 0, 1, 0, 0, 0, 2, 0xFF }))));
	d.ts = 2;
	d.number = 2;
	d.seq_l = d.seq_u = 9; /* exhausted from the start */
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 2, 0xA1, 9, 1), SW_CONDITIONS);
	card_free(c);
}

/* Decisions 28, 29, 46. */
static void test_deletions(void)
{
	struct key256 muk;
	struct card *c = provisioned(&muk, NULL);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 5);
	const struct muk_id id = { .idr = span_str(FIXTURE_BTID), .idi = naf };
	const uint8_t group[] = { 0x00, 0xF1, 0x10, 0x00, 0x01 };
	uint8_t b[128];
	struct wr w = WR(b);

	CU_ASSERT_EQUAL(card_mbms(c, MBMS_MSK_DELETION, SPAN(group)), SW_DATA_NOT_FOUND);
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	d.ts = 6;
	d.number = 2;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	CU_ASSERT_EQUAL(card_mbms(c, MBMS_MSK_DELETION, span_sub(SPAN(group), 0, 4)), SW_DATA);
	CU_ASSERT_EQUAL(card_mbms(c, MBMS_MSK_DELETION, SPAN(group)), SW_OK);
	CU_ASSERT(record_free(c, 0x6FD7, 1)); /* both MSKs */
	CU_ASSERT_EQUAL(card_mtk(c, 1, 2, 0xA1, 5, 1), SW_DATA_NOT_FOUND);

	wr_muk_id(&w, &id);
	CU_ASSERT_EQUAL(card_mbms(c, MBMS_MUK_DELETION, span_sub(wr_done(&w), 0, w.n - 1)), SW_DATA);
	CU_ASSERT_EQUAL(card_mbms(c, MBMS_MUK_DELETION, wr_done(&w)), SW_OK);
	CU_ASSERT(record_free(c, 0x6FD8, 1));
	CU_ASSERT_EQUAL(card_mbms(c, MBMS_MUK_DELETION, wr_done(&w)), SW_DATA_NOT_FOUND);
	d.ts = 6;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_KEY_FRESHNESS); /* deletion opens no replay */
	d.ts = 7;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK); /* the Ks_int_NAF proves itself anew */
	CU_ASSERT_EQUAL(muk_counter(c, 1), 7);
	CU_ASSERT_EQUAL(card_derive(c, naf), SW_OK); /* the same key derived again: no replay either */
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_KEY_FRESHNESS);
	CU_ASSERT_EQUAL(card_mbms(c, 0x07, (struct span){ 0 }), SW_DATA);
	card_free(c);
}

/* 9866 and 9867, and room again after a deletion. */
static void test_memory_full(void)
{
	const struct card_options o = { .msk_records = 1, .muk_records = 1 };
	struct key256 muk, second;
	struct card *c = provisioned(&muk, &o);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);
	const struct span naf2 = span_of("other.home1.net\x01\x00\x00\x00\x01", 20);
	const uint8_t group[] = { 0x00, 0xF1, 0x10, 0x00, 0x01 };

	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	d.ts = 2;
	d.group = 2;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_NO_MEMORY);
	CU_ASSERT_EQUAL(muk_counter(c, 1), 1); /* nothing happened */
	CU_ASSERT_EQUAL(card_mbms(c, MBMS_MSK_DELETION, SPAN(group)), SW_OK);
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);

	card_provision(c, 0x40, "two@bsf", naf2, &second);
	struct delivery e = delivery_of(&second, "two@bsf", 1);
	e.idi = naf2;
	e.group = 2;
	CU_ASSERT_EQUAL(card_deliver(c, &e), SW_NO_MEMORY_MUK);
	const struct muk_id id = { .idr = span_str(FIXTURE_BTID), .idi = naf };
	uint8_t b[128];
	struct wr w = WR(b);
	wr_muk_id(&w, &id);
	CU_ASSERT_EQUAL(card_mbms(c, MBMS_MUK_DELETION, wr_done(&w)), SW_OK);
	CU_ASSERT_EQUAL(card_deliver(c, &e), SW_OK);
	card_free(c);
}

/* TS 33.220 G.2 and decision 7: overwriting the Ks_int_NAF of a MUK in use does it no harm. Decision 43 with it. */
static void test_muk_in_use_survives_eviction(void)
{
	const struct card_options o = { .gbanl_records = 2 };
	struct key256 muk;
	struct card *c = provisioned(&muk, &o);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);
	uint8_t other[] = { 'x', 1, 0, 0, 0, 1 };

	CU_ASSERT_EQUAL(card_derive(c, SPAN(other)), SW_OK);
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK); /* a use: in front of x now */
	other[0] = 'y';
	CU_ASSERT_EQUAL(card_derive(c, SPAN(other)), SW_OK);
	CU_ASSERT_EQUAL(card_read(c, 0x6FDA, 1), SW_OK);
	CU_ASSERT(span_eq(span_sub(card_answer(c), 2, naf.n), naf)); /* x was the victim */
	other[0] = 'z';
	CU_ASSERT_EQUAL(card_derive(c, SPAN(other)), SW_OK);
	CU_ASSERT_EQUAL(card_read(c, 0x6FDA, 1), SW_OK);
	CU_ASSERT_EQUAL(c->answer[2], 'z'); /* now it is gone from EF_GBANL */
	d.ts = 2;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK); /* and still the MUK in use */
	card_free(c);
}

/* Decision 46: neither eviction nor deletion, nor both, makes old messages new again under the same Ks. */
static void test_counter_outlives_eviction_and_deletion(void)
{
	const struct card_options o = { .gbanl_records = 1 };
	struct key256 muk;
	struct card *c = provisioned(&muk, &o);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 9);
	const struct muk_id id = { .idr = span_str(FIXTURE_BTID), .idi = naf };
	uint8_t other[] = { 'x', 1, 0, 0, 0, 1 }, b[128];
	struct wr w = WR(b);

	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	CU_ASSERT_EQUAL(card_derive(c, SPAN(other)), SW_OK); /* evicted */
	wr_muk_id(&w, &id);
	CU_ASSERT_EQUAL(card_mbms(c, MBMS_MUK_DELETION, wr_done(&w)), SW_OK); /* and deleted */
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_DATA_NOT_FOUND);
	CU_ASSERT_EQUAL(card_derive(c, naf), SW_OK); /* the same key from the same Ks */
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_KEY_FRESHNESS);
	d.ts = 10;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	card_free(c);
}

static sw_t derive_as(struct card *c, const char *impi)
{
	const struct auth_naf request = { .naf_id = naf, .impi = span_str(impi) };
	uint8_t b[APDU_DATA_MAX];
	struct wr w = WR(b);

	auth_naf_put(&w, &request);
	return card_command(c, 0x00, INS_AUTHENTICATE, 0x00, AUTH_GBA, wr_done(&w), APDU_LE_MAX);
}

/* The Ks_int_NAF that the network has for this IMPI and NAF. */
static struct key256 muk_as(struct card *c, const char *impi, struct span naf_id)
{
	struct auth_challenge a;
	struct aka_keys keys;
	struct key256 ks, muk;

	fixture_challenge(c, &a, 0x20, AKA_GBA_U);
	aka_f2345(c->prim, &keys, &fixture_secret, a.rand);
	gba_ks(&ks, &keys.ck, &keys.ik);
	gba_ks_int_naf(c->prim, &muk, &ks, SPAN(a.rand), span_str(impi), naf_id);
	return muk;
}

/* Decision 46: an ME that derives with another IMPI in between changes the MUK, but does not wind its counter back. */
static void test_counter_outlives_replacement(void)
{
	const struct card_options o = { .gbanl_records = 1 };
	struct key256 muk;
	struct card *c = provisioned(&muk, &o);
	struct delivery first = delivery_of(&muk, FIXTURE_BTID, 5);
	uint8_t other[] = { 'x', 1, 0, 0, 0, 1 };

	CU_ASSERT_EQUAL(card_deliver(c, &first), SW_OK);
	CU_ASSERT_EQUAL(card_derive(c, SPAN(other)), SW_OK); /* evicted at 5 */
	first.ts = 9;
	CU_ASSERT_EQUAL(card_deliver(c, &first), SW_OK); /* still the MUK in use */

	const struct key256 second_muk = muk_as(c, "somebody@else", naf);
	struct delivery second = delivery_of(&second_muk, FIXTURE_BTID, 1);
	CU_ASSERT_EQUAL(derive_as(c, "somebody@else"), SW_OK);
	CU_ASSERT_EQUAL(card_deliver(c, &second), SW_OK); /* in the place of the first */
	CU_ASSERT_EQUAL(card_derive(c, naf), SW_OK); /* the first once more */
	CU_ASSERT_EQUAL(card_deliver(c, &first), SW_KEY_FRESHNESS);
	first.ts = 10;
	CU_ASSERT_EQUAL(card_deliver(c, &first), SW_OK);
	CU_ASSERT_EQUAL(derive_as(c, "somebody@else"), SW_OK);
	CU_ASSERT_EQUAL(card_deliver(c, &second), SW_KEY_FRESHNESS);
	card_free(c);
}

/* Decision 46: the memory of counters cannot be filled up with one key again and again. */
static void test_counter_is_not_pushed_out_by_deriving_in_turn(void)
{
	const struct card_options o = { .gbanl_records = 1 };
	struct key256 muk;
	struct card *c = provisioned(&muk, &o);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 9);
	const struct muk_id id = { .idr = span_str(FIXTURE_BTID), .idi = naf };
	uint8_t other[] = { 'x', 1, 0, 0, 0, 1 }, third[] = { 'y', 1, 0, 0, 0, 1 }, b[128];
	struct wr w = WR(b);

	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	wr_muk_id(&w, &id);
	CU_ASSERT_EQUAL(card_mbms(c, MBMS_MUK_DELETION, wr_done(&w)), SW_OK);
	CU_ASSERT_EQUAL(card_derive(c, SPAN(other)), SW_OK);
	const struct key256 other_muk = muk_as(c, FIXTURE_IMPI, SPAN(other));
	struct delivery e = delivery_of(&other_muk, FIXTURE_BTID, 1);
	e.idi = SPAN(other);
	CU_ASSERT_EQUAL(card_deliver(c, &e), SW_OK); /* its counter is worth remembering, too */
	for (unsigned i = 0; i < 2 * SPENT_MAX; i++) {
		CU_ASSERT_EQUAL(card_derive(c, SPAN(third)), SW_OK);
		CU_ASSERT_EQUAL(card_derive(c, SPAN(other)), SW_OK);
	}
	CU_ASSERT_EQUAL(card_derive(c, naf), SW_OK);
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_KEY_FRESHNESS);
	card_free(c);
}

/* The same with a RAND that the network uses twice: Ks comes again, and its keys' counters with it. */
static void test_counter_outlives_a_repeated_rand(void)
{
	const struct card_options o = { .gbanl_records = 1 };
	struct key256 muk;
	struct card *c = provisioned(&muk, &o);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 9);
	const struct muk_id id = { .idr = span_str(FIXTURE_BTID), .idi = naf };
	uint8_t other[] = { 'x', 1, 0, 0, 0, 1 }, b[128];
	struct wr w = WR(b);

	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	CU_ASSERT_EQUAL(card_derive(c, SPAN(other)), SW_OK);
	wr_muk_id(&w, &id);
	CU_ASSERT_EQUAL(card_mbms(c, MBMS_MUK_DELETION, wr_done(&w)), SW_OK);
	card_provision(c, 0x40, FIXTURE_BTID, naf, &muk); /* the fixture's RAND is always the same */
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_KEY_FRESHNESS);
	card_free(c);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "every message of gba-mikey.json through APDUs", test_vectors_through_apdus },
		{ "decisions 9, 10, 52: blocks out of order, interrupted, overrun", test_chain_order },
		{ "decision 8: the answer in blocks, P2 in both forms", test_answer_is_fetched_in_blocks },
		{ "decisions 27, 60: 2,048 octets in blocks, unknown EXT under the MAC", test_long_message_in_blocks },
		{ "decisions 11, 12, 13, 44: the MUK ID", test_muk_id_in_both_forms },
		{ "decisions 14, 45: MUK in use and newest Ks_int_NAF", test_muk_switch_over },
		{ "decisions 15, 16: replay, wrong MAC", test_replay_and_wrong_mac_of_msk_messages },
		{ "decisions 17, 47: solicited pull", test_solicited_pull },
		{ "decision 19: withdrawal", test_withdrawal },
		{ "decisions 20, 48: the same MSK ID again", test_same_msk_again },
		{ "decision 21: the third MSK of a group", test_third_msk_of_a_group_pushes_out_the_older },
		{ "decisions 22, 23, 49: MTK acceptance", test_mtk_acceptance },
		{ "decisions 28, 29, 46: deletions", test_deletions },
		{ "decision 46: a counter outlives eviction and deletion",
		  test_counter_outlives_eviction_and_deletion },
		{ "attack: winding a counter back with another IMPI in between", test_counter_outlives_replacement },
		{ "attack: deriving in turn to push a counter out",
		  test_counter_is_not_pushed_out_by_deriving_in_turn },
		{ "attack: a RAND used twice", test_counter_outlives_a_repeated_rand },
		{ "9866, 9867, and room after a deletion", test_memory_full },
		{ "decisions 7, 43: a MUK in use survives eviction", test_muk_in_use_survives_eviction },
	};

	return CU_RUN("card MBMS", tests);
}
