/* SPDX-License-Identifier: Apache-2.0 */
/* TS 102 221, TS 31.102 clause 7.1. */
#include "apdu_fields.h"

#include "../../apdu/auth.h"
#include "aka_fields.h"
#include "mikey_fields.h"
#include "rows.h"

enum { TEXT_MAX = 4096 };

/* Blocks of INS 89 in the MBMS context, TS 102 221 Annex M. */
static void follow_blocks(struct apdu_fields *a, struct apdu_before *before)
{
	struct capdu c;
	struct span payload;
	uint8_t mode;

	if (!capdu_parse(&c, span_of(a->command, a->n_command)) || c.ins != INS_AUTHENTICATE_ODD || c.p2 != AUTH_MBMS ||
	    (c.p1 != BLOCK_FIRST && c.p1 != BLOCK_NEXT))
		return;
	struct wr w = WR(before->object);
	w.n = c.p1 == BLOCK_FIRST ? 0 : before->n_object;
	wr_span(&w, c.data);
	struct span object = wr_done(&w);
	before->n_object = object.n;
	if (!auth_mbms_parse(&mode, &payload, object))
		return;
	struct wr whole = WR(a->object);
	wr_span(&whole, object);
	a->n_object = whole.n;
}

void apdu_fields_follow(struct apdu_fields *a, struct apdu_before *before)
{
	struct span command = span_of(a->command, a->n_command);
	struct wr name = WR(a->name);

	names_command(&before->files, &name, command);
	if (!wr_cstr(&name))
		snprintf(a->name, sizeof a->name, "command");
	names_follow(&before->files, command, span_of(a->answer, a->n_answer));
	a->files = before->files;
	a->n_object = 0;
	follow_blocks(a, before);
}

static void put_octet(FILE *out, const char *name, uint8_t value, const char *meaning)
{
	rows_octets(out, name, SPAN(((uint8_t[]){ value })), meaning);
}

static void put_length(FILE *out, const char *name, size_t value, const char *meaning)
{
	if (value != 0)
		rows_number(out, name, value, meaning);
}

static void put_challenge(FILE *out, const struct auth_challenge *a)
{
	uint8_t octets[sizeof a->rand + sizeof a->autn];
	struct wr w = WR(octets);

	wr_span(&w, SPAN(a->rand));
	wr_span(&w, SPAN(a->autn));
	struct rd r = rd_of(wr_done(&w));
	(void)aka_fields_challenge(out, &r);
}

/* INS 88: 3G context, bootstrapping and NAF derivation. */
static void put_authenticate(FILE *out, const struct capdu *c)
{
	struct auth_challenge challenge;
	struct auth_naf naf;

	if ((c->p2 == AUTH_3G && auth_3g_parse(&challenge, c->data)) ||
	    (c->p2 == AUTH_GBA && auth_bootstrap_parse(&challenge, c->data))) {
		put_challenge(out, &challenge);
	} else if (c->p2 == AUTH_GBA && auth_naf_parse(&naf, c->data)) {
		rows_text(out, "NAF_ID", naf.naf_id, "FQDN and protocol of who is to share keys with the UE");
		rows_text(out, "IMPI", naf.impi, "user");
	}
}

static const char *mode_text(uint8_t mode)
{
	switch (mode) {
	case MBMS_MSK_UPDATE:
		return "MSK update";
	case MBMS_MTK_GENERATION:
		return "MTK generation";
	case MBMS_MSK_DELETION:
		return "MSK deletion";
	case MBMS_MUK_DELETION:
		return "MUK deletion";
	default:
		return "unknown";
	}
}

/* The object of the MBMS context: a mode, and the message or key that it is about. */
static void put_object(FILE *out, struct span object)
{
	uint8_t mode, domain[3];
	struct span payload;
	uint16_t group;

	if (!auth_mbms_parse(&mode, &payload, object))
		return;
	rows_section(out, "MBMS security context, all blocks");
	rows_number(out, "mode", mode, mode_text(mode));
	if (mode == MBMS_MSK_UPDATE || mode == MBMS_MTK_GENERATION) {
		mikey_fields(out, payload);
	} else if (mode == MBMS_MSK_DELETION && auth_msk_deletion_parse(domain, &group, payload)) {
		rows_octets(out, "Key Domain ID", SPAN(domain), "mobile country and network code");
		rows_number(out, "Key Group", group, "both of its MSKs go");
	}
}

/* BER-TLV objects of an answer, a line each. */
static void put_answer(FILE *out, const struct names *files, struct span data)
{
	char text[TEXT_MAX];
	struct wr w = WR(text);

	names_objects(files, &w, data, "");
	if (w.n != 0 && !w.bad)
		rows_lines(out, "objects", wr_done(&w));
}

void apdu_fields(FILE *out, const struct apdu_fields *a)
{
	struct capdu c;

	if (capdu_parse(&c, span_of(a->command, a->n_command))) {
		rows_section(out, a->name);
		put_octet(out, "CLA", c.cla, "class");
		put_octet(out, "INS", c.ins, "instruction");
		put_octet(out, "P1", c.p1, "");
		put_octet(out, "P2", c.p2, "");
		put_length(out, "Lc", c.data.n, "octets of data in the command");
		put_length(out, "Le", c.le, "octets expected in the answer");
		if (c.ins == INS_AUTHENTICATE)
			put_authenticate(out, &c);
	}
	if (a->n_object != 0)
		put_object(out, span_of(a->object, a->n_object));
	if (a->n_answer > 2)
		put_answer(out, &a->files, span_of(a->answer, a->n_answer - 2));
}
