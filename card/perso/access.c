/* SPDX-License-Identifier: Apache-2.0 */
#include "access.h"

#include <assert.h>

#include "../../apdu/tlv.h"

enum {
	TAG_ACCESS_MODE = 0x80,
	TAG_ALWAYS = 0x90,
	TAG_NEVER = 0x97,
	TAG_AUTHENTICATION = 0xA4,
	TAG_KEY_REFERENCE = 0x83,
	TAG_USAGE = 0x95,
	USAGE_PIN = 0x08, /* user authentication, knowledge based */
};

/* Access mode byte: the bits are the same for EFs and directories as far as both have them. */
static const struct mode {
	uint8_t bit;
	const char *name;
} modes[] = {
	{ 0x01, "read" },
	{ 0x02, "update" },
	{ 0x08, "deactivate" },
	{ 0x10, "activate" },
};

static const struct {
	uint8_t reference;
	enum condition condition;
	const char *name;
} pins[] = {
	{ PIN_APPL_1, COND_PIN1, "pin1" },
	{ PIN2_APPL_1, COND_PIN2, "pin2" },
	{ PIN_ADM1, COND_ADM1, "adm1" },
};

static void condition_put(struct wr *w, enum condition c)
{
	if (c == COND_ALWAYS || c == COND_NEVER) {
		wr_tlv(w, c == COND_ALWAYS ? TAG_ALWAYS : TAG_NEVER, (struct span){ 0 });
		return;
	}
	for (size_t i = 0; i < VU_COUNT(pins); i++) {
		if (pins[i].condition != c)
			continue;
		size_t mark = wr_tlv_open(w, TAG_AUTHENTICATION);
		wr_tlv(w, TAG_KEY_REFERENCE, span_of(&pins[i].reference, 1));
		wr_tlv(w, TAG_USAGE, span_of(&(const uint8_t){ USAGE_PIN }, 1));
		wr_tlv_close(w, mark);
	}
}

void access_rule_put(struct wr *w, const struct model_rule *rule, bool directory)
{
	enum condition who[] = {
		directory ? COND_ABSENT : rule->read,
		directory ? COND_ABSENT : rule->update,
		rule->deactivate,
		rule->activate,
	};

	static_assert(VU_COUNT(who) == VU_COUNT(modes), "one condition per mode");
	for (size_t i = 0; i < VU_COUNT(who); i++) {
		enum condition c = who[i];
		uint8_t bits = 0;
		for (size_t j = i; c != COND_ABSENT && j < VU_COUNT(who); j++) {
			if (who[j] == c) {
				bits |= modes[j].bit;
				who[j] = COND_ABSENT;
			}
		}
		if (bits == 0)
			continue;
		wr_tlv(w, TAG_ACCESS_MODE, span_of(&bits, 1));
		condition_put(w, c);
	}
}

static const char *condition_name(struct tlv c)
{
	struct span reference;

	if (c.tag == TAG_ALWAYS)
		return "always";
	if (c.tag == TAG_NEVER)
		return "never";
	if (c.tag == TAG_AUTHENTICATION && tlv_find(c.v, TAG_KEY_REFERENCE, &reference) && reference.n == 1)
		for (size_t i = 0; i < VU_COUNT(pins); i++)
			if (reference.p[0] == pins[i].reference)
				return pins[i].name;
	return "another condition";
}

static void modes_text(struct wr *w, uint8_t bits, const char *condition)
{
	for (size_t i = 0; i < VU_COUNT(modes); i++) {
		if ((bits & modes[i].bit) == 0)
			continue;
		wr_str(w, w->n != 0 ? ", " : "");
		wr_str(w, modes[i].name);
		wr_str(w, " ");
		wr_str(w, condition);
	}
}

const char *access_rule_text(char *buf, size_t n, struct span rule)
{
	struct wr w = wr_of(buf, n - 1);
	struct rd r = rd_of(rule);
	uint8_t bits = 0;

	while (r.n != 0 && !span_all(span_of(r.p, r.n), 0xFF)) {
		struct tlv o = rd_tlv(&r);
		if (r.bad)
			break;
		if (o.tag == TAG_ACCESS_MODE)
			bits = o.v.n == 1 ? o.v.p[0] : 0;
		else
			modes_text(&w, bits, condition_name(o));
	}
	if (w.n == 0)
		wr_str(&w, "nothing");
	buf[w.n] = '\0';
	return buf;
}
