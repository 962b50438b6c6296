/* SPDX-License-Identifier: Apache-2.0 */
/* Both stores: what apply() promises, who may open a card file, and what is on the disk. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apdu/bytes.h"
#include "card/store/nv_mem.h"
#include "card/store/nv_sqlite.h"
#include "tests/cu.h"

enum { TOO_LARGE = 2000000000 }; /* more octets than SQLite takes: makes one item of a batch fail */

static char folder[64];
static char why[NV_WHY_MAX];

static const char *in_folder(const char *name)
{
	static char path[4][128];
	static unsigned turn;
	char *p = path[turn++ % 4];

	snprintf(p, sizeof path[0], "%s/%s", folder, name);
	return p;
}

static struct nv_item text_item(uint32_t key, const char *text)
{
	return (struct nv_item){ .key = key, .value = (const uint8_t *)text, .n = text != NULL ? strlen(text) : 0 };
}

static void make(const char *path, const char *text)
{
	struct nv_item items[] = { text_item(1, text), text_item(2, "two") };

	CU_ASSERT_EQUAL(nv_sqlite_create(path, items, 2, false, why), 0);
}

static struct nv_sqlite *reopen(const char *path)
{
	struct nv_sqlite *s = NULL;

	CU_ASSERT_EQUAL(nv_sqlite_open(&s, path, why), 0);
	return s;
}

/* The content of a store as "key=value key=value ". */
static bool list(void *arg, const struct nv_item *item)
{
	struct wr *w = arg;
	char key[16];

	snprintf(key, sizeof key, "%u=", (unsigned)item->key);
	wr_str(w, key);
	wr_bytes(w, item->value, item->n);
	wr_str(w, " ");
	return true;
}

static const char *content(const struct nv_ops *ops, void *store)
{
	static char text[1024];
	struct wr w = WR(text);

	CU_ASSERT_TRUE(ops->each(store, list, &w));
	CU_ASSERT_TRUE(wr_cstr(&w));
	return text;
}

static bool stop(void *arg, const struct nv_item *item)
{
	(void)item;
	return --*(int *)arg > 0;
}

static void check_apply(const struct nv_ops *ops, void *store)
{
	struct nv_item first[] = { text_item(7, "seven"), text_item(1, "one"), text_item(0xFFFFFFFF, "last"),
				   text_item(9, "") };
	struct nv_item second[] = { text_item(1, "ONE"), text_item(7, NULL), text_item(8, NULL), text_item(9, "x"),
				    text_item(9, "y") };
	/* One key again and again, as long as before, shorter, gone, and as long as before. */
	struct nv_item third[] = { text_item(1, "two"), text_item(1, "2"),  text_item(9, "z"), text_item(1, NULL),
				   text_item(1, "TWO"), text_item(9, NULL), text_item(9, "y") };
	int two = 2;

	CU_ASSERT_STRING_EQUAL(content(ops, store), "");
	CU_ASSERT_TRUE(ops->apply(store, first, VU_COUNT(first)));
	CU_ASSERT_STRING_EQUAL(content(ops, store), "1=one 7=seven 9= 4294967295=last ");
	CU_ASSERT_TRUE(ops->apply(store, second, VU_COUNT(second)));
	CU_ASSERT_STRING_EQUAL(content(ops, store), "1=ONE 9=y 4294967295=last ");
	CU_ASSERT_TRUE(ops->apply(store, third, VU_COUNT(third)));
	CU_ASSERT_STRING_EQUAL(content(ops, store), "1=TWO 9=y 4294967295=last ");
	CU_ASSERT_TRUE(ops->apply(store, NULL, 0));
	CU_ASSERT_FALSE(ops->each(store, stop, &two));
	CU_ASSERT_EQUAL(two, 0);
	CU_ASSERT_STRING_EQUAL(content(ops, store), "1=TWO 9=y 4294967295=last ");
}

