/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tester can make a card in a slot do wrong, by name. Pure: text to state, a command to a plan, an answer to a
 * worse one.
 */
#ifndef VUICC_FAULT_H
#define VUICC_FAULT_H

#include "../apdu/apdu.h"
#include "vuicc/uicc.h"

enum { FAULT_WHY_MAX = 160, FAULT_TEXT_MAX = 256, FAULT_DELAY_MAX_MS = 600000 };

/* T=0 spoken wrongly. */
enum fault_t0 { FAULT_T0_NONE, FAULT_T0_LONG_61, FAULT_T0_ENDLESS_6C, FAULT_T0_ONE_OCTET };

/* Faults of one slot; all zero = none. */
struct faults {
	unsigned mute; /* commands that still get no answer */
	unsigned delay_ms, delayed; /* how long, and for how many commands more */
	unsigned authenticates; /* the AUTHENTICATE, counted from now, that gets sw; 0 = none */
	uint16_t sw;
	enum fault_t0 t0;
	unsigned t0_left; /* commands */
	uint8_t atr[UICC_ATR_MAX]; /* instead of the card's */
	size_t n_atr;
	enum { FAULT_ATR_OWN, FAULT_ATR_OTHER, FAULT_ATR_BAD_TCK, FAULT_ATR_INVERSE, FAULT_ATR_SHORT } atr_kind;

	/* For the card itself: the power goes at a write. Told once, by fault_set(). */
	unsigned cut_writes;
	bool cut_after;
	bool cut_new;
};

/* What is to happen to one command. */
struct fault_plan {
	unsigned delay_ms; /* first */
	bool mute; /* no answer, the card does not see it */
	uint16_t sw; /* not 0: the answer, the card does not see it */
	enum fault_t0 t0; /* the card's answer is bent */
};

/*
 * "NAME [ARGUMENT]…", as the table in fault.c has them; "none" takes all back. False: nothing has changed, ret_why says
 * what was expected.
 */
VU_MUST_USE bool fault_set(struct faults *f, const char *text, char ret_why[static FAULT_WHY_MAX]);

/* The faults in force, as fault_set() takes them, with ", " between; "" = none. */
void fault_text(const struct faults *f, char ret[static FAULT_TEXT_MAX]);

/* One command comes: what is spent on it is spent. */
struct fault_plan fault_next(struct faults *f, struct span capdu);

/* Bends an answer of n octets (at least 2) in place; octets that are left. */
size_t fault_bend(enum fault_t0 t0, uint8_t rapdu[static UICC_RAPDU_MAX], size_t n);

/* The ATR that is shown instead of the card's n octets; its length. */
size_t fault_atr(const struct faults *f, uint8_t atr[static UICC_ATR_MAX], size_t n);

/* The i-th fault for a list: "NAME ARGUMENTS" and what it does. False behind the last. */
bool fault_describe(size_t i, const char **ret_usage, const char **ret_help);

#endif
