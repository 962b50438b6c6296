/* SPDX-License-Identifier: Apache-2.0 */
/* The USIM client against scripted cards (every octet of a command counts) and against the real one, with its vectors. */
#include "tests/cu.h"
#include "me_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "apdu/hex.h"
#include "card/crypto/kdf.h"

static struct json *vectors;

#define VEC(path) ((const char *)json_text(vectors, "$." path).p)
#define USIM_AID "a0000000871002ffffffff8907090000"
/* An FCP with PIN1 off (PS 00) or on (PS 80), cut to what the client looks at. */
#define FCP_PIN_OFF "62 08 c6 06 90 01 00 83 01 01"
#define FCP_PIN_ON "62 0b c6 09 90 01 40 83 01 81 83 01 01"
#define SELECT_AID "00a40404 07 a0000000871002 00"

static struct usim scripted(const struct scripted *script, size_t n, const char *pin)
{
	struct usim u;

	CU_ASSERT_TRUE_FATAL(usim_init(&u, scripted_card(script, n), pin));
	memcpy(u.aid, "\xA0\x00\x00\x00\x87\x10\x02", 7);
	u.aid_len = 7;
	return u;
}

static void done(struct usim *u, size_t n)
{
	CU_ASSERT_EQUAL(scripted_done(u->card), n);
	card_if_close(u->card);
}

#define SCRIPTED(script, pin) scripted((script), VU_COUNT(script), (pin))
#define DONE(u, script) done(&(u), VU_COUNT(script))

static void t0_manners_are_settled_in_one_place(void)
{
	static const struct scripted script[] = {
		{ "00a40004 02 3f00", "61 05" }, /* no Le over T=0 */
		{ "00c00000 05", "6c 03" },	    { "00c00000 03", "62 01 80 9000" }, { "00b00000 00", "6c 04" },
		{ "00b00000 04", "01020304 6282" }, { "00b00000 00", "0102 6101" },	{ "00c00000 01", "03 9000" },
	};
	struct card_if *c = scripted_card(script, VU_COUNT(script));
	const uint8_t mf[2] = { 0x3F, 0x00 };
	uint8_t buf[16];
	struct wr out = WR(buf);
	sw_t sw = 0;

	c->t0 = true;
	CU_ASSERT_EQUAL(
		card_if_command(c, &(struct capdu){ .ins = 0xA4, .p2 = 4, .data = SPAN(mf), .le = 256 }, &out, &sw), 0);
	CU_ASSERT_EQUAL(sw, SW_OK);
	CU_ASSERT_EQUAL(out.n, 3);
	out = WR(buf);
	CU_ASSERT_EQUAL(card_if_command(c, &(struct capdu){ .ins = 0xB0, .le = 256 }, &out, &sw), 0);
	CU_ASSERT_EQUAL(sw, SW_END_OF_FILE);
	CU_ASSERT_EQUAL(out.n, 4);
	out = WR(buf);
	CU_ASSERT_EQUAL(card_if_command(c, &(struct capdu){ .ins = 0xB0, .le = 256 }, &out, &sw), 0);
	CU_ASSERT_EQUAL(out.n, 3);
	CU_ASSERT_EQUAL(scripted_done(c), VU_COUNT(script));
	card_if_close(c);
}

/* TS 51.011 9.4.1: 9FXX, and GET RESPONSE of class A0. */
static void class_a0_has_manners_of_its_own(void)
{
	static const struct scripted script[] = {
		{ "a0a40000 02 3f00", "9f 03" },
		{ "a0c00000 03", "010203 9000" },
		{ "00b00000 00", "9f 03" }, /* not a word of class 00 */
	};
	struct card_if *c = scripted_card(script, VU_COUNT(script));
	const uint8_t mf[2] = { 0x3F, 0x00 };
	uint8_t buf[16];
	struct wr out = WR(buf);
	sw_t sw = 0;

	c->t0 = true;
	CU_ASSERT_EQUAL(card_if_command(c, &(struct capdu){ .cla = CLA_GSM, .ins = 0xA4, .data = SPAN(mf) }, &out, &sw),
			0);
	CU_ASSERT(sw == SW_OK && out.n == 3);
	CU_ASSERT_EQUAL(card_if_command(c, &(struct capdu){ .ins = 0xB0, .le = 256 }, &out, &sw), 0);
	CU_ASSERT_EQUAL(sw, SW_GSM_MORE | 3);
	CU_ASSERT_EQUAL(scripted_done(c), VU_COUNT(script));
	card_if_close(c);
}

