/* SPDX-License-Identifier: Apache-2.0 */
/* The subscribers in the file: those of the configuration, and those that were imported. */
#include <errno.h>
#include <stdio.h>

#include "state_int.h"

enum { CONFIGURED = 1, IMPORTED = 2 };

/* An unchanged row is not written. */
static const char put_text[] =
	"INSERT INTO subscriber VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT(imsi) DO UPDATE SET"
	" impi = ?2, algorithm = ?3, k = ?4, opc = ?5, res_len = ?6, iterations = ?7, amf = ?8, gba_u = ?9,"
	" mbms_uicc = ?10, source = source | ?11 WHERE (impi, algorithm, k, opc, res_len, iterations, amf, gba_u,"
	" mbms_uicc, source) IS NOT (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, source | ?11)";

/* Runs a query of put_text for one subscriber. */
static void put(struct sql_query *q, const struct subscriber *s, int source)
{
	const struct aka_secret *secret = &s->secret;
	bool tuak = secret->algorithm == AKA_TUAK;

	sql_bind_text(q, s->imsi);
	sql_bind_text(q, s->impi);
	sql_bind_int(q, secret->algorithm);
	sql_bind_octets(q, tuak ? span_of(secret->tuak.k.b, secret->tuak.k_len) : SPAN(secret->k.b));
	sql_bind_octets(q, tuak ? SPAN(secret->tuak.topc.b) : SPAN(secret->opc.b));
	sql_bind_int(q, tuak ? secret->tuak_res_len : 0);
	sql_bind_int(q, tuak ? secret->tuak.iterations : 0);
	sql_bind_octets(q, SPAN(s->amf));
	sql_bind_int(q, s->gba_u);
	sql_bind_int(q, s->mbms_uicc);
	sql_bind_int(q, source);
	(void)sql_next(q);
	sql_again(q);
}

static bool get_octets(struct sql_query *q, int column, uint8_t *ret, size_t most, uint8_t *ret_n)
{
	struct span octets = sql_blob(q, column);
	struct wr w = wr_of(ret, most);

	wr_span(&w, octets);
	*ret_n = (uint8_t)w.n;
	if (w.bad)
		sql_damaged(q);
	return !w.bad;
}

/* The row of get_text. */
static bool get(struct sql_query *q, struct subscriber *s)
{
	struct aka_secret *secret = &s->secret;
	uint8_t n;

	*s = (struct subscriber){ .gba_u = sql_int(q, 8) != 0, .mbms_uicc = sql_int(q, 9) != 0 };
	secret->algorithm = sql_int(q, 2) == AKA_TUAK ? AKA_TUAK : AKA_MILENAGE;
	bool ok = sql_text(q, 0, s->imsi, sizeof s->imsi) && sql_text(q, 1, s->impi, sizeof s->impi) &&
		  sql_octets(q, 7, s->amf, sizeof s->amf);
	if (secret->algorithm == AKA_TUAK) {
		secret->tuak_res_len = (uint8_t)sql_int(q, 5);
		secret->tuak.iterations = (uint8_t)sql_int(q, 6);
		ok = ok && get_octets(q, 3, secret->tuak.k.b, sizeof secret->tuak.k.b, &n) &&
		     sql_octets(q, 4, secret->tuak.topc.b, sizeof secret->tuak.topc.b);
		secret->tuak.k_len = ok ? n : 0;
	} else {
		ok = ok && sql_octets(q, 3, secret->k.b, sizeof secret->k.b) &&
		     sql_octets(q, 4, secret->opc.b, sizeof secret->opc.b);
	}
	auc_set_sqn(s, (uint64_t)sql_int(q, 10));
	if (ok && !aka_secret_ok(secret))
		sql_damaged(q);
	return ok && q->rc == 0;
}

