/* SPDX-License-Identifier: Apache-2.0 */
/* The ME whole: bootstrapping, registration, and errands one after the other. */
#include "agent_story.h"

#include <errno.h>
#include <stdio.h>

#include "host/base64.h"

static void bootstrap_writes_ef_gbabp(void)
{
	uint8_t buf[256];
	struct wr out = WR(buf);

	begin("bootstrap");
	expect_bootstrap();
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_OK);
	CU_ASSERT_TRUE(world_saw(&w, " uicc iccid=8900101000000000019 imsi=001010123456789"));
	CU_ASSERT_EQUAL(bootstrap(), AGENT_OK);
	CU_ASSERT_TRUE(
		world_saw(&w, " bootstrap impi=001010123456789@ims.mnc001.mcc001.3gppnetwork.org btid=I1U8vpY3"));
	(void)real_card_apdu(card, "00a4040407a0000000871002", &out);
	(void)real_card_apdu(card, "00a4000c026fd6", &out);
	out = WR(buf);
	CU_ASSERT_EQUAL(real_card_apdu(card, "00b0000000", &out), SW_OK);
	CU_ASSERT_PTR_NOT_NULL(memmem(buf, out.n, VEC("gba.b_tid"), strlen(VEC("gba.b_tid"))));
	CU_ASSERT_PTR_NOT_NULL(memmem(buf, out.n, "2030-01-01T00:00:00Z", 20));
	end();
}

static void registration_bootstraps_first_and_once(void)
{
	struct km_doc doc = services(KM_DEREGISTER, "urn:3gpp:mbms:demo");

	begin_registered("register");
	/* The keys are there: no BSF any more, not even after a restart. */
	restart();
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_OK);
	CU_ASSERT_FALSE(world_saw(&w, "wipe"));
	expect_ask("requesttype=deregister");
	CU_ASSERT_EQUAL(ask(&doc), AGENT_OK);
	CU_ASSERT_TRUE(world_saw(&w, " deregistered service=urn:3gpp:mbms:demo"));
	end();
}

static void an_ended_lifetime_means_a_new_bootstrapping(void)
{
	struct km_doc doc = services(KM_REGISTER, "urn:3gpp:mbms:demo");

	begin_registered("lifetime");
	w.now = lifetime_ends;
	world_expect(&w, (struct exchange){ BSF, "nonce=\"\"", NULL, NULL });
	CU_ASSERT_EQUAL(ask(&doc), AGENT_UNREACHABLE);
	CU_ASSERT_TRUE(world_saw(&w, "nobody there"));
	end();
}

/* What another ME leaves in EF_GBABP: the whole of its run, or of one that was cut off before it had a B-TID. */
static void a_bootstrapping_by_somebody_else_drops_ours(void)
{
	static const char *const updates[] = { "00d600110401420100", "00d60001015a" }; /* B-TID, RAND */
	struct keystore_gba gba;
	uint8_t buf[256];
	struct wr out = WR(buf);

	for (size_t i = 0; i < VU_COUNT(updates); i++) {
		begin_registered("somebody_else");
		CU_ASSERT_EQUAL(keystore_gba(store, &gba), 0);
		(void)real_card_apdu(card, "00a4040c07a0000000871002", &out);
		(void)real_card_apdu(card, "00a4000c026fd6", &out);
		CU_ASSERT_EQUAL(real_card_apdu(card, updates[i], &out), SW_OK);
		restart();
		CU_ASSERT_EQUAL(agent_card(agent), AGENT_OK);
		CU_ASSERT_EQUAL(keystore_gba(store, &gba), -ENOENT);
		end();
	}
}

static void renegotiation_bootstraps_and_goes_on(void)
{
	begin_registered("renegotiation");
	/* The BM-SC does not take the B-TID any more. The BSF is out, so it ends there, with a reason. */
	world_expect(&w, (struct exchange){ "requesttype=msk-request", "nc=00000002", UA_CHALLENGE, NULL });
	world_expect(&w, (struct exchange){ BSF, "nonce=\"\"", NULL, NULL });
	struct km_doc doc = { .kind = KM_MSK_REQUEST, .n = 1, .item = { current_msk } };
	CU_ASSERT_EQUAL(ask(&doc), AGENT_UNREACHABLE);
	end();
}

