/* SPDX-License-Identifier: Apache-2.0 */
#include "card_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "apdu/apdu.h"
#include "apdu/hex.h"
#include "card/image.h"

const struct aka_secret fixture_secret = {
	.algorithm = AKA_MILENAGE,
	.k = { { 0x46, 0x5b, 0x5c, 0xe8, 0xb1, 0x99, 0xb4, 0x9f, 0xaa, 0x5f, 0x0a, 0x2e, 0xe2, 0x38, 0xa6, 0xbc } },
	.opc = { { 0xcd, 0x63, 0xcb, 0x71, 0x95, 0x4a, 0x9f, 0x4e, 0x48, 0xa5, 0x99, 0x4e, 0x37, 0xa0, 0x2b, 0xaf } },
};
static const uint8_t fixture_rand[16] = { 0x23, 0x55, 0x3c, 0xbe, 0x96, 0x37, 0xa8, 0x9d,
					  0x21, 0x8a, 0xe6, 0x4d, 0xae, 0x47, 0xbf, 0x35 };

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "card fixture: %s\n", what);
	exit(2);
}

static void put(struct nv_mem *nv, uint32_t key, const struct wr *w)
{
	const struct nv_item item = { .key = key, .value = w->p, .n = w->n };

	if (w->bad || !nv_mem_ops.apply(nv, &item, 1))
		give_up("an object does not fit");
}

static void put_file(struct nv_mem *nv, uint16_t no, const struct file_desc *f)
{
	uint8_t b[64];
	struct wr w = WR(b);

	file_desc_put(&w, f);
	put(nv, OBJ(OBJ_FILE, no), &w);
}

/* Content behind its descriptor: hex, filled up with FF. */
static void put_ef(struct nv_mem *nv, uint16_t no, struct file_desc f, const char *hex)
{
	static uint8_t b[FILE_SIZE_MAX];
	struct wr w = wr_of(b, file_size(&f));

	f.lcs = LCS_ACTIVATED;
	f.arr_fid = 0x2F06;
	put_file(nv, no, &f);
	if (!hex_parse(&w, span_str(hex)))
		give_up("bad content");
	wr_pad(&w, 0xFF);
	put(nv, OBJ(OBJ_BODY, no), &w);
}

static struct file_desc transparent(uint16_t parent, uint16_t fid, uint8_t sfi, uint8_t rule, uint16_t size)
{
	return (struct file_desc){
		.type = FILE_TRANSPARENT, .parent = parent, .fid = fid, .sfi = sfi, .arr_record = rule, .size = size
	};
}

static struct file_desc records(enum file_type type, uint16_t parent, uint16_t fid, uint8_t sfi, uint8_t rule,
				uint8_t length, uint8_t n)
{
	return (struct file_desc){ .type = type,
				   .parent = parent,
				   .fid = fid,
				   .sfi = sfi,
				   .arr_record = rule,
				   .record_len = length,
				   .records = n };
}

/* Access rules of the fixture's EF_ARR, by record. */
enum {
	RULE_OPEN = 1,
	RULE_PIN_ADM,
	RULE_PIN_PIN,
	RULE_NEVER,
	RULE_AND,
	RULE_PIN2,
	RULE_PIN_02,
	RULE_PIN_OR_UNIVERSAL,
	RULE_FULL,
	RULE_DIRECTORY,
	RULE_UNIVERSAL,
	RULES = RULE_UNIVERSAL
};
enum { RULE_LEN = 40 };
#define PIN_DO(ref) "a406 8301" ref "950108"
static const char *const rules[RULES] = {
	"800101 9000 800102" PIN_DO("0a"),
	"800101" PIN_DO("01") "80011a" PIN_DO("0a"),
	"800103" PIN_DO("01") "800118" PIN_DO("0a"),
	"800103 9700",
	"800101 af10" PIN_DO("01") PIN_DO("81") "800102 a008" PIN_DO("0a"),
	"800101" PIN_DO("01") "800102" PIN_DO("81"),
	"800103" PIN_DO("02"),
	"800101 a010" PIN_DO("01") PIN_DO("11"),
	"800103 840132 9000 800178 8401d4" PIN_DO("0a"),
	"80017f" PIN_DO("0a"),
	"800101" PIN_DO("11"),
};