static void attack_card_that_always_has_more(void)
{
	static struct scripted script[200];
	uint8_t buf[16];
	struct wr out = WR(buf);
	sw_t sw = 0;

	for (size_t i = 0; i < VU_COUNT(script); i++)
		script[i].say = i % 2 ? "6c01" : "6101";
	struct card_if *c = scripted_card(script, VU_COUNT(script));
	CU_ASSERT_EQUAL(card_if_command(c, &(struct capdu){ .ins = 0xB0, .le = 256 }, &out, &sw), -EIO);
	card_if_close(c);

	static const struct scripted big[] = { { NULL, "0102030405060708090a0b0c0d0e0f1011 9000" } };
	c = scripted_card(big, 1);
	CU_ASSERT_EQUAL(card_if_command(c, &(struct capdu){ .ins = 0xB0, .le = 256 }, &out, &sw), -EIO);
	card_if_close(c);

	static const struct scripted tiny[] = { { NULL, "90" } };
	c = scripted_card(tiny, 1);
	CU_ASSERT_EQUAL(card_if_command(c, &(struct capdu){ .ins = 0xB0, .le = 256 }, &out, &sw), -EIO);
	card_if_close(c);
}

/* Three status words: more data expected, more of the answer to come, the last of it. */
static void in_blocks(const char *expected, const char *continues, const char *last)
{
	/* 300 octets of message: 53 82 012D 01 …, blocks of 255 and 50. */
	static char first[600], second[200], part[600], rest[100];
	static uint8_t message[300], ack_buf[600];
	struct wr w = WR(ack_buf);

	snprintf(first, sizeof first, "00898085 ff 5382012d01 %0*d", 500, 0);
	snprintf(second, sizeof second, "00890085 32 %0*d", 100, 0);
	snprintf(part, sizeof part, "53820101db %0*d %s", 502, 0, continues); /* 256 octets: 5 of head, 251 */
	snprintf(rest, sizeof rest, "0102030405 %s", last);
	const struct scripted script[] = {
		{ SELECT_AID, FCP_PIN_OFF "9000" },
		{ first, expected },
		{ second, "62f3" },
		{ "0089a000 00", part },
		{ "00892000 00", rest },
	};
	struct usim u = SCRIPTED(script, NULL);
	CU_ASSERT_EQUAL(usim_msk_update(&u, SPAN(message), &w), 0);
	CU_ASSERT_EQUAL(w.n, 256);
	CU_ASSERT_EQUAL(w.p[251], 1);
	DONE(u, script);
}

static void msk_update_in_blocks_and_answer_in_blocks(void)
{
	in_blocks("63f1", "62f1", "9000");
}

/* TS 102 221 Annex M: the same, and the card has something else for the terminal to fetch. */
static void a_pending_proactive_command_stops_no_chain(void)
{
	in_blocks("63f2", "62f2", "9110");
}

