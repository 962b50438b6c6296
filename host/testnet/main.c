/* SPDX-License-Identifier: Apache-2.0 */
/* vuicc-testnet: BSF and BM-SC on loopback, and the words to steer them. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "announce.h"
#include "config.h"
#include "control.h"
#include "ctl.h"
#include "loop.h"
#include "state_sqlite.h"

enum { SOCKET_MAX = 256 };
enum { PASSED_MAX = 8, WORD_MAX = 64, KNOWN_MAX = 32, PASSED_ON = 256 };

static const char help_head[] =
	"Usage: vuicc-testnet run [--config NET.yaml] [--state FILE] [--fault NAME[:n]] [--socket PATH] "
	"[--json] [--messages]\n"
	"       vuicc-testnet import FILE... --state FILE [--gba-u] [--mnc-length N]\n"
	"       vuicc-testnet config\n"
	"       vuicc-testnet description [--config NET.yaml]\n"
	"       vuicc-testnet ctl COMMAND [--socket PATH] [--json] [ARGUMENT...]\n"
	"\n"
	"BSF (Ub), BM-SC (Ua) and MIKEY over UDP for testing a UICC and its ME.\n"
	"\n"
	"  run      serve until SIGTERM or SIGINT; one event a line on standard output\n"
	"  import   add the subscribers of YAML files to a state that no network runs on: our configuration's, those "
	"of\n"
	"           Open5GS (imsi and security), UEs of UERANSIM (supi); all of them or, with a mistake in one, none\n"
	"  config   print the configuration that is built in\n"
	"  description\n"
	"           print the security description of the services, which GET at the BM-SC gives, too\n"
	"  ctl      steer a network that runs:\n";

static const char help_tail[] =
	"\n"
	"UE is an IMSI or IMPI, KEYS a Key Group like 00f110:0001, or the id of a service.\n"
	"Options:\n"
	"  --config NET.yaml  sections it leaves out are those built in\n"
	"  --socket PATH      control socket (default ${XDG_RUNTIME_DIR:-/tmp}/vuicc-testnet.sock)\n"
	"  --state FILE       keep SQNs, bootstrapping runs, UEs, keys and counters in this SQLite file (made 0600), "
	"so\n"
	"                     that the UEs survive a new start; without it a new start knows none of them, and counts\n"
	"                     SQN from the configuration\n"
	"  --gba-u            the UICCs of those of Open5GS and UERANSIM do GBA_U; else they do not\n"
	"  --mnc-length N     2 or 3 digits of MNC in an IMSI of Open5GS (default 2)\n"
	"  --fault NAME[:n]   misbehave from the start (n times); may be repeated\n"
	"  --faults           list all faults: what each does, and what the ME must make of it\n"
	"  --json             events as JSON objects; of ctl: the answer, its last line saying how it went\n"
	"  --messages         every message of HTTP and MIKEY is an event, too, octet by octet, for vuicc-report\n"
	"  --help             this text\n"
	"Exit status: 0 done, 1 refused, 2 usage, 3 bad configuration, 4 a file or socket.\n";

static void print_help(FILE *to)
{
	fputs(help_head, to);
	for (size_t i = 0; i < control_commands_count; i++) {
		const struct control_command *c = &control_commands[i];
		fprintf(to, "    %-8s %s\n             %s\n", c->name, c->arguments, c->help);
	}
	fputs(help_tail, to);
}

static void print_faults(void)
{
	const char *name, *does, *me;

	for (size_t i = 0; fault_about(i, &name, &does, &me); i++)
		printf("%s\n  %s\n  ME: %s\n", name, does, me);
}

/* What the command line says. */
struct options {
	const char *config, *state;
	struct import_options import;
	struct faults faults;
	bool list_faults;
	char socket[SOCKET_MAX];
	bool json, messages;
	bool help;
	char passed[PASSED_MAX][WORD_MAX]; /* options for the network */
	size_t n_passed;
};

static void default_socket(char ret[static SOCKET_MAX])
{
	const char *folder = getenv("XDG_RUNTIME_DIR");

	snprintf(ret, SOCKET_MAX, "%s/vuicc-testnet.sock", folder != NULL && folder[0] != '\0' ? folder : "/tmp");
}

static int usage_error(const char *what, const char *name)
{
	fprintf(stderr, "vuicc-testnet: %s%s (see vuicc-testnet --help)\n", what, name);
	return EXIT_USAGE;
}

static int cmd_config(const struct options *o)
{
	(void)o;
	struct span text = net_config_default();

	return fwrite(text.p, 1, text.n, stdout) == text.n && fflush(stdout) == 0 ? 0 : EXIT_ENVIRONMENT;
}

