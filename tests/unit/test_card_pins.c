/* SPDX-License-Identifier: Apache-2.0 */
/* PINs, TS 102 221 clauses 9.4, 9.5 and 11.1.9 to 11.1.13: tries, unblocking, on and off, the universal PIN, sessions. */
#include <stdio.h>
#include <stdlib.h>

#include "apdu/hex.h"
#include "apdu/tlv.h"
#include "card_fixture.h"
#include "tests/cu.h"

#define SW(c, hex, sw) CU_ASSERT_EQUAL(card_hex(c, hex), sw)
#define SW_AND(c, hex, sw, data)                                                                                       \
	do {                                                                                                           \
		SW(c, hex, sw);                                                                                        \
		CU_ASSERT(card_answered(c, data));                                                                     \
	} while (0)

/* Values as they cross the edge. */
#define P1234 "31323334ffffffff"
#define P4321 "34333231ffffffff"
#define P0000 "30303030ffffffff"
#define P2222 "32323232ffffffff"
#define P9999 "39393939ffffffff"
#define PUK "3030303030303030"
#define WRONG_PUK "3131313131313131"
#define EF_IMSI_READ "00b0870009"

static const struct card_options pin1_on = { .pin1_enabled = true };
static const struct card_options universal = { .pin1_enabled = true, .universal_pin = true };
static const struct card_options two = { .pin1_enabled = true, .second_application = true };

static void test_parameters_and_lengths(void)
{
	static const char *const ins[] = { "20", "24", "26", "28", "2c" };
	static const size_t values[] = { 1, 2, 1, 1, 2 };
	struct card *c = card_new(&pin1_on);
	uint8_t data[24];

	memset(data, '0', sizeof data);
	for (size_t i = 0; i < VU_COUNT(ins); i++) {
		uint8_t code = (uint8_t)strtoul(ins[i], NULL, 16);
		size_t n = 8 * values[i];
		CU_ASSERT_EQUAL(card_command(c, 0, code, 0x01, 0x01, span_of(data, n), 0), SW_P1P2);
		CU_ASSERT_EQUAL(card_command(c, 0, code, 0x00, 0x00, span_of(data, n), 0), SW_P1P2);
		CU_ASSERT_EQUAL(card_command(c, 0, code, 0x00, 0x80, span_of(data, n), 0), SW_P1P2);
		CU_ASSERT_EQUAL(card_command(c, 0, code, 0x00, 0x21, span_of(data, n), 0), SW_P1P2); /* RFU */
		CU_ASSERT_EQUAL(card_command(c, 0, code, 0x00, 0x41, span_of(data, n), 0), SW_P1P2);
		CU_ASSERT_EQUAL(card_command(c, 0, code, 0x00, 0x03, span_of(data, n), 0), SW_DATA_NOT_FOUND);
		CU_ASSERT_EQUAL(card_command(c, 0, code, 0x00, 0x01, span_of(data, n - 1), 0), SW_WRONG_LENGTH);
		CU_ASSERT_EQUAL(card_command(c, 0, code, 0x00, 0x01, span_of(data, n + 1), 0), SW_WRONG_LENGTH);
		CU_ASSERT_EQUAL(card_command(c, 0x80, code, 0x00, 0x01, span_of(data, n), 0), SW_CLA);
	}
	SW(c, "0024000100", SW_WRONG_LENGTH); /* these have no question */
	SW(c, "0026000100", SW_WRONG_LENGTH);
	SW(c, "0028000100", SW_WRONG_LENGTH);
	SW(c, "0020000100", 0x63C3); /* none of it has cost anything */
	SW(c, "002c000100", 0x63CA);
	SW(c, "002c000300", SW_DATA_NOT_FOUND);
	card_free(c);
}

