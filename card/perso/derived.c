/* SPDX-License-Identifier: Apache-2.0 */
#include "derived.h"

#include "../../apdu/tlv.h"
#include "services.h"
#include "text.h"

enum { DIR_RECORD_MAX = 127, AD_LEN = 4 };

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

/* TS 31.102 4.2.8: service n is bit (n-1) mod 8 of octet (n-1) div 8. */
static void put_ust(const struct model *m, struct wr *w)
{
	size_t first = w->n;

	wr_pad(w, 0);
	for (size_t i = 0; i < m->services_count; i++) {
		size_t at = first + (m->services[i] - 1u) / 8;
		if (at >= w->n)
			w->bad = true;
		else
			w->p[at] |= (uint8_t)(1u << (m->services[i] - 1u) % 8);
	}
}

/* TS 102 221 13.1, with the AID first, as wpa_supplicant wants it. */
static void put_dir(const struct model *m, struct wr *w)
{
	uint8_t aid[AID_MAX];
	size_t n = strlen(m->aid) / 2;

	if (n > sizeof aid || !text_octets(m->aid, aid, n))
		return;
	size_t application = wr_tlv_open(w, 0x61);
	wr_tlv(w, 0x4F, span_of(aid, n));
	wr_tlv(w, 0x50, span_str(m->label));
	wr_tlv_close(w, application);
}

/* How content of the profile's own must agree. */
enum agreement { ANY, SAME, SAME_MNC_LENGTH };

static const struct derived {
	bool in_mf; /* else in the ADF */
	bool must_exist;
	uint16_t fid;
	enum file_type type;
	enum agreement agreement;
	void (*put)(const struct model *m, struct wr *w);
	const char *name, *key;
} derived[] = {
	{ true, true, FID_DIR, FILE_LINEAR, ANY, put_dir, "EF_DIR", "aid" },
	{ true, true, FID_ICCID, FILE_TRANSPARENT, SAME, put_iccid, "EF_ICCID", "iccid" },
	{ false, true, 0x6F07, FILE_TRANSPARENT, SAME, put_imsi, "EF_IMSI", "imsi" },
	{ false, true, 0x6FAD, FILE_TRANSPARENT, SAME_MNC_LENGTH, put_ad, "EF_AD", "mnc_length" },
	{ false, false, 0x6F78, FILE_TRANSPARENT, ANY, put_acc, "EF_ACC", "imsi" },
	{ false, true, 0x6F38, FILE_TRANSPARENT, SAME, put_ust, "EF_UST", "services" },
};

static uint16_t directory_of(const struct tree *t, const struct derived *d)
{
	return d->in_mf ? 0 : tree_usim(t);
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
	if (tree_usim(t) == FILE_NONE)
		return profile_refuse(p, "files", "expected MF/ADF.USIM for aid, got none");
	for (size_t i = 0; i < VU_COUNT(derived); i++) {
		const struct derived *d = &derived[i];
		uint16_t no = tree_child(t, directory_of(t, d), d->fid);
		if (no == FILE_NONE && d->must_exist)
			return profile_refuse(p, "files", "expected %s (%s/%04X) for %s, got none", d->name,
					      d->in_mf ? "MF" : "MF/ADF.USIM", d->fid, d->key);
		if (no != FILE_NONE && t->file[no].type != d->type)
			return profile_refuse_entry(p, "files", no, "type", "expected %s for %s, got another type",
						    d->type == FILE_LINEAR ? "linear-fixed" : "transparent", d->name);
	}
	return 0;
}

int derived_put(struct profile *p, const struct tree *t, size_t no, struct wr *w)
{
	const struct derived *d = find(t, no);
	const struct file_desc *f = &t->file[no];
	size_t before = w->n;

	if (d == NULL)
		return 0;
	/* Records: the first one. */
	size_t room = f->type == FILE_LINEAR ? f->record_len : f->size;
	struct wr one = wr_of(w->p + before, room);
	d->put(p->model, &one);
	if (one.bad || (f->fid == FID_DIR && one.n > DIR_RECORD_MAX))
		return profile_refuse_entry(p, "files", no, f->type == FILE_LINEAR ? "record_size" : "size",
					    "expected room for what %s says, at most %d octets, got %zu", d->key,
					    f->type == FILE_LINEAR ? DIR_RECORD_MAX : FILE_SIZE_MAX, room);
	w->n += one.n;
	return 0;
}

int derived_agrees(struct profile *p, const struct tree *t, size_t no, struct span content)
{
	const struct derived *d = find(t, no);
	uint8_t expected[64];
	bool agrees = true;

	if (d == NULL || d->agreement == ANY)
		return 0;
	if (content.n > sizeof expected || content.n < AD_LEN) {
		agrees = false;
	} else {
		struct wr w = wr_of(expected, content.n);
		d->put(p->model, &w);
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
