/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include "../../apdu/hex.h"

enum { PIN1_REFERENCE = 0x01, HEADER = 4, TEXT_MAX = 4 * RAPDU_MAX };

static void print_command(struct record *r, const struct run_event *e)
{
	uint8_t octets[CAPDU_MAX];
	char text[TEXT_MAX], pin[16];
	struct wr shown = WR(octets), w = WR(text);
	struct capdu c;

	mask_command(&r->mask, &shown, e->capdu);
	bool withheld = !r->secrets && !span_eq(wr_done(&shown), e->capdu) && capdu_parse(&c, e->capdu);
	hex_put(&w, withheld ? span_sub(e->capdu, 0, HEADER) : e->capdu);
	if (withheld) {
		snprintf(pin, sizeof pin, "PIN-%02X", c.p2);
		wr_str(&w, " (");
		wr_str(&w, c.p2 == PIN1_REFERENCE ? "PIN1" : pin);
		wr_str(&w, ")");
	}
	if (wr_cstr(&w))
		fprintf(r->out, "%s%s\n", e->raw ? "" : "> ", text);
	explicit_bzero(text, sizeof text);
	explicit_bzero(octets, sizeof octets);
}

static void print_answer(struct record *r, const struct run_event *e)
{
	uint8_t octets[RAPDU_MAX];
	const uint8_t mask = MASK;
	char text[TEXT_MAX];
	struct wr shown = WR(octets), w = WR(text);

	mask_answer(&r->mask, &shown, e->capdu, e->rapdu);
	struct rd seen = rd_of(r->secrets ? e->rapdu : wr_done(&shown));
	bool withheld = !r->secrets && !span_eq(wr_done(&shown), e->rapdu);
	while (seen.n != 0) {
		struct span octet = rd_take(&seen, 1);
		if (withheld && span_eq(octet, span_of(&mask, 1)))
			wr_str(&w, "..");
		else
			hex_put(&w, octet);
		if (seen.n == 2)
			wr_str(&w, " ");
	}
	if (wr_cstr(&w))
		fprintf(r->out, "< %s\n", text);
	explicit_bzero(text, sizeof text);
	explicit_bzero(octets, sizeof octets);
}

void record_event(struct record *r, const struct run_event *e)
{
	if (e->kind == RUN_COMMAND) {
		print_command(r, e);
		print_answer(r, e);
	} else if (e->kind == RUN_RESET) {
		fputs("! reset\n", r->out);
	} else if (e->kind == RUN_COMMENT) {
		fprintf(r->out, "# %s\n", e->text);
	}
}
