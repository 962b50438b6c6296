/* SPDX-License-Identifier: Apache-2.0 */
/* What scripts do, against a card that says what a table says, in a time that stands still unless a test moves it. */
#include "apdu/hex.h"
#include "host/script/run.h"
#include "tests/cu.h"

static struct value_vars vars;

/* The card, and what was seen. */
static struct {
	const char *answers; /* hexadecimal, one a line; the last one for all that follow */
	char sent[8192], told[8192];
	unsigned resets, cases, broken_at;
	unsigned holds, busy_at;
	bool held;
	unsigned sent_n;
	enum run_result last;
	char why[RUN_TEXT_MAX], clause[RUN_TEXT_MAX], meaning[RUN_TEXT_MAX];
	unsigned line;
	size_t differs_at;
	uint64_t now, per_command;
} w;

static int transmit(void *ctx, struct span capdu, bool raw, struct wr *rapdu)
{
	size_t n = strcspn(w.answers, "\n");
	struct wr sent = wr_of(w.sent + strlen(w.sent), sizeof w.sent - strlen(w.sent));

	(void)ctx;
	if (w.broken_at != 0 && ++w.sent_n == w.broken_at)
		return -1;
	wr_str(&sent, raw ? "raw " : "");
	hex_put(&sent, capdu);
	wr_str(&sent, "\n");
	CU_ASSERT_FATAL(wr_cstr(&sent));
	w.now += w.per_command;
	CU_ASSERT_TRUE(w.held);
	CU_ASSERT_FATAL(hex_parse(rapdu, span_of(w.answers, n)));
	if (w.answers[n] == '\n')
		w.answers += n + 1;
	return 0;
}

static int reset(void *ctx)
{
	(void)ctx;
	CU_ASSERT_TRUE(w.held);
	w.resets++;
	return 0;
}

static int hold(void *ctx)
{
	(void)ctx;
	CU_ASSERT_FALSE(w.held);
	w.holds++;
	w.held = w.holds != w.busy_at;
	return w.held ? 0 : -1;
}

static void release(void *ctx)
{
	(void)ctx;
	CU_ASSERT_TRUE(w.held);
	w.held = false;
}

static const char *why(void *ctx)
{
	(void)ctx;
	return "the card is gone";
}

static const char *load(void *ctx, const char *from, struct span name, const char **ret_name, struct span *ret_text)
{
	(void)ctx;
	(void)from;
	*ret_name = "included";
	if (span_eq(name, span_str("select")))
		*ret_text = span_str("> 00a4000c023f00\n< 9000\n");
	else if (span_eq(name, span_str("itself")))
		*ret_text = span_str("! include itself\n");
	else
		return "there is no such file";
	return NULL;
}

static uint64_t now_us(void *ctx)
{
	(void)ctx;
	return w.now;
}

static void event(void *ctx, const struct run_event *e)
{
	(void)ctx;
	if (e->kind == RUN_COMMENT)
		snprintf(w.told, sizeof w.told, "%s", e->text);
	if (e->kind != RUN_CASE_ENDS)
		return;
	w.cases++;
	w.last = e->result;
	w.line = e->where.line;
	w.differs_at = e->differs_at;
	snprintf(w.why, sizeof w.why, "%s", e->text);
	snprintf(w.clause, sizeof w.clause, "%s", e->clause);
	if (e->result == RUN_FAILED)
		snprintf(w.meaning, sizeof w.meaning, "%s", e->meaning);
}

static bool counting(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)i;
	return true;
}

static struct run_options options;

static enum run_result run(const char *script, const char *answers)
{
	static const struct run_ops ops = { transmit, reset, hold, release, why, load, now_us, event, NULL };

	memset(&w, 0, sizeof w);
	w.answers = answers;
	struct run *r = run_open(&ops, &options, &vars);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	enum run_result result = run_script(r, "script", "script", span_str(script));
	run_close(r);
	CU_ASSERT_FALSE(w.held);
	return result;
}

