/* SPDX-License-Identifier: Apache-2.0 */
/* vuicc-reader: cards in and out of the slots of libifdvuicc.so, while pcscd runs. */
#include "control.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "../os/cond.h"
#include "../os/unix_sock.h"

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_ENVIRONMENT = 4 };
enum {
	ANSWER_S = 5, /* a card file on a slow disk takes its time */
	SEEN_MS = 1000, /* pcscd sees a card within milliseconds, or is busy with the slot */
};

#define FOLDER_DEFAULT "/var/lib/vuicc/cards"

struct options {
	const char *folder;
	bool json;
};

struct command {
	const char *name, *usage, *help;
	int min, max; /* arguments; the first is a slot */
	bool path; /* the second is a card file */
	const char *prefix; /* what the request begins with, where it is not the name */
};

static const struct command commands[] = {
	{ "list", "", "the slots, what is in them and which faults are on", 0, 0, false, NULL },
	{ "insert", "SLOT CARD", "put a card file into an empty slot", 2, 2, true, NULL },
	{ "eject", "SLOT", "take the card out", 1, 1, false, NULL },
	{ "swap", "SLOT CARD", "take the card out, if there is one, and put another in", 2, 2, true, NULL },
	{ "trace", "SLOT", "show every command until interrupted; keys and PINs are withheld", 1, 1, false, NULL },
	{ "mute", "SLOT [N]", "no answer to the next N commands, or to all (0: answer again)", 1, 2, false, "fault" },
	{ "fault", "SLOT FAULT...", "make the card do something wrong; `faults` lists what", 2, 5, false, NULL },
	{ "faults", "", "the faults there are", 0, 0, false, NULL },
};

static void print_usage(void)
{
	fputs("usage: vuicc-reader [--dir FOLDER] [--json] COMMAND [ARGUMENT]...\n"
	      "\n"
	      "Cards in and out of the slots of libifdvuicc.so, the reader driver, while pcscd runs.\n"
	      "\n",
	      stdout);
	for (size_t i = 0; i < VU_COUNT(commands); i++) {
		int n = printf("  %s %s", commands[i].name, commands[i].usage);
		printf("%*s%s\n", n < 24 ? 24 - n : 1, "", commands[i].help);
	}
	fputs("\n"
	      "  --dir FOLDER          the folder of cards that reader.conf names (default " FOLDER_DEFAULT ")\n"
	      "  --json                list: one JSON object a slot\n"
	      "  --help                this text\n"
	      "\n"
	      "Exit status: 0 done, 1 refused by the driver, 2 wrong usage, 4 no driver to talk to.\n",
	      stdout);
}

static int fail(int status, const char *what, const char *got)
{
	fprintf(stderr, "vuicc-reader: %s%s%s\n", what, got != NULL ? ", got " : "", got != NULL ? got : "");
	return status;
}

static int print_faults(void)
{
	const char *usage, *help;

	for (size_t i = 0; fault_describe(i, &usage, &help); i++) {
		int n = printf("  %s", usage);
		printf("%*s%s\n", n < 24 ? 24 - n : 1, "", help);
	}
	return 0;
}

/* "COMMAND SLOT ARGUMENT…": a card file by its absolute name, for the driver has another current folder. */
static int put_request(struct wr *w, const struct command *c, char **arguments)
{
	char path[PATH_MAX];

	if (c->prefix == NULL) {
		wr_str(w, c->name);
	} else {
		wr_str(w, c->prefix);
		wr_str(w, " ");
		wr_str(w, arguments[0] != NULL ? arguments[0] : "");
		wr_str(w, " ");
		wr_str(w, c->name);
		arguments++;
	}
	for (int i = 0; arguments[i] != NULL; i++) {
		const char *argument = arguments[i];
		if (c->path && i == 1) {
			if (realpath(argument, path) == NULL) {
				fprintf(stderr, "vuicc-reader: %s: %s\n", argument, strerror(errno));
				return EXIT_ENVIRONMENT;
			}
			argument = path;
		}
		if (strpbrk(argument, "\n\r\t") != NULL) /* a request is one line */
			return fail(EXIT_USAGE, "expected names without tabs and ends of lines, got one with such",
				    NULL);
		wr_str(w, " ");
		wr_str(w, argument);
	}
	wr_str(w, "\n");
	return w->bad ? fail(EXIT_USAGE, "the arguments are too long", NULL) : 0;
}

static void put_json_text(FILE *to, const char *text)
{
	fputc('"', to);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', to);
		fputc(*text, to);
	}
	fputc('"', to);
}

/* A line of `list`: SLOT, state, commands, faults, path, with tabs between. */
static void print_slot(char *line, bool json)
{
	char *field[5];
	size_t n = 0;

	for (char *rest = line; n < VU_COUNT(field) && rest != NULL;)
		field[n++] = strsep(&rest, "\t");
	if (n < VU_COUNT(field)) {
		puts(line);
		return;
	}
	if (!json) {
		bool empty = field[4][0] == '\0';
		printf("slot %-3s %-8s %s%s%s\n", field[0], field[1], field[4],
		       empty || field[3][0] == '\0' ? "" : "  ", field[3]);
		return;
	}
	printf("{\"slot\":%s,\"state\":\"%s\",\"commands\":%s,\"faults\":\"%s\",\"card\":", field[0], field[1],
	       field[2], field[3]);
	put_json_text(stdout, field[4]);
	puts("}");
}

