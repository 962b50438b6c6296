/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card in a PC/SC reader.
 *
 * The card is shared with whoever else uses it, so work on it is done in transactions. winscard waits for other programs
 * without a limit, and for a card that says nothing; so everything of it that can wait is called through bounded.h. A
 * reset by another program is mended by a reconnect (what was selected and verified is gone then: -ECONNRESET inside of
 * a transaction); a removal is not, for the next card may be another one.
 */
#include "card_if.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <winscard.h>

#include "../../card/crypto/secret.h"
#include "bounded.h"
#include "pcsc_names.h"
#include "pcsc_watch.h"

enum {
	CONNECT_MS = 1500, /* powering up included; a card that takes longer is up at the next try */
	BEGIN_MS = 1000, /* for another program's transaction; libpcsclite asks every 100 ms */
	TRANSMIT_MS = 5000, /* for one command; a real USIM takes up to a second for an AUTHENTICATE */
	END_MS = 3000,
	CLOSE_MS = 500, /* for what is out when the program ends */
	RESETS_MAX = 3, /* by other programs, while a transaction is begun */
	MOVES_MAX = 3, /* of cards, while one is connected to */
};

#define PROTOCOLS (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)

/* A call of winscard: what goes in, what comes out. Its connection to pcscd and to the card is the calling thread's. */
struct call {
	SCARDCONTEXT context;
	SCARDHANDLE card;
	DWORD protocol;
	bool have_context, have_card;
	bool in_transaction;
	char names[PCSC_NAMES_MAX]; /* of the readers */
	const char *name; /* of the one to connect to */
	DWORD insertion; /* pcscd's count of its comings and goings, and whether a card is in */
	uint8_t capdu[CAPDU_MAX], rapdu[RAPDU_MAX];
	DWORD n, got; /* octets of these */
	bool exchange; /* the call out is one with the card */
	LONG code; /* how it ended */
};

struct pcsc {
	struct card_if base;
	char *reader; /* the one asked for, NULL = any */
	struct bounded *thread;
	struct call call; /* the thread's while a call is out */
	struct pcsc_watch *watch;
	bool connecting; /* failures on the way are connect()'s to report */
	bool connected; /* with a card that was wanted, and nothing has failed since */
};

static int errno_of(LONG code)
{
	switch ((unsigned long)code) {
	case SCARD_W_RESET_CARD:
		return -ECONNRESET;
	case SCARD_E_SHARING_VIOLATION:
		return -EBUSY;
	case SCARD_E_NO_SERVICE:
	case SCARD_E_SERVICE_STOPPED:
	case SCARD_E_UNKNOWN_READER:
	case SCARD_E_READER_UNAVAILABLE:
	case SCARD_E_NO_READERS_AVAILABLE:
	case SCARD_E_INVALID_HANDLE:
	case SCARD_F_COMM_ERROR:
		return -ENODEV;
	default:
		/* Removed, mute, or an exchange that broke off: whether the same card is there is not known any more. */
		return -ENOMEDIUM;
	}
}

/* --- on the thread of bounded.h --- */

static void do_disconnect(void *ctx)
{
	struct call *c = &((struct pcsc *)ctx)->call;

	if (c->have_card)
		SCardDisconnect(c->card, SCARD_LEAVE_CARD);
	c->have_card = c->in_transaction = false;
}

static void drop_context(void *ctx)
{
	struct call *c = &((struct pcsc *)ctx)->call;

	do_disconnect(ctx);
	if (c->have_context)
		SCardReleaseContext(c->context);
	c->have_context = false;
}

/* The readers there are, from a clean state. */
static void do_list(void *ctx)
{
	struct call *c = &((struct pcsc *)ctx)->call;

	do_disconnect(ctx);
	c->code = SCARD_S_SUCCESS;
	if (!c->have_context)
		c->code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &c->context);
	if (c->code != SCARD_S_SUCCESS)
		return;
	c->have_context = true;
	c->code = pcsc_names(c->context, c->names);
	if (c->code != SCARD_S_SUCCESS)
		drop_context(ctx);
}

/* Which insertion is in the reader c->name; other programs do not keep pcscd from saying that. 0 = it does not say. */
static DWORD insertion(struct call *c)
{
	SCARD_READERSTATE s = { .szReader = c->name, .dwCurrentState = SCARD_STATE_UNAWARE };

	if (SCardGetStatusChange(c->context, 0, &s, 1) != SCARD_S_SUCCESS)
		return 0;
	return s.dwEventState & (0xFFFF0000UL | SCARD_STATE_PRESENT);
}

