/* SPDX-License-Identifier: Apache-2.0 */
/* The ME whole: MIKEY messages, good, forged and in the wrong moment. */
#include "agent_story.h"

#include "apdu/hex.h"

static void msk_with_v_is_acknowledged_and_mtk_comes_out(void)
{
	struct span ack;

	begin_registered("msk");
	datagram("msk_message_download_V1");
	CU_ASSERT_TRUE(world_saw(&w, " msk key_domain=00f110 msk_id=00010001 ts=1 v=true from=127.0.0.1:9"));
	CU_ASSERT_TRUE(world_saw(&w, " ack-sent key_domain=00f110 msk_id=00010001 ts=1 to=127.0.0.1:9"));
	CU_ASSERT_EQUAL(w.replies, 1);
	ack = json_hex(vectors, "$.msk_verification_for_it.ts_as_sent_4_octets.message");
	CU_ASSERT_TRUE(span_eq(span_of(w.reply, w.reply_n), ack));

	datagram("mtk_message_streaming");
	CU_ASSERT_TRUE(world_saw(&w, " mtk key_domain=00f110 msk_id=00010001 mtk_id=0005 ts=1 tag="));
	char mtk[64];
	struct span plain = json_hex(vectors, "$.mtk_message_streaming.kemac_plaintext");
	hex_str(mtk, sizeof mtk, span_sub(plain, 4, 16));
	CU_ASSERT_EQUAL(w.mtks, 1);
	CU_ASSERT(w.mtk.group == 1 && w.mtk.number == 1 && w.mtk.mtk_id == 5 && w.mtk.key_domain[1] == 0xF1);
	CU_ASSERT(span_eq(SPAN(w.mtk.mtk.b), span_sub(plain, 4, 16)));
	CU_ASSERT(w.mtk.has_salt && span_eq(SPAN(w.mtk.salt), span_sub(plain, 22, 14)));
	CU_ASSERT(w.mtk.n_sessions == 1 && w.mtk.session[0].ssrc == 0xDEADBEEF && w.mtk.session[0].roc == 0);
	CU_ASSERT(memcmp(&w.mtk.policy, &srtp_policy_default, sizeof srtp_policy_default) == 0);
	/* No event shows a key. */
	CU_ASSERT_FALSE(world_saw(&w, mtk));
	CU_ASSERT_FALSE(world_saw(&w, VEC("gba.ks_ext_naf")));
	CU_ASSERT_FALSE(world_saw(&w, VEC("gba.ua_password_base64_ks_ext_naf")));

	world_forget(&w);
	datagram("mtk_message_streaming"); /* repeated by the BM-SC */
	CU_ASSERT_EQUAL(w.events_n, 0);
	datagram("msk_message_same_key_new_interval"); /* V = 0 */
	CU_ASSERT_TRUE(world_saw(&w, " msk "));
	CU_ASSERT_EQUAL(w.replies, 0);
	end();
}

/* Two policies: 0 is RFC 3711's but for tags of 4 octets, 1 is broken in the second delivery. */
static void an_mtk_comes_with_the_policy_of_its_msk(void)
{
	struct key256 muk;
	struct delivery d;

	memcpy(muk.b, json_hex(vectors, "$.msk_message_streaming_with_SP.muk").p, sizeof muk.b);
	d = delivery_of(&muk, FIXTURE_BTID, 1);
	begin_registered("policy");
	d.sp = span_of("\x0A\0\0\0\3\x0B\1\4\x01\1\0\0\3\x0B\1\x08", 16);
	(void)world_datagram(agent, sealed_msk(prim, &d));
	(void)world_datagram(agent, sealed_mtk(prim, 1, 1, 0xA1, 1, 1));
	CU_ASSERT_EQUAL(w.mtks, 1);
	CU_ASSERT_EQUAL(w.mtk.policy.param[SP_TAG_LEN], 4);
	CU_ASSERT_FALSE(world_saw(&w, "policy"));
	d.ts = 2;
	d.sp = span_of("\x0A\0\0\0\3\x0B\1\4\x01\1\0\0\3\x0B\x09\x08", 16);
	(void)world_datagram(agent, sealed_msk(prim, &d));
	(void)world_datagram(agent, sealed_mtk(prim, 1, 1, 0xA1, 2, 2));
	CU_ASSERT_EQUAL(w.mtks, 2);
	CU_ASSERT_EQUAL(w.mtk.policy.param[SP_TAG_LEN], 10);
	CU_ASSERT_TRUE(world_saw(&w, "the SRTP policy of the MSK is broken or missing"));
	end();
}

