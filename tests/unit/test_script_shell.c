/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the prompt, what they are completed to, and the names of commands and files. */
#include "apdu/hex.h"
#include "host/script/plain.h"
#include "host/script/script.h"
#include "host/script/shell_words.h"
#include "tests/cu.h"

static char text[4096];

static const char *lines(const char *line)
{
	struct wr w = WR(text);
	const char *why = "";

	if (!shell_lines(&w, span_str(line), &why))
		return why[0] != '\0' ? NULL : "no reason";
	return wr_cstr(&w) ? text : NULL;
}

static void test_words(void)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "select MF", "> 00a40004 (3f00) 00\n" },
		{ "select ADF.USIM/EF.MSK", "> 00a40404 (a0000000871002) 00\n> 00a40004 (6fd7) 00\n" },
		{ "select ADF.ISIM/EF.GBANL", "> 00a40404 (a0000000871004) 00\n> 00a40004 (6fd7) 00\n" },
		{ " select  3F00/2f00 ", "> 00a40004 (3f00) 00\n> 00a40004 (2f00) 00\n" },
		{ "select 3f00/", "> 00a40004 (3f00) 00\n" }, /* as in a shell */
		{ "select adf.Isim/ef.impi", "> 00a40404 (a0000000871004) 00\n> 00a40004 (6f02) 00\n" },
		{ "read", "> 00b0000000\n" },
		{ "read 254", "> 00b2fe0400\n" },
		{ "update 0102", "> 00d60000 (0102)\n" },
		{ "update 3 0102", "> 00dc0304 (0102)\n" },
		{ "status", "> 80f2000000\n" },
		{ "verify 1234", "> 00200001 (pad(\"1234\", ff, 8))\n" },
		{ "verify 0a 88888888", "> 0020000a (pad(\"88888888\", ff, 8))\n" },
		{ "authenticate gba RAND AUTN*", "> 00880084 (dd (RAND) (AUTN*)) 00\n" },
		{ "authenticate 3g RAND AUTN", "> 00880081 ((RAND) (AUTN)) 00\n" },
		{ "authenticate naf NAF \"me\"", "> 00880084 (de (NAF) (\"me\")) 00\n" },
		{ "let RAND = random 16", "! let RAND = random 16\n" },
		{ "reset", "! reset\n" },
		{ "00a4 000c 023f00", "> 00a4 000c 023f00\n" },
		{ "> 00b0000000", "> 00b0000000\n" },
		{ "! channel 1", "! channel 1\n" },
	};

	for (size_t i = 0; i < VU_COUNT(rows); i++) {
		const char *made = lines(rows[i][0]);
		CU_ASSERT_PTR_NOT_NULL_FATAL(made);
		CU_ASSERT_STRING_EQUAL(made, rows[i][1]);
	}
}

/* What they become is a script. */
static void test_words_are_lines_of_a_script(void)
{
	static const char *const rows[] = {
		"select MF", "read 1", "update 1 00", "verify 0a 88888888", "authenticate naf NAF \"me\"",
		"status",    "reset"
	};
	static struct script_step s;
	struct script_fault f;

	for (size_t i = 0; i < VU_COUNT(rows); i++) {
		const char *made = lines(rows[i]);
		CU_ASSERT_PTR_NOT_NULL_FATAL(made);
		CU_ASSERT(script_parse(&s, span_of(made, strcspn(made, "\n")), &f));
	}
}

static void test_words_that_are_none(void)
{
	static const char *const rows[] = {
		"frobnicate",
		"select",
		"select EF.NONE",
		"select 6f",

		"read 0",
		"read 255",
		"read x",
		"update",
		"update 0 00",
		"verify",
		"verify 12",
		"verify 123456789",
		"verify 1 1234",
		"authenticate",
		"authenticate gba RAND",
		"authenticate umts A B",
		"zz",
	};

	for (size_t i = 0; i < VU_COUNT(rows); i++) {
		const char *made = lines(rows[i]);
		CU_ASSERT_PTR_NULL(made);
	}
}

