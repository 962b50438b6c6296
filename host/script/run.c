/* SPDX-License-Identifier: Apache-2.0 */
#include "run_int.h"

#include <stdio.h>
#include <stdlib.h>

struct run *run_open(const struct run_ops *ops, const struct run_options *options, const struct value_vars *vars)
{
	struct run *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->ops = *ops;
	r->options = *options;
	r->given = vars;
	r->vars = *vars;
	return r;
}

void run_close(struct run *r)
{
	if (r == NULL)
		return;
	secret_wipe(r, sizeof *r);
	free(r);
}

enum { PLACE_TEXT_MAX = 256 };

/* "FILE:LINE:COLUMN: ", or without the column when it is 0; nothing at a prompt, whose user sees the line. */
static void put_place(const struct run *r, size_t column, char text[static PLACE_TEXT_MAX])
{
	char behind[24] = "";

	if (column != 0)
		snprintf(behind, sizeof behind, ":%zu", column);
	text[0] = '\0';
	if (!r->prompt || r->includes != 0)
		snprintf(text, PLACE_TEXT_MAX, "%.200s:%u%s: ", r->where.file, r->where.line, behind);
}

enum run_result run_end(struct run *r, enum run_result result, const char *text)
{
	char place[PLACE_TEXT_MAX] = "";

	if (result == RUN_BAD_SCRIPT)
		put_place(r, 0, place);
	snprintf(r->why, sizeof r->why, "%s%s", place, text);
	r->result = result;
	return result;
}

static enum run_result bad_line(struct run *r, const struct script_fault *f)
{
	char got[32], place[PLACE_TEXT_MAX];
	struct wr w = WR(got);
	struct rd left = rd_of(script_shown(f->got));

	while (left.n != 0 && w.n < sizeof got - 1) {
		uint8_t c = rd_u8(&left);
		wr_u8(&w, c >= ' ' && c < 0x7F ? c : '?');
	}
	if (!wr_cstr(&w))
		got[0] = '\0';
	static const struct {
		const char *before, *behind;
	} sentence[] = {
		[FAULT_GOT] = { ", got \"", "\"" },
		[FAULT_IN_CALL] = { " in ", "()" },
		[FAULT_OF_LINE] = { "", "" },
	};
	bool at_end = f->kind == FAULT_GOT && w.n == 0;
	put_place(r, f->column, place);
	snprintf(r->why, sizeof r->why, "%sexpected %s%s%s%s", place, f->expected,
		 at_end ? ", got the end of the line" : sentence[f->kind].before, got,
		 at_end ? "" : sentence[f->kind].behind);
	r->result = RUN_BAD_SCRIPT;
	return r->result;
}

void run_tell(struct run *r, struct run_event *e)
{
	e->where = r->where;
	r->ops.event(r->ops.ctx, e);
}

enum run_result run_transmit(struct run *r, struct span capdu, bool raw)
{
	struct wr out = WR(r->rapdu);
	struct run_event e = { .kind = RUN_COMMAND, .capdu = capdu, .raw = raw };
	uint64_t begin;

	if (r->reset_due && run_reset(r) != RUN_PASSED)
		return RUN_BROKEN;
	begin = r->ops.now_us(r->ops.ctx);
	r->n_rapdu = 0;
	if (r->ops.transmit(r->ops.ctx, capdu, raw, &out) != 0)
		return run_end(r, RUN_BROKEN, r->ops.why(r->ops.ctx));
	if (out.bad || out.n < 2)
		return run_end(r, RUN_BROKEN, "the answer is longer than an APDU can be, or has no status word");
	e.took_us = r->took_us = r->ops.now_us(r->ops.ctx) - begin;
	r->n_rapdu = out.n;
	r->commands++;
	e.rapdu = wr_done(&out);
	run_tell(r, &e);
	return RUN_PASSED;
}

enum run_result run_reset(struct run *r)
{
	struct run_event e = { .kind = RUN_RESET };

	r->reset_due = false;
	if (r->ops.reset(r->ops.ctx) != 0)
		return run_end(r, RUN_BROKEN, r->ops.why(r->ops.ctx));
	r->n_rapdu = 0;
	run_tell(r, &e);
	return RUN_PASSED;
}

enum run_result run_hold(struct run *r)
{
	return r->ops.hold(r->ops.ctx) == 0 ? RUN_PASSED : run_end(r, RUN_BROKEN, r->ops.why(r->ops.ctx));
}

void run_release(struct run *r)
{
	r->ops.release(r->ops.ctx);
}

/* The class octet of an interindustry class, on the channel that `! channel` has set. */
static void put_on_channel(struct run *r)
{
	struct rd rest = rd_of(span_of(r->capdu, r->n_capdu));
	struct apdu_class class = apdu_class_of(rd_u8(&rest));

	if (r->channel != 0 && class.known && class.channel == 0 && !class.secure)
		r->capdu[0] = apdu_class_for(class.base, r->channel);
}

