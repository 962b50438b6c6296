/* SPDX-License-Identifier: Apache-2.0 */
/* The key store in SQLite. */
#include "keystore.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	APPLICATION_ID = 0x76754D45, /* "vuME" */
	LAYOUT = 1,
	BUSY_MS = 5000, /* another vuicc-me on the same store */
};

static const char layout[] =
	"CREATE TABLE identity(one INTEGER PRIMARY KEY CHECK(one = 1), iccid TEXT NOT NULL, imsi TEXT NOT NULL);"
	"CREATE TABLE gba(one INTEGER PRIMARY KEY CHECK(one = 1), rand BLOB NOT NULL, btid TEXT NOT NULL,"
	" lifetime TEXT NOT NULL, expires INTEGER NOT NULL);"
	"CREATE TABLE naf(fqdn TEXT PRIMARY KEY, ks_ext_naf BLOB NOT NULL);"
	"CREATE TABLE service(id TEXT PRIMARY KEY);"
	"CREATE TABLE msk(domain BLOB NOT NULL, grp INTEGER NOT NULL, number INTEGER NOT NULL,"
	" ts INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(domain, grp, number));";

/* Everything that belongs to a UICC. */
static const char wipe_sql[] = "DELETE FROM identity; DELETE FROM gba; DELETE FROM naf; DELETE FROM service;"
			       "DELETE FROM msk;";

struct keystore {
	sqlite3 *db;
	char why[KEYSTORE_WHY_MAX];
};

static int errno_of(int code)
{
	switch (code & 0xFF) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return -EPROTO;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_READONLY:
		return -EACCES;
	default:
		return -EIO;
	}
}

static int failed(struct keystore *k, const char *what)
{
	snprintf(k->why, sizeof k->why, "key store: %s: %s", what, sqlite3_errmsg(k->db));
	return errno_of(sqlite3_extended_errcode(k->db));
}

