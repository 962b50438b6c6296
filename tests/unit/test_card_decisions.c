/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is settled where the specifications leave room, one test each, named after its number: the point itself, as a
 * terminal sees it. The corners and the combinations are in test_card_gba.c and test_card_mbms.c.
 */
#include "apdu/hex.h"
#include "apdu/tlv.h"
#include "card_fixture.h"
#include "tests/cu.h"
#include "tests/vectors/json.h"

#define SW(c, hex, sw) CU_ASSERT_EQUAL(card_hex(c, hex), sw)

static const struct span naf = { (const uint8_t *)FIXTURE_NAF, sizeof FIXTURE_NAF - 1 };

enum { EF_MSK = 0x6FD7, EF_MUK = 0x6FD8, EF_GBANL = 0x6FDA };

/* A card with Ks_int_NAF of FIXTURE_NAF under FIXTURE_BTID. */
static struct card *provisioned(struct key256 *muk)
{
	struct card *c = card_new(NULL);

	card_provision(c, 0x20, FIXTURE_BTID, naf, muk);
	return c;
}

/* One with MSK 00010001 (A1 sixteen times), SEQ 0 to 100, after an MSK message of counter 1. */
static struct card *with_msk(struct key256 *muk)
{
	struct card *c = provisioned(muk);
	const struct delivery d = delivery_of(muk, FIXTURE_BTID, 1);

	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	return c;
}

static sw_t send_3g(struct card *c, const struct auth_challenge *a)
{
	uint8_t b[64];
	struct wr w = WR(b);

	auth_3g_put(&w, a);
	return card_command(c, 0x00, INS_AUTHENTICATE, 0x00, AUTH_3G, wr_done(&w), APDU_LE_MAX);
}

/* A message of which a part is changed before it is sealed again, under its key and its own RAND, or this one. */
static struct span sealed_again(struct card *c, struct span message, struct span key, struct span rand,
				void (*change)(struct mikey *m))
{
	static uint8_t out[MIKEY_MESSAGE_MAX];
	uint8_t plain[256];
	struct wr w = WR(out), clear = WR(plain);
	struct mikey_keys keys;
	struct mikey m;

	CU_ASSERT_EQUAL_FATAL(mikey_parse(&m, message), MIKEY_OK);
	mikey_keys_derive(c->prim, &keys, key, m.csb_id, m.rand.n != 0 ? m.rand : rand);
	mikey_crypt(c->prim, &keys, m.csb_id, m.ts, &clear, m.encr_data);
	m.encr_data = wr_done(&clear);
	change(&m);
	mikey_keys_derive(c->prim, &keys, key, m.csb_id, m.rand.n != 0 ? m.rand : rand);
	mikey_seal(c->prim, &keys, &w, &m);
	CU_ASSERT_FALSE(w.bad);
	return wr_done(&w);
}

/* An MSK message, under the MUK. */
static struct span resealed(struct card *c, const struct delivery *d, void (*change)(struct mikey *m))
{
	return sealed_again(c, msk_message(c, d), SPAN(d->muk.b), (struct span){ 0 }, change);
}

static void decision_1(void)
{
	struct json *j = json_open("gba-trace.json");
	struct card *c = card_new(NULL);
	struct auth_challenge plain, masked;
	struct aka_keys keys;
	uint8_t sha1[SHA1_LEN];

	fixture_challenge(c, &plain, 0x20, AKA_PLAIN);
	fixture_challenge(c, &masked, 0x20, AKA_GBA_U);
	CU_ASSERT(span_eq(SPAN(masked.autn), json_hex(j, "$.AUTN_star")));
	aka_f2345(c->prim, &keys, &fixture_secret, plain.rand);
	prim_sha1(c->prim, sha1, SPAN(keys.ik.b));
	for (size_t i = 0; i < AKA_MAC_LEN; i++) /* the first eight octets of SHA-1(IK) */
		CU_ASSERT_EQUAL(masked.autn[8 + i], plain.autn[8 + i] ^ sha1[i]);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_bootstrap(c, 0x20), SW_OK);
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_OK);
	card_free(c);
	json_close(j);
}

