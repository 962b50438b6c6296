/* SPDX-License-Identifier: Apache-2.0 */
#include "aka_fields.h"

#include "rows.h"

enum {
	RAND_LEN = 16,
	SQN_LEN = 6,
	AMF_LEN = 2,
	MAC_LEN = 8,
};

bool aka_fields_challenge(FILE *out, struct rd *r)
{
	if (r->n < RAND_LEN + SQN_LEN + AMF_LEN + MAC_LEN)
		return false;
	rows_octets(out, "RAND", rd_take(r, RAND_LEN), "challenge for the UICC");
	rows_octets(out, "AUTN: SQN xor AK", rd_take(r, SQN_LEN), "sequence number, hidden");
	rows_octets(out, "AUTN: AMF", rd_take(r, AMF_LEN), "");
	rows_octets(out, "AUTN: MAC", rd_take(r, MAC_LEN), "or MAC*, for keys that stay on the UICC");
	return true;
}

void aka_fields_auts(FILE *out, struct span auts)
{
	struct rd r = rd_of(auts);

	if (auts.n != SQN_LEN + MAC_LEN)
		return;
	rows_octets(out, "AUTS: SQN xor AK", rd_take(&r, SQN_LEN), "sequence number of the UICC, hidden");
	rows_octets(out, "AUTS: MAC-S", rd_take(&r, MAC_LEN), "");
}
