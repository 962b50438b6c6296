/* SPDX-License-Identifier: Apache-2.0 */
/* The ME's way with MIKEY messages: to where the keys are, and what comes of it. */
#include "agent_int.h"

#include <errno.h>
#include <stdio.h>

#include "me_keys.h"

struct arrival {
	struct span octets;
	struct mikey m;
	const struct agent_peer *from;
	bool expected; /* it names us */
	char msk_id[MSK_ID_TEXT];
};

/* What the verdict on a MIKEY message means, the card's or the ME's. */
static const char *reason_of(const struct agent *a, int rc)
{
	switch (rc) {
	case -EBADMSG:
		return "the MAC is wrong";
	case -ESTALE:
		return "a replay: counter or MTK ID is not fresh";
	case -ENOKEY:
		return agent_keys_in_me(a) ? "the ME has no key for it" : "the card has no key for it";
	case -EPERM:
		return "the key for it is not to be used any more";
	case -EINVAL:
		return agent_keys_in_me(a) ? "its content is wrong" : "the card finds its content wrong";
	default:
		return NULL;
	}
}

/* The same for programs. */
static const char *cause_of(int rc)
{
	switch (rc) {
	case -EBADMSG:
		return "mac";
	case -ESTALE:
		return "replay";
	case -ENOKEY:
		return "no-key";
	case -EPERM:
		return "key-over";
	case -EINVAL:
		return "content";
	default:
		return "card";
	}
}

static void refused(struct agent *a, const struct arrival *r, int rc, const char *message)
{
	bool in_me = agent_keys_in_me(a);
	char sw[5];

	/* No fault of card or store: whoever sent it may do so only so often. */
	if (rc == -EBADMSG || rc == -ENOKEY)
		guard_failed(&a->guard, r->from->host, r->expected, a->env->now(a->env->ctx));
	if (rc == -ESTALE)
		mikey_rx_stale(&a->rx, r->octets);
	if (in_me && !me_keys_is_verdict(rc)) {
		(void)agent_store_failed(a);
		return;
	}
	if (!in_me && a->usim->sw == 0) {
		(void)agent_card_failed(a, rc, NULL);
		return;
	}
	snprintf(sw, sizeof sw, "%04X", a->usim->sw);
	AGENT_LOG(a, "rejected", LOG_TEXT("message", message),
		  LOG_TEXT("reason", reason_of(a, rc) != NULL ? reason_of(a, rc) : a->usim->why),
		  LOG_TEXT("sw", in_me ? NULL : sw), LOG_TEXT("sw_text", in_me ? NULL : sw_text(a->usim->sw)),
		  LOG_HEX("key_domain", SPAN(r->m.key.domain)), LOG_TEXT("msk_id", r->msk_id),
		  LOG_NUMBER("ts", r->m.ts), LOG_TEXT("from", r->from->text), LOG_TEXT("cause", cause_of(rc)));
}

static void send_ack(struct agent *a, const struct arrival *r, struct span ack)
{
	int rc = a->env->reply(a->env->ctx, r->from, ack);

	if (rc != 0)
		(void)agent_error(a, AGENT_UNREACHABLE, "the verification message could not be sent");
	else
		AGENT_LOG(a, "ack-sent", LOG_HEX("key_domain", SPAN(r->m.key.domain)), LOG_TEXT("msk_id", r->msk_id),
			  LOG_NUMBER("ts", r->m.ts), LOG_TEXT("to", r->from->text));
}

/* Whether the card is busy, and nothing is lost yet: the message is to be brought again. */
static bool is_busy(struct agent *a, int rc)
{
	if (rc != -EBUSY || a->busy == AGENT_BUSY_MAX) {
		a->busy = 0;
		return false;
	}
	a->busy++;
	a->busy_until = a->env->now(a->env->ctx) + AGENT_BUSY_MS;
	return true;
}