static void status_words_become_errors(void)
{
	static const struct {
		const char *say;
		int rc;
	} cases[] = {
		{ "9862", -EBADMSG }, { "9865", -ESTALE }, { "6a88", -ENOKEY },	    { "6985", -EPERM },
		{ "6982", -EACCES },  { "6a80", -EINVAL }, { "9864", -EOPNOTSUPP }, { "9866", -ENOSPC },
		{ "9867", -ENOSPC },  { "6581", -EIO },	   { "6f00", -EPROTO },	    { "6a82", -ENOENT },
		{ "9000", -EPROTO }, /* a success, but not "answer available" */
		{ "63f1", -EPROTO },
	};
	const uint8_t message[] = { 1, 2, 3 };
	struct wr nothing = { 0 };

	for (size_t i = 0; i < VU_COUNT(cases); i++) {
		const struct scripted script[] = {
			{ SELECT_AID, FCP_PIN_OFF "9000" },
			{ "00898085 06 5304 01 010203", cases[i].say },
			{ "80f20001 00", "8409 a00000008710020102 9000" }, /* still selected: the refusal is meant */
		};
		/* Only some words may come from a card that has forgotten what was selected. */
		bool asks = strcmp(cases[i].say, "6985") == 0 || strcmp(cases[i].say, "6982") == 0 ||
			    strcmp(cases[i].say, "6a82") == 0;
		struct usim u = SCRIPTED(script, NULL);
		CU_ASSERT_EQUAL(usim_msk_update(&u, SPAN(message), &nothing), cases[i].rc);
		CU_ASSERT_EQUAL(u.sw, strtoul(cases[i].say, NULL, 16));
		CU_ASSERT_NOT_EQUAL(u.why[0], '\0');
		done(&u, asks ? 3 : 2);
	}
}

static void attack_answers_that_are_none(void)
{
	static const char *const bad[] = { "9000",	  "53 9000",	   "5300 9000",	  "5301dc 9000", "5302db 9000",
					   "5401db 9000", "5301db00 9000", "53110b 9000", "62f1" };
	const uint8_t message[] = { 1 };
	struct usim_mtk mtk;

	for (size_t i = 0; i < VU_COUNT(bad); i++) {
		const struct scripted script[] = { { NULL, FCP_PIN_OFF "9000" }, { NULL, "62f3" }, { NULL, bad[i] } };
		struct usim u = SCRIPTED(script, NULL);
		CU_ASSERT_TRUE(usim_mtk_generate(&u, SPAN(message), &mtk) != 0);
		DONE(u, script);
	}
	/* DB with 15, 17 and 31 octets. */
	static const char *const lengths[] = {
		"5310db000000000000000000000000000000 9000",
		"5312db0000000000000000000000000000000000 9000",
		"5320db00000000000000000000000000000000000000000000000000000000000000 9000",
	};
	for (size_t i = 0; i < VU_COUNT(lengths); i++) {
		const struct scripted script[] = { { NULL, FCP_PIN_OFF "9000" },
						   { NULL, "62f3" },
						   { NULL, lengths[i] } };
		struct usim u = SCRIPTED(script, NULL);
		CU_ASSERT_EQUAL(usim_mtk_generate(&u, SPAN(message), &mtk), -EPROTO);
		DONE(u, script);
	}
}

static void a_pin_is_sent_where_it_is_on_and_only_there(void)
{
	static const struct scripted off[] = { { SELECT_AID, FCP_PIN_OFF "9000" }, { NULL, "6a88" } };
	struct usim u = SCRIPTED(off, "1234");
	CU_ASSERT_EQUAL(usim_msk_delete(&u, (const uint8_t[]){ 0, 0xF1, 0x10 }, 1), -ENOKEY);
	DONE(u, off);

	static const struct scripted on[] = {
		{ SELECT_AID, FCP_PIN_ON "9000" },
		{ "00200001", "63c3" },
		{ "00200001 08 31323334ffffffff", "9000" },
		{ "00898085 08 5306 03 00f110 0001", "6a88" },
		{ SELECT_AID, FCP_PIN_ON "9000" },
		{ "00200001 08 31323334ffffffff", "9000" }, /* known to be right: no need to ask for tries */
		{ NULL, "6a88" },
	};
	u = SCRIPTED(on, "1234");
	CU_ASSERT_EQUAL(usim_msk_delete(&u, (const uint8_t[]){ 0, 0xF1, 0x10 }, 1), -ENOKEY);
	CU_ASSERT_EQUAL(usim_msk_delete(&u, (const uint8_t[]){ 0, 0xF1, 0x10 }, 1), -ENOKEY);
	DONE(u, on);
	CU_ASSERT_FALSE(usim_init(&u, NULL, "123"));
	CU_ASSERT_FALSE(usim_init(&u, NULL, "123456789"));
	CU_ASSERT_FALSE(usim_init(&u, NULL, "12a4"));
}

