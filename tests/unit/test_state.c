/* SPDX-License-Identifier: Apache-2.0 */
/* What BSF and BM-SC store before they let anything out that depends on it, and that nothing leaves when they cannot. */
#include "net_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/testnet/state.h"

/* What was stored last, and which of the kinds fails. */
static struct {
	uint64_t sqn;
	char btid[GBA_BTID_MAX];
	uint32_t counter;
	size_t registrations, revocations;
	uint16_t msk, mtk, held, sent, dropped;
	size_t tries, batches;
	char next[IMPI_MAX];
	enum {
		NOTHING_FAILS,
		SQN_FAILS,
		RUN_FAILS,
		UE_FAILS,
		REGISTRATION_FAILS,
		GROUP_FAILS,
		SENT_FAILS,
		REVOCATION_FAILS,
		BATCH_FAILS
	} failing;
} kept;

static bool put_sqn(void *ctx, const struct subscriber *s)
{
	(void)ctx;
	kept.sqn = auc_sqn(s);
	return kept.failing != SQN_FAILS;
}

static bool put_run(void *ctx, const char *impi, const struct gba_run *run)
{
	(void)ctx;
	(void)impi;
	memcpy(kept.btid, run->btid, sizeof kept.btid);
	return kept.failing != RUN_FAILS;
}

static bool put_ue(void *ctx, const char *impi, const struct peer *peer, const struct ue_keys *keys)
{
	(void)ctx;
	(void)impi;
	(void)peer;
	kept.counter = keys->counter;
	return kept.failing != UE_FAILS;
}

static bool put_registration(void *ctx, const char *impi, const char *service, bool registered)
{
	(void)ctx;
	(void)impi;
	(void)service;
	kept.registrations += registered;
	return kept.failing != REGISTRATION_FAILS;
}

static bool put_revoked(void *ctx, const char *impi, const char *service, bool revoked)
{
	(void)ctx;
	(void)impi;
	(void)service;
	kept.revocations += revoked;
	return kept.failing != REVOCATION_FAILS;
}

static bool put_group(void *ctx, const struct key_group *g)
{
	(void)ctx;
	kept.msk = g->msk[1].id.number;
	kept.mtk = g->msk[1].mtk_id;
	return kept.failing != GROUP_FAILS;
}

static bool put_sent(void *ctx, const char *impi, const struct ue_keys *keys, const struct sent_msk *sent)
{
	(void)ctx;
	(void)impi;
	kept.counter = keys->counter;
	kept.sent = sent->msk.id.number;
	kept.tries = sent->tries;
	return kept.failing != SENT_FAILS;
}

static bool drop_sent(void *ctx, const char *impi, const struct mikey_key_id *msk)
{
	(void)ctx;
	(void)impi;
	kept.dropped = msk->number;
	return true;
}

static bool put_held(void *ctx, const char *impi, const struct mikey_key_id *msk, uint16_t number)
{
	(void)ctx;
	(void)impi;
	kept.held = number;
	kept.dropped = msk->number;
	return true;
}

static bool put_rekey(void *ctx, const struct key_group *g, const char *next_impi)
{
	(void)ctx;
	(void)g;
	snprintf(kept.next, sizeof kept.next, "%s", next_impi != NULL ? next_impi : "");
	return true;
}

static bool begin_batch(void *ctx)
{
	(void)ctx;
	kept.batches++;
	return true;
}

static bool end_batch(void *ctx)
{
	(void)ctx;
	return kept.failing != BATCH_FAILS;
}

static const struct state_ops ops = { put_sqn,	put_run,   put_ue,   put_registration, put_revoked, put_group,
				      put_sent, drop_sent, put_held, put_rekey,	       begin_batch, end_batch };

struct story {
	struct net *net;
	struct phone phone;
};

static struct story begin(void)
{
	struct story s = { .net = net_open(NULL) };

	memset(&kept, 0, sizeof kept);
	s.net->env.state = &ops;
	s.phone = phone_of(s.net, 0);
	return s;
}

