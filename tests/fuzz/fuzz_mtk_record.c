/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Targets: mtk_record_make, srtp_policy_find, mtk_record_put_json, mtk_record_parse. The first octet says what follows:
 * even: an MSK message behind its length(2), and an MTK message; odd: a line that is to be a record.
 */
#include "fuzz.h"
#include "host/media/mtk_record.h"

/* A record's line is read, and says the same when it is written again. */
static void round_trip(const struct mtk_record *r)
{
	struct mtk_line line, second;
	struct mtk_record again;
	struct wr w = WR(line.b), v = WR(second.b);
	char why[MTK_WHY_MAX] = "";

	mtk_record_put_json(&w, r);
	FUZZ_CHECK(!w.bad && mtk_record_parse(&again, wr_done(&w), why) && mtk_record_same_id(r, &again));
	mtk_record_put_json(&v, &again);
	FUZZ_CHECK(span_eq(wr_done(&w), wr_done(&v)));
}

static void from_messages(struct rd *in)
{
	const uint8_t salt[MTK_SALT_LEN] = { 1 };
	const struct key128 key = { .b = { 2 } };
	struct span first = rd_lv16(in), second = rd_rest(in);
	uint8_t *a = fuzz_copy(first), *b = fuzz_copy(second);
	struct mikey msk, mtk;
	struct mtk_record r;

	if (mikey_parse(&msk, span_of(a, first.n)) == MIKEY_OK && mikey_parse(&mtk, span_of(b, second.n)) == MIKEY_OK &&
	    msk.kind == MIKEY_IS_MSK && mtk.kind == MIKEY_IS_MTK) {
		bool whole = mtk_record_make(&r, &mtk, &key, mtk.ts % 2 != 0 ? salt : NULL, msk.sp);
		FUZZ_CHECK(whole || msk.sp.n != 0 || mtk.cs_map.n != 0);
		round_trip(&r);
	}
	free(a);
	free(b);
}

static void from_line(struct span line)
{
	uint8_t *octets = fuzz_copy(line);
	struct mtk_record r;
	char why[MTK_WHY_MAX] = "";

	if (mtk_record_parse(&r, span_of(octets, line.n), why))
		round_trip(&r);
	else
		FUZZ_CHECK(why[0] != '\0');
	free(octets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(span_of(data, size));

	if (rd_u8(&in) % 2 == 0)
		from_messages(&in);
	else
		from_line(rd_rest(&in));
	return 0;
}
