/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include "data.h"

void file_make_current(struct uicc *u, uint16_t no)
{
	transfer_drop(&u->transfer[u->channel]);
	u->now.record = 0;
	if (!fs_is_df(u, no)) {
		u->now.df = u->file[no].parent;
		u->now.ef = no;
		return;
	}
	u->now.df = no;
	u->now.ef = FILE_NONE;
	if (u->file[no].type == FILE_ADF)
		u->now.adf = no;
}

/* TS 102 221 11.1.1.4.9: bits 1 and 2 of these two do not matter. */
static bool is_terminated(const struct file_desc *f)
{
	return (f->lcs & 0xFC) == LCS_TERMINATED;
}

static bool is_deactivated(const struct file_desc *f)
{
	return (f->lcs & 0xFD) == LCS_DEACTIVATED;
}

sw_t file_selected_sw(const struct uicc *u, uint16_t no)
{
	if (is_terminated(&u->file[no]))
		return SW_FILE_TERMINATED;
	return is_deactivated(&u->file[no]) ? SW_FILE_INVALIDATED : SW_OK;
}

static bool needs_no_activation(const struct file_desc *f, enum acl_mode mode)
{
	if (mode == ACL_READ || mode == ACL_UPDATE) /* of a directory, other modes have these values */
		return f->type > FILE_ADF && f->usable_inactive;
	return mode == ACL_ACTIVATE || mode == ACL_DEACTIVATE || mode == ACL_TERMINATE || mode == ACL_DELETE;
}

sw_t file_state(const struct uicc *u, uint16_t no, enum acl_mode mode)
{
	bool deactivated = false;

	for (uint16_t at = no; at != FILE_NONE; at = u->file[at].parent) {
		if (is_terminated(&u->file[at]) && (at != no || mode != ACL_DELETE))
			return SW_CONDITIONS;
		deactivated = deactivated || is_deactivated(&u->file[at]);
	}
	return deactivated && !needs_no_activation(&u->file[no], mode) ? SW_INVALIDATED : SW_OK;
}

sw_t file_admits(const struct uicc *u, uint16_t no, enum acl_mode mode)
{
	sw_t sw = file_state(u, no, mode);

	return sw == SW_OK ? acl_check(u, no, mode) : sw;
}

sw_t file_open(struct uicc *u, uint8_t sfi, unsigned structures, enum acl_mode mode, uint16_t *ret_no)
{
	if (sfi != 0) {
		uint16_t no = fs_by_sfi(u, u->now.df, sfi);
		if (no == FILE_NONE)
			return SW_FILE_NOT_FOUND;
		file_make_current(u, no);
	}
	if (u->now.ef == FILE_NONE)
		return SW_NO_EF;
	if ((FILE_TYPE_BIT(u->file[u->now.ef].type) & structures) == 0)
		return SW_FILE_STRUCTURE;
	*ret_no = u->now.ef;
	return file_admits(u, *ret_no, mode);
}

bool file_sfi_ok(uint8_t sfi)
{
	return sfi != 0x1F;
}
