/* SPDX-License-Identifier: Apache-2.0 */
/* A transcript as something to be run again and again, with the power cut somewhere. Errors end the program. */
#ifndef VUICC_TESTS_POWER_STORY_H
#define VUICC_TESTS_POWER_STORY_H

#include "apdu/apdu.h"
#include "card/store/nv_mem.h"
#include "vuicc/uicc.h"

struct step {
	uint8_t octets[CAPDU_MAX];
	size_t n; /* 0: a reset */
};

struct answer {
	uint8_t octets[UICC_RAPDU_MAX];
	size_t n;
};

struct story {
	const char *path;
	struct profile *profile; /* owns the items */
	const struct nv_item *items; /* the card it is told on */
	size_t n_items;
	struct step *steps;
	size_t n;

	/* How it goes with the power on. */
	struct answer *answers; /* by step */
	struct nv_mem **states; /* n + 1: before the first step, and after each */
};

/* Reads a transcript, makes its card, and runs it once. */
struct story *story_read(const char *path);
/* NULL is fine. */
void story_free(struct story *s);

/* A fresh card of the story in RAM. */
struct nv_mem *story_card(const struct story *s);

/* The same octets from every run. */
extern const struct uicc_env story_env;
/* Starts the run's randomness anew. */
void story_begin(void);

/* One step. */
void story_step(struct uicc *u, const struct step *step, struct answer *ret);

/* Ends the program with a sentence about a story. */
_Noreturn void story_fail(const struct story *s, size_t step, const char *what);

#endif
