/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key store in memory: rows in the order in which they came, as keystore_sqlite*.c has them in tables. What is taken
 * out is wiped. Before a transaction there is a copy of all, which is what stays when it is given up.
 */
#include "keystore_mem.h"

#include <stdlib.h>

/* --- rows --- */

static void row_free(struct row *r)
{
	if (r == NULL)
		return;
	if (r->table == MSK)
		free((void *)r->msk.about.sp.p);
	secret_wipe(r, sizeof *r);
	free(r);
}

static void rows_free(struct row **rows)
{
	for (struct row *r = *rows, *next; r != NULL; r = next) {
		next = r->next;
		row_free(r);
	}
	*rows = NULL;
}

/* A copy of its own. False when memory is short. */
static bool own_sp(struct span *sp)
{
	uint8_t *octets = sp->n != 0 ? malloc(sp->n) : NULL;

	if (sp->n != 0 && octets == NULL)
		return false;
	if (sp->n != 0)
		memcpy(octets, sp->p, sp->n);
	*sp = span_of(octets, sp->n);
	return true;
}

/* In no store yet. NULL when memory is short. */
static struct row *row_of(const struct row *like)
{
	struct row *r = malloc(sizeof *r);

	if (r == NULL)
		return NULL;
	*r = *like;
	r->next = NULL;
	if (r->table != MSK || own_sp(&r->msk.about.sp))
		return r;
	r->msk.about.sp = (struct span){ 0 };
	row_free(r);
	return NULL;
}

void keystore_mem_drop(struct keystore *k, row_is_fn *is, const void *ctx)
{
	for (struct row **at = &mem_of(k)->rows, *r; (r = *at) != NULL;) {
		if (!is(r, ctx)) {
			at = &r->next;
			continue;
		}
		*at = r->next;
		row_free(r);
	}
}

int keystore_mem_put(struct keystore *k, const struct row *row, row_is_fn *replaced)
{
	struct row *r = row_of(row), **at = &mem_of(k)->rows;

	if (r == NULL)
		return -ENOMEM;
	if (replaced != NULL)
		keystore_mem_drop(k, replaced, r);
	while (*at != NULL)
		at = &(*at)->next;
	*at = r;
	return 0;
}

static bool is_any(const struct row *r, const void *ctx)
{
	(void)r;
	(void)ctx;
	return true;
}

/* The bootstrapping, and what was derived from it for HTTP. */
static bool is_bootstrapping(const struct row *r, const void *ctx)
{
	(void)ctx;
	return r->table == GBA || r->table == NAF;
}

/* Ks where the ME has it, and what came from it. A B-TID without its Ks is of no use. */
static bool is_gba_key(const struct row *r, const void *ctx)
{
	(void)ctx;
	return (r->table == GBA && r->gba.in_me) || r->table == NAF || (r->table == MUK && !r->muk.in_use);
}

static bool is_msk_in_me(const struct row *r, const void *ctx)
{
	(void)ctx;
	return r->table == MSK && r->msk.about.in_me;
}

/* --- the store, and whose it is --- */

static const char *mem_why(const struct keystore *k)
{
	(void)k;
	return "key store: no memory";
}

static int mem_begin(struct keystore *k)
{
	struct row **at = &mem_of(k)->before;

	for (const struct row *r = mem_of(k)->rows; r != NULL; r = r->next) {
		*at = row_of(r);
		if (*at == NULL) {
			rows_free(&mem_of(k)->before);
			return -ENOMEM;
		}
		at = &(*at)->next;
	}
	return 0;
}

static int mem_commit(struct keystore *k, int rc)
{
	struct keystore_mem *m = mem_of(k);

	if (rc != 0) {
		rows_free(&m->rows);
		m->rows = m->before;
		m->before = NULL;
	}
	rows_free(&m->before);
	return rc;
}

static void mem_close(struct keystore *k)
{
	rows_free(&mem_of(k)->before);
	rows_free(&mem_of(k)->rows);
	free(mem_of(k));
}

static int mem_identity(struct keystore *k, struct keystore_identity *ret)
{
	const struct row *r = row_first(k, IDENTITY);

	if (r == NULL)
		return -ENOENT;
	*ret = r->identity;
	return 0;
}

static int mem_adopt(struct keystore *k, const struct keystore_identity *id, bool *ret_wiped)
{
	const struct row *last = row_first(k, IDENTITY);
	const struct row row = { .table = IDENTITY, .identity = *id };
	bool other = last != NULL;

	if (last != NULL && strcmp(last->identity.iccid, id->iccid) == 0 &&
	    strcmp(last->identity.imsi, id->imsi) == 0) {
		*ret_wiped = false;
		return 0;
	}
	int rc = keystore_mem_put(k, &row, is_any);
	if (rc == 0)
		*ret_wiped = other;
	return rc;
}

static int mem_wipe(struct keystore *k)
{
	keystore_mem_drop(k, is_any, NULL);
	return 0;
}

static int mem_removed(struct keystore *k)
{
	keystore_mem_drop(k, is_gba_key, NULL);
	return 0;
}

static int mem_power_down(struct keystore *k, bool keep)
{
	if (keep)
		return 0;
	keystore_mem_drop(k, is_gba_key, NULL);
	keystore_mem_drop(k, is_msk_in_me, NULL);
	return 0;
}

/* --- the bootstrapping --- */

static int mem_put_gba(struct keystore *k, const struct keystore_gba *gba, const struct key256 *ks)
{
	struct row row = { .table = GBA, .gba = { .gba = *gba, .in_me = ks != NULL } };

	if (ks != NULL)
		row.gba.ks = *ks;
	int rc = keystore_mem_put(k, &row, is_bootstrapping);
	secret_wipe(&row, sizeof row);
	return rc;
}

