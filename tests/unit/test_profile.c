/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profiles: what the default one becomes, octet by octet as TS 31.102 and TS 102 221 have it (worked out by hand), and
 * how each contradiction is refused: at which line and column, about which key, in which words.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "apdu/hex.h"
#include "card/image.h"
#include "card/perso/access.h"
#include "card/perso/atr.h"
#include "card/perso/profile.h"
#include "card/perso/show.h"
#include "card/perso/text.h"
#include "card/perso/view.h"
#include "card/store/nv_mem.h"
#include "tests/cu.h"

enum { TEXT_MAX = 64 * 1024 };

/* File numbers of the default profile: its list, from the MF = 0 on. */
enum { NO_ICCID = 1, NO_DIR = 2, NO_PL = 3, NO_ARR_MF = 4, NO_ADF = 5, NO_ARR_ADF = 7, NO_IMSI = 8, NO_UST = 13 };

static struct profile_error error;

/* A built profile and its items. */
struct built {
	struct profile *p;
	const struct nv_item *items;
	size_t n;
};

static struct built build(struct profile *p)
{
	struct built b = { .p = p };

	CU_ASSERT_EQUAL(profile_build(p, &b.items, &b.n, &error), 0);
	if (error.what[0] != '\0')
		fprintf(stderr, "%s: %s: %s\n", error.where, error.key, error.what);
	return b;
}

static struct built build_default(const char *set)
{
	struct profile *p = NULL;

	CU_ASSERT_EQUAL_FATAL(profile_default(&p, &error), 0);
	if (set != NULL)
		CU_ASSERT_EQUAL(profile_set(p, set, &error), 0);
	return build(p);
}

static struct span value(const struct built *b, uint32_t key)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->items[i].key == key)
			return span_of(b->items[i].value, b->items[i].n);
	return (struct span){ 0 };
}

static struct file_desc desc(const struct built *b, uint32_t no)
{
	struct file_desc f = { 0 };

	CU_ASSERT_TRUE(file_desc_parse(&f, value(b, OBJ(OBJ_FILE, no))));
	return f;
}

/* The number of the file with this FID in a directory. */
static uint32_t number(const struct built *b, uint16_t parent, uint16_t fid)
{
	for (uint32_t i = 1; value(b, OBJ(OBJ_FILE, i)).n != 0; i++)
		if (desc(b, i).parent == parent && desc(b, i).fid == fid)
			return i;
	return 0;
}

static struct span body(const struct built *b, uint16_t parent, uint16_t fid)
{
	return value(b, OBJ(OBJ_BODY, number(b, parent, fid)));
}

static bool is(struct span got, const char *hex)
{
	uint8_t octets[1024];
	struct wr w = WR(octets);
	char text[2050];

	bool same = hex_parse(&w, span_str(hex)) && span_eq(got, wr_done(&w));
	if (!same)
		fprintf(stderr, "expected %s, got %s\n", hex, hex_str(text, sizeof text, got));
	return same;
}

/* What the parts of the personaliser compute. */

static void luhn_digits_are_right(void)
{
	/* The usual example, and the ICCID of a real card: 8949440000001155314. */
	CU_ASSERT_EQUAL(text_luhn("7992739871", 10), 3);
	CU_ASSERT_EQUAL(text_luhn("894944000000115531", 18), 4);
	CU_ASSERT_EQUAL(text_luhn("0", 1), 0);
}

static void atrs_are_judged_as_iso_7816_3_says(void)
{
	static const struct {
		const char *hex, *why; /* NULL: right */
	} atrs[] = {
		{ "3B9795801F42803"
		  "1A073BE211537",
		  NULL }, /* TS 102 221 annex D, T=0 */
		{ "3B979580B1FE001F428031A073BE21177A", NULL }, /* T=0 and T=1 */
		{ "3B00", NULL },
		{ "3B021450", NULL }, /* T=0 alone: no TCK */
		{ "3F021450", NULL },
		{ "3B80810001", NULL }, /* T=1 among others: TCK */
		{ "3B9795801F428031A073BE211538", "expected TCK 37, got 38" },
		{ "3B9795801F428031A073BE2115", "expected 7 historical bytes and TCK" },
		{ "3B9795801F428031A073BE21153700", "expected 7 historical bytes and TCK" },
		{ "3B02145000", "expected 2 historical bytes at the end" },
		{ "3B80", "historical bytes" },
		{ "3C00", "expected TS 3B or 3F, got 3C" },
		{ "", "expected TS 3B or 3F" },
	};

	for (size_t i = 0; i < VU_COUNT(atrs); i++) {
		uint8_t octets[40];
		struct wr w = WR(octets);
		char why[160] = "";
		CU_ASSERT_TRUE(hex_parse(&w, span_str(atrs[i].hex)));
		CU_ASSERT_EQUAL(atr_check(wr_done(&w), why, sizeof why), atrs[i].why == NULL);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, atrs[i].why != NULL ? atrs[i].why : ""));
	}
}

static void access_rules_are_those_of_real_cards(void)
{
	static const struct {
		struct model_rule rule;
		bool directory;
		const char *hex, *text;
	} rules[] = {
		/* Records 4 and 3 of a real card's EF_ARR, as far as they speak of these modes. */
		{ { .read = COND_PIN1, .update = COND_PIN1, .deactivate = COND_ADM1, .activate = COND_ADM1 },
		  false,
		  "800103A406830101950108 800118A40683010A950108",
		  "read pin1, update pin1, deactivate adm1, activate adm1" },
		{ { .read = COND_PIN1, .update = COND_ADM1, .deactivate = COND_ADM1, .activate = COND_ADM1 },
		  false,
		  "800101A406830101950108 80011AA40683010A950108",
		  "read pin1, update adm1, deactivate adm1, activate adm1" },
		{ { .read = COND_ALWAYS, .update = COND_NEVER },
		  false,
		  "8001019000 8001029700",
		  "read always, update never" },
		{ { .read = COND_ALWAYS, .update = COND_PIN2, .deactivate = COND_ALWAYS, .activate = COND_NEVER },
		  false,
		  "8001099000 800102A406830181950108 8001109700",
		  "read always, deactivate always, update pin2, activate never" },
		{ { .deactivate = COND_ADM1, .activate = COND_ADM1 },
		  true,
		  "800118A40683010A950108",
		  "deactivate adm1, activate adm1" },
		{ { .deactivate = COND_ADM1, .create = COND_ADM1, .delete = COND_NEVER, .terminate = COND_ADM1 },
		  true,
		  "80012EA40683010A950108 8001409700",
		  "create adm1, deactivate adm1, terminate adm1, delete never" },
		/* Commands without a mode of their own stand by their INS. */
		{ { .read = COND_ALWAYS, .delete = COND_ADM1, .resize = COND_ADM1, .increase = COND_PIN1 },
		  false,
		  "8001019000 800140A40683010A950108 8401D4A40683010A950108 840132A406830101950108",
		  "read always, delete adm1, resize adm1, increase pin1" },
		{ { .read = COND_ABSENT }, false, "", "nothing" },
	};

	for (size_t i = 0; i < VU_COUNT(rules); i++) {
		uint8_t octets[ACCESS_RULE_MAX];
		struct wr w = WR(octets);
		char text[160];
		access_rule_put(&w, &rules[i].rule, rules[i].directory, 1);
		CU_ASSERT_TRUE(is(wr_done(&w), rules[i].hex));
		CU_ASSERT_STRING_EQUAL(access_rule_text(text, sizeof text, wr_done(&w), rules[i].directory),
				       rules[i].text);
	}
}

/* The default card. */