static void put_arr(struct nv_mem *nv, uint16_t no)
{
	uint8_t b[RULES * RULE_LEN];

	put_ef(nv, no, records(FILE_LINEAR, 0, 0x2F06, 6, RULE_OPEN, RULE_LEN, RULES), "");
	for (size_t i = 0; i < RULES; i++) {
		struct wr w = wr_of(b + i * RULE_LEN, RULE_LEN);
		if (!hex_parse(&w, span_str(rules[i])))
			give_up("bad rule");
		wr_pad(&w, 0xFF);
	}
	const struct wr all = { .p = b, .cap = sizeof b, .n = sizeof b };
	put(nv, OBJ(OBJ_BODY, no), &all);
}

static void put_second_application(struct nv_mem *nv)
{
	struct file_desc adf = {
		.type = FILE_ADF, .parent = 0, .fid = 0x7FFF, .lcs = LCS_ACTIVATED, .aid_len = 16, .application = 2
	};
	struct wr aid = WR(adf.aid);

	if (!hex_parse(&aid, span_str(FIXTURE_AID2)))
		give_up("AID");
	put_file(nv, 20, &adf);
	put_ef(nv, 21, transparent(20, 0x6F02, 2, RULE_PIN_02, 4), "a0a1a2a3");
}

/* DF 7F20 with a file of each structure, all open to read and update, the rest ADM1's; SFI 1 to 4. */
static void put_admin_files(struct nv_mem *nv)
{
	enum { MF = 0, DF = 40 };
	const struct file_desc mf = {
		.type = FILE_MF,
		.parent = FILE_NONE,
		.fid = 0x3F00,
		.lcs = LCS_ACTIVATED,
		.arr_fid = 0x2F06,
		.arr_record = RULE_DIRECTORY,
	};
	struct file_desc df = mf;
	struct file_desc objects = transparent(DF, 0x6F13, 4, RULE_FULL, 600);

	df.type = FILE_DF;
	df.parent = MF;
	df.fid = 0x7F20;
	put_file(nv, MF, &mf);
	put_file(nv, DF, &df);
	put_ef(nv, DF + 1, transparent(DF, 0x6F10, 1, RULE_FULL, 20), "000102030405060708090a0b0c0d0e0f10111213");
	put_ef(nv, DF + 2, records(FILE_LINEAR, DF, 0x6F11, 2, RULE_FULL, 4, 5),
	       "61626364 62636465 ffffffff 64616263 61626364");
	put_ef(nv, DF + 3, records(FILE_CYCLIC, DF, 0x6F12, 3, RULE_FULL, 3, 3), "000005 000002 ffffff");
	objects.type = FILE_BER_TLV;
	objects.lcs = LCS_ACTIVATED;
	objects.arr_fid = 0x2F06;
	put_file(nv, DF + 4, &objects);
	put_ef(nv, DF + 5, transparent(DF, 0x6F14, 0, 0, 4), "");
}

/* DF_GSM as TS 51.011 has it, as far as the tests go, with one DF in it. */
static void put_gsm_files(struct nv_mem *nv)
{
	enum { MF = 0, DF = 40, INNER = 45 };
	struct file_desc df = { .type = FILE_DF, .parent = MF, .fid = 0x7F20, .lcs = LCS_ACTIVATED };

	put_file(nv, DF, &df);
	put_ef(nv, DF + 1, transparent(DF, 0x6F07, 0, RULE_PIN_ADM, 9), "080910101032547698");
	put_ef(nv, DF + 2, transparent(DF, 0x6F20, 0, RULE_PIN_PIN, 9), "ffffffffffffffff07");
	put_ef(nv, DF + 3, records(FILE_LINEAR, DF, 0x6F3A, 0, RULE_PIN2, 4, 2), "61626364 65666768");
	put_ef(nv, DF + 4, records(FILE_CYCLIC, DF, 0x6F39, 0, RULE_FULL, 3, 3), "000003 000002 000001");
	df.parent = DF;
	df.fid = 0x5F3C;
	put_file(nv, INNER, &df);
}