static void test_a_story(void)
{
	CU_ASSERT_EQUAL(run("# TS 1 2.3: a story\n> 00a4000c023f00\n< 9000\n! reset\n> 00b0000001 # x\n", "9000"),
			RUN_BAD_SCRIPT);
	CU_ASSERT_STRING_EQUAL(w.sent, ""); /* the fault stands in the last line, and nothing was begun */
	CU_ASSERT_EQUAL(
		run("# TS 1 2.3: a story\n> 00a4000c023f00\n< 9000\n! reset\n> 00b0000001\n< .. 9000", "9000\n019000"),
		RUN_PASSED);
	CU_ASSERT_EQUAL(w.resets, 2);
	CU_ASSERT_STRING_EQUAL(w.clause, "TS 1 2.3: a story");
	CU_ASSERT_STRING_EQUAL(w.sent, "00a4000c023f00\n00b0000001\n");
}

static void test_a_mismatch_says_where(void)
{
	CU_ASSERT_EQUAL(run("# x\n> 00b0000002\n< 0102 9000\n> 00b0000002\n", "01039000"), RUN_FAILED);
	CU_ASSERT_EQUAL(w.line, 3);
	CU_ASSERT_EQUAL(w.differs_at, 1);
	CU_ASSERT_STRING_EQUAL(w.why, "02");
	CU_ASSERT_EQUAL(run("> 00b0000002\n< 9000\n", "01039000"), RUN_FAILED);
	CU_ASSERT_EQUAL(run("< 9000\n", "9000"), RUN_BAD_SCRIPT);
	w.broken_at = 0;
}

static void test_faults_say_where(void)
{
	CU_ASSERT_EQUAL(run("> 00b0000002\n  < 90 0g\n", "9000"), RUN_BAD_SCRIPT);
	CU_ASSERT_STRING_EQUAL(w.why,
			       "script:2:9: expected octets of two hexadecimal digits each, or a name, got \"g\"");
	CU_ASSERT_EQUAL(run("> 00b00000 N\n", "9000"), RUN_BAD_SCRIPT);
	CU_ASSERT_STRING_EQUAL(w.why, "script:1:12: expected a variable that is set, got \"N\"");
	CU_ASSERT_EQUAL(run("! repeat 2\n> 00b0000002\n", "9000"), RUN_BAD_SCRIPT);
	CU_ASSERT_EQUAL(run("! end\n", "9000"), RUN_BAD_SCRIPT);
	CU_ASSERT_EQUAL(run("! if X\n! case y\n! end\n", "9000"), RUN_BAD_SCRIPT);
	CU_ASSERT_EQUAL(run("! include nothing\n", "9000"), RUN_BAD_SCRIPT);
	CU_ASSERT_STRING_EQUAL(w.why, "script:1: there is no such file");
	CU_ASSERT_EQUAL(run("! include itself\n", "9000"), RUN_BAD_SCRIPT);
}

/* The messages go into logs, and the octets may be K. */
static void attack_a_slip_in_a_key_shows_it(void)
{
#define KEY "00112233445566778899aabbccddee"
	static const char *const scripts[] = {
		"! let K = " KEY "fg\n",
		"! let K = " KEY "f\n",
		"! let K = a" KEY "g\n",
		"! let K " KEY "ff\n",
		"> 0020000108 " KEY "f\n",
		"! let K = ab " KEY "\" \n",
		"0020000108 " KEY "f\n",
		"! let K = -" KEY "\n",
		"! let K = fedcba98gh\n",
		"! let K = 00 11 22 33 44 55 g\n",
		"! card k=00 " KEY "\n! lett K = " KEY "\n",
	};

	for (size_t i = 0; i < VU_COUNT(scripts); i++) {
		CU_ASSERT_EQUAL(run(scripts[i], "9000"), RUN_BAD_SCRIPT);
		CU_ASSERT_PTR_NULL(strstr(w.why, "1122"));
		CU_ASSERT_PTR_NULL(strstr(w.why, "11 22"));
		CU_ASSERT_PTR_NULL(strstr(w.why, "cba"));
	}
	CU_ASSERT_EQUAL(run("! let K = " KEY "fg\n", "9000"), RUN_BAD_SCRIPT);
	CU_ASSERT_STRING_EQUAL(w.why,
			       "script:1:42: expected octets of two hexadecimal digits each, or a name, got \"g\"");
}

