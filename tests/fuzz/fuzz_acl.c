/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target: acl_check, by way of a card whose EF_ARR record 2 (READ for EF_IMSI and EF_UST) is the input. A rule without
 * an access mode DO (80, or 81 to 8F) grants nothing, nor does one without a condition that can hold: 90 (always) or
 * A4 (a PIN, PIN1 being off), alone or inside A0 and AF.
 */
#include "card/image.h"
#include "fuzz.h"
#include "tests/unit/card_fixture.h"

enum { ARR = 1, RECORD_LEN = 40, RECORD = 1, IMSI = 0x6F07 };

static bool has(struct span s, uint8_t from, uint8_t to)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= from && s.p[i] <= to)
			return true;
	return false;
}

static bool each(void *arg, const struct nv_item *item)
{
	struct wr *w = arg;

	if (item->key == OBJ(OBJ_BODY, ARR))
		wr_bytes(w, item->value, item->n);
	return true;
}

static void put_rule(struct nv_mem *nv, struct span rule)
{
	uint8_t body[FILE_SIZE_MAX];
	struct wr w = WR(body);

	FUZZ_CHECK(nv_mem_ops.each(nv, each, &w) && w.n > (RECORD + 1) * RECORD_LEN);
	struct wr record = wr_of(body + RECORD * RECORD_LEN, RECORD_LEN);
	wr_span(&record, span_sub(rule, 0, RECORD_LEN));
	wr_pad(&record, 0xFF);
	const struct nv_item item = { .key = OBJ(OBJ_BODY, ARR), .value = body, .n = w.n };
	FUZZ_CHECK(nv_mem_ops.apply(nv, &item, 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct card *c = card_new(NULL);
	const struct span rule = span_sub(span_of(data, size), 0, RECORD_LEN);

	put_rule(c->nv, rule);
	card_power_cycle(c);
	FUZZ_CHECK(card_select_usim(c) == SW_OK);
	bool read = sw_ok(card_read(c, IMSI, 0));
	FUZZ_CHECK(!read || (has(rule, 0x80, 0x8F) && (has(rule, 0x90, 0x90) || has(rule, 0xA4, 0xA4))));
	FUZZ_CHECK(read || c->n == 0);
	(void)card_hex(c, "00d6000001aa");
	FUZZ_CHECK(card_hex(c, "0020000a08 3838383838383838") == SW_OK);
	(void)card_hex(c, "00d6000001aa");
	card_free(c);
	return 0;
}
