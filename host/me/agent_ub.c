/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrapping: the steps of gba.h between the BSF and the card. */
#include "agent_int.h"

#include <errno.h>

/* The challenge into the card, its answer into the next request. */
static enum agent_end challenge_card(struct agent *a, enum gba_next *next)
{
	struct usim_aka aka _secret_usim_aka_ = { 0 };
	struct gba *g = &a->work->gba;
	int rc = agent_keys_challenge(a, &aka);

	if (rc != 0)
		return agent_card_failed(a, rc, rc == -EBADMSG ? agent_keys_disbelief(a) : NULL);
	struct span auts = aka.sync_failure ? SPAN(aka.auts) : (struct span){ 0 };
	*next = gba_card_answer(g, span_of(aka.res, aka.res_len), auts, a->env->req);
	return AGENT_OK;
}

static enum agent_end store_bootstrap(struct agent *a)
{
	const struct gba *g = &a->work->gba;
	struct keystore_gba gba = { .expires = g->info.expires };

	memcpy(gba.rand, g->challenge.rand, sizeof gba.rand);
	memcpy(gba.btid, g->info.btid, sizeof gba.btid);
	memcpy(gba.lifetime, g->info.lifetime, sizeof gba.lifetime);
	enum agent_end end = agent_keys_bootstrapped(a, &gba);
	if (end != AGENT_OK)
		return end;
	memcpy(a->btid, gba.btid, sizeof a->btid);
	AGENT_LOG(a, "bootstrap", LOG_TEXT("impi", a->impi), LOG_TEXT("btid", gba.btid),
		  LOG_TEXT("lifetime", gba.lifetime));
	return AGENT_OK;
}

/* From one step to the next, until an exchange is out or there is nothing more to do. */
static enum agent_end go_on(struct agent *a, enum gba_next next)
{
	enum agent_end end;

	for (;;) {
		switch (next) {
		case GBA_SEND:
			a->work->at_bsf = true;
			return agent_send(a);
		case GBA_CARD:
			end = challenge_card(a, &next);
			if (end != AGENT_OK)
				return end;
			break;
		case GBA_DONE:
			end = store_bootstrap(a);
			gba_wipe(&a->work->gba);
			return end == AGENT_OK && a->errands->doc != NULL ? agent_ua_bootstrapped(a) : end;
		case GBA_FAIL:
			return agent_error(a, a->work->gba.refused ? AGENT_REFUSED : AGENT_FAILED, a->work->gba.why);
		}
	}
}

enum agent_end agent_ub_begin(struct agent *a)
{
	char cnonce[GBA_CNONCE_MAX];
	const char *url = a->bsf_url != NULL ? a->bsf_url : a->bsf_default;

	if (!agent_cnonce(a, cnonce))
		return AGENT_UNREACHABLE;
	return go_on(a, gba_start(&a->work->gba, a->prim, a->id.gba, a->impi, url, cnonce, a->env->req));
}

enum agent_end agent_ub_response(struct agent *a, const struct http_resp *resp)
{
	return go_on(a, gba_response(&a->work->gba, resp, a->env->now(a->env->ctx) / 1000, a->env->req));
}
