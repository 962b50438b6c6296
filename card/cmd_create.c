/* SPDX-License-Identifier: Apache-2.0 */
/* CREATE FILE, TS 102 222 clause 6.3. */
#include "fcp.h"
#include "file.h"

enum { FILL_OCTET = 0xFF, SPECIAL_USABLE_INACTIVE = 0x40, DESCRIPTOR_SHAREABLE = 0x40 };

/* File descriptor byte without the shareable bit, TS 102 221 table 11.5. */
static const struct {
	uint8_t descriptor;
	enum file_type type;
} types[] = {
	{ 0x38, FILE_DF },     { 0x01, FILE_TRANSPARENT }, { 0x02, FILE_LINEAR },
	{ 0x06, FILE_CYCLIC }, { 0x39, FILE_BER_TLV },
};

/* Descriptor byte, data coding byte and, of files with records, their length. */
static sw_t read_descriptor(struct file_desc *f, const struct fcp *fcp)
{
	struct rd r = rd_of(fcp->descriptor);
	uint8_t descriptor = rd_u8(&r);

	rd_u8(&r);
	for (size_t i = 0; i < VU_COUNT(types); i++)
		if ((descriptor & ~DESCRIPTOR_SHAREABLE) == types[i].descriptor)
			f->type = types[i].type;
	if (f->type == FILE_LINEAR || f->type == FILE_CYCLIC) {
		uint16_t record_len = rd_u16(&r);
		if (r.n == 1)
			rd_u8(&r); /* the number of records: the size says it */
		if (record_len == 0 || record_len > UINT8_MAX)
			return SW_DATA;
		f->record_len = (uint8_t)record_len;
	}
	if (!rd_end(&r) || f->type == 0)
		return SW_DATA;
	if ((descriptor & DESCRIPTOR_SHAREABLE) == 0)
		return SW_FUNCTION; /* every file of this card is shared between channels */
	if (f->type == FILE_DF && fcp->aid.p != NULL) {
		f->type = FILE_ADF;
		f->application = 1; /* without PINs of its own it shares the first one's */
	}
	return SW_OK;
}

/* No file has the identifier of one beside it or of a directory above it, however far (TS 102 221 8.3). */
static bool fid_taken(const struct uicc *u, uint16_t parent, uint16_t fid)
{
	for (uint16_t df = parent; df != FILE_NONE; df = u->file[df].parent)
		if (u->file[df].fid == fid)
			return true;
	return fs_child(u, parent, fid) != FILE_NONE;
}

/* Reserved are 3F00, 3FFF, 7FFF and FFFF, TS 102 221 8.6. */
static sw_t read_name(const struct uicc *u, struct file_desc *f, const struct fcp *fcp)
{
	size_t fid;

	if (fcp->fid.n != 2 || !fcp_number(fcp->fid, &fid) || fid == FID_MF || fid == FID_CURRENT_ADF ||
	    fid == 0x3FFF || fid == 0xFFFF)
		return SW_DATA;
	if (fid_taken(u, f->parent, (uint16_t)fid))
		return SW_FILE_EXISTS;
	f->fid = (uint16_t)fid;
	if (f->type != FILE_ADF)
		return fcp->aid.p == NULL ? SW_OK : SW_DATA;
	if (f->parent != 0 || fcp->aid.n < AID_MIN || fcp->aid.n > AID_MAX)
		return SW_DATA;
	for (uint16_t no = 0; no < u->files; no++)
		if (u->file[no].type == FILE_ADF && span_eq(span_of(u->file[no].aid, u->file[no].aid_len), fcp->aid))
			return SW_DF_NAME_EXISTS;
	f->fid = FID_CURRENT_ADF;
	memcpy(f->aid, fcp->aid.p, fcp->aid.n);
	f->aid_len = (uint8_t)fcp->aid.n;
	return SW_OK;
}

/* Absent, it is the low five bits of the FID where these are free; empty, there is none (TS 102 221 11.1.1.4.8). */
static sw_t read_sfi(const struct uicc *u, struct file_desc *f, const struct fcp *fcp)
{
	bool given = fcp->sfi.p != NULL;
	uint8_t sfi = f->fid & 0x1F;

	if (f->type <= FILE_ADF)
		return SW_OK;
	if (given && fcp->sfi.n == 0)
		return SW_OK;
	if (given) {
		if (fcp->sfi.n != 1 || (fcp->sfi.p[0] & 7) != 0)
			return SW_DATA;
		sfi = fcp->sfi.p[0] >> 3;
	}
	bool usable = sfi != 0 && file_sfi_ok(sfi) && fs_by_sfi(u, f->parent, sfi) == FILE_NONE;
	if (usable)
		f->sfi = sfi;
	return usable || !given ? SW_OK : SW_DATA;
}

