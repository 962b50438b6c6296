/* SPDX-License-Identifier: Apache-2.0 */
/* TERMINAL PROFILE, ENVELOPE, FETCH, TERMINAL RESPONSE: TS 102 221 clause 11.2. */
#include "../apdu/tlv.h"
#include "uicc_int.h"

struct span uicc_toolkit_queue(const struct uicc *u)
{
	return nv_get(u->nv, OBJ(OBJ_TOOLKIT, 0));
}

sw_t cmd_terminal_profile(struct uicc *u, const struct capdu *c, struct wr *out)
{
	(void)out;
	if (c->p1 != 0 || c->p2 != 0)
		return SW_P1P2;
	cat_profile(&u->cat, c->data);
	return SW_OK;
}

sw_t cmd_fetch(struct uicc *u, const struct capdu *c, struct wr *out)
{
	if (c->p1 != 0 || c->p2 != 0)
		return SW_P1P2;
	struct span command = cat_fetch(&u->cat, uicc_toolkit_queue(u));
	if (command.n == 0)
		return SW_CONDITIONS;
	wr_span(out, command);
	return SW_OK;
}

sw_t cmd_terminal_response(struct uicc *u, const struct capdu *c, struct wr *out)
{
	(void)out;
	if (c->p1 != 0 || c->p2 != 0)
		return SW_P1P2;
	if (!u->cat.fetched)
		return SW_CONDITIONS;
	return cat_response(&u->cat, uicc_toolkit_queue(u), c->data) ? SW_OK : SW_DATA;
}

/* Envelopes that TS 102 223 7 and TS 31.111 7 name. No application on this card takes one: they are well received. */
static bool envelope_known(uint16_t tag)
{
	return tag >= 0xD1 && tag <= 0xDF && tag != 0xD8;
}

sw_t cmd_envelope(struct uicc *u, const struct capdu *c, struct wr *out)
{
	struct rd r = rd_of(c->data);

	(void)u, (void)out;
	if (c->p1 != 0 || c->p2 != 0)
		return SW_P1P2;
	struct tlv envelope = rd_tlv(&r);
	struct rd body = rd_of(envelope.v);
	while (body.n != 0)
		(void)rd_tlv(&body);
	return rd_end(&r) && rd_end(&body) && envelope_known(envelope.tag) ? SW_OK : SW_DATA;
}
