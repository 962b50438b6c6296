/* SPDX-License-Identifier: Apache-2.0 */
/* vuicc-me: the mobile equipment. Options, and which command does what. */
#include "equipment.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../../apdu/hex.h"
#include "../../os/udp_addr.h"
#include "../http/http_curl.h"
#include "../media/mtk_out.h"

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_ENVIRONMENT = 4 };
enum { RULES_MAX = 16 };

static const char usage_head[] =
	"usage: vuicc-me [OPTION]... COMMAND [ARGUMENT]...\n"
	"\n"
	"The mobile equipment: bootstraps with the USIM (GBA_U), asks the BM-SC for MBMS keys, takes MIKEY messages\n"
	"to the card and hands out the MTKs.\n"
	"\n";

static const char usage_tail[] =
	"\n"
	"  --reader NAME          PC/SC reader (default: the first with a USIM, kept from then on)\n"
	"  --card FILE            a card file of vuicc-perso, in this process, instead of a reader\n"
	"  --pin PIN              PIN1, where it is on; a refused one is not tried again. Others on this\n"
	"                         machine can read it in the list of processes\n"
	"  --store FILE           key store (default $XDG_STATE_HOME/vuicc/me.sqlite or "
	"~/.local/state/vuicc/me.sqlite)\n"
	"  --bsf URL              default http://BSF/ with the name that follows from the IMSI\n"
	"  --bmsc URL             default that of --description, or http://bmsc.home1.net/keymanagement; its host name "
	"is the NAF's\n"
	"  --connect-to FQDN=ADDR:PORT\n"
	"                         connect there instead of resolving FQDN; may be repeated\n"
	"  --ca-file FILE         certificates that https:// trusts (PEM); default the system's\n"
	"  --http-timeout SECONDS how long a whole exchange may take (default 10)\n"
	"  --listen ADDR:PORT     where MIKEY messages come in (default 127.0.0.1:2269). HTTP requests come from the "
	"same\n"
	"                         address when it is a loopback address\n"
	"  --mtk-out TARGET       every MTK, in the clear, as one JSON object a line: to a FILE (appended to, made "
	"0600),\n"
	"                         to who connects to the Unix socket unix:PATH (made 0600), or to the descriptor fd:N\n"
	"  --srtp-mki OCTETS      srtp: so many of MSK ID and MTK ID, from their end, are in packets (2 to 6, default "
	"6)\n"
	"  --srtp-hold MS         srtp: how long a packet waits for its MTK (default 4000)\n"
	"  --description WHERE    a security description (TS 26.346), file or URL: the BM-SC unless --bmsc says it, "
	"services,\n"
	"                         back-off\n"
	"  --service SERVICE=DOMAIN:GROUP\n"
	"                         the Key Group of a service, which is left when no key of it is to be had; may be "
	"repeated\n"
	"  --back-off OFFSET,RANDOM\n"
	"                         ask so many seconds, and a random part of so many more, after a pull or a missed "
	"key\n"
	"                         (default 0,2)\n"
	"  --register SERVICE     run, srtp: register first; may be repeated\n"
	"  --request D:G[:N]      run, srtp: request these MSKs first; may be repeated\n"
	"  --forget-keys          run, srtp: at the end, keep no key that may go when a phone is switched off\n"
	"  --capture FILE         UDP, HTTP and APDUs for Wireshark (pcap, made 0600); no PIN is in it\n"
	"  --capture-keys         the keys that the card gives to the ME are in it, too\n"
	"  --apdus                every APDU is an event, too; no PIN and no key is in it\n"
	"  --messages             and so is every message of HTTP and MIKEY, octet by octet, for vuicc-report\n"
	"  --json                 events as JSON objects\n"
	"  --help                 this text\n"
	"\n"
	"DOMAIN is 6 hexadecimal digits, GROUP and NUMBER are 4; NUMBER 0000 or none stands for the current MSK.\n"
	"Exit status: 0 done, 1 refused by card or network, 2 wrong usage, 4 card, file or network not reachable.\n";

struct me;

