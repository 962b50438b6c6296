/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apdu_bench CARD < COMMANDS: times commands on a card in this process, with its card file as the store.
 *
 * A line of COMMANDS is `NAME SW HEX`: the command belongs to the round of NAME and must end in status word SW.
 * Commands of one name one after the other, up to an empty line, are one round. Prints the median and the 99th
 * percentile of each name's rounds in microseconds.
 */
#include "apdu/apdu.h"
#include "apdu/hex.h"
#include "card/store/nv_sqlite.h"
#include "vuicc/uicc.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

enum { NAMES_MAX = 16, ROUNDS_MAX = 20000, LINE_SIZE = 1024 };

struct series {
	char name[32];
	double us[ROUNDS_MAX];
	size_t n;
};

static struct series all[NAMES_MAX];

static bool os_random(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	return getrandom(out, n, 0) == (ssize_t)n;
}

static double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct series *series_of(const char *name)
{
	for (size_t i = 0; i < NAMES_MAX; i++) {
		if (all[i].name[0] == '\0')
			snprintf(all[i].name, sizeof all[i].name, "%s", name);
		if (strcmp(all[i].name, name) == 0)
			return &all[i];
	}
	fprintf(stderr, "apdu_bench: more than %d names\n", NAMES_MAX);
	exit(1);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double percentile(const struct series *s, size_t percent)
{
	return s->us[(s->n - 1) * percent / 100];
}

/* Runs one line; the time it took is added to *us. */
static void run_line(struct uicc *u, const char *line, char name[32], double *us)
{
	char hex[LINE_SIZE];
	unsigned sw;
	uint8_t capdu[CAPDU_MAX], rapdu[UICC_RAPDU_MAX];
	struct wr w = WR(capdu);
	if (sscanf(line, "%31s %4x %1023s", name, &sw, hex) != 3 || !hex_parse(&w, span_str(hex))) {
		fprintf(stderr, "apdu_bench: NAME SW HEX expected, got '%s'\n", line);
		exit(1);
	}
	double start = now_us();
	size_t n = uicc_transmit(u, capdu, w.n, rapdu);
	*us += now_us() - start;
	struct rd tail = rd_of(span_of(rapdu + n - 2, 2));
	unsigned got = rd_u16(&tail);
	if (got != sw) {
		fprintf(stderr, "apdu_bench: %s: %04X expected, got %04X\n", name, sw, got);
		exit(1);
	}
}

static void run_all(struct uicc *u, FILE *commands)
{
	char line[LINE_SIZE], name[32] = "";
	double us = 0;
	while (fgets(line, sizeof line, commands) != NULL) {
		if (line[0] != '\n') {
			run_line(u, line, name, &us);
			continue;
		}
		struct series *s = series_of(name);
		if (s->n < ROUNDS_MAX)
			s->us[s->n++] = us;
		us = 0;
	}
}

int main(int argc, char **argv)
{
	char why[NV_WHY_MAX] = "";
	const char *card_why = why;
	struct nv_sqlite *store = NULL;
	struct uicc_env env = { .random = os_random };
	if (argc != 2 || nv_sqlite_open(&store, argv[1], why) < 0) {
		fprintf(stderr, "apdu_bench: a card file expected: %s\n", why);
		return 1;
	}
	struct uicc *u = uicc_open(&nv_sqlite_ops, store, &env, &card_why);
	if (u == NULL) {
		fprintf(stderr, "apdu_bench: %s\n", card_why);
		return 1;
	}
	run_all(u, stdin);
	for (size_t i = 0; i < NAMES_MAX && all[i].n != 0; i++) {
		qsort(all[i].us, all[i].n, sizeof all[i].us[0], by_size);
		printf("%s %zu %.1f %.1f\n", all[i].name, all[i].n, percentile(&all[i], 50), percentile(&all[i], 99));
	}
	uicc_close(u);
	nv_sqlite_close(store);
	return 0;
}
