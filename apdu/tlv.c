/* SPDX-License-Identifier: Apache-2.0 */
#include "tlv.h"

size_t rd_ber_len(struct rd *r)
{
	uint8_t first = rd_u8(r);

	if (first < 0x80)
		return first;
	if (first >= 0x81 && first <= 0x83)
		return (size_t)rd_uint(r, first - 0x80u);
	*r = (struct rd){ .bad = true };
	return 0;
}

struct tlv rd_tlv(struct rd *r)
{
	struct tlv t = { .tag = rd_u8(r) };

	if ((t.tag & 0x1F) == 0x1F)
		t.tag = (uint16_t)(t.tag << 8 | rd_u8(r));
	t.v = rd_take(r, rd_ber_len(r));
	return t;
}

bool tlv_find(struct span body, uint16_t tag, struct span *ret_value)
{
	struct rd r = rd_of(body);

	while (r.n != 0) {
		struct tlv t = rd_tlv(&r);
		if (r.bad)
			return false;
		if (t.tag == tag) {
			*ret_value = t.v;
			return true;
		}
	}
	return false;
}

void wr_tag(struct wr *w, uint16_t tag)
{
	wr_uint(w, tag, tag > UINT8_MAX ? 2 : 1);
}

void wr_ber_len(struct wr *w, size_t n)
{
	if (n < 0x80) {
		wr_u8(w, (uint8_t)n);
	} else if (n <= UINT8_MAX) {
		wr_u8(w, 0x81);
		wr_u8(w, (uint8_t)n);
	} else if (n <= UINT16_MAX) {
		wr_u8(w, 0x82);
		wr_u16(w, (uint16_t)n);
	} else {
		w->bad = true;
	}
}

void wr_tlv(struct wr *w, uint16_t tag, struct span v)
{
	wr_tag(w, tag);
	wr_ber_len(w, v.n);
	wr_span(w, v);
}

size_t wr_tlv_open(struct wr *w, uint16_t tag)
{
	wr_tag(w, tag);
	return w->n;
}

void wr_tlv_close(struct wr *w, size_t mark)
{
	uint8_t head[4];
	struct wr h = WR(head);

	if (w->bad)
		return;
	size_t n = w->n - mark;
	wr_ber_len(&h, n);
	if (h.bad || h.n > w->cap - w->n) {
		w->bad = true;
		return;
	}
	memmove(w->p + mark + h.n, w->p + mark, n);
	memcpy(w->p + mark, head, h.n);
	w->n += h.n;
}
