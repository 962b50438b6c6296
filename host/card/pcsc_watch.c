/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCardGetStatusChange, which sleeps until something changes. What pcsc-lite does not do has to be made up for:
 *
 * - Up to version 2.2 it tells of a new reader only to who waits at that moment; one that comes between two calls, as the
 *   second slot of a reader just behind the first, is told to nobody. So the list is compared after each call, a call
 *   that follows a change is a short one, and none lasts longer than a minute. (INFINITE is a minute, too, in a loop
 *   inside of the library; later versions count the changes, and lose none.)
 * - SCardCancel does nothing to a call that is about to begin; so it is repeated until the call has ended.
 * - It does not wait for pcscd itself: pcsc_service.h.
 */
#include "pcsc_watch.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <winscard.h>

#include "../../os/cond.h"
#include "card_if.h"
#include "pcsc_names.h"
#include "pcsc_service.h"

enum {
	LONG_MS = 60000, /* at most between two looks */
	SETTLE_MS = 200, /* for the readers that follow one that came or went */
	AGAIN_MS = 500, /* after a failed exchange, doubled up to the next; pcscd itself looks every 400 ms */
	AGAIN_MAX_MS = 8000,
	SEEK_MS = 50, /* after something happened at pcscd's socket; doubled up to LONG_MS while it is not there */
	CANCEL_MS = 10, /* between two SCardCancel */
};

struct pcsc_watch {
	pthread_mutex_t lock; /* of the next six */
	pthread_cond_t left; /* a call has ended */
	bool in_call; /* the waiting thread sleeps, or is about to */
	bool stop, poked, again;
	int again_ms;
	char only[CARD_NAME_MAX];

	int wake; /* eventfd: ends the sleep without winscard */

	/* The waiting thread's; others may read them while in_call. */
	SCARDCONTEXT context;
	bool have_context;

	/* The waiting thread's alone. */
	bool settled; /* the list of readers has been the same for SETTLE_MS */
	int seek_ms;
	char names[PCSC_NAMES_MAX];
	SCARD_READERSTATE state[PCSC_READERS_MAX + 1]; /* the last: readers coming and going */
	DWORD n;
};

int pcsc_watch_open(struct pcsc_watch **ret)
{
	struct pcsc_watch *w = calloc(1, sizeof *w);

	if (w == NULL)
		return -ENOMEM;
	w->again_ms = AGAIN_MS;
	w->seek_ms = SEEK_MS;
	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int rc = w->wake >= 0 ? cond_init(&w->left) : -errno;
	if (rc != 0) {
		if (w->wake >= 0)
			close(w->wake);
		free(w);
		return rc;
	}
	pthread_mutex_init(&w->lock, NULL);
	*ret = w;
	return 0;
}

static void drop(struct pcsc_watch *w)
{
	if (w->have_context)
		SCardReleaseContext(w->context);
	w->have_context = false;
	w->n = 0;
	memset(w->names, 0, sizeof w->names);
}