static void put_files(struct nv_mem *nv, const struct card_options *o)
{
	const struct file_desc mf = { .type = FILE_MF, .parent = FILE_NONE, .fid = 0x3F00, .lcs = LCS_ACTIVATED };
	const struct file_desc df = { .type = FILE_DF, .parent = 0, .fid = 0x7F10, .lcs = LCS_ACTIVATED };
	struct file_desc adf = { .type = FILE_ADF, .parent = 0, .fid = 0x7FFF, .lcs = LCS_ACTIVATED, .aid_len = 16 };
	struct wr aid = WR(adf.aid);
	char ust[64];

	if (!hex_parse(&aid, span_str(FIXTURE_AID)))
		give_up("AID");
	put_file(nv, 0, &mf);
	put_arr(nv, 1);
	put_ef(nv, 2, transparent(0, 0x2FE2, 2, RULE_OPEN, 10), "98001032547698103254");
	put_ef(nv, 3, records(FILE_LINEAR, 0, 0x2F00, 30, RULE_OPEN, 38, 2), "61124f10" FIXTURE_AID);
	put_file(nv, 4, &df);
	put_ef(nv, 5, transparent(4, 0x6F3A, 1, RULE_PIN_PIN, 300), "0001020304");
	put_file(nv, 6, &adf);
	put_ef(nv, 7, transparent(6, 0x6F07, 7, RULE_PIN_ADM, 9), "080910101032547698");
	/* Services 27, 33, 38, 68 and 69. */
	snprintf(ust, sizeof ust, "000000%02x%02x000000%02x0000000000", o->without_gsm ? 0 : 0x04,
		 o->without_gsm ? 0x01 : 0x21, (o->without_gba ? 0 : 0x08) | (o->without_mbms ? 0 : 0x10));
	put_ef(nv, 8, transparent(6, 0x6F38, 4, RULE_PIN_ADM, 14), ust);
	put_ef(nv, 9, transparent(6, 0x6F7E, 11, RULE_PIN_PIN, 11), "ffffffffffffff0000ff01");
	put_ef(nv, 10, records(FILE_LINEAR, 6, 0x6F3B, 0, RULE_PIN2, 8, 3), "0101010101010101 0202020202020202");
	put_ef(nv, 11, records(FILE_CYCLIC, 6, 0x6F39, 0, RULE_PIN_PIN, 3, 3), "010101 020202 030303");
	put_ef(nv, 12, transparent(6, 0x6FD6, 0, RULE_PIN_PIN, 192), "000000");
	put_ef(nv, 13, records(FILE_LINEAR, 6, 0x6FDA, 0, RULE_PIN_ADM, 192, o->gbanl_records ? o->gbanl_records : 8),
	       "");
	put_ef(nv, 14, records(FILE_LINEAR, 6, 0x6FD8, 0, RULE_PIN_ADM, 192, o->muk_records ? o->muk_records : 4), "");
	put_ef(nv, 15, records(FILE_LINEAR, 6, 0x6FD7, 0, RULE_PIN_ADM, 20, o->msk_records ? o->msk_records : 10), "");
	put_ef(nv, 16, transparent(6, 0x6F01, 0, RULE_NEVER, 4), "");
	put_ef(nv, 18, transparent(6, 0x6F08, 8, RULE_PIN_PIN, 33), "07");
	put_ef(nv, 17, transparent(6, 0x6F02, 0, RULE_AND, 4), "deadbeef");
	if (o->universal_pin) {
		put_ef(nv, 19, transparent(6, 0x6F03, 0, RULE_PIN_OR_UNIVERSAL, 3), "3f6f03");
		put_ef(nv, 22, transparent(6, 0x6F04, 0, RULE_UNIVERSAL, 3), "3f6f04");
	}
	if (o->second_application)
		put_second_application(nv);
	if (o->legacy_gsm)
		put_gsm_files(nv);
	if (o->admin_files)
		put_admin_files(nv);
}

