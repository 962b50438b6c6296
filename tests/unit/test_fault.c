/* SPDX-License-Identifier: Apache-2.0 */
/* The faults of a slot: what a text sets, what they do to commands, answers and the ATR. */
#include "tests/cu.h"
#include "pcsc-driver/fault.h"

#include <stdlib.h>

static char why[FAULT_WHY_MAX];
static const uint8_t status[] = { 0x80, 0xF2, 0x00, 0x00, 0x00 }, authenticate[] = { 0x00, 0x88, 0x00, 0x81, 0x00 },
		     again[] = { 0x01, 0x89, 0x80, 0x85, 0x00 };

static void set(struct faults *f, const char *text)
{
	CU_ASSERT_TRUE(fault_set(f, text, why));
}

static void a_count_ends_a_fault(void)
{
	struct faults f = { 0 };

	set(&f, "mute 2");
	CU_ASSERT_TRUE(fault_next(&f, SPAN(status)).mute);
	CU_ASSERT_TRUE(fault_next(&f, SPAN(status)).mute);
	CU_ASSERT_FALSE(fault_next(&f, SPAN(status)).mute);
	set(&f, "mute");
	for (int i = 0; i < 1000; i++)
		CU_ASSERT_TRUE(fault_next(&f, SPAN(status)).mute);
	set(&f, "mute 0");
	CU_ASSERT_FALSE(fault_next(&f, SPAN(status)).mute);
	set(&f, "delay 250 1");
	CU_ASSERT_EQUAL(fault_next(&f, SPAN(status)).delay_ms, 250);
	CU_ASSERT_EQUAL(fault_next(&f, SPAN(status)).delay_ms, 0);
}

static void the_nth_authenticate_is_hit(void)
{
	struct faults f = { 0 };

	set(&f, "sw 9862 3");
	CU_ASSERT_EQUAL(fault_next(&f, SPAN(authenticate)).sw, 0);
	CU_ASSERT_EQUAL(fault_next(&f, SPAN(status)).sw, 0);
	CU_ASSERT_EQUAL(fault_next(&f, SPAN(again)).sw, 0);
	CU_ASSERT_EQUAL(fault_next(&f, SPAN(authenticate)).sw, 0x9862);
	CU_ASSERT_EQUAL(fault_next(&f, SPAN(authenticate)).sw, 0);
}

static void a_command_of_no_octets_is_a_command(void)
{
	struct faults f = { 0 };

	set(&f, "sw 6f00");
	CU_ASSERT_EQUAL(fault_next(&f, (struct span){ 0 }).sw, 0);
	CU_ASSERT_EQUAL(fault_next(&f, SPAN(authenticate)).sw, 0x6F00);
}

static void the_power_is_cut_at_a_write(void)
{
	struct faults f = { 0 };

	set(&f, "cut-after 7");
	CU_ASSERT_TRUE(f.cut_new && f.cut_after && f.cut_writes == 7);
	set(&f, "cut-before");
	CU_ASSERT_TRUE(f.cut_new && !f.cut_after && f.cut_writes == 1);
	set(&f, "none");
	CU_ASSERT_TRUE(f.cut_new && f.cut_writes == 0);
}

static void t0_is_spoken_wrongly(void)
{
	uint8_t answer[UICC_RAPDU_MAX] = { 0x61, 0x22 }, data[UICC_RAPDU_MAX] = { 1, 2, 3, 0x90, 0x00 };

	CU_ASSERT_EQUAL(fault_bend(FAULT_T0_LONG_61, answer, 2), 2);
	CU_ASSERT_EQUAL(answer[1], 0x23);
	CU_ASSERT_EQUAL(fault_bend(FAULT_T0_LONG_61, data, 5), 5);
	CU_ASSERT_EQUAL(data[3], 0x90);
	CU_ASSERT_EQUAL(fault_bend(FAULT_T0_ENDLESS_6C, data, 5), 2);
	CU_ASSERT_TRUE(data[0] == 0x6C && data[1] == 0x10 && data[2] == 0);
	CU_ASSERT_EQUAL(fault_bend(FAULT_T0_ONE_OCTET, answer, 2), 1);
	CU_ASSERT_EQUAL(fault_bend(FAULT_T0_NONE, data, 2), 2);
}

