/* SPDX-License-Identifier: Apache-2.0 */
#include "null_card.h"

enum {
	INS_AUTHENTICATE = 0x88,
	INS_AUTHENTICATE_BLOCKS = 0x89,
	INS_SELECT = 0xA4,
	INS_READ_BINARY = 0xB0,
	INS_GET_RESPONSE = 0xC0,
	P2_NO_DATA = 0x0C,
	AKA_ANSWER = 0x35, /* octets of RES, CK, IK and Kc */
	BLOCK_ANSWER = 0x80, /* of an ACK, with its tag */
};

const uint8_t null_atr[2] = { 0x3B, 0x00 };

static size_t octets(uint8_t rapdu[static NULL_RAPDU_MAX], size_t n)
{
	struct wr w = wr_of(rapdu, NULL_RAPDU_MAX);

	wr_fill(&w, 0x5A, n != 0 ? n : 256);
	wr_u16(&w, 0x9000);
	return w.n;
}

static size_t status(uint8_t rapdu[static NULL_RAPDU_MAX], uint16_t sw)
{
	struct wr w = wr_of(rapdu, NULL_RAPDU_MAX);

	wr_u16(&w, sw);
	return w.n;
}

size_t null_answer(struct span capdu, uint8_t rapdu[static NULL_RAPDU_MAX])
{
	struct rd r = rd_of(capdu);

	(void)rd_u8(&r);
	uint8_t ins = rd_u8(&r), p1 = rd_u8(&r), p2 = rd_u8(&r), p3 = rd_u8(&r);
	switch (ins) {
	case INS_GET_RESPONSE:
	case INS_READ_BINARY:
		return octets(rapdu, p3);
	case INS_AUTHENTICATE:
		return status(rapdu, 0x6100 | AKA_ANSWER);
	case INS_AUTHENTICATE_BLOCKS:
		if (p1 == 0x80)
			return status(rapdu, 0x62F3);
		return p3 != BLOCK_ANSWER ? status(rapdu, 0x6C00 | BLOCK_ANSWER) : octets(rapdu, p3);
	case INS_SELECT:
		return status(rapdu, p2 == P2_NO_DATA ? 0x9000 : 0x6120);
	default:
		return status(rapdu, 0x9000);
	}
}