static int exec(struct keystore *k, const char *sql, const char *what)
{
	return sqlite3_exec(k->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(k, what);
}

/* A statement and its values, bound in the order of calls; the first error sticks. */
struct query {
	struct keystore *k;
	const char *what;
	sqlite3_stmt *s;
	int n, rc;
};

static struct query query(struct keystore *k, const char *sql, const char *what)
{
	struct query q = { .k = k, .what = what };

	if (sqlite3_prepare_v2(k->db, sql, -1, &q.s, NULL) != SQLITE_OK)
		q.rc = failed(k, what);
	return q;
}

static void bound(struct query *q, int code)
{
	if (q->rc == 0 && code != SQLITE_OK)
		q->rc = failed(q->k, q->what);
}

static void bind_text(struct query *q, const char *text)
{
	if (q->rc == 0)
		bound(q, sqlite3_bind_text(q->s, ++q->n, text, -1, SQLITE_STATIC));
}

static void bind_blob(struct query *q, struct span octets)
{
	if (q->rc == 0)
		bound(q, sqlite3_bind_blob(q->s, ++q->n, octets.p, (int)octets.n, SQLITE_STATIC));
}

static void bind_int(struct query *q, int64_t v)
{
	if (q->rc == 0)
		bound(q, sqlite3_bind_int64(q->s, ++q->n, v));
}

/* True while there is a row. */
static bool next(struct query *q)
{
	if (q->rc != 0)
		return false;
	int code = sqlite3_step(q->s);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		q->rc = failed(q->k, q->what);
	return code == SQLITE_ROW;
}

static int finish(struct query *q)
{
	sqlite3_finalize(q->s);
	q->s = NULL;
	return q->rc;
}

/* For statements without rows. */
static int run(struct query *q)
{
	(void)next(q);
	return finish(q);
}

static bool column_text(struct query *q, int column, char *out, size_t size)
{
	const unsigned char *text = sqlite3_column_text(q->s, column);
	struct wr w = wr_of(out, size);

	if (text != NULL)
		wr_str(&w, (const char *)text);
	return text != NULL && wr_cstr(&w);
}

static bool column_octets(struct query *q, int column, void *out, size_t n)
{
	const void *p = sqlite3_column_blob(q->s, column);

	if (p == NULL || sqlite3_column_bytes(q->s, column) != (int)n)
		return false;
	memcpy(out, p, n);
	return true;
}

static void damaged(struct query *q)
{
	snprintf(q->k->why, sizeof q->k->why, "key store: %s: a row is not as this program writes them", q->what);
	q->rc = -EPROTO;
}

static int64_t pragma(struct keystore *k, const char *sql)
{
	struct query q = query(k, sql, sql);
	int64_t v = next(&q) ? sqlite3_column_int64(q.s, 0) : -1;

	return finish(&q) == 0 ? v : -1;
}

/* Begins a transaction that may write at once, so that it never has to be given up half way. */
static int begin(struct keystore *k)
{
	return exec(k, "BEGIN IMMEDIATE", "begin");
}

static int commit(struct keystore *k, int rc)
{
	if (rc == 0)
		rc = exec(k, "COMMIT", "commit");
	if (rc != 0)
		(void)sqlite3_exec(k->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

static int make_layout(struct keystore *k)
{
	char sql[128];
	int rc = begin(k);

	if (rc != 0)
		return rc;
	if (pragma(k, "SELECT count(*) FROM sqlite_schema") != 0)
		return commit(k, 0); /* another program was faster */
	snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID, LAYOUT);
	rc = exec(k, layout, "layout");
	if (rc == 0)
		rc = exec(k, sql, "layout");
	return commit(k, rc);
}

static int check_layout(struct keystore *k, const char *path)
{
	int rc = 0;

	if (pragma(k, "SELECT count(*) FROM sqlite_schema") == 0)
		rc = make_layout(k);
	if (rc == 0 &&
	    (pragma(k, "PRAGMA application_id") != APPLICATION_ID || pragma(k, "PRAGMA user_version") != LAYOUT)) {
		snprintf(k->why, sizeof k->why, "%.200s: expected a key store of vuicc-me, layout %d", path, LAYOUT);
		rc = -EPROTO;
	}
	return rc;
}

/* Every folder in front of the file, for its owner alone. */
static void make_folders(const char *path)
{
	char folder[4096];
	int n = snprintf(folder, sizeof folder, "%s", path);

	for (char *c = folder; n > 0 && (size_t)n < sizeof folder && (c = strchr(c + 1, '/')) != NULL;) {
		*c = '\0';
		(void)mkdir(folder, 0700);
		*c = '/';
	}
}

/* SQLite would make it readable for others; its log and index copy the mode of the file. */
static int own_file(const char *path, int create, char *why)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | create, 0600);
	if (fd < 0 || fchmod(fd, 0600) != 0) {
		int rc = -errno;
		snprintf(why, KEYSTORE_WHY_MAX, "%.200s: %s", path, strerror(-rc));
		if (fd >= 0)
			close(fd);
		return rc;
	}
	close(fd);
	return 0;
}

/* What was deleted still stands in the log: it is brought into the file, and the log cut to nothing. */
static int cut_log(struct keystore *k)
{
	struct query q = query(k, "PRAGMA wal_checkpoint(TRUNCATE)", "cut the log");
	bool busy = next(&q) && sqlite3_column_int(q.s, 0) != 0;
	int rc = finish(&q);

	if (rc == 0 && busy) {
		snprintf(k->why, sizeof k->why, "key store: wiped, but another program keeps its log from being cut");
		rc = -EBUSY;
	}
	return rc;
}

