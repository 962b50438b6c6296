/* SPDX-License-Identifier: Apache-2.0 */
/* vuicc-apdu: runs scripted APDU sessions against a card in a reader, or a card file in this process. */
#include "pack.h"
#include "record.h"
#include "report.h"
#include "session.h"
#include "shell.h"
#include "../../apdu/hex.h"
#include "../../os/random.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { SCRIPTS_MAX = SESSION_FILES_MAX };

enum { EXIT_MISMATCH = 1, EXIT_USAGE = 2, EXIT_SCRIPT = 3, EXIT_ENVIRONMENT = 4 };

static const char usage_text[] =
	"usage: vuicc-apdu [OPTION]... SCRIPT...\n"
	"       vuicc-apdu [OPTION]... --pack NAME...\n"
	"       vuicc-apdu [OPTION]... --shell\n"
	"\n"
	"Sends the commands of each script to a card and compares its answers with what the script expects.\n"
	"SCRIPT is a file in the format of docs/apdu-script.md, or of pcsc-tools' scriptor; - is standard input.\n"
	"\n"
	"The card:\n"
	"  --reader NAME      in a PC/SC reader (default: the first one with a card)\n"
	"  --card FILE        a card file, in this process\n"
	"  --vpcd ADDR:PORT   one that comes to this address as to vsmartcard's vpcd; no pcscd is needed\n"
	"\n"
	"What it is to show, besides scripts:\n"
	"  --pack NAME        the conformance pack of that name; no case of a pack does harm to a card\n"
	"  --packs            lists the packs, and ends\n"
	"  --shell            a prompt, after the scripts: its word help lists the others\n"
	"\n"
	"What is known about it; HEX may be @FILE, a file with the digits:\n"
	"  --k HEX            K, as the variable K\n"
	"  --opc HEX          OPc, or TOPc of TUAK, as the variable OPC\n"
	"  --pin DIGITS       PIN1; tried once at most, and never when it could be the last try\n"
	"  --pin XX=DIGITS    the PIN of reference XX, as the variable PIN-XX: 02 often is the ISIM's\n"
	"  --set NAME=HEX     any other variable\n"
	"  --fresh            the card was made for this script: run what needs that\n"
	"  --destructive      run cases that change the card for good\n"
	"\n"
	"What is printed:\n"
	"  --trace            every command, with the names of commands, files and objects\n"
	"  --verbose          the same, keys and PINs included\n"
	"  --tap, --json      for programs: TAP version 13, a JSON object a line\n"
	"  --junit FILE       JUnit's XML, besides\n"
	"  --record FILE      the session as a script; keys become dots, and PINs variables, but with --verbose\n"
	"  --functions        the functions that scripts may use, and ends\n"
	"  --help             this text\n"
	"\n"
	"Exit status: 0 all as expected or not applicable, 1 an answer differs, 2 wrong usage, 3 a script cannot be "
	"read,\n"
	"4 no card, reader or service.\n";

struct options {
	const char *reader, *card, *vpcd, *junit, *record_file;
	bool with_shell;
	struct record record;
	struct shell *shell;
	const char *scripts[SCRIPTS_MAX]; /* packs first */
	int n_scripts;
	struct run_options run;
	struct report report;
	struct value_vars vars;
};

static int open_card(struct session *s, const struct options *o)
{
	char why[CARD_WHY_MAX] = "out of memory";
	int rc = o->card != NULL   ? card_if_open_file(&s->card, o->card, why)
		 : o->vpcd != NULL ? card_if_open_vpcd(&s->card, o->vpcd, why)
				   : card_if_open_pcsc(&s->card, o->reader);

	s->shared = o->card == NULL && o->vpcd == NULL;
	if (rc == 0 && o->vpcd != NULL)
		fprintf(stderr, "vuicc-apdu: waiting for a card on %s\n", s->card->name);
	if (rc == 0 && (rc = session_connect(s)) != 0)
		snprintf(why, sizeof why, "%s", s->card->why);
	if (rc == 0)
		return 0;
	fprintf(stderr, "vuicc-apdu: %s\n", why);
	card_if_close(s->card);
	return EXIT_ENVIRONMENT;
}

static int usage_error(const char *what, const char *which)
{
	fprintf(stderr, "vuicc-apdu: %s%s; see vuicc-apdu --help\n", what, which);
	return EXIT_USAGE;
}

/* Digits, or @FILE with them. */
static bool octets_of(struct wr *out, const char *text)
{
	char line[2 * VALUE_MAX + 2];

	if (text[0] != '@')
		return hex_parse(out, span_str(text)) && out->n != 0;
	FILE *f = fopen(text + 1, "re");
	bool ok = f != NULL && fgets(line, sizeof line, f) != NULL && hex_parse(out, span_str(line)) && out->n != 0;
	if (f != NULL)
		fclose(f);
	explicit_bzero(line, sizeof line);
	return ok;
}

