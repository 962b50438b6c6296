/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the agent has to ask the BM-SC for by itself, each at its time, and how often (decision 61). While a card is in,
 * what waits is in the key store, too: it outlives this program, and goes when the store is wiped.
 */
#include "agent_int.h"

#include <stdlib.h>

struct agent_job {
	struct agent_job *next;
	struct keystore_job is;
	bool out; /* being asked for */
	bool come; /* what is being asked for has come already */
};

static struct agent_job *find(struct agent *a, enum km_kind kind, const struct km_item *item)
{
	struct agent_job *job = a->jobs;

	while (job != NULL && (job->is.kind != kind || !mbms_same_item(&job->is.item, item)))
		job = job->next;
	return job;
}

/* Without a card the store has no owner. */
static void keep(struct agent *a, const struct agent_job *job)
{
	if (a->card && keystore_put_job(a->store, &job->is) != 0)
		(void)agent_store_failed(a);
}

/* Twice the same is once. */
static struct agent_job *add(struct agent *a, const struct keystore_job *is)
{
	struct agent_job **end = &a->jobs, *job = find(a, is->kind, &is->item);
	size_t n = 0;

	if (job != NULL)
		return job;
	for (; *end != NULL; end = &(*end)->next)
		n++;
	job = n < AGENT_JOBS_MAX ? calloc(1, sizeof *job) : NULL;
	if (job == NULL) {
		(void)agent_error(a, AGENT_FAILED, "too many requests wait for the BM-SC; one is dropped");
		return NULL;
	}
	job->is = *is;
	return *end = job;
}

static void queue(struct agent *a, enum km_kind kind, const struct km_item *item, int64_t due)
{
	const struct keystore_job is = { .kind = kind, .item = *item, .due = due };
	struct agent_job *job = find(a, kind, item);

	if (job == NULL && (job = add(a, &is)) != NULL)
		keep(a, job);
	/* It waits for what was granted, or for the next try, and there is news. */
	if (job != NULL && due < job->is.due)
		job->is.due = due;
}

void agent_queue(struct agent *a, enum km_kind kind, const struct km_item *item)
{
	queue(a, kind, item, 0);
}

/* A random part of ms. */
static int64_t part_of(struct agent *a, int64_t ms)
{
	uint8_t octets[4] = { 0 };

	(void)a->env->random(a->env->ctx, octets, sizeof octets);
	struct rd r = rd_of(SPAN(octets));
	return ms * rd_u32(&r) / UINT32_MAX;
}

/* A pull reaches many UEs at a time, and so does a key that all of them missed: TS 26.346 11.3. */
void agent_queue_later(struct agent *a, enum km_kind kind, const struct km_item *item)
{
	queue(a, kind, item, a->env->now(a->env->ctx) + a->config.offset + part_of(a, a->config.spread));
}

void agent_jobs_adopt(struct agent *a)
{
	struct keystore_job *stored = calloc(AGENT_JOBS_MAX, sizeof *stored);
	int64_t now = a->env->now(a->env->ctx), latest = now + AGENT_JOB_LATEST_MS + a->config.offset;
	size_t n = 0;

	for (const struct agent_job *job = a->jobs; job != NULL; job = job->next)
		keep(a, job);
	if (stored == NULL)
		(void)agent_error(a, AGENT_FAILED, "no memory for the requests that wait");
	else if (keystore_jobs(a->store, stored, AGENT_JOBS_MAX, &n) != 0)
		(void)agent_store_failed(a);
	for (size_t i = 0; i < n; i++) {
		/* Should the clock have been set back since. */
		if (stored[i].due > latest)
			stored[i].due = latest;
		/* When the power comes back, it does so for many UEs. */
		if (stored[i].due < now)
			stored[i].due = now + part_of(a, a->config.spread);
		(void)add(a, &stored[i]);
	}
	free(stored);
}

void agent_jobs_bring_forward(struct agent *a, int64_t ms)
{
	for (struct agent_job *job = a->jobs; job != NULL; job = job->next)
		job->is.due -= ms;
}

/* From memory; it stays in the store. */
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

/* It needs no further try. */
static void done(struct agent *a, struct agent_job *job)
{
	if (keystore_drop_job(a->store, job->is.kind, &job->is.item) != 0)
		(void)agent_store_failed(a);
	drop(a, job);
}

