/* SPDX-License-Identifier: Apache-2.0 */
#include "cat.h"

#include "../apdu/tlv.h"

enum {
	TAG_PROACTIVE = 0xD0,
	TAG_DETAILS = 0x01, /* the comprehension bit, 80, does not matter to the reader of a tag */
	TAG_RESULT = 0x03,
	COMPREHENSION = 0x80,
};

/* Which bit of the terminal profile stands for a command, TS 102 223 5.2. */
static const struct {
	uint8_t type; /* of command, TS 102 223 8.6 */
	uint8_t octet, bit; /* counted from 0 */
} supports[] = {
	{ 0x01, 2, 7 }, /* REFRESH */
	{ 0x03, 2, 5 }, /* POLL INTERVAL */
	{ 0x04, 2, 6 }, /* POLLING OFF */
	{ 0x26, 3, 6 }, /* PROVIDE LOCAL INFORMATION */
};

/* Number, type and qualifier of a command. */
struct details {
	bool there;
	uint8_t octet[3];
};

/* The object with this tag, with or without its comprehension bit. */
static bool find(struct span body, uint8_t tag, struct span *ret)
{
	return tlv_find(body, tag, ret) || tlv_find(body, tag | COMPREHENSION, ret);
}

static struct details details_of(struct span body)
{
	struct details d = { 0 };
	struct span value;

	if (!find(body, TAG_DETAILS, &value))
		return d;
	struct rd r = rd_of(value);
	rd_copy(&r, d.octet, sizeof d.octet);
	d.there = rd_end(&r);
	return d;
}

static bool supported(const struct cat *t, uint8_t type)
{
	for (size_t i = 0; i < VU_COUNT(supports); i++)
		if (supports[i].type == type)
			return (t->profile[supports[i].octet] >> supports[i].bit & 1) != 0;
	return false;
}

/* The command at t->next, its tag included; empty at the queue's end or when what follows is none. */
static struct span at_next(const struct cat *t, struct span queue, struct details *ret)
{
	struct span rest = span_sub(queue, t->next, queue.n);
	struct rd r = rd_of(rest);
	struct tlv command = rd_tlv(&r);

	*ret = details_of(command.v);
	if (r.bad || command.tag != TAG_PROACTIVE || rest.n - r.n > CAT_COMMAND_MAX)
		return (struct span){ 0 };
	return span_sub(rest, 0, rest.n - r.n);
}

void cat_profile(struct cat *t, struct span profile)
{
	struct rd r = rd_of(span_sub(profile, 0, CAT_PROFILE_MAX));

	*t = (struct cat){ .profile_known = true };
	rd_copy(&r, t->profile, r.n);
}

struct span cat_pending(struct cat *t, struct span queue)
{
	if (!t->profile_known || t->fetched)
		return (struct span){ 0 };
	for (;;) {
		struct details d;
		struct span command = at_next(t, queue, &d);
		if (command.n == 0 || (d.there && supported(t, d.octet[1])))
			return command;
		t->next += command.n;
	}
}

struct span cat_fetch(struct cat *t, struct span queue)
{
	struct details d;
	struct span command = t->fetched ? at_next(t, queue, &d) : cat_pending(t, queue);

	t->fetched = command.n != 0;
	return command;
}

/* General results, TS 102 223 8.12: 0X done, 1X ended by the user, 2X worth another try, 3X not. */
static bool worth_a_retry(uint8_t result)
{
	return (result & 0xF0) == 0x20;
}

bool cat_response(struct cat *t, struct span queue, struct span data)
{
	struct details ours, theirs = details_of(data);
	struct span command = at_next(t, queue, &ours), result;

	if (!t->fetched || command.n == 0 || !theirs.there ||
	    memcmp(ours.octet, theirs.octet, sizeof ours.octet) != 0 || !find(data, TAG_RESULT, &result) ||
	    result.n == 0)
		return false;
	t->fetched = false;
	t->tries++;
	struct rd r = rd_of(result);
	if (worth_a_retry(rd_u8(&r)) && t->tries < CAT_TRIES)
		return true;
	t->next += command.n;
	t->tries = 0;
	return true;
}

sw_t cat_announce(sw_t sw, struct span pending)
{
	if (pending.n == 0)
		return sw;
	switch (sw) {
	case SW_OK:
		return SW_PROACTIVE | (sw_t)pending.n;
	case SW_RESPONSE_CONTINUES:
		return SW_RESPONSE_CONTINUES_PROACTIVE;
	case SW_MORE_DATA_EXPECTED:
		return SW_MORE_DATA_EXPECTED_PROACTIVE;
	default:
		return sw;
	}
}