static void test_change_pin(void)
{
	struct card *c = card_new(&pin1_on);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "0024000110" P1234 P4321, SW_OK);
	SW(c, EF_IMSI_READ, SW_OK); /* who shows the old one has it */
	card_power_cycle(c);
	SW(c, "0020000108" P1234, 0x63C2);
	SW(c, "0024000110" P1234 P0000, 0x63C1); /* the same counter */
	SW(c, "0024000110" P4321 P1234, SW_OK); /* and all tries back */
	SW(c, "0020000100", 0x63C3);
	SW(c, "0020000108" P1234, SW_OK);
	SW(c, "0024000110" P1234 P1234, SW_OK); /* to what it is */
	SW(c, "0024000a10 3838383838383838 0102030405060708", SW_OK); /* an ADM may be any octets */
	SW(c, "0020000a08 0102030405060708", SW_OK);
	card_free(c);
}

static void test_attack_guessing_through_change(void)
{
	struct card *c = card_new(&pin1_on);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "0020000108" P1234, SW_OK);
	SW(c, "0024000110" P0000 P4321, 0x63C2);
	SW(c, EF_IMSI_READ, SW_SECURITY); /* the wrong one ends what the right one gave */
	SW(c, "0024000110" P0000 P4321, 0x63C1);
	SW(c, "0024000110" P0000 P4321, 0x63C0);
	SW(c, "0024000110" P1234 P4321, SW_BLOCKED);
	SW(c, "0020000100", SW_BLOCKED);
	SW(c, "0026000108" P1234, SW_BLOCKED);
	SW(c, "0020000108" P1234, SW_BLOCKED);
	card_free(c);
}

static void test_attack_one_counter_for_all_commands(void)
{
	struct card *c = card_new(&pin1_on);

	SW(c, "0020000108" P0000, 0x63C2);
	SW(c, "0024000110" P0000 P4321, 0x63C1);
	SW(c, "0026000108" P0000, 0x63C0); /* three commands are no nine tries */
	SW(c, "0020000108" P1234, SW_BLOCKED);
	card_free(c);
	c = card_new(NULL); /* PIN1 is off */
	SW(c, "0028000108" P0000, 0x63C2);
	SW(c, "0028000108" P0000, 0x63C1);
	SW(c, "0028000108" P0000, 0x63C0);
	SW(c, "0028000108" P1234, SW_BLOCKED);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, EF_IMSI_READ, SW_OK); /* a PIN that is off guards nothing, blocked or not */
	card_free(c);
}

static void test_new_value_must_be_a_pin(void)
{
	static const char *const bad[] = {
		"313233ffffffffff", /* three digits */
		"ffffffffffffffff", /* none */
		"31323334ff35ffff", /* a gap */
		"3132333a35363738", /* no digit */
		"3132333400000000", /* filled up with 00 */
		"f1323334ffffffff",
	};
	struct card *c = card_new(&pin1_on);
	char hex[64];

	for (size_t i = 0; i < VU_COUNT(bad); i++) {
		snprintf(hex, sizeof hex, "0024000110" P1234 "%s", bad[i]);
		SW(c, hex, SW_DATA);
		snprintf(hex, sizeof hex, "002c000110" PUK "%s", bad[i]);
		SW(c, hex, SW_DATA);
	}
	SW(c, "0020000100", 0x63C3); /* neither a try nor an unblocking try */
	SW(c, "002c000100", 0x63CA);
	SW(c, "0024000110" P1234 "3132333435363738", SW_OK); /* eight digits */
	SW(c, "0024008110 35363738ffffffff 313233ffffffffff", SW_DATA); /* a PIN2 is a PIN, too */
	card_free(c);
}

static void test_disable_and_enable(void)
{
	struct card *c = card_new(&pin1_on);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "0026000108" P0000, 0x63C2);
	SW(c, EF_IMSI_READ, SW_SECURITY);
	SW(c, "0026000108" P1234, SW_OK);
	SW(c, EF_IMSI_READ, SW_OK);
	SW(c, "0026000108" P1234, SW_INVALIDATED); /* off already */
	SW(c, "0020000108" P1234, SW_INVALIDATED);
	SW(c, "0024000110" P1234 P4321, SW_INVALIDATED);
	card_power_cycle(c);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, EF_IMSI_READ, SW_OK); /* for good */
	SW(c, "0028000108" P0000, 0x63C2);
	SW(c, EF_IMSI_READ, SW_OK); /* still off */
	SW(c, "0028000108" P1234, SW_OK);
	SW(c, EF_IMSI_READ, SW_OK); /* on, and verified (decision 55) */
	SW(c, "0028000108" P1234, SW_INVALIDATED); /* on already */
	card_power_cycle(c);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, EF_IMSI_READ, SW_SECURITY);
	card_free(c);
}

