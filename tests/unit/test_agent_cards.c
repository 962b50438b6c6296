/* SPDX-License-Identifier: Apache-2.0 */
/* The ME whole: UICCs that come, go and change, and what of them is kept. */
#include "agent_story.h"

#include <errno.h>
#include <stdio.h>

static void another_card_wipes(void)
{
	struct keystore_gba gba;
	uint8_t key[32];
	char wal[300];

	begin_registered("swap");
	datagram("msk_message_download_V1");
	agent_queue(agent, KM_MSK_REQUEST, &current_msk);
	memcpy(key, json_hex(vectors, "$.gba.ks_ext_naf").p, sizeof key);
	world_forget(&w);
	real_card_remove(card);
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_UNREACHABLE);
	CU_ASSERT_TRUE(world_saw(&w, " uicc-gone iccid=8900101000000000019"));
	CU_ASSERT_EQUAL(keystore_gba(store, &gba), 0); /* out is not another */
	real_card_swap(card, OTHER_CARD, NULL);
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_OK);
	CU_ASSERT_TRUE(world_saw(
		&w, " wipe reason=\"another UICC\" last_iccid=8900101000000000019 iccid=8900101000000000027"));
	CU_ASSERT_TRUE(world_saw(&w, " uicc iccid=8900101000000000027"));
	CU_ASSERT_EQUAL(keystore_gba(store, &gba), -ENOENT);
	snprintf(wal, sizeof wal, "%s-wal", store_path);
	CU_ASSERT_FALSE(file_has(store_path, SPAN(key)));
	CU_ASSERT_FALSE(file_has(wal, SPAN(key)));
	CU_ASSERT_EQUAL(tick(), -1); /* the errand went, too */
	end();
}

static void the_same_card_back_keeps_everything(void)
{
	struct keystore_gba gba;

	begin_registered("back");
	/* Out and in of the same card: it is only disconnected here, as its state lives in it. */
	card->ops->disconnect(card);
	datagram("msk_message_download_V1");
	CU_ASSERT_TRUE(world_saw(&w, " uicc-gone "));
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_OK);
	CU_ASSERT_FALSE(world_saw(&w, "wipe"));
	CU_ASSERT_EQUAL(keystore_gba(store, &gba), 0);
	datagram("msk_message_download_V1");
	CU_ASSERT_TRUE(world_saw(&w, " ack-sent "));
	end();
}

static void another_card_at_the_start_wipes_but_keeps_the_errands_of_this_run(void)
{
	struct keystore_gba gba;

	begin_registered("start");
	close_agent();
	real_card_swap(card, "imsi=001010123456780", NULL);
	open_agent();
	agent_queue(agent, KM_MSK_REQUEST, &current_msk);
	world_forget(&w);
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_OK);
	CU_ASSERT_TRUE(world_saw(&w, " wipe "));
	CU_ASSERT_EQUAL(keystore_gba(store, &gba), -ENOENT);
	world_expect(&w, (struct exchange){ BSF, "username=\"001010123456780@ims", "HTTP/1.1 403 x\n", NULL });
	CU_ASSERT_EQUAL(tick(), -1);
	end();
}

/* The key store does not know any more that there was another one; the ME does. */
static void another_card_after_a_wipe_gets_nothing_of_the_last_one(void)
{
	static const struct km_item demo = { .service = "urn:of:the:last:one" };

	begin_registered("wiped meanwhile");
	datagram("msk_message_download_V1");
	datagram("mtk_message_streaming");
	agent_queue(agent, KM_REGISTER, &demo);
	real_card_remove(card);
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_UNREACHABLE);
	CU_ASSERT_EQUAL(keystore_wipe(store), 0);
	real_card_swap(card, VECTOR_SQN_START, OTHER_CARD, NULL);
	unsigned flushed = w.flushed;
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_OK);
	CU_ASSERT_EQUAL(w.flushed, flushed + 1);
	CU_ASSERT_EQUAL(tick(), -1);
	world_forget(&w);
	datagram("mtk_message_streaming");
	CU_ASSERT_TRUE(world_saw(&w, " sw=6A88")); /* a replay for the last one, not for this one */
	end();
}

