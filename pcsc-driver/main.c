/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vuicc-card: a card file in a PC/SC reader. vpcd, a driver of pcscd, is the reader; this program connects to it, and
 * the connection is the card's insertion.
 *
 * Everything a command has changed is in the file before its answer is sent, so this program may be killed at any time.
 */
#include "inserted.h"
#include "link.h"
#include "trace_line.h"
#include "vpcd.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_USAGE = 2, EXIT_ENVIRONMENT = 4 };
enum { PAUSE_FIRST_MS = 50, PAUSE_MAX_MS = 1000 }; /* between two tries to reach vpcd */

static const char usage_text[] =
	"usage: vuicc-card [--vpcd HOST:PORT] [--trace] CARD\n"
	"\n"
	"Puts the card file CARD (made by vuicc-perso) into the PC/SC reader of vsmartcard's vpcd.\n"
	"\n"
	"  --vpcd HOST:PORT  where vpcd listens (default 127.0.0.1:35963); [ADDRESS]:PORT for IPv6\n"
	"  --trace           one line per command on standard error: its name, header, data and answer,\n"
	"                    status word with its meaning; keys, RES and PINs are withheld\n"
	"  --help            this text\n"
	"\n"
	"Waits for vpcd, and again when vpcd goes away. Ends on SIGTERM and SIGINT.\n"
	"Exit status: 0 ended by a signal, 2 wrong usage, 4 card file or network unusable.\n";

struct options {
	const char *card;
	const char *host, *port; /* borrow from `where` */
	char where[300];
	bool trace;
};

struct reader {
	struct inserted *card;
	struct link *link;
	struct vpcd_in in;
	bool heard; /* the reader has said something since the card is in it */
};

static void print_trace(void *ctx, const struct uicc_trace *t)
{
	char line[TRACE_LINE_MAX];
	struct wr w = WR(line);
	(void)ctx;
	trace_line_put(&w, t);
	fwrite(line, 1, w.n, stderr);
}

static int fail(const char *where, const char *why)
{
	fprintf(stderr, "vuicc-card: %s: %s\n", where, why);
	return EXIT_ENVIRONMENT;
}

/* HOST:PORT, split at the last colon; brackets around an IPv6 address are taken off. */
static bool split_address(struct options *o, const char *text)
{
	int n = snprintf(o->where, sizeof o->where, "%s", text);
	char *colon = strrchr(o->where, ':');
	if (n < 0 || (size_t)n >= sizeof o->where || colon == NULL || colon == o->where || colon[1] == '\0')
		return false;
	*colon = '\0';
	o->port = colon + 1;
	o->host = o->where;
	if (o->where[0] == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		o->host++;
	}
	return strspn(o->port, "0123456789") == strlen(o->port) && strtoul(o->port, NULL, 10) <= UINT16_MAX;
}

