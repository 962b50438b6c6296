/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card in an SQLite file: table nv(key, value), one transaction per apply().
 *
 * WAL with synchronous=NORMAL: a commit is a write to the log without an fsync, so a killed process loses nothing and a
 * power cut loses at most the last commands, never half of one. locking_mode=EXCLUSIVE takes the file's lock at open
 * and keeps it, which makes the card one process's own and lets SQLite do without shared memory.
 *
 * Whether a file is a card is read from its header before SQLite is let loose on it, so that somebody else's database
 * is never converted to WAL or recovered.
 */
#include "nv_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../apdu/bytes.h"
#include "../../os/holder.h"
#include "../../os/sqlite_memory.h"
#include "nv_place.h"

enum {
	APPLICATION_ID = 0x76554343, /* "vUCC" */
	LAYOUT_VERSION = 1, /* of the table; the objects in it have a version of their own */
	HEADER_LEN = 100, /* SQLite file format, 1.3 */
	CHECKPOINT_PAGES = 4000,
};

enum statement { BEGIN, COMMIT, ROLLBACK, PUT, DELETE, EACH, STATEMENTS };

static const char *const statement_sql[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[PUT] = "INSERT INTO nv(key, value) VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
	[DELETE] = "DELETE FROM nv WHERE key = ?1",
	[EACH] = "SELECT key, value FROM nv ORDER BY key",
};

struct nv_sqlite {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	struct nv_place place;
	char error[NV_WHY_MAX];
};

/* A sentence that begins with the path, which is cut at its front rather than the sentence at its end. */
__attribute__((format(printf, 4, 5))) static int fail(char *why, int error, const char *path, const char *format, ...)
{
	enum { PATH_SHOWN = 120 };
	char sentence[NV_WHY_MAX - PATH_SHOWN - sizeof "..."];
	size_t n = strlen(path);
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	snprintf(why, NV_WHY_MAX, "%s%s%s", n > PATH_SHOWN ? "..." : "", path + (n > PATH_SHOWN ? n - PATH_SHOWN : 0),
		 sentence);
	return -error;
}

static int fail_memory(char *why)
{
	snprintf(why, NV_WHY_MAX, "out of memory");
	return -ENOMEM;
}

static int fail_busy(char *why, const char *path, const char *locked)
{
	char holder[HOLDER_MAX];

	(void)file_holder(locked, holder);
	return fail(why, EBUSY, path, " is in use by %s: a card has one user at a time", holder);
}

/* What SQLite says about a file, as errno and a sentence. */
static int fail_sqlite(char *why, sqlite3 *db, const char *path)
{
	int code = sqlite3_extended_errcode(db);

	switch (code & 0xFF) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return fail_busy(why, path, path);
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return fail(why, EPROTO, path, " is damaged: %s", sqlite3_errmsg(db));
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return fail(why, EACCES, path, " cannot be written: %s", sqlite3_errmsg(db));
	case SQLITE_NOMEM:
		return fail_memory(why);
	case SQLITE_FULL:
		return fail(why, ENOSPC, path, ": the disk is full");
	default:
		return fail(why, EIO, path, ": %s (SQLite error %d)", sqlite3_errmsg(db), code);
	}
}

static int fail_errno(char *why, int error, const char *path)
{
	return fail(why, error, path, ": %s", strerror(error));
}

static bool exec(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/*
 * Reads the header through SQLite's own file handle: a descriptor of ours on the same file would, when closed, drop the
 * locks of every other connection of this process (POSIX advisory locks).
 */
static int check_header(sqlite3 *db, const char *path, char *why)
{
	static const char magic[] = "SQLite format 3";
	enum { USER_VERSION_AT = 60, APPLICATION_ID_AT = 68 };
	uint8_t header[HEADER_LEN] = { 0 };
	sqlite3_file *file = NULL;

	sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	if (file == NULL || file->pMethods == NULL)
		return fail(why, EIO, path, ": not an ordinary file");
	int rc = file->pMethods->xRead(file, header, sizeof header, 0);
	if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
		return fail(why, EIO, path, " cannot be read (SQLite error %d)", rc);

	struct span all = SPAN(header);
	if (rc != SQLITE_OK || !span_starts(all, span_of(magic, sizeof magic)))
		return fail(why, EPROTO, path, " is not a card file (expected one made by vuicc-perso)");
	struct rd version = rd_of(span_sub(all, USER_VERSION_AT, 4));
	struct rd id = rd_of(span_sub(all, APPLICATION_ID_AT, 4));
	uint32_t got_id = rd_u32(&id), got_version = rd_u32(&version);
	if (got_id != APPLICATION_ID)
		return fail(why, EPROTO, path,
			    " is a database, but not a card file (expected application id %08x, got %08x)",
			    (unsigned)APPLICATION_ID, (unsigned)got_id);
	if (got_version != LAYOUT_VERSION)
		return fail(why, EPROTO, path, " is a card file of another version (expected %d, got %u)",
			    LAYOUT_VERSION, (unsigned)got_version);
	return 0;
}

/* A card file need not come from us: nothing in its schema may run. */
static bool harden(sqlite3 *db)
{
	return sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) == SQLITE_OK &&
	       sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL) == SQLITE_OK &&
	       sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL) == SQLITE_OK &&
	       exec(db, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON");
}

