/* SPDX-License-Identifier: Apache-2.0 */
/* What a script meets when it runs: a card, files and a clock, as the callbacks of run.h. */
#ifndef VUICC_SCRIPT_SESSION_H
#define VUICC_SCRIPT_SESSION_H

#include "run.h"
#include "../card/card_if.h"

enum { SESSION_FILES_MAX = 512 };

struct session_file {
	char *name;
	uint8_t *text;
	size_t n;
};

/* All zero to begin with but for the card, which is borrowed, and who gets the events. */
struct session {
	struct card_if *card;
	bool shared; /* other programs may want the card, too */
	uint64_t held_since, held_us; /* the card, in all since others last had time to come */
	void (*event)(void *ctx, const struct run_event *e);
	void *event_ctx;
	size_t n_files;
	struct session_file file[SESSION_FILES_MAX];
	char why[RUN_TEXT_MAX];
};

/* Connects to the card, waiting for other programs to give it free. 0 or -errno, and s->card->why. */
int session_connect(struct session *s);

/* ret becomes the callbacks over s, which must stay where it is. */
void session_ops(struct session *s, struct run_ops *ret);

/* A whole file; good until session_wipe(). A reason in words, or NULL. */
const char *session_load(struct session *s, const char *name, struct span *ret_text);

/* Frees and wipes the files. */
void session_wipe(struct session *s);

/* Microseconds of a clock that only goes on. */
uint64_t session_now_us(void);

#endif
