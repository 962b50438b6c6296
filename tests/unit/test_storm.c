/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of vuicc-storm: losses that a seed repeats, datagrams that find their UE, cards that differ, and counting. */
#include "tests/cu.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/storm/air.h"
#include "host/storm/series.h"
#include "host/storm/sim.h"

enum { UES = 5, DATAGRAMS = 200, LOST = 2000 /* of 10,000 */, WAIT_MS = 5000 };

/* Somebody who sends to UEs, as the BM-SC does. */
static int sender_open(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CU_ASSERT_EQUAL_FATAL(bind(fd, (void *)&a, sizeof a), 0);
	return fd;
}

static void send_to(int fd, const struct air *a, size_t ue, uint8_t octet)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(air_port(a)) };
	char text[AIR_ADDRESS];

	CU_ASSERT_EQUAL(inet_pton(AF_INET, air_address(text, ue), &to.sin_addr), 1);
	CU_ASSERT_EQUAL(sendto(fd, &octet, 1, 0, (void *)&to, sizeof to), 1);
}

/* What came: how many to each UE, and a bit for each datagram to UE 3. */
struct came {
	size_t n[UES];
	uint8_t which[DATAGRAMS];
	struct agent_peer from;
};

static void take(void *ctx, size_t ue, struct span datagram, const struct agent_peer *from)
{
	struct came *c = ctx;

	CU_ASSERT_FATAL(ue < UES && datagram.n == 1);
	c->n[ue]++;
	c->from = *from;
	if (ue == 3)
		c->which[*datagram.p] = 1;
}

static void receive(struct air *a, struct came *c, uint64_t all)
{
	struct pollfd fd = { .fd = air_fd(a), .events = POLLIN };

	while (air_counts(a).down < all && poll(&fd, 1, WAIT_MS) == 1)
		air_run(a, take, c);
	CU_ASSERT_EQUAL(air_counts(a).down, all);
}

/* Which of the datagrams to UE 3 come through. others: there are some to another UE in between. */
static struct came through(uint64_t seed, unsigned lost, bool others)
{
	struct came c = { 0 };
	struct air *a = NULL;
	int fd = sender_open();

	CU_ASSERT_EQUAL_FATAL(air_open(&a, UES, lost, seed), 0);
	for (size_t i = 0; i < DATAGRAMS; i++) {
		send_to(fd, a, 3, (uint8_t)i);
		if (others)
			send_to(fd, a, 1, 0);
		receive(a, &c, others ? 2 * (i + 1) : i + 1);
	}
	CU_ASSERT_EQUAL(air_counts(a).down - air_counts(a).down_lost, c.n[3] + c.n[1]);
	air_close(a);
	close(fd);
	return c;
}

static void the_same_seed_loses_the_same_datagrams(void)
{
	struct came one = through(7, LOST, false), same = through(7, LOST, true), other = through(8, LOST, false);

	CU_ASSERT_EQUAL(memcmp(one.which, same.which, sizeof one.which), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(one.which, other.which, sizeof one.which), 0);
	/* A fifth, within five standard deviations. */
	CU_ASSERT_TRUE(one.n[3] > DATAGRAMS - 70 && one.n[3] < DATAGRAMS - 12);
	CU_ASSERT_EQUAL(through(7, 0, true).n[3], DATAGRAMS);
}

static void a_datagram_finds_its_ue_and_an_answer_its_way(void)
{
	struct came c = { 0 };
	struct air *a = NULL;
	struct sockaddr_in from;
	socklen_t n = sizeof from;
	char text[AIR_ADDRESS];
	uint8_t octet;
	int fd = sender_open();

	CU_ASSERT_EQUAL_FATAL(air_open(&a, UES, 0, 1), 0);
	for (size_t ue = 0; ue < UES; ue++)
		for (size_t i = 0; i <= ue; i++)
			send_to(fd, a, ue, 0);
	send_to(fd, a, UES, 0); /* nobody */
	receive(a, &c, 15);
	for (size_t ue = 0; ue < UES; ue++)
		CU_ASSERT_EQUAL(c.n[ue], ue + 1);
	CU_ASSERT_EQUAL(air_send(a, 4, &c.from, span_str("!")), 0);
	CU_ASSERT_EQUAL(recvfrom(fd, &octet, 1, 0, (void *)&from, &n), 1);
	CU_ASSERT_EQUAL(octet, '!');
	CU_ASSERT_STRING_EQUAL(inet_ntoa(from.sin_addr), air_address(text, 4));
	CU_ASSERT_EQUAL(ntohs(from.sin_port), air_port(a));
	CU_ASSERT_EQUAL(air_counts(a).up, 1);
	air_close(a);
	close(fd);
}

