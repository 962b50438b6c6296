/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../apdu/hex.h"

enum { WORDS_MAX = 4, WORD_MAX = 2 * UICC_ATR_MAX + 1 };

struct words {
	char word[WORDS_MAX][WORD_MAX];
	size_t n;
};

static bool split(struct words *w, const char *text)
{
	*w = (struct words){ .n = 0 };
	for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
		size_t n = strcspn(text, " ");
		if (w->n == WORDS_MAX || n >= WORD_MAX)
			return false;
		memcpy(w->word[w->n++], text, n);
		text += n;
	}
	return w->n != 0;
}

static bool number(const char *text, unsigned min, unsigned max, unsigned *ret)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long v = strtoul(text, NULL, 10);

	if (digits == 0 || digits > 9 || text[digits] != '\0' || v < min || v > max)
		return false;
	*ret = (unsigned)v;
	return true;
}

/* The argument at place i as a count of commands; UINT32_MAX, which nobody lives to see the end of, when it is left out. */
static bool count(const struct words *w, size_t i, unsigned *ret)
{
	*ret = UINT32_MAX;
	return w->n <= i || (w->n == i + 1 && number(w->word[i], 0, 999999999, ret));
}

static bool set_mute(struct faults *f, const struct words *w)
{
	return count(w, 1, &f->mute);
}

static bool set_delay(struct faults *f, const struct words *w)
{
	return w->n >= 2 && number(w->word[1], 1, FAULT_DELAY_MAX_MS, &f->delay_ms) && count(w, 2, &f->delayed);
}

static bool set_sw(struct faults *f, const struct words *w)
{
	uint8_t octets[2];
	struct wr out = WR(octets);
	struct rd r = rd_of(SPAN(octets));

	f->authenticates = 1;
	if (w->n < 2 || w->n > 3 || strlen(w->word[1]) != 4 || !hex_parse(&out, span_str(w->word[1])) || out.n != 2)
		return false;
	f->sw = rd_u16(&r);
	return f->sw != 0 && (w->n == 2 || number(w->word[2], 1, 999999999, &f->authenticates));
}

static bool set_cut(struct faults *f, const struct words *w)
{
	f->cut_writes = 1;
	f->cut_after = strcmp(w->word[0], "cut-after") == 0;
	f->cut_new = true;
	return w->n == 1 || (w->n == 2 && number(w->word[1], 1, 999999999, &f->cut_writes));
}

static bool set_t0(struct faults *f, const struct words *w)
{
	static const struct {
		const char *name;
		enum fault_t0 t0;
	} names[] = { { "long-61", FAULT_T0_LONG_61 },
		      { "endless-6c", FAULT_T0_ENDLESS_6C },
		      { "one-octet", FAULT_T0_ONE_OCTET } };

	for (size_t i = 0; w->n >= 2 && i < VU_COUNT(names); i++) {
		if (strcmp(w->word[1], names[i].name) != 0)
			continue;
		f->t0 = names[i].t0;
		return count(w, 2, &f->t0_left);
	}
	return false;
}

static bool set_atr(struct faults *f, const struct words *w)
{
	/* The smallest there are: T=0 without historical octets, T=1 alone with its check octet (ISO/IEC 7816-3). */
	static const uint8_t minimal[] = { 0x3B, 0x00 }, t1[] = { 0x3B, 0x80, 0x01, 0x81 };
	struct wr out = WR(f->atr);
	const char *name = w->word[1];

	f->atr_kind = FAULT_ATR_OTHER;
	if (w->n != 2)
		return false;
	if (strcmp(name, "own") == 0)
		f->atr_kind = FAULT_ATR_OWN;
	else if (strcmp(name, "bad-tck") == 0)
		f->atr_kind = FAULT_ATR_BAD_TCK;
	else if (strcmp(name, "inverse") == 0)
		f->atr_kind = FAULT_ATR_INVERSE;
	else if (strcmp(name, "short") == 0)
		f->atr_kind = FAULT_ATR_SHORT;
	else if (strcmp(name, "minimal") == 0)
		wr_bytes(&out, minimal, sizeof minimal);
	else if (strcmp(name, "t1") == 0)
		wr_bytes(&out, t1, sizeof t1);
	else if (strcmp(name, "empty") != 0 && (!hex_parse(&out, span_str(name)) || out.n < 2))
		return false;
	f->n_atr = out.n;
	return !out.bad;
}

static bool set_none(struct faults *f, const struct words *w)
{
	*f = (struct faults){ .cut_new = true };
	return w->n == 1;
}

static const struct {
	const char *name, *usage, *help;
	bool (*set)(struct faults *f, const struct words *w);
} table[] = {
	{ "mute", "mute [N]", "no answer to the next N commands, or to all", set_mute },
	{ "delay", "delay MS [N]", "MS milliseconds before each of the next N commands, or before all", set_delay },
	{ "sw", "sw XXXX [N]", "the N-th AUTHENTICATE from now (default 1) is answered XXXX and not run", set_sw },
	{ "cut-before", "cut-before [N]", "power lost before the N-th write from now (default 1) is durable", set_cut },
	{ "cut-after", "cut-after [N]", "power lost after the N-th write, before its answer", set_cut },
	{ "t0", "t0 long-61 [N]", "61XX announces an octet that is not there", set_t0 },
	{ "t0", "t0 endless-6c [N]", "6C10 to whatever Le", set_t0 },
	{ "t0", "t0 one-octet [N]", "half a status word", set_t0 },
	{ "atr", "atr own|bad-tck|inverse|short|empty|minimal|t1|HEX", "another ATR from the next reset on", set_atr },
	{ "none", "none", "all faults are taken back", set_none },
};

