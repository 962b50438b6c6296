/* SPDX-License-Identifier: Apache-2.0 */
#include "apdu.h"

bool capdu_parse(struct capdu *c, struct span octets)
{
	struct rd r = rd_of(octets);

	*c = (struct capdu){ .cla = rd_u8(&r), .ins = rd_u8(&r), .p1 = rd_u8(&r), .p2 = rd_u8(&r) };
	if (r.n == 0) /* case 1, or too short */
		return rd_end(&r);

	uint8_t p3 = rd_u8(&r);
	if (r.n == 0) { /* case 2 */
		c->le = p3 == 0 ? APDU_LE_MAX : p3;
		return true;
	}
	if (p3 == 0) /* an extended length: not in TS 102 221 short coding */
		return false;
	c->data = rd_take(&r, p3);
	if (r.n != 0) { /* case 4 */
		uint8_t le = rd_u8(&r);
		c->le = le == 0 ? APDU_LE_MAX : le;
	}
	return rd_end(&r);
}

void capdu_put(struct wr *out, const struct capdu *c)
{
	const uint8_t header[] = { c->cla, c->ins, c->p1, c->p2 };

	if (c->le > APDU_LE_MAX)
		out->bad = true;
	wr_bytes(out, header, sizeof header);
	if (c->data.n != 0)
		wr_lv8(out, c->data);
	if (c->le != 0)
		wr_u8(out, (uint8_t)c->le); /* 256 is sent as 00 */
}

struct apdu_class apdu_class_of(uint8_t cla)
{
	struct apdu_class k = { 0 };
	uint8_t high = cla & 0xF0;

	k.base = cla & 0x80;
	if (high == 0x00 || high == 0x80) {
		k.known = true;
		k.channel = cla & 0x03;
		k.secure = (cla & 0x0C) != 0;
	} else if ((high & 0x50) == 0x40) { /* 4X, 6X, CX, EX: channels 4 to 19 */
		k.known = true;
		k.channel = (uint8_t)(4 + (cla & 0x0F));
		k.secure = (cla & 0x20) != 0;
	}
	return k;
}

uint8_t apdu_class_for(uint8_t base, uint8_t channel)
{
	if (channel < 4)
		return base | channel;
	return (uint8_t)(base | 0x40 | (channel - 4));
}

uint8_t apdu_get_response_class(uint8_t cla)
{
	return cla == CLA_GSM ? CLA_GSM : apdu_class_for(0x00, apdu_class_of(cla).channel);
}
