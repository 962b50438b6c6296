/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults in MIKEY messages. Most leave a message whose MAC is right: it is then what it says that an ME must refuse, not
 * how it was spoilt.
 */
#include <stdlib.h>

#include "fault_int.h"

enum { MAC_LEN = MIKEY_MAC_LEN, HEAD_LEN = 10, NEXT_AT = 2, CS_COUNT_AT = 8 };

void message_ts(const struct fault *f, struct mikey *m, struct wr *plain)
{
	(void)plain;
	m->ts += (uint32_t)f->arg;
}

void message_idr(const struct fault *f, struct mikey *m, struct wr *plain)
{
	(void)plain;
	m->idr.data = span_str(f->text);
}

void message_idi(const struct fault *f, struct mikey *m, struct wr *plain)
{
	(void)plain;
	m->idi.data = span_str(f->text);
}

void message_domain(const struct fault *f, struct mikey *m, struct wr *plain)
{
	(void)f;
	(void)plain;
	m->key.domain[2] ^= 0x10;
}

void message_number(const struct fault *f, struct mikey *m, struct wr *plain)
{
	(void)plain;
	m->key.number = f->arg == 0 ? 0 : (uint16_t)(m->key.number + f->arg);
}

void message_mtk_id(const struct fault *f, struct mikey *m, struct wr *plain)
{
	(void)plain;
	m->key.mtk_id = (uint16_t)f->arg;
}

void message_v(const struct fault *f, struct mikey *m, struct wr *plain)
{
	(void)f;
	(void)plain;
	m->v = true;
}

/* Key data made anew of what stood there. interval: octets of VF and VT each, 0 = none. */
static void put_key_data(struct mikey *m, struct wr *plain, size_t key, size_t salt, size_t interval, bool reversed)
{
	struct secret_buf copy _secret_buf_ = { 0 };
	struct wr w = WR(copy.b);
	struct mikey_key_data k;
	static const uint8_t zeros[64];

	wr_span(&w, wr_done(plain));
	if (w.bad || !mikey_key_data_parse(&k, wr_done(&w)))
		return;
	plain->n = 0;
	wr_u8(plain, MIKEY_LAST);
	wr_u8(plain, (uint8_t)((salt != 0 ? MIKEY_KEY_TEK_SALT : MIKEY_KEY_TGK) << 4 |
			       (interval != 0 ? MIKEY_KV_INTERVAL : MIKEY_KV_NULL)));
	wr_u16(plain, (uint16_t)key);
	wr_bytes(plain, k.key.p, key < k.key.n ? key : k.key.n);
	wr_bytes(plain, zeros, key > k.key.n ? key - k.key.n : 0);
	if (salt != 0) {
		wr_u16(plain, (uint16_t)salt);
		wr_bytes(plain, zeros, salt);
	}
	for (int i = 0; i < 2 && interval != 0; i++) {
		wr_u8(plain, (uint8_t)interval);
		wr_bytes(plain, zeros, interval - 2);
		wr_u16(plain, (uint16_t)((i == 0) == reversed ? k.to : k.from));
	}
	m->encr_data = wr_done(plain);
}

void message_withdraw(const struct fault *f, struct mikey *m, struct wr *plain)
{
	(void)f;
	put_key_data(m, plain, MSK_LEN, 0, 2, true);
}

void message_key_length(const struct fault *f, struct mikey *m, struct wr *plain)
{
	put_key_data(m, plain, (size_t)f->arg, 0, m->kind == MIKEY_IS_MSK ? 2 : 0, false);
}

void message_no_interval(const struct fault *f, struct mikey *m, struct wr *plain)
{
	(void)f;
	put_key_data(m, plain, MSK_LEN, 0, 0, false);
}

void message_wide_interval(const struct fault *f, struct mikey *m, struct wr *plain)
{
	(void)f;
	put_key_data(m, plain, MSK_LEN, 0, 5, false);
}

void message_salt_length(const struct fault *f, struct mikey *m, struct wr *plain)
{
	put_key_data(m, plain, MTK_LEN, (size_t)f->arg, 0, false);
}

/* The octets of a payload in a message, and where the octet stands that announces it. */
struct payload {
	size_t announced, at, n;
};

/* Past a payload of this type; which one follows. */
static uint8_t skip(struct rd *r, uint8_t type)
{
	uint8_t next = rd_u8(r);

	switch (type) {
	case MIKEY_EXT:
	case MIKEY_ID:
		(void)rd_u8(r);
		(void)rd_lv16(r);
		break;
	case MIKEY_T:
		(void)rd_u8(r);
		(void)rd_u32(r);
		break;
	case MIKEY_RAND:
		(void)rd_lv8(r);
		break;
	case MIKEY_SP:
		(void)rd_u16(r);
		(void)rd_lv16(r);
		break;
	case MIKEY_KEMAC:
		(void)rd_u8(r);
		(void)rd_lv16(r);
		(void)rd_take(r, 1 + MAC_LEN);
		break;
	default:
		r->bad = true;
	}
	return next;
}

