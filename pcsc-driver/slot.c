/* SPDX-License-Identifier: Apache-2.0 */
#include "slot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "../os/cond.h"
#include "trace_line.h"

enum { UNDER_WAY_MS = 3 }; /* what a command in pcscd takes from its look for a removal to the driver, and much more */

static struct slot *all; /* slots of this process */
static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER; /* taken last, and for that alone */

int slot_init(struct slot *s, const char *reader, unsigned number)
{
	/* pcscd's first round has no slot_wait() in front. */
	*s = (struct slot){ .absence = SLOT_ABSENT_SEEN, .reader = reader, .number = number };
	int rc = cond_init(&s->changed);

	if (rc == 0)
		rc = -pthread_mutex_init(&s->lock, NULL);
	if (rc != 0)
		return rc;
	pthread_mutex_lock(&all_lock);
	s->next = all;
	all = s;
	pthread_mutex_unlock(&all_lock);
	return 0;
}

void slot_destroy(struct slot *s)
{
	pthread_mutex_lock(&all_lock);
	for (struct slot **p = &all; *p != NULL; p = &(*p)->next) {
		if (*p == s) {
			*p = s->next;
			break;
		}
	}
	pthread_mutex_unlock(&all_lock);
	inserted_close(s->card);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
}

/* The card's trace, under the slot's lock. */
static void show(void *ctx, const struct uicc_trace *t)
{
	struct slot *s = ctx;
	char line[TRACE_LINE_MAX];
	struct wr w = WR(line);

	if (s->trace == NULL)
		return;
	trace_line_put(&w, t);
	s->trace(s->trace_ctx, wr_done(&w));
}

static void has_changed(struct slot *s)
{
	s->generation++;
	s->powered = false;
	s->commands = 0;
	pthread_cond_broadcast(&s->changed);
}

/* What the slot holds, for the others; NULL = nothing. */
static void tell_all(struct slot *s, const char *path)
{
	struct stat file = { 0 };

	if (path != NULL)
		(void)stat(path, &file);
	pthread_mutex_lock(&all_lock);
	s->device = file.st_dev;
	s->inode = file.st_ino;
	pthread_mutex_unlock(&all_lock);
}

bool slot_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7F)
			return false;
	return true;
}

/* A card that is in use: the store knows of processes only, and this one has many slots. */
static int open_card(struct slot *s, struct inserted **ret, const char *path, char *why)
{
	struct stat file;

	if (!slot_printable(path)) { /* it is told to people, line by line */
		snprintf(why, SLOT_WHY_MAX, "expected a card file with a name of printable characters");
		return -EINVAL;
	}
	int rc = inserted_open(ret, path, show, s, why);
	if (rc != -EBUSY || stat(path, &file) != 0)
		return rc;
	pthread_mutex_lock(&all_lock);
	for (const struct slot *other = all; other != NULL; other = other->next)
		if (other->inode == file.st_ino && other->device == file.st_dev)
			snprintf(why, SLOT_WHY_MAX, "%.100s is in slot %u of %.100s: a card has one user at a time",
				 path, other->number, other->reader);
	pthread_mutex_unlock(&all_lock);
	return rc;
}

/* The slot is empty; the card is a new one, and starts without the last one's faults. */
static void put(struct slot *s, struct inserted *card, const char *path)
{
	s->card = card;
	snprintf(s->path, sizeof s->path, "%s", path);
	tell_all(s, path);
	has_changed(s);
}

static void take_out(struct slot *s)
{
	inserted_close(s->card);
	s->card = NULL;
	s->path[0] = '\0';
	tell_all(s, NULL);
	s->faults = (struct faults){ 0 };
	/* Cards may come and go faster than pcscd looks: then it is still about the one that was used. */
	s->was_used = s->commands != 0 || (s->was_used && s->absence != SLOT_ABSENCE_OVER);
	s->absence = SLOT_ABSENT_UNSEEN;
	has_changed(s);
}

