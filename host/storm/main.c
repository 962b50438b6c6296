/* SPDX-License-Identifier: Apache-2.0 */
/* vuicc-storm: many UEs against one BM-SC. Options, and where results go. */
#include "report.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>

#include "sim.h"

enum { EXIT_WITHOUT_KEY = 1, EXIT_USAGE = 2, EXIT_ENVIRONMENT = 4 };

enum { LINES = 64, LINES_MAX = 256, LOSS = 5, SPREAD_S = 10, LIMIT_S = 120 };

static const char usage_text[] =
	"usage: vuicc-storm --ues N [OPTION]...\n"
	"\n"
	"So many virtual UEs, each with a card of its own, against one BSF and BM-SC over loopback, all in this\n"
	"process: they register, are rekeyed by push with and without verification messages, and are pulled at once\n"
	"with and without the random spread. A table of what came of it goes to standard output.\n"
	"\n"
	"  --ues N            how many, at most 1000000\n"
	"  --seed N           of keys, losses and back-off times (default 1)\n"
	"  --loss PERCENT     of datagrams that are lost, in each direction (default 5)\n"
	"  --spread SECONDS   after a pull or a missed key UEs ask after a random part of it (default 10)\n"
	"  --rate N           pushes or pulls that the BM-SC makes a second (default: as fast as it can)\n"
	"  --connections N    HTTP connections of all UEs at a time (default 64, at most 256)\n"
	"  --limit SECONDS    for each phase (default 120)\n"
	"  --csv FILE         what happened in each tenth of a second\n"
	"  --svg FILE         the same as a picture\n"
	"  --json             a JSON object instead of the table\n"
	"  --help             this text\n"
	"\n"
	"Exit status: 0 every UE has every key, 1 one has not, 2 wrong usage, 4 memory, sockets or files.\n";

struct options {
	struct story_options story;
	const char *csv, *svg;
	bool json;
};

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "vuicc-storm: %s: %s\n", what, why);
	return EXIT_ENVIRONMENT;
}

/* A decimal number from least to most, times scale. */
static bool number(double *ret, const char *text, double least, double most)
{
	char *end = NULL;
	double v = strtod(text, &end);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || !(v >= least && v <= most))
		return false;
	*ret = v;
	return true;
}

static bool whole(uint64_t *ret, const char *text, uint64_t least, uint64_t most)
{
	char *end = NULL;

	errno = 0;
	unsigned long long v = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || v < least || v > most)
		return false;
	*ret = v;
	return true;
}

enum {
	OPT_UES,
	OPT_SEED,
	OPT_LOSS,
	OPT_SPREAD,
	OPT_RATE,
	OPT_CONNECTIONS,
	OPT_LIMIT,
	OPT_CSV,
	OPT_SVG,
	OPT_JSON,
	OPT_HELP
};