static void both_stores_put_replace_and_delete(void)
{
	struct nv_mem *m = nv_mem_open();
	const char *path = in_folder("apply");

	check_apply(&nv_mem_ops, m);
	nv_mem_close(m);

	CU_ASSERT_EQUAL(nv_sqlite_create(path, NULL, 0, false, why), 0);
	struct nv_sqlite *s = reopen(path);
	check_apply(&nv_sqlite_ops, s);
	nv_sqlite_close(s);
	s = reopen(path);
	CU_ASSERT_STRING_EQUAL(content(&nv_sqlite_ops, s), "1=TWO 9=y 4294967295=last ");
	nv_sqlite_close(s);
}

static void a_batch_that_fails_in_the_middle_changes_nothing(void)
{
	const char *path = in_folder("middle");
	struct nv_item items[] = { text_item(1, "changed"), text_item(2, NULL), text_item(3, "big"),
				   text_item(4, "new") };

	make(path, "one");
	items[2].n = TOO_LARGE;
	struct nv_sqlite *s = reopen(path);
	CU_ASSERT_FALSE(nv_sqlite_ops.apply(s, items, VU_COUNT(items)));
	CU_ASSERT_STRING_NOT_EQUAL(nv_sqlite_error(s), "");
	CU_ASSERT_STRING_EQUAL(content(&nv_sqlite_ops, s), "1=one 2=two ");
	CU_ASSERT_TRUE(nv_sqlite_ops.apply(s, items, 2));
	CU_ASSERT_STRING_EQUAL(nv_sqlite_error(s), "");
	CU_ASSERT_STRING_EQUAL(content(&nv_sqlite_ops, s), "1=changed ");
	nv_sqlite_close(s);
}

static void a_full_disk_changes_nothing_and_is_reported(void)
{
	const char *path = in_folder("full");
	static uint8_t big[1 << 20];
	struct nv_item items[] = { text_item(1, "changed"), { .key = 3, .value = big, .n = sizeof big } };
	struct rlimit old, small = { .rlim_cur = 1 << 17 };

	make(path, "one");
	struct nv_sqlite *s = reopen(path);
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &small), 0);
	CU_ASSERT_FALSE(nv_sqlite_ops.apply(s, items, 2));
	CU_ASSERT_STRING_NOT_EQUAL(nv_sqlite_error(s), "");
	CU_ASSERT_STRING_EQUAL(content(&nv_sqlite_ops, s), "1=one 2=two ");
	setrlimit(RLIMIT_FSIZE, &old);
	CU_ASSERT_TRUE(nv_sqlite_ops.apply(s, items, 1));
	nv_sqlite_close(s);
	s = reopen(path);
	CU_ASSERT_STRING_EQUAL(content(&nv_sqlite_ops, s), "1=changed 2=two ");
	nv_sqlite_close(s);
}

/* A process that applies 1=0, 1=1 ... and tells each success to its parent, until it is killed. */
static void apply_until_killed(const char *path, int to_parent)
{
	struct nv_sqlite *s = NULL;
	char text[16];

	if (nv_sqlite_open(&s, path, why) != 0)
		_exit(1);
	for (int i = 0;; i++) {
		snprintf(text, sizeof text, "%d", i);
		struct nv_item item = text_item(1, text);
		if (!nv_sqlite_ops.apply(s, &item, 1) || write(to_parent, &i, sizeof i) != sizeof i)
			_exit(1);
	}
}

/* Kills such a process once it has applied `least` times; the last success it told of. */
static int kill_after(const char *path, int least)
{
	int ends[2], last = -1, got;

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0)
		apply_until_killed(path, ends[1]);
	close(ends[1]);
	while (read(ends[0], &got, sizeof got) == sizeof got) {
		last = got;
		if (last == least)
			kill(child, SIGKILL);
	}
	close(ends[0]);
	waitpid(child, NULL, 0);
	return last;
}

static void what_was_applied_survives_a_kill(void)
{
	const char *path = in_folder("kill");

	make(path, "one");
	for (int least = 0; least < 2000; least = 3 * least + 1) {
		int told = kill_after(path, least);
		struct nv_sqlite *s = reopen(path);
		int stored = atoi(content(&nv_sqlite_ops, s) + strlen("1="));
		CU_ASSERT_TRUE(told >= least);
		CU_ASSERT_TRUE(stored == told || stored == told + 1); /* one may have been applied and not been told */
		nv_sqlite_close(s);
	}
}