struct options {
	const char *reader, *card, *pin, *store, *bsf, *bmsc, *listen, *mtk_out, *ca_file, *description, *capture;
	long http_timeout; /* milliseconds */
	const char *connect_to[RULES_MAX];
	size_t n_connect_to;
	struct srtp_rx_options srtp;
	struct names names;
	struct km_doc registers, requests; /* of commands that serve */
	bool forget_keys, capture_keys, apdus, messages, json, help;
};

struct command {
	const char *name, *arguments, *help;
	enum { NO_ARGUMENT, SERVICES, KEYS, PORTS } takes;
	bool needs_card;
	enum agent_end (*run)(struct me *me);
};

struct me {
	struct options o;
	const struct command *command;
	struct km_doc doc; /* of the command's arguments */
	const char *srtp_listen, *srtp_forward; /* of the command srtp */
	bool nothing_stored; /* there is no key store, and none was named */
	struct equipment e;
};

static int fail(int status, const char *what, const char *got)
{
	fprintf(stderr, "vuicc-me: %s%s%s\n", what, got != NULL ? ", got " : "", got != NULL ? got : "");
	return status;
}

static enum agent_end ask(struct me *me, enum km_kind kind)
{
	me->doc.kind = kind;
	return loop_errand(me->e.loop, me->e.agent, agent_ask(me->e.agent, &me->doc));
}

static enum agent_end cmd_bootstrap(struct me *me)
{
	return loop_errand(me->e.loop, me->e.agent, agent_bootstrap(me->e.agent));
}

static enum agent_end cmd_register(struct me *me)
{
	return ask(me, KM_REGISTER);
}

static enum agent_end cmd_deregister(struct me *me)
{
	return ask(me, KM_DEREGISTER);
}

static enum agent_end cmd_request(struct me *me)
{
	return ask(me, KM_MSK_REQUEST);
}

static enum agent_end cmd_run(struct me *me)
{
	char why[LOOP_WHY_MAX];

	for (size_t i = 0; i < me->o.registers.n; i++)
		agent_queue(me->e.agent, KM_REGISTER, &me->o.registers.item[i]);
	for (size_t i = 0; i < me->o.requests.n; i++)
		agent_queue(me->e.agent, KM_MSK_REQUEST, &me->o.requests.item[i]);
	int rc = loop_run(me->e.loop, me->e.agent, why);
	if (rc != 0)
		fail(0, why, NULL);
	enum agent_end end = agent_power_down(me->e.agent, !me->o.forget_keys);
	return rc != 0 ? AGENT_UNREACHABLE : end;
}

static enum agent_end cmd_status(struct me *me)
{
	return agent_status(me->e.agent);
}

static enum agent_end cmd_wipe(struct me *me)
{
	return agent_wipe(me->e.agent);
}

static const struct command commands[] = {
	{ "bootstrap", "", "run GBA with the BSF, whatever keys there are", NO_ARGUMENT, true, cmd_bootstrap },
	{ "register", "SERVICE...", "register to user services", SERVICES, true, cmd_register },
	{ "deregister", "SERVICE...", "take that back", SERVICES, true, cmd_deregister },
	{ "request", "DOMAIN:GROUP[:NUMBER]...", "request MSKs; they come over MIKEY to who listens", KEYS, true,
	  cmd_request },
	{ "run", "", "take MIKEY messages to the card until SIGTERM, SIGINT or SIGHUP", NO_ARGUMENT, true, cmd_run },
	{ "srtp", "LISTEN FORWARD", "run, and forward as RTP the SRTP that comes in there, each ADDR:PORT", PORTS, true,
	  cmd_run },
	{ "status", "", "what the key store holds; the card is not asked", NO_ARGUMENT, false, cmd_status },
	{ "wipe", "", "empty the key store", NO_ARGUMENT, false, cmd_wipe },
};

static void print_usage(void)
{
	fputs(usage_head, stdout);
	for (size_t i = 0; i < VU_COUNT(commands); i++) {
		int n = printf("  %s %s", commands[i].name, commands[i].arguments);
		printf("%*s%s\n", n < 40 ? 40 - n : 1, "", commands[i].help);
	}
	fputs(usage_tail, stdout);
}

static bool take_number(long *ret, const char *text, long least, long most)
{
	char *end = NULL;

	if (text[0] < '0' || text[0] > '9' || strlen(text) > 9)
		return false;
	*ret = strtol(text, &end, 10);
	return *end == '\0' && *ret >= least && *ret <= most;
}