static size_t choices(const char *line, const char *first)
{
	struct span list[SHELL_CHOICES_MAX], word;
	uint8_t octets[4096];
	struct wr room = WR(octets);
	size_t n = shell_choices(span_str(line), &room, list, &word);

	if (n != 0)
		CU_ASSERT(span_eq(list[0], span_str(first)));
	return n;
}

static void test_completion(void)
{
	CU_ASSERT_EQUAL(choices("sel", "select"), 1);
	CU_ASSERT_EQUAL(choices("re", "read"), 2);
	CU_ASSERT_EQUAL(choices("select ADF.U", "ADF.USIM"), 1);
	CU_ASSERT_EQUAL(choices("select ADF.USIM/EF.GBA", "ADF.USIM/EF.GBAUAPI"), 3);
	CU_ASSERT_EQUAL(choices("select ADF.ISIM/EF.IMPI", "ADF.ISIM/EF.IMPI"), 1);
	CU_ASSERT_EQUAL(choices("authenticate ", "3g"), 3);
	CU_ASSERT_EQUAL(choices("authenticate g", "gba"), 1);
	CU_ASSERT_EQUAL(choices("select nothing", ""), 0);
	CU_ASSERT_EQUAL(choices("read 1", ""), 0);
	CU_ASSERT(choices("", "select") > 8);
	CU_ASSERT(choices("\t", "select") > 8); /* which a terminal gives after ^V */
	CU_ASSERT_EQUAL(choices("authenticate\t", "3g"), 3);
}

static struct names now;

static const char *named(const char *capdu, const char *rapdu)
{
	uint8_t c[CAPDU_MAX], a[RAPDU_MAX];
	struct wr wc = WR(c), wa = WR(a), w = WR(text);

	CU_ASSERT_FATAL(hex_parse(&wc, span_str(capdu)) && hex_parse(&wa, span_str(rapdu)));
	names_command(&now, &w, wr_done(&wc));
	names_follow(&now, wr_done(&wc), wr_done(&wa));
	return wr_cstr(&w) ? text : "";
}

static void test_names(void)
{
	now = (struct names){ 0 };
	CU_ASSERT_STRING_EQUAL(named("00a4000c022fe2", "9000"), "SELECT EF.ICCID");
	CU_ASSERT_STRING_EQUAL(named("00b0000000", "9000"), "READ BINARY EF.ICCID");
	CU_ASSERT_STRING_EQUAL(named("00a4040407a0000000871002", "9000"), "SELECT ADF.USIM");
	CU_ASSERT_STRING_EQUAL(named("00a4000c026fd7", "9000"), "SELECT EF.MSK");
	CU_ASSERT_STRING_EQUAL(named("00b2010400", "9000"), "READ RECORD EF.MSK 1");
	CU_ASSERT_STRING_EQUAL(named("00b0870000", "9000"), "READ BINARY EF.IMSI");
	CU_ASSERT_STRING_EQUAL(named("00a4040407a0000000871004", "6a82"), "SELECT ADF.ISIM");
	CU_ASSERT_STRING_EQUAL(named("00a4000c026fd7", "9000"), "SELECT EF.MSK"); /* the SELECT before failed */
	CU_ASSERT_STRING_EQUAL(named("00a4040407a0000000871004", "9000"), "SELECT ADF.ISIM");
	CU_ASSERT_STRING_EQUAL(named("00a4000c026fd7", "9000"), "SELECT EF.GBANL");
	CU_ASSERT_STRING_EQUAL(named("0088008401dd00", "6a80"), "AUTHENTICATE GBA bootstrapping");
	CU_ASSERT_STRING_EQUAL(named("0089a08500", "9000"), "AUTHENTICATE MBMS response");
}

static const char *decoded(const char *hex)
{
	uint8_t octets[256];
	struct wr in = WR(octets), w = WR(text);

	CU_ASSERT_FATAL(hex_parse(&in, span_str(hex)));
	names_objects(&now, &w, wr_done(&in), "  ");
	CU_ASSERT(wr_cstr(&w));
	return text;
}