static void what_leaves_was_stored_before(void)
{
	struct story s = begin();

	CU_ASSERT_FATAL(phone_bootstrap(&s.phone));
	CU_ASSERT_EQUAL(kept.sqn, s.phone.sqn);
	CU_ASSERT_STRING_EQUAL(kept.btid, s.phone.btid);
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 200);
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 200);
	CU_ASSERT_EQUAL(kept.registrations, 1); /* the second one said nothing new */
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 0), 200);
	CU_ASSERT_EQUAL(kept.counter, net_message(s.net, 0).ts);
	CU_ASSERT_EQUAL(kept.msk, 1);
	CU_ASSERT(net_control(s.net, "pull " NET_IMSI " " NET_GROUP));
	CU_ASSERT_EQUAL(kept.counter, net_message(s.net, 1).ts);
	CU_ASSERT(net_control(s.net, "mtk " NET_GROUP));
	CU_ASSERT_EQUAL(kept.mtk, net_message(s.net, 2).key.mtk_id);
	net_close(s.net);
}

static void what_a_ue_has_verified_is_stored(void)
{
	static const struct peer from = { "127.0.0.1", 2269 };
	struct story s = begin();
	uint8_t octets[512];

	CU_ASSERT_FATAL(phone_bootstrap(&s.phone));
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 200);
	static const char *const lines[] = { "push " NET_IMSI " " NET_GROUP, "withdraw " NET_IMSI " " NET_GROUP };
	for (size_t i = 0; i < VU_COUNT(lines); i++) {
		struct wr ack = WR(octets);

		kept.held = 7;
		CU_ASSERT(net_control(s.net, lines[i]));
		CU_ASSERT(phone_take(&s.phone, i, &ack) <= MGV_WITHDRAWN);
		CU_ASSERT_EQUAL(kept.held, 7); /* not before it is verified */
		bmsc_datagram(s.net->bmsc, &from, wr_done(&ack), s.net->now);
		CU_ASSERT_EQUAL(kept.held, i == 0 ? 1 : 0);
	}
	net_close(s.net);
}

static void what_waits_is_stored_with_each_try_until_it_is_given_up(void)
{
	struct story s = begin();

	CU_ASSERT_FATAL(phone_bootstrap(&s.phone));
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 200);
	CU_ASSERT(net_control(s.net, "push " NET_IMSI " " NET_GROUP));
	for (size_t try = 1; try <= SEND_TRIES; try++) {
		CU_ASSERT_EQUAL(kept.sent, 1);
		CU_ASSERT_EQUAL(kept.tries, try);
		CU_ASSERT_EQUAL(kept.counter, net_message(s.net, try - 1).ts);
		CU_ASSERT_EQUAL(kept.dropped, 0);
		s.net->now = bmsc_timer(s.net->bmsc, &s.net->outbox, s.net->now);
		CU_ASSERT_EQUAL(bmsc_timer(s.net->bmsc, &s.net->outbox, s.net->now) < 0, try == SEND_TRIES);
	}
	CU_ASSERT(net_event(s.net, "ack-missing", NULL));
	CU_ASSERT_EQUAL(kept.dropped, 1);
	net_close(s.net);
}

