/* SPDX-License-Identifier: Apache-2.0 */
/* The PIN commands, TS 102 221 clauses 11.1.9 to 11.1.13: their parameters and data. What they do is in pin.c. */
#include "pin.h"

enum {
	P1_BY_UNIVERSAL = 0x80 | PIN_UNIVERSAL, /* DISABLE PIN: this global key reference stands in */
	P2_RFU = 0x60,
};

/* Whether P2 can be a key reference, and the data are one or two values, or none. Tables 11.15 and 9.3. */
static sw_t check(const struct capdu *c, size_t values)
{
	if ((c->p2 & P2_RFU) != 0 || (c->p2 & (uint8_t)~PIN_SECOND) == 0)
		return SW_P1P2;
	return c->data.n == values * PIN_LEN ? SW_OK : SW_WRONG_LENGTH;
}

static struct span value(const struct capdu *c, size_t which)
{
	return span_sub(c->data, which * PIN_LEN, PIN_LEN);
}

/* TS 102 221 11.1.9; without data it is the question how many tries are left. */
sw_t cmd_verify(struct uicc *u, const struct capdu *c, struct wr *out)
{
	bool question = c->data.n == 0;
	sw_t sw = c->p1 != 0 ? SW_P1P2 : check(c, question ? 0 : 1);

	(void)out;
	if (sw != SW_OK)
		return sw;
	return question ? pin_query(u, c->p2) : pin_verify(u, c->p2, value(c, 0));
}

/* TS 102 221 11.1.10 */
sw_t cmd_change_pin(struct uicc *u, const struct capdu *c, struct wr *out)
{
	sw_t sw = c->p1 != 0 ? SW_P1P2 : check(c, 2);

	(void)out;
	return sw == SW_OK ? pin_change(u, c->p2, value(c, 0), value(c, 1)) : sw;
}

/* TS 102 221 11.1.11. The universal PIN can stand in for the PIN of an application alone. */
sw_t cmd_disable_pin(struct uicc *u, const struct capdu *c, struct wr *out)
{
	bool by_universal = c->p1 == P1_BY_UNIVERSAL;
	bool p1_ok = c->p1 == 0 || (by_universal && c->p2 <= PIN_APPL_8);
	sw_t sw = p1_ok ? check(c, 1) : SW_P1P2;

	(void)out;
	return sw == SW_OK ? pin_disable(u, c->p2, by_universal, value(c, 0)) : sw;
}

/* TS 102 221 11.1.12 */
sw_t cmd_enable_pin(struct uicc *u, const struct capdu *c, struct wr *out)
{
	sw_t sw = c->p1 != 0 ? SW_P1P2 : check(c, 1);

	(void)out;
	return sw == SW_OK ? pin_enable(u, c->p2, value(c, 0)) : sw;
}

/* TS 102 221 11.1.13; without data it is the question how many unblocking tries are left. */
sw_t cmd_unblock_pin(struct uicc *u, const struct capdu *c, struct wr *out)
{
	bool question = c->data.n == 0;
	sw_t sw = c->p1 != 0 ? SW_P1P2 : check(c, question ? 0 : 2);

	(void)out;
	if (sw != SW_OK)
		return sw;
	return question ? pin_query_unblock(u, c->p2) : pin_unblock(u, c->p2, value(c, 0), value(c, 1));
}