static void test_attack_switching_off_what_guards_others(void)
{
	struct card *c = card_new(&pin1_on);

	SW(c, "0026008108 35363738ffffffff", SW_FUNCTION); /* PIN2 */
	SW(c, "0026000a08 3838383838383838", SW_FUNCTION); /* ADM1 */
	SW(c, "0026918108 35363738ffffffff", SW_P1P2);
	SW(c, "0020008100", 0x63C3);
	SW(c, "0020000a00", 0x63C3);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "00a4000c02 6f3b", SW_OK);
	SW(c, "00dc010408 0909090909090909", SW_SECURITY);
	card_free(c);
}

static void test_unblock(void)
{
	struct card *c = card_new(&pin1_on);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	for (int i = 0; i < 3; i++)
		SW(c, "0020000108" P0000, (sw_t)(0x63C2 - i));
	SW(c, "002c000110" WRONG_PUK P4321, 0x63C9);
	SW(c, "002c000100", 0x63C9);
	card_power_cycle(c);
	SW(c, "002c000100", 0x63C9); /* not forgotten */
	SW(c, "0020000100", SW_BLOCKED); /* nor is anything else changed */
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "002c000110" PUK P4321, SW_OK);
	SW(c, EF_IMSI_READ, SW_OK); /* verified (decision 55) */
	SW(c, "002c000100", 0x63CA);
	SW(c, "0020000100", 0x63C3);
	SW(c, "0020000108" P4321, SW_OK);
	SW(c, "0020000108" P1234, 0x63C2);
	SW(c, "0026000108" P4321, SW_OK);
	SW(c, "002c000110" PUK P1234, SW_OK); /* one that is neither blocked nor on */
	SW(c, "0028000108" P1234, SW_INVALIDATED); /* is on now (decision 55) */
	card_free(c);
}

static void test_wrong_puk_takes_nothing_away(void)
{
	struct card *c = card_new(&pin1_on);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "0020000108" P1234, SW_OK);
	SW(c, "002c000110" WRONG_PUK P4321, 0x63C9);
	SW(c, EF_IMSI_READ, SW_OK);
	SW(c, "0020000100", 0x63C3);
	card_free(c);
}

static void test_attack_guessing_the_unblocking_code(void)
{
	struct card *c = card_new(&pin1_on);

	for (int i = 9; i >= 0; i--) {
		SW(c, "002c000110" WRONG_PUK P4321, (sw_t)(0x63C0 | i));
		if (i == 5)
			card_power_cycle(c);
	}
	SW(c, "002c000110" PUK P4321, SW_BLOCKED); /* the right one, too late */
	SW(c, "002c000100", SW_BLOCKED);
	SW(c, "0020000108" P1234, SW_OK); /* the PIN itself is as it was */
	card_free(c);
}

/* Whether a failing store answers the right code and a wrong one alike, and leaves both counters. */
static void same_answer(const struct card_options *o, const char *right, const char *wrong)
{
	struct card *c = card_new(o);

	nv_mem_fail_after(c->nv, 0);
	SW(c, wrong, SW_MEMORY_PROBLEM);
	CU_ASSERT_EQUAL(c->n, 0);
	SW(c, right, SW_MEMORY_PROBLEM);
	CU_ASSERT_EQUAL(c->n, 0);
	nv_mem_fail_after(c->nv, -1);
	SW(c, "0020000100", 0x63C3);
	SW(c, "002c000100", 0x63CA);
	card_free(c);
}

