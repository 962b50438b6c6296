/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"

enum { LINE = 96 }; /* octets that are written at a time, without a break behind them */

static const char alphabet[64] = { "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" };

static void encode(char to[static 4], uint32_t bits)
{
	to[0] = alphabet[bits >> 18];
	to[1] = alphabet[bits >> 12 & 63];
	to[2] = alphabet[bits >> 6 & 63];
	to[3] = alphabet[bits & 63];
}

/* One or two octets at the end, padded. */
static void encode_end(char to[static 4], struct span end)
{
	encode(to, (uint32_t)end.p[0] << 16 | (end.n > 1 ? (uint32_t)end.p[1] << 8 : 0));
	to[3] = '=';
	if (end.n == 1)
		to[2] = '=';
}

void base64_put(struct wr *out, struct span octets)
{
	struct rd r = rd_of(octets);

	while (r.n != 0) {
		struct span part = rd_take(&r, r.n < LINE ? r.n : LINE);
		char text[LINE / 3 * 4];
		size_t i = 0, n = 0;

		for (; part.n - i >= 3; i += 3, n += 4)
			encode(text + n, (uint32_t)part.p[i] << 16 | (uint32_t)part.p[i + 1] << 8 | part.p[i + 2]);
		if (i < part.n) {
			encode_end(text + n, span_sub(part, i, part.n));
			n += 4;
		}
		wr_bytes(out, text, n);
	}
}

/* The six bits of a character, or -1. */
static int value_of(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/*
 * Strict where a second spelling of the same octets would be possible: padding is required and the bits behind the last
 * octet are 0.
 */
bool base64_parse(struct wr *out, struct span text)
{
	uint32_t bits = 0;
	size_t chars = 0, padding = 0; /* of the group that is being read */
	bool ended = false;

	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		int v = value_of(c);

		if (is_space(c))
			continue;
		if (ended || (v < 0 && c != '=') || (v >= 0 && padding != 0))
			return false;
		padding += c == '=';
		bits = bits << 6 | (v < 0 ? 0 : (uint32_t)v);
		if (++chars < 4)
			continue;
		if (padding > 2 || (bits & ((1u << 8 * padding) - 1)) != 0)
			return false;
		wr_uint(out, bits >> 8 * padding & 0xFFFFFF, 3 - padding);
		ended = padding != 0;
		chars = 0;
		bits = 0;
		padding = 0;
	}
	return chars == 0 && !out->bad;
}
