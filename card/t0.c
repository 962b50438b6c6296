/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manners of T=0 (TS 102 221 clause 7.3.1.1) around a card that gives data and status word at once.
 *
 *   answer to a command with data      61XX; GET RESPONSE fetches it, in parts if it likes
 *   answer to a command without data   straight away when Le is its length, else 6CXX and the answer waits for the
 *                                      same header with Le = XX, so that nothing is ever run twice; with another Le
 *                                      the length is told again
 *   class A0 (TS 51.011 clause 9.4)    9FXX instead of 61XX; one GET RESPONSE fetches what it likes, the rest is lost
 *
 * Whatever the ATR says, this is what PC/SC clients demand (decision 42). One answer waits on each logical channel; any
 * other command on that channel throws it away, what happens on others does not touch it, and with the channel it goes.
 */
#include <stdlib.h>

#include "crypto/secret.h"
#include "uicc_int.h"

enum waiting { NOTHING, FOR_GET_RESPONSE, FOR_REPEAT };

/* The answer that waits on one channel. */
struct pending {
	enum waiting waiting;
	uint8_t header[4]; /* FOR_REPEAT: of the command to be repeated */
	uint8_t cla; /* FOR_GET_RESPONSE: of the command, for its channel */
	uint8_t answer[UICC_RAPDU_MAX];
	size_t n, done; /* octets of data, and how many are fetched */
	sw_t sw; /* what ends it */
};

struct t0 {
	struct uicc *card;
	struct pending on[APDU_CHANNELS];
};

struct t0 *t0_open(struct uicc *u)
{
	struct t0 *t = calloc(1, sizeof *t);

	if (t != NULL)
		t->card = u;
	return t;
}

static void forget(struct pending *p)
{
	secret_wipe(p->answer, sizeof p->answer);
	p->waiting = NOTHING;
	p->n = p->done = 0;
}

static void forget_all(struct t0 *t)
{
	for (size_t i = 0; i < APDU_CHANNELS; i++)
		forget(&t->on[i]);
}

void t0_close(struct t0 *t)
{
	if (t == NULL)
		return;
	forget_all(t);
	free(t);
}

void t0_reset(struct t0 *t)
{
	forget_all(t);
	uicc_reset(t->card);
}

/* A class that nobody knows speaks on the basic channel. */
static struct pending *pending_of(struct t0 *t, uint8_t cla)
{
	return &t->on[apdu_class_of(cla).channel];
}

/* What waited on a channel does not outlive it: a channel opened later under its number is another one. */
static void forget_closed(struct t0 *t)
{
	for (uint8_t i = 0; i < APDU_CHANNELS; i++)
		if (t->on[i].waiting != NOTHING && !uicc_channel_open(t->card, i))
			forget(&t->on[i]);
}

static size_t answer_with(uint8_t rapdu[static UICC_RAPDU_MAX], struct span data, sw_t sw)
{
	struct wr w = wr_of(rapdu, UICC_RAPDU_MAX);

	wr_span(&w, data);
	wr_u16(&w, sw);
	return w.n;
}

static size_t only(uint8_t rapdu[static UICC_RAPDU_MAX], sw_t sw)
{
	return answer_with(rapdu, (struct span){ 0 }, sw);
}

/* 61XX or 6CXX for n octets, 256 being 00. */
static sw_t with_length(sw_t sw, size_t n)
{
	return sw | (sw_t)(n & 0xFF);
}

/* TS 102 221 table 10.5 has class 0X; clients repeat the command's own, 80 after 80CB, as ISO 7816-3 12.2.1 tells them. */
static bool fetches(const struct pending *p, const struct capdu *c)
{
	return p->waiting == FOR_GET_RESPONSE && c->ins == INS_GET_RESPONSE &&
	       (c->cla == apdu_get_response_class(p->cla) || c->cla == p->cla);
}

