/* SPDX-License-Identifier: Apache-2.0 */
#include "services.h"

/* A file and the service it belongs to. Directory 0 is the ADF itself, else the FID of a DF in it. */
static const struct owned {
	unsigned service;
	uint16_t directory, fid;
	const char *name;
} owned[] = {
	{ 2, 0, 0x6F3B, "EF_FDN" },
	{ 3, 0, 0x6F4B, "EF_EXT2" },
	{ 4, 0, 0x6F49, "EF_SDN" },
	{ 5, 0, 0x6F4C, "EF_EXT3" },
	{ 6, 0, 0x6F4D, "EF_BDN" },
	{ 10, 0, 0x6F3C, "EF_SMS" },
	{ 10, 0, 0x6F43, "EF_SMSS" },
	{ 11, 0, 0x6F47, "EF_SMSR" },
	{ 12, 0, 0x6F42, "EF_SMSP" },
	{ 13, 0, 0x6F37, "EF_ACMmax" },
	{ 13, 0, 0x6F39, "EF_ACM" },
	{ 13, 0, 0x6F41, "EF_PUCT" },
	{ 15, 0, 0x6F45, "EF_CBMI" },
	{ 16, 0, 0x6F50, "EF_CBMIR" },
	{ 17, 0, 0x6F3E, "EF_GID1" },
	{ 18, 0, 0x6F3F, "EF_GID2" },
	{ 19, 0, 0x6F46, "EF_SPN" },
	{ 20, 0, 0x6F60, "EF_PLMNwAcT" },
	{ 21, 0, 0x6F40, "EF_MSISDN" },
	{ 27, 0, 0x5F3B, "DF_GSM-ACCESS" },
	{ 27, 0x5F3B, 0x4F20, "EF_Kc" },
	{ 27, 0x5F3B, 0x4F52, "EF_KcGPRS" },
	{ 34, 0, 0x6F56, "EF_EST" },
	{ 42, 0, 0x6F61, "EF_OPLMNwAcT" },
	{ 43, 0, 0x6F62, "EF_HPLMNwAcT" },
	{ 45, 0, 0x6FC5, "EF_PNN" },
	{ 46, 0, 0x6FC6, "EF_OPL" },
	{ 51, 0, 0x6FCD, "EF_SPDI" },
	{ SERVICE_GBA, 0, 0x6FD6, "EF_GBABP" },
	{ SERVICE_GBA, 0, 0x6FDA, "EF_GBANL" },
	{ SERVICE_GBA, 0, 0x6F0A, "EF_GBAUAPI" },
	{ SERVICE_MBMS, 0, 0x6FD8, "EF_MUK" },
	{ SERVICE_MBMS, 0, 0x6FD7, "EF_MSK" },
	{ 76, 0, 0x6FDD, "EF_NAFKCA" },
	{ 85, 0, 0x6FE3, "EF_EPSLOCI" },
	{ 85, 0, 0x6FE4, "EF_EPSNSC" },
};

/* What the card itself works on must have the shape it works with (TS 31.102 4.2.79 to 4.2.83). */
enum { GBABP_MIN = 3 + 16 /* three lengths and RAND */, MSK_HEAD = 4, MSK_ENTRY = 8, MSK_ENTRIES = 2 };

/* A service that is nothing without another. */
static const struct {
	unsigned service, other;
} needs[] = {
	{ 2, 34 }, /* FDN is switched on and off in EF_EST */
	{ 6, 34 },	     { 3, 2 }, { 5, 4 }, { 11, 10 }, { SERVICE_MBMS, SERVICE_GBA }, /* MUK = Ks_int_NAF */
	{ 76, SERVICE_GBA },
};

static const struct {
	unsigned service;
	const char *name;
} names[] = {
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
	{ SERVICE_GBA, "generic bootstrapping architecture" },
	{ SERVICE_MBMS, "MBMS security" },
	{ 76, "GBA-based local key establishment" },
	{ 85, "EPS mobility management information" },
};