static void a_refused_pin_is_not_tried_again(void)
{
	static const struct scripted script[] = {
		{ SELECT_AID, FCP_PIN_ON "9000" },
		{ "00200001", "63c3" },
		{ "00200001 08 31323334ffffffff", "63c2" },
		{ SELECT_AID, FCP_PIN_ON "9000" },
	};
	struct usim u = SCRIPTED(script, "1234");
	CU_ASSERT_EQUAL(usim_msk_delete(&u, (const uint8_t[]){ 0, 0xF1, 0x10 }, 1), -EACCES);
	CU_ASSERT_EQUAL(usim_msk_delete(&u, (const uint8_t[]){ 0, 0xF1, 0x10 }, 1), -EACCES);
	DONE(u, script);
}

static void the_last_try_of_a_pin_is_not_spent(void)
{
	static const struct scripted script[] = { { SELECT_AID, FCP_PIN_ON "9000" }, { "00200001", "63c1" } };
	struct usim u = SCRIPTED(script, "1234");
	CU_ASSERT_EQUAL(usim_msk_delete(&u, (const uint8_t[]){ 0, 0xF1, 0x10 }, 1), -EACCES);
	CU_ASSERT_PTR_NOT_NULL(strstr(u.why, "one try is left"));
	DONE(u, script);
}

static struct usim real(struct card_if *c)
{
	struct usim u;

	CU_ASSERT_TRUE_FATAL(usim_init(&u, c, NULL));
	CU_ASSERT_EQUAL_FATAL(usim_connect(&u), 0);
	return u;
}