/* After the n-th try: 1 s, 2 s, 4 s …, and up to half of it more, so that many UEs do not come back together. */
static int64_t backoff(struct agent *a, unsigned tries)
{
	int64_t wait = (int64_t)AGENT_BACKOFF_MS << (tries - 1);

	return wait + part_of(a, wait / 2);
}

/*
 * The BM-SC gives keys to registered UEs alone, and its refusal would be final (TS 33.246 6.3.2.2, decision 61): while a
 * registration is to be tried again, MSK requests wait for it.
 */
static bool may_run(const struct agent *a, enum km_kind kind)
{
	for (const struct agent_job *job = a->jobs; job != NULL && kind == KM_MSK_REQUEST; job = job->next)
		if (job->is.kind == KM_REGISTER)
			return false;
	return true;
}

/* All jobs of one kind that are due, in one request. False when there is none. */
static bool run_kind(struct agent *a, enum km_kind kind, int64_t now)
{
	struct km_doc doc = { .kind = kind };

	for (struct agent_job *job = a->jobs; job != NULL && doc.n < KM_ITEMS_MAX; job = job->next)
		if (job->is.kind == kind && job->is.due <= now) {
			doc.item[doc.n++] = job->is.item;
			job->out = true;
			job->come = false;
		}
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
		if (may_run(a, kind))
			(void)run_kind(a, kind, now);
}

static void give_up(struct agent *a, struct agent_job *job)
{
	static const char what[] = "given up after 5 tries";
	const struct km_item *item = &job->is.item;
	bool msk = job->is.kind == KM_MSK_REQUEST;
	char msk_id[MSK_ID_TEXT];

	AGENT_LOG(a, "error", LOG_TEXT("what", what), LOG_TEXT("request", km_request_type(job->is.kind)),
		  LOG_TEXT("service", msk ? NULL : item->service),
		  LOG_HEX("key_domain", msk ? SPAN(item->key.domain) : (struct span){ 0 }),
		  LOG_TEXT("msk_id", msk ? agent_msk_id(msk_id, &item->key) : NULL));
	if (msk)
		agent_service_no_key(a, &item->key, what);
	done(a, job);
}

static void try_again(struct agent *a, struct agent_job *job, int64_t wait)
{
	if (++job->is.tries >= AGENT_TRIES_MAX) {
		give_up(a, job);
		return;
	}
	job->is.due = a->env->now(a->env->ctx) + wait + backoff(a, job->is.tries);
	keep(a, job);
}

void agent_jobs_over(struct agent *a, const struct km_doc *doc, enum agent_end end)
{
	for (size_t i = 0; i < doc->n; i++) {
		const struct km_item *item = &doc->item[i];
		struct agent_job *job = find(a, doc->kind, item);
		if (job == NULL)
			continue;
		job->out = false;
		if (!a->card)
			continue; /* no try was made: it is due again when the card is back */
		/* A grant is not the key yet: the message that brings it may be lost. */
		if (doc->kind == KM_MSK_REQUEST && item->code == 200 && !job->come)
			try_again(a, job, AGENT_MSK_MS);
		else if (item->code == 200 || end == AGENT_OK || end == AGENT_REFUSED)
			done(a, job);
		else
			try_again(a, job, 0);
	}
}

static bool is_for(const struct agent_job *job, const struct mikey_key_id *key)
{
	return job->is.kind == KM_MSK_REQUEST && span_eq(SPAN(job->is.item.key.domain), SPAN(key->domain)) &&
	       job->is.item.key.group == key->group;
}

void agent_jobs_msk(struct agent *a, const struct mikey_key_id *key)
{
	struct agent_job *next;

	for (struct agent_job *job = a->jobs; job != NULL; job = next) {
		next = job->next;
		if (!is_for(job, key))
			continue;
		if (job->out)
			job->come = true; /* faster than the answer to the request */
		else if (job->is.tries != 0)
			done(a, job);
	}
}

int64_t agent_jobs_due(const struct agent *a)
{
	int64_t due = INT64_MAX;

	for (const struct agent_job *job = a->jobs; job != NULL; job = job->next)
		if (job->is.due < due && may_run(a, job->is.kind))
			due = job->is.due;
	return due;
}
