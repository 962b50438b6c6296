/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ME's key store, in a file and in memory: keys go with the UICC they came from, and leave no copy in either of its
 * files. What is true of both kinds is tested of both.
 */
#include "tests/cu.h"
#include "me_fixture.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
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

static bool in_memory; /* the key stores of the tests of both kinds */

static struct keystore *open_at(const char *path)
{
	char why[KEYSTORE_WHY_MAX] = "no memory";
	struct keystore *k = NULL;

	if ((in_memory ? keystore_open_mem(&k) : keystore_open(&k, path, why)) != 0)
		CU_FAIL_FATAL(why);
	return k;
}

/* After a restart of the ME, where the store lives through one. */
static struct keystore *open_again(struct keystore *k, const char *path)
{
	if (in_memory)
		return k;
	keystore_close(k);
	return open_at(path);
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

/* Keys that only an ME has that manages them itself. */
enum { KS = 0x80, MUK_NEWEST = 0xA0, MUK_IN_USE = 0xC0, MSK = 0xE0 };

static const struct keystore_job job = { .kind = KM_MSK_REQUEST,
					 .item.key = { .domain = { 0, 0xF1, 0x10 }, .group = 7 },
					 .tries = 2,
					 .due = 1700000000000 };

static struct keystore_muk some_muk(bool in_use)
{
	struct keystore_muk m = { .naf_id = "bmsc.home1.net\x01\x00\x00\x00\x01",
				  .naf_id_len = 19,
				  .btid = "the-first-b-tid@bsf",
				  .in_use = in_use,
				  .key = some_key(in_use ? MUK_IN_USE : MUK_NEWEST),
				  .counter = in_use ? 9 : 0 };
	return m;
}

static void fill_me(struct keystore *k)
{
	const struct key256 ks = some_key(KS);
	const struct keystore_muk newest = some_muk(false), in_use = some_muk(true);
	const struct keystore_msk about = { .key = { .domain = { 0, 0xF1, 0x10 }, .group = 2, .number = 1 } };
	struct mgv_group group = { .msk[0] = { .present = true, .number = 1, .seq_u = 5 } };

	for (size_t i = 0; i < sizeof group.msk[0].key.b; i++)
		group.msk[0].key.b[i] = (uint8_t)(MSK + i);
	fill(k);
	CU_ASSERT_EQUAL(keystore_put_gba_me(k, &gba, &ks), 0);
	CU_ASSERT_EQUAL(keystore_put_naf_key(k, "bmsc.home1.net", &ks), 0);
	CU_ASSERT_EQUAL(keystore_begin(k), 0);
	CU_ASSERT_EQUAL(keystore_put_muk(k, &newest), 0);
	CU_ASSERT_EQUAL(keystore_put_muk(k, &in_use), 0);
	CU_ASSERT_EQUAL(keystore_put_group(k, &about, &group), 0);
	CU_ASSERT_EQUAL(keystore_commit(k, 0), 0);
	CU_ASSERT_EQUAL(keystore_put_job(k, &job), 0);
}

/* What of it stands in a file, as letters: k Ks, n the newest key, u the MUK in use, m the MSK. */
static const char *keys_in(const char *path)
{
	static const uint8_t keys[] = { KS, MUK_NEWEST, MUK_IN_USE, MSK };
	static char text[VU_COUNT(keys) + 1];
	char *at = text;
	char wal[300];

	snprintf(wal, sizeof wal, "%s-wal", path);
	for (size_t i = 0; i < VU_COUNT(keys); i++) {
		const struct key256 key = some_key(keys[i]);
		if (file_has(path, span_of(key.b, 16)) || file_has(wal, span_of(key.b, 16)))
			*at++ = "knum"[i];
	}
	*at = '\0';
	return text;
}

/* What of it the store gives out, in the same letters. */
static const char *keys_of(struct keystore *k)
{
	const struct mikey_key_id msk = { .domain = { 0, 0xF1, 0x10 }, .group = 2 };
	struct mgv_group group = { .msk[0] = { .present = false } };
	static char text[5];
	struct keystore_muk muk;
	struct key256 key;
	struct wr w = WR(text);

	if (keystore_ks(k, &key) == 0 && key.b[0] == KS)
		wr_str(&w, "k");
	if (keystore_muk(k, span_str("bmsc.home1.net"), false, &muk) == 0 && muk.key.b[0] == MUK_NEWEST)
		wr_str(&w, "n");
	if (keystore_muk(k, span_str("bmsc.home1.net"), true, &muk) == 0 && muk.key.b[0] == MUK_IN_USE)
		wr_str(&w, "u");
	CU_ASSERT_EQUAL(keystore_group(k, &msk, &group), 0);
	if (group.msk[0].present && group.msk[0].key.b[0] == MSK)
		wr_str(&w, "m");
	return wr_cstr(&w) ? text : "?";
}

/* Whether these keys are there still, and no others: none in the file of which the store would not tell. */
static bool only_keys(struct keystore *k, const char *path, const char *wanted)
{
	return strcmp(keys_of(k), wanted) == 0 && (in_memory || strcmp(keys_in(path), wanted) == 0);
}

static bool empty(struct keystore *k)
{
	struct keystore_gba g;
	struct key256 key;
	struct keystore_msk msk;
	char service[1][KM_SERVICE_MAX];
	struct keystore_muk muk;
	struct keystore_job waiting;
	size_t services = 9, msks = 9, muks = 9, jobs = 9;

	return keystore_gba(k, &g) == -ENOENT && keystore_naf_key(k, "bmsc.home1.net", &key) == -ENOENT &&
	       keystore_services(k, service, 1, &services) == 0 && services == 0 &&
	       keystore_msks(k, &msk, 1, &msks) == 0 && msks == 0 && keystore_muks(k, &muk, 1, &muks) == 0 &&
	       muks == 0 && keystore_jobs(k, &waiting, 1, &jobs) == 0 && jobs == 0 && keystore_ks(k, &key) == -ENOENT;
}

static void everything_is_there_after_a_restart(void)
{
	const char *path = temporary_path("restart.sqlite");
	struct keystore *k = open_at(path);
	bool wiped = true;

	CU_ASSERT_EQUAL(keystore_adopt(k, &first, &wiped), 0);
	CU_ASSERT_FALSE(wiped);
	fill(k);
	k = open_again(k, path);
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
	fill_me(k);
	CU_ASSERT_STRING_EQUAL(keys_in(path), "knum");
	CU_ASSERT_TRUE(file_has(wal, span_str(gba.btid)) || file_has(path, span_str(gba.btid)));
	CU_ASSERT_EQUAL(wipe(k), 0);
	CU_ASSERT_TRUE(empty(k));
	for (int closed = 0; closed < 2; closed++) {
		CU_ASSERT_FALSE(file_has(path, SPAN(key.b)));
		CU_ASSERT_FALSE(file_has(wal, SPAN(key.b)));
		CU_ASSERT_FALSE(file_has(path, SPAN(old.b)));
		CU_ASSERT_FALSE(file_has(wal, SPAN(old.b)));
		CU_ASSERT_STRING_EQUAL(keys_in(path), "");
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

/* --- keys of the ME --- */

static void removal_takes_gba_keys_and_leaves_the_rest(void)
{
	const char *path = temporary_path("removed.sqlite");
	struct keystore *k = open_at(path);
	struct keystore_muk muk[2];
	struct keystore_gba g;
	struct keystore_msk msk[4];
	struct key256 key;
	size_t n;

	fill_me(k);
	CU_ASSERT_TRUE(only_keys(k, path, "knum"));
	CU_ASSERT_EQUAL(keystore_removed(k), 0);
	CU_ASSERT_TRUE(only_keys(k, path, "um"));
	CU_ASSERT_EQUAL(keystore_ks(k, &key), -ENOENT);
	CU_ASSERT_EQUAL(keystore_gba(k, &g), -ENOENT); /* a B-TID without Ks */
	CU_ASSERT_EQUAL(keystore_naf_key(k, "bmsc.home1.net", &key), -ENOENT);
	CU_ASSERT_EQUAL(keystore_muks(k, muk, 2, &n), 0);
	CU_ASSERT_TRUE(n == 1 && muk[0].in_use && muk[0].counter == 9);
	CU_ASSERT_STRING_EQUAL(muk[0].btid, "the-first-b-tid@bsf");
	CU_ASSERT_EQUAL(keystore_msks(k, msk, 4, &n), 0);
	CU_ASSERT_EQUAL(n, 2);
	/* Where Ks is on the card the B-TID is of use still: the card derives again. */
	fill(k);
	CU_ASSERT_EQUAL(keystore_removed(k), 0);
	CU_ASSERT_EQUAL(keystore_gba(k, &g), 0);
	CU_ASSERT_EQUAL(keystore_naf_key(k, "bmsc.home1.net", &key), -ENOENT);
	keystore_close(k);
}

static void power_down_with_and_without_keys(void)
{
	const char *path = temporary_path("power-down.sqlite");
	struct keystore *k = open_at(path);
	struct keystore_msk msk[4];
	size_t n;

	fill_me(k);
	CU_ASSERT_EQUAL(keystore_power_down(k, true), 0);
	k = open_again(k, path);
	CU_ASSERT_TRUE(only_keys(k, path, "knum"));
	CU_ASSERT_EQUAL(keystore_power_down(k, false), 0);
	CU_ASSERT_TRUE(only_keys(k, path, "u")); /* for a solicited pull */
	CU_ASSERT_EQUAL(keystore_msks(k, msk, 4, &n), 0);
	CU_ASSERT_TRUE(n == 1 && !msk[0].in_me); /* the other is on the card */
	keystore_close(k);
}

static void requests_wait_across_a_restart(void)
{
	const char *path = temporary_path("jobs.sqlite");
	struct keystore *k = open_at(path);
	struct keystore_job jobs[4], later = job;
	const struct keystore_job service = { .kind = KM_DEREGISTER, .item.service = "urn:3gpp:mbms:demo" };
	size_t n;

	CU_ASSERT_EQUAL(keystore_put_job(k, &job), 0);
	CU_ASSERT_EQUAL(keystore_put_job(k, &service), 0);
	later.tries = 3;
	CU_ASSERT_EQUAL(keystore_put_job(k, &later), 0); /* the same one, as it is now */
	k = open_again(k, path);
	CU_ASSERT_EQUAL(keystore_jobs(k, jobs, 4, &n), 0);
	CU_ASSERT_EQUAL_FATAL(n, 2);
	CU_ASSERT_TRUE(jobs[0].kind == KM_MSK_REQUEST && jobs[0].tries == 3 && jobs[0].due == job.due);
	CU_ASSERT_EQUAL(memcmp(&jobs[0].item.key, &job.item.key, sizeof job.item.key), 0);
	CU_ASSERT_EQUAL(jobs[1].kind, KM_DEREGISTER);
	CU_ASSERT_STRING_EQUAL(jobs[1].item.service, "urn:3gpp:mbms:demo");
	CU_ASSERT_EQUAL(keystore_drop_job(k, KM_MSK_REQUEST, &job.item), 0);
	CU_ASSERT_EQUAL(keystore_drop_job(k, KM_REGISTER, &service.item), 0); /* another kind */
	CU_ASSERT_EQUAL(keystore_jobs(k, jobs, 4, &n), 0);
	CU_ASSERT_EQUAL(n, 1);
	keystore_close(k);
}

static void the_last_mtk_of_an_msk_on_the_card_is_known(void)
{
	struct keystore *k = open_at(temporary_path("mtk.sqlite"));
	struct keystore_msk msk = { .key = { .domain = { 0, 0xF1, 0x10 }, .group = 1, .number = 1 },
				    .sp = { (const uint8_t *)"policy", 6 } };
	uint8_t buf[16];
	struct wr sp = WR(buf);
	size_t n;

	CU_ASSERT_EQUAL(keystore_put_msk(k, &msk), 0);
	msk.key.mtk_id = 5;
	CU_ASSERT_EQUAL(keystore_took_mtk(k, &msk.key, 77), 0);
	CU_ASSERT_EQUAL(keystore_msk_sp(k, &msk.key, &sp), 0);
	CU_ASSERT_TRUE(span_eq(wr_done(&sp), span_str("policy")));
	msk.key.number = 2;
	CU_ASSERT_EQUAL(keystore_took_mtk(k, &msk.key, 78), 0); /* unknown: nothing */
	CU_ASSERT_EQUAL(keystore_msks(k, &msk, 1, &n), 0);
	CU_ASSERT_TRUE(n == 1 && msk.key.mtk_id == 5 && msk.mtk_when == 77 && !msk.in_me);
	keystore_close(k);
}

static void another_uicc_finds_nothing(void)
{
	struct keystore *k = open_at(temporary_path("nothing.sqlite"));
	struct keystore_identity id;
	bool wiped = true;

	CU_ASSERT_EQUAL(keystore_identity(k, &id), -ENOENT);
	CU_ASSERT_EQUAL(keystore_adopt(k, &first, &wiped), 0);
	CU_ASSERT_FALSE(wiped);
	fill_me(k);
	CU_ASSERT_FALSE(empty(k));
	CU_ASSERT_EQUAL(keystore_adopt(k, &first, &wiped), 0);
	CU_ASSERT_FALSE(wiped);
	CU_ASSERT_FALSE(empty(k));
	CU_ASSERT_EQUAL(keystore_adopt(k, &second, &wiped), 0);
	CU_ASSERT_TRUE(wiped);
	CU_ASSERT_TRUE(empty(k));
	CU_ASSERT_STRING_EQUAL(keys_of(k), "");
	CU_ASSERT_EQUAL(keystore_identity(k, &id), 0);
	CU_ASSERT_STRING_EQUAL(id.iccid, second.iccid);
	fill_me(k);
	CU_ASSERT_EQUAL(keystore_wipe(k), 0);
	CU_ASSERT_TRUE(empty(k));
	CU_ASSERT_EQUAL(keystore_identity(k, &id), -ENOENT);
	keystore_close(k);
}

static void registrations_are_kept_once_and_in_order(void)
{
	struct keystore *k = open_at(temporary_path("services.sqlite"));
	char service[3][KM_SERVICE_MAX];
	size_t n;

	CU_ASSERT_EQUAL(keystore_put_service(k, "urn:b"), 0);
	CU_ASSERT_EQUAL(keystore_put_service(k, "urn:a"), 0);
	CU_ASSERT_EQUAL(keystore_put_service(k, "urn:b"), 0);
	CU_ASSERT_EQUAL(keystore_services(k, service, 3, &n), 0);
	CU_ASSERT_EQUAL_FATAL(n, 2);
	CU_ASSERT_STRING_EQUAL(service[0], "urn:b");
	CU_ASSERT_STRING_EQUAL(service[1], "urn:a");
	CU_ASSERT_EQUAL(keystore_services(k, service, 1, &n), 0);
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_EQUAL(keystore_drop_service(k, "urn:b"), 0);
	CU_ASSERT_EQUAL(keystore_drop_service(k, "urn:c"), 0);
	CU_ASSERT_EQUAL(keystore_services(k, service, 3, &n), 0);
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_STRING_EQUAL(service[0], "urn:a");
	keystore_close(k);
}

/* What one message changes is a transaction: it happens, or nothing of it. */
static void a_transaction_that_is_given_up_changes_nothing(void)
{
	const char *path = temporary_path("given-up.sqlite");
	const struct keystore_msk about = { .key = { .domain = { 0, 0xF1, 0x10 }, .group = 2, .number = 2 },
					    .sp = { (const uint8_t *)"other", 5 } };
	const struct mgv_group group = { .msk[0] = { .present = true, .number = 2, .seq_u = 7 } };
	struct keystore *k = open_at(path);
	struct keystore_muk muk = some_muk(true);
	const struct key256 mrk = some_key(0x31);
	struct keystore_msk msk[3];
	struct key256 key;
	size_t n;

	fill_me(k);
	for (int rc = -EPERM; rc <= 0; rc += EPERM) {
		muk.counter = 10;
		muk.key.b[31] ^= 1;
		CU_ASSERT_EQUAL(keystore_begin(k), 0);
		CU_ASSERT_EQUAL(keystore_put_muk(k, &muk), 0);
		CU_ASSERT_EQUAL(keystore_put_naf_key(k, "bmsc.home1.net", &mrk), 0);
		CU_ASSERT_EQUAL(keystore_put_group(k, &about, &group), 0);
		CU_ASSERT_EQUAL(keystore_put_window(k, &about.key, &group.msk[0], 7), 0);
		CU_ASSERT_EQUAL(keystore_commit(k, rc), rc);
		CU_ASSERT_EQUAL(keystore_muk(k, span_str("bmsc.home1.net"), true, &muk), 0);
		CU_ASSERT_EQUAL(muk.counter, rc == 0 ? 10 : 9);
		CU_ASSERT_EQUAL(keystore_naf_key(k, "bmsc.home1.net", &key), 0);
		CU_ASSERT_EQUAL(key.b[0], rc == 0 ? 0x31 : KS);
		CU_ASSERT_EQUAL(keystore_msks(k, msk, 3, &n), 0);
		CU_ASSERT_EQUAL_FATAL(n, 2);
		CU_ASSERT_TRUE(msk[1].in_me && msk[1].key.number == (rc == 0 ? 2 : 1));
		CU_ASSERT_EQUAL(msk[1].seq_u, rc == 0 ? 7 : 5);
	}
	keystore_close(k);
}

/* --- when storing fails --- */

static void a_full_disk_loses_nothing(void)
{
	const char *path = temporary_path("full.sqlite");
	struct keystore *k = open_at(path);
	struct keystore_identity id;
	struct keystore_gba g;
	const struct key256 ks = some_key(KS), other = some_key(0x20);
	struct key256 key;
	bool wiped = false;
	char why[KEYSTORE_WHY_MAX];

	CU_ASSERT_EQUAL(keystore_adopt(k, &first, &wiped), 0);
	fill_me(k);
	disk_full(true);
	int put = keystore_put_gba_me(k, &gba, &other);
	snprintf(why, sizeof why, "%s", keystore_why(k));
	int adopted = keystore_adopt(k, &second, &wiped);
	disk_full(false);
	CU_ASSERT_EQUAL(put, -ENOSPC);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "key store: "));
	CU_ASSERT_EQUAL(adopted, -ENOSPC);
	CU_ASSERT_FALSE(wiped);
	for (int restarted = 0; restarted < 2; restarted++) {
		CU_ASSERT_EQUAL(keystore_identity(k, &id), 0);
		CU_ASSERT_STRING_EQUAL(id.iccid, first.iccid);
		CU_ASSERT_EQUAL(keystore_gba(k, &g), 0);
		CU_ASSERT_EQUAL(keystore_ks(k, &key), 0);
		CU_ASSERT_EQUAL(memcmp(&key, &ks, sizeof key), 0);
		keystore_close(k);
		k = open_at(path);
	}
	CU_ASSERT_EQUAL(keystore_adopt(k, &second, &wiped), 0);
	CU_ASSERT_TRUE(empty(k));
	keystore_close(k);
}

static void a_file_that_may_not_be_written_is_refused_in_words(void)
{
	const char *path = temporary_path("read-only/me.sqlite");
	char why[KEYSTORE_WHY_MAX] = "", folder[300];
	struct keystore *k = NULL;
	bool root = geteuid() == 0;

	snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
	keystore_close(open_at(path));
	CU_ASSERT_EQUAL(chmod(path, 0444), 0);
	CU_ASSERT_EQUAL(chmod(folder, 0555), 0);
	if (root)
		CU_ASSERT_EQUAL_FATAL(seteuid(65534), 0);
	CU_ASSERT_EQUAL(keystore_open(&k, path, why), -EACCES);
	if (root)
		CU_ASSERT_EQUAL_FATAL(seteuid(0), 0);
	CU_ASSERT_PTR_NULL(k);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "Permission denied"));
	CU_ASSERT_EQUAL(chmod(folder, 0755), 0);
}

