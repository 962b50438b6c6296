/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every transcript on a card file, killed with SIGKILL at each system call that writes: on the way into it, and once
 * more with the first half of what it writes written. So are the making of a card file and its replacement.
 *
 * After each cut the file opens, its card opens, and it is in the state before or after the command that ran, a spent
 * PIN try apart; a file being made is whole or not there.
 *
 * usage: power_kills [--seconds N] [--seed N] TRANSCRIPT...
 *        with --seconds, a choice of the cuts that takes so long; without, all of them
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "card/store/nv_sqlite.h"
#include "state.h"
#include "story.h"
#include "tracer.h"

enum { EXIT_SKIPPED = 77 };

enum scene_kind {
	SESSION, /* the story is told on its card */
	MAKING, /* its card is made */
	REPLACING, /* its card takes the place of the next story's */
};

/* What is done again and again. */
struct scene {
	enum scene_kind kind;
	const struct story *story, *other;
	long calls; /* that write, when nobody interferes */
};

struct cut {
	size_t scene;
	long at;
	bool torn;
};

static char folder[PATH_MAX], card_path[PATH_MAX + 8];
/* How many commands have been answered: told by the child through memory that outlives it. */
static volatile size_t *answered;

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "power_kills: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void empty_folder(void)
{
	struct dirent *entry;
	DIR *d = opendir(folder);

	if (d == NULL)
		give_up(folder);
	while ((entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(d), entry->d_name, 0);
	closedir(d);
}

static void make_file(const struct story *s)
{
	char why[NV_WHY_MAX];

	if (nv_sqlite_create(card_path, s->items, s->n_items, false, why) != 0)
		story_fail(s, 0, why);
}

static void prepare(const struct scene *scene)
{
	empty_folder();
	if (scene->kind == SESSION)
		make_file(scene->story);
	else if (scene->kind == REPLACING)
		make_file(scene->other);
	*answered = 0;
}

/* --- in the child --- */

static bool session(const struct story *s)
{
	struct nv_sqlite *store = NULL;
	char why[NV_WHY_MAX];

	story_begin();
	if (nv_sqlite_open(&store, card_path, why) != 0)
		return false;
	struct uicc *u = uicc_open(&nv_sqlite_ops, store, &story_env, NULL);
	if (u == NULL)
		return false;
	for (size_t i = 0; i < s->n; i++) {
		struct answer a;
		story_step(u, &s->steps[i], &a);
		if (!span_eq(span_of(a.octets, a.n), span_of(s->answers[i].octets, s->answers[i].n)))
			return false;
		*answered = i + 1;
	}
	uicc_close(u);
	nv_sqlite_close(store);
	return true;
}

static bool play(void *arg)
{
	const struct scene *scene = arg;
	const struct story *s = scene->story;
	char why[NV_WHY_MAX];

	if (scene->kind == SESSION)
		return session(s);
	return nv_sqlite_create(card_path, s->items, s->n_items, scene->kind == REPLACING, why) == 0;
}

/* --- after it --- */

/* What is in the card file; the card has opened. NULL when there is no file. */
static struct nv_mem *content(const struct scene *scene)
{
	struct nv_sqlite *store = NULL;
	char why[NV_WHY_MAX];
	const char *card_why = "";
	struct stat st;

	int error = nv_sqlite_open(&store, card_path, why);
	if (error == -ENOENT)
		return NULL;
	if (error != 0)
		story_fail(scene->story, *answered, why);
	struct uicc *u = uicc_open(&nv_sqlite_ops, store, &story_env, &card_why);
	if (u == NULL)
		story_fail(scene->story, *answered, card_why);
	uicc_close(u);
	struct nv_mem *m = state_copy(&nv_sqlite_ops, store);
	nv_sqlite_close(store);
	if (m == NULL || stat(card_path, &st) != 0 || (st.st_mode & 0777) != 0600)
		story_fail(scene->story, *answered, "the file is not one of mode 0600 that can be read");
	return m;
}

static bool as_it_must_be(const struct scene *scene, const struct nv_mem *now)
{
	const struct story *s = scene->story;
	size_t at = *answered;

	switch (scene->kind) {
	case SESSION:
		return now != NULL && state_before_or_after(now, s->states[at], s->states[at < s->n ? at + 1 : at]);
	case MAKING:
		return now == NULL || nv_mem_equal(now, s->states[0]);
	case REPLACING:
	default:
		return now != NULL && (nv_mem_equal(now, scene->other->states[0]) || nv_mem_equal(now, s->states[0]));
	}
}

static void examine(const struct scene *scene, const struct cut *cut)
{
	static const char *const kinds[] = { "session", "making", "replacing" };
	struct nv_mem *now = content(scene);

	if (!as_it_must_be(scene, now)) {
		fprintf(stderr, "%s, cut at writing call %ld of %ld%s: ", kinds[scene->kind], cut->at, scene->calls,
			cut->torn ? ", torn" : "");
		story_fail(scene->story, *answered, "the file holds neither what was before nor what was to be");
	}
	nv_mem_close(now);
}

static enum tracer_end run(struct scene *scene, const struct cut *cut)
{
	long calls;

	prepare(scene);
	enum tracer_end end = tracer_run(play, scene, cut->at, cut->torn, &calls);
	if (end == TRACER_FAILED)
		story_fail(scene->story, *answered, "the session went otherwise than in RAM, or could not be traced");
	if (cut->at < 0)
		scene->calls = calls;
	return end;
}

/* --- the choice --- */

static void shuffle(struct cut *cuts, size_t n, unsigned seed)
{
	srandom(seed);
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)random() % i;
		struct cut c = cuts[j];
		cuts[j] = cuts[i - 1];
		cuts[i - 1] = c;
	}
}

