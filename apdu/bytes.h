/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Octets in and out: the only two ways in which this project touches a buffer.
 *
 * struct span is a borrowed (pointer, length). struct rd reads one and only ever shrinks; a short read poisons it and
 * everything after yields zero, so a parser is straight-line code that asks once, at its end. struct wr appends to a
 * buffer of fixed size; an overflow sets `bad`, which is asked once, too.
 */
#ifndef VUICC_BYTES_H
#define VUICC_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VU_MUST_USE __attribute__((warn_unused_result))
#define VU_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Borrowed octets. Never owns them, never outlives them. */
struct span {
	const uint8_t *p;
	size_t n;
};

struct rd {
	const uint8_t *p;
	size_t n;
	bool bad;
};

struct wr {
	uint8_t *p;
	size_t cap;
	size_t n;
	bool bad;
};

static inline struct span span_of(const void *p, size_t n)
{
	return (struct span){ p, n };
}

/* The whole of an array. */
#define SPAN(array) span_of((array), sizeof(array))

/* The characters of a C string, without its end. */
static inline struct span span_str(const char *s)
{
	return span_of(s, strlen(s));
}

static inline bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_all(struct span s, uint8_t octet)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != octet)
			return false;
	return true;
}

static inline bool span_starts(struct span s, struct span prefix)
{
	return s.n >= prefix.n && span_eq(span_of(s.p, prefix.n), prefix);
}

/* The part of s from `off`, at most n octets; empty when off is outside. */
static inline struct span span_sub(struct span s, size_t off, size_t n)
{
	if (off >= s.n)
		return (struct span){ 0 };
	return span_of(s.p + off, n < s.n - off ? n : s.n - off);
}

static inline struct rd rd_of(struct span s)
{
	return (struct rd){ .p = s.p, .n = s.n };
}

static inline struct span rd_take(struct rd *r, size_t n)
{
	if (r->bad || n > r->n) {
		*r = (struct rd){ .bad = true };
		return (struct span){ 0 };
	}
	struct span s = { r->p, n };
	if (n != 0)
		r->p += n;
	r->n -= n;
	return s;
}

/* What is left, all of it. */
static inline struct span rd_rest(struct rd *r)
{
	return rd_take(r, r->n);
}

/* A big-endian number of n octets, n <= 8. */
static inline uint64_t rd_uint(struct rd *r, size_t n)
{
	struct span s = rd_take(r, n);
	uint64_t v = 0;
	for (size_t i = 0; i < s.n; i++)
		v = v << 8 | s.p[i];
	return v;
}

static inline uint8_t rd_u8(struct rd *r)
{
	struct span s = rd_take(r, 1);
	return s.n != 0 ? s.p[0] : 0;
}

static inline uint16_t rd_u16(struct rd *r)
{
	return (uint16_t)rd_uint(r, 2);
}

static inline uint32_t rd_u32(struct rd *r)
{
	return (uint32_t)rd_uint(r, 4);
}

/* A value behind its length of one octet. */
static inline struct span rd_lv8(struct rd *r)
{
	return rd_take(r, rd_u8(r));
}

/* A value behind its length of two octets. */
static inline struct span rd_lv16(struct rd *r)
{
	return rd_take(r, rd_u16(r));
}

/* Exactly n octets into dst; zeroes when they are not there. */
static inline void rd_copy(struct rd *r, void *dst, size_t n)
{
	struct span s = rd_take(r, n);
	if (s.n == n && n != 0)
		memcpy(dst, s.p, n);
	else if (n != 0)
		memset(dst, 0, n);
}

/* Nothing was short and nothing is left over. */
VU_MUST_USE static inline bool rd_end(const struct rd *r)
{
	return !r->bad && r->n == 0;
}

static inline struct wr wr_of(void *buf, size_t cap)
{
	return (struct wr){ .p = buf, .cap = cap };
}

/* A writer over a whole array. */
#define WR(array) wr_of((array), sizeof(array))

static inline void wr_bytes(struct wr *w, const void *src, size_t n)
{
	if (w->bad || n > w->cap - w->n) {
		w->bad = true;
		return;
	}
	if (n != 0)
		memcpy(w->p + w->n, src, n);
	w->n += n;
}

static inline void wr_span(struct wr *w, struct span s)
{
	wr_bytes(w, s.p, s.n);
}

static inline void wr_str(struct wr *w, const char *s)
{
	wr_span(w, span_str(s));
}

/* v as n octets, big-endian, n <= 8. */
static inline void wr_uint(struct wr *w, uint64_t v, size_t n)
{
	uint8_t b[8];
	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)(v >> 8 * (n - 1 - i));
	wr_bytes(w, b, n);
}

static inline void wr_u8(struct wr *w, uint8_t v)
{
	wr_bytes(w, &v, 1);
}

static inline void wr_u16(struct wr *w, uint16_t v)
{
	wr_uint(w, v, 2);
}

static inline void wr_u32(struct wr *w, uint32_t v)
{
	wr_uint(w, v, 4);
}

static inline void wr_fill(struct wr *w, uint8_t octet, size_t n)
{
	if (w->bad || n > w->cap - w->n) {
		w->bad = true;
		return;
	}
	if (n != 0)
		memset(w->p + w->n, octet, n);
	w->n += n;
}

/* Fills up to the buffer's end: the FF behind the content of an EF. */
static inline void wr_pad(struct wr *w, uint8_t octet)
{
	if (!w->bad)
		wr_fill(w, octet, w->cap - w->n);
}

/* s behind its length of one octet; a longer one is an error. */
static inline void wr_lv8(struct wr *w, struct span s)
{
	if (s.n > UINT8_MAX)
		w->bad = true;
	wr_u8(w, (uint8_t)s.n);
	wr_span(w, s);
}

static inline void wr_lv16(struct wr *w, struct span s)
{
	if (s.n > UINT16_MAX)
		w->bad = true;
	wr_u16(w, (uint16_t)s.n);
	wr_span(w, s);
}

/* What was written so far; empty when it did not fit. */
static inline struct span wr_done(const struct wr *w)
{
	if (w->bad)
		return (struct span){ 0 };
	return span_of(w->p, w->n);
}

/* The writer's content as a C string: the end is written behind it, outside its length. False when it did not fit. */
VU_MUST_USE static inline bool wr_cstr(struct wr *w)
{
	if (w->bad || w->n >= w->cap)
		return false;
	w->p[w->n] = '\0';
	return true;
}

#endif
