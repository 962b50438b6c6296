/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of class A0, TS 51.011 clauses 8 and 9.2. They work on the files, PINs and rules that the card has anyway:
 * CHV1 and CHV2 are PIN 01 and PIN 81, access conditions are told from EF_ARR. Applications and their files are not there.
 */
#include "auth_int.h"
#include "file.h"
#include "gsm.h"
#include "pin.h"

enum { FID_DF_GSM = 0x7F20, SRES_LEN = 4, KC_LEN = 8 };

/* TS 51.011 9.4; what is not here is the same there. */
static const struct {
	sw_t mask, sw, gsm;
} words[] = {
	{ 0xFFFF, SW_TRIES, SW_GSM_BLOCKED }, /* that was the last one */
	{ 0xFFF0, SW_TRIES, SW_GSM_ACCESS },
	{ 0xFFFF, SW_END_OF_FILE, SW_GSM_RANGE },
	{ 0xFFFF, SW_MEMORY_PROBLEM, SW_GSM_MEMORY_PROBLEM },
	{ 0xFFFF, SW_FILE_STRUCTURE, SW_GSM_FILE_STRUCTURE },
	{ 0xFFFF, SW_SECURITY, SW_GSM_ACCESS },
	{ 0xFFFF, SW_BLOCKED, SW_GSM_BLOCKED },
	{ 0xFFFF, SW_INVALIDATED, SW_GSM_INVALIDATED },
	{ 0xFFFF, SW_CONDITIONS, SW_UNKNOWN_ERROR }, /* terminated, or nothing to fetch */
	{ 0xFFFF, SW_NO_EF, SW_GSM_NO_EF },
	{ 0xFFFF, SW_FILE_NOT_FOUND, SW_GSM_FILE_NOT_FOUND },
	{ 0xFFFF, SW_RECORD_NOT_FOUND, SW_GSM_RANGE },
	{ 0xFFFF, SW_P1P2, SW_OFFSET }, /* 6B00: incorrect P1 or P2 */
	{ 0xFFFF, SW_OFFSET, SW_GSM_RANGE },
	{ 0xFFFF, SW_DATA_NOT_FOUND, SW_GSM_NO_CHV },
};

sw_t gsm_sw(sw_t sw)
{
	for (size_t i = 0; i < VU_COUNT(words); i++)
		if ((sw & words[i].mask) == words[i].sw)
			return words[i].gsm;
	return sw;
}

static unsigned children(const struct uicc *u, uint16_t df, bool dfs)
{
	unsigned n = 0;

	for (uint16_t no = 0; no < u->files; no++) {
		const struct file_desc *f = &u->file[no];
		if (f->type != 0 && f->type != FILE_ADF && f->parent == df && fs_is_df(u, no) == dfs)
			n++;
	}
	return n;
}

/* CHVs, UNBLOCK CHVs and administrative codes. */
static uint8_t count_codes(const struct uicc *u)
{
	static const uint8_t chv[] = { PIN_APPL_1, PIN2_APPL_1 };
	unsigned n = 0;

	for (size_t i = 0; i < VU_COUNT(chv); i++) {
		n += pin_query(u, chv[i]) != SW_DATA_NOT_FOUND ? 1 : 0;
		n += pin_query_unblock(u, chv[i]) != SW_DATA_NOT_FOUND ? 1 : 0;
	}
	for (uint8_t adm = PIN_ADM1; adm <= PIN_ADM5; adm++) {
		n += pin_query(u, adm) != SW_DATA_NOT_FOUND ? 1 : 0;
		n += pin_query(u, adm | PIN_SECOND) != SW_DATA_NOT_FOUND ? 1 : 0;
	}
	return (uint8_t)n;
}

/* b8: there is one; b4 to b1: tries left. From the answer to the question for them. */
static uint8_t code_status(sw_t sw)
{
	if (sw == SW_DATA_NOT_FOUND)
		return 0x00;
	return sw == SW_BLOCKED ? 0x80 : 0x80 | (sw & 0x0F);
}

