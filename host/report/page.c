/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"

#include <string.h>

#include "fields.h"
#include "html.h"
#include "ladder.h"

extern const char report_css[]; /* page.css */

enum { LANE_GAP = 100, LANE_LEFT = 40, WIDTH = LANE_LEFT * 2 + LANE_GAP * (LANES - 1), STEP_HEIGHT = 24, HEAD = 6 };

struct page {
	FILE *out;
	bool both; /* there are events of both: a message that both tell is drawn once, as the network's */
	struct names files; /* what is selected on the card */
};

static int lane_x(enum lane lane)
{
	return LANE_LEFT + LANE_GAP * (int)lane;
}

/* The arrow or dot of a step, in the middle of its strip. */
static void put_step(FILE *out, const struct ladder_step *s, int strip)
{
	int from = lane_x(s->from), to = lane_x(s->to), y = strip * STEP_HEIGHT + STEP_HEIGHT / 2;
	int tail = to > from ? to - HEAD : to + HEAD;

	if (s->from == s->to) {
		fprintf(out, "<circle class=\"dot\" cx=\"%d\" cy=\"%d\" r=\"4\"/>", to, y);
		return;
	}
	fprintf(out, "<path class=\"arrow\" d=\"M%d %dH%d\"/>", from, y, tail);
	fprintf(out, "<path class=\"head\" d=\"M%d %dL%d %dV%dZ\"/>", to, y, tail, y - HEAD / 2 - 1, y + HEAD / 2 + 1);
}

static void put_picture(FILE *out, const struct ladder_step *steps, size_t n)
{
	int height = (int)n * STEP_HEIGHT;

	fprintf(out, "<svg width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" aria-hidden=\"true\">", WIDTH, height,
		WIDTH, height);
	for (enum lane l = 0; l < LANES; l++)
		fprintf(out, "<path class=\"lane\" d=\"M%d 0V%d\"/>", lane_x(l), height);
	for (size_t i = 0; i < n; i++)
		put_step(out, &steps[i], (int)i);
	fputs("</svg>", out);
}

/* A step in words, for who does not see the arrow: from, to and name. */
static void put_name(FILE *out, const struct ladder_step *s, const char *name)
{
	fprintf(out, "<span class=\"way\">%s", lane_names[s->from]);
	if (s->from != s->to)
		fprintf(out, " to %s", lane_names[s->to]);
	fputs(": </span><b>", out);
	html_text(out, name);
	fputs("</b>", out);
}

/* Why something went wrong, in the log's words. */
static void put_cause(FILE *out, const struct event *e)
{
	static const char *const members[] = { "what", "reason", "sw_text" };

	for (size_t i = 0; i < VU_COUNT(members); i++) {
		const char *text = event_text(e, members[i]);

		if (text == NULL)
			continue;
		fputs(" <span class=\"cause\">", out);
		html_text(out, text);
		fputs("</span>", out);
	}
}

static const char *step_name(const struct event *e, const struct ladder_step *s, size_t i,
			     const struct fields_apdu *apdu)
{
	if (apdu == NULL)
		return s->name[0] != '\0' ? s->name : e->name;
	if (i == 0)
		return apdu->name;
	return event_text(e, "sw") != NULL ? event_text(e, "sw") : "no answer";
}

/* The steps to draw: those of the shape, or what the ME makes of a message that the network has told of. */
static size_t steps_of(const struct page *p, const struct event *e, struct ladder_step ret[static STEPS])
{
	const struct ladder_shape *shape = ladder_shape(e);
	size_t n = 0;

	while (n < STEPS && shape->step[n].name != NULL) {
		ret[n] = shape->step[n];
		n++;
	}
	if (shape->echo && p->both) {
		ret[0] = (struct ladder_step){ LANE_ME, LANE_ME, e->name };
		n = 1;
	}
	return n;
}

static void put_event(struct page *p, const struct event *e, size_t number)
{
	static const char *const classes[] = { [PLAIN] = "event", [NOTABLE] = "event notable", [BAD] = "event bad" };
	enum ladder_mood mood = ladder_mood(e);
	struct ladder_step steps[STEPS];
	struct fields_apdu octets, *apdu = fields_apdu(&octets, e, &p->files) ? &octets : NULL;
	size_t n = steps_of(p, e, steps);

	fprintf(p->out, "<details class=\"%s\" id=\"e%zu\"><summary><time datetime=\"", classes[mood], number);
	html_text(p->out, e->time);
	/* The time of day; the date stands above and in the members. */
	fprintf(p->out, "\">%.12s</time>", e->time + strlen("2026-11-21T"));
	put_picture(p->out, steps, n);
	fputs("<span class=\"steps\">", p->out);
	for (size_t i = 0; i < n; i++) {
		fputs("<span class=\"step\">", p->out);
		put_name(p->out, &steps[i], step_name(e, &steps[i], i, apdu));
		if (i + 1 == n) {
			if (mood != PLAIN)
				put_cause(p->out, e);
			if (apdu == NULL)
				fields_ids(p->out, e);
		}
		fputs("</span>", p->out);
	}
	fputs("</span></summary>\n", p->out);
	fields_table(p->out, e, apdu);
	fputs("</details>\n", p->out);
}

static void put_logs(FILE *out, char *const *logs)
{
	for (size_t i = 0; logs[i] != NULL; i++) {
		fputs(i != 0 ? ", " : "", out);
		html_text(out, logs[i]);
	}
}

static void put_errors(FILE *out, const struct events *e)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n; i++) {
		if (ladder_mood(&e->item[i]) != BAD)
			continue;
		fputs(n++ == 0 ? "<nav class=\"errors\" aria-label=\"Errors\">Errors and rejections:" : "", out);
		fprintf(out, " <a href=\"#e%zu\">", i + 1);
		html_text(out, e->item[i].name);
		fprintf(out, " %.12s</a>", e->item[i].time + strlen("2026-11-21T"));
	}
	fputs(n == 0 ? "<p>No error and no rejection.</p>\n" : "</nav>\n", out);
}

static void put_head(FILE *out, const struct events *e, char *const *logs)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	      "'unsafe-inline'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>vuicc-report: ",
	      out);
	put_logs(out, logs);
	fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<h1>UICC, ME, BSF and BM-SC</h1>\n<p>",
		report_css);
	put_logs(out, logs);
	fprintf(out, ": %zu events from %s to %s.", e->n, e->n != 0 ? e->item[0].time : "",
		e->n != 0 ? e->item[e->n - 1].time : "");
	if (e->skipped != 0)
		fprintf(out, " <strong>%zu lines were no events and are not here.</strong>", e->skipped);
	fputs(" A click, or Enter, opens an event.</p>\n", out);
	put_errors(out, e);
	fputs("<main>\n<div class=\"lanes\" aria-hidden=\"true\">", out);
	for (enum lane l = 0; l < LANES; l++)
		fprintf(out, "<span>%s</span>", lane_names[l]);
	fputs("</div>\n", out);
}

void page_write(FILE *out, const struct events *e, char *const *logs)
{
	struct page p = { .out = out, .both = events_of_both(e) };

	put_head(out, e, logs);
	for (size_t i = 0; i < e->n; i++)
		put_event(&p, &e->item[i], i + 1);
	fputs("</main>\n</body>\n</html>\n", out);
}
