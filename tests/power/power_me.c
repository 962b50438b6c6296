/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ME's key store, killed with SIGKILL at each system call that writes: on the way into it, and once more with the first
 * half of what it writes written. A new store, and one of layout 1 that is brought up to date on the way.
 *
 * After each cut the store opens and holds what was there before or after the step that ran; what a step had given out
 * (a verification message, an MTK) is stored; and once another UICC was taken no key of the last one is in any file.
 *
 * usage: power_me
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "apdu/hex.h"
#include "host/me/me_keys.h"
#include "tests/unit/mikey_fixture.h"
#include "tracer.h"

#define FQDN "bmsc.home1.net"
#define BTID "b-tid@bsf"

enum { EXIT_SKIPPED = 77, DUMP_MAX = 16384 };

static char folder[PATH_MAX], path[PATH_MAX + 16];
static struct prim *p;
/* How many steps have come back: told by the child through memory that outlives it. */
static volatile size_t *answered;

static _Noreturn void give_up(const char *what, const char *why)
{
	fprintf(stderr, "power_me: %s: %s\n", what, why);
	exit(1);
}

/* --- the story --- */

static const struct key256 ks = { "Ks of the first UICC" }, ks_naf = { "Ks_NAF of the first UICC" };
static const struct keystore_gba gba = { .btid = BTID, .lifetime = "2030-01-01T00:00:00Z", .expires = 1893456000 };

static bool adopt(struct keystore *k, const char *iccid)
{
	struct keystore_identity id = { .imsi = "001010123456789" };
	bool wiped;

	snprintf(id.iccid, sizeof id.iccid, "%s", iccid);
	return keystore_adopt(k, &id, &wiped) == 0;
}

static bool first_uicc(struct keystore *k)
{
	return adopt(k, "8900101000000000019");
}

static bool bootstrapping(struct keystore *k)
{
	return keystore_put_gba_me(k, &gba, &ks) == 0;
}

static bool naf_key(struct keystore *k)
{
	struct key256 mrk;

	return me_keys_take(k, p, FQDN, BTID, &ks_naf, &mrk) == 0;
}

static bool msk(struct keystore *k, struct delivery d)
{
	uint8_t buf[MIKEY_MESSAGE_MAX];
	struct wr ack = WR(buf);
	enum mgv_verdict verdict;
	struct mikey m;

	d.v = !d.pull;
	return mikey_parse(&m, sealed_msk(p, &d)) == MIKEY_OK &&
	       me_keys_msk_message(k, p, &m, 1700000000, &ack, &verdict) == 0 && (ack.n != 0) == d.v;
}

static bool first_msk(struct keystore *k)
{
	return msk(k, delivery_of(&ks_naf, BTID, 1));
}

static bool second_msk(struct keystore *k)
{
	struct delivery d = delivery_of(&ks_naf, BTID, 2);

	d.number = 2;
	return msk(k, d);
}

static bool third_msk(struct keystore *k)
{
	struct delivery d = delivery_of(&ks_naf, BTID, 3);

	d.number = 3;
	return msk(k, d);
}

static bool pull(struct keystore *k)
{
	struct delivery d = delivery_of(&ks_naf, BTID, 4);

	d.pull = true;
	return msk(k, d);
}

static bool mtk(struct keystore *k)
{
	struct mgv_mtk got;
	struct mikey m;

	return mikey_parse(&m, sealed_mtk(p, 1, 3, 0xA1, 7, 9)) == MIKEY_OK &&
	       me_keys_mtk_message(k, p, &m, 1700000000, &got) == 0;
}

static bool waiting(struct keystore *k)
{
	const struct keystore_job job = { .kind = KM_REGISTER, .item.service = "urn:3gpp:mbms:demo" };

	return keystore_put_job(k, &job) == 0;
}

static bool removed(struct keystore *k)
{
	return keystore_removed(k) == 0;
}

static bool power_down(struct keystore *k)
{
	return keystore_power_down(k, false) == 0;
}