static size_t get_response(struct pending *p, const struct capdu *c, uint8_t rapdu[static UICC_RAPDU_MAX])
{
	size_t left = p->n - p->done;
	bool gsm = p->cla == CLA_GSM;

	if (c->p1 != 0 || c->p2 != 0)
		return only(rapdu, gsm ? SW_OFFSET : SW_P1P2);
	if (c->data.n != 0)
		return only(rapdu, SW_WRONG_LENGTH);
	if (c->le == 0 || c->le > left)
		return only(rapdu, with_length(gsm ? SW_WRONG_LENGTH : SW_WRONG_LE, left));
	struct span part = span_sub(SPAN(p->answer), p->done, c->le);
	p->done += part.n;
	left = gsm ? 0 : left - part.n;
	size_t n = answer_with(rapdu, part, left != 0 ? with_length(SW_MORE, left) : p->sw);
	if (left == 0)
		forget(p);
	return n;
}

/* Keeps an answer of n octets and says so with `sw`. */
static size_t keep(struct pending *p, enum waiting how, struct span data, sw_t final_sw, sw_t sw,
		   uint8_t rapdu[static UICC_RAPDU_MAX])
{
	struct wr w = WR(p->answer);

	wr_span(&w, data);
	p->waiting = how;
	p->n = w.n;
	p->done = 0;
	p->sw = final_sw;
	secret_wipe(rapdu, w.n);
	return only(rapdu, with_length(sw, w.n));
}

/* The header that the answer waits for. Of READ BINARY another Le asks for other octets, and changes nothing. */
static bool repeats(const struct pending *p, const struct capdu *c, struct span octets)
{
	if (p->waiting != FOR_REPEAT || c->data.n != 0 || (c->ins == INS_READ_BINARY && c->le != p->n))
		return false;
	return span_eq(span_sub(octets, 0, sizeof p->header), SPAN(p->header));
}

static size_t answer_repeat(struct pending *p, const struct capdu *c, uint8_t rapdu[static UICC_RAPDU_MAX])
{
	if (c->le != p->n)
		return only(rapdu, with_length(SW_WRONG_LE, p->n));
	size_t length = answer_with(rapdu, span_sub(SPAN(p->answer), 0, p->n), p->sw);
	forget(p);
	return length;
}

static size_t run(struct t0 *t, const struct capdu *c, struct span octets, uint8_t rapdu[static UICC_RAPDU_MAX])
{
	struct pending *p = pending_of(t, c->cla);
	size_t n = uicc_transmit(t->card, octets.p, octets.n, rapdu);
	struct rd r = rd_of(span_of(rapdu, n));
	struct span data = rd_take(&r, n - sizeof(sw_t));
	sw_t sw = rd_u16(&r);

	forget_closed(t);
	if (data.n == 0)
		return n;
	p->cla = c->cla;
	if (c->data.n != 0)
		return keep(p, FOR_GET_RESPONSE, data, sw, c->cla == CLA_GSM ? SW_GSM_MORE : SW_MORE, rapdu);
	if (c->le == data.n)
		return n;
	struct wr w = WR(p->header);
	wr_span(&w, span_sub(octets, 0, sizeof p->header));
	if (sw == SW_END_OF_FILE) /* asked again with the right Le, it does not end early */
		sw = SW_OK;
	return keep(p, FOR_REPEAT, data, sw, SW_WRONG_LE, rapdu);
}

size_t t0_transmit(struct t0 *t, const uint8_t *capdu, size_t n, uint8_t rapdu[static UICC_RAPDU_MAX])
{
	struct span octets = span_of(capdu, n);
	struct capdu c;
	bool whole = capdu_parse(&c, octets);
	struct pending *p = pending_of(t, c.cla);

	if (!whole) {
		forget(p);
		return uicc_transmit(t->card, capdu, n, rapdu); /* its 6700, and its trace */
	}
	if (fetches(p, &c))
		return get_response(p, &c, rapdu);
	if (repeats(p, &c, octets))
		return answer_repeat(p, &c, rapdu);
	forget(p);
	return run(t, &c, octets, rapdu);
}