/* What is told is a sentence: what is expected, and what was there, if anything was. */
static void test_faults_are_sentences(void)
{
	static const struct {
		const char *line, *why;
	} faults[] = {
		{ "! let X = slice(0102, 1, 2)",
		  "11: expected an X of at least FROM and N octets together in slice()" },
		{ "! let X = drop(0102, 3)", "11: expected an X of at least N octets in drop()" },
		{ "! let X = xor(01, 0203)", "11: expected two values of one length in xor()" },
		{ "! let X = ck(01, 02, 03)",
		  "11: expected K of 16 octets and OPc of 16, or K of 16 or 32 and TOPc of 32, "
		  "perhaps from tuak() in ck()" },
		{ "! let X = random 2049", "11: expected at most 2048 octets of randomness in random()" },
		{ "! let X = NOTHING", "11: expected a variable that is set, got \"NOTHING\"" },
		{ "< 9000", "1: expected a command before its answer" },
		{ "! end", "1: expected no '! end' without '! repeat' or '! if'" },
	};

	for (size_t i = 0; i < VU_COUNT(faults); i++) {
		char why[RUN_TEXT_MAX];
		snprintf(why, sizeof why, "script:1:%s", faults[i].why);
		CU_ASSERT_EQUAL(run(faults[i].line, "9000"), RUN_BAD_SCRIPT);
		CU_ASSERT_STRING_EQUAL(w.why, why);
	}
}

static void test_variables_go_from_answer_to_command(void)
{
	CU_ASSERT_EQUAL(
		run("> 0084000004\n< <R:4> 9000\n! let Q = R R\n> 00200001 (Q)\n< 9000\n> 00b0000004\n< R 9000\n",
		    "010203049000\n9000\n010203049000"),
		RUN_PASSED);
	CU_ASSERT_STRING_EQUAL(w.sent, "0084000004\n00200001080102030401020304\n00b0000004\n");
	CU_ASSERT_EQUAL(run("> 0084000004\n< <R:4> 9000\n> 00b0000004\n< R 9000\n", "010203049000\n010203059000"),
			RUN_FAILED);
	CU_ASSERT_EQUAL(w.differs_at, 3);
}

static void test_blocks(void)
{
	CU_ASSERT_EQUAL(run("! let N = 00\n! repeat 2\n! repeat 2\n! let N = plus(N, 1)\n> 00b000 N 01\n! end\n! end\n"
			    "! if N\n> 00b0ff0001\n! end\n! if NOTHING\n> 00b0ee0001\n! end\n! repeat 0\n> 00\n! end\n"
			    "! include select\n",
			    "9000"),
			RUN_BAD_SCRIPT);
	CU_ASSERT_EQUAL(
		run("! let N = 00\n! repeat 2\n! repeat 2\n! let N = plus(N, 1)\n> 00b000 N 01\n! end\n! end\n"
		    "! if N\n> 00b0ff0001\n! end\n! if NOTHING\n> 00b0ee0001\n! end\n! repeat 0\n> 00b0dd0001\n! end\n"
		    "! include select\n> 00b0 \\\n cc \\\n 0001\n",
		    "9000"),
		RUN_PASSED);
	CU_ASSERT_STRING_EQUAL(w.sent, "00b0000101\n00b0000201\n00b0000301\n00b0000401\n00b0ff0001\n00a4000c023f00\n"
				       "00b0cc0001\n");
}

static void test_channels_and_raw_commands(void)
{
	CU_ASSERT_EQUAL(run("! channel 2\n> 00b0000001\n> 80f2000c\n! channel 5\n> 00b0000001\n> a0a40000023f00\n"
			    "A0 C0 00 00 17\nexit\n> 00b0000009\n",
			    "9000"),
			RUN_PASSED);
	CU_ASSERT_STRING_EQUAL(w.sent, "02b0000001\n82f2000c\n41b0000001\na0a40000023f00\nraw a0c0000017\n");
}

static void test_a_time_budget(void)
{
	static const struct run_ops ops = { transmit, reset, hold, release, why, load, now_us, event, NULL };
	const char script[] = "! within 50ms\n> 00b0000001\n< 9000\n> 00b0000001\n";

	for (unsigned slow = 0; slow < 2; slow++) {
		memset(&w, 0, sizeof w);
		w.answers = "9000";
		w.per_command = slow ? 50001 : 50000;
		struct run *r = run_open(&ops, &options, &vars);
		CU_ASSERT_EQUAL(run_script(r, "script", "script", span_str(script)), slow ? RUN_FAILED : RUN_PASSED);
		run_close(r);
	}
	CU_ASSERT_STRING_EQUAL(w.why, "expected an answer within 50.0 ms, it took 50.0 ms");
}