/* By `rm`, or by a backup that is put back: what is written to it then would be gone with this program. */
static void a_file_that_is_removed_or_replaced_takes_nothing(void)
{
	const char *path = temporary_path("removed.sqlite"), *backup = temporary_path("backup.sqlite");
	const struct keystore_msk msk = { .key = { .domain = { 0, 0xF1, 0x10 }, .group = 1, .number = 2 } };
	const struct key256 key = some_key(0x30);
	struct keystore_identity id;
	struct keystore *k = open_at(path), *other = open_at(backup);
	bool wiped = true;
	struct stat st;

	CU_ASSERT_EQUAL(keystore_adopt(k, &first, &wiped), 0);
	fill(k);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(keystore_put_msk(k, &msk), -EIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(keystore_why(k), "removed.sqlite was removed or replaced"));
	CU_ASSERT_EQUAL(keystore_identity(k, &id), -ENOENT);
	CU_ASSERT_EQUAL(keystore_adopt(k, &first, &wiped), 0);
	CU_ASSERT_FALSE(wiped);
	CU_ASSERT_EQUAL(keystore_put_msk(k, &msk), 0);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	char wal[300];
	snprintf(wal, sizeof wal, "%s-wal", path);
	CU_ASSERT_FALSE(file_has(path, SPAN(key.b)) || file_has(wal, SPAN(key.b)));
	/* Another card's. */
	CU_ASSERT_EQUAL(keystore_adopt(other, &second, &wiped), 0);
	keystore_close(other);
	CU_ASSERT_EQUAL(rename(backup, path), 0);
	CU_ASSERT_EQUAL(keystore_put_msk(k, &msk), -EIO);
	CU_ASSERT_EQUAL(keystore_identity(k, &id), 0);
	CU_ASSERT_STRING_EQUAL(id.iccid, second.iccid);
	keystore_close(k);
	/* One that cannot be had again, and later can. */
	k = open_at(path);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
	CU_ASSERT_NOT_EQUAL(keystore_identity(k, &id), 0);
	CU_ASSERT_NOT_EQUAL(keystore_put_msk(k, &msk), 0);
	CU_ASSERT_NOT_EQUAL(keystore_wipe(k), 0);
	CU_ASSERT_NOT_EQUAL(keystore_put_service(k, "urn:x"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(keystore_why(k), "Is a directory"));
	CU_ASSERT_EQUAL(rmdir(path), 0);
	CU_ASSERT_EQUAL(keystore_identity(k, &id), -ENOENT);
	CU_ASSERT_EQUAL(keystore_adopt(k, &first, &wiped), 0);
	keystore_close(k);
}

/* A store that cannot be read now is not "no key store": it would be deleted by who believes that. */
static void what_keeps_a_store_from_being_read_is_said(void)
{
	const char *path = temporary_path("descriptors.sqlite");
	char why[KEYSTORE_WHY_MAX] = "";
	struct keystore *k = open_at(path);
	struct rlimit before;

	fill(k);
	keystore_close(k);
	k = NULL;
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &before), 0);
	int lowest = dup(0); /* of those that are free */
	CU_ASSERT_EQUAL(close(lowest), 0);
	const struct rlimit one_left = { (rlim_t)lowest + 1, before.rlim_max };
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &one_left), 0);
	int rc = keystore_open(&k, path, why);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &before), 0);
	CU_ASSERT_EQUAL(rc, -EACCES);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "Too many open files"));
	CU_ASSERT_PTR_NULL(k);
	k = open_at(path);
	keystore_close(k);
}