static void decision_2(void)
{
	struct card *c = card_new(NULL);
	struct auth_challenge a;
	uint8_t b[64];
	struct wr w = WR(b);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	fixture_challenge(c, &a, 0x20, AKA_GBA_U);
	CU_ASSERT_EQUAL(send_3g(c, &a), SW_AUTH_MAC);
	fixture_challenge(c, &a, 0x20, AKA_PLAIN);
	auth_bootstrap_put(&w, &a);
	CU_ASSERT_EQUAL(card_command(c, 0x00, 0x88, 0x00, 0x84, wr_done(&w), APDU_LE_MAX), SW_AUTH_MAC);
	card_free(c);
}

static void decision_4(void)
{
	struct card *c = card_new(NULL);
	const uint64_t delta = 1ull << 28;

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_aka(c, (delta + 1) << 5), SW_OK); /* further than delta ahead of all */
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_SYNC_FAILURE);
	CU_ASSERT_EQUAL(card_aka(c, delta << 5), SW_OK);
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_OK);
	CU_ASSERT_EQUAL(card_bootstrap(c, 1 << 5 | 9), SW_OK); /* long behind, in another entry: no L */
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_OK);
	CU_ASSERT_EQUAL(card_aka(c, 1 << 5 | 9), SW_OK); /* one array for 3G and GBA */
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_SYNC_FAILURE);
	card_free(c);
}

static void decision_9(void)
{
	struct card *c = card_new(NULL);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "0089008501 53", SW_CONDITIONS);
	SW(c, "0089208500", SW_CONDITIONS);
	SW(c, "0089a08500", SW_CONDITIONS);
	SW(c, "0089808503 530602", SW_MORE_DATA_EXPECTED);
	SW(c, "0089008605 0000000000", SW_P1P2);
	SW(c, "0089008505 0000000000", SW_CONDITIONS); /* dropped */
	SW(c, "0089808503 530602", SW_MORE_DATA_EXPECTED);
	SW(c, "0089008506 000000000000", SW_DATA);
	SW(c, "0089008505 0000000000", SW_CONDITIONS);
	card_free(c);

	struct key256 muk;
	c = with_msk(&muk);
	SW(c, "0089808508 5306 03 00f110 0001", SW_RESPONSE_AVAILABLE);
	SW(c, "0089208500", SW_CONDITIONS); /* the next block of an answer whose first was not fetched */
	SW(c, "0089a08500", SW_CONDITIONS); /* dropped */
	card_free(c);
}

static void decision_10(void)
{
	struct card *c = card_new(NULL);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "0089808503 530602", SW_MORE_DATA_EXPECTED);
	SW(c, "00c0000000", SW_CONDITIONS); /* GET RESPONSE leaves the chain alone */
	SW(c, "0089008505 00f1100000", SW_DATA); /* it was whole: mode 02 with no MIKEY */
	SW(c, "0089808503 530602", SW_MORE_DATA_EXPECTED);
	SW(c, "80f2000000", SW_OK); /* anything else drops it */
	SW(c, "0089008505 00f1100000", SW_CONDITIONS);
	card_free(c);
}

static void decision_11(void)
{
	static const char *const forms[] = { FIXTURE_NAF, "bmsc.home1.net" };
	const size_t length[] = { naf.n, naf.n - GBA_UA_LEN };

	for (size_t i = 0; i < VU_COUNT(forms); i++) {
		struct key256 muk;
		struct card *c = provisioned(&muk);
		struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);
		d.idi = span_of(forms[i], length[i]);
		CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
		d.ts = 2;
		d.idi.n--; /* nearly the same is another NAF */
		CU_ASSERT_EQUAL(card_deliver(c, &d), SW_DATA_NOT_FOUND);
		card_free(c);
	}
}

static void other_id_types(struct mikey *m)
{
	m->idi.type = MIKEY_ID_NAI;
	m->idr.type = MIKEY_ID_URI;
}

