/* SPDX-License-Identifier: Apache-2.0 */
#include "message_log.h"

#include <stdio.h>

#include "../apdu/hex.h"
#include "../apdu/mikey_walk.h"

const char *message_log_address(char ret[static MESSAGE_LOG_END_MAX], const char *address, uint16_t port)
{
	const char *text = address != NULL ? address : "";
	bool v6 = strchr(text, ':') != NULL;

	snprintf(ret, MESSAGE_LOG_END_MAX, "%s%.46s%s:%u", v6 ? "[" : "", text, v6 ? "]" : "", port);
	return ret;
}

/* Characters of an octet in a line, at most: log_json_put() escapes so. */
static size_t width_of(uint8_t c)
{
	return c == '"' || c == '\\' ? 2 : c < 0x20 || c > 0x7E ? strlen("\\u0000") : 1;
}

static void tell(struct message_log *m, int64_t now)
{
	const struct span held = span_of(m->held, m->n), none = { 0 };

	m->part++;
	LOG(m->log, now, "message", LOG_TEXT("side", m->side), LOG_TEXT("interface", m->way.interface),
	    LOG_TEXT("way", m->way.sent ? "sent" : "received"), LOG_TEXT("from", m->from), LOG_TEXT("to", m->to),
	    LOG_NUMBER("number", m->number), LOG_NUMBER("part", m->part),
	    LOG_SPAN("text", m->form == MESSAGE_LOG_TEXT ? held : none),
	    LOG_SPAN("hex", m->form == MESSAGE_LOG_HEX ? held : none));
	m->n = m->width = 0;
}

static void begin(struct message_log *m, int64_t now, const struct message_way *way, enum message_log_form form)
{
	message_log_end(m, now);
	m->way = *way;
	snprintf(m->from, sizeof m->from, "%s", way->from);
	snprintf(m->to, sizeof m->to, "%s", way->to);
	m->form = form;
	m->number = ++m->messages;
	m->part = 0;
}

void message_log_begin(struct message_log *m, int64_t now, const struct message_way *way)
{
	if (m->log != NULL)
		begin(m, now, way, MESSAGE_LOG_TEXT);
}

void message_log_add(struct message_log *m, int64_t now, struct span octets)
{
	struct rd r = rd_of(octets);

	if (m->log == NULL || m->form == MESSAGE_LOG_OVER)
		return;
	while (r.n != 0) {
		uint8_t c = rd_u8(&r);

		if (m->width + width_of(c) > sizeof m->held)
			tell(m, now);
		m->held[m->n++] = (char)c;
		m->width += width_of(c);
	}
}

void message_log_flush(struct message_log *m, int64_t now)
{
	if (m->log != NULL && m->form != MESSAGE_LOG_OVER && m->n != 0)
		tell(m, now);
}

void message_log_end(struct message_log *m, int64_t now)
{
	if (m->log == NULL || m->form == MESSAGE_LOG_OVER)
		return;
	if (m->n != 0 || m->part == 0)
		tell(m, now);
	m->form = MESSAGE_LOG_OVER;
}

void message_log_http(struct message_log *m, int64_t now, const struct message_way *way, struct span octets)
{
	message_log_begin(m, now, way);
	message_log_add(m, now, octets);
	message_log_end(m, now);
}

/* Two digits for each octet, or ** where it is withheld. */
static void add_digits(struct message_log *m, int64_t now, struct span octets, bool withheld)
{
	struct rd r = rd_of(octets);

	while (r.n != 0) {
		char digits[2] = { '*', '*' };
		struct wr w = WR(digits);
		struct span octet = rd_take(&r, 1);

		if (!withheld)
			hex_put(&w, octet);
		message_log_add(m, now, SPAN(digits));
	}
}

static struct span at_most(struct rd *r, size_t n)
{
	return rd_take(r, r->n < n ? r->n : n);
}

/*
 * next(1) encr alg(1) length(2) data, MAC alg(1) MAC, RFC 3830 6.2. Of one that is not whole nobody knows where its data
 * end.
 */
static void add_kemac(struct message_log *m, int64_t now, struct span octets, bool whole)
{
	struct rd r = rd_of(octets);
	struct span head = at_most(&r, 2), length = at_most(&r, 2);
	struct rd algorithm = rd_of(span_sub(head, 1, 1)), n = rd_of(length);
	bool encrypted = rd_u8(&algorithm) == MIKEY_ENCR_AES_CM_128;

	add_digits(m, now, head, false);
	add_digits(m, now, length, false);
	add_digits(m, now, at_most(&r, whole ? rd_u16(&n) : r.n), !encrypted);
	add_digits(m, now, rd_rest(&r), false);
}

/* Payloads that can be told apart, then what is left: of a KEMAC it is known what it is. */
static void add_mikey(struct message_log *m, int64_t now, struct span octets)
{
	struct mikey_walk w;
	struct mikey_payload payload;
	struct span header;
	bool begun = mikey_walk_begin(&w, octets, &header);

	add_digits(m, now, header, false);
	while (begun && mikey_walk_next(&w, &payload)) {
		if (payload.code == MIKEY_KEMAC)
			add_kemac(m, now, payload.octets, true);
		else
			add_digits(m, now, payload.octets, false);
	}
	if (w.next == MIKEY_KEMAC)
		add_kemac(m, now, w.rest, false);
	else
		add_digits(m, now, w.rest, true);
}

void message_log_mikey(struct message_log *m, int64_t now, const struct message_way *way, struct span octets)
{
	struct message_log one = { .log = m->log, .side = m->side, .messages = m->messages };

	if (m->log == NULL)
		return;
	begin(&one, now, way, MESSAGE_LOG_HEX);
	add_mikey(&one, now, octets);
	message_log_end(&one, now);
	m->messages = one.messages;
}