/* Between two cases others may have it; one that cannot be had ends the run before anything is sent. */
static void test_the_card_is_held_for_a_case(void)
{
	static const struct run_ops ops = { transmit, reset, hold, release, why, load, now_us, event, NULL };
	const char script[] = "! case one\n> 00b0000001\n< 9000\n! case two\n> 00b0000001\n< 6a82\n! case three\n";

	CU_ASSERT_EQUAL(run(script, "9000"), RUN_FAILED);
	CU_ASSERT_EQUAL(w.holds, 3);
	memset(&w, 0, sizeof w);
	w.answers = "9000";
	w.busy_at = 2;
	struct run *r = run_open(&ops, &options, &vars);
	CU_ASSERT_EQUAL(run_script(r, "script", "script", span_str(script)), RUN_BROKEN);
	run_close(r);
	CU_ASSERT_EQUAL(w.cases, 2);
	CU_ASSERT_EQUAL(w.resets, 1);
	CU_ASSERT_STRING_EQUAL(w.why, "the card is gone");
	CU_ASSERT_STRING_EQUAL(w.sent, "00b0000001\n");
}

/* What is wrong with the keys is wrong in every case: it is said once, and no other case tries them. */
static void test_what_must_be(void)
{
	const char script[] = "! must the keys are wrong\n> 00b0000001\n< 9000\n! case one\n! case two\n> 00b0000002\n"
			      "< 9000\n";

	CU_ASSERT_EQUAL(run(script, "9862"), RUN_FAILED);
	CU_ASSERT_STRING_EQUAL(w.sent, "00b0000001\n");
	CU_ASSERT_EQUAL(w.cases, 2);
	CU_ASSERT_EQUAL(w.last, RUN_NOT_APPLICABLE);
	CU_ASSERT_STRING_EQUAL(w.why, "not run: the keys are wrong");
	CU_ASSERT_STRING_EQUAL(w.meaning, "the keys are wrong"); /* of the case that failed */
	/* It is for one answer. */
	CU_ASSERT_EQUAL(run(script, "9000\n9000\n6a82"), RUN_FAILED);
	CU_ASSERT_STRING_EQUAL(w.sent, "00b0000001\n00b0000001\n00b0000002\n");
	CU_ASSERT_STRING_EQUAL(w.meaning, "");
	CU_ASSERT_EQUAL(run("! must\n", "9000"), RUN_BAD_SCRIPT);
}

/* A card that cannot show what the case is about is left alone. */
static void test_no_reset_without_a_command(void)
{
	CU_ASSERT_EQUAL(run("! needs fresh\n> 00b0000001\n", "9000"), RUN_NOT_APPLICABLE);
	CU_ASSERT_EQUAL(w.resets, 0);
	CU_ASSERT_EQUAL(run("! reset\n> 00b0000001\n", "9000"), RUN_PASSED);
	CU_ASSERT_EQUAL(w.resets, 1);
}

static void test_cases(void)
{
	const char script[] = "> 00a4000c023f00\n< 9000\n! let START = 01\n"
			      "! case one\n# clause: TS 1 2\n# wrong card: sleeps\n> 00b0000001\n< 9000\n! let X = 01\n"
			      "! case two\n> 00b0000001\n< X 9000\n"
			      "! case three\n> 00b0000001\n< 6a82\n"
			      "! case four\n> 00b00000 START\n< 9000\n";

	CU_ASSERT_EQUAL(run(script, "9000"), RUN_BAD_SCRIPT); /* X is of another case */
	CU_ASSERT_EQUAL(w.cases, 2);
	CU_ASSERT_EQUAL(run("> 00a4000c023f00\n! case one\n! case two\n< 6a82\n! case three\n", "9000"), RUN_FAILED);
	CU_ASSERT_EQUAL(w.cases, 3);
	CU_ASSERT_EQUAL(w.resets, 3);
	CU_ASSERT_STRING_EQUAL(w.sent, "00a4000c023f00\n00a4000c023f00\n00a4000c023f00\n");
}