/* TS 51.011 9.2.1, response to SELECT of an MF or DF: 22 octets. */
static void put_df(const struct uicc *u, struct wr *out, uint16_t no)
{
	enum {
		TYPE_MF = 0x01,
		TYPE_DF = 0x02,
		GSM_DATA_LEN = 9,
		CLOCK_MAY_STOP = 0x01, /* in either state */
		VOLTAGE_3V_1V8 = 0x30,
		CHV1_OFF = 0x80,
	};
	const struct file_desc *f = &u->file[no];
	size_t room = nv_room(u->nv);

	wr_u16(out, 0);
	wr_u16(out, (uint16_t)(room < UINT16_MAX ? room : UINT16_MAX));
	wr_u16(out, f->fid);
	wr_u8(out, f->type == FILE_MF ? TYPE_MF : TYPE_DF);
	wr_fill(out, 0, 5);
	wr_u8(out, GSM_DATA_LEN);
	wr_u8(out, CLOCK_MAY_STOP | VOLTAGE_3V_1V8 | (pin_enabled(u, PIN_APPL_1) ? 0 : CHV1_OFF));
	wr_u8(out, (uint8_t)children(u, no, true));
	wr_u8(out, (uint8_t)children(u, no, false));
	wr_u8(out, count_codes(u));
	wr_u8(out, 0);
	wr_u8(out, code_status(pin_query(u, PIN_APPL_1)));
	wr_u8(out, code_status(pin_query_unblock(u, PIN_APPL_1)));
	wr_u8(out, code_status(pin_query(u, PIN2_APPL_1)));
	wr_u8(out, code_status(pin_query_unblock(u, PIN2_APPL_1)));
}

/* TS 51.011 9.3: the level of the first of these that the rule is content with; else F, never. */
static unsigned access_level(const struct uicc *u, uint16_t no, enum acl_mode mode)
{
	enum { ALWAYS = 0x0, CHV1 = 0x1, CHV2 = 0x2, ADM = 0x4, NEVER = 0xF };

	if (acl_enough(u, no, mode, 0))
		return ALWAYS;
	if (acl_enough(u, no, mode, PIN_APPL_1))
		return CHV1;
	if (acl_enough(u, no, mode, PIN2_APPL_1))
		return CHV2;
	for (uint8_t adm = PIN_ADM1; adm <= PIN_ADM5; adm++)
		if (acl_enough(u, no, mode, adm) || acl_enough(u, no, mode, adm | PIN_SECOND))
			return ADM;
	return NEVER;
}

/* Two of them in an octet. */
static uint8_t access_levels(const struct uicc *u, uint16_t no, enum acl_mode high, enum acl_mode low)
{
	return (uint8_t)(access_level(u, no, high) << 4 | access_level(u, no, low));
}

/* TS 51.011 9.2.1, response to SELECT of an EF: 15 octets. */
static void put_ef(const struct uicc *u, struct wr *out, uint16_t no)
{
	enum {
		TYPE_EF = 0x04,
		INCREASE_ALLOWED = 0x40,
		NOT_INVALIDATED = 0x01,
		USABLE_WHEN_INVALIDATED = 0x04,
		FOLLOWING_LEN = 2,
	};
	const struct file_desc *f = &u->file[no];
	bool cyclic = f->type == FILE_CYCLIC;
	unsigned increase = cyclic ? access_level(u, no, ACL_INCREASE) : 0xF;

	wr_u16(out, 0);
	wr_u16(out, (uint16_t)file_size(f));
	wr_u16(out, f->fid);
	wr_u8(out, TYPE_EF);
	wr_u8(out, increase != 0xF ? INCREASE_ALLOWED : 0);
	wr_u8(out, access_levels(u, no, ACL_READ, ACL_UPDATE));
	wr_u8(out, (uint8_t)(increase << 4 | 0xF));
	wr_u8(out, access_levels(u, no, ACL_ACTIVATE, ACL_DEACTIVATE));
	wr_u8(out, (file_selected_sw(u, no) == SW_OK ? NOT_INVALIDATED : 0) |
			   (f->usable_inactive ? USABLE_WHEN_INVALIDATED : 0));
	wr_u8(out, FOLLOWING_LEN);
	wr_u8(out, cyclic ? 0x03 : f->type == FILE_LINEAR ? 0x01 : 0x00);
	wr_u8(out, f->record_len);
}

/* TS 51.011 6.5 is TS 102 221 8.4.1 without applications. */
static sw_t gsm_select(struct uicc *u, const struct capdu *c, struct wr *out)
{
	struct rd r = rd_of(c->data);
	uint16_t fid = rd_u16(&r);

	if (c->p1 != 0 || c->p2 != 0)
		return SW_P1P2;
	if (!rd_end(&r))
		return SW_WRONG_LENGTH;
	uint16_t no = fs_by_fid(u, &u->now, fid);
	const struct file_desc *f = fs_file(u, no);
	if (f == NULL || f->type == FILE_ADF || f->type == FILE_BER_TLV)
		return SW_FILE_NOT_FOUND;
	file_make_current(u, no);
	if (fs_is_df(u, no))
		put_df(u, out, no);
	else
		put_ef(u, out, no);
	return SW_OK;
}

