/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's errands: one after the other, each from its beginning over the exchanges that it needs to its end. */
#include "agent_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* A document with no more room than its items need: many agents may have one. */
static struct km_doc *copy_doc(const struct km_doc *doc)
{
	size_t n = offsetof(struct km_doc, item) + doc->n * sizeof doc->item[0];
	struct km_doc *copy = malloc(n);

	if (copy != NULL)
		memcpy(copy, doc, n);
	return copy;
}

bool agent_errand_add(struct agent *a, uint32_t id, const struct km_doc *doc)
{
	struct agent_errand **end = &a->errands, *e = calloc(1, sizeof *e);

	if (e == NULL)
		return false;
	e->id = id;
	if (doc != NULL && (e->doc = copy_doc(doc)) == NULL) {
		free(e);
		return false;
	}
	while (*end != NULL)
		end = &(*end)->next;
	*end = e;
	return true;
}

static uint32_t add(struct agent *a, const struct km_doc *doc)
{
	uint32_t id = a->last_errand + 1;
	size_t n = 0;

	for (const struct agent_errand *e = a->errands; e != NULL; e = e->next)
		n++;
	if (id == 0 || n >= AGENT_ERRANDS_MAX || !agent_errand_add(a, id, doc))
		return 0;
	return a->last_errand = id;
}

uint32_t agent_bootstrap(struct agent *a)
{
	return add(a, NULL);
}

uint32_t agent_ask(struct agent *a, const struct km_doc *doc)
{
	return doc->n != 0 ? add(a, doc) : 0;
}

/* The first errand is over. */
static void over(struct agent *a, enum agent_end end)
{
	struct agent_errand *e = a->errands;

	a->errands = e->next;
	if (a->work != NULL)
		secret_wipe(a->work, sizeof *a->work);
	free(a->work);
	a->work = NULL;
	if (e->doc != NULL && a->card)
		agent_service_refused(a, e->doc, end);
	if (e->id == 0)
		agent_jobs_over(a, e->doc, end);
	else if (a->env->ended != NULL)
		a->env->ended(a->env->ctx, e->id, end, end == AGENT_OK ? "" : a->why);
	free(e->doc);
	free(e);
}

static enum agent_end begin(struct agent *a)
{
	a->why[0] = '\0';
	if (!a->card)
		return agent_error(a, AGENT_UNREACHABLE, "no card");
	a->work = calloc(1, sizeof *a->work);
	if (a->work == NULL)
		return agent_error(a, AGENT_UNREACHABLE, "no memory for a request");
	return a->errands->doc != NULL ? agent_ua_begin(a) : agent_ub_begin(a);
}

void agent_errand_run(struct agent *a)
{
	while (a->errands != NULL && a->work == NULL) {
		enum agent_end end = begin(a);
		if (end != AGENT_OUT)
			over(a, end);
	}
}

static void abandon(struct agent *a)
{
	if (a->out)
		a->env->http_abandon(a->env->ctx);
	a->out = false;
}

void agent_errand_abort(struct agent *a, const char *why)
{
	if (a->work == NULL)
		return;
	abandon(a);
	snprintf(a->why, sizeof a->why, "%s", why);
	over(a, AGENT_UNREACHABLE);
}

void agent_errand_abort_all(struct agent *a, const char *why)
{
	abandon(a);
	snprintf(a->why, sizeof a->why, "%s", why);
	while (a->errands != NULL)
		over(a, AGENT_UNREACHABLE);
}

enum agent_end agent_send(struct agent *a)
{
	char why[AGENT_WHY_MAX];
	int rc = a->env->http_start(a->env->ctx, a->env->req);

	if (rc != 0) {
		snprintf(why, sizeof why, "%s %.200s: %s", a->env->req->method, a->env->req->url, strerror(-rc));
		return agent_error(a, AGENT_UNREACHABLE, why);
	}
	a->out = true;
	return AGENT_OUT;
}

bool agent_at_bsf(const struct agent *a)
{
	return a->work != NULL && a->work->at_bsf;
}

void agent_http_done(struct agent *a, int rc, const struct http_resp *resp, const char *why)
{
	enum agent_end end;

	if (!a->out)
		return;
	a->out = false;
	/* The store may have been wiped meanwhile: then nothing is left that this is the answer to. */
	(void)agent_keep_store(a);
	if (a->work == NULL)
		return;
	if (rc != 0)
		end = agent_error(a, rc == -EPROTO || rc == -EKEYREJECTED ? AGENT_FAILED : AGENT_UNREACHABLE, why);
	else
		end = a->work->at_bsf ? agent_ub_response(a, resp) : agent_ua_response(a, resp);
	if (end != AGENT_OUT)
		over(a, end);
}
