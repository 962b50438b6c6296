/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator asks for, by control lines, and what the UEs make of it. */
#include "net_fixture.h"

#include <stdio.h>
#include <stdlib.h>

/* Three UEs; two services in a group of their own each, and one that shares the first one's. */
static const char network[] =
	"subscribers:\n"
	"- { imsi: '001010123456789', mnc_length: 2, k: 465b5ce8b199b49faa5f0a2ee238a6bc,\n"
	"    opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: '000000000020', gba_u: true }\n"
	"- { imsi: '001010123456780', mnc_length: 2, k: 00112233445566778899aabbccddeeff,\n"
	"    opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: '000000000020', gba_u: false }\n"
	"- { imsi: '001010123456781', mnc_length: 2, k: 00112233445566778899aabbccddeeff,\n"
	"    opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: '000000000020', gba_u: true }\n"
	"services:\n"
	"- { id: 'urn:3gpp:mbms:demo', key_domain: 00f110, key_group: '0001', streaming: false, mtk_window: 10 }\n"
	"- { id: 'urn:same', key_domain: 00f110, key_group: '0001', streaming: false, mtk_window: 10 }\n"
	"- { id: 'urn:other', key_domain: 00f110, key_group: '0002', streaming: false, mtk_window: 10 }\n";

enum { UES = 3 };

struct story {
	struct net *net;
	struct phone phone[UES];
};

/* All of them registered to the first service. */
static struct story begin(void)
{
	struct story s = { .net = net_open(network) };

	for (size_t i = 0; i < UES; i++) {
		s.phone[i] = phone_of(s.net, i);
		CU_ASSERT_FATAL(phone_bootstrap(&s.phone[i]));
		CU_ASSERT_EQUAL_FATAL(phone_register(&s.phone[i], NET_SERVICE), 200);
	}
	net_forget(s.net);
	return s;
}

/* The phone takes the k-th datagram. */
static enum mgv_verdict take(struct phone *p, size_t k)
{
	uint8_t octets[512];
	struct wr ack = WR(octets);

	return phone_take(p, k, &ack);
}

static const struct mgv_msk *held(const struct phone *p, uint16_t number)
{
	return mgv_group_find((struct mgv_group *)(uintptr_t)&p->group, number);
}

static void a_push_with_an_interval_is_the_same_msk_again(void)
{
	struct story s = begin();
	struct phone *p = &s.phone[0];

	CU_ASSERT_EQUAL(phone_ask(p, 1, 0), 200);
	CU_ASSERT_EQUAL(take(p, 0), MGV_STORED);
	CU_ASSERT_EQUAL(held(p, 1)->seq_u, 10);
	CU_ASSERT(net_control(s.net, "push " NET_IMSI " " NET_GROUP " --interval=3:500 --no-ack"));
	CU_ASSERT_EQUAL(net_message(s.net, 1).key.number, 1);
	CU_ASSERT_EQUAL(net_message(s.net, 1).csb_id, net_message(s.net, 0).csb_id);
	CU_ASSERT_EQUAL(take(p, 1), MGV_STORED);
	CU_ASSERT_EQUAL(held(p, 1)->seq_l, 3);
	CU_ASSERT_EQUAL(held(p, 1)->seq_u, 500);
	net_forget(s.net);
	CU_ASSERT(net_control(s.net, "mtk " NET_GROUP));
	CU_ASSERT_EQUAL(net_message(s.net, 0).key.mtk_id, 4);
	CU_ASSERT_EQUAL(take(p, 0), MGV_MTK);
	net_close(s.net);
}

static void an_interval_makes_no_used_mtk_id_good_again(void)
{
	struct story s = begin();

	for (int i = 0; i < 5; i++)
		CU_ASSERT(net_control(s.net, "mtk " NET_GROUP));
	CU_ASSERT(net_control(s.net, "push " NET_IMSI " " NET_GROUP " --interval=0:7"));
	net_forget(s.net);
	CU_ASSERT(net_control(s.net, "mtk " NET_GROUP));
	CU_ASSERT_EQUAL(net_message(s.net, 0).key.mtk_id, 6);
	net_close(s.net);
}

static void withdraw_takes_the_msk_from_one_ue(void)
{
	struct story s = begin();

	for (size_t i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(phone_ask(&s.phone[i], 1, 0), 200);
		CU_ASSERT_EQUAL(take(&s.phone[i], i), MGV_STORED);
	}
	CU_ASSERT(net_control(s.net, "withdraw " NET_IMSI " " NET_SERVICE));
	CU_ASSERT(net_message(s.net, 2).v);
	CU_ASSERT_EQUAL(take(&s.phone[0], 2), MGV_WITHDRAWN);
	CU_ASSERT_PTR_NULL(held(&s.phone[0], 1));
	net_forget(s.net);
	CU_ASSERT(net_control(s.net, "mtk " NET_GROUP));
	CU_ASSERT_EQUAL(take(&s.phone[1], 1), MGV_MTK);
	net_close(s.net);
}

