/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "apdu/hex.h"

enum { RING = 16, VALUE_MAX = 8192, FILE_MAX = 1 << 20 };

struct json {
	sqlite3 *db;
	char *text;
	uint8_t ring[RING][VALUE_MAX];
	unsigned next;
};

static _Noreturn void give_up(const char *what, const char *about)
{
	fprintf(stderr, "test vectors: %s: %s\n", about, what);
	exit(2);
}

struct json *json_open(const char *name)
{
	struct json *j = calloc(1, sizeof *j);
	char path[512];

	snprintf(path, sizeof path, "%s/tests/vectors/%s", VUICC_SOURCE_DIR, name);
	FILE *f = fopen(path, "r");
	if (j == NULL || f == NULL || (j->text = calloc(1, FILE_MAX)) == NULL)
		give_up("cannot be read", path);
	if (fread(j->text, 1, FILE_MAX - 1, f) == 0 || sqlite3_open(":memory:", &j->db) != SQLITE_OK)
		give_up("cannot be read", path);
	fclose(f);
	return j;
}

void json_close(struct json *j)
{
	sqlite3_close(j->db);
	free(j->text);
	free(j);
}

static struct span extract(struct json *j, const char *sql, const char *path)
{
	sqlite3_stmt *s;
	uint8_t *value = j->ring[j->next++ % RING];

	if (sqlite3_prepare_v2(j->db, sql, -1, &s, NULL) != SQLITE_OK)
		give_up(sqlite3_errmsg(j->db), path);
	sqlite3_bind_text(s, 1, j->text, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, path, -1, SQLITE_STATIC);
	if (sqlite3_step(s) != SQLITE_ROW || sqlite3_column_type(s, 0) == SQLITE_NULL)
		give_up("no such value", path);
	size_t n = (size_t)sqlite3_column_bytes(s, 0);
	if (n >= VALUE_MAX)
		give_up("too long", path);
	memcpy(value, sqlite3_column_text(s, 0), n);
	value[n] = '\0';
	sqlite3_finalize(s);
	return span_of(value, n);
}

#define FORMAT_PATH(path)                                                                                              \
	char formatted[256];                                                                                           \
	va_list ap;                                                                                                    \
	va_start(ap, path);                                                                                            \
	vsnprintf(formatted, sizeof formatted, path, ap);                                                              \
	va_end(ap)

int json_count(struct json *j, const char *path)
{
	return atoi((const char *)extract(j, "SELECT json_array_length(?1, ?2)", path).p);
}

struct span json_text(struct json *j, const char *path, ...)
{
	FORMAT_PATH(path);
	return extract(j, "SELECT json_extract(?1, ?2)", formatted);
}

long long json_number(struct json *j, const char *path, ...)
{
	FORMAT_PATH(path);
	return atoll((const char *)extract(j, "SELECT json_extract(?1, ?2)", formatted).p);
}

struct span json_hex(struct json *j, const char *path, ...)
{
	FORMAT_PATH(path);
	struct span text = extract(j, "SELECT json_extract(?1, ?2)", formatted);
	struct wr w = wr_of(j->ring[j->next++ % RING], VALUE_MAX);

	if (!hex_parse(&w, text))
		give_up("no hexadecimal text", formatted);
	return wr_done(&w);
}