static void the_default_card_has_its_atr_and_files(void)
{
	struct built b = build_default(NULL);
	struct file_desc mf = desc(&b, 0), adf = desc(&b, NO_ADF);

	CU_ASSERT_TRUE(is(value(&b, OBJ(OBJ_CARD, 0)), "01 14 3B9D95801FC78031E073F6211F657675696363B5"));
	CU_ASSERT_EQUAL(mf.type, FILE_MF);
	CU_ASSERT_EQUAL(mf.parent, FILE_NONE);
	CU_ASSERT_EQUAL(mf.fid, 0x3F00);
	CU_ASSERT_EQUAL(adf.type, FILE_ADF);
	CU_ASSERT_EQUAL(adf.fid, 0x7FFF);
	CU_ASSERT_TRUE(is(span_of(adf.aid, adf.aid_len), "A0000000871002FFFFFFFF8907090000"));

	/* 3.3: everything that is mandatory, with the SFIs that everybody expects. */
	static const struct {
		uint16_t fid, sfi;
		size_t size;
	} mandatory[] = {
		{ 0x6F05, 0x02, 10 }, { 0x6F07, 0x07, 9 },  { 0x6F08, 0x08, 33 }, { 0x6F09, 0x09, 33 },
		{ 0x6F31, 0x12, 1 },  { 0x6F38, 0x04, 17 }, { 0x6F56, 0x05, 1 },  { 0x6F5B, 0x0F, 6 },
		{ 0x6F5C, 0x10, 3 },  { 0x6F73, 0x0C, 14 }, { 0x6F78, 0x06, 2 },  { 0x6F7B, 0x0D, 12 },
		{ 0x6F7E, 0x0B, 11 }, { 0x6FAD, 0x03, 4 },  { 0x6FB7, 0x01, 8 },  { 0x6FC4, 0, 128 },
		{ 0x6FE3, 0x1E, 18 }, { 0x6FE4, 0x18, 54 }, { 0x6FD6, 0, 192 },	  { 0x6FD7, 0, 200 },
		{ 0x6FD8, 0, 768 },   { 0x6FDA, 0, 1536 },
	};
	for (size_t i = 0; i < VU_COUNT(mandatory); i++) {
		uint32_t no = number(&b, NO_ADF, mandatory[i].fid);
		CU_ASSERT_NOT_EQUAL_FATAL(no, 0);
		struct file_desc f = desc(&b, no);
		CU_ASSERT_EQUAL(f.sfi, mandatory[i].sfi);
		CU_ASSERT_EQUAL(f.lcs, LCS_ACTIVATED);
		CU_ASSERT_EQUAL(file_size(&f), mandatory[i].size);
		CU_ASSERT_EQUAL(value(&b, OBJ(OBJ_BODY, no)).n, mandatory[i].size);
	}
	uint32_t gsm = number(&b, NO_ADF, 0x5F3B);
	CU_ASSERT_EQUAL(desc(&b, gsm).type, FILE_DF);
	CU_ASSERT_TRUE(is(body(&b, (uint16_t)gsm, 0x4F20), "FFFFFFFFFFFFFFFF07"));
	CU_ASSERT_TRUE(is(body(&b, (uint16_t)gsm, 0x4F52), "FFFFFFFFFFFFFFFF07"));
	profile_close(b.p);
}

static void derived_files_have_the_octets_of_the_specification(void)
{
	struct built b = build_default(NULL);

	/* 8900101000000000019, two digits to an octet, low nibble first, F behind the nineteenth. */
	CU_ASSERT_TRUE(is(body(&b, 0, 0x2FE2), "98 00 01 01 00 00 00 00 10 F9"));
	/* 8 octets; odd number of digits: 9; then 0 01 01 0 12 34 56 78 9. */
	CU_ASSERT_TRUE(is(body(&b, NO_ADF, 0x6F07), "08 09 10 10 10 32 54 76 98"));
	CU_ASSERT_TRUE(is(body(&b, NO_ADF, 0x6FAD), "00 00 00 02"));
	/* Class 9, of octets 15..8 and 7..0. */
	CU_ASSERT_TRUE(is(body(&b, NO_ADF, 0x6F78), "02 00"));
	/* 1 2 | 10 12 | 19 | 27 | 33 34 38 | | | | 68 69 | | 85 */
	CU_ASSERT_TRUE(is(body(&b, NO_ADF, 0x6F38), "03 0A 04 04 23 00 00 00 18 00 10 00 00 00 00 00 00"));
	CU_ASSERT_TRUE(is(span_sub(body(&b, 0, 0x2F00), 0, 48),
			  "61 1E 4F 10 A0000000871002FFFFFFFF8907090000 50 0A 7675696363205553494D"
			  "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"));
	CU_ASSERT_TRUE(is(span_sub(body(&b, 0, 0x2F00), 48, 48),
			  "61 1E 4F 10 A0000000871004FFFFFFFF8907090000 50 0A 7675696363204953494D"
			  "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"));
	CU_ASSERT_TRUE(is(body(&b, NO_ADF, 0x6F5B), "F00000F00000"));
	CU_ASSERT_TRUE(is(body(&b, NO_ADF, 0x6F7E), "FFFFFFFFFFFFFF0000FF01"));
	CU_ASSERT_TRUE(is(body(&b, NO_ADF, 0x6F73), "FFFFFFFFFFFFFFFFFFFF0000FF01"));
	CU_ASSERT_TRUE(is(body(&b, NO_ADF, 0x6FE3), "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFF000001"));
	CU_ASSERT_TRUE(is(span_sub(body(&b, NO_ADF, 0x6FD6), 0, 4), "000000FF"));
	CU_ASSERT_TRUE(span_all(body(&b, NO_ADF, 0x6FD7), 0xFF));
	CU_ASSERT_TRUE(is(span_sub(body(&b, NO_ADF, 0x6F3C), 176, 3), "00FFFF")); /* the second SMS */
	profile_close(b.p);
}

static void every_file_refers_to_the_rule_it_asks_for(void)
{
	struct built b = build_default(NULL);
	struct file_desc arr = desc(&b, NO_ARR_ADF), gbabp = desc(&b, number(&b, NO_ADF, 0x6FD6));
	struct file_desc msk = desc(&b, number(&b, NO_ADF, 0x6FD7)), fdn = desc(&b, number(&b, NO_ADF, 0x6F3B));
	struct file_desc iccid = desc(&b, NO_ICCID), adf = desc(&b, NO_ADF);
	struct file_desc kc = desc(&b, number(&b, (uint16_t)number(&b, NO_ADF, 0x5F3B), 0x4F20));
	struct span rules = value(&b, OBJ(OBJ_BODY, NO_ARR_ADF)), mf_rules = value(&b, OBJ(OBJ_BODY, NO_ARR_MF));
	size_t n = arr.record_len, mf_n = desc(&b, NO_ARR_MF).record_len;

	CU_ASSERT_EQUAL(arr.fid, 0x6F06);
	CU_ASSERT_EQUAL(arr.records, 6);
	CU_ASSERT_EQUAL(gbabp.arr_fid, 0x6F06);
	CU_ASSERT_TRUE(
		is(span_sub(rules, (gbabp.arr_record - 1u) * n, n),
		   "800103A406830101950108 800178A40683010A950108 8401D4A40683010A950108 FFFFFFFFFFFFFFFFFFFFFF"));
	CU_ASSERT_TRUE(
		is(span_sub(rules, (msk.arr_record - 1u) * n, n),
		   "800101A406830101950108 80017AA40683010A950108 8401D4A40683010A950108 FFFFFFFFFFFFFFFFFFFFFF"));
	CU_ASSERT_TRUE(
		is(span_sub(rules, (fdn.arr_record - 1u) * n, n),
		   "800101A406830101950108 800102A406830181950108 800178A40683010A950108 8401D4A40683010A950108"));
	/* A file in a DF without an EF_ARR of its own uses the one above; an ADF's rule stands in the MF. */
	CU_ASSERT_EQUAL(kc.arr_fid, 0x6F06);
	CU_ASSERT_EQUAL(kc.arr_record, gbabp.arr_record);
	CU_ASSERT_EQUAL(adf.arr_fid, 0x2F06);
	CU_ASSERT_EQUAL(iccid.arr_fid, 0x2F06);
	CU_ASSERT_TRUE(is(span_sub(mf_rules, (iccid.arr_record - 1u) * mf_n, 21),
			  "8001019000 8001029700 800118A40683010A950108"));
	CU_ASSERT_TRUE(is(span_sub(mf_rules, (adf.arr_record - 1u) * mf_n, 12), "80017EA40683010A950108 FF"));
	profile_close(b.p);
}

static const char *const isim_pins[] = {
	"pins.isim_pin1.code=2222",    "pins.isim_pin1.tries=3",      "pins.isim_pin2.code=8282",
	"pins.isim_pin2.enabled=true", "pins.isim_pin2.tries=5",      "pins.universal.code=99999999",
	"pins.universal.puk=12345678", "pins.universal.puk_tries=10", "pins.universal.tries=3",
};

