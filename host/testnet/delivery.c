/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MIKEY messages to UEs and the verification messages that come back. A message with the V bit is sent again, under a
 * new counter, until it is verified or given up (decision 40).
 */
#include "bmsc_int.h"

#include "../../card/crypto/mikey_kdf.h"

static struct mikey_pair pair_of(const struct bmsc *b, const struct ue *u)
{
	return (struct mikey_pair){ &u->keys.muk, b->naf_id, span_str(u->keys.btid) };
}

const char *delivery_obstacle(const struct ue *u, int64_t now)
{
	if (u->keys.btid[0] == '\0')
		return "the UE has no MUK: it has not come with a B-TID yet";
	if (now >= u->keys.expires)
		return "the life of the UE's MUK is over: only a pull can be sent";
	if (u->keys.counter == UINT32_MAX)
		return "the counter of the UE's MUK is at its end";
	return NULL;
}

/* An event about an MSK message. tag: of the MSK, NULL without. */
static void log_message(const struct bmsc *b, const char *event, const struct ue *u, const struct mikey_key_id *id,
			uint32_t ts, const char *tag, const char *reason, int64_t now)
{
	uint8_t octets[4];
	struct wr w = WR(octets);

	wr_u16(&w, id->group);
	wr_u16(&w, id->number);
	LOG(b->env->log, now, event, LOG_TEXT("ue", u->impi), LOG_TEXT("btid", u->keys.btid),
	    LOG_HEX("key_domain", SPAN(id->domain)), LOG_HEX("msk_id", wr_done(&w)), LOG_NUMBER("ts", ts),
	    LOG_TEXT("msk_tag", tag), LOG_TEXT("reason", reason));
}

/* The counter of the next message under the UE's MUK (decision 40). There is one: delivery_obstacle(). */
static void advance(const struct bmsc *b, struct ue *u)
{
	uint32_t step = fault_counter(b->env);

	u->keys.counter += step <= UINT32_MAX - u->keys.counter ? step : 1;
}

static void send_msk(struct bmsc *b, struct ue *u, const struct key_group *g, const struct msk *m, bool v,
		     const struct outbox *outbox, int64_t now)
{
	uint8_t octets[MIKEY_MESSAGE_MAX];
	struct wr out = WR(octets);
	struct mikey_pair pair = pair_of(b, u);
	char tag[9];

	advance(b, u);
	mikey_tx_msk(b->env, &out, &pair, g, m, u->keys.counter, v);
	if (out.bad || !prim_ok(b->env->prim) || !bmsc_keep(b, u)) {
		log_message(b, "error", u, &m->id, u->keys.counter, NULL,
			    "an MSK message could not be made, or its counter not stored", now);
		return;
	}
	bmsc_send(b, &u->peer, FAULT_MSK, wr_done(&out), outbox, now);
	log_message(b, "msk-sent", u, &m->id, u->keys.counter, prim_tag(b->env->prim, tag, SPAN(m->key.b)), NULL, now);
}

static void give_up(const struct bmsc *b, const struct ue *u, struct pending *p, const char *reason, int64_t now)
{
	log_message(b, "ack-missing", u, &p->msk.id, p->ts[p->tries - 1], NULL, reason, now);
	secret_wipe(p, sizeof *p);
}

/* A place to wait in: the same MSK's, which this message replaces; else a free one; else the one that waited longest. */
static struct pending *pending_for(const struct bmsc *b, struct ue *u, const struct key_group *g, const struct msk *m,
				   int64_t now)
{
	struct pending *spare = NULL;

	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct pending *p = &u->pending[i];

		if (p->group == g && p->msk.id.number == m->id.number) {
			secret_wipe(p, sizeof *p);
			return p;
		}
		if (spare == NULL || (spare->group != NULL && (p->group == NULL || p->deadline < spare->deadline)))
			spare = p;
	}
	if (spare->group != NULL)
		give_up(b, u, spare, "too many wait", now);
	return spare;
}

static void wait_for_ack(struct pending *p, uint32_t ts, int64_t now)
{
	p->deadline = now + ((int64_t)ACK_MS << p->tries);
	p->ts[p->tries++] = ts;
}

void delivery_msk(struct bmsc *b, struct ue *u, struct key_group *g, const struct msk *m, bool v,
		  const struct outbox *outbox, int64_t now)
{
	if (delivery_obstacle(u, now) != NULL)
		return;
	send_msk(b, u, g, m, v, outbox, now);
	if (!v)
		return;
	struct pending *p = pending_for(b, u, g, m, now);
	p->group = g;
	p->msk = *m;
	wait_for_ack(p, u->keys.counter, now);
}

