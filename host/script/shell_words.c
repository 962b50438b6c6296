/* SPDX-License-Identifier: Apache-2.0 */
#include "shell_words.h"

#include "../../apdu/hex.h"
#include "script.h"

const char shell_help[] = "select PATH               ADF.USIM/EF.MSK, EF.DIR, 6F07, MF\n"
			  "read [N]                  the selected EF: octets or records, or record N\n"
			  "update [N] OCTETS         its first octets, or record N\n"
			  "status                    the current directory\n"
			  "verify [REFERENCE] DIGITS PIN1, or the PIN of that reference (0A: ADM1)\n"
			  "authenticate 3g RAND AUTN\n"
			  "authenticate gba RAND AUTN*\n"
			  "authenticate naf NAF_ID IMPI\n"
			  "let NAME = OCTETS         a variable; functions: vuicc-apdu --functions\n"
			  "reset, help, quit\n"
			  "a command in hexadecimal digits, or a line of a script: > … < … ! … # …\n";

enum { WORDS_MAX = 6, PIN_LEN = 8 };

struct words {
	size_t n;
	struct span word[WORDS_MAX];
	struct span rest; /* behind the first one */
};

static struct words split(struct span line)
{
	struct words w = { 0 };
	struct span left = script_trim(line);

	while (left.n != 0 && w.n < WORDS_MAX) {
		size_t n = 0;
		while (n < left.n && left.p[n] != ' ' && left.p[n] != '\t')
			n++;
		w.word[w.n++] = span_sub(left, 0, n);
		left = script_trim(span_sub(left, n, left.n));
		if (w.n == 1)
			w.rest = left;
	}
	return w;
}

static bool is(struct span word, const char *text)
{
	return span_eq(word, span_str(text));
}

/* In letters of either size: adf.usim, EF.imsi. */
static bool is_name(struct span word, const char *name)
{
	struct rd a = rd_of(word), b = rd_of(span_str(name));

	while (a.n != 0 && b.n != 0) {
		uint8_t x = rd_u8(&a), y = rd_u8(&b);
		if (x != y && !(((x ^ y) == 0x20) && (x | 0x20) >= 'a' && (x | 0x20) <= 'z'))
			return false;
	}
	return rd_end(&a) && rd_end(&b);
}

/* Two octets in digits, or a file's name; the application that it is looked for in. */
static bool put_fid(struct wr *out, struct span name, enum names_app app)
{
	uint8_t fid[2];
	struct wr w = WR(fid);
	const struct names_file *found = NULL;

	for (size_t i = 0; i < names_n_files; i++)
		if (is_name(name, names_files[i].name) && (found == NULL || names_files[i].app == app))
			found = &names_files[i];
	if (found != NULL)
		wr_u16(&w, found->fid);
	else if (!hex_parse(&w, name) || w.n != sizeof fid)
		return false;
	hex_put(out, wr_done(&w));
	return true;
}

static bool do_select(struct wr *out, const struct words *w, const char **ret_why)
{
	struct span left = w->n == 2 ? w->word[1] : (struct span){ 0 };
	enum names_app app = NAMES_USIM;

	*ret_why = "a path of names or file identifiers is expected: ADF.USIM/EF.MSK, EF.DIR, 3F00/2F00";
	while (left.n != 0) {
		const uint8_t *slash = memchr(left.p, '/', left.n);
		size_t n = slash != NULL ? (size_t)(slash - left.p) : left.n;
		struct span part = span_sub(left, 0, n);
		left = span_sub(left, n + 1, left.n);
		if (is_name(part, "ADF.USIM") || is_name(part, "ADF.ISIM")) {
			app = is_name(part, "ADF.USIM") ? NAMES_USIM : NAMES_ISIM;
			wr_str(out, "> 00a40404 (");
			hex_put(out, names_aid(app));
		} else {
			wr_str(out, "> 00a40004 (");
			if (!put_fid(out, part, app))
				return false;
		}
		wr_str(out, ") 00\n");
	}
	return out->n != 0;
}

