/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What SQLite gives back is wiped once it was asked for in time (os/sqlite_memory.h), in a process whose free() wipes
 * nothing: a driver in pcscd, a program with our libraries. Each case is a process of its own.
 */
#include "tests/cu.h"
#include "needles.h"
#include "os/sqlite_memory.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECRET_LEN = 32, ROWS = 60 };

static struct needles needles;

/* Masked, as the needles are: no copy of it stands here. */
static const uint8_t masked[] = "one secret of two and thirty oct";

static void unmask(uint8_t secret[static SECRET_LEN])
{
	for (size_t i = 0; i < SECRET_LEN; i++)
		secret[i] = masked[i] ^ 0x5A;
}

static void make_needles(struct needles *n)
{
	uint8_t secret[SECRET_LEN];

	unmask(secret);
	needles_add(n, "a secret in a database", SPAN(secret));
}

static bool insert(sqlite3 *db)
{
	uint8_t secret[SECRET_LEN];
	sqlite3_stmt *s = NULL;
	bool ok = sqlite3_prepare_v2(db, "INSERT INTO t(x) VALUES(?1)", -1, &s, NULL) == SQLITE_OK;

	unmask(secret);
	ok = ok && sqlite3_bind_blob(s, 1, secret, sizeof secret, SQLITE_TRANSIENT) == SQLITE_OK;
	explicit_bzero(secret, sizeof secret);
	ok = ok && sqlite3_step(s) == SQLITE_DONE;
	return sqlite3_finalize(s) == SQLITE_OK && ok;
}

/* Rows, a text that grows by and by (realloc), and the end of all of it. */
static bool use_sqlite(void)
{
	static const char together[] = "SELECT length(group_concat(hex(x) || CAST(x AS TEXT))) FROM t";
	sqlite3 *db = NULL;
	bool ok = sqlite3_open(":memory:", &db) == SQLITE_OK &&
		  sqlite3_exec(db, "CREATE TABLE t(x)", NULL, NULL, NULL) == SQLITE_OK;

	for (int i = 0; ok && i < ROWS; i++)
		ok = insert(db);
	ok = ok && sqlite3_exec(db, together, NULL, NULL, NULL) == SQLITE_OK &&
	     sqlite3_exec(db, "DELETE FROM t WHERE rowid % 2", NULL, NULL, NULL) == SQLITE_OK;
	return sqlite3_close(db) == SQLITE_OK && ok;
}

enum outcome { CLEAN, FOUND, BUSY, FAILED };

/* wipe: 0 = not asked for, 1 = in time, 2 = too late */
static enum outcome in_a_process(int wipe)
{
	int status = 0;

	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		if (wipe == 2 && !use_sqlite())
			_exit(FAILED);
		int rc = wipe != 0 ? sqlite_memory_wipe() : 0;
		if (rc != 0)
			_exit(rc == -EBUSY && use_sqlite() ? BUSY : FAILED);
		if (!use_sqlite() || (wipe == 1 && sqlite_memory_wipe() != 0))
			_exit(FAILED);
		_exit(needles_in_heap(&needles) != NULL ? FOUND : CLEAN);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return FAILED;
	return (enum outcome)WEXITSTATUS(status);
}

static void without_it_copies_stay(void)
{
	CU_ASSERT_EQUAL(in_a_process(0), FOUND);
}

static void in_time_nothing_stays(void)
{
	CU_ASSERT_EQUAL(in_a_process(1), CLEAN);
}

static void too_late_is_told(void)
{
	CU_ASSERT_EQUAL(in_a_process(2), BUSY);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "without it copies stay, and are found", without_it_copies_stay },
		{ "asked for in time, nothing stays", in_time_nothing_stays },
		{ "when SQLite is in use it changes nothing, and says so", too_late_is_told },
	};

	needles_keep_what_is_freed();
	needles_make(&needles, make_needles);
	return CU_RUN("SQLite's memory", tests);
}
