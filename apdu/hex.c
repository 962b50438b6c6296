/* SPDX-License-Identifier: Apache-2.0 */
#include "hex.h"

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool hex_parse(struct wr *out, struct span text)
{
	struct rd r = rd_of(text);

	while (r.n != 0) {
		uint8_t c = rd_u8(&r);
		if (space(c))
			continue;
		int hi = digit(c);
		int lo = digit(rd_u8(&r));
		if (r.bad || hi < 0 || lo < 0)
			return false;
		wr_u8(out, (uint8_t)(hi << 4 | lo));
	}
	return !out->bad;
}

void hex_put(struct wr *out, struct span octets)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < octets.n; i++) {
		const char two[] = { digits[octets.p[i] >> 4], digits[octets.p[i] & 15] };
		wr_bytes(out, two, sizeof two);
	}
}

char *hex_str(char *buf, size_t size, struct span octets)
{
	const size_t dots = 2, end = 1;
	struct wr w = wr_of(buf, size);

	if (size == 0)
		return buf;
	if (2 * octets.n + end <= size) {
		hex_put(&w, octets);
	} else if (size > dots + end) {
		hex_put(&w, span_sub(octets, 0, (size - dots - end) / 2));
		wr_str(&w, "..");
	}
	if (!wr_cstr(&w))
		buf[0] = '\0';
	return buf;
}
