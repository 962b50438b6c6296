/* SPDX-License-Identifier: Apache-2.0 */
/* Class A0, the card as a SIM: TS 51.011 clauses 8, 9.2 and 9.4. */
#include "apdu/hex.h"
#include "card/gsm.h"
#include "card_fixture.h"
#include "tests/cu.h"

#define SW(c, hex, sw) CU_ASSERT_EQUAL(card_hex(c, hex), sw)
#define T0(c, hex, sw) CU_ASSERT_EQUAL(card_t0_hex(c, hex), sw)

#define SELECT "a0a4000002"
#define RUN_GSM "a088000010 23553cbe9637a89d218ae64dae47bf35"
#define SRES "46f8416a"
#define KC "eae4be823af9a08b"

static const struct card_options gsm = { .legacy_gsm = true };
static const struct card_options gsm_pin = { .legacy_gsm = true, .pin1_enabled = true };

static void test_class_is_off_unless_asked_for(void)
{
	struct card *c = card_new(NULL);

	SW(c, SELECT "3f00", SW_CLA);
	T0(c, SELECT "3f00", SW_CLA);
	SW(c, "a0f2000016", SW_CLA);
	SW(c, "a0c0000016", SW_CLA);
	SW(c, "a020000108 31323334ffffffff", SW_CLA);
	card_free(c);
}

/* 9.2.1 */
static void test_select_directory(void)
{
	struct card *c = card_new(&gsm);

	SW(c, SELECT "3f00", SW_OK);
	CU_ASSERT(card_answered(c, "0000 .... 3f00 01 0000000000 09 b1 02 03 05 00 83 8a 83 8a"));
	SW(c, SELECT "7f20", SW_OK);
	CU_ASSERT(card_answered(c, "0000 .... 7f20 02 0000000000 09 b1 01 04 05 00 83 8a 83 8a"));
	SW(c, SELECT "7f10", SW_OK); /* beside the current one */
	SW(c, SELECT "6f07", SW_GSM_FILE_NOT_FOUND);
	SW(c, SELECT "7fff", SW_GSM_FILE_NOT_FOUND);
	SW(c, "a0a4000002 3f00 00", SW_OK);
	SW(c, "a0a4010002 3f00", SW_OFFSET); /* 6B00 */
	SW(c, "a0a4000402 3f00", SW_OFFSET);
	SW(c, "a0a4000001 3f", SW_WRONG_LENGTH);
	SW(c, "a0a4000000", SW_WRONG_LENGTH);
	card_free(c);

	c = card_new(&gsm_pin);
	SW(c, SELECT "3f00", SW_OK);
	CU_ASSERT(card_answered(c, "0000 .... 3f00 01 0000000000 09 31 02 03 05 00 83 8a 83 8a"));
	card_free(c);
}

/* An application stays out of reach, by its name or when it is selected. */
static void test_applications_are_not_there(void)
{
	struct card *c = card_new(&gsm);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, SELECT "7fff", SW_GSM_FILE_NOT_FOUND);
	SW(c, SELECT "7f20", SW_OK);
	SW(c, SELECT "7fff", SW_GSM_FILE_NOT_FOUND);
	card_free(c);
}

/* 9.2.1 and 9.3 */
static void test_select_file(void)
{
	struct card *c = card_new(&gsm);

	SW(c, SELECT "7f20", SW_OK);
	SW(c, SELECT "6f07", SW_OK); /* read: CHV1, update: ADM */
	CU_ASSERT(card_answered(c, "0000 0009 6f07 04 00 14 ff 44 01 02 00 00"));
	SW(c, SELECT "6f3a", SW_OK); /* CHV1, CHV2; nobody may invalidate it */
	CU_ASSERT(card_answered(c, "0000 0008 6f3a 04 00 12 ff ff 01 02 01 04"));
	SW(c, SELECT "6f39", SW_OK); /* always */
	CU_ASSERT(card_answered(c, "0000 0009 6f39 04 40 00 0f 44 01 02 03 03"));
	card_free(c);
}

static void test_invalidated_file(void)
{
	struct card *c = card_new(&gsm);

	SW(c, "0020000a08 3838383838383838", SW_OK);
	SW(c, SELECT "7f20", SW_OK);
	SW(c, SELECT "6f39", SW_OK);
	SW(c, "0004000000", SW_OK);
	SW(c, SELECT "6f39", SW_OK);
	CU_ASSERT(card_answered(c, "0000 0009 6f39 04 40 00 0f 44 00 02 03 03"));
	SW(c, "a0b2010403", SW_GSM_INVALIDATED);
	card_free(c);
}