static void a_refusal_is_final(void)
{
	begin_registered("refusal");
	agent_queue(agent, KM_MSK_REQUEST, &current_msk);
	agent_queue(agent, KM_MSK_REQUEST, &current_msk);
	expect_ask("requesttype=msk-request");
	answer_code = 403;
	CU_ASSERT_EQUAL(tick(), -1);
	answer_code = 200;
	CU_ASSERT_TRUE(world_saw(&w, " rejected reason=\"the BM-SC: not authorised\" code=403"));
	w.now += 1000000;
	CU_ASSERT_EQUAL(tick(), -1);
	end();
}

static void other_failures_back_off_five_times(void)
{
	int64_t last = 0;

	begin_registered("backoff");
	agent_queue(agent, KM_MSK_REQUEST, &current_msk);
	for (int i = 1; i <= AGENT_TRIES_MAX; i++) {
		world_expect(&w,
			     (struct exchange){ "requesttype=msk-request", "nonce=\"n1\"", "HTTP/1.1 503 x\n", NULL });
		int64_t wait = tick();
		CU_ASSERT_EQUAL(w.done, (size_t)i);
		if (i == AGENT_TRIES_MAX) {
			CU_ASSERT_EQUAL(wait, -1);
			break;
		}
		CU_ASSERT_TRUE(wait >= (1000LL << (i - 1)) && wait <= (1500LL << (i - 1)));
		CU_ASSERT_TRUE(wait > last);
		CU_ASSERT_EQUAL(tick(), wait); /* not before its time */
		CU_ASSERT_EQUAL(w.done, (size_t)i);
		w.now += wait;
		last = wait;
	}
	CU_ASSERT_TRUE(world_saw(&w, "given up after 5 tries"));
	end();
}

/* A refusal would be final, and the BM-SC refuses whom it has not registered. */
static void msk_requests_wait_for_a_registration(void)
{
	struct km_doc doc = services(KM_REGISTER, "urn:3gpp:mbms:demo");

	begin_registered("wait");
	agent_queue(agent, KM_REGISTER, &doc.item[0]);
	agent_queue(agent, KM_MSK_REQUEST, &current_msk);
	world_expect(&w, (struct exchange){ "requesttype=register", "nonce=\"n1\"", "HTTP/1.1 503 x\n", NULL });
	int64_t wait = tick();
	CU_ASSERT_EQUAL(w.done, 1);
	CU_ASSERT_TRUE(wait >= AGENT_BACKOFF_MS);
	expect_ask("requesttype=register");
	expect_ask("requesttype=msk-request");
	w.now += wait;
	waits_for_msk();
	CU_ASSERT_TRUE(world_saw(&w, " registered ") && world_saw(&w, " msk-request "));
	end();
}

static void errands_are_asked_together(void)
{
	struct km_item other = current_msk;

	begin_registered("together");
	other.key.group = 2;
	agent_queue(agent, KM_MSK_REQUEST, &current_msk);
	agent_queue(agent, KM_MSK_REQUEST, &other);
	expect_ask("requesttype=msk-request");
	waits_for_msk();
	CU_ASSERT_TRUE(world_saw(&w, "msk_id=00010000"));
	CU_ASSERT_TRUE(world_saw(&w, "msk_id=00020000"));
	end();
}