static void the_isim_can_have_pins_of_its_own(void)
{
	struct built b = build_default(NULL);
	struct profile_error e = { 0 };
	struct file_desc adf = { .application = 0 };
	struct pin_desc pin = { 0 };
	size_t applications[3] = { 0 };

	CU_ASSERT_PTR_NULL(value(&b, OBJ(OBJ_PIN, 0x02)).p);
	CU_ASSERT_PTR_NULL(value(&b, OBJ(OBJ_PIN, PIN_UNIVERSAL)).p);
	for (size_t i = 0; i < VU_COUNT(isim_pins); i++)
		CU_ASSERT_EQUAL_FATAL(profile_set(b.p, isim_pins[i], &e), 0);
	CU_ASSERT_EQUAL_FATAL(profile_build(b.p, &b.items, &b.n, &e), 0);
	CU_ASSERT_TRUE(pin_desc_parse(&pin, value(&b, OBJ(OBJ_PIN, 0x02))));
	CU_ASSERT_TRUE(!pin.enabled && is(SPAN(pin.code), "32323232FFFFFFFF"));
	CU_ASSERT_TRUE(pin_desc_parse(&pin, value(&b, OBJ(OBJ_PIN, 0x82))));
	CU_ASSERT_TRUE(pin.enabled && pin.tries == 5);
	CU_ASSERT_TRUE(pin_desc_parse(&pin, value(&b, OBJ(OBJ_PIN, PIN_UNIVERSAL))));
	CU_ASSERT_TRUE(is(SPAN(pin.code), "3939393939393939") && pin.puk_tries == 10);
	for (uint32_t no = 0; no < FILES_MAX; no++)
		if (file_desc_parse(&adf, value(&b, OBJ(OBJ_FILE, no))) && adf.type == FILE_ADF)
			applications[adf.application % 3]++;
	CU_ASSERT_TRUE(applications[0] == 0 && applications[1] == 1 && applications[2] == 1);
	profile_close(b.p);
}

static void secrets_are_stored_as_the_card_reads_them(void)
{
	struct built b = build_default(NULL);
	struct aka_desc aka = { 0 };
	struct pin_desc pin = { 0 };
	struct sqn_desc sqn = { 0 };

	CU_ASSERT_TRUE(aka_desc_parse(&aka, value(&b, OBJ(OBJ_AKA, 0))));
	CU_ASSERT_EQUAL(aka.secret.algorithm, AKA_MILENAGE);
	CU_ASSERT_TRUE(is(SPAN(aka.secret.k.b), "465b5ce8b199b49faa5f0a2ee238a6bc"));
	CU_ASSERT_TRUE(is(SPAN(aka.secret.opc.b), "cd63cb71954a9f4e48a5994e37a02baf"));
	CU_ASSERT_EQUAL(aka.delta, 1u << 28);
	CU_ASSERT_TRUE(sqn_desc_parse(&sqn, value(&b, OBJ(OBJ_SQN, 0))));
	CU_ASSERT_EQUAL(sqn.seq[0] + sqn.seq[31] + sqn.last, 0);
	CU_ASSERT_TRUE(pin_desc_parse(&pin, value(&b, OBJ(OBJ_PIN, PIN_APPL_1))));
	CU_ASSERT_FALSE(pin.enabled);
	CU_ASSERT_EQUAL(pin.tries, 3);
	CU_ASSERT_EQUAL(pin.puk_tries_max, 10);
	CU_ASSERT_TRUE(is(SPAN(pin.code), "31323334FFFFFFFF"));
	CU_ASSERT_TRUE(is(SPAN(pin.puk), "3132333435363738"));
	CU_ASSERT_TRUE(pin_desc_parse(&pin, value(&b, OBJ(OBJ_PIN, PIN2_APPL_1))));
	CU_ASSERT_TRUE(pin.enabled);
	CU_ASSERT_TRUE(is(SPAN(pin.code), "35363738FFFFFFFF"));
	CU_ASSERT_TRUE(is(SPAN(pin.puk), "3837363534333231"));
	CU_ASSERT_TRUE(pin_desc_parse(&pin, value(&b, OBJ(OBJ_PIN, PIN_ADM1))));
	CU_ASSERT_TRUE(pin.enabled);
	CU_ASSERT_TRUE(is(SPAN(pin.code), "3838383838383838"));
	CU_ASSERT_EQUAL(pin.puk_tries_max, 0);
	profile_close(b.p);
}

/* --set */

static void single_values_are_replaced(void)
{
	struct built b = build_default("imsi=26201012345678");
	/* 14 digits: even, the last nibble is filled up. */
	CU_ASSERT_TRUE(is(body(&b, NO_ADF, 0x6F07), "08 21 26 10 10 32 54 76 F8"));
	CU_ASSERT_TRUE(is(body(&b, NO_ADF, 0x6F78), "01 00"));
	profile_close(b.p);

	b = build_default("imsi=262011");
	CU_ASSERT_TRUE(is(body(&b, NO_ADF, 0x6F07), "04 21 26 10 F1 FF FF FF FF"));
	profile_close(b.p);

	b = build_default("mnc_length=3");
	CU_ASSERT_TRUE(is(body(&b, NO_ADF, 0x6FAD), "00 00 00 03"));
	profile_close(b.p);

	b = build_default("iccid=89001010000000000018");
	CU_ASSERT_TRUE(is(body(&b, 0, 0x2FE2), "98 00 01 01 00 00 00 00 00 81"));
	profile_close(b.p);

	/* SEQ = 48 bits without the last five. */
	b = build_default("sqn.start=ff9bb4d0b607");
	struct sqn_desc sqn = { 0 };
	CU_ASSERT_TRUE(sqn_desc_parse(&sqn, value(&b, OBJ(OBJ_SQN, 0))));
	CU_ASSERT_EQUAL(sqn.seq[0], 0xff9bb4d0b607u >> 5);
	CU_ASSERT_EQUAL(sqn.seq[31], 0xff9bb4d0b607u >> 5);
	profile_close(b.p);

	b = build_default("pins.pin1.enabled=true");
	struct pin_desc pin = { 0 };
	CU_ASSERT_TRUE(pin_desc_parse(&pin, value(&b, OBJ(OBJ_PIN, PIN_APPL_1))));
	CU_ASSERT_TRUE(pin.enabled);
	profile_close(b.p);

	b = build_default("sqn.delta=0x200000000");
	struct aka_desc aka = { 0 };
	CU_ASSERT_TRUE(aka_desc_parse(&aka, value(&b, OBJ(OBJ_AKA, 0))));
	CU_ASSERT_EQUAL(aka.delta, 1ull << 33);
	profile_close(b.p);
}

static void a_profile_is_built_again_after_a_change(void)
{
	struct built first = build_default(NULL);
	size_t n = first.n;

	CU_ASSERT_EQUAL(profile_set(first.p, "mnc_length=3", &error), 0);
	struct built second = build(first.p);
	CU_ASSERT_EQUAL(second.n, n);
	CU_ASSERT_TRUE(is(body(&second, NO_ADF, 0x6FAD), "00 00 00 03"));
	profile_close(second.p);
}

static void op_is_turned_into_opc_and_takes_its_place(void)
{
	/* TS 35.208 set 1. */
	struct built b = build_default("op=cdc202d5123e20f62b6d676ac72cb318");
	struct aka_desc aka = { 0 };

	CU_ASSERT_TRUE(aka_desc_parse(&aka, value(&b, OBJ(OBJ_AKA, 0))));
	CU_ASSERT_TRUE(is(SPAN(aka.secret.opc.b), "cd63cb71954a9f4e48a5994e37a02baf"));
	profile_close(b.p);
}

