/* SPDX-License-Identifier: Apache-2.0 */
/* Logical channels, TS 102 221 clauses 8.7, 10.1.1, 11.1.17 and 11.1.19: opening, closing, and that none disturbs another. */
#include <stdio.h>

#include "apdu/hex.h"
#include "card/uicc_int.h"
#include "card_fixture.h"
#include "tests/cu.h"

#define SW(c, hex, sw) CU_ASSERT_EQUAL(card_hex(c, hex), sw)
#define SW_AND(c, hex, sw, data)                                                                                       \
	do {                                                                                                           \
		SW(c, hex, sw);                                                                                        \
		CU_ASSERT(card_answered(c, data));                                                                     \
	} while (0)
#define T0(c, hex, sw) CU_ASSERT_EQUAL(card_t0_hex(c, hex), sw)
#define T0_AND(c, hex, sw, data)                                                                                       \
	do {                                                                                                           \
		T0(c, hex, sw);                                                                                        \
		CU_ASSERT(card_answered(c, data));                                                                     \
	} while (0)

#define EXTENDED_CHANNELS "80aa000004 a9028100"
static const struct card_options two = { .second_application = true };

/* A command on a channel. */
static sw_t on(struct card *c, uint8_t channel, uint8_t ins, uint8_t p1, uint8_t p2, struct span data, uint16_t le)
{
	return card_command(c, apdu_class_for(0x00, channel), ins, p1, p2, data, le);
}

/* MANAGE CHANNEL open on a channel; the new one's number, or the status word. */
static sw_t open_from(struct card *c, uint8_t channel)
{
	sw_t sw = on(c, channel, 0x70, 0x00, 0x00, (struct span){ 0 }, 1);

	return sw == SW_OK && c->n == 1 ? c->answer[0] : sw;
}

static sw_t close_from(struct card *c, uint8_t channel, uint8_t which)
{
	return on(c, channel, 0x70, 0x80, which, (struct span){ 0 }, 0);
}

static void test_card_picks_the_lowest_free(void)
{
	struct card *c = card_new(NULL);

	for (uint8_t n = 1; n <= 3; n++)
		CU_ASSERT_EQUAL(open_from(c, 0), n);
	CU_ASSERT_EQUAL(open_from(c, 0), SW_FUNCTION); /* four, unless the terminal knows more */
	CU_ASSERT_EQUAL(close_from(c, 0, 2), SW_OK);
	CU_ASSERT_EQUAL(open_from(c, 3), 2);
	SW(c, EXTENDED_CHANNELS, SW_OK);
	for (uint8_t n = 4; n <= 19; n++)
		CU_ASSERT_EQUAL(open_from(c, n - 1), n);
	CU_ASSERT_EQUAL(open_from(c, 0), SW_FUNCTION);
	CU_ASSERT_EQUAL(close_from(c, 19, 1), SW_OK);
	CU_ASSERT_EQUAL(close_from(c, 19, 11), SW_OK);
	CU_ASSERT_EQUAL(open_from(c, 19), 1); /* 1 to 3 first */
	CU_ASSERT_EQUAL(open_from(c, 19), 11);
	card_free(c);
}

static void test_terminal_picks(void)
{
	struct card *c = card_new(NULL);

	SW_AND(c, "00700002", SW_OK, "");
	SW(c, "02a4000c02 3f00", SW_OK);
	SW(c, "00700002", SW_P1P2); /* is open */
	SW(c, "00700004", SW_FUNCTION); /* beyond what the terminal says it knows */
	SW(c, EXTENDED_CHANNELS, SW_OK);
	SW(c, "00700013", SW_OK);
	SW(c, "4fa4000c02 3f00", SW_OK);
	SW(c, "00700014", SW_P1P2); /* there is no channel 20 */
	SW(c, "007000ff", SW_P1P2);
	card_free(c);
}

static void test_manage_channel_errors(void)
{
	struct card *c = card_new(NULL);

	SW(c, "0070010001", SW_P1P2);
	SW(c, "0070810001", SW_P1P2);
	SW(c, "00708000", SW_P1P2); /* the basic channel stays */
	SW(c, "00708001", SW_CHANNEL_UNSUPPORTED);
	SW(c, "00708014", SW_P1P2);
	SW(c, "0070000001 00", SW_WRONG_LENGTH);
	SW(c, "8070000001", SW_CLA);
	SW(c, "0170000001", SW_CHANNEL_UNSUPPORTED); /* from a channel that is closed */
	SW_AND(c, "00700000", SW_OK, "01"); /* no Le */
	SW_AND(c, "0070000000", SW_OK, "02");
	SW(c, "0170800100", SW_OK); /* a channel may close itself, with P3 = 00, too */
	SW(c, "01a4000c02 3f00", SW_CHANNEL_UNSUPPORTED);
	SW(c, "0170800100", SW_CHANNEL_UNSUPPORTED);
	card_free(c);
}

