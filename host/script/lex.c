/* SPDX-License-Identifier: Apache-2.0 */
#include "lex.h"

#include "../../apdu/hex.h"
#include "func.h"

bool lex_fail(struct lex *l, const uint8_t *from, const char *expected)
{
	enum { GOT_MAX = 16 };
	const uint8_t *at = from != NULL ? from : l->r.p;
	const uint8_t *end = l->r.p + l->r.n;
	size_t n = (size_t)(end - at);

	*l->f = (struct script_fault){ .column = (size_t)(at - l->begin) + 1,
				       .expected = expected,
				       .got = span_of(at, n < GOT_MAX ? n : GOT_MAX) };
	return false;
}

bool lex_fail_digits(struct lex *l, struct span word, const char *expected)
{
	size_t n = 0;

	while (n + 1 < word.n && lex_word_is_hex(span_sub(word, n, 1)))
		n++;
	lex_fail(l, word.p + n, expected);
	l->f->got = span_sub(word, n, 1);
	return false;
}

static bool in_word(uint8_t c)
{
	return lex_is_letter(c) || lex_is_digit(c) || c == '-' || c == '_';
}

struct span lex_word(struct lex *l)
{
	const uint8_t *from = l->r.p;
	size_t n = 0;

	while (l->r.n != 0 && in_word(lex_peek(l))) {
		(void)rd_u8(&l->r);
		n++;
	}
	if (n != 0 && lex_is_letter(*from) && !lex_word_is_hex(span_of(from, n)) && lex_take(l, '*'))
		n++;
	return span_of(from, n);
}

bool lex_word_is_hex(struct span word)
{
	struct rd r = rd_of(word);

	while (r.n != 0)
		if (!lex_is_hex(rd_u8(&r)))
			return false;
	return word.n != 0;
}

bool lex_number(struct lex *l, uint32_t max, uint32_t *ret)
{
	const uint8_t *from = l->r.p;
	uint64_t v = 0;
	bool any = false;

	while (l->r.n != 0 && lex_is_digit(lex_peek(l)) && v <= max) {
		v = v * 10 + (rd_u8(&l->r) - (uint8_t)'0');
		any = true;
	}
	if (!any)
		return lex_fail(l, from, "a decimal number");
	if (v > max)
		return lex_fail(l, from, "a smaller number");
	*ret = (uint32_t)v;
	return true;
}

bool lex_name(struct lex *l, struct span *ret)
{
	const uint8_t *from = l->r.p;
	struct span word = lex_word(l);

	if (word.n == 0 || !lex_is_letter(*from))
		return lex_fail(l, from, "a name, which begins with a letter");
	if (lex_word_is_hex(word))
		return lex_fail(l, from, "a name that is no octets: with another letter than A to F");
	if (word.n > SCRIPT_NAME_MAX)
		return lex_fail(l, from, "a name of at most 32 characters");
	*ret = word;
	return true;
}

uint16_t lex_node(struct lex *l, enum node_kind kind)
{
	if (l->s->n_nodes >= SCRIPT_NODES_MAX - 1) {
		lex_fail(l, NULL, "a shorter line: there is no room for more parts");
		return 0;
	}
	uint16_t i = ++l->s->n_nodes;
	l->s->node[i] = (struct script_node){ .kind = kind, .column = lex_column(l) };
	return i;
}

bool lex_octets(struct lex *l, struct span digits, struct span *ret)
{
	struct script_step *s = l->s;
	struct wr w = wr_of(s->octets + s->n_octets, sizeof s->octets - s->n_octets);

	if (!hex_parse(&w, digits))
		return lex_fail_digits(l, digits, "octets of two hexadecimal digits each");
	*ret = wr_done(&w);
	s->n_octets += w.n;
	return true;
}

/* The arguments of a call, behind its parenthesis. */
static bool arguments(struct lex *l, const struct func *f, bool bare, uint16_t *ret)
{
	uint16_t *link = ret;
	const uint8_t *from = l->r.p;
	size_t n = 0;

	lex_blanks(l);
	bool more = bare || !lex_take(l, ')');
	while (more) {
		char kind = func_arg_kind(f, n);
		if (kind == 0)
			return lex_fail(l, NULL, f->usage);
		uint16_t i = lex_node(l, kind == 'n' ? NODE_NUMBER : NODE_ARGUMENT);
		if (i == 0)
			return false;
		*link = i;
		link = &l->s->node[i].next;
		lex_blanks(l);
		if (kind == 'n' && !lex_number(l, UINT32_MAX, &l->s->node[i].number))
			return false;
		if (kind == 'o' && !lex_group(l, ',', false, &l->s->node[i].child))
			return false;
		n++;
		if (bare)
			break;
		lex_blanks(l);
		more = lex_take(l, ',');
		if (!more && !lex_take(l, ')'))
			return lex_fail(l, NULL, "',' or ')'");
	}
	return func_arg_count_ok(f, n) || lex_fail(l, from, f->usage);
}