/* Nobody takes it out and in again for that. */
static void a_card_that_the_store_had_no_room_for_is_tried_again(void)
{
	begin_registered("no room");
	real_card_remove(card);
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_UNREACHABLE);
	real_card_swap(card, VECTOR_SQN_START, OTHER_CARD, NULL);
	disk_full(true);
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_UNREACHABLE);
	CU_ASSERT_EQUAL(agent_tick(agent), AGENT_CARD_MS);
	w.now += AGENT_CARD_MS;
	CU_ASSERT_EQUAL(agent_tick(agent), AGENT_CARD_MS);
	disk_full(false);
	world_forget(&w);
	w.now += AGENT_CARD_MS;
	CU_ASSERT_EQUAL(tick(), -1);
	CU_ASSERT_TRUE(world_saw(&w, " uicc iccid=8900101000000000027"));
	end();
}

static void without_a_card_nothing_is_done(void)
{
	begin("nogba");
	real_card_remove(card);
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_UNREACHABLE);
	CU_ASSERT_TRUE(world_saw(&w, " uicc-missing reason=\"the card is out\""));
	world_forget(&w);
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_UNREACHABLE);
	CU_ASSERT_EQUAL(w.events_n, 0); /* said once */
	CU_ASSERT_EQUAL(bootstrap(), AGENT_UNREACHABLE);
	struct km_doc doc = services(KM_REGISTER, "urn:x");
	CU_ASSERT_EQUAL(ask(&doc), AGENT_UNREACHABLE);
	datagram("msk_message_download_V1");
	CU_ASSERT_TRUE(world_saw(&w, " rejected reason=\"no card\""));
	end();
}

static void status_and_wipe(void)
{
	begin_registered("status");
	datagram("msk_message_download_V1");
	datagram("mtk_message_streaming");
	world_forget(&w);
	w.log.json = true;
	CU_ASSERT_EQUAL(agent_status(agent), AGENT_OK);
	CU_ASSERT_TRUE(world_saw(&w, "\"event\":\"uicc\",\"iccid\":\"8900101000000000019\",\"imsi\":"
				     "\"001010123456789\",\"mode\":\"uicc\"}"));
	CU_ASSERT_TRUE(world_saw(&w, "\"event\":\"bootstrap\",\"btid\":\"I1U8vpY3"));
	CU_ASSERT_TRUE(world_saw(&w, "\"valid\":true,\"ks_in\":\"uicc\"}"));
	CU_ASSERT_TRUE(world_saw(&w, "\"event\":\"registered\",\"service\":\"urn:3gpp:mbms:demo\"}"));
	CU_ASSERT_TRUE(world_saw(&w, "\"event\":\"msk\",\"key_domain\":\"00f110\",\"msk_id\":\"00010001\",\"ts\":1,"
				     "\"in\":\"uicc\",\"mtk_id\":\"0005\",\"mtk_time\":\"2023-11-14T22:13:20.000Z\"}"));
	w.log.json = false;
	world_forget(&w);
	CU_ASSERT_EQUAL(agent_status(agent), AGENT_OK);
	CU_ASSERT_TRUE(world_saw(&w, "UICC          8900101000000000019, IMSI 001010123456789\n"));
	CU_ASSERT_TRUE(world_saw(&w, "MBMS keys     on the UICC\n"));
	CU_ASSERT_TRUE(world_saw(&w, "(lifetime 2030-01-01T00:00:00Z), Ks on the UICC\n"));
	CU_ASSERT_TRUE(world_saw(&w, "00f110  00010001  UICC  1        -                 0005 2023-11-14T22:13:20"));
	CU_ASSERT_EQUAL(agent_wipe(agent), AGENT_OK);
	world_forget(&w);
	CU_ASSERT_EQUAL(agent_status(agent), AGENT_OK);
	CU_ASSERT_TRUE(world_saw(&w, " status what=\"nothing is stored\""));
	end();
}

