/* SPDX-License-Identifier: Apache-2.0 */
#include "access.h"
#include "show.h"

/* Names of TS 102 221, TS 31.102 and TS 31.103, by the kind of directory and the FID. */
enum place { IN_MF, IN_USIM, IN_ISIM, IN_DF };
static const struct {
	enum place place;
	uint16_t fid;
	const char *name;
} names[] = {
	{ IN_MF, 0x2F00, "EF_DIR" },
	{ IN_MF, 0x2F05, "EF_PL" },
	{ IN_MF, 0x2F06, "EF_ARR" },
	{ IN_MF, 0x2F08, "EF_UMPC" },
	{ IN_MF, 0x2FE2, "EF_ICCID" },
	{ IN_MF, 0x7F20, "DF_GSM" },
	{ IN_USIM, 0x5F3A, "DF_PHONEBOOK" },
	{ IN_USIM, 0x5F3B, "DF_GSM-ACCESS" },
	{ IN_USIM, 0x5FC0, "DF_5GS" },
	{ IN_USIM, 0x6F05, "EF_LI" },
	{ IN_USIM, 0x6F06, "EF_ARR" },
	{ IN_USIM, 0x6F07, "EF_IMSI" },
	{ IN_USIM, 0x6F08, "EF_Keys" },
	{ IN_USIM, 0x6F09, "EF_KeysPS" },
	{ IN_USIM, 0x6F0A, "EF_GBAUAPI" },
	{ IN_USIM, 0x6F31, "EF_HPPLMN" },
	{ IN_USIM, 0x6F37, "EF_ACMmax" },
	{ IN_USIM, 0x6F38, "EF_UST" },
	{ IN_USIM, 0x6F39, "EF_ACM" },
	{ IN_USIM, 0x6F3B, "EF_FDN" },
	{ IN_USIM, 0x6F3C, "EF_SMS" },
	{ IN_USIM, 0x6F41, "EF_PUCT" },
	{ IN_USIM, 0x6F42, "EF_SMSP" },
	{ IN_USIM, 0x6F43, "EF_SMSS" },
	{ IN_USIM, 0x6F46, "EF_SPN" },
	{ IN_USIM, 0x6F56, "EF_EST" },
	{ IN_USIM, 0x6F5B, "EF_START-HFN" },
	{ IN_USIM, 0x6F5C, "EF_THRESHOLD" },
	{ IN_USIM, 0x6F73, "EF_PSLOCI" },
	{ IN_USIM, 0x6F78, "EF_ACC" },
	{ IN_USIM, 0x6F7B, "EF_FPLMN" },
	{ IN_USIM, 0x6F7E, "EF_LOCI" },
	{ IN_USIM, 0x6FAD, "EF_AD" },
	{ IN_USIM, 0x6FB7, "EF_ECC" },
	{ IN_USIM, 0x6FC4, "EF_NETPAR" },
	{ IN_USIM, 0x6FD6, "EF_GBABP" },
	{ IN_USIM, 0x6FD7, "EF_MSK" },
	{ IN_USIM, 0x6FD8, "EF_MUK" },
	{ IN_USIM, 0x6FDA, "EF_GBANL" },
	{ IN_USIM, 0x6FE3, "EF_EPSLOCI" },
	{ IN_USIM, 0x6FE4, "EF_EPSNSC" },
	{ IN_DF, 0x4F20, "EF_Kc" },
	{ IN_DF, 0x4F52, "EF_KcGPRS" },
	{ IN_DF, 0x4F30, "EF_PBR" },
	{ IN_DF, 0x4F01, "EF_5GS3GPPLOCI" },
	{ IN_DF, 0x4F02, "EF_5GSN3GPPLOCI" },
	{ IN_DF, 0x4F03, "EF_5GS3GPPNSC" },
	{ IN_DF, 0x4F04, "EF_5GSN3GPPNSC" },
	{ IN_DF, 0x4F05, "EF_5GAUTHKEYS" },
	{ IN_DF, 0x4F06, "EF_UAC_AIC" },
	{ IN_DF, 0x4F07, "EF_SUCI_Calc_Info" },
	{ IN_DF, 0x4F08, "EF_OPL5G" },
	{ IN_DF, 0x4F09, "EF_SUPI_NAI" },
	{ IN_DF, 0x4F0A, "EF_Routing_Indicator" },
	{ IN_DF, 0x4F0B, "EF_URSP" },
	{ IN_ISIM, 0x6F02, "EF_IMPI" },
	{ IN_ISIM, 0x6F03, "EF_DOMAIN" },
	{ IN_ISIM, 0x6F04, "EF_IMPU" },
	{ IN_ISIM, 0x6F06, "EF_ARR" },
	{ IN_ISIM, 0x6F07, "EF_IST" },
	{ IN_ISIM, 0x6F09, "EF_P-CSCF" },
	{ IN_ISIM, 0x6FAD, "EF_AD" },
	{ IN_ISIM, 0x6FD5, "EF_GBABP" },
	{ IN_ISIM, 0x6FD7, "EF_GBANL" },
};

static enum place place_of(const struct view *v, uint16_t df)
{
	if (v->file[df].type == FILE_MF)
		return IN_MF;
	if (v->file[df].type == FILE_DF)
		return IN_DF;
	return view_is_app(v, df, MODEL_ISIM) ? IN_ISIM : IN_USIM;
}

static const char *name_of(const struct view *v, uint16_t no)
{
	const struct file_desc *f = &v->file[no];

	if (f->type == FILE_MF)
		return "MF";
	for (size_t i = 0; f->type == FILE_ADF && i < MODEL_APPS; i++)
		if (view_is_app(v, no, (enum model_app_kind)i))
			return app_facts[i].adf;
	if (f->type == FILE_ADF)
		return "ADF";
	for (size_t i = 0; i < VU_COUNT(names); i++)
		if (names[i].fid == f->fid && names[i].place == place_of(v, f->parent))
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
	char rule[240], sfi[8] = "";

	int used = fprintf(out, "%*s%04X %s", 2 * depth, "", f->fid, name_of(v, no));
	fprintf(out, "%*s", used < NAME_COLUMN ? NAME_COLUMN - used : 0, "");
	show_shape(out, f);
	if (f->sfi != 0)
		snprintf(sfi, sizeof sfi, "SFI %02X", f->sfi);
	fprintf(out, " %-6s %s\n", sfi, access_rule_text(rule, sizeof rule, view_rule(v, no), f->type <= FILE_ADF));
	for (uint16_t i = 1; i < FILES_MAX; i++)
		if (v->file[i].type != 0 && v->file[i].parent == no)
			show_file(out, v, i, depth + 1);
}

void show_tree(FILE *out, const struct view *v)
{
	fputc('\n', out);
	show_file(out, v, 0, 0);
}
