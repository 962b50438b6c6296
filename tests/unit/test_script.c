/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of an APDU script, values, and patterns against answers. */
#include "apdu/hex.h"
#include "host/script/match.h"
#include "tests/cu.h"

static struct script_step s;
static struct script_fault fault;
static struct value_vars vars;

static enum script_kind kind_of(const char *line)
{
	return script_parse(&s, span_str(line), &fault) ? s.kind : (enum script_kind)99;
}

static void test_lines(void)
{
	static const struct {
		const char *line;
		enum script_kind kind;
	} lines[] = {
		{ "", SCRIPT_NOTHING },
		{ "  # words", SCRIPT_NOTHING },
		{ "! reset\r", SCRIPT_RESET },
		{ "> 00 A4 0004 02 3f00", SCRIPT_COMMAND },
		{ "! let RAND = random 16", SCRIPT_LET },
		{ "! let AUTN* = gba-u(K, OPC, SQN, RAND)", SCRIPT_LET },
		{ "! within 50ms", SCRIPT_WITHIN },
		{ "! repeat 3", SCRIPT_REPEAT },
		{ "! if PIN1", SCRIPT_IF },
		{ "! end", SCRIPT_END },
		{ "! include folder/file.apdu", SCRIPT_INCLUDE },
		{ "! case a long name", SCRIPT_CASE },
		{ "! needs service 68", SCRIPT_NEEDS },
		{ "< 62[ 83{2f00} 8a{05} + ] 9000 | 6a82", SCRIPT_EXPECT },
		{ "< <RAND:16> <10..1F> * 9000", SCRIPT_EXPECT },
	};

	for (size_t i = 0; i < VU_COUNT(lines); i++)
		CU_ASSERT_EQUAL(kind_of(lines[i].line), lines[i].kind);
	CU_ASSERT_EQUAL(kind_of("! card  imsi=1 "), SCRIPT_CARD);
	CU_ASSERT(span_eq(s.words, span_str("imsi=1")));
	CU_ASSERT_EQUAL(kind_of("! profile usim-plain"), SCRIPT_PROFILE);
	CU_ASSERT(span_eq(s.words, span_str("usim-plain")));
	CU_ASSERT_EQUAL(kind_of("! channel 19"), SCRIPT_CHANNEL);
	CU_ASSERT_EQUAL(s.number, 19);
	CU_ASSERT_EQUAL(kind_of("! within 2s"), SCRIPT_WITHIN);
	CU_ASSERT_EQUAL(s.number, 2000000);
}

static void test_lines_of_scriptor(void)
{
	CU_ASSERT_EQUAL(kind_of("00A4000C023F00"), SCRIPT_COMMAND);
	CU_ASSERT(s.raw);
	CU_ASSERT_EQUAL(kind_of("a0 a4 0 0 2 3F 0"), SCRIPT_COMMAND);
	CU_ASSERT_EQUAL(kind_of("RESET"), SCRIPT_RESET);
	CU_ASSERT_EQUAL(kind_of("exit"), SCRIPT_EXIT);
	CU_ASSERT_EQUAL(kind_of("00a4"), 99);
	CU_ASSERT_EQUAL(kind_of("A0 A4 000 00"), 99);
	CU_ASSERT_EQUAL(kind_of("resetted"), 99);
}

