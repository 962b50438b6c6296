/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card in a PC/SC reader. The one file that knows winscard.
 *
 * The card is shared with whoever else uses it, so work on it is done in transactions. A reset by another program is
 * mended by a reconnect (what was selected and verified is gone then: the caller selects at the beginning of every
 * transaction); a removal is not, for the next card may be another one. Waiting has a context of its own, because a
 * context serves one thread.
 */
#include "card_if.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <winscard.h>

enum {
	READERS_MAX = 16, /* what a pcscd has */
	READER_NAMES_MAX = 4096,
	WAIT_MS = 300, /* between two looks at whether to stop; pcscd reports a change at once */
	RETRY_MS = 500, /* between two tries to reach a pcscd that is not there */
};

struct watch {
	SCARDCONTEXT context;
	bool have_context;
	char names[READER_NAMES_MAX];
	SCARD_READERSTATE state[READERS_MAX + 1]; /* the last: readers coming and going */
	DWORD n;
};

struct pcsc {
	struct card_if base;
	char *reader; /* the one asked for, NULL = any */
	SCARDCONTEXT context;
	SCARDHANDLE card;
	DWORD protocol;
	bool have_context, have_card;

	struct watch watch; /* the waiting thread's alone */
	pthread_mutex_t lock;
	bool stop;
};

static int fail(struct pcsc *p, int rc, const char *what, LONG code)
{
	snprintf(p->base.why, sizeof p->base.why, "%.150s: %s", what, pcsc_stringify_error(code));
	return rc;
}

static int errno_of(LONG code)
{
	switch ((unsigned long)code) {
	case SCARD_W_REMOVED_CARD:
	case SCARD_E_NO_SMARTCARD:
	case SCARD_W_UNPOWERED_CARD:
	case SCARD_W_UNRESPONSIVE_CARD:
		return -ENOMEDIUM;
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
		return -EIO;
	}
}

static void pcsc_disconnect(struct card_if *c)
{
	struct pcsc *p = (struct pcsc *)c;

	if (p->have_card)
		SCardDisconnect(p->card, SCARD_LEAVE_CARD);
	p->have_card = false;
}

static void drop_context(struct pcsc *p)
{
	pcsc_disconnect(&p->base);
	if (p->have_context)
		SCardReleaseContext(p->context);
	p->have_context = false;
}

/* After any failure the connection is given up: the next connect() starts from a clean state. */
static int lost(struct pcsc *p, const char *what, LONG code)
{
	int rc = errno_of(code);

	if (rc == -ENODEV)
		drop_context(p);
	else
		pcsc_disconnect(&p->base);
	return fail(p, rc, what, code);
}

static int connect_reader(struct pcsc *p, const char *name)
{
	LONG rc = SCardConnect(p->context, name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &p->card,
			       &p->protocol);
	if (rc != SCARD_S_SUCCESS)
		return fail(p, errno_of(rc), name, rc);
	p->have_card = true;
	p->base.t0 = p->protocol == SCARD_PROTOCOL_T0;
	snprintf(p->base.name, sizeof p->base.name, "%.*s", CARD_NAME_MAX - 1, name);
	return 0;
}

static int pcsc_begin(struct card_if *c);
static void pcsc_end(struct card_if *c);

static bool is_wanted(struct pcsc *p, card_if_wanted_fn *wanted)
{
	if (pcsc_begin(&p->base) != 0)
		return false;
	bool yes = wanted(&p->base);
	pcsc_end(&p->base);
	return yes;
}

/* Names of readers, each with its end, an empty one behind the last. */
static LONG list_readers(SCARDCONTEXT context, char names[static READER_NAMES_MAX])
{
	DWORD n = READER_NAMES_MAX - 1;

	memset(names, 0, READER_NAMES_MAX);
	LONG rc = SCardListReaders(context, NULL, names, &n);
	return rc == (LONG)SCARD_E_NO_READERS_AVAILABLE ? SCARD_S_SUCCESS : rc;
}