/* Options that are numbers. */
static int set_number(struct options *o, int c, const char *value)
{
	long n = 0;

	switch (c) {
	case 'T':
		if (!take_number(&n, value, 1, 600))
			return fail(EXIT_USAGE, "--http-timeout: expected 1 to 600 seconds", value);
		o->http_timeout = n * 1000;
		return 0;
	case 'M':
		if (!take_number(&n, value, SRTP_RX_MKI_MIN, MTK_MKI_LEN))
			return fail(EXIT_USAGE, "--srtp-mki: expected 2 to 6 octets", value);
		o->srtp.mki_len = (size_t)n;
		return 0;
	default:
		if (!take_number(&n, value, 0, 60000))
			return fail(EXIT_USAGE, "--srtp-hold: expected 0 to 60000 milliseconds", value);
		o->srtp.hold_ms = n;
		return 0;
	}
}

static int set_option(struct options *o, int c, const char *value)
{
	const char **texts[] = { ['r'] = &o->reader,  ['c'] = &o->card,	       ['p'] = &o->pin,	   ['s'] = &o->store,
				 ['b'] = &o->bsf,     ['m'] = &o->bmsc,	       ['l'] = &o->listen, ['o'] = &o->mtk_out,
				 ['C'] = &o->ca_file, ['D'] = &o->description, ['P'] = &o->capture };
	struct http_url url;

	switch (c) {
	case 'F':
		o->forget_keys = true;
		return 0;
	case 'K':
		o->capture_keys = true;
		return 0;
	case 'O':
		o->messages = true;
		return 0;
	case 'A':
		o->apdus = true;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case 'h':
		o->help = true;
		return 0;
	case 'T':
	case 'M':
	case 'H':
		return set_number(o, c, value);
	case 't':
		if (!http_connect_to_ok(value) || o->n_connect_to == RULES_MAX)
			return fail(EXIT_USAGE, "--connect-to: expected FQDN=ADDR:PORT, at most 16 times", value);
		o->connect_to[o->n_connect_to++] = value;
		return 0;
	case 'S':
		return names_add_mapping(&o->names, value)
			       ? 0
			       : fail(EXIT_USAGE, "--service: expected SERVICE=DOMAIN:GROUP, at most 64", value);
	case 'B':
		return names_set_back_off(&o->names, value)
			       ? 0
			       : fail(EXIT_USAGE, "--back-off: expected OFFSET,RANDOM in seconds", value);
	case 'R':
		return names_add_service(&o->registers, value)
			       ? 0
			       : fail(EXIT_USAGE, "--register: expected a service (a URI)", value);
	case 'Q':
		return names_add_key(&o->requests, value)
			       ? 0
			       : fail(EXIT_USAGE, "--request: expected DOMAIN:GROUP[:NUMBER]", value);
	default:
		if (c < 0 || (size_t)c >= VU_COUNT(texts) || texts[c] == NULL)
			return EXIT_USAGE; /* getopt has said why */
		*texts[c] = value;
	}
	if (c == 'l' && !loop_listen_ok(value))
		return fail(EXIT_USAGE, "--listen: expected ADDR:PORT", value);
	if (c == 'o' && !mtk_out_target_ok(value))
		return fail(EXIT_USAGE, "--mtk-out: expected FILE, unix:PATH, or fd:N that is open for writing", value);
	if ((c == 'b' || c == 'm') && !http_url_parse(&url, value))
		return fail(EXIT_USAGE, "expected a URL such as http://HOST/PATH", value);
	return 0;
}

