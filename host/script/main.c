/* SPDX-License-Identifier: Apache-2.0 */
/* vuicc-apdu: runs scripted APDU sessions against a card in a reader, or a card file in this process. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "newcard.h"
#include "options.h"
#include "session.h"
#include "shell.h"
#include "../../os/random.h"

enum { EXIT_MISMATCH = 1, EXIT_SCRIPT = OPTIONS_SCRIPT, EXIT_ENVIRONMENT = 4 };

/* Everything that a run of the program has. Large. */
struct program {
	struct options o;
	struct record record;
	struct report report;
	struct shell *shell; /* NULL: no prompt */
	struct session session;
	struct newcard newcard;
};

static int complain(const char *why)
{
	fprintf(stderr, "vuicc-apdu: %s\n", why);
	return EXIT_ENVIRONMENT;
}

static int open_card(struct session *s, const struct options *o)
{
	char why[CARD_WHY_MAX] = "out of memory";
	int rc = o->card != NULL   ? card_if_open_file(&s->card, o->card, why)
		 : o->vpcd != NULL ? card_if_open_vpcd(&s->card, o->vpcd, why)
				   : card_if_open_pcsc(&s->card, o->reader);

	s->shared = o->card == NULL && o->vpcd == NULL;
	if (rc == 0 && o->vpcd != NULL)
		fprintf(stderr, "vuicc-apdu: waiting for a card on %s\n", s->card->name);
	if (rc == 0 && (rc = session_connect(s)) != 0)
		snprintf(why, sizeof why, "%s", s->card->why);
	if (rc == 0)
		return 0;
	(void)complain(why);
	if (o->reader == NULL && s->shared)
		fputs("vuicc-apdu: --card FILE and --new-card need no reader\n", stderr);
	return EXIT_ENVIRONMENT;
}

static void close_card(struct session *s)
{
	card_if_close(s->card);
	s->card = NULL;
}

/* The card that this script is about, in the place of the one before. */
static int change_card(struct program *p, struct span script)
{
	char why[CARD_WHY_MAX] = "out of memory";

	close_card(&p->session);
	int rc = newcard_make(&p->newcard, script, why);
	if (rc == 0)
		rc = card_if_open_file(&p->session.card, p->newcard.file[0], why);
	if (rc == 0 && (rc = session_connect(&p->session)) != 0)
		snprintf(why, sizeof why, "%s", p->session.card->why);
	return rc == 0 ? 0 : complain(why);
}

/* Somebody's card is about to be changed: what of it is said before. */
static void announce(const struct program *p)
{
	const struct pack_scripts *s = &p->o.scripts;

	for (size_t i = 0; i < s->n && !p->o.new_card; i++)
		if (s->script[i].changes != NULL && strcmp(s->script[i].changes, "nothing") != 0)
			fprintf(stderr, "vuicc-apdu: pack %s changes on this card: %s\n", s->script[i].title,
				s->script[i].changes);
	if (p->o.pin_given)
		fprintf(stderr,
			"vuicc-apdu: a PIN that is refused ends the run; none is tried that could be the last\n");
}

static int status_of(enum run_result worst)
{
	return worst == RUN_FAILED	 ? EXIT_MISMATCH
	       : worst == RUN_BAD_SCRIPT ? EXIT_SCRIPT
	       : worst == RUN_BROKEN	 ? EXIT_ENVIRONMENT
					 : 0;
}

/* Every script; the exit status. */
static int run_all(struct program *p, struct run *run)
{
	enum run_result worst = RUN_PASSED;

	for (size_t i = 0; i < p->o.scripts.n && worst != RUN_BAD_SCRIPT && worst != RUN_BROKEN; i++) {
		const struct pack_script *script = &p->o.scripts.script[i];
		struct span text;
		if (session_load(&p->session, script->path, &text) != NULL)
			return EXIT_SCRIPT; /* load_all() has read it */
		if (p->o.new_card && change_card(p, text) != 0)
			return EXIT_ENVIRONMENT;
		enum run_result result = run_script(run, script->title, script->path, text);
		if (result != RUN_PASSED && result != RUN_NOT_APPLICABLE)
			worst = result;
	}
	return status_of(worst);
}

/* Every event, to all who want to know. */
static void tell(void *program, const struct run_event *e)
{
	struct program *p = program;

	if (p->record.out != NULL)
		record_event(&p->record, e);
	if (p->shell != NULL)
		shell_event(p->shell, e);
	report_event(&p->report, e);
}

static int prompt(struct program *p, struct run *run)
{
	if (p->session.card == NULL && change_card(p, (struct span){ 0 }) != 0)
		return EXIT_ENVIRONMENT;
	p->report.trace = true;
	p->shell = shell_open(run);
	enum run_result result = p->shell != NULL ? shell_run(p->shell) : RUN_BROKEN;
	shell_close(p->shell);
	p->shell = NULL;
	return result == RUN_BROKEN ? EXIT_ENVIRONMENT : 0;
}

