/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RETRIEVE DATA and SET DATA: TS 102 221 clauses 11.3.1 and 11.3.2.
 *
 * A BER-TLV EF holds data objects in a row, each tag once. Replacing one takes it out and puts the new one behind the
 * others.
 */
#include "../apdu/tlv.h"
#include "crypto/secret.h"
#include "file.h"
#include "object.h"

void transfer_drop(struct transfer *t)
{
	if (t->state == TRANSFER_NONE)
		return; /* not even touched, as with chain_drop() */
	secret_wipe(t->object, t->total);
	t->state = TRANSFER_NONE;
	t->total = t->done = 0;
}

void transfer_settle(struct transfer *t, bool kept)
{
	if (t->state != TRANSFER_STAGED)
		return;
	if (kept) {
		transfer_drop(t);
		return;
	}
	t->state = TRANSFER_IN;
	t->done -= t->last;
}

/* P1 or P2 says that this block is the first one: TS 102 221 has it in P2, phones are known that put it into P1. */
struct blocks {
	bool first;
	uint8_t sfi;
};

enum { FIRST_BLOCK = 0x80, ANSWER_FIRST = 0xA0, ANSWER_NEXT = 0x20 };

static sw_t parse_blocks(struct blocks *b, const struct capdu *c, bool answer)
{
	bool first_in_p1 = c->p1 == FIRST_BLOCK || (answer && c->p1 == ANSWER_FIRST);

	b->first = first_in_p1 || (c->p2 & FIRST_BLOCK) != 0;
	b->sfi = c->p2 & 0x1F;
	if (!first_in_p1 && c->p1 != 0 && (!answer || c->p1 != ANSWER_NEXT || b->first))
		return SW_P1P2;
	return (c->p2 & 0x60) != 0 || !file_sfi_ok(b->sfi) ? SW_P1P2 : SW_OK;
}

/* A later block may name its EF again, but no other one. */
static sw_t open_ef(struct uicc *u, const struct blocks *b, enum acl_mode mode, uint16_t *ret_no)
{
	if (!b->first && b->sfi != 0 && fs_by_sfi(u, u->now.df, b->sfi) != u->now.ef)
		return SW_P1P2;
	return file_open(u, b->first ? b->sfi : 0, WITH_OBJECTS, mode, ret_no);
}

/* The object that the tag names, or the list of tags, into the transfer. */
static sw_t begin_out(struct transfer *t, struct span objects, struct span data)
{
	struct rd r = rd_of(data), all = rd_of(objects);
	struct wr w = WR(t->object);
	struct span tag = rd_object_tag(&r);

	transfer_drop(t);
	if (!rd_end(&r))
		return SW_DATA;
	if (object_tag_is_list(tag)) {
		size_t list = wr_tlv_open(&w, OBJECT_TAG_LIST);
		while (all.n != 0)
			wr_span(&w, rd_object(&all).tag);
		wr_tlv_close(&w, list);
	} else {
		struct span object = object_find(objects, tag);
		if (object.n == 0)
			return SW_DATA_NOT_FOUND;
		wr_span(&w, object);
	}
	t->state = TRANSFER_OUT;
	t->total = w.n;
	return w.bad ? SW_UNKNOWN_ERROR : SW_OK;
}

static sw_t next_out(struct transfer *t, size_t le, struct wr *out)
{
	struct span block = span_sub(span_of(t->object, t->total), t->done, le);

	wr_span(out, block);
	t->done += block.n;
	if (t->done < t->total)
		return SW_RESPONSE_CONTINUES;
	transfer_drop(t);
	return SW_OK;
}

