/* SPDX-License-Identifier: Apache-2.0 */
#include "http_body.h"

#include <stdlib.h>

#include "../../apdu/hex.h"
#include "../base64.h"
#include "../xml.h"
#include "rows.h"

enum { OK = 200 };

static struct km_doc read_doc; /* it is large */

/* The chunks of a body, up to where they end or are none. */
static struct span joined(struct span body, uint8_t *room)
{
	struct wr w = wr_of(room, body.n);
	struct rd r = rd_of(body);

	while (r.n != 0) {
		const uint8_t *end = memchr(r.p, '\n', r.n);
		char text[9];
		struct wr digits = WR(text);

		if (end == NULL)
			break;
		struct span line = rd_take(&r, (size_t)(end - r.p) + 1);
		wr_span(&digits, span_sub(line, 0, sizeof text - 1));
		size_t n = wr_cstr(&digits) ? strtoul(text, NULL, 16) : 0; /* stops where the digits do */
		if (n == 0 || n > r.n)
			break;
		wr_span(&w, rd_take(&r, n));
		(void)rd_take(&r, strlen("\r\n"));
	}
	return wr_done(&w);
}

static bool begins_as_xml(struct span text)
{
	struct rd r = rd_of(text);
	uint8_t c = rd_u8(&r);

	while (c == ' ' || c == '\t' || c == '\r' || c == '\n')
		c = rd_u8(&r);
	return c == '<';
}

static struct span tag_of(struct span xml)
{
	size_t n = 0;

	while (n < xml.n && xml.p[n] != '>')
		n++;
	return span_sub(xml, 0, n + 1);
}

static bool ends_in(struct span s, char c)
{
	return s.n != 0 && s.p[s.n - 1] == (uint8_t)c;
}

/* An element a line, indented by what it stands in; text stays in its line. */
static void put_xml(struct wr *w, struct span xml)
{
	size_t depth = 0;

	while (xml.n != 0 && !w->bad) {
		struct span tag = tag_of(xml);
		bool is_tag = tag.p[0] == '<', is_end = span_starts(tag, span_str("</"));

		if (!is_tag) {
			for (tag.n = 0; tag.n < xml.n && xml.p[tag.n] != '<';)
				tag.n++;
		} else if (is_end && depth != 0) {
			depth--;
		}
		if (is_tag && ends_in(wr_done(w), '>')) {
			wr_u8(w, '\n');
			wr_fill(w, ' ', 2 * depth);
		}
		wr_span(w, tag);
		if (is_tag && !is_end && tag.n > 2 && tag.p[1] != '?' && tag.p[1] != '!' && tag.p[tag.n - 2] != '/')
			depth++;
		xml = span_sub(xml, tag.n, xml.n);
	}
}

static void put_key(FILE *out, const struct mikey_key_id *key)
{
	char text[16];

	rows_octets(out, "key_domain", SPAN(key->domain), "Key Domain ID: mobile country and network code");
	snprintf(text, sizeof text, "%04x%04x", key->group, key->number);
	rows_text(out, "msk_id", span_str(text),
		  key->number == 0 ? "Key Group part, Key Number 0: the current MSK"
				   : "Key Group part, Key Number part");
}

static void put_items(FILE *out, const struct km_doc *doc)
{
	for (size_t i = 0; i < doc->n; i++) {
		const struct km_item *item = &doc->item[i];

		if (doc->kind == KM_MSK_REQUEST)
			put_key(out, &item->key);
		else
			rows_text(out, "service", span_str(item->service), "MBMS user service");
		if (doc->response)
			rows_number(out, "ResponseCode", (uint64_t)item->code, "status of the item, as in HTTP");
	}
}

/* What the document says when it is one of key management or of the BSF. */
static void put_content(FILE *out, struct span xml)
{
	char why[XML_WHY_MAX];
	struct gba_info info;

	if (gba_info_parse(&info, xml, why)) {
		rows_text(out, "btid", span_str(info.btid), "Bootstrapping Transaction Identifier");
		rows_text(out, "lifetime", span_str(info.lifetime), "of the bootstrapping");
		return;
	}
	for (unsigned i = 0; i < 2 * KM_KINDS; i++)
		if (km_parse(&read_doc, (enum km_kind)(i / 2), i % 2 != 0, xml, why)) {
			put_items(out, &read_doc);
			return;
		}
}

static void put_document(FILE *out, struct span xml)
{
	size_t room = 8 * xml.n + 4096;
	uint8_t *text = malloc(room);
	struct wr w = wr_of(text, text != NULL ? room : 0);

	put_xml(&w, xml);
	put_content(out, xml);
	/* Indented too deep for its room it is shown as it came. */
	rows_lines(out, "XML", w.bad ? xml : wr_done(&w));
	free(text);
}

/* A body as it is to be read. */
struct body {
	uint8_t *room; /* to be freed */
	struct span octets; /* out of its chunks */
	struct span xml; /* out of Base64; empty = it is none */
};

static struct body body_of(struct span octets, bool chunked)
{
	struct body b = { .room = malloc(2 * octets.n + 1), .octets = octets };

	if (b.room == NULL || octets.n == 0)
		return b;
	if (chunked)
		b.octets = joined(octets, b.room + octets.n);
	struct wr w = wr_of(b.room, octets.n);
	if (begins_as_xml(b.octets))
		b.xml = b.octets;
	else if (base64_parse(&w, b.octets) && begins_as_xml(wr_done(&w)))
		b.xml = wr_done(&w);
	return b;
}

bool http_body_refuses(struct span octets, bool chunked)
{
	struct body b = body_of(octets, chunked);
	char why[XML_WHY_MAX];
	bool refuses = false;

	for (enum km_kind kind = 0; b.xml.n != 0 && kind < KM_KINDS; kind++)
		if (km_parse(&read_doc, kind, true, b.xml, why))
			for (size_t i = 0; i < read_doc.n; i++)
				refuses = refuses || read_doc.item[i].code != OK;
	free(b.room);
	return refuses;
}

void http_body(FILE *out, struct span octets, bool chunked)
{
	struct body b = body_of(octets, chunked);

	if (octets.n != 0)
		rows_section(out, "body");
	if (chunked)
		rows_lines(out, "in chunks", octets);
	if (b.octets.n != 0 && b.xml.p != b.octets.p)
		rows_lines(out, b.xml.n != 0 ? "Base64" : "text", b.octets);
	if (b.xml.n != 0)
		put_document(out, b.xml);
	free(b.room);
}