static void put_pin(struct nv_mem *nv, uint8_t reference, bool enabled, const char *code)
{
	struct pin_desc pin = { .enabled = enabled, .tries = 3, .tries_max = 3, .puk_tries = 10, .puk_tries_max = 10 };
	uint8_t b[64];
	struct wr w = WR(b), c = WR(pin.code);

	wr_str(&c, code);
	wr_pad(&c, 0xFF);
	memset(pin.puk, '0', sizeof pin.puk);
	pin_desc_put(&w, &pin);
	put(nv, OBJ(OBJ_PIN, reference), &w);
}

static void put_card(struct nv_mem *nv, const struct card_options *o)
{
	const struct card_desc card = {
		.version = IMAGE_VERSION, .atr = { 0x3B, 0x00 }, .atr_len = 2, .legacy_gsm = o->legacy_gsm
	};
	const struct aka_desc aka = { .secret = fixture_secret, .delta = 1 << 28 };
	struct sqn_desc sqn = { .last = 0 };
	uint8_t b[512];

	for (size_t i = 0; i < SQN_ENTRIES; i++)
		sqn.seq[i] = o->seq_start;
	struct wr w = WR(b);
	card_desc_put(&w, &card);
	put(nv, OBJ(OBJ_CARD, 0), &w);
	w = WR(b);
	aka_desc_put(&w, &aka);
	put(nv, OBJ(OBJ_AKA, 0), &w);
	w = WR(b);
	sqn_desc_put(&w, &sqn);
	put(nv, OBJ(OBJ_SQN, 0), &w);
	put_pin(nv, PIN_APPL_1, o->pin1_enabled, "1234");
	put_pin(nv, PIN2_APPL_1, true, "5678");
	put_pin(nv, PIN_ADM1, true, "88888888");
	if (o->universal_pin)
		put_pin(nv, PIN_UNIVERSAL, true, "9999");
	if (o->second_application) {
		put_pin(nv, PIN_APPL_1 + 1, true, "2222");
		put_pin(nv, PIN2_APPL_1 + 1, true, "8282");
	}
	if (o->toolkit != NULL) {
		w = WR(b);
		if (!hex_parse(&w, span_str(o->toolkit)))
			give_up("bad toolkit queue");
		put(nv, OBJ(OBJ_TOOLKIT, 0), &w);
	}
	put_files(nv, o);
}

static bool no_random(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	memset(out, 0x5A, n);
	return true;
}

struct uicc_trace fixture_trace;

static void keep_trace(void *ctx, const struct uicc_trace *t)
{
	(void)ctx;
	fixture_trace = *t;
}

static const struct uicc_env env = { .random = no_random, .trace = keep_trace };

static void power_on(struct card *c)
{
	const char *why = "";

	c->u = uicc_open(&nv_mem_ops, c->nv, &env, &why);
	c->t0 = c->u != NULL ? t0_open(c->u) : NULL;
	if (c->t0 == NULL)
		give_up(why);
}

struct card *card_new(const struct card_options *o)
{
	static const struct card_options defaults;
	struct card *c = calloc(1, sizeof *c);

	if (c == NULL || (c->nv = nv_mem_open()) == NULL || (c->prim = prim_open()) == NULL)
		give_up("out of memory");
	put_card(c->nv, o != NULL ? o : &defaults);
	power_on(c);
	return c;
}

static void power_off(struct card *c)
{
	t0_close(c->t0);
	uicc_close(c->u);
}

void card_free(struct card *c)
{
	power_off(c);
	nv_mem_close(c->nv);
	prim_close(c->prim);
	free(c);
}

void card_power_cycle(struct card *c)
{
	power_off(c);
	power_on(c);
}