bool fault_set(struct faults *f, const char *text, char ret_why[static FAULT_WHY_MAX])
{
	struct faults changed = *f;
	const char *usage = NULL;
	struct words w;

	if (!split(&w, text)) {
		snprintf(ret_why, FAULT_WHY_MAX, "expected the name of a fault and its arguments, got '%.60s'", text);
		return false;
	}
	for (size_t i = 0; i < VU_COUNT(table); i++) {
		if (strcmp(table[i].name, w.word[0]) != 0)
			continue;
		if (table[i].set(&changed, &w)) {
			*f = changed;
			return true;
		}
		changed = *f;
		usage = usage == NULL ? table[i].usage : "t0 long-61|endless-6c|one-octet [N]";
	}
	if (usage != NULL)
		snprintf(ret_why, FAULT_WHY_MAX, "expected '%.60s', got '%.60s'", usage, text);
	else
		snprintf(ret_why, FAULT_WHY_MAX, "no fault is called '%.40s'; `vuicc-reader faults` lists them",
			 w.word[0]);
	return false;
}

__attribute__((format(printf, 2, 3))) static void add(struct wr *w, const char *format, ...)
{
	char text[96];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (w->n != 0)
		wr_str(w, ", ");
	wr_str(w, text);
}

/* " N", or nothing for all. */
static const char *count_text(char text[static 16], unsigned n)
{
	text[0] = '\0';
	if (n != UINT32_MAX)
		snprintf(text, 16, " %u", n);
	return text;
}

void fault_text(const struct faults *f, char ret[static FAULT_TEXT_MAX])
{
	static const char *const t0[] = { "", "long-61", "endless-6c", "one-octet" };
	static const char *const atr[] = { "own", "", "bad-tck", "inverse", "short" };
	char n[16], hex[WORD_MAX];
	struct wr w = wr_of(ret, FAULT_TEXT_MAX);

	if (f->mute != 0)
		add(&w, "mute%s", count_text(n, f->mute));
	if (f->delayed != 0)
		add(&w, "delay %u%s", f->delay_ms, count_text(n, f->delayed));
	if (f->authenticates != 0)
		add(&w, "sw %04x %u", f->sw, f->authenticates);
	if (f->t0 != FAULT_T0_NONE && f->t0_left != 0)
		add(&w, "t0 %s%s", t0[f->t0], count_text(n, f->t0_left));
	if (f->atr_kind == FAULT_ATR_OTHER)
		add(&w, "atr %s", f->n_atr == 0 ? "empty" : hex_str(hex, sizeof hex, span_of(f->atr, f->n_atr)));
	else if (f->atr_kind != FAULT_ATR_OWN)
		add(&w, "atr %s", atr[f->atr_kind]);
	if (!wr_cstr(&w))
		ret[0] = '\0';
}

/* One less, where not all are meant. */
static void spend(unsigned *left)
{
	*left -= *left != UINT32_MAX;
}

struct fault_plan fault_next(struct faults *f, struct span capdu)
{
	struct fault_plan plan = { 0 };
	struct rd r = rd_of(capdu);

	(void)rd_u8(&r);
	uint8_t ins = rd_u8(&r);
	if (f->delayed != 0) {
		plan.delay_ms = f->delay_ms;
		spend(&f->delayed);
	}
	if (f->mute != 0) {
		plan.mute = true;
		spend(&f->mute);
		return plan;
	}
	if ((ins & 0xFE) == 0x88 && f->authenticates != 0 && --f->authenticates == 0)
		plan.sw = f->sw;
	if (f->t0 != FAULT_T0_NONE && f->t0_left != 0) {
		plan.t0 = f->t0;
		spend(&f->t0_left);
	}
	return plan;
}

size_t fault_bend(enum fault_t0 t0, uint8_t rapdu[static UICC_RAPDU_MAX], size_t n)
{
	static const uint8_t endless[] = { 0x6C, 0x10 };
	struct rd tail = rd_of(span_sub(span_of(rapdu, n), n - 2, 2));
	struct wr w = wr_of(rapdu, UICC_RAPDU_MAX);

	switch (t0) {
	case FAULT_T0_NONE:
		return n;
	case FAULT_T0_LONG_61:
		if (rd_u8(&tail) != 0x61)
			return n;
		w.n = n - 1;
		wr_u8(&w, (uint8_t)(rd_u8(&tail) + 1));
		return w.n;
	case FAULT_T0_ENDLESS_6C:
		explicit_bzero(rapdu, n);
		wr_bytes(&w, endless, sizeof endless);
		return w.n;
	case FAULT_T0_ONE_OCTET:
		explicit_bzero(rapdu, n);
		wr_u8(&w, 0x90);
		return w.n;
	}
	return n;
}

size_t fault_atr(const struct faults *f, uint8_t atr[static UICC_ATR_MAX], size_t n)
{
	switch (f->atr_kind) {
	case FAULT_ATR_OWN:
		break;
	case FAULT_ATR_OTHER:
		memcpy(atr, f->atr, f->n_atr);
		return f->n_atr;
	case FAULT_ATR_BAD_TCK:
		if (n != 0)
			atr[n - 1] ^= 0xFF;
		break;
	case FAULT_ATR_INVERSE:
		if (n != 0)
			atr[0] = 0x3F;
		break;
	case FAULT_ATR_SHORT:
		return n > 2 ? n - 2 : n;
	}
	return n;
}

bool fault_describe(size_t i, const char **ret_usage, const char **ret_help)
{
	if (i >= VU_COUNT(table))
		return false;
	*ret_usage = table[i].usage;
	*ret_help = table[i].help;
	return true;
}