static enum run_result do_command(struct run *r)
{
	struct wr w = WR(r->capdu);
	struct script_fault f;
	struct capdu c;

	if (!value_eval(&r->vars, &r->step, r->step.first, &w, &f))
		return bad_line(r, &f);
	r->n_capdu = w.n;
	if (!capdu_parse(&c, wr_done(&w))) {
		f = (struct script_fault){ .kind = FAULT_OF_LINE,
					   .column = 1,
					   .expected = "an APDU of case 1 to 4 with short lengths" };
		return bad_line(r, &f);
	}
	if (!r->step.raw)
		put_on_channel(r);
	enum run_result result = run_transmit(r, span_of(r->capdu, r->n_capdu), r->step.raw);
	uint64_t budget = r->budget_us;
	r->budget_us = 0;
	if (result != RUN_PASSED || budget == 0 || r->took_us <= budget)
		return result;
	char text[RUN_TEXT_MAX];
	snprintf(text, sizeof text, "expected an answer within %.1f ms, it took %.1f ms", (double)budget / 1000,
		 (double)r->took_us / 1000);
	return run_end(r, RUN_FAILED, text);
}

static enum run_result keep_captures(struct run *r, const struct match *m)
{
	for (size_t i = 0; i < m->n_captures; i++)
		if (!value_set(&r->vars, m->capture[i].name, m->capture[i].octets))
			return run_end(r, RUN_BAD_SCRIPT, "expected at most 96 variables of 2048 octets");
	return RUN_PASSED;
}

static enum run_result do_expect(struct run *r)
{
	struct match m;
	struct script_fault f = { FAULT_OF_LINE, .column = 1, .expected = "a command before its answer" };

	if (r->n_rapdu == 0)
		return bad_line(r, &f);
	r->expectations++;
	switch (match_answer(&r->vars, &r->step, span_of(r->rapdu, r->n_rapdu), &m, &f)) {
	case MATCH_YES:
		r->must[0] = '\0';
		return keep_captures(r, &m);
	case MATCH_NO:
		r->differs_at = m.at;
		r->computed = m.computed;
		r->line = r->text;
		if (r->must[0] != '\0')
			snprintf(r->stopped, sizeof r->stopped, "not run: %.480s", r->must);
		return run_end(r, RUN_FAILED, m.why);
	case MATCH_FAULT:
	default:
		return bad_line(r, &f);
	}
}

static enum run_result do_let(struct run *r)
{
	uint8_t octets[VALUE_MAX];
	struct wr w = WR(octets);
	struct script_fault f = { FAULT_OF_LINE, .column = 1, .expected = "at most 96 variables of 2048 octets" };
	enum run_result result = RUN_PASSED;

	if (!value_eval(&r->vars, &r->step, r->step.first, &w, &f) || !value_set(&r->vars, r->step.words, wr_done(&w)))
		result = bad_line(r, &f);
	secret_wipe(octets, sizeof octets);
	return result;
}

/* `# clause:` and `# wrong card:`; other comments are for who watches. */
static void do_comment(struct run *r)
{
	const struct span clause = span_str("clause:"), wrong = span_str("wrong card:");
	struct span words = r->step.words;
	char text[RUN_TEXT_MAX], *into = text;
	struct run_event e = { .kind = RUN_COMMENT, .text = text };

	if (span_starts(words, clause)) {
		words = script_trim(span_sub(words, clause.n, words.n));
		into = r->clause;
	} else if (span_starts(words, wrong)) {
		words = script_trim(span_sub(words, wrong.n, words.n));
		into = r->wrong;
	} else if (r->clause[0] == '\0' && r->where.line == 1) {
		into = r->clause; /* a story says it on its first line */
	}
	snprintf(into, RUN_TEXT_MAX, "%.*s", (int)words.n, (const char *)words.p);
	if (into == text && words.n != 0)
		run_tell(r, &e);
}

static enum run_result do_include(struct run *r)
{
	const char *name = NULL;
	struct span text;
	struct run_where before = r->where;

	if (r->includes >= RUN_INCLUDES_MAX)
		return run_end(r, RUN_BAD_SCRIPT, "no more than eight files inside each other are expected");
	const char *why = r->ops.load(r->ops.ctx, r->where.file, r->step.words, &name, &text);
	if (why != NULL)
		return run_end(r, RUN_BAD_SCRIPT, why);
	struct run_block b = { .text = text, .line = 1 };
	r->includes++;
	r->where = (struct run_where){ name, 0 };
	enum run_result result = run_check(r, b);
	if (result == RUN_PASSED)
		result = run_block(r, b);
	r->includes--;
	if (result == RUN_PASSED)
		r->where = before;
	return result;
}