/* What a network knew and another is told: a message that waits under its second try, and rekeying in its midst. */
static void a_new_start_goes_on_where_the_last_one_was(void)
{
	struct story s = begin();
	struct ue_keys keys = { .btid = "b@x", .expires = NET_NOW + 60000, .counter = 7 };
	struct sent_msk sent = { .msk = { .id = { .domain = { 0x00, 0xf1, 0x10 }, .group = 1, .number = 3 },
					  .seq_u = 100 },
				 .ts = { 6, 7 },
				 .tries = 2,
				 .due = NET_NOW - 3600000 };
	struct rekey rekey = { .way = REKEY_ACK, .per_second = 1, .due = NET_NOW - 3600000 };
	struct peer peer = { "127.0.0.1", 2269 };
	struct bmsc *b = s.net->bmsc;

	CU_ASSERT_FATAL(bmsc_restore_ue(b, NET_IMPI, &peer, &keys));
	bmsc_restore_registration(b, NET_IMPI, NET_SERVICE);
	bmsc_restore_sent(b, NET_IMPI, &sent);
	bmsc_restore_sent(b, "a stranger", &sent);
	sent.msk.id.group = 9; /* there is none any more */
	bmsc_restore_sent(b, NET_IMPI, &sent);
	bmsc_restore_rekey(b, sent.msk.id.domain, 9, &rekey, NET_IMPI);
	int64_t next = bmsc_timer(b, &s.net->outbox, s.net->now);
	CU_ASSERT_EQUAL(s.net->n_sent, 1);
	CU_ASSERT_EQUAL(net_message(s.net, 0).key.number, 3);
	CU_ASSERT_EQUAL(net_message(s.net, 0).ts, 8);
	CU_ASSERT_EQUAL(kept.tries, 3);
	CU_ASSERT_EQUAL(next, NET_NOW + 4000); /* the wait behind the third try */

	bmsc_restore_rekey(b, sent.msk.id.domain, 1, &rekey, NET_IMPI);
	CU_ASSERT_EQUAL(bmsc_timer(b, &s.net->outbox, s.net->now), NET_NOW + 1000);
	CU_ASSERT_EQUAL(s.net->n_sent, 2);
	CU_ASSERT(net_event(s.net, "rekeyed", NULL));
	CU_ASSERT_STRING_EQUAL(kept.next, "");
	net_close(s.net);
}

static void who_is_no_member_any_more_is_not_registered_again(void)
{
	static const char yaml[] =
		"subscribers:\n- { imsi: '001010000000000', mnc_length: 2, k: 465b5ce8b199b49faa5f0a2ee238a6bc,\n"
		"    opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: '000000000020', gba_u: true, count: 2 }\n"
		"services:\n- { id: 'urn:club', key_domain: 00f110, key_group: '0001', streaming: false,\n"
		"    members: [ '001010000000001' ] }\n";
	struct net *net = net_open(yaml);
	const struct ue_keys keys = { .btid = "b@x", .expires = NET_NOW + 60000 };
	const struct peer peer = { "127.0.0.1", 2269 };

	for (size_t i = 0; i < 2; i++) {
		const char *impi = net->config->subscriber[i].impi;

		CU_ASSERT(bmsc_restore_ue(net->bmsc, impi, &peer, &keys));
		bmsc_restore_registration(net->bmsc, impi, "urn:club");
		bmsc_restore_registration(net->bmsc, impi, "urn:none");
	}
	CU_ASSERT_FALSE(net_control(net, "push 001010000000000 urn:club"));
	CU_ASSERT(net_control(net, "push 001010000000001 urn:club"));
	net_close(net);
}

static void without_a_stored_sqn_no_vector_leaves(void)
{
	struct story s = begin();

	kept.failing = SQN_FAILS;
	CU_ASSERT_FALSE(phone_bootstrap(&s.phone));
	CU_ASSERT_EQUAL(s.net->answer.status, 500);
	CU_ASSERT_STRING_EQUAL(s.net->answer.authenticate, "");
	net_close(s.net);
}

static void without_a_stored_run_there_is_no_btid(void)
{
	struct story s = begin();

	kept.failing = RUN_FAILS;
	CU_ASSERT_FALSE(phone_bootstrap(&s.phone));
	CU_ASSERT_EQUAL(s.net->answer.status, 500);
	CU_ASSERT_FALSE(net_event(s.net, "bootstrapped", NULL));
	net_close(s.net);
}

