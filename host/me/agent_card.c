/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's card: who it is, whether it is another one (TS 33.246 clause 6.1, decision 38), and that it is gone. */
#include "agent_int.h"

#include <errno.h>
#include <stdio.h>

/*
 * TS 33.220: GBA keys of the ME do not outlast the stay of their UICC. A store that is full or locked is asked again, until
 * it has given them up.
 */
static void end_stay(struct agent *a)
{
	if (!a->stay)
		return;
	a->stay = keystore_removed(a->store) != 0;
	if (!a->stay)
		return;
	if (!a->told_gone)
		(void)agent_store_failed(a);
	a->again_at = a->env->now(a->env->ctx) + AGENT_CARD_MS;
}

/* Told once for each time, however often it is looked for. */
static void card_gone(struct agent *a, const char *why)
{
	end_stay(a);
	if (!a->told_gone)
		AGENT_LOG(a, a->had_card ? "uicc-gone" : "uicc-missing",
			  LOG_TEXT("iccid", a->card ? a->id.iccid : NULL), LOG_TEXT("reason", why));
	a->told_gone = true;
	a->card = false;
	/* A message that waits for the card is not to wait for the next one. */
	a->busy = 0;
}

static bool is_gone(int rc)
{
	return rc == -ENODEV || rc == -ENOMEDIUM;
}

enum agent_end agent_card_failed(struct agent *a, int rc, const char *what)
{
	char sw[5];

	snprintf(sw, sizeof sw, "%04X", a->usim->sw);
	if (is_gone(rc)) {
		card_gone(a, a->usim->why);
		return agent_error(a, AGENT_UNREACHABLE, a->usim->why);
	}
	if (a->usim->sw == 0)
		return agent_error(a, rc == -EPROTO ? AGENT_FAILED : AGENT_UNREACHABLE, a->usim->why);
	snprintf(a->why, sizeof a->why, "%s", what != NULL ? what : a->usim->why);
	AGENT_LOG(a, "rejected", LOG_TEXT("reason", what != NULL ? what : a->usim->why), LOG_TEXT("sw", sw),
		  LOG_TEXT("sw_text", sw_text(a->usim->sw)), LOG_TEXT("cause", "card"));
	return AGENT_REFUSED;
}

/* Names that follow from the IMSI. */
static bool take_names(struct agent *a)
{
	char bsf[GBA_NAME_MAX];

	if (!gba_impi(a->impi, a->id.imsi, a->id.mnc_len) || !gba_bsf_fqdn(bsf, a->id.imsi, a->id.mnc_len))
		return false;
	snprintf(a->bsf_default, sizeof a->bsf_default, "http://%s/", bsf);
	return true;
}

/* Drops the bootstrapping when the card has another one by now: somebody else's ME, or a run that was cut off. */
static enum agent_end check_gba(struct agent *a)
{
	struct keystore_gba ours;
	struct usim_gbabp cards;
	int rc = keystore_gba(a->store, &ours);

	a->btid[0] = '\0';
	if (rc == -ENOENT)
		return AGENT_OK;
	if (rc != 0)
		return agent_store_failed(a);
	/* With GBA_ME the card knows nothing of it. */
	rc = a->id.gba ? usim_gbabp_read(a->usim, &cards) : -ENOENT;
	if (is_gone(rc))
		return agent_card_failed(a, rc, NULL);
	bool same = rc == 0 && cards.has_rand && memcmp(cards.rand, ours.rand, sizeof ours.rand) == 0 &&
		    strcmp(cards.btid, ours.btid) == 0;
	/* When the card does not say it will be seen when its help is needed. */
	if (same || (rc != 0 && rc != -EPROTO)) {
		memcpy(a->btid, ours.btid, sizeof a->btid);
		return AGENT_OK;
	}
	return keystore_drop_gba(a->store) == 0 ? AGENT_OK : agent_store_failed(a);
}

/* What is known, asked for, under way or waiting belongs to the card that was in; before the first one it is this one's. */
static void forget(struct agent *a)
{
	a->rx = (struct mikey_rx){ 0 };
	a->n_granted = 0;
	a->guard = (struct guard){ 0 };
	a->nonce = (struct mbms_nonce){ 0 };
	a->btid[0] = '\0';
	memset(a->missed, 0, sizeof a->missed);
	memset(a->spent, 0, sizeof a->spent);
	a->busy = 0;
	agent_notes_forget(a);
	if (!a->had_card)
		return;
	agent_jobs_forget(a);
	agent_errand_abort_all(a, "another UICC is in");
	if (a->env->flush != NULL)
		a->env->flush(a->env->ctx);
}

/* The rule of decision 38. */
static enum agent_end adopt(struct agent *a, const struct usim_identity *id)
{
	struct keystore_identity now, last = { "", "" };
	bool wiped = false, another = false;

