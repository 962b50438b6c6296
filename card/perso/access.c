/* SPDX-License-Identifier: Apache-2.0 */
#include "access.h"

#include "../../apdu/tlv.h"

enum {
	TAG_ACCESS_MODE = 0x80,
	TAG_INSTRUCTION = 0x84,
	TAG_ALWAYS = 0x90,
	TAG_NEVER = 0x97,
	TAG_AUTHENTICATION = 0xA4,
	TAG_KEY_REFERENCE = 0x83,
	TAG_USAGE = 0x95,
	USAGE_PIN = 0x08, /* user authentication, knowledge based */
};

/*
 * Bits of the access mode byte (ISO 7816-4 tables 17 and 16, where to create means an EF or a DF), then commands that have
 * none and are named by their INS. 0: an EF, or a directory, does not know it.
 */
static const struct mode {
	uint16_t tag;
	uint8_t ef, directory;
	size_t who; /* in struct model_rule */
	const char *name;
} modes[] = {
	{ TAG_ACCESS_MODE, 0x01, 0x00, offsetof(struct model_rule, read), "read" },
	{ TAG_ACCESS_MODE, 0x02, 0x00, offsetof(struct model_rule, update), "update" },
	{ TAG_ACCESS_MODE, 0x00, 0x06, offsetof(struct model_rule, create), "create" },
	{ TAG_ACCESS_MODE, 0x08, 0x08, offsetof(struct model_rule, deactivate), "deactivate" },
	{ TAG_ACCESS_MODE, 0x10, 0x10, offsetof(struct model_rule, activate), "activate" },
	{ TAG_ACCESS_MODE, 0x20, 0x20, offsetof(struct model_rule, terminate), "terminate" },
	{ TAG_ACCESS_MODE, 0x40, 0x40, offsetof(struct model_rule, delete), "delete" },
	{ TAG_INSTRUCTION, 0xD4, 0x00, offsetof(struct model_rule, resize), "resize" },
	{ TAG_INSTRUCTION, 0x32, 0x00, offsetof(struct model_rule, increase), "increase" },
};

static enum condition who_may(const struct model_rule *rule, const struct mode *m)
{
	return *(const enum condition *)(const void *)((const char *)rule + m->who);
}

static uint8_t value_of(const struct mode *m, bool directory)
{
	return directory ? m->directory : m->ef;
}

static const struct {
	uint8_t reference;
	enum condition condition;
} pins[] = {
	{ PIN_APPL_1, COND_PIN1 },
	{ PIN2_APPL_1, COND_PIN2 },
	{ PIN_ADM1, COND_ADM1 },
};

static void condition_put(struct wr *w, enum condition c, uint8_t application)
{
	if (c == COND_ALWAYS || c == COND_NEVER) {
		wr_tlv(w, c == COND_ALWAYS ? TAG_ALWAYS : TAG_NEVER, (struct span){ 0 });
		return;
	}
	for (size_t i = 0; i < VU_COUNT(pins); i++) {
		if (pins[i].condition != c)
			continue;
		uint8_t reference = pins[i].reference;
		if (c != COND_ADM1) /* an application's own */
			reference = (reference & PIN_SECOND) | application;
		size_t mark = wr_tlv_open(w, TAG_AUTHENTICATION);
		wr_tlv(w, TAG_KEY_REFERENCE, span_of(&reference, 1));
		wr_tlv(w, TAG_USAGE, span_of(&(const uint8_t){ USAGE_PIN }, 1));
		wr_tlv_close(w, mark);
	}
}

static void grant(struct wr *w, uint16_t tag, uint8_t value, enum condition c, uint8_t application)
{
	wr_tlv(w, tag, span_of(&value, 1));
	condition_put(w, c, application);
}

void access_rule_put(struct wr *w, const struct model_rule *rule, bool directory, uint8_t application)
{
	enum condition who[VU_COUNT(modes)];

	for (size_t i = 0; i < VU_COUNT(modes); i++)
		who[i] = value_of(&modes[i], directory) != 0 ? who_may(rule, &modes[i]) : COND_ABSENT;
	for (size_t i = 0; i < VU_COUNT(modes); i++) {
		enum condition c = who[i];
		uint8_t bits = 0;
		for (size_t j = i; j < VU_COUNT(modes) && modes[i].tag == TAG_ACCESS_MODE; j++) {
			if (who[j] == c && modes[j].tag == TAG_ACCESS_MODE) {
				bits |= value_of(&modes[j], directory);
				who[j] = COND_ABSENT;
			}
		}
		if (c != COND_ABSENT)
			grant(w, modes[i].tag, bits != 0 ? bits : value_of(&modes[i], directory), c, application);
	}
}

const char *access_rule_stranger(const struct model_rule *rule, bool directory)
{
	for (size_t i = 0; i < VU_COUNT(modes); i++)
		if (value_of(&modes[i], directory) == 0 && who_may(rule, &modes[i]) != COND_ABSENT)
			return modes[i].name;
	return NULL;
}

static const char *condition_name(struct tlv c)
{
	struct span reference;

	if (c.tag == TAG_ALWAYS)
		return "always";
	if (c.tag == TAG_NEVER)
		return "never";
	if (c.tag != TAG_AUTHENTICATION || !tlv_find(c.v, TAG_KEY_REFERENCE, &reference) || reference.n != 1)
		return "another condition";
	if (reference.p[0] >= PIN_APPL_1 && reference.p[0] <= PIN_APPL_8)
		return "pin1";
	if (reference.p[0] >= PIN2_APPL_1 && reference.p[0] <= PIN2_APPL_8)
		return "pin2";
	if (reference.p[0] == PIN_ADM1)
		return "adm1";
	return "another condition";
}

static bool named(struct tlv access_mode, const struct mode *m, bool directory)
{
	uint8_t value = value_of(m, directory);

	if (value == 0 || access_mode.tag != m->tag)
		return false;
	if (m->tag == TAG_ACCESS_MODE)
		return access_mode.v.n == 1 && (access_mode.v.p[0] & value) == value;
	return access_mode.v.n != 0 && memchr(access_mode.v.p, value, access_mode.v.n) != NULL;
}

static void modes_text(struct wr *w, struct tlv access_mode, const char *condition, bool directory)
{
	for (size_t i = 0; i < VU_COUNT(modes); i++) {
		if (!named(access_mode, &modes[i], directory))
			continue;
		wr_str(w, w->n != 0 ? ", " : "");
		wr_str(w, modes[i].name);
		wr_str(w, " ");
		wr_str(w, condition);
	}
}

const char *access_rule_text(char *buf, size_t n, struct span rule, bool directory)
{
	struct wr w = wr_of(buf, n - 1);
	struct rd r = rd_of(rule);
	struct tlv access_mode = { 0 };

	while (r.n != 0 && !span_all(span_of(r.p, r.n), 0xFF)) {
		struct tlv o = rd_tlv(&r);
		if (r.bad)
			break;
		if (o.tag == TAG_ACCESS_MODE || o.tag == TAG_INSTRUCTION)
			access_mode = o;
		else
			modes_text(&w, access_mode, condition_name(o), directory);
	}
	if (w.n == 0)
		wr_str(&w, "nothing");
	buf[w.n] = '\0';
	return buf;
}
