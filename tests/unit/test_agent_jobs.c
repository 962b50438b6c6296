/* SPDX-License-Identifier: Apache-2.0 */
/* The ME whole: what it asks for by itself, when, how often, and when it gives up. */
#include "agent_story.h"

static void a_missed_update_is_asked_for_once_in_a_while(void)
{
	uint8_t octets[512];
	struct span whole = json_hex(vectors, "$.mtk_message_streaming.message");

	begin_registered("missed");
	datagram("msk_message_download_V1");
	memcpy(octets, whole.p, whole.n);
	uint8_t *number = memmem(octets, whole.n, "\x01\x04\x00\x01\x00\x01", 6);
	CU_ASSERT_PTR_NOT_NULL_FATAL(number);
	number[5] = 9; /* an MSK of our group that the card has not got */
	world_forget(&w);
	for (int i = 0; i < 3; i++)
		(void)world_datagram(agent, span_of(octets, whole.n));
	/* The card is not asked again. */
	CU_ASSERT_TRUE(
		world_saw(&w, " rejected reason=\"there is no key for it; it has been looked for not long ago\""));
	expect_ask("requesttype=msk-request");
	waits_for_msk();
	CU_ASSERT_TRUE(world_saw(&w, " msk-request key_domain=00f110 msk_id=00010009"));
	(void)world_datagram(agent, span_of(octets, whole.n));
	waits_for_msk();
	end();
}

/* Granted, but its MIKEY message never came, nor did another: the BM-SC was started again in between. */
static void a_promised_msk_that_never_came_is_asked_for_when_an_mtk_comes(void)
{
	struct km_doc doc = { .kind = KM_MSK_REQUEST, .n = 1 };

	begin_registered("promised");
	datagram("mtk_message_streaming");
	CU_ASSERT_EQUAL(tick(), -1); /* nobody ever spoke of this group */
	w.now += AGENT_MISSED_MS;
	doc.item[0].key = (struct mikey_key_id){ { 0x00, 0xF1, 0x10 }, 1, 0, 0 };
	expect_ask("requesttype=msk-request");
	CU_ASSERT_EQUAL(ask(&doc), AGENT_OK);
	world_forget(&w);
	datagram("mtk_message_streaming");
	expect_ask("requesttype=msk-request");
	waits_for_msk();
	CU_ASSERT_TRUE(world_saw(&w, " msk-request key_domain=00f110 msk_id=00010001"));
	end();
}

static void a_packet_that_names_a_missing_msk_makes_the_me_ask(void)
{
	static const uint8_t domain[3] = { 0x00, 0xF1, 0x10 }, other[3] = { 0x99 };

	begin_registered("missing key");
	agent_missing_key(agent, domain, 1, 9);
	CU_ASSERT_EQUAL(tick(), -1); /* no group of ours */
	datagram("msk_message_download_V1");
	world_forget(&w);
	agent_missing_key(agent, NULL, 1, 1); /* it is there: its MTK will come */
	agent_missing_key(agent, NULL, 2, 9);
	agent_missing_key(agent, other, 1, 9);
	CU_ASSERT_EQUAL(tick(), -1);
	agent_missing_key(agent, NULL, 1, 9);
	agent_missing_key(agent, domain, 1, 9);
	expect_ask("requesttype=msk-request");
	waits_for_msk();
	CU_ASSERT_TRUE(world_saw(&w, " msk-request key_domain=00f110 msk_id=00010009"));
	agent_missing_key(agent, NULL, 1, 9);
	waits_for_msk(); /* not so soon again */
	end();
}

static void a_packet_tells_of_the_first_msk_that_got_lost(void)
{
	begin_registered("first lost");
	agent_queue(agent, KM_MSK_REQUEST, &current_msk);
	expect_ask("requesttype=msk-request");
	waits_for_msk();
	world_forget(&w);
	agent_missing_key(agent, NULL, 2, 1);
	waits_for_msk();
	agent_missing_key(agent, NULL, 1, 1);
	expect_ask("requesttype=msk-request");
	waits_for_msk();
	CU_ASSERT_TRUE(world_saw(&w, " msk-request key_domain=00f110 msk_id=00010001"));
	end();
}

