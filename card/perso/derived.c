/* SPDX-License-Identifier: Apache-2.0 */
#include "derived.h"

#include <stdio.h>

#include "../../apdu/tlv.h"
#include "services.h"
#include "text.h"

enum { DIR_RECORD_MAX = 127, AD_LEN = 4, TAG_IMS_TEXT = 0x80 };

/* TS 102 221 13.2: digits two to an octet; 19 digits leave an F. */
static void put_iccid(const struct model *m, struct wr *w)
{
	text_bcd_put(w, m->iccid);
}

/* TS 31.102 4.2.2: the length, then a parity and type nibble in front of the digits. */
static void put_imsi(const struct model *m, struct wr *w)
{
	enum { ODD = 9, EVEN = 1 }; /* type 001 with the parity bit */
	size_t n = strlen(m->imsi);
	char digits[1 + 15 + 1] = { 0 };

	if (n > 15)
		return;
	digits[0] = (char)('0' + (n % 2 != 0 ? ODD : EVEN));
	memcpy(digits + 1, m->imsi, n);
	wr_u8(w, (uint8_t)(n / 2 + 1));
	text_bcd_put(w, digits);
}

/* TS 31.102 4.2.18: normal operation, nothing special, length of the MNC. */
static void put_ad(const struct model *m, struct wr *w)
{
	wr_uint(w, m->mnc_length, AD_LEN);
}

/* TS 31.102 4.2.15: one bit, of the class that the IMSI's last digit names. */
static void put_acc(const struct model *m, struct wr *w)
{
	unsigned last_digit = (unsigned)(m->imsi[strlen(m->imsi) - 1] - '0');

	wr_u16(w, (uint16_t)(1u << last_digit));
}

/* TS 31.102 4.2.8, TS 31.103 4.2.7: service n is bit (n-1) mod 8 of octet (n-1) div 8. */
static void put_services(const struct model_app *a, struct wr *w)
{
	size_t first = w->n;

	wr_pad(w, 0);
	for (size_t i = 0; i < a->services_count; i++) {
		size_t at = first + (a->services[i] - 1u) / 8;
		if (at >= w->n)
			w->bad = true;
		else
			w->p[at] |= (uint8_t)(1u << (a->services[i] - 1u) % 8);
	}
}

static void put_ust(const struct model *m, struct wr *w)
{
	put_services(&m->app[MODEL_USIM], w);
}

static void put_ist(const struct model *m, struct wr *w)
{
	put_services(&m->app[MODEL_ISIM], w);
}

/* TS 23.003 13.2: ims.mncMNC.mccMCC.3gppnetwork.org, the MNC in three digits. */
static void put_home_domain(const struct model *m, struct wr *w)
{
	char domain[64];

	snprintf(domain, sizeof domain, "ims.mnc%s%.*s.mcc%.3s.3gppnetwork.org", m->mnc_length == 2 ? "0" : "",
		 m->mnc_length, m->imsi + 3, m->imsi);
	wr_str(w, domain);
}

/* TS 31.103 4.2.2 and TS 23.003 13.3: the private identity that belongs to an IMSI. */
static void put_impi(const struct model *m, struct wr *w)
{
	size_t nai = wr_tlv_open(w, TAG_IMS_TEXT);

	wr_str(w, m->imsi);
	wr_str(w, "@");
	put_home_domain(m, w);
	wr_tlv_close(w, nai);
}

/* TS 31.103 4.2.3. */
static void put_domain(const struct model *m, struct wr *w)
{
	size_t fqdn = wr_tlv_open(w, TAG_IMS_TEXT);

	put_home_domain(m, w);
	wr_tlv_close(w, fqdn);
}

/* TS 31.103 4.2.4 and TS 23.003 13.4B: the public identity that belongs to an IMSI, in the first record. */
static void put_impu(const struct model *m, struct wr *w)
{
	size_t uri = wr_tlv_open(w, TAG_IMS_TEXT);

	wr_str(w, "sip:");
	wr_str(w, m->imsi);
	wr_str(w, "@");
	put_home_domain(m, w);
	wr_tlv_close(w, uri);
}

