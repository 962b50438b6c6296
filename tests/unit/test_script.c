/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of an APDU script, and patterns against answers. */
#include "host/script/script.h"
#include "tests/cu.h"

static enum script_kind kind_of(const char *line)
{
	struct script_step s;
	const char *why = NULL;

	return script_parse(&s, span_str(line), &why) ? s.kind : (enum script_kind)99;
}

static void test_lines(void)
{
	struct script_step s;
	const char *why = NULL;

	CU_ASSERT_EQUAL(kind_of(""), SCRIPT_NOTHING);
	CU_ASSERT_EQUAL(kind_of("  # words"), SCRIPT_NOTHING);
	CU_ASSERT_EQUAL(kind_of("! reset\r"), SCRIPT_RESET);
	CU_ASSERT(script_parse(&s, span_str("> 00 A4 0004 02 3f00"), &why));
	CU_ASSERT_EQUAL(s.command_n, 7);
	CU_ASSERT(script_parse(&s, span_str("! card  imsi=1 "), &why));
	CU_ASSERT(span_eq(s.words, span_str("imsi=1")));
	CU_ASSERT(script_parse(&s, span_str("! profile usim-plain"), &why));
	CU_ASSERT_EQUAL(s.kind, SCRIPT_PROFILE);
	CU_ASSERT(span_eq(s.words, span_str("usim-plain")));
}

static void test_lines_that_are_none(void)
{
	static const char *const bad[] = {
		"00a4",
		"> 00a4",
		"> 00a40004023f",
		"> 0",
		"> zz",
		"<",
		"< 9",
		"< 90",
		"< *",
		"< 9g00",
		"< * 90 * 00",
		"! card",
		"! eject",
		"< .9000",
		"! profile",
		"! profile ../x",
		"! profile a.yaml",
		"! profile /x",
	};

	for (size_t i = 0; i < VU_COUNT(bad); i++)
		CU_ASSERT_EQUAL(kind_of(bad[i]), 99);
}

static bool matches(const char *pattern, const uint8_t *answer, size_t n, size_t *at)
{
	struct script_step s;
	const char *why = NULL;

	CU_ASSERT_FATAL(script_parse(&s, span_str(pattern), &why));
	*at = 99;
	return script_matches(&s.expect, span_of(answer, n), at);
}

static void test_patterns(void)
{
	static const uint8_t a[] = { 0x62, 0x03, 0xAA, 0xBB, 0xCC, 0x90, 0x00 };
	size_t at;

	CU_ASSERT(matches("< 6203aabbcc 9000", a, 7, &at));
	CU_ASSERT(matches("< 62 .. aa * 9000", a, 7, &at));
	CU_ASSERT(matches("< 62 03 aa bb cc * 9000", a, 7, &at)); /* a star may stand for nothing */
	CU_ASSERT(matches("< * 9000", a, 7, &at));
	CU_ASSERT_FALSE(matches("< 6203aabbcd 9000", a, 7, &at));
	CU_ASSERT_EQUAL(at, 4);
	CU_ASSERT_FALSE(matches("< 62 * cc 6a82", a, 7, &at));
	CU_ASSERT_EQUAL(at, 5);
	CU_ASSERT_FALSE(matches("< 6203 9000", a, 7, &at));
	CU_ASSERT_EQUAL(at, 2);
	CU_ASSERT_FALSE(matches("< 9000", a, 7, &at));
	CU_ASSERT_FALSE(matches("< 6203aabbcc900000", a, 7, &at));
	CU_ASSERT_EQUAL(at, 7);
	CU_ASSERT_FALSE(matches("< 6203aabbcc9000 * 9000", a, 7, &at)); /* head and tail may not share octets */
}

static void test_a_pattern_as_text(void)
{
	static const char *const patterns[][2] = { { "< 62 .. * 9000", "62..*9000" },
						   { "< * 9000", "*9000" },
						   { "< 6A82", "6a82" },
						   { "< 9000 *", "9000*" } };
	char text[SCRIPT_PATTERN_TEXT];
	struct script_step s;
	const char *why;

	for (size_t i = 0; i < VU_COUNT(patterns); i++) {
		CU_ASSERT_FATAL(script_parse(&s, span_str(patterns[i][0]), &why));
		CU_ASSERT_STRING_EQUAL(script_pattern_text(text, &s.expect), patterns[i][1]);
	}
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "lines of every kind", test_lines },
		{ "lines that are none", test_lines_that_are_none },
		{ "patterns", test_patterns },
		{ "a pattern as text", test_a_pattern_as_text },
	};

	return CU_RUN("APDU scripts", tests);
}
