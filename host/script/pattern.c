/* SPDX-License-Identifier: Apache-2.0 */
/* What patterns have that commands have not: wildcards, ranges, captures. */
#include "lex.h"

/* <LO..HI>, behind its <. */
static bool range(struct lex *l, struct span low, uint16_t i)
{
	struct script_node *node = &l->s->node[i];
	const uint8_t *from = low.p;

	node->kind = NODE_RANGE;
	if (!lex_octets(l, low, &node->octets))
		return false;
	if (!lex_take(l, '.') || !lex_take(l, '.'))
		return lex_fail(l, NULL, "'..' between the ends of a range");
	if (!lex_octets(l, lex_word(l), &node->octets_to))
		return false;
	if (node->octets.n == 0 || node->octets.n != node->octets_to.n ||
	    memcmp(node->octets.p, node->octets_to.p, node->octets.n) > 0)
		return lex_fail(l, from, "two ends of one length, the lower one first");
	return lex_take(l, '>') || lex_fail(l, NULL, "'>' behind the range");
}

/* <NAME:N>, <NAME:*>, behind the name. */
static bool capture(struct lex *l, struct span name, uint16_t i)
{
	struct script_node *node = &l->s->node[i];

	node->kind = NODE_CAPTURE;
	node->text = name;
	if (!lex_take(l, ':'))
		return lex_fail(l, NULL, "':' and a number of octets behind the name");
	if (!lex_take(l, '*')) {
		const uint8_t *from = l->r.p;
		if (!lex_number(l, RAPDU_MAX, &node->number))
			return false;
		if (node->number == 0)
			return lex_fail(l, from, "at least one octet");
	}
	return lex_take(l, '>') || lex_fail(l, NULL, "'>' behind the capture");
}

static bool angle(struct lex *l, uint16_t i)
{
	struct lex look = *l;

	if (lex_word_is_hex(lex_word(&look)))
		return range(l, lex_word(l), i);
	struct span name;
	return lex_name(l, &name) && capture(l, name, i);
}

/* .. and all the .. right behind it. */
static bool dots(struct lex *l, uint16_t i)
{
	do {
		if (!lex_take(l, '.') || !lex_take(l, '.'))
			return lex_fail(l, NULL, "'..' for an octet");
		l->s->node[i].number++;
		lex_blanks(l);
	} while (lex_peek(l) == '.');
	return true;
}

bool lex_pattern_node(struct lex *l, bool *ret_is, uint16_t *ret)
{
	static const char begins[] = ".*+<";
	uint8_t c = lex_peek(l);

	*ret_is = c != 0 && memchr(begins, c, sizeof begins - 1) != NULL;
	if (!*ret_is)
		return true;
	uint16_t i = *ret = lex_node(l, NODE_ANY);
	if (i == 0)
		return false;
	if (c == '.')
		return dots(l, i);
	(void)rd_u8(&l->r);
	if (c == '<')
		return angle(l, i);
	l->s->node[i].kind = c == '*' ? NODE_STAR : NODE_OTHERS;
	return true;
}

static bool is_open(const struct script_node *n)
{
	return n->kind == NODE_STAR || (n->kind == NODE_CAPTURE && n->number == 0);
}

static bool is_object(const struct script_node *n)
{
	return n->kind == NODE_OBJECT || n->kind == NODE_OBJECT_SET;
}

static bool fail_at(struct lex *l, const struct script_node *n, const char *expected)
{
	return lex_fail(l, l->begin + n->column - 1, expected);
}

/* Every child is an object, but for one + at the end. */
static bool check_objects(struct lex *l, uint16_t first)
{
	for (uint16_t i = first; i != 0; i = l->s->node[i].next) {
		const struct script_node *n = &l->s->node[i];
		if (n->kind == NODE_OTHERS && n->next != 0)
			return fail_at(l, n, "'+' as the last one");
		if (n->kind != NODE_OTHERS && !is_object(n))
			return fail_at(l, n,
				       "objects, TAG{…} or TAG[…], alone where order is free or others are allowed");
	}
	return true;
}

bool lex_pattern_check(struct lex *l, uint16_t first)
{
	unsigned open = 0;

	for (uint16_t i = first; i != 0; i = l->s->node[i].next) {
		const struct script_node *n = &l->s->node[i];
		if (is_open(n) && ++open > 1)
			return fail_at(l, n, "one '*' in a group: where the first one ends would not be clear");
		if (n->kind == NODE_OBJECT_SET && !check_objects(l, n->child))
			return false;
		if (n->kind == NODE_OTHERS && !check_objects(l, first))
			return false;
	}
	return true;
}
