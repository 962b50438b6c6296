/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

bool tree_is_df(const struct file_desc *f)
{
	return f->type == FILE_MF || f->type == FILE_DF || f->type == FILE_ADF;
}

bool tree_is_arr(const struct tree *t, size_t no)
{
	const struct file_desc *f = &t->file[no];

	return f->type == FILE_LINEAR && f->fid == (f->parent == 0 ? FID_ARR_MF : FID_ARR_DF);
}

uint16_t tree_child(const struct tree *t, uint16_t df, uint16_t fid)
{
	for (size_t i = 1; i < t->n; i++)
		if (t->file[i].parent == df && t->file[i].fid == fid && t->file[i].type != FILE_ADF)
			return (uint16_t)i;
	return FILE_NONE;
}

/* A component of a path: four hexadecimal digits, or the name of an ADF. */
struct component {
	uint16_t fid;
	bool is_adf;
	enum model_app_kind app;
};

static bool parse_component(const char *text, size_t n, struct component *ret)
{
	static const char digits[] = "0123456789ABCDEF";
	uint16_t fid = 0;

	for (size_t i = 0; i < MODEL_APPS; i++) {
		if (span_eq(span_of(text, n), span_str(app_facts[i].adf))) {
			*ret = (struct component){ .fid = FID_ADF, .is_adf = true, .app = (enum model_app_kind)i };
			return true;
		}
	}
	for (size_t i = 0; i < n; i++) {
		int c = text[i] >= 'a' && text[i] <= 'f' ? text[i] - 'a' + 'A' : text[i];
		const char *digit = c != '\0' ? strchr(digits, c) : NULL;
		if (digit == NULL)
			return false;
		fid = (uint16_t)(fid << 4 | (digit - digits));
	}
	*ret = (struct component){ .fid = fid };
	return n == 4;
}

/* The ADF or the file that a component names in a directory; FILE_NONE. */
static uint16_t follow(const struct tree *t, uint16_t df, const struct component *c)
{
	if (c->is_adf)
		return df == 0 ? t->adf[c->app] : FILE_NONE;
	return tree_child(t, df, c->fid);
}

/* File i is the ADF of this application. */
static int take_adf(struct profile *p, struct tree *t, size_t i, enum model_app_kind app)
{
	if (t->adf[app] != FILE_NONE)
		return profile_refuse_entry(p, "files", i, "path", "expected one MF/%s, got it a second time",
					    app_facts[app].adf);
	if (!apps_has(p->model, app))
		return profile_refuse_entry(p, "files", i, "path", "expected %s beside MF/%s, got none",
					    app_facts[app].aid_key, app_facts[app].adf);
	t->adf[app] = (uint16_t)i;
	t->file[i].application = app == MODEL_ISIM && apps_own_pins(p->model) ? ISIM_APPLICATION : USIM_APPLICATION;
	return 0;
}

/* Resolves the path of file i: sets parent and fid. */
static int resolve(struct profile *p, struct tree *t, size_t i)
{
	const char *path = p->model->files[i].path, *at = path + strcspn(path, "/");
	struct file_desc *f = &t->file[i];
	struct component c = { 0 };
	uint16_t df = 0;

	if (!span_eq(span_of(path, (size_t)(at - path)), span_str("MF")) || *at == '\0')
		return profile_refuse_entry(p, "files", i, "path",
					    "expected MF/… (MF itself is the first file), got \"%.60s\"", path);
	for (;;) {
		const char *component = at + 1;
		size_t n = strcspn(component, "/");
		at = component + n;
		if (!parse_component(component, n, &c))
			return profile_refuse_entry(
				p, "files", i, "path",
				"expected four hexadecimal digits, %s or %s between the slashes, got \"%.*s\"",
				app_facts[MODEL_USIM].adf, app_facts[MODEL_ISIM].adf, (int)(n < 60 ? n : 60),
				component);
		if (*at == '\0')
			break;
		df = follow(t, df, &c);
		if (df == FILE_NONE || !tree_is_df(&t->file[df]))
			return profile_refuse_entry(
				p, "files", i, "path",
				"expected a directory that stands earlier in the list, got \"%.*s\"",
				(int)(at - path < 60 ? at - path : 60), path);
	}
	f->parent = df;
	f->fid = c.fid;
	if (c.is_adf != (f->type == FILE_ADF) || (c.is_adf && df != 0))
		return profile_refuse_entry(
			p, "files", i, "type",
			"expected adf for MF/%s, MF/%s and for nothing else, got the path \"%.60s\"",
			app_facts[MODEL_USIM].adf, app_facts[MODEL_ISIM].adf, path);
	return c.is_adf ? take_adf(p, t, i, c.app) : 0;
}

/* Whether a file above file i, however far, has its identifier. */
static bool above_has_fid(const struct tree *t, size_t i)
{
	for (uint16_t df = t->file[i].parent; df != FILE_NONE; df = t->file[df].parent)
		if (t->file[df].fid == t->file[i].fid)
			return true;
	return false;
}

