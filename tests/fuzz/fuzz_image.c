/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Targets: the parsers of image.h, and what the card makes of stored objects that it did not write: a card file need
 * not come from us. Input: key(4) length(2) value, again and again. Each object replaces the fixture's of the same key
 * (an empty one deletes it); a card that still opens is used, and must keep a store that opens.
 */
#include "card/image.h"
#include "fuzz.h"
#include "tests/unit/card_fixture.h"

enum { ROOM = 70000 };

/* What parses is written as it was read, except that a boolean may have been any octet but 0. */
static void layouts(uint8_t kind, struct span in)
{
	static uint8_t octets[ROOM];
	struct wr w = WR(octets);
	struct card_desc card;
	struct file_desc file;
	struct pin_desc pin = { 0 };
	struct sqn_desc sqn;
	struct aka_desc aka = { 0 };

	if (kind == OBJ_CARD && card_desc_parse(&card, in)) {
		card_desc_put(&w, &card);
		FUZZ_CHECK(span_eq(wr_done(&w), in));
	} else if (kind == OBJ_FILE && file_desc_parse(&file, in)) {
		FUZZ_CHECK(file_size(&file) <= FILE_SIZE_MAX);
		file_desc_put(&w, &file);
		FUZZ_CHECK(span_eq(wr_done(&w), in));
	} else if (kind == OBJ_PIN && pin_desc_parse(&pin, in)) {
		pin_desc_put(&w, &pin);
		FUZZ_CHECK(w.n == in.n);
	} else if (kind == OBJ_SQN && sqn_desc_parse(&sqn, in)) {
		sqn_desc_put(&w, &sqn);
		FUZZ_CHECK(span_eq(wr_done(&w), in));
	} else if (kind == OBJ_AKA && aka_desc_parse(&aka, in)) {
		aka_desc_put(&w, &aka);
		FUZZ_CHECK(span_eq(wr_done(&w), in));
	}
}

static void replace_objects(struct nv_mem *nv, struct span in)
{
	struct rd r = rd_of(in);

	while (r.n != 0 && !r.bad) {
		uint32_t key = rd_u32(&r);
		size_t n = rd_u16(&r);
		struct span value = rd_take(&r, n < r.n ? n : r.n);
		if (r.bad)
			break;
		uint8_t *copy = fuzz_copy(value);
		layouts(OBJ_KIND(key), span_of(copy, value.n));
		const struct nv_item item = { .key = key, .value = value.n != 0 ? copy : NULL, .n = value.n };
		FUZZ_CHECK(nv_mem_ops.apply(nv, &item, 1));
		free(copy);
	}
}

/* A walk over everything: one command of each kind, whatever it answers. */
static void use(struct card *c)
{
	static const char *const commands[] = {
		("00a4040410" FIXTURE_AID),
		"80f2000000",
		"0088008111 10 00000000000000000000000000000000",
		"00a40004023f00",
		"00a40004022f00",
		"00b2010400",
		"00b2030400",
		"00a40004026fd7",
		"00b2010400",
		"00a40004026fda",
		"00b2010400",
		"00a40004026fd6",
		"00b0000000",
		"00d600000101",
		"0020000108 31323334ffffffff",
		"0020000a08 3838383838383838",
		"00200081085678ffffffffffff",
		"00a4000c026f39",
		"00dc0103030a0b0c",
		"00b2000300",
		"00a4000c026f3b",
		"00b2010400",
		"0089808508530603 00f110 0001",
	};

	for (size_t i = 0; i < VU_COUNT(commands); i++)
		(void)card_hex(c, commands[i]);
	(void)card_bootstrap(c, 0x40);
	(void)card_write_btid(c, FIXTURE_BTID);
	(void)card_derive(c, span_of(FIXTURE_NAF, sizeof FIXTURE_NAF - 1));
	(void)card_mtk(c, 1, 1, 0xA1, 5, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct card *c = card_new(NULL);

	t0_close(c->t0);
	uicc_close(c->u);
	c->t0 = NULL;
	replace_objects(c->nv, span_of(data, size));
	static const struct uicc_env quiet;
	c->u = uicc_open(&nv_mem_ops, c->nv, &quiet, NULL);
	if (c->u != NULL) {
		use(c);
		uicc_close(c->u);
		c->u = uicc_open(&nv_mem_ops, c->nv, &quiet, NULL);
		FUZZ_CHECK(c->u != NULL);
	}
	card_free(c);
	return 0;
}