/* The value is wiped where `ps` shows it. */
static int set_variable(struct options *o, struct span name, char *text)
{
	uint8_t octets[VALUE_MAX];
	struct wr w = WR(octets);
	bool ok = octets_of(&w, text) && value_set(&o->vars, name, wr_done(&w));

	if (text[0] != '@')
		explicit_bzero(text, strlen(text));
	secret_wipe(octets, sizeof octets);
	return ok ? 0
		  : usage_error(
			    "octets in hexadecimal digits, or @FILE with them, are expected for the key or variable",
			    "");
}

/* [XX=]DIGITS: the digits filled up with FF (TS 102 221 9.5.1) as PIN1, or as PIN-XX for another reference than 01. */
static int set_pin(struct options *o, char *text)
{
	enum { PIN1_REFERENCE = 0x01 };
	char name[sizeof "PIN-XX"] = "PIN1", *equals = strchr(text, '='), *digits = equals != NULL ? equals + 1 : text;
	uint8_t pin[8], reference = PIN1_REFERENCE;
	struct wr w = WR(pin), x = wr_of(&reference, 1);
	bool ok = strlen(digits) >= 4 && strspn(digits, "0123456789") == strlen(digits) &&
		  (equals == NULL || (hex_parse(&x, span_of(text, (size_t)(equals - text))) && x.n == 1));

	if (reference != PIN1_REFERENCE)
		snprintf(name, sizeof name, "PIN-%02X", reference);
	wr_str(&w, digits);
	wr_pad(&w, 0xFF);
	explicit_bzero(digits, strlen(digits));
	ok = ok && !w.bad && value_set(&o->vars, span_str(name), wr_done(&w));
	secret_wipe(pin, sizeof pin);
	return ok ? 0
		  : usage_error("a PIN of 4 to 8 digits is expected, behind its reference and '=' when it is not PIN1",
				"");
}

static int set_any(struct options *o, char *text)
{
	char *equals = strchr(text, '=');

	if (equals == NULL || equals == text || equals - text > SCRIPT_NAME_MAX)
		return usage_error("NAME=HEX is expected behind --set", "");
	return set_variable(o, span_of(text, (size_t)(equals - text)), equals + 1);
}

static int add_pack(struct options *o, const char *name)
{
	char path[PACK_PATH_MAX];

	if (o->n_scripts >= SCRIPTS_MAX || !pack_path(path, name))
		return usage_error("no name of a pack (vuicc-apdu --packs lists them): ", name);
	o->scripts[o->n_scripts] = strdup(path);
	return o->scripts[o->n_scripts++] != NULL ? 0 : EXIT_ENVIRONMENT;
}

static void print_functions(void)
{
	const struct func *f;

	for (size_t i = 0; (f = func_at(i)) != NULL; i++)
		puts(f->usage);
}