	snprintf(now.iccid, sizeof now.iccid, "%s", id->iccid);
	snprintf(now.imsi, sizeof now.imsi, "%s", id->imsi);
	int known = keystore_identity(a->store, &last);
	int rc = keystore_adopt(a->store, &now, &wiped);
	/* -EBUSY with wiped: done, but for the log that another program keeps; it says so. */
	if (rc != 0 && !wiped)
		return agent_store_failed(a);
	if (rc != 0)
		(void)agent_store_failed(a);
	/* Somebody may have wiped the store while no card was in: what is in memory is the last one's all the same. */
	another = a->had_card && (strcmp(a->owner.iccid, now.iccid) != 0 || strcmp(a->owner.imsi, now.imsi) != 0);
	a->owner = now;
	if (wiped)
		AGENT_LOG(a, "wipe", LOG_TEXT("reason", "another UICC"),
			  LOG_TEXT("last_iccid", known == 0 ? last.iccid : NULL), LOG_TEXT("iccid", id->iccid));
	if (wiped || another)
		forget(a);
	return AGENT_OK;
}

/* A card has been identified: it becomes the one in use. */
static enum agent_end take_card(struct agent *a, const struct usim_identity *id)
{
	bool same = a->card && strcmp(a->id.iccid, id->iccid) == 0 && strcmp(a->id.imsi, id->imsi) == 0;

	a->card = a->told_gone = false;
	a->id = *id;
	if (!take_names(a))
		return agent_error(a, AGENT_REFUSED, "the IMSI is too short for a home network's name");
	enum agent_end end = adopt(a, id);
	if (end == AGENT_OK)
		end = check_gba(a);
	if (end == AGENT_OK)
		end = agent_keys_recall(a);
	if (end != AGENT_OK) {
		/* The disk may have room again, and nothing in the reader would tell. */
		if (!a->told_gone)
			a->again_at = a->env->now(a->env->ctx) + AGENT_CARD_MS;
		return end;
	}
	a->card = a->had_card = a->stay = true;
	if (same)
		return AGENT_OK;
	AGENT_LOG(a, "uicc", LOG_TEXT("iccid", id->iccid), LOG_TEXT("imsi", id->imsi),
		  LOG_TEXT("reader", a->usim->card->name), LOG_BOOL("gba", id->gba), LOG_BOOL("mbms", id->mbms),
		  LOG_TEXT("mode", agent_keys_in_me(a) ? "me" : "uicc"));
	if (a->config.uicc && agent_keys_in_me(a))
		(void)agent_error(a, AGENT_FAILED,
				  "the services want key management on the UICC, which this card does not do");
	agent_jobs_adopt(a);
	return AGENT_OK;
}

/*
 * A card is there, of another insertion than the last one, or one that could not be taken yet. It may be the same UICC, and
 * none may have been missing: a reader that is looked at now and then does not see everything, but it is another stay. False:
 * the keys of the last one could not be given up, and this card is not used before they are.
 */
static bool begin_stay(struct agent *a)
{
	if (a->had_card && a->stay)
		card_gone(a, "it was taken out, and one was put in, before anybody looked");
	return !a->had_card || !a->stay;
}

static enum agent_end look(struct agent *a, int rc)
{
	struct usim_identity id;

	if (rc == 0 || rc == -EALREADY) {
		if (!begin_stay(a))
			return AGENT_UNREACHABLE;
		rc = usim_identify(a->usim, &id);
	}
	if (rc == 0)
		return take_card(a, &id);
	if (is_gone(rc)) {
		card_gone(a, a->usim->why);
		return AGENT_UNREACHABLE;
	}
	a->card = false;
	return agent_card_failed(a, rc, NULL);
}

enum agent_end agent_card(struct agent *a)
{
	int rc = usim_connect(a->usim);

	a->again_at = 0;
	if (rc == -EALREADY && a->card)
		return AGENT_OK; /* what changed was not the card */
	enum agent_end end = look(a, rc);
	/* Nothing that belongs to a card is used while it is out, its digest included. */
	if (!a->card)
		agent_errand_abort(a, "the card was removed");
	return end;
}

enum agent_end agent_keep_store(struct agent *a)
{
	struct keystore_identity id;

	if (!a->card)
		return AGENT_OK;
	int rc = keystore_identity(a->store, &id);
	if (rc == 0 && strcmp(id.iccid, a->id.iccid) == 0 && strcmp(id.imsi, a->id.imsi) == 0)
		return AGENT_OK;
	if (rc != 0 && rc != -ENOENT)
		return agent_store_failed(a);
	(void)agent_error(a, AGENT_FAILED, "another program has wiped the key store; it is begun anew");
	enum agent_end end = adopt(a, &a->id);
	if (end == AGENT_OK)
		agent_jobs_adopt(a);
	return end;
}