static struct cut *all_cuts(const struct scene *scenes, size_t n, size_t *ret_n)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += 2 * (size_t)scenes[i].calls;
	struct cut *cuts = calloc(sum + 1, sizeof *cuts);
	if (cuts == NULL)
		give_up("cuts");
	*ret_n = 0;
	for (size_t i = 0; i < n; i++)
		for (long at = 0; at < scenes[i].calls; at++)
			for (int torn = 0; torn < 2; torn++)
				cuts[(*ret_n)++] = (struct cut){ .scene = i, .at = at, .torn = torn != 0 };
	return cuts;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int go_through(struct scene *scenes, size_t n_scenes, double seconds, unsigned seed)
{
	size_t n, done = 0;
	double begun = now();

	for (size_t i = 0; i < n_scenes; i++) {
		const struct cut none = { .scene = i, .at = -1 };
		if (run(&scenes[i], &none) == TRACER_FORBIDDEN) {
			printf("skipped: ptrace is not allowed here\n");
			return EXIT_SKIPPED;
		}
		examine(&scenes[i], &none);
	}
	struct cut *cuts = all_cuts(scenes, n_scenes, &n);
	if (seconds > 0)
		shuffle(cuts, n, seed);
	for (; done < n && (seconds <= 0 || now() - begun < seconds); done++) {
		if (run(&scenes[cuts[done].scene], &cuts[done]) != TRACER_CUT)
			story_fail(scenes[cuts[done].scene].story, 0, "a writing call is missing in the second run");
		examine(&scenes[cuts[done].scene], &cuts[done]);
	}
	free(cuts);
	printf("%zu of %zu cuts in %.1f s, none left a card in between\n", done, n, now() - begun);
	return done != 0 ? 0 : 1;
}

/*
 * In memory if there is such a folder: a process that is killed loses nothing that the system has, so fsync() only
 * costs.
 */
static void make_folder(void)
{
	const char *tmp = getenv("TMPDIR");

	if (tmp == NULL)
		tmp = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(folder, sizeof folder, "%s/vuicc-power-XXXXXX", tmp);
	if (mkdtemp(folder) == NULL)
		give_up(folder);
	snprintf(card_path, sizeof card_path, "%s/card", folder);
	answered = mmap(NULL, sizeof *answered, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (answered == MAP_FAILED)
		give_up("mmap");
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seconds", required_argument, NULL, 't' },
		{ "seed", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	unsigned seed;
	double seconds = 0;
	int c;

	if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
		give_up("getrandom");
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 't')
			seconds = strtod(optarg, NULL);
		else if (c == 's')
			seed = (unsigned)strtoul(optarg, NULL, 10);
		else
			return 2;
	}
	size_t n = (size_t)(argc - optind);
	struct scene *scenes = calloc(n + 2, sizeof *scenes);
	if (scenes == NULL || n == 0)
		give_up("expected transcripts");
	if (seconds > 0)
		printf("seed %u\n", seed);
	make_folder();
	for (size_t i = 0; i < n; i++)
		scenes[i] = (struct scene){ .kind = SESSION, .story = story_read(argv[optind + (int)i]) };
	scenes[n] = (struct scene){ .kind = MAKING, .story = scenes[0].story };
	scenes[n + 1] = (struct scene){ .kind = REPLACING, .story = scenes[0].story, .other = scenes[n - 1].story };
	fflush(stdout);
	int status = go_through(scenes, n + 2, seconds, seed);
	empty_folder();
	rmdir(folder);
	for (size_t i = 0; i < n; i++)
		story_free((struct story *)(uintptr_t)scenes[i].story);
	free(scenes);
	return status;
}
