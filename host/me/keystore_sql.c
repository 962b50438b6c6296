/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite for the key store: errors, statements, transactions. */
#include "keystore_int.h"

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

static int last_error_of(struct keystore *k, int which)
{
	sqlite3_file *file = NULL;
	int error = 0;

	if (sqlite3_file_control(k->db, "main", which, &file) == SQLITE_OK && file != NULL && file->pMethods != NULL)
		(void)file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error);
	return error;
}

/* Of the call that SQLite could not go on after; 0 where it is known already. */
static int system_error(struct keystore *k, int code)
{
	if ((code & 0xFF) == SQLITE_CANTOPEN)
		return sqlite3_system_errno(k->db);
	if ((code & 0xFF) != SQLITE_IOERR)
		return 0;
	int of_log = last_error_of(k, SQLITE_FCNTL_JOURNAL_POINTER);
	return of_log != 0 ? of_log : last_error_of(k, SQLITE_FCNTL_FILE_POINTER);
}

int keystore_failed(struct keystore *k, const char *what)
{
	int code = sqlite3_extended_errcode(k->db), error = system_error(k, code);

	snprintf(k->why, sizeof k->why, "key store: %s: %s%s%s", what, sqlite3_errmsg(k->db), error != 0 ? ": " : "",
		 error != 0 ? strerror(error) : "");
	return errno_of(code, error);
}

int keystore_exec(struct keystore *k, const char *sql, const char *what)
{
	return sqlite3_exec(k->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : keystore_failed(k, what);
}

/* At once one that may write, so that it never has to be given up half way. */
int keystore_begin(struct keystore *k)
{
	return keystore_exec(k, "BEGIN IMMEDIATE", "begin");
}

int keystore_commit(struct keystore *k, int rc)
{
	if (rc == 0)
		rc = keystore_exec(k, "COMMIT", "commit");
	if (rc != 0)
		(void)sqlite3_exec(k->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

struct query query_of(struct keystore *k, const char *sql, const char *what)
{
	struct query q = { .k = k, .what = what };

	if (sqlite3_prepare_v2(k->db, sql, -1, &q.s, NULL) != SQLITE_OK)
		q.rc = keystore_failed(k, what);
	return q;
}

static void bound(struct query *q, int code)
{
	if (q->rc == 0 && code != SQLITE_OK)
		q->rc = keystore_failed(q->k, q->what);
}

void query_text(struct query *q, const char *text)
{
	if (q->rc == 0)
		bound(q, sqlite3_bind_text(q->s, ++q->n, text, -1, SQLITE_STATIC));
}

void query_blob(struct query *q, struct span octets)
{
	/* No octets are not NULL. */
	if (q->rc == 0)
		bound(q, sqlite3_bind_blob(q->s, ++q->n, octets.n != 0 ? (const void *)octets.p : "", (int)octets.n,
					   SQLITE_STATIC));
}

void query_int(struct query *q, int64_t v)
{
	if (q->rc == 0)
		bound(q, sqlite3_bind_int64(q->s, ++q->n, v));
}

bool query_next(struct query *q)
{
	if (q->rc != 0)
		return false;
	int code = sqlite3_step(q->s);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		q->rc = keystore_failed(q->k, q->what);
	return code == SQLITE_ROW;
}

void query_damaged(struct query *q)
{
	snprintf(q->k->why, sizeof q->k->why, "key store: %s: a row is not as this program writes them", q->what);
	q->rc = -EPROTO;
}

bool query_get_text(struct query *q, int column, char *out, size_t size)
{
	const unsigned char *text = sqlite3_column_text(q->s, column);
	struct wr w = wr_of(out, size);

	if (text != NULL)
		wr_str(&w, (const char *)text);
	return text != NULL && wr_cstr(&w);
}

bool query_get_octets(struct query *q, int column, void *out, size_t n)
{
	struct span octets = query_get_blob(q, column);

	if (octets.p == NULL || octets.n != n)
		return false;
	memcpy(out, octets.p, n);
	return true;
}

struct span query_get_blob(struct query *q, int column)
{
	const void *p = sqlite3_column_blob(q->s, column);

	return span_of(p, (size_t)sqlite3_column_bytes(q->s, column));
}

int64_t query_get_int(struct query *q, int column)
{
	return sqlite3_column_int64(q->s, column);
}

int query_end(struct query *q)
{
	sqlite3_finalize(q->s);
	q->s = NULL;
	return q->rc;
}

int query_run(struct query *q)
{
	(void)query_next(q);
	return query_end(q);
}
