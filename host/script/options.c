/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#include "../../apdu/hex.h"
#include "lex.h"

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
	"  --new-card         in this process, for each script, a new one made as its ! profile and ! card lines say\n"
	"\n"
	"What it is to show, besides scripts:\n"
	"  --pack NAME        the conformance pack of that name, or all of them: --pack all\n"
	"  --packs            lists the packs and what they change on a card, and ends\n"
	"  --shell            a prompt, after the scripts: its word help lists the others\n"
	"\n"
	"What is known about it; HEX may be @FILE, a file with the digits:\n"
	"  --k HEX            K, as the variable K\n"
	"  --opc HEX          OPc, or TOPc of TUAK, as the variable OPC\n"
	"  --pin DIGITS       PIN1; verified where a case needs it, never when that could be the last try\n"
	"  --pin XX=DIGITS    the PIN of reference XX, as the variable PIN-XX: 02 often is the ISIM's\n"
	"  --set NAME=HEX     any other variable\n"
	"  --fresh            the card was made for this one script: run what needs that\n"
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
	"4 no card, reader or service, or output that could not be written.\n";

static int usage_error(const char *what, const char *which)
{
	fprintf(stderr, "vuicc-apdu: %s%s; see vuicc-apdu --help\n", what, which);
	return OPTIONS_USAGE;
}

/* Digits, or @FILE with them. NULL, or what is wrong. */
static const char *octets_of(struct wr *out, const char *text)
{
	static const char expected[] = "expected octets of two hexadecimal digits each, or @FILE with them";
	char line[2 * VALUE_MAX + 2];

	if (text[0] != '@')
		return hex_parse(out, span_str(text)) && out->n != 0 ? NULL : expected;
	FILE *f = fopen(text + 1, "re");
	if (f == NULL)
		return strerror(errno);
	errno = 0;
	bool ok = fgets(line, sizeof line, f) != NULL && hex_parse(out, span_str(line)) && out->n != 0;
	const char *why = ok ? NULL : errno != 0 ? strerror(errno) : expected;
	fclose(f);
	explicit_bzero(line, sizeof line);
	return why;
}

/* Of this option. The value is wiped where `ps` shows it. */
static int set_variable(struct options *o, const char *option, struct span name, char *text)
{
	enum { OF_MILENAGE = 16, OF_TUAK = 32, TOPC_TUNED = 34 /* tuak() of a script */ };
	uint8_t octets[VALUE_MAX];
	struct wr w = WR(octets);
	const char *why = octets_of(&w, text);
	bool file = text[0] == '@', k = strcmp(option, "--k") == 0, opc = strcmp(option, "--opc") == 0;

	if (why == NULL && (k || opc) && w.n != OF_MILENAGE && w.n != OF_TUAK && !(opc && w.n == TOPC_TUNED))
		why = "expected 16 octets, or for TUAK 32";
	if (why == NULL && !value_set(&o->vars, name, wr_done(&w)))
		why = "expected no more variables than there is room for";
	if (why != NULL)
		fprintf(stderr, "vuicc-apdu: %s: %s%s%s; see vuicc-apdu --help\n", option, file ? text : "",
			file ? ": " : "", why);
	if (!file)
		explicit_bzero(text, strlen(text));
	secret_wipe(octets, sizeof octets);
	return why == NULL ? 0 : OPTIONS_USAGE;
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
		  : usage_error("--pin: expected 4 to 8 digits, behind the reference and '=' when it is not PIN1", "");
}

/* One that a script can name. */
static bool is_name(struct span text)
{
	struct script_fault f;
	struct span name;
	struct lex l = { .r = rd_of(text), .begin = text.p, .f = &f };

	return lex_name(&l, &name) && l.r.n == 0;
}

static int set_any(struct options *o, char *text)
{
	size_t n = strcspn(text, "=");

	if (text[n] != '=' || !is_name(span_of(text, n)))
		return usage_error("--set: expected NAME=HEX, with a name that begins with a letter, and is no octets",
				   "");
	return set_variable(o, "--set", span_of(text, n), text + n + 1);
}