/* A record's number, 1 to 254. */
static bool record_number(struct span word, uint8_t *ret)
{
	struct rd r = rd_of(word);
	unsigned n = 0;

	while (r.n != 0 && n < 1000) {
		uint8_t c = rd_u8(&r);
		if (c < '0' || c > '9')
			return false;
		n = n * 10 + (c - (unsigned)'0');
	}
	*ret = (uint8_t)n;
	return word.n != 0 && n >= 1 && n <= 254;
}

static bool do_read(struct wr *out, const struct words *w, const char **ret_why)
{
	uint8_t n = 0;

	*ret_why = "nothing, or the number of a record from 1 to 254, is expected behind read";
	if (w->n == 1) {
		wr_str(out, "> 00b0000000\n");
		return true;
	}
	if (w->n != 2 || !record_number(w->word[1], &n))
		return false;
	wr_str(out, "> 00b2");
	hex_put(out, span_of(&n, 1));
	wr_str(out, "0400\n");
	return true;
}

static bool do_update(struct wr *out, const struct words *w, const char **ret_why)
{
	uint8_t n = 0;

	*ret_why = "OCTETS, or the number of a record and OCTETS, are expected behind update";
	if (w->n < 2 || w->n > 3 || (w->n == 3 && !record_number(w->word[1], &n)))
		return false;
	wr_str(out, w->n == 3 ? "> 00dc" : "> 00d60000");
	if (w->n == 3) {
		hex_put(out, span_of(&n, 1));
		wr_str(out, "04");
	}
	wr_str(out, " (");
	wr_span(out, w->word[w->n - 1]);
	wr_str(out, ")\n");
	return true;
}

static bool do_verify(struct wr *out, const struct words *w, const char **ret_why)
{
	struct span digits = w->word[w->n - 1];

	*ret_why = "DIGITS, or a reference of two hexadecimal digits and DIGITS, are expected behind verify";
	if (w->n < 2 || w->n > 3 || digits.n < 4 || digits.n > PIN_LEN || (w->n == 3 && w->word[1].n != 2))
		return false;
	wr_str(out, "> 002000");
	if (w->n == 3)
		wr_span(out, w->word[1]);
	else
		wr_str(out, "01");
	wr_str(out, " (pad(\"");
	wr_span(out, digits);
	wr_str(out, "\", ff, 8))\n");
	return memchr(digits.p, '"', digits.n) == NULL;
}

static bool do_authenticate(struct wr *out, const struct words *w, const char **ret_why)
{
	static const struct {
		const char *word, *head, *middle, *tail;
	} contexts[] = {
		{ "3g", "> 00880081 ((", ") (", ")) 00\n" },
		{ "gba", "> 00880084 (dd (", ") (", ")) 00\n" },
		{ "naf", "> 00880084 (de (", ") (", ")) 00\n" },
	};

	*ret_why = "3g RAND AUTN, gba RAND AUTN*, or naf NAF_ID IMPI is expected behind authenticate";
	for (size_t i = 0; w->n == 4 && i < VU_COUNT(contexts); i++) {
		if (!is(w->word[1], contexts[i].word))
			continue;
		wr_str(out, contexts[i].head);
		wr_span(out, w->word[2]);
		wr_str(out, contexts[i].middle);
		wr_span(out, w->word[3]);
		wr_str(out, contexts[i].tail);
		return true;
	}
	return false;
}

static bool do_status(struct wr *out, const struct words *w, const char **ret_why)
{
	(void)w;
	(void)ret_why;
	wr_str(out, "> 80f2000000\n");
	return true;
}

static bool do_reset(struct wr *out, const struct words *w, const char **ret_why)
{
	(void)w;
	(void)ret_why;
	wr_str(out, "! reset\n");
	return true;
}

static bool do_let(struct wr *out, const struct words *w, const char **ret_why)
{
	(void)ret_why;
	wr_str(out, "! let ");
	wr_span(out, w->rest);
	wr_str(out, "\n");
	return true;
}