/* --- layouts --- */

/* What version 0.1.0 wrote. */
static const char layout_1[] =
	"CREATE TABLE identity(one INTEGER PRIMARY KEY CHECK(one = 1), iccid TEXT NOT NULL, imsi TEXT NOT NULL);"
	"CREATE TABLE gba(one INTEGER PRIMARY KEY CHECK(one = 1), rand BLOB NOT NULL, btid TEXT NOT NULL,"
	" lifetime TEXT NOT NULL, expires INTEGER NOT NULL);"
	"CREATE TABLE naf(fqdn TEXT PRIMARY KEY, ks_ext_naf BLOB NOT NULL);"
	"CREATE TABLE service(id TEXT PRIMARY KEY);"
	"CREATE TABLE msk(domain BLOB NOT NULL, grp INTEGER NOT NULL, number INTEGER NOT NULL,"
	" ts INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(domain, grp, number));"
	"INSERT INTO identity VALUES(1, '8900101000000000019', '001010123456789');"
	"INSERT INTO gba VALUES(1, x'000102030405060708090a0b0c0d0e0f', 'b@bsf', '2030-01-01T00:00:00Z', 1893456000);"
	"INSERT INTO naf VALUES('bmsc.home1.net', x'303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f');"
	"INSERT INTO service VALUES('urn:3gpp:mbms:demo');"
	"INSERT INTO msk VALUES(x'00f110', 1, 2, 7, 5);"
	"PRAGMA application_id = 0x76754D45; PRAGMA user_version = 1; PRAGMA journal_mode = WAL";