static void test_classes_of_all_channels(void)
{
	static const uint8_t data[] = { 0x3F, 0x00 };
	struct card *c = card_new(NULL);

	SW(c, EXTENDED_CHANNELS, SW_OK);
	for (uint8_t n = 1; n < APDU_CHANNELS; n++) {
		CU_ASSERT_EQUAL(on(c, n, 0xA4, 0x00, 0x0C, SPAN(data), 0), SW_CHANNEL_UNSUPPORTED);
		CU_ASSERT_EQUAL(open_from(c, 0), n);
		CU_ASSERT_EQUAL(on(c, n, 0xA4, 0x00, 0x0C, SPAN(data), 0), SW_OK);
		uint8_t status = apdu_class_for(0x80, n);
		CU_ASSERT_EQUAL(card_command(c, status, 0xF2, 0x00, 0x0C, (struct span){ 0 }, 0), SW_OK);
		CU_ASSERT_EQUAL(card_command(c, status, 0xA4, 0x00, 0x0C, SPAN(data), 0), SW_CLA);
		uint8_t secure = n < 4 ? 0x0C | n : 0x60 | (n - 4);
		CU_ASSERT_EQUAL(card_command(c, secure, 0xA4, 0x00, 0x0C, SPAN(data), 0), SW_SM_UNSUPPORTED);
		secure |= 0x80;
		CU_ASSERT_EQUAL(card_command(c, secure, 0xF2, 0x00, 0x0C, (struct span){ 0 }, 0), SW_SM_UNSUPPORTED);
	}
	card_free(c);
}

static void test_selections_are_apart(void)
{
	struct card *c = card_new(&two);

	CU_ASSERT_EQUAL(open_from(c, 0), 1);
	CU_ASSERT_EQUAL(open_from(c, 0), 2);
	SW(c, "00a4040c10" FIXTURE_AID, SW_OK);
	SW(c, "01a4040c10" FIXTURE_AID2, SW_OK);
	SW(c, "00a4000c02 6f3b", SW_OK);
	SW(c, "01a4000c02 7fff", SW_OK); /* the alias means each channel's own application */
	SW(c, "02a4000c02 7fff", SW_FILE_NOT_FOUND);
	SW_AND(c, "80f2000100", SW_OK, "8410" FIXTURE_AID);
	SW_AND(c, "81f2000100", SW_OK, "8410" FIXTURE_AID2);
	SW(c, "82f2000100", SW_DATA_NOT_FOUND);
	SW(c, "01a4080c04 7fff6f02", SW_OK);
	SW(c, "02a4000c02 2f00", SW_OK);
	/* Record pointers. */
	SW(c, "00b2000208", SW_OK);
	SW_AND(c, "00b2000208", SW_OK, "0202020202020202");
	SW(c, "02b2000226", SW_OK);
	SW_AND(c, "00b2000408", SW_OK, "0202020202020202");
	SW(c, "01a4000c02 1234", SW_FILE_NOT_FOUND);
	SW(c, "00a4000c02 3f00", SW_OK);
	SW(c, "02b2000426", SW_OK);
	CU_ASSERT_EQUAL(c->answer[0], 0x61);
	card_free(c);
}

static void test_what_a_new_channel_starts_with(void)
{
	struct card *c = card_new(&two);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "00a4000c02 6f38", SW_OK);
	CU_ASSERT_EQUAL(open_from(c, 0), 1); /* from the basic channel: the MF, no application */
	SW(c, "81f2000100", SW_DATA_NOT_FOUND);
	SW(c, "01a4010c02 7f10", SW_OK);
	CU_ASSERT_EQUAL(open_from(c, 1), 2); /* from another: its directory */
	SW(c, "02b0810001", SW_OK); /* EF 6F3A in 7F10 by SFI */
	SW(c, "01a4040c10" FIXTURE_AID2, SW_OK);
	SW(c, "01a4000c02 6f02", SW_OK);
	CU_ASSERT_EQUAL(open_from(c, 1), 3); /* and its application, but no EF */
	SW_AND(c, "83f2000100", SW_OK, "8410" FIXTURE_AID2);
	SW(c, "03b0000001", SW_NO_EF);
	SW(c, "03a4000c02 7fff", SW_OK);
	card_free(c);
}