/* What a second process gets when it opens the file. */
static int open_elsewhere(const char *path)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		struct nv_sqlite *s = NULL;
		int error = nv_sqlite_open(&s, path, why);
		_exit(error == -EBUSY && strstr(why, "is in use by ") == NULL ? 99 : -error);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : 1;
}

static void a_card_has_one_user_at_a_time(void)
{
	const char *path = in_folder("lock");
	struct nv_sqlite *second = NULL;
	struct nv_item item = text_item(1, "changed");

	make(path, "one");
	CU_ASSERT_EQUAL(open_elsewhere(path), 0);
	struct nv_sqlite *s = reopen(path);
	CU_ASSERT_EQUAL(open_elsewhere(path), -EBUSY);
	/* A refused attempt in the same process must not drop the lock (POSIX locks go with any close). */
	CU_ASSERT_EQUAL(nv_sqlite_open(&second, path, why), -EBUSY);
	CU_ASSERT_PTR_NULL(second);
	CU_ASSERT_EQUAL(open_elsewhere(path), -EBUSY);
	CU_ASSERT_TRUE(nv_sqlite_ops.apply(s, &item, 1));
	CU_ASSERT_EQUAL(open_elsewhere(path), -EBUSY);
	nv_sqlite_close(s);
	CU_ASSERT_EQUAL(open_elsewhere(path), 0);
}

static unsigned entries_in_folder(const char *prefix)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
	char command[256], name[128];
	unsigned n = 0;

	for (size_t i = 0; i < VU_COUNT(suffixes); i++) {
		snprintf(name, sizeof name, "%s%s", in_folder(prefix), suffixes[i]);
		n += access(name, F_OK) == 0;
	}
	snprintf(command, sizeof command, "ls -A %s | grep -q '^[.]vuicc'", folder);
	CU_ASSERT_NOT_EQUAL(system(command), 0); /* no temporary file either */
	return n;
}

static void a_new_file_is_private_and_alone(void)
{
	const char *path = in_folder("private");
	struct stat st = { 0 };
	mode_t old = umask(0);

	make(path, "one");
	umask(old);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	CU_ASSERT_EQUAL(entries_in_folder("private"), 1);
	struct nv_sqlite *s = reopen(path);
	CU_ASSERT_STRING_EQUAL(content(&nv_sqlite_ops, s), "1=one 2=two ");
	nv_sqlite_close(s);
	CU_ASSERT_EQUAL(entries_in_folder("private"), 1);
}

static void an_existing_file_is_not_replaced_unasked(void)
{
	const char *path = in_folder("exists");
	struct nv_item item = text_item(1, "other");

	make(path, "one");
	CU_ASSERT_EQUAL(nv_sqlite_create(path, &item, 1, false, why), -EEXIST);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "exists"));
	struct nv_sqlite *s = reopen(path);
	CU_ASSERT_STRING_EQUAL(content(&nv_sqlite_ops, s), "1=one 2=two ");
	nv_sqlite_close(s);
	CU_ASSERT_EQUAL(symlink("nowhere", in_folder("dangling")), 0);
	CU_ASSERT_EQUAL(nv_sqlite_create(in_folder("dangling"), &item, 1, false, why), -EEXIST);
}

static bool file_holds(const char *path, const char *needle)
{
	static char octets[1 << 20];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, octets, sizeof octets);

	close(fd);
	return n > 0 && memmem(octets, (size_t)n, needle, strlen(needle)) != NULL;
}

