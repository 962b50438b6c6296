/* SPDX-License-Identifier: Apache-2.0 */
#include "match.h"

#include "../../apdu/hex.h"
#include "../../apdu/tlv.h"

struct matcher {
	const struct value_vars *vars;
	const struct script_step *s;
	struct span answer;
	struct match *m;
	struct script_fault *f;
	bool fault;
};

static bool match_group(struct matcher *x, uint16_t first, struct span body);

/* What differs, and where. Always false. */
static bool differs(struct matcher *x, const uint8_t *at, const char *words, struct span octets)
{
	enum { SHOWN = 2 * 16 + 3 };
	char digits[SHOWN];
	struct wr w = WR(x->m->why);

	x->m->at = at != NULL ? (size_t)(at - x->answer.p) : x->answer.n;
	wr_str(&w, words);
	if (octets.n != 0)
		wr_str(&w, hex_str(digits, sizeof digits, octets));
	if (!wr_cstr(&w))
		x->m->why[0] = '\0';
	return false;
}

static bool fault(struct matcher *x, const struct script_node *n, const char *expected)
{
	x->fault = true;
	*x->f = (struct script_fault){ .column = n->column, .expected = expected, .got = n->text };
	return false;
}

/* The octets that a node is when they are all fixed: literal, variable or computed. */
static bool literal(struct matcher *x, const struct script_node *n, struct wr *out)
{
	x->fault = !value_eval_node(x->vars, x->s, n, out, x->f);
	return !x->fault;
}

static bool is_literal(const struct script_node *n)
{
	return n->kind == NODE_OCTETS || n->kind == NODE_NAME || n->kind == NODE_CALL;
}

static bool is_open(const struct script_node *n)
{
	return n->kind == NODE_STAR || n->kind == NODE_OTHERS || (n->kind == NODE_CAPTURE && n->number == 0);
}

/* How many octets the nodes from `first` on stand for. False when that is open, or with a fault. */
static bool width(struct matcher *x, uint16_t first, size_t *ret)
{
	size_t n = 0;

	for (uint16_t i = first; i != 0; i = x->s->node[i].next) {
		const struct script_node *node = &x->s->node[i];
		uint8_t octets[VALUE_MAX], head[8];
		struct wr w = WR(octets), h = WR(head);
		size_t inner = 0;
		if (is_open(node) || node->kind == NODE_OBJECT_SET)
			return false;
		if (is_literal(node)) {
			if (!literal(x, node, &w))
				return false;
			n += w.n;
			secret_wipe(octets, sizeof octets);
		} else if (node->kind == NODE_RANGE) {
			n += node->octets.n;
		} else if (node->kind == NODE_OBJECT || node->kind == NODE_COUNTED) {
			if (!width(x, node->child, &inner))
				return false;
			if (node->kind == NODE_OBJECT) {
				wr_tag(&h, node->tag);
				wr_ber_len(&h, inner);
			}
			n += inner + (node->kind == NODE_OBJECT ? h.n : 1);
		} else {
			n += node->number;
		}
	}
	*ret = n;
	return true;
}

static bool capture(struct matcher *x, const struct script_node *n, struct span octets)
{
	struct match *m = x->m;

	if (m->n_captures >= MATCH_CAPTURES_MAX)
		return fault(x, n, "at most 32 captures on a line");
	m->capture[m->n_captures].name = n->text;
	m->capture[m->n_captures++].octets = octets;
	return true;
}

/* As many octets as `expected` has, which must be those. */
static bool same(struct matcher *x, struct rd *r, struct span expected)
{
	struct rd wanted = rd_of(expected);

	while (wanted.n != 0) {
		const uint8_t *at = r->p;
		struct span left = span_of(wanted.p, wanted.n);
		if (r->n == 0 || rd_u8(r) != rd_u8(&wanted))
			return differs(x, at, "", left);
	}
	return true;
}

static bool take(struct matcher *x, struct rd *r, size_t n, struct span *ret)
{
	if (r->n < n)
		return differs(x, r->p + r->n, "more octets", (struct span){ 0 });
	*ret = rd_take(r, n);
	return true;
}

