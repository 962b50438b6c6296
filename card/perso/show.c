/* SPDX-License-Identifier: Apache-2.0 */
#include "show.h"

#include "../../apdu/tlv.h"
#include "services.h"

void show_text(FILE *out, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] >= 0x20 && text.p[i] < 0x7F && text.p[i] != '\\')
			fputc(text.p[i], out);
		else
			fprintf(out, "\\x%02X", text.p[i]);
	}
}

void show_hex(FILE *out, struct span octets)
{
	for (size_t i = 0; i < octets.n; i++)
		fprintf(out, "%02X", octets.p[i]);
}

/* BCD digits, low nibble first, up to the first nibble that is none. */
static void show_bcd(FILE *out, struct span octets, size_t skip)
{
	for (size_t i = skip; i < 2 * octets.n; i++) {
		unsigned digit = octets.p[i / 2] >> (i % 2 * 4) & 0xF;
		if (digit > 9)
			break;
		fputc((int)('0' + digit), out);
	}
}

static void show_imsi(FILE *out, const struct view *v, uint16_t adf)
{
	struct rd r = rd_of(view_body(v, adf, 0x6F07));
	struct span digits = rd_lv8(&r), ad = view_body(v, adf, 0x6FAD);

	fprintf(out, "IMSI       ");
	show_bcd(out, digits, 1);
	if (ad.n >= 4)
		fprintf(out, " (MNC of %u digits)", ad.p[3] & 0x0Fu);
	fputc('\n', out);
}

static void show_services(FILE *out, const struct view *v, uint16_t adf, enum model_app_kind app)
{
	struct span ust = view_body(v, adf, app == MODEL_USIM ? 0x6F38 : 0x6F07);
	const char *head = "services";

	for (unsigned service = 1; service <= 8 * ust.n; service++) {
		if ((ust.p[(service - 1) / 8] >> (service - 1) % 8 & 1) == 0)
			continue;
		const char *name = services_name(app, service);
		fprintf(out, "%-10s %u%s%s\n", head, service, name != NULL ? " " : "", name != NULL ? name : "");
		head = "";
	}
}

static void show_pin(FILE *out, const struct view *v, uint8_t reference, const char *name)
{
	const struct view_pin *p = &v->pin[reference];

	if (!p->present)
		return;
	fprintf(out, "%-10s %s, %u of %u tries left", name,
		p->tries == 0 ? "blocked"
		: p->enabled  ? "enabled"
			      : "disabled",
		p->tries, p->tries_max);
	if (p->puk_tries_max != 0)
		fprintf(out, "; PUK: %u of %u", p->puk_tries, p->puk_tries_max);
	fputc('\n', out);
}

static void show_dir(FILE *out, const struct view *v)
{
	uint16_t dir = view_child(v, 0, 0x2F00);

	for (unsigned i = 1; dir != FILE_NONE && i <= v->file[dir].records; i++) {
		struct span application, aid, label = { 0 };
		if (!tlv_find(view_record(v, dir, i), 0x61, &application) || !tlv_find(application, 0x4F, &aid))
			continue;
		fprintf(out, "EF_DIR %-3u AID ", i);
		show_hex(out, aid);
		if (tlv_find(application, 0x50, &label)) {
			fprintf(out, " \"");
			show_text(out, label);
			fputc('"', out);
		}
		fputc('\n', out);
	}
}

/* IMPI and first IMPU, TS 31.103 4.2.2 and 4.2.4. */
static void show_ims_identity(FILE *out, const struct view *v, uint16_t adf)
{
	struct span impi = { 0 }, impu = { 0 };

	uint16_t no = view_child(v, adf, 0x6F04);
	if (!tlv_find(view_body(v, adf, 0x6F02), 0x80, &impi))
		impi = (struct span){ 0 };
	if (no == FILE_NONE || !tlv_find(view_record(v, no, 1), 0x80, &impu))
		impu = (struct span){ 0 };
	fprintf(out, "IMPI       ");
	show_text(out, impi);
	fprintf(out, "\nIMPU       ");
	show_text(out, impu);
	fputc('\n', out);
}

/* An application by what its AID says it is. */
static void show_app(FILE *out, const struct view *v, uint16_t adf)
{
	if (view_is_app(v, adf, MODEL_USIM)) {
		show_imsi(out, v, adf);
		show_services(out, v, adf, MODEL_USIM);
	} else if (view_is_app(v, adf, MODEL_ISIM)) {
		show_ims_identity(out, v, adf);
		show_services(out, v, adf, MODEL_ISIM);
	}
	show_keys(out, v, adf);
}

void show_card(FILE *out, const struct view *v)
{
	fprintf(out, "ATR        ");
	show_hex(out, span_of(v->card.atr, v->card.atr_len));
	fprintf(out, "\nICCID      ");
	show_bcd(out, view_body(v, 0, 0x2FE2), 0);
	fprintf(out, "\nclass A0   %s\n", v->card.legacy_gsm ? "on" : "off");
	show_dir(out, v);
	show_pin(out, v, PIN_APPL_1, "PIN1");
	show_pin(out, v, PIN2_APPL_1, "PIN2");
	show_pin(out, v, PIN_APPL_1 + 1, "ISIM PIN1");
	show_pin(out, v, PIN2_APPL_1 + 1, "ISIM PIN2");
	show_pin(out, v, PIN_UNIVERSAL, "universal");
	show_pin(out, v, PIN_ADM1, "ADM1");
	for (uint16_t i = 0; i < FILES_MAX; i++) {
		const struct file_desc *f = &v->file[i];
		if (f->type != FILE_ADF)
			continue;
		fprintf(out, "\nADF        ");
		show_hex(out, span_of(f->aid, f->aid_len));
		fputc('\n', out);
		show_app(out, v, i);
	}
}