static void test_what_cases_need(void)
{
	options = (struct run_options){ 0 };
	CU_ASSERT_EQUAL(run("! needs fresh\n> 00b0000001\n", "9000"), RUN_NOT_APPLICABLE);
	CU_ASSERT_EQUAL(run("! needs destructive\n", "9000"), RUN_NOT_APPLICABLE);
	CU_ASSERT_EQUAL(run("! needs K\n", "9000"), RUN_NOT_APPLICABLE);
	CU_ASSERT_STRING_EQUAL(w.why, "K was not given");
	CU_ASSERT_STRING_EQUAL(w.sent, "");
	options = (struct run_options){ .fresh = true, .destructive = true };
	CU_ASSERT_EQUAL(run("! needs fresh\n! needs destructive\n! let K = 00\n! needs K\n", "9000"), RUN_PASSED);
	CU_ASSERT_EQUAL(run("! needs application a0000000871004\n", "6a82"), RUN_NOT_APPLICABLE);
	CU_ASSERT_EQUAL(run("! needs application a0000000871004\n", "62009000"), RUN_PASSED);
}

static void test_what_the_card_has_not_shown(void)
{
	static const char script[] = "> 0070000001\n< <CHANNEL:1> 9000 | 6881\n"
				     "! needs CHANNEL: the card has no channels\n> 00b0000001\n";

	CU_ASSERT_EQUAL(run(script, "019000\n9000"), RUN_PASSED);
	CU_ASSERT_EQUAL(run(script, "6881"), RUN_NOT_APPLICABLE);
	CU_ASSERT_STRING_EQUAL(w.why, "the card has no channels");
	CU_ASSERT_EQUAL(run(script, "6a81"), RUN_FAILED);
	CU_ASSERT_EQUAL(run("! needs CHANNEL and more\n", "9000"), RUN_BAD_SCRIPT);
}

/* SELECT, EF_IMSI, EF_UST with services 1 and 18. */
static void test_services(void)
{
	const char answers[] = "62009000\n089000\n0100029000";

	CU_ASSERT_EQUAL(run("! needs service 18\n! needs service 1\n", answers), RUN_PASSED);
	CU_ASSERT_STRING_EQUAL(w.sent, "00a4040407a000000087100200\n00b0870001\n00b0840000\n"); /* read once */
	CU_ASSERT_EQUAL(run("! needs service 17\n", answers), RUN_NOT_APPLICABLE);
	CU_ASSERT_STRING_EQUAL(w.why, "the card has no service 17 in EF_UST");
	CU_ASSERT_EQUAL(run("! needs service 69\n", answers), RUN_NOT_APPLICABLE);
	CU_ASSERT_EQUAL(run("! needs service 1\n", "6a82"), RUN_NOT_APPLICABLE); /* no USIM */
}

/* SELECT of EF_ICCID, of EF_DIR; a reset, once a script. */
static void test_what_is_no_uicc(void)
{
	static const char script[] = "! needs uicc\n! case one\n> 00b0000001\n! case two\n> 00b0000002\n";

	CU_ASSERT_EQUAL(run(script, "6a82\n6a82"), RUN_NOT_APPLICABLE);
	CU_ASSERT_STRING_EQUAL(w.why, "the card has neither EF_ICCID nor EF_DIR: it is no UICC");
	CU_ASSERT_STRING_EQUAL(w.sent, "00a4000c022fe2\n00a4000c022f00\n");
	CU_ASSERT_EQUAL(w.cases, 2);
	CU_ASSERT_EQUAL(run(script, "6a82\n9000"), RUN_PASSED);
	CU_ASSERT_STRING_EQUAL(w.sent, "00a4000c022fe2\n00a4000c022f00\n00b0000001\n00b0000002\n");
	CU_ASSERT_EQUAL(w.resets, 3);
	CU_ASSERT_EQUAL(run(script, "9000"), RUN_PASSED);
	CU_ASSERT_STRING_EQUAL(w.sent, "00a4000c022fe2\n00b0000001\n00b0000002\n");
}

