/* SPDX-License-Identifier: Apache-2.0 */
/* The plot of report.h. Coordinates are made with %.1f, so that a plot of ten thousand UEs is as small as one of ten. */
#include <math.h>

#include "report.h"

enum {
	WIDTH = 1000,
	LEFT = 80,
	RIGHT = 980,
	TOP = 60,
	PANEL = 170,
	GAP = 60,
	PANELS = 3,
	HEIGHT = TOP + PANELS * (PANEL + GAP) + 10,
	COLUMNS = 450, /* of the curves; intervals that share one are averaged */
	TICKS = 4,
};

struct plot {
	FILE *f;
	const struct story *s;
	size_t n; /* intervals */
};

/* A curve: its value in interval i. */
typedef double value_fn(const struct story *s, const struct story_options *o, size_t i);

struct panel {
	const char *title;
	bool share; /* 0 to 100 */
	struct curve {
		const char *name, *colour;
		value_fn *value;
	} curve[2];
};

static uint64_t increase(const struct story *s, size_t i, size_t member)
{
	const uint64_t *now = (const void *)((const uint8_t *)&s->series.sample[i] + member);
	const uint64_t *before = (const void *)((const uint8_t *)&s->series.sample[i == 0 ? 0 : i - 1] + member);

	return i == 0 ? *now : *now - *before;
}
#define A_SECOND(s, i, member) ((double)(SERIES_A_SECOND * increase((s), (i), offsetof(struct sample, member))))

static double requests(const struct story *s, const struct story_options *o, size_t i)
{
	(void)o;
	return A_SECOND(s, i, bmsc);
}

static double bootstraps(const struct story *s, const struct story_options *o, size_t i)
{
	(void)o;
	return A_SECOND(s, i, bsf);
}

static double datagrams(const struct story *s, const struct story_options *o, size_t i)
{
	(void)o;
	return A_SECOND(s, i, down);
}

static double lost(const struct story *s, const struct story_options *o, size_t i)
{
	(void)o;
	return A_SECOND(s, i, down_lost);
}

static double with_key(const struct story *s, const struct story_options *o, size_t i)
{
	return 100 * (double)s->series.sample[i].with_key / (double)o->ues;
}

static const struct panel panels[PANELS] = {
	{ "requests a second", false, { { "BM-SC", "#c0392b", requests }, { "BSF", "#2471a3", bootstraps } } },
	{ "datagrams a second to the UEs", false, { { "sent", "#1e8449", datagrams }, { "lost", "#c0392b", lost } } },
	{ "UEs with the MSK of the phase, %", true, { { "", "#2471a3", with_key } } },
};

static double x_of(const struct plot *p, double interval)
{
	return LEFT + (RIGHT - LEFT) * interval / (double)p->n;
}

static double top_of(size_t panel)
{
	return TOP + (double)panel * (PANEL + GAP);
}

/* The mean of the intervals of a column. */
static double column(const struct plot *p, const struct story_options *o, value_fn *value, size_t c, size_t columns)
{
	size_t from = c * p->n / columns, to = (c + 1) * p->n / columns;
	double sum = 0;

	for (size_t i = from; i < to; i++)
		sum += value(p->s, o, i);
	return to > from ? sum / (double)(to - from) : 0;
}

/* A round number that is no less: 1, 2 or 5 with noughts. */
static double round_up(double v)
{
	double unit = v > 0 ? pow(10, floor(log10(v))) : 1;

	return v <= unit ? unit : v <= 2 * unit ? 2 * unit : v <= 5 * unit ? 5 * unit : 10 * unit;
}

static void put_text(const struct plot *p, double x, double y, const char *anchor, const char *text)
{
	fprintf(p->f, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, text);
}

