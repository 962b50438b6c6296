/* SPDX-License-Identifier: Apache-2.0 */
#include "services.h"

/* What the card itself works on must have the shape it works with (TS 31.102 4.2.79 to 4.2.83). */
enum shape { SHAPE_ANY, SHAPE_GBABP, SHAPE_MSK, SHAPE_RECORDS };

/* A file and the service it belongs to, or either of two. Directory 0 is the ADF itself, else the FID of a DF in it. */
static const struct owned {
	enum model_app_kind app;
	unsigned service, or_service;
	uint16_t directory, fid;
	const char *name;
	enum shape shape;
} owned[] = {
	/* TS 31.102 4.2 and 4.4 */
	{ MODEL_USIM, 1, 0, DF_PHONEBOOK, 0x4F30, "EF_PBR", SHAPE_ANY },
	{ MODEL_USIM, 2, 0, 0, 0x6F3B, "EF_FDN", SHAPE_ANY },
	{ MODEL_USIM, 3, 0, 0, 0x6F4B, "EF_EXT2", SHAPE_ANY },
	{ MODEL_USIM, 4, 0, 0, 0x6F49, "EF_SDN", SHAPE_ANY },
	{ MODEL_USIM, 5, 0, 0, 0x6F4C, "EF_EXT3", SHAPE_ANY },
	{ MODEL_USIM, 6, 0, 0, 0x6F4D, "EF_BDN", SHAPE_ANY },
	{ MODEL_USIM, 10, 0, 0, 0x6F3C, "EF_SMS", SHAPE_ANY },
	{ MODEL_USIM, 10, 0, 0, 0x6F43, "EF_SMSS", SHAPE_ANY },
	{ MODEL_USIM, 11, 0, 0, 0x6F47, "EF_SMSR", SHAPE_ANY },
	{ MODEL_USIM, 12, 0, 0, 0x6F42, "EF_SMSP", SHAPE_ANY },
	{ MODEL_USIM, 13, 0, 0, 0x6F37, "EF_ACMmax", SHAPE_ANY },
	{ MODEL_USIM, 13, 0, 0, 0x6F39, "EF_ACM", SHAPE_ANY },
	{ MODEL_USIM, 13, 0, 0, 0x6F41, "EF_PUCT", SHAPE_ANY },
	{ MODEL_USIM, 15, 0, 0, 0x6F45, "EF_CBMI", SHAPE_ANY },
	{ MODEL_USIM, 16, 0, 0, 0x6F50, "EF_CBMIR", SHAPE_ANY },
	{ MODEL_USIM, 17, 0, 0, 0x6F3E, "EF_GID1", SHAPE_ANY },
	{ MODEL_USIM, 18, 0, 0, 0x6F3F, "EF_GID2", SHAPE_ANY },
	{ MODEL_USIM, 19, 0, 0, 0x6F46, "EF_SPN", SHAPE_ANY },
	{ MODEL_USIM, 20, 0, 0, 0x6F60, "EF_PLMNwAcT", SHAPE_ANY },
	{ MODEL_USIM, 21, 0, 0, 0x6F40, "EF_MSISDN", SHAPE_ANY },
	{ MODEL_USIM, 27, 0, DF_GSM_ACCESS, 0x4F20, "EF_Kc", SHAPE_ANY },
	{ MODEL_USIM, 27, 0, DF_GSM_ACCESS, 0x4F52, "EF_KcGPRS", SHAPE_ANY },
	{ MODEL_USIM, 34, 0, 0, 0x6F56, "EF_EST", SHAPE_ANY },
	{ MODEL_USIM, 42, 0, 0, 0x6F61, "EF_OPLMNwAcT", SHAPE_ANY },
	{ MODEL_USIM, 43, 0, 0, 0x6F62, "EF_HPLMNwAcT", SHAPE_ANY },
	{ MODEL_USIM, 45, 0, 0, 0x6FC5, "EF_PNN", SHAPE_ANY },
	{ MODEL_USIM, 46, 0, 0, 0x6FC6, "EF_OPL", SHAPE_ANY },
	{ MODEL_USIM, 51, 0, 0, 0x6FCD, "EF_SPDI", SHAPE_ANY },
	{ MODEL_USIM, UST_GBA, 0, 0, 0x6FD6, "EF_GBABP", SHAPE_GBABP },
	{ MODEL_USIM, UST_GBA, 0, 0, 0x6FDA, "EF_GBANL", SHAPE_RECORDS },
	{ MODEL_USIM, UST_GBA, 0, 0, 0x6F0A, "EF_GBAUAPI", SHAPE_ANY },
	{ MODEL_USIM, UST_MBMS, 0, 0, 0x6FD8, "EF_MUK", SHAPE_RECORDS },
	{ MODEL_USIM, UST_MBMS, 0, 0, 0x6FD7, "EF_MSK", SHAPE_MSK },
	{ MODEL_USIM, 76, 0, 0, 0x6FDD, "EF_NAFKCA", SHAPE_ANY },
	{ MODEL_USIM, 85, 0, 0, 0x6FE3, "EF_EPSLOCI", SHAPE_ANY },
	{ MODEL_USIM, 85, 0, 0, 0x6FE4, "EF_EPSNSC", SHAPE_ANY },
	{ MODEL_USIM, 122, 0, DF_5GS, 0x4F01, "EF_5GS3GPPLOCI", SHAPE_ANY },
	{ MODEL_USIM, 122, 0, DF_5GS, 0x4F02, "EF_5GSN3GPPLOCI", SHAPE_ANY },
	{ MODEL_USIM, 122, 0, DF_5GS, 0x4F03, "EF_5GS3GPPNSC", SHAPE_ANY },
	{ MODEL_USIM, 122, 0, DF_5GS, 0x4F04, "EF_5GSN3GPPNSC", SHAPE_ANY },
	{ MODEL_USIM, 123, 0, DF_5GS, 0x4F05, "EF_5GAUTHKEYS", SHAPE_ANY },
	{ MODEL_USIM, 126, 0, DF_5GS, 0x4F06, "EF_UAC_AIC", SHAPE_ANY },
	{ MODEL_USIM, 124, 0, DF_5GS, 0x4F07, "EF_SUCI_Calc_Info", SHAPE_ANY },
	{ MODEL_USIM, 129, 0, DF_5GS, 0x4F08, "EF_OPL5G", SHAPE_ANY },
	{ MODEL_USIM, 130, 0, DF_5GS, 0x4F09, "EF_SUPI_NAI", SHAPE_ANY },
	{ MODEL_USIM, 124, 0, DF_5GS, 0x4F0A, "EF_Routing_Indicator", SHAPE_ANY },
	{ MODEL_USIM, 132, 0, DF_5GS, 0x4F0B, "EF_URSP", SHAPE_ANY },
	/* TS 31.103 4.2 */
	{ MODEL_ISIM, 1, 5, 0, 0x6F09, "EF_P-CSCF", SHAPE_RECORDS },
	{ MODEL_ISIM, IST_GBA, 0, 0, 0x6FD5, "EF_GBABP", SHAPE_GBABP },
	{ MODEL_ISIM, IST_GBA, 0, 0, 0x6FD7, "EF_GBANL", SHAPE_RECORDS },
	{ MODEL_ISIM, 4, 0, 0, 0x6FDD, "EF_NAFKCA", SHAPE_ANY },
	{ MODEL_ISIM, 6, 0, 0, 0x6F3C, "EF_SMS", SHAPE_ANY },
	{ MODEL_ISIM, 6, 0, 0, 0x6F43, "EF_SMSS", SHAPE_ANY },
	{ MODEL_ISIM, 7, 0, 0, 0x6F47, "EF_SMSR", SHAPE_ANY },
	{ MODEL_ISIM, 8, 0, 0, 0x6F42, "EF_SMSP", SHAPE_ANY },
	{ MODEL_ISIM, 10, 0, 0, 0x6FE7, "EF_UICCIARI", SHAPE_ANY },
};