static void test_a_pin_is_never_tried_to_its_end(void)
{
	static const uint8_t pin[8] = { 0x31, 0x32, 0x33, 0x34, 0xFF, 0xFF, 0xFF, 0xFF };

	/* EF_IMSI, STATUS, VERIFY without a PIN, VERIFY */
	CU_ASSERT_EQUAL(run("! needs pin1\n", "6982\n6d00"), RUN_NOT_APPLICABLE);
	CU_ASSERT_STRING_EQUAL(w.why, "PIN1 of the card is on, and was not given (--pin 01=DIGITS)");
	CU_ASSERT(value_set(&vars, span_str("PIN1"), SPAN(pin)));
	CU_ASSERT_EQUAL(run("! needs pin1\n", "009000"), RUN_PASSED);
	CU_ASSERT_STRING_EQUAL(w.sent, "00b0870001\n");
	CU_ASSERT_EQUAL(run("! needs pin1\n", "6982\n6d00\n63c3\n9000"), RUN_PASSED);
	CU_ASSERT_STRING_EQUAL(w.sent, "00b0870001\n80f2000000\n00200001\n002000010831323334ffffffff\n");
	CU_ASSERT_EQUAL(run("! needs pin1\n", "6982\n6d00\n63c1\n9000"), RUN_BROKEN);
	CU_ASSERT_STRING_EQUAL(w.sent, "00b0870001\n80f2000000\n00200001\n");
	CU_ASSERT_EQUAL(run("! needs pin1\n", "6982\n6d00\n6983\n9000"), RUN_BROKEN);
	CU_ASSERT_EQUAL(run("! needs pin1\n", "6982\n6d00\n9000\n9000"), RUN_NOT_APPLICABLE);
	CU_ASSERT_STRING_EQUAL(w.sent, "00b0870001\n80f2000000\n00200001\n");
	CU_ASSERT_EQUAL(run("! case one\n! needs pin1\n! case two\n! needs pin1\n", "6982\n6d00\n63c3\n63c2"),
			RUN_BROKEN);
	CU_ASSERT_EQUAL(w.cases, 1); /* no second try in the next case */
	vars.n = 0;
}

/* TS 102 221 9.5.2 and table 9.3: what the application's FCP says is on. */
static void test_the_pin_of_the_application(void)
{
	static const uint8_t pin[8] = { 0x32, 0x32, 0x32, 0x32, 0xFF, 0xFF, 0xFF, 0xFF };
	static const char pin_2[] = "6982\n620ec60c9001c08301028301818301"
				    "0a9000\n63c3\n9000";

	CU_ASSERT(value_set(&vars, span_str("PIN1"), SPAN(pin)));
	CU_ASSERT_EQUAL(run("! needs pin1\n", pin_2), RUN_NOT_APPLICABLE); /* PIN1 is not tried in its place */
	CU_ASSERT_STRING_EQUAL(w.why, "PIN-02 of the card is on, and was not given (--pin 02=DIGITS)");
	CU_ASSERT_STRING_EQUAL(w.sent, "00b0870001\n80f2000000\n");
	CU_ASSERT(value_set(&vars, span_str("PIN-02"), SPAN(pin)));
	CU_ASSERT_EQUAL(run("! needs pin1\n", pin_2), RUN_PASSED);
	CU_ASSERT_STRING_EQUAL(w.sent, "00b0870001\n80f2000000\n00200002\n002000020832323232ffffffff\n");
	/* PIN 01 is off, ADM1 on and no application's, the universal PIN on. */
	CU_ASSERT_EQUAL(run("! needs pin1\n", "6982\n6211c60f90016083010183010a"
					      "95010883011100"
					      "9000"),
			RUN_NOT_APPLICABLE);
	CU_ASSERT_STRING_EQUAL(w.why, "PIN-11 of the card is on, and was not given (--pin 11=DIGITS)");
	/* Nothing that can be read: PIN1. */
	CU_ASSERT_EQUAL(run("! needs pin1\n", "6982\n6206c6049001c083"
					      "9000\n63c3\n9000"),
			RUN_PASSED);
	CU_ASSERT_EQUAL(run("! needs pin1\n", "6982\n62ff9000\n63c3\n9000"), RUN_PASSED);
	vars.n = 0;
}