static void test_reset_closes_all(void)
{
	struct card *c = card_new(NULL);

	SW(c, EXTENDED_CHANNELS, SW_OK);
	for (uint8_t n = 1; n < APDU_CHANNELS; n++)
		CU_ASSERT_EQUAL(open_from(c, 0), n);
	uicc_reset(c->u);
	for (uint8_t n = 1; n < APDU_CHANNELS; n++)
		CU_ASSERT_EQUAL(close_from(c, 0, n), SW_CHANNEL_UNSUPPORTED);
	for (uint8_t n = 1; n <= 3; n++)
		CU_ASSERT_EQUAL(open_from(c, 0), n);
	CU_ASSERT_EQUAL(open_from(c, 0), SW_FUNCTION); /* what the terminal said is forgotten, too */
	card_free(c);
}

static void test_closing_forgets_the_selection(void)
{
	struct card *c = card_new(NULL);

	CU_ASSERT_EQUAL(open_from(c, 0), 1);
	SW(c, "01a4040c10" FIXTURE_AID, SW_OK);
	SW(c, "01a4000c02 6f38", SW_OK);
	CU_ASSERT_EQUAL(close_from(c, 1, 1), SW_OK);
	CU_ASSERT_EQUAL(open_from(c, 0), 1);
	SW(c, "01b0000001", SW_NO_EF);
	SW(c, "81f2000100", SW_DATA_NOT_FOUND);
	card_free(c);
}

static void test_attack_a_file_that_another_channel_deletes(void)
{
	static const struct card_options admin = { .admin_files = true };
	struct card *c = card_new(&admin);

	CU_ASSERT_EQUAL(open_from(c, 0), 1);
	CU_ASSERT_EQUAL(open_from(c, 0), 2);
	SW(c, "01a4080c04 7f206f10", SW_OK);
	SW(c, "02a4080c04 7f206f11", SW_OK);
	SW(c, "0020000a08 3838383838383838", SW_OK);
	SW(c, "00a4080c02 7f20", SW_OK);
	SW(c, "00e4000002 6f10", SW_OK);
	SW(c, "01b0000001", SW_NO_EF);
	SW(c, "02b2010404", SW_OK); /* that one is still there */
	SW(c, "00e0000018 6216 82024121 83026f10 8a0105 8b032f0609 80020010 8800", SW_OK);
	SW(c, "01b0000001", SW_NO_EF); /* a new file under its name is another one */
	SW(c, "00e4000002 7f20", SW_OK);
	SW(c, "02b2010404", SW_NO_EF);
	SW(c, "82f2000000", SW_OK);
	CU_ASSERT(span_eq(span_sub(card_answer(c), 6, 4), SPAN(((uint8_t[]){ 0x83, 0x02, 0x3F, 0x00 })))); /* the MF */
	/* An application: its alias goes with it. */
	SW(c, "00a4000c02 3f00", SW_OK);
	SW(c, "00e0000019 6217 82027821 83027f31 8405a000000099 8a0105 8b032f060a", SW_OK);
	SW(c, "01a4040c05 a000000099", SW_OK);
	SW(c, "01a4000c02 3f00", SW_OK);
	SW(c, "81f2000100", SW_OK);
	SW(c, "00a4040c05 a000000099", SW_OK);
	SW(c, "00e4000002 7fff", SW_OK);
	SW(c, "81f2000100", SW_DATA_NOT_FOUND);
	SW(c, "01a4000c02 7fff", SW_FILE_NOT_FOUND);
	SW(c, "80f2000100", SW_DATA_NOT_FOUND);
	card_free(c);
}

