/* SPDX-License-Identifier: Apache-2.0 */
/* What `ctl` says: answers for people and programs, lists, and a membership that ends. */
#include "net_fixture.h"

#include <stdio.h>
#include <stdlib.h>

/* Two UEs; two services of one Key Group, and one of another. */
static const char network[] =
	"subscribers:\n"
	"- { imsi: '001010123456789', mnc_length: 2, k: 465b5ce8b199b49faa5f0a2ee238a6bc,\n"
	"    opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: '000000000020', gba_u: true }\n"
	"- { imsi: '001010123456780', mnc_length: 2, k: 00112233445566778899aabbccddeeff,\n"
	"    opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: '000000000020', gba_u: true }\n"
	"services:\n"
	"- { id: 'urn:3gpp:mbms:demo', key_domain: 00f110, key_group: '0001', streaming: false, mtk_window: 10 }\n"
	"- { id: 'urn:same', key_domain: 00f110, key_group: '0001', streaming: false, mtk_window: 10 }\n"
	"- { id: 'urn:other', key_domain: 00f110, key_group: '0002', streaming: false, mtk_window: 10 }\n";

enum { UES = 2 };
#define OTHER_IMSI "001010123456780"

struct story {
	struct net *net;
	struct phone phone[UES];
	char answer[8192];
	struct wr text; /* the answer */
};

static struct story *begin(void)
{
	struct story *s = calloc(1, sizeof *s);

	if (s == NULL)
		exit(2);
	s->net = net_open(network);
	for (size_t i = 0; i < UES; i++) {
		s->phone[i] = phone_of(s->net, i);
		CU_ASSERT_FATAL(phone_bootstrap(&s->phone[i]));
		CU_ASSERT_EQUAL_FATAL(phone_register(&s->phone[i], NET_SERVICE), 200);
	}
	net_forget(s->net);
	return s;
}

static void end(struct story *s)
{
	net_close(s->net);
	free(s);
}

static void keep_line(void *ctx, struct span line)
{
	struct story *s = ctx;

	wr_span(&s->text, line);
}

/* The whole answer to a line. */
static const char *answer(struct story *s, const char *line)
{
	const struct control_net on = { s->net->bmsc, &s->net->faults, &s->net->outbox };

	s->text = WR(s->answer);
	control_run(&on, span_str(line), keep_line, s, s->net->now);
	return wr_cstr(&s->text) ? s->answer : "";
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what))
		n++;
	return n;
}

/* The phone takes the k-th datagram, and answers when it is to. */
static enum mgv_verdict take(struct story *s, size_t phone, size_t k)
{
	static const struct peer peer = { "127.0.0.1", 2269 };
	uint8_t octets[512];
	struct wr ack = WR(octets);
	enum mgv_verdict verdict = phone_take(&s->phone[phone], k, &ack);

	if (ack.n != 0)
		bmsc_datagram(s->net->bmsc, &peer, wr_done(&ack), s->net->now);
	return verdict;
}

static void answers_have_two_forms(void)
{
	struct story *s = begin();

	CU_ASSERT_STRING_EQUAL(answer(s, "push " NET_IMSI " " NET_GROUP), "ok\n");
	CU_ASSERT_STRING_EQUAL(answer(s, "push " NET_IMSI " " NET_GROUP " --json"),
			       "{\"result\":\"ok\",\"command\":\"push\",\"key_domain\":\"00f110\","
			       "\"msk_id\":\"00010002\",\"mtk_id\":\"0000\"}\n");
	CU_ASSERT_STRING_EQUAL(answer(s, "mtk " NET_SERVICE " --json"),
			       "{\"result\":\"ok\",\"command\":\"mtk\",\"key_domain\":\"00f110\","
			       "\"msk_id\":\"00010002\",\"mtk_id\":\"0001\"}\n");
	CU_ASSERT_STRING_EQUAL(answer(s, "expire " NET_IMSI " --json"), "{\"result\":\"ok\",\"command\":\"expire\"}\n");
	CU_ASSERT_STRING_EQUAL(answer(s, "expire nobody"),
			       "error: no such UE (expected the IMSI or IMPI of one that has authenticated on Ua)\n");
	CU_ASSERT_STRING_EQUAL(answer(s, "--json expire"),
			       "{\"result\":\"error\",\"reason\":\"unknown command (see --help)\"}\n");
	CU_ASSERT_STRING_EQUAL(answer(s, "expire --json"), "{\"result\":\"error\",\"command\":\"expire\","
							   "\"reason\":\"too few arguments\"}\n");
	CU_ASSERT_STRING_EQUAL(answer(s, "withdraw a b --json"),
			       "{\"result\":\"error\",\"command\":\"withdraw\",\"reason\":"
			       "\"no such UE (expected the IMSI or IMPI of one that has authenticated on Ua)\"}\n");
	end(s);
}

