/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps a flood of datagrams from log, card and queue: fold.h, guard.h and udp.h, each by itself. */
#include "tests/cu.h"
#include "tests/unit/me_fixture.h"

#include <unistd.h>

#include "host/me/udp.h"

#define T0 INT64_C(1700000000000)

static void the_first_of_a_second_are_shown_the_others_counted(void)
{
	static const char one[] = "one", other[] = "other";
	struct fold f = { 0 };
	const char *reason = NULL, *cause = NULL;
	uint32_t more = 0;
	unsigned shown = 0;

	for (int i = 0; i < 50000; i++)
		shown += fold_show(&f, one, "1", T0 + i / 100);
	CU_ASSERT_EQUAL(shown, FOLD_SHOWN);
	CU_ASSERT_TRUE(fold_show(&f, other, "2", T0 + 500)); /* another reason is not drowned */
	CU_ASSERT_EQUAL(fold_due(&f), T0 + FOLD_MS);
	CU_ASSERT_FALSE(fold_next(&f, T0 + FOLD_MS - 1, &reason, &cause, &more));
	CU_ASSERT_TRUE(fold_next(&f, T0 + FOLD_MS, &reason, &cause, &more));
	CU_ASSERT_STRING_EQUAL(reason, "one");
	CU_ASSERT_STRING_EQUAL(cause, "1");
	CU_ASSERT_EQUAL(more, 50000 - FOLD_SHOWN);
	CU_ASSERT_FALSE(fold_next(&f, T0 + FOLD_MS, &reason, &cause, &more));
	CU_ASSERT_EQUAL(fold_due(&f), INT64_MAX);
	CU_ASSERT_TRUE(fold_show(&f, one, "1", T0 + FOLD_MS));
}

static void more_reasons_than_places_are_shown(void)
{
	static const char reasons[3 * FOLD_REASONS] = { 0 };
	struct fold f = { 0 };

	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < sizeof reasons; i++)
			CU_ASSERT_TRUE(fold_show(&f, &reasons[i], "", T0));
	/* A second later their places are free. */
	CU_ASSERT_TRUE(fold_show(&f, &reasons[sizeof reasons - 1], "", T0 + FOLD_MS));
}

static void attack_forgeries_spend_the_tokens_of_their_sender(void)
{
	struct guard g = { 0 };
	int64_t now = T0;

	guard_proven(&g, 1);
	for (int i = 0; i < GUARD_TOKENS; i++) {
		CU_ASSERT_TRUE(guard_may(&g, 2, false, now));
		guard_failed(&g, 2, false, now);
	}
	CU_ASSERT_FALSE(guard_may(&g, 2, false, now));
	CU_ASSERT_TRUE(guard_may(&g, 1, false, now)); /* who was proven is not held up */
	CU_ASSERT_TRUE(guard_may(&g, 2, true, now)); /* nor is a message that names us */
	now += GUARD_REFILL_MS;
	CU_ASSERT_TRUE(guard_may(&g, 2, false, now));
	guard_failed(&g, 2, false, now);
	CU_ASSERT_FALSE(guard_may(&g, 2, false, now));
	now -= 3600000; /* a clock set back locks nobody out */
	CU_ASSERT_TRUE(guard_may(&g, 2, false, now));
}

static void attack_made_up_addresses_cost_the_card_little(void)
{
	struct guard g = { 0 };
	unsigned taken = 0;

	for (uint64_t host = 1; host <= 50000; host++)
		if (guard_may(&g, host, false, T0)) {
			guard_failed(&g, host, false, T0);
			taken++;
		}
	CU_ASSERT_EQUAL(taken, GUARD_TOKENS * GUARD_STRANGERS);
	CU_ASSERT_TRUE(guard_may(&g, 77, true, T0));
}

static void the_oldest_friend_makes_room(void)
{
	struct guard g = { 0 };

	for (uint64_t host = 1; host <= GUARD_FRIENDS + 1; host++)
		guard_proven(&g, host);
	for (uint64_t host = 10; host < 10 + 2 * GUARD_STRANGERS; host++)
		for (int i = 0; i < GUARD_TOKENS; i++)
			guard_failed(&g, host, false, T0);
	CU_ASSERT_FALSE(guard_may(&g, 1, false, T0));
	CU_ASSERT_TRUE(guard_may(&g, 2, false, T0));
	CU_ASSERT_TRUE(guard_may(&g, GUARD_FRIENDS + 1, false, T0));
}

static struct udp *udp;
static struct udp_addr where;

static void send_from(const char *from, const void *octets, size_t n)
{
	struct udp_addr a;

	CU_ASSERT_TRUE_FATAL(udp_addr_parse(&a, from));
	int fd = udp_addr_bind(&a);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(sendto(fd, octets, n, 0, &where.any, where.n), (ssize_t)n);
	close(fd);
}

/* What begins with G is garbage. */
static bool no_garbage(void *ctx, struct span octets, const struct agent_peer *from)
{
	++*(unsigned *)ctx;
	CU_ASSERT_NOT_EQUAL(from->host, 0);
	return octets.n != 0 && octets.p[0] != 'G';
}

