/* SPDX-License-Identifier: Apache-2.0 */
#include "fs.h"

#include "../apdu/tlv.h"
#include "hidden.h"
#include "pin.h"

const struct file_desc *fs_file(const struct uicc *u, uint16_t no)
{
	return no < u->files && u->file[no].type != 0 ? &u->file[no] : NULL;
}

bool fs_is_df(const struct uicc *u, uint16_t no)
{
	const struct file_desc *f = fs_file(u, no);

	return f != NULL && f->type <= FILE_ADF;
}

static bool load_file(void *arg, const struct nv_item *item)
{
	struct uicc *u = arg;

	if (OBJ_KIND(item->key) != OBJ_FILE)
		return true;
	size_t no = OBJ_NUMBER(item->key);
	if (no >= FILES_MAX || !file_desc_parse(&u->file[no], span_of(item->value, item->n)))
		return false;
	if (no >= u->files)
		u->files = no + 1;
	return true;
}

bool fs_load(struct uicc *u)
{
	memset(u->file, 0, u->files * sizeof u->file[0]);
	u->files = 0;
	u->files_changed = false;
	if (!nv_each(u->nv, load_file, u) || u->file[0].type != FILE_MF || u->file[0].parent != FILE_NONE)
		return false;
	for (uint16_t no = 0; no < u->files; no++) {
		const struct file_desc *f = fs_file(u, no);
		if (f == NULL)
			continue;
		if (no != 0 && (!fs_is_df(u, f->parent) || f->parent >= no))
			return false;
		size_t content = nv_get(u->nv, OBJ(OBJ_BODY, no)).n;
		if (f->type == FILE_BER_TLV ? content > file_size(f) : f->type > FILE_ADF && content != file_size(f))
			return false;
	}
	return true;
}

bool fs_change(struct uicc *u, uint16_t no, const struct file_desc *f)
{
	uint8_t octets[64];
	struct wr w = WR(octets);

	if (no >= FILES_MAX)
		return false;
	file_desc_put(&w, f);
	nv_put(u->nv, OBJ(OBJ_FILE, no), wr_done(&w));
	u->file[no] = *f;
	if (no >= u->files)
		u->files = (size_t)no + 1;
	u->files_changed = true;
	return !w.bad;
}

void fs_remove(struct uicc *u, uint16_t no)
{
	for (uint16_t child = no + 1; child < u->files; child++) /* a child's number is above its parent's */
		if (u->file[child].type != 0 && u->file[child].parent == no)
			fs_remove(u, child);
	hidden_forget(u, no, 1);
	nv_erase(u->nv, OBJ(OBJ_FILE, no));
	nv_erase(u->nv, OBJ(OBJ_BODY, no));
	u->file[no] = (struct file_desc){ 0 };
	u->files_changed = true;
}

uint16_t fs_free_number(const struct uicc *u, uint16_t parent)
{
	for (uint16_t no = parent + 1; no < FILES_MAX; no++)
		if (u->file[no].type == 0)
			return no;
	return FILE_NONE;
}

uint16_t fs_child(const struct uicc *u, uint16_t df, uint16_t fid)
{
	for (uint16_t no = 0; no < u->files; no++)
		if (u->file[no].type != 0 && u->file[no].parent == df && u->file[no].fid == fid &&
		    u->file[no].type != FILE_ADF)
			return no;
	return FILE_NONE;
}

uint16_t fs_by_fid(const struct uicc *u, const struct chan *c, uint16_t fid)
{
	uint16_t parent = u->file[c->df].parent;

	if (fid == FID_MF)
		return 0;
	if (fid == FID_CURRENT_ADF)
		return c->adf;
	uint16_t no = fs_child(u, c->df, fid);
	if (no != FILE_NONE || parent == FILE_NONE)
		return no;
	if (u->file[c->df].type != FILE_ADF && u->file[c->df].fid == fid)
		return c->df;
	if (u->file[parent].type != FILE_ADF && u->file[parent].fid == fid)
		return parent;
	no = fs_child(u, parent, fid); /* a directory beside the current one, no EF */
	return fs_is_df(u, no) ? no : FILE_NONE;
}