static void a_pull_may_announce_a_new_msk(void)
{
	struct story s = begin();
	struct phone *p = &s.phone[0];

	CU_ASSERT_EQUAL(phone_ask(p, 1, 0), 200);
	CU_ASSERT(net_control(s.net, "pull " NET_IMSI " " NET_GROUP));
	CU_ASSERT(net_control(s.net, "pull " NET_IMSI " " NET_GROUP " --new"));
	CU_ASSERT_EQUAL(net_message(s.net, 2).key.number, 0);
	CU_ASSERT_EQUAL(phone_ask(p, 1, 0), 200);
	CU_ASSERT_EQUAL(net_message(s.net, 3).key.number, 2);
	net_close(s.net);
}

static void rekey_serves_everyone_who_is_registered(void)
{
	struct story s = begin();

	CU_ASSERT(net_control(s.net, "expire 001010123456780"));
	net_forget(s.net);
	CU_ASSERT(net_control(s.net, "rekey " NET_SERVICE " --no-ack"));
	CU_ASSERT_EQUAL_FATAL(s.net->n_sent, UES);
	CU_ASSERT_EQUAL(take(&s.phone[0], 0), MGV_STORED);
	CU_ASSERT_EQUAL(take(&s.phone[1], 1), MGV_PULL); /* the life of its MUK is over */
	CU_ASSERT_EQUAL(take(&s.phone[2], 2), MGV_STORED);
	CU_ASSERT(memcmp(held(&s.phone[0], 1)->key.b, held(&s.phone[2], 1)->key.b, MSK_LEN) == 0);
	CU_ASSERT(net_event(s.net, "rekeyed", "msk_id=00010001"));
	net_forget(s.net);
	CU_ASSERT(net_control(s.net, "rekey urn:other"));
	CU_ASSERT_EQUAL(s.net->n_sent, 0); /* nobody is registered there */
	net_close(s.net);
}

/* All are told to come for it, whether their MUKs are alive or not. */
static void rekey_by_pulls(void)
{
	struct story s = begin();

	CU_ASSERT(net_control(s.net, "rekey " NET_GROUP " --no-ack"));
	CU_ASSERT(net_control(s.net, "expire 001010123456780"));
	net_forget(s.net);
	CU_ASSERT(net_control(s.net, "rekey " NET_GROUP " --pull"));
	CU_ASSERT_EQUAL_FATAL(s.net->n_sent, UES);
	for (size_t i = 0; i < UES; i++)
		CU_ASSERT(net_message(s.net, i).key.number == 0 && !net_message(s.net, i).v);
	CU_ASSERT(net_event(s.net, "rekeyed", "msk_id=00010002"));
	CU_ASSERT_EQUAL(phone_ask(&s.phone[0], 1, 0), 200);
	CU_ASSERT_EQUAL(net_message(s.net, UES).key.number, 2);
	CU_ASSERT_FALSE(net_control(s.net, "rekey " NET_GROUP " --pull --no-ack"));
	net_close(s.net);
}

static void rekey_is_paced(void)
{
	struct story s = begin();
	struct net *net = s.net;

	CU_ASSERT(net_control(net, "rekey " NET_GROUP " --rate=10 --no-ack"));
	for (size_t i = 1; i <= UES; i++) {
		CU_ASSERT_EQUAL(net->n_sent, i);
		int64_t next = bmsc_timer(net->bmsc, &net->outbox, net->now);
		CU_ASSERT_EQUAL(next, i < UES ? net->now + 100 : -1);
		(void)bmsc_timer(net->bmsc, &net->outbox, net->now + 99);
		CU_ASSERT_EQUAL(net->n_sent, i);
		net->now += 100;
		(void)bmsc_timer(net->bmsc, &net->outbox, net->now);
	}
	CU_ASSERT_EQUAL(net->n_sent, UES);
	CU_ASSERT(net_event(net, "rekeyed", NULL));
	net_close(net);
}

/* Turns of a rekeying, in ms behind its beginning. */
static void turns(struct net *net, int64_t ret[static UES])
{
	int64_t begin = net->now, next;
	size_t n = 0;

	while ((next = bmsc_timer(net->bmsc, &net->outbox, net->now)) >= 0) {
		while (n < net->n_sent && n < UES)
			ret[n++] = net->now - begin;
		net->now = next;
	}
	while (n < net->n_sent && n < UES)
		ret[n++] = net->now - begin;
	CU_ASSERT_EQUAL_FATAL(n, UES);
	CU_ASSERT(net_event(net, "rekeyed", NULL));
	net_forget(net);
}

