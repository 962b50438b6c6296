/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a JSON file by their path, read by SQLite's own JSON functions: tests/vectors/ as C tests want it. */
#ifndef VUICC_TESTS_JSON_H
#define VUICC_TESTS_JSON_H

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "apdu/hex.h"

struct json {
	sqlite3 *db;
	char *text;
};

enum { JSON_VALUE_MAX = 4096 };

/* Ends the program when the file cannot be read: a test without its vectors proves nothing. */
static inline struct json json_open(const char *path)
{
	struct json j = { 0 };
	FILE *f = fopen(path, "re");
	size_t cap = 1U << 20;

	j.text = calloc(1, cap);
	if (f == NULL || j.text == NULL || fread(j.text, 1, cap - 1, f) == 0 ||
	    sqlite3_open(":memory:", &j.db) != SQLITE_OK) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(2);
	}
	fclose(f);
	return j;
}

static inline void json_close(struct json *j)
{
	sqlite3_close(j->db);
	free(j->text);
}

/* The value at a path such as "$.ub_digest.nonce" as text; ends the program when there is none. Returns out. */
static inline char *json_text(const struct json *j, const char *path, char out[static JSON_VALUE_MAX])
{
	sqlite3_stmt *s = NULL;

	if (sqlite3_prepare_v2(j->db, "SELECT json_extract(?1, ?2)", -1, &s, NULL) != SQLITE_OK ||
	    sqlite3_bind_text(s, 1, j->text, -1, SQLITE_STATIC) != SQLITE_OK ||
	    sqlite3_bind_text(s, 2, path, -1, SQLITE_STATIC) != SQLITE_OK || sqlite3_step(s) != SQLITE_ROW ||
	    sqlite3_column_type(s, 0) == SQLITE_NULL || sqlite3_column_bytes(s, 0) >= JSON_VALUE_MAX) {
		fprintf(stderr, "no %s in the vectors: %s\n", path, sqlite3_errmsg(j->db));
		exit(2);
	}
	snprintf(out, JSON_VALUE_MAX, "%s", (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	return out;
}

/* The octets that a hexadecimal value names; borrows from out. */
static inline struct span json_hex(const struct json *j, const char *path, uint8_t out[static JSON_VALUE_MAX])
{
	char text[JSON_VALUE_MAX];
	struct wr w = wr_of(out, JSON_VALUE_MAX);

	if (!hex_parse(&w, span_str(json_text(j, path, text)))) {
		fprintf(stderr, "%s is not hexadecimal\n", path);
		exit(2);
	}
	return wr_done(&w);
}

#endif
