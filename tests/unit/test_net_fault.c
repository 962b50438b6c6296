/* SPDX-License-Identifier: Apache-2.0 */
/* Faults: the table is whole, they are counted, and each strikes where its row says. */
#include "net_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/testnet/fault_int.h"

struct story {
	struct net *net;
	struct phone phone;
};

/* A UE that is registered and has the first MSK. */
static struct story begin(void)
{
	struct story s = { .net = net_open(NULL) };
	uint8_t octets[512];
	struct wr ack = WR(octets);

	s.phone = phone_of(s.net, 0);
	CU_ASSERT_FATAL(phone_bootstrap(&s.phone));
	CU_ASSERT_EQUAL_FATAL(phone_register(&s.phone, NET_SERVICE), 200);
	CU_ASSERT(net_control(s.net, "push " NET_IMSI " " NET_GROUP " --no-ack"));
	CU_ASSERT_EQUAL_FATAL(phone_take(&s.phone, 0, &ack), MGV_STORED);
	net_forget(s.net);
	return s;
}

static bool has_function(const struct fault *f)
{
	return f->octets != NULL; /* the union's members share their place */
}

static void every_row_is_whole(void)
{
	for (size_t i = 0; i < fault_rows_count; i++) {
		const struct fault *f = &fault_rows[i];
		bool by_arg = f->at == FAULT_NONCE || f->at == FAULT_NEXT_NONCE || f->at == FAULT_ACCESS ||
			      f->at == FAULT_COUNTER || f->at == FAULT_SEND;

		CU_ASSERT_EQUAL(has_function(f), !by_arg);
		CU_ASSERT(f->on != 0 && f->does != NULL && f->me != NULL);
		CU_ASSERT_EQUAL(strspn(f->name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(f->name));
		for (size_t j = 0; j < i; j++)
			CU_ASSERT_STRING_NOT_EQUAL(f->name, fault_rows[j].name);
	}
	CU_ASSERT(fault_rows_count >= 40);
}

static void what_is_no_fault_is_not_switched_on(void)
{
	static const char *const bad[] = {
		"",	   ":",	      "no-such-fault", "lost:",		  "lost:0", "lost:x",
		"lost:1x", "lost:-1", "lost: 1",       "lost:1000000000", "los",
	};
	struct faults f = { .n = 0 };
	const char *why = NULL;

	for (size_t i = 0; i < VU_COUNT(bad); i++) {
		CU_ASSERT_FALSE(faults_add(&f, bad[i], &why));
		CU_ASSERT_PTR_NOT_NULL(why);
	}
	CU_ASSERT_EQUAL(f.n, 0);
	for (size_t i = 0; i < FAULTS_ACTIVE_MAX; i++)
		CU_ASSERT(faults_add(&f, "lost", &why));
	CU_ASSERT_FALSE(faults_add(&f, "lost:999999999", &why));
	CU_ASSERT_STRING_EQUAL(why, "too many faults at a time");
}

static void a_fault_strikes_as_often_as_it_was_told(void)
{
	struct story s = begin();
	struct net *net = s.net;

	CU_ASSERT(net_control(net, "fault lost:2"));
	for (int i = 0; i < 3; i++)
		CU_ASSERT(net_control(net, "mtk " NET_GROUP));
	CU_ASSERT_EQUAL(net->n_sent, 1);
	CU_ASSERT(net_event(net, "fault", "name=lost"));
	CU_ASSERT(net_control(net, "fault lost"));
	for (int i = 0; i < 3; i++)
		CU_ASSERT(net_control(net, "mtk " NET_GROUP));
	CU_ASSERT_EQUAL(net->n_sent, 1);
	CU_ASSERT(net_control(net, "fault off"));
	CU_ASSERT(net_control(net, "mtk " NET_GROUP));
	CU_ASSERT_EQUAL(net->n_sent, 2);
	net_close(net);
}

/* The first ends while the second goes on; both strike the same message. */
static void faults_add_up(void)
{
	struct story s = begin();

	CU_ASSERT(net_control(s.net, "fault trailing:1"));
	CU_ASSERT(net_control(s.net, "fault duplicate:2"));
	CU_ASSERT(net_control(s.net, "mtk " NET_GROUP));
	CU_ASSERT(net_control(s.net, "mtk " NET_GROUP));
	CU_ASSERT_EQUAL_FATAL(s.net->n_sent, 4);
	CU_ASSERT_EQUAL(s.net->sent[0].n, s.net->sent[1].n);
	CU_ASSERT_EQUAL(s.net->sent[0].n, s.net->sent[2].n + 1);
	CU_ASSERT_EQUAL(s.net->faults.n, 0);
	net_close(s.net);
}

/* What one fault leaves may be too little for the next. */
static void any_two_faults_of_a_message_go_together(void)
{
	struct story s = begin();
	char line[64];

	for (size_t i = 0; i < fault_rows_count; i++) {
		if (fault_rows[i].at != FAULT_OCTETS)
			continue;
		CU_ASSERT(net_control(s.net, "fault truncated-header:3"));
		snprintf(line, sizeof line, "fault %s", fault_rows[i].name);
		CU_ASSERT(net_control(s.net, line));
		CU_ASSERT(net_control(s.net, "push " NET_IMSI " " NET_GROUP " --no-ack"));
		CU_ASSERT(net_control(s.net, "pull " NET_IMSI " " NET_GROUP));
		CU_ASSERT(net_control(s.net, "mtk " NET_GROUP));
		CU_ASSERT(net_control(s.net, "fault off"));
		net_forget(s.net);
	}
	net_close(s.net);
}

/* What a card would make of all that has been sent; the last success, or the last refusal when there is none. */
static enum mgv_verdict all_taken(struct story *s)
{
	enum mgv_verdict seen = MGV_BAD_DATA;
	uint8_t octets[512];
	struct mikey m;

	for (size_t i = 0; i < s->net->n_sent; i++) {
		struct wr ack = WR(octets);

		if (mikey_parse(&m, span_of(s->net->sent[i].octets, s->net->sent[i].n)) != MIKEY_OK ||
		    m.idr.data.n > GBA_BTID_MAX ||
		    (m.kind == MIKEY_IS_MSK && !span_eq(m.idr.data, span_str(s->phone.btid))))
			continue;
		enum mgv_verdict v = phone_take(&s->phone, i, &ack);
		seen = v <= MGV_MTK || seen > MGV_MTK ? v : seen;
	}
	return seen;
}

static bool is_success(enum mgv_verdict v)
{
	return v == MGV_STORED || v == MGV_PULL || v == MGV_MTK || v == MGV_WITHDRAWN;
}

/* Those that a card takes all the same; and this phone, unlike a card, does not look at IDi. */
static bool harmless(const struct fault *f)
{
	static const char *const names[] = { "unknown-ext",  "wrong-key-domain", "unknown-naf",	    "withdrawn",
					     "counter-jump", "duplicate",	 "mikey-before-200" };

	for (size_t i = 0; i < VU_COUNT(names); i++)
		if (strcmp(f->name, names[i]) == 0)
			return true;
	return false;
}

/* A message under the fault is none that a card takes, and the next one is. */
static void strikes(const struct fault *f, const char *trigger)
{
	struct story s = begin();
	char line[64];

	snprintf(line, sizeof line, "fault %s:1", f->name);
	CU_ASSERT(net_control(s.net, line));
	CU_ASSERT(net_control(s.net, trigger));
	CU_ASSERT(net_event(s.net, "fault", f->name));
	if (is_success(all_taken(&s)) != harmless(f)) {
		fprintf(stderr, "\n%s, %s: %s\n", f->name, trigger, harmless(f) ? "not taken" : "taken");
		CU_FAIL("another verdict");
	}
	net_forget(s.net);
	CU_ASSERT(net_control(s.net, "push " NET_IMSI " " NET_GROUP " --no-ack"));
	CU_ASSERT(is_success(all_taken(&s)));
	net_close(s.net);
}

static void every_fault_of_a_message_makes_it_one_that_no_card_takes(void)
{
	for (size_t i = 0; i < fault_rows_count; i++) {
		const struct fault *f = &fault_rows[i];

		if (f->at < FAULT_COUNTER || (f->at == FAULT_SEND && f->arg == FAULT_SEND_PADDED))
			continue;
		if ((f->on & FAULT_MSK) != 0)
			strikes(f, "push " NET_IMSI " " NET_GROUP " --no-ack");
		if ((f->on & FAULT_PULL) != 0)
			strikes(f, "pull " NET_IMSI " " NET_GROUP);
		if ((f->on & FAULT_MTK) != 0)
			strikes(f, "mtk " NET_GROUP);
	}
}

static void what_is_late_comes_in_its_time(void)
{
	struct story s = begin();
	struct net *net = s.net;

	CU_ASSERT(net_control(net, "fault delayed:1"));
	CU_ASSERT(net_control(net, "mtk " NET_GROUP));
	CU_ASSERT_EQUAL(net->n_sent, 0);
	CU_ASSERT_EQUAL(bmsc_timer(net->bmsc, &net->outbox, net->now), net->now + FAULT_LATE_MS);
	CU_ASSERT_EQUAL(bmsc_timer(net->bmsc, &net->outbox, net->now + FAULT_LATE_MS), -1);
	CU_ASSERT_EQUAL(net->n_sent, 1);

	CU_ASSERT(net_control(net, "fault reordered:1"));
	CU_ASSERT(net_control(net, "mtk " NET_GROUP));
	CU_ASSERT(net_control(net, "mtk " NET_GROUP));
	CU_ASSERT_EQUAL_FATAL(net->n_sent, 3);
	CU_ASSERT(net_message(net, 2).ts < net_message(net, 1).ts);

	/* More than there is room for: nothing is lost. */
	CU_ASSERT(net_control(net, "fault delayed"));
	for (int i = 0; i < 6; i++)
		CU_ASSERT(net_control(net, "mtk " NET_GROUP));
	(void)bmsc_timer(net->bmsc, &net->outbox, net->now + FAULT_LATE_MS);
	CU_ASSERT_EQUAL(net->n_sent, 9);
	net_close(net);
}

static void an_autn_for_others_is_none_for_this_card(void)
{
	static const char *const names[] = { "fault plain-autn:1", "fault foreign-autn:1", "fault old-sqn:1" };

	for (size_t i = 0; i < VU_COUNT(names); i++) {
		struct story s = begin();

		CU_ASSERT(net_control(s.net, names[i]));
		CU_ASSERT_FALSE(phone_bootstrap(&s.phone));
		CU_ASSERT(phone_bootstrap(&s.phone));
		net_close(s.net);
	}
}

int main(void)
{
	static const struct cu_test tests[] = {
#define T(f) { #f, f }
		T(every_row_is_whole),
		T(what_is_no_fault_is_not_switched_on),
		T(a_fault_strikes_as_often_as_it_was_told),
		T(faults_add_up),
		T(any_two_faults_of_a_message_go_together),
		T(every_fault_of_a_message_makes_it_one_that_no_card_takes),
		T(what_is_late_comes_in_its_time),
		T(an_autn_for_others_is_none_for_this_card),
	};
	return CU_RUN("faults of the test network", tests);
}
