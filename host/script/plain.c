/* SPDX-License-Identifier: Apache-2.0 */
#include "plain.h"

#include "../../apdu/bytes.h"

/* Characters of more than one octet, by their first one: RFC 3629 clause 4. */
static const struct {
	uint8_t from, to; /* the first octet */
	uint8_t n;
	uint8_t second_from, second_to; /* of the others: 80 to BF */
} sequences[] = {
	{ 0xC2, 0xC2, 2, 0xA0, 0xBF }, /* U+0080 to U+009F are control characters */
	{ 0xC3, 0xDF, 2, 0x80, 0xBF }, { 0xE0, 0xE0, 3, 0xA0, 0xBF },
	{ 0xE1, 0xEC, 3, 0x80, 0xBF }, { 0xED, 0xED, 3, 0x80, 0x9F },
	{ 0xEE, 0xEE, 3, 0x80, 0xBF }, { 0xEF, 0xEF, 3, 0x80, 0xBE }, /* specials at the end */
	{ 0xF0, 0xF0, 4, 0x90, 0xBF }, { 0xF1, 0xF3, 4, 0x80, 0xBF },
	{ 0xF4, 0xF4, 4, 0x80, 0x8F },
};

/* Octets of the character that the text begins with; 0 = none that may be shown. */
static size_t character(struct span text)
{
	struct rd r = rd_of(text);
	uint8_t first = rd_u8(&r), second = rd_u8(&r);

	if (first < 0x80)
		return (first >= ' ' && first != 0x7F) || first == '\n' || first == '\t';
	for (size_t i = 0; i < VU_COUNT(sequences); i++) {
		if (first < sequences[i].from || first > sequences[i].to)
			continue;
		bool good = second >= sequences[i].second_from && second <= sequences[i].second_to;
		for (size_t left = sequences[i].n - 2; left != 0; left--)
			good = (rd_u8(&r) & 0xC0) == 0x80 && good;
		return good && !r.bad ? sequences[i].n : 0;
	}
	return 0;
}

void plain_text(char *text)
{
	const size_t whole = strlen(text);
	struct rd r = rd_of(span_of(text, whole));

	while (r.n != 0) {
		size_t n = character(span_of(r.p, r.n));
		if (n == 0)
			text[whole - r.n] = '?';
		(void)rd_take(&r, n != 0 ? n : 1);
	}
}
