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
	HEIGHT = TOP + PANELS * (PANEL + GAP) + 40,
	COLUMNS = 450, /* of the curves */
	TICKS = 4,
};

struct plot {
	FILE *f;
	const struct story *s;
	size_t n, columns; /* intervals, and columns of them, no more */
	size_t ues;
};

/* What a curve is of: a count since the beginning, drawn as it grows in a second; in a panel of shares the count itself. */
typedef uint64_t count_fn(const struct sample *x);

struct panel {
	const char *title;
	bool share; /* of all UEs, in percent */
	struct curve {
		const char *name, *colour;
		count_fn *count; /* NULL = there are no more curves */
	} curve[3];
};

static uint64_t to_bmsc(const struct sample *x)
{
	return x->bmsc;
}

static uint64_t to_bsf(const struct sample *x)
{
	return x->bsf;
}

static uint64_t sent(const struct sample *x)
{
	return x->down;
}

static uint64_t lost(const struct sample *x)
{
	return x->down_lost;
}

static uint64_t again(const struct sample *x)
{
	return x->repeated;
}

static uint64_t with_key(const struct sample *x)
{
	return x->with_key;
}

static const struct panel panels[PANELS] = {
	{ "requests a second", false, { { "BM-SC", "#c0392b", to_bmsc }, { "BSF", "#2471a3", to_bsf } } },
	{ "datagrams a second to the UEs",
	  false,
	  { { "sent", "#1e8449", sent }, { "lost", "#c0392b", lost }, { "MSKs again", "#7d3c98", again } } },
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

/* The height of a curve over a column of intervals, of which there are p->columns. */
static double height(const struct plot *p, const struct panel *panel, count_fn *count, size_t c)
{
	size_t from = c * p->n / p->columns, to = (c + 1) * p->n / p->columns;
	const struct sample *sample = p->s->series.sample, none = { 0 };
	double last = (double)count(&sample[to - 1]), before = (double)count(from != 0 ? &sample[from - 1] : &none);

	if (panel->share)
		return 100 * last / (double)p->ues;
	return SERIES_A_SECOND * (last - before) / (double)(to - from);
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

/* The intervals of a phase: false when it has none. */
static bool intervals_of(const struct plot *p, unsigned phase, size_t *ret_from, size_t *ret_to)
{
	const struct sample *sample = p->s->series.sample;
	size_t from = 0;

	while (from < p->n && sample[from].phase != phase)
		from++;
	*ret_from = *ret_to = from;
	while (*ret_to < p->n && sample[*ret_to].phase == phase)
		++*ret_to;
	return *ret_to > from;
}

/* A band for each phase, with its name on top. */
static void put_phases(const struct plot *p)
{
	for (unsigned phase = 0; phase < STORY_PHASES; phase++) {
		size_t from, to;
		if (!intervals_of(p, phase, &from, &to))
			continue;
		double x = x_of(p, (double)from), end = x_of(p, (double)to);
		fprintf(p->f, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", x, TOP, end - x,
			HEIGHT - TOP - GAP - 10, phase % 2 == 0 ? "#f4f6f7" : "#fdfefe");
		put_text(p, (x + end) / 2, TOP - 24 + 12 * (phase % 2), "middle", story_names[phase]);
	}
}

/* And a line where the last UE had its key. */
static void put_lasts(const struct plot *p)
{
	for (unsigned phase = 0; phase < STORY_PHASES; phase++) {
		double ms = (double)p->s->phase[phase].last_ms;
		size_t from, to;
		char text[32];
		if (!intervals_of(p, phase, &from, &to))
			continue;
		double x = x_of(p, (double)from + ms / SERIES_MS);
		snprintf(text, sizeof text, "last %.1f s", ms / 1000);
		fprintf(p->f, "<path d=\"M%.1f %dV%d\" stroke=\"#7f8c8d\" stroke-dasharray=\"2 4\"/>\n", x, TOP,
			HEIGHT - GAP);
		put_text(p, x, HEIGHT - GAP + 14 + 12 * (phase % 2), "middle", text);
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
	for (int i = 0; i * step * SERIES_A_SECOND <= (double)p->n; i++) {
		snprintf(text, sizeof text, "%g s", i * step);
		put_text(p, x_of(p, i * step * SERIES_A_SECOND), top + PANEL + 16, "middle", text);
	}
}

static void put_curve(const struct plot *p, size_t panel, size_t which, double highest)
{
	const struct curve *c = &panels[panel].curve[which];
	double bottom = top_of(panel) + PANEL;

	fprintf(p->f, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" d=\"", c->colour);
	for (size_t i = 0; i < p->columns; i++)
		fprintf(p->f, "%c%.1f %.1f", i == 0 ? 'M' : 'L',
			x_of(p, ((double)i + 0.5) * (double)p->n / (double)p->columns),
			bottom - PANEL * height(p, &panels[panel], c->count, i) / highest);
	fputs("\"/>\n", p->f);
	fprintf(p->f, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"%s\">%s</text>\n", RIGHT - 50 * (int)which,
		top_of(panel) - 6, c->colour, c->name);
}

static void put_panel(const struct plot *p, size_t panel)
{
	const struct panel *what = &panels[panel];
	double highest = 1;

	for (size_t which = 0; which < VU_COUNT(what->curve) && what->curve[which].count != NULL; which++)
		for (size_t i = 0; i < p->columns; i++)
			highest = fmax(highest, height(p, what, what->curve[which].count, i));
	highest = what->share ? 100 : round_up(highest);
	put_axes(p, panel, highest);
	for (size_t which = 0; which < VU_COUNT(what->curve) && what->curve[which].count != NULL; which++)
		put_curve(p, panel, which, highest);
}

void report_svg(FILE *f, const struct story *s, const struct story_options *o)
{
	size_t n = s->series.n;
	const struct plot p = { .f = f, .s = s, .n = n, .columns = n < COLUMNS ? n : COLUMNS, .ues = o->ues };

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
		put_lasts(&p);
		for (size_t i = 0; i < PANELS; i++)
			put_panel(&p, i);
	}
	fputs("</svg>\n", f);
}