/* Each somewhere in the time that was said, and not at the same places twice. */
static void rekey_is_spread_at_random(void)
{
	int64_t first[UES], second[UES], sum = 0;
	struct story s = begin();

	CU_ASSERT(net_control(s.net, "rekey " NET_GROUP " --spread=100 --no-ack"));
	turns(s.net, first);
	CU_ASSERT(net_control(s.net, "rekey " NET_GROUP " --spread=100 --no-ack"));
	turns(s.net, second);
	CU_ASSERT(memcmp(first, second, sizeof first) != 0);
	for (int round = 0; round < 100; round++) {
		CU_ASSERT(net_control(s.net, "rekey " NET_GROUP " --spread=100 --no-ack"));
		turns(s.net, first);
		for (size_t i = 0; i < UES; i++) {
			CU_ASSERT(first[i] >= (i == 0 ? 0 : first[i - 1]) && first[i] < 100000);
			sum += first[i];
		}
	}
	/* The mean of 300 times that are anywhere in 100 s: 50 s, within six standard deviations. */
	CU_ASSERT(sum / (100 * UES) > 40000 && sum / (100 * UES) < 60000);
	net_close(s.net);
}

/* Both: no two turns nearer than the rate has it. */
static void a_spread_keeps_to_the_rate(void)
{
	int64_t at[UES];
	struct story s = begin();

	for (int round = 0; round < 20; round++) {
		CU_ASSERT(net_control(s.net, "rekey " NET_GROUP " --spread=1 --rate=2 --no-ack"));
		turns(s.net, at);
		for (size_t i = 1; i < UES; i++)
			CU_ASSERT(at[i] - at[i - 1] >= 500);
	}
	net_close(s.net);
}

static int leave(struct phone *p, const char *service)
{
	static struct km_doc request;

	request = (struct km_doc){ .kind = KM_DEREGISTER, .n = 1, .base64 = true };
	snprintf(request.item[0].service, KM_SERVICE_MAX, "%s", service);
	return phone_request(p, &request, NULL);
}

/* Until it has left the last service of the group; what takes the MSK away is sent on. */
static void who_leaves_is_sent_no_msk_again(void)
{
	struct story s = begin();

	CU_ASSERT_EQUAL(phone_register(&s.phone[0], "urn:same"), 200);
	CU_ASSERT(net_control(s.net, "push " NET_IMSI " " NET_GROUP));
	CU_ASSERT(net_control(s.net, "withdraw 001010123456780 " NET_GROUP));
	CU_ASSERT_EQUAL(s.net->n_sent, 2);
	CU_ASSERT_EQUAL(leave(&s.phone[1], NET_SERVICE), 200);
	CU_ASSERT_EQUAL(leave(&s.phone[0], NET_SERVICE), 200);
	CU_ASSERT_FALSE(net_event(s.net, "ack-missing", NULL));
	s.net->now += 1000;
	(void)bmsc_timer(s.net->bmsc, &s.net->outbox, s.net->now);
	CU_ASSERT_EQUAL(s.net->n_sent, 4);
	CU_ASSERT_EQUAL(leave(&s.phone[0], "urn:same"), 200);
	CU_ASSERT(net_event(s.net, "ack-missing", "left the service"));
	s.net->now += 2000;
	(void)bmsc_timer(s.net->bmsc, &s.net->outbox, s.net->now);
	CU_ASSERT_EQUAL(s.net->n_sent, 5); /* the withdrawal alone */
	net_close(s.net);
}

/* Three in a millisecond are three thousand a second, and a third of a second is not rounded off, either. */
static void a_pace_is_no_number_of_whole_milliseconds(void)
{
	struct story s = begin();
	struct net *net = s.net;
	int64_t begun = net->now;

	CU_ASSERT(net_control(net, "rekey " NET_GROUP " --rate=3000 --no-ack"));
	CU_ASSERT_EQUAL(net->n_sent, UES);
	net_forget(net);
	CU_ASSERT(net_control(net, "rekey " NET_GROUP " --rate=3 --no-ack"));
	for (int64_t next; (next = bmsc_timer(net->bmsc, &net->outbox, net->now)) > net->now;)
		net->now = next;
	CU_ASSERT_EQUAL(net->n_sent, UES);
	CU_ASSERT_EQUAL(net->now - begun, 1000 * (UES - 1) / 3);
	net_close(net);
}