static void a_wrong_set_is_refused_without_repeating_its_value(void)
{
	static const struct {
		const char *assignment, *key, *what;
		bool at_once; /* by profile_set() itself */
	} sets[] = {
		{ "imsi", "--set", "expected KEY=VALUE", true },
		{ "=1", "--set", "expected KEY=VALUE", true },
		{ "imsy=1", "imsy", "expected a key of the profile (card/profiles/usim-gba.yaml", true },
		{ "pins.pin1=1234", "pins.pin1", "expected a key with a single value", true },
		{ "services=68", "services", "expected a key with a single value", true },
		{ "files.path=MF", "files.path", "expected a key of the profile", true },
		{ "imsi.x=1", "imsi.x", "expected a key of the profile", true },
		{ "mnc_length=two", "mnc_length", "expected a whole number from 0 to 255", true },
		{ "mnc_length=258", "mnc_length", "expected a whole number from 0 to 255", true },
		{ "mnc_length=02", "mnc_length", "expected a whole number from 0 to 255", true },
		{ "pins.pin1.enabled=yes", "pins.pin1.enabled", "expected true or false", true },
		{ "k=00112233445566778899aabbccddeeff00", "k", "expected 32 hexadecimal digits, got 34", false },
		{ "k=0011223344556677SECRET__ccddeeff", "k", "got another character at position 17", false },
		{ "pins.pin2.code=99881234567", "pins.pin2.code", "expected 4 to 8 digits, got 11", false },
		{ "pins.isim_pin1.code=2222", "pins.isim_pin1.code", "expected isim_pin2 beside it, got none", false },
		{ "pins.isim_pin2.code=2222", "pins.isim_pin2.code", "expected isim_pin1 beside it, got none", false },
		{ "pins.universal.code=222", "pins.universal.code", "expected 4 to 8 digits, got 3", false },
		{ "imsi=00101012345678x", "imsi", "expected 6 to 15 digits, got \"00101012345678x\"", false },
		{ "iccid=8900101000000000018", "iccid", "expected 9 as last digit (Luhn), got 8", false },
		{ "aid=A0000000871004", "aid", "begin with A0000000871002", false },
		{ "label=", "label", "expected a text of 1 to 32 octets, got 0", false },
		{ "sqn.delta=0", "sqn.delta", "got 0", false },
		{ "sqn.start=20", "sqn.start", "expected 12 hexadecimal digits, got 2", false },
		{ "atr=3B9D95801FC78031E073F6211F657675696363AA", "atr", "expected TCK B5, got AA", false },
	};

	for (size_t i = 0; i < VU_COUNT(sets); i++) {
		struct profile *p = NULL;
		const struct nv_item *items;
		size_t n;
		CU_ASSERT_EQUAL_FATAL(profile_default(&p, &error), 0);
		int set = profile_set(p, sets[i].assignment, &error);
		CU_ASSERT_EQUAL(set, sets[i].at_once ? -EINVAL : 0);
		if (set == 0)
			CU_ASSERT_EQUAL(profile_build(p, &items, &n, &error), -EINVAL);
		CU_ASSERT_STRING_EQUAL(error.where, "--set");
		CU_ASSERT_STRING_EQUAL(error.key, sets[i].key);
		CU_ASSERT_PTR_NOT_NULL(strstr(error.what, sets[i].what));
		CU_ASSERT_PTR_NULL(strstr(error.what, "SECRET"));
		CU_ASSERT_PTR_NULL(strstr(error.what, "998812"));
		if (strstr(error.what, sets[i].what) == NULL)
			fprintf(stderr, "%s: %s\n", sets[i].assignment, error.what);
		profile_close(p);
	}
}

/* Bad profiles: the default one with one or two places changed. */

struct edit {
	const char *old, *new; /* old stands in the text once; an @ in new marks where the error is and is taken out */
};

struct bad {
	struct edit edit[2];
	const char *key, *what;
};

static char *default_text(void)
{
	char *text = calloc(1, TEXT_MAX);
	FILE *f = fopen(VUICC_SOURCE_DIR "/card/profiles/usim-gba.yaml", "r");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_TRUE(fread(text, 1, TEXT_MAX - 1, f) > 1000);
	fclose(f);
	return text;
}

static void apply_edit(char *text, const struct edit *e)
{
	char *at = strstr(text, e->old);

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	CU_ASSERT_PTR_NULL_FATAL(strstr(at + 1, e->old));
	size_t old = strlen(e->old), new = strlen(e->new);
	CU_ASSERT_TRUE_FATAL(strlen(text) + new < TEXT_MAX);
	memmove(at + new, at + old, strlen(at + old) + 1);
	memcpy(at, e->new, new);
}

/* Takes the mark out of the text and tells where it was, as "NAME:LINE:COLUMN". */
static void take_mark(char *text, const char *name, char *where, size_t n)
{
	char *mark = strchr(text, '@');
	unsigned line = 1, column = 1;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mark);
	for (char *p = text; p < mark; p++) {
		column = *p == '\n' ? 1 : column + 1;
		line += *p == '\n';
	}
	memmove(mark, mark + 1, strlen(mark));
	snprintf(where, n, "%s:%u:%u", name, line, column);
}

static void write_file(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fwrite(text, 1, n, f), n);
	fclose(f);
}

/* Loads and builds; the first error, 0 if there was none. */
static int load_and_build(const char *path)
{
	struct profile *p = NULL;
	const struct nv_item *items;
	size_t n;
	int result = profile_load(&p, path, &error);

	if (result == 0)
		result = profile_build(p, &items, &n, &error);
	profile_close(p);
	return result;
}

static void check_bad(const struct bad *bad, const char *path)
{
	char *text = default_text(), where[256];

	for (size_t i = 0; i < 2 && bad->edit[i].old != NULL; i++)
		apply_edit(text, &bad->edit[i]);
	take_mark(text, path, where, sizeof where);
	write_file(path, text, strlen(text));
	free(text);
	CU_ASSERT_EQUAL(load_and_build(path), -EINVAL);
	bool right = strcmp(error.where, where) == 0 && strcmp(error.key, bad->key) == 0 &&
		     strstr(error.what, bad->what) != NULL && strstr(error.what, "expected ") == error.what &&
		     strstr(error.what, "got ") != NULL;
	CU_ASSERT_TRUE(right);
	if (!right)
		fprintf(stderr, "expected %s: %s: %s\n     got %s: %s: %s\n", where, bad->key, bad->what, error.where,
			error.key, error.what);
}

#define FILE_LINE(fid) "MF/ADF.USIM/" fid ", type: "

