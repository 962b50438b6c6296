/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <stdio.h>

#include "../../apdu/hex.h"

bool text_digits(const char *text, size_t min, size_t max)
{
	size_t n = strspn(text, "0123456789");

	return text[n] == '\0' && n >= min && n <= max;
}

bool text_octets(const char *text, void *dst, size_t n)
{
	struct wr w = wr_of(dst, n);

	if (strpbrk(text, " \t\r\n") == NULL && hex_parse(&w, span_str(text)) && w.n == n)
		return true;
	memset(dst, 0, n);
	return false;
}

const char *text_fault(char *buf, size_t size, const char *text, const char *allowed)
{
	size_t n = strspn(text, allowed);

	if (text[n] == '\0')
		snprintf(buf, size, "%zu", n);
	else
		snprintf(buf, size, "another character at position %zu", n + 1);
	return buf;
}

unsigned text_luhn(const char *digits, size_t n)
{
	unsigned sum = 0;

	/* Counted from the check digit, every second digit is doubled and its own digits are added. */
	for (size_t i = 0; i < n; i++) {
		unsigned d = (unsigned)(digits[n - 1 - i] - '0') * (i % 2 == 0 ? 2 : 1);
		sum += d > 9 ? d - 9 : d;
	}
	return (10 - sum % 10) % 10;
}

void text_bcd_put(struct wr *w, const char *digits)
{
	for (size_t n = strlen(digits); n != 0; n -= n > 1 ? 2 : 1) {
		unsigned low = (unsigned)(*digits++ - '0');
		unsigned high = n > 1 ? (unsigned)(*digits++ - '0') : 0xF;
		wr_u8(w, (uint8_t)(high << 4 | low));
	}
}
