/* SPDX-License-Identifier: Apache-2.0 */
/* GET CHALLENGE, TS 102 221 clause 11.1.18. */
#include "uicc_int.h"

sw_t cmd_get_challenge(struct uicc *u, const struct capdu *c, struct wr *out)
{
	uint8_t challenge[APDU_LE_MAX];
	size_t n = c->le != 0 ? c->le : sizeof challenge;

	if (c->p1 != 0 || c->p2 != 0)
		return SW_P1P2;
	if (!u->env->random(u->env->ctx, challenge, n))
		return SW_UNKNOWN_ERROR;
	wr_span(out, span_of(challenge, n));
	return SW_OK;
}