static void attack_bsf_with_a_plain_autn(void)
{
	uint8_t nonce[256];
	char head[512];
	struct wr text = WR(nonce), octets = wr_of((uint8_t[32]){ 0 }, 32);
	struct keystore_gba gba;

	begin("plain");
	wr_span(&octets, json_hex(vectors, "$.gba.rand"));
	wr_span(&octets, json_hex(vectors, "$.gba.autn"));
	base64_put(&text, wr_done(&octets));
	CU_ASSERT_TRUE_FATAL(wr_cstr(&text));
	snprintf(head, sizeof head,
		 "HTTP/1.1 401 x\nWWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\", algorithm=AKAv1-MD5, "
		 "qop=\"auth-int\"\n",
		 VEC("ub_digest.realm"), (char *)nonce);
	world_expect(&w, (struct exchange){ BSF, "nonce=\"\"", head, NULL });
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_OK);
	CU_ASSERT_EQUAL(bootstrap(), AGENT_REFUSED);
	CU_ASSERT_TRUE(
		world_saw(&w, " rejected reason=\"the card does not believe the BSF (its MAC): another K, or the BSF "
			      "sends a plain AUTN because it takes the card for one without GBA_U\" sw=9862"));
	CU_ASSERT_EQUAL(keystore_gba(store, &gba), -ENOENT);
	end();
}

static void while_a_request_is_out_messages_are_served(void)
{
	struct km_doc doc = { .kind = KM_MSK_REQUEST, .n = 1, .item = { current_msk } };

	begin_registered("out");
	expect_ask("requesttype=msk-request");
	uint32_t errand = agent_ask(agent, &doc);
	CU_ASSERT_EQUAL(but_for_lifetime(agent_tick(agent)), -1);
	CU_ASSERT_TRUE(w.is_out);
	datagram("msk_message_download_V1");
	CU_ASSERT_EQUAL(w.replies, 1);
	datagram("mtk_message_streaming");
	CU_ASSERT_TRUE(world_saw(&w, " mtk "));
	CU_ASSERT_EQUAL(world_errand(&w, agent, errand), AGENT_OK);
	end();
}

static void errands_run_one_after_the_other(void)
{
	struct km_doc reg = services(KM_REGISTER, "urn:3gpp:mbms:demo");
	struct km_doc msk = { .kind = KM_MSK_REQUEST, .n = 1, .item = { current_msk } };

	begin_registered("one_by_one");
	expect_ask("requesttype=register");
	expect_ask("requesttype=msk-request");
	CU_ASSERT_NOT_EQUAL(agent_ask(agent, &reg), 0);
	uint32_t second = agent_ask(agent, &msk);
	CU_ASSERT_EQUAL(world_errand(&w, agent, second), AGENT_OK);
	for (int i = 0; i < AGENT_ERRANDS_MAX; i++)
		CU_ASSERT_NOT_EQUAL(agent_ask(agent, &msk), 0);
	CU_ASSERT_EQUAL(agent_ask(agent, &msk), 0); /* too many */
	world_forget(&w);
	real_card_remove(card);
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_UNREACHABLE);
	CU_ASSERT_EQUAL(tick(), -1);
	CU_ASSERT_EQUAL(w.end, AGENT_UNREACHABLE);
	CU_ASSERT_STRING_EQUAL(w.why, "no card");
	end();
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "bootstrap writes EF_GBABP", bootstrap_writes_ef_gbabp },
		{ "registration bootstraps first, and once", registration_bootstraps_first_and_once },
		{ "an ended lifetime means a new bootstrapping", an_ended_lifetime_means_a_new_bootstrapping },
		{ "a bootstrapping by somebody else drops ours", a_bootstrapping_by_somebody_else_drops_ours },
		{ "renegotiation bootstraps and goes on", renegotiation_bootstraps_and_goes_on },
		{ "a refusal is final", a_refusal_is_final },
		{ "other failures back off, five times", other_failures_back_off_five_times },
		{ "MSK requests wait for a registration", msk_requests_wait_for_a_registration },
		{ "errands are asked together", errands_are_asked_together },
		{ "attack: BSF with a plain AUTN", attack_bsf_with_a_plain_autn },
		{ "while a request is out messages are served", while_a_request_is_out_messages_are_served },
		{ "errands run one after the other", errands_run_one_after_the_other },
	};
	return story_run("agent", tests, VU_COUNT(tests));
}