static void test_terminal_capability(void)
{
	static const struct {
		const char *capdu;
		sw_t sw;
	} cases[] = {
		{ "80aa000002 a900", SW_OK }, /* nothing to say */
		{ "80aa00000c a90a 8003010014 8100 820101", SW_OK },
		{ "80aa000007 a905 8100 830107", SW_OK },
		{ "80aa000006 a904 c0020102", SW_OK }, /* the terminal's own */
		{ "80aa000000", SW_WRONG_LENGTH },
		{ "80aa010002 a900", SW_P1P2 },
		{ "80aa000102 a900", SW_P1P2 },
		{ "00aa000002 a900", SW_CLA },
		{ "80aa000002 a800", SW_DATA }, /* another template */
		{ "80aa000002 8100", SW_DATA }, /* none */
		{ "80aa000001 a9", SW_DATA },
		{ "80aa000003 a90100", SW_DATA }, /* an object cut short */
		{ "80aa000004 a9038100", SW_DATA }, /* the template longer than the data */
		{ "80aa000005 a902810000", SW_DATA }, /* and shorter */
		{ "80aa000005 a903810100", SW_DATA }, /* 81 has no value */
		{ "80aa000004 a9028000", SW_DATA }, /* 80 has three octets */
		{ "80aa000004 a9028200", SW_DATA },
		{ "80aa000004 a9028300", SW_DATA },
	};
	struct card *c = card_new(NULL);

	SW(c, EXTENDED_CHANNELS, SW_OK);
	for (size_t i = 4; i < VU_COUNT(cases); i++)
		SW(c, cases[i].capdu, cases[i].sw);
	SW(c, "00700004", SW_OK); /* an error takes nothing back */
	for (size_t i = 0; i < 4; i++)
		SW(c, cases[i].capdu, cases[i].sw);
	SW(c, "00700005", SW_FUNCTION); /* the last one counts */
	SW(c, "40a4000c02 3f00", SW_OK); /* what is open stays */
	card_free(c);
}

static void test_partial_aid_with_two_applications(void)
{
	struct card *c = card_new(&two);

	SW(c, "00a4040c05 a000000087", SW_OK); /* first */
	SW_AND(c, "80f2000100", SW_OK, "8410" FIXTURE_AID);
	SW(c, "00a4040e05 a000000087", SW_OK); /* next */
	SW_AND(c, "80f2000100", SW_OK, "8410" FIXTURE_AID2);
	SW(c, "00a4040e05 a000000087", SW_FILE_NOT_FOUND);
	SW_AND(c, "80f2000100", SW_OK, "8410" FIXTURE_AID2); /* nothing moved */
	SW(c, "00a4040f05 a000000087", SW_OK); /* previous */
	SW_AND(c, "80f2000100", SW_OK, "8410" FIXTURE_AID);
	SW(c, "00a4040f05 a000000087", SW_FILE_NOT_FOUND);
	SW(c, "00a4040d05 a000000087", SW_OK); /* last */
	SW_AND(c, "80f2000100", SW_OK, "8410" FIXTURE_AID2);
	CU_ASSERT_EQUAL(open_from(c, 0), 1);
	SW(c, "01a4040e05 a000000087", SW_OK); /* next, from no application: the first */
	SW_AND(c, "81f2000100", SW_OK, "8410" FIXTURE_AID);
	SW(c, "01a4040c07 a0000000871004", SW_OK);
	SW_AND(c, "81f2000100", SW_OK, "8410" FIXTURE_AID2);
	SW(c, "00a404cc05 a000000087", SW_P1P2);
	SW(c, "00a4046c05 a000000087", SW_P1P2); /* session control 11 is not defined */
	card_free(c);
}

/* The data object of an MSK update for a delivery, in a buffer of the caller's. */
static struct span update_object(struct card *c, uint8_t *buf, size_t size, const struct delivery *d)
{
	struct wr w = wr_of(buf, size);

	auth_mbms_put(&w, MBMS_MSK_UPDATE, msk_message(c, d));
	return wr_done(&w);
}

static sw_t block(struct card *c, uint8_t channel, struct span object, size_t from, size_t n)
{
	return on(c, channel, 0x89, from == 0 ? 0x80 : 0x00, 0x85, span_sub(object, from, n), 0);
}

static sw_t fetch(struct card *c, uint8_t channel)
{
	return on(c, channel, 0x89, 0xA0, 0x85, (struct span){ 0 }, 256);
}

/* A card with a MUK, the USIM selected on channels 0 and 1, and the objects of two deliveries. */
struct chains {
	struct card *c;
	uint8_t first[512], second[512];
	struct span a, b;
};

static void chains_begin(struct chains *x)
{
	struct key256 muk;

	x->c = card_new(NULL);
	card_provision(x->c, 0x20, FIXTURE_BTID, span_of(FIXTURE_NAF, sizeof FIXTURE_NAF - 1), &muk);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);
	x->a = update_object(x->c, x->first, sizeof x->first, &d);
	d.ts = 2;
	d.group = 2;
	d.v = true;
	x->b = update_object(x->c, x->second, sizeof x->second, &d);
	CU_ASSERT_EQUAL(open_from(x->c, 0), 1);
	SW(x->c, "01a4040c10" FIXTURE_AID, SW_OK);
}

