/* SPDX-License-Identifier: Apache-2.0 */
/* The key store: what the user wants (registrations), and what the BM-SC has to be asked for. */
#include "keystore_int.h"

int keystore_put_service(struct keystore *k, const char *service)
{
	struct query q = query_of(k, "INSERT OR IGNORE INTO service VALUES(?)", "registration");

	query_text(&q, service);
	return query_run(&q);
}

int keystore_drop_service(struct keystore *k, const char *service)
{
	struct query q = query_of(k, "DELETE FROM service WHERE id = ?", "registration");

	query_text(&q, service);
	return query_run(&q);
}

int keystore_services(struct keystore *k, char (*ret)[KM_SERVICE_MAX], size_t cap, size_t *ret_n)
{
	struct query q = query_of(k, "SELECT id FROM service ORDER BY rowid", "registrations");
	size_t n = 0;

	while (n < cap && query_next(&q))
		if (!query_get_text(&q, 0, ret[n++], KM_SERVICE_MAX))
			query_damaged(&q);
	int rc = query_end(&q);
	if (rc == 0)
		*ret_n = n;
	return rc;
}

/* What tells jobs apart: a service, or an MSK. */
static void job_key(struct query *q, enum km_kind kind, const struct km_item *item)
{
	bool msk = kind == KM_MSK_REQUEST;

	query_int(q, kind);
	query_text(q, msk ? "" : item->service);
	query_blob(q, msk ? SPAN(item->key.domain) : (struct span){ 0 });
	query_int(q, msk ? item->key.group : 0);
	query_int(q, msk ? item->key.number : 0);
}

int keystore_put_job(struct keystore *k, const struct keystore_job *job)
{
	struct query q = query_of(k,
				  "INSERT INTO job(kind, service, domain, grp, number, tries, due) "
				  "VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT(kind, service, domain, grp, number) "
				  "DO UPDATE SET tries = excluded.tries, due = excluded.due",
				  "request that waits");

	job_key(&q, job->kind, &job->item);
	query_int(&q, job->tries);
	query_int(&q, job->due);
	return query_run(&q);
}

int keystore_drop_job(struct keystore *k, enum km_kind kind, const struct km_item *item)
{
	struct query q = query_of(k,
				  "DELETE FROM job WHERE kind = ? AND service = ? AND domain = ? AND grp = ? "
				  "AND number = ?",
				  "request that waits");

	job_key(&q, kind, item);
	return query_run(&q);
}

static bool get_job(struct query *q, struct keystore_job *job)
{
	int64_t kind = query_get_int(q, 0);

	*job = (struct keystore_job){ .item.key.group = (uint16_t)query_get_int(q, 3),
				      .item.key.number = (uint16_t)query_get_int(q, 4),
				      .tries = (unsigned)query_get_int(q, 5),
				      .due = query_get_int(q, 6) };
	if (kind < 0 || kind >= KM_KINDS || !query_get_text(q, 1, job->item.service, sizeof job->item.service))
		return false;
	job->kind = (enum km_kind)kind;
	return job->kind != KM_MSK_REQUEST || query_get_octets(q, 2, job->item.key.domain, sizeof job->item.key.domain);
}

int keystore_jobs(struct keystore *k, struct keystore_job *ret, size_t cap, size_t *ret_n)
{
	struct query q = query_of(k, "SELECT kind, service, domain, grp, number, tries, due FROM job ORDER BY rowid",
				  "requests that wait");
	size_t n = 0;

	while (n < cap && query_next(&q))
		if (!get_job(&q, &ret[n++]))
			query_damaged(&q);
	int rc = query_end(&q);
	if (rc == 0)
		*ret_n = n;
	return rc;
}
