/* SPDX-License-Identifier: Apache-2.0 */
/* The ME's key store: keys go with the UICC they came from, and leave no copy in either of its files. */
#include "tests/cu.h"
#include "me_fixture.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct keystore_identity first = { "8900101000000000019", "001010123456789" };
static const struct keystore_identity second = { "8900101000000000027", "001010123456789" };
static const struct keystore_gba gba = {
	.rand = { 0x23, 0x55 }, .btid = "the-first-b-tid@bsf", .lifetime = "2030-01-01T00:00:00Z", .expires = 1893456000
};

static struct key256 some_key(uint8_t octet)
{
	struct key256 k;
	for (size_t i = 0; i < sizeof k.b; i++)
		k.b[i] = (uint8_t)(octet + i);
	return k;
}

static struct keystore *open_at(const char *path)
{
	char why[KEYSTORE_WHY_MAX];
	struct keystore *k = NULL;

	if (keystore_open(&k, path, why) != 0)
		CU_FAIL_FATAL(why);
	return k;
}

static void fill(struct keystore *k)
{
	const struct key256 key = some_key(0x30);
	const struct keystore_msk msk = { .key = { .domain = { 0, 0xF1, 0x10 }, .group = 1, .number = 1 },
					  .ts = 7,
					  .when = 5 };

	CU_ASSERT_EQUAL(keystore_put_gba(k, &gba), 0);
	CU_ASSERT_EQUAL(keystore_put_naf_key(k, "bmsc.home1.net", &key), 0);
	CU_ASSERT_EQUAL(keystore_put_service(k, "urn:3gpp:mbms:demo"), 0);
	CU_ASSERT_EQUAL(keystore_put_msk(k, &msk), 0);
}

static bool empty(struct keystore *k)
{
	struct keystore_gba g;
	struct key256 key;
	struct keystore_msk msk;
	char service[1][KM_SERVICE_MAX];
	size_t services = 9, msks = 9;

	return keystore_gba(k, &g) == -ENOENT && keystore_naf_key(k, "bmsc.home1.net", &key) == -ENOENT &&
	       keystore_services(k, service, 1, &services) == 0 && services == 0 &&
	       keystore_msks(k, &msk, 1, &msks) == 0 && msks == 0;
}

static void everything_is_there_after_a_restart(void)
{
	const char *path = temporary_path("restart.sqlite");
	struct keystore *k = open_at(path);
	bool wiped = true;

	CU_ASSERT_EQUAL(keystore_adopt(k, &first, &wiped), 0);
	CU_ASSERT_FALSE(wiped);
	fill(k);
	keystore_close(k);

	k = open_at(path);
	struct keystore_gba g;
	struct key256 key, wanted = some_key(0x30);
	struct keystore_msk msk[4];
	char service[4][KM_SERVICE_MAX];
	size_t n;
	CU_ASSERT_EQUAL(keystore_adopt(k, &first, &wiped), 0);
	CU_ASSERT_FALSE(wiped);
	CU_ASSERT_EQUAL(keystore_gba(k, &g), 0);
	CU_ASSERT_STRING_EQUAL(g.btid, gba.btid);
	CU_ASSERT_EQUAL(memcmp(g.rand, gba.rand, sizeof g.rand), 0);
	CU_ASSERT_EQUAL(g.expires, gba.expires);
	CU_ASSERT_EQUAL(keystore_naf_key(k, "bmsc.home1.net", &key), 0);
	CU_ASSERT_EQUAL(memcmp(&key, &wanted, sizeof key), 0);
	CU_ASSERT_EQUAL(keystore_naf_key(k, "other", &key), -ENOENT);
	CU_ASSERT_EQUAL(keystore_services(k, service, 4, &n), 0);
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_STRING_EQUAL(service[0], "urn:3gpp:mbms:demo");
	CU_ASSERT_EQUAL(keystore_msks(k, msk, 4, &n), 0);
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_EQUAL(msk[0].ts, 7);
	keystore_close(k);
}