static int64_t count(struct state *s, const char *text)
{
	struct sql_query q = sql_query(&s->sql, text, "count subscribers");
	int64_t n = sql_next(&q) ? sql_int(&q, 0) : 0;

	return sql_finish(&q) == 0 ? n : -1;
}

/* The configuration's into the file. */
static int put_configured(struct state *s, const struct net_config *c)
{
	struct sql_query q = sql_query(&s->sql, put_text, "store subscribers");

	for (size_t i = 0; i < c->n_subscribers && q.rc == 0; i++)
		put(&q, &c->subscriber[i], CONFIGURED);
	return sql_finish(&q);
}

/* The file's into the configuration. */
static int get_imported(struct state *s, struct net_config *c)
{
	struct subscribers all = { c->subscriber, c->n_subscribers, c->n_subscribers };
	struct sql_query q =
		sql_query(&s->sql,
			  "SELECT s.imsi, impi, algorithm, k, opc, res_len, iterations, amf, gba_u, mbms_uicc,"
			  " coalesce(q.sqn, 0) FROM subscriber AS s LEFT JOIN sqn AS q ON q.imsi = s.imsi"
			  " WHERE source = 2 ORDER BY s.imsi",
			  "read subscribers");

	while (sql_next(&q)) {
		struct subscriber one __attribute__((cleanup(subscriber_wipe)));

		if (get(&q, &one) && !subscribers_add(&all, &one)) {
			snprintf(s->sql.why, sizeof s->sql.why, "no memory for %zu subscribers", all.n);
			q.rc = -ENOMEM;
		}
	}
	c->subscriber = all.v;
	c->n_subscribers = all.n;
	return sql_finish(&q);
}

/* The file knows which subscribers the configuration has now: no others are configured. */
static int mirror(struct state *s, const struct net_config *c)
{
	int rc = sql_exec(&s->sql, "CREATE TEMP TABLE here(imsi TEXT PRIMARY KEY) WITHOUT ROWID", "store subscribers");

	if (rc != 0)
		return rc;
	struct sql_query q = sql_query(&s->sql, "INSERT INTO here VALUES(?)", "store subscribers");
	for (size_t i = 0; i < c->n_subscribers && q.rc == 0; i++) {
		sql_bind_text(&q, c->subscriber[i].imsi);
		(void)sql_next(&q);
		sql_again(&q);
	}
	rc = sql_finish(&q);
	if (rc == 0)
		rc = sql_exec(&s->sql,
			      "UPDATE subscriber SET source = source & ~1 WHERE source & 1 AND imsi NOT IN here;"
			      "DELETE FROM subscriber WHERE source = 0; DROP TABLE here",
			      "store subscribers");
	return rc == 0 ? put_configured(s, c) : rc;
}

static int configure(struct state *s, struct net_config *c)
{
	int64_t imported = count(s, "SELECT count(*) FROM subscriber WHERE source & 2");

	if (!c->own_subscribers && imported > 0)
		net_config_no_subscribers(c);
	return imported < 0 ? sql_failed(&s->sql, "count subscribers") : mirror(s, c);
}

int state_subscribers(struct state *s, struct net_config *c, char why[static STATE_WHY_MAX])
{
	int rc = sql_begin(&s->sql);

	if (rc == 0)
		rc = sql_end(&s->sql, configure(s, c));
	if (rc == 0)
		rc = get_imported(s, c);
	snprintf(why, STATE_WHY_MAX, "%s", rc != 0 ? s->sql.why : "");
	return rc;
}

/* An import under way. */
struct importing {
	struct sql_query once, subscriber, sqn;
	size_t n;
};

/* Runs a query that is bound; whether there is a row. */
static bool step(struct sql_query *q)
{
	bool row = sql_next(q);

	sql_again(q);
	return row;
}

