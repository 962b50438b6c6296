/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"

#include <string.h>

#include "fields.h"
#include "html.h"
#include "ladder.h"
#include "message.h"

extern const char report_css[]; /* page.css */

enum { LANE_GAP = 100, LANE_LEFT = 40, WIDTH = LANE_LEFT * 2 + LANE_GAP * (LANES - 1), STEP_HEIGHT = 24, HEAD = 6 };
enum { OK = 200, UNAUTHORIZED = 401 /* begins every bootstrapping and registration */ };

struct page {
	FILE *out;
	bool both; /* there are events of both: a message that both tell is drawn once, as the network's */
	bool messages; /* they are drawn as what they are, so what else is told of them is a note */
	struct apdu_before before; /* commands to the card */
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
	static const char *const members[] = { "name", "what", "reason", "sw_text" };

	for (size_t i = 0; i < VU_COUNT(members); i++) {
		const char *text = event_text(e, members[i]);

		if (text == NULL)
			continue;
		fputs(" <span class=\"cause\">", out);
		html_text(out, text);
		fputs("</span>", out);
	}
}

/* An event as it is drawn. */
struct drawing {
	struct ladder_step step[STEPS];
	size_t n;
	char name[STEPS][FIELDS_NAME_MAX]; /* of the steps */
	enum ladder_mood mood;
	const char *remark; /* NULL = none */
};

static void set_name(struct drawing *d, size_t i, const char *name)
{
	snprintf(d->name[i], sizeof d->name[i], "%s", name);
}

/* A message that has an arrow of its own: what else is said of it is a note of who says it. */
static bool is_told_by_messages(const struct page *p, const struct ladder_shape *shape)
{
	const struct ladder_step *s = &shape->step[0];

	return p->messages && s->from != s->to && (s->from == LANE_ME || s->to == LANE_ME) && s->from != LANE_UICC &&
	       s->to != LANE_UICC;
}

/* The steps of the shape, or what is made of a message that is drawn already. */
static void draw_shape(struct drawing *d, const struct page *p, const struct event *e)
{
	const struct ladder_shape *shape = ladder_shape(e);
	bool noted = is_told_by_messages(p, shape);
	enum lane lane = LANE_ME;

	for (; d->n < STEPS && shape->step[d->n].name != NULL; d->n++) {
		d->step[d->n] = shape->step[d->n];
		set_name(d, d->n, shape->step[d->n].name[0] != '\0' ? shape->step[d->n].name : e->name);
	}
	if (!noted && !(shape->echo && p->both))
		return;
	if (e->source == SOURCE_NETWORK)
		lane = d->step[0].from == LANE_ME ? d->step[0].to : d->step[0].from;
	d->step[0] = (struct ladder_step){ lane, lane, e->name };
	d->n = 1;
	set_name(d, 0, e->name);
}

static void draw_apdu(struct drawing *d, const struct event *e, const struct apdu_fields *apdu)
{
	const char *sw = event_text(e, "sw");

	set_name(d, 0, apdu->name);
	set_name(d, 1, sw != NULL ? sw : "no answer");
	/* Of a bad one it is the cause. */
	d->remark = d->mood == PLAIN ? event_text(e, "sw_text") : NULL;
}

static enum ladder_mood mood_of(const struct event *e)
{
	const struct message *m = e->message;

	if (m == NULL)
		return ladder_mood(e);
	if (fields_message_is_bad(m))
		return BAD;
	return m->unseen || fields_message_status(m) == UNAUTHORIZED ? NOTABLE : PLAIN;
}

static void draw_message(struct drawing *d, const struct message *m)
{
	enum lane network = m->interface == MESSAGE_UB ? LANE_BSF : LANE_BMSC;

	fields_message_name(d->name[0], m);
	d->n = 1;
	d->step[0] = m->to_network ? (struct ladder_step){ LANE_ME, network, "" }
				   : (struct ladder_step){ network, LANE_ME, "" };
	if (m->unseen)
		d->remark = "not seen by the other end";
	else if (d->mood == BAD && fields_message_status(m) == OK)
		d->remark = "with a refusal in it";
}

static void draw(struct drawing *d, const struct page *p, const struct event *e, const struct apdu_fields *apdu)
{
	*d = (struct drawing){ .mood = mood_of(e) };
	if (e->message != NULL)
		draw_message(d, e->message);
	else
		draw_shape(d, p, e);
	if (apdu != NULL)
		draw_apdu(d, e, apdu);
}

static void put_remarks(FILE *out, const struct event *e, const struct drawing *d, bool is_apdu)
{
	if (d->mood != PLAIN)
		put_cause(out, e);
	if (d->remark != NULL) {
		fprintf(out, " <span class=\"%s\">", d->mood == PLAIN ? "id" : "cause");
		html_text(out, d->remark);
		fputs("</span>", out);
	}
	if (!is_apdu)
		fields_ids(out, e);
}

static void put_event(struct page *p, const struct event *e, size_t number)
{
	static const char *const classes[] = { [PLAIN] = "event", [NOTABLE] = "event notable", [BAD] = "event bad" };
	struct apdu_fields octets, *apdu = fields_apdu(&octets, e, &p->before) ? &octets : NULL;
	struct drawing d;

	draw(&d, p, e, apdu);
	fprintf(p->out, "<details class=\"%s%s\" id=\"e%zu\"><summary><time datetime=\"", classes[d.mood],
		e->message != NULL ? " message" : "", number);
	html_text(p->out, e->time);
	/* The time of day; the date stands above and in the members. */
	fprintf(p->out, "\">%.12s</time>", e->time + strlen("2026-11-21T"));
	put_picture(p->out, d.step, d.n);
	fputs("<span class=\"steps\">", p->out);
	for (size_t i = 0; i < d.n; i++) {
		fputs("<span class=\"step\">", p->out);
		put_name(p->out, &d.step[i], d.name[i]);
		if (i + 1 == d.n)
			put_remarks(p->out, e, &d, apdu != NULL);
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

static void put_title(FILE *out, const struct event *e)
{
	char name[FIELDS_NAME_MAX];

	if (e->message != NULL)
		fields_message_name(name, e->message);
	html_text(out, e->message != NULL ? name : e->name);
}

static void put_errors(FILE *out, const struct events *e)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n; i++) {
		if (!event_is_shown(&e->item[i]) || mood_of(&e->item[i]) != BAD)
			continue;
		fputs(n++ == 0 ? "<nav class=\"errors\" aria-label=\"Errors\">Errors and rejections:" : "", out);
		fprintf(out, " <a href=\"#e%zu\">", i + 1);
		put_title(out, &e->item[i]);
		fprintf(out, " %.12s</a>", e->item[i].time + strlen("2026-11-21T"));
	}
	fputs(n == 0 ? "<p>No error and no rejection.</p>\n" : "</nav>\n", out);
}

static size_t count_shown(const struct events *e)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n; i++)
		n += event_is_shown(&e->item[i]);
	return n;
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
	fprintf(out, ": %zu events from %s to %s.", count_shown(e), e->n != 0 ? e->item[0].time : "",
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
	struct page p = { .out = out, .both = events_of_both(e), .messages = events_have_messages(e) };

	put_head(out, e, logs);
	for (size_t i = 0; i < e->n; i++)
		if (event_is_shown(&e->item[i]))
			put_event(&p, &e->item[i], i + 1);
	fputs("</main>\n</body>\n</html>\n", out);
}