static sw_t split(struct card *c, size_t n)
{
	struct rd r = rd_of(span_of(c->answer, n));

	c->n = n - sizeof(sw_t);
	rd_take(&r, c->n);
	return rd_u16(&r);
}

sw_t card_send(struct card *c, struct span capdu)
{
	return split(c, uicc_transmit(c->u, capdu.p, capdu.n, c->answer));
}

static struct span octets(uint8_t *buf, size_t size, const char *hex)
{
	struct wr w = wr_of(buf, size);

	if (!hex_parse(&w, span_str(hex)))
		give_up("bad hexadecimal text");
	return wr_done(&w);
}

sw_t card_hex(struct card *c, const char *hex)
{
	uint8_t b[512];

	return card_send(c, octets(b, sizeof b, hex));
}

sw_t card_t0_hex(struct card *c, const char *hex)
{
	uint8_t b[512];
	struct span s = octets(b, sizeof b, hex);

	return split(c, t0_transmit(c->t0, s.p, s.n, c->answer));
}

struct span card_answer(const struct card *c)
{
	return span_of(c->answer, c->n);
}

bool card_answered(const struct card *c, const char *hex)
{
	struct rd r = rd_of(card_answer(c));

	for (const char *at = hex; *at != '\0';) {
		uint8_t octet, got;
		struct wr w = wr_of(&octet, 1);
		if (*at == ' ') {
			at++;
			continue;
		}
		bool any = at[0] == '.' && at[1] == '.';
		if (!any && !hex_parse(&w, span_of(at, 2)))
			give_up("bad hexadecimal text");
		got = rd_u8(&r);
		if (r.bad || (!any && got != octet))
			return false;
		at += 2;
	}
	return rd_end(&r);
}

sw_t card_command(struct card *c, uint8_t cla, uint8_t ins, uint8_t p1, uint8_t p2, struct span data, uint16_t le)
{
	const struct capdu command = { .cla = cla, .ins = ins, .p1 = p1, .p2 = p2, .data = data, .le = le };
	uint8_t b[CAPDU_MAX];
	struct wr w = WR(b);

	capdu_put(&w, &command);
	return card_send(c, wr_done(&w));
}

sw_t card_select_usim(struct card *c)
{
	return card_hex(c, "00a4040410" FIXTURE_AID);
}

sw_t card_read(struct card *c, uint16_t fid, unsigned record)
{
	uint8_t b[2];
	struct wr w = WR(b);

	wr_u16(&w, fid);
	sw_t sw = card_command(c, 0x00, 0xA4, 0x00, 0x0C, SPAN(b), 0);
	if (sw != SW_OK)
		return sw;
	if (record == 0)
		return card_hex(c, "00b0000000");
	return card_command(c, 0x00, 0xB2, (uint8_t)record, 0x04, (struct span){ 0 }, 256);
}

void fixture_challenge(struct card *c, struct auth_challenge *a, uint64_t sqn, enum aka_mask mask)
{
	static const uint8_t amf[2];
	struct aka_keys keys;

	memcpy(a->rand, fixture_rand, sizeof a->rand);
	aka_f2345(c->prim, &keys, &fixture_secret, a->rand);
	aka_autn(c->prim, a->autn, &fixture_secret, &keys, a->rand, sqn, amf, mask);
}

sw_t card_aka(struct card *c, uint64_t sqn)
{
	struct auth_challenge a;
	uint8_t b[64];
	struct wr w = WR(b);

	fixture_challenge(c, &a, sqn, AKA_PLAIN);
	auth_3g_put(&w, &a);
	return card_command(c, 0x00, INS_AUTHENTICATE, 0x00, AUTH_3G, wr_done(&w), 256);
}

sw_t card_bootstrap(struct card *c, uint64_t sqn)
{
	struct auth_challenge a;
	uint8_t b[64];
	struct wr w = WR(b);

	fixture_challenge(c, &a, sqn, AKA_GBA_U);
	auth_bootstrap_put(&w, &a);
	return card_command(c, 0x00, INS_AUTHENTICATE, 0x00, AUTH_GBA, wr_done(&w), 256);
}

