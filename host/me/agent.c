/* SPDX-License-Identifier: Apache-2.0 */
/* The agent as a whole: its making and end, what its parts share, and what it does when time passes. */
#include "agent_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../apdu/hex.h"

/* What was folded in a second that is over. */
static void unfold(struct agent *a, int64_t now)
{
	const char *reason, *cause;
	uint32_t more;

	while (fold_next(&a->fold, now, &reason, &cause, &more))
		AGENT_LOG(a, "rejected", LOG_TEXT("reason", reason), LOG_NUMBER("more", more),
			  LOG_TEXT("cause", cause));
}

struct agent *agent_open(const struct agent_env *env, const struct log *log, struct usim *usim, struct keystore *store,
			 struct prim *prim, const char *bsf_url, const char *bmsc_url)
{
	struct agent *a = calloc(1, sizeof *a);
	struct http_url url;

	if (a == NULL)
		return NULL;
	if (!http_url_parse(&url, bmsc_url)) {
		free(a);
		errno = EINVAL;
		return NULL;
	}
	a->env = env;
	a->log = log;
	a->usim = usim;
	a->store = store;
	a->prim = prim;
	a->bsf_url = bsf_url;
	a->bmsc_url = bmsc_url;
	a->stay = true; /* of the last run, perhaps */
	memcpy(a->naf_fqdn, url.host, sizeof a->naf_fqdn);
	return a;
}

void agent_configure(struct agent *a, const struct agent_config *config)
{
	a->config = *config;
}

void agent_close(struct agent *a)
{
	if (a == NULL)
		return;
	unfold(a, INT64_MAX);
	if (a->card && a->notes != NULL && agent_keep_store(a) == AGENT_OK)
		agent_notes_store(a);
	agent_notes_forget(a);
	agent_jobs_forget(a);
	agent_errand_abort_all(a, "the program ends");
	secret_wipe(a, sizeof *a);
	free(a);
}

char *agent_msk_id(char text[static MSK_ID_TEXT], const struct mikey_key_id *key)
{
	snprintf(text, MSK_ID_TEXT, "%04x%04x", key->group, key->number);
	return text;
}

enum agent_end agent_error(struct agent *a, enum agent_end end, const char *what)
{
	AGENT_LOG(a, "error", LOG_TEXT("what", what));
	snprintf(a->why, sizeof a->why, "%s", what);
	return end;
}

enum agent_end agent_store_failed(struct agent *a)
{
	return agent_error(a, AGENT_UNREACHABLE, keystore_why(a->store));
}

bool agent_cnonce(struct agent *a, char out[static 33])
{
	uint8_t octets[16];

	if (!a->env->random(a->env->ctx, octets, sizeof octets)) {
		(void)agent_error(a, AGENT_UNREACHABLE, "the system gives no random numbers");
		return false;
	}
	hex_str(out, 33, SPAN(octets));
	return true;
}

/*
 * The system's clock was set back since the last time: what was to come in a second still comes in a second, not when the
 * clock is where it was.
 */
static void mind_the_clock(struct agent *a)
{
	int64_t now = a->env->now(a->env->ctx), back = a->ticked - now;

	a->ticked = now;
	if (back <= 0)
		return;
	agent_jobs_bring_forward(a, back);
	agent_missed_bring_forward(a, back);
	a->busy_until -= back;
	a->notes_due -= back;
	if (a->again_at > back)
		a->again_at -= back;
}

int64_t agent_tick(struct agent *a)
{
	mind_the_clock(a);
	unfold(a, a->env->now(a->env->ctx));
	if (a->again_at != 0 && a->again_at <= a->env->now(a->env->ctx))
		(void)agent_card(a);
	if (a->card) {
		(void)agent_keep_store(a);
		agent_keys_expire(a);
		if (agent_notes_due(a) <= a->env->now(a->env->ctx))
			agent_notes_store(a);
	}
	agent_errand_run(a);
	if (a->card)
		agent_jobs_run(a);
	int64_t now = a->env->now(a->env->ctx);
	int64_t next = fold_due(&a->fold);
	/* Without a card its insertion wakes us, and while an exchange is out its end does. */
	if (a->card && a->errands == NULL && agent_jobs_due(a) < next)
		next = agent_jobs_due(a);
	if (a->card && a->busy != 0 && a->busy_until < next)
		next = a->busy_until;
	if (a->again_at != 0 && a->again_at < next)
		next = a->again_at;
	if (a->card && agent_notes_due(a) < next)
		next = agent_notes_due(a);
	/* Its keys are not to wait for something else to happen. */
	if (a->card && a->gba_until != 0 && a->gba_until < next)
		next = a->gba_until;
	if (next == INT64_MAX)
		return -1;
	return next > now ? next - now : 0;
}

enum agent_end agent_power_down(struct agent *a, bool keep)
{
	if (keystore_power_down(a->store, keep) != 0)
		return agent_store_failed(a);
	if (!keep)
		AGENT_LOG(a, "power-down", LOG_TEXT("what", "keys that may go are gone"));
	return AGENT_OK;
}

enum agent_end agent_wipe(struct agent *a)
{
	if (keystore_wipe(a->store) != 0)
		return agent_store_failed(a);
	AGENT_LOG(a, "wipe", LOG_TEXT("reason", "asked for"));
	return AGENT_OK;
}