static void a_pull_is_answered_after_offset_and_a_random_part(void)
{
	static const struct agent_config config = { .offset = 3000, .spread = 10000 };

	begin_registered("spread");
	agent_configure(agent, &config);
	datagram("msk_message_download_V1");
	datagram("solicited_pull");
	int64_t wait = tick();
	CU_ASSERT_EQUAL(wait, 3000 + 10000LL * 0x6629fae4 / UINT32_MAX);
	w.now += wait - 1;
	CU_ASSERT_EQUAL(tick(), 1);
	/* A restart does not forget it, nor bring it forward. */
	restart();
	agent_configure(agent, &config);
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_OK);
	CU_ASSERT_EQUAL(tick(), 1);
	w.now += 1;
	expect_ask("requesttype=msk-request");
	waits_for_msk();
	CU_ASSERT_TRUE(world_saw(&w, " msk-request key_domain=00f110 msk_id=00010000"));
	/* One that was due while the program was off is spread again. */
	agent_queue(agent, KM_MSK_REQUEST, &current_msk);
	restart();
	agent_configure(agent, &config);
	w.now += 100000;
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_OK);
	CU_ASSERT_EQUAL(tick(), 10000LL * 0x6629fae4 / UINT32_MAX);
	end();
}

static const struct agent_service demo_service = { .id = "urn:3gpp:mbms:demo",
						   .domain = { 0, 0xF1, 0x10 },
						   .group = 1 };
static const struct agent_config with_service = { .service = &demo_service, .n_services = 1 };

static void refuse_current_msk(void)
{
	agent_queue(agent, KM_MSK_REQUEST, &current_msk);
	expect_ask("requesttype=msk-request");
	answer_code = 403;
	(void)agent_tick(agent);
	CU_ASSERT_TRUE(world_answer(&w, agent));
	if (w.is_out) /* that was the challenge */
		CU_ASSERT_TRUE(world_answer(&w, agent));
	answer_code = 200;
}

/* By a year: by NTP, or by a user. */
static void a_clock_that_is_set_back_holds_nothing_up(void)
{
	static const struct agent_config config = { .offset = 3000 };
	static const int64_t year = INT64_C(31536000000);
	struct span message = json_hex(vectors, "$.msk_message_download_V1.message");

	begin_registered("set back");
	agent_configure(agent, &config);
	/* A message that waits for the card. */
	real_card_busy(card, true);
	CU_ASSERT_EQUAL(world_datagram(agent, message), AGENT_LATER);
	CU_ASSERT_EQUAL(tick(), AGENT_BUSY_MS);
	real_card_busy(card, false);
	w.now -= year;
	CU_ASSERT_EQUAL(tick(), AGENT_BUSY_MS);
	w.now += AGENT_BUSY_MS;
	CU_ASSERT_EQUAL(world_datagram(agent, message), AGENT_TAKEN);
	CU_ASSERT_TRUE(world_saw(&w, " msk "));
	/* A request that waits for its time. */
	datagram("solicited_pull");
	CU_ASSERT_EQUAL(tick(), 3000);
	w.now -= year;
	CU_ASSERT_EQUAL(tick(), 3000);
	expect_ask("requesttype=msk-request");
	w.now += 3000;
	waits_for_msk();
	end();
	/* An MSK that was missed, and has come without the agent being told: its MTKs are soon tried again. */
	begin_registered("set back, too");
	datagram("mtk_message_streaming");
	CU_ASSERT_EQUAL(tick(), -1);
	w.now -= year;
	CU_ASSERT_EQUAL(tick(), -1);
	w.now += AGENT_MISSED_MS;
	world_forget(&w);
	datagram("mtk_message_streaming");
	CU_ASSERT_TRUE(world_saw(&w, " sw=6A88"));
	end();
}

static void without_a_key_the_service_is_left(void)
{
	begin_registered("left");
	agent_configure(agent, &with_service);
	refuse_current_msk();
	CU_ASSERT_TRUE(world_saw(&w, " left service=urn:3gpp:mbms:demo reason=\"the BM-SC: not authorised\" "
				     "key_domain=00f110 msk_id=00010000"));
	expect_ask("requesttype=deregister");
	CU_ASSERT_EQUAL(tick(), -1);
	CU_ASSERT_TRUE(world_saw(&w, " deregistered service=urn:3gpp:mbms:demo"));
	/* It is left once. */
	world_forget(&w);
	refuse_current_msk();
	CU_ASSERT_FALSE(world_saw(&w, " left "));
	CU_ASSERT_EQUAL(tick(), -1);
	end();
}

