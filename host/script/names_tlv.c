/* SPDX-License-Identifier: Apache-2.0 */
/* Data objects of an answer for people: their names, and in words what is not read off the octets. */
#include "names.h"

#include "../../apdu/hex.h"
#include "../../apdu/tlv.h"

#include <stdio.h>

enum {
	DEPTH_MAX = 4,
	TAG_AID_TEMPLATE = 0x61,
	TAG_FCP = 0x62,
	TAG_PROPRIETARY = 0xA5,
	TAG_MUK_ID = 0xA0,
	TAG_PINS = 0xC6
};

typedef void meaning_fn(struct wr *out, struct span value);

static void number(struct wr *out, struct span value)
{
	char text[24];
	struct rd r = rd_of(value);

	if (value.n == 0 || value.n > 4)
		return;
	snprintf(text, sizeof text, " (%lu)", (unsigned long)rd_uint(&r, value.n));
	wr_str(out, text);
}

/* The characters that it begins with: a NAF_ID is a name and five octets. */
static void characters(struct wr *out, struct span value)
{
	struct rd r = rd_of(value);
	size_t n = 0;

	while (r.n != 0) {
		uint8_t c = rd_u8(&r);
		if (c < ' ' || c > '~')
			break;
		n++;
	}
	if (n == 0)
		return;
	wr_str(out, " (\"");
	wr_span(out, span_sub(value, 0, n));
	wr_str(out, "\")");
}

/* TS 102 221 11.1.1.4.3: the structure in the descriptor octet, length and number of records behind the data coding octet. */
static void descriptor(struct wr *out, struct span value)
{
	struct rd r = rd_of(value);
	uint8_t octet = rd_u8(&r) & 0xBF; /* without "shareable" */
	char text[48];

	(void)rd_u8(&r);
	unsigned length = rd_u16(&r), records = rd_u8(&r);
	wr_str(out, octet == 0x38	     ? " (directory"
		    : octet == 0x39	     ? " (BER-TLV structure"
		    : (octet & 0x07) == 0x01 ? " (transparent"
		    : (octet & 0x07) == 0x02 ? " (linear fixed"
		    : (octet & 0x07) == 0x06 ? " (cyclic"
					     : " (of a structure that is not known");
	if (!r.bad) {
		snprintf(text, sizeof text, ", %u records of %u octets", records, length);
		wr_str(out, text);
	}
	wr_str(out, ")");
}

/* TS 102 221 11.1.1.4.9 */
static void life_cycle(struct wr *out, struct span value)
{
	struct rd r = rd_of(value);
	uint8_t octet = rd_u8(&r);

	wr_str(out, octet >= 0x0C	     ? " (terminated)"
		    : (octet & 0x05) == 0x05 ? " (activated)"
		    : (octet & 0x05) == 0x04 ? " (deactivated)"
		    : octet == 0x03	     ? " (initialised)"
		    : octet == 0x01	     ? " (created)"
					     : "");
}

/* TS 102 221 11.1.1.4.8: the upper five bits; empty, when there is none. */
static void short_identifier(struct wr *out, struct span value)
{
	struct rd r = rd_of(value);
	char text[16];

	snprintf(text, sizeof text, " (SFI %02X)", rd_u8(&r) >> 3);
	wr_str(out, r.bad ? "none" : text);
}

static const struct object {
	uint16_t parent, tag;
	const char *name;
	meaning_fn *meaning; /* NULL: the octets say it */
} objects[] = {
	{ 0, TAG_AID_TEMPLATE, "application template", NULL },
	{ 0, TAG_FCP, "FCP template", NULL },
	{ TAG_AID_TEMPLATE, 0x4F, "AID", NULL },
	{ TAG_AID_TEMPLATE, 0x50, "label", characters },
	{ TAG_FCP, 0x80, "file size", number },
	{ TAG_FCP, 0x81, "total file size", number },
	{ TAG_FCP, 0x82, "file descriptor", descriptor },
	{ TAG_FCP, 0x83, "file identifier", NULL },
	{ TAG_FCP, 0x84, "DF name", NULL },
	{ TAG_FCP, 0x88, "short file identifier", short_identifier },
	{ TAG_FCP, 0x8A, "life cycle status", life_cycle },
	{ TAG_FCP, 0x8B, "security attributes, referenced", NULL },
	{ TAG_FCP, 0x8C, "security attributes, compact", NULL },
	{ TAG_FCP, 0xAB, "security attributes, expanded", NULL },
	{ TAG_FCP, TAG_PROPRIETARY, "proprietary information", NULL },
	{ TAG_FCP, TAG_PINS, "PIN status template", NULL },
	{ TAG_PROPRIETARY, 0x80, "UICC characteristics", NULL },
	{ TAG_PROPRIETARY, 0x81, "application power consumption", NULL },
	{ TAG_PROPRIETARY, 0x82, "minimum clock frequency", NULL },
	{ TAG_PROPRIETARY, 0x83, "available memory", number },
	{ TAG_PROPRIETARY, 0x84, "file details", NULL },
	{ TAG_PROPRIETARY, 0x85, "reserved file size", number },
	{ TAG_PROPRIETARY, 0x86, "maximum file size", number },
	{ TAG_PROPRIETARY, 0x87, "supported commands", NULL },
	{ TAG_PROPRIETARY, 0x88, "environmental conditions", NULL },
	{ TAG_PROPRIETARY, 0xC0, "special file information", NULL },
	{ TAG_PROPRIETARY, 0xC1, "filling pattern", NULL },
	{ TAG_PROPRIETARY, 0xC2, "repeat pattern", NULL },
	{ TAG_PINS, 0x90, "PS_DO", NULL },
	{ TAG_PINS, 0x95, "usage qualifier", NULL },
	{ TAG_PINS, 0x83, "key reference", NULL },
	{ TAG_MUK_ID, 0x80, "MUK IDr", characters },
	{ TAG_MUK_ID, 0x82, "MUK IDi", characters },
};

