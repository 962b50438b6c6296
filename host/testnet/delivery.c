/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MIKEY messages to UEs and the verification messages that come back. A message with the V bit is sent again, under a
 * new counter, until it is verified or given up (decision 40).
 */
#include "bmsc_int.h"

#include <stdlib.h>

#include "../../card/crypto/mikey_kdf.h"
#include "batch.h"

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

/* sent: what is stored with the counter and waits from now on; NULL when nothing does. */
static void send_msk(struct bmsc *b, struct ue *u, const struct key_group *g, const struct msk *m,
		     struct sent_msk *sent, const struct outbox *outbox, int64_t now)
{
	uint8_t octets[MIKEY_MESSAGE_MAX];
	struct wr out = WR(octets);
	struct mikey_pair pair = pair_of(b, u);
	char tag[9];

	advance(b, u);
	if (sent != NULL) {
		sent->due = now + ((int64_t)ACK_MS << sent->tries);
		sent->ts[sent->tries++] = u->keys.counter;
	}
	mikey_tx_msk(b->env, &out, &pair, g, m, u->keys.counter, sent != NULL);
	if (out.bad || !prim_ok(b->env->prim) ||
	    !(sent != NULL ? STATE_PUT(b->env, put_sent, u->impi, &u->keys, sent) : bmsc_keep(b, u))) {
		log_message(b, "error", u, &m->id, u->keys.counter, NULL,
			    "an MSK message could not be made, or its counter not stored", now);
		return;
	}
	bmsc_send(b, &u->peer, FAULT_MSK, wr_done(&out), outbox, now);
	log_message(b, "msk-sent", u, &m->id, u->keys.counter, prim_tag(b->env->prim, tag, SPAN(m->key.b)), NULL, now);
}

static void pending_free(struct bmsc *b, struct pending *p)
{
	struct pending **at = &p->ue->pending;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	deadlines_drop(&b->unverified, &p->deadline);
	pending_wipe(p);
	free(p);
}

void delivery_drop_all(struct bmsc *b, struct ue *u)
{
	while (u->pending != NULL)
		pending_free(b, u->pending);
}

static void give_up(struct bmsc *b, struct pending *p, const char *reason, int64_t now)
{
	const struct sent_msk *s = &p->sent;

	log_message(b, "ack-missing", p->ue, &s->msk.id, s->ts[s->tries - 1], NULL, reason, now);
	(void)STATE_PUT(b->env, drop_sent, p->ue->impi, &s->msk.id); /* or it is given up once more */
	pending_free(b, p);
}

/* Makes room for an MSK: the same one's message is replaced; of too many, the one that is the nearest to its end goes. */
static void make_room(struct bmsc *b, struct ue *u, const struct key_group *g, const struct msk *m, int64_t now)
{
	struct pending *same = NULL, *nearest = u->pending;
	size_t n = 0;

	for (struct pending *p = u->pending; p != NULL; p = p->next, n++) {
		if (p->group == g && p->sent.msk.id.number == m->id.number)
			same = p;
		if (p->sent.due < nearest->sent.due)
			nearest = p;
	}
	if (same != NULL)
		pending_free(b, same);
	else if (n == PENDING_MAX)
		give_up(b, nearest, "too many wait", now);
}

/* A place to wait in, as the UE's last; NULL when memory is short. */
static struct pending *pending_new(struct bmsc *b, struct ue *u, struct key_group *g, const struct sent_msk *sent)
{
	struct pending *p = calloc(1, sizeof *p), **at = &u->pending;

	if (p == NULL || !deadlines_set(&b->unverified, &p->deadline, sent->due, p)) {
		free(p);
		return NULL;
	}
	while (*at != NULL)
		at = &(*at)->next;
	*at = p;
	p->ue = u;
	p->group = g;
	p->sent = *sent;
	return p;
}

void delivery_restore(struct bmsc *b, struct ue *u, const struct sent_msk *sent)
{
	struct key_group *g = bmsc_group_of(b, sent->msk.id.domain, sent->msk.id.group);

	if (g != NULL && sent->tries > 0 && sent->tries <= SEND_TRIES)
		(void)pending_new(b, u, g, sent);
}

/* One try; its end is a deadline, which was set before and so has its place. */
static void try_once(struct bmsc *b, struct pending *p, const struct outbox *outbox, int64_t now)
{
	send_msk(b, p->ue, p->group, &p->sent.msk, &p->sent, outbox, now);
	if (!deadlines_set(&b->unverified, &p->deadline, p->sent.due, p))
		give_up(b, p, "no memory to wait in", now);
}

