/* SPDX-License-Identifier: Apache-2.0 */
/* The key store in a file: the file, whose it is, and the bootstrapping. */
#include "keystore_sqlite.h"

#include <stdlib.h>
#include <sys/stat.h>

enum {
	APPLICATION_ID = 0x76754D45, /* "vuME" */
	BUSY_MS = 5000, /* another vuicc-me on the same store */
};

/* From nothing to layout 1, and from each layout to the next: a new store walks the same way as an old one. */
static const char *const layouts[] = {
	"CREATE TABLE identity(one INTEGER PRIMARY KEY CHECK(one = 1), iccid TEXT NOT NULL, imsi TEXT NOT NULL);"
	"CREATE TABLE gba(one INTEGER PRIMARY KEY CHECK(one = 1), rand BLOB NOT NULL, btid TEXT NOT NULL,"
	" lifetime TEXT NOT NULL, expires INTEGER NOT NULL);"
	"CREATE TABLE naf(fqdn TEXT PRIMARY KEY, ks_ext_naf BLOB NOT NULL);"
	"CREATE TABLE service(id TEXT PRIMARY KEY);"
	"CREATE TABLE msk(domain BLOB NOT NULL, grp INTEGER NOT NULL, number INTEGER NOT NULL,"
	" ts INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(domain, grp, number));",

	/* GBA_ME: keys in the ME. Requests that wait; SP payloads and the last MTK of each MSK. */
	"ALTER TABLE gba ADD COLUMN ks BLOB;"
	"ALTER TABLE naf RENAME COLUMN ks_ext_naf TO mrk;"
	"CREATE TABLE muk(naf_id BLOB NOT NULL, in_use INTEGER NOT NULL, btid TEXT NOT NULL, muk BLOB NOT NULL,"
	" counter INTEGER NOT NULL, PRIMARY KEY(naf_id, in_use));"
	"ALTER TABLE msk ADD COLUMN sp BLOB NOT NULL DEFAULT x'';"
	"ALTER TABLE msk ADD COLUMN mtk INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE msk ADD COLUMN mtk_at INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE msk ADD COLUMN key BLOB;" /* NULL: on the card, and what follows is not known */
	"ALTER TABLE msk ADD COLUMN csb_id INTEGER;"
	"ALTER TABLE msk ADD COLUMN rand BLOB;"
	"ALTER TABLE msk ADD COLUMN seq_l INTEGER;"
	"ALTER TABLE msk ADD COLUMN seq_u INTEGER;"
	"ALTER TABLE msk ADD COLUMN seq_top INTEGER;"
	"ALTER TABLE msk ADD COLUMN counter INTEGER;"
	"CREATE TABLE job(kind INTEGER NOT NULL, service TEXT NOT NULL, domain BLOB NOT NULL, grp INTEGER NOT NULL,"
	" number INTEGER NOT NULL, tries INTEGER NOT NULL, due INTEGER NOT NULL,"
	" PRIMARY KEY(kind, service, domain, grp, number));",
};

enum { LAYOUT = VU_COUNT(layouts) };

/* Everything that belongs to a UICC. */
static const char wipe_sql[] = "DELETE FROM identity; DELETE FROM gba; DELETE FROM naf; DELETE FROM muk;"
			       "DELETE FROM service; DELETE FROM msk; DELETE FROM job;";

/* Ks where the ME has it, and what came from it. A B-TID without its Ks is of no use. */
static const char drop_gba_keys_sql[] = "DELETE FROM gba WHERE ks IS NOT NULL; DELETE FROM naf;"
					"DELETE FROM muk WHERE NOT in_use;";

static int pragma(struct keystore *k, const char *sql, int64_t *ret)
{
	struct sql_query q = sql_query(sql_of(k), sql, sql);
	bool there = sql_next(&q);
	int64_t v = there ? sql_int(&q, 0) : 0;
	int rc = sql_finish(&q);

	if (rc == 0)
		*ret = v;
	return rc;
}

