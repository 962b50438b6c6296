/* SPDX-License-Identifier: Apache-2.0 */
#include "newcard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "script.h"

enum { ARGUMENTS_MAX = 64, TEXT_MAX = 16 * 1024 };

/* The command line of vuicc-perso. */
struct arguments {
	int n;
	char *word[ARGUMENTS_MAX + 1]; /* and NULL */
	char text[TEXT_MAX];
	struct wr w;
};

/* before, words and behind in a row. */
static void add(struct arguments *a, const char *before, struct span words, const char *behind)
{
	char *from = a->text + a->w.n;

	wr_str(&a->w, before);
	wr_span(&a->w, words);
	wr_str(&a->w, behind);
	wr_u8(&a->w, 0);
	if (a->n < ARGUMENTS_MAX)
		a->word[a->n++] = from;
	else
		a->w.bad = true;
}

static void add_word(struct arguments *a, const char *word)
{
	add(a, word, (struct span){ 0 }, "");
}

static void add_line(struct arguments *a, const char *profiles, struct span line)
{
	static struct script_step step;
	struct script_fault f;

	if (!script_parse(&step, line, &f))
		return; /* who runs the script tells */
	if (step.kind == SCRIPT_PROFILE) {
		add_word(a, "--profile");
		add(a, profiles, step.words, ".yaml");
	} else if (step.kind == SCRIPT_CARD) {
		add_word(a, "--set");
		add(a, "", step.words, "");
	}
}

static bool command_line(struct arguments *a, const struct newcard *c, struct span script)
{
	char program[PLACE_MAX], profiles[PLACE_MAX];

	a->w = WR(a->text);
	if (!place_of_program(program, "vuicc-perso") || !place_of_data(profiles, "share/vuicc/profiles/"))
		return false;
	add_word(a, program);
	add_word(a, "--force");
	while (script.n != 0) {
		const uint8_t *end = memchr(script.p, '\n', script.n);
		size_t n = end != NULL ? (size_t)(end - script.p) : script.n;
		add_line(a, profiles, span_sub(script, 0, n));
		script = span_sub(script, n + 1, script.n);
	}
	add_word(a, c->file[0]);
	return !a->w.bad;
}

/* A program to its end, its standard output to nobody. 0 or -errno; -ECANCELED: it says itself what is wrong. */
static int run(char **words)
{
	posix_spawn_file_actions_t actions;
	pid_t pid = 0;
	int status = 0;
	int rc = posix_spawn_file_actions_init(&actions);

	if (rc != 0)
		return -rc;
	rc = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (rc == 0)
		rc = posix_spawn(&pid, words[0], &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (rc != 0)
		return -rc;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ECANCELED;
}

/* The one that a signal is to remove. */
static struct newcard *volatile in_use;

/* Nothing but what signal-safety(7) allows. */
static void remove_files(const struct newcard *c)
{
	for (size_t i = 0; i < NEWCARD_FILES; i++)
		(void)unlink(c->file[i]);
	(void)rmdir(c->folder);
}

static void on_signal(int number)
{
	if (in_use != NULL)
		remove_files(in_use);
	raise(number); /* SA_RESETHAND: it ends the program */
}

static void watch_signals(struct newcard *c)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	const struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

	in_use = c;
	for (size_t i = 0; i < VU_COUNT(numbers); i++)
		(void)sigaction(numbers[i], &action, NULL);
}

static int make_folder(struct newcard *c)
{
	static const char *const behind[NEWCARD_FILES] = { "", "-wal", "-shm", "-journal" };
	const char *tmp = getenv("TMPDIR");

	if (c->folder[0] != '\0')
		return 0;
	snprintf(c->folder, sizeof c->folder, "%.2000s/vuicc-apdu-XXXXXX",
		 tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp");
	for (size_t i = 0; i < NEWCARD_FILES; i++)
		c->file[i][0] = '\0';
	if (mkdtemp(c->folder) == NULL) {
		c->folder[0] = '\0';
		return -errno;
	}
	for (size_t i = 0; i < NEWCARD_FILES; i++)
		snprintf(c->file[i], sizeof c->file[i], "%.3000s/card%s", c->folder, behind[i]);
	watch_signals(c);
	return 0;
}

int newcard_make(struct newcard *c, struct span script, char why[static CARD_WHY_MAX])
{
	static struct arguments a;
	int rc = make_folder(c);

	a = (struct arguments){ 0 };
	if (rc == 0)
		rc = command_line(&a, c, script) ? run(a.word) : -E2BIG;
	if (rc == -ECANCELED)
		snprintf(why, CARD_WHY_MAX, "vuicc-perso has made no card");
	else if (rc != 0)
		snprintf(why, CARD_WHY_MAX, "vuicc-perso, beside this program, cannot make a card: %s", strerror(-rc));
	return rc;
}

void newcard_remove(struct newcard *c)
{
	if (c->folder[0] == '\0')
		return;
	remove_files(c);
	in_use = NULL;
	c->folder[0] = '\0';
}
