/* SPDX-License-Identifier: Apache-2.0 */
/* The key store in a file: what the user wants (registrations), and what the BM-SC has to be asked for. */
#include "keystore_sqlite.h"

int keystore_sqlite_put_service(struct keystore *k, const char *service)
{
	struct sql_query q = sql_query(sql_of(k), "INSERT OR IGNORE INTO service VALUES(?)", "registration");

	sql_bind_text(&q, service);
	return sql_run(&q);
}

int keystore_sqlite_drop_service(struct keystore *k, const char *service)
{
	struct sql_query q = sql_query(sql_of(k), "DELETE FROM service WHERE id = ?", "registration");

	sql_bind_text(&q, service);
	return sql_run(&q);
}

int keystore_sqlite_services(struct keystore *k, char (*ret)[KM_SERVICE_MAX], size_t cap, size_t *ret_n)
{
	struct sql_query q = sql_query(sql_of(k), "SELECT id FROM service ORDER BY rowid", "registrations");
	size_t n = 0;

	while (n < cap && sql_next(&q))
		if (!sql_text(&q, 0, ret[n++], KM_SERVICE_MAX))
			sql_damaged(&q);
	int rc = sql_finish(&q);
	if (rc == 0)
		*ret_n = n;
	return rc;
}

/* What tells jobs apart: a service, or an MSK. */
static void job_key(struct sql_query *q, enum km_kind kind, const struct km_item *item)
{
	bool msk = kind == KM_MSK_REQUEST;

	sql_bind_int(q, kind);
	sql_bind_text(q, msk ? "" : item->service);
	sql_bind_octets(q, msk ? SPAN(item->key.domain) : (struct span){ 0 });
	sql_bind_int(q, msk ? item->key.group : 0);
	sql_bind_int(q, msk ? item->key.number : 0);
}

int keystore_sqlite_put_job(struct keystore *k, const struct keystore_job *job)
{
	struct sql_query q = sql_query(sql_of(k),
				       "INSERT INTO job(kind, service, domain, grp, number, tries, due) "
				       "VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT(kind, service, domain, grp, number) "
				       "DO UPDATE SET tries = excluded.tries, due = excluded.due",
				       "request that waits");

	job_key(&q, job->kind, &job->item);
	sql_bind_int(&q, job->tries);
	sql_bind_int(&q, job->due);
	return sql_run(&q);
}

int keystore_sqlite_drop_job(struct keystore *k, enum km_kind kind, const struct km_item *item)
{
	struct sql_query q = sql_query(sql_of(k),
				       "DELETE FROM job WHERE kind = ? AND service = ? AND domain = ? AND grp = ? "
				       "AND number = ?",
				       "request that waits");

	job_key(&q, kind, item);
	return sql_run(&q);
}

static bool get_job(struct sql_query *q, struct keystore_job *job)
{
	int64_t kind = sql_int(q, 0);

	*job = (struct keystore_job){ .item.key.group = (uint16_t)sql_int(q, 3),
				      .item.key.number = (uint16_t)sql_int(q, 4),
				      .tries = (unsigned)sql_int(q, 5),
				      .due = sql_int(q, 6) };
	if (kind < 0 || kind >= KM_KINDS || !sql_text(q, 1, job->item.service, sizeof job->item.service))
		return false;
	job->kind = (enum km_kind)kind;
	return job->kind != KM_MSK_REQUEST || sql_octets(q, 2, job->item.key.domain, sizeof job->item.key.domain);
}

int keystore_sqlite_jobs(struct keystore *k, struct keystore_job *ret, size_t cap, size_t *ret_n)
{
	struct sql_query q =
		sql_query(sql_of(k), "SELECT kind, service, domain, grp, number, tries, due FROM job ORDER BY rowid",
			  "requests that wait");
	size_t n = 0;

	while (n < cap && sql_next(&q))
		if (!get_job(&q, &ret[n++]))
			sql_damaged(&q);
	int rc = sql_finish(&q);
	if (rc == 0)
		*ret_n = n;
	return rc;
}