static void a_replaced_card_leaves_nothing_behind(void)
{
	const char *path = in_folder("replace");
	struct nv_item item = text_item(5, "five");

	/* Many pages, which the new content does not cover. */
	static const char secret[] = "an old secret key";
	struct nv_item old[1000];
	for (uint32_t i = 0; i < VU_COUNT(old); i++)
		old[i] = text_item(i, secret);
	CU_ASSERT_EQUAL(nv_sqlite_create(path, old, VU_COUNT(old), false, why), 0);
	CU_ASSERT_EQUAL(nv_sqlite_create(in_folder("replace2"), old, VU_COUNT(old), false, why), 0);
	CU_ASSERT_TRUE(file_holds(path, secret));
	kill_after(path, 3); /* leaves a log */
	CU_ASSERT_EQUAL(nv_sqlite_create(path, &item, 1, true, why), 0);
	CU_ASSERT_EQUAL(nv_sqlite_create(in_folder("replace2"), &item, 1, true, why), 0);
	CU_ASSERT_FALSE(file_holds(path, secret));
	CU_ASSERT_FALSE(file_holds(in_folder("replace2"), secret));
	CU_ASSERT_EQUAL(entries_in_folder("replace"), 1);
	struct nv_sqlite *s = reopen(path);
	CU_ASSERT_STRING_EQUAL(content(&nv_sqlite_ops, s), "5=five ");
	nv_sqlite_close(s);
	/* Nothing to replace: made anew. */
	CU_ASSERT_EQUAL(nv_sqlite_create(in_folder("replace3"), &item, 1, true, why), 0);
}

static void a_card_in_use_is_not_replaced(void)
{
	const char *path = in_folder("busy");
	struct nv_item item = text_item(5, "five");
	int status = 0;

	make(path, "one");
	struct nv_sqlite *s = reopen(path);
	pid_t child = fork();
	if (child == 0)
		_exit(-nv_sqlite_create(path, &item, 1, true, why));
	waitpid(child, &status, 0);
	CU_ASSERT_EQUAL(WEXITSTATUS(status), EBUSY);
	CU_ASSERT_STRING_EQUAL(content(&nv_sqlite_ops, s), "1=one 2=two ");
	nv_sqlite_close(s);
}

static void a_replacement_that_fails_keeps_the_old_card(void)
{
	const char *path = in_folder("keep");
	struct nv_item items[] = { text_item(5, "five"), text_item(6, "big") };

	items[1].n = TOO_LARGE;
	make(path, "one");
	CU_ASSERT_NOT_EQUAL(nv_sqlite_create(path, items, 2, true, why), 0);
	struct nv_sqlite *s = reopen(path);
	CU_ASSERT_STRING_EQUAL(content(&nv_sqlite_ops, s), "1=one 2=two ");
	nv_sqlite_close(s);
}

static void a_creation_that_fails_leaves_no_file(void)
{
	struct nv_item item = text_item(6, "big");

	item.n = TOO_LARGE;
	CU_ASSERT_NOT_EQUAL(nv_sqlite_create(in_folder("none"), &item, 1, false, why), 0);
	CU_ASSERT_EQUAL(entries_in_folder("none"), 0);
	CU_ASSERT_EQUAL(nv_sqlite_create(in_folder("missing/card"), &item, 1, false, why), -ENOENT);
}

static void the_log_of_a_removed_card_does_not_reach_a_new_one(void)
{
	const char *path = in_folder("stale");

	make(path, "old");
	kill_after(path, 50);
	CU_ASSERT_TRUE(entries_in_folder("stale") > 1);
	unlink(path);
	make(path, "new");
	CU_ASSERT_EQUAL(entries_in_folder("stale"), 1);
	struct nv_sqlite *s = reopen(path);
	CU_ASSERT_STRING_EQUAL(content(&nv_sqlite_ops, s), "1=new 2=two ");
	nv_sqlite_close(s);
}

static void shell(const char *what, const char *path, const char *other)
{
	char command[512];

	snprintf(command, sizeof command, "card=%s other=%s; %s", path, other, what);
	CU_ASSERT_EQUAL(system(command), 0);
}

/*
 * Somebody puts another card in place of one that is in use. It is told, keeps nothing any more, and does not touch the new
 * one: not while it is open, not when it is closed.
 */
