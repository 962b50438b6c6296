/* SPDX-License-Identifier: Apache-2.0 */
/* EF_GBABP, EF_GBANL, EF_MUK and EF_MSK in words (TS 31.102 4.2.79 to 4.2.83, TS 31.103 4.2.9 and 4.2.10): the names of keys and their counters. */
#include "../../apdu/tlv.h"
#include "show.h"

enum { UA_ID_LEN = 5, KEY_DOMAIN_LEN = 3, MSK_ID_LEN = 4, COUNTER_LEN = 4 };

static bool is_free(struct span record)
{
	return span_all(record, 0xFF);
}

/* FQDN, and the Ua security protocol behind it. */
static void show_naf_id(FILE *out, struct span id)
{
	size_t fqdn = id.n > UA_ID_LEN ? id.n - UA_ID_LEN : 0;

	show_text(out, span_sub(id, 0, fqdn));
	fprintf(out, " (Ua ");
	show_hex(out, span_sub(id, fqdn, UA_ID_LEN));
	fputc(')', out);
}

static void show_unreadable(FILE *out, struct span record)
{
	fprintf(out, "not readable: ");
	show_hex(out, record);
	fputc('\n', out);
}

static void show_bootstrapping(FILE *out, const struct view *v, uint16_t adf)
{
	struct span body = view_body(v, adf, view_is_app(v, adf, MODEL_ISIM) ? 0x6FD5 : 0x6FD6);
	struct rd r = rd_of(body);
	struct span rand = rd_lv8(&r), btid = rd_lv8(&r), lifetime = rd_lv8(&r);

	if (body.n == 0)
		return;
	fprintf(out, "EF_GBABP   ");
	if (is_free(body) || (!r.bad && rand.n == 0)) {
		fprintf(out, "not bootstrapped\n");
		return;
	}
	if (r.bad) {
		show_unreadable(out, body);
		return;
	}
	fprintf(out, "RAND ");
	show_hex(out, rand);
	fprintf(out, ", B-TID \"");
	show_text(out, btid);
	fprintf(out, "\", lifetime \"");
	show_text(out, lifetime);
	fprintf(out, "\"\n");
}

static void show_gbanl(FILE *out, struct span record)
{
	struct span naf_id, btid;

	if (!tlv_find(record, 0x80, &naf_id) || !tlv_find(record, 0x81, &btid)) {
		show_unreadable(out, record);
		return;
	}
	show_naf_id(out, naf_id);
	fprintf(out, ", B-TID \"");
	show_text(out, btid);
	fprintf(out, "\"\n");
}

static void show_muk(FILE *out, struct span record)
{
	struct span id, idr, idi, counter;

	if (!tlv_find(record, 0xA0, &id) || !tlv_find(id, 0x80, &idr) || !tlv_find(id, 0x82, &idi) ||
	    !tlv_find(record, 0x81, &counter)) {
		show_unreadable(out, record);
		return;
	}
	fprintf(out, "IDi \"");
	show_text(out, idi);
	fprintf(out, "\", IDr \"");
	show_text(out, idr);
	fprintf(out, "\", counter ");
	show_hex(out, counter);
	fputc('\n', out);
}

static void show_msk(FILE *out, struct span record)
{
	struct rd r = rd_of(record);
	struct span domain = rd_take(&r, KEY_DOMAIN_LEN);
	unsigned count = rd_u8(&r);

	if ((size_t)count * (MSK_ID_LEN + COUNTER_LEN) > r.n) {
		show_unreadable(out, record);
		return;
	}
	fprintf(out, "Key Domain ");
	show_hex(out, domain);
	for (unsigned i = 0; i < count; i++) {
		fprintf(out, "%s MSK ID ", i == 0 ? "," : ";");
		show_hex(out, rd_take(&r, MSK_ID_LEN));
		fprintf(out, " counter ");
		show_hex(out, rd_take(&r, COUNTER_LEN));
	}
	fprintf(out, "%s\n", count == 0 ? ", no MSK" : "");
}

static void show_records(FILE *out, const struct view *v, uint16_t adf, uint16_t fid, const char *name,
			 void (*show)(FILE *out, struct span record))
{
	uint16_t no = view_child(v, adf, fid);
	unsigned used = 0;

	if (no == FILE_NONE)
		return;
	for (unsigned i = 1; i <= v->file[no].records; i++) {
		if (is_free(view_record(v, no, i)))
			continue;
		fprintf(out, "%-10s %u: ", used++ == 0 ? name : "", i);
		show(out, view_record(v, no, i));
	}
	if (used == 0)
		fprintf(out, "%-10s %u free records\n", name, v->file[no].records);
}

void show_keys(FILE *out, const struct view *v, uint16_t adf)
{
	show_bootstrapping(out, v, adf);
	if (view_is_app(v, adf, MODEL_ISIM)) {
		show_records(out, v, adf, 0x6FD7, "EF_GBANL", show_gbanl);
		return;
	}
	show_records(out, v, adf, 0x6FDA, "EF_GBANL", show_gbanl);
	show_records(out, v, adf, 0x6FD8, "EF_MUK", show_muk);
	show_records(out, v, adf, 0x6FD7, "EF_MSK", show_msk);
}
