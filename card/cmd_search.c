/* SPDX-License-Identifier: Apache-2.0 */
/* SEARCH RECORD, TS 102 221 clause 11.1.7. */
#include "file.h"

enum { MODE_FORWARD = 4, MODE_BACKWARD = 5, MODE_ENHANCED = 6 };

/* First octet of the search indication of an enhanced search, TS 102 221 table 11.11. */
enum {
	INDICATION_VALUE = 0x08, /* the second one is a value behind whose first occurrence to search, else an offset */
	INDICATION_DIRECTION = 0x07,
	FROM_P1_FORWARD = 4,
	FROM_P1_BACKWARD = 5,
	FROM_NEXT_FORWARD = 6,
	FROM_PREVIOUS_BACKWARD = 7,
};

struct search {
	unsigned start; /* the first record to look at; 0: there is none */
	bool backward;
	bool by_value;
	uint8_t where; /* an offset, or that value */
	struct span pattern;
};

/* From P1; 00 is the current record, and where there is none the first one in the direction of the search. */
static unsigned from_p1(const struct uicc *u, const struct file_desc *f, uint8_t p1, bool backward)
{
	if (p1 != 0)
		return p1;
	if (u->now.record != 0)
		return u->now.record;
	return backward ? f->records : 1;
}

/* From the record before or behind the current one, which a cyclic file always has. */
static unsigned from_neighbour(const struct uicc *u, const struct file_desc *f, bool backward)
{
	unsigned current = u->now.record;

	if (current == 0)
		return backward ? f->records : 1;
	unsigned next = backward ? current - 1 : current + 1;
	if (next != 0 && next <= f->records)
		return next;
	if (f->type != FILE_CYCLIC)
		return 0;
	return backward ? f->records : 1;
}

static sw_t parse_enhanced(const struct uicc *u, const struct file_desc *f, const struct capdu *c, struct search *s)
{
	struct rd r = rd_of(c->data);
	uint8_t indication = rd_u8(&r), direction = indication & INDICATION_DIRECTION;

	s->where = rd_u8(&r);
	s->pattern = rd_rest(&r);
	if (r.bad || s->pattern.n == 0)
		return SW_WRONG_LENGTH;
	if ((indication & ~(INDICATION_VALUE | INDICATION_DIRECTION)) != 0 || direction < FROM_P1_FORWARD)
		return SW_DATA;
	s->by_value = (indication & INDICATION_VALUE) != 0;
	s->backward = direction == FROM_P1_BACKWARD || direction == FROM_PREVIOUS_BACKWARD;
	if (direction == FROM_P1_FORWARD || direction == FROM_P1_BACKWARD)
		s->start = from_p1(u, f, c->p1, s->backward);
	else if (c->p1 != 0)
		return SW_P1P2;
	else
		s->start = from_neighbour(u, f, s->backward);
	return SW_OK;
}

static sw_t parse(const struct uicc *u, const struct file_desc *f, const struct capdu *c, struct search *s)
{
	uint8_t mode = c->p2 & 7;
	sw_t sw = SW_OK;

	*s = (struct search){ .backward = mode == MODE_BACKWARD, .pattern = c->data };
	if (mode == MODE_ENHANCED)
		sw = parse_enhanced(u, f, c, s);
	else
		s->start = from_p1(u, f, c->p1, s->backward);
	if (sw == SW_OK && s->start > f->records)
		return SW_RECORD_NOT_FOUND;
	return sw == SW_OK && s->pattern.n > f->record_len ? SW_WRONG_LENGTH : sw;
}

/* The part of a record that is searched. */
static struct span searched(const struct search *s, struct span record)
{
	if (!s->by_value)
		return span_sub(record, s->where, record.n);
	const uint8_t *value = memchr(record.p, s->where, record.n);
	return value != NULL ? span_sub(record, (size_t)(value - record.p) + 1, record.n) : (struct span){ 0 };
}

static bool contains(struct span text, struct span pattern)
{
	for (size_t at = 0; at + pattern.n <= text.n; at++)
		if (span_eq(span_sub(text, at, pattern.n), pattern))
			return true;
	return false;
}

/* The answer: the numbers of the records, in the order in which they were found; the pointer is on the first of them. */
sw_t cmd_search_record(struct uicc *u, const struct capdu *c, struct wr *out)
{
	uint8_t mode = c->p2 & 7, sfi = c->p2 >> 3;
	struct search s;
	uint16_t no;

	if (mode < MODE_FORWARD || mode > MODE_ENHANCED || !file_sfi_ok(sfi))
		return SW_P1P2;
	sw_t sw = file_open(u, sfi, WITH_RECORDS, ACL_READ, &no);
	if (sw != SW_OK)
		return sw;
	const struct file_desc *f = &u->file[no];
	sw = parse(u, f, c, &s);
	if (sw != SW_OK)
		return sw;
	size_t before = out->n;
	for (unsigned record = s.start; record != 0 && record <= f->records; record += s.backward ? -1u : 1u) {
		if (!contains(searched(&s, fs_record(u, no, record)), s.pattern))
			continue;
		if (out->n == before)
			u->now.record = (uint8_t)record;
		wr_u8(out, (uint8_t)record);
	}
	return out->n != before ? SW_OK : SW_END_OF_FILE;
}