static void bad_profiles_are_refused_at_the_right_place(void)
{
	static const struct bad bads[] = {
		/* The text */
		{ { { "mnc_length: 2", "mnc_length: 2\n  x@: y" } }, "(text)", "expected YAML" },
		{ { { "# SPDX", "x\n---\n# SPDX" }, { "iccid: \"", "@iccid: \"" } },
		  "(text)",
		  "expected one YAML document" },
		/* The shape */
		{ { { "imsi: \"001010123456789\"", "imsi: @[ 1 ]" } }, "imsi", "expected a single value, got a list" },
		{ { { "mnc_length: 2", "@mnclength: 2" } },
		  "mnclength",
		  "expected one of the keys iccid, imsi, mnc_length" },
		{ { { "mnc_length: 2", "mnc_length: 2\n@mnc_length: 3" } }, "mnc_length", "expected the key once" },
		{ { { "mnc_length: 2", "mnc_length: @two" } },
		  "mnc_length",
		  "expected a whole number from 0 to 255, got \"two\"" },
		{ { { "mnc_length: 2", "mnc_length: @-2" } }, "mnc_length", "got \"-2\"" },
		{ { { "mnc_length: 2", "" }, { "iccid: \"", "@iccid: \"" } },
		  "mnc_length",
		  "expected the key here, got none" },
		{ { { "enabled: false", "enabled: @no" } }, "pins.pin1.enabled", "expected true or false, got \"no\"" },
		{ { { "pin1: { code: \"1234\", enabled: false, tries: 3, puk: \"12345678\", puk_tries: 10 }",
		      "pin1: @1234" } },
		  "pins.pin1",
		  "expected a mapping (key: value), got a single value" },
		{ { { "pin1: { code: \"1234\", ", "pin1: @{ " } },
		  "pins.pin1.code",
		  "expected the key here, got none" },
		{ { { FILE_LINE("6F31") "transparent", FILE_LINE("6F31") "@transparant" } },
		  "files[12].type",
		  "expected one of mf, df, adf, transparent, linear-fixed, cyclic, ber-tlv, got \"transparant\"" },
		{ { { "update: never", "update: @nobody" } },
		  "access[1].update",
		  "expected one of never, always, pin1, pin2, adm1, got \"nobody\"" },
		{ { { "  - 2    #", "  - @0x10000    #" } }, "services[1]", "expected a whole number from 0 to 65535" },
		{ { { FILE_LINE("6FD6") "transparent, access: user, size: 192",
		      FILE_LINE("6FD6") "transparent, access: user, size: @70000" } },
		  "files[29].size",
		  "from 0 to 65535, got \"70000\"" },
		/* Identity and keys */
		{ { { "\"001010123456789\"", "@\"00101012345678A\"" } },
		  "imsi",
		  "expected 6 to 15 digits, got \"00101012345678A\"" },
		{ { { "\"001010123456789\"", "@\"00101\"" } }, "imsi", "expected 6 to 15 digits" },
		{ { { "\"8900101000000000019\"", "@\"8900101000000000010\"" } },
		  "iccid",
		  "expected 9 as last digit (Luhn), got 0" },
		{ { { "\"8900101000000000019\"", "@\"89001010\"" } }, "iccid", "expected 19 or 20 digits" },
		{ { { "mnc_length: 2", "mnc_length: @4" } }, "mnc_length", "expected 2 or 3, got 4" },
		{ { { "465b5ce8b199b49faa5f0a2ee238a6bc", "@465b5ce8b199b49faa5f0a2ee238a6b" } },
		  "k",
		  "expected 32 hexadecimal digits, got 31" },
		{ { { "cd63cb71954a9f4e48a5994e37a02baf", "@xd63cb71954a9f4e48a5994e37a02baf" } },
		  "opc",
		  "position 1" },
		{ { { "opc: ", "op: @00000000000000000000000000000000\nopc: " } },
		  "op",
		  "expected either op or opc, got both" },
		{ { { "opc: cd63cb71954a9f4e48a5994e37a02baf", "" }, { "iccid: \"", "@iccid: \"" } },
		  "opc",
		  "expected either op or opc, got neither" },
		{ { { "\"000000000000\"", "@\"0000\"" } }, "sqn.start", "expected 12 hexadecimal digits, got 4" },
		{ { { "0x10000000", "@0x80000000000" } }, "sqn.delta", "expected 1 to 2^43 - 1" },
		{ { { "\"1234\"", "@\"123\"" } }, "pins.pin1.code", "expected 4 to 8 digits, got 3" },
		{ { { "\"1234\"", "@\"12E4\"" } }, "pins.pin1.code", "got another character at position 3" },
		{ { { "\"12345678\"", "@\"1234567\"" } }, "pins.pin1.puk", "expected 8 digits, got 7" },
		{ { { "enabled: false, tries: 3", "enabled: false, tries: @16" } },
		  "pins.pin1.tries",
		  "expected 1 to 15, got 16" },
		{ { { "\"88888888\", enabled: true, tries: 3",
		      "\"88888888\", enabled: true, tries: 3, puk_tries: @3" } },
		  "pins.adm1.puk_tries",
		  "expected a puk beside it, got none" },
		{ { { "\naid: A00000", "\naid: @B00000" } }, "aid", "begin with A0000000871002" },
		{ { { "7675696363 B5", "7675696363 AB" }, { "atr: 3B", "atr: @3B" } },
		  "atr",
		  "expected TCK B5, got AB" },
		{ { { "7675696363 B5", "76756963 B5" }, { "atr: 3B", "atr: @3B" } }, "atr", "13 historical bytes" },
		/* Services */
		{ { { "  - 68   #", "  #" }, { "  - 69   #", "  - @69   #" } },
		  "services[9]",
		  "expected service 68 beside service 69, got none" },
		{ { { "  - 33   #", "  #" }, { "  - 1    #", "  @- 1    #" } },
		  "services",
		  "expected service 33 in every USIM" },
		{ { { "  - 69   # MBMS security", "  - 69\n  - @69" } },
		  "services[11]",
		  "expected each service once, got 69 again" },
		{ { { "  - 69   # MBMS security", "  - 69\n  - 200" },
		    { "size: 17 }\n  # EF_FDN", "size: @17 }\n  # EF_FDN" } },
		  "files[13].size",
		  "expected room for what services says" },
		{ { { "  - { path: " FILE_LINE("6FD6") "transparent, access: user, size: 192, content: \"000000\" }\n",
		      "" },
		    { "  - 68   #", "  - @68   #" } },
		  "services[9]",
		  "expected EF_GBABP (6FD6) among the files for service 68, got none" },
		{ { { "6FDA, type", "6FDB, type" }, { "  - 68   #", "  - @68   #" } },
		  "services[9]",
		  "expected EF_GBANL (6FDA)" },
		{ { { "6FD8, type", "6FDB, type" }, { "  - 69   #", "  - @69   #" } },
		  "services[10]",
		  "expected EF_MUK (6FD8)" },
		{ { { "ADF.USIM/6FD7, type", "ADF.USIM/6FDB, type" }, { "  - 69   #", "  - @69   #" } },
		  "services[10]",
		  "expected EF_MSK (6FD7)" },
		{ { { "5F3B/4F52", "5F3B/4F53" }, { "  - 27   #", "  - @27   #" } },
		  "services[5]",
		  "expected EF_KcGPRS (4F52)" },
		{ { { "  - 19   #", "  #" }, { "MF/ADF.USIM/6F46", "@MF/ADF.USIM/6F46" } },
		  "files[18].path",
		  "expected service 19 for EF_SPN" },
		{ { { "record_size: 20, records: 10", "record_size: @21, records: 10" } },
		  "files[30].record_size",
		  "expected a linear-fixed EF_MSK with records of 4 + n * 8 octets" },
		{ { { "6FE4, type", "6FE5, type" }, { "  - 85   #", "  - @85   #" } },
		  "services[11]",
		  "expected EF_EPSNSC (6FE4)" },
		{ { { "  - 1    # local phone book\n", "" }, { "MF/ADF.USIM/5F3A/4F30", "@MF/ADF.USIM/5F3A/4F30" } },
		  "files[39].path",
		  "expected service 1 for EF_PBR (4F30)" },
		{ { { "  # DF_PHONEBOOK",
		      "  - { path: @MF/ADF.USIM/5FC0, type: df, access: directory }\n  # DF_PHONEBOOK" } },
		  "files[38].path",
		  "expected a service with files in DF_5GS (5FC0), got none" },
		{ { { "  - 85   # EPS mobility", "  - 85\n  - @122 # EPS mobility" } },
		  "services[12]",
		  "expected EF_5GS3GPPLOCI (4F01) among the files for service 122" },
		{ { { "  - 85   # EPS mobility", "  - 85\n  - @125 # EPS mobility" } },
		  "services[12]",
		  "expected a service that this card has, got 125, SUCI calculation by the USIM" },
		/* ISIM */
		{ { { "services: [ 1, 2 ]", "services: [ 1, 2, @3 ]" } },
		  "isim.services[2]",
		  "expected a service that this card has, got 3, HTTP Digest" },
		{ { { "services: [ 1, 2 ]", "services: [ 1 ]" }, { "MF/ADF.ISIM/6FD5", "@MF/ADF.ISIM/6FD5" } },
		  "files[48].path",
		  "expected service 2 for EF_GBABP (6FD5)" },
		{ { { "ADF.ISIM/6FD7", "ADF.ISIM/6FDA" }, { "services: [ 1, 2 ]", "services: [ 1, @2 ]" } },
		  "isim.services[1]",
		  "expected EF_GBANL (6FD7) among the files for service 2" },
		{ { { "services: [ 1, 2 ]", "services: [ 2 ]" }, { "MF/ADF.ISIM/6F09", "@MF/ADF.ISIM/6F09" } },
		  "files[47].path",
		  "expected service 1 for EF_P-CSCF" },
		{ { { "isim:\n  aid: A0000000871004FFFFFFFF8907090000\n  label: vuicc ISIM\n  services: [ 1, 2 ]\n",
		      "" },
		    { "MF/ADF.ISIM, type", "@MF/ADF.ISIM, type" } },
		  "files[40].path",
		  "expected isim.aid beside MF/ADF.ISIM" },
		{ { { "  aid: A0000000871004", "  aid: @A0000000871002" } }, "isim.aid", "begin with A0000000871004" },
		{ { { "sfi: 0x07, size: 3", "sfi: 0x07, size: 3, content: @010000" } },
		  "files[46].content",
		  "expected what isim.services says" },
		{ { { "record_size: 96, records: 4", "record_size: @20, records: 4" } },
		  "files[43].record_size",
		  "expected room for what imsi says" },
		{ { { "record_size: 48, records: 2", "record_size: 48, records: @1" } },
		  "files[2].records",
		  "expected a record for each application" },
		/* Files */
		{ { { "path: MF, type: mf", "path: @MF/7F10, type: df" } },
		  "files[0].path",
		  "expected MF, of type mf, as the first file" },
		{ { { "path: MF/2F05", "path: @2F05" } }, "files[3].path", "expected MF/" },
		{ { { "path: MF/2F05", "path: @MF/2FG5" } }, "files[3].path", "expected four hexadecimal digits" },
		{ { { "path: MF/2F05", "path: @MF/7F10/2F05" } },
		  "files[3].path",
		  "expected a directory that stands earlier in the list, got \"MF/7F10\"" },
		{ { { "path: MF/2F05", "path: @MF/2FE2/2F05" } },
		  "files[3].path",
		  "expected a directory that stands earlier in the list" },
		{ { { "path: MF/2F05", "path: @MF/2FE2" } },
		  "files[3].path",
		  "expected an identifier of its own in its directory and above, got 2FE2 a second time" },
		{ { { "- { path: MF/2F05",
		      "- { path: MF/7F60, type: df, access: directory }\n"
		      "  - { path: MF/7F60/5F61, type: df, access: directory }\n"
		      "  - { path: @MF/7F60/5F61/7F60, type: df, access: directory }\n  - { path: MF/2F05" } },
		  "files[5].path",
		  "expected an identifier of its own in its directory and above, got 7F60 a second time" },
		{ { { "path: MF/2F05", "path: @MF/3F00" } },
		  "files[3].path",
		  "expected a file identifier other than 3F00" },
		{ { { "path: MF/2F05, type: transparent", "path: MF/2F05, type: @adf" } },
		  "files[3].type",
		  "expected adf for MF/ADF.USIM" },
		{ { { "sfi: 0x08, size: 33", "sfi: @0x07, size: 33" } },
		  "files[9].sfi",
		  "expected an SFI of its own in its directory, got 7, as 6F07 has" },
		{ { { "sfi: 0x08, size: 33", "sfi: @31, size: 33" } }, "files[9].sfi", "expected 1 to 30" },
		{ { { "sfi: 0x05, size: 10", "sfi: 0x05, size: @0" } }, "files[3].size", "expected 1 to 32767" },
		{ { { "sfi: 0x05, size: 10", "sfi: 0x05, size: 10, record_size: @5" } },
		  "files[3].record_size",
		  "for an EF of records" },
		{ { { "record_size: 54, records: 1", "record_size: 54, records: @0" } },
		  "files[34].records",
		  "expected 1 to 254" },
		{ { { "record_size: 54, records: 1", "record_size: 255, records: @200" } },
		  "files[34].records",
		  "expected at most 32767 octets in all, got 51000" },
		{ { { "record_size: 54, records: 1", "record_size: 54, records: 1, content: @\"00\"" } },
		  "files[34].content",
		  "expected record_contents" },
		{ { { "record_size: 54, records: 1",
		      "record_size: 54, records: 1, record_contents: @[ \"00\", \"01\" ]" } },
		  "files[34].record_contents",
		  "expected at most 1 records, got 2" },
		{ { { "record_size: 4, records: 2",
		      "record_size: 4, records: 2, record_contents: [ \"01\", @\"0102030405\" ]" } },
		  "files[27].record_contents[1]",
		  "expected at most 4 octets in hexadecimal, got more" },
		{ { { "size: 1, content: 0A", "size: 1, content: @0A0B" } },
		  "files[12].content",
		  "expected at most 1 octets in hexadecimal, got more" },
		{ { { "size: 1, content: 0A", "size: 1, content: @0X" } }, "files[12].content", "got something else" },
		{ { { "sfi: 0x17 }", "sfi: 0x17, record_contents: @[ \"80\" ] }" } },
		  "files[7].record_contents",
		  "made from the access rules" },
		{ { { "MF/2FE2, type: transparent, access: fixed", "MF/2FE2, type: transparent, access: @fixt" } },
		  "files[1].access",
		  "expected the name of a rule under access, got \"fixt\"" },
		{ { { "ADF.USIM, type: adf, access: directory", "ADF.USIM, type: adf, access: @public" } },
		  "files[5].access",
		  "expected a rule without read for a directory" },
		{ { { "MF/2FE2, type: transparent, access: fixed", "MF/2FE2, type: transparent, access: @directory" } },
		  "files[1].access",
		  "expected a rule without create for an EF" },
		{ { { "MF/2F05, type: transparent, access: preference, sfi: 0x05, size: 10",
		      "MF/2F05, type: ber-tlv, access: preference, sfi: 0x05, size: 10, content: @8103AABB" } },
		  "files[3].content",
		  "expected BER-TLV objects of at most 10 octets, each tag once" },
		{ { { "MF/2F05, type: transparent, access: preference, sfi: 0x05, size: 10",
		      "MF/2F05, type: ber-tlv, access: preference, sfi: 0x05, size: 10, content: @8101AA8101BB" } },
		  "files[3].content",
		  "expected BER-TLV objects of at most 10 octets, each tag once" },
		{ { { "MF/2F05, type: transparent, access: preference, sfi: 0x05, size: 10",
		      "MF/2F05, type: ber-tlv, access: preference, sfi: 0x05, size: 2, content: @8101AA" } },
		  "files[3].content",
		  "got more" },
		{ { { "MF/2F05, type: transparent, access: preference, sfi: 0x05, size: 10",
		      "MF/2F05, type: ber-tlv, access: preference, sfi: 0x05, size: 10, content: @9F81 03 010203" } },
		  "files[3].content",
		  "expected BER-TLV objects of at most 10 octets, each tag once" },
		{ { { "MF/2F05, type: transparent, access: preference, sfi: 0x05, size: 10",
		      "MF/2F05, type: ber-tlv, access: preference, sfi: 0x05, size: 10, content: @5C0180" } },
		  "files[3].content",
		  "expected BER-TLV objects of at most 10 octets, each tag once" },
		{ { { "MF/2F05, type: transparent, access: preference, sfi: 0x05, size: 10",
		      "MF/2F05, type: ber-tlv, access: preference, sfi: 0x05, size: 10, content: @FF1F00" } },
		  "files[3].content",
		  "expected BER-TLV objects of at most 10 octets, each tag once" },
		{ { { "name: public", "name: @fixed" } },
		  "access[2].name",
		  "expected a name of its own, got \"fixed\" again" },
		{ { { "MF/2F06, type: linear-fixed", "MF/2F07, type: linear-fixed, record_size: 30, records: 5" },
		    { "type: mf, access: directory", "type: mf, access: @directory" } },
		  "files[0].access",
		  "expected a linear-fixed EF_ARR" },
		{ { { "ADF.USIM/6F06, type: linear-fixed",
		      "ADF.USIM/6F0B, type: linear-fixed, record_size: 30, records: 2" },
		    { "6F05, type: transparent, access: preference", "6F05, type: transparent, access: @preference" } },
		  "files[6].access",
		  "expected a linear-fixed EF_ARR" },
		{ { { "path: MF/ADF.USIM/5F3B/4F20", "path: @MF/ADF.USIM/5F3B/5F3B" } },
		  "files[36].path",
		  "got 5F3B a second time" },
		/* Derived files */
		{ { { "6F07, type: transparent, access: subscription, sfi: 0x07, size: 9",
		      "6F07, type: transparent, access: subscription, sfi: 0x07, size: @8" } },
		  "files[8].size",
		  "expected room for what imsi says" },
		{ { { "sfi: 0x07, size: 9", "sfi: 0x07, size: 9, content: @08 09 10 10 10 32 54 76 97" } },
		  "files[8].content",
		  "expected what imsi says, or no content" },
		{ { { "sfi: 0x03, size: 4", "sfi: 0x03, size: 4, content: @00 00 00 03" } },
		  "files[26].content",
		  "expected what mnc_length says" },
		{ { { "record_size: 48, records: 2", "record_size: @31, records: 2" } },
		  "files[2].record_size",
		  "expected room for what aid says" },
		{ { { "MF/2FE2", "MF/2FE3" }, { "files:\n  - { path", "files:\n  @- { path" } },
		  "files",
		  "expected EF_ICCID (MF/2FE2) for iccid, got none" },
	};
	char path[64];

	snprintf(path, sizeof path, "/tmp/vuicc-profile-%d.yaml", (int)getpid());
	for (size_t i = 0; i < VU_COUNT(bads); i++)
		check_bad(&bads[i], path);
	unlink(path);
}

