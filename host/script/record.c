/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include "../../apdu/hex.h"

enum { HEADER = 4, TEXT_MAX = 4 * RAPDU_MAX };

/* What stands for data that are withheld, for somebody to give it: PINs by their reference, else keys of a file. */
static void put_variables(struct wr *w, const struct capdu *c)
{
	enum { PIN1 = 0x01, CHANGE_PIN = 0x24, UNBLOCK_PIN = 0x2C };
	static const uint8_t with_pin[] = { 0x20, CHANGE_PIN, 0x26, 0x28, UNBLOCK_PIN };
	char which[8] = "1";

	if (memchr(with_pin, c->ins, sizeof with_pin) == NULL) {
		wr_str(w, "KEYS");
		return;
	}
	if (c->p2 != PIN1)
		snprintf(which, sizeof which, "-%02X", c->p2);
	wr_str(w, c->ins == UNBLOCK_PIN ? "PUK" : "PIN");
	wr_str(w, which);
	if (c->ins != CHANGE_PIN && c->ins != UNBLOCK_PIN)
		return;
	wr_str(w, " PIN");
	wr_str(w, which);
	wr_str(w, "-NEW");
}

static void print_command(struct record *r, const struct run_event *e)
{
	uint8_t octets[CAPDU_MAX];
	char text[TEXT_MAX];
	struct wr shown = WR(octets), w = WR(text);
	struct capdu c;

	mask_command(&r->mask, &shown, e->capdu);
	bool withheld = !r->secrets && !span_eq(wr_done(&shown), e->capdu) && capdu_parse(&c, e->capdu);
	hex_put(&w, withheld ? span_sub(e->capdu, 0, HEADER) : e->capdu);
	if (withheld) {
		wr_str(&w, " (");
		put_variables(&w, &c);
		wr_str(&w, ")");
	}
	/* A line of scriptor's has no variables. */
	if (wr_cstr(&w))
		fprintf(r->out, "%s%s\n", e->raw && !withheld ? "" : "> ", text);
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