/* The whole story of gba-mikey.json through a real card; t0: as it behaves in a reader. */
static void vectors_through(bool t0)
{
	struct card_if *c = real_card(t0, VECTOR_SQN_START, NULL);
	struct usim u = real(c);
	struct usim_identity id;
	struct usim_aka aka;
	struct usim_gbabp bp;
	struct auth_challenge challenge;
	struct key256 key;
	struct usim_mtk mtk;
	uint8_t buf[MIKEY_MESSAGE_MAX];
	struct wr ack = WR(buf);

	CU_ASSERT_EQUAL(usim_identify(&u, &id), 0);
	CU_ASSERT_STRING_EQUAL(id.iccid, "8900101000000000019");
	CU_ASSERT_STRING_EQUAL(id.imsi, "001010123456789");
	CU_ASSERT_EQUAL(id.mnc_len, 2);
	CU_ASSERT_TRUE(id.gba && id.mbms);

	memcpy(challenge.rand, json_hex(vectors, "$.gba.rand").p, 16);
	memcpy(challenge.autn, json_hex(vectors, "$.gba.autn").p, 16); /* plain: refused */
	CU_ASSERT_EQUAL(usim_gba_bootstrap(&u, &challenge, &aka), -EBADMSG);
	CU_ASSERT_EQUAL(usim_naf_key(&u, json_hex(vectors, "$.gba.naf_id"), span_str(VEC("gba.impi")), &key), -EPERM);
	memcpy(challenge.autn, json_hex(vectors, "$.gba.autn_star").p, 16);
	CU_ASSERT_EQUAL(usim_gba_bootstrap(&u, &challenge, &aka), 0);
	CU_ASSERT_FALSE(aka.sync_failure);
	CU_ASSERT_TRUE(span_eq(span_of(aka.res, aka.res_len), json_hex(vectors, "$.gba.res")));
	CU_ASSERT_EQUAL(usim_gba_bootstrap(&u, &challenge, &aka), 0);
	CU_ASSERT_TRUE(aka.sync_failure);

	CU_ASSERT_EQUAL(usim_gbabp_read(&u, &bp), 0);
	CU_ASSERT_TRUE(bp.has_rand);
	CU_ASSERT_STRING_EQUAL(bp.btid, "");
	CU_ASSERT_EQUAL(usim_gbabp_write(&u, challenge.autn, VEC("gba.b_tid"), "t"), -ESTALE);
	CU_ASSERT_EQUAL(usim_gbabp_write(&u, challenge.rand, VEC("gba.b_tid"), "2030-01-01T00:00:00Z"), 0);
	CU_ASSERT_EQUAL(usim_gbabp_read(&u, &bp), 0);
	CU_ASSERT_STRING_EQUAL(bp.btid, VEC("gba.b_tid"));
	CU_ASSERT_STRING_EQUAL(bp.lifetime, "2030-01-01T00:00:00Z");

	CU_ASSERT_EQUAL(usim_naf_key(&u, json_hex(vectors, "$.gba.naf_id"), span_str(VEC("gba.impi")), &key), 0);
	CU_ASSERT_TRUE(span_eq(SPAN(key.b), json_hex(vectors, "$.gba.ks_ext_naf")));

	CU_ASSERT_EQUAL(usim_msk_update(&u, json_hex(vectors, "$.msk_message_bad_mac.message"), &ack), -EBADMSG);
	CU_ASSERT_EQUAL(usim_msk_update(&u, json_hex(vectors, "$.msk_message_download_V1.message"), &ack), 0);
	CU_ASSERT_TRUE(
		span_eq(wr_done(&ack), json_hex(vectors, "$.msk_verification_for_it.ts_as_sent_4_octets.message")));
	CU_ASSERT_EQUAL(usim_msk_update(&u, json_hex(vectors, "$.msk_message_download_V1.message"), &ack), -ESTALE);
	CU_ASSERT_EQUAL(usim_mtk_generate(&u, json_hex(vectors, "$.mtk_message_streaming.message"), &mtk), 0);
	CU_ASSERT_TRUE(mtk.has_salt);
	CU_ASSERT_EQUAL(usim_mtk_generate(&u, json_hex(vectors, "$.mtk_message_streaming.message"), &mtk), -ESTALE);
	CU_ASSERT_EQUAL(usim_mtk_generate(&u, json_hex(vectors, "$.mtk_message_download.message"), &mtk), 0);
	CU_ASSERT_FALSE(mtk.has_salt);

	ack = WR(buf);
	CU_ASSERT_EQUAL(usim_msk_update(&u, json_hex(vectors, "$.msk_message_streaming_with_SP.message"), &ack), 0);
	CU_ASSERT_TRUE(ack.n != 0);
	ack = WR(buf);
	CU_ASSERT_EQUAL(usim_msk_update(&u, json_hex(vectors, "$.solicited_pull.message"), &ack), 0);
	CU_ASSERT_EQUAL(ack.n, 0);

	const uint8_t domain[3] = { 0x00, 0xF1, 0x10 };
	const struct muk_id muk = { .idr = span_str(VEC("gba.b_tid")), .idi = json_hex(vectors, "$.gba.naf_id") };
	CU_ASSERT_EQUAL(usim_msk_delete(&u, domain, 1), 0);
	CU_ASSERT_EQUAL(usim_msk_delete(&u, domain, 1), -ENOKEY);
	CU_ASSERT_EQUAL(usim_muk_delete(&u, &muk), 0);
	CU_ASSERT_EQUAL(usim_muk_delete(&u, &muk), -ENOKEY);
	CU_ASSERT_EQUAL(real_card_stray(c), 0);
	usim_wipe(&u);
	card_if_close(c);
}

static void vectors_through_a_card_in_process(void)
{
	vectors_through(false);
}

static void vectors_through_a_card_with_t0_manners(void)
{
	vectors_through(true);
}