static unsigned drain(unsigned *ret_seen)
{
	*ret_seen = 0;
	return udp_drain(udp, no_garbage, ret_seen);
}

static void begin(void)
{
	CU_ASSERT_TRUE_FATAL(udp_addr_parse(&where, "127.0.0.1:0"));
	CU_ASSERT_EQUAL_FATAL(udp_open(&udp, &where), 0);
}

static void only_what_is_wanted_waits_and_once(void)
{
	uint8_t octets[MIKEY_MESSAGE_MAX];
	struct agent_peer from;
	unsigned seen;

	begin();
	for (int i = 0; i < 100; i++)
		send_from("127.0.0.9:0", "G", 1);
	for (int i = 0; i < 3; i++)
		send_from("127.0.0.2:0", "message", 7);
	CU_ASSERT_EQUAL(drain(&seen), 0);
	CU_ASSERT_EQUAL(seen, 103);
	CU_ASSERT_TRUE(udp_waits(udp));
	CU_ASSERT_EQUAL(udp_take(udp, octets, &from), 7);
	CU_ASSERT_EQUAL(strncmp(from.text, "127.0.0.2:", 10), 0);
	CU_ASSERT_FALSE(udp_waits(udp)); /* the others were the same */
	CU_ASSERT_EQUAL(udp_take(udp, octets, &from), 0);
	udp_close(udp);
}

static void attack_one_host_does_not_fill_the_queue(void)
{
	uint8_t octets[MIKEY_MESSAGE_MAX];
	struct agent_peer from;
	unsigned seen, n = 0;

	begin();
	for (uint8_t i = 0; i < 100; i++)
		send_from("127.0.0.9:0", &(uint8_t[2]){ 'A', i }, 2);
	CU_ASSERT_EQUAL(drain(&seen), 100 - UDP_QUEUE_HOST);
	send_from("127.0.0.2:0", "good", 4);
	CU_ASSERT_EQUAL(drain(&seen), 0);
	while (udp_take(udp, octets, &from) == 2)
		n++;
	CU_ASSERT_EQUAL(n, UDP_QUEUE_HOST);
	CU_ASSERT_EQUAL(memcmp(octets, "good", 4), 0);
	udp_close(udp);
}

static void what_is_put_back_comes_first_also_into_a_full_queue(void)
{
	uint8_t octets[MIKEY_MESSAGE_MAX];
	struct agent_peer from;
	unsigned seen;

	begin();
	for (uint8_t i = 0; i < UDP_QUEUE; i++) {
		char host[32];
		snprintf(host, sizeof host, "127.0.1.%u:0", 1U + i / 8);
		send_from(host, &(uint8_t[2]){ 'A', i }, 2);
	}
	CU_ASSERT_EQUAL(drain(&seen), 0);
	CU_ASSERT_EQUAL(udp_take(udp, octets, &from), 2);
	send_from("127.0.2.1:0", "last", 4);
	CU_ASSERT_EQUAL(drain(&seen), 0);
	udp_put_back(udp, span_of(octets, 2), &from);
	send_from("127.0.2.1:0", "none", 4);
	CU_ASSERT_EQUAL(drain(&seen), 1);
	for (uint8_t i = 0; i < UDP_QUEUE; i++) {
		CU_ASSERT_EQUAL(udp_take(udp, octets, &from), 2);
		CU_ASSERT_EQUAL(octets[1], i);
	}
	CU_ASSERT_EQUAL(udp_take(udp, octets, &from), 4);
	CU_ASSERT_FALSE(udp_waits(udp));
	send_from("127.0.2.1:0", "for another card", 16);
	CU_ASSERT_EQUAL(drain(&seen), 0);
	udp_flush(udp);
	CU_ASSERT_FALSE(udp_waits(udp));
	udp_close(udp);
}

static void attack_datagram_of_the_greatest_length(void)
{
	static uint8_t octets[65507];
	unsigned seen;

	begin();
	send_from("127.0.0.9:0", octets, sizeof octets);
	CU_ASSERT_EQUAL(drain(&seen), 1); /* nobody wants it; if somebody did there is no room for it */
	CU_ASSERT_EQUAL(seen, 1);
	CU_ASSERT_FALSE(udp_waits(udp));
	udp_close(udp);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "the first of a second are shown, the others counted",
		  the_first_of_a_second_are_shown_the_others_counted },
		{ "more reasons than places are shown", more_reasons_than_places_are_shown },
		{ "attack: forgeries spend the tokens of their sender",
		  attack_forgeries_spend_the_tokens_of_their_sender },
		{ "attack: made-up addresses cost the card little", attack_made_up_addresses_cost_the_card_little },
		{ "the oldest friend makes room", the_oldest_friend_makes_room },
		{ "only what is wanted waits, and once", only_what_is_wanted_waits_and_once },
		{ "attack: one host does not fill the queue", attack_one_host_does_not_fill_the_queue },
		{ "what is put back comes first, also into a full queue",
		  what_is_put_back_comes_first_also_into_a_full_queue },
		{ "attack: datagram of the greatest length", attack_datagram_of_the_greatest_length },
	};
	return CU_RUN("flood", tests);
}