/* What stands in an EF's records, or in all of it, behind its own tags. */
static const struct {
	const char *file;
	struct object object;
} contents[] = {
	{ "EF.MUK", { 0, TAG_MUK_ID, "MUK ID", NULL } },
	{ "EF.MUK", { 0, 0x81, "time stamp counter", number } },
	{ "EF.GBANL", { 0, 0x80, "NAF_ID", characters } },
	{ "EF.GBANL", { 0, 0x81, "B-TID", characters } },
	{ "EF.IMPI", { 0, 0x80, "private identity", characters } },
	{ "EF.IMPU", { 0, 0x80, "public identity", characters } },
	{ "EF.DOMAIN", { 0, 0x80, "home network", characters } },
};

static const struct object *find(const char *file, uint16_t parent, uint16_t tag)
{
	for (size_t i = 0; parent == 0 && i < VU_COUNT(contents); i++)
		if (strcmp(contents[i].file, file) == 0 && contents[i].object.tag == tag)
			return &contents[i].object;
	for (size_t i = 0; i < VU_COUNT(objects); i++)
		if (objects[i].parent == parent && objects[i].tag == tag)
			return &objects[i];
	return NULL;
}

static bool is_template(uint16_t tag)
{
	return tag == TAG_AID_TEMPLATE || tag == TAG_FCP || tag == TAG_PROPRIETARY || tag == TAG_PINS ||
	       tag == TAG_MUK_ID;
}

/* How many octets are objects: all of them, or all but FF behind the last, as in a record; 0 otherwise. */
static size_t well_formed(struct span data)
{
	struct rd r = rd_of(data);
	size_t n = 0;

	while (r.n != 0 && !span_all(span_of(r.p, r.n), 0xFF)) {
		(void)rd_tlv(&r);
		if (r.bad)
			return 0;
		n = data.n - r.n;
	}
	return n;
}

static void put_objects(struct wr *out, struct span data, const char *indent, const char *file, uint16_t parent,
			unsigned depth)
{
	struct rd r = rd_of(data);
	char head[8];

	while (r.n != 0) {
		struct tlv t = rd_tlv(&r);
		const struct object *object = find(file, parent, t.tag);
		bool inside = is_template(t.tag) && well_formed(t.v) == t.v.n && depth < DEPTH_MAX;
		wr_str(out, indent);
		for (unsigned i = 0; i < depth; i++)
			wr_str(out, "  ");
		snprintf(head, sizeof head, "%02X ", t.tag);
		wr_str(out, head);
		wr_str(out, object != NULL ? object->name : "");
		if (!inside) {
			wr_str(out, ": ");
			hex_put(out, t.v);
			if (object != NULL && object->meaning != NULL)
				object->meaning(out, t.v);
		}
		wr_str(out, "\n");
		if (inside)
			put_objects(out, t.v, indent, file, t.tag, depth + 1);
	}
}

void names_objects(const struct names *n, struct wr *out, struct span data, const char *indent)
{
	struct rd r = rd_of(data);
	const char *file = n->file != NULL ? n->file->name : "";
	size_t objects_n = well_formed(data);

	if (objects_n == 0)
		return;
	uint16_t first = rd_tlv(&r).tag;
	if (find(file, 0, first) != NULL)
		put_objects(out, span_sub(data, 0, objects_n), indent, file, 0, 0);
}