uint16_t fs_by_sfi(const struct uicc *u, uint16_t df, uint8_t sfi)
{
	for (uint16_t no = 0; no < u->files; no++)
		if (u->file[no].type > FILE_ADF && u->file[no].parent == df && u->file[no].sfi == sfi)
			return no;
	return FILE_NONE;
}

uint16_t fs_by_path(const struct uicc *u, const struct chan *c, uint16_t start, struct span path)
{
	struct rd r = rd_of(path);
	uint16_t no = start;

	for (bool first = true; r.n != 0; first = false) {
		uint16_t fid = rd_u16(&r);
		if (r.bad || !fs_is_df(u, no))
			return FILE_NONE;
		if (first && fid == FID_CURRENT_ADF && start == 0)
			no = c->adf;
		else
			no = fs_child(u, no, fid);
		if (no == FILE_NONE)
			return FILE_NONE;
	}
	return no;
}

static bool aid_matches(const struct file_desc *f, struct span aid)
{
	return f->type == FILE_ADF && span_starts(span_of(f->aid, f->aid_len), aid);
}

uint16_t fs_by_aid(const struct uicc *u, const struct chan *c, struct span aid, enum fs_occurrence which)
{
	uint16_t found = FILE_NONE;

	for (uint16_t no = 0; no < u->files; no++) {
		if (!aid_matches(&u->file[no], aid))
			continue;
		if (which == FS_FIRST || (which == FS_NEXT && (c->adf == FILE_NONE || no > c->adf)))
			return no;
		if (which == FS_LAST || (which == FS_PREVIOUS && (c->adf == FILE_NONE || no < c->adf)))
			found = no;
	}
	return found;
}

uint16_t fs_adf_of(const struct uicc *u, const struct chan *c)
{
	uint16_t no = c->df;

	while (no != FILE_NONE && u->file[no].type != FILE_ADF)
		no = u->file[no].parent;
	return no;
}

/* File descriptor byte, TS 102 221 table 11.5, and what goes with it. Everything is shareable. */
static void put_descriptor(struct wr *out, const struct file_desc *f)
{
	static const uint8_t first[] = {
		[FILE_MF] = 0x78,     [FILE_DF] = 0x78,	    [FILE_ADF] = 0x78,	   [FILE_TRANSPARENT] = 0x41,
		[FILE_LINEAR] = 0x42, [FILE_CYCLIC] = 0x46, [FILE_BER_TLV] = 0x79,
	};
	size_t o = wr_tlv_open(out, 0x82);

	wr_u8(out, first[f->type]);
	wr_u8(out, 0x21); /* data coding byte */
	if (f->type == FILE_LINEAR || f->type == FILE_CYCLIC) {
		wr_u16(out, f->record_len);
		wr_u8(out, f->records);
	}
	wr_tlv_close(out, o);
}

static void put_u16_tlv(struct wr *out, uint16_t tag, uint16_t v)
{
	size_t o = wr_tlv_open(out, tag);

	wr_u16(out, v);
	wr_tlv_close(out, o);
}

static void put_u8_tlv(struct wr *out, uint16_t tag, uint8_t v)
{
	wr_tlv(out, tag, span_of(&v, 1));
}

/* Where the access rules stand, or that there are none to give anything. */
static void put_security(struct wr *out, const struct file_desc *f)
{
	if (f->arr_record == 0) {
		put_u8_tlv(out, 0x8C, 0x00);
		return;
	}
	size_t o = wr_tlv_open(out, 0x8B);
	wr_u16(out, f->arr_fid);
	wr_u8(out, f->arr_record);
	wr_tlv_close(out, o);
}

/* Proprietary information of a directory, TS 102 221 11.1.1.4.6. */
static void put_df_facts(const struct uicc *u, struct wr *out, const struct file_desc *f)
{
	static const uint8_t power[] = { 0x02, 0x0A, 0xFF }; /* class B, 10 mA, at any frequency */
	size_t facts = wr_tlv_open(out, 0xA5);

	put_u8_tlv(out, 0x80, 0x71); /* UICC characteristics: clock stop allowed, no preference */
	if (f->type == FILE_ADF) {
		wr_tlv(out, 0x81, SPAN(power));
		put_u8_tlv(out, 0x82, 0xFF); /* runs at any clock */
	}
	size_t memory = wr_tlv_open(out, 0x83);
	wr_u32(out, (uint32_t)nv_room(u->nv));
	wr_tlv_close(out, memory);
	if (f->type == FILE_MF) {
		put_u8_tlv(out, 0x87, 0x01); /* commands of the system: TERMINAL CAPABILITY */
		put_u8_tlv(out, 0x88, 0x00); /* no special environment */
	}
	wr_tlv_close(out, facts);
}