/* The MSKs of one group are nobody's business in another; services of one group share them. */
/* Of three MSKs that it has not verified, the two that there still are, are taken away; none is sent again. */
static void who_is_revoked_is_sent_no_msk_again(void)
{
	struct story s = begin();

	for (int i = 0; i < 3; i++) {
		CU_ASSERT(net_control(s.net, "push " NET_IMSI " " NET_GROUP));
	}
	CU_ASSERT(net_control(s.net, "revoke " NET_IMSI));
	CU_ASSERT_EQUAL(s.net->n_sent, 5);
	s.net->now += 1000;
	(void)bmsc_timer(s.net->bmsc, &s.net->outbox, s.net->now);
	CU_ASSERT_EQUAL(s.net->n_sent, 7);
	net_close(s.net);
}

static void groups_have_their_own_msks(void)
{
	struct story s = begin();
	struct phone *p = &s.phone[0];

	CU_ASSERT_FALSE(net_control(s.net, "push " NET_IMSI " urn:other"));
	CU_ASSERT_EQUAL(phone_register(p, "urn:other"), 200);
	CU_ASSERT(net_control(s.net, "push " NET_IMSI " urn:other --no-ack"));
	CU_ASSERT(net_control(s.net, "push " NET_IMSI " urn:same --no-ack"));
	CU_ASSERT(net_control(s.net, "push " NET_IMSI " urn:other --no-ack"));
	CU_ASSERT(net_message(s.net, 0).key.group == 2 && net_message(s.net, 0).key.number == 1);
	CU_ASSERT(net_message(s.net, 1).key.group == 1 && net_message(s.net, 1).key.number == 1);
	CU_ASSERT(net_message(s.net, 2).key.group == 2 && net_message(s.net, 2).key.number == 2);
	CU_ASSERT_EQUAL(net_message(s.net, 2).ts, 3); /* one counter for all groups: it is the MUK's */
	net_close(s.net);
}

static void a_line_that_makes_no_sense_changes_nothing(void)
{
	static const char *const bad[] = {
		"",
		"push",
		"push a",
		"push " NET_IMSI " " NET_GROUP " x",
		"push " NET_IMSI " " NET_GROUP " --download",
		"push " NET_IMSI " " NET_GROUP " --no-ack=1",
		"push " NET_IMSI " " NET_GROUP " --interval",
		"push " NET_IMSI " " NET_GROUP " --interval=",
		"push " NET_IMSI " " NET_GROUP " --interval=5",
		"push " NET_IMSI " " NET_GROUP " --interval=5:",
		"push " NET_IMSI " " NET_GROUP " --interval=5:65536",
		"push " NET_IMSI " " NET_GROUP " --interval=5:99999999999",
		"push " NET_IMSI " " NET_GROUP " --interval=5:6x",
		"push " NET_IMSI " " NET_GROUP " --interval=6:5",
		"withdraw " NET_IMSI " 00f110:0009",
		"withdraw nobody " NET_GROUP,
		"rekey",
		"rekey urn:none",
		"rekey " NET_GROUP " --rate=0",
		"rekey " NET_GROUP " --rate=fast",
		"rekey " NET_GROUP " --rate=1000001",
		"pull " NET_IMSI " " NET_GROUP " --new=1",
		"rekey " NET_GROUP " --spread=0",
		"rekey " NET_GROUP " --spread=86401",
		"expire " NET_IMSI " --new",
		"revoke",
		"revoke nobody",
		"revoke " NET_IMSI " urn:none",
		"admit " NET_IMSI " 00f110:0009",
		"list nobody",
		"list --keys=00f110:0009",
		"fly",
	};
	struct story s = begin();

	for (size_t i = 0; i < VU_COUNT(bad); i++)
		CU_ASSERT_FALSE(net_control(s.net, bad[i]));
	CU_ASSERT_EQUAL(s.net->n_sent, 0);
	CU_ASSERT_EQUAL(s.net->n_events, 0);
	CU_ASSERT(net_control(s.net, "  push\t" NET_IMSI " --interval=5:5 " NET_GROUP));
	net_close(s.net);
}

int main(void)
{
	static const struct cu_test tests[] = {
#define T(f) { #f, f }
		T(a_push_with_an_interval_is_the_same_msk_again),
		T(an_interval_makes_no_used_mtk_id_good_again),
		T(withdraw_takes_the_msk_from_one_ue),
		T(a_pull_may_announce_a_new_msk),
		T(rekey_serves_everyone_who_is_registered),
		T(rekey_by_pulls),
		T(rekey_is_paced),
		T(a_pace_is_no_number_of_whole_milliseconds),
		T(who_leaves_is_sent_no_msk_again),
		T(who_is_revoked_is_sent_no_msk_again),
		T(rekey_is_spread_at_random),
		T(a_spread_keeps_to_the_rate),
		T(groups_have_their_own_msks),
		T(a_line_that_makes_no_sense_changes_nothing),
	};
	return CU_RUN("an operator of the BM-SC", tests);
}