/* -1: go on; else the exit status. */
static int parse_options(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "vpcd", required_argument, NULL, 'v' },
		{ "trace", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *vpcd = "127.0.0.1:35963";
	for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		switch (c) {
		case 'v':
			vpcd = optarg;
			break;
		case 't':
			o->trace = true;
			break;
		case 'h':
			fputs(usage_text, stdout);
			return EXIT_SUCCESS;
		default:
			fputs("vuicc-card --help tells the options\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (argc - optind != 1) {
		fprintf(stderr, "vuicc-card: one card file expected, got %d; see vuicc-card --help\n", argc - optind);
		return EXIT_USAGE;
	}
	if (!split_address(o, vpcd)) {
		fprintf(stderr, "vuicc-card: --vpcd: HOST:PORT with a port up to 65535 expected, got '%s'\n", vpcd);
		return EXIT_USAGE;
	}
	o->card = argv[optind];
	return -1;
}

static int transmit(struct reader *c, struct span apdu)
{
	uint8_t rapdu[UICC_RAPDU_MAX], frame[VPCD_HEAD + UICC_RAPDU_MAX];
	struct wr w = WR(frame);
	size_t n = inserted_transmit(c->card, apdu, rapdu);
	if (inserted_trouble(c->card) != NULL)
		fprintf(stderr, "vuicc-card: the card file could not be written: %s\n", inserted_trouble(c->card));
	vpcd_put(&w, span_of(rapdu, n));
	int r = link_send(c->link, wr_done(&w));
	explicit_bzero(rapdu, sizeof rapdu); /* RES, CK, IK, MTK */
	explicit_bzero(frame, sizeof frame);
	return r;
}

static int answer_to_reset(struct reader *c)
{
	uint8_t atr[UICC_ATR_MAX], frame[VPCD_HEAD + UICC_ATR_MAX];
	struct wr w = WR(frame);
	vpcd_put(&w, span_of(atr, inserted_atr(c->card, atr)));
	return link_send(c->link, wr_done(&w));
}

static int handle(struct reader *c, const struct vpcd_msg *m)
{
	switch (m->kind) {
	case VPCD_APDU:
		return transmit(c, m->apdu);
	case VPCD_GET_ATR:
		/* Asked all the time, also between a command and its GET RESPONSE: nothing may change. */
		return answer_to_reset(c);
	case VPCD_POWER_ON:
	case VPCD_RESET:
		return inserted_power(c->card) ? 0 : -EIO;
	case VPCD_POWER_OFF: /* what the card forgets, it forgets when power comes back */
	case VPCD_UNKNOWN:
		return 0;
	}
	return 0;
}

/* Serves one connection until it or the program ends. */
static int serve(struct reader *c)
{
	uint8_t buf[1024];
	vpcd_clear(&c->in);
	c->heard = false;
	if (!inserted_power(c->card)) /* a new connection is a card inserted */
		return -EIO;
	for (;;) {
		size_t n;
		int r = link_recv(c->link, buf, sizeof buf, &n);
		if (r < 0)
			return r;
		c->heard = true;
		struct rd octets = rd_of(span_of(buf, n));
		struct vpcd_msg m;
		while (r == 0 && vpcd_take(&c->in, &octets, &m))
			r = handle(c, &m);
		explicit_bzero(buf, n); /* a PIN may have been in it */
		if (r < 0)
			return r;
	}
}

static int longer(int pause)
{
	return pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
}

/* Waits for vpcd. Says so once. */
static int insert(struct reader *c, const struct options *o)
{
	bool told = false;
	for (int pause = PAUSE_FIRST_MS;; pause = longer(pause)) {
		int r = link_connect(c->link);
		if (r == 0 || r == -ECANCELED)
			return r;
		if (!told)
			fprintf(stderr, "vuicc-card: no vpcd at %s port %s yet (%s), waiting for it\n", o->host,
				o->port, strerror(-r));
		told = true;
		r = link_pause(c->link, pause);
		if (r < 0)
			return r;
	}
}

static int run(struct reader *c, const struct options *o)
{
	for (int pause = PAUSE_FIRST_MS;; pause = c->heard ? PAUSE_FIRST_MS : longer(pause)) {
		int r = insert(c, o);
		if (r == 0) {
			fprintf(stderr, "vuicc-card: %s is in the reader at %s port %s\n", o->card, o->host, o->port);
			r = serve(c);
			vpcd_clear(&c->in);
			link_disconnect(c->link);
		}
		if (r == -ECANCELED)
			return EXIT_SUCCESS;
		fprintf(stderr, "vuicc-card: the reader has gone (%s)\n", strerror(-r));
		/* Who takes a card and drops it without a word may be no vpcd: he is asked less and less often. */
		if (link_pause(c->link, pause) < 0)
			return EXIT_SUCCESS;
	}
}

/* Opens everything, runs, and leaves what it opened in *c. */
static int open_and_run(struct reader *c, const struct options *o)
{
	char card_why[INSERTED_WHY_MAX];
	const char *why;
	if (inserted_open(&c->card, o->card, o->trace ? print_trace : NULL, NULL, card_why) < 0) {
		fprintf(stderr, "vuicc-card: %s\n", card_why); /* it names the file */
		return EXIT_ENVIRONMENT;
	}
	int r = link_open(&c->link, o->host, o->port, &why);
	if (r < 0)
		return fail(o->host, r == -EHOSTUNREACH ? why : strerror(-r));
	return run(c, o);
}

int main(int argc, char **argv)
{
	static struct reader c; /* 64 KiB of it is the frame being collected */
	struct options o = { 0 };
	int status = parse_options(&o, argc, argv);
	if (status >= 0)
		return status;
	status = open_and_run(&c, &o);
	link_close(c.link);
	inserted_close(c.card);
	return status;
}