static const struct option names[] = {
	{ "ues", required_argument, NULL, OPT_UES },	 { "seed", required_argument, NULL, OPT_SEED },
	{ "loss", required_argument, NULL, OPT_LOSS },	 { "spread", required_argument, NULL, OPT_SPREAD },
	{ "rate", required_argument, NULL, OPT_RATE },	 { "connections", required_argument, NULL, OPT_CONNECTIONS },
	{ "limit", required_argument, NULL, OPT_LIMIT }, { "csv", required_argument, NULL, OPT_CSV },
	{ "svg", required_argument, NULL, OPT_SVG },	 { "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },	 { 0 },
};

/* What an option with a value wants; NULL when it has got it. */
static const char *take_value(struct options *o, int option, const char *text)
{
	uint64_t n = 0;
	double v = 0;

	switch (option) {
	case OPT_UES:
		if (!whole(&n, text, 1, SIM_UES_MAX))
			return "--ues: expected 1 to 1000000";
		o->story.ues = n;
		return NULL;
	case OPT_SEED:
		return whole(&o->story.seed, text, 0, UINT64_MAX) ? NULL : "--seed: expected a number";
	case OPT_LOSS:
		if (!number(&v, text, 0, 50))
			return "--loss: expected 0 to 50 (percent)";
		o->story.lost = (unsigned)(v * 100 + 0.5);
		return NULL;
	case OPT_SPREAD:
		if (!number(&v, text, 0, 3600))
			return "--spread: expected 0 to 3600 (seconds)";
		o->story.spread = (unsigned)(v * 1000 + 0.5);
		return NULL;
	case OPT_RATE:
		if (!whole(&n, text, 1, 1000000))
			return "--rate: expected 1 to 1000000 (a second)";
		o->story.rate = (unsigned)n;
		return NULL;
	case OPT_CONNECTIONS:
		if (!whole(&n, text, 1, LINES_MAX))
			return "--connections: expected 1 to 256";
		o->story.lines = n;
		return NULL;
	case OPT_LIMIT:
		if (!number(&v, text, 1, 36000))
			return "--limit: expected 1 to 36000 (seconds)";
		o->story.limit = (int64_t)(v * 1000);
		return NULL;
	case OPT_CSV:
		o->csv = text;
		return NULL;
	case OPT_SVG:
		o->svg = text;
		return NULL;
	default:
		return "";
	}
}

/* -1: go on. Else the status to end with. */
static int parse(struct options *o, int argc, char **argv)
{
	for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		if (c == OPT_HELP) {
			fputs(usage_text, stdout);
			return 0;
		}
		if (c == OPT_JSON) {
			o->json = true;
			continue;
		}
		const char *wrong = take_value(o, c, optarg);
		if (wrong != NULL && wrong[0] != '\0') /* else getopt has said why */
			fprintf(stderr, "vuicc-storm: %s, got %s\n", wrong, optarg);
		if (wrong != NULL)
			return EXIT_USAGE;
	}
	if (argv[optind] == NULL && o->story.ues != 0)
		return -1;
	if (argv[optind] == NULL)
		fputs("vuicc-storm: expected --ues N; see vuicc-storm --help\n", stderr);
	else
		fprintf(stderr, "vuicc-storm: expected options only, got %s; see vuicc-storm --help\n", argv[optind]);
	return EXIT_USAGE;
}

/* Opened before the storm: who has waited for it wants to have it. */
static int open_file(FILE **ret, const char *path)
{
	if (path == NULL)
		return 0;
	*ret = fopen(path, "we");
	return *ret != NULL ? 0 : fail(path, strerror(errno));
}

static int close_file(FILE *f, const char *path, bool ok)
{
	if (f == NULL)
		return 0;
	ok &= fflush(f) == 0 && ferror(f) == 0;
	return fclose(f) == 0 && ok ? 0 : fail(path, "cannot be written");
}

static int write_results(const struct options *o, const struct story *s, int rc, FILE *csv, FILE *svg)
{
	if (o->json)
		report_json(stdout, s, &o->story, rc);
	else
		report_table(stdout, s, &o->story);
	if (svg != NULL)
		report_svg(svg, s, &o->story);
	bool csv_ok = csv == NULL || series_csv(&s->series, story_names, csv);
	int status = close_file(csv, o->csv, csv_ok) | close_file(svg, o->svg, true);
	return fflush(stdout) == 0 && ferror(stdout) == 0 ? status : fail("standard output", "cannot be written");
}

static int storm(const struct options *o)
{
	char why[STORY_WHY_MAX];
	FILE *csv = NULL, *svg = NULL;
	struct story s;

	if (open_file(&csv, o->csv) != 0 || open_file(&svg, o->svg) != 0) {
		(void)close_file(csv, o->csv, true);
		return EXIT_ENVIRONMENT;
	}
	int rc = story_run(&s, &o->story, why);
	int status = write_results(o, &s, rc, csv, svg);
	if (rc == -ETIMEDOUT)
		fprintf(stderr, "vuicc-storm: %s\n", s.trouble);
	else if (rc != 0)
		status = fail("the storm", why);
	story_free(&s);
	return status != 0 ? status : rc == 0 ? 0 : EXIT_WITHOUT_KEY;
}

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
	stop = signal;
}

int main(int argc, char **argv)
{
	struct options o = { .story = { .lines = LINES,
					.seed = 1,
					.lost = LOSS * 100,
					.spread = SPREAD_S * 1000,
					.limit = INT64_C(1000) * LIMIT_S,
					.stop = &stop } };
	int status = parse(&o, argc, argv);

	if (status >= 0)
		return status;
	(void)signal(SIGINT, on_signal);
	(void)signal(SIGTERM, on_signal);
	(void)signal(SIGPIPE, SIG_IGN); /* a peer that hangs up is no reason to end */
	return storm(&o);
}