static int mem_gba(struct keystore *k, struct keystore_gba *ret)
{
	const struct row *r = row_first(k, GBA);

	if (r == NULL)
		return -ENOENT;
	*ret = r->gba.gba;
	return 0;
}

static int mem_ks(struct keystore *k, struct key256 *ret)
{
	const struct row *r = row_first(k, GBA);

	if (r == NULL || !r->gba.in_me)
		return -ENOENT;
	*ret = r->gba.ks;
	return 0;
}

static int mem_drop_gba(struct keystore *k)
{
	keystore_mem_drop(k, is_bootstrapping, NULL);
	return 0;
}

static bool is_same_naf(const struct row *r, const void *ctx)
{
	const struct row *other = ctx;
	return r->table == NAF && strcmp(r->naf.fqdn, other->naf.fqdn) == 0;
}

static int mem_put_naf_key(struct keystore *k, const char *fqdn, const struct key256 *mrk)
{
	struct row row = { .table = NAF, .naf.mrk = *mrk };
	struct wr name = WR(row.naf.fqdn);

	wr_str(&name, fqdn);
	int rc = wr_cstr(&name) ? keystore_mem_put(k, &row, is_same_naf) : -EINVAL;
	secret_wipe(&row, sizeof row);
	return rc;
}

static int mem_naf_key(struct keystore *k, const char *fqdn, struct key256 *ret)
{
	for (struct row *r = row_first(k, NAF); r != NULL; r = row_next(r))
		if (strcmp(r->naf.fqdn, fqdn) == 0) {
			*ret = r->naf.mrk;
			return 0;
		}
	return -ENOENT;
}

/* --- registrations, and requests that wait --- */

static bool is_service(const struct row *r, const void *service)
{
	return r->table == SERVICE && strcmp(r->service, service) == 0;
}

static int mem_put_service(struct keystore *k, const char *service)
{
	struct row row = { .table = SERVICE };
	struct wr name = WR(row.service);

	for (struct row *r = row_first(k, SERVICE); r != NULL; r = row_next(r))
		if (is_service(r, service))
			return 0;
	wr_str(&name, service);
	return wr_cstr(&name) ? keystore_mem_put(k, &row, NULL) : -EINVAL;
}

static int mem_drop_service(struct keystore *k, const char *service)
{
	keystore_mem_drop(k, is_service, service);
	return 0;
}

static int mem_services(struct keystore *k, char (*ret)[KM_SERVICE_MAX], size_t cap, size_t *ret_n)
{
	size_t n = 0;

	for (struct row *r = row_first(k, SERVICE); r != NULL; r = row_next(r))
		if (n < cap)
			memcpy(ret[n++], r->service, sizeof r->service);
	*ret_n = n;
	return 0;
}

/* What tells jobs apart: a service, or an MSK. */
static bool is_same_job(const struct row *r, const void *ctx)
{
	const struct keystore_job *job = ctx;

	if (r->table != JOB || r->job.kind != job->kind)
		return false;
	return job->kind == KM_MSK_REQUEST ? is_msk_named(&r->job.item.key, &job->item.key)
					   : strcmp(r->job.item.service, job->item.service) == 0;
}

/* One that is there stays in its place. */
static int mem_put_job(struct keystore *k, const struct keystore_job *job)
{
	const struct row row = { .table = JOB, .job = *job };

	for (struct row *r = row_first(k, JOB); r != NULL; r = row_next(r))
		if (is_same_job(r, job)) {
			r->job = *job;
			return 0;
		}
	return keystore_mem_put(k, &row, NULL);
}

static int mem_drop_job(struct keystore *k, enum km_kind kind, const struct km_item *item)
{
	const struct keystore_job job = { .kind = kind, .item = *item };

	keystore_mem_drop(k, is_same_job, &job);
	return 0;
}

static int mem_jobs(struct keystore *k, struct keystore_job *ret, size_t cap, size_t *ret_n)
{
	size_t n = 0;

	for (struct row *r = row_first(k, JOB); r != NULL; r = row_next(r))
		if (n < cap)
			ret[n++] = r->job;
	*ret_n = n;
	return 0;
}

static const struct keystore_ops ops = {
	.close = mem_close,
	.why = mem_why,
	.identity = mem_identity,
	.adopt = mem_adopt,
	.wipe = mem_wipe,
	.removed = mem_removed,
	.power_down = mem_power_down,
	.put_gba = mem_put_gba,
	.gba = mem_gba,
	.ks = mem_ks,
	.drop_gba = mem_drop_gba,
	.put_naf_key = mem_put_naf_key,
	.naf_key = mem_naf_key,
	.put_service = mem_put_service,
	.drop_service = mem_drop_service,
	.services = mem_services,
	.put_job = mem_put_job,
	.drop_job = mem_drop_job,
	.jobs = mem_jobs,
	.put_msk = keystore_mem_put_msk,
	.took_mtk = keystore_mem_took_mtk,
	.msks = keystore_mem_msks,
	.msk_sp = keystore_mem_msk_sp,
	.muks = keystore_mem_muks,
	.begin = mem_begin,
	.commit = mem_commit,
	.muk = keystore_mem_muk,
	.put_muk = keystore_mem_put_muk,
	.group = keystore_mem_group,
	.put_group = keystore_mem_put_group,
	.put_window = keystore_mem_put_window,
};

int keystore_open_mem(struct keystore **ret)
{
	struct keystore_mem *m = calloc(1, sizeof *m);

	if (m == NULL)
		return -ENOMEM;
	m->base.ops = &ops;
	*ret = &m->base;
	return 0;
}