static void the_end_of_an_answer_is_known(void)
{
	static const struct {
		const char *line;
		bool end, ok;
		const char *why;
	} lines[] = {
		{ "ok\n", true, true, "" },
		{ "okay\n", false, false, "" },
		{ "error: no\n", true, false, "no\n" },
		{ "{\"result\":\"ok\",\"command\":\"push\"}\n", true, true, "" },
		{ "{\"result\":\"error\",\"reason\":\"x\"}\n", true, false, "" },
		{ "{\"time\":\"2026\",\"event\":\"ue\"}\n", false, false, "" },
		{ "", false, false, "" },
	};

	for (size_t i = 0; i < VU_COUNT(lines); i++) {
		struct span why;
		bool ok;

		CU_ASSERT_EQUAL(control_is_end(span_str(lines[i].line), &ok, &why), lines[i].end);
		CU_ASSERT_EQUAL(ok, lines[i].ok);
		CU_ASSERT(span_eq(why, span_str(lines[i].why)));
	}
}

static void a_list_says_who_has_what(void)
{
	struct story *s = begin();

	CU_ASSERT_EQUAL(phone_ask(&s->phone[0], 1, 0), 200);
	CU_ASSERT_EQUAL(take(s, 0, 0), MGV_STORED);
	CU_ASSERT(net_control(s->net, "push " OTHER_IMSI " " NET_GROUP));
	const char *all = answer(s, "list");
	CU_ASSERT_EQUAL(count(all, " ue ue="), UES);
	CU_ASSERT_EQUAL(count(all, " key-group "), 2);
	CU_ASSERT_EQUAL(count(all, "ok\n"), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(all, "muk_seconds=3600 ts=1 services=1 revoked=0 msks=00f110:00010001 "
					   "unverified=\"\"\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(all, "msks=\"\" unverified=00f110:00010002\n"));
	s->net->now += 1000 * 1000;
	CU_ASSERT_PTR_NOT_NULL(strstr(answer(s, "list " NET_IMSI), "expired=false muk_seconds=2600 "));
	CU_ASSERT(net_control(s->net, "expire " NET_IMSI));
	CU_ASSERT_PTR_NOT_NULL(strstr(answer(s, "list " NET_IMSI), "expired=true muk_seconds=0 "));
	end(s);
}

static void a_list_can_be_of_some(void)
{
	struct story *s = begin();

	CU_ASSERT_EQUAL(phone_register(&s->phone[1], "urn:other"), 200);
	CU_ASSERT(net_control(s->net, "push " OTHER_IMSI " urn:other"));
	CU_ASSERT_EQUAL(count(answer(s, "list " NET_IMSI), " ue ue="), 1);
	CU_ASSERT_EQUAL(count(answer(s, "list --keys=" NET_GROUP), " ue ue="), 2);
	const char *some = answer(s, "list --keys=urn:other");
	CU_ASSERT_EQUAL(count(some, " ue ue=" OTHER_IMSI), 1);
	CU_ASSERT_EQUAL(count(some, " ue ue="), 1);
	CU_ASSERT_EQUAL(count(some, " key-group "), 1);
	CU_ASSERT_EQUAL(count(answer(s, "list --unverified"), " ue ue=" OTHER_IMSI), 1);
	CU_ASSERT_EQUAL(count(answer(s, "list --unverified"), " ue ue="), 1);
	CU_ASSERT_EQUAL(count(answer(s, "list --unverified --keys=" NET_GROUP), " ue ue="), 0);
	CU_ASSERT_EQUAL(count(answer(s, "list " NET_IMSI " --unverified"), " ue ue="), 0);
	CU_ASSERT_EQUAL(count(answer(s, "list --json"), "\"event\":\"ue\""), 2);
	end(s);
}