static int check_identity(struct profile *p, struct tree *t, size_t i)
{
	const struct file_desc *f = &t->file[i];
	bool reserved = f->fid == 0x3F00 || f->fid == 0x3FFF || f->fid == 0xFFFF || f->fid == FID_ADF;

	if (f->type == FILE_ADF)
		return 0; /* it goes by its name */
	if (f->type == FILE_MF || reserved)
		return profile_refuse_entry(
			p, "files", i, "path",
			"expected a file identifier other than 3F00, 3FFF, 7FFF and FFFF, and one MF, got \"%.60s\"",
			p->model->files[i].path);
	if (tree_child(t, f->parent, f->fid) != i || above_has_fid(t, i))
		return profile_refuse_entry(
			p, "files", i, "path",
			"expected an identifier of its own in its directory and above, got %04X a second time", f->fid);
	return 0;
}

static int check_sfi(struct profile *p, const struct tree *t, size_t i)
{
	const struct file_desc *f = &t->file[i];

	if (f->sfi == 0)
		return 0;
	if (f->sfi > 30 || tree_is_df(f))
		return profile_refuse_entry(p, "files", i, "sfi", "expected 1 to 30, for an EF, got %u", f->sfi);
	for (size_t j = 1; j < i; j++)
		if (t->file[j].parent == f->parent && t->file[j].sfi == f->sfi)
			return profile_refuse_entry(p, "files", i, "sfi",
						    "expected an SFI of its own in its directory, got %u, as %04X has",
						    f->sfi, t->file[j].fid);
	return 0;
}

/* The keys that belong to the file's type are there, and no others. */
static int check_size(struct profile *p, const struct tree *t, size_t i)
{
	const struct model_file *m = &p->model->files[i];
	const struct file_desc *f = &t->file[i];
	bool sized = f->type == FILE_TRANSPARENT || f->type == FILE_BER_TLV, df = tree_is_df(f);
	bool records = !df && !sized, arr = tree_is_arr(t, i);

	if (sized ? m->size == 0 || m->size > FILE_SIZE_MAX : m->size != 0)
		return profile_refuse_entry(p, "files", i, "size",
					    "expected 1 to %d, for a transparent or BER-TLV EF, got %u", FILE_SIZE_MAX,
					    m->size);
	if (records ? m->record_size == 0 && !arr : m->record_size != 0)
		return profile_refuse_entry(p, "files", i, "record_size",
					    "expected 1 to 255, for an EF of records, got %u", m->record_size);
	if (records ? (m->records == 0 && !arr) || m->records == 255 : m->records != 0)
		return profile_refuse_entry(p, "files", i, "records", "expected 1 to 254, for an EF of records, got %u",
					    m->records);
	if (file_size(f) > FILE_SIZE_MAX)
		return profile_refuse_entry(p, "files", i, "records", "expected at most %d octets in all, got %zu",
					    FILE_SIZE_MAX, file_size(f));
	if (m->content != NULL && !sized)
		return profile_refuse_entry(p, "files", i, "content",
					    "expected record_contents, or nothing for a directory, got content");
	if (m->record_contents != NULL && (!records || arr))
		return profile_refuse_entry(p, "files", i, "record_contents", "expected %s, got record_contents",
					    arr ? "no content for EF_ARR, which is made from the access rules"
						: "content, or nothing for a directory");
	if (!arr && m->record_contents_count > m->records)
		return profile_refuse_entry(p, "files", i, "record_contents", "expected at most %u records, got %u",
					    m->records, (unsigned)m->record_contents_count);
	return 0;
}

static int add_file(struct profile *p, struct tree *t, size_t i)
{
	const struct model_file *m = &p->model->files[i];
	int error = 0;

	t->file[i] = (struct file_desc){
		.type = m->type,
		.parent = FILE_NONE,
		.fid = 0x3F00,
		.sfi = m->sfi,
		.lcs = LCS_ACTIVATED,
		.size = m->size,
		.record_len = m->record_size,
		.records = m->records,
	};
	t->n = i + 1;
	if (i == 0 && (m->type != FILE_MF || strcmp(m->path, "MF") != 0))
		return profile_refuse_entry(p, "files", i, "path",
					    "expected MF, of type mf, as the first file, got \"%.60s\"", m->path);
	if (i != 0 && (error = resolve(p, t, i)) == 0)
		error = check_identity(p, t, i);
	if (error == 0)
		error = check_sfi(p, t, i);
	return error == 0 ? check_size(p, t, i) : error;
}

/*
 * Where a file's rule stands (TS 102 221 9.2.4): an EF's in EF_ARR of its directory or of one above, up to the ADF or
 * MF; a DF's in one above it; an ADF's and the MF's in the MF.
 */
static uint16_t find_arr(const struct tree *t, size_t i)
{
	const struct file_desc *f = &t->file[i];

	if (f->type == FILE_MF || f->type == FILE_ADF)
		return tree_child(t, 0, FID_ARR_MF);
	for (uint16_t df = f->parent; df != FILE_NONE; df = t->file[df].parent) {
		uint16_t arr = tree_child(t, df, df == 0 ? FID_ARR_MF : FID_ARR_DF);
		if (arr != FILE_NONE || t->file[df].type == FILE_ADF)
			return arr;
	}
	return FILE_NONE;
}