/* Whether the connection is still one with the card that it was made with. */
static void do_check(void *ctx)
{
	struct call *c = &((struct pcsc *)ctx)->call;

	c->code = c->have_card && c->insertion != 0 && insertion(c) == c->insertion ? SCARD_S_SUCCESS
										    : (LONG)SCARD_W_REMOVED_CARD;
}

static void connect_once(struct call *c)
{
	c->insertion = insertion(c);
	c->code = SCardConnect(c->context, c->name, SCARD_SHARE_SHARED, PROTOCOLS, &c->card, &c->protocol);
	c->have_card = c->code == SCARD_S_SUCCESS;
}

/*
 * A card that comes between the question which insertion it is and the connection would pass for another one as soon as it
 * is asked again, and its stay for a new one.
 */
static void do_connect(void *ctx)
{
	struct call *c = &((struct pcsc *)ctx)->call;

	connect_once(c);
	for (int i = 0; c->have_card && insertion(c) != c->insertion; i++) {
		do_disconnect(ctx);
		c->code = SCARD_W_REMOVED_CARD;
		if (i < MOVES_MAX)
			connect_once(c);
	}
}

static void do_reconnect(struct call *c, DWORD what)
{
	c->code = SCardReconnect(c->card, SCARD_SHARE_SHARED, PROTOCOLS, what, &c->protocol);
}

static void do_begin(void *ctx)
{
	struct call *c = &((struct pcsc *)ctx)->call;

	c->code = c->have_card ? SCardBeginTransaction(c->card) : (LONG)SCARD_W_REMOVED_CARD;
	for (int i = 0; c->code == (LONG)SCARD_W_RESET_CARD && i < RESETS_MAX; i++) {
		do_reconnect(c, SCARD_LEAVE_CARD);
		if (c->code == SCARD_S_SUCCESS)
			c->code = SCardBeginTransaction(c->card);
	}
	c->in_transaction = c->code == SCARD_S_SUCCESS;
}

static void do_end(void *ctx)
{
	struct call *c = &((struct pcsc *)ctx)->call;

	if (c->in_transaction && SCardEndTransaction(c->card, SCARD_LEAVE_CARD) != SCARD_S_SUCCESS)
		do_disconnect(ctx); /* nothing else would give the card free */
	c->in_transaction = false;
}

static void do_transmit(void *ctx)
{
	struct call *c = &((struct pcsc *)ctx)->call;

	c->got = sizeof c->rapdu;
	c->code = SCARD_W_REMOVED_CARD;
	if (c->have_card)
		c->code = SCardTransmit(c->card, c->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1,
					c->capdu, c->n, NULL, c->rapdu, &c->got);
	/* So vpcd ends an exchange with a card that was taken out in the middle of it. */
	if (c->code == SCARD_S_SUCCESS && c->got < 2)
		c->code = SCARD_E_NOT_TRANSACTED;
	if (c->code != (LONG)SCARD_W_RESET_CARD)
		return;
	/* Until this was taken note of, pcscd refuses even the end of the transaction. */
	do_reconnect(c, SCARD_LEAVE_CARD);
	if (c->code == SCARD_S_SUCCESS)
		c->code = SCARD_W_RESET_CARD;
}

static void do_reset(void *ctx)
{
	struct call *c = &((struct pcsc *)ctx)->call;

	c->code = SCARD_W_REMOVED_CARD;
	if (c->have_card)
		do_reconnect(c, SCARD_RESET_CARD);
}

static void wipe(struct call *c)
{
	/* Answers carry keys, commands carry PINs. */
	secret_wipe(c->capdu, sizeof c->capdu);
	secret_wipe(c->rapdu, sizeof c->rapdu);
}

/*
 * A call came back that nobody waits for. A transaction is given back, and the connection kept; but not after an exchange
 * or a failure, for nobody knows how that left the card. Whoever had to go without the card may try again.
 */
static void late(void *ctx)
{
	struct call *c = &((struct pcsc *)ctx)->call;

	if (c->exchange || c->code != SCARD_S_SUCCESS)
		do_disconnect(ctx);
	do_end(ctx);
	wipe(c);
	c->exchange = false;
}

/* And then. */
static void can_be_had(void *ctx)
{
	pcsc_watch_poke(((struct pcsc *)ctx)->watch);
}

/* --- on the caller's thread --- */

static int fail(struct pcsc *p, int rc, const char *what, const char *why)
{
	snprintf(p->base.why, sizeof p->base.why, "%.150s: %s", what, why);
	return rc;
}