static void another_atr_is_shown(void)
{
	static const struct {
		const char *fault;
		uint8_t n, atr[6];
	} rows[] = {
		{ "atr minimal", 2, { 0x3B, 0x00 } },
		{ "atr t1", 4, { 0x3B, 0x80, 0x01, 0x81 } },
		{ "atr empty", 0, { 0 } },
		{ "atr 3b021122", 4, { 0x3B, 0x02, 0x11, 0x22 } },
		{ "atr bad-tck", 4, { 0x3B, 0x11, 0x22, 0xCC } },
		{ "atr inverse", 4, { 0x3F, 0x11, 0x22, 0x33 } },
		{ "atr short", 2, { 0x3B, 0x11 } },
		{ "atr own", 4, { 0x3B, 0x11, 0x22, 0x33 } },
	};
	struct faults f = { 0 };

	for (size_t i = 0; i < VU_COUNT(rows); i++) {
		uint8_t atr[UICC_ATR_MAX] = { 0x3B, 0x11, 0x22, 0x33 };
		set(&f, rows[i].fault);
		CU_ASSERT_EQUAL(fault_atr(&f, atr, 4), rows[i].n);
		CU_ASSERT_EQUAL(memcmp(atr, rows[i].atr, rows[i].n), 0);
	}
}

static void nonsense_changes_nothing(void)
{
	static const char *const nonsense[] = {
		"",
		" ",
		"bla",
		"mute x",
		"mute 1 2",
		"mute -1",
		"mute 1234567890",
		"delay",
		"delay 0",
		"delay 600001",
		"sw",
		"sw 98",
		"sw 98620",
		"sw 0000",
		"sw zz00",
		"sw 9862 0",
		"cut-before 0",
		"cut-after 1 2",
		"t0",
		"t0 bla",
		"t0 long-61 x",
		"atr",
		"atr 3b",
		"atr 3b0",
		"atr bla",
		"none x",
		"a b c d e",
		"mute  ,",
		"atr 3b0000000000000000000000000000000000000000000000000000000000000000000000",
	};
	struct faults f = { 0 }, before;

	set(&f, "mute 5");
	before = f;
	for (size_t i = 0; i < VU_COUNT(nonsense); i++) {
		why[0] = '\0';
		CU_ASSERT_FALSE(fault_set(&f, nonsense[i], why));
		CU_ASSERT_EQUAL(memcmp(&f, &before, sizeof f), 0);
		CU_ASSERT_NOT_EQUAL(why[0], '\0');
	}
}

static void what_is_on_reads_as_it_was_written(void)
{
	char text[FAULT_TEXT_MAX];
	struct faults f = { 0 };

	fault_text(&f, text);
	CU_ASSERT_STRING_EQUAL(text, "");
	set(&f, "mute 3");
	set(&f, "delay 20");
	set(&f, "sw 6f00 2");
	set(&f, "t0 one-octet 4");
	set(&f, "atr t1");
	fault_text(&f, text);
	CU_ASSERT_STRING_EQUAL(text, "mute 3, delay 20, sw 6f00 2, t0 one-octet 4, atr 3b800181");
}

static void every_fault_is_described(void)
{
	const char *usage, *help;
	size_t n = 0;

	while (fault_describe(n, &usage, &help)) {
		CU_ASSERT_TRUE(usage[0] != '\0' && help[0] != '\0');
		n++;
	}
	CU_ASSERT_TRUE(n > 5);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "a count ends a fault", a_count_ends_a_fault },
		{ "the n-th AUTHENTICATE gets the status word", the_nth_authenticate_is_hit },
		{ "a command of no octets is no AUTHENTICATE", a_command_of_no_octets_is_a_command },
		{ "the power is cut before or after a write", the_power_is_cut_at_a_write },
		{ "T=0 is spoken wrongly", t0_is_spoken_wrongly },
		{ "another ATR is shown", another_atr_is_shown },
		{ "nonsense changes nothing and is told", nonsense_changes_nothing },
		{ "what is on reads as it was written", what_is_on_reads_as_it_was_written },
		{ "every fault is described", every_fault_is_described },
	};

	return CU_RUN("faults of a slot", tests);
}