/* A name, or a function with its arguments. */
static bool name_or_call(struct lex *l, struct span word, bool pattern, uint16_t i)
{
	struct script_node *node = &l->s->node[i];
	bool call = lex_peek(l) == '(';
	const struct func *f = func_find(word);

	node->text = word;
	node->kind = NODE_NAME;
	if (!lex_is_letter(*word.p))
		return lex_fail_digits(l, word, "octets of two hexadecimal digits each, or a name");
	if (word.n > SCRIPT_NAME_MAX)
		return lex_fail(l, word.p, "a name of at most 32 characters");
	/* `random 16` as people say it; everything else has parentheses. */
	bool bare = !call && f != NULL && span_eq(word, span_str("random"));
	if (!call && !bare)
		return true;
	if (f == NULL)
		return lex_fail(l, word.p, "a function (vuicc-apdu --functions lists them)");
	if (pattern && span_eq(word, span_str("random")))
		return lex_fail(l, word.p, "no randomness in what is expected");
	if (call)
		(void)rd_u8(&l->r);
	node->kind = NODE_CALL;
	return arguments(l, f, bare, &node->child);
}

/* The tag of TAG{ or TAG[. */
static bool object(struct lex *l, struct span word, bool pattern, uint16_t i)
{
	struct script_node *node = &l->s->node[i];
	bool set = lex_peek(l) == '[';
	struct span tag;

	if (set && !pattern)
		return lex_fail(l, NULL, "'{': in octets that are sent, objects have their order");
	if (!lex_octets(l, word, &tag))
		return false;
	struct rd r = rd_of(tag);
	uint8_t first = rd_u8(&r);
	bool two = (first & 0x1F) == 0x1F;
	node->tag = first;
	if (two)
		node->tag = (uint16_t)(first << 8 | rd_u8(&r));
	if (!rd_end(&r))
		return lex_fail(l, word.p, "a tag of one octet, or of two when the first ends in 1F");
	node->kind = set ? NODE_OBJECT_SET : NODE_OBJECT;
	(void)rd_u8(&l->r);
	return lex_group(l, set ? ']' : '}', pattern, &node->child);
}

static bool quoted(struct lex *l, uint16_t i)
{
	const uint8_t *from = l->r.p;
	size_t n = 0;

	while (l->r.n != 0 && lex_peek(l) != '"') {
		(void)rd_u8(&l->r);
		n++;
	}
	l->s->node[i].octets = span_of(from, n);
	return lex_take(l, '"') || lex_fail(l, NULL, "'\"' at the end of the text");
}

static bool element(struct lex *l, bool pattern, uint16_t *ret)
{
	const uint8_t *from = l->r.p;
	bool is = false;

	if (pattern && !lex_pattern_node(l, &is, ret))
		return false;
	if (is)
		return true;
	uint16_t i = lex_node(l, NODE_OCTETS);
	if (i == 0)
		return false;
	*ret = i;
	if (lex_take(l, '"'))
		return quoted(l, i);
	if (lex_take(l, '(')) {
		l->s->node[i].kind = NODE_COUNTED;
		return lex_group(l, ')', pattern, &l->s->node[i].child);
	}
	struct span word = lex_word(l);
	if (word.n == 0)
		return lex_fail(l, from,
				pattern ? "octets, a name, '..', '*', '<…>', TAG{…}, TAG[…] or (…)"
					: "octets, a name, \"text\", TAG{…} or (…)");
	if (!lex_word_is_hex(word))
		return name_or_call(l, word, pattern, i);
	if (lex_peek(l) == '{' || lex_peek(l) == '[')
		return object(l, word, pattern, i);
	return lex_octets(l, word, &l->s->node[i].octets);
}

static bool at_end(struct lex *l, char end, bool pattern)
{
	if (end == ',')
		return lex_peek(l) == ',' || lex_peek(l) == ')'; /* left to the caller */
	if (end != 0)
		return lex_take(l, end);
	return l->r.n == 0 || (pattern && lex_peek(l) == '|');
}

bool lex_group(struct lex *l, char end, bool pattern, uint16_t *ret)
{
	static const char *const wanted[] = { ")", "'}' at the end of the object", "']' at the end of the object" };
	uint16_t *link = ret;

	if (l->depth >= SCRIPT_DEPTH_MAX)
		return lex_fail(l, NULL, "no more than eight groups inside each other");
	l->depth++;
	*ret = 0;
	for (;;) {
		lex_blanks(l);
		if (at_end(l, end, pattern))
			break;
		if (l->r.n == 0)
			return lex_fail(l, NULL, end == '}' ? wanted[1] : end == ']' ? wanted[2] : "')'");
		if (!element(l, pattern, link))
			return false;
		link = &l->s->node[*link].next;
	}
	l->depth--;
	return !pattern || lex_pattern_check(l, *ret);
}
