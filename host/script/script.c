/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include "../../apdu/hex.h"

static struct span trim(struct span s)
{
	while (s.n != 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_sub(s, 1, s.n);
	while (s.n != 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

static bool parse_command(struct script_step *s, struct span text, const char **ret_why)
{
	struct wr w = WR(s->command);
	struct capdu c;

	*ret_why = "a command APDU in hexadecimal digits is expected behind '>'";
	if (!hex_parse(&w, text))
		return false;
	s->command_n = w.n;
	*ret_why = "this is no APDU of case 1 to 4 with short lengths";
	return capdu_parse(&c, wr_done(&w));
}

/* One element of a pattern: two digits, two dots, or a star. */
static bool pattern_element(struct script_pattern *p, struct rd *r)
{
	static const uint8_t dots[] = { '.', '.' };

	if (r->p[0] == '*') {
		rd_take(r, 1);
		if (p->has_star)
			return false;
		p->has_star = true;
		p->star = p->n;
		return true;
	}
	struct span two = rd_take(r, 2);
	if (r->bad || p->n == sizeof p->octet)
		return false;
	struct wr w = wr_of(&p->octet[p->n], 1);
	p->any[p->n] = span_eq(two, SPAN(dots));
	if (!p->any[p->n] && !(hex_parse(&w, two) && w.n == 1))
		return false;
	p->n++;
	return true;
}

static bool parse_expect(struct script_step *s, struct span text, const char **ret_why)
{
	struct rd r = rd_of(text);

	*ret_why = "hexadecimal digits, '..' and one '*' are expected behind '<', with a status word at the end";
	while (r.n != 0) {
		if (r.p[0] == ' ' || r.p[0] == '\t')
			rd_take(&r, 1);
		else if (!pattern_element(&s->expect, &r))
			return false;
	}
	return !r.bad && s->expect.n >= 2;
}

/* Small letters, digits and hyphens: a name is no path. */
static bool is_profile_name(struct span name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	for (size_t i = 0; i < name.n; i++)
		if (memchr(letters, name.p[i], sizeof letters - 1) == NULL)
			return false;
	return name.n != 0;
}

static bool parse_order(struct script_step *s, struct span text, const char **ret_why)
{
	const struct span card = span_str("card "), profile = span_str("profile ");

	if (span_eq(text, span_str("reset"))) {
		s->kind = SCRIPT_RESET;
		return true;
	}
	if (span_starts(text, card)) {
		s->kind = SCRIPT_CARD;
		s->words = trim(span_sub(text, card.n, text.n));
		return true;
	}
	if (span_starts(text, profile)) {
		s->kind = SCRIPT_PROFILE;
		s->words = trim(span_sub(text, profile.n, text.n));
		*ret_why = "the name of a profile is expected behind 'profile', without folder and without .yaml";
		return is_profile_name(s->words);
	}
	*ret_why = "'reset', 'profile NAME' or 'card KEY=VALUE' is expected behind '!'";
	return false;
}

bool script_parse(struct script_step *s, struct span line, const char **ret_why)
{
	struct span text = trim(line);
	struct span rest = trim(span_sub(text, 1, text.n));

	*s = (struct script_step){ .kind = SCRIPT_NOTHING };
	if (text.n == 0 || text.p[0] == '#')
		return true;
	switch (text.p[0]) {
	case '>':
		s->kind = SCRIPT_COMMAND;
		return parse_command(s, rest, ret_why);
	case '<':
		s->kind = SCRIPT_EXPECT;
		return parse_expect(s, rest, ret_why);
	case '!':
		return parse_order(s, rest, ret_why);
	default:
		*ret_why = "a line begins with '#', '>', '<' or '!'";
		return false;
	}
}

char *script_pattern_text(char *text, const struct script_pattern *p)
{
	struct wr w = wr_of(text, SCRIPT_PATTERN_TEXT);

	for (size_t i = 0; i <= p->n; i++) {
		if (p->has_star && p->star == i)
			wr_str(&w, "*");
		if (i < p->n && p->any[i])
			wr_str(&w, "..");
		else if (i < p->n)
			hex_put(&w, span_of(&p->octet[i], 1));
	}
	return wr_cstr(&w) ? text : NULL; /* there is room for every pattern */
}

/* n octets of the pattern from `from`, against as many of the answer. */
static bool part_matches(const struct script_pattern *p, size_t from, size_t n, struct span answer, size_t *ret_at)
{
	for (size_t i = 0; i < n; i++) {
		*ret_at = i;
		if (i >= answer.n || (!p->any[from + i] && p->octet[from + i] != answer.p[i]))
			return false;
	}
	return true;
}

bool script_matches(const struct script_pattern *p, struct span answer, size_t *ret_at)
{
	size_t head = p->has_star ? p->star : p->n;
	size_t tail = p->n - head;

	if (!part_matches(p, 0, head, answer, ret_at))
		return false;
	*ret_at = answer.n < p->n ? answer.n : p->n;
	if (answer.n < p->n || (!p->has_star && answer.n != p->n))
		return false;
	size_t skipped = answer.n - tail, at = 0;
	bool same = part_matches(p, head, tail, span_sub(answer, skipped, tail), &at);
	*ret_at = skipped + at;
	return same || tail == 0;
}
