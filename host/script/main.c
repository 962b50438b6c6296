/* SPDX-License-Identifier: Apache-2.0 */
/* vuicc-apdu: runs scripted APDU sessions against a card in a reader, or a card file in this process. */
#include "script.h"
#include "../card/card_if.h"
#include "../../apdu/hex.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_MISMATCH = 1, EXIT_USAGE = 2, EXIT_SCRIPT = 3, EXIT_ENVIRONMENT = 4 };

static const char usage_text[] =
	"usage: vuicc-apdu [--reader NAME | --card FILE] [--verbose] SCRIPT...\n"
	"\n"
	"Sends the commands of each script to a card and compares its answers with what the script expects.\n"
	"\n"
	"  --reader NAME  a PC/SC reader (default: the first one with a card)\n"
	"  --card FILE    a card file, in this process\n"
	"  --verbose      prints every command and answer, keys and PINs included\n"
	"  --help         this text\n"
	"\n"
	"A script has one step a line:\n"
	"  # words            a comment\n"
	"  > 00A4000402 3F00  a command\n"
	"  < 62 .. * 9000     its answer and status word; '..' any octet, '*' any number of them\n"
	"  ! reset            resets the card\n"
	"  ! profile NAME     the profile that the card is to be made from for this script (card/profiles/NAME.yaml)\n"
	"  ! card KEY=VALUE   and what is different (vuicc-perso --set)\n"
	"Exit status: 0 all as expected, 1 an answer differs, 2 wrong usage, 3 a script cannot be read,\n"
	"4 no card, reader or service.\n";

struct session {
	struct card_if *card;
	bool verbose;
	const char *script;
	unsigned line, commands;
	uint8_t answer[RAPDU_MAX]; /* of the last command, data and status word */
	size_t n;
};

static bool any_card(struct card_if *c)
{
	(void)c;
	return true;
}

static int complain(const struct session *s, int status, const char *what)
{
	fprintf(stderr, "vuicc-apdu: %s:%u: %s\n", s->script, s->line, what);
	return status;
}

static void print_octets(const char *mark, struct span octets)
{
	char text[2 * RAPDU_MAX + 1];

	printf("%s %s\n", mark, hex_str(text, sizeof text, octets));
}

static int send_command(struct session *s, const struct script_step *step)
{
	struct wr out = WR(s->answer);
	struct capdu c;
	sw_t sw = 0;

	if (!capdu_parse(&c, span_of(step->command, step->command_n)))
		return complain(s, EXIT_SCRIPT, "no APDU");
	int rc = card_if_command(s->card, &c, &out, &sw);
	if (rc != 0)
		return complain(s, EXIT_ENVIRONMENT, s->card->why);
	wr_u16(&out, sw);
	s->n = out.n;
	s->commands++;
	if (s->verbose) {
		print_octets(">", span_of(step->command, step->command_n));
		print_octets("<", span_of(s->answer, s->n));
	}
	return out.bad ? complain(s, EXIT_ENVIRONMENT, "the answer is longer than an APDU can be") : 0;
}

static int expect(const struct session *s, const struct script_step *step)
{
	char text[2 * RAPDU_MAX + 1], expected[SCRIPT_PATTERN_TEXT], message[sizeof text + sizeof expected + 200];
	struct span answer = span_of(s->answer, s->n);
	struct rd r = rd_of(answer);
	size_t at = 0;

	if (s->n == 0)
		return complain(s, EXIT_SCRIPT, "an answer is expected before any command");
	if (script_matches(&step->expect, answer, &at))
		return 0;
	rd_take(&r, s->n - 2);
	snprintf(message, sizeof message, "the answer differs at octet %zu: expected %s, got %s (%s)", at + 1,
		 script_pattern_text(expected, &step->expect), hex_str(text, sizeof text, answer), sw_text(rd_u16(&r)));
	return complain(s, EXIT_MISMATCH, message);
}

static int reset(struct session *s)
{
	int rc = s->card->ops->reset(s->card);
	return rc != 0 ? complain(s, EXIT_ENVIRONMENT, s->card->why) : 0;
}

static int run_line(struct session *s, struct span line)
{
	struct script_step step;
	const char *why = "";

	if (!script_parse(&step, line, &why))
		return complain(s, EXIT_SCRIPT, why);
	switch (step.kind) {
	case SCRIPT_COMMAND:
		return send_command(s, &step);
	case SCRIPT_EXPECT:
		return expect(s, &step);
	case SCRIPT_RESET:
		return reset(s);
	case SCRIPT_NOTHING:
	case SCRIPT_PROFILE:
	case SCRIPT_CARD:
	default:
		return 0;
	}
}

static int run_script(struct session *s, const char *path)
{
	char line[SCRIPT_LINE_MAX];
	FILE *f = fopen(path, "re");
	int status = 0;

	if (f == NULL) {
		fprintf(stderr, "vuicc-apdu: %s: %s\n", path, strerror(errno));
		return EXIT_SCRIPT;
	}
	s->script = path;
	s->line = s->commands = 0;
	s->n = 0;
	while (status == 0 && fgets(line, sizeof line, f) != NULL) {
		s->line++;
		size_t n = strcspn(line, "\n");
		status = line[n] == '\n' || feof(f) ? run_line(s, span_of(line, n))
						    : complain(s, EXIT_SCRIPT, "the line is too long");
	}
	fclose(f);
	explicit_bzero(s->answer, sizeof s->answer);
	if (status == 0)
		printf("ok %s: %u commands\n", path, s->commands);
	return status;
}

static int open_card(struct card_if **ret, const char *file, const char *reader)
{
	char why[CARD_WHY_MAX] = "out of memory";
	struct card_if *card = NULL;
	int rc = file != NULL ? card_if_open_file(&card, file, why) : card_if_open_pcsc(&card, reader);

	if (rc == 0 && (rc = card->ops->connect(card, any_card)) != 0)
		snprintf(why, sizeof why, "%s", card->why);
	if (rc != 0) {
		fprintf(stderr, "vuicc-apdu: %s\n", why);
		card_if_close(card);
		return EXIT_ENVIRONMENT;
	}
	*ret = card;
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "reader", required_argument, NULL, 'r' },
		{ "card", required_argument, NULL, 'c' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *file = NULL, *reader = NULL;
	struct session s = { 0 };

	for (int o; (o = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		switch (o) {
		case 'r':
			reader = optarg;
			break;
		case 'c':
			file = optarg;
			break;
		case 'v':
			s.verbose = true;
			break;
		case 'h':
			fputs(usage_text, stdout);
			return 0;
		default:
			fputs("vuicc-apdu --help tells the options\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc || (file != NULL && reader != NULL)) {
		fprintf(stderr, "vuicc-apdu: %s; see vuicc-apdu --help\n",
			optind == argc ? "at least one script is expected" : "--reader and --card exclude each other");
		return EXIT_USAGE;
	}
	int status = open_card(&s.card, file, reader);
	for (int i = optind; status == 0 && i < argc; i++) {
		status = reset(&s); /* every script begins with a fresh session */
		if (status == 0)
			status = run_script(&s, argv[i]);
	}
	card_if_close(s.card);
	return status;
}