/* TS 31.103 4.2 and TS 23.003 13: what an IMSI makes of an ISIM. */
static void the_isim_has_the_identities_of_the_imsi(void)
{
	struct built b = build_default("imsi=310150123456789");
	uint16_t isim = 0;

	while (desc(&b, isim).type != FILE_ADF || desc(&b, isim).aid[6] != 0x04)
		isim++;
	/* An MNC of two digits gets a 0 in front. */
	CU_ASSERT_TRUE(
		span_starts(body(&b, isim, 0x6F02), span_str("\x80\x31"
							     "310150123456789@ims.mnc015.mcc310.3gppnetwork.org\xFF")));
	CU_ASSERT_TRUE(span_starts(body(&b, isim, 0x6F03), span_str("\x80\x21"
								    "ims.mnc015.mcc310.3gppnetwork.org\xFF")));
	CU_ASSERT_TRUE(span_starts(body(&b, isim, 0x6F04),
				   span_str("\x80\x35"
					    "sip:310150123456789@ims.mnc015.mcc310.3gppnetwork.org\xFF")));
	CU_ASSERT_TRUE(span_all(span_sub(body(&b, isim, 0x6F04), 96, 3 * 96), 0xFF));
	CU_ASSERT_TRUE(is(body(&b, isim, 0x6FAD), "000000"));
	CU_ASSERT_TRUE(is(body(&b, isim, 0x6F07), "030000"));
	CU_ASSERT_TRUE(is(span_sub(body(&b, isim, 0x6FD5), 0, 4), "000000FF"));
	CU_ASSERT_EQUAL(desc(&b, number(&b, isim, 0x6FD7)).record_len, 192); /* EF_GBANL, where the USIM has EF_MSK */
	CU_ASSERT_EQUAL(number(&b, isim, 0x6FDD), 0); /* no EF_NAFKCA: service 4 is off */
	profile_close(b.p);
}