static int parse_options(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "reader", required_argument, NULL, 'r' },
		{ "card", required_argument, NULL, 'c' },
		{ "pin", required_argument, NULL, 'p' },
		{ "store", required_argument, NULL, 's' },
		{ "bsf", required_argument, NULL, 'b' },
		{ "bmsc", required_argument, NULL, 'm' },
		{ "connect-to", required_argument, NULL, 't' },
		{ "listen", required_argument, NULL, 'l' },
		{ "ca-file", required_argument, NULL, 'C' },
		{ "http-timeout", required_argument, NULL, 'T' },
		{ "mtk-out", required_argument, NULL, 'o' },
		{ "srtp-mki", required_argument, NULL, 'M' },
		{ "srtp-hold", required_argument, NULL, 'H' },
		{ "description", required_argument, NULL, 'D' },
		{ "service", required_argument, NULL, 'S' },
		{ "back-off", required_argument, NULL, 'B' },
		{ "register", required_argument, NULL, 'R' },
		{ "request", required_argument, NULL, 'Q' },
		{ "forget-keys", no_argument, NULL, 'F' },
		{ "capture", required_argument, NULL, 'P' },
		{ "capture-keys", no_argument, NULL, 'K' },
		{ "apdus", no_argument, NULL, 'A' },
		{ "messages", no_argument, NULL, 'O' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};

	o->names.spread = 2000;
	o->listen = "127.0.0.1:2269";
	o->http_timeout = 10000;
	o->srtp = srtp_rx_default;
	for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		int rc = set_option(o, c, optarg);
		if (rc != 0)
			return rc;
	}
	if (o->reader != NULL && o->card != NULL)
		return fail(EXIT_USAGE, "--reader and --card exclude each other", NULL);
	if (o->capture_keys && o->capture == NULL)
		return fail(EXIT_USAGE, "--capture-keys: expected --capture FILE beside it", NULL);
	return 0;
}

static int parse_items(struct me *me, char **arguments)
{
	bool keys = me->command->takes == KEYS;

	for (; *arguments != NULL; arguments++)
		if (!(keys ? names_add_key : names_add_service)(&me->doc, *arguments))
			return fail(EXIT_USAGE,
				    keys ? "expected DOMAIN:GROUP[:NUMBER], at most 64"
					 : "expected a service (a URI), at most 64",
				    *arguments);
	return 0;
}

/* Where SRTP comes from and RTP goes to. */
static int parse_ports(struct me *me, char **arguments)
{
	struct udp_addr a;

	for (size_t i = 0; i < 2; i++)
		if (arguments[i] == NULL || !udp_addr_parse(&a, arguments[i]))
			return fail(EXIT_USAGE, "expected LISTEN and FORWARD, each ADDR:PORT", arguments[i]);
	if (arguments[2] != NULL)
		return fail(EXIT_USAGE, "expected no more than LISTEN and FORWARD", arguments[2]);
	me->srtp_listen = arguments[0];
	me->srtp_forward = arguments[1];
	return 0;
}

static int parse_arguments(struct me *me, char **arguments)
{
	if (me->command->takes == PORTS)
		return parse_ports(me, arguments);
	if (me->command->takes == NO_ARGUMENT && arguments[0] != NULL)
		return fail(EXIT_USAGE, "expected no argument", arguments[0]);
	if (me->command->takes != NO_ARGUMENT && arguments[0] == NULL)
		return fail(EXIT_USAGE, "expected arguments after it", me->command->name);
	return parse_items(me, arguments);
}

/* The command and what stands behind it. */
static int parse_command(struct me *me, char **argv)
{
	if (argv[0] == NULL)
		return fail(EXIT_USAGE, "expected a command; --help names them", NULL);
	for (size_t i = 0; i < VU_COUNT(commands); i++)
		if (strcmp(commands[i].name, argv[0]) == 0)
			me->command = &commands[i];
	if (me->command == NULL)
		return fail(EXIT_USAGE, "expected a command; --help names them", argv[0]);
	if (me->command->run != cmd_run && (me->o.registers.n != 0 || me->o.requests.n != 0))
		return fail(EXIT_USAGE, "--register and --request go with the commands run and srtp", NULL);
	if (me->command->run != cmd_run && me->o.forget_keys)
		return fail(EXIT_USAGE, "--forget-keys goes with the commands run and srtp", NULL);
	if (!me->command->needs_card && (me->o.capture != NULL || me->o.apdus || me->o.messages))
		return fail(EXIT_USAGE, "--capture, --apdus and --messages go with the commands that use the card",
			    NULL);
	return parse_arguments(me, argv + 1);
}