/* From now on this reader and no other: a card that appears elsewhere does not replace the one in use. */
static int stay(struct pcsc *p, const char *name)
{
	if (p->reader == NULL)
		p->reader = strdup(name);
	return p->reader != NULL ? 0 : -ENOMEM;
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

static int pcsc_connect(struct card_if *c, card_if_wanted_fn *wanted)
{
	struct pcsc *p = (struct pcsc *)c;
	char names[READER_NAMES_MAX];

	pcsc_disconnect(c);
	if (!p->have_context) {
		LONG rc = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &p->context);
		if (rc != SCARD_S_SUCCESS)
			return fail(p, -ENODEV, "no PC/SC service: is pcscd running?", rc);
		p->have_context = true;
	}
	LONG code = list_readers(p->context, names);
	if (code != SCARD_S_SUCCESS)
		return lost(p, "list of readers", code);

	int rc = -ENODEV;
	say_no_reader(p, names);
	for (const char *name = names; *name != '\0'; name += strlen(name) + 1) {
		if (p->reader != NULL && strcmp(p->reader, name) != 0)
			continue;
		rc = connect_reader(p, name);
		if (rc != 0)
			continue;
		if (is_wanted(p, wanted))
			return stay(p, name);
		pcsc_disconnect(c);
		snprintf(c->why, sizeof c->why, "%.150s: the card has no USIM", name);
		rc = -ENOMEDIUM;
	}
	return rc;
}

static int pcsc_begin(struct card_if *c)
{
	struct pcsc *p = (struct pcsc *)c;

	if (!p->have_card) {
		snprintf(c->why, sizeof c->why, "no card is connected");
		return -ENOMEDIUM;
	}
	LONG rc = SCardBeginTransaction(p->card);
	for (int i = 0; rc == (LONG)SCARD_W_RESET_CARD && i < 3; i++) {
		rc = SCardReconnect(p->card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
				    SCARD_LEAVE_CARD, &p->protocol);
		p->base.t0 = p->protocol == SCARD_PROTOCOL_T0;
		if (rc == SCARD_S_SUCCESS)
			rc = SCardBeginTransaction(p->card);
	}
	return rc == SCARD_S_SUCCESS ? 0 : lost(p, "begin of a transaction", rc);
}

static void pcsc_end(struct card_if *c)
{
	struct pcsc *p = (struct pcsc *)c;

	if (p->have_card)
		SCardEndTransaction(p->card, SCARD_LEAVE_CARD);
}

static int pcsc_transmit(struct card_if *c, const uint8_t *capdu, size_t n, uint8_t rapdu[static RAPDU_MAX],
			 size_t *ret_n)
{
	struct pcsc *p = (struct pcsc *)c;
	DWORD got = RAPDU_MAX;

	if (!p->have_card) {
		snprintf(c->why, sizeof c->why, "no card is connected");
		return -ENOMEDIUM;
	}
	LONG rc = SCardTransmit(p->card, p->base.t0 ? SCARD_PCI_T0 : SCARD_PCI_T1, capdu, n, NULL, rapdu, &got);
	if (rc != SCARD_S_SUCCESS)
		return lost(p, "exchange with the card", rc);
	*ret_n = got;
	return 0;
}

static int pcsc_reset(struct card_if *c)
{
	struct pcsc *p = (struct pcsc *)c;

	if (!p->have_card) {
		snprintf(c->why, sizeof c->why, "no card is connected");
		return -ENOMEDIUM;
	}
	LONG rc = SCardReconnect(p->card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, SCARD_RESET_CARD,
				 &p->protocol);
	if (rc != SCARD_S_SUCCESS)
		return lost(p, "reset of the card", rc);
	c->t0 = p->protocol == SCARD_PROTOCOL_T0;
	return 0;
}

