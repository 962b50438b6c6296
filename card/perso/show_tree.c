/* SPDX-License-Identifier: Apache-2.0 */
#include "access.h"
#include "show.h"

/* Names of TS 102 221 and TS 31.102, by the directory's kind and the FID. */
static const struct {
	enum file_type parent;
	uint16_t fid;
	const char *name;
} names[] = {
	{ FILE_MF, 0x2F00, "EF_DIR" },	      { FILE_MF, 0x2F05, "EF_PL" },	 { FILE_MF, 0x2F06, "EF_ARR" },
	{ FILE_MF, 0x2F08, "EF_UMPC" },	      { FILE_MF, 0x2FE2, "EF_ICCID" },	 { FILE_ADF, 0x5F3B, "DF_GSM-ACCESS" },
	{ FILE_ADF, 0x6F05, "EF_LI" },	      { FILE_ADF, 0x6F06, "EF_ARR" },	 { FILE_ADF, 0x6F07, "EF_IMSI" },
	{ FILE_ADF, 0x6F08, "EF_Keys" },      { FILE_ADF, 0x6F09, "EF_KeysPS" }, { FILE_ADF, 0x6F0A, "EF_GBAUAPI" },
	{ FILE_ADF, 0x6F31, "EF_HPPLMN" },    { FILE_ADF, 0x6F38, "EF_UST" },	 { FILE_ADF, 0x6F3B, "EF_FDN" },
	{ FILE_ADF, 0x6F3C, "EF_SMS" },	      { FILE_ADF, 0x6F42, "EF_SMSP" },	 { FILE_ADF, 0x6F43, "EF_SMSS" },
	{ FILE_ADF, 0x6F46, "EF_SPN" },	      { FILE_ADF, 0x6F56, "EF_EST" },	 { FILE_ADF, 0x6F5B, "EF_START-HFN" },
	{ FILE_ADF, 0x6F5C, "EF_THRESHOLD" }, { FILE_ADF, 0x6F73, "EF_PSLOCI" }, { FILE_ADF, 0x6F78, "EF_ACC" },
	{ FILE_ADF, 0x6F7B, "EF_FPLMN" },     { FILE_ADF, 0x6F7E, "EF_LOCI" },	 { FILE_ADF, 0x6FAD, "EF_AD" },
	{ FILE_ADF, 0x6FB7, "EF_ECC" },	      { FILE_ADF, 0x6FC4, "EF_NETPAR" }, { FILE_ADF, 0x6FD6, "EF_GBABP" },
	{ FILE_ADF, 0x6FD7, "EF_MSK" },	      { FILE_ADF, 0x6FD8, "EF_MUK" },	 { FILE_ADF, 0x6FDA, "EF_GBANL" },
	{ FILE_ADF, 0x6FE3, "EF_EPSLOCI" },   { FILE_ADF, 0x6FE4, "EF_EPSNSC" }, { FILE_DF, 0x4F20, "EF_Kc" },
	{ FILE_DF, 0x4F52, "EF_KcGPRS" },
};

static const char *name_of(const struct view *v, const struct file_desc *f)
{
	if (f->type == FILE_MF)
		return "MF";
	if (f->type == FILE_ADF)
		return "ADF";
	for (size_t i = 0; i < VU_COUNT(names); i++)
		if (names[i].fid == f->fid && names[i].parent == v->file[f->parent].type)
			return names[i].name;
	return "";
}

static void show_shape(FILE *out, const struct file_desc *f)
{
	char shape[64] = "";

	switch (f->type) {
	case FILE_TRANSPARENT:
		snprintf(shape, sizeof shape, "transparent %u", f->size);
		break;
	case FILE_LINEAR:
	case FILE_CYCLIC:
		snprintf(shape, sizeof shape, "%s %u x %u", f->type == FILE_LINEAR ? "linear-fixed" : "cyclic",
			 f->records, f->record_len);
		break;
	case FILE_BER_TLV:
		snprintf(shape, sizeof shape, "ber-tlv %u", f->size);
		break;
	case FILE_MF:
	case FILE_DF:
	case FILE_ADF:
	default:
		break;
	}
	fprintf(out, " %-22s", shape);
}

static void show_file(FILE *out, const struct view *v, uint16_t no, int depth)
{
	enum { NAME_COLUMN = 24 };
	const struct file_desc *f = &v->file[no];
	char rule[160], sfi[8] = "";

	int used = fprintf(out, "%*s%04X %s", 2 * depth, "", f->fid, name_of(v, f));
	fprintf(out, "%*s", used < NAME_COLUMN ? NAME_COLUMN - used : 0, "");
	show_shape(out, f);
	if (f->sfi != 0)
		snprintf(sfi, sizeof sfi, "SFI %02X", f->sfi);
	fprintf(out, " %-6s %s\n", sfi, access_rule_text(rule, sizeof rule, view_rule(v, no)));
	for (uint16_t i = 1; i < FILES_MAX; i++)
		if (v->file[i].type != 0 && v->file[i].parent == no)
			show_file(out, v, i, depth + 1);
}

void show_tree(FILE *out, const struct view *v)
{
	fputc('\n', out);
	show_file(out, v, 0, 0);
}