sw_t card_write_btid(struct card *c, const char *btid)
{
	uint8_t b[192];
	struct wr w = WR(b);

	sw_t sw = card_hex(c, "00a4000c026fd6");
	if (sw != SW_OK)
		return sw;
	wr_lv8(&w, span_str(btid));
	wr_lv8(&w, span_str("2030-01-01T00:00:00Z"));
	return card_command(c, 0x00, 0xD6, 0x00, 1 + 16, wr_done(&w), 0);
}

sw_t card_derive(struct card *c, struct span naf_id)
{
	const struct auth_naf naf = { .naf_id = naf_id, .impi = span_str(FIXTURE_IMPI) };
	uint8_t b[255];
	struct wr w = WR(b);

	auth_naf_put(&w, &naf);
	return card_command(c, 0x00, INS_AUTHENTICATE, 0x00, AUTH_GBA, wr_done(&w), 256);
}

void card_provision(struct card *c, uint64_t sqn, const char *btid, struct span naf_id, struct key256 *ret_muk)
{
	struct aka_keys keys;
	struct key256 ks;

	if (card_select_usim(c) != SW_OK || card_bootstrap(c, sqn) != SW_OK || c->answer[0] != AUTH_TAG_OK ||
	    card_write_btid(c, btid) != SW_OK || card_derive(c, naf_id) != SW_OK)
		give_up("the card cannot be provisioned");
	aka_f2345(c->prim, &keys, &fixture_secret, fixture_rand);
	gba_ks(&ks, &keys.ck, &keys.ik);
	gba_ks_int_naf(c->prim, ret_muk, &ks, SPAN(fixture_rand), span_str(FIXTURE_IMPI), naf_id);
}

sw_t card_mbms(struct card *c, enum mbms_mode mode, struct span payload)
{
	uint8_t object[MIKEY_MESSAGE_MAX + 16];
	struct wr w = WR(object);
	sw_t sw = SW_UNKNOWN_ERROR;

	auth_mbms_put(&w, mode, payload);
	for (size_t off = 0; off < w.n; off += APDU_DATA_MAX) {
		sw = card_command(c, 0x00, INS_AUTHENTICATE_ODD, off == 0 ? BLOCK_FIRST : BLOCK_NEXT, AUTH_MBMS,
				  span_sub(wr_done(&w), off, APDU_DATA_MAX), 0);
		if (sw != SW_MORE_DATA_EXPECTED)
			break;
	}
	if (sw != SW_RESPONSE_AVAILABLE)
		return sw;

	uint8_t whole[MIKEY_MESSAGE_MAX];
	struct wr answer = WR(whole);
	sw = card_hex(c, "0089a08500");
	wr_span(&answer, card_answer(c));
	while (sw == SW_RESPONSE_CONTINUES) {
		sw = card_hex(c, "0089208500");
		wr_span(&answer, card_answer(c));
	}
	struct span result;
	if (sw == SW_OK && !auth_mbms_answer_parse(&result, wr_done(&answer)))
		return SW_UNKNOWN_ERROR;
	if (sw == SW_OK) {
		memcpy(c->answer, result.p, result.n);
		c->n = result.n;
	}
	return sw;
}

struct span msk_message(struct card *c, const struct delivery *d)
{
	return sealed_msk(c->prim, d);
}

struct span mtk_message(struct card *c, uint16_t group, uint16_t number, uint8_t msk_octet, uint16_t mtk_id,
			uint32_t ts)
{
	return sealed_mtk(c->prim, group, number, msk_octet, mtk_id, ts);
}

sw_t card_deliver(struct card *c, const struct delivery *d)
{
	return card_mbms(c, MBMS_MSK_UPDATE, msk_message(c, d));
}

sw_t card_mtk(struct card *c, uint16_t group, uint16_t number, uint8_t msk_octet, uint16_t mtk_id, uint32_t ts)
{
	return card_mbms(c, MBMS_MTK_GENERATION, mtk_message(c, group, number, msk_octet, mtk_id, ts));
}
