/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of files after they were made: ACTIVATE and DEACTIVATE FILE (TS 102 221 clauses 11.1.14 and 11.1.15), DELETE,
 * TERMINATE and RESIZE (TS 102 222 clauses 6.4 to 6.10).
 *
 * Files may be shared between channels: one that is deleted is selected nowhere any more, which the dispatcher sees to.
 */
#include "fcp.h"
#include "file.h"
#include "hidden.h"

enum { BY_FID = 0x00, BY_PATH_FROM_MF = 0x08, BY_PATH_FROM_DF = 0x09 };

/* The file that the data name: P1 00 an FID as SELECT takes it, no data the current EF; 08 and 09 a path. */
static sw_t named_file(const struct uicc *u, const struct capdu *c, uint16_t *ret_no)
{
	struct rd r = rd_of(c->data);

	if (c->p2 != 0 || (c->p1 != BY_FID && c->p1 != BY_PATH_FROM_MF && c->p1 != BY_PATH_FROM_DF))
		return SW_P1P2;
	if (c->p1 == BY_FID && c->data.n == 0) {
		*ret_no = u->now.ef;
		return *ret_no != FILE_NONE ? SW_OK : SW_NO_EF;
	}
	if (c->data.n == 0 || c->data.n % 2 != 0 || (c->p1 == BY_FID && c->data.n != 2))
		return SW_LC_P1P2;
	if (c->p1 == BY_FID)
		*ret_no = fs_by_fid(u, &u->now, rd_u16(&r));
	else
		*ret_no = fs_by_path(u, &u->now, c->p1 == BY_PATH_FROM_MF ? 0 : u->now.df, c->data);
	return *ret_no != FILE_NONE ? SW_OK : SW_FILE_NOT_FOUND;
}

/* The same for the commands of TS 102 222, which know no paths. */
static sw_t named_by_fid(const struct uicc *u, const struct capdu *c, uint16_t *ret_no)
{
	return c->p1 == BY_FID ? named_file(u, c, ret_no) : SW_P1P2;
}

static sw_t set_life_cycle(struct uicc *u, uint16_t no, uint8_t lcs, enum acl_mode mode)
{
	struct file_desc f = u->file[no];

	sw_t sw = file_admits(u, no, mode);
	if (sw != SW_OK)
		return sw;
	f.lcs = lcs;
	if (!fs_change(u, no, &f))
		return SW_MEMORY_PROBLEM;
	file_make_current(u, no);
	return SW_OK;
}

sw_t cmd_deactivate_file(struct uicc *u, const struct capdu *c, struct wr *out)
{
	uint16_t no;

	(void)out;
	sw_t sw = named_file(u, c, &no);
	return sw == SW_OK ? set_life_cycle(u, no, LCS_DEACTIVATED, ACL_DEACTIVATE) : sw;
}

sw_t cmd_activate_file(struct uicc *u, const struct capdu *c, struct wr *out)
{
	uint16_t no;

	(void)out;
	sw_t sw = named_file(u, c, &no);
	return sw == SW_OK ? set_life_cycle(u, no, LCS_ACTIVATED, ACL_ACTIVATE) : sw;
}

/* TS 102 222 6.8 */
sw_t cmd_terminate_ef(struct uicc *u, const struct capdu *c, struct wr *out)
{
	uint16_t no;

	(void)out;
	sw_t sw = named_by_fid(u, c, &no);
	if (sw == SW_OK && fs_is_df(u, no))
		sw = SW_FILE_STRUCTURE;
	return sw == SW_OK ? set_life_cycle(u, no, LCS_TERMINATED, ACL_TERMINATE) : sw;
}

/* TS 102 222 6.7. Without data: the current directory. The MF has a command of its own. */
sw_t cmd_terminate_df(struct uicc *u, const struct capdu *c, struct wr *out)
{
	uint16_t no = u->now.df;
	sw_t sw = c->p1 == 0 && c->p2 == 0 ? SW_OK : SW_P1P2;

	(void)out;
	if (sw == SW_OK && c->data.n != 0)
		sw = named_by_fid(u, c, &no);
	if (sw == SW_OK && !fs_is_df(u, no))
		sw = SW_FILE_STRUCTURE;
	if (sw == SW_OK && no == 0)
		sw = SW_CONDITIONS;
	return sw == SW_OK ? set_life_cycle(u, no, LCS_TERMINATED, ACL_TERMINATE) : sw;
}

