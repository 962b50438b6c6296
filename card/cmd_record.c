/* SPDX-License-Identifier: Apache-2.0 */
/* READ and UPDATE RECORD, INCREASE: TS 102 221 clauses 11.1.5, 11.1.6 and 11.1.8. */
#include "file.h"

enum { RECORD_NEXT = 2, RECORD_PREVIOUS = 3, RECORD_ABSOLUTE = 4 };

/* The record that P1 and the mode name, moving the record pointer where the mode does. 0 when there is none. */
static unsigned record_number(struct uicc *u, const struct file_desc *f, uint8_t mode, uint8_t p1)
{
	unsigned current = u->now.record;

	switch (mode) {
	case RECORD_ABSOLUTE:
		return p1 != 0 ? p1 : current; /* P1 = 00: the current record, pointer unmoved */
	case RECORD_NEXT:
		current = current == 0 ? 1 : current + 1;
		break;
	default:
		current = current == 0 ? f->records : current - 1;
		break;
	}
	if (f->type == FILE_CYCLIC && f->records != 0)
		current = current == 0 ? f->records : (current - 1) % f->records + 1;
	if (current == 0 || current > f->records)
		return 0;
	u->now.record = (uint8_t)current;
	return current;
}

struct record_target {
	uint16_t no;
	unsigned record;
};

static sw_t record_target(struct uicc *u, const struct capdu *c, enum acl_mode access, struct record_target *ret)
{
	uint8_t mode = c->p2 & 7, sfi = c->p2 >> 3;

	if (mode < RECORD_NEXT || mode > RECORD_ABSOLUTE || !file_sfi_ok(sfi) ||
	    (mode != RECORD_ABSOLUTE && c->p1 != 0))
		return SW_P1P2;
	sw_t sw = file_open(u, sfi, WITH_RECORDS, access, &ret->no);
	if (sw != SW_OK)
		return sw;
	const struct file_desc *f = &u->file[ret->no];
	if (access == ACL_UPDATE && f->type == FILE_CYCLIC) {
		/* TS 102 221 11.1.6: the oldest record is overwritten and becomes number 1. */
		if (mode != RECORD_PREVIOUS)
			return SW_P1P2;
		ret->record = f->records;
		return SW_OK;
	}
	ret->record = record_number(u, f, mode, c->p1);
	return ret->record != 0 && ret->record <= f->records ? SW_OK : SW_RECORD_NOT_FOUND;
}

sw_t cmd_read_record(struct uicc *u, const struct capdu *c, struct wr *out)
{
	struct record_target t;
	sw_t sw = record_target(u, c, ACL_READ, &t);

	if (sw == SW_OK)
		wr_span(out, fs_record(u, t.no, t.record));
	return sw;
}

/* The record comes first, everything else moves on by one, the oldest falls off. */
static sw_t rotate_in(struct uicc *u, uint16_t no, struct span record)
{
	struct span body = fs_body(u, no);
	struct wr w = fs_edit(u, no, 0, body.n);

	if (w.bad)
		return SW_MEMORY_PROBLEM;
	memmove(w.p + record.n, w.p, body.n - record.n);
	wr_span(&w, record);
	u->now.record = 1;
	return SW_OK;
}

sw_t cmd_update_record(struct uicc *u, const struct capdu *c, struct wr *out)
{
	struct record_target t;
	sw_t sw = record_target(u, c, ACL_UPDATE, &t);

	(void)out;
	if (sw != SW_OK)
		return sw;
	if (c->data.n != u->file[t.no].record_len)
		return SW_WRONG_LENGTH;
	if (u->file[t.no].type == FILE_CYCLIC)
		return rotate_in(u, t.no, c->data);
	struct wr w = fs_edit_record(u, t.no, t.record);
	wr_span(&w, c->data);
	return w.bad ? SW_MEMORY_PROBLEM : SW_OK;
}

enum { INCREASE_MAX = 127 /* octets of a record that INCREASE can work on, TS 102 221 11.1.8 */ };

/* Adds `added` to the number in sum, both big-endian, both ending at the same place. False when it does not fit. */
static bool add(struct wr *sum, struct span added)
{
	unsigned carry = 0;

	for (size_t i = 1; i <= sum->n; i++) {
		carry += sum->p[sum->n - i];
		if (i <= added.n)
			carry += added.p[added.n - i];
		sum->p[sum->n - i] = (uint8_t)carry;
		carry >>= 8;
	}
	return carry == 0;
}

/* TS 102 221 11.1.8: the newest record and the value added become the newest record, in the place of the oldest. */
sw_t cmd_increase(struct uicc *u, const struct capdu *c, struct wr *out)
{
	bool by_sfi = (c->p1 & 0x80) != 0;
	uint8_t octets[INCREASE_MAX];
	struct wr sum = WR(octets);
	uint16_t no;

	if (c->p2 != 0 ||
	    (by_sfi ? (c->p1 & 0x60) != 0 || (c->p1 & 0x1F) == 0 || !file_sfi_ok(c->p1 & 0x1F) : c->p1 != 0))
		return SW_P1P2;
	sw_t sw = file_open(u, c->p1 & 0x1F, WITH_CYCLE, ACL_INCREASE, &no);
	if (sw != SW_OK)
		return sw;
	wr_span(&sum, fs_record(u, no, 1));
	if (sum.bad || c->data.n > sum.n)
		return SW_WRONG_LENGTH;
	if (!add(&sum, c->data))
		return SW_MAX_VALUE;
	sw = rotate_in(u, no, wr_done(&sum));
	wr_span(out, wr_done(&sum));
	wr_span(out, c->data);
	return sw;
}