/* Whether p->call may be touched. */
static bool is_ours(struct pcsc *p, const char *what)
{
	if (bounded_idle(p->thread))
		return true;
	(void)fail(p, -EBUSY, what, "an earlier call to the reader has not come back yet");
	return false;
}

/* A call that may wait; p->call is ours. rc_late: what it means that it does not come back. */
static int call(struct pcsc *p, bounded_fn *fn, int ms, int rc_late, const char *what)
{
	char why[80];

	if (bounded_call(p->thread, fn, ms) != 0) {
		snprintf(why, sizeof why, "%s for %d ms",
			 rc_late == -EBUSY ? "another program holds the card" : "no answer", ms);
		return fail(p, rc_late, what, why);
	}
	p->base.t0 = p->call.protocol == SCARD_PROTOCOL_T0;
	if (p->call.code == SCARD_S_SUCCESS)
		return 0;
	return fail(p, errno_of(p->call.code), what, pcsc_stringify_error(p->call.code));
}

/*
 * After a failure the connection is given up: the next connect() starts from a clean state. Somebody has to look who is
 * there then, also when pcscd notices nothing.
 */
static int lost(struct pcsc *p, int rc)
{
	(void)bounded_call(p->thread, rc == -ENODEV ? drop_context : do_disconnect, END_MS);
	p->connected = false;
	if (!p->connecting)
		pcsc_watch_look_again(p->watch);
	return rc;
}

static void pcsc_disconnect(struct card_if *c)
{
	(void)lost((struct pcsc *)c, -ENOMEDIUM);
}

static int pcsc_begin(struct card_if *c)
{
	static const char what[] = "begin of a transaction";
	struct pcsc *p = (struct pcsc *)c;

	if (!is_ours(p, what))
		return -EBUSY;
	int rc = call(p, do_begin, BEGIN_MS, -EBUSY, what);
	if (rc == -ECONNRESET) /* each time again */
		rc = -EBUSY;
	return rc == 0 || rc == -EBUSY ? rc : lost(p, rc);
}

static void pcsc_end(struct card_if *c)
{
	/* While a call is out nothing is done: that call ends the transaction when it comes back. */
	(void)bounded_call(((struct pcsc *)c)->thread, do_end, END_MS);
}

static int pcsc_transmit(struct card_if *c, const uint8_t *capdu, size_t n, uint8_t rapdu[static RAPDU_MAX],
			 size_t *ret_n)
{
	static const char what[] = "exchange with the card";
	struct pcsc *p = (struct pcsc *)c;
	struct wr in = WR(p->call.capdu), out = wr_of(rapdu, RAPDU_MAX);

	if (!is_ours(p, what))
		return -EBUSY;
	wr_bytes(&in, capdu, n);
	p->call.n = in.n;
	p->call.exchange = true;
	int rc = in.bad ? -EINVAL : call(p, do_transmit, TRANSMIT_MS, -ENOMEDIUM, what);
	if (rc == 0)
		wr_bytes(&out, p->call.rapdu, p->call.got);
	if (bounded_idle(p->thread)) {
		p->call.exchange = false;
		wipe(&p->call);
	}
	if (rc == 0)
		*ret_n = out.n;
	return rc == -ENOMEDIUM || rc == -ENODEV ? lost(p, rc) : rc;
}

static int pcsc_reset(struct card_if *c)
{
	static const char what[] = "reset of the card";
	struct pcsc *p = (struct pcsc *)c;

	if (!is_ours(p, what))
		return -EBUSY;
	int rc = call(p, do_reset, CONNECT_MS, -EBUSY, what);
	return rc == 0 || rc == -EBUSY ? rc : lost(p, rc);
}

static bool is_wanted(struct pcsc *p, card_if_wanted_fn *wanted)
{
	if (pcsc_begin(&p->base) != 0)
		return false;
	bool yes = wanted(&p->base);
	pcsc_end(&p->base);
	return yes;
}

/* From now on this reader and no other: a card that appears elsewhere does not replace the one in use. */
static int stay(struct pcsc *p, const char *name)
{
	if (p->reader != NULL)
		return 0;
	p->reader = strdup(name);
	if (p->reader == NULL)
		return -ENOMEM;
	pcsc_watch_only(p->watch, name);
	return 0;
}