static void make_file(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL_FATAL(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void schema_of(const char *path, char *text, size_t size)
{
	sqlite3_stmt *s = NULL;
	sqlite3 *db = NULL;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL_FATAL(
		sqlite3_prepare_v2(db, "SELECT group_concat(sql, ';') FROM sqlite_schema ORDER BY name", -1, &s, NULL),
		SQLITE_OK);
	CU_ASSERT_EQUAL_FATAL(sqlite3_step(s), SQLITE_ROW);
	snprintf(text, size, "%s", (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	sqlite3_close(db);
}

static void a_store_of_layout_1_is_brought_up_to_date(void)
{
	const char *path = temporary_path("layout-1.sqlite"), *fresh = temporary_path("layout-2.sqlite");
	char upgraded[4096], made[4096], service[1][KM_SERVICE_MAX];
	struct key256 key, wanted = some_key(0x30);
	struct keystore_msk msk;
	struct keystore_gba g;
	bool wiped = true;
	size_t n;

	make_file(path, layout_1);
	struct keystore *k = open_at(path);
	CU_ASSERT_EQUAL(keystore_adopt(k, &first, &wiped), 0);
	CU_ASSERT_FALSE(wiped);
	CU_ASSERT_EQUAL(keystore_gba(k, &g), 0);
	CU_ASSERT_TRUE(strcmp(g.btid, "b@bsf") == 0 && g.expires == 1893456000);
	CU_ASSERT_EQUAL(keystore_ks(k, &key), -ENOENT);
	CU_ASSERT_EQUAL(keystore_naf_key(k, "bmsc.home1.net", &key), 0);
	CU_ASSERT_EQUAL(memcmp(&key, &wanted, sizeof key), 0);
	CU_ASSERT_EQUAL(keystore_services(k, service, 1, &n), 0);
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_EQUAL(keystore_msks(k, &msk, 1, &n), 0);
	CU_ASSERT_TRUE(n == 1 && msk.key.number == 2 && msk.ts == 7 && msk.when == 5 && !msk.in_me);
	fill_me(k);
	keystore_close(k);
	keystore_close(open_at(fresh));
	schema_of(path, upgraded, sizeof upgraded);
	schema_of(fresh, made, sizeof made);
	CU_ASSERT_STRING_EQUAL(upgraded, made);
}

static void a_newer_layout_is_left_alone(void)
{
	const char *path = temporary_path("layout-3.sqlite");
	char why[KEYSTORE_WHY_MAX] = "";
	struct keystore *k = NULL;

	keystore_close(open_at(path));
	make_file(path, "PRAGMA user_version = 3");
	CU_ASSERT_EQUAL(keystore_open(&k, path, why), -EPROTO);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "got layout 3"));
	CU_ASSERT_PTR_NULL(k);
}

/* Somebody else's, named by mistake: neither its content nor its mode is changed. */
static void refused_as_it_is(const char *path)
{
	uint8_t octets[2][16384];
	size_t n[2] = { 0 };
	char why[KEYSTORE_WHY_MAX] = "";
	struct keystore *k = NULL;
	struct stat st;

	CU_ASSERT_EQUAL(chmod(path, 0644), 0);
	for (int after = 0; after < 2; after++) {
		FILE *f = fopen(path, "re");
		CU_ASSERT_PTR_NOT_NULL_FATAL(f);
		n[after] = fread(octets[after], 1, sizeof octets[after], f);
		fclose(f);
		CU_ASSERT_EQUAL(keystore_open(&k, path, why), -EPROTO);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, "expected a key store"));
		CU_ASSERT_PTR_NULL(k);
	}
	CU_ASSERT_TRUE(span_eq(span_of(octets[0], n[0]), span_of(octets[1], n[1])));
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0644);
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
	refused_as_it_is(path);

	path = temporary_path("text");
	FILE *f = fopen(path, "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (int i = 0; i < 200; i++)
		fputs("this is no database\n", f);
	fclose(f);
	refused_as_it_is(path);
	CU_ASSERT_NOT_EQUAL(keystore_open(&k, temporary_path("text/below"), why), 0);
	CU_ASSERT_PTR_NULL(k);
}