void delivery_msk(struct bmsc *b, struct ue *u, struct key_group *g, const struct msk *m, bool v,
		  const struct outbox *outbox, int64_t now)
{
	struct sent_msk sent _secret_sent_msk_ = { .msk = *m, .due = now };

	if (delivery_obstacle(u, now) != NULL)
		return;
	if (!v) {
		send_msk(b, u, g, m, NULL, outbox, now);
		return;
	}
	make_room(b, u, g, m, now);
	struct pending *p = pending_new(b, u, g, &sent);
	if (p != NULL)
		try_once(b, p, outbox, now);
	else
		log_message(b, "error", u, &m->id, u->keys.counter, NULL, "no memory for an MSK message", now);
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
	while (u->pending != NULL)
		give_up(b, u->pending, reason, now);
}

void delivery_leave(struct bmsc *b, struct ue *u, int64_t now)
{
	struct pending *next;

	for (struct pending *p = u->pending; p != NULL; p = next) {
		next = p->next;
		if (p->sent.msk.seq_l <= p->sent.msk.seq_u && !bmsc_entitled(b, u, p->group))
			give_up(b, p, "the UE has left the service", now);
	}
}

/* Whether the ACK verifies one of the tries. */
static bool verifies(const struct bmsc *b, const struct pending *p, const struct mikey *ack)
{
	struct mikey_keys keys _secret_mikey_keys_;
	const struct ue *u = p->ue;
	struct mikey_pair pair = pair_of(b, u);

	for (size_t i = 0; i < p->sent.tries; i++) {
		if (p->sent.ts[i] != ack->ts)
			continue;
		struct mikey asked = mikey_tx_asked(&pair, &p->sent.msk, ack->ts);
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
	for (struct pending *p = u->pending; p != NULL; p = p->next) {
		if (!verifies(b, p, &ack))
			continue;
		const struct mikey_key_id id = p->sent.msk.id;
		bmsc_holds(b, u, p->group, &p->sent.msk);
		pending_free(b, p);
		log_message(b, "ack", u, &id, ack.ts, NULL, NULL, now); /* what is told is stored */
		return;
	}
	reject(b, from, u, "a verification message that verifies nothing which waits for one", now);
}

/* The wait for one message is over: again, or no more. */
static void retry(struct bmsc *b, struct pending *p, const struct outbox *outbox, int64_t now)
{
	const char *obstacle = delivery_obstacle(p->ue, now);

	if (obstacle != NULL)
		give_up(b, p, obstacle, now);
	else if (p->sent.tries == SEND_TRIES)
		give_up(b, p, "no verification message after the last try", now);
	else
		try_once(b, p, outbox, now);
}

/* The earlier of two times, of which -1 is none. */
static int64_t earlier(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

static bool anything_due(const struct bmsc *b, int64_t now)
{
	const struct deadline *first = deadlines_first(&b->unverified);

	for (size_t i = 0; i < b->n_groups; i++)
		if (b->group[i].rekey.active && b->group[i].rekey.due <= now)
			return true;
	return first != NULL && first->at <= now;
}

/* Rekeying and other tries, as many as there are in one turn. */
static void do_due(struct bmsc *b, int64_t now, const struct outbox *outbox)
{
	struct deadline *first;
	struct batch batch;

	batch_begin(&batch, b->env, outbox);
	(void)rekey_timer(b, &batch.outbox, now);
	for (int i = 0; i < AT_ONCE && (first = deadlines_first(&b->unverified)) != NULL && first->at <= now; i++)
		retry(b, first->waiting, &batch.outbox, now);
	(void)batch_end(&batch); /* who stores tells when it cannot; what did not leave is tried again */
}

int64_t bmsc_timer(struct bmsc *b, const struct outbox *outbox, int64_t now)
{
	if (anything_due(b, now))
		do_due(b, now, outbox);
	int64_t next = sending_timer(b, outbox, now);
	for (size_t i = 0; i < b->n_groups; i++)
		if (b->group[i].rekey.active)
			next = earlier(next, b->group[i].rekey.due);
	const struct deadline *first = deadlines_first(&b->unverified);
	return first != NULL ? earlier(next, first->at) : next;
}