static void decision_12(void)
{
	struct key256 muk;
	struct card *c = provisioned(&muk);
	struct delivery d = delivery_of(&muk, "i1u8@bsf", 1);

	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_DATA_NOT_FOUND); /* IDr is not the B-TID */
	d.btid = FIXTURE_BTID;
	CU_ASSERT_EQUAL(card_mbms(c, MBMS_MSK_UPDATE, resealed(c, &d, other_id_types)), SW_OK); /* whatever the type */
	card_free(c);
}

static void decision_13(void)
{
	struct key256 muk;
	struct card *c = with_msk(&muk);
	uint8_t b[192];
	struct wr w = WR(b);

	size_t id = wr_tlv_open(&w, 0xA0);
	wr_tlv(&w, 0x80, span_str(FIXTURE_BTID));
	wr_tlv(&w, 0x82, naf);
	wr_tlv_close(&w, id);
	wr_tlv(&w, 0x81, SPAN(((const uint8_t[]){ 0, 0, 0, 1 })));
	wr_pad(&w, 0xFF);
	CU_ASSERT_EQUAL(card_read(c, EF_MUK, 1), SW_OK);
	CU_ASSERT(span_eq(card_answer(c), wr_done(&w)));
	card_free(c);
}

/* A new Ks_int_NAF of the same NAF, by another IMPI, under new@bsf. */
static struct key256 renew(struct card *c)
{
	const struct auth_naf request = { .naf_id = naf, .impi = span_str("other@impi") };
	struct auth_challenge a;
	struct aka_keys keys;
	struct key256 ks, muk;
	uint8_t b[128];
	struct wr w = WR(b);

	CU_ASSERT_EQUAL(card_bootstrap(c, 0x40), SW_OK);
	CU_ASSERT_EQUAL(card_write_btid(c, "new@bsf"), SW_OK);
	auth_naf_put(&w, &request);
	CU_ASSERT_EQUAL(card_command(c, 0x00, 0x88, 0x00, 0x84, wr_done(&w), APDU_LE_MAX), SW_OK);
	fixture_challenge(c, &a, 0x40, AKA_GBA_U);
	aka_f2345(c->prim, &keys, &fixture_secret, a.rand);
	gba_ks(&ks, &keys.ck, &keys.ik);
	gba_ks_int_naf(c->prim, &muk, &ks, SPAN(a.rand), request.impi, naf);
	return muk;
}

static void decision_14(void)
{
	struct key256 muk;
	struct card *c = with_msk(&muk);
	const struct key256 newer = renew(c);
	struct delivery old = delivery_of(&muk, FIXTURE_BTID, 2), new = delivery_of(&newer, "new@bsf", 1);

	CU_ASSERT_EQUAL(card_deliver(c, &old), SW_CONDITIONS); /* a delivery under the MUK in use: superseded */
	old.pull = true;
	CU_ASSERT_EQUAL(card_deliver(c, &old), SW_OK); /* a pull is taken */
	new.pull = true;
	CU_ASSERT_EQUAL(card_deliver(c, &new), SW_OK); /* the newest has proved itself, its counter starts anew */
	old.ts = 3;
	CU_ASSERT_EQUAL(card_deliver(c, &old), SW_DATA_NOT_FOUND);
	card_free(c);
}

static void decision_15(void)
{
	struct key256 muk, wrong = { { 1 } };
	struct card *c = provisioned(&muk);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 0);

	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_KEY_FRESHNESS); /* the first one carries 1 or more */
	d.ts = 7;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	d.muk = wrong;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_KEY_FRESHNESS); /* before the MAC */
	card_free(c);
}

static void decision_16(void)
{
	struct key256 muk, wrong = { { 1 } };
	struct card *c = with_msk(&muk);
	const struct delivery d = delivery_of(&wrong, FIXTURE_BTID, 2);
	struct nv_mem *before = nv_mem_copy(c->nv);

	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_AUTH_MAC);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA9, 5, 1), SW_AUTH_MAC);
	CU_ASSERT(nv_mem_equal(before, c->nv));
	nv_mem_close(before);
	card_free(c);
}