/* 9.2.2 */
static void test_status(void)
{
	struct card *c = card_new(&gsm);

	SW(c, SELECT "7f20", SW_OK);
	SW(c, "a0f2000016", SW_OK);
	CU_ASSERT(card_answered(c, "0000 .... 7f20 02 0000000000 09 b1 01 04 05 00 83 8a 83 8a"));
	T0(c, "a0f2000007", SW_OK);
	CU_ASSERT(card_answered(c, "0000 .... 7f20 02"));
	T0(c, "a0f2000017", SW_WRONG_LENGTH | 22);
	T0(c, "a0f2000000", SW_WRONG_LENGTH | 22);
	T0(c, "a0f20000", SW_WRONG_LENGTH | 22);
	SW(c, "a0f2000c16", SW_OFFSET);
	card_free(c);
}

/* 9.2.3 */
static void test_read_binary(void)
{
	struct card *c = card_new(&gsm);

	SW(c, SELECT "7f20", SW_OK);
	SW(c, "a0b0000009", SW_GSM_NO_EF);
	SW(c, SELECT "6f07", SW_OK);
	T0(c, "a0b0000009", SW_OK);
	CU_ASSERT(card_answered(c, "080910101032547698"));
	T0(c, "a0b0000702", SW_OK);
	CU_ASSERT(card_answered(c, "7698"));
	T0(c, "a0b0000703", SW_GSM_RANGE);
	T0(c, "a0b0000901", SW_GSM_RANGE);
	T0(c, "a0b0000000", SW_GSM_RANGE); /* 256 */
	SW(c, "a0b0870009", SW_OFFSET); /* no short identifiers here */
	SW(c, SELECT "6f3a", SW_OK);
	SW(c, "a0b0000004", SW_GSM_FILE_STRUCTURE);
	card_free(c);
}

/* 9.2.5 */
static void test_read_record(void)
{
	struct card *c = card_new(&gsm);

	SW(c, SELECT "7f20", SW_OK);
	SW(c, SELECT "6f3a", SW_OK);
	T0(c, "a0b2020404", SW_OK);
	CU_ASSERT(card_answered(c, "65666768"));
	T0(c, "a0b2020403", SW_WRONG_LENGTH | 4);
	T0(c, "a0b2020400", SW_WRONG_LENGTH | 4);
	T0(c, "a0b2030404", SW_GSM_RANGE);
	T0(c, "a0b2ff0204", SW_OK); /* next: P1 does not matter */
	CU_ASSERT(card_answered(c, "61626364"));
	T0(c, "a0b2000404", SW_OK); /* current */
	CU_ASSERT(card_answered(c, "61626364"));
	T0(c, "a0b2000304", SW_GSM_RANGE); /* none before it */
	SW(c, "a0b2010504", SW_OFFSET);
	SW(c, "a0b2011c04", SW_OFFSET);
	SW(c, SELECT "6f39", SW_OK);
	T0(c, "a0b2000303", SW_OK); /* previous to none: the oldest */
	CU_ASSERT(card_answered(c, "000001"));
	SW(c, SELECT "6f07", SW_OK);
	SW(c, "a0b2010404", SW_GSM_FILE_STRUCTURE);
	card_free(c);
}

/* 9.2.9: a try is spent before the code is compared, and stays so. */
static void test_chv(void)
{
	struct card *c = card_new(&gsm_pin);

	SW(c, SELECT "7f20", SW_OK);
	SW(c, SELECT "6f07", SW_OK);
	SW(c, "a0b0000009", SW_GSM_ACCESS);
	SW(c, "a020000108 39393939ffffffff", SW_GSM_ACCESS);
	card_power_cycle(c);
	SW(c, "a0f2000016", SW_OK);
	CU_ASSERT(card_answered(c, "0000 .... 3f00 01 0000000000 09 31 02 03 05 00 82 8a 83 8a"));
	SW(c, "a020000108 31323334ffffffff", SW_OK);
	SW(c, SELECT "7f20", SW_OK);
	SW(c, SELECT "6f07", SW_OK);
	SW(c, "a0b0000009", SW_OK);
	SW(c, "0020000100", SW_TRIES | 3); /* one and the same PIN */
	SW(c, "a020000108 39393939ffffffff", SW_GSM_ACCESS);
	SW(c, "a0b0000009", SW_GSM_ACCESS);
	SW(c, "a020000108 39393939ffffffff", SW_GSM_ACCESS);
	SW(c, "a020000108 39393939ffffffff", SW_GSM_BLOCKED);
	SW(c, "a020000108 31323334ffffffff", SW_GSM_BLOCKED);
	SW(c, "a0f2000016", SW_OK);
	CU_ASSERT(card_answered(c, "0000 .... 7f20 02 0000000000 09 31 01 04 05 00 80 8a 83 8a"));
	SW(c, "a020000208 35363738ffffffff", SW_OK);
	SW(c, "a020000308 35363738ffffffff", SW_OFFSET);
	SW(c, "a020000008 35363738ffffffff", SW_OFFSET);
	SW(c, "a020010108 35363738ffffffff", SW_OFFSET);
	SW(c, "a020000104 35363738", SW_WRONG_LENGTH);
	SW(c, "a020000100", SW_WRONG_LENGTH);
	card_free(c);

	c = card_new(&gsm);
	SW(c, "a020000108 31323334ffffffff", SW_GSM_CHV_STATUS); /* off */
	card_free(c);
}

