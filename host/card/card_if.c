/* SPDX-License-Identifier: Apache-2.0 */
/* Commands over any connection: the manners of T=0 on the terminal's side, TS 102 221 clause 7.3.1.1 and Annex C. */
#include "card_if.h"

#include <errno.h>
#include <stdio.h>

#include "../../card/crypto/secret.h"

enum {
	CHAIN_MAX = 64, /* GET RESPONSEs for one command; a card that has more to say has lost its way */
};

void card_if_close(struct card_if *c)
{
	if (c != NULL)
		c->ops->close(c);
}

/* One APDU as it is. */
static int exchange(struct card_if *c, const struct capdu *command, struct wr *out, sw_t *ret_sw)
{
	uint8_t capdu[CAPDU_MAX], rapdu[RAPDU_MAX];
	struct wr w = WR(capdu);
	size_t n = 0;

	capdu_put(&w, command);
	int rc = w.bad ? -EINVAL : c->ops->transmit(c, capdu, w.n, rapdu, &n);
	if (rc == 0 && (n < 2 || n > sizeof rapdu)) {
		snprintf(c->why, sizeof c->why, "expected an answer of 2 to %zu octets, got %zu", sizeof rapdu, n);
		rc = -EIO;
	}
	if (c->tap != NULL && !w.bad)
		c->tap(c->tap_ctx, wr_done(&w), span_of(rapdu, rc == 0 ? n : 0));
	if (rc == -EINVAL)
		snprintf(c->why, sizeof c->why, "a command does not fit an APDU (%zu octets of data)", command->data.n);
	if (rc == 0) {
		struct rd r = rd_of(span_of(rapdu, n));
		wr_span(out, rd_take(&r, n - 2));
		*ret_sw = rd_u16(&r);
	}
	/* Answers carry keys, commands carry PINs. */
	secret_wipe(rapdu, sizeof rapdu);
	secret_wipe(capdu, sizeof capdu);
	return rc;
}

static uint16_t le_of(sw_t sw)
{
	return (sw & 0xFF) != 0 ? sw & 0xFF : APDU_LE_MAX;
}

/* 61XX; and 9FXX, which class A0 (TS 51.011 clause 9.4.1) has instead. */
static bool answer_waits(const struct capdu *command, sw_t sw)
{
	return (sw & 0xFF00) == SW_MORE || (command->cla == CLA_GSM && (sw & 0xFF00) == SW_GSM_MORE);
}

int card_if_command(struct card_if *c, const struct capdu *command, struct wr *out, sw_t *ret_sw)
{
	struct capdu now = *command;
	sw_t sw = 0;

	if (c->t0 && now.data.n != 0)
		now.le = 0;
	int rc = exchange(c, &now, out, &sw);
	for (int i = 0; rc == 0 && i < CHAIN_MAX; i++) {
		if (answer_waits(command, sw))
			now = (struct capdu){ .cla = apdu_get_response_class(command->cla),
					      .ins = INS_GET_RESPONSE,
					      .le = le_of(sw) };
		else if ((sw & 0xFF00) == SW_WRONG_LE)
			now.le = le_of(sw);
		else
			break;
		rc = exchange(c, &now, out, &sw);
		if (rc == 0 && now.ins == INS_GET_RESPONSE && sw == SW_CONDITIONS) {
			snprintf(c->why, sizeof c->why, "the card has forgotten the answer that it announced");
			rc = -ECONNRESET;
		}
	}
	if (rc == 0 && (answer_waits(command, sw) || (sw & 0xFF00) == SW_WRONG_LE || out->bad)) {
		snprintf(c->why, sizeof c->why, "the card answers more than there is room for (status word %04X)", sw);
		rc = -EIO;
	}
	if (rc == 0)
		*ret_sw = sw;
	return rc;
}
