/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include "../../apdu/hex.h"
#include "../../apdu/sw.h"
#include "plain.h"

enum { TEXT_ROOM = 1024 };

void report_begin(struct report *r)
{
	r->mask.keys = r->secrets;
	if (r->format == REPORT_TAP)
		fputs("TAP version 13\n", r->out);
	if (r->junit != NULL)
		fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"vuicc-apdu\">\n", r->junit);
}

/* Octets of two digits, the one `at` in brackets, those withheld as **. */
static void put_octets(struct wr *w, struct span real, struct span shown, size_t at)
{
	struct rd seen = rd_of(shown);
	bool withheld = !span_eq(real, shown);

	for (size_t i = 0; i < shown.n; i++) {
		wr_str(w, i == at ? "[" : "");
		mask_put_octet(w, rd_take(&seen, 1), withheld);
		wr_str(w, i == at ? "] " : i + 1 < shown.n ? " " : "");
	}
	if (at == shown.n)
		wr_str(w, "[]");
}

static void put_sw(struct wr *w, struct span rapdu)
{
	struct rd r = rd_of(rapdu);

	if (rapdu.n < 2)
		return;
	(void)rd_take(&r, rapdu.n - 2);
	wr_str(w, " (");
	wr_str(w, sw_text(rd_u16(&r)));
	wr_str(w, ")");
}

static void print_command(struct report *r, const struct run_event *e)
{
	char text[REPORT_DETAIL_MAX];
	struct wr w = WR(text);

	wr_str(&w, "> ");
	put_octets(&w, e->capdu, span_of(r->capdu, r->n_capdu), SIZE_MAX);
	wr_str(&w, "   ");
	wr_str(&w, r->command);
	wr_str(&w, "\n< ");
	put_octets(&w, e->rapdu, span_of(r->rapdu, r->n_rapdu), SIZE_MAX);
	put_sw(&w, e->rapdu);
	wr_str(&w, "\n");
	if (!r->masked && e->rapdu.n > 2)
		names_objects(&r->names, &w, span_sub(e->rapdu, 0, e->rapdu.n - 2), "    ");
	if (wr_cstr(&w))
		fprintf(r->out, "%s%s", r->format == REPORT_TAP ? "# " : "", text);
	explicit_bzero(text, sizeof text);
}

static void command(struct report *r, const struct run_event *e)
{
	struct wr c = WR(r->capdu), a = WR(r->rapdu), name = WR(r->command);

	if (r->secrets) {
		wr_span(&c, e->capdu);
		wr_span(&a, e->rapdu);
	} else {
		mask_command(&r->mask, &c, e->capdu);
		mask_answer(&r->mask, &a, e->capdu, e->rapdu);
	}
	r->n_capdu = c.n;
	r->n_rapdu = a.n;
	r->masked = !span_eq(wr_done(&a), e->rapdu);
	names_command(&r->names, &name, e->capdu);
	if (!wr_cstr(&name))
		r->command[0] = '\0';
	names_follow(&r->names, e->capdu, e->rapdu);
	if (r->trace && r->format == REPORT_TEXT)
		print_command(r, e);
}

/* Why a case did not pass: where, what was expected, and the answer with its first wrong octet in brackets. */
static void failure(const struct report *r, const struct run_event *e, struct wr *w)
{
	enum { EXPECTED_MAX = 2 * RAPDU_MAX };
	char text[RUN_TEXT_MAX + 64];
	bool octets = e->differs_at != SIZE_MAX;

	if (octets && (r->masked || (e->computed && !r->secrets)))
		snprintf(text, sizeof text, "octet %zu of the answer differs\n", e->differs_at + 1);
	else if (octets)
		snprintf(text, sizeof text, "octet %zu of the answer: expected %.400s\n", e->differs_at + 1, e->text);
	else
		snprintf(text, sizeof text, "%.511s\n", e->text);
	if (e->result != RUN_BAD_SCRIPT) {
		char place[16];
		wr_str(w, e->where.file);
		snprintf(place, sizeof place, ":%u: ", e->where.line);
		wr_str(w, place);
	}
	wr_str(w, text);
	if (e->result != RUN_FAILED)
		return;
	wr_str(w, "  sent      ");
	put_octets(w, e->capdu, span_of(r->capdu, r->n_capdu), SIZE_MAX);
	wr_str(w, "   ");
	wr_str(w, r->command);
	wr_str(w, "\n  got       ");
	put_octets(w, e->rapdu, span_of(r->rapdu, r->n_rapdu), e->differs_at);
	put_sw(w, e->rapdu);
	wr_str(w, "\n");
	if (octets && !r->masked) {
		struct span expected = script_trim(span_sub(script_trim(e->line), 1, e->line.n));
		wr_str(w, "  expected  ");
		wr_span(w, span_sub(expected, 0, EXPECTED_MAX));
		wr_str(w, "\n");
	} else if (octets) {
		wr_str(w, "  keys are withheld; --verbose shows them\n");
	}
	if (e->meaning[0] != '\0') {
		wr_str(w, "  note      ");
		wr_str(w, e->meaning);
		wr_str(w, "; the cases behind this one are not run\n");
	}
	if (e->wrong[0] != '\0') {
		wr_str(w, "  suspect   a card that ");
		wr_str(w, e->wrong);
		wr_str(w, "\n");
	}
	if (e->clause[0] != '\0') {
		wr_str(w, "  clause    ");
		wr_str(w, e->clause);
		wr_str(w, "\n");
	}
}

