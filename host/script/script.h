/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scripted APDU sessions as text, one step a line:
 *
 *   # words            a comment
 *   > 00A4000402 3F00  a command APDU
 *   < 62 .. * 9000     what must come back: data and status word; `..` is any octet, `*` any number of them (once)
 *   ! reset            the card is reset
 *   ! profile NAME     the card is made from card/profiles/NAME.yaml and not from the default one; first of all orders
 *   ! card KEY=VALUE   how the card was personalised for this script (vuicc-perso --set); a runner makes it so
 *
 * Pure: text in, steps out; an answer against an expectation.
 */
#ifndef VUICC_SCRIPT_H
#define VUICC_SCRIPT_H

#include "../../apdu/apdu.h"

enum { SCRIPT_LINE_MAX = 4096, SCRIPT_PATTERN_TEXT = 2 * RAPDU_MAX + 2 /* star, NUL */ };

enum script_kind { SCRIPT_NOTHING, SCRIPT_COMMAND, SCRIPT_EXPECT, SCRIPT_RESET, SCRIPT_PROFILE, SCRIPT_CARD };

struct script_pattern {
	size_t n; /* octets, before and behind the star together */
	bool has_star;
	size_t star; /* how many stand before it */
	uint8_t octet[RAPDU_MAX];
	bool any[RAPDU_MAX]; /* this octet may be anything */
};

struct script_step {
	enum script_kind kind;
	uint8_t command[CAPDU_MAX];
	size_t command_n;
	struct script_pattern expect;
	struct span words; /* SCRIPT_PROFILE: NAME, SCRIPT_CARD: KEY=VALUE, borrowed from the line */
};

/* One line without its end. False with a static sentence in *ret_why when it is no step. */
VU_MUST_USE bool script_parse(struct script_step *s, struct span line, const char **ret_why);

/* The pattern as a script has it, without blanks. text holds SCRIPT_PATTERN_TEXT octets; returns it. */
char *script_pattern_text(char *text, const struct script_pattern *p);

/* Whether data followed by the status word is what the pattern says; *ret_at is the first octet that differs. */
VU_MUST_USE bool script_matches(const struct script_pattern *p, struct span answer, size_t *ret_at);

#endif