sw_t cmd_retrieve_data(struct uicc *u, const struct capdu *c, struct wr *out)
{
	struct transfer *t = &u->transfer[u->channel];
	struct blocks b;
	uint16_t no;

	sw_t sw = parse_blocks(&b, c, true);
	if (sw == SW_OK && b.first != (c->data.n != 0))
		sw = SW_WRONG_LENGTH;
	if (sw == SW_OK)
		sw = open_ef(u, &b, ACL_READ, &no);
	if (sw == SW_OK && b.first)
		sw = begin_out(t, fs_body(u, no), c->data);
	if (sw == SW_OK && t->state != TRANSFER_OUT)
		sw = SW_CONDITIONS;
	if (sw == SW_OK)
		return next_out(t, c->le != 0 ? c->le : APDU_LE_MAX, out);
	transfer_drop(t);
	return sw;
}

/* The EF's content without the object of this tag, with `object` behind it. */
static sw_t replace(struct uicc *u, uint16_t no, struct span tag, struct span object)
{
	struct span old = fs_body(u, no), gone = object_find(old, tag);
	size_t kept = old.n - gone.n, before = gone.n != 0 ? (size_t)(gone.p - old.p) : old.n;

	if (object.n == 0 && gone.n == 0)
		return SW_DATA_NOT_FOUND;
	if (kept + object.n > file_size(&u->file[no]) || !fs_has_room(u, no, kept + object.n))
		return SW_NO_SPACE;
	if (kept + object.n == 0) {
		nv_erase(u->nv, OBJ(OBJ_BODY, no)); /* a store need not know an empty value from none */
		return SW_OK;
	}
	struct wr w = fs_new_body(u, no, kept + object.n);
	wr_span(&w, span_sub(old, 0, before));
	wr_span(&w, span_sub(old, before + gone.n, old.n));
	wr_span(&w, object);
	return w.bad ? SW_MEMORY_PROBLEM : SW_OK;
}

/* The first octets: a tag alone deletes at once; else they tell how long the object will be. */
static sw_t begin_in(struct uicc *u, uint16_t no, struct transfer *t, struct span data)
{
	struct rd r = rd_of(data);
	struct span tag = rd_object_tag(&r);

	transfer_drop(t);
	if (r.bad || object_tag_is_list(tag))
		return SW_DATA;
	if (r.n == 0)
		return replace(u, no, tag, (struct span){ 0 });
	size_t value = rd_ber_len(&r);
	if (r.bad || value < r.n)
		return SW_DATA;
	size_t total = data.n - r.n + value;
	if (total > file_size(&u->file[no]))
		return SW_NO_SPACE;
	t->state = TRANSFER_IN;
	t->total = total;
	return SW_MORE_DATA_EXPECTED;
}

static sw_t next_in(struct uicc *u, uint16_t no, struct transfer *t, struct span data)
{
	if (t->state != TRANSFER_IN)
		return SW_CONDITIONS;
	if (data.n > t->total - t->done)
		return SW_DATA;
	struct wr w = wr_of(t->object + t->done, data.n);
	wr_span(&w, data);
	t->done += data.n;
	if (t->done < t->total)
		return SW_MORE_DATA_EXPECTED;
	struct rd r = rd_of(span_of(t->object, t->total));
	struct object o = rd_object(&r);
	t->state = TRANSFER_STAGED;
	t->last = data.n;
	return replace(u, no, o.tag, o.whole);
}

sw_t cmd_set_data(struct uicc *u, const struct capdu *c, struct wr *out)
{
	struct transfer *t = &u->transfer[u->channel];
	struct blocks b;
	uint16_t no;

	(void)out;
	sw_t sw = parse_blocks(&b, c, false);
	if (sw == SW_OK)
		sw = open_ef(u, &b, ACL_UPDATE, &no);
	if (sw == SW_OK && b.first) {
		sw = begin_in(u, no, t, c->data);
		if (sw != SW_MORE_DATA_EXPECTED) /* refused, or deleted */
			return sw;
		sw = SW_OK;
	}
	if (sw == SW_OK)
		sw = next_in(u, no, t, c->data);
	if (!sw_ok(sw))
		transfer_drop(t);
	return sw;
}