/* TS 35.208 test set 1; TS 33.220 5.3.2 by hand: MAC xor the first 8 octets of SHA-1(IK). */
static void test_functions_of_the_network(void)
{
	CU_ASSERT_EQUAL(
		run("! let K = 465b5ce8b199b49faa5f0a2ee238a6bc\n! let OPC = cd63cb71954a9f4e48a5994e37a02baf\n"
		    "! let RAND = 23553cbe9637a89d218ae64dae47bf35\n! let SQN = ff9bb4d0b607\n"
		    "> 00b0000001\n< xres(K, OPC, RAND) 9000\n< a54211d5e3ba50bf 9000\n"
		    "! let KS = ks(K, OPC, RAND)\n! let AUTN = autn(K, OPC, SQN, RAND, b9b9)\n"
		    "> 00200001 (AUTN)\n> 00200001 (slice(KS, 0, 16))\n> 00200001 (slice(KS, 16, 16))\n"
		    "> 00200001 (sqn-ms(K, OPC, RAND, auts(K, OPC, RAND, SQN)))\n"
		    "! let MUK = ks-int-naf(KS, RAND, \"a@b\", \"naf\" 0100000001)\n"
		    "! let M = msk-v(MUK, 00f11000010001, 7, ff00ff00ff00ff00ff00ff00ff00ff00, 0, 9, \"naf\", \"b\")\n"
		    "> 00200001 (ack(MUK, M))\n",
		    "a54211d5e3ba50bf9000"),
		RUN_PASSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(w.sent, "0020000110"
					      "55f328b43577"
					      "b9b9"
					      "4a9ffac354dfafb3"));
	CU_ASSERT_PTR_NOT_NULL(strstr(w.sent, "0020000110b40ba9a3c58b2a05bbf0d987b21bf8cb"));
	CU_ASSERT_PTR_NOT_NULL(strstr(w.sent, "0020000110f769bcd751044604127672711c6d3441"));
	CU_ASSERT_PTR_NOT_NULL(strstr(w.sent, "0020000106ff9bb4d0b607"));
	CU_ASSERT_EQUAL(run("! let X = autn(00, 00, 00, 00)\n", "9000"), RUN_BAD_SCRIPT);
	CU_ASSERT_EQUAL(run("! let X = msk(00, 00, 1, 00, 0, 1, 00, 00)\n", "9000"), RUN_BAD_SCRIPT);
	CU_ASSERT_EQUAL(run("! let X = mtk(00, 00, 1, 1, 00)\n", "9000"), RUN_BAD_SCRIPT);
}

