/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SUSPEND UICC, TS 102 221 clause 11.1.22.
 *
 *   P1 00  suspend: shortest and longest duration wanted, two octets each { unit, number }; the answer is the longest
 *          duration granted and a token of eight octets
 *   P1 01  resume: the token; the first command after the power came back
 *
 * The card has no clock: it grants what is asked for, up to SUSPEND_DAYS_MAX, and never ends a suspension by itself.
 */
#include "uicc_int.h"

enum {
	SUSPEND = 0x00,
	RESUME = 0x01,
	SUSPEND_DAYS_MAX = 10,
	UNIT_DAYS = 3,
};

/* Seconds in { unit, number }: units are seconds, minutes, hours, days, tens of days. False for another unit. */
static bool rd_duration(struct rd *r, uint32_t *ret_seconds)
{
	static const uint32_t unit_seconds[] = { 1, 60, 3600, 86400, 864000 };
	uint8_t unit = rd_u8(r), number = rd_u8(r);

	if (unit >= VU_COUNT(unit_seconds))
		return false;
	*ret_seconds = unit_seconds[unit] * number;
	return true;
}

static sw_t suspend(struct uicc *u, const struct capdu *c, struct wr *out)
{
	const uint32_t limit = SUSPEND_DAYS_MAX * 86400u;
	struct suspended *s = &u->suspended;
	struct rd r = rd_of(c->data);
	uint32_t shortest, longest;

	if (c->data.n != 4)
		return SW_WRONG_LENGTH;
	if (!rd_duration(&r, &shortest) || !rd_duration(&r, &longest) || !rd_end(&r) || shortest > longest)
		return SW_DATA;
	if (shortest > limit)
		return SW_SUSPENSION_TOO_LONG;
	*s = (struct suspended){ .valid = true, .extended_channels = u->extended_channels, .cat = u->cat };
	memcpy(s->chan, u->chan, sizeof s->chan);
	memcpy(s->verified, u->verified, sizeof s->verified);
	if (!u->env->random(u->env->ctx, s->token, sizeof s->token)) {
		s->valid = false;
		return SW_UNKNOWN_ERROR;
	}
	if (longest > limit) {
		wr_u8(out, UNIT_DAYS);
		wr_u8(out, SUSPEND_DAYS_MAX);
	} else {
		wr_span(out, span_sub(c->data, 2, 2));
	}
	wr_span(out, SPAN(s->token));
	return SW_OK;
}

static sw_t resume(struct uicc *u, const struct capdu *c)
{
	struct suspended *s = &u->suspended;

	if (c->data.n != sizeof s->token)
		return SW_WRONG_LENGTH;
	if (!s->valid || !s->asleep)
		return SW_CONDITIONS;
	if (!ct_eq(c->data.p, s->token, sizeof s->token)) {
		secret_wipe(s, sizeof *s); /* one guess */
		return SW_SECURITY;
	}
	memcpy(u->chan, s->chan, sizeof u->chan);
	memcpy(u->verified, s->verified, sizeof u->verified);
	u->extended_channels = s->extended_channels;
	u->cat = s->cat;
	u->now = u->chan[u->channel];
	secret_wipe(s, sizeof *s);
	return SW_OK;
}

sw_t cmd_suspend_uicc(struct uicc *u, const struct capdu *c, struct wr *out)
{
	if (c->p2 != 0 || c->p1 > RESUME)
		return SW_P1P2;
	return c->p1 == SUSPEND ? suspend(u, c, out) : resume(u, c);
}