/* 9.2.16, with the values of TS 35.208 set 1 and TS 55.205. */
static void test_run_gsm_algorithm(void)
{
	struct card *c = card_new(&gsm);

	SW(c, RUN_GSM, SW_GSM_ACCESS); /* at the MF */
	SW(c, SELECT "7f10", SW_OK);
	SW(c, RUN_GSM, SW_GSM_ACCESS);
	SW(c, SELECT "7f20", SW_OK);
	SW(c, RUN_GSM, SW_OK);
	CU_ASSERT(card_answered(c, SRES KC));
	SW(c, SELECT "6f20", SW_OK);
	SW(c, RUN_GSM, SW_OK);
	SW(c, SELECT "5f3c", SW_OK); /* below it */
	SW(c, RUN_GSM, SW_OK);
	CU_ASSERT(card_answered(c, SRES KC));
	SW(c, "a088010010 23553cbe9637a89d218ae64dae47bf35", SW_OFFSET);
	SW(c, "a088008010 23553cbe9637a89d218ae64dae47bf35", SW_OFFSET);
	SW(c, "a08800000f 23553cbe9637a89d218ae64dae47bf", SW_WRONG_LENGTH);
	SW(c, "a088000011 1023553cbe9637a89d218ae64dae47bf35", SW_WRONG_LENGTH);
	SW(c, "a088000000", SW_WRONG_LENGTH);
	card_free(c);

	c = card_new(&gsm_pin);
	SW(c, SELECT "7f20", SW_OK);
	SW(c, RUN_GSM, SW_GSM_ACCESS);
	SW(c, "a020000108 31323334ffffffff", SW_OK);
	SW(c, RUN_GSM, SW_OK);
	CU_ASSERT(card_answered(c, SRES KC));
	card_free(c);
}

/* 9.4.1: 9FXX, and GET RESPONSE of the same class. */
static void test_answers_over_t0(void)
{
	struct card *c = card_new(&gsm);

	T0(c, SELECT "3f00", SW_GSM_MORE | 22);
	T0(c, "a0c0000016", SW_OK);
	CU_ASSERT(card_answered(c, "0000 .... 3f00 01 0000000000 09 b1 02 03 05 00 83 8a 83 8a"));
	T0(c, "a0c0000016", SW_UNKNOWN_ERROR); /* gone */
	T0(c, SELECT "7f20", SW_GSM_MORE | 22);
	T0(c, "a0c0000017", SW_WRONG_LENGTH | 22);
	T0(c, "a0c0000000", SW_WRONG_LENGTH | 22);
	T0(c, "a0c0010016", SW_OFFSET);
	T0(c, "a0c0000007", SW_OK); /* the rest is lost */
	CU_ASSERT(card_answered(c, "0000 .... 7f20 02"));
	T0(c, "a0c000000f", SW_UNKNOWN_ERROR);
	T0(c, RUN_GSM, SW_GSM_MORE | 12);
	T0(c, "a0c000000c", SW_OK);
	CU_ASSERT(card_answered(c, SRES KC));
	T0(c, SELECT "6f07", SW_GSM_MORE | 15);
	T0(c, "00c000000f", SW_CONDITIONS); /* another class: another command */
	T0(c, "a0c000000f", SW_UNKNOWN_ERROR);
	CU_ASSERT_EQUAL(card_t0_hex(c, "00a40004023f00") & 0xFF00, SW_MORE);
	card_free(c);
}

static void test_classes_share_the_basic_channel(void)
{
	struct card *c = card_new(&gsm);

	SW(c, SELECT "7f20", SW_OK);
	SW(c, "00a4000c02 6f07", SW_OK);
	SW(c, "a0b0000009", SW_OK);
	SW(c, "a1b0000009", SW_CLA); /* there are no others */
	SW(c, "a0b8000009", SW_INS);
	SW(c, "a012000010", SW_INS);
	SW(c, "0089800085", SW_WRONG_LENGTH);
	card_free(c);
}