static void revoke_takes_msks_and_membership(void)
{
	struct story *s = begin();
	struct phone *p = &s->phone[0];

	CU_ASSERT(net_control(s->net, "push " NET_IMSI " " NET_GROUP));
	CU_ASSERT_EQUAL(take(s, 0, 0), MGV_STORED);
	CU_ASSERT(net_control(s->net, "push " NET_IMSI " " NET_GROUP));
	CU_ASSERT_EQUAL(take(s, 0, 1), MGV_STORED);
	net_forget(s->net);
	CU_ASSERT(net_control(s->net, "revoke " NET_IMSI));
	CU_ASSERT(net_event(s->net, "revoked", "withdrawn=2"));
	CU_ASSERT_EQUAL_FATAL(s->net->n_sent, 2);
	CU_ASSERT_EQUAL(take(s, 0, 0), MGV_WITHDRAWN);
	CU_ASSERT_EQUAL(take(s, 0, 1), MGV_WITHDRAWN);
	CU_ASSERT_PTR_NULL(mgv_group_find(&p->group, 1));
	CU_ASSERT_PTR_NULL(mgv_group_find(&p->group, 2));
	CU_ASSERT_PTR_NOT_NULL(strstr(answer(s, "list " NET_IMSI), "services=0 revoked=3 msks=\"\" unverified=\"\""));
	net_forget(s->net);
	CU_ASSERT_EQUAL(phone_ask(p, 1, 0), 403);
	CU_ASSERT_EQUAL(phone_register(p, NET_SERVICE), 403);
	CU_ASSERT_EQUAL(phone_register(p, "urn:other"), 403);
	CU_ASSERT(net_control(s->net, "rekey " NET_GROUP " --no-ack"));
	CU_ASSERT(net_control(s->net, "mtk " NET_GROUP));
	CU_ASSERT_EQUAL(s->net->n_sent, 2); /* the other UE's */
	CU_ASSERT_FALSE(net_control(s->net, "push " NET_IMSI " " NET_GROUP));
	CU_ASSERT(phone_bootstrap(p)); /* its subscription is another matter, and a new MUK changes nothing */
	CU_ASSERT_EQUAL(phone_register(p, NET_SERVICE), 403);
	CU_ASSERT(net_control(s->net, "admit " NET_IMSI));
	CU_ASSERT_EQUAL(phone_ask(p, 1, 0), 403); /* it is to register first */
	CU_ASSERT_EQUAL(phone_register(p, NET_SERVICE), 200);
	CU_ASSERT_EQUAL(phone_ask(p, 1, 0), 200);
	end(s);
}

static void revoke_of_one_service_leaves_what_another_entitles_to(void)
{
	struct story *s = begin();
	struct phone *p = &s->phone[0];

	CU_ASSERT_EQUAL(phone_register(p, "urn:same"), 200);
	CU_ASSERT_EQUAL(phone_register(p, "urn:other"), 200);
	CU_ASSERT(net_control(s->net, "push " NET_IMSI " " NET_GROUP));
	CU_ASSERT(net_control(s->net, "push " NET_IMSI " urn:other"));
	net_forget(s->net);
	CU_ASSERT(net_control(s->net, "revoke " NET_IMSI " " NET_SERVICE));
	CU_ASSERT_EQUAL(s->net->n_sent, 0);
	CU_ASSERT_EQUAL(phone_register(p, NET_SERVICE), 403);
	CU_ASSERT_EQUAL(phone_ask(p, 1, 0), 200);
	net_forget(s->net);
	CU_ASSERT(net_control(s->net, "revoke " NET_IMSI " " NET_GROUP " --no-ack"));
	CU_ASSERT_EQUAL_FATAL(s->net->n_sent, 1);
	CU_ASSERT_EQUAL(net_message(s->net, 0).key.group, 1);
	CU_ASSERT_FALSE(net_message(s->net, 0).v);
	CU_ASSERT_EQUAL(phone_ask(p, 1, 0), 403);
	CU_ASSERT_EQUAL(phone_ask(p, 2, 0), 200);
	end(s);
}

static void revoke_without_a_muk_alive_says_so(void)
{
	struct story *s = begin();

	CU_ASSERT(net_control(s->net, "push " NET_IMSI " " NET_GROUP));
	CU_ASSERT(net_control(s->net, "expire " NET_IMSI));
	net_forget(s->net);
	CU_ASSERT(net_control(s->net, "revoke " NET_IMSI));
	CU_ASSERT_EQUAL(s->net->n_sent, 0);
	CU_ASSERT(net_event(s->net, "revoked", "withdrawn=0 reason="));
	end(s);
}

int main(void)
{
	static const struct cu_test tests[] = {
#define T(f) { #f, f }
		T(answers_have_two_forms),
		T(the_end_of_an_answer_is_known),
		T(a_list_says_who_has_what),
		T(a_list_can_be_of_some),
		T(revoke_takes_msks_and_membership),
		T(revoke_of_one_service_leaves_what_another_entitles_to),
		T(revoke_without_a_muk_alive_says_so),
	};
	return CU_RUN("ctl", tests);
}