/* Everything but what the nodes behind it need. */
static bool open_node(struct matcher *x, const struct script_node *node, struct rd *r)
{
	size_t tail = 0;

	if (!width(x, node->next, &tail))
		return x->fault ? false : fault(x, node, "only parts of a fixed length behind '*'");
	if (r->n < tail)
		return differs(x, r->p + r->n, "more octets", (struct span){ 0 });
	struct span octets = rd_take(r, r->n - tail);
	return node->kind == NODE_STAR || capture(x, node, octets);
}

static bool literal_node(struct matcher *x, const struct script_node *node, struct rd *r)
{
	uint8_t octets[VALUE_MAX];
	struct wr w = WR(octets);
	bool ok = literal(x, node, &w) && same(x, r, wr_done(&w));

	x->m->computed = !ok && node->kind != NODE_OCTETS;
	secret_wipe(octets, sizeof octets);
	return ok;
}

/* Numbers of one length: below 0, 0, above 0, as a is to b. */
static int compare(struct span a, struct span b)
{
	struct rd x = rd_of(a), y = rd_of(b);

	while (x.n != 0 && y.n != 0) {
		int difference = rd_u8(&x) - rd_u8(&y);
		if (difference != 0)
			return difference;
	}
	return 0;
}

static bool range_node(struct matcher *x, const struct script_node *node, struct rd *r)
{
	const uint8_t *from = r->p;
	char text[MATCH_TEXT_MAX], low[24], high[24];
	struct wr w = WR(text);
	struct span octets = { 0 };

	if (!take(x, r, node->octets.n, &octets))
		return false;
	if (compare(octets, node->octets) >= 0 && compare(octets, node->octets_to) <= 0)
		return true;
	wr_str(&w, hex_str(low, sizeof low, node->octets));
	wr_str(&w, " to ");
	wr_str(&w, hex_str(high, sizeof high, node->octets_to));
	return differs(x, from, wr_cstr(&w) ? text : "another number", (struct span){ 0 });
}

static bool counted_node(struct matcher *x, const struct script_node *node, struct rd *r)
{
	const uint8_t *from = r->p;
	struct rd all = *r;
	struct span body = rd_lv8(&all);

	if (all.bad)
		return differs(x, from, "a length, and as many octets", (struct span){ 0 });
	*r = all;
	return match_group(x, node->child, body);
}

/* Whether one more object may stand among those of a group, its tag not being the one that is due. */
static bool has_others(const struct script_step *s, uint16_t first)
{
	for (uint16_t i = first; i != 0; i = s->node[i].next)
		if (s->node[i].kind == NODE_OTHERS)
			return true;
	return false;
}

static bool missing(struct matcher *x, const struct script_node *node, const uint8_t *at)
{
	uint8_t tag[2];
	struct wr w = WR(tag);

	wr_tag(&w, node->tag);
	return differs(x, at, "object ", wr_done(&w));
}

/* Objects in their order, others between them. */
static bool in_order(struct matcher *x, uint16_t first, struct span body)
{
	struct rd r = rd_of(body);
	uint16_t due = first;

	while (r.n != 0) {
		const uint8_t *from = r.p;
		struct tlv t = rd_tlv(&r);
		const struct script_node *node = &x->s->node[due];
		if (r.bad)
			return differs(x, from, "an object", (struct span){ 0 });
		if (due == 0 || node->kind == NODE_OTHERS || node->tag != t.tag)
			continue;
		if (!match_group(x, node->child, t.v))
			return false;
		due = node->next;
	}
	const struct script_node *node = &x->s->node[due];
	return due == 0 || node->kind == NODE_OTHERS || missing(x, node, body.p + body.n);
}

/* Which nodes of a set have been found, and which had the tag of an object but not its content: a bit each. */
struct found {
	uint64_t yes, almost;
};

