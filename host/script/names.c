/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"

#include "../../apdu/auth.h"
#include "../../apdu/hex.h"
#include "../../apdu/sw.h"
#include "../../apdu/tlv.h"

#include <stdio.h>

const struct names_file names_files[] = {
	{ NAMES_MF, 0x3F00, 0, "MF" },
	{ NAMES_MF, 0x2F00, 0x1E, "EF.DIR" },
	{ NAMES_MF, 0x2F05, 0x05, "EF.PL" },
	{ NAMES_MF, 0x2F06, 0x06, "EF.ARR" },
	{ NAMES_MF, 0x2F08, 0, "EF.UMPC" },
	{ NAMES_MF, 0x2FE2, 0x02, "EF.ICCID" },
	{ NAMES_USIM, 0x5F3A, 0, "DF.PHONEBOOK" },
	{ NAMES_USIM, 0x5F3B, 0, "DF.GSM-ACCESS" },
	{ NAMES_USIM, 0x5FC0, 0, "DF.5GS" },
	{ NAMES_USIM, 0x6F05, 0x02, "EF.LI" },
	{ NAMES_USIM, 0x6F06, 0x17, "EF.ARR" },
	{ NAMES_USIM, 0x6F07, 0x07, "EF.IMSI" },
	{ NAMES_USIM, 0x6F08, 0x08, "EF.KEYS" },
	{ NAMES_USIM, 0x6F09, 0x09, "EF.KEYSPS" },
	{ NAMES_USIM, 0x6F0A, 0, "EF.GBAUAPI" },
	{ NAMES_USIM, 0x6F31, 0x12, "EF.HPPLMN" },
	{ NAMES_USIM, 0x6F38, 0x04, "EF.UST" },
	{ NAMES_USIM, 0x6F39, 0, "EF.ACM" },
	{ NAMES_USIM, 0x6F3B, 0, "EF.FDN" },
	{ NAMES_USIM, 0x6F3C, 0, "EF.SMS" },
	{ NAMES_USIM, 0x6F42, 0, "EF.SMSP" },
	{ NAMES_USIM, 0x6F43, 0, "EF.SMSS" },
	{ NAMES_USIM, 0x6F46, 0, "EF.SPN" },
	{ NAMES_USIM, 0x6F56, 0x05, "EF.EST" },
	{ NAMES_USIM, 0x6F5B, 0x0F, "EF.START-HFN" },
	{ NAMES_USIM, 0x6F5C, 0x10, "EF.THRESHOLD" },
	{ NAMES_USIM, 0x6F73, 0x0C, "EF.PSLOCI" },
	{ NAMES_USIM, 0x6F78, 0x06, "EF.ACC" },
	{ NAMES_USIM, 0x6F7B, 0x0D, "EF.FPLMN" },
	{ NAMES_USIM, 0x6F7E, 0x0B, "EF.LOCI" },
	{ NAMES_USIM, 0x6FAD, 0x03, "EF.AD" },
	{ NAMES_USIM, 0x6FB7, 0x01, "EF.ECC" },
	{ NAMES_USIM, 0x6FC4, 0, "EF.NETPAR" },
	{ NAMES_USIM, 0x6FD6, 0, "EF.GBABP" },
	{ NAMES_USIM, 0x6FD7, 0, "EF.MSK" },
	{ NAMES_USIM, 0x6FD8, 0, "EF.MUK" },
	{ NAMES_USIM, 0x6FDA, 0, "EF.GBANL" },
	{ NAMES_USIM, 0x6FE3, 0x1E, "EF.EPSLOCI" },
	{ NAMES_USIM, 0x6FE4, 0x18, "EF.EPSNSC" },
	{ NAMES_ISIM, 0x6F02, 0x02, "EF.IMPI" },
	{ NAMES_ISIM, 0x6F03, 0x05, "EF.DOMAIN" },
	{ NAMES_ISIM, 0x6F04, 0x04, "EF.IMPU" },
	{ NAMES_ISIM, 0x6F06, 0x06, "EF.ARR" },
	{ NAMES_ISIM, 0x6F07, 0x07, "EF.IST" },
	{ NAMES_ISIM, 0x6F09, 0, "EF.P-CSCF" },
	{ NAMES_ISIM, 0x6FAD, 0x03, "EF.AD" },
	{ NAMES_ISIM, 0x6FD5, 0, "EF.GBABP" },
	{ NAMES_ISIM, 0x6FD7, 0, "EF.GBANL" },
};