static void test_lines_that_are_none(void)
{
	static const struct {
		const char *line;
		size_t column; /* of the fault */
	} bad[] = {
		{ "> 00a4", 3 },
		{ "> 00a40004023f", 3 },
		{ "> 0", 3 },
		{ "> 9zz", 4 },
		{ "> 00a4 ..", 8 },
		{ "> 00 nothing(1)", 6 },
		{ "> 00 xor(00)", 10 },
		{ "> 00 xor(00, 01, 02)", 17 },
		{ "> 00 slice(00, a, 1)", 16 },
		{ "> 62{ 83 ", 9 },
		{ "> 62[ 83{} ]", 5 },
		{ "> 627f00{ }", 3 },
		{ "> ((((((((( 00 )))))))))", 11 },
		{ "<", 2 },
		{ "< 9", 3 },
		{ "< 90", 3 },
		{ "< *", 3 },
		{ "< 9g00", 4 },
		{ "< * 90 * 00", 8 },
		{ "< .9000", 4 },
		{ "< <1F..10> 9000", 4 },
		{ "< <10..1F00> 9000", 4 },
		{ "< <RAND> 9000", 8 },
		{ "< <RAND:0> 9000", 9 },
		{ "< <ABCD:2> 9000", 8 },
		{ "< 62[ 83 ] 9000", 7 },
		{ "< 62{ 83{*} + 84{*} } 9000", 13 },
		{ "< random(2) 9000", 3 },
		{ "! card", 7 },
		{ "! eject", 3 },
		{ "! profile", 10 },
		{ "! profile ../x", 11 },
		{ "! profile a.yaml", 11 },
		{ "! profile /x", 11 },
		{ "! let AC = 00", 7 },
		{ "! let K 00", 9 },
		{ "! channel 20", 11 },
		{ "! within 5", 11 },
		{ "! within 5m", 11 },
		{ "! repeat", 9 },
		{ "! repeat 2 times", 12 },
		{ "! needs service", 16 },
		{ "! needs application a0", 21 },
		{ "! reset now", 9 },
	};

	for (size_t i = 0; i < VU_COUNT(bad); i++) {
		CU_ASSERT_EQUAL(kind_of(bad[i].line), 99);
		CU_ASSERT_EQUAL(fault.column, bad[i].column);
		CU_ASSERT_PTR_NOT_NULL(fault.expected);
		if (fault.column != bad[i].column)
			printf("%s: column %zu, %s\n", bad[i].line, fault.column, fault.expected);
	}
}

/* Whether a command's octets are these. */
static bool becomes(const char *line, const char *hex)
{
	uint8_t got[VALUE_MAX], want[VALUE_MAX];
	struct wr g = WR(got), w = WR(want);

	return script_parse(&s, span_str(line), &fault) && value_eval(&vars, &s, s.first, &g, &fault) &&
	       hex_parse(&w, span_str(hex)) && span_eq(wr_done(&g), wr_done(&w));
}

static void test_values(void)
{
	vars.n = 0;
	CU_ASSERT(value_set(&vars, span_str("AUTN*"), span_str("ab")));
	CU_ASSERT(becomes("> 0020 0001 (31323334 ffffffff)", "0020000108 31323334ffffffff"));
	CU_ASSERT(becomes("! let X = AUTN*", "6162"));
	CU_ASSERT(becomes("! let X = (AUTN*) \"c\" AUTN*", "02616263 6162"));
	CU_ASSERT(becomes("! let X = 62{ 83{2f00} a5{} 7f21{01} }", "620a 83022f00 a500 7f210101"));
	CU_ASSERT(becomes("! let X = pad(00, ff, 130)",
			  "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
			  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
			  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
			  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
			  "ffff"));
	CU_ASSERT(becomes("! let X = slice(001122334455, 2, 3)", "223344"));
	CU_ASSERT(becomes("! let X = drop(001122, 1)", "1122"));
	CU_ASSERT_FALSE(becomes("! let X = drop(0011, 3)", ""));
	CU_ASSERT(becomes("! let X = xor(0f0f, ffff)", "f0f0"));
	CU_ASSERT(becomes("! let X = plus(0000000000ff, 1)", "000000000100"));
	CU_ASSERT(becomes("! let X = number(258, 2)", "0102"));
	CU_ASSERT(becomes("! let X = concat(01, 02, hex(03))", "010203"));
	CU_ASSERT(becomes("! let X = sqn(1, 31)", "00000000003f"));
	CU_ASSERT_FALSE(becomes("! let X = slice(0011, 1, 2)", ""));
	CU_ASSERT_FALSE(becomes("! let X = NOTHING", ""));
	CU_ASSERT_EQUAL(fault.column, 11);
	CU_ASSERT_FALSE(becomes("! let X = number(256, 1)", ""));
}