void delivery_pull(struct bmsc *b, struct ue *u, struct key_group *g, const struct outbox *outbox, int64_t now)
{
	uint8_t octets[MIKEY_MESSAGE_MAX];
	struct wr out = WR(octets);
	struct mikey_pair pair = pair_of(b, u);
	const struct msk *m = keygroup_current(g, b->env);
	struct mikey_key_id id = m->id;

	id.number = 0;
	advance(b, u);
	mikey_tx_pull(b->env, &out, &pair, m, u->keys.counter);
	if (out.bad || !prim_ok(b->env->prim) || !bmsc_keep(b, u)) {
		log_message(b, "error", u, &id, u->keys.counter, NULL,
			    "a pull could not be made, or its counter not stored", now);
		return;
	}
	bmsc_send(b, &u->peer, FAULT_PULL, wr_done(&out), outbox, now);
	log_message(b, "pull-sent", u, &id, u->keys.counter, NULL, NULL, now);
}

void delivery_forget(struct bmsc *b, struct ue *u, const char *reason, int64_t now)
{
	for (size_t i = 0; i < PENDING_MAX; i++)
		if (u->pending[i].group != NULL)
			give_up(b, u, &u->pending[i], reason, now);
}

/* Whether the ACK verifies one of the tries. */
static bool verifies(const struct bmsc *b, const struct ue *u, const struct pending *p, const struct mikey *ack)
{
	struct mikey_keys keys _secret_mikey_keys_;
	struct mikey_pair pair = pair_of(b, u);

	for (size_t i = 0; i < p->tries; i++) {
		if (p->ts[i] != ack->ts)
			continue;
		struct mikey asked = mikey_tx_asked(&pair, &p->msk, ack->ts);
		mikey_keys_derive(b->env->prim, &keys, SPAN(u->keys.muk.b), asked.csb_id, asked.rand);
		return mikey_ack_ok(b->env->prim, &keys, ack, &asked);
	}
	return false;
}

static void reject(const struct bmsc *b, const struct peer *from, const struct ue *u, const char *reason, int64_t now)
{
	LOG(b->env->log, now, "rejected", LOG_TEXT("interface", "MIKEY"), LOG_TEXT("peer", from->host),
	    LOG_NUMBER("port", from->port), LOG_TEXT("ue", u == NULL ? NULL : u->impi), LOG_TEXT("reason", reason));
}

/* The UE that an IDr names. */
static struct ue *ue_of_idr(struct bmsc *b, struct span idr)
{
	char btid[GBA_BTID_MAX];
	struct wr w = WR(btid);

	wr_span(&w, idr);
	return wr_cstr(&w) ? bmsc_find_btid(b, btid) : NULL;
}

void bmsc_datagram(struct bmsc *b, const struct peer *from, struct span datagram, int64_t now)
{
	struct mikey ack;
	enum mikey_fault fault = mikey_parse(&ack, datagram);

	if (fault != MIKEY_OK || ack.kind != MIKEY_IS_ACK) {
		reject(b, from, NULL, fault != MIKEY_OK ? mikey_fault_text(fault) : "not a verification message", now);
		return;
	}
	struct ue *u = ue_of_idr(b, ack.idr.data);
	if (u == NULL) {
		reject(b, from, NULL, "a verification message of an unknown B-TID", now);
		return;
	}
	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct pending *p = &u->pending[i];

		if (p->group == NULL || !verifies(b, u, p, &ack))
			continue;
		log_message(b, "ack", u, &p->msk.id, ack.ts, NULL, NULL, now);
		(void)bmsc_holds(b, u, p->group, &p->msk); /* what cannot be stored is told by who stores */
		secret_wipe(p, sizeof *p);
		return;
	}
	reject(b, from, u, "a verification message that verifies nothing which waits for one", now);
}

/* The wait for one message is over: again, or no more. */
static void retry(struct bmsc *b, struct ue *u, struct pending *p, const struct outbox *outbox, int64_t now)
{
	const char *obstacle = delivery_obstacle(u, now);

	if (obstacle != NULL) {
		give_up(b, u, p, obstacle, now);
	} else if (p->tries == SEND_TRIES) {
		give_up(b, u, p, "no verification message after the last try", now);
	} else {
		send_msk(b, u, p->group, &p->msk, true, outbox, now);
		wait_for_ack(p, u->keys.counter, now);
	}
}

int64_t bmsc_timer(struct bmsc *b, const struct outbox *outbox, int64_t now)
{
	int64_t next = rekey_timer(b, outbox, now), late = sending_timer(b, outbox, now);

	if (next < 0 || (late >= 0 && late < next))
		next = late;

	for (size_t i = 0; i < b->n_ues; i++) {
		for (size_t j = 0; j < PENDING_MAX; j++) {
			struct pending *p = &b->ue[i].pending[j];

			if (p->group != NULL && p->deadline <= now)
				retry(b, &b->ue[i], p, outbox, now);
			if (p->group != NULL && (next < 0 || p->deadline < next))
				next = p->deadline;
		}
	}
	return next;
}
