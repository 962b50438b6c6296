/* SPDX-License-Identifier: Apache-2.0 */
#include "chain.h"

#include "../apdu/auth.h"
#include "../apdu/tlv.h"
#include "crypto/secret.h"

void chain_drop(struct chain *c)
{
	if (c->state == CHAIN_IDLE)
		return; /* not even touched: many cards in one process stay small */
	secret_wipe(c->buf, c->total); /* nothing was ever written behind it */
	c->state = CHAIN_IDLE;
	c->total = c->done = 0;
	c->p2 = 0;
}

static sw_t refuse(struct chain *c, sw_t sw)
{
	chain_drop(c);
	return sw;
}

/* Reads how long the TLV will be from its first octets; 0 when they are not the head of one. */
static size_t announced(struct span first_block)
{
	struct rd r = rd_of(first_block);
	uint8_t tag = rd_u8(&r);
	size_t value = rd_ber_len(&r);

	if (r.bad || tag != AUTH_TAG_MBMS)
		return 0;
	return first_block.n - r.n + value;
}

sw_t chain_in(struct chain *c, bool first, uint8_t p2, struct span block)
{
	if (first) {
		size_t total = announced(block);
		chain_drop(c);
		if (total == 0 || total > sizeof c->buf)
			return SW_DATA;
		c->state = CHAIN_IN;
		c->p2 = p2;
		c->total = total;
	}
	if (c->state != CHAIN_IN)
		return refuse(c, SW_CONDITIONS);
	if (c->p2 != p2)
		return refuse(c, SW_P1P2);

	struct wr w = wr_of(c->buf + c->done, c->total - c->done);
	wr_span(&w, block);
	if (w.bad)
		return refuse(c, SW_DATA);
	c->done += block.n;
	return c->done == c->total ? SW_RESPONSE_AVAILABLE : SW_MORE_DATA_EXPECTED;
}

struct span chain_input(const struct chain *c)
{
	return span_of(c->buf, c->done);
}

void chain_answer(struct chain *c, struct span answer)
{
	uint8_t p2 = c->p2;
	struct wr w = WR(c->buf);

	chain_drop(c); /* wipes the input, the buffer stays ours */
	wr_span(&w, answer);
	c->state = CHAIN_OUT;
	c->p2 = p2;
	c->total = w.n;
}

sw_t chain_out(struct chain *c, bool first, uint8_t p2, size_t le, struct wr *out)
{
	if (c->state != CHAIN_OUT || first != (c->done == 0))
		return refuse(c, SW_CONDITIONS);
	if (p2 != 0 && p2 != c->p2) /* decision 8: 00 stands for the context */
		return refuse(c, SW_P1P2);

	struct span block = span_sub(SPAN(c->buf), c->done, le < c->total - c->done ? le : c->total - c->done);
	wr_span(out, block);
	c->done += block.n;
	if (c->done < c->total)
		return SW_RESPONSE_CONTINUES;
	chain_drop(c);
	return SW_OK;
}