static void test_two_mikey_chains_at_once(void)
{
	struct chains x;

	chains_begin(&x);
	CU_ASSERT_EQUAL(block(x.c, 0, x.a, 0, 100), SW_MORE_DATA_EXPECTED);
	CU_ASSERT_EQUAL(block(x.c, 1, x.b, 0, 60), SW_MORE_DATA_EXPECTED);
	CU_ASSERT_EQUAL(block(x.c, 0, x.a, 100, 255), SW_RESPONSE_AVAILABLE);
	CU_ASSERT_EQUAL(block(x.c, 1, x.b, 60, 30), SW_MORE_DATA_EXPECTED);
	CU_ASSERT_EQUAL(block(x.c, 1, x.b, 90, 255), SW_RESPONSE_AVAILABLE);
	CU_ASSERT_EQUAL(fetch(x.c, 0), SW_OK); /* each its own answer */
	CU_ASSERT(card_answered(x.c, "5301db"));
	CU_ASSERT_EQUAL(fetch(x.c, 0), SW_CONDITIONS);
	CU_ASSERT_EQUAL(fetch(x.c, 1), SW_OK);
	CU_ASSERT(x.c->n > 100 && x.c->answer[0] == 0x53); /* the verification message */
	CU_ASSERT_EQUAL(card_read(x.c, 0x6FD7, 1), SW_OK);
	CU_ASSERT_EQUAL(x.c->answer[3], 1);
	CU_ASSERT_EQUAL(card_read(x.c, 0x6FD7, 2), SW_OK);
	CU_ASSERT_EQUAL(x.c->answer[3], 1); /* both MSKs are there */
	card_free(x.c);
}

static void test_another_command_drops_one_chain_alone(void)
{
	struct chains x;

	chains_begin(&x);
	CU_ASSERT_EQUAL(block(x.c, 0, x.a, 0, 100), SW_MORE_DATA_EXPECTED);
	CU_ASSERT_EQUAL(block(x.c, 1, x.b, 0, 60), SW_MORE_DATA_EXPECTED);
	SW(x.c, "81f2000c", SW_OK); /* between the blocks of channel 1 */
	CU_ASSERT_EQUAL(block(x.c, 1, x.b, 60, 255), SW_CONDITIONS);
	CU_ASSERT_EQUAL(block(x.c, 0, x.a, 100, 255), SW_RESPONSE_AVAILABLE);
	CU_ASSERT_EQUAL(block(x.c, 1, x.b, 0, 60), SW_MORE_DATA_EXPECTED);
	SW(x.c, "0189a08500", SW_CONDITIONS); /* to fetch too early is an abort, too */
	CU_ASSERT_EQUAL(block(x.c, 1, x.b, 60, 255), SW_CONDITIONS);
	CU_ASSERT_EQUAL(fetch(x.c, 0), SW_OK);
	CU_ASSERT(card_answered(x.c, "5301db"));
	card_free(x.c);
}

static void test_attack_blocks_of_two_channels_in_one_message(void)
{
	struct chains x;

	chains_begin(&x);
	CU_ASSERT_EQUAL(block(x.c, 0, x.a, 0, 100), SW_MORE_DATA_EXPECTED);
	CU_ASSERT_EQUAL(block(x.c, 1, x.a, 100, 255), SW_CONDITIONS); /* not a continuation here */
	CU_ASSERT_EQUAL(block(x.c, 0, x.a, 100, 255), SW_RESPONSE_AVAILABLE);
	CU_ASSERT_EQUAL(fetch(x.c, 1), SW_CONDITIONS); /* nor this channel's answer */
	CU_ASSERT_EQUAL(fetch(x.c, 0), SW_OK);
	card_free(x.c);
}

static void test_closing_drops_the_chain(void)
{
	struct chains x;

	chains_begin(&x);
	CU_ASSERT_EQUAL(block(x.c, 1, x.a, 0, 100), SW_MORE_DATA_EXPECTED);
	CU_ASSERT_EQUAL(close_from(x.c, 0, 1), SW_OK);
	CU_ASSERT_EQUAL(block(x.c, 1, x.a, 100, 255), SW_CHANNEL_UNSUPPORTED);
	CU_ASSERT_EQUAL(open_from(x.c, 0), 1);
	SW(x.c, "01a4040c10" FIXTURE_AID, SW_OK);
	CU_ASSERT_EQUAL(block(x.c, 1, x.a, 100, 255), SW_CONDITIONS);
	CU_ASSERT_EQUAL(block(x.c, 1, x.a, 0, 100), SW_MORE_DATA_EXPECTED);
	CU_ASSERT_EQUAL(block(x.c, 1, x.a, 100, 255), SW_RESPONSE_AVAILABLE);
	CU_ASSERT_EQUAL(close_from(x.c, 1, 1), SW_OK); /* the answer was not fetched */
	CU_ASSERT_EQUAL(open_from(x.c, 0), 1);
	SW(x.c, "01a4040c10" FIXTURE_AID, SW_OK);
	CU_ASSERT_EQUAL(fetch(x.c, 1), SW_CONDITIONS);
	/* Opened from channel 1, channel 2 begins in the application: its first command may be a block. */
	CU_ASSERT_EQUAL(open_from(x.c, 1), 2);
	CU_ASSERT_EQUAL(block(x.c, 2, x.b, 0, 100), SW_MORE_DATA_EXPECTED);
	CU_ASSERT_EQUAL(close_from(x.c, 1, 2), SW_OK);
	CU_ASSERT_EQUAL(open_from(x.c, 1), 2);
	CU_ASSERT_EQUAL(block(x.c, 2, x.b, 100, 255), SW_CONDITIONS);
	card_free(x.c);
}