/* The file is there. */
static int open_file(struct keystore **ret, const char *path, char *why)
{
	struct keystore *k = calloc(1, sizeof *k);
	int rc = 0;

	if (k == NULL) {
		snprintf(why, KEYSTORE_WHY_MAX, "no memory");
		return -ENOMEM;
	}
	if (sqlite3_open_v2(path, &k->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		rc = failed(k, path);
	if (rc == 0)
		sqlite3_busy_timeout(k->db, BUSY_MS);
	if (rc == 0)
		rc = exec(k,
			  "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA journal_mode = WAL;"
			  "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF",
			  path);
	if (rc == 0)
		rc = check_layout(k, path);
	/* Should a wipe have been cut off by a loss of power before its last step. Another user of the store may prevent it. */
	if (rc == 0)
		(void)cut_log(k);
	if (rc != 0) {
		snprintf(why, KEYSTORE_WHY_MAX, "%s", k->why);
		keystore_close(k);
		return rc;
	}
	*ret = k;
	return 0;
}

int keystore_open(struct keystore **ret, const char *path, char *why)
{
	make_folders(path);
	int rc = own_file(path, O_CREAT, why);
	return rc != 0 ? rc : open_file(ret, path, why);
}

int keystore_open_existing(struct keystore **ret, const char *path, char *why)
{
	int rc = own_file(path, 0, why);
	return rc != 0 ? rc : open_file(ret, path, why);
}

void keystore_close(struct keystore *k)
{
	if (k == NULL)
		return;
	sqlite3_close(k->db);
	free(k);
}

const char *keystore_why(const struct keystore *k)
{
	return k->why;
}

int keystore_identity(struct keystore *k, struct keystore_identity *ret)
{
	struct query q = query(k, "SELECT iccid, imsi FROM identity", "identity");
	struct keystore_identity id;
	bool there = next(&q);

	if (there && !(column_text(&q, 0, id.iccid, sizeof id.iccid) && column_text(&q, 1, id.imsi, sizeof id.imsi)))
		damaged(&q);
	int rc = finish(&q);
	if (rc == 0 && there)
		*ret = id;
	return rc != 0 ? rc : there ? 0 : -ENOENT;
}

static int put_identity(struct keystore *k, const struct keystore_identity *id)
{
	struct query q = query(k, "INSERT INTO identity VALUES(1, ?, ?)", "identity");

	bind_text(&q, id->iccid);
	bind_text(&q, id->imsi);
	return run(&q);
}

int keystore_adopt(struct keystore *k, const struct keystore_identity *id, bool *ret_wiped)
{
	struct keystore_identity last;
	int rc = begin(k);

	if (rc != 0)
		return rc;
	int known = keystore_identity(k, &last);
	if (known == 0 && strcmp(last.iccid, id->iccid) == 0 && strcmp(last.imsi, id->imsi) == 0) {
		*ret_wiped = false;
		return commit(k, 0);
	}
	/* A row that cannot be read is another card's, too: what cannot be told apart is wiped. */
	if (known == 0 || known == -ENOENT || known == -EPROTO)
		rc = exec(k, wipe_sql, "wipe");
	else
		rc = known;
	if (rc == 0)
		rc = put_identity(k, id);
	rc = commit(k, rc);
	if (rc != 0)
		return rc;
	*ret_wiped = known != -ENOENT;
	return cut_log(k);
}

int keystore_wipe(struct keystore *k)
{
	int rc = begin(k);

	if (rc == 0)
		rc = commit(k, exec(k, wipe_sql, "wipe"));
	return rc != 0 ? rc : cut_log(k);
}

int keystore_put_gba(struct keystore *k, const struct keystore_gba *gba)
{
	int rc = begin(k);

	if (rc != 0)
		return rc;
	rc = exec(k, "DELETE FROM gba; DELETE FROM naf", "bootstrapping");
	struct query q = query(k, "INSERT INTO gba VALUES(1, ?, ?, ?, ?)", "bootstrapping");
	bind_blob(&q, SPAN(gba->rand));
	bind_text(&q, gba->btid);
	bind_text(&q, gba->lifetime);
	bind_int(&q, gba->expires);
	int inserted = run(&q);
	return commit(k, rc != 0 ? rc : inserted);
}

int keystore_gba(struct keystore *k, struct keystore_gba *ret)
{
	struct query q = query(k, "SELECT rand, btid, lifetime, expires FROM gba", "bootstrapping");
	struct keystore_gba g;
	bool there = next(&q);

	if (there && !(column_octets(&q, 0, g.rand, sizeof g.rand) && column_text(&q, 1, g.btid, sizeof g.btid) &&
		       column_text(&q, 2, g.lifetime, sizeof g.lifetime)))
		damaged(&q);
	if (there)
		g.expires = sqlite3_column_int64(q.s, 3);
	int rc = finish(&q);
	if (rc == 0 && there)
		*ret = g;
	return rc != 0 ? rc : there ? 0 : -ENOENT;
}

int keystore_drop_gba(struct keystore *k)
{
	int rc = begin(k);

	return rc != 0 ? rc : commit(k, exec(k, "DELETE FROM gba; DELETE FROM naf", "bootstrapping"));
}

int keystore_put_naf_key(struct keystore *k, const char *fqdn, const struct key256 *ks_ext_naf)
{
	struct query q = query(k, "INSERT OR REPLACE INTO naf VALUES(?, ?)", "NAF key");

	bind_text(&q, fqdn);
	bind_blob(&q, SPAN(ks_ext_naf->b));
	return run(&q);
}

int keystore_naf_key(struct keystore *k, const char *fqdn, struct key256 *ret)
{
	struct query q = query(k, "SELECT ks_ext_naf FROM naf WHERE fqdn = ?", "NAF key");

	bind_text(&q, fqdn);
	bool there = next(&q);
	if (there && !column_octets(&q, 0, ret->b, sizeof ret->b))
		damaged(&q);
	int rc = finish(&q);
	return rc != 0 ? rc : there ? 0 : -ENOENT;
}

int keystore_put_service(struct keystore *k, const char *service)
{
	struct query q = query(k, "INSERT OR IGNORE INTO service VALUES(?)", "registration");

	bind_text(&q, service);
	return run(&q);
}

int keystore_drop_service(struct keystore *k, const char *service)
{
	struct query q = query(k, "DELETE FROM service WHERE id = ?", "registration");

	bind_text(&q, service);
	return run(&q);
}

int keystore_services(struct keystore *k, char (*ret)[KM_SERVICE_MAX], size_t cap, size_t *ret_n)
{
	struct query q = query(k, "SELECT id FROM service ORDER BY rowid", "registrations");
	size_t n = 0;

	while (n < cap && next(&q))
		if (!column_text(&q, 0, ret[n++], KM_SERVICE_MAX))
			damaged(&q);
	int rc = finish(&q);
	if (rc == 0)
		*ret_n = n;
	return rc;
}

/* The card keeps two MSKs of a group (decision 21), the one delivered last being the newest. */
static int drop_older_msks(struct keystore *k, const struct mikey_key_id *key)
{
	struct query q = query(k,
			       "DELETE FROM msk WHERE domain = ?1 AND grp = ?2 AND rowid NOT IN (SELECT rowid FROM msk "
			       "WHERE domain = ?1 AND grp = ?2 ORDER BY rowid DESC LIMIT 2)",
			       "MSK");

	bind_blob(&q, SPAN(key->domain));
	bind_int(&q, key->group);
	return run(&q);
}

int keystore_put_msk(struct keystore *k, const struct keystore_msk *msk)
{
	int rc = begin(k);

	if (rc != 0)
		return rc;
	struct query q = query(k, "INSERT OR REPLACE INTO msk VALUES(?, ?, ?, ?, ?)", "MSK");
	bind_blob(&q, SPAN(msk->key.domain));
	bind_int(&q, msk->key.group);
	bind_int(&q, msk->key.number);
	bind_int(&q, msk->ts);
	bind_int(&q, msk->when);
	rc = run(&q);
	return commit(k, rc != 0 ? rc : drop_older_msks(k, &msk->key));
}

int keystore_msks(struct keystore *k, struct keystore_msk *ret, size_t cap, size_t *ret_n)
{
	struct query q = query(k, "SELECT domain, grp, number, ts, at FROM msk ORDER BY rowid", "MSKs");
	size_t n = 0;

	while (n < cap && next(&q)) {
		struct keystore_msk *m = &ret[n++];
		*m = (struct keystore_msk){ .key.group = (uint16_t)sqlite3_column_int(q.s, 1),
					    .key.number = (uint16_t)sqlite3_column_int(q.s, 2),
					    .ts = (uint32_t)sqlite3_column_int64(q.s, 3),
					    .when = sqlite3_column_int64(q.s, 4) };
		if (!column_octets(&q, 0, m->key.domain, sizeof m->key.domain))
			damaged(&q);
	}
	int rc = finish(&q);
	if (rc == 0)
		*ret_n = n;
	return rc;
}