static void decision_17(void)
{
	struct key256 muk;
	struct card *c = provisioned(&muk);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);

	d.pull = true;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	CU_ASSERT_EQUAL(c->n, 0); /* 53 01 DB */
	d.ts = 2;
	d.v = true;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_DATA);
	d.v = d.pull = false;
	d.number = 0;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_DATA);
	card_free(c);
}

/* Key data as the text says: type and KV, key, VF, VT. */
static const char *key_data;
static void other_key_data(struct mikey *m)
{
	static uint8_t b[128];
	struct wr w = WR(b);

	CU_ASSERT_TRUE_FATAL(hex_parse(&w, span_str(key_data)));
	m->encr_data = wr_done(&w);
}

static void decision_18(void)
{
#define KEY "0010 a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
#define SALT "000e c0c0c0c0c0c0c0c0c0c0c0c0c0c0"
	static const struct {
		const char *hex;
		sw_t sw;
	} rows[] = {
		{ "0002" KEY "020000 020064", SW_OK }, /* TGK, what we send */
		{ "0012" KEY SALT "0100 0164", SW_OK }, /* TGK with salt, limits of one octet */
		{ "0022" KEY "03000000 03000064", SW_OK }, /* TEK, three */
		{ "0032" KEY SALT "0400000000 0400000064", SW_OK }, /* TEK with salt, four */
		{ "0002" KEY "03000000 03010000", SW_DATA }, /* a limit above 16 bits */
		{ "0042" KEY "020000 020064", SW_DATA }, /* no such type */
		{ "0012" KEY "000d c0c0c0c0c0c0c0c0c0c0c0c0c0 020000 020064", SW_DATA }, /* a salt of 13 octets */
		{ "0000" KEY, SW_DATA }, /* without interval */
		{ "0002 0018 a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1 020000 020064", SW_DATA }, /* 24 octets */
	};
	struct key256 muk;
	struct card *c = provisioned(&muk);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 0);

	for (size_t i = 0; i < VU_COUNT(rows); i++) {
		d.ts++;
		key_data = rows[i].hex;
		CU_ASSERT_EQUAL(card_mbms(c, MBMS_MSK_UPDATE, resealed(c, &d, other_key_data)), rows[i].sw);
	}
	card_free(c);
}

static void other_csb_id(struct mikey *m)
{
	m->csb_id ^= 1;
}

static void other_csb_id_and_rand(struct mikey *m)
{
	static const uint8_t rand[16] = { 0x5A };

	other_csb_id(m);
	m->rand = SPAN(rand);
}

static void decision_20(void)
{
	struct key256 muk;
	struct card *c = with_msk(&muk);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 2);

	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 5, 9), SW_OK);
	d.seq_u = 200;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK); /* the interval alone: the MTK counter is kept */
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 6, 9), SW_KEY_FRESHNESS);
	d.ts = 3;
	d.msk_octet = 0xA2;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK); /* another key: it restarts at 0 */
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA2, 1, 1), SW_OK);
	/* Decision 48: with another CSB ID, or another RAND, the same octets are another key. */
	d.ts = 4;
	CU_ASSERT_EQUAL(card_mbms(c, MBMS_MSK_UPDATE, resealed(c, &d, other_csb_id)), SW_OK);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA2, 1, 1), SW_OK);
	d.ts = 5;
	CU_ASSERT_EQUAL(card_mbms(c, MBMS_MSK_UPDATE, resealed(c, &d, other_csb_id_and_rand)), SW_OK);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA2, 1, 1), SW_AUTH_MAC); /* fresh, and under the old RAND */
	card_free(c);
}