/* The lines up to `! end`, so many times. */
static enum run_result do_block(struct run *r, struct run_block *rest)
{
	struct span value;
	uint32_t times = r->step.kind == SCRIPT_REPEAT		      ? r->step.number
			 : value_get(&r->vars, r->step.words, &value) ? 1
								      : 0;
	struct run_block inner = run_until_end(r, rest);
	enum run_result result = RUN_PASSED;

	for (uint32_t i = 0; result == RUN_PASSED && !r->left && i < times; i++)
		result = run_block(r, inner);
	return result;
}

static enum run_result do_step(struct run *r, struct run_block *rest)
{
	switch (r->step.kind) {
	case SCRIPT_NOTHING:
		do_comment(r);
		return RUN_PASSED;
	case SCRIPT_COMMAND:
		return do_command(r);
	case SCRIPT_EXPECT:
		return do_expect(r);
	case SCRIPT_RESET:
		return run_reset(r);
	case SCRIPT_LET:
		return do_let(r);
	case SCRIPT_CHANNEL:
		r->channel = (uint8_t)r->step.number;
		return RUN_PASSED;
	case SCRIPT_WITHIN:
		r->budget_us = r->step.number;
		return RUN_PASSED;
	case SCRIPT_REPEAT:
	case SCRIPT_IF:
		return do_block(r, rest);
	case SCRIPT_INCLUDE:
		return do_include(r);
	case SCRIPT_NEEDS:
		return run_needs(r);
	case SCRIPT_EXIT:
		r->left = true;
		return RUN_PASSED;
	case SCRIPT_MUST:
		snprintf(r->must, sizeof r->must, "%.*s", (int)r->step.words.n, (const char *)r->step.words.p);
		return RUN_PASSED;
	case SCRIPT_PROFILE:
	case SCRIPT_CARD:
	case SCRIPT_CASE:
	case SCRIPT_END:
	default:
		return RUN_PASSED;
	}
}

enum run_result run_block(struct run *r, struct run_block b)
{
	struct script_fault f;
	enum run_result result = RUN_PASSED;

	while (result == RUN_PASSED && !r->left && run_next_line(r, &b)) {
		struct run_where where = r->where;
		result = script_parse(&r->step, r->text, &f) ? do_step(r, &b) : bad_line(r, &f);
		if (result == RUN_PASSED)
			r->where = where;
	}
	return result;
}

enum run_result run_check(struct run *r, struct run_block b)
{
	struct script_fault f;
	unsigned depth = 0;

	while (run_next_line(r, &b)) {
		if (!script_parse(&r->step, r->text, &f))
			return bad_line(r, &f);
		if (r->step.kind == SCRIPT_EXIT && depth == 0)
			return RUN_PASSED; /* what is behind it may be anything */
		depth += r->step.kind == SCRIPT_REPEAT || r->step.kind == SCRIPT_IF;
		f = (struct script_fault){ .kind = FAULT_OF_LINE,
					   .column = 1,
					   .expected = "no '! end' without '! repeat' or '! if'" };
		if (r->step.kind == SCRIPT_END && depth-- == 0)
			return bad_line(r, &f);
		f.expected = "no more than eight blocks inside each other";
		if (depth > SCRIPT_DEPTH_MAX)
			return bad_line(r, &f);
		f.expected = "'! end' before the next case";
		if (r->step.kind == SCRIPT_CASE && depth != 0)
			return bad_line(r, &f);
		f.expected = "a case in the script itself, not in a file that it includes";
		if (r->step.kind == SCRIPT_CASE && r->includes != 0)
			return bad_line(r, &f);
	}
	f = (struct script_fault){ .kind = FAULT_OF_LINE,
				   .column = 1,
				   .expected = "'! end' for every '! repeat' and '! if'" };
	return depth == 0 ? RUN_PASSED : bad_line(r, &f);
}

enum run_result run_line(struct run *r, struct span line)
{
	struct run_block b = { .text = line, .line = r->where.line + 1 };

	r->where.file = "-";
	r->left = false;
	r->prompt = true;
	r->includes = 0;
	r->differs_at = SIZE_MAX;
	enum run_result result = run_check(r, b);
	if (result == RUN_PASSED)
		result = run_block(r, b);
	if (result == RUN_FAILED && r->differs_at != SIZE_MAX) {
		char expected[RUN_TEXT_MAX / 2];
		snprintf(expected, sizeof expected, "%.255s", r->why);
		snprintf(r->why, sizeof r->why, "octet %zu of the answer%s%s", r->differs_at + 1,
			 r->computed ? " differs" : ": expected ", r->computed ? "" : expected);
	}
	return result;
}

const char *run_why(const struct run *r)
{
	return r->why;
}