static int say_config_error(int error, const char *why)
{
	fprintf(stderr, "vuicc-testnet: %s\n", why[0] != '\0' ? why : strerror(-error));
	return error == -EINVAL ? EXIT_CONFIG : EXIT_ENVIRONMENT;
}

static int cmd_description(const struct options *o)
{
	static uint8_t text[KM_BODY_MAX];
	struct wr w = WR(text);
	struct net_config *config = NULL;
	char why[CONFIG_WHY_MAX] = "";
	int error = net_config_load(&config, o->config, why);

	if (error != 0)
		return say_config_error(error, why);
	announce_put(&w, &config->bmsc, config->service, config->n_services);
	net_config_free(config);
	wr_str(&w, "\n");
	struct span all = wr_done(&w);
	return !w.bad && fwrite(all.p, 1, all.n, stdout) == all.n && fflush(stdout) == 0 ? 0 : EXIT_ENVIRONMENT;
}

/* A descriptor that is readable when it is time to end, or -errno. */
static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* As many descriptors as this process may have: each connection is one. With fewer, peers wait. */
static void raise_limit_of_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

static int serve(const struct options *o, struct net_config *config, int stop_fd)
{
	struct log log = { log_to_file, stdout, o->json };
	struct loop *loop = NULL;
	char why[LOOP_WHY_MAX] = "";

	if (loop_open(&loop, config,
		      &(struct loop_options){
			      .socket = o->socket,
			      .state = o->state,
			      .faults = &o->faults,
			      .messages = o->messages,
		      },
		      &log, why) != 0) {
		fprintf(stderr, "vuicc-testnet: %s\n", why);
		return EXIT_ENVIRONMENT;
	}
	loop_run(loop, stop_fd);
	loop_close(loop);
	return 0;
}

static int cmd_run(const struct options *o)
{
	struct net_config *config = NULL;
	char why[CONFIG_WHY_MAX] = "";
	int error = net_config_load(&config, o->config, why);

	if (error != 0)
		return say_config_error(error, why);
	raise_limit_of_files();
	int stop_fd = catch_signals();
	int status = EXIT_ENVIRONMENT;
	if (stop_fd < 0)
		fprintf(stderr, "vuicc-testnet: signals: %s\n", strerror(-stop_fd));
	else
		status = serve(o, config, stop_fd);
	if (stop_fd >= 0)
		close(stop_fd);
	net_config_free(config);
	return status;
}

static int cmd_import(const struct options *o, const char *const *files, size_t n)
{
	char why[IMPORT_WHY_MAX] = "";
	struct state *state = NULL;
	size_t imported = 0;

	if (n == 0 || o->state == NULL)
		return usage_error("import: expected YAML files and --state FILE, got no ",
				   n == 0 ? "files" : "--state");
	int error = state_open(&state, o->state, why);
	if (error == 0)
		error = state_import(state, files, n, &o->import, &imported, why);
	state_close(state);
	if (error != 0)
		return say_config_error(error, why);
	printf("%zu subscriber%s imported into %s\n", imported, imported == 1 ? "" : "s", o->state);
	return fflush(stdout) == 0 ? 0 : EXIT_ENVIRONMENT;
}

/* getopt_long()'s table: our options, then those that are passed on to the network. */
static void fill_known(struct option known[static KNOWN_MAX])
{
	static const struct option own[] = {
		{ "config", required_argument, NULL, 'c' }, { "socket", required_argument, NULL, 's' },
		{ "state", required_argument, NULL, 't' },  { "json", no_argument, NULL, 'j' },
		{ "gba-u", no_argument, NULL, 'g' },	    { "mnc-length", required_argument, NULL, 'n' },
		{ "messages", no_argument, NULL, 'm' },	    { "fault", required_argument, NULL, 'f' },
		{ "faults", no_argument, NULL, 'l' },	    { "help", no_argument, NULL, 'h' },
	};
	size_t n = 0;

	for (size_t i = 0; i < VU_COUNT(own); i++)
		known[n++] = own[i];
	for (size_t i = 0; i < CONTROL_OPTIONS && n < KNOWN_MAX - 1; i++) {
		const struct control_option *o = &control_options[i];

		if (o->bit != CONTROL_JSON) /* is ours, too */
			known[n++] = (struct option){ o->name + 2, o->has_value ? required_argument : no_argument, NULL,
						      PASSED_ON + (int)i };
	}
	known[n] = (struct option){ NULL, 0, NULL, 0 };
}