/* Computed by tests/transcripts/story.py with another CSB ID, and a RAND of 17 octets. */
static void test_messages_of_another_bundle(void)
{
	static const char bundle[] =
		"! let CSB = a1b2c3d4\n! let RAND = ffeeddccbbaa99887766554433221100aa\n"
		"! let MSK = a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\n! let KEY-ID = 00f11000010001\n"
		"! let MUK = 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
		"! let MTK = b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0\n! let SALT = c0c0c0c0c0c0c0c0c0c0c0c0c0c0\n";
	char script[2048];

	snprintf(script, sizeof script, "%s%s", bundle,
		 "> 00d60000 (msk(MUK, KEY-ID, 7, MSK, 0, 9, \"naf\", \"b\", CSB, RAND))\n"
		 "> 00d60000 (mtk(MSK, KEY-ID, 5, 3, MTK, SALT, CSB, RAND))\n"
		 "> 00d60000 (slice(pull(MUK, KEY-ID, 7, \"naf\", \"b\", CSB), 4, 4))\n");
	CU_ASSERT_EQUAL(run(script, "9000"), RUN_PASSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(
		w.sent,
		"01001500a1b2c3d400010503000b000300f1100104000100010b02000000070611ffeeddccbbaa99887766554433221100aa06"
		"0100036e616601000001620001001a624c1aa34ea7100d6bdff05d29c4d3ddb8b83c7ce535803a6390016406d4d9185bef3250"
		"a3682d5740eb92da0360a9\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(
		w.sent,
		"01001500a1b2c3d400010503000f000300f11001040001000102020005010200000003000100241f116daacf0ec018c28d543d"
		"7edc3e6618a9a9feeb2eb1c1735a131b70359c27475c497201b3359a0b6eee4e67f9c2865ab44782bbc28ba230\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(w.sent, "00d6000004a1b2c3d4\n"));
	snprintf(script, sizeof script, "%s%s", bundle, "! let X = pull(MUK, KEY-ID, 7, 00, 00, a1b2c3)\n");
	CU_ASSERT_EQUAL(run(script, "9000"), RUN_BAD_SCRIPT);
}

/* tests/transcripts/tuak-long.apdu, by tests/vectors/oracle_tuak.py: K of 256 bits, RES of 128, two iterations. */
static void test_tuak_as_it_is_tuned(void)
{
	static const char keys[] = "! let K = 1574ca56881d05c189c82880f789c9cd4244955f4426aa2b69c29f15770e5aa5\n"
				   "! let TOPC = b04a66f26c62fcd6c82de22a179ab65506ecf47f56245cd149966cfa9cec7a51\n"
				   "! let TOP = e59f6eb10ea406813f4991b0b9e02f181edf4c7e17b480f66d34da35ee88c95e\n"
				   "! let RAND = c570aac68cde651fb1e3088322498bef\n! let OPC = tuak(TOPC, 128, 2)\n";
	char script[2048];

	snprintf(script, sizeof script, "%s%s", keys,
		 "> 00d60000 (xres(K, OPC, RAND))\n> 00d60000 (ck(K, OPC, RAND))\n> 00d60000 (xres(K, TOPC, RAND))\n"
		 "> 00d60000 (OPC)\n> 00d60000 (drop(opc(K, tuak(TOP, 32, 1)), 32))\n");
	CU_ASSERT_EQUAL(run(script, "9000"), RUN_PASSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(w.sent, "00d6000010ab548f680361e48d1239c74c51c20902\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(w.sent, "00d60000106708a1dd5fe63eaac2884ef9f6e4b005\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(w.sent, "\n00d6000008")); /* RES of 64 bits when nothing is said */
	CU_ASSERT_PTR_NOT_NULL(strstr(w.sent, "cec7a511002\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(w.sent, "\n00d60000020401\n"));
	static const char *const wrong[] = { "tuak(K, 256, 1)",
					     "tuak(K, 64, 0)",
					     "tuak(K, 64, 256)",
					     "tuak(RAND, 64, 1)",
					     "xres(K, TOPC 05 01, RAND)",
					     "xres(K, TOPC 08, RAND)",
					     "xres(K, TOPC 08 01 00, RAND)",
					     "xres(K, TOPC 08 00, RAND)" };
	for (size_t i = 0; i < VU_COUNT(wrong); i++) {
		snprintf(script, sizeof script, "%s! let X = %s\n", keys, wrong[i]);
		CU_ASSERT_EQUAL(run(script, "9000"), RUN_BAD_SCRIPT);
	}
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "a story", test_a_story },
		{ "a mismatch says where", test_a_mismatch_says_where },
		{ "faults of a script say where", test_faults_say_where },
		{ "faults of a script are sentences", test_faults_are_sentences },
		{ "a slip in a key does not show it", attack_a_slip_in_a_key_shows_it },
		{ "variables go from an answer into a command", test_variables_go_from_answer_to_command },
		{ "blocks, includes and lines that go on", test_blocks },
		{ "channels, and raw commands", test_channels_and_raw_commands },
		{ "a time budget is for one command", test_a_time_budget },
		{ "cases stand alone", test_cases },
		{ "what must be is said once when it is not", test_what_must_be },
		{ "no reset without a command", test_no_reset_without_a_command },
		{ "the card is held for a case, not for the whole run", test_the_card_is_held_for_a_case },
		{ "what cases need", test_what_cases_need },
		{ "what the card has not shown", test_what_the_card_has_not_shown },
		{ "services are read from EF_UST, once", test_services },
		{ "a PIN is never tried to its end", test_a_pin_is_never_tried_to_its_end },
		{ "the PIN of the application", test_the_pin_of_the_application },
		{ "what is no UICC is not measured as one", test_what_is_no_uicc },
		{ "functions of the network", test_functions_of_the_network },
		{ "messages of another bundle", test_messages_of_another_bundle },
		{ "TUAK as it is tuned", test_tuak_as_it_is_tuned },
	};

	vars.func = (struct func_env){ .prim = prim_open(), .random = counting };
	int status = CU_RUN("APDU scripts at work", tests);
	prim_close(vars.func.prim);
	return status;
}