/* Rules in EF_ARR are what this card knows; 8C 00 says that nothing is allowed. */
static sw_t read_security(struct file_desc *f, const struct fcp *fcp)
{
	struct rd r = rd_of(fcp->arr);

	if (fcp->arr.p == NULL) {
		if (fcp->compact.n == 1 && fcp->compact.p[0] == 0)
			return SW_OK;
		return fcp->compact.p != NULL || fcp->expanded.p != NULL ? SW_FUNCTION : SW_DATA;
	}
	f->arr_fid = rd_u16(&r);
	f->arr_record = rd_u8(&r);
	return rd_end(&r) && f->arr_record != 0 ? SW_OK : SW_DATA;
}

/* Creation, initialisation, deactivated or activated; without it the file is ready for use. */
static sw_t read_life_cycle(struct file_desc *f, const struct fcp *fcp)
{
	f->lcs = LCS_ACTIVATED;
	if (fcp->lcs.p != NULL) {
		if (fcp->lcs.n != 1 || fcp->lcs.p[0] == 0 || fcp->lcs.p[0] > 7 || fcp->lcs.p[0] == 2)
			return SW_DATA;
		f->lcs = fcp->lcs.p[0];
	}
	if (fcp->special.p != NULL)
		f->usable_inactive = fcp->special.n == 1 && (fcp->special.p[0] & SPECIAL_USABLE_INACTIVE) != 0;
	return SW_OK;
}

/* Of a BER-TLV file the size is what is kept for it, the maximum what counts. */
static sw_t read_size(struct file_desc *f, const struct fcp *fcp)
{
	size_t size;

	if (f->type <= FILE_ADF)
		return SW_OK;
	if (!fcp_number(f->type == FILE_BER_TLV && fcp->maximum.p != NULL ? fcp->maximum : fcp->size, &size) ||
	    size == 0)
		return SW_DATA;
	if (size > FILE_SIZE_MAX)
		return SW_NO_SPACE;
	if (f->record_len == 0) {
		f->size = (uint16_t)size;
		return SW_OK;
	}
	if (size % f->record_len != 0 || size / f->record_len > RECORDS_MAX)
		return SW_DATA;
	f->records = (uint8_t)(size / f->record_len);
	return SW_OK;
}

/* A pattern over one record, or over a transparent file. */
static void fill(struct wr *w, const struct fcp *fcp)
{
	if (fcp->repeat.n != 0) {
		for (size_t i = 0; w->n < w->cap; i = (i + 1) % fcp->repeat.n)
			wr_u8(w, fcp->repeat.p[i]);
		return;
	}
	wr_span(w, span_sub(fcp->fill, 0, w->cap));
	wr_pad(w, fcp->fill.n != 0 ? fcp->fill.p[fcp->fill.n - 1] : FILL_OCTET);
}

static sw_t put_body(struct uicc *u, uint16_t no, const struct file_desc *f, const struct fcp *fcp)
{
	size_t size = file_size(f), part = f->record_len != 0 ? f->record_len : size;

	if (f->type <= FILE_ADF || f->type == FILE_BER_TLV)
		return SW_OK;
	struct wr w = fs_new_body(u, no, size);
	for (size_t at = 0; !w.bad && at < size; at += part) {
		struct wr one = wr_of(w.p + at, part);
		fill(&one, fcp);
	}
	return w.bad ? SW_MEMORY_PROBLEM : SW_OK;
}

static sw_t describe(const struct uicc *u, struct file_desc *f, const struct fcp *fcp)
{
	sw_t sw = read_descriptor(f, fcp);

	if (sw == SW_OK)
		sw = read_name(u, f, fcp);
	if (sw == SW_OK)
		sw = read_sfi(u, f, fcp);
	if (sw == SW_OK)
		sw = read_security(f, fcp);
	if (sw == SW_OK)
		sw = read_life_cycle(f, fcp);
	return sw == SW_OK ? read_size(f, fcp) : sw;
}

/* In the current directory; the new file is the current one then. */
sw_t cmd_create_file(struct uicc *u, const struct capdu *c, struct wr *out)
{
	enum { DESCRIPTOR_ROOM = 64 }; /* for the file's own description in the store */
	struct file_desc f = { .parent = u->now.df };
	struct fcp fcp;

	(void)out;
	if (c->p1 != 0 || c->p2 != 0)
		return SW_P1P2;
	if (!fcp_parse(&fcp, c->data))
		return SW_DATA;
	sw_t sw = describe(u, &f, &fcp);
	if (sw == SW_DATA)
		return sw;
	sw_t admitted = file_admits(u, f.parent, f.type <= FILE_ADF ? ACL_CREATE_DF : ACL_CREATE_EF);
	if (admitted != SW_OK || sw != SW_OK)
		return admitted != SW_OK ? admitted : sw; /* who may not create is told nothing of what is there */
	uint16_t no = fs_free_number(u, f.parent);
	if (no == FILE_NONE || file_size(&f) + DESCRIPTOR_ROOM > nv_room(u->nv))
		return SW_NO_SPACE;
	sw = put_body(u, no, &f, &fcp);
	if (sw != SW_OK)
		return sw;
	if (!fs_change(u, no, &f))
		return SW_MEMORY_PROBLEM;
	file_make_current(u, no);
	return SW_OK;
}
