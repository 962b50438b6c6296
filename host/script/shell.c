/* SPDX-License-Identifier: Apache-2.0 */
#include "shell.h"

#include <histedit.h>
#include <stdlib.h>

#include "../../apdu/sw.h"
#include "../../card/crypto/secret.h"
#include "shell_words.h"

enum { HISTORY_LINES = 500, RECORDS_MAX = 254, ROOM = 4096 };

struct shell {
	struct run *run;
	EditLine *el;
	History *history;
	sw_t sw; /* of the last command */
};

static char *prompt(EditLine *el)
{
	static char text[] = "apdu> ";

	(void)el;
	return text;
}

static void insert(EditLine *el, struct span text)
{
	char part[SHELL_LINE_MAX];
	struct wr w = WR(part);

	wr_span(&w, text);
	if (wr_cstr(&w))
		el_insertstr(el, part);
}

/* How much all of them have in common behind what is typed. */
static size_t in_common(const struct span *choices, size_t n)
{
	size_t common = choices[0].n;

	for (size_t i = 1; i < n; i++)
		while (common != 0 && !span_eq(span_sub(choices[0], 0, common), span_sub(choices[i], 0, common)))
			common--;
	return common;
}

static unsigned char complete(EditLine *el, int key)
{
	const LineInfo *line = el_line(el);
	struct span choices[SHELL_CHOICES_MAX], word;
	uint8_t octets[ROOM];
	struct wr room = WR(octets);
	size_t n = shell_choices(span_of(line->buffer, (size_t)(line->cursor - line->buffer)), &room, choices, &word);

	(void)key;
	if (n == 0)
		return CC_REFRESH_BEEP;
	size_t common = in_common(choices, n);
	if (common > word.n)
		insert(el, span_sub(choices[0], word.n, common - word.n));
	if (n == 1) {
		insert(el, span_str(" "));
		return CC_REFRESH;
	}
	if (common == word.n) {
		putchar('\n');
		for (size_t i = 0; i < n; i++)
			printf("%.*s\n", (int)choices[i].n, (const char *)choices[i].p);
		fflush(stdout);
		return CC_REDISPLAY;
	}
	return CC_REFRESH;
}

struct shell *shell_open(struct run *run)
{
	struct shell *s = calloc(1, sizeof *s);
	HistEvent event;

	if (s == NULL)
		return NULL;
	s->run = run;
	s->history = history_init();
	s->el = el_init("vuicc-apdu", stdin, stdout, stderr);
	if (s->el == NULL || s->history == NULL) {
		shell_close(s);
		return NULL;
	}
	history(s->history, &event, H_SETSIZE, HISTORY_LINES);
	el_set(s->el, EL_PROMPT, prompt);
	el_set(s->el, EL_SIGNAL, 1); /* the terminal is given back as it was, also by ^C */
	el_set(s->el, EL_EDITOR, "emacs");
	el_set(s->el, EL_HIST, history, s->history);
	el_set(s->el, EL_ADDFN, "vuicc-complete", "completes a word", complete);
	el_set(s->el, EL_BIND, "^I", "vuicc-complete", NULL);
	return s;
}

void shell_close(struct shell *s)
{
	if (s == NULL)
		return;
	if (s->el != NULL)
		el_end(s->el);
	if (s->history != NULL)
		history_end(s->history);
	free(s);
}

void shell_event(struct shell *s, const struct run_event *e)
{
	struct rd r = rd_of(e->rapdu);

	if (e->kind != RUN_COMMAND || e->rapdu.n < 2)
		return;
	(void)rd_take(&r, e->rapdu.n - 2);
	s->sw = rd_u16(&r);
}

static enum run_result do_lines(struct shell *s, struct span lines)
{
	enum run_result result = RUN_PASSED;

	while (lines.n != 0 && result == RUN_PASSED) {
		const uint8_t *end = memchr(lines.p, '\n', lines.n);
		size_t n = end != NULL ? (size_t)(end - lines.p) : lines.n;
		result = run_line(s->run, span_sub(lines, 0, n));
		lines = span_sub(lines, n + 1, lines.n);
	}
	if (result != RUN_PASSED)
		printf("%s\n", run_why(s->run));
	return result;
}

/* `read` of an EF that has records: all of them. */
static enum run_result read_records(struct shell *s)
{
	enum run_result result = RUN_PASSED;

	s->sw = SW_OK;
	for (unsigned i = 1; i <= RECORDS_MAX && result == RUN_PASSED && sw_ok(s->sw); i++) {
		char line[32];
		snprintf(line, sizeof line, "> 00b2%02x0400", i);
		result = do_lines(s, span_str(line));
	}
	return result;
}

/* While somebody thinks about the next line, other programs may have the card. */
static enum run_result do_line(struct shell *s, struct span line)
{
	char lines[2 * SHELL_LINE_MAX];
	struct wr w = WR(lines);
	const char *why = "";
	enum run_result result = RUN_PASSED;

	if (!shell_lines(&w, line, &why) || w.bad) {
		printf("%s\n", w.bad ? "a shorter line is expected" : why);
	} else if (w.n != 0 && (result = run_hold(s->run)) == RUN_PASSED) {
		result = do_lines(s, wr_done(&w));
		if (result == RUN_PASSED && span_eq(line, span_str("read")) && s->sw == SW_FILE_STRUCTURE)
			result = read_records(s);
		run_release(s->run);
	} else if (w.n != 0) {
		printf("%s\n", run_why(s->run));
	}
	secret_wipe(lines, sizeof lines);
	return result;
}

enum run_result shell_run(struct shell *s)
{
	HistEvent event;
	const char *line;
	int n;

	while ((line = el_gets(s->el, &n)) != NULL && n > 0) {
		struct span text = script_trim(span_of(line, strcspn(line, "\n")));
		if (text.n != 0)
			history(s->history, &event, H_ENTER, line);
		if (span_eq(text, span_str("quit")) || span_eq(text, span_str("exit")))
			break;
		if (span_eq(text, span_str("help")) || span_eq(text, span_str("?")))
			fputs(shell_help, stdout);
		else if (do_line(s, text) == RUN_BROKEN)
			return RUN_BROKEN;
		fflush(stdout);
	}
	return RUN_PASSED;
}
