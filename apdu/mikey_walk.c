/* SPDX-License-Identifier: Apache-2.0 */
#include "mikey_walk.h"

enum {
	TS_NTP_LEN = 8, /* RFC 3830 6.6, types 0 and 1 */
	TS_COUNTER_LEN = 4,
};

/* What has been read of it. */
static struct span taken(struct span all, const struct rd *left)
{
	return span_of(all.p, all.n - left->n);
}

bool mikey_walk_begin(struct mikey_walk *w, struct span octets, struct span *ret_header)
{
	struct rd r = rd_of(octets);

	*ret_header = (struct span){ 0 };
	*w = (struct mikey_walk){ .next = MIKEY_LAST, .rest = octets };
	(void)rd_u16(&r); /* version and data type */
	uint8_t next = rd_u8(&r);
	(void)rd_u8(&r);
	(void)rd_u32(&r);
	size_t entries = rd_u8(&r);
	(void)rd_u8(&r);
	(void)rd_take(&r, entries * MIKEY_CS_MAP_ENTRY);
	if (r.bad)
		return false;
	*ret_header = taken(octets, &r);
	*w = (struct mikey_walk){ .next = next, .rest = rd_rest(&r) };
	return true;
}

/* An algorithm and the MAC that it makes; of an unknown one the length is not known. */
static void skip_mac(struct rd *r)
{
	uint8_t algorithm = rd_u8(r);

	if (algorithm == MIKEY_MAC_HMAC_SHA1_160)
		(void)rd_take(r, MIKEY_MAC_LEN);
	else if (algorithm != MIKEY_MAC_NULL)
		r->bad = true;
}

/* What stands behind the `next` octet of a payload. */
static void skip_body(struct rd *r, uint8_t code)
{
	switch (code) {
	case MIKEY_EXT:
	case MIKEY_ID:
		(void)rd_u8(r); /* type */
		(void)rd_lv16(r);
		break;
	case MIKEY_T:
		(void)rd_take(r, rd_u8(r) == MIKEY_TS_COUNTER ? TS_COUNTER_LEN : TS_NTP_LEN);
		break;
	case MIKEY_RAND:
		(void)rd_lv8(r);
		break;
	case MIKEY_SP:
		(void)rd_u16(r); /* policy number and protocol */
		(void)rd_lv16(r);
		break;
	case MIKEY_KEMAC:
		(void)rd_u8(r); /* algorithm */
		(void)rd_lv16(r);
		skip_mac(r);
		break;
	case MIKEY_V:
		skip_mac(r);
		break;
	default:
		r->bad = true;
	}
}

bool mikey_walk_next(struct mikey_walk *w, struct mikey_payload *ret)
{
	struct rd r = rd_of(w->rest);
	uint8_t next = rd_u8(&r);

	if (w->next == MIKEY_LAST)
		return false;
	skip_body(&r, w->next);
	if (r.bad)
		return false;
	*ret = (struct mikey_payload){ .code = w->next, .octets = taken(w->rest, &r) };
	*w = (struct mikey_walk){ .next = next, .rest = rd_rest(&r) };
	return true;
}