/* TS 51.011 9.2.2: as much as is asked for, 67XX when that is more than there is. */
static sw_t gsm_status(struct uicc *u, const struct capdu *c, struct wr *out)
{
	if (c->p1 != 0 || c->p2 != 0)
		return SW_P1P2;
	put_df(u, out, u->now.df);
	if (c->le == 0 || c->le > out->n)
		return SW_WRONG_LENGTH | (sw_t)out->n;
	out->n = c->le;
	return SW_OK;
}

/* TS 51.011 9.2.3. There are no short identifiers, and no way to ask for "what there is": P3 = 00 are 256 octets. */
static sw_t gsm_read_binary(struct uicc *u, const struct capdu *c, struct wr *out)
{
	if ((c->p1 & 0x80) != 0)
		return SW_P1P2;
	sw_t sw = cmd_read_binary(u, c, out);
	return sw == SW_OK && out->n != c->le ? SW_END_OF_FILE : sw;
}

/* TS 51.011 9.2.5. P1 has no meaning but to name a record. */
static sw_t gsm_read_record(struct uicc *u, const struct capdu *c, struct wr *out)
{
	enum { MODE_ABSOLUTE = 4, MODE_MAX = 7 };
	struct capdu plain = *c;

	if (c->p2 > MODE_MAX)
		return SW_P1P2;
	if (c->p2 != MODE_ABSOLUTE)
		plain.p1 = 0;
	sw_t sw = cmd_read_record(u, &plain, out);
	return sw == SW_OK && out->n != c->le ? SW_WRONG_LENGTH | (sw_t)out->n : sw;
}

/* TS 51.011 9.2.9 */
static sw_t gsm_verify(struct uicc *u, const struct capdu *c, struct wr *out)
{
	(void)out;
	if (c->p1 != 0 || (c->p2 != 1 && c->p2 != 2))
		return SW_P1P2;
	if (c->data.n != PIN_LEN)
		return SW_WRONG_LENGTH;
	sw_t sw = pin_verify(u, c->p2 == 1 ? PIN_APPL_1 : PIN2_APPL_1, c->data);
	return sw == SW_INVALIDATED ? SW_GSM_CHV_STATUS : sw; /* it is switched off */
}

/* DF_GSM, or a directory somewhere below it. */
static bool in_df_gsm(const struct uicc *u, uint16_t df)
{
	for (; df != FILE_NONE; df = u->file[df].parent)
		if (u->file[df].parent == 0 && u->file[df].type == FILE_DF && u->file[df].fid == FID_DF_GSM)
			return true;
	return false;
}

/* TS 51.011 9.2.16: SRES and Kc, in a row. */
static sw_t gsm_run_algorithm(struct uicc *u, const struct capdu *c, struct wr *out)
{
	struct aka_keys keys _secret_aka_keys_ = { 0 };
	uint8_t sres[SRES_LEN], kc[KC_LEN];

	if (c->p1 != 0 || c->p2 != 0)
		return SW_P1P2;
	if (c->data.n != AKA_RAND_LEN)
		return SW_WRONG_LENGTH;
	if (!in_df_gsm(u, u->now.df) || !pin_satisfied(u, PIN_APPL_1))
		return SW_SECURITY;
	sw_t sw = file_state(u, u->now.df, ACL_UPDATE);
	if (sw == SW_OK)
		sw = aka_gsm_context(u, c->data.p, &keys);
	if (sw != SW_OK)
		return sw;
	aka_gsm(sres, kc, &keys);
	wr_span(out, SPAN(sres));
	wr_span(out, SPAN(kc));
	secret_wipe(kc, sizeof kc);
	return SW_OK;
}

/* TS 51.011 table 9. Sorted by INS. */
const struct cmd gsm_cmds[] = {
	{ 0x20, CLA_GSM, 3 | CMD_SECRET_IN, gsm_verify, "VERIFY CHV" },
	{ 0x88, CLA_GSM, 4 | CMD_SECRET_OUT, gsm_run_algorithm, "RUN GSM ALGORITHM" },
	{ INS_SELECT, CLA_GSM, 4, gsm_select, "SELECT (GSM)" },
	{ 0xB0, CLA_GSM, 2 | CMD_ON_EF, gsm_read_binary, "READ BINARY (GSM)" },
	{ 0xB2, CLA_GSM, 2 | CMD_ON_EF, gsm_read_record, "READ RECORD (GSM)" },
	{ INS_GET_RESPONSE, CLA_GSM, 2, cmd_get_response, "GET RESPONSE (GSM)" },
	{ 0xF2, CLA_GSM, 2, gsm_status, "STATUS (GSM)" },
};
const size_t gsm_cmds_n = VU_COUNT(gsm_cmds);

const struct cmd *gsm_find(uint8_t ins)
{
	for (size_t i = 0; i < gsm_cmds_n; i++)
		if (gsm_cmds[i].ins == ins)
			return &gsm_cmds[i];
	return NULL;
}