/* The file that is open is not the one of that name any more: what is written there is gone when this program ends. */
static bool is_lost(struct keystore *k)
{
	int moved = 0;

	return sql_of(k)->db == NULL ||
	       (sqlite3_file_control(sql_of(k)->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0);
}

int keystore_sqlite_begin(struct keystore *k)
{
	int rc = sql_begin(sql_of(k));

	if (rc != 0 || !is_lost(k))
		return rc;
	rc = sql_end(sql_of(k), -EIO);
	snprintf(sql_of(k)->why, sizeof sql_of(k)->why, "key store: %.200s was removed or replaced while it was in use",
		 file_of(k)->path);
	return rc;
}

int keystore_sqlite_commit(struct keystore *k, int rc)
{
	return sql_end(sql_of(k), rc);
}

/* *ret 0: there is nothing in the file yet; -1: it is no key store. */
static int layout_of(struct keystore *k, int64_t *ret)
{
	int64_t tables = 0, id = 0, version = 0;
	int rc = pragma(k, "SELECT count(*) FROM sqlite_schema", &tables);

	if (rc == 0)
		rc = pragma(k, "PRAGMA application_id", &id);
	if (rc == 0)
		rc = pragma(k, "PRAGMA user_version", &version);
	/* No database at all is no key store either; what cannot be read now may be one. */
	if (rc != 0 && rc != -EPROTO)
		return rc;
	*ret = rc != 0 ? -1 : tables == 0 ? 0 : id == APPLICATION_ID ? version : -1;
	return 0;
}

/* In one transaction: the store stays what it was until all of it is done. */
static int bring_up_to_date(struct keystore *k)
{
	char sql[128];
	int rc = keystore_sqlite_begin(k);

	if (rc != 0)
		return rc;
	/* Asked again: another program may have been faster. */
	int64_t layout = 0;
	rc = layout_of(k, &layout);
	for (; rc == 0 && layout >= 0 && layout < LAYOUT; layout++)
		rc = sql_exec(sql_of(k), layouts[layout], "layout");
	snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID, LAYOUT);
	return keystore_sqlite_commit(k, rc != 0 ? rc : sql_exec(sql_of(k), sql, "layout"));
}