static void test_attack_guessing_while_the_store_fails(void)
{
	same_answer(&pin1_on, "0020000108" P1234, "0020000108" P0000);
	same_answer(&pin1_on, "0024000110" P1234 P4321, "0024000110" P0000 P4321);
	same_answer(&pin1_on, "0026000108" P1234, "0026000108" P0000);
	same_answer(NULL, "0028000108" P1234, "0028000108" P0000);
	same_answer(&pin1_on, "002c000110" PUK P4321, "002c000110" WRONG_PUK P4321);
}

/* The store takes the spent try and then fails: the command has not happened, and the try is gone. */
static void test_attack_power_cut_after_the_comparison(void)
{
	static const char *const commands[] = { "0020000108" P1234, "0024000110" P1234 P4321, "0026000108" P1234,
						"002c000110" PUK P4321 };

	for (size_t i = 0; i < VU_COUNT(commands); i++) {
		bool unblock = i == 3;
		struct card *c = card_new(&pin1_on);
		nv_mem_fail_after(c->nv, 1);
		SW(c, commands[i], SW_MEMORY_PROBLEM);
		nv_mem_fail_after(c->nv, -1);
		CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
		SW(c, EF_IMSI_READ, SW_SECURITY);
		card_power_cycle(c);
		SW(c, "0020000100", unblock ? 0x63C3 : 0x63C2);
		SW(c, "002c000100", unblock ? 0x63C9 : 0x63CA);
		SW(c, "0020000108" P1234, SW_OK); /* neither changed nor off */
		card_free(c);
	}
}

static void test_universal_pin_stands_in(void)
{
	struct card *c = card_new(&universal);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "0026910108" P0000, 0x63C2);
	SW(c, "0026910108" P1234, SW_OK); /* off, the universal PIN instead */
	SW(c, EF_IMSI_READ, SW_SECURITY);
	SW(c, "0020000108" P1234, SW_INVALIDATED);
	SW(c, "0020001108" P9999, SW_OK);
	SW(c, EF_IMSI_READ, SW_OK);
	card_power_cycle(c);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, EF_IMSI_READ, SW_SECURITY); /* for good */
	SW(c, "0020001108" P9999, SW_OK);
	SW(c, "0026001108" P9999, SW_OK); /* both off: no PIN at all */
	card_power_cycle(c);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, EF_IMSI_READ, SW_OK);
	SW(c, "0028001108" P9999, SW_OK);
	SW(c, "0028000108" P1234, SW_OK); /* PIN1 on: it alone counts again */
	card_power_cycle(c);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "0020001108" P9999, SW_OK);
	SW(c, EF_IMSI_READ, SW_SECURITY);
	SW(c, "0026000108" P1234, SW_OK); /* off without a stand-in */
	card_power_cycle(c);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, EF_IMSI_READ, SW_OK);
	card_free(c);
}

static void test_universal_pin_parameters(void)
{
	struct card *c = card_new(&universal);

	SW(c, "0026810108" P1234, SW_P1P2); /* another reference than the universal one */
	SW(c, "0026110108" P1234, SW_P1P2);
	SW(c, "0026911108" P9999, SW_P1P2); /* it cannot stand in for itself */
	SW(c, "0020000100", 0x63C3);
	card_free(c);
	c = card_new(&pin1_on);
	SW(c, "0026910108" P1234, SW_DATA_NOT_FOUND); /* this card has none */
	SW(c, "0020000100", 0x63C3);
	card_free(c);
}

static void test_attack_universal_pin_for_another(void)
{
	struct card *c = card_new(&universal);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "0020001108" P9999, SW_OK);
	SW(c, EF_IMSI_READ, SW_SECURITY); /* PIN1 is on: nothing stands in for it */
	SW(c, "00a4000c02 6f03", SW_OK);
	SW(c, "00b0000003", SW_SECURITY); /* not even in a rule that names both */
	SW(c, "0026001108" P9999, SW_OK);
	SW(c, "00b0000003", SW_SECURITY); /* nor when the universal PIN is off */
	SW(c, "0020000108" P1234, SW_OK);
	SW_AND(c, "00b0000003", SW_OK, "3f6f03");
	SW(c, "0028001108" P9999, SW_OK);
	SW(c, "0026910108" P1234, SW_OK);
	SW_AND(c, "00b0000003", SW_OK, "3f6f03"); /* stands in, and is verified */
	SW(c, "0020001108" P0000, 0x63C2);
	SW(c, "00b0000003", SW_SECURITY);
	card_free(c);
}