static void an_mnc_of_three_digits_stands_as_it_is(void)
{
	struct profile *p = NULL;

	CU_ASSERT_EQUAL_FATAL(profile_default(&p, &error), 0);
	CU_ASSERT_EQUAL(profile_set(p, "imsi=310410123456789", &error), 0);
	CU_ASSERT_EQUAL(profile_set(p, "mnc_length=3", &error), 0);
	struct built b = build(p);
	uint32_t isim = 40;
	CU_ASSERT_EQUAL(desc(&b, isim).type, FILE_ADF);
	CU_ASSERT_TRUE(span_starts(body(&b, (uint16_t)isim, 0x6F03), span_str("\x80\x21"
									      "ims.mnc410.mcc310.3gppnetwork.org")));
	profile_close(p);
}

/* TS 31.102 4.4.11: DF_5GS comes with the first service that has a file in it. */
static void df_5gs_is_there_with_its_services(void)
{
	static const struct edit edits[] = {
		{ "  - 85   # EPS mobility", "  - 85\n  - 126\n  - 124  # EPS mobility" },
		{ "  # DF_PHONEBOOK (service 1)",
		  "  - { path: MF/ADF.USIM/5FC0, type: df, access: directory }\n"
		  "  - { path: MF/ADF.USIM/5FC0/4F06, type: transparent, access: subscription, size: 4, content: "
		  "00000000 }\n"
		  "  - { path: MF/ADF.USIM/5FC0/4F07, type: transparent, access: subscription, size: 40 }\n"
		  "  - { path: MF/ADF.USIM/5FC0/4F0A, type: transparent, access: subscription, size: 4 }\n"
		  "  # DF_PHONEBOOK (service 1)" },
	};
	char *text = default_text();
	char path[64];

	snprintf(path, sizeof path, "/tmp/vuicc-profile-%d.yaml", (int)getpid());
	for (size_t i = 0; i < VU_COUNT(edits); i++)
		apply_edit(text, &edits[i]);
	write_file(path, text, strlen(text));
	free(text);
	struct profile *p = NULL;
	CU_ASSERT_EQUAL_FATAL(profile_load(&p, path, &error), 0);
	struct built b = build(p);
	uint32_t df = number(&b, NO_ADF, 0x5FC0);
	CU_ASSERT_EQUAL(desc(&b, df).type, FILE_DF);
	CU_ASSERT_TRUE(is(body(&b, (uint16_t)df, 0x4F06), "00000000"));
	/* Octet 16 has services 121 to 128. */
	CU_ASSERT_EQUAL(body(&b, NO_ADF, 0x6F38).p[15], 0x28);
	profile_close(p);
	unlink(path);
	struct built plain = build_default(NULL);
	CU_ASSERT_EQUAL(number(&plain, NO_ADF, 0x5FC0), 0);
	profile_close(plain.p);
}

static void content_that_agrees_is_taken(void)
{
	static const struct edit edits[] = {
		{ "MF/2F05, type: transparent, access: preference, sfi: 0x05, size: 10",
		  "MF/2F05, type: ber-tlv, access: preference, sfi: 0x05, size: 10, content: 9F8101 01 AA 9F8102 00" },
		{ "sfi: 0x07, size: 9", "sfi: 0x07, size: 9, content: 08 09 10 10 10 32 54 76 98" },
		{ "sfi: 0x03, size: 4", "sfi: 0x03, size: 4, content: 01 00 00 02" },
		{ "record_size: 4, records: 2", "record_size: 4, records: 2, record_contents: [ 11F2FF00 ]" },
		{ "2F06, type: linear-fixed, access: public, sfi: 0x06",
		  "2F06, type: linear-fixed, access: public, sfi: 0x06, record_size: 40, records: 10" },
	};
	char *text = default_text();
	char path[64];

	snprintf(path, sizeof path, "/tmp/vuicc-profile-%d.yaml", (int)getpid());
	for (size_t i = 0; i < VU_COUNT(edits); i++)
		apply_edit(text, &edits[i]);
	write_file(path, text, strlen(text));
	free(text);
	struct profile *p = NULL;
	CU_ASSERT_EQUAL_FATAL(profile_load(&p, path, &error), 0);
	struct built b = build(p);
	CU_ASSERT_TRUE(is(body(&b, 0, 0x2F05), "9F810101AA 9F810200"));
	CU_ASSERT_TRUE(is(body(&b, NO_ADF, 0x6FAD), "01000002"));
	CU_ASSERT_TRUE(is(body(&b, NO_ADF, 0x6FB7), "11F2FF00 FFFFFFFF"));
	CU_ASSERT_EQUAL(desc(&b, NO_ARR_MF).record_len, 40);
	CU_ASSERT_EQUAL(desc(&b, NO_ARR_MF).records, 10);
	CU_ASSERT_EQUAL(body(&b, 0, 0x2F06).n, 400);
	profile_close(p);
	unlink(path);
}

static void more_than_a_card_can_hold_is_refused(void)
{
	enum { LARGE_FILES = CARD_OCTETS_MAX / FILE_SIZE_MAX + 1 };
	char *text = default_text();
	char path[64];
	size_t n = strlen(text);

	snprintf(path, sizeof path, "/tmp/vuicc-profile-%d.yaml", (int)getpid());
	for (unsigned i = 0; i < LARGE_FILES; i++)
		n += (size_t)snprintf(text + n, TEXT_MAX - n,
				      "\n  - { path: MF/%04X, type: transparent, access: public, size: %d }\n",
				      0x4000 + i, FILE_SIZE_MAX);
	write_file(path, text, n);
	CU_ASSERT_EQUAL(load_and_build(path), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.what, "expected at most 786432 octets in all files together"));
	CU_ASSERT_EQUAL(strncmp(error.key, "files[", 6), 0);
	*strstr(text, "  - { path: MF/4000") = '\0';
	write_file(path, text, strlen(text));
	CU_ASSERT_EQUAL(load_and_build(path), 0);
	free(text);
	unlink(path);
}

static void a_profile_cut_off_anywhere_is_refused_or_whole(void)
{
	enum { STEP = 97 };
	char *text = default_text(), path[64];
	size_t n = strlen(text), whole = strlen("  - { path: MF/ADF.USIM/5F3B/4F52");

	snprintf(path, sizeof path, "/tmp/vuicc-profile-%d.yaml", (int)getpid());
	for (size_t cut = 0; cut < n - whole; cut += STEP) {
		write_file(path, text, cut);
		CU_ASSERT_EQUAL(load_and_build(path), -EINVAL);
		CU_ASSERT_TRUE(error.where[0] != '\0' && error.key[0] != '\0' && error.what[0] != '\0');
	}
	free(text);
	unlink(path);
}

static void a_file_that_cannot_be_read_is_named(void)
{
	struct profile *p = NULL;

	CU_ASSERT_EQUAL(profile_load(&p, "/nowhere/p.yaml", &error), -ENOENT);
	CU_ASSERT_STRING_EQUAL(error.where, "/nowhere/p.yaml");
	CU_ASSERT_EQUAL(profile_load(&p, "/", &error), -EISDIR);
	CU_ASSERT_EQUAL(profile_load(&p, "/dev/zero", &error), -EFBIG);
	CU_ASSERT_PTR_NULL(p);
	profile_close(NULL);
}

static void aliases_and_circles_end(void)
{
	static const char *const texts[] = {
		"&a [ *a ]", "iccid: &a { iccid: *a }", "files: &f [ *f, *f ]", "",	    "---\n",	     "[]",
		"x",	     "? { a: b }\n: c\n",	"imsi: \"a\\0b\"\n",	"\xff\xfe", "imsi: *nowhere"
	};
	char path[64];

	snprintf(path, sizeof path, "/tmp/vuicc-profile-%d.yaml", (int)getpid());
	for (size_t i = 0; i < VU_COUNT(texts); i++) {
		write_file(path, texts[i], strlen(texts[i]));
		CU_ASSERT_EQUAL(load_and_build(path), -EINVAL);
	}
	unlink(path);
}

/* show */

