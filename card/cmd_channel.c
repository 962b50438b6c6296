/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logical channels: MANAGE CHANNEL (TS 102 221 clauses 8.7 and 11.1.17), and TERMINAL CAPABILITY (11.1.19), by which a
 * terminal says that it knows more than four of them.
 */
#include "../apdu/tlv.h"
#include "uicc_int.h"

enum { OPEN = 0x00, CLOSE = 0x80, BASIC_CHANNEL = 0, CHANNELS_WITHOUT_EXTENSION = 4 };

/* The lowest free channel; the number of channels when there is none. */
static uint8_t lowest_free(const struct uicc *u, uint8_t channels)
{
	uint8_t n = 1;

	while (n < channels && u->chan[n].open)
		n++;
	return n;
}

/*
 * From the basic channel, a new one starts at the MF; from another it takes over the current directory and application,
 * but no EF.
 */
static struct chan first_selection(const struct uicc *u)
{
	struct chan c = chan_at_mf();

	if (u->channel != BASIC_CHANNEL) {
		c.df = u->now.df;
		c.adf = u->now.adf;
	}
	return c;
}

/* number 0: the card chooses, and answers which. One that the terminal chooses is ISO 7816-4's, as real cards have it. */
static sw_t open_channel(struct uicc *u, uint8_t number, struct wr *out)
{
	uint8_t channels = u->extended_channels ? APDU_CHANNELS : CHANNELS_WITHOUT_EXTENSION;
	uint8_t n = number != 0 ? number : lowest_free(u, channels);

	if (n >= channels)
		return SW_FUNCTION;
	if (u->chan[n].open)
		return SW_P1P2;
	u->chan[n] = first_selection(u);
	if (number == 0)
		wr_u8(out, n);
	return SW_OK;
}

/* May be the channel on which the command came. */
static sw_t close_channel(struct uicc *u, uint8_t n)
{
	if (n == BASIC_CHANNEL)
		return SW_P1P2;
	if (!u->chan[n].open)
		return SW_CHANNEL_UNSUPPORTED;
	chain_drop(&u->chain[n]);
	transfer_drop(&u->transfer[n]);
	if (n == u->channel) {
		u->now = (struct chan){ .adf = FILE_NONE };
		return SW_OK;
	}
	u->chan[n] = (struct chan){ .adf = FILE_NONE };
	return SW_OK;
}

sw_t cmd_manage_channel(struct uicc *u, const struct capdu *c, struct wr *out)
{
	if ((c->p1 != OPEN && c->p1 != CLOSE) || c->p2 >= APDU_CHANNELS)
		return SW_P1P2;
	return c->p1 == OPEN ? open_channel(u, c->p2, out) : close_channel(u, c->p2);
}

enum { TAG_TERMINAL_CAPABILITY = 0xA9, TAG_EXTENDED_CHANNELS = 0x81 };

/* The indications of TS 102 221 11.1.19.2 and how long they may be. Others are the terminal's own and passed over. */
static bool indication_ok(struct tlv o)
{
	static const struct {
		uint8_t tag, min, max;
	} known[] = {
		{ 0x80, 3, 3 }, /* power supply: class, power, frequency */
		{ TAG_EXTENDED_CHANNELS, 0, 0 }, /* that it is there says it */
		{ 0x82, 1, 1 }, /* additional interfaces */
		{ 0x83, 1, 0x7F }, /* eUICC */
	};

	for (size_t i = 0; i < VU_COUNT(known); i++)
		if (known[i].tag == o.tag)
			return o.v.n >= known[i].min && o.v.n <= known[i].max;
	return true;
}

/* The last one counts. Channels that are open stay open. */
sw_t cmd_terminal_capability(struct uicc *u, const struct capdu *c, struct wr *out)
{
	struct rd r = rd_of(c->data);
	struct tlv capability = rd_tlv(&r);
	bool extended_channels = false;

	(void)out;
	if (c->p1 != 0 || c->p2 != 0)
		return SW_P1P2;
	if (!rd_end(&r) || capability.tag != TAG_TERMINAL_CAPABILITY)
		return SW_DATA;
	for (r = rd_of(capability.v); r.n != 0;) {
		struct tlv o = rd_tlv(&r);
		if (r.bad || !indication_ok(o))
			return SW_DATA;
		extended_channels = extended_channels || o.tag == TAG_EXTENDED_CHANNELS;
	}
	u->extended_channels = extended_channels;
	return SW_OK;
}
