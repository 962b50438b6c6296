/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A SQLite file of this project: opened with its layout, readable for its owner alone, statements whose first error
 * sticks. Results are 0 or -errno, with a sentence in sql->why.
 */
#ifndef VUICC_SQL_H
#define VUICC_SQL_H

#include "../apdu/bytes.h"

enum { SQL_WHY_MAX = 512 };

struct sqlite3;
struct sqlite3_stmt;

struct sql {
	struct sqlite3 *db;
	const char *name; /* of such a file, for messages */
	char why[SQL_WHY_MAX];
};

/* What makes a file one of ours. */
struct sql_layout {
	const char *name; /* "state of vuicc-testnet" */
	int32_t application_id;
	int version;
	const char *schema; /* SQL that makes the tables of a new file */
	const char *pragmas; /* SQL run on each opening */
};

/*
 * Opens a file, or makes it with mode 0600. -EPROTO when it is somebody else's or of another version, -EBUSY when another
 * program has it to itself. *ret is for sql_close() on success only.
 */
VU_MUST_USE int sql_open(struct sql *ret, const char *path, const struct sql_layout *layout);
/*
 * What SQLite does not do: makes the file readable for its owner alone, before it is opened; SQLite's logs copy its mode. 0
 * or -errno with why: -ENOENT where it is not there and not to be made.
 */
VU_MUST_USE int sql_own_file(const char *path, bool create, char why[static SQL_WHY_MAX]);

/* A closed one is fine. */
void sql_close(struct sql *s);

/* -errno of the last error of s->db, its sentence into s->why. what: what was being done. */
int sql_failed(struct sql *s, const char *what);

/* SQL without values and rows. `what` is for the message. */
VU_MUST_USE int sql_exec(struct sql *s, const char *text, const char *what);

/* A transaction that may write at once, and its end: committed when rc is 0, else rolled back and rc given back. */
VU_MUST_USE int sql_begin(struct sql *s);
VU_MUST_USE int sql_end(struct sql *s, int rc);

/* A statement. Values are bound in the order of calls; the first error sticks. */
struct sql_query {
	struct sql *sql;
	const char *what;
	struct sqlite3_stmt *s;
	int n, rc;
};

struct sql_query sql_query(struct sql *s, const char *text, const char *what);
void sql_bind_text(struct sql_query *q, const char *text); /* borrowed until the row is read */
void sql_bind_octets(struct sql_query *q, struct span octets); /* borrowed, too */
void sql_bind_int(struct sql_query *q, int64_t v);
/* True while there is a row. */
bool sql_next(struct sql_query *q);
/* Ready for the same with other values. */
void sql_again(struct sql_query *q);
VU_MUST_USE int sql_finish(struct sql_query *q);
/* For a statement without rows: sql_next() and sql_finish(). */
VU_MUST_USE int sql_run(struct sql_query *q);

/* Columns of the row. What is NULL, does not fit or has another length makes q's error -EPROTO; it is false then. */
bool sql_text(struct sql_query *q, int column, char *ret, size_t size);
bool sql_octets(struct sql_query *q, int column, void *ret, size_t n);
/* Of any length, borrowed until the next row. */
struct span sql_blob(struct sql_query *q, int column);
int64_t sql_int(struct sql_query *q, int column);

/* The row is not one that this program wrote: -EPROTO. */
void sql_damaged(struct sql_query *q);

#endif
