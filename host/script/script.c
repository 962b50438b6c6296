/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include "lex.h"

struct span script_trim(struct span s)
{
	while (s.n != 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_sub(s, 1, s.n);
	while (s.n != 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

struct span script_shown(struct span text)
{
	enum { DIGITS_MAX = 5, DIGITS_SHOWN = 2 };
	size_t digits = 0, cut = 0;
	struct rd r = rd_of(text);

	while (r.n != 0 && digits <= DIGITS_MAX) {
		uint8_t c = rd_u8(&r);
		if (!lex_is_hex(c) && c != ' ' && c != '\t')
			digits = 0;
		digits += lex_is_hex(c);
		if (digits <= DIGITS_SHOWN)
			cut = text.n - r.n;
	}
	return span_sub(text, 0, digits > DIGITS_MAX ? cut : text.n);
}

/* How many octets a command has that is known before it runs; SIZE_MAX when a variable or a function is in it. */
static size_t fixed_length(const struct script_step *s, uint16_t first)
{
	size_t n = 0;

	for (uint16_t i = first; i != 0; i = s->node[i].next) {
		if (s->node[i].kind != NODE_OCTETS)
			return SIZE_MAX;
		n += s->node[i].octets.n;
	}
	return n;
}

/* What is written out can be judged at once: lengths and all. */
static bool check_apdu(struct lex *l, const uint8_t *from)
{
	uint8_t octets[CAPDU_MAX];
	struct wr w = WR(octets);
	struct capdu c;

	if (fixed_length(l->s, l->s->first) == SIZE_MAX)
		return true;
	for (uint16_t i = l->s->first; i != 0; i = l->s->node[i].next)
		wr_span(&w, l->s->node[i].octets);
	return capdu_parse(&c, wr_done(&w)) || lex_fail(l, from, "an APDU of case 1 to 4 with short lengths");
}

static bool parse_command(struct lex *l)
{
	const uint8_t *from = l->r.p;

	l->s->kind = SCRIPT_COMMAND;
	return lex_group(l, 0, false, &l->s->first) && check_apdu(l, from);
}

/* At least a status word, as far as that can be seen from the pattern. */
static bool check_answer(struct lex *l, uint16_t first, const uint8_t *from)
{
	size_t n = 0;

	for (uint16_t i = first; i != 0; i = l->s->node[i].next) {
		const struct script_node *node = &l->s->node[i];
		n += node->kind == NODE_OCTETS || node->kind == NODE_RANGE  ? node->octets.n
		     : node->kind == NODE_ANY || node->kind == NODE_CAPTURE ? node->number
		     : node->kind == NODE_STAR || node->kind == NODE_OTHERS ? 0
									    : 2;
	}
	return n >= 2 || lex_fail(l, from, "an answer with its status word at the end");
}

static bool parse_expect(struct lex *l)
{
	uint16_t *link = &l->s->first;

	l->s->kind = SCRIPT_EXPECT;
	do {
		const uint8_t *from = l->r.p;
		uint16_t i = lex_node(l, NODE_ALTERNATIVE);
		if (i == 0 || !lex_group(l, 0, true, &l->s->node[i].child) ||
		    !check_answer(l, l->s->node[i].child, from))
			return false;
		*link = i;
		link = &l->s->node[i].next;
	} while (lex_take(l, '|'));
	return true;
}

static bool rest_of_line(struct lex *l, const char *expected)
{
	l->s->words = script_trim(rd_rest(&l->r));
	return l->s->words.n != 0 || lex_fail(l, NULL, expected);
}

/* Small letters, digits and hyphens: a name is no path. */
static bool order_profile(struct lex *l)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	const uint8_t *from = l->r.p;
	const char *expected = "the name of a profile, without folder and without .yaml";

	if (!rest_of_line(l, expected))
		return false;
	struct rd r = rd_of(l->s->words);
	while (r.n != 0)
		if (memchr(letters, rd_u8(&r), sizeof letters - 1) == NULL)
			return lex_fail(l, from, expected);
	return true;
}

static bool order_card(struct lex *l)
{
	return rest_of_line(l, "KEY=VALUE, as for vuicc-perso --set");
}

static bool order_include(struct lex *l)
{
	return rest_of_line(l, "the name of a file");
}

static bool order_case(struct lex *l)
{
	return rest_of_line(l, "the name of the case");
}

static bool order_must(struct lex *l)
{
	return rest_of_line(l, "what it means when the next answer is another one");
}

static bool order_let(struct lex *l)
{
	if (!lex_name(l, &l->s->words))
		return false;
	lex_blanks(l);
	if (!lex_take(l, '='))
		return lex_fail(l, NULL, "'=' behind the name");
	return lex_group(l, 0, false, &l->s->first);
}

static bool order_channel(struct lex *l)
{
	return lex_number(l, APDU_CHANNELS - 1, &l->s->number);
}

static bool order_within(struct lex *l)
{
	enum { HOUR_MS = 3600 * 1000 };

	if (!lex_number(l, HOUR_MS, &l->s->number))
		return false;
	struct span unit = lex_word(l);
	if (span_eq(unit, span_str("ms")))
		l->s->number *= 1000;
	else if (span_eq(unit, span_str("s")) && l->s->number <= HOUR_MS / 1000)
		l->s->number *= 1000 * 1000;
	else
		return lex_fail(l, unit.n != 0 ? unit.p : NULL, "'ms', or 's' for up to an hour, behind the number");
	return true;
}

static bool order_repeat(struct lex *l)
{
	return lex_number(l, SCRIPT_REPEAT_MAX, &l->s->number);
}

static bool order_if(struct lex *l)
{
	return lex_name(l, &l->s->words);
}

static bool order_needs(struct lex *l)
{
	static const struct {
		const char *word;
		enum script_need need;
	} words[] = {
		{ "uicc", NEED_UICC }, { "service", NEED_SERVICE }, { "application", NEED_APPLICATION },
		{ "pin1", NEED_PIN1 }, { "fresh", NEED_FRESH },	    { "destructive", NEED_DESTRUCTIVE },
	};
	struct lex before = *l;
	struct span word = lex_word(l);

	l->s->need = NEED_VARIABLE;
	for (size_t i = 0; i < VU_COUNT(words); i++)
		if (span_eq(word, span_str(words[i].word)))
			l->s->need = words[i].need;
	lex_blanks(l);
	if (l->s->need == NEED_SERVICE)
		return lex_number(l, 8 * 255, &l->s->number);
	if (l->s->need == NEED_APPLICATION) {
		const uint8_t *from = l->r.p;
		l->s->words = lex_word(l);
		struct span aid;
		if (!lex_octets(l, l->s->words, &aid))
			return false;
		return (aid.n >= 5 && aid.n <= 16) || lex_fail(l, from, "an AID of 5 to 16 octets");
	}
	if (l->s->need != NEED_VARIABLE)
		return true;
	*l = before;
	if (!lex_name(l, &l->s->words))
		return false;
	lex_blanks(l);
	if (lex_take(l, ':'))
		l->s->why = script_trim(rd_rest(&l->r));
	return true;
}

static bool order_alone(struct lex *l)
{
	(void)l;
	return true;
}

static const struct order {
	const char *word;
	enum script_kind kind;
	bool (*parse)(struct lex *l);
} orders[] = {
	{ "reset", SCRIPT_RESET, order_alone },	      { "profile", SCRIPT_PROFILE, order_profile },
	{ "card", SCRIPT_CARD, order_card },	      { "let", SCRIPT_LET, order_let },
	{ "channel", SCRIPT_CHANNEL, order_channel }, { "within", SCRIPT_WITHIN, order_within },
	{ "repeat", SCRIPT_REPEAT, order_repeat },    { "if", SCRIPT_IF, order_if },
	{ "end", SCRIPT_END, order_alone },	      { "include", SCRIPT_INCLUDE, order_include },
	{ "case", SCRIPT_CASE, order_case },	      { "needs", SCRIPT_NEEDS, order_needs },
	{ "must", SCRIPT_MUST, order_must },
};

static bool parse_order(struct lex *l)
{
	const uint8_t *from = l->r.p;
	struct span word = lex_word(l);

	lex_blanks(l);
	for (size_t i = 0; i < VU_COUNT(orders); i++) {
		if (!span_eq(word, span_str(orders[i].word)))
			continue;
		l->s->kind = orders[i].kind;
		if (!orders[i].parse(l))
			return false;
		lex_blanks(l);
		return l->r.n == 0 || lex_fail(l, NULL, "nothing more on this line");
	}
	return lex_fail(l, from,
			"reset, let, channel, within, repeat, if, end, include, case, needs, must, profile or card");
}

/* A word of pcsc-tools' scriptor, in letters of either size. */
static bool is_word(struct span text, const char *word)
{
	struct rd a = rd_of(text), b = rd_of(span_str(word));

	while (a.n != 0 && b.n != 0)
		if ((rd_u8(&a) | 0x20) != rd_u8(&b))
			return false;
	return rd_end(&a) && rd_end(&b);
}

/* A line of scriptor's: octets of one or two digits between blanks, or many digits without any. */
static bool parse_bare(struct lex *l)
{
	const uint8_t *from = l->r.p;
	uint16_t *link = &l->s->first;
	struct span word, padded;
	uint8_t digits[2] = { '0', 0 };

	l->s->kind = SCRIPT_COMMAND;
	l->s->raw = true;
	while (l->r.n != 0) {
		word = lex_word(l);
		if (!lex_word_is_hex(word))
			return lex_fail(l, word.n != 0 ? word.p : NULL,
					"'#', '>', '<', '!', or a command in hexadecimal digits");
		if (word.n == 1)
			digits[1] = *word.p;
		padded = word.n == 1 ? SPAN(digits) : word;
		uint16_t i = lex_node(l, NODE_OCTETS);
		if (i == 0)
			return false;
		if (padded.n % 2 != 0)
			return lex_fail_digits(l, word, "octets of two hexadecimal digits each");
		if (!lex_octets(l, padded, &l->s->node[i].octets))
			return false;
		*link = i;
		link = &l->s->node[i].next;
		lex_blanks(l);
	}
	return check_apdu(l, from);
}

bool script_parse(struct script_step *s, struct span line, struct script_fault *f)
{
	struct span text = script_trim(line);
	struct lex l = { .r = rd_of(text), .begin = line.p, .s = s, .f = f };

	s->kind = SCRIPT_NOTHING;
	s->raw = false;
	s->need = NEED_VARIABLE;
	s->number = 0;
	s->words = s->why = (struct span){ 0 };
	s->first = s->n_nodes = 0;
	s->n_octets = 0;
	*f = (struct script_fault){ 0 };
	if (line.n > SCRIPT_LINE_MAX) {
		*f = (struct script_fault){ FAULT_OF_LINE, .column = 1, .expected = "at most 8192 characters" };
		return false;
	}
	if (text.n == 0)
		return true;
	if (is_word(text, "reset") || is_word(text, "exit")) {
		s->kind = is_word(text, "reset") ? SCRIPT_RESET : SCRIPT_EXIT;
		return true;
	}
	if (lex_take(&l, '#')) {
		s->words = script_trim(rd_rest(&l.r));
		return true;
	}
	bool (*parse)(struct lex *) = lex_take(&l, '>')	  ? parse_command
				      : lex_take(&l, '<') ? parse_expect
				      : lex_take(&l, '!') ? parse_order
							  : parse_bare;
	lex_blanks(&l);
	return parse(&l);
}