/* The card has it, so nobody sends it again. */
static void an_msk_that_the_key_store_cannot_take_is_not_forgotten(void)
{
	uint8_t buf[64];
	struct wr sp = WR(buf);
	struct key256 muk;
	struct delivery d;

	memcpy(muk.b, json_hex(vectors, "$.msk_message_streaming_with_SP.muk").p, sizeof muk.b);
	d = delivery_of(&muk, FIXTURE_BTID, 1);
	begin_registered("full");
	d.sp = span_of("\x0A\0\0\0\3\x0B\1\4\x01\1\0\0\3\x0B\1\x08", 16);
	disk_full(true);
	(void)world_datagram(agent, sealed_msk(prim, &d));
	CU_ASSERT_TRUE(world_saw(&w, " error what=\"key store: "));
	(void)world_datagram(agent, sealed_mtk(prim, 1, 1, 0xA1, 1, 1));
	CU_ASSERT_EQUAL(w.mtks, 1);
	CU_ASSERT_EQUAL(w.mtk.policy.param[SP_TAG_LEN], 4);
	w.now += AGENT_NOTE_MS;
	CU_ASSERT_EQUAL(tick(), AGENT_NOTE_MS); /* in vain */
	disk_full(false);
	w.now += AGENT_NOTE_MS;
	CU_ASSERT_EQUAL(tick(), -1);
	struct mikey_key_id first = current_msk.key;
	first.number = 1;
	CU_ASSERT_EQUAL(keystore_msk_sp(store, &first, &sp), 0);
	CU_ASSERT_TRUE(span_eq(wr_done(&sp), d.sp));
	end();
}

static void attack_messages_are_rejected_with_the_cards_reason(void)
{
	begin_registered("rejected");
	datagram("msk_message_bad_mac");
	CU_ASSERT_TRUE(world_saw(&w, " rejected message=msk reason=\"the MAC is wrong\" sw=9862"));
	datagram("mtk_message_streaming");
	CU_ASSERT_TRUE(world_saw(&w, " rejected message=mtk reason=\"the card has no key for it\" sw=6A88"));
	CU_ASSERT_EQUAL(tick(), -1); /* no group of ours: nothing is asked for */
	datagram("msk_message_download_V1");
	world_forget(&w);
	datagram("msk_message_download_V1");
	CU_ASSERT_TRUE(world_saw(&w, " rejected reason=\"a replay: counter or MTK ID is not fresh\" octets="));
	CU_ASSERT_EQUAL(w.replies, 0);
	(void)world_datagram(agent, span_str("not MIKEY at all"));
	CU_ASSERT_TRUE(world_saw(&w, " rejected reason="));
	end();
}

/* The card alone knows the counters then. BM-SCs repeat MTK messages, others may repeat what they have seen. */
static void attack_replays_after_a_restart_bother_the_card_once(void)
{
	begin_registered("again");
	datagram("msk_message_download_V1");
	datagram("mtk_message_streaming");
	restart();
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_OK);
	for (int i = 0; i < 2; i++) {
		world_forget(&w);
		datagram("msk_message_download_V1");
		CU_ASSERT_EQUAL(world_saw(&w, " sw=9865"), i == 0);
		CU_ASSERT_TRUE(world_saw(&w, " rejected "));
		world_forget(&w);
		datagram("mtk_message_streaming");
		CU_ASSERT_EQUAL(world_saw(&w, " sw="), i == 0);
	}
	CU_ASSERT_EQUAL(w.events_n, 0);
	datagram("msk_message_same_key_new_interval");
	CU_ASSERT_TRUE(world_saw(&w, " msk "));
	CU_ASSERT_EQUAL(w.replies, 0);
	end();
}

static void a_pull_makes_the_me_ask(void)
{
	begin_registered("pull");
	datagram("msk_message_download_V1");
	world_forget(&w);
	datagram("solicited_pull");
	CU_ASSERT_TRUE(world_saw(&w, " pull key_domain=00f110 msk_id=00010000 ts=4"));
	CU_ASSERT_EQUAL(w.replies, 0);
	expect_ask("requesttype=msk-request");
	waits_for_msk();
	CU_ASSERT_TRUE(world_saw(&w, " msk-request key_domain=00f110 msk_id=00010000"));
	end();
}

static void attack_forged_pull_makes_nobody_ask(void)
{
	uint8_t octets[512];
	struct span whole = json_hex(vectors, "$.solicited_pull.message");

	begin_registered("forged_pull");
	datagram("msk_message_download_V1");
	world_forget(&w);
	memcpy(octets, whole.p, whole.n);
	octets[whole.n - 1] ^= 1;
	(void)world_datagram(agent, span_of(octets, whole.n));
	CU_ASSERT_TRUE(world_saw(&w, " rejected message=pull reason=\"the MAC is wrong\""));
	CU_ASSERT_EQUAL(tick(), -1);
	end();
}