static bool second_uicc(struct keystore *k)
{
	return adopt(k, "8900101000000000027");
}

static bool (*const steps[])(struct keystore *k) = { first_uicc, bootstrapping, naf_key,    first_msk, second_msk,
						     third_msk,	 pull,		mtk,	    waiting,   removed,
						     power_down, naf_key,	second_uicc };
enum { STEPS = VU_COUNT(steps) };

/* --- the store --- */

static void empty_folder(void)
{
	struct dirent *entry;
	DIR *d = opendir(folder);

	while (d != NULL && (entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(d), entry->d_name, 0);
	if (d != NULL)
		closedir(d);
}

/* What version 0.1.0 wrote, with rows in it. */
static const char layout_1[] =
	"CREATE TABLE identity(one INTEGER PRIMARY KEY CHECK(one = 1), iccid TEXT NOT NULL, imsi TEXT NOT NULL);"
	"CREATE TABLE gba(one INTEGER PRIMARY KEY CHECK(one = 1), rand BLOB NOT NULL, btid TEXT NOT NULL,"
	" lifetime TEXT NOT NULL, expires INTEGER NOT NULL);"
	"CREATE TABLE naf(fqdn TEXT PRIMARY KEY, ks_ext_naf BLOB NOT NULL);"
	"CREATE TABLE service(id TEXT PRIMARY KEY);"
	"CREATE TABLE msk(domain BLOB NOT NULL, grp INTEGER NOT NULL, number INTEGER NOT NULL,"
	" ts INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(domain, grp, number));"
	"INSERT INTO identity VALUES(1, '8900101000000000019', '001010123456789');"
	"INSERT INTO naf VALUES('bmsc.home1.net', zeroblob(32));"
	"INSERT INTO service VALUES('urn:3gpp:mbms:demo');"
	"INSERT INTO msk VALUES(x'00f110', 9, 2, 7, 5);"
	"PRAGMA application_id = 0x76754D45; PRAGMA user_version = 1; PRAGMA journal_mode = WAL";

static void prepare(bool old)
{
	sqlite3 *db = NULL;

	empty_folder();
	*answered = 0;
	if (!old)
		return;
	if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, layout_1, NULL, NULL, NULL) != SQLITE_OK)
		give_up(path, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static bool play(void *arg)
{
	struct keystore *k = NULL;
	char why[KEYSTORE_WHY_MAX];

	(void)arg;
	if (keystore_open(&k, path, why) != 0)
		return false;
	for (size_t i = 0; i < STEPS; i++) {
		if (!steps[i](k))
			return false;
		*answered = i + 1;
	}
	keystore_close(k);
	return true;
}

/* Every column of every row of every table. */
static void dump(struct wr *out)
{
	static const char *const tables[] = { "identity", "gba", "naf", "muk", "service", "msk", "job" };
	sqlite3 *db = NULL;

	if (sqlite3_open(path, &db) != SQLITE_OK)
		give_up(path, sqlite3_errmsg(db));
	for (size_t i = 0; i < VU_COUNT(tables); i++) {
		char sql[64];
		sqlite3_stmt *s = NULL;
		snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY rowid", tables[i]);
		if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
			give_up(sql, sqlite3_errmsg(db));
		while (sqlite3_step(s) == SQLITE_ROW) {
			wr_str(out, tables[i]);
			for (int c = 0; c < sqlite3_column_count(s); c++) {
				const void *octets = sqlite3_column_blob(s, c);
				wr_str(out, " ");
				hex_put(out, span_of(octets, (size_t)sqlite3_column_bytes(s, c)));
			}
			wr_str(out, "\n");
		}
		sqlite3_finalize(s);
	}
	sqlite3_close(db);
	if (!wr_cstr(out))
		give_up("dump", "more than there is room for");
}

static char states[STEPS + 1][DUMP_MAX];

static void state(char text[static DUMP_MAX])
{
	struct wr w = wr_of(text, DUMP_MAX);

	dump(&w);
}

/* The story without cuts: what there is after each step. */
static void learn(bool old)
{
	struct keystore *k = NULL;
	char why[KEYSTORE_WHY_MAX];

	prepare(old);
	if (keystore_open(&k, path, why) != 0)
		give_up(path, why);
	state(states[0]);
	for (size_t i = 0; i < STEPS; i++) {
		if (!steps[i](k))
			give_up("a step", keystore_why(k));
		state(states[i + 1]);
	}
	keystore_close(k);
}

static bool in_files(struct span octets)
{
	static uint8_t content[1 << 20];
	struct dirent *entry;
	DIR *d = opendir(folder);
	bool found = false;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		char name[PATH_MAX + 256];
		snprintf(name, sizeof name, "%s/%s", folder, entry->d_name);
		FILE *f = entry->d_name[0] == '.' ? NULL : fopen(name, "rb");
		if (f == NULL)
			continue;
		size_t n = fread(content, 1, sizeof content, f);
		found = found || memmem(content, n, octets.p, octets.n) != NULL;
		fclose(f);
	}
	if (d != NULL)
		closedir(d);
	return found;
}

