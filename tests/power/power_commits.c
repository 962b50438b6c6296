/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every transcript, with the store failing at its first commit, at its second, and so on to its last.
 *
 * At the failure: the command answers 6581 (class A0: 9240) and nothing else; the store is as before or after it, a
 * spent PIN try apart; the running card holds what the store holds; the store opens as a card; no SQN has gone back.
 * Then the store works again, the command is sent once more, and the rest of the story goes as it goes without a
 * failure: so nothing but the failed command was lost, in RAM either.
 *
 * usage: power_commits TRANSCRIPT...
 */
#include <stdio.h>

#include "apdu/auth.h"
#include "apdu/sw.h"
#include "state.h"
#include "story.h"

/* A store in RAM that remembers whether it has failed. */
struct watched {
	struct nv_mem *nv;
	bool failed;
};

static bool watched_each(void *ctx, nv_each_fn *fn, void *arg)
{
	const struct watched *w = ctx;

	return nv_mem_ops.each(w->nv, fn, arg);
}

static bool watched_apply(void *ctx, const struct nv_item *items, size_t n)
{
	struct watched *w = ctx;
	bool done = nv_mem_ops.apply(w->nv, items, n);

	w->failed = w->failed || !done;
	return done;
}

static const struct nv_ops watched_ops = { .each = watched_each, .apply = watched_apply };

static sw_t sw_of(const struct answer *a)
{
	struct rd r = rd_of(span_sub(span_of(a->octets, a->n), a->n - sizeof(sw_t), sizeof(sw_t)));

	return rd_u16(&r);
}

static uint8_t ins_of(const struct step *s)
{
	return s->octets[1];
}

/* Where to go on after command `at` has failed: there, or at the first block of its chain. */
static size_t again_from(const struct story *s, size_t at)
{
	size_t i = at;

	if (ins_of(&s->steps[at]) != INS_AUTHENTICATE_ODD)
		return at;
	while (i > 0 && (s->steps[i].n == 0 || ins_of(&s->steps[i]) != INS_AUTHENTICATE_ODD ||
			 s->steps[i].octets[2] != BLOCK_FIRST || s->steps[i].octets[0] != s->steps[at].octets[0]))
		i--;
	return i;
}

/* VERIFY, CHANGE, DISABLE, ENABLE and UNBLOCK spend a try when they fail, so that a wrong code again counts twice. */
static bool spends(const struct step *s)
{
	uint8_t ins = ins_of(s);

	return ins == 0x20 || ins == 0x24 || ins == 0x26 || ins == 0x28 || ins == 0x2C;
}

static void step_again(const struct story *s, struct uicc *u, size_t i)
{
	struct answer a;

	story_step(u, &s->steps[i], &a);
	if (!span_eq(span_of(a.octets, a.n), span_of(s->answers[i].octets, s->answers[i].n)))
		story_fail(s, i, "answers otherwise after the store had failed once");
}

/* The failed command again, with the blocks of its own channel that led to it, and the rest of the story. */
static void go_on(const struct story *s, struct uicc *u, size_t at)
{
	for (size_t i = again_from(s, at); i < at; i++)
		if (s->steps[i].n != 0 && s->steps[i].octets[0] == s->steps[at].octets[0])
			step_again(s, u, i);
	for (size_t i = at; i < s->n; i++)
		step_again(s, u, i);
}

static sw_t failure_word(const struct step *s)
{
	return s->octets[0] == CLA_GSM ? SW_GSM_MEMORY_PROBLEM : SW_MEMORY_PROBLEM;
}

static void examine(const struct story *s, size_t at, struct uicc *u, struct nv_mem *nv, const struct answer *a)
{
	struct state_counters before, now;
	const char *why = "";

	if (a->n != sizeof(sw_t) || sw_of(a) != failure_word(&s->steps[at]))
		story_fail(s, at, "the store failed, and the answer does not say that alone");
	if (!state_before_or_after(nv, s->states[at], s->states[at + 1]))
		story_fail(s, at, "the store is neither as before nor as after the command");
	if (!state_agrees(u, &nv_mem_ops, nv))
		story_fail(s, at, "the running card holds something else than its store");
	if (!state_counters_read(&before, &nv_mem_ops, s->states[at]) || !state_counters_read(&now, &nv_mem_ops, nv) ||
	    !state_counters_kept(&before, &now))
		story_fail(s, at, "an SQN has gone back");
	struct uicc *again = uicc_open(&nv_mem_ops, nv, &story_env, &why);
	if (again == NULL)
		story_fail(s, at, why);
	uicc_close(again);
}

/* The story with the store failing after `commits` of them; false when it has no more than that. */
static bool cut(const struct story *s, int commits)
{
	struct watched w = { .nv = story_card(s) };

	nv_mem_fail_after(w.nv, commits);
	story_begin();
	struct uicc *u = uicc_open(&watched_ops, &w, &story_env, NULL);
	if (u == NULL)
		story_fail(s, 0, "the card does not open");
	for (size_t i = 0; i < s->n && !w.failed; i++) {
		struct answer a;
		story_step(u, &s->steps[i], &a);
		if (!w.failed)
			continue;
		examine(s, i, u, w.nv, &a);
		nv_mem_fail_after(w.nv, -1);
		if (!spends(&s->steps[i]) || sw_of(&s->answers[i]) == SW_OK)
			go_on(s, u, i);
	}
	uicc_close(u);
	nv_mem_close(w.nv);
	return w.failed;
}

int main(int argc, char **argv)
{
	unsigned all = 0;

	for (int i = 1; i < argc; i++) {
		struct story *s = story_read(argv[i]);
		int cuts = 0;
		while (cut(s, cuts))
			cuts++;
		all += (unsigned)cuts;
		story_free(s);
	}
	printf("%d transcripts, %u failing commits\n", argc - 1, all);
	return all != 0 ? 0 : 1;
}