static void a_card_whose_file_is_another_one_keeps_nothing(void)
{
	static const char *const ways[] = { "mv $other $card", "cp $other $card", "cat $other > $card",
					    "rm $card && mv $other $card" };
	struct nv_item item = text_item(1, "kept");
	struct nv_sqlite *second = NULL;

	for (size_t i = 0; i < VU_COUNT(ways); i++) {
		const char *path = in_folder("place"), *other = in_folder("other");

		make(path, "old");
		make(other, "new");
		struct nv_sqlite *s = reopen(path);
		CU_ASSERT_TRUE(nv_sqlite_ops.apply(s, &item, 1));
		shell(ways[i], path, other);
		item = text_item(1, "lost");
		CU_ASSERT_FALSE(nv_sqlite_ops.apply(s, &item, 1));
		CU_ASSERT_PTR_NOT_NULL(strstr(nv_sqlite_error(s), "replaced, removed or overwritten"));
		/* The log that lies there is the old one's. */
		CU_ASSERT_EQUAL(nv_sqlite_open(&second, path, why), -EBUSY);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, "in use by this process"));
		nv_sqlite_close(s);
		CU_ASSERT_EQUAL(entries_in_folder("place"), 1);
		s = reopen(path);
		CU_ASSERT_STRING_EQUAL(content(&nv_sqlite_ops, s), "1=new 2=two ");
		nv_sqlite_close(s);
		shell("rm -f $card $other", in_folder("place"), in_folder("other"));
	}
}

static void a_card_whose_file_is_gone_says_so(void)
{
	const char *path = in_folder("gone");
	struct nv_item item = text_item(1, "kept");

	make(path, "old");
	struct nv_sqlite *s = reopen(path);
	shell("rm $card", path, "");
	CU_ASSERT_FALSE(nv_sqlite_ops.apply(s, &item, 1));
	nv_sqlite_close(s);
	CU_ASSERT_EQUAL(entries_in_folder("gone"), 0);
}

/* It is the same file, with another time. */
static void a_card_that_is_touched_goes_on(void)
{
	const char *path = in_folder("touched");
	struct nv_item item = text_item(1, "kept");

	make(path, "old");
	struct nv_sqlite *s = reopen(path);
	shell("touch -d 2020-01-01 $card", path, "");
	CU_ASSERT_TRUE(nv_sqlite_ops.apply(s, &item, 1));
	shell("touch $card", path, "");
	nv_sqlite_close(s);
	CU_ASSERT_EQUAL(entries_in_folder("touched"), 1);
	s = reopen(path);
	CU_ASSERT_STRING_EQUAL(content(&nv_sqlite_ops, s), "1=kept 2=two ");
	nv_sqlite_close(s);
}

/* More than one checkpoint fits into: 64 KiB each, 100 times. */
static void a_card_goes_on_behind_a_checkpoint(void)
{
	static uint8_t big[65536];
	const char *path = in_folder("checkpoint");
	struct nv_item item = { .key = 3, .value = big, .n = sizeof big };
	struct stat st;

	make(path, "one");
	struct nv_sqlite *s = reopen(path);
	for (unsigned i = 0; i < 100; i++) {
		memset(big, (int)i, sizeof big);
		CU_ASSERT_TRUE(nv_sqlite_ops.apply(s, &item, 1));
	}
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_TRUE((size_t)st.st_size > sizeof big); /* there was one */
	nv_sqlite_close(s);
	CU_ASSERT_EQUAL(entries_in_folder("checkpoint"), 1);
}

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	CU_ASSERT_EQUAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void expect_refusal(const char *path, int error, const char *sentence)
{
	struct nv_sqlite *s = NULL;
	struct nv_item item = text_item(1, "x");

	CU_ASSERT_EQUAL(nv_sqlite_open(&s, path, why), error);
	CU_ASSERT_PTR_NULL(s);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, sentence));
	/* Nor is it replaced: whoever wants it gone may remove it. */
	if (error == -EPROTO)
		CU_ASSERT_EQUAL(nv_sqlite_create(path, &item, 1, true, why), error);
}

