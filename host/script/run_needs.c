/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a case needs of a card, found out without doing harm: a PIN is tried once, only when it was given, and never when
 * that try could be the last.
 */
#include "run_int.h"

#include "../../apdu/hex.h"
#include "../../apdu/sw.h"

#include <stdio.h>

enum {
	INS_VERIFY = 0x20,
	PIN1_REFERENCE = 0x01,
	PIN_LEN = 8,
	TRIES_TO_SPARE = 2, /* one for us, one for the user */
	SFI_GUARDED = 0x07, /* EF_IMSI (TS 31.102 4.2.2), EF_IST (TS 31.103 4.2.7): readable with PIN1 alone */
	SFI_UST = 0x04, /* TS 31.102 4.2.8 */
};

static const uint8_t usim_aid[] = { 0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02 };

/* A command; its status word. RUN_PASSED, whatever the card says, or RUN_BROKEN. */
static enum run_result ask(struct run *r, const struct capdu *c, sw_t *ret_sw)
{
	struct wr w = WR(r->capdu);

	capdu_put(&w, c);
	r->n_capdu = w.n;
	enum run_result result = run_transmit(r, wr_done(&w), false);
	if (result != RUN_PASSED)
		return result;
	struct rd all = rd_of(span_of(r->rapdu, r->n_rapdu));
	(void)rd_take(&all, r->n_rapdu - 2);
	*ret_sw = sw_plain(rd_u16(&all));
	return RUN_PASSED;
}

static enum run_result select_aid(struct run *r, struct span aid, sw_t *ret_sw)
{
	const struct capdu c = { .ins = INS_SELECT, .p1 = 0x04, .p2 = 0x04, .data = aid, .le = APDU_LE_MAX };

	return ask(r, &c, ret_sw);
}

static enum run_result need_pin1(struct run *r)
{
	const struct capdu guarded = { .ins = INS_READ_BINARY, .p1 = 0x80 | SFI_GUARDED, .le = 1 };
	struct capdu verify = { .ins = INS_VERIFY, .p2 = PIN1_REFERENCE };
	struct span pin;
	sw_t sw = 0;
	enum run_result result = ask(r, &guarded, &sw);

	if (result != RUN_PASSED || sw != SW_SECURITY)
		return result;
	if (!value_get(&r->vars, span_str("PIN1"), &pin) || pin.n != PIN_LEN)
		return run_end(r, RUN_NOT_APPLICABLE, "PIN1 of the card is on, and was not given");
	result = ask(r, &verify, &sw);
	if (result != RUN_PASSED)
		return result;
	if ((sw & 0xFFF0) != SW_TRIES || (sw & 0x0F) < TRIES_TO_SPARE)
		return run_end(r, RUN_BROKEN, "PIN1 is blocked, or its next try might be the last: it is not made");
	verify.data = pin;
	result = ask(r, &verify, &sw);
	if (result == RUN_PASSED && sw != SW_OK)
		return run_end(r, RUN_BROKEN, "the card refuses PIN1; no further try is made");
	return result;
}

static enum run_result read_services(struct run *r)
{
	const struct capdu ust = { .ins = INS_READ_BINARY, .p1 = 0x80 | SFI_UST, .le = APDU_LE_MAX };
	struct wr w = WR(r->ust);
	sw_t sw = 0;
	enum run_result result = select_aid(r, SPAN(usim_aid), &sw);

	if (result == RUN_PASSED && sw == SW_OK)
		result = need_pin1(r);
	if (result == RUN_PASSED && sw == SW_OK)
		result = ask(r, &ust, &sw);
	if (result != RUN_PASSED)
		return result;
	r->services = sw == SW_OK ? SERVICES_READ : SERVICES_UNREADABLE;
	if (sw == SW_OK)
		wr_span(&w, span_of(r->rapdu, r->n_rapdu - 2));
	r->n_ust = w.n;
	return RUN_PASSED;
}

/* Bit of service n: TS 31.102 4.2.8, eight services an octet, the first one in b1. */
static bool has_service(const struct run *r, uint32_t n)
{
	struct rd ust = rd_of(span_of(r->ust, r->n_ust));

	if (n == 0)
		return false;
	(void)rd_take(&ust, (n - 1) / 8);
	return (rd_u8(&ust) >> (n - 1) % 8 & 1) != 0; /* behind the end: 0 */
}

static enum run_result need_service(struct run *r)
{
	uint32_t n = r->step.number;
	char text[RUN_TEXT_MAX];

	if (r->services == SERVICES_UNREAD) {
		enum run_result result = read_services(r);
		if (result != RUN_PASSED)
			return result;
	}
	snprintf(text, sizeof text, "the card has no service %u in EF_UST", (unsigned)n);
	if (r->services == SERVICES_UNREADABLE)
		snprintf(text, sizeof text, "the card has no USIM whose EF_UST can be read");
	if (r->services == SERVICES_READ && has_service(r, n))
		return RUN_PASSED;
	return run_end(r, RUN_NOT_APPLICABLE, text);
}

static enum run_result need_application(struct run *r)
{
	uint8_t aid[16];
	struct wr w = WR(aid);
	sw_t sw = 0;
	char text[RUN_TEXT_MAX];

	snprintf(text, sizeof text, "the card has no application %.*s", (int)r->step.words.n,
		 (const char *)r->step.words.p);
	if (!hex_parse(&w, r->step.words))
		return run_end(r, RUN_BAD_SCRIPT, "an AID is expected");
	enum run_result result = select_aid(r, wr_done(&w), &sw);
	if (result == RUN_PASSED && sw != SW_OK)
		return run_end(r, RUN_NOT_APPLICABLE, text);
	return result;
}

enum run_result run_needs(struct run *r)
{
	char text[RUN_TEXT_MAX];
	struct span value;

	switch (r->step.need) {
	case NEED_SERVICE:
		return need_service(r);
	case NEED_APPLICATION:
		return need_application(r);
	case NEED_PIN1:
		return need_pin1(r);
	case NEED_FRESH:
		return r->options.fresh
			       ? RUN_PASSED
			       : run_end(r, RUN_NOT_APPLICABLE, "a card that was made for this case is needed");
	case NEED_DESTRUCTIVE:
		return r->options.destructive
			       ? RUN_PASSED
			       : run_end(r, RUN_NOT_APPLICABLE, "it would change the card for good (--destructive)");
	case NEED_VARIABLE:
	default:
		if (value_get(&r->vars, r->step.words, &value))
			return RUN_PASSED;
		snprintf(text, sizeof text, "%.*s was not given", (int)r->step.words.n, (const char *)r->step.words.p);
		return run_end(r, RUN_NOT_APPLICABLE, text);
	}
}