/* Bands for the phases, with their names on top. */
static void put_phases(const struct plot *p)
{
	const struct sample *sample = p->s->series.sample;

	for (size_t i = 0, from = 0; i < p->n; i++) {
		if (i + 1 < p->n && sample[i + 1].phase == sample[i].phase)
			continue;
		double x = x_of(p, (double)from), end = x_of(p, (double)(i + 1));
		fprintf(p->f, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", x, TOP, end - x,
			HEIGHT - TOP - GAP, sample[i].phase % 2 == 0 ? "#f4f6f7" : "#fdfefe");
		put_text(p, (x + end) / 2, TOP - 24 + 12 * (sample[i].phase % 2), "middle",
			 story_names[sample[i].phase]);
		from = i + 1;
	}
}

static void put_axes(const struct plot *p, size_t panel, double highest)
{
	char text[32];
	double top = top_of(panel), step = round_up((double)p->n / SERIES_A_SECOND / 12);

	put_text(p, LEFT, top - 6, "start", panels[panel].title);
	for (int i = 0; i <= TICKS; i++) {
		double y = top + PANEL - (double)i * PANEL / TICKS;
		fprintf(p->f, "<path d=\"M%d %.1fH%d\" stroke=\"#d5d8dc\"/>\n", LEFT, y, RIGHT);
		snprintf(text, sizeof text, "%g", highest * i / TICKS);
		put_text(p, LEFT - 6, y + 4, "end", text);
	}
	for (double t = 0; t * SERIES_A_SECOND <= (double)p->n; t += step) {
		snprintf(text, sizeof text, "%g s", t);
		put_text(p, x_of(p, t * SERIES_A_SECOND), top + PANEL + 16, "middle", text);
	}
}

static void put_curve(const struct plot *p, const struct story_options *o, size_t panel, size_t which, double highest)
{
	const struct curve *c = &panels[panel].curve[which];
	size_t columns = p->n < COLUMNS ? p->n : COLUMNS;
	double bottom = top_of(panel) + PANEL;

	fprintf(p->f, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" d=\"", c->colour);
	for (size_t i = 0; i < columns; i++)
		fprintf(p->f, "%c%.1f %.1f", i == 0 ? 'M' : 'L',
			x_of(p, ((double)i + 0.5) * (double)p->n / (double)columns),
			bottom - PANEL * column(p, o, c->value, i, columns) / highest);
	fputs("\"/>\n", p->f);
	fprintf(p->f, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"%s\">%s</text>\n", RIGHT - 60 * (int)which,
		top_of(panel) - 6, c->colour, c->name);
}

static void put_panel(const struct plot *p, const struct story_options *o, size_t panel)
{
	size_t columns = p->n < COLUMNS ? p->n : COLUMNS;
	double highest = panels[panel].share ? 100 : 1;

	for (size_t which = 0; which < VU_COUNT(panels[panel].curve) && !panels[panel].share; which++)
		for (size_t i = 0; i < columns; i++)
			highest = fmax(highest, column(p, o, panels[panel].curve[which].value, i, columns));
	highest = panels[panel].share ? highest : round_up(highest);
	put_axes(p, panel, highest);
	for (size_t which = 0; which < VU_COUNT(panels[panel].curve); which++)
		if (panels[panel].curve[which].value != NULL)
			put_curve(p, o, panel, which, highest);
}

void report_svg(FILE *f, const struct story *s, const struct story_options *o)
{
	const struct plot p = { .f = f, .s = s, .n = s->series.n };

	fprintf(f,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
		"font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
		WIDTH, HEIGHT);
	fprintf(f,
		"<text x=\"%d\" y=\"20\" font-size=\"14\">%zu UEs, %.2f %% of datagrams lost, random spread %.1f "
		"s</text>\n",
		LEFT, o->ues, (double)o->lost / 100, (double)o->spread / 1000);
	if (p.n != 0) {
		put_phases(&p);
		for (size_t i = 0; i < PANELS; i++)
			put_panel(&p, o, i);
	}
	fputs("</svg>\n", f);
}