static void decision_22(void)
{
	struct key256 muk;
	struct card *c = provisioned(&muk);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);

	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 5, 1), SW_DATA_NOT_FOUND);
	d.seq_l = 4;
	d.seq_u = 5;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA9, 4, 1), SW_KEY_FRESHNESS); /* SEQp = SEQl, before the MAC */
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA9, 6, 1), SW_KEY_FRESHNESS); /* SEQp > SEQu */
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA9, 5, 0), SW_KEY_FRESHNESS); /* TS */
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA9, 5, 1), SW_AUTH_MAC);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 5, 1), SW_OK);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 5, 1), SW_CONDITIONS); /* SEQl := SEQp = SEQu: nothing left */
	card_free(c);
}

static void decision_23(void)
{
	struct key256 muk;
	struct card *c = with_msk(&muk);
	uint8_t b[MTK_LEN + MTK_SALT_LEN];

	memset(b, 0xB0, MTK_LEN);
	memset(b + MTK_LEN, 0xC0, MTK_SALT_LEN);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 5, 1), SW_OK);
	CU_ASSERT(span_eq(card_answer(c), SPAN(b)));

	/* Without a salt, MTK alone; an MTK or a salt of another length is none. */
	static const uint8_t msk[] = { 0xA1, 0xA1, 0xA1, 0xA1, 0xA1, 0xA1, 0xA1, 0xA1,
				       0xA1, 0xA1, 0xA1, 0xA1, 0xA1, 0xA1, 0xA1, 0xA1 };
	static const uint8_t rand[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	static const struct {
		const char *hex;
		sw_t sw;
	} rows[] = {
		{ "0030 0010 b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0 000d c0c0c0c0c0c0c0c0c0c0c0c0c0", SW_DATA },
		{ "0030 0010 b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0 000f c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0", SW_DATA },
		{ "0020 000f b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0", SW_DATA },
		{ "0020 0011 b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0", SW_DATA },
		{ "0020 0010 b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0", SW_OK },
	};
	for (size_t i = 0; i < VU_COUNT(rows); i++) {
		key_data = rows[i].hex;
		const struct span mtk =
			sealed_again(c, mtk_message(c, 1, 1, 0xA1, 6, 2), SPAN(msk), SPAN(rand), other_key_data);
		CU_ASSERT_EQUAL(card_mbms(c, MBMS_MTK_GENERATION, mtk), rows[i].sw);
	}
	CU_ASSERT(span_eq(card_answer(c), span_of(b, MTK_LEN)));
	card_free(c);
}

static void decision_24(void)
{
	struct key256 muk;
	struct card *c = provisioned(&muk);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);
	struct span mtk;
	struct mikey m;

	/* The MSK message's own RAND is the one that opens the MTK, which has none. */
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	mtk = mtk_message(c, 1, 1, 0xA1, 5, 1);
	CU_ASSERT_EQUAL(mikey_parse(&m, mtk), MIKEY_OK);
	CU_ASSERT_EQUAL(m.rand.n, 0);
	CU_ASSERT_EQUAL(card_mbms(c, MBMS_MTK_GENERATION, mtk), SW_OK);
	card_free(c);
}

/* One CSB ID and one RAND a MSK, whoever gets it: so one MTK message serves all UEs. */
static void decision_25(void)
{
	struct key256 muk[2];
	struct card *c[2] = { provisioned(&muk[0]), provisioned(&muk[1]) };

	muk[1] = renew(c[1]);
	const struct delivery first = delivery_of(&muk[0], FIXTURE_BTID, 1),
			      second = delivery_of(&muk[1], "new@bsf", 1);
	CU_ASSERT_EQUAL(card_deliver(c[0], &first), SW_OK);
	CU_ASSERT_EQUAL(card_deliver(c[1], &second), SW_OK);
	const struct span mtk = mtk_message(c[0], 1, 1, 0xA1, 5, 1);
	for (size_t i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(card_mbms(c[i], MBMS_MTK_GENERATION, mtk), SW_OK);
		card_free(c[i]);
	}
}

