/* SPDX-License-Identifier: Apache-2.0 */
/*
 *   TS  T0  [TA1 TB1 TC1 TD1]  [TA2 TB2 TC2 TD2] …  historical bytes  [TCK]
 *
 * T0 and every TDi: the upper nibble says which interface bytes follow (10 TA, 20 TB, 40 TC, 80 TD), the lower one is
 * the number of historical bytes (T0) or a protocol (TDi). TCK is there unless T=0 is the only protocol named, and
 * makes the exclusive-or of everything from T0 on zero.
 */
#include "atr.h"

#include <stdio.h>

enum { TS_DIRECT = 0x3B, TS_INVERSE = 0x3F, HAS_TD = 0x8 };

/* Reads the interface bytes; true when a TCK must follow. *ret_historical is their number. */
static bool interface_bytes(struct rd *r, size_t *ret_historical)
{
	bool tck = false;
	uint8_t t0 = rd_u8(r);
	unsigned present = t0 >> 4;

	*ret_historical = t0 & 0x0F;
	while (!r->bad && present != 0) {
		rd_take(r, (present & 1) + (present >> 1 & 1) + (present >> 2 & 1));
		if ((present & HAS_TD) == 0)
			break;
		uint8_t td = rd_u8(r);
		tck = tck || (td & 0x0F) != 0;
		present = td >> 4;
	}
	return tck;
}

bool atr_check(struct span atr, char *why, size_t n)
{
	struct rd r = rd_of(atr);
	uint8_t ts = rd_u8(&r), sum = 0;
	size_t historical;

	if (ts != TS_DIRECT && ts != TS_INVERSE) {
		snprintf(why, n, "expected TS 3B or 3F, got %02X", ts);
		return false;
	}
	struct span rest = span_of(r.p, r.n);
	bool tck = interface_bytes(&r, &historical);
	size_t want = historical + (tck ? 1 : 0);
	if (r.bad || r.n != want) {
		snprintf(why, n, "expected %zu historical bytes%s at the end, as T0 and TDi say, got %zu octets there",
			 historical, tck ? " and TCK" : "", r.bad ? (size_t)0 : r.n);
		return false;
	}
	if (!tck)
		return true;
	for (size_t i = 0; i < rest.n; i++)
		sum ^= rest.p[i];
	if (sum == 0)
		return true;
	uint8_t got = rest.p[rest.n - 1];
	snprintf(why, n, "expected TCK %02X, got %02X", got ^ sum, got);
	return false;
}