/* Only a card brings something that is to be kept: the other commands make no key store. */
static int open_store(struct me *me)
{
	char standard[EQUIPMENT_PATH_MAX], why[KEYSTORE_WHY_MAX];
	const char *path = me->o.store != NULL ? me->o.store : standard;

	if (me->o.store == NULL && !equipment_default_store(standard))
		return fail(EXIT_USAGE, "expected --store FILE, or HOME set", NULL);
	int rc = (me->command->needs_card ? keystore_open : keystore_open_existing)(&me->e.store, path, why);
	if (rc == -ENOENT && me->o.store == NULL) {
		me->nothing_stored = true;
		return 0;
	}
	if (rc == -ENOENT && !me->command->needs_card)
		return fail(EXIT_ENVIRONMENT, "--store: expected a key store, found none at", path);
	return rc == 0 ? 0 : fail(EXIT_ENVIRONMENT, why, NULL);
}

static int open_all(struct me *me)
{
	char why[EQUIPMENT_WHY_MAX];
	const struct equipment_options o = { .no_card = !me->command->needs_card,
					     .reader = me->o.reader,
					     .card = me->o.card,
					     .pin = me->o.pin,
					     .bsf = me->o.bsf,
					     .bmsc = me->o.bmsc,
					     .description = me->o.description,
					     .names = &me->o.names,
					     .capture = me->o.capture,
					     .capture_keys = me->o.capture_keys,
					     .apdus = me->o.apdus,
					     .messages = me->o.messages,
					     .loop = { .listen = me->o.listen,
						       .connect_to = me->o.connect_to,
						       .n_connect_to = me->o.n_connect_to,
						       .mtk_out = me->o.mtk_out,
						       .srtp_listen = me->srtp_listen,
						       .srtp_forward = me->srtp_forward,
						       .srtp_rx = me->o.srtp,
						       .ca_file = me->o.ca_file,
						       .http_timeout = me->o.http_timeout } };
	int rc = open_store(me);

	if (rc != 0 || me->nothing_stored)
		return rc;
	rc = equipment_open(&me->e, &o, why);
	return rc == 0 ? 0 : fail(rc == -EINVAL ? EXIT_USAGE : EXIT_ENVIRONMENT, why, NULL);
}

static int status_of(enum agent_end end)
{
	switch (end) {
	case AGENT_OK:
		return 0;
	case AGENT_REFUSED:
	case AGENT_FAILED:
		return EXIT_REFUSED;
	case AGENT_UNREACHABLE:
	case AGENT_OUT:
		break;
	}
	return EXIT_ENVIRONMENT;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum agent_end say_nothing_stored(struct me *me)
{
	LOG(&me->e.log, now_ms(), "status", LOG_TEXT("what", "nothing is stored yet"));
	return AGENT_OK;
}

static enum agent_end run_command(struct me *me)
{
	enum agent_end end = AGENT_OK;

	/* `run` waits for a card; the others need one now. */
	if (me->command->needs_card && me->command->run != cmd_run)
		end = agent_card(me->e.agent);
	if (end == AGENT_UNREACHABLE && me->e.agent->told_gone)
		fail(0, me->e.usim.why, NULL);
	return end == AGENT_OK ? me->command->run(me) : end;
}

/*
 * Where a shell has closed one of them (`>&-`), the next socket or file would get its number, and events would be written
 * there. What stands in for it takes no octet, so that finish_output() tells.
 */
static bool hold_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* A status that nobody got, or events that are missing, are not "done". */
static int finish_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fail(0, "standard output could not be written, or not all of it", NULL);
	return status != 0 ? status : EXIT_ENVIRONMENT;
}

int main(int argc, char **argv)
{
	static struct me me;

	if (!hold_standard_descriptors())
		return fail(EXIT_ENVIRONMENT, "expected /dev/null to be there", strerror(errno));
	int rc = parse_options(&me.o, argc, argv);

	if (rc == 0 && me.o.help) {
		print_usage();
		return finish_output(0);
	}
	if (rc == 0)
		rc = parse_command(&me, argv + optind);
	if (rc != 0)
		return rc;
	me.e.log = (struct log){ .put = log_to_file, .ctx = stdout, .json = me.o.json };
	if (me.o.json)
		LOG(&me.e.log, now_ms(), "format", LOG_NUMBER("format", EVENTS_FORMAT));
	rc = open_all(&me);
	if (rc == 0)
		rc = status_of(me.nothing_stored ? say_nothing_stored(&me) : run_command(&me));
	equipment_close(&me.e);
	return finish_output(rc);
}
