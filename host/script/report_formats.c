/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a case for programs. What comes from scripts is plain_text(), and escaped as each format wants it. */
#include "report.h"

static const char *const verdicts[] = {
	[RUN_PASSED] = "passed",	 [RUN_FAILED] = "failed", [RUN_NOT_APPLICABLE] = "not applicable",
	[RUN_BAD_SCRIPT] = "bad script", [RUN_BROKEN] = "broken",
};

/* One line: TAP ends a description at #. */
static void tap_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		fputc(*text == '#' || *text == '\n' ? ' ' : *text, out);
}

void report_tap(struct report *r, const struct run_event *e, const char *detail)
{
	bool bad = e->result != RUN_PASSED && e->result != RUN_NOT_APPLICABLE;

	fprintf(r->out, "%s %u - ", bad ? "not ok" : "ok", r->cases);
	tap_text(r->out, e->name);
	if (e->result == RUN_NOT_APPLICABLE) {
		fputs(" # SKIP ", r->out);
		tap_text(r->out, e->text);
	}
	fputc('\n', r->out);
	for (const char *line = detail; *line != '\0';) {
		size_t n = strcspn(line, "\n");
		fprintf(r->out, "# %.*s\n", (int)n, line);
		line += n + (line[n] == '\n');
	}
	fflush(r->out);
}

/* RFC 8259 7. */
static void json_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (c < ' ')
			fprintf(out, "\\u%04x", c);
		else
			fprintf(out, "%s%c", c == '"' || c == '\\' ? "\\" : "", c);
	}
	fputc('"', out);
}

static void json_member(FILE *out, const char *name, const char *text)
{
	fprintf(out, ",\"%s\":", name);
	json_text(out, text);
}

void report_json(struct report *r, const struct run_event *e, const char *detail)
{
	bool bad = e->result != RUN_PASSED && e->result != RUN_NOT_APPLICABLE;

	fputs("{\"case\":", r->out);
	json_text(r->out, e->name);
	json_member(r->out, "file", e->script);
	json_member(r->out, "clause", e->clause);
	if (e->wrong[0] != '\0')
		json_member(r->out, "wrong_card", e->wrong);
	json_member(r->out, "result", verdicts[e->result]);
	if (e->result != RUN_PASSED)
		json_member(r->out, "why", bad ? detail : e->text);
	fprintf(r->out, ",\"commands\":%u,\"ms\":%.3f}\n", e->commands, (double)e->took_us / 1000);
	fflush(r->out);
}

/* XML 1.0: the characters that mean something. */
static void xml_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '&')
			fputs("&amp;", out);
		else if (c == '<')
			fputs("&lt;", out);
		else if (c == '>')
			fputs("&gt;", out);
		else if (c == '"')
			fputs("&quot;", out);
		else
			fputc(c, out);
	}
}

void report_junit(struct report *r, const struct run_event *e, const char *detail)
{
	fputs("  <testcase classname=\"", r->junit);
	xml_text(r->junit, e->script);
	fputs("\" name=\"", r->junit);
	xml_text(r->junit, e->name);
	fprintf(r->junit, "\" time=\"%.6f\"", (double)e->took_us / 1000000);
	if (e->result == RUN_PASSED) {
		fputs("/>\n", r->junit);
		return;
	}
	bool skipped = e->result == RUN_NOT_APPLICABLE;
	fprintf(r->junit, ">\n    <%s message=\"", skipped ? "skipped" : "failure");
	xml_text(r->junit, skipped ? e->text : verdicts[e->result]);
	fputs("\">", r->junit);
	xml_text(r->junit, skipped ? "" : detail);
	fprintf(r->junit, "</%s>\n  </testcase>\n", skipped ? "skipped" : "failure");
}