/* TS 31.103 4.2.5: normal operation, nothing special. */
static void put_isim_ad(const struct model *m, struct wr *w)
{
	enum { ISIM_AD_LEN = 3 };

	(void)m;
	wr_fill(w, 0x00, ISIM_AD_LEN);
}

/* TS 102 221 13.1, with the AID first, as wpa_supplicant wants it. */
static void put_dir(const struct model_app *a, struct wr *w)
{
	uint8_t aid[AID_MAX];
	size_t n = strlen(a->aid) / 2;

	if (n > sizeof aid || !text_octets(a->aid, aid, n))
		return;
	size_t application = wr_tlv_open(w, 0x61);
	wr_tlv(w, 0x4F, span_of(aid, n));
	wr_tlv(w, 0x50, span_str(a->label));
	wr_tlv_close(w, application);
}

static void put_dir_usim(const struct model *m, struct wr *w)
{
	put_dir(&m->app[MODEL_USIM], w);
}

static void put_dir_isim(const struct model *m, struct wr *w)
{
	if (apps_has(m, MODEL_ISIM))
		put_dir(&m->app[MODEL_ISIM], w);
}

enum { DERIVED_MAX = 2 }; /* that are derived, of one EF */

/* How content of the profile's own must agree. */
enum agreement { ANY, SAME, SAME_MNC_LENGTH };

/* Where a file stands: the ADF of an application, or the MF. */
enum place { IN_USIM = MODEL_USIM, IN_ISIM = MODEL_ISIM, IN_MF };

static const struct derived {
	enum place place;
	bool must_exist;
	uint16_t fid;
	enum file_type type;
	enum agreement agreement;
	void (*put[DERIVED_MAX])(const struct model *m, struct wr *w); /* record 1, 2; a transparent EF has one */
	const char *name, *key;
} derived[] = {
	{ IN_MF, true, FID_DIR, FILE_LINEAR, ANY, { put_dir_usim, put_dir_isim }, "EF_DIR", "aid" },
	{ IN_MF, true, FID_ICCID, FILE_TRANSPARENT, SAME, { put_iccid }, "EF_ICCID", "iccid" },
	{ IN_USIM, true, 0x6F07, FILE_TRANSPARENT, SAME, { put_imsi }, "EF_IMSI", "imsi" },
	{ IN_USIM, true, 0x6FAD, FILE_TRANSPARENT, SAME_MNC_LENGTH, { put_ad }, "EF_AD", "mnc_length" },
	{ IN_USIM, false, 0x6F78, FILE_TRANSPARENT, ANY, { put_acc }, "EF_ACC", "imsi" },
	{ IN_USIM, true, 0x6F38, FILE_TRANSPARENT, SAME, { put_ust }, "EF_UST", "services" },
	{ IN_ISIM, true, 0x6F02, FILE_TRANSPARENT, ANY, { put_impi }, "EF_IMPI", "imsi" },
	{ IN_ISIM, true, 0x6F03, FILE_TRANSPARENT, ANY, { put_domain }, "EF_DOMAIN", "imsi" },
	{ IN_ISIM, true, 0x6F04, FILE_LINEAR, ANY, { put_impu }, "EF_IMPU", "imsi" },
	{ IN_ISIM, true, 0x6FAD, FILE_TRANSPARENT, ANY, { put_isim_ad }, "EF_AD", "isim" },
	{ IN_ISIM, true, 0x6F07, FILE_TRANSPARENT, SAME, { put_ist }, "EF_IST", "isim.services" },
};

/* FILE_NONE when the application is not there. */
static uint16_t directory_of(const struct tree *t, const struct derived *d)
{
	return d->place == IN_MF ? 0 : t->adf[d->place];
}

