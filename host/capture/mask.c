/* SPDX-License-Identifier: Apache-2.0 */
#include "mask.h"

#include "../../apdu/auth.h"
#include "../../apdu/hex.h"
#include "../../apdu/sw.h"
#include "../../apdu/tlv.h"

enum {
	INS_VERIFY_PIN = 0x20,
	INS_CHANGE_PIN = 0x24,
	INS_DISABLE_PIN = 0x26,
	INS_ENABLE_PIN = 0x28,
	INS_UNBLOCK_PIN = 0x2C,
	INS_SEARCH_RECORD = 0xA2,
	INS_READ_RECORD = 0xB2,
	INS_UPDATE_BINARY = 0xD6,
	INS_UPDATE_RECORD = 0xDC,
	SELECT_BY_NAME = 0x04, /* P1 */
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

static size_t channel(uint8_t cla)
{
	return apdu_class_of(cla).channel % APDU_CHANNELS;
}

/* EFs with CK, IK, Kc or what was made of them, and their SFIs. A DF of 0: there, wherever it is. */
static const struct {
	uint16_t df, ef;
	uint8_t sfi;
} with_keys[] = {
	{ 0, 0x6F08, 0x08 }, /* EF_Keys */
	{ 0, 0x6F09, 0x09 }, /* EF_KeysPS */
	{ 0, 0x6FE4, 0x18 }, /* EF_EPSNSC */
	{ 0x5F3B, 0x4F20, 0x01 }, /* EF_Kc */
	{ 0x5F3B, 0x4F52, 0x02 }, /* EF_KcGPRS */
	{ 0, 0x6F20, 0 }, /* and those of DF_GSM, TS 51.011 10.3 */
	{ 0, 0x6F52, 0 },	  { 0x5FC0, 0x4F03, 0x03 }, /* EF_5GS3GPPNSC */
	{ 0x5FC0, 0x4F04, 0x04 }, /* EF_5GSN3GPPNSC */
	{ 0x5FC0, 0x4F05, 0x05 }, /* EF_5GAUTHKEYS */
};

static bool on_record(const struct capdu *c)
{
	return c->ins == INS_READ_RECORD || c->ins == INS_UPDATE_RECORD || c->ins == INS_SEARCH_RECORD;
}

static bool on_content(const struct capdu *c)
{
	return on_record(c) || c->ins == INS_READ_BINARY || c->ins == INS_UPDATE_BINARY;
}

/* The SFI by which a command names its EF (TS 102 221 11.1.3 to 11.1.7); 0 = it means the current one. */
static uint8_t sfi_of(const struct capdu *c)
{
	if (c->cla == CLA_GSM)
		return 0;
	if (on_record(c))
		return c->p2 >> 3;
	return (c->p1 & 0x80) != 0 ? c->p1 & 0x1F : 0;
}

/* The EF that this command is about, as far as it may have keys. */
static uint16_t ef_of(const struct mask_file *f, const struct capdu *c)
{
	uint8_t sfi = sfi_of(c);

	if (sfi == 0)
		return f->ef;
	for (size_t i = 0; i < VU_COUNT(with_keys); i++)
		if (with_keys[i].sfi == sfi && with_keys[i].df == f->df)
			return with_keys[i].ef;
	return 0;
}

static bool has_keys(const struct mask_file *f, const struct capdu *c)
{
	if (!on_content(c))
		return false;
	uint16_t ef = ef_of(f, c);
	for (size_t i = 0; i < VU_COUNT(with_keys); i++)
		if (with_keys[i].ef == ef && (with_keys[i].df == f->df || sfi_of(c) == 0))
			return true;
	return false;
}

/* The last file of a SELECT's path, or the current one, is what later commands are about. */
static void follow(struct mask_file *f, const struct capdu *c, sw_t sw)
{
	bool done = sw_ok(sw) || (sw & 0xFF00) == SW_MORE || (sw & 0xFF00) == SW_GSM_MORE || sw == SW_FILE_INVALIDATED;
	struct rd r = rd_of(c->data);

	if (!done)
		return;
	if (on_content(c))
		f->ef = ef_of(f, c);
	if (c->ins != INS_SELECT)
		return;
	if (c->p1 == SELECT_BY_NAME || r.n < 2)
		*f = (struct mask_file){ 0 };
	while (c->p1 != SELECT_BY_NAME && r.n >= 2) {
		uint16_t fid = rd_u16(&r);
		uint8_t kind = (uint8_t)(fid >> 8); /* 3F MF, 7F and 5F DFs: TS 102 221 8.6 */
		bool df = kind == 0x3F || kind == 0x7F || kind == 0x5F;
		*f = (struct mask_file){ .df = kind == 0x5F ? fid : df ? 0 : f->df, .ef = df ? 0 : fid };
	}
}

/* What its answer will be; of a command that only fetches one, what it was. */
static enum mask_answer next(enum mask_answer now, const struct mask_file *f, const struct capdu *c)
{
	if (c->ins == INS_GET_RESPONSE)
		return now;
	if (c->ins == INS_AUTHENTICATE || (c->ins == INS_AUTHENTICATE_ODD && c->p1 == BLOCK_FIRST))
		return answer_of_auth(c);
	if (c->ins == INS_AUTHENTICATE_ODD)
		return now;
	return has_keys(f, c) ? MASK_ALL : MASK_NOTHING;
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
	size_t ch = channel(c.cla);
	m->answer[ch] = next(m->answer[ch], &m->file[ch], &c);
	bool key = !m->keys && has_keys(&m->file[ch], &c);
	if ((!is_pin(c.ins) && !key) || c.data.n == 0) {
		wr_span(out, capdu);
		return;
	}
	wr_span(out, rd_take(&r, HEADER));
	struct rd secret = rd_of(rd_take(&r, c.data.n));
	put_masked(out, &secret);
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
	size_t ch = channel(rd_u8(&cla));
	enum mask_answer *answer = &m->answer[ch];
	struct capdu c;
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
	struct rd sw = all;
	wr_span(out, rd_rest(&all));
	if (sw.n == 2 && capdu_parse(&c, capdu))
		follow(&m->file[ch], &c, rd_u16(&sw));
}

void mask_put_octet(struct wr *out, struct span octet, bool withheld)
{
	static const uint8_t mask = MASK;

	if (withheld && span_eq(octet, span_of(&mask, 1)))
		wr_str(out, "**");
	else
		hex_put(out, octet);
}