/* GBA_ME: the 3G context gives CK and IK, which make Ks; it takes AUTN as it is and nothing else (decision 2). */
static void keys_of_3g_aka_come_into_the_me(void)
{
	struct card_if *c = real_card(false, VECTOR_SQN_START, NULL);
	struct usim u = real(c);
	struct auth_challenge challenge;
	struct usim_aka aka;
	struct key256 ks;

	memcpy(challenge.rand, json_hex(vectors, "$.gba.rand").p, 16);
	memcpy(challenge.autn, json_hex(vectors, "$.gba.autn_star").p, 16);
	CU_ASSERT_EQUAL(usim_3g_authenticate(&u, &challenge, &aka), -EBADMSG);
	memcpy(challenge.autn, json_hex(vectors, "$.gba.autn").p, 16);
	CU_ASSERT_EQUAL(usim_3g_authenticate(&u, &challenge, &aka), 0);
	CU_ASSERT_FALSE(aka.sync_failure);
	CU_ASSERT_TRUE(span_eq(span_of(aka.res, aka.res_len), json_hex(vectors, "$.gba.res")));
	gba_ks(&ks, &aka.ck, &aka.ik);
	CU_ASSERT_TRUE(span_eq(SPAN(ks.b), json_hex(vectors, "$.gba.ks")));
	CU_ASSERT_EQUAL(usim_3g_authenticate(&u, &challenge, &aka), 0);
	CU_ASSERT_TRUE(aka.sync_failure && aka.res_len == 0 && span_all(SPAN(aka.ck.b), 0));
	CU_ASSERT_EQUAL(real_card_stray(c), 0);
	card_if_close(c);
}

static void attack_3g_answers_without_whole_keys(void)
{
	static const char *const says[] = {
		"db 04 01020304 9000", /* no keys: an answer of the GBA context */
		"db 04 01020304 00 10 000102030405060708090a0b0c0d0e0f 9000",
		"db 04 01020304 10 000102030405060708090a0b0c0d0e0f 0f 000102030405060708090a0b0c0d0e 9000",
		"db 04 01020304 10 000102030405060708090a0b0c0d0e0f 11 000102030405060708090a0b0c0d0e0f10 9000",
	};
	const struct auth_challenge challenge = { { 0 }, { 0 } };
	struct usim_aka aka = { .res_len = 77 };

	for (size_t i = 0; i < VU_COUNT(says); i++) {
		const struct scripted script[] = { { NULL, FCP_PIN_OFF "9000" }, { NULL, says[i] } };
		struct usim u = SCRIPTED(script, NULL);
		CU_ASSERT_EQUAL(usim_3g_authenticate(&u, &challenge, &aka), -EPROTO);
		CU_ASSERT_EQUAL(aka.res_len, 77);
		DONE(u, script);
	}
}

static void a_real_pin(void)
{
	struct card_if *c = real_card(true, "pins.pin1.enabled=true", NULL);
	struct usim u = real(c);
	struct usim_identity id;

	CU_ASSERT_EQUAL(usim_identify(&u, &id), -EACCES); /* none given */
	CU_ASSERT_EQUAL(u.sw, SW_SECURITY);
	CU_ASSERT_TRUE(usim_init(&u, c, "9999"));
	CU_ASSERT_EQUAL(usim_connect(&u), 0);
	CU_ASSERT_EQUAL(usim_identify(&u, &id), -EACCES);
	CU_ASSERT_EQUAL(usim_identify(&u, &id), -EACCES); /* costs no second try */
	CU_ASSERT_TRUE(usim_init(&u, c, "1234"));
	CU_ASSERT_EQUAL(usim_connect(&u), 0);
	CU_ASSERT_EQUAL(usim_identify(&u, &id), 0);
	CU_ASSERT_STRING_EQUAL(id.imsi, "001010123456789");
	card_if_close(c);
}