static void put_text(struct report *r, const struct run_event *e, const char *detail)
{
	static const char *const words[] = {
		[RUN_PASSED] = "ok",	     [RUN_FAILED] = "FAILED", [RUN_NOT_APPLICABLE] = "not applicable",
		[RUN_BAD_SCRIPT] = "FAILED", [RUN_BROKEN] = "FAILED",
	};
	bool whole = strcmp(e->name, e->script) == 0;

	fprintf(r->out, "%s %s", words[e->result], e->script);
	if (!whole)
		fprintf(r->out, ": %s", e->name);
	if (e->result == RUN_PASSED)
		fprintf(r->out, ": %u command%s%s\n", e->commands, e->commands == 1 ? "" : "s",
			e->expectations != 0 || r->trace ? "" : ", and nothing is expected; --trace shows the answers");
	else if (e->result == RUN_NOT_APPLICABLE)
		fprintf(r->out, ": %s\n", e->text);
	else
		fprintf(r->out, "\n%s", detail);
	fflush(r->out);
}

static void count_reason(struct report *r, const char *text)
{
	unsigned i = 0;

	while (i < r->n_reasons && strcmp(r->reason[i].text, text) != 0)
		i++;
	if (i == REPORT_REASONS_MAX)
		return;
	if (i == r->n_reasons)
		snprintf(r->reason[r->n_reasons++].text, sizeof r->reason[i].text, "%s", text);
	r->reason[i].cases++;
}

/* A text of the event as it may be printed, in room. */
static const char *plain(char room[static TEXT_ROOM], const char *text)
{
	snprintf(room, TEXT_ROOM, "%s", text);
	plain_text(room);
	return room;
}

static void case_ends(struct report *r, const struct run_event *event)
{
	char detail[REPORT_DETAIL_MAX] = "", room[5][TEXT_ROOM];
	struct wr w = WR(detail);
	struct run_event shown = *event, *e = &shown;

	e->script = plain(room[0], event->script);
	e->name = plain(room[1], event->name);
	e->text = plain(room[2], event->text);
	e->clause = plain(room[3], event->clause);
	e->wrong = plain(room[4], event->wrong);

	r->cases++;
	r->failed += e->result == RUN_FAILED || e->result == RUN_BAD_SCRIPT || e->result == RUN_BROKEN;
	r->not_applicable += e->result == RUN_NOT_APPLICABLE;
	if (e->result == RUN_NOT_APPLICABLE)
		count_reason(r, e->text);
	if (e->result != RUN_PASSED && e->result != RUN_NOT_APPLICABLE)
		failure(r, e, &w);
	if (!wr_cstr(&w))
		detail[sizeof detail - 1] = '\0';
	plain_text(detail);
	if (r->format == REPORT_TEXT)
		put_text(r, e, detail);
	else if (r->format == REPORT_TAP)
		report_tap(r, e, detail);
	else
		report_json(r, e, detail);
	if (r->junit != NULL)
		report_junit(r, e, detail);
	explicit_bzero(detail, sizeof detail);
}

void report_event(void *report, const struct run_event *e)
{
	struct report *r = report;
	char comment[TEXT_ROOM];

	switch (e->kind) {
	case RUN_COMMAND:
		command(r, e);
		break;
	case RUN_RESET:
		r->names = (struct names){ 0 };
		if (r->trace && r->format == REPORT_TEXT)
			fputs("! reset\n", r->out);
		break;
	case RUN_COMMENT:
		if (r->trace && r->format == REPORT_TEXT)
			fprintf(r->out, "# %s\n", plain(comment, e->text));
		break;
	case RUN_CASE_BEGINS:
		r->n_capdu = r->n_rapdu = 0;
		break;
	case RUN_CASE_ENDS:
		case_ends(r, e);
		break;
	}
}

void report_end(struct report *r)
{
	unsigned passed = r->cases - r->failed - r->not_applicable;

	if (r->format == REPORT_TAP)
		fprintf(r->out, "1..%u\n", r->cases);
	else if (r->format == REPORT_JSON)
		fprintf(r->out, "{\"cases\":%u,\"passed\":%u,\"failed\":%u,\"not_applicable\":%u}\n", r->cases, passed,
			r->failed, r->not_applicable);
	else if (r->cases > 1)
		fprintf(r->out, "%u cases: %u passed, %u failed, %u not applicable\n", r->cases, passed, r->failed,
			r->not_applicable);
	for (unsigned i = 0; r->format == REPORT_TEXT && r->cases > 1 && i < r->n_reasons; i++)
		fprintf(r->out, "%5u not applicable: %s\n", r->reason[i].cases, r->reason[i].text);
	if (r->junit != NULL)
		fputs("</testsuite>\n", r->junit);
	explicit_bzero(r->rapdu, sizeof r->rapdu);
	explicit_bzero(r->capdu, sizeof r->capdu);
}
