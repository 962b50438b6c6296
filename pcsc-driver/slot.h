/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One slot of the driver: a card in it or none, under one lock. The calls of pcscd (its own thread a slot, and one that
 * waits for a change) and those of the control socket meet here; no slot ever waits for another.
 */
#ifndef VUICC_SLOT_H
#define VUICC_SLOT_H

#include <limits.h>
#include <pthread.h>
#include <sys/types.h>

#include "fault.h"
#include "inserted.h"

enum { SLOT_WHY_MAX = INSERTED_WHY_MAX + 64, SLOT_TRACE_OFF = -1 };

/*
 * A card that was taken out has to be missed before the next one is shown, or pcscd takes that for the same card and gives
 * its answers to clients of the last one. pcscd's thread for a slot goes round: it asks whether a card is there, does what
 * follows from the answer, and waits in slot_wait(). Others ask, too, so a question proves nothing; but once it has gone
 * all the way round with the slot empty, it knows.
 *
 * It begins with an empty slot, also where a card is there from the start: pcscd counts insertions and removals from 0 on,
 * and its clients take a count of 0 for none. Who slept through a swap of a card that pcscd never saw come would not notice.
 *
 * A command may still be on its way inside pcscd, which looks for a removal first and waits for its turn with the reader
 * then. Behind a card that was used, the slot stays empty for some milliseconds more, so that it finds nobody.
 */
enum slot_absence {
	SLOT_ABSENT_UNSEEN, /* pcscd has not begun its round */
	SLOT_ABSENT_SEEN, /* this is the round */
	SLOT_ABSENCE_OVER, /* a card is shown if there is one, from hidden_until on */
};

struct slot {
	pthread_mutex_t lock; /* for everything below */
	pthread_cond_t changed; /* a card came or went, or somebody is roused */
	struct inserted *card; /* NULL = empty */
	char path[PATH_MAX]; /* of its file */
	bool powered;
	bool roused; /* slot_wait() is to end */
	enum slot_absence absence;
	struct timespec hidden_until;
	bool was_used; /* the card that pcscd has seen last */
	uint64_t generation; /* +1 by each insertion and removal */
	uint64_t told; /* the one that slot_wait() has told of */
	uint64_t commands; /* since the insertion */
	struct faults faults;
	void (*trace)(void *ctx, struct span line); /* NULL = nobody looks */
	void *trace_ctx;

	/* What it is called, and its place among all slots of this process; under a lock that all have together. */
	const char *reader;
	unsigned number;
	dev_t device; /* of the card file; 0 and 0 = empty */
	ino_t inode;
	struct slot *next;
};

/* What there is to know of a slot. */
struct slot_state {
	char path[PATH_MAX]; /* "" = empty */
	bool powered;
	uint64_t commands;
	char faults[FAULT_TEXT_MAX];
};

/* Whether it has no control characters. */
bool slot_printable(const char *text);

enum slot_power { SLOT_POWER_UP, SLOT_POWER_DOWN };

/* Slot `number` of a reader, which is called so until slot_destroy(). 0 or -errno. */
int slot_init(struct slot *s, const char *reader, unsigned number);
void slot_destroy(struct slot *s);

/*
 * Into an empty slot. 0, -EEXIST, or -errno of inserted_open(); why (SLOT_WHY_MAX octets) then says it, and of a card that is
 * in another slot of this process, in which.
 */
int slot_insert(struct slot *s, const char *path, char *why);

/* 0 or -ENOENT. */
int slot_eject(struct slot *s);

/* Another card. The new one is opened first: when that fails nothing has happened. An empty slot is fine. */
int slot_swap(struct slot *s, const char *path, char *why);

void slot_state(struct slot *s, struct slot_state *ret);

/* fault_set() on this slot. */
VU_MUST_USE bool slot_fault(struct slot *s, const char *text, char ret_why[static FAULT_WHY_MAX]);

/* From now on every command is shown, as trace_line_put() has it; NULL = no more. The sink must not wait. */
void slot_trace(struct slot *s, void (*sink)(void *ctx, struct span line), void *ctx);

/* For pcscd. */

/* Whether pcscd is to see a card (enum slot_absence). */
bool slot_present(struct slot *s);

/* False: no card is present, or one that does not start. With SLOT_POWER_UP the ATR is written. */
VU_MUST_USE bool slot_power(struct slot *s, enum slot_power power, uint8_t atr[static UICC_ATR_MAX], size_t *ret_n);

/* The ATR that slot_power() would give, without a reset; 0 = no card is present. */
size_t slot_atr(struct slot *s, uint8_t atr[static UICC_ATR_MAX]);

/* Octets of the answer; 0 = none came. *ret_trouble: NULL, or why the card file could not be written. */
size_t slot_transmit(struct slot *s, struct span capdu, uint8_t rapdu[static UICC_RAPDU_MAX],
		     char ret_trouble[static SLOT_WHY_MAX]);

/*
 * For pcscd's thread of this slot alone. Waits until a card has come or gone since the last time this told so, the time is
 * over, or slot_rouse().
 */
void slot_wait(struct slot *s, int timeout_ms);
/* Ends the wait that is going on, or else the next one. */
void slot_rouse(struct slot *s);

#endif