/*
 * A commit costs a copy and a checksum of each page that it changes, a checkpoint an fsync or two: so pages are small, and
 * checkpoints come every 4 MiB of log. Half the time of an AUTHENTICATE lay there.
 */
#define PAGE_SIZE "1024"

/* In place of SQLite's own, because the file is another one after it. */
static int checkpoint(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct nv_sqlite *s = ctx;

	if (pages < CHECKPOINT_PAGES)
		return SQLITE_OK;
	(void)sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL); /* or at the next commit */
	return nv_place_settle(&s->place, db) == 0 ? SQLITE_OK : SQLITE_IOERR;
}

/* The lock is taken here, by the conversion to WAL or by the first read of a WAL file, and kept. */
static bool lock(struct nv_sqlite *s)
{
	if (!exec(s->db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL") ||
	    !exec(s->db, "BEGIN IMMEDIATE; COMMIT"))
		return false;
	(void)sqlite3_wal_hook(s->db, checkpoint, s);
	return true;
}

static bool prepare(struct nv_sqlite *s)
{
	for (size_t i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(s->db, statement_sql[i], -1, SQLITE_PREPARE_PERSISTENT, &s->statements[i],
				       NULL) != SQLITE_OK)
			return false;
	return true;
}

static void keep_error(struct nv_sqlite *s)
{
	snprintf(s->error, sizeof s->error, "%s (SQLite error %d)", sqlite3_errmsg(s->db),
		 sqlite3_extended_errcode(s->db));
}

/* Runs a statement that gives no rows; leaves it ready for the next time and without borrowed pointers. */
static bool run(struct nv_sqlite *s, enum statement which)
{
	sqlite3_stmt *st = s->statements[which];
	int rc = sqlite3_step(st);

	if (rc != SQLITE_DONE)
		keep_error(s);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return rc == SQLITE_DONE;
}

static bool put(struct nv_sqlite *s, const struct nv_item *item)
{
	enum statement which = item->value != NULL ? PUT : DELETE;
	sqlite3_stmt *st = s->statements[which];
	int rc = sqlite3_bind_int64(st, 1, item->key);

	if (rc == SQLITE_OK && which == PUT)
		rc = sqlite3_bind_blob64(st, 2, item->value, item->n, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		return run(s, which);
	keep_error(s);
	sqlite3_clear_bindings(st);
	return false;
}

static bool sqlite_apply(void *ctx, const struct nv_item *items, size_t n)
{
	struct nv_sqlite *s = ctx;

	s->error[0] = '\0';
	if (!nv_place_same(&s->place, s->db)) {
		snprintf(s->error, sizeof s->error,
			 "its file has been replaced, removed or overwritten while the card was in use; it keeps "
			 "nothing any more");
		return false;
	}
	bool done = run(s, BEGIN);
	for (size_t i = 0; done && i < n; i++)
		done = put(s, &items[i]);
	if (done && run(s, COMMIT))
		return true;

	/* Some errors roll back by themselves; the first error is the one to keep. */
	char first[NV_WHY_MAX];
	memcpy(first, s->error, sizeof first);
	if (!sqlite3_get_autocommit(s->db))
		run(s, ROLLBACK);
	memcpy(s->error, first, sizeof first);
	return false;
}

static bool sqlite_each(void *ctx, nv_each_fn *fn, void *arg)
{
	static const uint8_t nothing;
	struct nv_sqlite *s = ctx;
	sqlite3_stmt *st = s->statements[EACH];
	bool going = true;
	int rc = SQLITE_ROW;

	s->error[0] = '\0';
	while (going && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		sqlite3_int64 key = sqlite3_column_int64(st, 0);
		const uint8_t *value = sqlite3_column_blob(st, 1);
		struct nv_item item = {
			.key = (uint32_t)key,
			.value = value != NULL ? value : &nothing,
			.n = (size_t)sqlite3_column_bytes(st, 1),
		};
		if (key < 0 || key > UINT32_MAX || sqlite3_column_type(st, 1) != SQLITE_BLOB) {
			snprintf(s->error, sizeof s->error, "the file holds something which is no object of a card");
			going = false;
			break;
		}
		going = fn(arg, &item);
	}
	if (going && rc != SQLITE_DONE)
		keep_error(s);
	sqlite3_reset(st);
	return going && rc == SQLITE_DONE;
}

const struct nv_ops nv_sqlite_ops = { .each = sqlite_each, .apply = sqlite_apply };

/* A file that can be read and written, by its absolute path: SQLite gives ":memory:" and "" meanings of their own. */
static int find_file(char real[static PATH_MAX], const char *path, char *why)
{
	struct stat st;

	if (realpath(path, real) == NULL || stat(real, &st) != 0)
		return fail_errno(why, errno, path);
	if (!S_ISREG(st.st_mode)) /* not to be opened: a device might do something */
		return fail(why, EPROTO, path, " is no ordinary file (expected a card file made by vuicc-perso)");
	return access(real, R_OK | W_OK) == 0 ? 0 : fail_errno(why, errno, path);
}

/* The log beside a file that is not in use: the file may be another one than the log was written for. */
static int open_place(struct nv_sqlite *s, const char *real, const char *path, char *why)
{
	char log[PATH_MAX + 8];
	int error = nv_place_open(&s->place, real);

	if (error != -EBUSY)
		return error == 0 ? 0 : fail_errno(why, -error, path);
	snprintf(log, sizeof log, "%s-wal", real);
	return fail_busy(why, path, log);
}

/* Opens an existing database file and looks at its header; what is opened is in s even on failure. */
static int open_checked(struct nv_sqlite *s, const char *path, char *why)
{
	char real[PATH_MAX];
	int error = find_file(real, path, why);

	if (error == 0)
		error = open_place(s, real, path, why);
	if (error != 0)
		return error;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	if (sqlite3_open_v2(real, &s->db, flags, NULL) != SQLITE_OK)
		return s->db != NULL ? fail_sqlite(why, s->db, path) : fail_memory(why);
	if (sqlite3_db_readonly(s->db, "main") != 0)
		return fail(why, EACCES, path, " cannot be written");
	return check_header(s->db, path, why);
}

/* What is opened is in s even on failure. */
static int open_all(struct nv_sqlite *s, const char *path, char *why)
{
	int error = open_checked(s, path, why);

	if (error != 0)
		return error;
	if (!harden(s->db) || !lock(s) || !prepare(s))
		return fail_sqlite(why, s->db, path);
	error = nv_place_settle(&s->place, s->db);
	return error == 0 ? 0 : fail_errno(why, -error, path);
}

int nv_sqlite_open(struct nv_sqlite **ret, const char *path, char *why)
{
	struct nv_sqlite *s = calloc(1, sizeof *s);

	if (s == NULL)
		return fail_memory(why);
	s->place = (struct nv_place)NV_PLACE_NONE;
	int error = open_all(s, path, why);
	if (error != 0) {
		nv_sqlite_close(s);
		return error;
	}
	*ret = s;
	return 0;
}

void nv_sqlite_close(struct nv_sqlite *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(s->statements[i]);
	bool ours = nv_place_same(&s->place, s->db);
	if (!ours)
		(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	/* Copies the log into the file and deletes it. */
	sqlite3_close(s->db);
	if (!ours)
		nv_place_drop_log(&s->place);
	nv_place_close(&s->place);
	free(s);
}

const char *nv_sqlite_error(const struct nv_sqlite *s)
{
	return s->error;
}

/* Puts all items into the empty database at `path`, which has no user yet. */
static int fill(const char *path, const struct nv_item *items, size_t n, char *why)
{
	struct nv_sqlite s = { 0 };
	char setup[256];
	int error = 0;

	/* A rollback journal, so that the finished card is one file. */
	snprintf(setup, sizeof setup,
		 "PRAGMA page_size = " PAGE_SIZE "; PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;"
		 "PRAGMA application_id = %d; PRAGMA user_version = %d;"
		 "CREATE TABLE nv(key INTEGER PRIMARY KEY, value BLOB NOT NULL)",
		 APPLICATION_ID, LAYOUT_VERSION);
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	if (sqlite3_open_v2(path, &s.db, flags, NULL) != SQLITE_OK || !harden(s.db) || !exec(s.db, setup) ||
	    !prepare(&s))
		error = s.db != NULL ? fail_sqlite(why, s.db, path) : fail_memory(why);
	else if (!sqlite_apply(&s, items, n))
		error = fail(why, EIO, path, ": %s", s.error);
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(s.statements[i]);
	sqlite3_close(s.db);
	return error;
}

static void unlink_beside(const char *path, const char *suffix)
{
	char beside[PATH_MAX];

	if (snprintf(beside, sizeof beside, "%s%s", path, suffix) < (int)sizeof beside)
		unlink(beside);
}

/* A log without its database belongs to nobody, and SQLite would play it into a new one of the same name. */
static void unlink_logs(const char *path)
{
	unlink_beside(path, "-wal");
	unlink_beside(path, "-shm");
	unlink_beside(path, "-journal");
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* Makes the finished file `temporary` appear as `path`, unless that exists. 0 or an errno. */
static int appear(const char *temporary, const char *path)
{
	if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return errno;
	/* A file system without RENAME_NOREPLACE: link() refuses an existing name, too. */
	return link(temporary, path) == 0 ? 0 : errno;
}

/* The folder of path, with its slash; "./" when there is none. False when it is too long. */
static bool folder_of(char folder[static PATH_MAX], const char *path)
{
	const char *slash = strrchr(path, '/');
	int n = slash != NULL ? snprintf(folder, PATH_MAX, "%.*s", (int)(slash - path + 1), path)
			      : snprintf(folder, PATH_MAX, "./");

	return n < PATH_MAX;
}

static int sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	int error = fsync(fd) == 0 ? 0 : errno;
	close(fd);
	return error;
}

/* A new file: filled under a temporary name, so that the name asked for is there only when the card is whole. */
static int create_new(const char *path, const struct nv_item *items, size_t n, char *why)
{
	char folder[PATH_MAX], temporary[PATH_MAX];

	if (exists(path))
		return fail(why, EEXIST, path, " exists already");
	if (!folder_of(folder, path) ||
	    snprintf(temporary, sizeof temporary, "%s.vuicc-XXXXXX", folder) >= (int)sizeof temporary)
		return fail_errno(why, ENAMETOOLONG, path);
	int fd = mkostemp(temporary, O_CLOEXEC); /* O_CREAT | O_EXCL, 0600 */
	if (fd < 0)
		return fail_errno(why, errno, path);

	int error = fill(temporary, items, n, why);
	if (error == 0 && fsync(fd) != 0)
		error = fail_errno(why, errno, path);
	close(fd);
	if (error == 0) {
		if (!exists(path))
			unlink_logs(path);
		int appeared = appear(temporary, path);
		if (appeared == EEXIST)
			error = fail(why, EEXIST, path, " exists already");
		else if (appeared != 0)
			error = fail_errno(why, appeared, path);
	}
	unlink(temporary);
	unlink_logs(temporary);
	if (error == 0 && (error = sync_folder(folder)) != 0)
		error = fail_errno(why, error, folder);
	return error;
}

/*
 * An existing card: its content is exchanged in one transaction under its own lock. So nobody can have it open, a crash
 * leaves the old card or the new one, no log of the old one is left, and secure_delete overwrites the old keys.
 */
static int exchange(struct nv_sqlite *s, const char *path, const struct nv_item *items, size_t n, char *why)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): nv_sqlite_open() has given s when it said 0 */
	bool done = exec(s->db, "PRAGMA synchronous = FULL; BEGIN IMMEDIATE; DELETE FROM nv");

	for (size_t i = 0; done && i < n; i++)
		done = put(s, &items[i]);
	if (done && exec(s->db, "COMMIT") && exec(s->db, "PRAGMA wal_checkpoint(TRUNCATE)") &&
	    nv_place_settle(&s->place, s->db) == 0)
		return 0;
	int error = fail_sqlite(why, s->db, path);
	if (!sqlite3_get_autocommit(s->db))
		exec(s->db, "ROLLBACK");
	return error;
}

int nv_sqlite_create(const char *path, const struct nv_item *items, size_t n, bool replace, char *why)
{
	struct nv_sqlite *old = NULL;

	if (!replace)
		return create_new(path, items, n, why);
	int error = nv_sqlite_open(&old, path, why);
	if (error == -ENOENT)
		return create_new(path, items, n, why);
	if (error == 0)
		error = exchange(old, path, items, n, why);
	nv_sqlite_close(old);
	return error;
}

int nv_sqlite_wipe_memory(void)
{
	return sqlite_memory_wipe();
}