static void attack_forgeries_reach_the_card_a_bounded_number_of_times(void)
{
	static const struct agent_peer stranger = { .host = 1, .text = "127.0.0.9:1" };
	struct span whole = json_hex(vectors, "$.mtk_message_streaming.message");
	uint8_t octets[512];
	const struct key256 nobodys = { { 0 } };
	struct delivery named = delivery_of(&nobodys, FIXTURE_BTID, 9);
	unsigned wanted = 0;

	begin_registered("bounded");
	datagram("msk_message_download_V1");
	memcpy(octets, whole.p, whole.n);
	world_forget(&w);
	for (unsigned i = 0; i < 1000; i++) {
		struct wr mac = wr_of(octets + whole.n - 2, 2);
		wr_u16(&mac, (uint16_t)i);
		if (!agent_wants(agent, span_of(octets, whole.n), &stranger))
			continue;
		wanted++;
		CU_ASSERT_EQUAL(agent_datagram(agent, span_of(octets, whole.n), &stranger), AGENT_TAKEN);
	}
	CU_ASSERT_EQUAL(wanted, GUARD_TOKENS);
	CU_ASSERT_TRUE(world_saw(&w, " rejected reason=\"too many messages from there were forged\""));
	datagram("mtk_message_streaming"); /* of the BM-SC */
	CU_ASSERT_TRUE(world_saw(&w, " mtk "));
	/* And what names our B-TID, wherever it says that it comes from: that nobody guesses. */
	CU_ASSERT_TRUE(agent_wants(agent, sealed_msk(prim, &named), &stranger));
	world_forget(&w);
	CU_ASSERT_EQUAL(agent_tick(agent), FOLD_MS);
	w.now += FOLD_MS;
	CU_ASSERT_EQUAL(but_for_lifetime(agent_tick(agent)), -1);
	CU_ASSERT_TRUE(
		world_saw(&w, " rejected reason=\"too many messages from there were forged\" more=976 cause=sender"));
	end();
}

static void a_message_for_a_busy_card_comes_again(void)
{
	struct span message = json_hex(vectors, "$.msk_message_download_V1.message");

	begin_registered("busy");
	real_card_busy(card, true);
	CU_ASSERT_EQUAL(world_datagram(agent, message), AGENT_LATER);
	CU_ASSERT_EQUAL(agent_tick(agent), AGENT_BUSY_MS);
	CU_ASSERT_EQUAL(world_datagram(agent, message), AGENT_LATER);
	w.now += AGENT_BUSY_MS;
	CU_ASSERT_EQUAL(agent_tick(agent), 0);
	real_card_busy(card, false);
	CU_ASSERT_EQUAL(world_datagram(agent, message), AGENT_TAKEN);
	CU_ASSERT_TRUE(world_saw(&w, " msk "));
	CU_ASSERT_EQUAL(tick(), -1);
	/* Not for ever. */
	real_card_busy(card, true);
	message = json_hex(vectors, "$.mtk_message_streaming.message");
	for (int i = 0; i < AGENT_BUSY_MAX; i++) {
		CU_ASSERT_EQUAL(world_datagram(agent, message), AGENT_LATER);
		w.now += AGENT_BUSY_MS;
	}
	CU_ASSERT_EQUAL(world_datagram(agent, message), AGENT_TAKEN);
	CU_ASSERT_TRUE(world_saw(&w, " error what=\"another program has it\""));
	real_card_busy(card, false);
	end();
}

/* Every single octet of an MSK message and an MTK message changed, on its way through ME and card. */
static void attack_every_single_octet_changed(void)
{
	static const char *const blocks[] = { "msk_message_streaming_with_SP", "mtk_message_streaming" };
	uint8_t octets[512];

	begin_registered("octets");
	datagram("msk_message_download_V1");
	for (size_t i = 0; i < VU_COUNT(blocks); i++) {
		struct span whole = json_hex(vectors, "$.%s.message", blocks[i]);
		for (size_t at = 0; at < whole.n; at++) {
			memcpy(octets, whole.p, whole.n);
			octets[at] ^= 0xFF;
			world_forget(&w);
			w.now += 2 * FOLD_MS; /* too slow to be held up */
			(void)world_datagram(agent, span_of(octets, whole.n));
			if (!world_saw(&w, " rejected ") || world_saw(&w, " mtk ") || world_saw(&w, " msk "))
				CU_FAIL_FATAL(blocks[i]);
			CU_ASSERT_EQUAL(w.replies, 0);
		}
	}
	world_forget(&w);
	datagram("mtk_message_streaming"); /* nothing has moved a counter */
	CU_ASSERT_TRUE(world_saw(&w, " mtk "));
	w.exchanges = 0;
	close_agent();
	card_if_close(card);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "MSK with V is acknowledged, MTK comes out", msk_with_v_is_acknowledged_and_mtk_comes_out },
		{ "an MTK comes with the policy of its MSK", an_mtk_comes_with_the_policy_of_its_msk },
		{ "an MSK that the key store cannot take is not forgotten",
		  an_msk_that_the_key_store_cannot_take_is_not_forgotten },
		{ "attack: messages are rejected with the card's reason",
		  attack_messages_are_rejected_with_the_cards_reason },
		{ "attack: replays after a restart bother the card once",
		  attack_replays_after_a_restart_bother_the_card_once },
		{ "a pull makes the ME ask", a_pull_makes_the_me_ask },
		{ "attack: forged pull makes nobody ask", attack_forged_pull_makes_nobody_ask },
		{ "attack: forgeries reach the card a bounded number of times",
		  attack_forgeries_reach_the_card_a_bounded_number_of_times },
		{ "a message for a busy card comes again", a_message_for_a_busy_card_comes_again },
		{ "attack: every single octet changed", attack_every_single_octet_changed },
	};
	return story_run("agent mikey", tests, VU_COUNT(tests));
}
