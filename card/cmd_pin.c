/* SPDX-License-Identifier: Apache-2.0 */
/* The PIN commands, TS 102 221 clauses 11.1.9 to 11.1.13. */
#include "pin.h"

/* TS 102 221 11.1.9 */
sw_t cmd_verify(struct uicc *u, const struct capdu *c, struct wr *out)
{
	(void)out;
	if (c->p1 != 0)
		return SW_P1P2;
	if (c->data.n == 0)
		return pin_query(u, c->p2);
	return pin_verify(u, c->p2, c->data);
}