/* Whether the FCP that a SELECT answers has exactly this PIN status template DO. */
static bool has_pin_status(struct card *c, const char *select, const char *hex)
{
	uint8_t b[64];
	struct wr w = WR(b);
	struct span fcp, status;

	if (card_hex(c, select) != SW_OK || !hex_parse(&w, span_str(hex)) || c->n > 98 /* wpa_supplicant's limit */)
		return false;
	return tlv_find(card_answer(c), 0x62, &fcp) && tlv_find(fcp, 0xC6, &status) && span_eq(status, wr_done(&w));
}

static void test_rule_of_the_universal_pin_alone(void)
{
	struct card *c = card_new(&universal);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "00a4000c02 6f04", SW_OK);
	SW(c, "0020001108 39393939ffffffff", SW_OK);
	SW(c, "00b0000003", SW_SECURITY); /* PIN1 is on: SE 01 */
	SW(c, "0026000108" P1234, SW_OK);
	SW(c, "00b0000003", SW_SECURITY); /* off, but the universal PIN is not to be used: SE 01 still */
	SW(c, "0028000108" P1234, SW_OK);
	SW(c, "0026910108" P1234, SW_OK);
	SW_AND(c, "00b0000003", SW_OK, "3f6f04"); /* SE 00 */
	SW(c, "0020001108" P0000, 0x63C2);
	SW(c, "00b0000003", SW_SECURITY);
	SW(c, "0026001108" P9999, SW_OK);
	SW(c, "00b0000003", SW_OK); /* no PIN at all: SE 00 */
	card_free(c);
}

static void test_status_in_the_fcp(void)
{
	static const struct card_options both = { .pin1_enabled = true,
						  .universal_pin = true,
						  .second_application = true };
	struct card *c = card_new(&both);
	const char *adf = "00a4040410" FIXTURE_AID, *adf2 = "00a4040410" FIXTURE_AID2, *mf = "00a4000402 3f00";

	CU_ASSERT(has_pin_status(c, adf, "9001f0 830101 830181 950100 830111 83010a"));
	CU_ASSERT(has_pin_status(c, adf2, "9001f0 830102 830182 950100 830111 83010a"));
	/* Outside, those of all applications. */
	CU_ASSERT(has_pin_status(c, mf, "9001fc 830101 830181 830102 830182 950100 830111 83010a"));
	CU_ASSERT(has_pin_status(c, "00a4000402 7f10", "9001fc 830101 830181 830102 830182 950100 830111 83010a"));
	SW(c, "0026910108" P1234, SW_OK);
	CU_ASSERT(has_pin_status(c, adf, "900170 830101 830181 950108 830111 83010a"));
	CU_ASSERT(has_pin_status(c, adf2, "9001f0 830102 830182 950100 830111 83010a")); /* of no concern to it */
	CU_ASSERT(has_pin_status(c, mf, "90017c 830101 830181 830102 830182 950108 830111 83010a"));
	SW(c, "0028000108" P1234, SW_OK);
	SW(c, "0026000108" P1234, SW_OK);
	SW(c, "0026001108" P9999, SW_OK);
	CU_ASSERT(has_pin_status(c, adf, "900150 830101 830181 950100 830111 83010a"));
	card_free(c);
}