static void a_removed_card_says_so(void)
{
	struct card_if *c = real_card(true, NULL);
	struct usim u = real(c);
	struct usim_gbabp bp;

	real_card_remove(c);
	CU_ASSERT_EQUAL(usim_gbabp_read(&u, &bp), -ENOMEDIUM);
	CU_ASSERT_EQUAL(usim_connect(&u), -ENOMEDIUM);
	real_card_swap(c, OTHER_CARD, NULL);
	CU_ASSERT_EQUAL(usim_gbabp_read(&u, &bp), -ENOMEDIUM); /* not before it has been looked at */
	CU_ASSERT_EQUAL(usim_connect(&u), 0);
	CU_ASSERT_EQUAL(usim_gbabp_read(&u, &bp), 0);
	card_if_close(c);
}

/* A card whose answers are cut off or garbled: an error each time, never more. */
static void attack_garbled_files(void)
{
	static const char *const says[] = {
		"9000",
		"62 9000",
		"6203 800201 9000",
		"6206 8005 0000000001 9000",
		"6204 80020400 9000",
		"62048002000a 9000",
	};
	struct usim_gbabp bp;

	for (size_t i = 0; i < VU_COUNT(says); i++) {
		const struct scripted script[] = { { NULL, FCP_PIN_OFF "9000" },
						   { "00a40004026fd600", says[i] },
						   { NULL, "0102 9000" } };
		struct usim u = SCRIPTED(script, NULL);
		CU_ASSERT_EQUAL(usim_gbabp_read(&u, &bp), -EPROTO);
		card_if_close(u.card);
	}
	static const char *const contents[] = {
		"10 0102030405060708 9000",
		"05 0102030405 00 00 00 9000",
		"00 09 4142434445464748 9000",
		"00 02 4100 00 000000000000 9000",
	};
	for (size_t i = 0; i < VU_COUNT(contents); i++) {
		char fcp[64];
		uint8_t octets[64];
		struct wr w = WR(octets);
		CU_ASSERT_TRUE_FATAL(hex_parse(&w, span_str(contents[i])));
		snprintf(fcp, sizeof fcp, "6204 8002 %04zx 9000", w.n - 2);
		const struct scripted script[] = { { NULL, FCP_PIN_OFF "9000" }, { NULL, fcp }, { NULL, contents[i] } };
		struct usim u = SCRIPTED(script, NULL);
		CU_ASSERT_EQUAL(usim_gbabp_read(&u, &bp), -EPROTO);
		DONE(u, script);
	}
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "61XX, 6CXX and GET RESPONSE are settled in one place", t0_manners_are_settled_in_one_place },
		{ "9FXX of class A0, too", class_a0_has_manners_of_its_own },
		{ "attack: card that always has more", attack_card_that_always_has_more },
		{ "MSK update in blocks, and its answer", msk_update_in_blocks_and_answer_in_blocks },
		{ "a pending proactive command stops no chain", a_pending_proactive_command_stops_no_chain },
		{ "status words become errors", status_words_become_errors },
		{ "attack: answers that are none", attack_answers_that_are_none },
		{ "a PIN is sent where it is on, and only there", a_pin_is_sent_where_it_is_on_and_only_there },
		{ "a refused PIN is not tried again", a_refused_pin_is_not_tried_again },
		{ "the last try of a PIN is not spent", the_last_try_of_a_pin_is_not_spent },
		{ "vectors through a card in process", vectors_through_a_card_in_process },
		{ "vectors through a card with T=0 manners", vectors_through_a_card_with_t0_manners },
		{ "keys of 3G AKA come into the ME", keys_of_3g_aka_come_into_the_me },
		{ "attack: 3G answers without whole keys", attack_3g_answers_without_whole_keys },
		{ "a real PIN", a_real_pin },
		{ "a removed card says so", a_removed_card_says_so },
		{ "attack: garbled files", attack_garbled_files },
	};
	vectors = json_open("gba-mikey.json");
	int rc = CU_RUN("usim", tests);
	json_close(vectors);
	return rc;
}