/* Whether both are one file. Devices are not: everybody may write to /dev/null. */
static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return a != NULL && b != NULL && stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) &&
	       x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* A new file for its owner alone. What this run reads is not to be emptied by it. */
static int open_output(FILE **ret, const char *option, const char *path, const struct options *o)
{
	bool read = same_file(path, o->card);

	for (size_t i = 0; i < o->scripts.n; i++)
		read = read || same_file(path, o->scripts.script[i].path);
	if (read || (path != o->junit && same_file(path, o->junit))) {
		fprintf(stderr, "vuicc-apdu: %s: expected a file of its own, got %s\n", option, path);
		return OPTIONS_USAGE;
	}
	mode_t mask = umask(S_IRWXG | S_IRWXO);
	*ret = fopen(path, "we");
	umask(mask);
	/* By lines: for whoever wants to know how far a run came that was ended. */
	if (*ret != NULL && setvbuf(*ret, NULL, _IOLBF, 0) == 0)
		return 0;
	fprintf(stderr, "vuicc-apdu: %s: %s\n", path, strerror(errno));
	return EXIT_ENVIRONMENT;
}

static int open_outputs(struct program *p)
{
	int status = 0;

	p->report.out = stdout;
	p->report.format = p->o.format;
	p->report.trace = p->o.trace;
	p->report.secrets = p->record.secrets = p->o.secrets;
	if (p->o.junit != NULL)
		status = open_output(&p->report.junit, "--junit", p->o.junit, &p->o);
	if (status == 0 && p->o.record_file != NULL)
		status = open_output(&p->record.out, "--record", p->o.record_file, &p->o);
	return status;
}

/* status, or that what was written is not there. */
static int close_output(FILE *f, const char *path, int status)
{
	if (f == NULL)
		return status;
	bool lost = ferror(f) != 0;
	if (fclose(f) == 0 && !lost)
		return status;
	fprintf(stderr, "vuicc-apdu: %s: not all of it could be written\n", path);
	return EXIT_ENVIRONMENT;
}

/* With a card and all files open. */
static int run_scripts(struct program *p)
{
	struct run_ops ops;

	announce(p);
	p->session.event = tell;
	p->session.event_ctx = p;
	p->o.run.fresh = p->o.run.fresh || p->o.new_card;
	session_ops(&p->session, &ops);
	struct run *run = run_open(&ops, &p->o.run, &p->o.vars);
	report_begin(&p->report);
	int status = run != NULL ? run_all(p, run) : EXIT_ENVIRONMENT;
	/* The card is as the case that failed has left it. */
	if ((status == 0 || status == EXIT_MISMATCH) && p->o.with_shell) {
		int end = prompt(p, run);
		status = end != 0 ? end : status;
	}
	report_end(&p->report);
	run_close(run);
	return status;
}

/* Every script is there to be read before a card is asked for. */
static int load_all(struct program *p)
{
	const char *why = NULL;
	struct span text;

	for (size_t i = 0; why == NULL && i < p->o.scripts.n; i++)
		why = session_load(&p->session, p->o.scripts.script[i].path, &text);
	if (why == NULL)
		return 0;
	(void)complain(why);
	return EXIT_SCRIPT;
}

static int run_session(struct program *p)
{
	int status = load_all(p);

	if (status == 0 && !p->o.new_card)
		status = open_card(&p->session, &p->o);
	/* Behind the card: a run that does not come about leaves the files of the one before. */
	if (status == 0)
		status = open_outputs(p);
	if (status == 0)
		status = run_scripts(p);
	session_wipe(&p->session);
	close_card(&p->session);
	newcard_remove(&p->newcard);
	status = close_output(p->report.junit, p->o.junit, status);
	return close_output(p->record.out, p->o.record_file, status);
}

/* What was printed has arrived, or the status says so. */
static int finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "vuicc-apdu: the output could not be written: %s\n", strerror(errno));
	return status == 0 ? EXIT_ENVIRONMENT : status;
}

int main(int argc, char **argv)
{
	static struct program p;
	int status = options_take(&p.o, argc, argv);

	if (status == 0) {
		p.o.vars.func = (struct func_env){ .prim = prim_open(), .random = os_random };
		status = p.o.vars.func.prim != NULL
				 ? run_session(&p)
				 : complain("the crypto library lacks something, or memory is short");
	}
	prim_close(p.o.vars.func.prim);
	value_vars_wipe(&p.o.vars);
	pack_scripts_free(&p.o.scripts);
	return finish(status == OPTIONS_DONE ? 0 : status);
}