static void an_older_msk_keeps_the_service(void)
{
	begin_registered("older");
	agent_configure(agent, &with_service);
	datagram("msk_message_download_V1");
	refuse_current_msk();
	CU_ASSERT_FALSE(world_saw(&w, " left "));
	CU_ASSERT_EQUAL(tick(), -1);
	/* Until nothing is left in its interval, as the card says. */
	agent->spent[0] = (struct mikey_key_id){ .domain = { 0, 0xF1, 0x10 }, .group = 1, .number = 1 };
	refuse_current_msk();
	CU_ASSERT_TRUE(world_saw(&w, " left "));
	expect_ask("requesttype=deregister");
	CU_ASSERT_EQUAL(tick(), -1);
	end();
}

static void giving_up_leaves_the_service_too(void)
{
	begin_registered("give_up");
	agent_configure(agent, &with_service);
	agent_queue(agent, KM_MSK_REQUEST, &current_msk);
	w.prepare = NULL; /* nobody answers */
	for (int i = 0; i < AGENT_TRIES_MAX; i++) {
		CU_ASSERT_FALSE(world_saw(&w, " left "));
		world_expect(&w, (struct exchange){ "requesttype=msk-request", "username=", NULL, NULL });
		(void)agent_tick(agent);
		CU_ASSERT_TRUE(world_answer(&w, agent));
		w.now += 100000;
	}
	CU_ASSERT_TRUE(world_saw(&w, " error what=\"given up after 5 tries\" request=msk-request key_domain=00f110"));
	CU_ASSERT_TRUE(world_saw(&w, " left service=urn:3gpp:mbms:demo reason=\"given up after 5 tries\""));
	expect_ask("requesttype=deregister");
	CU_ASSERT_EQUAL(tick(), -1);
	end();
}

static void a_granted_msk_that_does_not_come_is_asked_for_again(void)
{
	begin_registered("granted");
	agent_queue(agent, KM_MSK_REQUEST, &current_msk);
	for (int i = 0; i < AGENT_TRIES_MAX; i++) {
		CU_ASSERT_FALSE(world_saw(&w, "given up"));
		expect_ask("requesttype=msk-request");
		int64_t wait = tick();
		CU_ASSERT_EQUAL(w.done, (size_t)i + 1);
		CU_ASSERT_TRUE(wait >= AGENT_MSK_MS || i + 1 == AGENT_TRIES_MAX);
		w.now += wait;
	}
	CU_ASSERT_TRUE(world_saw(&w, " error what=\"given up after 5 tries\" request=msk-request"));
	CU_ASSERT_EQUAL(tick(), -1);
	end();
}

static void a_granted_msk_that_comes_ends_the_request(void)
{
	begin_registered("comes");
	agent_queue(agent, KM_MSK_REQUEST, &current_msk);
	expect_ask("requesttype=msk-request");
	waits_for_msk();
	datagram("msk_message_download_V1");
	CU_ASSERT_EQUAL(tick(), -1);
	/* The message may be faster than the answer to the request. */
	agent_queue(agent, KM_MSK_REQUEST, &current_msk);
	expect_ask("requesttype=msk-request");
	(void)agent_tick(agent);
	CU_ASSERT_TRUE(w.is_out);
	datagram("msk_message_same_key_new_interval");
	CU_ASSERT_EQUAL(tick(), -1);
	/* A pull does not wait for what does not come. */
	agent_queue(agent, KM_MSK_REQUEST, &current_msk);
	expect_ask("requesttype=msk-request");
	waits_for_msk();
	datagram("solicited_pull");
	expect_ask("requesttype=msk-request");
	waits_for_msk();
	end();
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "a missed update is asked for once in a while", a_missed_update_is_asked_for_once_in_a_while },
		{ "a promised MSK that never came is asked for when an MTK comes",
		  a_promised_msk_that_never_came_is_asked_for_when_an_mtk_comes },
		{ "a packet that names a missing MSK makes the ME ask",
		  a_packet_that_names_a_missing_msk_makes_the_me_ask },
		{ "a packet tells of the first MSK that got lost", a_packet_tells_of_the_first_msk_that_got_lost },
		{ "a pull is answered after offset and a random part",
		  a_pull_is_answered_after_offset_and_a_random_part },
		{ "a clock that is set back holds nothing up", a_clock_that_is_set_back_holds_nothing_up },
		{ "without a key the service is left", without_a_key_the_service_is_left },
		{ "an older MSK keeps the service", an_older_msk_keeps_the_service },
		{ "giving up leaves the service, too", giving_up_leaves_the_service_too },
		{ "a granted MSK that does not come is asked for again",
		  a_granted_msk_that_does_not_come_is_asked_for_again },
		{ "a granted MSK that comes ends the request", a_granted_msk_that_comes_ends_the_request },
	};
	return story_run("agent jobs", tests, VU_COUNT(tests));
}