/* The first payload of a type, or with FAULT_SECOND the second. */
static bool find(struct span octets, int which, struct payload *ret)
{
	struct rd head = rd_of(octets);
	int before = (which & FAULT_SECOND) != 0 ? 1 : 0;
	struct payload p = { .announced = NEXT_AT };

	(void)rd_take(&head, NEXT_AT);
	uint8_t type = rd_u8(&head);
	(void)rd_take(&head, CS_COUNT_AT - NEXT_AT - 1);
	p.at = HEAD_LEN + (size_t)rd_u8(&head) * MIKEY_CS_MAP_ENTRY;

	while (type != MIKEY_LAST) {
		struct rd r = rd_of(span_sub(octets, p.at, octets.n));

		uint8_t next = skip(&r, type);
		if (r.bad)
			return false;
		p.n = octets.n - p.at - r.n;
		if (type == (which & 0xFF) && before-- == 0) {
			*ret = p;
			return true;
		}
		type = next;
		p.announced = p.at;
		p.at += p.n;
	}
	return false;
}

/* The MAC over what stands in front of it now. */
static void seal_again(struct fault_sealed *s)
{
	uint8_t mac[MAC_LEN];

	s->out->n -= MAC_LEN;
	const struct span covered = wr_done(s->out);
	prim_hmac_sha1(s->prim, mac, SPAN(s->keys->auth), &covered, 1);
	wr_span(s->out, SPAN(mac));
}

/* Room for n octets at a place: moves what stands behind it. */
static bool make_room(struct wr *out, size_t at, size_t n)
{
	if (n > out->cap - out->n)
		return false;
	memmove(out->p + at + n, out->p + at, out->n - at);
	out->n += n;
	return true;
}

void octets_mac(const struct fault *f, struct fault_sealed *s)
{
	(void)f;
	s->out->p[s->out->n - 1] ^= 1;
}

void octets_head(const struct fault *f, struct fault_sealed *s)
{
	s->out->p[f->arg >> 8] = (uint8_t)(f->arg & 0xFF);
	seal_again(s);
}

void octets_cut(const struct fault *f, struct fault_sealed *s)
{
	struct payload p = { .n = HEAD_LEN };

	if (f->arg == 0 || find(wr_done(s->out), f->arg, &p))
		s->out->n = p.at + p.n / 2;
}

void octets_drop(const struct fault *f, struct fault_sealed *s)
{
	struct payload p;

	if (!find(wr_done(s->out), f->arg, &p))
		return;
	s->out->p[p.announced] = s->out->p[p.at];
	memmove(s->out->p + p.at, s->out->p + p.at + p.n, s->out->n - p.at - p.n);
	s->out->n -= p.n;
	seal_again(s);
}

/* The copy in front announces the one behind it. */
void octets_twice(const struct fault *f, struct fault_sealed *s)
{
	struct payload p;

	if (!find(wr_done(s->out), f->arg, &p) || !make_room(s->out, p.at, p.n))
		return;
	memmove(s->out->p + p.at, s->out->p + p.at + p.n, p.n);
	s->out->p[p.at] = s->out->p[p.announced];
	seal_again(s);
}

void octets_trail(const struct fault *f, struct fault_sealed *s)
{
	(void)f;
	wr_u8(s->out, 0);
}

/* Behind the EXT that names the key. */
void octets_unknown_ext(const struct fault *f, struct fault_sealed *s)
{
	static const uint8_t ext[] = { 0, 77, 0, 4, 1, 2, 3, 4 };
	struct payload p;

	(void)f;
	if (!find(wr_done(s->out), MIKEY_EXT, &p) || !make_room(s->out, p.at + p.n, sizeof ext))
		return;
	memcpy(s->out->p + p.at + p.n, ext, sizeof ext);
	s->out->p[p.at + p.n] = s->out->p[p.at];
	s->out->p[p.at] = MIKEY_EXT;
	seal_again(s);
}

void octets_unknown_payload(const struct fault *f, struct fault_sealed *s)
{
	struct payload p;

	(void)f;
	if (!find(wr_done(s->out), MIKEY_T, &p))
		return;
	s->out->p[p.announced] = 99;
	seal_again(s);
}

void octets_ts_type(const struct fault *f, struct fault_sealed *s)
{
	struct payload p;

	(void)f;
	if (!find(wr_done(s->out), MIKEY_T, &p))
		return;
	s->out->p[p.at + 1] = 1; /* NTP */
	seal_again(s);
}

void octets_encr(const struct fault *f, struct fault_sealed *s)
{
	struct payload p;

	if (!find(wr_done(s->out), MIKEY_KEMAC, &p))
		return;
	s->out->p[p.at + 1] = (uint8_t)f->arg;
	seal_again(s);
}

void octets_mac_alg(const struct fault *f, struct fault_sealed *s)
{
	s->out->p[s->out->n - MAC_LEN - 1] = (uint8_t)f->arg;
	seal_again(s);
}
