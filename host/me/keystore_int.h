/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite as the files of the key store use it; for keystore*.c alone. */
#ifndef VUICC_KEYSTORE_INT_H
#define VUICC_KEYSTORE_INT_H

#include "keystore.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>

struct keystore {
	sqlite3 *db;
	char *path;
	char why[KEYSTORE_WHY_MAX];
};

/* -errno of the last error of k->db, and its sentence into k->why. what: what was being done. */
int keystore_failed(struct keystore *k, const char *what);

int keystore_exec(struct keystore *k, const char *sql, const char *what);

/* A statement and its values, bound in the order of calls; the first error sticks in rc and ends up in query_end(). */
struct query {
	struct keystore *k;
	const char *what;
	sqlite3_stmt *s;
	int n, rc;
};

struct query query_of(struct keystore *k, const char *sql, const char *what);
void query_text(struct query *q, const char *text);
void query_blob(struct query *q, struct span octets);
void query_int(struct query *q, int64_t v);

/* True while there is a row. */
bool query_next(struct query *q);

/* The row is not one of ours: -EPROTO. */
void query_damaged(struct query *q);

/* False when the column is NULL, or not of this length. */
VU_MUST_USE bool query_get_text(struct query *q, int column, char *out, size_t size);
VU_MUST_USE bool query_get_octets(struct query *q, int column, void *out, size_t n);
/* Borrowed until the next step. */
struct span query_get_blob(struct query *q, int column);
int64_t query_get_int(struct query *q, int column);

/* Ends the statement; 0 or -errno of whatever went wrong since query_of(). */
int query_end(struct query *q);

/* For statements without rows. */
int query_run(struct query *q);

#endif