static void test_variables_are_set_anew(void)
{
	struct span v;

	vars.n = 0;
	CU_ASSERT(value_set(&vars, span_str("X"), span_str("long")));
	CU_ASSERT(value_get(&vars, span_str("X"), &v));
	CU_ASSERT(value_set(&vars, span_str("X"), span_sub(v, 1, 2))); /* of itself */
	CU_ASSERT(value_get(&vars, span_str("X"), &v) && span_eq(v, span_str("on")));
	CU_ASSERT_EQUAL(vars.n, 1);
	CU_ASSERT_FALSE(value_get(&vars, span_str("Y"), &v));
	for (char name[] = "A0"; name[0] <= 'Z'; name[0]++)
		for (name[1] = '0'; name[1] <= '9'; name[1]++)
			if (!value_set(&vars, span_str(name), (struct span){ 0 }))
				CU_ASSERT_EQUAL(vars.n, VALUE_VARS_MAX);
	CU_ASSERT_EQUAL(vars.n, VALUE_VARS_MAX);
}

static struct match m;

static bool matches(const char *pattern, const char *hex)
{
	static uint8_t answer[RAPDU_MAX];
	struct wr w = WR(answer);

	m.at = 99;
	CU_ASSERT_FATAL(script_parse(&s, span_str(pattern), &fault));
	CU_ASSERT_FATAL(hex_parse(&w, span_str(hex)));
	return match_answer(&vars, &s, wr_done(&w), &m, &fault) == MATCH_YES;
}

static void test_patterns(void)
{
	static const char a[] = "6203aabbcc 9000";

	CU_ASSERT(matches("< 6203aabbcc 9000", a));
	CU_ASSERT(matches("< 62 .. aa * 9000", a));
	CU_ASSERT(matches("< 62 03 aa bb cc * 9000", a)); /* a star may stand for nothing */
	CU_ASSERT(matches("< * 9000", a));
	CU_ASSERT_FALSE(matches("< 6203aabbcd 9000", a));
	CU_ASSERT_EQUAL(m.at, 4);
	CU_ASSERT_STRING_EQUAL(m.why, "cd");
	CU_ASSERT_FALSE(matches("< 62 * cc 6a82", a));
	CU_ASSERT_EQUAL(m.at, 5);
	CU_ASSERT_FALSE(matches("< 6203 9000", a));
	CU_ASSERT_EQUAL(m.at, 2);
	CU_ASSERT_FALSE(matches("< 9000", a));
	CU_ASSERT_EQUAL(m.at, 0);
	CU_ASSERT_FALSE(matches("< 6203aabbcc900000", a));
	CU_ASSERT_EQUAL(m.at, 7);
	CU_ASSERT_FALSE(matches("< 6203aabbcc9000 * 9000", a)); /* head and tail may not share octets */
	CU_ASSERT(matches("< 9000 *", "9000"));
	CU_ASSERT(matches("< 6a82 | * 9000", a));
	CU_ASSERT_FALSE(matches("< 6a82 | 6203 .. 00 * 9000", a));
	CU_ASSERT_EQUAL(m.at, 3); /* of the one that agreed longest */
	CU_ASSERT_FALSE(m.computed);
	CU_ASSERT_FALSE(matches("< sqn(1, 0) 9000", "6982"));
	CU_ASSERT(m.computed);
}

static void test_ranges_and_captures(void)
{
	struct span expected;

	CU_ASSERT(matches("< <0a..0f> 9000", "0a 9000"));
	CU_ASSERT(matches("< <0a00..0f00> 9000", "0eff 9000"));
	CU_ASSERT_FALSE(matches("< <0a00..0f00> 9000", "0f01 9000"));
	CU_ASSERT_EQUAL(m.at, 0);
	CU_ASSERT_STRING_EQUAL(m.why, "0a00 to 0f00");
	CU_ASSERT(matches("< 63<c0..cf>", "63c3"));
	CU_ASSERT_FALSE(m.computed);
	CU_ASSERT(matches("< dc 0e <AUTS:14> 9000", "dc0e 000102030405060708090a0b0c0d 9000"));
	CU_ASSERT_EQUAL_FATAL(m.n_captures, 1);
	CU_ASSERT(span_eq(m.capture[0].name, span_str("AUTS")));
	CU_ASSERT_EQUAL(m.capture[0].octets.n, 14);
	CU_ASSERT(matches("< db (<RES:*>) * 9000", "db 02 6162 03 9000"));
	expected = span_str("ab");
	CU_ASSERT(span_eq(m.capture[0].octets, expected));
	CU_ASSERT_FALSE(matches("< dc 0e <AUTS:14> 9000", "dc0e 00 9000"));
}