/* A terminal of class A0 cannot fetch a command, so it is not offered one. */
static void test_nothing_is_proactive(void)
{
	const struct card_options o = { .legacy_gsm = true, .toolkit = "d009 8103010400 82028182" };
	struct card *c = card_new(&o);

	SW(c, "8010000004 ffffffff", SW_PROACTIVE | 11);
	SW(c, SELECT "3f00", SW_OK);
	SW(c, "80f2000c", SW_PROACTIVE | 11);
	card_free(c);
}

static void test_traces_hide_secrets(void)
{
	struct card *c = card_new(&gsm);

	SW(c, SELECT "7f20", SW_OK);
	CU_ASSERT_STRING_EQUAL(fixture_trace.name, "SELECT (GSM)");
	CU_ASSERT_PTR_NOT_NULL(fixture_trace.answer);
	SW(c, RUN_GSM, SW_OK);
	CU_ASSERT_STRING_EQUAL(fixture_trace.name, "RUN GSM ALGORITHM");
	CU_ASSERT_PTR_NULL(fixture_trace.answer);
	CU_ASSERT_EQUAL(fixture_trace.n_answer, 12);
	SW(c, "a020000208 35363738ffffffff", SW_OK);
	CU_ASSERT_STRING_EQUAL(fixture_trace.name, "VERIFY CHV");
	CU_ASSERT_PTR_NULL(fixture_trace.data);
	SW(c, SELECT "6f20", SW_OK);
	SW(c, "a0b0000009", SW_OK);
	CU_ASSERT_PTR_NULL(fixture_trace.answer); /* EF_Kc */
	SW(c, SELECT "6f07", SW_OK);
	SW(c, "a0b0000009", SW_OK);
	CU_ASSERT_PTR_NOT_NULL(fixture_trace.answer);
	SW(c, "a0240001 10 31323334ffffffff 31323334ffffffff", SW_INS);
	CU_ASSERT_PTR_NULL(fixture_trace.data);
	card_free(c);
}

static bool parses(struct card_desc *d, const char *hex)
{
	uint8_t b[64];
	struct wr w = WR(b);

	return hex_parse(&w, span_str(hex)) && card_desc_parse(d, wr_done(&w));
}

/* A card without flags is stored as it was before there were any; flags that this card does not know are refused. */
static void test_flag_in_the_image(void)
{
	struct card_desc d;
	uint8_t b[64];
	struct wr w = WR(b);

	CU_ASSERT(parses(&d, "01 02 3b00") && !d.legacy_gsm);
	card_desc_put(&w, &d);
	CU_ASSERT(span_eq(wr_done(&w), span_of("\x01\x02\x3b\x00", 4)));
	CU_ASSERT(parses(&d, "01 02 3b00 01") && d.legacy_gsm);
	w = WR(b);
	card_desc_put(&w, &d);
	CU_ASSERT(span_eq(wr_done(&w), span_of("\x01\x02\x3b\x00\x01", 5)));
	CU_ASSERT_FALSE(parses(&d, "01 02 3b00 00"));
	CU_ASSERT_FALSE(parses(&d, "01 02 3b00 03"));
	CU_ASSERT_FALSE(parses(&d, "01 02 3b00 01 00"));
}

static void test_table_is_sorted_and_of_this_class(void)
{
	for (size_t i = 0; i < gsm_cmds_n; i++) {
		CU_ASSERT_EQUAL(gsm_cmds[i].base, CLA_GSM);
		CU_ASSERT(i == 0 || gsm_cmds[i - 1].ins < gsm_cmds[i].ins);
		CU_ASSERT_PTR_EQUAL(gsm_find(gsm_cmds[i].ins), &gsm_cmds[i]);
	}
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "the class is off unless asked for", test_class_is_off_unless_asked_for },
		{ "SELECT of the MF and DFs", test_select_directory },
		{ "applications are not there", test_applications_are_not_there },
		{ "SELECT of EFs, access conditions", test_select_file },
		{ "an invalidated file", test_invalidated_file },
		{ "STATUS", test_status },
		{ "READ BINARY", test_read_binary },
		{ "READ RECORD", test_read_record },
		{ "VERIFY CHV", test_chv },
		{ "RUN GSM ALGORITHM", test_run_gsm_algorithm },
		{ "9FXX and GET RESPONSE", test_answers_over_t0 },
		{ "both classes share the basic channel", test_classes_share_the_basic_channel },
		{ "nothing is proactive", test_nothing_is_proactive },
		{ "traces hide secrets", test_traces_hide_secrets },
		{ "the flag in the image", test_flag_in_the_image },
		{ "the table of commands", test_table_is_sorted_and_of_this_class },
	};

	return CU_RUN("card as a SIM", tests);
}