static void a_file_that_is_no_card_is_refused_untouched(void)
{
	const char *text = in_folder("text"), *other = in_folder("other");
	struct stat before = { 0 }, after = { 0 };
	FILE *f = fopen(text, "w");

	fputs("This is a letter and no card. It is longer than the header of a database, which has a hundred octets.\n",
	      f);
	fclose(f);
	expect_refusal(text, -EPROTO, "not a card file");
	CU_ASSERT_TRUE(file_holds(text, "This is a letter"));

	run_sql(other, "PRAGMA journal_mode = DELETE; CREATE TABLE letters(a); INSERT INTO letters VALUES('dear')");
	stat(other, &before);
	expect_refusal(other, -EPROTO, "but not a card file");
	stat(other, &after);
	CU_ASSERT_EQUAL(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	CU_ASSERT_EQUAL(before.st_size, after.st_size);
	CU_ASSERT_EQUAL(entries_in_folder("other"), 1);

	close(open(in_folder("empty"), O_CREAT | O_WRONLY, 0600));
	expect_refusal(in_folder("empty"), -EPROTO, "not a card file");
	expect_refusal(in_folder("absent"), -ENOENT, "No such file");
}

static void attack_a_pipe_in_the_place_of_a_card_or_its_log(void)
{
	struct nv_item item = text_item(1, "new");
	struct nv_sqlite *s;

	CU_ASSERT_EQUAL(mkfifo(in_folder("pipe"), 0600), 0);
	expect_refusal(in_folder("pipe"), -EPROTO, "no ordinary file");
	expect_refusal(folder, -EPROTO, "no ordinary file");
	make(in_folder("piped"), "one");
	CU_ASSERT_EQUAL(mkfifo(in_folder("piped-wal"), 0600), 0);
	s = reopen(in_folder("piped")); /* which comes back */
	CU_ASSERT_FALSE(nv_sqlite_ops.apply(s, &item, 1));
	nv_sqlite_close(s);
}

static void a_long_path_does_not_hide_the_reason(void)
{
	char path[PATH_MAX];
	struct nv_sqlite *s = NULL;

	snprintf(path, sizeof path, "%0*d/absent.card", NV_WHY_MAX, 0);
	CU_ASSERT_NOT_EQUAL(nv_sqlite_open(&s, path, why), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "0/absent.card: "));
	CU_ASSERT_EQUAL(strncmp(why, "...0", 4), 0);
}

static void a_card_of_another_version_is_refused(void)
{
	const char *path = in_folder("version");

	make(path, "one");
	run_sql(path, "PRAGMA user_version = 2");
	expect_refusal(path, -EPROTO, "expected 1, got 2");
}

static void a_damaged_card_is_reported_not_believed(void)
{
	const char *path = in_folder("damaged");
	struct nv_sqlite *s = NULL;
	uint8_t junk[3500];
	int ones = 1000000;

	make(path, "one");
	memset(junk, 0xA5, sizeof junk);
	int fd = open(path, O_WRONLY);
	CU_ASSERT_EQUAL(pwrite(fd, junk, sizeof junk, 1024), (ssize_t)sizeof junk); /* the table, page 2 */
	close(fd);
	int error = nv_sqlite_open(&s, path, why);
	CU_ASSERT_TRUE(error == -EPROTO || (error == 0 && !nv_sqlite_ops.each(s, stop, &ones)));
	nv_sqlite_close(s);
}

static void something_else_in_the_table_is_reported(void)
{
	const char *path = in_folder("alien");
	int many = 100;

	make(path, "one");
	run_sql(path, "INSERT INTO nv VALUES(-1, x'00')");
	struct nv_sqlite *s = reopen(path);
	CU_ASSERT_FALSE(nv_sqlite_ops.each(s, stop, &many));
	CU_ASSERT_PTR_NOT_NULL(strstr(nv_sqlite_error(s), "no object of a card"));
	nv_sqlite_close(s);
	run_sql(path, "DELETE FROM nv WHERE key < 0; UPDATE nv SET value = 'text' WHERE key = 1");
	s = reopen(path);
	CU_ASSERT_FALSE(nv_sqlite_ops.each(s, stop, &many));
	nv_sqlite_close(s);
}