void pcsc_watch_close(struct pcsc_watch *w)
{
	if (w == NULL)
		return;
	drop(w);
	close(w->wake);
	pthread_cond_destroy(&w->left);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

/* With the lock held: the waiting thread looks at its orders before it sleeps again. */
static void rouse(struct pcsc_watch *w)
{
	(void)eventfd_write(w->wake, 1);
	while (w->in_call) {
		struct timespec end = cond_deadline(CANCEL_MS);
		if (w->have_context)
			SCardCancel(w->context);
		pthread_cond_timedwait(&w->left, &w->lock, &end);
	}
}

static void order(struct pcsc_watch *w, bool *what)
{
	pthread_mutex_lock(&w->lock);
	*what = true;
	rouse(w);
	pthread_mutex_unlock(&w->lock);
}

void pcsc_watch_stop(struct pcsc_watch *w)
{
	order(w, &w->stop);
}

void pcsc_watch_poke(struct pcsc_watch *w)
{
	order(w, &w->poked);
}

void pcsc_watch_look_again(struct pcsc_watch *w)
{
	order(w, &w->again);
}

void pcsc_watch_only(struct pcsc_watch *w, const char *reader)
{
	pthread_mutex_lock(&w->lock);
	snprintf(w->only, sizeof w->only, "%s", reader);
	pthread_mutex_unlock(&w->lock);
}

static bool matters(struct pcsc_watch *w, const char *reader)
{
	pthread_mutex_lock(&w->lock);
	bool yes = w->only[0] == '\0' || strcmp(w->only, reader) == 0;
	pthread_mutex_unlock(&w->lock);
	return yes;
}

/* What matters of a state: whether a card is there and can be had, and above that pcscd's count of comings and goings. */
static DWORD card_part(DWORD state)
{
	return state & (0xFFFF0000UL | SCARD_STATE_PRESENT | SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE |
			SCARD_STATE_EXCLUSIVE | SCARD_STATE_MUTE);
}

/* Takes over what a call has seen. True when a card that matters came, went, or can be had again. */
static bool take_states(struct pcsc_watch *w)
{
	bool changed = false;

	for (DWORD i = 0; i < w->n; i++) {
		SCARD_READERSTATE *s = &w->state[i];
		if (i < w->n - 1 && card_part(s->dwEventState) != card_part(s->dwCurrentState))
			changed |= matters(w, s->szReader);
		s->dwCurrentState = s->dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
	}
	return changed;
}

/* One entry a reader; of those that were looked at before it keeps what was seen of them. */
static void list_states(struct pcsc_watch *w, const char names[static PCSC_NAMES_MAX])
{
	SCARD_READERSTATE before[PCSC_READERS_MAX + 1];
	char before_names[PCSC_NAMES_MAX];
	DWORD n = w->n;

	memcpy(before, w->state, sizeof before);
	memcpy(before_names, w->names, sizeof before_names);
	memcpy(w->names, names, sizeof w->names);
	w->n = 0;
	for (const char *name = w->names; *name != '\0' && w->n < PCSC_READERS_MAX; name += strlen(name) + 1) {
		SCARD_READERSTATE *s = &w->state[w->n++];
		*s = (SCARD_READERSTATE){ .szReader = name, .dwCurrentState = SCARD_STATE_UNAWARE };
		for (DWORD i = 0; i + 1 < n; i++)
			if (strcmp(before_names + (before[i].szReader - w->names), name) == 0)
				s->dwCurrentState = before[i].dwCurrentState;
	}
	w->state[w->n++] = (SCARD_READERSTATE){ .szReader = "\\\\?PnP?\\Notification" };
}

/* Looks at all readers there are. *changed becomes true when one that matters is not as it was seen last. */
static LONG start(struct pcsc_watch *w, bool *changed)
{
	char names[PCSC_NAMES_MAX];
	LONG rc = SCARD_S_SUCCESS;

	if (!w->have_context)
		rc = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &w->context);
	if (rc != SCARD_S_SUCCESS)
		return rc;
	w->have_context = true;
	w->settled = false;
	rc = pcsc_names(w->context, names);
	if (rc != SCARD_S_SUCCESS)
		return rc;
	list_states(w, names);
	rc = SCardGetStatusChange(w->context, 0, w->state, w->n);
	if (rc != SCARD_S_SUCCESS && rc != (LONG)SCARD_E_TIMEOUT)
		return rc;
	*changed |= take_states(w);
	return SCARD_S_SUCCESS;
}

static bool in_list(const char *names, const char *reader)
{
	while (*names != '\0' && strcmp(names, reader) != 0)
		names += strlen(names) + 1;
	return *names != '\0';
}

/* True when a reader that matters is in one list only. */
static bool one_moved(struct pcsc_watch *w, const char *some, const char *others)
{
	for (const char *name = some; *name != '\0'; name += strlen(name) + 1)
		if (!in_list(others, name) && matters(w, name))
			return true;
	return false;
}