/* Keeps an option for the network as one word. */
static bool pass_on(struct options *o, const struct control_option *option, const char *value)
{
	if (o->n_passed == PASSED_MAX)
		return false;
	char *word = o->passed[o->n_passed++];
	int n = snprintf(word, WORD_MAX, "%s%s%s", option->name, value != NULL ? "=" : "", value != NULL ? value : "");

	return n > 0 && n < WORD_MAX;
}

/* Takes the options off; what is for the network stays in words. */
static int parse(struct options *o, int argc, char **argv, const char **words, size_t *n)
{
	struct option known[KNOWN_MAX];
	const char *why = "";
	int c;

	fill_known(known);
	default_socket(o->socket);
	while ((c = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		if (c == 'c')
			o->config = optarg;
		else if (c == 's')
			snprintf(o->socket, sizeof o->socket, "%s", optarg);
		else if (c == 't')
			o->state = optarg;
		else if (c == 'l')
			o->list_faults = true;
		else if (c == 'f' && !faults_add(&o->faults, optarg, &why))
			return usage_error("--fault: ", why);
		else if (c == 'j')
			o->json = true;
		else if (c == 'g')
			o->import.gba_u = true;
		else if (c == 'n' && strcmp(optarg, "2") != 0 && strcmp(optarg, "3") != 0)
			return usage_error("--mnc-length: expected 2 or 3, got ", optarg);
		else if (c == 'n')
			o->import.mnc_length = optarg[0] == '3' ? 3 : 2;
		else if (c == 'm')
			o->messages = true;
		else if (c == 'h')
			o->help = true;
		else if (c == '?')
			return EXIT_USAGE;
		else if (c >= PASSED_ON && !pass_on(o, &control_options[c - PASSED_ON], optarg))
			return usage_error("too many options, or too long a value for ",
					   control_options[c - PASSED_ON].name);
	}
	for (int i = optind; i < argc; i++)
		words[(*n)++] = argv[i];
	return 0;
}

/* Commands that need no running network. */
static int dispatch_own(const struct options *o, const char *const *words, size_t n)
{
	static const struct {
		const char *name;
		int (*run)(const struct options *o);
	} own[] = { { "run", cmd_run }, { "config", cmd_config }, { "description", cmd_description } };

	for (size_t i = 0; i < VU_COUNT(own); i++) {
		if (strcmp(words[0], own[i].name) != 0)
			continue;
		if (n > 1) {
			fprintf(stderr,
				"vuicc-testnet: expected no argument after %s, got %s (see vuicc-testnet --help)\n",
				own[i].name, words[1]);
			return EXIT_USAGE;
		}
		return own[i].run(o);
	}
	return usage_error("expected a command, got ", words[0]);
}

/* words: the control command and its arguments. */
static int cmd_ctl(const struct options *o, const char **words, size_t n)
{
	const struct control_command *command = n == 0 ? NULL : control_find(words[0]);

	if (command == NULL)
		return usage_error("expected a command of ctl, got ", n == 0 ? "none" : words[0]);
	if (n - 1 < command->least || n - 1 > command->most)
		return usage_error("a wrong number of arguments for ctl ", command->name);
	for (size_t i = 0; i < o->n_passed; i++)
		words[n++] = o->passed[i];
	return ctl_run(o->socket, words, n, o->json);
}

static int dispatch(const struct options *o, const char **words, size_t n)
{
	if (n == 0)
		return usage_error("a command is missing", "");
	if (strcmp(words[0], "ctl") == 0)
		return cmd_ctl(o, words + 1, n - 1);
	if (control_find(words[0]) != NULL) {
		fprintf(stderr, "vuicc-testnet: expected a command, got %s (say: vuicc-testnet ctl %s)\n", words[0],
			words[0]);
		return EXIT_USAGE;
	}
	if (strcmp(words[0], "import") == 0)
		return cmd_import(o, words + 1, n - 1);
	return dispatch_own(o, words, n);
}

int main(int argc, char **argv)
{
	struct options o = { .import = { .mnc_length = 2 } };
	const char **words = calloc((size_t)argc + PASSED_MAX + 1, sizeof *words); /* and room for options */
	size_t n = 0;
	int status = words == NULL ? EXIT_ENVIRONMENT : parse(&o, argc, argv, words, &n);

	if (status == 0 && o.help)
		print_help(stdout);
	else if (status == 0 && o.list_faults)
		print_faults();
	else if (status == 0)
		status = dispatch(&o, words, n);
	free(words);
	return status;
}