int slot_insert(struct slot *s, const char *path, char *why)
{
	struct inserted *card = NULL;

	pthread_mutex_lock(&s->lock);
	int rc = s->card == NULL ? 0 : -EEXIST;
	if (rc != 0)
		snprintf(why, SLOT_WHY_MAX, "a card is in the slot (%.200s): eject it first, or swap", s->path);
	if (rc == 0)
		rc = open_card(s, &card, path, why);
	if (rc == 0)
		put(s, card, path);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

int slot_eject(struct slot *s)
{
	pthread_mutex_lock(&s->lock);
	int rc = s->card != NULL ? 0 : -ENOENT;
	if (rc == 0)
		take_out(s);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

int slot_swap(struct slot *s, const char *path, char *why)
{
	struct inserted *card = NULL;

	pthread_mutex_lock(&s->lock);
	int rc = open_card(s, &card, path, why);
	if (rc == 0 && s->card != NULL)
		take_out(s);
	if (rc == 0)
		put(s, card, path);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

void slot_state(struct slot *s, struct slot_state *ret)
{
	pthread_mutex_lock(&s->lock);
	memcpy(ret->path, s->path, sizeof ret->path);
	ret->powered = s->powered;
	ret->commands = s->commands;
	fault_text(&s->faults, ret->faults);
	pthread_mutex_unlock(&s->lock);
}

bool slot_fault(struct slot *s, const char *text, char ret_why[static FAULT_WHY_MAX])
{
	pthread_mutex_lock(&s->lock);
	bool ok = s->card != NULL;
	if (!ok)
		snprintf(ret_why, FAULT_WHY_MAX, "no card is in the slot");
	ok = ok && fault_set(&s->faults, text, ret_why);
	if (ok && s->faults.cut_new) {
		inserted_cut_power(s->card, s->faults.cut_writes, s->faults.cut_after);
		s->faults.cut_new = false;
	}
	pthread_mutex_unlock(&s->lock);
	return ok;
}

void slot_trace(struct slot *s, void (*sink)(void *ctx, struct span line), void *ctx)
{
	pthread_mutex_lock(&s->lock);
	s->trace = sink;
	s->trace_ctx = ctx;
	pthread_mutex_unlock(&s->lock);
}

/* A card has come, but what is under way to the last one is not over yet. */
static bool kept_back(const struct slot *s)
{
	return s->card != NULL && s->absence == SLOT_ABSENCE_OVER && !cond_is_over(&s->hidden_until);
}

static bool shown(const struct slot *s)
{
	return s->card != NULL && s->absence == SLOT_ABSENCE_OVER && !kept_back(s);
}

bool slot_present(struct slot *s)
{
	pthread_mutex_lock(&s->lock);
	bool present = shown(s);
	pthread_mutex_unlock(&s->lock);
	return present;
}

bool slot_power(struct slot *s, enum slot_power power, uint8_t atr[static UICC_ATR_MAX], size_t *ret_n)
{
	bool up = power == SLOT_POWER_UP;

	pthread_mutex_lock(&s->lock);
	bool ok = shown(s) && (!up || inserted_power(s->card));
	s->powered = ok && up;
	if (ok && up)
		*ret_n = fault_atr(&s->faults, atr, inserted_atr(s->card, atr));
	pthread_mutex_unlock(&s->lock);
	return ok;
}

size_t slot_atr(struct slot *s, uint8_t atr[static UICC_ATR_MAX])
{
	pthread_mutex_lock(&s->lock);
	size_t n = shown(s) ? fault_atr(&s->faults, atr, inserted_atr(s->card, atr)) : 0;
	pthread_mutex_unlock(&s->lock);
	return n;
}

/* Sits out a delay; false when the card was taken out in its middle. Other calls for the slot go on. */
static bool delay(struct slot *s, unsigned ms)
{
	struct timespec end = cond_deadline((int)ms);
	uint64_t generation = s->generation;

	while (ms != 0 && s->generation == generation)
		if (pthread_cond_timedwait(&s->changed, &s->lock, &end) == ETIMEDOUT)
			break;
	return s->generation == generation;
}

static size_t answer(struct slot *s, struct span capdu, uint8_t rapdu[static UICC_RAPDU_MAX],
		     char ret_trouble[static SLOT_WHY_MAX])
{
	struct fault_plan plan = fault_next(&s->faults, capdu);
	struct wr w = wr_of(rapdu, UICC_RAPDU_MAX);

	s->commands++;
	if (!delay(s, plan.delay_ms) || plan.mute)
		return 0;
	if (plan.sw != 0) {
		wr_u16(&w, plan.sw);
		return w.n;
	}
	size_t n = inserted_transmit(s->card, capdu, rapdu);
	const char *trouble = inserted_trouble(s->card);
	if (trouble != NULL)
		snprintf(ret_trouble, SLOT_WHY_MAX, "%.160s: could not be written: %.120s", s->path, trouble);
	return n != 0 ? fault_bend(plan.t0, rapdu, n) : 0;
}

size_t slot_transmit(struct slot *s, struct span capdu, uint8_t rapdu[static UICC_RAPDU_MAX],
		     char ret_trouble[static SLOT_WHY_MAX])
{
	size_t n = 0;

	ret_trouble[0] = '\0';
	pthread_mutex_lock(&s->lock);
	if (s->card != NULL && s->powered)
		n = answer(s, capdu, rapdu, ret_trouble);
	pthread_mutex_unlock(&s->lock);
	return n;
}

void slot_wait(struct slot *s, int timeout_ms)
{
	struct timespec end = cond_deadline(timeout_ms);

	pthread_mutex_lock(&s->lock);
	if (s->absence == SLOT_ABSENT_SEEN) { /* the round with the slot empty is done */
		s->absence = SLOT_ABSENCE_OVER;
		s->hidden_until = cond_deadline(s->was_used ? UNDER_WAY_MS : 0);
		if (s->card != NULL)
			s->told = s->generation - 1; /* it came meanwhile: that is news */
	}
	while (!s->roused && (s->told == s->generation || kept_back(s))) {
		const struct timespec *until = kept_back(s) ? &s->hidden_until : &end;
		if (pthread_cond_timedwait(&s->changed, &s->lock, until) == ETIMEDOUT && until == &end)
			break;
	}
	if (s->absence == SLOT_ABSENT_UNSEEN)
		s->absence = SLOT_ABSENT_SEEN;
	else if (!kept_back(s))
		s->told = s->generation;
	s->roused = false;
	pthread_mutex_unlock(&s->lock);
}

void slot_rouse(struct slot *s)
{
	pthread_mutex_lock(&s->lock);
	s->roused = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}