static bool do_nothing(struct wr *out, const struct words *w, const char **ret_why)
{
	(void)out;
	(void)w;
	(void)ret_why;
	return true;
}

static const struct shell_word {
	const char *word;
	bool (*make)(struct wr *out, const struct words *w, const char **ret_why);
} shell_words[] = {
	{ "select", do_select },
	{ "read", do_read },
	{ "update", do_update },
	{ "status", do_status },
	{ "verify", do_verify },
	{ "let", do_let },
	{ "authenticate", do_authenticate },
	{ "reset", do_reset },
	{ "help", do_nothing },
	{ "quit", do_nothing },
	{ "exit", do_nothing },
};

/* A line of a script already: a command, an expectation, an order, a comment. */
static bool is_script(struct span line)
{
	struct rd r = rd_of(line);
	uint8_t first = rd_u8(&r);

	return first == '>' || first == '<' || first == '!' || first == '#';
}

static bool is_digits(struct span line)
{
	uint8_t octets[SHELL_LINE_MAX];
	struct wr w = WR(octets);

	return hex_parse(&w, line);
}

bool shell_lines(struct wr *out, struct span line, const char **ret_why)
{
	struct span text = script_trim(line);
	struct words w = split(text);

	*ret_why = "a word of the prompt (help lists them), a command in hexadecimal digits, or a line of a script is "
		   "expected";
	if (w.n == 0)
		return true;
	for (size_t i = 0; i < VU_COUNT(shell_words); i++)
		if (is(w.word[0], shell_words[i].word))
			return shell_words[i].make(out, &w, ret_why);
	if (!is_script(text) && !is_digits(text))
		return false;
	/* Digits alone: as >, so that the answer is fetched. */
	if (!is_script(text))
		wr_str(out, "> ");
	wr_span(out, text);
	wr_str(out, "\n");
	return !out->bad;
}

struct choices {
	struct span *list;
	size_t n;
	struct span word;
};

static void offer(struct choices *c, struct span whole)
{
	if (span_starts(whole, c->word) && c->n < SHELL_CHOICES_MAX)
		c->list[c->n++] = whole;
}

/* The files of an application, or of the MF and the applications. */
static void offer_files(struct choices *c, struct wr *room)
{
	const uint8_t *slash = memchr(c->word.p, '/', c->word.n);
	struct span head = slash != NULL ? span_sub(c->word, 0, (size_t)(slash - c->word.p) + 1) : (struct span){ 0 };
	enum names_app app = is(head, "ADF.USIM/") ? NAMES_USIM : is(head, "ADF.ISIM/") ? NAMES_ISIM : NAMES_MF;

	if (head.n == 0) {
		offer(c, span_str("ADF.USIM"));
		offer(c, span_str("ADF.ISIM"));
	}
	for (size_t i = 0; i < names_n_files; i++) {
		size_t from = room->n;
		if (names_files[i].app != app)
			continue;
		wr_span(room, head);
		wr_str(room, names_files[i].name);
		if (!room->bad)
			offer(c, span_of(room->p + from, room->n - from));
	}
}

size_t shell_choices(struct span line, struct wr *room, struct span choices[static SHELL_CHOICES_MAX],
		     struct span *ret_word)
{
	struct words w = split(line);
	bool ends = script_trim(line).n == 0 || line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t';
	size_t at = ends ? w.n : w.n - 1;
	struct choices c = { .list = choices, .word = ends ? span_of(line.p + line.n, 0) : w.word[w.n - 1] };

	*ret_word = c.word;
	if (at == 0)
		for (size_t i = 0; i < VU_COUNT(shell_words); i++)
			offer(&c, span_str(shell_words[i].word));
	if (at == 1 && is(w.word[0], "select"))
		offer_files(&c, room);
	if (at == 1 && is(w.word[0], "authenticate")) {
		offer(&c, span_str("3g"));
		offer(&c, span_str("gba"));
		offer(&c, span_str("naf"));
	}
	return c.n;
}