/* After a call: compares the readers. False when pcscd has gone. */
static bool take_readers(struct pcsc_watch *w, bool lost, bool *changed)
{
	char names[PCSC_NAMES_MAX];

	if (pcsc_names(w->context, names) != SCARD_S_SUCCESS)
		return false;
	bool moved = memcmp(names, w->names, sizeof names) != 0;
	w->settled = !moved && !lost;
	if (w->settled)
		return true;
	*changed |= lost || one_moved(w, names, w->names) || one_moved(w, w->names, names);
	return start(w, changed) == SCARD_S_SUCCESS;
}

enum entry { ENTER, CHANGED, STOPPED };

/* Before a sleep. *ms is made shorter, and *ret_again true, when it is not to be a long one. */
static enum entry enter(struct pcsc_watch *w, int *ms, bool *ret_again)
{
	eventfd_t n;
	enum entry e = ENTER;

	pthread_mutex_lock(&w->lock);
	(void)eventfd_read(w->wake, &n);
	if (w->stop)
		e = STOPPED;
	else if (w->poked)
		e = CHANGED;
	w->poked = false;
	*ret_again = w->again && w->again_ms < *ms;
	if (*ret_again)
		*ms = w->again_ms;
	w->in_call = e == ENTER;
	pthread_mutex_unlock(&w->lock);
	return e;
}

static void leave(struct pcsc_watch *w)
{
	pthread_mutex_lock(&w->lock);
	w->in_call = false;
	pthread_cond_signal(&w->left);
	pthread_mutex_unlock(&w->lock);
}

/* wait() ends, and with it what was to be looked at again. */
static void forget_again(struct pcsc_watch *w, bool in_vain)
{
	pthread_mutex_lock(&w->lock);
	w->again = false;
	w->again_ms = !in_vain ? AGAIN_MS : w->again_ms < AGAIN_MAX_MS ? 2 * w->again_ms : AGAIN_MAX_MS;
	pthread_mutex_unlock(&w->lock);
}

/* One sleep while pcscd is there. */
static enum entry look(struct pcsc_watch *w)
{
	int ms = w->settled ? LONG_MS : SETTLE_MS;
	bool again, changed = false;

	enum entry e = enter(w, &ms, &again);
	if (e != ENTER)
		return e;
	LONG rc = SCardGetStatusChange(w->context, (DWORD)ms, w->state, w->n);
	leave(w);
	if (rc == (LONG)SCARD_E_CANCELLED)
		return ENTER;
	if (rc == SCARD_S_SUCCESS)
		changed = take_states(w);
	bool lost = rc != SCARD_S_SUCCESS && rc != (LONG)SCARD_E_TIMEOUT;
	if (!take_readers(w, lost, &changed)) {
		drop(w);
		changed = true;
	}
	if (changed || (again && rc == (LONG)SCARD_E_TIMEOUT)) {
		forget_again(w, !changed);
		return CHANGED;
	}
	return ENTER;
}

/* One try to reach pcscd, and one sleep when it is not there. */
static enum entry seek(struct pcsc_watch *w)
{
	int ms = w->seek_ms;
	bool again, changed = false;

	/* Who is to look again cannot, and is told when pcscd is back. */
	forget_again(w, false);
	/* The watch first: what happens behind a vain try ends the sleep. */
	int fd = pcsc_service_watch();
	enum entry e = start(w, &changed) == SCARD_S_SUCCESS ? CHANGED : ENTER;
	w->seek_ms = SEEK_MS;
	if (e == ENTER) {
		drop(w);
		e = enter(w, &ms, &again);
		if (e == ENTER && !pcsc_service_sleep(fd, w->wake, ms))
			w->seek_ms = ms < LONG_MS / 2 ? 2 * ms : LONG_MS;
		leave(w);
	}
	if (fd >= 0)
		close(fd);
	return e;
}

int pcsc_watch_wait(struct pcsc_watch *w)
{
	enum entry e = ENTER;

	while (e == ENTER)
		e = w->have_context ? look(w) : seek(w);
	return e == CHANGED ? 0 : -ECANCELED;
}