static const struct model_rule *find_rule(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->rules_count; i++)
		if (strcmp(m->rules[i].name, name) == 0)
			return &m->rules[i];
	return NULL;
}

/* The record of `arr` with these octets, a new one if there is none yet; 0 when the EF is full. */
static uint8_t record_of(struct tree *t, uint16_t arr, struct span octets)
{
	uint8_t last = 0;

	for (size_t i = 0; i < t->rules; i++) {
		if (t->rule[i].arr != arr)
			continue;
		if (span_eq(span_of(t->rule[i].octets, t->rule[i].n), octets))
			return t->rule[i].record;
		last = t->rule[i].record;
	}
	if (last == 254)
		return 0;
	struct tree_rule *r = &t->rule[t->rules++];
	*r = (struct tree_rule){ .arr = arr, .record = (uint8_t)(last + 1), .n = (uint8_t)octets.n };
	if (octets.n != 0)
		memcpy(r->octets, octets.p, octets.n);
	return r->record;
}

/* Which application's PINs a file's rule means: outside of all, the first one's. */
static uint8_t application_of(const struct tree *t, size_t i)
{
	const struct file_desc *f = &t->file[i];

	while (f->type != FILE_ADF && f->parent != FILE_NONE)
		f = &t->file[f->parent];
	return f->type == FILE_ADF ? f->application : USIM_APPLICATION;
}

static int attach_rule(struct profile *p, struct tree *t, size_t i)
{
	const char *name = p->model->files[i].access;
	const struct model_rule *rule = find_rule(p->model, name);
	struct file_desc *f = &t->file[i];
	uint8_t octets[ACCESS_RULE_MAX];
	struct wr w = WR(octets);

	if (rule == NULL)
		return profile_refuse_entry(p, "files", i, "access",
					    "expected the name of a rule under access, got \"%.60s\"", name);
	const char *stranger = access_rule_stranger(rule, tree_is_df(f));
	if (stranger != NULL)
		return profile_refuse_entry(p, "files", i, "access", "expected a rule without %s for %s, got \"%.60s\"",
					    stranger, tree_is_df(f) ? "a directory" : "an EF", name);
	uint16_t arr = find_arr(t, i);
	if (arr == FILE_NONE || t->file[arr].type != FILE_LINEAR)
		return profile_refuse_entry(
			p, "files", i, "access",
			"expected a linear-fixed EF_ARR (2F06 in the MF, 6F06 in an ADF or DF) for its rule, got none");
	access_rule_put(&w, rule, tree_is_df(f), application_of(t, i));
	f->arr_fid = t->file[arr].fid;
	f->arr_record = record_of(t, arr, wr_done(&w));
	if (f->arr_record == 0)
		return profile_refuse_entry(p, "files", i, "access",
					    "expected at most 254 different rules in one EF_ARR, got more");
	return 0;
}

/* An EF_ARR is as large as its rules want, or as the profile says if that is more. */
static int size_arr(struct profile *p, struct tree *t, size_t arr)
{
	struct file_desc *f = &t->file[arr];

	if (f->record_len == 0)
		f->record_len = 1; /* were all of its rules empty */
	for (size_t i = 0; i < t->rules; i++) {
		if (t->rule[i].arr != arr)
			continue;
		if (f->record_len < t->rule[i].n)
			f->record_len = t->rule[i].n;
		if (f->records < t->rule[i].record)
			f->records = t->rule[i].record;
	}
	if (file_size(f) > FILE_SIZE_MAX)
		return profile_refuse_entry(p, "files", arr, "record_size",
					    "expected at most %d octets in all, got %zu", FILE_SIZE_MAX, file_size(f));
	return 0;
}

static int check_rules(struct profile *p)
{
	const struct model *m = p->model;

	for (size_t i = 0; i < m->rules_count; i++)
		if (find_rule(m, m->rules[i].name) != &m->rules[i])
			return profile_refuse_entry(p, "access", i, "name",
						    "expected a name of its own, got \"%.60s\" again",
						    m->rules[i].name);
	return 0;
}

int tree_build(struct profile *p, struct tree *t)
{
	int error = check_rules(p);

	t->n = t->rules = 0;
	for (size_t i = 0; i < MODEL_APPS; i++)
		t->adf[i] = FILE_NONE;
	for (size_t i = 0; error == 0 && i < p->model->files_count; i++)
		error = add_file(p, t, i);
	for (size_t i = 0; error == 0 && i < t->n; i++)
		error = attach_rule(p, t, i);
	for (size_t i = 0; error == 0 && i < t->n; i++)
		if (tree_is_arr(t, i))
			error = size_arr(p, t, i);
	return error;
}

void tree_put_rules(const struct tree *t, size_t arr, struct wr *w)
{
	for (size_t i = 0; i < t->rules; i++) {
		const struct tree_rule *r = &t->rule[i];
		if (r->arr != arr)
			continue;
		wr_bytes(w, r->octets, r->n);
		wr_fill(w, 0xFF, (size_t)(t->file[arr].record_len - r->n));
	}
}