static int add_pack(struct options *o, const char *name)
{
	int rc = pack_add(&o->scripts, name);

	if (rc == 0 && o->scripts.n != 0)
		return 0;
	return usage_error(rc == 0 || rc == -ENOENT ? "no name of a pack (vuicc-apdu --packs lists them): "
						    : "a pack that cannot be read: ",
			   name);
}

static void print_functions(void)
{
	const struct func *f;

	for (size_t i = 0; (f = func_at(i)) != NULL; i++)
		puts(f->usage);
}

static const struct option names[] = {
	{ "reader", required_argument, NULL, 'r' }, { "card", required_argument, NULL, 'c' },
	{ "vpcd", required_argument, NULL, 'V' },   { "new-card", no_argument, NULL, 'N' },
	{ "pack", required_argument, NULL, 'p' },   { "packs", no_argument, NULL, 'P' },
	{ "k", required_argument, NULL, 'K' },	    { "opc", required_argument, NULL, 'O' },
	{ "pin", required_argument, NULL, '1' },    { "set", required_argument, NULL, 's' },
	{ "fresh", no_argument, NULL, 'f' },	    { "destructive", no_argument, NULL, 'd' },
	{ "trace", no_argument, NULL, 't' },	    { "verbose", no_argument, NULL, 'v' },
	{ "tap", no_argument, NULL, 'T' },	    { "json", no_argument, NULL, 'J' },
	{ "junit", required_argument, NULL, 'j' },  { "functions", no_argument, NULL, 'F' },
	{ "shell", no_argument, NULL, 'S' },	    { "record", required_argument, NULL, 'R' },
	{ "help", no_argument, NULL, 'h' },	    { 0 },
};

/* One option; as options_take(). */
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
	case 'N':
		o->new_card = true;
		return 0;
	case 'p':
		return add_pack(o, optarg);
	case 'P':
		return pack_list(stdout) == 0 ? OPTIONS_DONE : OPTIONS_SCRIPT;
	case 'S':
		o->with_shell = true;
		return 0;
	case 'R':
		o->record_file = optarg;
		return 0;
	case 'K':
		return set_variable(o, "--k", span_str("K"), optarg);
	case 'O':
		return set_variable(o, "--opc", span_str("OPC"), optarg);
	case '1':
		o->pin_given = true;
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
		o->secrets = true;
		o->trace = true;
		return 0;
	case 't':
		o->trace = true;
		return 0;
	case 'T':
		o->format = REPORT_TAP;
		return 0;
	case 'J':
		o->format = REPORT_JSON;
		return 0;
	case 'j':
		o->junit = optarg;
		return 0;
	case 'F':
		print_functions();
		return OPTIONS_DONE;
	case 'h':
		fputs(usage_text, stdout);
		return OPTIONS_DONE;
	default:
		fputs("vuicc-apdu --help tells the options\n", stderr);
		return OPTIONS_USAGE;
	}
}

/* What options mean together. */
static int check(const struct options *o)
{
	if (o->scripts.n == 0 && !o->with_shell)
		return usage_error("scripts, packs or --shell are expected", "");
	if ((o->card != NULL) + (o->reader != NULL) + (o->vpcd != NULL) + o->new_card > 1)
		return usage_error("--reader, --card, --vpcd and --new-card exclude each other", "");
	if (o->run.fresh && o->scripts.n > 1)
		return usage_error("--fresh is for one script: behind it the card is another one; see --new-card", "");
	return 0;
}

int options_take(struct options *o, int argc, char **argv)
{
	int status = 0;

	for (int letter; status == 0 && (letter = getopt_long(argc, argv, "", names, NULL)) != -1;)
		status = take_option(o, letter);
	while (status == 0 && optind < argc)
		if (pack_add_file(&o->scripts, argv[optind++]) != 0)
			status = usage_error("no more than 512 scripts are expected", "");
	return status != 0 ? status : check(o);
}