/* Directories that are there when a service has a file in them, and not without. */
static const struct {
	uint16_t fid;
	const char *name;
} directories[] = {
	{ DF_PHONEBOOK, "DF_PHONEBOOK" },
	{ DF_GSM_ACCESS, "DF_GSM-ACCESS" },
	{ DF_5GS, "DF_5GS" },
};

enum { GBABP_MIN = 3 + 16 /* three lengths and RAND */, MSK_HEAD = 4, MSK_ENTRY = 8, MSK_ENTRIES = 2 };

/* A service that is nothing without another. */
static const struct {
	enum model_app_kind app;
	unsigned service, other;
} needs[] = {
	{ MODEL_USIM, 2, 34 }, /* FDN is switched on and off in EF_EST */
	{ MODEL_USIM, 6, 34 },
	{ MODEL_USIM, 3, 2 },
	{ MODEL_USIM, 5, 4 },
	{ MODEL_USIM, 11, 10 },
	{ MODEL_USIM, UST_MBMS, UST_GBA }, /* MUK = Ks_int_NAF */
	{ MODEL_ISIM, 7, 6 },
};

/* What this card does not do: a table that promised it would lie. */
static const struct {
	enum model_app_kind app;
	unsigned service;
	const char *name;
} not_done[] = {
	{ MODEL_USIM, 57, "VGCS" },
	{ MODEL_USIM, 58, "VBS" },
	{ MODEL_USIM, 64, "VGCS security" },
	{ MODEL_USIM, 65, "VBS security" },
	{ MODEL_USIM, 76, "GBA-based local key establishment" },
	{ MODEL_USIM, 125, "SUCI calculation by the USIM" },
	{ MODEL_ISIM, 3, "HTTP Digest" },
	{ MODEL_ISIM, 4, "GBA-based local key establishment" },
};