static enum agent_taken msk_message(struct agent *a, const struct arrival *r)
{
	uint8_t buf[MIKEY_MESSAGE_MAX];
	struct wr ack = WR(buf);
	enum mgv_verdict verdict = MGV_STORED;
	int rc = agent_keys_msk(a, r->octets, &r->m, &ack, &verdict);

	if (is_busy(a, rc))
		return AGENT_LATER;
	if (rc != 0) {
		refused(a, r, rc, "msk");
		return AGENT_TAKEN;
	}
	mikey_rx_took_msk(&a->rx, &r->m);
	guard_proven(&a->guard, r->from->host);
	agent_found(a, &r->m.key);
	agent_service_renewed(a, &r->m.key);
	agent_jobs_msk(a, &r->m.key);
	AGENT_LOG(a, verdict == MGV_WITHDRAWN ? "msk-withdrawn" : "msk", LOG_HEX("key_domain", SPAN(r->m.key.domain)),
		  LOG_TEXT("msk_id", r->msk_id), LOG_NUMBER("ts", r->m.ts), LOG_BOOL("v", r->m.v),
		  LOG_TEXT("from", r->from->text));
	/* The BM-SC waits; the key store does not matter to it. */
	if (ack.n != 0)
		send_ack(a, r, wr_done(&ack));
	agent_keys_note(a, &r->m);
	return AGENT_TAKEN;
}

/* The card has proved that it is the BM-SC's (MAC under a MUK): it wants to be asked. */
static enum agent_taken pull(struct agent *a, const struct arrival *r)
{
	struct wr nothing = { 0 };
	enum mgv_verdict verdict;
	int rc = agent_keys_msk(a, r->octets, &r->m, &nothing, &verdict);

	if (is_busy(a, rc))
		return AGENT_LATER;
	if (rc != 0) {
		refused(a, r, rc, "pull");
		return AGENT_TAKEN;
	}
	mikey_rx_took_msk(&a->rx, &r->m);
	guard_proven(&a->guard, r->from->host);
	AGENT_LOG(a, "pull", LOG_HEX("key_domain", SPAN(r->m.key.domain)), LOG_TEXT("msk_id", r->msk_id),
		  LOG_NUMBER("ts", r->m.ts), LOG_TEXT("from", r->from->text));
	agent_queue_later(a, KM_MSK_REQUEST, &(struct km_item){ .key = r->m.key });
	return AGENT_TAKEN;
}

static enum agent_taken mtk_message(struct agent *a, const struct arrival *r)
{
	struct usim_mtk mtk _secret_usim_mtk_ = { 0 };
	char tag[9], mtk_id[5];
	int rc = agent_keys_mtk(a, r->octets, &r->m, &mtk);

	if (is_busy(a, rc))
		return AGENT_LATER;
	if (rc != 0) {
		refused(a, r, rc, "mtk");
		if (rc == -EPERM)
			agent_service_spent(a, &r->m.key);
		/* An update was missed, TS 33.246 6.3.2.2.3. */
		if (rc == -ENOKEY)
			agent_missed_update(a, &r->m.key);
		return AGENT_TAKEN;
	}
	mikey_rx_took_mtk(&a->rx, &r->m);
	guard_proven(&a->guard, r->from->host);
	snprintf(mtk_id, sizeof mtk_id, "%04x", r->m.key.mtk_id);
	AGENT_LOG(a, "mtk", LOG_HEX("key_domain", SPAN(r->m.key.domain)), LOG_TEXT("msk_id", r->msk_id),
		  LOG_TEXT("mtk_id", mtk_id), LOG_NUMBER("ts", r->m.ts),
		  LOG_TEXT("tag", prim_tag(a->prim, tag, SPAN(mtk.mtk.b))), LOG_BOOL("salt", mtk.has_salt));
	agent_hand_out(a, &r->m, &mtk);
	agent_keys_note(a, &r->m);
	return AGENT_TAKEN;
}

