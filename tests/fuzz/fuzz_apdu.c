/* SPDX-License-Identifier: Apache-2.0 */
/* Targets: capdu_parse, capdu_put, rd_tlv, tlv_find, rd_ber_len, wr_tlv_open, wr_tlv_close. */
#include "apdu/apdu.h"
#include "apdu/tlv.h"
#include "fuzz.h"

enum { DEPTH = 8 };

/* What parses is written as it was read, but for a case 2 whose five octets may be a case 1 (TS 102 221 10.1.5). */
static void command(struct span in)
{
	uint8_t octets[CAPDU_MAX];
	struct wr w = WR(octets);
	struct capdu c;

	if (!capdu_parse(&c, in))
		return;
	FUZZ_CHECK(fuzz_inside(c.data, in) && c.data.n <= APDU_DATA_MAX && c.le <= APDU_LE_MAX);
	capdu_put(&w, &c);
	FUZZ_CHECK(!w.bad && span_eq(wr_done(&w), in));
}

/* Reads objects in objects; writes each again and reads what was written. */
static void objects(struct span in, unsigned depth)
{
	static uint8_t written[DEPTH][8192];
	struct rd r = rd_of(in);

	while (r.n != 0 && depth < DEPTH) {
		struct tlv o = rd_tlv(&r), again;
		struct span found;
		if (r.bad)
			return;
		FUZZ_CHECK(fuzz_inside(o.v, in));
		if (tlv_find(in, o.tag, &found))
			FUZZ_CHECK(fuzz_inside(found, in));

		struct wr w = WR(written[depth]);
		size_t mark = wr_tlv_open(&w, o.tag);
		wr_span(&w, o.v);
		wr_tlv_close(&w, mark);
		if (w.bad)
			return;
		struct rd back = rd_of(wr_done(&w));
		again = rd_tlv(&back);
		FUZZ_CHECK(rd_end(&back) && again.tag == o.tag && span_eq(again.v, o.v));
		objects(o.v, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span in = span_of(data, size);

	command(in);
	objects(in, 0);
	return 0;
}