static void test_each_application_has_its_own_pins(void)
{
	struct card *c = card_new(&two);

	SW(c, "00a4040c10" FIXTURE_AID2, SW_OK);
	SW(c, "0020000108" P1234, SW_OK);
	SW(c, "00b0820004", SW_SECURITY); /* PIN 01 is the other's */
	SW(c, "0020000208" P1234, 0x63C2);
	SW(c, "0020000100", 0x63C3); /* each has its own tries */
	SW(c, "0020000208" P2222, SW_OK);
	SW_AND(c, "00b0820004", SW_OK, "a0a1a2a3");
	SW(c, "0020008208 38323832ffffffff", SW_OK);
	SW(c, "0026000108" P1234, SW_OK); /* off for the one, on for the other */
	card_power_cycle(c);
	SW(c, "00a4040c10" FIXTURE_AID2, SW_OK);
	SW(c, "00b0820004", SW_SECURITY);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, EF_IMSI_READ, SW_OK);
	card_free(c);
}

static void test_authenticate_wants_the_application_s_own_pin(void)
{
	struct card *c = card_new(&two);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "0020000208" P2222, SW_OK);
	CU_ASSERT_EQUAL(card_aka(c, 0x20), SW_SECURITY);
	SW(c, "0020000108" P1234, SW_OK);
	CU_ASSERT_EQUAL(card_aka(c, 0x20), SW_OK);
	card_free(c);
}

static void test_session_end_takes_back_what_the_pin_gave(void)
{
	struct card *c = card_new(&two);

	SW(c, "0020000108" P1234, SW_OK); /* before the application is selected */
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, EF_IMSI_READ, SW_OK);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK); /* again: the session goes on */
	SW(c, EF_IMSI_READ, SW_OK);
	SW(c, "00a4000c02 3f00", SW_OK); /* a walk to the MF ends nothing */
	SW(c, "00a4000c02 7fff", SW_OK);
	SW(c, EF_IMSI_READ, SW_OK);
	SW(c, "0020000a08 3838383838383838", SW_OK);
	SW(c, "0020008108 35363738ffffffff", SW_OK);
	SW(c, "00a4044c10" FIXTURE_AID2, SW_CONDITIONS); /* this one has no session */
	SW(c, EF_IMSI_READ, SW_OK);
	SW(c, "80f2020c", SW_OK);
	SW(c, "00a4044c10" FIXTURE_AID, SW_OK);
	SW(c, "00a4000c02 7fff", SW_FILE_NOT_FOUND);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, EF_IMSI_READ, SW_SECURITY);
	SW(c, "00d6870001 08", SW_OK); /* ADM1 belongs to no application */
	SW(c, "00a4000c02 6f3b", SW_OK);
	SW(c, "00dc010408 0909090909090909", SW_SECURITY); /* PIN2 does */
	SW(c, "0020000108" P1234, SW_OK);
	SW(c, "00a4040c10" FIXTURE_AID2, SW_OK); /* another one in its place */
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, EF_IMSI_READ, SW_SECURITY);
	card_free(c);
}

static void test_session_end_spares_the_universal_pin(void)
{
	struct card *c = card_new(&universal);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "0026910108" P1234, SW_OK);
	SW(c, "0020001108" P9999, SW_OK);
	SW(c, "00a4044c10" FIXTURE_AID, SW_OK);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, EF_IMSI_READ, SW_OK);
	card_free(c);
}

static void test_session_of_another_channel_keeps_the_pin(void)
{
	struct card *c = card_new(&two);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW_AND(c, "0070000001", SW_OK, "01");
	SW(c, "01a4040c10" FIXTURE_AID, SW_OK);
	SW(c, "0120000108" P1234, SW_OK); /* valid on all channels */
	SW(c, EF_IMSI_READ, SW_OK);
	SW(c, "00a4044c10" FIXTURE_AID, SW_OK);
	SW(c, "01b0870009", SW_OK);
	SW(c, "00708001", SW_OK); /* the last session ends with its channel */
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, EF_IMSI_READ, SW_SECURITY);
	card_free(c);
}

static void test_attack_tries_on_every_channel(void)
{
	struct card *c = card_new(&pin1_on);

	SW_AND(c, "0070000001", SW_OK, "01");
	SW_AND(c, "0070000001", SW_OK, "02");
	SW(c, "0020000108" P0000, 0x63C2);
	SW(c, "0120000108" P0000, 0x63C1);
	SW(c, "0220000108" P0000, 0x63C0);
	SW(c, "0220000108" P1234, SW_BLOCKED);
	SW(c, "012c000110" WRONG_PUK P4321, 0x63C9);
	SW(c, "022c000110" WRONG_PUK P4321, 0x63C8);
	card_free(c);
}

