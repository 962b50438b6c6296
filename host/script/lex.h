/* SPDX-License-Identifier: Apache-2.0 */
/* The characters of a script line: what script.c and pattern.c read it with. Internal to the parser. */
#ifndef VUICC_SCRIPT_LEX_H
#define VUICC_SCRIPT_LEX_H

#include "script.h"

struct lex {
	struct rd r; /* what is left of the line */
	const uint8_t *begin;
	struct script_step *s;
	struct script_fault *f;
	unsigned depth;
};

static inline uint8_t lex_peek(const struct lex *l)
{
	struct rd r = l->r;
	return rd_u8(&r); /* 0 at the end */
}

static inline uint16_t lex_column(const struct lex *l)
{
	return (uint16_t)(l->r.p - l->begin + 1);
}

static inline void lex_blanks(struct lex *l)
{
	while (lex_peek(l) == ' ' || lex_peek(l) == '\t')
		(void)rd_u8(&l->r);
}

/* Takes the character when it is the next one. */
static inline bool lex_take(struct lex *l, char c)
{
	if (l->r.n == 0 || lex_peek(l) != (uint8_t)c)
		return false;
	(void)rd_u8(&l->r);
	return true;
}

static inline bool lex_is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static inline bool lex_is_hex(uint8_t c)
{
	return lex_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static inline bool lex_is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* False, with the fault at the next character, or at `from` when that is not NULL. */
bool lex_fail(struct lex *l, const uint8_t *from, const char *expected);

/* False, with the fault at the first character of word that is no digit, or at its last one. */
bool lex_fail_digits(struct lex *l, struct span word, const char *expected);

/* Letters, digits, - and _, and a star behind a name (AUTN*). Empty when there is none here. */
struct span lex_word(struct lex *l);

/* Whether a word is octets: hexadecimal digits and nothing else. */
bool lex_word_is_hex(struct span word);

/* A decimal number of at most max. */
VU_MUST_USE bool lex_number(struct lex *l, uint32_t max, uint32_t *ret);

/* The name of a variable that can be set: not all of hexadecimal digits. */
VU_MUST_USE bool lex_name(struct lex *l, struct span *ret);

/* A new node of this kind at the next character; 0 with the fault when there is no room for it. */
uint16_t lex_node(struct lex *l, enum node_kind kind);

/* Appends octets in hexadecimal to the step's; *ret borrows from there. */
VU_MUST_USE bool lex_octets(struct lex *l, struct span digits, struct span *ret);

/*
 * Nodes up to `end` (0: the end of the line, or, in a pattern, |), which is taken; *ret is the first of them, 0 when there
 * are none.
 */
VU_MUST_USE bool lex_group(struct lex *l, char end, bool pattern, uint16_t *ret);

/* pattern.c: the nodes that patterns alone have. *ret_is: whether one begins here, and is node `n`. */
VU_MUST_USE bool lex_pattern_node(struct lex *l, bool *ret_is, uint16_t *ret);

/* pattern.c: what a pattern must not be, besides badly written: two stars in a group, a set of something else than objects. */
VU_MUST_USE bool lex_pattern_check(struct lex *l, uint16_t first);

#endif