static void a_store_in_memory_fails_when_told_to(void)
{
	struct nv_mem *m = nv_mem_open();
	struct nv_item item = text_item(1, "one");

	nv_mem_fail_after(m, 2);
	CU_ASSERT_TRUE(nv_mem_ops.apply(m, &item, 1));
	item = text_item(1, "two");
	CU_ASSERT_TRUE(nv_mem_ops.apply(m, &item, 1));
	item = text_item(1, "three");
	CU_ASSERT_FALSE(nv_mem_ops.apply(m, &item, 1));
	CU_ASSERT_FALSE(nv_mem_ops.apply(m, &item, 1));
	CU_ASSERT_STRING_EQUAL(content(&nv_mem_ops, m), "1=two ");
	nv_mem_fail_after(m, -1);
	CU_ASSERT_TRUE(nv_mem_ops.apply(m, &item, 1));
	nv_mem_close(m);
	nv_mem_close(NULL);
}

static void copies_in_memory_are_equal_and_independent(void)
{
	struct nv_mem *a = nv_mem_open();
	struct nv_item items[] = { text_item(1, "one"), text_item(2, "two") };

	CU_ASSERT_TRUE(nv_mem_ops.apply(a, items, 2));
	struct nv_mem *b = nv_mem_copy(a);
	CU_ASSERT_TRUE(nv_mem_equal(a, b));
	items[0] = text_item(1, "ONE");
	CU_ASSERT_TRUE(nv_mem_ops.apply(b, items, 1));
	CU_ASSERT_FALSE(nv_mem_equal(a, b));
	CU_ASSERT_STRING_EQUAL(content(&nv_mem_ops, a), "1=one 2=two ");
	items[0] = text_item(1, "one");
	CU_ASSERT_TRUE(nv_mem_ops.apply(b, items, 1));
	CU_ASSERT_TRUE(nv_mem_equal(a, b));
	items[0] = text_item(2, NULL);
	CU_ASSERT_TRUE(nv_mem_ops.apply(b, items, 1));
	CU_ASSERT_FALSE(nv_mem_equal(a, b));
	nv_mem_close(a);
	nv_mem_close(b);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "both stores put, replace and delete", both_stores_put_replace_and_delete },
		{ "a batch that fails in the middle changes nothing",
		  a_batch_that_fails_in_the_middle_changes_nothing },
		{ "a full disk changes nothing and is reported", a_full_disk_changes_nothing_and_is_reported },
		{ "what was applied survives a kill", what_was_applied_survives_a_kill },
		{ "a card has one user at a time", a_card_has_one_user_at_a_time },
		{ "a new file is private and alone", a_new_file_is_private_and_alone },
		{ "an existing file is not replaced unasked", an_existing_file_is_not_replaced_unasked },
		{ "a replaced card leaves nothing behind", a_replaced_card_leaves_nothing_behind },
		{ "a card in use is not replaced", a_card_in_use_is_not_replaced },
		{ "a replacement that fails keeps the old card", a_replacement_that_fails_keeps_the_old_card },
		{ "a creation that fails leaves no file", a_creation_that_fails_leaves_no_file },
		{ "the log of a removed card does not reach a new one",
		  the_log_of_a_removed_card_does_not_reach_a_new_one },
		{ "attack: a card whose file is another one keeps nothing",
		  a_card_whose_file_is_another_one_keeps_nothing },
		{ "a card whose file is gone says so", a_card_whose_file_is_gone_says_so },
		{ "a card that is touched goes on", a_card_that_is_touched_goes_on },
		{ "a card goes on behind a checkpoint", a_card_goes_on_behind_a_checkpoint },
		{ "a file that is no card is refused, untouched", a_file_that_is_no_card_is_refused_untouched },
		{ "attack: a pipe in the place of a card or its log", attack_a_pipe_in_the_place_of_a_card_or_its_log },
		{ "a long path does not hide the reason", a_long_path_does_not_hide_the_reason },
		{ "a card of another version is refused", a_card_of_another_version_is_refused },
		{ "a damaged card is reported, not believed", a_damaged_card_is_reported_not_believed },
		{ "something else in the table is reported", something_else_in_the_table_is_reported },
		{ "a store in memory fails when told to", a_store_in_memory_fails_when_told_to },
		{ "copies in memory are equal and independent", copies_in_memory_are_equal_and_independent },
	};
	char command[96];

	snprintf(folder, sizeof folder, "/tmp/vuicc-store-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return 2;
	int status = CU_RUN("store", tests);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command) != 0 ? 2 : status;
}
