/* SPDX-License-Identifier: Apache-2.0 */
/* vpcd's framing: an incremental decoder and an encoder. See vpcd.h for the format. */
#include "vpcd.h"

/* Octets up to the end of the part at hand: the length first, then what it announces. */
static size_t lacking(const struct vpcd_in *in)
{
	if (in->n < VPCD_HEAD)
		return VPCD_HEAD - in->n;
	struct rd head = rd_of(span_of(in->buf, VPCD_HEAD));
	return VPCD_HEAD + (size_t)rd_u16(&head) - in->n;
}

static struct vpcd_msg classify(struct span payload)
{
	if (payload.n != 1)
		return (struct vpcd_msg){ .kind = VPCD_APDU, .apdu = payload };
	struct rd r = rd_of(payload);
	switch (rd_u8(&r)) {
	case 0x00:
		return (struct vpcd_msg){ .kind = VPCD_POWER_OFF };
	case 0x01:
		return (struct vpcd_msg){ .kind = VPCD_POWER_ON };
	case 0x02:
		return (struct vpcd_msg){ .kind = VPCD_RESET };
	case 0x04:
		return (struct vpcd_msg){ .kind = VPCD_GET_ATR };
	default:
		return (struct vpcd_msg){ .kind = VPCD_UNKNOWN };
	}
}

bool vpcd_take(struct vpcd_in *in, struct rd *octets, struct vpcd_msg *ret)
{
	if (in->done)
		vpcd_clear(in);
	for (;;) {
		size_t missing = lacking(in);
		if (missing == 0)
			break;
		struct span got = rd_take(octets, missing < octets->n ? missing : octets->n);
		if (got.n == 0)
			return false;
		struct wr w = wr_of(in->buf + in->n, sizeof in->buf - in->n);
		wr_span(&w, got);
		in->n += got.n;
	}
	in->done = true;
	*ret = classify(span_of(in->buf + VPCD_HEAD, in->n - VPCD_HEAD));
	return true;
}

void vpcd_clear(struct vpcd_in *in)
{
	explicit_bzero(in->buf, in->n);
	in->n = 0;
	in->done = false;
}

void vpcd_put(struct wr *out, struct span answer)
{
	wr_lv16(out, answer);
}