/* Everything that show prints of a store. */
static char *shown(const struct nv_mem *m)
{
	const char *why = NULL;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct view *v = view_open(&nv_mem_ops, (void *)(uintptr_t)m, &why);

	CU_ASSERT_PTR_NOT_NULL_FATAL(v);
	show_card(f, v);
	show_tree(f, v);
	fclose(f);
	view_close(v);
	return text;
}

static void write_body(struct nv_mem *m, const struct built *b, uint16_t fid, const char *hex)
{
	uint8_t octets[2048];
	struct wr w = wr_of(octets, body(b, NO_ADF, fid).n);

	CU_ASSERT_TRUE(hex_parse(&w, span_str(hex)));
	wr_pad(&w, 0xFF);
	struct nv_item item = { .key = OBJ(OBJ_BODY, number(b, NO_ADF, fid)), .value = octets, .n = w.n };
	CU_ASSERT_TRUE(nv_mem_ops.apply(m, &item, 1));
}

static void show_tells_what_a_reader_could_see(void)
{
	static const char *const expected[] = {
		"ATR        3B9D95801FC78031E073F6211F657675696363B5\n",
		"\nclass A0   off\n",
		"ICCID      8900101000000000019\n",
		"IMSI       001010123456789 (MNC of 2 digits)\n",
		"AID A0000000871002FFFFFFFF8907090000 \"vuicc USIM\"\n",
		"PIN1       disabled, 3 of 3 tries left; PUK: 10 of 10\n",
		"ADM1       enabled, 3 of 3 tries left\n",
		"69 MBMS security\n",
		"EF_GBABP   RAND 00112233445566778899AABBCCDDEEFF, B-TID \"b@c\", lifetime \"2030\"\n",
		"EF_GBANL   1: n\\x0A (Ua 0100000001), B-TID \"b@c\"\n",
		"EF_MUK     1: IDi \"n\", IDr \"b@c\", counter 00000007\n",
		"EF_MSK     1: Key Domain 00F110, MSK ID 00010002 counter 00000003; MSK ID 00010003 counter 00000000\n",
		"    6FD7 EF_MSK          linear-fixed 10 x 20          read pin1, update adm1, deactivate adm1, "
		"activate adm1, terminate adm1, delete adm1, resize adm1\n",
		"  2FE2 EF_ICCID          transparent 10         SFI 02 read always, update never, deactivate adm1, "
		"activate adm1\n",
	};
	struct built b = build_default(NULL);
	struct nv_mem *m = nv_mem_open();

	CU_ASSERT_TRUE(nv_mem_ops.apply(m, b.items, b.n));
	write_body(m, &b, 0x6FD6, "10 00112233445566778899AABBCCDDEEFF 03 624063 04 32303330");
	write_body(m, &b, 0x6FDA, "80 07 6E 0A 01 00 00 00 01 81 03 624063");
	write_body(m, &b, 0x6FD8, "A0 08 80 03 624063 82 01 6E 81 04 00000007");
	write_body(m, &b, 0x6FD7, "00F110 02 00010002 00000003 00010003 00000000");
	char *text = shown(m);
	for (size_t i = 0; i < VU_COUNT(expected); i++) {
		CU_ASSERT_PTR_NOT_NULL(strstr(text, expected[i]));
		if (strstr(text, expected[i]) == NULL)
			fprintf(stderr, "missing: %s", expected[i]);
	}
	free(text);
	nv_mem_close(m);
	profile_close(b.p);
}

static void show_never_tells_a_secret(void)
{
	static const char *const secrets[] = {
		"465b5ce8b199b49f",
		"cd63cb71954a9f4e",
		"31323334",
		"35363738",
		"38383838",
		"87654321",
		"12345678\n",
		"5678\n",
		/* what the card keeps beside: Ks, Ks_int_NAF, MUK, MSK */
		"5EC2E7",
		"5ec2e7",
	};
	struct built b = build_default("iccid=8900101000000000027");
	struct nv_mem *m = nv_mem_open();
	static const uint8_t secret[32] = { 0x5E, 0xC2, 0xE7 };

	CU_ASSERT_TRUE(nv_mem_ops.apply(m, b.items, b.n));
	for (unsigned kind = OBJ_KS; kind <= OBJ_NAF_USE + 1; kind++) {
		struct nv_item item = { .key = OBJ(kind, 1), .value = secret, .n = sizeof secret };
		CU_ASSERT_TRUE(nv_mem_ops.apply(m, &item, 1));
	}
	char *text = shown(m);
	for (size_t i = 0; i < VU_COUNT(secrets); i++)
		CU_ASSERT_PTR_NULL(strcasestr(text, secrets[i]));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "8900101000000000027"));
	free(text);
	nv_mem_close(m);
	profile_close(b.p);
}

/* A card whose object i is gone (how 0), cut by an octet (1) or changed in octet how - 2: is it refused? */
static bool damaged_is_refused(const struct built *b, size_t i, size_t how)
{
	struct nv_mem *m = nv_mem_open();
	struct nv_item item = b->items[i];
	const char *why = NULL;
	uint8_t octets[4096];

	CU_ASSERT_TRUE(nv_mem_ops.apply(m, b->items, b->n));
	memcpy(octets, item.value, item.n);
	if (how >= 2)
		octets[how - 2] ^= 0xFF;
	item.value = how == 0 ? NULL : octets;
	item.n -= how == 1;
	CU_ASSERT_TRUE(nv_mem_ops.apply(m, &item, 1));
	struct view *v = view_open(&nv_mem_ops, m, &why);
	if (v != NULL) {
		FILE *f = fopen("/dev/null", "w");
		show_card(f, v);
		show_tree(f, v);
		fclose(f);
	}
	bool refused = v == NULL;
	view_close(v);
	nv_mem_close(m);
	return refused;
}

static void show_refuses_a_card_that_is_not_whole(void)
{
	struct built b = build_default(NULL);

	for (size_t i = 0; i < b.n; i++) {
		uint8_t kind = OBJ_KIND(b.items[i].key);
		bool seen = kind == OBJ_CARD || kind == OBJ_FILE || kind == OBJ_BODY || kind == OBJ_PIN;
		CU_ASSERT_EQUAL(damaged_is_refused(&b, i, 0), kind != OBJ_PIN && seen);
		CU_ASSERT_EQUAL(damaged_is_refused(&b, i, 1), seen);
		for (size_t octet = 0; octet < b.items[i].n && octet < 8; octet++) {
			bool refused = damaged_is_refused(&b, i, 2 + octet);
			/* Type and parent. */
			CU_ASSERT_TRUE(refused || kind != OBJ_FILE || octet > 2);
		}
	}
	profile_close(b.p);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "Luhn digits are right", luhn_digits_are_right },
		{ "ATRs are judged as ISO 7816-3 says", atrs_are_judged_as_iso_7816_3_says },
		{ "access rules are those of real cards", access_rules_are_those_of_real_cards },
		{ "the default card has its ATR and files", the_default_card_has_its_atr_and_files },
		{ "derived files have the octets of the specification",
		  derived_files_have_the_octets_of_the_specification },
		{ "every file refers to the rule it asks for", every_file_refers_to_the_rule_it_asks_for },
		{ "the ISIM can have PINs of its own, the card a universal PIN", the_isim_can_have_pins_of_its_own },
		{ "secrets are stored as the card reads them", secrets_are_stored_as_the_card_reads_them },
		{ "single values are replaced", single_values_are_replaced },
		{ "a profile is built again after a change", a_profile_is_built_again_after_a_change },
		{ "OP is turned into OPc and takes its place", op_is_turned_into_opc_and_takes_its_place },
		{ "a wrong --set is refused without repeating its value",
		  a_wrong_set_is_refused_without_repeating_its_value },
		{ "bad profiles are refused at the right place", bad_profiles_are_refused_at_the_right_place },
		{ "the ISIM has the identities of the IMSI", the_isim_has_the_identities_of_the_imsi },
		{ "an MNC of three digits stands as it is", an_mnc_of_three_digits_stands_as_it_is },
		{ "DF_5GS is there with its services", df_5gs_is_there_with_its_services },
		{ "content that agrees is taken", content_that_agrees_is_taken },
		{ "more than a card can hold is refused", more_than_a_card_can_hold_is_refused },
		{ "a profile cut off anywhere is refused", a_profile_cut_off_anywhere_is_refused_or_whole },
		{ "a file that cannot be read is named", a_file_that_cannot_be_read_is_named },
		{ "aliases and circles end", aliases_and_circles_end },
		{ "show tells what a reader could see", show_tells_what_a_reader_could_see },
		{ "show never tells a secret", show_never_tells_a_secret },
		{ "show refuses a card that is not whole", show_refuses_a_card_that_is_not_whole },
	};

	return CU_RUN("profile", tests);
}
