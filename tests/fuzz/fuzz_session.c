/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target: a script as it runs, against a card that answers anything. The input is the script up to a zero octet, and
 * answers behind it, each behind its length; a card that has no more of them says 9000.
 */
#include "fuzz.h"
#include "host/script/names.h"
#include "host/script/run.h"

enum { COMMANDS_MAX = 300, REPEATS_MAX = 2, DIGITS_MAX = 2 };

static struct world {
	struct rd answers;
	struct names names;
	unsigned commands;
	bool held, in_case;
	uint64_t now;
} w;

static int transmit(void *ctx, struct span capdu, bool raw, struct wr *rapdu)
{
	(void)ctx;
	(void)raw;
	FUZZ_CHECK(w.held && capdu.n >= 4 && capdu.n <= CAPDU_MAX);
	w.now += 1000;
	if (++w.commands > COMMANDS_MAX)
		return -1;
	struct span answer = rd_take(&w.answers, rd_u8(&w.answers));
	if (w.answers.bad || answer.n == 0)
		wr_u16(rapdu, 0x9000);
	wr_span(rapdu, answer);
	return 0;
}

static int reset(void *ctx)
{
	(void)ctx;
	FUZZ_CHECK(w.held);
	w.names = (struct names){ 0 };
	return 0;
}

static int hold(void *ctx)
{
	(void)ctx;
	FUZZ_CHECK(!w.held);
	w.held = true;
	return 0;
}

static void release(void *ctx)
{
	(void)ctx;
	FUZZ_CHECK(w.held);
	w.held = false;
}

static const char *why(void *ctx)
{
	(void)ctx;
	return "no more commands";
}

/* The one file that there is includes itself. */
static const char *load(void *ctx, const char *from, struct span name, const char **ret_name, struct span *ret_text)
{
	(void)ctx;
	(void)from;
	if (name.n > 4)
		return "there is no such file";
	*ret_name = "file";
	*ret_text = span_str("> 00b0000001\n< <X:*> 9000 | 6982\n! include file\n");
	return NULL;
}

static uint64_t now_us(void *ctx)
{
	(void)ctx;
	return w.now;
}

static void command(const struct run_event *e)
{
	char text[4096];
	struct wr out = WR(text);

	names_command(&w.names, &out, e->capdu);
	names_follow(&w.names, e->capdu, e->rapdu);
	FUZZ_CHECK(e->rapdu.n >= 2 && e->rapdu.n <= RAPDU_MAX);
	names_objects(&w.names, &out, span_sub(e->rapdu, 0, e->rapdu.n - 2), " ");
}

static void event(void *ctx, const struct run_event *e)
{
	(void)ctx;
	switch (e->kind) {
	case RUN_COMMAND:
		command(e);
		return;
	case RUN_CASE_BEGINS:
		FUZZ_CHECK(!w.in_case);
		w.in_case = true;
		return;
	case RUN_CASE_ENDS:
		FUZZ_CHECK(!w.held && (w.in_case || e->result == RUN_BAD_SCRIPT));
		FUZZ_CHECK((e->result == RUN_PASSED) == (e->text[0] == '\0'));
		FUZZ_CHECK(e->differs_at == SIZE_MAX || e->differs_at <= e->rapdu.n);
		w.in_case = false;
		return;
	case RUN_RESET:
	case RUN_COMMENT:
		return;
	}
}

static bool counting(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)i;
	return true;
}

/* A script may repeat something 100,000 times, in eight blocks; there is nothing to be found in that. */
static bool is_short(struct span text)
{
	unsigned repeats = 0;

	for (size_t at = 0; at < text.n; at++) {
		if (!span_starts(span_sub(text, at, text.n), span_str("repeat")))
			continue;
		struct rd r = rd_of(span_sub(text, at + strlen("repeat"), text.n));
		unsigned digits = 0;
		uint8_t c = ' ';
		while (r.n != 0 && (c == ' ' || c == '\t' || (c >= '0' && c <= '9'))) {
			c = rd_u8(&r);
			digits += c >= '0' && c <= '9';
		}
		if (++repeats > REPEATS_MAX || digits > DIGITS_MAX)
			return false;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct run_ops ops = { transmit, reset, hold, release, why, load, now_us, event, NULL };
	static const struct run_options options = { .destructive = true };
	static struct value_vars vars;
	static const uint8_t k[16], pin[8];
	const uint8_t *end = size != 0 ? memchr(data, 0, size) : NULL;
	size_t n = end != NULL ? (size_t)(end - data) : size;

	if (vars.func.prim == NULL)
		vars.func = (struct func_env){ .prim = prim_open(), .random = counting };
	FUZZ_CHECK(vars.func.prim != NULL);
	value_vars_wipe(&vars);
	FUZZ_CHECK(value_set(&vars, span_str("K"), SPAN(k)) && value_set(&vars, span_str("OPC"), SPAN(k)) &&
		   value_set(&vars, span_str("PIN1"), SPAN(pin)));
	if (!is_short(span_of(data, n)))
		return 0;
	uint8_t *text = fuzz_copy(span_of(data, n));
	w = (struct world){ .answers = rd_of(span_sub(span_of(data, size), n + 1, size)) };
	struct run *r = run_open(&ops, &options, &vars);
	FUZZ_CHECK(r != NULL);
	(void)run_script(r, "fuzz", "fuzz", span_of(text, n));
	FUZZ_CHECK(!w.held && !w.in_case);
	run_close(r);
	free(text);
	return 0;
}
