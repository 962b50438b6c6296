/* SPDX-License-Identifier: Apache-2.0 */
/* The framing of vpcd: however TCP cuts the stream, the same messages come out. */
#include "tests/cu.h"
#include "pcsc-driver/vpcd.h"

#include <stdlib.h>

/* Power on, an APDU, the ATR question, reset, an APDU of no octets, an undefined control, another APDU, power off. */
static const uint8_t stream[] = {
	0x00, 0x01, 0x01, /* on */
	0x00, 0x07, 0x00, 0xA4, 0x00, 0x04, 0x02, 0x3F, 0x00, /* SELECT */
	0x00, 0x01, 0x04, /* ATR? */
	0x00, 0x01, 0x02, /* reset */
	0x00, 0x00, /* nothing */
	0x00, 0x01, 0x03, /* undefined */
	0x00, 0x05, 0x00, 0xB0, 0x00, 0x00, 0x00, /* READ BINARY */
	0x00, 0x01, 0x00, /* off */
};

static const struct {
	enum vpcd_kind kind;
	size_t offset, n; /* of the payload in the stream */
} expected[] = {
	{ VPCD_POWER_ON, 0, 0 }, { VPCD_APDU, 5, 7 },	 { VPCD_GET_ATR, 0, 0 }, { VPCD_RESET, 0, 0 },
	{ VPCD_APDU, 20, 0 },	 { VPCD_UNKNOWN, 0, 0 }, { VPCD_APDU, 25, 5 },	 { VPCD_POWER_OFF, 0, 0 },
};

static struct vpcd_in in; /* too large for a stack */

/* Feeds one part of the stream; *count goes up by each message, which must be the expected one. */
static void feed(struct span part, size_t *count)
{
	struct rd r = rd_of(part);
	struct vpcd_msg m;
	while (vpcd_take(&in, &r, &m)) {
		CU_ASSERT_FATAL(*count < VU_COUNT(expected));
		CU_ASSERT_EQUAL(m.kind, expected[*count].kind);
		CU_ASSERT(span_eq(m.apdu, span_of(stream + expected[*count].offset, expected[*count].n)));
		(*count)++;
	}
	CU_ASSERT(rd_end(&r));
}

static void whole_stream_at_once(void)
{
	size_t count = 0;
	vpcd_clear(&in);
	feed(SPAN(stream), &count);
	CU_ASSERT_EQUAL(count, VU_COUNT(expected));
}

static void octet_by_octet(void)
{
	size_t count = 0;
	vpcd_clear(&in);
	for (size_t i = 0; i < sizeof stream; i++)
		feed(span_sub(SPAN(stream), i, 1), &count);
	CU_ASSERT_EQUAL(count, VU_COUNT(expected));
}

static void every_split_into_three(void)
{
	for (size_t a = 0; a <= sizeof stream; a++) {
		for (size_t b = a; b <= sizeof stream; b++) {
			size_t count = 0;
			vpcd_clear(&in);
			feed(span_sub(SPAN(stream), 0, a), &count);
			feed(span_sub(SPAN(stream), a, b - a), &count);
			feed(span_sub(SPAN(stream), b, sizeof stream - b), &count);
			CU_ASSERT_EQUAL(count, VU_COUNT(expected));
		}
	}
}

static void nothing_before_the_last_octet(void)
{
	static const uint8_t select[] = { 0x00, 0x04, 0x00, 0xA4, 0x00, 0x0C };
	for (size_t n = 0; n < sizeof select; n++) {
		struct rd r = rd_of(span_sub(SPAN(select), 0, n));
		struct vpcd_msg m = { .kind = VPCD_UNKNOWN };
		vpcd_clear(&in);
		CU_ASSERT_FALSE(vpcd_take(&in, &r, &m));
		CU_ASSERT_EQUAL(m.kind, VPCD_UNKNOWN); /* untouched */
	}
}

static void longest_frame_is_one_apdu_and_the_next_one_follows(void)
{
	size_t n = VPCD_HEAD + VPCD_PAYLOAD_MAX;
	uint8_t *frame = malloc(n); /* exact size: one octet too many is an ASan report */
	CU_ASSERT_FATAL(frame != NULL);
	struct wr w = wr_of(frame, n);
	wr_u16(&w, VPCD_PAYLOAD_MAX);
	wr_pad(&w, 0xA5);

	struct rd r = rd_of(wr_done(&w));
	struct vpcd_msg m;
	vpcd_clear(&in);
	CU_ASSERT_FATAL(vpcd_take(&in, &r, &m));
	CU_ASSERT_EQUAL(m.kind, VPCD_APDU);
	CU_ASSERT_EQUAL(m.apdu.n, VPCD_PAYLOAD_MAX);
	CU_ASSERT(span_all(m.apdu, 0xA5));

	static const uint8_t on[] = { 0x00, 0x01, 0x01 };
	r = rd_of(SPAN(on));
	CU_ASSERT(vpcd_take(&in, &r, &m) && m.kind == VPCD_POWER_ON);
	free(frame);
}

static void half_a_frame_is_forgotten_with_its_connection(void)
{
	static const uint8_t half[] = { 0x00, 0x0D, 0x00, 0x20, 0x00, 0x01, 0x08, 0x31, 0x32 };
	static const uint8_t on[] = { 0x00, 0x01, 0x01 };
	struct rd r = rd_of(SPAN(half));
	struct vpcd_msg m;
	vpcd_clear(&in);
	CU_ASSERT_FALSE(vpcd_take(&in, &r, &m));
	vpcd_clear(&in);
	CU_ASSERT(span_all(span_of(in.buf, sizeof half), 0)); /* the PIN is wiped */
	r = rd_of(SPAN(on));
	CU_ASSERT(vpcd_take(&in, &r, &m) && m.kind == VPCD_POWER_ON);
}

static void answer_has_its_length_in_front(void)
{
	static const uint8_t atr[] = { 0x3B, 0x9F, 0x96 };
	static const uint8_t frame[] = { 0x00, 0x03, 0x3B, 0x9F, 0x96 };
	uint8_t buf[sizeof frame];
	struct wr w = WR(buf);
	vpcd_put(&w, SPAN(atr));
	CU_ASSERT(span_eq(wr_done(&w), SPAN(frame)));

	w = wr_of(buf, sizeof frame - 1);
	vpcd_put(&w, SPAN(atr));
	CU_ASSERT(w.bad);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "the whole stream at once", whole_stream_at_once },
		{ "octet by octet", octet_by_octet },
		{ "every split into three parts", every_split_into_three },
		{ "nothing is handed out before the last octet", nothing_before_the_last_octet },
		{ "the longest frame is one APDU, and the next one follows",
		  longest_frame_is_one_apdu_and_the_next_one_follows },
		{ "half a frame is forgotten with its connection", half_a_frame_is_forgotten_with_its_connection },
		{ "an answer has its length in front", answer_has_its_length_in_front },
	};
	return CU_RUN("vpcd", tests);
}