static void test_decoded_objects(void)
{
	now = (struct names){ 0 };
	CU_ASSERT_STRING_EQUAL(decoded("620b 8202 4121 8302 2fe2 8a01 05"),
			       "  62 FCP template\n    82 file descriptor: 4121 (transparent)\n"
			       "    83 file identifier: 2fe2\n    8A life cycle status: 05 (activated)\n");
	CU_ASSERT_STRING_EQUAL(
		decoded("6218 8205 422100140a 8002 00c8 8800 8a01 04 a506 830400020000"),
		"  62 FCP template\n    82 file descriptor: 422100140a (linear fixed, 10 records of 20 octets)\n"
		"    80 file size: 00c8 (200)\n    88 short file identifier: none\n"
		"    8A life cycle status: 04 (deactivated)\n    A5 proprietary information\n"
		"      83 available memory: 00020000 (131072)\n");
	CU_ASSERT_STRING_EQUAL(decoded("6206 8801 38 8201 ff ff"),
			       "  62 FCP template\n    88 short file identifier: 38 (SFI 07)\n"
			       "    82 file descriptor: ff (of a structure that is not known)\n");
	CU_ASSERT_STRING_EQUAL(decoded("6108 4f01 a0 5003 553a4d ffff"),
			       "  61 application template\n    4F AID: a0\n    50 label: 553a4d (\"U:M\")\n");
	/* What an EF has is told where it is selected: EF_MUK, TS 31.102 4.2.81. */
	CU_ASSERT_STRING_EQUAL(decoded("a008 8001 62 8203 6e6101 8104 00000007 ff"), "");
	(void)named("00a4040407a0000000871002", "9000");
	(void)named("00a4000c026fd8", "9000");
	CU_ASSERT_STRING_EQUAL(decoded("a008 8001 62 8203 6e6101 8104 00000007 ff"),
			       "  A0 MUK ID\n    80 MUK IDr: 62 (\"b\")\n    82 MUK IDi: 6e6101 (\"na\")\n"
			       "  81 time stamp counter: 00000007 (7)\n");
	CU_ASSERT_STRING_EQUAL(decoded("ffff"), "");
	CU_ASSERT_STRING_EQUAL(decoded("6205 82"), "");
	CU_ASSERT_STRING_EQUAL(decoded("62 02 82 05"), "  62 FCP template: 8205\n");
	CU_ASSERT_STRING_EQUAL(decoded("6220"), "");
	CU_ASSERT_STRING_EQUAL(decoded("626e6f206f626a656374"), "");
}

static void attack_a_text_speaks_to_the_terminal(void)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "plain #<&\"\n\ttext", "plain #<&\"\n\ttext" },
		{ "\x1b[31mred\x1b]0;t\a", "?[31mred?]0;t?" },
		{ "a\rb\x7f", "a?b?" },
		{ "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "caf\xe9", "caf?" },
		{ "\xc2\x9b"
		  "31m \xc2\xa0",
		  "??31m \xc2\xa0" }, /* CSI in one character */
		{ "\xc0\xaf \xe0\x80\xaf \xf0\x80\x80\xaf", "?? ??? ????" }, /* longer than they have to be */
		{ "\xed\xa0\x80 \xef\xbf\xbf \xf4\x90\x80\x80 \xff", "??? ??? ???? ?" },
		{ "\xe2\x82", "??" },
		{ "\xf0\x9f\x98", "???" },
		{ "\xe2(\x82", "?(?" },
	};
	char shown[64];

	for (size_t i = 0; i < VU_COUNT(rows); i++) {
		snprintf(shown, sizeof shown, "%s", rows[i][0]);
		plain_text(shown);
		CU_ASSERT_STRING_EQUAL(shown, rows[i][1]);
	}
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "words become lines", test_words },
		{ "which are lines of a script", test_words_are_lines_of_a_script },
		{ "words that are none", test_words_that_are_none },
		{ "completion", test_completion },
		{ "names of commands and files", test_names },
		{ "decoded objects", test_decoded_objects },
		{ "attack: a text speaks to the terminal", attack_a_text_speaks_to_the_terminal },
	};

	return CU_RUN("the prompt of vuicc-apdu", tests);
}