/* Before the file is touched: it may be somebody else's. */
static int check_layout(struct keystore *k, int64_t *ret)
{
	int64_t layout = 0;
	int rc = layout_of(k, &layout);

	if (rc != 0)
		return rc;
	*ret = layout;
	if (layout >= 0 && layout <= LAYOUT)
		return 0;
	if (layout > LAYOUT)
		snprintf(sql_of(k)->why, sizeof sql_of(k)->why,
			 "%.200s: expected a key store of layout %d at most, got layout %d", file_of(k)->path, LAYOUT,
			 (int)layout);
	else
		snprintf(sql_of(k)->why, sizeof sql_of(k)->why, "%.200s: expected a key store of vuicc-me",
			 file_of(k)->path);
	return -EPROTO;
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

/* What was deleted still stands in the log: it is brought into the file, and the log cut to nothing. */
static int cut_log(struct keystore *k)
{
	struct sql_query q = sql_query(sql_of(k), "PRAGMA wal_checkpoint(TRUNCATE)", "cut the log");
	bool busy = sql_next(&q) && sql_int(&q, 0) != 0;
	int rc = sql_finish(&q);

	if (rc == 0 && busy) {
		snprintf(sql_of(k)->why, sizeof sql_of(k)->why,
			 "key store: wiped, but another program keeps its log from being cut");
		rc = -EBUSY;
	}
	return rc;
}

/* The database; without it after a failure. */
static int connect(struct keystore *k)
{
	int64_t layout = 0;
	int rc = 0;

	if (sqlite3_open_v2(file_of(k)->path, &sql_of(k)->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		rc = sql_failed(sql_of(k), file_of(k)->path);
	if (rc == 0)
		sqlite3_busy_timeout(sql_of(k)->db, BUSY_MS);
	if (rc == 0)
		rc = check_layout(k, &layout);
	if (rc == 0)
		rc = sql_exec(sql_of(k),
			      "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA journal_mode = WAL;"
			      "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF",
			      file_of(k)->path);
	if (rc == 0 && layout != LAYOUT)
		rc = bring_up_to_date(k);
	if (rc == 0)
		return 0;
	sqlite3_close(sql_of(k)->db);
	sql_of(k)->db = NULL;
	return rc;
}

/*
 * After a transaction that deleted keys, whose end was rc. They are gone; now their last traces go, from the log and from
 * the cache of this connection, which another one replaces. Should that one not come about, the old one serves on.
 */
static int leave_no_trace(struct keystore *k, int rc)
{
	sqlite3 *old = sql_of(k)->db;

	if (rc != 0)
		return rc;
	rc = cut_log(k);
	if (rc != 0)
		return rc;
	rc = connect(k);
	if (rc != 0)
		sql_of(k)->db = old;
	else
		sqlite3_close(old);
	return rc;
}

/* Whether the file, which others may read, can be made ours: 0, or -errno with why. It stays as it is. */
static int look_into(const char *path, char *why)
{
	struct keystore_sqlite k = { .sql.name = "key store", .path = (char *)path };
	int64_t layout;
	int rc = 0;

	if (sqlite3_open_v2(path, &k.sql.db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		rc = sql_failed(&k.sql, path);
	if (rc == 0)
		rc = check_layout(&k.base, &layout);
	sqlite3_close(k.sql.db);
	if (rc != 0)
		snprintf(why, KEYSTORE_WHY_MAX, "%s", k.sql.why);
	return rc;
}

/* One that was there may be somebody else's, named by mistake: its mode is none of our business. */
static int own_file(const char *path, bool create, char *why)
{
	struct stat st;
	int rc = stat(path, &st) == 0 && (st.st_mode & 07777) != 0600 ? look_into(path, why) : 0;

	return rc != 0 ? rc : sql_own_file(path, create, why);
}

static void file_close(struct keystore *k)
{
	sqlite3_close(sql_of(k)->db);
	free(file_of(k)->path);
	free(k);
}

static const char *file_why(const struct keystore *k)
{
	return sql_of(k)->why;
}

/*
 * Somebody has removed the file, or put another one there: that one is the key store now. First the old one is closed:
 * the log and index of both have the same names.
 */
static int find_again(struct keystore *k)
{
	sql_close(sql_of(k));
	make_folders(file_of(k)->path);
	int rc = own_file(file_of(k)->path, true, sql_of(k)->why);
	return rc != 0 ? rc : connect(k);
}

static int file_identity(struct keystore *k, struct keystore_identity *ret)
{
	int lost = is_lost(k) ? find_again(k) : 0;
	if (lost != 0)
		return lost;
	struct sql_query q = sql_query(sql_of(k), "SELECT iccid, imsi FROM identity", "identity");
	struct keystore_identity id;
	bool there = sql_next(&q);

	if (there && !(sql_text(&q, 0, id.iccid, sizeof id.iccid) && sql_text(&q, 1, id.imsi, sizeof id.imsi)))
		sql_damaged(&q);
	int rc = sql_finish(&q);
	if (rc == 0 && there)
		*ret = id;
	return rc != 0 ? rc : there ? 0 : -ENOENT;
}

static int put_identity(struct keystore *k, const struct keystore_identity *id)
{
	struct sql_query q = sql_query(sql_of(k), "INSERT INTO identity VALUES(1, ?, ?)", "identity");

	sql_bind_text(&q, id->iccid);
	sql_bind_text(&q, id->imsi);
	return sql_run(&q);
}

static int file_adopt(struct keystore *k, const struct keystore_identity *id, bool *ret_wiped)
{
	struct keystore_identity last;
	int rc = keystore_sqlite_begin(k);

	if (rc != 0)
		return rc;
	int known = file_identity(k, &last);
	if (known == 0 && strcmp(last.iccid, id->iccid) == 0 && strcmp(last.imsi, id->imsi) == 0) {
		*ret_wiped = false;
		return keystore_sqlite_commit(k, 0);
	}
	/* A row that cannot be read is another card's, too: what cannot be told apart is wiped. */
	if (known == 0 || known == -ENOENT || known == -EPROTO)
		rc = sql_exec(sql_of(k), wipe_sql, "wipe");
	else
		rc = known;
	if (rc == 0)
		rc = put_identity(k, id);
	rc = keystore_sqlite_commit(k, rc);
	if (rc != 0)
		return rc;
	*ret_wiped = known != -ENOENT;
	return leave_no_trace(k, 0);
}

/* Statements that delete keys, in one transaction, and every trace of them. */
static int erase(struct keystore *k, const char *sql, const char *what)
{
	int rc = keystore_sqlite_begin(k);

	if (rc == 0)
		rc = keystore_sqlite_commit(k, sql_exec(sql_of(k), sql, what));
	return leave_no_trace(k, rc);
}

static int file_wipe(struct keystore *k)
{
	return erase(k, wipe_sql, "wipe");
}

static int file_removed(struct keystore *k)
{
	return erase(k, drop_gba_keys_sql, "GBA keys of a UICC that is out");
}

static int file_power_down(struct keystore *k, bool keep)
{
	char sql[256];

	if (keep)
		return 0;
	snprintf(sql, sizeof sql, "%s DELETE FROM msk WHERE key IS NOT NULL;", drop_gba_keys_sql);
	return erase(k, sql, "keys at power down");
}

/* ks NULL: it is on the card. */
static int file_put_gba(struct keystore *k, const struct keystore_gba *gba, const struct key256 *ks)
{
	int rc = keystore_sqlite_begin(k);

	if (rc != 0)
		return rc;
	rc = sql_exec(sql_of(k), "DELETE FROM gba; DELETE FROM naf", "bootstrapping");
	struct sql_query q =
		sql_query(sql_of(k), "INSERT INTO gba(one, rand, btid, lifetime, expires, ks) VALUES(1, ?, ?, ?, ?, ?)",
			  "bootstrapping");
	sql_bind_octets(&q, SPAN(gba->rand));
	sql_bind_text(&q, gba->btid);
	sql_bind_text(&q, gba->lifetime);
	sql_bind_int(&q, gba->expires);
	if (ks != NULL)
		sql_bind_octets(&q, SPAN(ks->b));
	int inserted = sql_run(&q);
	rc = keystore_sqlite_commit(k, rc != 0 ? rc : inserted);
	/* The keys before may as well go at once; should another program hold them for a while, they go later. */
	(void)leave_no_trace(k, rc);
	return rc;
}

static int file_gba(struct keystore *k, struct keystore_gba *ret)
{
	struct sql_query q = sql_query(sql_of(k), "SELECT rand, btid, lifetime, expires FROM gba", "bootstrapping");
	struct keystore_gba g;
	bool there = sql_next(&q);

	if (there && !(sql_octets(&q, 0, g.rand, sizeof g.rand) && sql_text(&q, 1, g.btid, sizeof g.btid) &&
		       sql_text(&q, 2, g.lifetime, sizeof g.lifetime)))
		sql_damaged(&q);
	if (there)
		g.expires = sql_int(&q, 3);
	int rc = sql_finish(&q);
	if (rc == 0 && there)
		*ret = g;
	return rc != 0 ? rc : there ? 0 : -ENOENT;
}

/* The key in the first column of the first row. */
static int get_key(struct sql_query *q, struct key256 *ret)
{
	struct key256 key _secret256_ = { 0 };
	bool there = sql_next(q);

	if (there && !sql_octets(q, 0, key.b, sizeof key.b))
		sql_damaged(q);
	int rc = sql_finish(q);
	if (rc == 0 && there)
		*ret = key;
	return rc != 0 ? rc : there ? 0 : -ENOENT;
}

static int file_ks(struct keystore *k, struct key256 *ret)
{
	struct sql_query q = sql_query(sql_of(k), "SELECT ks FROM gba WHERE ks IS NOT NULL", "Ks");

	return get_key(&q, ret);
}

static int file_drop_gba(struct keystore *k)
{
	int rc = keystore_sqlite_begin(k);

	if (rc != 0)
		return rc;
	rc = keystore_sqlite_commit(k, sql_exec(sql_of(k), "DELETE FROM gba; DELETE FROM naf", "bootstrapping"));
	(void)leave_no_trace(k, rc);
	return rc;
}

static int file_put_naf_key(struct keystore *k, const char *fqdn, const struct key256 *mrk)
{
	struct sql_query q = sql_query(sql_of(k), "INSERT OR REPLACE INTO naf VALUES(?, ?)", "MRK");

	sql_bind_text(&q, fqdn);
	sql_bind_octets(&q, SPAN(mrk->b));
	return sql_run(&q);
}

static int file_naf_key(struct keystore *k, const char *fqdn, struct key256 *ret)
{
	struct sql_query q = sql_query(sql_of(k), "SELECT mrk FROM naf WHERE fqdn = ?", "MRK");

	sql_bind_text(&q, fqdn);
	return get_key(&q, ret);
}

static const struct keystore_ops ops = {
	.close = file_close,
	.why = file_why,
	.identity = file_identity,
	.adopt = file_adopt,
	.wipe = file_wipe,
	.removed = file_removed,
	.power_down = file_power_down,
	.put_gba = file_put_gba,
	.gba = file_gba,
	.ks = file_ks,
	.drop_gba = file_drop_gba,
	.put_naf_key = file_put_naf_key,
	.naf_key = file_naf_key,
	.put_service = keystore_sqlite_put_service,
	.drop_service = keystore_sqlite_drop_service,
	.services = keystore_sqlite_services,
	.put_job = keystore_sqlite_put_job,
	.drop_job = keystore_sqlite_drop_job,
	.jobs = keystore_sqlite_jobs,
	.put_msk = keystore_sqlite_put_msk,
	.took_mtk = keystore_sqlite_took_mtk,
	.msks = keystore_sqlite_msks,
	.msk_sp = keystore_sqlite_msk_sp,
	.muks = keystore_sqlite_muks,
	.begin = keystore_sqlite_begin,
	.commit = keystore_sqlite_commit,
	.muk = keystore_sqlite_muk,
	.put_muk = keystore_sqlite_put_muk,
	.group = keystore_sqlite_group,
	.put_group = keystore_sqlite_put_group,
	.put_window = keystore_sqlite_put_window,
};

/* The file is there. */
static int open_file(struct keystore **ret, const char *path, char *why)
{
	struct keystore_sqlite *file = calloc(1, sizeof *file);
	int rc = -ENOMEM;

	snprintf(why, KEYSTORE_WHY_MAX, "no memory");
	if (file == NULL)
		return rc;
	*file = (struct keystore_sqlite){ .base.ops = &ops, .sql.name = "key store", .path = strdup(path) };
	if (file->path != NULL) {
		rc = connect(&file->base);
		snprintf(why, KEYSTORE_WHY_MAX, "%s", file->sql.why);
	}
	if (rc != 0) {
		file_close(&file->base);
		return rc;
	}
	/* Should a wipe have been cut off by a loss of power before its last step. Another user may prevent it. */
	(void)cut_log(&file->base);
	*ret = &file->base;
	return 0;
}

int keystore_open(struct keystore **ret, const char *path, char *why)
{
	make_folders(path);
	int rc = own_file(path, true, why);
	return rc != 0 ? rc : open_file(ret, path, why);
}

int keystore_open_existing(struct keystore **ret, const char *path, char *why)
{
	int rc = own_file(path, false, why);
	return rc != 0 ? rc : open_file(ret, path, why);
}