static void a_wipe_by_another_program_leaves_no_row_without_an_owner(void)
{
	char why[KEYSTORE_WHY_MAX];
	struct keystore *other = NULL;
	struct keystore_identity id;
	struct keystore_msk msk[2];
	struct keystore_gba gba;
	size_t n = 0;

	begin_registered("shared");
	CU_ASSERT_EQUAL_FATAL(keystore_open_existing(&other, store_path, why), 0);
	CU_ASSERT_EQUAL(keystore_wipe(other), 0);
	datagram("msk_message_download_V1");
	CU_ASSERT_TRUE(world_saw(&w, "another program has wiped the key store"));
	CU_ASSERT_TRUE(world_saw(&w, " msk key_domain=00f110"));
	CU_ASSERT_EQUAL(keystore_identity(other, &id), 0);
	CU_ASSERT_STRING_EQUAL(id.iccid, "8900101000000000019");
	CU_ASSERT_EQUAL(keystore_msks(other, msk, 2, &n), 0);
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_EQUAL(keystore_gba(other, &gba), -ENOENT);

	/* Another card's: what is its, goes (decision 38). */
	static const struct keystore_identity stranger = { "8900101000000000027", "001010123456780" };
	bool wiped;
	CU_ASSERT_EQUAL(keystore_adopt(other, &stranger, &wiped), 0);
	CU_ASSERT_EQUAL(keystore_put_service(other, "urn:the:strangers"), 0);
	(void)tick();
	CU_ASSERT_EQUAL(keystore_identity(other, &id), 0);
	CU_ASSERT_STRING_EQUAL(id.iccid, "8900101000000000019");
	char service[2][KM_SERVICE_MAX];
	CU_ASSERT_EQUAL(keystore_services(other, service, 2, &n), 0);
	CU_ASSERT_EQUAL(n, 0);
	keystore_close(other);
	end();
}

static void removal_abandons_what_is_out(void)
{
	struct km_doc doc = services(KM_REGISTER, "urn:3gpp:mbms:demo");

	begin_registered("abandon");
	expect_ask("requesttype=register");
	w.exchanges = 1;
	uint32_t errand = agent_ask(agent, &doc);
	(void)agent_tick(agent);
	CU_ASSERT_TRUE(w.is_out);
	card->ops->disconnect(card);
	datagram("msk_message_download_V1"); /* the first to notice */
	CU_ASSERT_EQUAL(w.abandoned, 1);
	CU_ASSERT_EQUAL(w.errand, errand);
	CU_ASSERT_EQUAL(w.end, AGENT_UNREACHABLE);
	CU_ASSERT_STRING_EQUAL(w.why, "the card was removed");
	agent_http_done(agent, -EIO, NULL, "too late"); /* a rim that is late does no harm */
	CU_ASSERT_FALSE(world_saw(&w, "too late"));
	end();
}

static void a_job_under_way_outlives_the_removal_of_its_card(void)
{
	begin_registered("job_back");
	agent_queue(agent, KM_MSK_REQUEST, &current_msk);
	expect_ask("requesttype=msk-request");
	w.exchanges = 1;
	(void)agent_tick(agent);
	card->ops->disconnect(card);
	datagram("msk_message_download_V1");
	CU_ASSERT_EQUAL(w.abandoned, 1);
	CU_ASSERT_EQUAL(tick(), -1);
	world_forget(&w);
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_OK);
	expect_ask("requesttype=msk-request");
	waits_for_msk();
	CU_ASSERT_TRUE(world_saw(&w, " msk-request "));
	end();
}

static void another_card_abandons_what_is_out_and_flushes(void)
{
	begin_registered("flush");
	agent_queue(agent, KM_MSK_REQUEST, &current_msk);
	expect_ask("requesttype=msk-request");
	w.exchanges = 1;
	(void)agent_tick(agent);
	CU_ASSERT_TRUE(w.is_out);
	real_card_swap(card, OTHER_CARD, NULL);
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_OK);
	CU_ASSERT_EQUAL(w.abandoned, 1);
	CU_ASSERT_EQUAL(w.flushed, 1);
	CU_ASSERT_EQUAL(tick(), -1);
	end();
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "another card wipes", another_card_wipes },
		{ "the same card back keeps everything", the_same_card_back_keeps_everything },
		{ "another card at the start wipes, but keeps the errands of this run",
		  another_card_at_the_start_wipes_but_keeps_the_errands_of_this_run },
		{ "another card after a wipe gets nothing of the last one",
		  another_card_after_a_wipe_gets_nothing_of_the_last_one },
		{ "a card that the store had no room for is tried again",
		  a_card_that_the_store_had_no_room_for_is_tried_again },
		{ "without a card nothing is done, and said so", without_a_card_nothing_is_done },
		{ "status and wipe", status_and_wipe },
		{ "a wipe by another program leaves no row without an owner",
		  a_wipe_by_another_program_leaves_no_row_without_an_owner },
		{ "removal abandons what is out", removal_abandons_what_is_out },
		{ "a job under way outlives the removal of its card",
		  a_job_under_way_outlives_the_removal_of_its_card },
		{ "another card abandons what is out, and flushes", another_card_abandons_what_is_out_and_flushes },
	};
	return story_run("agent cards", tests, VU_COUNT(tests));
}
