/* SPDX-License-Identifier: Apache-2.0 */
/* What a case needs of a card, found out without doing harm to it. */
#include "run_int.h"

#include "../../apdu/hex.h"

#include <stdio.h>

enum { SFI_UST = 0x04 /* TS 31.102 4.2.8 */ };

static const uint8_t usim_aid[] = { 0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02 };

enum run_result run_ask(struct run *r, const struct capdu *c, sw_t *ret_sw)
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

/*
 * The status words of cards that do not have an application, or know no applications: 6A82 by TS 102 221 11.1.1; classes,
 * instructions and parameters that are unknown; 9404 of TS 51.011. Anything else is a fault of the card.
 */
static bool says_there_is_none(sw_t sw)
{
	static const sw_t words[] = { SW_FILE_NOT_FOUND, SW_FUNCTION, SW_P1P2, SW_INS, SW_CLA, SW_GSM_FILE_NOT_FOUND };

	for (size_t i = 0; i < VU_COUNT(words); i++)
		if (sw == words[i])
			return true;
	return false;
}

/* An application by its AID. RUN_PASSED, RUN_NOT_APPLICABLE when there is none, RUN_FAILED, RUN_BROKEN. */
static enum run_result select_application(struct run *r, struct span aid)
{
	const struct capdu c = { .ins = INS_SELECT, .p1 = 0x04, .p2 = 0x04, .data = aid, .le = APDU_LE_MAX };
	char name[2 * 16 + 1] = "", text[RUN_TEXT_MAX];
	struct wr w = WR(name);
	sw_t sw = 0;
	enum run_result result = run_ask(r, &c, &sw);

	if (result != RUN_PASSED || sw == SW_OK)
		return result;
	hex_put(&w, aid);
	if (!wr_cstr(&w))
		name[0] = '\0';
	snprintf(text, sizeof text, "the card has no application %s", name);
	if (says_there_is_none(sw))
		return run_end(r, RUN_NOT_APPLICABLE, text);
	snprintf(text, sizeof text, "SELECT of application %s: expected 9000, or 6A82 when it is not there, got %04X",
		 name, sw);
	return run_end(r, RUN_FAILED, text);
}

static enum run_result need_application(struct run *r)
{
	uint8_t aid[16];
	struct wr w = WR(aid);

	if (!hex_parse(&w, r->step.words))
		return run_end(r, RUN_BAD_SCRIPT, "an AID is expected");
	return select_application(r, wr_done(&w));
}

static enum run_result read_services(struct run *r)
{
	const struct capdu ust = { .ins = INS_READ_BINARY, .p1 = 0x80 | SFI_UST, .le = APDU_LE_MAX };
	struct wr w = WR(r->ust);
	sw_t sw = 0;
	enum run_result result = select_application(r, SPAN(usim_aid));

	if (result == RUN_PASSED)
		result = run_need_pin(r);
	if (result == RUN_PASSED)
		result = run_ask(r, &ust, &sw);
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
		snprintf(text, sizeof text, "EF_UST of the card cannot be read");
	if (r->services == SERVICES_READ && has_service(r, n))
		return RUN_PASSED;
	return run_end(r, RUN_NOT_APPLICABLE, text);
}

/*
 * A UICC has EF_ICCID and EF_DIR in its MF (TS 102 221 13). Without either of them a card is something else, and what TS
 * 102 221 says is no measure for it. The card is reset after it was asked.
 */
static enum run_result need_uicc(struct run *r)
{
	static const uint8_t iccid[] = { 0x2F, 0xE2 }, dir[] = { 0x2F, 0x00 };
	const struct capdu select[] = {
		{ .ins = INS_SELECT, .p2 = 0x0C, .data = SPAN(iccid) },
		{ .ins = INS_SELECT, .p2 = 0x0C, .data = SPAN(dir) },
	};
	enum run_result result = RUN_PASSED;

	bool asked = r->uicc != UICC_UNASKED;

	for (size_t i = 0; !asked && i < VU_COUNT(select) && result == RUN_PASSED && r->uicc != UICC_YES; i++) {
		sw_t sw = 0;
		result = run_ask(r, &select[i], &sw);
		r->uicc = sw == SW_OK ? UICC_YES : UICC_NO;
	}
	if (!asked && result == RUN_PASSED)
		result = run_reset(r);
	if (result == RUN_PASSED && r->uicc == UICC_NO)
		return run_end(r, RUN_NOT_APPLICABLE, "the card has neither EF_ICCID nor EF_DIR: it is no UICC");
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
	case NEED_UICC:
		return need_uicc(r);
	case NEED_PIN1:
		return run_need_pin(r);
	case NEED_FRESH:
		return r->options.fresh ? RUN_PASSED
					: run_end(r, RUN_NOT_APPLICABLE,
						  "it wants a card that was made for it (--new-card, --fresh)");
	case NEED_DESTRUCTIVE:
		return r->options.destructive
			       ? RUN_PASSED
			       : run_end(r, RUN_NOT_APPLICABLE, "it would change the card for good (--destructive)");
	case NEED_VARIABLE:
	default:
		if (value_get(&r->vars, r->step.words, &value))
			return RUN_PASSED;
		if (r->step.why.n != 0)
			snprintf(text, sizeof text, "%.*s", (int)r->step.why.n, (const char *)r->step.why.p);
		else
			snprintf(text, sizeof text, "%.*s was not given", (int)r->step.words.n,
				 (const char *)r->step.words.p);
		return run_end(r, RUN_NOT_APPLICABLE, text);
	}
}