/* What was expected and what is there; cut off where a message has no more room. */
static void say_no_reader(struct pcsc *p, const char *names)
{
	size_t size = sizeof p->base.why;
	int n = p->reader == NULL ? snprintf(p->base.why, size, "no reader is connected")
				  : snprintf(p->base.why, size, "no reader named %.80s; there %s", p->reader,
					     *names == '\0' ? "is none" : "are:");

	for (const char *name = names; p->reader != NULL && *name != '\0' && n >= 0 && (size_t)n < size;
	     name += strlen(name) + 1)
		n += snprintf(p->base.why + n, size - (size_t)n, "%s %s", name == names ? "" : ",", name);
}

/* 0, or why this reader has no card that is wanted. */
static int try_reader(struct pcsc *p, const char *name, card_if_wanted_fn *wanted)
{
	snprintf(p->base.name, sizeof p->base.name, "%.*s", CARD_NAME_MAX - 1, name);
	p->call.name = p->base.name;
	int rc = call(p, do_connect, CONNECT_MS, -EBUSY, name);
	if (rc != 0)
		return rc;
	if (is_wanted(p, wanted))
		return stay(p, name);
	if (!is_ours(p, name))
		return -EBUSY;
	(void)lost(p, -ENOMEDIUM);
	return fail(p, -ENOMEDIUM, name, "the card has no USIM");
}

static int connect_one(struct pcsc *p, card_if_wanted_fn *wanted)
{
	static const char what[] = "no PC/SC service: is pcscd running?";

	if (!is_ours(p, "connect"))
		return -EBUSY;
	int rc = call(p, do_list, CONNECT_MS, -ENODEV, what);
	if (rc != 0)
		return -ENODEV;
	char busy[CARD_WHY_MAX] = "";
	rc = -ENODEV;
	say_no_reader(p, p->call.names);
	for (const char *name = p->call.names; *name != '\0'; name += strlen(name) + 1) {
		if (p->reader != NULL && strcmp(p->reader, name) != 0)
			continue;
		rc = try_reader(p, name, wanted);
		if (rc == -EBUSY)
			memcpy(busy, p->base.why, sizeof busy);
		if (rc == 0 || !is_ours(p, name))
			break;
	}
	if (rc == 0 || busy[0] == '\0')
		return rc;
	/* A card that cannot be had now may be the one that is wanted. */
	memcpy(p->base.why, busy, sizeof busy);
	return -EBUSY;
}

static int pcsc_connect(struct card_if *c, card_if_wanted_fn *wanted)
{
	struct pcsc *p = (struct pcsc *)c;

	/* A call that is out goes to the same insertion; when it comes back wait() ends, and this is asked again. */
	if (p->connected && (!bounded_idle(p->thread) || call(p, do_check, CONNECT_MS, -EBUSY, c->name) == 0))
		return -EALREADY;
	p->connected = false;
	p->connecting = true;
	int rc = connect_one(p, wanted);
	p->connecting = false;
	p->connected = rc == 0;
	return rc;
}

static int pcsc_wait(struct card_if *c)
{
	return pcsc_watch_wait(((struct pcsc *)c)->watch);
}

static void pcsc_stop_waiting(struct card_if *c)
{
	pcsc_watch_stop(((struct pcsc *)c)->watch);
}

static void pcsc_close(struct card_if *c)
{
	struct pcsc *p = (struct pcsc *)c;

	if (p->thread != NULL)
		(void)bounded_call(p->thread, drop_context, CLOSE_MS);
	if (!bounded_close(p->thread, CLOSE_MS))
		return; /* the thread lives on with it */
	pcsc_watch_close(p->watch);
	free(p->reader);
	free(p);
}

static const struct card_if_ops pcsc_ops = {
	.connect = pcsc_connect,
	.disconnect = pcsc_disconnect,
	.reset = pcsc_reset,
	.begin = pcsc_begin,
	.end = pcsc_end,
	.transmit = pcsc_transmit,
	.wait = pcsc_wait,
	.stop_waiting = pcsc_stop_waiting,
	.close = pcsc_close,
};

int card_if_open_pcsc(struct card_if **ret, const char *reader)
{
	struct pcsc *p = calloc(1, sizeof *p);

	if (p == NULL)
		return -ENOMEM;
	p->base.ops = &pcsc_ops;
	int rc = pcsc_watch_open(&p->watch);
	if (rc == 0)
		rc = bounded_open(&p->thread, late, can_be_had, p);
	if (rc == 0 && reader != NULL)
		rc = stay(p, reader);
	if (rc != 0)
		pcsc_close(&p->base);
	else
		*ret = &p->base;
	return rc;
}