static void test_closing_wipes_a_data_object_on_its_way(void)
{
	static const struct card_options with_objects = { .admin_files = true };
	struct card *c = card_new(&with_objects);
	const struct transfer *t = &c->u->transfer[1];

	CU_ASSERT_EQUAL(open_from(c, 0), 1);
	SW(c, "01a4080c04 7f206f13", SW_OK);
	SW(c, "81db008005 8104 aabbcc", SW_MORE_DATA_EXPECTED);
	CU_ASSERT_EQUAL(t->state, TRANSFER_IN);
	CU_ASSERT_EQUAL(close_from(c, 0, 1), SW_OK);
	CU_ASSERT_EQUAL(t->state, TRANSFER_NONE);
	CU_ASSERT(span_all(span_of(t->object, 5), 0));
	card_free(c);
}

static void test_reset_drops_all_chains(void)
{
	struct chains x;

	chains_begin(&x);
	CU_ASSERT_EQUAL(block(x.c, 0, x.a, 0, 100), SW_MORE_DATA_EXPECTED);
	CU_ASSERT_EQUAL(block(x.c, 1, x.b, 0, 60), SW_MORE_DATA_EXPECTED);
	uicc_reset(x.c->u);
	CU_ASSERT_EQUAL(card_select_usim(x.c), SW_OK);
	CU_ASSERT_EQUAL(block(x.c, 0, x.a, 100, 255), SW_CONDITIONS);
	CU_ASSERT_EQUAL(open_from(x.c, 0), 1);
	SW(x.c, "01a4040c10" FIXTURE_AID, SW_OK);
	CU_ASSERT_EQUAL(block(x.c, 1, x.b, 60, 255), SW_CONDITIONS);
	CU_ASSERT_EQUAL(card_read(x.c, 0x6FD7, 1), SW_OK); /* no MSK came of them */
	CU_ASSERT_EQUAL(x.c->answer[3], 0xFF);
	CU_ASSERT_EQUAL(block(x.c, 0, x.a, 0, 100), SW_MORE_DATA_EXPECTED); /* and nothing was spent */
	CU_ASSERT_EQUAL(block(x.c, 0, x.a, 100, 255), SW_RESPONSE_AVAILABLE);
	card_free(x.c);
}

static void test_attack_a_removed_session_s_chain(void)
{
	struct chains x;

	chains_begin(&x);
	CU_ASSERT_EQUAL(block(x.c, 1, x.a, 0, 100), SW_MORE_DATA_EXPECTED);
	SW(x.c, "01a4044c10" FIXTURE_AID, SW_OK); /* the application's session ends */
	CU_ASSERT_EQUAL(block(x.c, 1, x.a, 100, 255), SW_SECURITY);
	card_free(x.c);
}

/* Sends a command whose answer is to wait: how many octets do, 0 when none. */
static uint8_t waits(struct card *c, const char *hex)
{
	sw_t sw = card_t0_hex(c, hex);

	return (sw & 0xFF00) == SW_MORE ? (uint8_t)sw : 0;
}

static sw_t get_response(struct card *c, uint8_t cla, uint8_t le)
{
	char hex[16];

	snprintf(hex, sizeof hex, "%02xc00000%02x", cla, le);
	return card_t0_hex(c, hex);
}

/* Whether the answer, or the part of it that came, has this AID in it. */
static bool names(const struct card *c, const char *aid)
{
	uint8_t b[AID_MAX];
	struct wr w = WR(b);

	if (!hex_parse(&w, span_str(aid)))
		return false;
	for (size_t i = 0; i + w.n <= c->n; i++)
		if (span_eq(span_sub(card_answer(c), i, w.n), wr_done(&w)))
			return true;
	return false;
}

