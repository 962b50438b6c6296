/* SPDX-License-Identifier: Apache-2.0 */
#include "sql.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the system said, where SQLite says no more than that reading or writing failed. */
static int errno_of_system(int error)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return -ENOSPC;
	case EROFS:
	case EACCES:
	case EPERM:
		return -EACCES;
	default:
		return -EIO;
	}
}

static int errno_of(int code, int error)
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
		return errno_of_system(error);
	}
}

static int last_error_of(struct sql *s, int which)
{
	sqlite3_file *file = NULL;
	int error = 0;

	if (sqlite3_file_control(s->db, "main", which, &file) == SQLITE_OK && file != NULL && file->pMethods != NULL)
		(void)file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error);
	return error;
}

/* Of the call that SQLite could not go on after; 0 where it is known already. */
static int system_error(struct sql *s, int code)
{
	if ((code & 0xFF) == SQLITE_CANTOPEN)
		return sqlite3_system_errno(s->db);
	if ((code & 0xFF) != SQLITE_IOERR)
		return 0;
	int of_log = last_error_of(s, SQLITE_FCNTL_JOURNAL_POINTER);
	return of_log != 0 ? of_log : last_error_of(s, SQLITE_FCNTL_FILE_POINTER);
}

int sql_failed(struct sql *s, const char *what)
{
	if (s->db == NULL)
		return -EIO; /* s->why says since when */
	int code = sqlite3_extended_errcode(s->db), error = system_error(s, code);

	snprintf(s->why, sizeof s->why, "%s: %s: %s%s%s", s->name, what, sqlite3_errmsg(s->db), error != 0 ? ": " : "",
		 error != 0 ? strerror(error) : "");
	return errno_of(code, error);
}

int sql_exec(struct sql *s, const char *text, const char *what)
{
	return sqlite3_exec(s->db, text, NULL, NULL, NULL) == SQLITE_OK ? 0 : sql_failed(s, what);
}

int sql_begin(struct sql *s)
{
	return sql_exec(s, "BEGIN IMMEDIATE", "begin");
}