/* One object against those of a set that have not been found yet. */
static bool find_in_set(struct matcher *x, uint16_t first, struct tlv t, const uint8_t *from, struct found *found)
{
	bool others = has_others(x->s, first), any = false;
	unsigned bit = 0;

	for (uint16_t i = first; i != 0; i = x->s->node[i].next, bit++) {
		const struct script_node *node = &x->s->node[i];
		size_t captures = x->m->n_captures;
		if (node->kind == NODE_OTHERS || node->tag != t.tag || bit >= 64 || (found->yes >> bit & 1) != 0)
			continue;
		any = true;
		if (match_group(x, node->child, t.v)) {
			found->yes |= UINT64_C(1) << bit;
			return true;
		}
		x->m->n_captures = captures;
		found->almost |= UINT64_C(1) << bit;
		if (x->fault)
			return false;
	}
	/* When its content was the trouble, that has been said. */
	return others || (any ? false : differs(x, from, "no such object", (struct span){ 0 }));
}

static bool in_any_order(struct matcher *x, uint16_t first, struct span body)
{
	struct rd r = rd_of(body);
	struct found found = { 0 };
	unsigned bit = 0;

	while (r.n != 0) {
		const uint8_t *from = r.p;
		struct tlv t = rd_tlv(&r);
		if (r.bad)
			return differs(x, from, "an object", (struct span){ 0 });
		if (!find_in_set(x, first, t, from, &found) || x->fault)
			return false;
	}
	for (uint16_t i = first; i != 0; i = x->s->node[i].next, bit++)
		if (x->s->node[i].kind != NODE_OTHERS && (bit >= 64 || (found.yes >> bit & 1) == 0))
			return bit < 64 && (found.almost >> bit & 1) != 0 ? false
									  : missing(x, &x->s->node[i], body.p + body.n);
	return true;
}

static bool object_node(struct matcher *x, const struct script_node *node, struct rd *r)
{
	const uint8_t *from = r->p;
	struct rd all = *r;
	struct tlv t = rd_tlv(&all);

	if (all.bad || t.tag != node->tag)
		return missing(x, node, from);
	*r = all;
	if (node->kind == NODE_OBJECT_SET)
		return in_any_order(x, node->child, t.v);
	return match_group(x, node->child, t.v);
}

static bool match_node(struct matcher *x, const struct script_node *node, struct rd *r)
{
	struct span octets = { 0 };

	switch (node->kind) {
	case NODE_OCTETS:
	case NODE_NAME:
	case NODE_CALL:
		return literal_node(x, node, r);
	case NODE_ANY:
		return take(x, r, node->number, &octets);
	case NODE_STAR:
		return open_node(x, node, r);
	case NODE_CAPTURE:
		if (node->number == 0)
			return open_node(x, node, r);
		return take(x, r, node->number, &octets) && capture(x, node, octets);
	case NODE_RANGE:
		return range_node(x, node, r);
	case NODE_COUNTED:
		return counted_node(x, node, r);
	case NODE_OBJECT:
	case NODE_OBJECT_SET:
		return object_node(x, node, r);
	case NODE_OTHERS:
	case NODE_ARGUMENT:
	case NODE_NUMBER:
	case NODE_ALTERNATIVE:
	default:
		return fault(x, node, "a part of a pattern");
	}
}

/* All of the octets, by all of the nodes. */
static bool match_group(struct matcher *x, uint16_t first, struct span body)
{
	struct rd r = rd_of(body);

	if (has_others(x->s, first))
		return in_order(x, first, body);
	for (uint16_t i = first; i != 0; i = x->s->node[i].next)
		if (!match_node(x, &x->s->node[i], &r))
			return false;
	return r.n == 0 || differs(x, r.p, "the end", (struct span){ 0 });
}

enum match_result match_answer(const struct value_vars *vars, const struct script_step *s, struct span answer,
			       struct match *m, struct script_fault *f)
{
	struct match best = { 0 };
	bool any = false;

	for (uint16_t i = s->first; i != 0; i = s->node[i].next) {
		struct matcher x = { .vars = vars, .s = s, .answer = answer, .m = m, .f = f };
		*m = (struct match){ 0 };
		if (match_group(&x, s->node[i].child, answer))
			return MATCH_YES;
		if (x.fault)
			return MATCH_FAULT;
		if (!any || m->at > best.at)
			best = *m;
		any = true;
	}
	*m = best;
	return MATCH_NO;
}