static const struct {
	unsigned service;
	const char *name;
} ust_names[] = {
	{ 1, "local phone book" },
	{ 2, "fixed dialling numbers" },
	{ 10, "short message storage" },
	{ 12, "short message parameters" },
	{ 13, "advice of charge" },
	{ 17, "group identifier level 1" },
	{ 18, "group identifier level 2" },
	{ 19, "service provider name" },
	{ 20, "user controlled PLMN selector" },
	{ 21, "MSISDN" },
	{ 27, "GSM access" },
	{ 33, "set in every USIM" },
	{ 34, "enabled services table" },
	{ 38, "GSM security context" },
	{ 42, "operator controlled PLMN selector" },
	{ 43, "HPLMN selector" },
	{ 45, "PLMN network name" },
	{ 46, "operator PLMN list" },
	{ 51, "service provider display information" },
	{ UST_GBA, "generic bootstrapping architecture" },
	{ UST_MBMS, "MBMS security" },
	{ 85, "EPS mobility management information" },
	{ 122, "5GS mobility management information" },
	{ 123, "5G security parameters" },
	{ 124, "subscription identifier privacy" },
	{ 126, "UAC access identities" },
	{ 129, "5GS operator PLMN list" },
	{ 130, "SUPI of type NSI, GLI or GCI" },
	{ 132, "URSP by USIM" },
};

static const struct {
	unsigned service;
	const char *name;
} ist_names[] = {
	{ 1, "P-CSCF address" },
	{ IST_GBA, "generic bootstrapping architecture" },
	{ 5, "P-CSCF discovery for IMS local break out" },
	{ 6, "short message storage" },
	{ 7, "short message status reports" },
	{ 8, "SM over IP" },
	{ 10, "UICC access to IMS" },
};

static bool has(const struct model_app *a, unsigned service)
{
	for (size_t i = 0; service != 0 && i < a->services_count; i++)
		if (a->services[i] == service)
			return true;
	return false;
}

const char *services_name(enum model_app_kind app, unsigned service)
{
	for (size_t i = 0; app == MODEL_USIM && i < VU_COUNT(ust_names); i++)
		if (ust_names[i].service == service)
			return ust_names[i].name;
	for (size_t i = 0; app == MODEL_ISIM && i < VU_COUNT(ist_names); i++)
		if (ist_names[i].service == service)
			return ist_names[i].name;
	return NULL;
}

/* What must be beside entry i of the list, and what must not be in it. */
static int check_entry(struct profile *p, enum model_app_kind app, size_t i)
{
	const struct model_app *a = &p->model->app[app];
	const char *list = app_facts[app].services_key;
	unsigned service = a->services[i];

	if (service == 0)
		return profile_refuse_entry(p, list, i, NULL, "expected a service number from 1 on, got 0");
	for (size_t j = 0; j < i; j++)
		if (a->services[j] == service)
			return profile_refuse_entry(p, list, i, NULL, "expected each service once, got %u again",
						    service);
	for (size_t j = 0; j < VU_COUNT(needs); j++)
		if (needs[j].app == app && needs[j].service == service && !has(a, needs[j].other))
			return profile_refuse_entry(p, list, i, NULL, "expected service %u beside service %u, got none",
						    needs[j].other, service);
	for (size_t j = 0; j < VU_COUNT(not_done); j++)
		if (not_done[j].app == app && not_done[j].service == service)
			return profile_refuse_entry(p, list, i, NULL,
						    "expected a service that this card has, got %u, %s", service,
						    not_done[j].name);
	return 0;
}