static void test_t0_one_pending_answer_per_channel(void)
{
	struct card *c = card_new(&two);

	T0_AND(c, "0070000001", SW_OK, "01");
	uint8_t n0 = waits(c, "00a4040410" FIXTURE_AID), n1 = waits(c, "01a4040410" FIXTURE_AID2);
	CU_ASSERT_FATAL(n0 > 30 && n1 > 30);
	CU_ASSERT_EQUAL(get_response(c, 0x02, n0), SW_CHANNEL_UNSUPPORTED);
	CU_ASSERT_EQUAL(get_response(c, 0x01, 30), SW_MORE | (n1 - 30)); /* each fetches its own, in parts */
	CU_ASSERT(names(c, FIXTURE_AID2));
	CU_ASSERT_EQUAL(get_response(c, 0x00, n0), SW_OK);
	CU_ASSERT(names(c, FIXTURE_AID));
	CU_ASSERT_EQUAL(get_response(c, 0x00, n0), SW_CONDITIONS);
	T0(c, "00b0000001", SW_NO_EF); /* another command here */
	CU_ASSERT_EQUAL(get_response(c, 0x01, (uint8_t)(n1 - 30)), SW_OK); /* takes nothing away there */
	CU_ASSERT_EQUAL(get_response(c, 0x01, (uint8_t)(n1 - 30)), SW_CONDITIONS);
	T0(c, EXTENDED_CHANNELS, SW_OK);
	T0(c, "00700013", SW_OK);
	CU_ASSERT_EQUAL(waits(c, "4fa4040410" FIXTURE_AID), n0);
	CU_ASSERT_EQUAL(get_response(c, 0xCF, n0), SW_CLA); /* the class is 4X, whatever the command's was */
	CU_ASSERT_EQUAL(waits(c, "4fa4040410" FIXTURE_AID), n0);
	CU_ASSERT_EQUAL(get_response(c, 0x4F, n0), SW_OK);
	CU_ASSERT(names(c, FIXTURE_AID));
	card_free(c);
}

static void test_t0_get_response_elsewhere_destroys_nothing(void)
{
	struct card *c = card_new(NULL);

	T0(c, "0070000001", SW_OK);
	uint8_t n = waits(c, "00a4000402 3f00");
	CU_ASSERT_FATAL(n != 0);
	CU_ASSERT_EQUAL(get_response(c, 0x01, n), SW_CONDITIONS); /* nothing waits there */
	CU_ASSERT_EQUAL(get_response(c, 0x40, n), SW_CHANNEL_UNSUPPORTED);
	T0(c, "01b2010400", SW_NO_EF);
	CU_ASSERT_EQUAL(get_response(c, 0x00, n), SW_OK);
	CU_ASSERT_EQUAL(c->n, n);
	CU_ASSERT_EQUAL(waits(c, "00a4000402 3f00"), n);
	CU_ASSERT_EQUAL(get_response(c, 0x04, n), SW_SM_UNSUPPORTED); /* a command on this channel */
	CU_ASSERT_EQUAL(get_response(c, 0x00, n), SW_CONDITIONS);
	/* A header to be repeated waits on its channel as well. */
	T0(c, "01b0820000", 0x6C0A);
	T0(c, "00b0820000", 0x6C0A);
	T0(c, "00a4000c02 3f00", SW_OK);
	T0_AND(c, "01b082000a", SW_OK, "98001032547698103254");
	card_free(c);
}

static void test_t0_answers_go_with_their_channel(void)
{
	struct card *c = card_new(NULL);

	T0(c, "0070000001", SW_OK);
	uint8_t n = waits(c, "01a4000402 3f00");
	CU_ASSERT_FATAL(n != 0);
	T0(c, "00708001", SW_OK);
	CU_ASSERT_EQUAL(get_response(c, 0x01, n), SW_CHANNEL_UNSUPPORTED);
	T0(c, "00700001", SW_OK);
	CU_ASSERT_EQUAL(get_response(c, 0x01, n), SW_CONDITIONS); /* the new channel 1 is another one */
	CU_ASSERT_EQUAL(waits(c, "01a4000402 3f00"), n);
	t0_reset(c->t0);
	CU_ASSERT_EQUAL(get_response(c, 0x01, n), SW_CHANNEL_UNSUPPORTED);
	T0(c, "0070000000", 0x6C01); /* wrong Le: opened once, told again */
	T0_AND(c, "0070000001", SW_OK, "01");
	T0_AND(c, "0070000001", SW_OK, "02");
	card_free(c);
}

