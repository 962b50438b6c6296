/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target: uicc_transmit: a whole session with a card personalised from the default profile. After it, whatever it was,
 * the card in RAM is the card in the store, no SQN has gone back, and the store opens.
 */
#include "card/perso/profile.h"
#include "sequence.h"
#include "tests/power/state.h"

struct image {
	const struct nv_item *items;
	size_t n;
};

/*
 * Made once each: personalising costs more than a session. Delta is so large that every SQN of the transcripts is fresh
 * whatever it is; their cards differ in that.
 */
static const struct image *personalised(bool pin1)
{
	static struct image made[2];
	struct profile_error e = { .what = "" };
	struct image *m = &made[pin1];
	static struct profile *kept[2]; /* owns the items */

	if (m->items != NULL)
		return m;
	FUZZ_CHECK(profile_default(&kept[pin1], &e) == 0);
	FUZZ_CHECK(profile_set(kept[pin1], "sqn.delta=0x7ffffffffff", &e) == 0);
	FUZZ_CHECK(profile_set(kept[pin1], pin1 ? "pins.pin1.enabled=true" : "pins.pin1.enabled=false", &e) == 0);
	FUZZ_CHECK(profile_build(kept[pin1], &m->items, &m->n, &e) == 0);
	return m;
}

static bool counting(void *ctx, uint8_t *out, size_t n)
{
	uint8_t *next = ctx;

	for (size_t i = 0; i < n; i++)
		out[i] = (*next)++;
	return true;
}

/* Looks at all that an observer is given. */
static void observe(void *ctx, const struct uicc_trace *t)
{
	unsigned sum = 0;

	(void)ctx;
	for (size_t i = 0; t->data != NULL && i < t->n_data; i++)
		sum += t->data[i];
	for (size_t i = 0; t->answer != NULL && i < t->n_answer; i++)
		sum += t->answer[i];
	FUZZ_CHECK(t->name != NULL && sum < UINT32_MAX);
}

static void session(struct uicc *u, struct nv_mem *nv, struct sequence *s)
{
	struct span step;

	sequence_begin(s, nv);
	while (sequence_next(s, &step)) {
		uint8_t *answer = malloc(UICC_RAPDU_MAX);
		FUZZ_CHECK(answer != NULL);
		if (step.n == 0)
			uicc_reset(u);
		else
			sequence_check_answer(answer, uicc_transmit(u, step.p, step.n, answer));
		free(answer);
	}
	sequence_end(s, nv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sequence s = sequence_of(span_of(data, size));
	const struct image *image = personalised(s.pin1);
	struct nv_mem *nv = nv_mem_open();
	struct state_counters before, after;
	uint8_t random = 0;
	const struct uicc_env env = { .random = counting, .trace = observe, .ctx = &random };

	FUZZ_CHECK(nv != NULL && nv_mem_ops.apply(nv, image->items, image->n));
	FUZZ_CHECK(state_counters_read(&before, &nv_mem_ops, nv));
	struct uicc *u = uicc_open(&nv_mem_ops, nv, &env, NULL);
	FUZZ_CHECK(u != NULL);
	session(u, nv, &s);
	FUZZ_CHECK(state_agrees(u, &nv_mem_ops, nv));
	uicc_close(u);
	FUZZ_CHECK(state_counters_read(&after, &nv_mem_ops, nv) && state_counters_kept(&before, &after));
	u = uicc_open(&nv_mem_ops, nv, &env, NULL);
	FUZZ_CHECK(u != NULL);
	uicc_close(u);
	nv_mem_close(nv);
	return 0;
}
