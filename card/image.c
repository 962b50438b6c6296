/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

size_t file_size(const struct file_desc *f)
{
	switch (f->type) {
	case FILE_TRANSPARENT:
	case FILE_BER_TLV:
		return f->size;
	case FILE_LINEAR:
	case FILE_CYCLIC:
		return (size_t)f->record_len * f->records;
	case FILE_MF:
	case FILE_DF:
	case FILE_ADF:
	default:
		return 0;
	}
}

enum { CARD_LEGACY_GSM = 0x01 }; /* a card without any flag has no octet of them */

void card_desc_put(struct wr *w, const struct card_desc *c)
{
	wr_u8(w, c->version);
	wr_lv8(w, span_of(c->atr, c->atr_len));
	if (c->legacy_gsm)
		wr_u8(w, CARD_LEGACY_GSM);
}

bool card_desc_parse(struct card_desc *c, struct span s)
{
	struct rd r = rd_of(s);

	*c = (struct card_desc){ .version = rd_u8(&r) };
	struct span atr = rd_lv8(&r);
	c->legacy_gsm = r.n != 0;
	if (c->legacy_gsm && rd_u8(&r) != CARD_LEGACY_GSM)
		return false;
	if (!rd_end(&r) || atr.n > sizeof c->atr)
		return false;
	memcpy(c->atr, atr.p, atr.n);
	c->atr_len = (uint8_t)atr.n;
	return true;
}

enum { TYPE_USABLE_INACTIVE = 0x80 /* stands in the type's octet */ };

void file_desc_put(struct wr *w, const struct file_desc *f)
{
	wr_u8(w, (uint8_t)(f->type | (f->usable_inactive ? TYPE_USABLE_INACTIVE : 0)));
	wr_u16(w, f->parent);
	wr_u16(w, f->fid);
	wr_u8(w, f->sfi);
	wr_u8(w, f->lcs);
	wr_u16(w, f->arr_fid);
	wr_u8(w, f->arr_record);
	wr_u16(w, f->size);
	wr_u8(w, f->record_len);
	wr_u8(w, f->records);
	wr_lv8(w, span_of(f->aid, f->aid_len));
	if (f->type == FILE_ADF && f->application > 1) /* the first one goes without saying */
		wr_u8(w, f->application);
}

bool file_desc_parse(struct file_desc *f, struct span s)
{
	struct rd r = rd_of(s);

	uint8_t type = rd_u8(&r);
	*f = (struct file_desc){ .type = type & ~TYPE_USABLE_INACTIVE };
	f->usable_inactive = (type & TYPE_USABLE_INACTIVE) != 0;
	f->parent = rd_u16(&r);
	f->fid = rd_u16(&r);
	f->sfi = rd_u8(&r);
	f->lcs = rd_u8(&r);
	f->arr_fid = rd_u16(&r);
	f->arr_record = rd_u8(&r);
	f->size = rd_u16(&r);
	f->record_len = rd_u8(&r);
	f->records = rd_u8(&r);
	struct span aid = rd_lv8(&r);
	if (f->type == FILE_ADF && r.n != 0) {
		f->application = rd_u8(&r);
		if (f->application <= 1 || f->application > APPLICATIONS)
			return false;
	} else if (f->type == FILE_ADF) {
		f->application = 1;
	}
	if (!rd_end(&r) || aid.n > sizeof f->aid || f->type < FILE_MF || f->type > FILE_BER_TLV)
		return false;
	if (aid.n != 0)
		memcpy(f->aid, aid.p, aid.n);
	f->aid_len = (uint8_t)aid.n;
	size_t content = file_size(f);
	return f->type <= FILE_ADF || (content != 0 && content <= FILE_SIZE_MAX);
}

enum { FLAG_ENABLED = 0x01, FLAG_BY_UNIVERSAL = 0x02 };

void pin_desc_put(struct wr *w, const struct pin_desc *p)
{
	wr_u8(w, (uint8_t)((p->enabled ? FLAG_ENABLED : 0) | (p->by_universal ? FLAG_BY_UNIVERSAL : 0)));
	wr_u8(w, p->tries);
	wr_u8(w, p->tries_max);
	wr_u8(w, p->puk_tries);
	wr_u8(w, p->puk_tries_max);
	wr_span(w, SPAN(p->code));
	wr_span(w, SPAN(p->puk));
}

bool pin_desc_parse(struct pin_desc *p, struct span s)
{
	struct rd r = rd_of(s);

	uint8_t flags = rd_u8(&r);
	p->enabled = (flags & FLAG_ENABLED) != 0;
	p->by_universal = (flags & FLAG_BY_UNIVERSAL) != 0;
	p->tries = rd_u8(&r);
	p->tries_max = rd_u8(&r);
	p->puk_tries = rd_u8(&r);
	p->puk_tries_max = rd_u8(&r);
	rd_copy(&r, p->code, sizeof p->code);
	rd_copy(&r, p->puk, sizeof p->puk);
	return rd_end(&r);
}

void aka_desc_put(struct wr *w, const struct aka_desc *a)
{
	const struct aka_secret *s = &a->secret;

	wr_u8(w, (uint8_t)s->algorithm);
	if (s->algorithm == AKA_TUAK) {
		wr_lv8(w, span_of(s->tuak.k.b, s->tuak.k_len));
		wr_span(w, SPAN(s->tuak.topc.b));
		wr_u8(w, s->tuak.iterations);
		wr_u8(w, s->tuak_res_len);
	} else {
		wr_span(w, SPAN(s->k.b));
		wr_span(w, SPAN(s->opc.b));
	}
	wr_uint(w, a->delta, 8);
}

bool aka_desc_parse(struct aka_desc *a, struct span s)
{
	struct aka_secret *secret = &a->secret;
	struct rd r = rd_of(s);

	secret->algorithm = rd_u8(&r);
	if (secret->algorithm == AKA_TUAK) {
		struct rd k = rd_of(rd_lv8(&r));
		secret->tuak.k_len = (uint8_t)k.n;
		rd_copy(&k, secret->tuak.k.b, k.n < TUAK_K_MAX ? k.n : TUAK_K_MAX);
		rd_copy(&r, secret->tuak.topc.b, sizeof secret->tuak.topc.b);
		secret->tuak.iterations = rd_u8(&r);
		secret->tuak_res_len = rd_u8(&r);
	} else {
		rd_copy(&r, secret->k.b, sizeof secret->k.b);
		rd_copy(&r, secret->opc.b, sizeof secret->opc.b);
	}
	a->delta = rd_uint(&r, 8);
	return rd_end(&r) && aka_secret_ok(secret);
}

enum { SEQ_LEN = 6 };

void sqn_desc_put(struct wr *w, const struct sqn_desc *q)
{
	for (size_t i = 0; i < SQN_ENTRIES; i++)
		wr_uint(w, q->seq[i], SEQ_LEN);
	wr_u8(w, q->last);
}

bool sqn_desc_parse(struct sqn_desc *q, struct span s)
{
	struct rd r = rd_of(s);

	for (size_t i = 0; i < SQN_ENTRIES; i++)
		q->seq[i] = rd_uint(&r, SEQ_LEN);
	q->last = rd_u8(&r);
	return rd_end(&r) && q->last < SQN_ENTRIES;
}