static void put_df(const struct uicc *u, struct wr *out, uint16_t no)
{
	const struct file_desc *f = &u->file[no];

	put_df_facts(u, out, f);
	put_u8_tlv(out, 0x8A, f->lcs);
	put_security(out, f);
	pin_put_status(u, out, no);
}

/* Proprietary information of an EF, when there is any. */
static void put_ef_facts(struct wr *out, const struct file_desc *f)
{
	if (f->type != FILE_BER_TLV && !f->usable_inactive)
		return;
	size_t facts = wr_tlv_open(out, 0xA5);
	if (f->type == FILE_BER_TLV) {
		put_u8_tlv(out, 0x84, 0x01); /* DER */
		put_u16_tlv(out, 0x85, f->size); /* kept for it, and the most it can have: the same */
		put_u16_tlv(out, 0x86, f->size);
	}
	if (f->usable_inactive)
		put_u8_tlv(out, 0xC0, 0x40);
	wr_tlv_close(out, facts);
}

static void put_ef(const struct uicc *u, struct wr *out, uint16_t no)
{
	const struct file_desc *f = &u->file[no];
	size_t size = f->type == FILE_BER_TLV ? fs_body(u, no).n : file_size(f);

	put_ef_facts(out, f);
	put_u8_tlv(out, 0x8A, f->lcs);
	put_security(out, f);
	put_u16_tlv(out, 0x80, (uint16_t)size);
	put_u16_tlv(out, 0x81, (uint16_t)file_size(f)); /* with what is still free */
	if (f->sfi != 0)
		put_u8_tlv(out, 0x88, (uint8_t)(f->sfi << 3));
	else
		wr_tlv(out, 0x88, (struct span){ 0 }); /* an empty one says: no SFI */
}

void fs_put_fcp(const struct uicc *u, struct wr *out, uint16_t no)
{
	const struct file_desc *f = &u->file[no];
	size_t fcp = wr_tlv_open(out, 0x62);

	put_descriptor(out, f);
	if (f->type != FILE_ADF)
		put_u16_tlv(out, 0x83, f->fid);
	else
		wr_tlv(out, 0x84, span_of(f->aid, f->aid_len));
	if (f->type <= FILE_ADF)
		put_df(u, out, no);
	else
		put_ef(u, out, no);
	wr_tlv_close(out, fcp);
}

struct span fs_body(const struct uicc *u, uint16_t no)
{
	return nv_get(u->nv, OBJ(OBJ_BODY, no));
}

struct span fs_record(const struct uicc *u, uint16_t no, unsigned record)
{
	const struct file_desc *f = fs_file(u, no);

	if (f == NULL || record == 0 || record > f->records)
		return (struct span){ 0 };
	return span_sub(fs_body(u, no), (size_t)(record - 1) * f->record_len, f->record_len);
}

struct wr fs_edit(struct uicc *u, uint16_t no, size_t from, size_t n)
{
	return nv_edit(u->nv, OBJ(OBJ_BODY, no), from, n);
}

bool fs_has_room(const struct uicc *u, uint16_t no, size_t n)
{
	size_t now = fs_body(u, no).n;

	return n <= now || n - now <= nv_room(u->nv);
}

struct wr fs_new_body(struct uicc *u, uint16_t no, size_t n)
{
	return nv_new(u->nv, OBJ(OBJ_BODY, no), n);
}

struct wr fs_edit_record(struct uicc *u, uint16_t no, unsigned record)
{
	const struct file_desc *f = fs_file(u, no);

	if (f == NULL || record == 0 || record > f->records)
		return (struct wr){ .bad = true };
	return fs_edit(u, no, (size_t)(record - 1) * f->record_len, f->record_len);
}