static const struct option names[] = {
	{ "reader", required_argument, NULL, 'r' },
	{ "card", required_argument, NULL, 'c' },
	{ "vpcd", required_argument, NULL, 'V' },
	{ "pack", required_argument, NULL, 'p' },
	{ "packs", no_argument, NULL, 'P' },
	{ "k", required_argument, NULL, 'K' },
	{ "opc", required_argument, NULL, 'O' },
	{ "pin", required_argument, NULL, '1' },
	{ "set", required_argument, NULL, 's' },
	{ "fresh", no_argument, NULL, 'f' },
	{ "destructive", no_argument, NULL, 'd' },
	{ "trace", no_argument, NULL, 't' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "tap", no_argument, NULL, 'T' },
	{ "json", no_argument, NULL, 'J' },
	{ "junit", required_argument, NULL, 'j' },
	{ "functions", no_argument, NULL, 'F' },
	{ "shell", no_argument, NULL, 'S' },
	{ "record", required_argument, NULL, 'R' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* One option; 0, or the exit status to end with; -1: end well. */
static int take_option(struct options *o, int letter)
{
	switch (letter) {
	case 'r':
		o->reader = optarg;
		return 0;
	case 'c':
		o->card = optarg;
		return 0;
	case 'V':
		o->vpcd = optarg;
		return 0;
	case 'p':
		return add_pack(o, optarg);
	case 'P':
		return pack_list(stdout) == 0 ? -1 : EXIT_SCRIPT;
	case 'S':
		o->with_shell = true;
		return 0;
	case 'R':
		o->record_file = optarg;
		return 0;
	case 'K':
		return set_variable(o, span_str("K"), optarg);
	case 'O':
		return set_variable(o, span_str("OPC"), optarg);
	case '1':
		return set_pin(o, optarg);
	case 's':
		return set_any(o, optarg);
	case 'f':
		o->run.fresh = true;
		return 0;
	case 'd':
		o->run.destructive = true;
		return 0;
	case 'v':
		o->report.secrets = true;
		o->report.trace = true;
		return 0;
	case 't':
		o->report.trace = true;
		return 0;
	case 'T':
		o->report.format = REPORT_TAP;
		return 0;
	case 'J':
		o->report.format = REPORT_JSON;
		return 0;
	case 'j':
		o->junit = optarg;
		return 0;
	case 'F':
		print_functions();
		return -1;
	case 'h':
		fputs(usage_text, stdout);
		return -1;
	default:
		fputs("vuicc-apdu --help tells the options\n", stderr);
		return EXIT_USAGE;
	}
}

/* Every script; the exit status. */
static int run_all(struct run *run, struct session *s, const struct options *o)
{
	enum run_result worst = RUN_PASSED;

	for (int i = 0; i < o->n_scripts && worst != RUN_BAD_SCRIPT && worst != RUN_BROKEN; i++) {
		struct span text;
		const char *why = session_load(s, o->scripts[i], &text);
		if (why != NULL) {
			fprintf(stderr, "vuicc-apdu: %s\n", why);
			return EXIT_SCRIPT;
		}
		enum run_result result = run_script(run, o->scripts[i], text);
		if (result == RUN_FAILED || result == RUN_BAD_SCRIPT || result == RUN_BROKEN)
			worst = result;
	}
	return worst == RUN_FAILED	 ? EXIT_MISMATCH
	       : worst == RUN_BAD_SCRIPT ? EXIT_SCRIPT
	       : worst == RUN_BROKEN	 ? EXIT_ENVIRONMENT
					 : 0;
}

/* Every event, to all who want to know. */
static void tell(void *options, const struct run_event *e)
{
	struct options *o = options;

	if (o->record.out != NULL)
		record_event(&o->record, e);
	if (o->shell != NULL)
		shell_event(o->shell, e);
	report_event(&o->report, e);
}

static int prompt(struct options *o, struct run *run)
{
	o->report.trace = true;
	o->shell = shell_open(run);
	enum run_result result = o->shell != NULL ? shell_run(o->shell) : RUN_BROKEN;
	shell_close(o->shell);
	o->shell = NULL;
	return result == RUN_BROKEN ? EXIT_ENVIRONMENT : 0;
}

static int run_session(struct options *o)
{
	static struct session s;
	struct run_ops ops;
	int status = open_card(&s, o);

	if (status != 0)
		return status;
	s.event = tell;
	s.event_ctx = o;
	session_ops(&s, &ops);
	struct run *run = run_open(&ops, &o->run, &o->vars);
	report_begin(&o->report);
	status = run != NULL ? run_all(run, &s, o) : EXIT_ENVIRONMENT;
	if (status == 0 && o->with_shell)
		status = prompt(o, run);
	report_end(&o->report);
	run_close(run);
	session_wipe(&s);
	card_if_close(s.card);
	return status;
}

/* A new file for its owner alone. */
static int open_output(FILE **ret, const char *path)
{
	mode_t mask = umask(S_IRWXG | S_IRWXO);
	*ret = fopen(path, "we");
	umask(mask);
	if (*ret != NULL)
		return 0;
	fprintf(stderr, "vuicc-apdu: %s: %s\n", path, strerror(errno));
	return EXIT_ENVIRONMENT;
}

/* status, or that what was written is not there. */
static int close_output(FILE *f, const char *path, int status)
{
	if (f == NULL || fclose(f) == 0)
		return status;
	fprintf(stderr, "vuicc-apdu: %s: %s\n", path, strerror(errno));
	return EXIT_ENVIRONMENT;
}

static int run_with_outputs(struct options *o)
{
	int status = 0;

	o->report.out = stdout;
	o->record.secrets = o->report.secrets;
	if (o->junit != NULL)
		status = open_output(&o->report.junit, o->junit);
	if (status == 0 && o->record_file != NULL)
		status = open_output(&o->record.out, o->record_file);
	if (status == 0)
		status = run_session(o);
	status = close_output(o->report.junit, o->junit, status);
	return close_output(o->record.out, o->record_file, status);
}

int main(int argc, char **argv)
{
	static struct options o;
	int status = 0;

	for (int letter; status == 0 && (letter = getopt_long(argc, argv, "", names, NULL)) != -1;)
		status = take_option(&o, letter);
	if (status != 0)
		return status < 0 ? 0 : status;
	while (optind < argc && o.n_scripts < SCRIPTS_MAX)
		o.scripts[o.n_scripts++] = argv[optind++];
	if ((o.n_scripts == 0 && !o.with_shell) || optind < argc)
		return usage_error("1 to 512 scripts or packs, or --shell, are expected", "");
	if ((o.card != NULL) + (o.reader != NULL) + (o.vpcd != NULL) > 1)
		return usage_error("--reader, --card and --vpcd exclude each other", "");
	o.vars.func = (struct func_env){ .prim = prim_open(), .random = os_random };
	if (o.vars.func.prim == NULL) {
		fputs("vuicc-apdu: the crypto library lacks something, or memory is short\n", stderr);
		return EXIT_ENVIRONMENT;
	}
	status = run_with_outputs(&o);
	prim_close(o.vars.func.prim);
	value_vars_wipe(&o.vars);
	return status;
}