static void test_t0_chain_and_pending_answer_on_two_channels(void)
{
	struct chains x;

	chains_begin(&x);
	CU_ASSERT_EQUAL(block(x.c, 0, x.a, 0, 100), SW_MORE_DATA_EXPECTED);
	uint8_t n = waits(x.c, "01a4040410" FIXTURE_AID);
	CU_ASSERT_EQUAL(block(x.c, 0, x.a, 100, 255), SW_RESPONSE_AVAILABLE);
	T0(x.c, "0089a00000", 0x6C03);
	T0(x.c, "0089a00002", 0x6C03); /* not what was said: nothing is lost */
	T0(x.c, "0089a00000", 0x6C03);
	CU_ASSERT_EQUAL(get_response(x.c, 0x01, n), SW_OK);
	CU_ASSERT(names(x.c, FIXTURE_AID));
	T0_AND(x.c, "0089a00003", SW_OK, "5301db");
	T0(x.c, "0089a00003", SW_CONDITIONS);
	card_free(x.c);
}

static void test_status_on_every_channel(void)
{
	struct card *c = card_new(&two);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	for (uint8_t p1 = 0; p1 <= 2; p1++) { /* no indication, initialised, about to end */
		CU_ASSERT_EQUAL(card_command(c, 0x80, 0xF2, p1, 0x0C, (struct span){ 0 }, 0), SW_OK);
		CU_ASSERT_EQUAL(c->n, 0);
		CU_ASSERT_EQUAL(card_command(c, 0x80, 0xF2, p1, 0x01, (struct span){ 0 }, 256), SW_OK);
		CU_ASSERT(card_answered(c, "8410" FIXTURE_AID));
		CU_ASSERT_EQUAL(card_command(c, 0x80, 0xF2, p1, 0x00, (struct span){ 0 }, 256), SW_OK);
		CU_ASSERT(c->n > 2 && c->answer[0] == 0x62);
	}
	SW(c, "80f2030c", SW_P1P2);
	SW(c, "80f2000d", SW_P1P2);
	SW(c, "00b0870009", SW_OK); /* about to end is not ended */
	SW(c, "00a4000c02 3f00", SW_OK);
	SW_AND(c, "80f2000100", SW_OK, "8410" FIXTURE_AID); /* the session's, wherever it is */
	SW(c, "80f200000100", SW_WRONG_LENGTH); /* no data */
	card_free(c);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "MANAGE CHANNEL: the card picks the lowest free one", test_card_picks_the_lowest_free },
		{ "MANAGE CHANNEL: the terminal picks", test_terminal_picks },
		{ "MANAGE CHANNEL: errors", test_manage_channel_errors },
		{ "classes 0X 4X 6X 8X CX EX on all twenty channels", test_classes_of_all_channels },
		{ "each channel has its own selection and record pointer", test_selections_are_apart },
		{ "a new channel starts at the MF, or where its parent is", test_what_a_new_channel_starts_with },
		{ "a reset closes all but the basic channel", test_reset_closes_all },
		{ "closing forgets the selection", test_closing_forgets_the_selection },
		{ "attack: using a file that another channel has deleted",
		  test_attack_a_file_that_another_channel_deletes },
		{ "TERMINAL CAPABILITY, right and wrong", test_terminal_capability },
		{ "partial AID: first, last, next, previous of two", test_partial_aid_with_two_applications },
		{ "decision 10: two MIKEY chains at once", test_two_mikey_chains_at_once },
		{ "decision 10: another command drops one chain alone", test_another_command_drops_one_chain_alone },
		{ "attack: one message in blocks of two channels", test_attack_blocks_of_two_channels_in_one_message },
		{ "closing drops chain and answer", test_closing_drops_the_chain },
		{ "closing wipes a data object on its way", test_closing_wipes_a_data_object_on_its_way },
		{ "a reset drops all chains, and nothing is spent", test_reset_drops_all_chains },
		{ "attack: to go on with a chain when its session is over", test_attack_a_removed_session_s_chain },
		{ "T=0: an answer waits on each channel", test_t0_one_pending_answer_per_channel },
		{ "T=0: GET RESPONSE elsewhere destroys nothing", test_t0_get_response_elsewhere_destroys_nothing },
		{ "T=0: answers go with their channel", test_t0_answers_go_with_their_channel },
		{ "T=0: a chain and an answer on two channels", test_t0_chain_and_pending_answer_on_two_channels },
		{ "STATUS in its forms, on the session's application", test_status_on_every_channel },
	};

	return CU_RUN("card channels", tests);
}