static void test_no_pin_command_is_traced(void)
{
	static const char *const commands[] = { "0020000108" P1234, "0024000110" P1234 P4321, "0026000108" P4321,
						"0028000108" P4321, "002c000110" PUK P1234,   "012c000110" PUK P1234 };
	struct card *c = card_new(&pin1_on);

	for (size_t i = 0; i < VU_COUNT(commands); i++) {
		(void)card_hex(c, commands[i]);
		CU_ASSERT_PTR_NULL(fixture_trace.data);
		CU_ASSERT(fixture_trace.n_data == 8 || fixture_trace.n_data == 16);
	}
	card_free(c);
}

static void test_a_mistyped_command_is_named_but_not_traced(void)
{
	static const char *const commands[] = { "0020000107" P1234, "f020000108" P1234, "0020000108" P1234 "0000" };
	struct card *c = card_new(&pin1_on);

	for (size_t i = 0; i < VU_COUNT(commands); i++) {
		(void)card_hex(c, commands[i]);
		CU_ASSERT_STRING_EQUAL(fixture_trace.name, "VERIFY PIN");
		CU_ASSERT_PTR_NULL(fixture_trace.data);
	}
	(void)card_hex(c, "0021000108" P1234);
	CU_ASSERT_STRING_EQUAL(fixture_trace.name, "unknown command");
	CU_ASSERT_PTR_NULL(fixture_trace.data);
	card_free(c);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "P1, P2, Lc and class of the five commands", test_parameters_and_lengths },
		{ "CHANGE PIN", test_change_pin },
		{ "attack: guessing through CHANGE PIN spends the same tries", test_attack_guessing_through_change },
		{ "attack: no command has tries of its own", test_attack_one_counter_for_all_commands },
		{ "a new value must be 4 to 8 digits", test_new_value_must_be_a_pin },
		{ "decision 55: DISABLE and ENABLE PIN", test_disable_and_enable },
		{ "attack: switching off PIN2 or ADM1", test_attack_switching_off_what_guards_others },
		{ "decision 55: UNBLOCK PIN", test_unblock },
		{ "a wrong unblocking code takes nothing away", test_wrong_puk_takes_nothing_away },
		{ "attack: guessing the unblocking code", test_attack_guessing_the_unblocking_code },
		{ "attack: guessing while the store fails", test_attack_guessing_while_the_store_fails },
		{ "attack: cutting the power after the comparison", test_attack_power_cut_after_the_comparison },
		{ "the universal PIN stands in for PIN1", test_universal_pin_stands_in },
		{ "the universal PIN: parameters", test_universal_pin_parameters },
		{ "attack: the universal PIN where PIN1 is wanted", test_attack_universal_pin_for_another },
		{ "a rule of the universal PIN alone counts in SE 00", test_rule_of_the_universal_pin_alone },
		{ "PS_DO and usage qualifier in FCPs, by application", test_status_in_the_fcp },
		{ "each application has its own PINs", test_each_application_has_its_own_pins },
		{ "AUTHENTICATE wants its application's PIN", test_authenticate_wants_the_application_s_own_pin },
		{ "the end of a session takes back what the PIN gave", test_session_end_takes_back_what_the_pin_gave },
		{ "the end of a session spares the universal PIN", test_session_end_spares_the_universal_pin },
		{ "a session on another channel keeps the PIN", test_session_of_another_channel_keeps_the_pin },
		{ "attack: tries on every channel", test_attack_tries_on_every_channel },
		{ "no PIN command's data are traced", test_no_pin_command_is_traced },
		{ "attack: a mistyped command is named, and its octets stay hidden",
		  test_a_mistyped_command_is_named_but_not_traced },
	};

	return CU_RUN("card PINs", tests);
}
