/* SPDX-License-Identifier: Apache-2.0 */
/* vuicc-report: event logs in, one HTML page out. */
#include "event.h"
#include "page.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

enum { EXIT_SKIPPED = 1, EXIT_USAGE = 2, EXIT_NOTHING = 3, EXIT_ENVIRONMENT = 4 };

static const char usage_text[] =
	"usage: vuicc-report [OPTION]... RUN.jsonl... > PAGE.html\n"
	"\n"
	"Event logs of vuicc-me --json and vuicc-testnet --json, merged by time, as one HTML page with a ladder "
	"diagram\n"
	"UICC - ME - BSF - BM-SC. It needs no other file, no server and no script. - is standard input.\n"
	"\n"
	"A line that is no event is told with file and line, and skipped.\n"
	"\n"
	"  --output FILE      the page goes there, not to standard output\n"
	"  --help             this text\n"
	"\n"
	"Exit status: 0 done, 1 lines were skipped, 2 wrong usage, 3 no event in any of the logs, 4 a file.\n";

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "vuicc-report: %s: %s\n", what, why);
	return EXIT_ENVIRONMENT;
}

/* One log; 0 or the exit status to end with. */
static int read_log(struct events *e, const char *name)
{
	bool is_stdin = strcmp(name, "-") == 0;
	FILE *in = is_stdin ? stdin : fopen(name, "re");

	if (in == NULL)
		return fail(name, strerror(errno));
	int rc = events_read(e, in, name, stderr);
	if (!is_stdin)
		fclose(in);
	return rc == 0 ? 0 : fail(name, strerror(-rc));
}

static int write_page(const struct events *e, char *const *logs, const char *path)
{
	FILE *out = path != NULL ? fopen(path, "we") : stdout;
	const char *name = path != NULL ? path : "standard output";

	if (out == NULL)
		return fail(name, strerror(errno));
	page_write(out, e, logs);
	bool ok = fflush(out) == 0 && ferror(out) == 0;
	int error = errno;
	if (path != NULL && fclose(out) != 0 && ok) {
		ok = false;
		error = errno;
	}
	return ok ? 0 : fail(name, error != 0 ? strerror(error) : "cannot be written");
}

static int report(struct events *e, char **logs, const char *output)
{
	int status = 0;

	for (char **log = logs; *log != NULL && status == 0; log++)
		status = read_log(e, *log);
	if (status != 0)
		return status;
	if (e->n == 0) {
		fputs("vuicc-report: expected events, found none; did the program run with --json?\n", stderr);
		return EXIT_NOTHING;
	}
	int rc = events_arrange(e);
	if (rc != 0)
		return fail("memory", strerror(-rc));
	status = write_page(e, logs, output);
	return status == 0 && e->skipped != 0 ? EXIT_SKIPPED : status;
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct events e = { 0 };
	const char *output = NULL;

	for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		if (c == 'h') {
			fputs(usage_text, stdout);
			return 0;
		}
		if (c != 'o')
			return EXIT_USAGE; /* getopt has said why */
		output = optarg;
	}
	if (argv[optind] == NULL) {
		fputs("vuicc-report: expected at least one event log; see vuicc-report --help\n", stderr);
		return EXIT_USAGE;
	}
	int status = report(&e, argv + optind, output);
	events_free(&e);
	return status;
}