/* What is due in one turn is stored at once. When it cannot be, it is tried again. */
static void without_a_stored_batch_nothing_of_it_leaves(void)
{
	struct story s = begin();

	CU_ASSERT_FATAL(phone_bootstrap(&s.phone));
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 200);
	CU_ASSERT(net_control(s.net, "push " NET_IMSI " " NET_GROUP));
	CU_ASSERT_EQUAL(s.net->n_sent, 1);
	CU_ASSERT(bmsc_timer(s.net->bmsc, &s.net->outbox, s.net->now) > s.net->now);
	CU_ASSERT_EQUAL(kept.batches, 0); /* nothing was due */
	kept.failing = BATCH_FAILS;
	s.net->now += 1000;
	int64_t next = bmsc_timer(s.net->bmsc, &s.net->outbox, s.net->now);
	CU_ASSERT_EQUAL(kept.batches, 1);
	CU_ASSERT_EQUAL(s.net->n_sent, 1);
	kept.failing = NOTHING_FAILS;
	s.net->now = next;
	(void)bmsc_timer(s.net->bmsc, &s.net->outbox, s.net->now);
	CU_ASSERT_EQUAL(s.net->n_sent, 2);
	CU_ASSERT_EQUAL(net_message(s.net, 1).ts, 3); /* the counter is not given out twice */
	net_close(s.net);
}

static void without_a_stored_counter_no_message_leaves(void)
{
	struct story s = begin();

	CU_ASSERT_FATAL(phone_bootstrap(&s.phone));
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 200);
	kept.failing = SENT_FAILS;
	(void)phone_ask(&s.phone, 1, 0);
	CU_ASSERT_EQUAL(s.net->n_sent, 0);
	kept.failing = UE_FAILS;
	CU_ASSERT(net_control(s.net, "pull " NET_IMSI " " NET_GROUP));
	CU_ASSERT_EQUAL(s.net->n_sent, 0);
	CU_ASSERT(net_event(s.net, "error", "its counter not stored"));
	CU_ASSERT_FALSE(net_control(s.net, "expire " NET_IMSI));
	net_close(s.net);
}

static void without_a_stored_registration_there_is_none(void)
{
	struct story s = begin();

	CU_ASSERT_FATAL(phone_bootstrap(&s.phone));
	kept.failing = REGISTRATION_FAILS;
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 500);
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 0), 403);
	net_close(s.net);
}

static void without_a_stored_revocation_there_is_none(void)
{
	struct story s = begin();

	CU_ASSERT_FATAL(phone_bootstrap(&s.phone));
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 200);
	kept.failing = REVOCATION_FAILS;
	CU_ASSERT_FALSE(net_control(s.net, "revoke " NET_IMSI));
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 0), 200);
	kept.failing = NOTHING_FAILS;
	CU_ASSERT(net_control(s.net, "revoke " NET_IMSI));
	CU_ASSERT_EQUAL(kept.revocations, 2);
	net_close(s.net);
}

static void without_a_stored_mtk_id_no_mtk_leaves(void)
{
	struct story s = begin();

	CU_ASSERT_FATAL(phone_bootstrap(&s.phone));
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 200);
	kept.failing = GROUP_FAILS;
	CU_ASSERT_FALSE(net_control(s.net, "mtk " NET_GROUP));
	CU_ASSERT_FALSE(net_control(s.net, "push " NET_IMSI " " NET_GROUP " --interval=5:9"));
	CU_ASSERT_EQUAL(s.net->n_sent, 0);
	net_close(s.net);
}

int main(void)
{
	static const struct cu_test tests[] = {
#define T(f) { #f, f }
		T(what_leaves_was_stored_before),
		T(what_a_ue_has_verified_is_stored),
		T(what_waits_is_stored_with_each_try_until_it_is_given_up),
		T(a_new_start_goes_on_where_the_last_one_was),
		T(who_is_no_member_any_more_is_not_registered_again),
		T(without_a_stored_sqn_no_vector_leaves),
		T(without_a_stored_run_there_is_no_btid),
		T(without_a_stored_batch_nothing_of_it_leaves),
		T(without_a_stored_counter_no_message_leaves),
		T(without_a_stored_registration_there_is_none),
		T(without_a_stored_revocation_there_is_none),
		T(without_a_stored_mtk_id_no_mtk_leaves),
	};
	return CU_RUN("state of the test network", tests);
}
