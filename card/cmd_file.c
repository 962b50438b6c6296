/* SPDX-License-Identifier: Apache-2.0 */
/* SELECT, STATUS, READ and UPDATE BINARY: TS 102 221 clauses 11.1.1 to 11.1.4. */
#include "../apdu/tlv.h"
#include "file.h"

enum { P2_FCP = 0x04, P2_NO_DATA = 0x0C, P2_RETURN_MASK = 0x1C, P2_TERMINATE = 0x40, P2_RFU = 0xA0 };

static uint16_t rd_fid(struct span data)
{
	struct rd r = rd_of(data);
	uint16_t fid = rd_u16(&r);

	return rd_end(&r) ? fid : 0;
}

/* P1 says how the data name the file. FILE_NONE when there is none, with 6A86 or 6A82 in *ret_sw. */
static uint16_t select_target(const struct uicc *u, const struct capdu *c, sw_t *ret_sw)
{
	*ret_sw = SW_FILE_NOT_FOUND;
	if (c->p1 != 0x04 && (c->p2 & ~P2_RETURN_MASK) != 0) { /* session and occurrence go with an AID alone */
		*ret_sw = SW_P1P2;
		return FILE_NONE;
	}
	switch (c->p1) {
	case 0x00: /* FID; no data stands for the MF, ISO 7816-4 */
		if (c->data.n == 0)
			return 0;
		return fs_by_fid(u, &u->now, rd_fid(c->data));
	case 0x01: {
		uint16_t no = fs_child(u, u->now.df, rd_fid(c->data));
		return fs_is_df(u, no) ? no : FILE_NONE;
	}
	case 0x03:
		return u->file[u->now.df].parent;
	case 0x04:
		return fs_by_aid(u, &u->now, c->data, (enum fs_occurrence)(c->p2 & 3));
	case 0x08:
		return fs_by_path(u, &u->now, 0, c->data);
	case 0x09:
		return fs_by_path(u, &u->now, u->now.df, c->data);
	default:
		*ret_sw = SW_P1P2;
		return FILE_NONE;
	}
}

/* What SELECT wants in its data field, by P1. */
static bool select_length_fits(const struct capdu *c)
{
	switch (c->p1) {
	case 0x00:
		return c->data.n == 0 || c->data.n == 2;
	case 0x01:
		return c->data.n == 2;
	case 0x03:
		return c->data.n == 0;
	case 0x04:
		return c->data.n >= 1 && c->data.n <= AID_MAX;
	default:
		return c->data.n >= 2 && c->data.n % 2 == 0;
	}
}

sw_t cmd_select(struct uicc *u, const struct capdu *c, struct wr *out)
{
	uint8_t what = c->p2 & P2_RETURN_MASK;
	sw_t sw;

	if ((what != P2_FCP && what != P2_NO_DATA) || (c->p2 & P2_RFU) != 0)
		return SW_P1P2;
	if (c->p1 > 0x04 && c->p1 != 0x08 && c->p1 != 0x09)
		return SW_P1P2;
	if (!select_length_fits(c))
		return SW_LC_P1P2;
	uint16_t no = select_target(u, c, &sw);
	if (no == FILE_NONE)
		return sw;
	bool terminate = (c->p2 & P2_TERMINATE) != 0;
	if (terminate && no != u->now.adf) /* there is no session of it here that could end */
		return SW_CONDITIONS;
	file_make_current(u, no);
	if (terminate) { /* TS 102 221 8.5: back to the MF; what the PINs of the application gave ends with it */
		file_make_current(u, 0);
		u->now.adf = FILE_NONE;
	}
	if (what == P2_FCP)
		fs_put_fcp(u, out, no);
	return file_selected_sw(u, no);
}

/* TS 102 221 11.1.2. P1: what the terminal says of the application, which changes nothing here. */
sw_t cmd_status(struct uicc *u, const struct capdu *c, struct wr *out)
{
	if (c->p1 > 0x02)
		return SW_P1P2;
	switch (c->p2) {
	case 0x00:
		fs_put_fcp(u, out, u->now.df);
		return SW_OK;
	case 0x01: {
		const struct file_desc *adf = fs_file(u, u->now.adf);
		if (adf == NULL)
			return SW_DATA_NOT_FOUND;
		wr_tlv(out, 0x84, span_of(adf->aid, adf->aid_len));
		return SW_OK;
	}
	case 0x0C:
		return SW_OK;
	default:
		return SW_P1P2;
	}
}

struct binary_target {
	uint16_t no;
	size_t offset;
};

/* P1 b8 set: SFI in P1, offset in P2. Else 15 bits of offset. */
static sw_t binary_target(struct uicc *u, const struct capdu *c, enum acl_mode mode, struct binary_target *ret)
{
	bool by_sfi = (c->p1 & 0x80) != 0;

	if (by_sfi && ((c->p1 & 0x60) != 0 || (c->p1 & 0x1F) == 0 || !file_sfi_ok(c->p1 & 0x1F)))
		return SW_P1P2;
	sw_t sw = file_open(u, by_sfi ? c->p1 & 0x1F : 0, WITH_OCTETS, mode, &ret->no);
	if (sw != SW_OK)
		return sw;
	ret->offset = by_sfi ? c->p2 : (size_t)c->p1 << 8 | c->p2;
	return ret->offset < u->file[ret->no].size ? SW_OK : SW_OFFSET;
}

sw_t cmd_read_binary(struct uicc *u, const struct capdu *c, struct wr *out)
{
	struct binary_target t;
	sw_t sw = binary_target(u, c, ACL_READ, &t);

	if (sw != SW_OK)
		return sw;
	size_t wanted = c->le != 0 ? c->le : APDU_LE_MAX;
	struct span part = span_sub(fs_body(u, t.no), t.offset, wanted);
	wr_span(out, part);
	/* Le = 00 asks for what there is; any other number that the file cannot give is a warning. */
	return part.n < wanted && wanted != APDU_LE_MAX ? SW_END_OF_FILE : SW_OK;
}

sw_t cmd_update_binary(struct uicc *u, const struct capdu *c, struct wr *out)
{
	struct binary_target t;
	sw_t sw = binary_target(u, c, ACL_UPDATE, &t);

	(void)out;
	if (sw != SW_OK)
		return sw;
	if (c->data.n > u->file[t.no].size - t.offset)
		return SW_WRONG_LENGTH;
	struct wr w = fs_edit(u, t.no, t.offset, c->data.n);
	wr_span(&w, c->data);
	return w.bad ? SW_MEMORY_PROBLEM : SW_OK;
}