const size_t names_n_files = VU_COUNT(names_files);

static const uint8_t usim_aid[] = { 0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02 };
static const uint8_t isim_aid[] = { 0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x04 };

struct span names_aid(enum names_app app)
{
	switch (app) {
	case NAMES_USIM:
		return SPAN(usim_aid);
	case NAMES_ISIM:
		return SPAN(isim_aid);
	case NAMES_MF:
	default:
		return (struct span){ 0 };
	}
}

enum { SELECT_BY_FID = 0x00, SELECT_BY_NAME = 0x04, SELECT_FROM_MF = 0x08, SELECT_FROM_DF = 0x09 };

static const struct {
	uint8_t ins;
	const char *name;
} commands[] = {
	{ 0x04, "DEACTIVATE FILE" },
	{ 0x10, "TERMINAL PROFILE" },
	{ 0x12, "FETCH" },
	{ 0x14, "TERMINAL RESPONSE" },
	{ 0x20, "VERIFY PIN" },
	{ 0x24, "CHANGE PIN" },
	{ 0x26, "DISABLE PIN" },
	{ 0x28, "ENABLE PIN" },
	{ 0x2C, "UNBLOCK PIN" },
	{ 0x32, "INCREASE" },
	{ 0x44, "ACTIVATE FILE" },
	{ 0x70, "MANAGE CHANNEL" },
	{ INS_SUSPEND_UICC, "SUSPEND UICC" },
	{ 0x84, "GET CHALLENGE" },
	{ INS_AUTHENTICATE, "AUTHENTICATE" },
	{ INS_AUTHENTICATE_ODD, "AUTHENTICATE" },
	{ 0xA2, "SEARCH RECORD" },
	{ INS_SELECT, "SELECT" },
	{ 0xAA, "TERMINAL CAPABILITY" },
	{ INS_READ_BINARY, "READ BINARY" },
	{ 0xB2, "READ RECORD" },
	{ INS_GET_RESPONSE, "GET RESPONSE" },
	{ 0xC2, "ENVELOPE" },
	{ 0xCB, "RETRIEVE DATA" },
	{ 0xD4, "RESIZE FILE" },
	{ 0xD6, "UPDATE BINARY" },
	{ 0xDB, "SET DATA" },
	{ 0xDC, "UPDATE RECORD" },
	{ 0xE0, "CREATE FILE" },
	{ 0xE4, "DELETE FILE" },
	{ 0xE6, "TERMINATE DF" },
	{ 0xE8, "TERMINATE EF" },
	{ 0xF2, "STATUS" },
	{ 0xFE, "TERMINATE CARD USAGE" },
};

static const struct names_file *by_fid(enum names_app app, uint16_t fid)
{
	const struct names_file *f = NULL;

	for (size_t i = 0; i < names_n_files; i++)
		if (names_files[i].fid == fid && (names_files[i].app == app || (f == NULL && fid >> 8 == 0x3F)))
			f = &names_files[i];
	return f;
}

static const struct names_file *by_sfi(enum names_app app, uint8_t sfi)
{
	for (size_t i = 0; i < names_n_files; i++)
		if (names_files[i].app == app && names_files[i].sfi == sfi && sfi != 0)
			return &names_files[i];
	return NULL;
}

/* What a SELECT selects: the application it ends in, and the file. */
static struct names selected(const struct names *n, const struct capdu *c)
{
	struct names now = { .app = c->p1 == SELECT_FROM_MF ? NAMES_MF : n->app };
	struct rd r = rd_of(c->data);

	if (c->p1 == SELECT_BY_NAME) {
		now.app = span_starts(c->data, SPAN(usim_aid))	 ? NAMES_USIM
			  : span_starts(c->data, SPAN(isim_aid)) ? NAMES_ISIM
								 : NAMES_MF;
		return now;
	}
	while (r.n >= 2) {
		uint16_t fid = rd_u16(&r);
		if (fid == 0x7FFF)
			now.app = n->app;
		if (fid == 0x3F00)
			now.app = NAMES_MF;
		now.file = by_fid(now.app, fid);
		if (now.file == NULL)
			now.file = by_fid(NAMES_MF, fid);
	}
	return now;
}