/* Limits how long an answer is waited for; 0 = not at all. */
static bool limit(int fd, int seconds)
{
	const struct timeval t = { .tv_sec = seconds };

	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t) == 0;
}

/* Lines until "ok" or "error: …"; of `trace` also those behind it. */
static int read_answer(FILE *from, const struct options *o, bool trace)
{
	char line[CONTROL_LINE_MAX + FAULT_TEXT_MAX];
	bool ok = false;

	while (fgets(line, sizeof line, from) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (!ok && strncmp(line, "error: ", 7) == 0)
			return fail(EXIT_REFUSED, line + 7, NULL);
		if (!ok && strcmp(line, "ok") == 0) {
			ok = true;
			if (!trace)
				return 0;
			(void)limit(fileno(from), 0);
			fputs("vuicc-reader: every command from now on\n", stderr);
			continue;
		}
		if (ok)
			puts(line);
		else
			print_slot(line, o->json);
		fflush(stdout);
	}
	if (ok)
		return 0;
	bool late = ferror(from) != 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
	return fail(EXIT_ENVIRONMENT,
		    late ? "no answer from the driver in five seconds: is pcscd stopped?" : "the driver has hung up",
		    NULL);
}

static int no_driver(const char *path, int error)
{
	bool forbidden = error == EACCES || error == EPERM;

	fprintf(stderr, "vuicc-reader: no driver at %s (%s): %s\n", path, strerror(error),
		forbidden ? "expected the user that pcscd runs as, who mostly is root"
			  : "is pcscd running, with this folder in reader.conf?");
	return EXIT_ENVIRONMENT;
}

/* Whoever is refused at the door has been told why, and does not listen any more: that is to be read, too. */
static bool send_all(int fd, struct span request)
{
	return send(fd, request.p, request.n, MSG_NOSIGNAL) == (ssize_t)request.n || errno == EPIPE;
}

/* Whether the slot's card has power; false also when nobody answers. */
static bool has_power(int fd, FILE *from, const char *slot)
{
	char line[CONTROL_LINE_MAX + FAULT_TEXT_MAX];
	bool powered = false;

	if (!send_all(fd, span_str("list\n")))
		return false;
	while (fgets(line, sizeof line, from) != NULL && line[0] >= '0' && line[0] <= '9') {
		const char *state = line + strcspn(line, "\t");
		if (strtoul(line, NULL, 10) == strtoul(slot, NULL, 10))
			powered = strncmp(state, "\tpowered\t", 9) == 0;
	}
	return powered;
}

/* pcscd gives a card power when it has seen it come: then a client that is started behind this command finds it. */
static void await_card(int fd, FILE *from, const char *slot)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	const struct timespec end = cond_deadline(SEEN_MS);

	while (!has_power(fd, from, slot) && !cond_is_over(&end))
		nanosleep(&pause, NULL);
}

static int ask(const struct options *o, const struct command *c, char **arguments)
{
	char request[CONTROL_LINE_MAX], path[PATH_MAX];
	struct wr w = WR(request);
	int status = put_request(&w, c, arguments);

	if (status != 0)
		return status;
	if (snprintf(path, sizeof path, "%s/" CONTROL_NAME, o->folder) >= (int)sizeof path)
		return fail(EXIT_USAGE, "--dir: too long", NULL);
	int fd = unix_sock_connect(path);
	if (fd < 0)
		return no_driver(path, -fd);
	FILE *from = fdopen(fd, "r");
	if (from == NULL || !limit(fd, ANSWER_S) || !send_all(fd, wr_done(&w))) {
		status = fail(EXIT_ENVIRONMENT, strerror(errno), NULL);
		from == NULL ? close(fd) : fclose(from);
		return status;
	}
	status = read_answer(from, o, strcmp(c->name, "trace") == 0);
	if (status == 0 && c->path)
		await_card(fd, from, arguments[0]);
	fclose(from);
	return status;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < VU_COUNT(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* -1: go on; else the exit status. */
static int parse_options(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "dir", required_argument, NULL, 'd' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};

	for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		switch (c) {
		case 'd':
			o->folder = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		case 'h':
			print_usage();
			return EXIT_SUCCESS;
		default:
			return EXIT_USAGE; /* getopt has said why */
		}
	}
	return -1;
}

int main(int argc, char **argv)
{
	struct options o = { .folder = FOLDER_DEFAULT };
	int status = parse_options(&o, argc, argv);

	if (status >= 0)
		return status;
	if (argv[optind] == NULL)
		return fail(EXIT_USAGE, "expected a command; --help names them", NULL);
	const struct command *c = find_command(argv[optind]);
	int n = argc - optind - 1;
	if (c == NULL)
		return fail(EXIT_USAGE, "expected a command; --help names them", argv[optind]);
	if (n < c->min || n > c->max) {
		fprintf(stderr, "vuicc-reader: expected '%s%s%s', got %d arguments\n", c->name,
			c->usage[0] != '\0' ? " " : "", c->usage, n);
		return EXIT_USAGE;
	}
	if (strcmp(c->name, "faults") == 0)
		return print_faults();
	status = ask(&o, c, argv + optind + 1);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	return fail(EXIT_ENVIRONMENT, "the output could not be written", NULL);
}