static void verification_messages_are_lost_too(void)
{
	struct came c = { 0 };
	struct air *a = NULL;
	int fd = sender_open();

	CU_ASSERT_EQUAL_FATAL(air_open(&a, UES, 0, 1), 0);
	send_to(fd, a, 0, 0);
	receive(a, &c, 1);
	air_close(a);
	CU_ASSERT_EQUAL_FATAL(air_open(&a, UES, LOST, 1), 0);
	for (size_t i = 0; i < DATAGRAMS; i++)
		CU_ASSERT_EQUAL(air_send(a, 2, &c.from, span_str("!")), 0);
	CU_ASSERT_EQUAL(air_counts(a).up, DATAGRAMS);
	CU_ASSERT_TRUE(air_counts(a).up_lost > 12 && air_counts(a).up_lost < 70);
	air_close(a);
	close(fd);
}

static void every_ue_has_a_card_of_its_own(void)
{
	struct sim_maker *maker = NULL;
	char why[SIM_WHY_MAX];
	struct sim_identity last = { .imsi = "" };

	CU_ASSERT_EQUAL_FATAL(sim_maker_open(&maker, why), 0);
	for (size_t i = 0; i < 3; i++) {
		struct sim_identity id, other_seed;
		struct usim_identity card;
		struct sim *s = NULL;
		struct usim usim;

		sim_identity_of(&id, 1, i);
		sim_identity_of(&other_seed, 2, i);
		CU_ASSERT_NOT_EQUAL(memcmp(&id.k, &last.k, sizeof id.k), 0);
		CU_ASSERT_NOT_EQUAL(memcmp(&id.k, &other_seed.k, sizeof id.k), 0);
		CU_ASSERT_NOT_EQUAL(memcmp(&id.k, &id.opc, sizeof id.k), 0);
		CU_ASSERT_STRING_EQUAL(id.imsi, other_seed.imsi);
		last = id;
		CU_ASSERT_EQUAL_FATAL(sim_open(&s, maker, 1, i, why), 0);
		CU_ASSERT_TRUE(usim_init(&usim, sim_card(s), NULL));
		CU_ASSERT_EQUAL(usim_connect(&usim), 0);
		CU_ASSERT_EQUAL(usim_identify(&usim, &card), 0);
		CU_ASSERT_STRING_EQUAL(card.imsi, id.imsi);
		CU_ASSERT_STRING_EQUAL(card.iccid, id.iccid);
		CU_ASSERT_TRUE(card.gba && card.mbms);
		usim_wipe(&usim);
		sim_close(s);
	}
	sim_maker_close(maker);
}

static void what_happens_is_counted_by_tenths_of_a_second(void)
{
	static const char *const names[] = { "one", "two" };
	struct series s = { .sample = NULL };
	struct sample now = { .phase = 0 };
	char csv[2048] = "";

	for (int64_t ms = 0; ms <= 3000; ms += 50) {
		now.phase = ms > 2000;
		now.bmsc = (uint64_t)(ms <= 1000 ? ms : ms <= 2000 ? 1000 + 3 * (ms - 1000) : 4000);
		now.with_key = 7;
		if (ms <= 2000 || ms == 3000) /* nobody looks for a while */
			CU_ASSERT_TRUE(series_put(&s, ms, &now));
	}
	CU_ASSERT_EQUAL_FATAL(s.n, 30);
	CU_ASSERT_EQUAL(series_rate(&s, 0), 1000);
	CU_ASSERT_EQUAL(series_rate(&s, 15), 3000);
	CU_ASSERT_EQUAL(series_rate(&s, 25), 0);
	CU_ASSERT_EQUAL(series_peak(&s, 0), 3000);
	CU_ASSERT_EQUAL(series_peak(&s, 1), 0);
	FILE *f = fmemopen(csv, sizeof csv, "w");
	CU_ASSERT_TRUE(series_csv(&s, names, f));
	fclose(f);
	CU_ASSERT_PTR_NOT_NULL(strstr(csv, "\n0.1,one,100,0,0,0,0,0,0,0,7\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(csv, "\n3.0,two,0,0,0,0,0,0,0,0,7\n"));
	series_close(&s);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "the same seed loses the same datagrams", the_same_seed_loses_the_same_datagrams },
		{ "a datagram finds its UE, and an answer its way", a_datagram_finds_its_ue_and_an_answer_its_way },
		{ "verification messages are lost, too", verification_messages_are_lost_too },
		{ "every UE has a card of its own", every_ue_has_a_card_of_its_own },
		{ "what happens is counted by tenths of a second", what_happens_is_counted_by_tenths_of_a_second },
	};

	return CU_RUN("storm", tests);
}