static void decision_26(void)
{
	struct key256 muk;
	struct card *c = provisioned(&muk);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 3);
	const uint8_t ts[] = { 0, 0, 0, 3 };
	struct mikey_keys keys;
	uint8_t mac[SHA1_LEN];
	struct mikey request, ack;

	d.v = true;
	const struct span message = msk_message(c, &d);
	CU_ASSERT_EQUAL(mikey_parse(&request, message), MIKEY_OK);
	CU_ASSERT_EQUAL(card_mbms(c, MBMS_MSK_UPDATE, message), SW_OK);
	CU_ASSERT_EQUAL_FATAL(mikey_parse(&ack, card_answer(c)), MIKEY_OK);
	CU_ASSERT(ack.kind == MIKEY_IS_ACK && ack.ts == 3 && span_eq(ack.idr.data, span_str(FIXTURE_BTID)));
	/* By hand: the message up to the algorithm octet, IDi, IDr, counter. */
	mikey_keys_derive(c->prim, &keys, SPAN(muk.b), request.csb_id, request.rand);
	const struct span parts[] = { span_sub(card_answer(c), 0, c->n - SHA1_LEN), naf, span_str(FIXTURE_BTID),
				      SPAN(ts) };
	prim_hmac_sha1(c->prim, mac, SPAN(keys.auth), parts, VU_COUNT(parts));
	CU_ASSERT(span_eq(span_sub(card_answer(c), c->n - SHA1_LEN, SHA1_LEN), SPAN(mac)));
	card_free(c);
}

static void decision_27(void)
{
	/* Octets of the message: version at 0, PRF in the low bits of 3, the algorithms of KEMAC in front of the data. */
	struct key256 muk;
	struct card *c = provisioned(&muk);
	const struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);
	uint8_t b[MIKEY_MESSAGE_MAX];
	const struct span message = msk_message(c, &d);
	struct mikey m;

	CU_ASSERT_EQUAL(mikey_parse(&m, message), MIKEY_OK);
	const size_t encr = (size_t)(m.encr_data.p - message.p) - 3, mac = (size_t)(m.mac.p - message.p) - 1;
	const size_t places[] = { 0, 3, encr, mac };
	for (size_t i = 0; i < VU_COUNT(places); i++) {
		memcpy(b, message.p, message.n);
		b[places[i]] ^= 0x02;
		CU_ASSERT_EQUAL(card_mbms(c, MBMS_MSK_UPDATE, span_of(b, message.n)), SW_DATA);
	}
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	card_free(c);
}

static void decision_28(void)
{
	struct key256 muk;
	struct card *c = with_msk(&muk);
	const struct muk_id id = { .idr = span_str(FIXTURE_BTID), .idi = naf };
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 2);
	uint8_t b[128];
	struct wr w = WR(b);

	wr_muk_id(&w, &id);
	CU_ASSERT_EQUAL(card_mbms(c, MBMS_MUK_DELETION, wr_done(&w)), SW_OK);
	CU_ASSERT(card_read(c, EF_MUK, 1) == SW_OK && span_all(card_answer(c), 0xFF));
	CU_ASSERT(card_read(c, EF_GBANL, 1) == SW_OK && c->answer[0] == 0x80); /* Ks_int_NAF stays */
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK); /* and proves itself again */
	card_free(c);
}

static void decision_29(void)
{
	struct key256 muk;
	struct card *c = with_msk(&muk);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 2);

	d.number = 2;
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	SW(c, "0089808508 5306 03 00f110 0001", SW_RESPONSE_AVAILABLE);
	SW(c, "0089a00000", SW_OK);
	CU_ASSERT(card_answered(c, "5301db"));
	CU_ASSERT(card_read(c, EF_MSK, 1) == SW_OK && span_all(card_answer(c), 0xFF)); /* both */
	SW(c, "0089808508 5306 03 00f110 0001", SW_DATA_NOT_FOUND);
	card_free(c);
}