/* TS 102 222 6.9 */
sw_t cmd_terminate_card(struct uicc *u, const struct capdu *c, struct wr *out)
{
	(void)out;
	if (c->p1 != 0 || c->p2 != 0)
		return SW_P1P2;
	return set_life_cycle(u, 0, LCS_TERMINATED, ACL_TERMINATE);
}

/* The file's own rule, or that of the directory it lies in. */
static sw_t may_delete(const struct uicc *u, uint16_t no)
{
	sw_t sw = file_admits(u, no, ACL_DELETE);

	return sw == SW_SECURITY ? file_admits(u, u->file[no].parent, ACL_DELETE_CHILD) : sw;
}

/* TS 102 222 6.4: with everything below. The directory it lay in is the current one then. */
sw_t cmd_delete_file(struct uicc *u, const struct capdu *c, struct wr *out)
{
	uint16_t no;

	(void)out;
	sw_t sw = named_by_fid(u, c, &no);
	if (sw != SW_OK)
		return sw;
	if (no == 0)
		return SW_CONDITIONS;
	sw = may_delete(u, no);
	if (sw != SW_OK)
		return sw;
	uint16_t parent = u->file[no].parent;
	fs_remove(u, no);
	file_make_current(u, parent);
	return SW_OK;
}

/* The descriptor with its new size. */
static sw_t resized(const struct uicc *u, uint16_t no, const struct fcp *fcp, struct file_desc *ret)
{
	size_t size;

	*ret = u->file[no];
	if (!fcp_number(ret->type == FILE_BER_TLV && fcp->maximum.p != NULL ? fcp->maximum : fcp->size, &size) ||
	    size == 0)
		return SW_DATA;
	if (size > FILE_SIZE_MAX)
		return SW_NO_SPACE;
	switch (ret->type) {
	case FILE_TRANSPARENT:
	case FILE_BER_TLV:
		ret->size = (uint16_t)size;
		return SW_OK;
	case FILE_LINEAR:
		if (size % ret->record_len != 0 || size / ret->record_len > RECORDS_MAX)
			return SW_DATA;
		ret->records = (uint8_t)(size / ret->record_len);
		return SW_OK;
	case FILE_CYCLIC: /* which record would be the oldest then? */
	case FILE_MF:
	case FILE_DF:
	case FILE_ADF:
	default:
		return SW_FILE_STRUCTURE;
	}
}

/* What stands in the file stays as far as there is room; the rest is FF. */
static sw_t resize_body(struct uicc *u, uint16_t no, size_t size)
{
	struct span old = fs_body(u, no);

	if (u->file[no].type == FILE_BER_TLV)
		return old.n <= size ? SW_OK : SW_NO_SPACE;
	if (!fs_has_room(u, no, size))
		return SW_NO_SPACE;
	if (size == old.n)
		return SW_OK;
	struct wr w = fs_new_body(u, no, size);
	wr_span(&w, span_sub(old, 0, size));
	wr_pad(&w, 0xFF);
	return w.bad ? SW_MEMORY_PROBLEM : SW_OK;
}

/* TS 102 222 6.10 */
sw_t cmd_resize_file(struct uicc *u, const struct capdu *c, struct wr *out)
{
	struct file_desc f;
	struct fcp fcp;
	size_t fid;

	(void)out;
	if (c->p1 != 0 || c->p2 != 0)
		return SW_P1P2;
	if (!fcp_parse(&fcp, c->data) || fcp.fid.n != 2 || !fcp_number(fcp.fid, &fid))
		return SW_DATA;
	uint16_t no = fs_by_fid(u, &u->now, (uint16_t)fid);
	if (no == FILE_NONE)
		return SW_FILE_NOT_FOUND;
	sw_t sw = file_admits(u, no, ACL_RESIZE);
	if (sw == SW_OK)
		sw = resized(u, no, &fcp, &f);
	if (sw == SW_OK)
		sw = resize_body(u, no, file_size(&f));
	if (sw != SW_OK)
		return sw;
	if (f.records < u->file[no].records)
		hidden_forget(u, no, f.records + 1u);
	if (!fs_change(u, no, &f))
		return SW_MEMORY_PROBLEM;
	file_make_current(u, no);
	return SW_OK;
}