static bool stopped(struct pcsc *p)
{
	pthread_mutex_lock(&p->lock);
	bool stop = p->stop;
	pthread_mutex_unlock(&p->lock);
	return stop;
}

static void watch_drop(struct watch *w)
{
	if (w->have_context)
		SCardReleaseContext(w->context);
	w->have_context = false;
}

/* What matters of a state: whether a card is there, and pcscd's count of insertions and removals above it. */
static DWORD card_part(DWORD state)
{
	return state & (0xFFFF0000UL | SCARD_STATE_PRESENT | SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE);
}

/* Takes the readers as they are now for what has been seen. */
static LONG watch_start(struct watch *w)
{
	if (!w->have_context) {
		LONG rc = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &w->context);
		if (rc != SCARD_S_SUCCESS)
			return rc;
		w->have_context = true;
	}
	LONG rc = list_readers(w->context, w->names);
	w->n = 0;
	for (const char *name = w->names; rc == SCARD_S_SUCCESS && *name != '\0' && w->n < READERS_MAX;
	     name += strlen(name) + 1)
		w->state[w->n++] = (SCARD_READERSTATE){ .szReader = name, .dwCurrentState = SCARD_STATE_UNAWARE };
	w->state[w->n++] = (SCARD_READERSTATE){ .szReader = "\\\\?PnP?\\Notification" };
	if (rc == SCARD_S_SUCCESS && w->n > 1)
		rc = SCardGetStatusChange(w->context, 0, w->state, w->n - 1);
	for (DWORD i = 0; i < w->n; i++)
		w->state[i].dwCurrentState = w->state[i].dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
	return rc;
}

/* One look of at most WAIT_MS. SCARD_S_SUCCESS with *ret_changed, or the error that ended the context's use. */
static LONG watch_once(struct watch *w, bool *ret_changed)
{
	char names[READER_NAMES_MAX];
	LONG rc = SCardGetStatusChange(w->context, WAIT_MS, w->state, w->n);

	if (rc != SCARD_S_SUCCESS && rc != (LONG)SCARD_E_TIMEOUT)
		return rc;
	for (DWORD i = 0; rc == SCARD_S_SUCCESS && i < w->n; i++) {
		SCARD_READERSTATE *s = &w->state[i];
		*ret_changed |= card_part(s->dwEventState) != card_part(s->dwCurrentState);
		s->dwCurrentState = s->dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
	}
	/* pcscd reports a new reader only to who waits at that moment. */
	rc = list_readers(w->context, names);
	if (rc == SCARD_S_SUCCESS && memcmp(names, w->names, sizeof names) != 0) {
		*ret_changed = true;
		rc = watch_start(w);
	}
	return rc;
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

static int pcsc_wait(struct card_if *c)
{
	struct pcsc *p = (struct pcsc *)c;
	struct watch *w = &p->watch;
	bool changed = false;

	while (!stopped(p)) {
		if (!w->have_context) {
			if (watch_start(w) == SCARD_S_SUCCESS)
				return 0;
			watch_drop(w);
			pause_ms(RETRY_MS);
			continue;
		}
		if (watch_once(w, &changed) != SCARD_S_SUCCESS) {
			watch_drop(w);
			return 0;
		}
		if (changed)
			return 0;
	}
	return -ECANCELED;
}

static void pcsc_stop_waiting(struct card_if *c)
{
	struct pcsc *p = (struct pcsc *)c;

	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_mutex_unlock(&p->lock);
}

static void pcsc_close(struct card_if *c)
{
	struct pcsc *p = (struct pcsc *)c;

	drop_context(p);
	watch_drop(&p->watch);
	pthread_mutex_destroy(&p->lock);
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
	pthread_mutex_init(&p->lock, NULL);
	if (reader != NULL) {
		p->reader = strdup(reader);
		if (p->reader == NULL) {
			pcsc_close(&p->base);
			return -ENOMEM;
		}
	}
	*ret = &p->base;
	return 0;
}