/* The MRK of GBA_ME is derived, that of GBA_U is what the card hands out. */
static void decision_31(void)
{
	static const uint8_t s[] = "\x01mbms-mrk\x00\x08";
	struct prim *p = prim_open();
	struct key256 ks_naf, mrk, expected;

	memset(ks_naf.b, 0x5A, sizeof ks_naf.b);
	const struct span message = span_of(s, sizeof s - 1);
	gba_mrk(p, &mrk, &ks_naf);
	prim_hmac_sha256(p, expected.b, SPAN(ks_naf.b), &message, 1);
	CU_ASSERT(span_eq(SPAN(mrk.b), SPAN(expected.b)));
	prim_close(p);
}

/* The password of the Ua digest is made of the MRK, which with GBA_U is the Ks_ext_NAF that the card hands out. */
static void decision_32(void)
{
	struct key256 muk, ks, ks_ext_naf;
	struct card *c = provisioned(&muk);
	struct auth_challenge a;
	struct aka_keys keys;

	fixture_challenge(c, &a, 0x20, AKA_GBA_U);
	aka_f2345(c->prim, &keys, &fixture_secret, a.rand);
	gba_ks(&ks, &keys.ck, &keys.ik);
	gba_ks_ext_naf(c->prim, &ks_ext_naf, &ks, SPAN(a.rand), span_str(FIXTURE_IMPI), naf);
	CU_ASSERT_EQUAL(card_derive(c, naf), SW_OK);
	CU_ASSERT_EQUAL(c->n, 2 + sizeof ks_ext_naf.b);
	CU_ASSERT(span_eq(span_sub(card_answer(c), 2, sizeof ks_ext_naf.b), SPAN(ks_ext_naf.b)));
	CU_ASSERT_FALSE(span_eq(SPAN(ks_ext_naf.b), SPAN(muk.b))); /* the MUK is another key, and stays inside */
	card_free(c);
}

/* The password of the Ub digest is RES as it stands in the answer, all octets of it, and nothing besides comes out. */
static void decision_33(void)
{
	struct card *c = card_new(NULL);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_bootstrap(c, 0x20), SW_OK);
	CU_ASSERT(card_answered(c, "db 08 a54211d5e3ba50bf"));
	card_free(c);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "decision 1: MAC* = MAC xor the first 8 octets of SHA-1(IK)", decision_1 },
		{ "decision 2: AUTN and AUTN* fail in each other's context", decision_2 },
		{ "decision 4: SEQ and IND, array of 32, delta 2^28, no L", decision_4 },
		{ "decision 9: blocks out of order", decision_9 },
		{ "decision 10: another command drops the chain, GET RESPONSE does not", decision_10 },
		{ "decision 11: IDi is the NAF_ID or its FQDN", decision_11 },
		{ "decision 12: IDr is the B-TID", decision_12 },
		{ "decision 13: EF_MUK octet for octet", decision_13 },
		{ "decision 14: MUK in use and newest Ks_int_NAF", decision_14 },
		{ "decision 15: replay before MAC, counters start at 0", decision_15 },
		{ "decision 16: a wrong MAC changes nothing", decision_16 },
		{ "decision 17: solicited pull", decision_17 },
		{ "decision 18: key data in all its forms", decision_18 },
		{ "decision 20: the same MSK ID again", decision_20 },
		{ "decision 22: which MTK is taken, in which order it is looked at", decision_22 },
		{ "decision 23: MTK and salt", decision_23 },
		{ "decision 24: an MTK is opened with the MSK and its RAND", decision_24 },
		{ "decision 25: one MTK message serves two cards", decision_25 },
		{ "decision 26: the verification message and its MAC", decision_26 },
		{ "decision 27: other versions and algorithms are 6A80", decision_27 },
		{ "decision 28: MUK deletion leaves the Ks_int_NAF", decision_28 },
		{ "decision 29: MSK deletion takes both of the group", decision_29 },
		{ "decision 31: MRK of GBA_ME", decision_31 },
		{ "decision 32: the MRK of GBA_U is what NAF derivation answers", decision_32 },
		{ "decision 33: RES, raw, and nothing else", decision_33 },
	};

	return CU_RUN("decisions", tests);
}