static int check_list(struct profile *p, enum model_app_kind app)
{
	const struct model_app *a = &p->model->app[app];
	int error = 0;

	for (size_t i = 0; error == 0 && i < a->services_count; i++)
		error = check_entry(p, app, i);
	if (error == 0 && app == MODEL_USIM && !has(a, UST_SHALL_HAVE))
		error = profile_refuse(p, "services", "expected service %d in every USIM, got none", UST_SHALL_HAVE);
	return error;
}

static int check_shape(struct profile *p, const struct file_desc *f, size_t no, enum shape shape)
{
	switch (shape) {
	case SHAPE_GBABP:
		if (f->type == FILE_TRANSPARENT && f->size >= GBABP_MIN)
			return 0;
		return profile_refuse_entry(p, "files", no, "type",
					    "expected a transparent EF_GBABP of %d octets or more, got another",
					    GBABP_MIN);
	case SHAPE_MSK:
		if (f->type == FILE_LINEAR && f->record_len >= MSK_HEAD + MSK_ENTRIES * MSK_ENTRY &&
		    (f->record_len - MSK_HEAD) % MSK_ENTRY == 0)
			return 0;
		return profile_refuse_entry(
			p, "files", no, "record_size",
			"expected a linear-fixed EF_MSK with records of %d + n * %d octets, n >= %d, got %u", MSK_HEAD,
			MSK_ENTRY, MSK_ENTRIES, f->record_len);
	case SHAPE_RECORDS:
		if (f->type == FILE_LINEAR)
			return 0;
		return profile_refuse_entry(p, "files", no, "type", "expected linear-fixed for %04X, got another",
					    f->fid);
	case SHAPE_ANY:
	default:
		return 0;
	}
}

/* Where the list names a service. */
static size_t place_of(const struct model_app *a, unsigned service)
{
	size_t i = 0;

	while (i < a->services_count && a->services[i] != service)
		i++;
	return i;
}

static int check_owned(struct profile *p, const struct tree *t, const struct owned *o)
{
	const struct model_app *a = &p->model->app[o->app];
	uint16_t adf = t->adf[o->app];
	uint16_t df = o->directory == 0 ? adf : tree_child(t, adf, o->directory);
	uint16_t no = df != FILE_NONE ? tree_child(t, df, o->fid) : FILE_NONE;
	unsigned on = has(a, o->service) ? o->service : has(a, o->or_service) ? o->or_service : 0;

	if (on != 0 && no == FILE_NONE)
		return profile_refuse_entry(p, app_facts[o->app].services_key, place_of(a, on), NULL,
					    "expected %s (%04X) among the files for service %u, got none", o->name,
					    o->fid, on);
	if (on == 0 && no != FILE_NONE)
		return profile_refuse_entry(p, "files", no, "path",
					    "expected service %u for %s (%04X), got the file without it", o->service,
					    o->name, o->fid);
	return no != FILE_NONE ? check_shape(p, &t->file[no], no, o->shape) : 0;
}

/* A DF of the USIM's without any service that has a file in it. */
static int check_directory(struct profile *p, const struct tree *t, uint16_t fid, const char *name)
{
	uint16_t df = tree_child(t, t->adf[MODEL_USIM], fid);

	for (size_t i = 0; i < VU_COUNT(owned); i++)
		if (owned[i].directory == fid && has(&p->model->app[MODEL_USIM], owned[i].service))
			return 0;
	if (df == FILE_NONE)
		return 0;
	return profile_refuse_entry(p, "files", df, "path", "expected a service with files in %s (%04X), got none",
				    name, fid);
}

int services_check(struct profile *p, const struct tree *t)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < MODEL_APPS; i++)
		error = check_list(p, (enum model_app_kind)i);
	for (size_t i = 0; error == 0 && i < VU_COUNT(owned); i++)
		if (apps_has(p->model, owned[i].app))
			error = check_owned(p, t, &owned[i]);
	for (size_t i = 0; error == 0 && i < VU_COUNT(directories); i++)
		error = check_directory(p, t, directories[i].fid, directories[i].name);
	return error;
}