static void test_objects(void)
{
	static const char fcp[] = "62 0b 8202 4121 8302 2fe2 8a01 05 9000";

	CU_ASSERT(matches("< 62{ 82{4121} 83{2fe2} 8a{05} } 9000", fcp));
	CU_ASSERT(matches("< 62{ 82{..21} 83{*} 8a{..} } 9000", fcp));
	CU_ASSERT(matches("< 62{ 83{2fe2} + } 9000", fcp));
	CU_ASSERT(matches("< 62[ 8a{05} 83{2fe2} 82{*} ] 9000", fcp));
	CU_ASSERT(matches("< 62[ 8a{05} + ] 9000", fcp));
	CU_ASSERT(matches("< 62{ 82{4121} * } 9000", fcp));
	/* An order that is another, an object that is not there, one too many, another content. */
	CU_ASSERT_FALSE(matches("< 62{ 83{2fe2} 82{4121} 8a{05} } 9000", fcp));
	CU_ASSERT_EQUAL(m.at, 2);
	CU_ASSERT_FALSE(matches("< 62{ 83{2fe2} 82{4121} + } 9000", fcp));
	CU_ASSERT_STRING_EQUAL(m.why, "object 82");
	CU_ASSERT_FALSE(matches("< 62[ 8b{*} + ] 9000", fcp));
	CU_ASSERT_STRING_EQUAL(m.why, "object 8b");
	CU_ASSERT_FALSE(matches("< 62[ 82{*} 83{*} ] 9000", fcp));
	CU_ASSERT_EQUAL(m.at, 10);
	CU_ASSERT_FALSE(matches("< 62[ 8a{04} + ] 9000", fcp));
	CU_ASSERT_EQUAL(m.at, 12);
	CU_ASSERT_STRING_EQUAL(m.why, "04");
	/* Cut short; two of one tag, in either order; objects in objects. */
	CU_ASSERT_FALSE(matches("< 62[ 82{*} + ] 9000", "62 04 8205 41 9000"));
	CU_ASSERT(matches("< a5[ 83{02} 83{01} ] 9000", "a506 830101 830102 9000"));
	CU_ASSERT(matches("< 62[ c6[ 83{01} + ] + ] 9000", "620a 8a0105 c605 900180 8301 01 9000") == false);
	CU_ASSERT(matches("< 62[ c6[ 83{01} + ] + ] 9000", "620b 8a0105 c606 900180 830101 9000"));
}

static void test_faults_of_patterns(void)
{
	vars.n = 0;
	CU_ASSERT_FATAL(script_parse(&s, span_str("< XRES 9000"), &fault));
	CU_ASSERT_EQUAL(match_answer(&vars, &s, span_str("ab"), &m, &fault), MATCH_FAULT);
	CU_ASSERT_EQUAL(fault.column, 3);
	CU_ASSERT_FATAL(script_parse(&s, span_str("< * 62[ 83{*} ] 9000"), &fault));
	CU_ASSERT_EQUAL(match_answer(&vars, &s, span_str("ab"), &m, &fault), MATCH_FAULT);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "lines of every kind", test_lines },
		{ "lines of pcsc-tools' scriptor", test_lines_of_scriptor },
		{ "lines that are none, and where", test_lines_that_are_none },
		{ "values are octets, texts, objects and functions", test_values },
		{ "variables are set anew", test_variables_are_set_anew },
		{ "patterns", test_patterns },
		{ "ranges and captures", test_ranges_and_captures },
		{ "objects in order and out of it, with others and without", test_objects },
		{ "patterns that cannot be computed are no mismatch", test_faults_of_patterns },
	};

	return CU_RUN("APDU scripts", tests);
}