static void the_file_is_its_owners_alone(void)
{
	const char *path = temporary_path("folder/below/it/me.sqlite");
	struct stat st;

	keystore_close(open_at(path));
	CU_ASSERT_EQUAL_FATAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	CU_ASSERT_EQUAL(chmod(path, 0644), 0);
	struct keystore *k = open_at(path);
	fill(k);
	char wal[300];
	snprintf(wal, sizeof wal, "%s-wal", path);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	CU_ASSERT_EQUAL(stat(wal, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	keystore_close(k);
}

static void opening_an_existing_one_makes_none(void)
{
	const char *path = temporary_path("nowhere/me.sqlite");
	char why[KEYSTORE_WHY_MAX], folder[300];
	struct keystore *k = NULL;
	struct stat st;

	snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
	CU_ASSERT_EQUAL(keystore_open_existing(&k, path, why), -ENOENT);
	CU_ASSERT_PTR_NULL(k);
	CU_ASSERT_NOT_EQUAL(stat(folder, &st), 0);
	keystore_close(open_at(path));
	CU_ASSERT_EQUAL(keystore_open_existing(&k, path, why), 0);
	keystore_close(k);
}

/* Scans both files for what must not be there any more, having seen first that it was. */
static void wipe_leaves_no_key(struct keystore *k, const char *path, int (*wipe)(struct keystore *k))
{
	const struct key256 key = some_key(0x30), old = some_key(0x60);
	char wal[300];

	snprintf(wal, sizeof wal, "%s-wal", path);
	CU_ASSERT_EQUAL(keystore_put_naf_key(k, "bmsc.home1.net", &old), 0);
	fill(k);
	CU_ASSERT_TRUE(file_has(wal, SPAN(key.b)) || file_has(path, SPAN(key.b)));
	CU_ASSERT_TRUE(file_has(wal, span_str(gba.btid)) || file_has(path, span_str(gba.btid)));
	CU_ASSERT_EQUAL(wipe(k), 0);
	CU_ASSERT_TRUE(empty(k));
	for (int closed = 0; closed < 2; closed++) {
		CU_ASSERT_FALSE(file_has(path, SPAN(key.b)));
		CU_ASSERT_FALSE(file_has(wal, SPAN(key.b)));
		CU_ASSERT_FALSE(file_has(path, SPAN(old.b)));
		CU_ASSERT_FALSE(file_has(wal, SPAN(old.b)));
		CU_ASSERT_FALSE(file_has(path, span_str(gba.btid)));
		CU_ASSERT_FALSE(file_has(wal, span_str(gba.btid)));
		if (closed == 0)
			keystore_close(k);
	}
}

static int adopt_second(struct keystore *k)
{
	bool wiped = false;
	int rc = keystore_adopt(k, &second, &wiped);
	CU_ASSERT_TRUE(wiped);
	struct keystore_identity id;
	CU_ASSERT_EQUAL(keystore_identity(k, &id), 0);
	CU_ASSERT_STRING_EQUAL(id.iccid, second.iccid);
	return rc;
}

static void another_uicc_leaves_no_key_in_either_file(void)
{
	const char *path = temporary_path("adopt.sqlite");
	struct keystore *k = open_at(path);
	bool wiped;

	CU_ASSERT_EQUAL(keystore_adopt(k, &first, &wiped), 0);
	wipe_leaves_no_key(k, path, adopt_second);
}

static void wipe_leaves_no_key_in_either_file(void)
{
	const char *path = temporary_path("wipe.sqlite");

	wipe_leaves_no_key(open_at(path), path, keystore_wipe);
}

static void the_imsi_is_a_second_check(void)
{
	struct keystore *k = open_at(temporary_path("imsi.sqlite"));
	struct keystore_identity other = first;
	bool wiped;

	CU_ASSERT_EQUAL(keystore_adopt(k, &first, &wiped), 0);
	fill(k);
	snprintf(other.imsi, sizeof other.imsi, "001010123456780");
	CU_ASSERT_EQUAL(keystore_adopt(k, &other, &wiped), 0);
	CU_ASSERT_TRUE(wiped);
	CU_ASSERT_TRUE(empty(k));
	keystore_close(k);
}

/* The transaction fails at its last step: neither half may have happened. */
static void wipe_and_new_identity_happen_together_or_not_at_all(void)
{
	const char *path = temporary_path("atomic.sqlite");
	struct keystore *k = open_at(path);
	struct keystore_identity id;
	struct keystore_gba g;
	sqlite3 *db = NULL;
	bool wiped;

	CU_ASSERT_EQUAL(keystore_adopt(k, &first, &wiped), 0);
	fill(k);
	CU_ASSERT_EQUAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db,
				     "CREATE TRIGGER no BEFORE INSERT ON identity BEGIN SELECT RAISE(ABORT, 'no'); END",
				     NULL, NULL, NULL),
			SQLITE_OK);
	CU_ASSERT_NOT_EQUAL(keystore_adopt(k, &second, &wiped), 0);
	CU_ASSERT_EQUAL(keystore_identity(k, &id), 0);
	CU_ASSERT_STRING_EQUAL(id.iccid, first.iccid);
	CU_ASSERT_EQUAL(keystore_gba(k, &g), 0);
	CU_ASSERT_EQUAL(sqlite3_exec(db, "DROP TRIGGER no", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	CU_ASSERT_EQUAL(keystore_adopt(k, &second, &wiped), 0);
	CU_ASSERT_TRUE(empty(k));
	keystore_close(k);
}

static void a_new_bootstrapping_takes_derived_keys_along(void)
{
	struct keystore *k = open_at(temporary_path("gba.sqlite"));
	struct keystore_gba newer = gba, g;
	struct key256 key;

	fill(k);
	snprintf(newer.btid, sizeof newer.btid, "newer@bsf");
	CU_ASSERT_EQUAL(keystore_put_gba(k, &newer), 0);
	CU_ASSERT_EQUAL(keystore_gba(k, &g), 0);
	CU_ASSERT_STRING_EQUAL(g.btid, "newer@bsf");
	CU_ASSERT_EQUAL(keystore_naf_key(k, "bmsc.home1.net", &key), -ENOENT);
	fill(k);
	CU_ASSERT_EQUAL(keystore_drop_gba(k), 0);
	CU_ASSERT_EQUAL(keystore_gba(k, &g), -ENOENT);
	CU_ASSERT_EQUAL(keystore_naf_key(k, "bmsc.home1.net", &key), -ENOENT);
	keystore_close(k);
}

static void two_msks_of_a_group_are_kept(void)
{
	struct keystore *k = open_at(temporary_path("msk.sqlite"));
	struct keystore_msk msk = { .key = { .domain = { 0, 0xF1, 0x10 }, .group = 1 } }, got[8];
	size_t n;

	for (uint16_t number = 1; number <= 3; number++) {
		msk.key.number = number;
		CU_ASSERT_EQUAL(keystore_put_msk(k, &msk), 0);
	}
	msk.key.number = 2; /* again: the newest now (decision 48) */
	CU_ASSERT_EQUAL(keystore_put_msk(k, &msk), 0);
	msk.key.number = 4;
	CU_ASSERT_EQUAL(keystore_put_msk(k, &msk), 0);
	msk.key.group = 2;
	CU_ASSERT_EQUAL(keystore_put_msk(k, &msk), 0);
	CU_ASSERT_EQUAL(keystore_msks(k, got, 8, &n), 0);
	CU_ASSERT_EQUAL_FATAL(n, 3);
	CU_ASSERT_EQUAL(got[0].key.number, 2);
	CU_ASSERT_EQUAL(got[1].key.number, 4);
	CU_ASSERT_EQUAL(got[2].key.group, 2);
	keystore_close(k);
}

static void files_that_are_no_key_store(void)
{
	const char *path = temporary_path("other.sqlite");
	char why[KEYSTORE_WHY_MAX] = "";
	struct keystore *k = NULL;
	sqlite3 *db = NULL;

	CU_ASSERT_EQUAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, "CREATE TABLE t(x)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	CU_ASSERT_EQUAL(keystore_open(&k, path, why), -EPROTO);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "expected a key store"));

	path = temporary_path("text");
	FILE *f = fopen(path, "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (int i = 0; i < 200; i++)
		fputs("this is no database\n", f);
	fclose(f);
	CU_ASSERT_EQUAL(keystore_open(&k, path, why), -EPROTO);
	CU_ASSERT_NOT_EQUAL(keystore_open(&k, temporary_path("text/below"), why), 0);
	CU_ASSERT_PTR_NULL(k);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "everything is there after a restart", everything_is_there_after_a_restart },
		{ "the file is its owner's alone", the_file_is_its_owners_alone },
		{ "opening an existing one makes none", opening_an_existing_one_makes_none },
		{ "another UICC leaves no key in either file", another_uicc_leaves_no_key_in_either_file },
		{ "wipe leaves no key in either file", wipe_leaves_no_key_in_either_file },
		{ "the IMSI is a second check", the_imsi_is_a_second_check },
		{ "wipe and new identity happen together or not at all",
		  wipe_and_new_identity_happen_together_or_not_at_all },
		{ "a new bootstrapping takes derived keys along", a_new_bootstrapping_takes_derived_keys_along },
		{ "two MSKs of a group are kept", two_msks_of_a_group_are_kept },
		{ "files that are no key store", files_that_are_no_key_store },
	};
	return CU_RUN("keystore", tests);
}
