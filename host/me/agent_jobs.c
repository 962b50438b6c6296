/* SPDX-License-Identifier: Apache-2.0 */
/* What the agent has to ask the BM-SC for by itself, each at its time, and how often (decision 61). */
#include "agent_int.h"

#include <stdlib.h>

struct agent_job {
	struct agent_job *next;
	enum km_kind kind;
	struct km_item item;
	unsigned tries; /* made so far */
	int64_t due; /* milliseconds since 1970 */
};

static struct agent_job *find(struct agent *a, enum km_kind kind, const struct km_item *item)
{
	struct agent_job *job = a->jobs;

	while (job != NULL && (job->kind != kind || !mbms_same_item(&job->item, item)))
		job = job->next;
	return job;
}

void agent_queue(struct agent *a, enum km_kind kind, const struct km_item *item)
{
	struct agent_job **end = &a->jobs;
	size_t n = 0;

	if (find(a, kind, item) != NULL)
		return;
	for (; *end != NULL; end = &(*end)->next)
		n++;
	struct agent_job *job = n < AGENT_JOBS_MAX ? calloc(1, sizeof *job) : NULL;
	if (job == NULL) {
		(void)agent_error(a, AGENT_FAILED, "too many requests wait for the BM-SC; one is dropped");
		return;
	}
	job->kind = kind;
	job->item = *item;
	*end = job;
}

static void drop(struct agent *a, struct agent_job *job)
{
	struct agent_job **link = &a->jobs;

	while (*link != job)
		link = &(*link)->next;
	*link = job->next;
	free(job);
}

void agent_jobs_forget(struct agent *a)
{
	while (a->jobs != NULL)
		drop(a, a->jobs);
}

/* After the n-th try: 1 s, 2 s, 4 s …, and up to half of it more, so that many UEs do not come back together. */
static int64_t backoff(struct agent *a, unsigned tries)
{
	int64_t wait = (int64_t)AGENT_BACKOFF_MS << (tries - 1);
	uint8_t share = 0;

	(void)a->env->random(a->env->ctx, &share, 1);
	return wait + wait / 2 * share / UINT8_MAX;
}

/* All jobs of one kind that are due, in one request. False when there is none. */
static bool run_kind(struct agent *a, enum km_kind kind, int64_t now)
{
	struct km_doc doc = { .kind = kind };

	for (struct agent_job *job = a->jobs; job != NULL && doc.n < KM_ITEMS_MAX; job = job->next)
		if (job->kind == kind && job->due <= now)
			doc.item[doc.n++] = job->item;
	if (doc.n == 0)
		return false;
	if (agent_errand_add(a, 0, &doc))
		agent_errand_run(a);
	else
		agent_jobs_over(a, &doc, agent_error(a, AGENT_UNREACHABLE, "no memory for a request"));
	return true;
}

void agent_jobs_run(struct agent *a)
{
	int64_t now = a->env->now(a->env->ctx);

	for (enum km_kind kind = KM_REGISTER; kind < KM_KINDS && a->card && a->errands == NULL; kind++)
		(void)run_kind(a, kind, now);
}

void agent_jobs_over(struct agent *a, const struct km_doc *doc, enum agent_end end)
{
	int64_t now = a->env->now(a->env->ctx);

	for (size_t i = 0; i < doc->n; i++) {
		struct agent_job *job = find(a, doc->kind, &doc->item[i]);
		if (job == NULL || !a->card)
			continue; /* without a card no try was made: it is due again when the card is back */
		job->tries++;
		if (end == AGENT_OK || end == AGENT_REFUSED) {
			drop(a, job);
		} else if (job->tries >= AGENT_TRIES_MAX) {
			(void)agent_error(a, end, "given up after 5 tries");
			drop(a, job);
		} else {
			job->due = now + backoff(a, job->tries);
		}
	}
}

int64_t agent_jobs_due(const struct agent *a)
{
	int64_t due = INT64_MAX;

	for (const struct agent_job *job = a->jobs; job != NULL; job = job->next)
		if (job->due < due)
			due = job->due;
	return due;
}
