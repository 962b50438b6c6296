/* SPDX-License-Identifier: Apache-2.0 */
/* What one peer of the test network gets, and that it takes nothing from the others. */
#include "tests/cu.h"

#include <stdlib.h>

#include "host/testnet/peers.h"

static const struct limits limits = {
	.connections_per_peer = 2, .requests_per_second = 10, .datagrams_per_second = 1, .request_seconds = 10
};

static struct peer_id peer(uint32_t number)
{
	struct peer_id who = { { 0 } };
	struct wr w = WR(who.octets);

	wr_u32(&w, 0xFFFF);
	wr_u32(&w, number);
	return who;
}

static struct peers *open_peers(const struct limits *l)
{
	struct peers *p = peers_open(l, 42);

	if (p == NULL)
		exit(2);
	return p;
}

/* How many of so many requests at once are let through. */
static int take(struct peers *p, uint32_t number, enum peers_kind kind, int n, int64_t now)
{
	struct peer_id who = peer(number);
	int taken = 0;
	bool say;

	for (int i = 0; i < n; i++)
		taken += peers_take(p, &who, kind, now, &say);
	return taken;
}

static void a_pause_is_worth_two_seconds_and_then_the_rate_counts(void)
{
	struct peers *p = open_peers(&limits);

	CU_ASSERT_EQUAL(take(p, 1, PEERS_REQUEST, 100, 1000), 20);
	CU_ASSERT_EQUAL(take(p, 1, PEERS_REQUEST, 100, 1099), 0);
	CU_ASSERT_EQUAL(take(p, 1, PEERS_REQUEST, 100, 1100), 1);
	CU_ASSERT_EQUAL(take(p, 1, PEERS_REQUEST, 100, 2100), 10);
	CU_ASSERT_EQUAL(take(p, 1, PEERS_REQUEST, 100, INT64_C(1) << 40), 20); /* no longer than that is saved up */
	peers_close(p);
}

static void peers_and_kinds_do_not_share(void)
{
	struct peers *p = open_peers(&limits);

	CU_ASSERT_EQUAL(take(p, 1, PEERS_REQUEST, 100, 0), 20);
	CU_ASSERT_EQUAL(take(p, 1, PEERS_DATAGRAM, 100, 0), 2);
	CU_ASSERT_EQUAL(take(p, 2, PEERS_REQUEST, 100, 0), 20);
	peers_close(p);
}

static void a_refusal_is_told_once_a_second(void)
{
	struct peers *p = open_peers(&limits);
	struct peer_id who = peer(1);
	int said = 0;

	CU_ASSERT_EQUAL(take(p, 1, PEERS_DATAGRAM, 2, 0), 2);
	for (int64_t now = 0; now < 900; now += 10) {
		bool say = false;
		CU_ASSERT_FALSE(peers_take(p, &who, PEERS_DATAGRAM, now, &say));
		said += say;
	}
	CU_ASSERT_EQUAL(said, 1);
	for (int64_t now = 1000; now < 3000; now += 10) {
		bool say = false;
		bool taken = peers_take(p, &who, PEERS_DATAGRAM, now, &say);
		CU_ASSERT_FALSE(taken && say);
		said += say;
	}
	CU_ASSERT_EQUAL(said, 3);
	peers_close(p);
}

static void connections_are_counted_while_they_are_open(void)
{
	struct peers *p = open_peers(&limits);
	struct peer_id who = peer(1), other = peer(2);
	bool say = false;

	CU_ASSERT_TRUE(peers_enter(p, &who, 0, &say));
	CU_ASSERT_TRUE(peers_enter(p, &who, 0, &say));
	CU_ASSERT_FALSE(peers_enter(p, &who, 0, &say));
	CU_ASSERT_TRUE(say);
	CU_ASSERT_TRUE(peers_enter(p, &other, 0, &say));
	peers_leave(p, &who);
	CU_ASSERT_TRUE(peers_enter(p, &who, 0, &say));
	CU_ASSERT_FALSE(peers_enter(p, &who, 0, &say));
	peers_close(p);
}

/* More peers than there are places: none of them is refused, and one that is connected is not forgotten. */
static void a_crowd_crowds_out_nobody_who_is_here(void)
{
	struct peers *p = open_peers(&limits);
	struct peer_id who = peer(7);
	int taken = 0;
	bool say;

	CU_ASSERT_TRUE(peers_enter(p, &who, 0, &say));
	CU_ASSERT_TRUE(peers_enter(p, &who, 0, &say));
	for (uint32_t i = 1000; i < 101000; i++)
		taken += take(p, i, PEERS_REQUEST, 1, i);
	CU_ASSERT_EQUAL(taken, 100000);
	CU_ASSERT_FALSE(peers_enter(p, &who, 200000, &say));
	peers_close(p);
}

static void nothing_is_limited_by_0(void)
{
	static const struct limits none = { .connections = 0 };
	struct peers *p = open_peers(&none);
	struct peer_id who = peer(1);
	bool say;

	CU_ASSERT_EQUAL(take(p, 1, PEERS_REQUEST, 10000, 0), 10000);
	CU_ASSERT_EQUAL(take(p, 1, PEERS_DATAGRAM, 10000, 0), 10000);
	for (int i = 0; i < 1000; i++)
		CU_ASSERT_TRUE(peers_enter(p, &who, 0, &say));
	peers_close(p);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "a pause is worth two seconds, and then the rate counts",
		  a_pause_is_worth_two_seconds_and_then_the_rate_counts },
		{ "peers and kinds do not share", peers_and_kinds_do_not_share },
		{ "a refusal is told once a second", a_refusal_is_told_once_a_second },
		{ "connections are counted while they are open", connections_are_counted_while_they_are_open },
		{ "a crowd crowds out nobody who is here", a_crowd_crowds_out_nobody_who_is_here },
		{ "nothing is limited by 0", nothing_is_limited_by_0 },
	};

	return CU_RUN("peers", tests);
}