static void examine(long at, bool torn)
{
	static char now[DUMP_MAX];
	struct keystore *k = NULL;
	char why[KEYSTORE_WHY_MAX];
	size_t done = *answered, next = done < STEPS ? done + 1 : done;

	bool told = done == STEPS; /* that another UICC was taken: from then on, at once */
	if (told && (in_files(SPAN(ks.b)) || in_files(SPAN(ks_naf.b))))
		give_up("after the wipe", "a key of the first UICC is in a file");
	if (keystore_open(&k, path, why) != 0)
		give_up("after a cut", why);
	state(now);
	if (strcmp(now, states[done]) != 0 && strcmp(now, states[next]) != 0) {
		fprintf(stderr, "cut at writing call %ld%s, after %zu steps; before:\n%safter:\n%sfound:\n%s", at,
			torn ? ", torn" : "", done, states[done], states[next], now);
		give_up("after a cut", "neither what was before nor what was to be");
	}
	if (strcmp(now, states[STEPS]) == 0 && (in_files(SPAN(ks.b)) || in_files(SPAN(ks_naf.b))))
		give_up("after a cut", "a key of the first UICC is in a file");
	keystore_close(k);
}

/* 0, or EXIT_SKIPPED. */
static int go_through(bool old)
{
	long calls, ignored;

	learn(old);
	prepare(old);
	enum tracer_end end = tracer_run(play, NULL, -1, false, &calls);
	if (end == TRACER_FORBIDDEN) {
		printf("skipped: ptrace is not allowed here\n");
		return EXIT_SKIPPED;
	}
	if (end != TRACER_DONE)
		give_up("the story without a cut", "did not come to its end");
	examine(-1, false);
	for (long at = 0; at < calls; at++)
		for (int torn = 0; torn < 2; torn++) {
			prepare(old);
			if (tracer_run(play, NULL, at, torn != 0, &ignored) != TRACER_CUT)
				give_up("a writing call", "is missing in the second run");
			examine(at, torn != 0);
		}
	printf("%s: %ld cuts, none left anything in between\n", old ? "a store of layout 1" : "a new store", 2 * calls);
	return calls != 0 ? 0 : 1;
}

int main(void)
{
	/* In memory if there is such a folder: a process that is killed loses nothing that the system has. */
	snprintf(folder, sizeof folder, "%s/vuicc-power-me-XXXXXX",
		 access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(folder) == NULL)
		give_up(folder, strerror(errno));
	snprintf(path, sizeof path, "%s/me.sqlite", folder);
	answered = mmap(NULL, sizeof *answered, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	p = prim_open();
	if (answered == MAP_FAILED || p == NULL)
		give_up("mmap", "no memory");
	fflush(stdout);
	int status = go_through(false);
	if (status == 0)
		status = go_through(true);
	empty_folder();
	rmdir(folder);
	prim_close(p);
	return status;
}
