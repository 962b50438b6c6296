/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vuicc-card: a card file in a PC/SC reader. vpcd, a driver of pcscd, is the reader; this program connects to it, and
 * the connection is the card's insertion.
 *
 * Everything a command has changed is in the file before its answer is sent, so this program may be killed at any time.
 */
#include "vpcd.h"
#include "link.h"
#include "../apdu/apdu.h"
#include "../apdu/hex.h"
#include "../apdu/sw.h"
#include "../card/store/nv_sqlite.h"
#include "vuicc/uicc.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

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

/* Everything one inserted card consists of. */
struct reader {
	struct nv_sqlite *store;
	struct uicc *uicc;
	struct t0 *t0;
	struct link *link;
	struct vpcd_in in;
};

static bool os_random(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	struct wr w = wr_of(out, n);
	while (w.n < w.cap) {
		ssize_t got = getrandom(w.p + w.n, w.cap - w.n, 0);
		if (got < 0 && errno != EINTR)
			return false;
		w.n += got > 0 ? (size_t)got : 0;
	}
	return true;
}

/* Octets as they are, or that they were withheld: the card gives nothing here that must not be seen. */
static void print_octets(const char *label, const uint8_t *p, size_t n)
{
	char text[2 * APDU_LE_MAX + 1];
	if (n != 0 && p == NULL)
		fprintf(stderr, "  %s (%zu octets withheld)", label, n);
	else if (n != 0)
		fprintf(stderr, "  %s %s", label, hex_str(text, sizeof text, span_of(p, n)));
}

static void print_trace(void *ctx, const struct uicc_trace *t)
{
	char header[9];
	(void)ctx;
	fprintf(stderr, "%-18s %s", t->name, hex_str(header, sizeof header, SPAN(t->header)));
	print_octets(">", t->data, t->n_data);
	print_octets("<", t->answer, t->n_answer);
	fprintf(stderr, "  %04x %s\n", t->sw, sw_text(t->sw));
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
	size_t n = t0_transmit(c->t0, apdu.p, apdu.n, rapdu);
	struct rd tail = rd_of(span_sub(span_of(rapdu, n), n - 2, 2));
	if (rd_u16(&tail) == SW_MEMORY_PROBLEM)
		fprintf(stderr, "vuicc-card: the card file could not be written: %s\n", nv_sqlite_error(c->store));
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
	vpcd_put(&w, span_of(atr, uicc_atr(c->uicc, atr)));
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
		t0_reset(c->t0);
		return 0;
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
	t0_reset(c->t0); /* a new connection is a card inserted */
	for (;;) {
		size_t n;
		int r = link_recv(c->link, buf, sizeof buf, &n);
		if (r < 0)
			return r;
		struct rd octets = rd_of(span_of(buf, n));
		struct vpcd_msg m;
		while (r == 0 && vpcd_take(&c->in, &octets, &m))
			r = handle(c, &m);
		explicit_bzero(buf, n); /* a PIN may have been in it */
		if (r < 0)
			return r;
	}
}

/* Waits for vpcd. Says so once. */
static int insert(struct reader *c, const struct options *o)
{
	bool told = false;
	for (int pause = PAUSE_FIRST_MS;; pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS) {
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
	for (;;) {
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
		if (link_pause(c->link, PAUSE_FIRST_MS) < 0)
			return EXIT_SUCCESS;
	}
}

/* Opens everything, runs, and leaves what it opened in *c. */
static int open_and_run(struct reader *c, const struct options *o, const struct uicc_env *env)
{
	char store_why[NV_WHY_MAX];
	const char *why = "memory is short";
	if (nv_sqlite_open(&c->store, o->card, store_why) < 0) {
		fprintf(stderr, "vuicc-card: %s\n", store_why); /* it names the file */
		return EXIT_ENVIRONMENT;
	}
	c->uicc = uicc_open(&nv_sqlite_ops, c->store, env, &why);
	if (c->uicc == NULL)
		return fail(o->card, why);
	c->t0 = t0_open(c->uicc);
	if (c->t0 == NULL)
		return fail(o->card, "memory is short");
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
	struct uicc_env env = { .random = os_random, .trace = o.trace ? print_trace : NULL };
	status = open_and_run(&c, &o, &env);
	link_close(c.link);
	t0_close(c.t0);
	uicc_close(c.uicc);
	nv_sqlite_close(c.store);
	return status;
}
