/* SPDX-License-Identifier: Apache-2.0 */
#include "gsmtap.h"

#include "../../apdu/sw.h"

enum {
	VERSION = 2,
	HEADER_WORDS = 4,
	TYPE_SIM = 4,
	SUBTYPE_APDU = 0,
	SW_LEN = 2,
};

/* What says something about a radio channel is 0. */
static void put_header(struct wr *out)
{
	wr_u8(out, VERSION);
	wr_u8(out, HEADER_WORDS);
	wr_u8(out, TYPE_SIM);
	wr_fill(out, 0, 9);
	wr_u8(out, SUBTYPE_APDU);
	wr_fill(out, 0, 3);
}

/* P3 of 256 is 00. */
static void put_tpdu(struct wr *out, const struct capdu *c, size_t p3, struct span data)
{
	put_header(out);
	wr_u8(out, c->cla);
	wr_u8(out, c->ins);
	wr_u8(out, c->p1);
	wr_u8(out, c->p2);
	wr_u8(out, (uint8_t)p3);
	wr_span(out, data);
}

size_t gsmtap_put_sim(struct wr out[static 2], struct span capdu, struct span rapdu)
{
	struct rd r = rd_of(rapdu);
	struct span data = rd_take(&r, rapdu.n > SW_LEN ? rapdu.n - SW_LEN : 0);
	struct span sw = rd_rest(&r);
	struct capdu c;

	if (!capdu_parse(&c, capdu)) {
		put_header(&out[0]);
		wr_span(&out[0], capdu);
		wr_span(&out[0], rapdu);
		return 1;
	}
	if (c.data.n == 0) {
		put_tpdu(&out[0], &c, data.n != 0 ? data.n : c.le, data);
		wr_span(&out[0], sw);
		return 1;
	}
	put_tpdu(&out[0], &c, c.data.n, c.data);
	if (data.n == 0) {
		wr_span(&out[0], sw);
		return 1;
	}
	wr_u8(&out[0], SW_MORE >> 8);
	wr_u8(&out[0], (uint8_t)data.n);
	put_tpdu(&out[1], &(struct capdu){ .cla = apdu_get_response_class(c.cla), .ins = INS_GET_RESPONSE }, data.n,
		 data);
	wr_span(&out[1], sw);
	return 2;
}
