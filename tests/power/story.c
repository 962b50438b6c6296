/* SPDX-License-Identifier: Apache-2.0 */
#include "story.h"

#include <stdio.h>
#include <stdlib.h>

#include "card/perso/profile.h"
#include "host/script/value.h"

static _Noreturn void give_up(const char *where, const char *what)
{
	fprintf(stderr, "%s: %s\n", where, what);
	exit(2);
}

void story_fail(const struct story *s, size_t step, const char *what)
{
	fprintf(stderr, "%s: command %zu: %s\n", s->path, step + 1, what);
	exit(1);
}

static uint8_t next_random;

static bool counting(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	for (size_t i = 0; i < n; i++)
		out[i] = next_random++;
	return true;
}

const struct uicc_env story_env = { .random = counting };

void story_begin(void)
{
	next_random = 0;
}

static void set(struct story *s, struct span words)
{
	char assignment[SCRIPT_LINE_MAX];
	struct profile_error e;
	struct wr w = WR(assignment);

	wr_span(&w, words);
	if (!wr_cstr(&w) || profile_set(s->profile, assignment, &e) != 0)
		give_up(s->path, "its card cannot be made");
}

/* Another profile than the default one. */
static void take_profile(struct story *s, struct span name)
{
	struct profile_error e = { .what = "" };
	char path[SCRIPT_LINE_MAX];
	struct wr w = WR(path);

	wr_str(&w, VUICC_SOURCE_DIR "/card/profiles/");
	wr_span(&w, name);
	wr_str(&w, ".yaml");
	profile_close(s->profile);
	s->profile = NULL;
	if (!wr_cstr(&w) || profile_load(&s->profile, path, &e) != 0)
		give_up(s->path, e.what);
}

/* A command that is written out, as those of the stories are. */
static void add_step(struct story *s, const struct script_step *from)
{
	static const struct value_vars no_variables;
	struct step *more = reallocarray(s->steps, s->n + 1, sizeof *more);
	struct script_fault f;

	if (more == NULL)
		give_up(s->path, "out of memory");
	s->steps = more;
	struct step *step = &s->steps[s->n++];
	*step = (struct step){ 0 };
	struct wr w = WR(step->octets);
	if (from->kind == SCRIPT_COMMAND && !value_eval(&no_variables, from, from->first, &w, &f))
		give_up(s->path, f.expected);
	step->n = w.n;
}

static void read_steps(struct story *s)
{
	static struct script_step step;
	char line[SCRIPT_LINE_MAX];
	struct script_fault fault;
	bool changed = false;
	FILE *f = fopen(s->path, "r");

	if (f == NULL)
		give_up(s->path, "cannot be read");
	while (fgets(line, sizeof line, f) != NULL) {
		if (!script_parse(&step, span_of(line, strcspn(line, "\r\n")), &fault))
			give_up(s->path, fault.expected);
		if (step.kind == SCRIPT_PROFILE && changed)
			give_up(s->path, "its profile stands behind what changes it");
		if (step.kind == SCRIPT_PROFILE)
			take_profile(s, step.words);
		else if (step.kind == SCRIPT_CARD)
			set(s, step.words);
		else if (step.kind == SCRIPT_COMMAND || step.kind == SCRIPT_RESET)
			add_step(s, &step);
		changed = changed || step.kind == SCRIPT_CARD;
	}
	fclose(f);
}

struct nv_mem *story_card(const struct story *s)
{
	struct nv_mem *nv = nv_mem_open();

	if (nv == NULL || !nv_mem_ops.apply(nv, s->items, s->n_items))
		give_up(s->path, "out of memory");
	return nv;
}

void story_step(struct uicc *u, const struct step *step, struct answer *ret)
{
	ret->n = 0;
	if (step->n == 0)
		uicc_reset(u);
	else
		ret->n = uicc_transmit(u, step->octets, step->n, ret->octets);
}

static void run_once(struct story *s)
{
	struct nv_mem *nv = story_card(s);
	const char *why = "";

	s->answers = calloc(s->n + 1, sizeof *s->answers);
	s->states = calloc(s->n + 1, sizeof *s->states);
	if (s->answers == NULL || s->states == NULL)
		give_up(s->path, "out of memory");
	story_begin();
	struct uicc *u = uicc_open(&nv_mem_ops, nv, &story_env, &why);
	if (u == NULL)
		give_up(s->path, why);
	s->states[0] = nv_mem_copy(nv);
	for (size_t i = 0; i < s->n; i++) {
		story_step(u, &s->steps[i], &s->answers[i]);
		s->states[i + 1] = nv_mem_copy(nv);
		if (s->states[i + 1] == NULL)
			give_up(s->path, "out of memory");
	}
	uicc_close(u);
	nv_mem_close(nv);
}

struct story *story_read(const char *path)
{
	struct profile_error e = { .what = "" };
	struct story *s = calloc(1, sizeof *s);

	if (s == NULL)
		give_up(path, "out of memory");
	s->path = path;
	if (profile_default(&s->profile, &e) != 0)
		give_up(path, e.what);
	read_steps(s);
	if (profile_build(s->profile, &s->items, &s->n_items, &e) != 0)
		give_up(path, e.what);
	run_once(s);
	return s;
}

void story_free(struct story *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; s->states != NULL && i <= s->n; i++)
		nv_mem_close(s->states[i]);
	free(s->states);
	free(s->answers);
	free(s->steps);
	profile_close(s->profile);
	free(s);
}