/* 0, -EEXIST when it came before, or what SQLite had against it. */
static int import_one(struct importing *im, const struct subscriber *s)
{
	sql_bind_text(&im->once, s->imsi);
	if (!step(&im->once))
		return im->once.rc != 0 ? im->once.rc : -EEXIST;
	put(&im->subscriber, s, IMPORTED);
	sql_bind_text(&im->sqn, s->imsi);
	sql_bind_int(&im->sqn, (int64_t)auc_sqn(s));
	(void)step(&im->sqn);
	im->n++;
	return im->subscriber.rc != 0 ? im->subscriber.rc : im->sqn.rc;
}

static int import_range(void *ctx, const struct subscriber_range *range, char what[static SUBSCRIBER_WHY_MAX])
{
	struct importing *im = ctx;
	struct subscriber s __attribute__((cleanup(subscriber_wipe))) = range->first;
	int rc = 0;

	for (uint32_t i = 0; i < range->count && rc == 0; i++) {
		if (i != 0)
			subscriber_next(&s, range);
		rc = import_one(im, &s);
		if (im->n > SUBSCRIBERS_MAX)
			rc = -E2BIG;
	}
	if (rc == -EEXIST)
		snprintf(what, SUBSCRIBER_WHY_MAX, "expected an IMSI of its own, got %s again", s.imsi);
	else if (rc == -E2BIG)
		snprintf(what, SUBSCRIBER_WHY_MAX, "expected %d subscribers at most", SUBSCRIBERS_MAX);
	else if (rc != 0)
		snprintf(what, SUBSCRIBER_WHY_MAX, "%.250s", im->subscriber.sql->why);
	return rc == -EEXIST || rc == -E2BIG ? -EINVAL : rc;
}

static int import_file(const char *path, const struct import_options *options, const struct import_sink *sink,
		       char why[static IMPORT_WHY_MAX])
{
	FILE *in = fopen(path, "re");

	if (in == NULL) {
		int error = -errno;
		snprintf(why, IMPORT_WHY_MAX, "%s: %s", path, strerror(-error));
		return error;
	}
	int error = import_read(in, path, options, sink, why);
	fclose(in);
	return error;
}

static int import_all(struct state *s, const char *const *paths, size_t n, const struct import_options *options,
		      size_t *ret_n, char why[static IMPORT_WHY_MAX])
{
	struct importing im = {
		.once = sql_query(&s->sql, "INSERT OR IGNORE INTO once VALUES(?) RETURNING imsi", "import"),
		.subscriber = sql_query(&s->sql, put_text, "import"),
		.sqn = sql_query(&s->sql,
				 "INSERT INTO sqn VALUES(?1, ?2) ON CONFLICT(imsi) DO UPDATE SET sqn = max(sqn, ?2)",
				 "import"),
	};
	const struct import_sink sink = { import_range, &im };
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = import_file(paths[i], options, &sink, why);
	int finished[] = { sql_finish(&im.once), sql_finish(&im.subscriber), sql_finish(&im.sqn) };
	for (size_t i = 0; i < VU_COUNT(finished) && rc == 0; i++)
		rc = finished[i];
	*ret_n = im.n;
	return rc;
}

int state_import(struct state *s, const char *const *paths, size_t n, const struct import_options *options,
		 size_t *ret_n, char why[static IMPORT_WHY_MAX])
{
	size_t imported = 0;
	int rc = sql_begin(&s->sql);

	why[0] = '\0';
	if (rc == 0) {
		rc = sql_exec(&s->sql, "CREATE TEMP TABLE once(imsi TEXT PRIMARY KEY) WITHOUT ROWID", "import");
		if (rc == 0)
			rc = import_all(s, paths, n, options, &imported, why);
		if (rc == 0)
			rc = sql_exec(&s->sql, "DROP TABLE once", "import");
		rc = sql_end(&s->sql, rc); /* a table made in a transaction goes with it, too */
	}
	if (rc != 0 && why[0] == '\0')
		snprintf(why, IMPORT_WHY_MAX, "%s", s->sql.why);
	if (rc == 0)
		*ret_n = imported;
	return rc;
}