bool services_has(const struct model *m, unsigned service)
{
	for (size_t i = 0; i < m->services_count; i++)
		if (m->services[i] == service)
			return true;
	return false;
}

const char *services_name(unsigned service)
{
	for (size_t i = 0; i < VU_COUNT(names); i++)
		if (names[i].service == service)
			return names[i].name;
	return NULL;
}

static int check_list(struct profile *p)
{
	const struct model *m = p->model;

	for (size_t i = 0; i < m->services_count; i++) {
		unsigned service = m->services[i];
		if (service == 0)
			return profile_refuse_entry(p, "services", i, NULL,
						    "expected a service number from 1 on, got 0");
		for (size_t j = 0; j < i; j++)
			if (m->services[j] == service)
				return profile_refuse_entry(p, "services", i, NULL,
							    "expected each service once, got %u again", service);
		for (size_t j = 0; j < VU_COUNT(needs); j++)
			if (needs[j].service == service && !services_has(m, needs[j].other))
				return profile_refuse_entry(p, "services", i, NULL,
							    "expected service %u beside service %u, got none",
							    needs[j].other, service);
	}
	if (!services_has(m, SERVICE_USIM_SHALL_HAVE))
		return profile_refuse(p, "services", "expected service %d in every USIM, got none",
				      SERVICE_USIM_SHALL_HAVE);
	return 0;
}

/* File `no` is one of the services', with this FID in the ADF itself. */
static int check_shape(struct profile *p, const struct tree *t, size_t no)
{
	const struct file_desc *f = &t->file[no];

	switch (f->fid) {
	case 0x6FD6:
		if (f->type == FILE_TRANSPARENT && f->size >= GBABP_MIN)
			return 0;
		return profile_refuse_entry(p, "files", no, "type",
					    "expected a transparent EF_GBABP of %d octets or more, got another",
					    GBABP_MIN);
	case 0x6FD7:
		if (f->type == FILE_LINEAR && f->record_len >= MSK_HEAD + MSK_ENTRIES * MSK_ENTRY &&
		    (f->record_len - MSK_HEAD) % MSK_ENTRY == 0)
			return 0;
		return profile_refuse_entry(
			p, "files", no, "record_size",
			"expected a linear-fixed EF_MSK with records of %d + n * %d octets, n >= %d, got %u", MSK_HEAD,
			MSK_ENTRY, MSK_ENTRIES, f->record_len);
	case 0x6FD8:
	case 0x6FDA:
		if (f->type == FILE_LINEAR)
			return 0;
		return profile_refuse_entry(p, "files", no, "type", "expected linear-fixed for %04X, got another",
					    f->fid);
	default:
		return 0;
	}
}

/* Where the list names a service. */
static size_t place_of(const struct model *m, unsigned service)
{
	size_t i = 0;

	while (i < m->services_count && m->services[i] != service)
		i++;
	return i;
}

int services_check(struct profile *p, const struct tree *t)
{
	const struct model *m = p->model;
	uint16_t usim = tree_usim(t);
	int error = check_list(p);

	for (size_t i = 0; error == 0 && i < VU_COUNT(owned); i++) {
		const struct owned *o = &owned[i];
		uint16_t df = o->directory == 0 ? usim : tree_child(t, usim, o->directory);
		uint16_t no = df != FILE_NONE ? tree_child(t, df, o->fid) : FILE_NONE;
		bool on = services_has(m, o->service);
		if (on && no == FILE_NONE)
			error = profile_refuse_entry(p, "services", place_of(m, o->service), NULL,
						     "expected %s (%04X) among the files for service %u, got none",
						     o->name, o->fid, o->service);
		else if (!on && no != FILE_NONE)
			error = profile_refuse_entry(p, "files", no, "path",
						     "expected service %u for %s (%04X), got the file without it",
						     o->service, o->name, o->fid);
		else if (no != FILE_NONE && df == usim)
			error = check_shape(p, t, no);
	}
	return error;
}