int main(void)
{
	static const struct cu_test both[] = {
		{ "everything is there after a restart", everything_is_there_after_a_restart },
		{ "another UICC finds nothing", another_uicc_finds_nothing },
		{ "the IMSI is a second check", the_imsi_is_a_second_check },
		{ "a new bootstrapping takes derived keys along", a_new_bootstrapping_takes_derived_keys_along },
		{ "registrations are kept once and in order", registrations_are_kept_once_and_in_order },
		{ "two MSKs of a group are kept", two_msks_of_a_group_are_kept },
		{ "removal takes GBA keys and leaves the rest", removal_takes_gba_keys_and_leaves_the_rest },
		{ "power down with and without keys", power_down_with_and_without_keys },
		{ "requests wait across a restart", requests_wait_across_a_restart },
		{ "the last MTK of an MSK on the card is known", the_last_mtk_of_an_msk_on_the_card_is_known },
		{ "a transaction that is given up changes nothing", a_transaction_that_is_given_up_changes_nothing },
	};
	static const struct cu_test files[] = {
		{ "the file is its owner's alone", the_file_is_its_owners_alone },
		{ "opening an existing one makes none", opening_an_existing_one_makes_none },
		{ "another UICC leaves no key in either file", another_uicc_leaves_no_key_in_either_file },
		{ "wipe leaves no key in either file", wipe_leaves_no_key_in_either_file },
		{ "wipe and new identity happen together or not at all",
		  wipe_and_new_identity_happen_together_or_not_at_all },
		{ "a full disk loses nothing", a_full_disk_loses_nothing },
		{ "a file that may not be written is refused in words",
		  a_file_that_may_not_be_written_is_refused_in_words },
		{ "a file that is removed or replaced takes nothing",
		  a_file_that_is_removed_or_replaced_takes_nothing },
		{ "what keeps a store from being read is said", what_keeps_a_store_from_being_read_is_said },
		{ "a store of layout 1 is brought up to date", a_store_of_layout_1_is_brought_up_to_date },
		{ "a newer layout is left alone", a_newer_layout_is_left_alone },
		{ "files that are no key store", files_that_are_no_key_store },
	};
	int status = CU_RUN("keystore in a file", both);

	in_memory = true;
	status |= CU_RUN("keystore in memory", both);
	in_memory = false;
	return status | CU_RUN("files of keystore", files);
}