static const struct derived *find(const struct tree *t, size_t no)
{
	for (size_t i = 0; i < VU_COUNT(derived); i++)
		if (t->file[no].fid == derived[i].fid && t->file[no].parent == directory_of(t, &derived[i]))
			return &derived[i];
	return NULL;
}

int derived_check(struct profile *p, const struct tree *t)
{
	for (size_t i = 0; i < MODEL_APPS; i++)
		if (apps_has(p->model, (enum model_app_kind)i) && t->adf[i] == FILE_NONE)
			return profile_refuse(p, "files", "expected MF/%s for %s, got none", app_facts[i].adf,
					      app_facts[i].aid_key);
	for (size_t i = 0; i < VU_COUNT(derived); i++) {
		const struct derived *d = &derived[i];
		uint16_t df = directory_of(t, d);
		uint16_t no = df != FILE_NONE ? tree_child(t, df, d->fid) : FILE_NONE;
		if (df == FILE_NONE)
			continue;
		if (no == FILE_NONE && d->must_exist)
			return profile_refuse(p, "files", "expected %s (MF/%s%s%04X) for %s, got none", d->name,
					      d->place != IN_MF ? app_facts[d->place].adf : "",
					      d->place != IN_MF ? "/" : "", d->fid, d->key);
		if (no != FILE_NONE && t->file[no].type != d->type)
			return profile_refuse_entry(p, "files", no, "type", "expected %s for %s, got another type",
						    d->type == FILE_LINEAR ? "linear-fixed" : "transparent", d->name);
	}
	return 0;
}

/* One record, or a whole transparent EF. */
static int put_one(struct profile *p, const struct derived *d, const struct file_desc *f, size_t no, size_t i,
		   struct wr *w)
{
	bool records = f->type == FILE_LINEAR;
	size_t room = records ? f->record_len : f->size;
	struct wr one = wr_of(w->p + w->n, w->cap - w->n < room ? 0 : room);

	d->put[i](p->model, &one);
	if (one.bad && records && i >= f->records)
		return profile_refuse_entry(p, "files", no, "records", "expected a record for each application, got %u",
					    f->records);
	if (one.bad || (f->fid == FID_DIR && one.n > DIR_RECORD_MAX))
		return profile_refuse_entry(p, "files", no, records ? "record_size" : "size",
					    "expected room for what %s says, at most %d octets, got %zu", d->key,
					    records ? DIR_RECORD_MAX : FILE_SIZE_MAX, one.cap);
	if (records)
		wr_pad(&one, 0xFF);
	w->n += one.n;
	return 0;
}

int derived_put(struct profile *p, const struct tree *t, size_t no, struct wr *w)
{
	const struct derived *d = find(t, no);
	int error = 0;

	for (size_t i = 0; d != NULL && error == 0 && i < DERIVED_MAX && d->put[i] != NULL; i++)
		error = put_one(p, d, &t->file[no], no, i, w);
	return error;
}

int derived_agrees(struct profile *p, const struct tree *t, size_t no, struct span content)
{
	const struct derived *d = find(t, no);
	uint8_t expected[64];
	bool agrees = true;

	if (d == NULL || d->agreement == ANY)
		return 0;
	if (content.n > sizeof expected || (d->agreement == SAME_MNC_LENGTH && content.n < AD_LEN)) {
		agrees = false;
	} else {
		struct wr w = wr_of(expected, content.n);
		d->put[0](p->model, &w);
		wr_pad(&w, 0xFF);
		const size_t mnc_at = AD_LEN - 1;
		agrees = d->agreement == SAME ? span_eq(wr_done(&w), content)
					      : (content.p[mnc_at] & 0x0F) == p->model->mnc_length;
	}
	if (agrees)
		return 0;
	return profile_refuse_entry(p, "files", no, "content",
				    "expected what %s says, or no content, got something else", d->key);
}