static void put_select(const struct names *n, struct wr *out, const struct capdu *c)
{
	static const char *const apps[] = { "", " ADF.USIM", " ADF.ISIM" };
	struct names to = selected(n, c);

	if (c->p1 == SELECT_BY_NAME) {
		wr_str(out, to.app == NAMES_MF ? " application " : apps[to.app]);
		if (to.app == NAMES_MF)
			hex_put(out, c->data);
	} else if (to.file != NULL) {
		wr_str(out, " ");
		wr_str(out, to.file->name);
	} else {
		wr_str(out, " ");
		hex_put(out, c->data);
	}
}

static void put_file(const struct names *n, struct wr *out, const struct capdu *c)
{
	bool record = c->ins == 0xB2 || c->ins == 0xDC || c->ins == 0xA2;
	uint8_t sfi = record ? c->p2 >> 3 : (c->p1 & 0x80) != 0 ? c->p1 & 0x1F : 0;
	const struct names_file *f = sfi != 0 ? by_sfi(n->app, sfi) : n->file;
	char text[32];

	if (f != NULL) {
		wr_str(out, " ");
		wr_str(out, f->name);
	}
	if (record && c->p1 != 0) {
		snprintf(text, sizeof text, " %u", c->p1);
		wr_str(out, text);
	}
}

static void put_context(struct wr *out, const struct capdu *c)
{
	static const struct {
		uint8_t p2;
		const char *name;
	} contexts[] = {
		{ AUTH_GSM, " GSM" }, { AUTH_3G, " 3G" },     { AUTH_VGCS, " VGCS" },
		{ AUTH_GBA, " GBA" }, { AUTH_MBMS, " MBMS" }, { AUTH_LOCAL_KEY, " local key" },
	};
	struct rd r = rd_of(c->data);
	uint8_t tag = r.n != 0 ? rd_u8(&r) : 0;

	for (size_t i = 0; i < VU_COUNT(contexts); i++)
		if (contexts[i].p2 == c->p2)
			wr_str(out, contexts[i].name);
	if (c->p2 == AUTH_GBA && (tag == AUTH_TAG_BOOTSTRAP || tag == AUTH_TAG_NAF))
		wr_str(out, tag == AUTH_TAG_NAF ? " NAF derivation" : " bootstrapping");
	if (c->ins == INS_AUTHENTICATE_ODD && (c->p1 & 0x20) != 0)
		wr_str(out, " response");
}

void names_command(const struct names *n, struct wr *out, struct span capdu)
{
	const char *name = "a command that is not known here";
	struct capdu c;

	if (!capdu_parse(&c, capdu)) {
		wr_str(out, "no APDU");
		return;
	}
	for (size_t i = 0; i < VU_COUNT(commands); i++)
		if (commands[i].ins == c.ins)
			name = commands[i].name;
	wr_str(out, name);
	if (c.ins == INS_SELECT)
		put_select(n, out, &c);
	else if (c.ins == INS_AUTHENTICATE || c.ins == INS_AUTHENTICATE_ODD)
		put_context(out, &c);
	else if (c.ins == INS_READ_BINARY || c.ins == 0xB2 || c.ins == 0xD6 || c.ins == 0xDC || c.ins == 0xA2)
		put_file(n, out, &c);
}

void names_follow(struct names *n, struct span capdu, struct span rapdu)
{
	struct rd r = rd_of(rapdu);
	struct capdu c;

	if (!capdu_parse(&c, capdu) || rapdu.n < 2)
		return;
	(void)rd_take(&r, rapdu.n - 2);
	sw_t sw = rd_u16(&r);
	/* Over T=0 a file is selected while its FCP waits for GET RESPONSE. */
	if (!sw_ok(sw) && (sw & 0xFF00) != SW_MORE && (sw & 0xFF00) != SW_GSM_MORE)
		return;
	if (c.ins == INS_SELECT)
		*n = selected(n, &c);
}