static enum agent_taken deliver(struct agent *a, enum mikey_rx_kind kind, const struct arrival *r)
{
	if (kind == MIKEY_RX_MSK)
		return msk_message(a, r);
	return kind == MIKEY_RX_PULL ? pull(a, r) : mtk_message(a, r);
}

/* Whether a message is addressed to the B-TID of the bootstrapping in force: nobody comes by it by chance. */
static bool names_us(const struct agent *a, const struct mikey *m)
{
	return m->kind == MIKEY_IS_MSK && a->btid[0] != '\0' && span_eq(m->idr.data, span_str(a->btid));
}

static void rejected(struct agent *a, const struct arrival *r, const char *cause, const char *reason)
{
	if (fold_show(&a->fold, reason, cause, a->env->now(a->env->ctx)))
		AGENT_LOG(a, "rejected", LOG_TEXT("reason", reason), LOG_NUMBER("octets", r->octets.n),
			  LOG_TEXT("from", r->from->text), LOG_TEXT("cause", cause));
}

/* What can be told without the card: MIKEY_RX_DISCARD and _AGAIN have been dealt with. */
static enum mikey_rx_kind sift(struct agent *a, struct arrival *r)
{
	const char *why = NULL, *cause = "structure";
	enum mikey_rx_kind kind = mikey_rx_sort(&a->rx, &r->m, r->octets, &why);

	if (kind == MIKEY_RX_AGAIN)
		return kind; /* BM-SCs repeat MTK messages for late joiners: no news */
	if (kind == MIKEY_RX_DISCARD && why == mikey_rx_replay)
		cause = "replay";
	if (kind == MIKEY_RX_MTK && agent_missed_lately(a, &r->m.key)) {
		kind = MIKEY_RX_DISCARD;
		why = "there is no key for it; it has been looked for not long ago";
		cause = "no-key";
	}
	if (kind != MIKEY_RX_DISCARD) {
		r->expected = names_us(a, &r->m);
		why = "too many messages from there were forged";
		cause = "sender";
		if (!guard_may(&a->guard, r->from->host, r->expected, a->env->now(a->env->ctx)))
			kind = MIKEY_RX_DISCARD;
	}
	if (kind == MIKEY_RX_DISCARD)
		rejected(a, r, cause, why);
	return kind;
}

bool agent_wants(struct agent *a, struct span octets, const struct agent_peer *from)
{
	struct arrival r = { .octets = octets, .from = from };
	enum mikey_rx_kind kind = sift(a, &r);

	return kind != MIKEY_RX_DISCARD && kind != MIKEY_RX_AGAIN;
}

void agent_lost(struct agent *a, unsigned n)
{
	static const char reason[] = "more messages wait for the card than there is room for", cause[] = "queue";

	for (unsigned i = 0; i < n; i++)
		if (fold_show(&a->fold, reason, cause, a->env->now(a->env->ctx)))
			AGENT_LOG(a, "rejected", LOG_TEXT("reason", reason), LOG_TEXT("cause", cause));
}

enum agent_taken agent_datagram(struct agent *a, struct span octets, const struct agent_peer *from)
{
	struct arrival r = { .octets = octets, .from = from };
	enum mikey_rx_kind kind = sift(a, &r);

	if (kind == MIKEY_RX_AGAIN || kind == MIKEY_RX_DISCARD)
		return AGENT_TAKEN;
	if (!a->card) {
		rejected(a, &r, "no-card", "no card");
		return AGENT_TAKEN;
	}
	if (a->busy != 0 && a->env->now(a->env->ctx) < a->busy_until)
		return AGENT_LATER;
	(void)agent_keep_store(a);
	agent_msk_id(r.msk_id, &r.m.key);
	enum agent_taken taken = deliver(a, kind, &r);
	if (!a->card)
		agent_errand_abort(a, "the card was removed");
	return taken;
}