int sql_end(struct sql *s, int rc)
{
	if (rc == 0)
		rc = sql_exec(s, "COMMIT", "commit");
	if (rc != 0)
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

struct sql_query sql_query(struct sql *s, const char *text, const char *what)
{
	struct sql_query q = { .sql = s, .what = what };

	if (sqlite3_prepare_v2(s->db, text, -1, &q.s, NULL) != SQLITE_OK)
		q.rc = sql_failed(s, what);
	return q;
}

static void bound(struct sql_query *q, int code)
{
	if (q->rc == 0 && code != SQLITE_OK)
		q->rc = sql_failed(q->sql, q->what);
}

void sql_bind_text(struct sql_query *q, const char *text)
{
	if (q->rc == 0)
		bound(q, sqlite3_bind_text(q->s, ++q->n, text, -1, SQLITE_STATIC));
}

void sql_bind_octets(struct sql_query *q, struct span octets)
{
	/* No octets are not NULL. */
	if (q->rc == 0)
		bound(q, sqlite3_bind_blob(q->s, ++q->n, octets.n != 0 ? (const void *)octets.p : "", (int)octets.n,
					   SQLITE_STATIC));
}

void sql_bind_int(struct sql_query *q, int64_t v)
{
	if (q->rc == 0)
		bound(q, sqlite3_bind_int64(q->s, ++q->n, v));
}

bool sql_next(struct sql_query *q)
{
	if (q->rc != 0)
		return false;
	int code = sqlite3_step(q->s);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		q->rc = sql_failed(q->sql, q->what);
	return code == SQLITE_ROW;
}

void sql_again(struct sql_query *q)
{
	if (q->s != NULL)
		(void)sqlite3_reset(q->s); /* its error is the one that sql_next() has told */
	q->n = 0;
}

int sql_finish(struct sql_query *q)
{
	(void)sqlite3_finalize(q->s);
	q->s = NULL;
	return q->rc;
}

int sql_run(struct sql_query *q)
{
	(void)sql_next(q);
	return sql_finish(q);
}

void sql_damaged(struct sql_query *q)
{
	snprintf(q->sql->why, sizeof q->sql->why, "%s: %s: a row is not as this program writes them", q->sql->name,
		 q->what);
	q->rc = -EPROTO;
}

bool sql_text(struct sql_query *q, int column, char *ret, size_t size)
{
	const unsigned char *text = sqlite3_column_text(q->s, column);
	struct wr w = wr_of(ret, size);

	if (text != NULL)
		wr_str(&w, (const char *)text);
	bool ok = text != NULL && wr_cstr(&w);
	if (!ok)
		sql_damaged(q);
	return ok;
}

bool sql_octets(struct sql_query *q, int column, void *ret, size_t n)
{
	struct span octets = sql_blob(q, column);
	bool ok = octets.p != NULL && octets.n == n;

	if (ok)
		memcpy(ret, octets.p, n);
	else
		sql_damaged(q);
	return ok;
}

struct span sql_blob(struct sql_query *q, int column)
{
	const void *p = sqlite3_column_blob(q->s, column);

	return span_of(p, (size_t)sqlite3_column_bytes(q->s, column));
}

int64_t sql_int(struct sql_query *q, int column)
{
	return sqlite3_column_int64(q->s, column);
}

static int64_t number(struct sql *s, const char *text)
{
	struct sql_query q = sql_query(s, text, text);
	int64_t v = sql_next(&q) ? sql_int(&q, 0) : -1;

	return sql_finish(&q) == 0 ? v : -1;
}

/* A new file gets its tables, another one has to have them. */
static int check_layout(struct sql *s, const char *path, const struct sql_layout *layout)
{
	char mark[128];
	int rc = sql_begin(s);

	if (rc == 0 && number(s, "SELECT count(*) FROM sqlite_schema") == 0) {
		snprintf(mark, sizeof mark, "PRAGMA application_id = %d; PRAGMA user_version = %d",
			 (int)layout->application_id, layout->version);
		rc = sql_exec(s, layout->schema, "layout");
		if (rc == 0)
			rc = sql_exec(s, mark, "layout");
	}
	if (rc == 0 && (number(s, "PRAGMA application_id") != layout->application_id ||
			number(s, "PRAGMA user_version") != layout->version)) {
		snprintf(s->why, sizeof s->why, "%.200s: expected a %s, layout %d", path, layout->name,
			 layout->version);
		rc = -EPROTO;
	}
	return sql_end(s, rc);
}

int sql_own_file(const char *path, bool create, char why[static SQL_WHY_MAX])
{
	int fd = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);
	int error = fd < 0 || fchmod(fd, 0600) != 0 ? errno : 0;

	if (error != 0)
		snprintf(why, SQL_WHY_MAX, "%.200s: %s", path, strerror(error));
	if (fd >= 0)
		close(fd);
	return error == EROFS || error == EPERM ? -EACCES : -error;
}

/* A new file is its owner's alone from the beginning. */
static int make_file(struct sql *s, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_CREAT, 0600);
	int rc = fd < 0 ? -errno : 0;

	if (rc != 0)
		snprintf(s->why, sizeof s->why, "%.200s: %s", path, strerror(-rc));
	else
		close(fd);
	return rc;
}

/* What SQLite says about a file that it does not take is not much without its name. */
static void name_file(struct sql *s, const char *path)
{
	char said[sizeof s->why];

	memcpy(said, s->why, sizeof said);
	if (strncmp(said, path, strlen(path)) != 0)
		snprintf(s->why, sizeof s->why, "%.200s: %.300s", path, said);
}

int sql_open(struct sql *ret, const char *path, const struct sql_layout *layout)
{
	*ret = (struct sql){ .name = layout->name };
	int rc = make_file(ret, path);

	if (rc == 0 && sqlite3_open_v2(path, &ret->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		rc = sql_failed(ret, path);
	if (rc == 0) /* first: a pragma changes a file, also somebody else's */
		rc = check_layout(ret, path, layout);
	if (rc == 0) /* nor is the mode of another program's file our business */
		rc = sql_own_file(path, false, ret->why);
	if (rc == 0)
		rc = sql_exec(ret, layout->pragmas, path);
	if (rc != 0) {
		name_file(ret, path);
		sql_close(ret);
	}
	return rc;
}

void sql_close(struct sql *s)
{
	(void)sqlite3_close(s->db);
	s->db = NULL;
}
