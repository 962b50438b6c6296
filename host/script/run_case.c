/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a script, and its cases one after the other. */
#include "run_int.h"

#include <stdio.h>

/* One line of the text, without its end. */
static struct span cut_line(struct run_block *b)
{
	const uint8_t *end = memchr(b->text.p, '\n', b->text.n);
	size_t n = end != NULL ? (size_t)(end - b->text.p) : b->text.n;
	struct span line = span_sub(b->text, 0, n);

	b->text = span_sub(b->text, n + 1, b->text.n);
	b->line++;
	return line;
}

static bool continues(struct span line)
{
	struct span text = script_trim(line);

	return text.n != 0 && text.p[text.n - 1] == '\\';
}

bool run_next_line(struct run *r, struct run_block *b)
{
	struct wr w = WR(r->joined);

	if (b->text.n == 0)
		return false;
	r->where.line = b->line;
	r->text = cut_line(b);
	if (!continues(r->text))
		return true;
	while (continues(r->text) && b->text.n != 0) {
		struct span part = script_trim(r->text);
		wr_span(&w, span_sub(part, 0, part.n - 1));
		wr_u8(&w, ' ');
		r->text = cut_line(b);
	}
	wr_span(&w, script_trim(r->text));
	/* One that is too long is longer than script_parse() takes. */
	r->text = w.bad ? span_of(r->joined, sizeof r->joined) : wr_done(&w);
	return true;
}

struct run_block run_until_end(struct run *r, struct run_block *rest)
{
	struct run_block inner = *rest;
	const uint8_t *from = rest->text.p;
	struct script_fault f;
	unsigned depth = 1;

	while (depth != 0) {
		size_t before = rest->text.n;
		if (!run_next_line(r, rest))
			break; /* run_check() has seen to it that this does not happen */
		if (!script_parse(&r->step, r->text, &f))
			continue;
		depth += r->step.kind == SCRIPT_REPEAT || r->step.kind == SCRIPT_IF;
		depth -= r->step.kind == SCRIPT_END;
		if (depth == 0)
			inner.text = span_of(from, inner.text.n - before);
	}
	return inner;
}

/* Everything up to the next `! case` line, whose name goes to ret_name; false when there is none before the end. */
static bool next_case(struct run *r, struct run_block *rest, struct run_block *ret_part, char ret_name[RUN_TEXT_MAX])
{
	struct script_fault f;
	size_t whole = rest->text.n;

	*ret_part = *rest;
	for (;;) {
		size_t before = rest->text.n;
		if (!run_next_line(r, rest))
			return false;
		if (!script_parse(&r->step, r->text, &f) || r->step.kind != SCRIPT_CASE)
			continue;
		ret_part->text = span_sub(ret_part->text, 0, whole - before);
		snprintf(ret_name, RUN_TEXT_MAX, "%.*s", (int)r->step.words.n, (const char *)r->step.words.p);
		return true;
	}
}

static void begin_case(struct run *r)
{
	value_vars_wipe(&r->vars);
	r->vars = *r->given;
	r->clause[0] = r->wrong[0] = r->why[0] = r->must[0] = '\0';
	r->commands = r->expectations = 0;
	r->channel = 0;
	r->budget_us = 0;
	r->n_capdu = r->n_rapdu = 0;
	r->includes = 0;
	r->left = r->reset_due = false;
	r->result = RUN_PASSED;
	r->differs_at = SIZE_MAX;
	r->computed = false;
	r->line = (struct span){ 0 };
}

/* What a case does: a card is reset when the first command is sent, and never for a case that needs what is not there. */
static enum run_result do_case(struct run *r, struct run_block before, struct run_block b)
{
	if (r->stopped[0] != '\0')
		return run_end(r, RUN_NOT_APPLICABLE, r->stopped);
	enum run_result result = run_hold(r);
	if (result != RUN_PASSED)
		return result;
	r->reset_due = true;
	result = run_block(r, before);
	if (result == RUN_PASSED) {
		r->where.file = r->file;
		result = run_block(r, b);
	}
	run_release(r);
	return result;
}

static enum run_result one_case(struct run *r, const char *name, struct run_block before, struct run_block b)
{
	struct run_event begins = { .kind = RUN_CASE_BEGINS, .script = r->title, .name = name };
	uint64_t from = r->ops.now_us(r->ops.ctx);

	begin_case(r);
	r->where = (struct run_where){ r->file, b.line };
	run_tell(r, &begins);
	enum run_result result = do_case(r, before, b);
	struct run_event ends = { .kind = RUN_CASE_ENDS,
				  .script = r->title,
				  .name = name,
				  .text = result == RUN_PASSED ? "" : r->why,
				  .meaning = r->stopped[0] != '\0' ? r->must : "",
				  .clause = r->clause,
				  .wrong = r->wrong,
				  .result = result,
				  .commands = r->commands,
				  .expectations = r->expectations,
				  .capdu = span_of(r->capdu, r->n_capdu),
				  .rapdu = span_of(r->rapdu, r->n_rapdu),
				  .differs_at = r->differs_at,
				  .computed = r->computed,
				  .line = r->line,
				  .took_us = r->ops.now_us(r->ops.ctx) - from };
	run_tell(r, &ends);
	return result;
}

/* The order in which results count against each other. */
static enum run_result worse(enum run_result a, enum run_result b)
{
	static const unsigned weight[] = {
		[RUN_NOT_APPLICABLE] = 0, [RUN_PASSED] = 1, [RUN_FAILED] = 2, [RUN_BAD_SCRIPT] = 3, [RUN_BROKEN] = 4,
	};
	return weight[a] >= weight[b] ? a : b;
}

/* A script that cannot be read is a case that has ended before it began. */
static enum run_result unreadable(struct run *r)
{
	struct run_event ends = { .kind = RUN_CASE_ENDS,
				  .script = r->title,
				  .name = r->title,
				  .text = r->why,
				  .meaning = "",
				  .clause = "",
				  .wrong = "",
				  .result = RUN_BAD_SCRIPT,
				  .differs_at = SIZE_MAX };
	run_tell(r, &ends);
	return RUN_BAD_SCRIPT;
}

enum run_result run_script(struct run *r, const char *title, const char *file, struct span text)
{
	struct run_block rest = { .text = text, .line = 1 }, before, b;
	const struct run_block none = { .line = 1 };
	char name[RUN_TEXT_MAX], next[RUN_TEXT_MAX];
	enum run_result all = RUN_NOT_APPLICABLE;

	r->prompt = false;
	r->title = title;
	r->file = file;
	r->stopped[0] = '\0';
	r->uicc = UICC_UNASKED;
	r->services = SERVICES_UNREAD;
	begin_case(r);
	r->where = (struct run_where){ file, 0 };
	if (run_check(r, rest) != RUN_PASSED)
		return unreadable(r);
	bool more = next_case(r, &rest, &before, next);
	if (!more)
		return one_case(r, title, none, before);
	while (more && all < RUN_BAD_SCRIPT) {
		memcpy(name, next, sizeof name);
		more = next_case(r, &rest, &b, next);
		all = worse(all, one_case(r, name, before, b));
	}
	return all;
}
