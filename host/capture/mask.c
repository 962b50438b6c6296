/* SPDX-License-Identifier: Apache-2.0 */
#include "mask.h"

#include "../../apdu/auth.h"
#include "../../apdu/hex.h"
#include "../../apdu/tlv.h"

enum {
	INS_VERIFY_PIN = 0x20,
	INS_CHANGE_PIN = 0x24,
	INS_DISABLE_PIN = 0x26,
	INS_ENABLE_PIN = 0x28,
	INS_UNBLOCK_PIN = 0x2C,
	HEADER = 5, /* CLA INS P1 P2 P3 */
};

static void put_masked(struct wr *out, struct rd *r)
{
	wr_fill(out, MASK, rd_rest(r).n);
}

static bool is_pin(uint8_t ins)
{
	return ins == INS_VERIFY_PIN || ins == INS_CHANGE_PIN || ins == INS_DISABLE_PIN || ins == INS_ENABLE_PIN ||
	       ins == INS_UNBLOCK_PIN;
}

/* An MBMS data object `53 L mode …`, or its first block: only MTK generation is answered with a key. */
static enum mask_answer answer_of_mbms(struct span data)
{
	struct rd r = rd_of(data);

	if (rd_u8(&r) != AUTH_TAG_MBMS)
		return MASK_ALL;
	(void)rd_ber_len(&r);
	switch (rd_u8(&r)) {
	case MBMS_MSK_UPDATE:
	case MBMS_MSK_DELETION:
	case MBMS_MUK_DELETION:
		return r.bad ? MASK_ALL : MASK_NOTHING;
	case MBMS_MTK_GENERATION:
		return MASK_OBJECT;
	default:
		return MASK_ALL;
	}
}

static enum mask_answer answer_of_auth(const struct capdu *c)
{
	if (c->cla == CLA_GSM)
		return MASK_ALL;
	if (c->p2 == AUTH_3G || c->p2 == AUTH_GBA)
		return MASK_VALUES;
	if (c->p2 == AUTH_MBMS)
		return answer_of_mbms(c->data);
	return MASK_ALL;
}

static enum mask_answer *channel(struct mask *m, uint8_t cla)
{
	return &m->answer[apdu_class_of(cla).channel % APDU_CHANNELS];
}

/* What its answer will be; of a command that only fetches one, what it was. */
static enum mask_answer next(enum mask_answer now, const struct capdu *c)
{
	if (c->ins == INS_GET_RESPONSE)
		return now;
	if (c->ins == INS_AUTHENTICATE || (c->ins == INS_AUTHENTICATE_ODD && c->p1 == BLOCK_FIRST))
		return answer_of_auth(c);
	return c->ins == INS_AUTHENTICATE_ODD ? now : MASK_NOTHING;
}

void mask_command(struct mask *m, struct wr *out, struct span capdu)
{
	struct rd r = rd_of(capdu);
	struct capdu c;

	if (!capdu_parse(&c, capdu)) {
		wr_span(out, rd_take(&r, r.n < HEADER ? r.n : HEADER));
		put_masked(out, &r);
		return;
	}
	enum mask_answer *answer = channel(m, c.cla);
	*answer = next(*answer, &c);
	if (!is_pin(c.ins) || c.data.n == 0) {
		wr_span(out, capdu);
		return;
	}
	wr_span(out, rd_take(&r, HEADER));
	struct rd pin = rd_of(rd_take(&r, c.data.n));
	put_masked(out, &pin);
	wr_span(out, rd_rest(&r));
}

/* DB and the first length stay; AUTS (DC) is no key. */
static void put_values(struct wr *out, struct rd *r)
{
	uint8_t tag = rd_u8(r);

	wr_u8(out, tag);
	if (tag == AUTH_TAG_SYNC_FAILURE)
		wr_span(out, rd_rest(r));
	else if (tag == AUTH_TAG_OK && r->n != 0)
		wr_u8(out, rd_u8(r));
	put_masked(out, r);
}

/* 53, length and DB stay. */
static void put_object(struct wr *out, struct rd *r)
{
	struct rd head = *r;

	if (rd_u8(&head) == AUTH_TAG_MBMS && rd_ber_len(&head) != 0 && rd_u8(&head) == AUTH_TAG_OK && !head.bad)
		wr_span(out, rd_take(r, r->n - head.n));
	put_masked(out, r);
}

void mask_answer(struct mask *m, struct wr *out, struct span capdu, struct span rapdu)
{
	struct rd cla = rd_of(capdu), all = rd_of(rapdu);
	enum mask_answer *answer = channel(m, rd_u8(&cla));
	struct rd data = rd_of(rd_take(&all, rapdu.n > 2 ? rapdu.n - 2 : 0));
	enum mask_answer what = m->keys || data.n == 0 ? MASK_NOTHING : *answer;

	switch (what) {
	case MASK_NOTHING:
		wr_span(out, rd_rest(&data));
		break;
	case MASK_VALUES:
		put_values(out, &data);
		break;
	case MASK_OBJECT:
		put_object(out, &data);
		break;
	case MASK_ALL:
		put_masked(out, &data);
		break;
	}
	/* What comes in a further block begins anywhere. */
	if (what != MASK_NOTHING)
		*answer = MASK_ALL;
	wr_span(out, rd_rest(&all));
}

void mask_put_octet(struct wr *out, struct span octet, bool withheld)
{
	static const uint8_t mask = MASK;

	if (withheld && span_eq(octet, span_of(&mask, 1)))
		wr_str(out, "**");
	else
		hex_put(out, octet);
}
