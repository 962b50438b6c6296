/* SPDX-License-Identifier: Apache-2.0 */
/* The ME that keeps the keys itself (TS 33.246 6.1), as a whole: cards that do GBA_U without MBMS, and neither. */
#include "tests/cu.h"
#include "me_fixture.h"
#include "mikey_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "host/me/me_keys.h"

#define FQDN "bmsc.home1.net"
#define BMSC "http://" FQDN "/keymanagement"

static struct json *vectors;
static struct prim *prim;
static struct world w;
static struct card_if *card;
static struct usim usim;
static struct keystore *store;
static struct agent *agent;
static const char *store_path;
static struct keystore_gba gba = { .lifetime = "2030-01-01T00:00:00Z", .expires = 1893456000 };

static void open_agent(void)
{
	char why[KEYSTORE_WHY_MAX];

	if (keystore_open(&store, store_path, why) != 0)
		CU_FAIL_FATAL(why);
	CU_ASSERT_TRUE_FATAL(usim_init(&usim, card, NULL));
	agent = agent_open(&w.env, &w.log, &usim, store, prim, NULL, BMSC);
	CU_ASSERT_PTR_NOT_NULL_FATAL(agent);
	CU_ASSERT_EQUAL_FATAL(agent_card(agent), AGENT_OK);
}

static void close_agent(void)
{
	agent_close(agent);
	keystore_close(store);
}

static void begin(const char *profile, const char *name)
{
	world_init(&w);
	card = real_card(true, profile, VECTOR_SQN_START, NULL);
	store_path = temporary_path(name);
	open_agent();
}

static void end(void)
{
	CU_ASSERT_FALSE(w.surprised);
	CU_ASSERT_EQUAL(w.done, w.exchanges);
	CU_ASSERT_EQUAL(real_card_stray(card), 0);
	close_agent();
	card_if_close(card);
}

/* The bootstrapping of the vectors, on the card and in the store: as if it had been made some time ago. */
static void bootstrapped_on_the_card(void)
{
	struct auth_challenge challenge;
	struct usim_aka aka;

	memcpy(challenge.rand, json_hex(vectors, "$.gba.rand").p, sizeof challenge.rand);
	memcpy(challenge.autn, json_hex(vectors, "$.gba.autn_star").p, sizeof challenge.autn);
	memcpy(gba.rand, challenge.rand, sizeof gba.rand);
	snprintf(gba.btid, sizeof gba.btid, "%s", FIXTURE_BTID);
	CU_ASSERT_EQUAL_FATAL(usim_gba_bootstrap(&usim, &challenge, &aka), 0);
	CU_ASSERT_EQUAL_FATAL(usim_gbabp_write(&usim, gba.rand, gba.btid, gba.lifetime), 0);
	CU_ASSERT_EQUAL_FATAL(keystore_put_gba(store, &gba), 0);
}

static struct key256 ks_ext_naf(void)
{
	struct key256 key;

	memcpy(key.b, json_hex(vectors, "$.gba.ks_ext_naf").p, sizeof key.b);
	return key;
}

static void deliver(const struct delivery *d)
{
	CU_ASSERT_EQUAL(world_datagram(agent, sealed_msk(prim, d)), AGENT_TAKEN);
}

static void mtk(uint16_t id, uint32_t ts)
{
	CU_ASSERT_EQUAL(world_datagram(agent, sealed_mtk(prim, 1, 1, 0xA1, id, ts)), AGENT_TAKEN);
}

static void an_me_whose_card_has_no_mbms_opens_messages_itself(void)
{
	const struct key256 muk = ks_ext_naf();
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);

	begin(PROFILE_GBA_ONLY, "itself");
	CU_ASSERT_TRUE(world_saw(&w, " mode=me"));
	bootstrapped_on_the_card();
	d.v = true;
	deliver(&d);
	CU_ASSERT_TRUE(world_saw(&w, " msk key_domain=00f110 msk_id=00010001 ts=1"));
	CU_ASSERT_EQUAL(w.replies, 1);
	mtk(1, 1);
	CU_ASSERT_TRUE(world_saw(&w, " mtk key_domain=00f110 msk_id=00010001 mtk_id=0001"));
	CU_ASSERT(w.mtks == 1 && span_all(SPAN(w.mtk.mtk.b), 0xB0));
	world_forget(&w);
	CU_ASSERT_EQUAL(agent_status(agent), AGENT_OK);
	CU_ASSERT_TRUE(world_saw(&w, "MBMS keys     in the ME\n"));
	CU_ASSERT_TRUE(world_saw(&w, "bmsc.home1.net, in use, counter 1, B-TID I1U8vpY3"));
	CU_ASSERT_TRUE(world_saw(&w, "00f110  00010001  ME    1        0002 to 0064      0001 2023-11-14T22:13:20"));
	CU_ASSERT_FALSE(world_saw(&w, "not used yet"));
	/* Another MUK than the card's neighbours would have: named, and without a status word that no card has given. */
	world_forget(&w);
	d.btid = "another@bsf";
	deliver(&d);
	CU_ASSERT_TRUE(world_saw(&w, "rejected message=msk reason=\"the ME has no key for it\" key_domain=00f110"));
	CU_ASSERT_FALSE(world_saw(&w, "sw="));
	world_forget(&w);
	d = delivery_of(&muk, FIXTURE_BTID, 2);
	d.seq_l = 1 + d.seq_u;
	deliver(&d);
	CU_ASSERT_TRUE(world_saw(&w, " msk-withdrawn key_domain=00f110 msk_id=00010001"));
	end();
}

/* With MUK = Ks_int_NAF: TS 33.246 6.1. */
/* next = KEMAC, policy 0 for SRTP: tags of 4 octets. */
static void an_mtk_comes_with_the_policy_of_its_msk(void)
{
	const struct key256 muk = ks_ext_naf();
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);

	begin(PROFILE_GBA_ONLY, "policy");
	bootstrapped_on_the_card();
	d.sp = span_of("\x01\0\0\0\3\x0B\1\4", 8);
	deliver(&d);
	mtk(1, 1);
	CU_ASSERT_EQUAL(w.mtk.policy.param[SP_TAG_LEN], 4);
	d = delivery_of(&muk, FIXTURE_BTID, 2); /* the same again, without one */
	d.seq_u = 200;
	deliver(&d);
	mtk(2, 2);
	CU_ASSERT_EQUAL(w.mtks, 2);
	CU_ASSERT_EQUAL(w.mtk.policy.param[SP_TAG_LEN], 10);
	end();
}

static void what_is_meant_for_a_card_is_not_opened(void)
{
	begin(PROFILE_GBA_ONLY, "not opened");
	bootstrapped_on_the_card();
	CU_ASSERT_EQUAL(world_datagram(agent, json_hex(vectors, "$.msk_message_download_V1.message")), AGENT_TAKEN);
	CU_ASSERT_TRUE(world_saw(&w, "rejected message=msk reason=\"the MAC is wrong\""));
	CU_ASSERT_EQUAL(w.replies, 0);
	end();
}

/* Its newest key went when it was taken out (TS 33.220): without that one the MUK before it would pass for the newest. */
static void a_card_that_is_back_is_asked_before_a_message_is_judged(void)
{
	const struct key256 before = { { 0x11 } };
	struct delivery d = delivery_of(&before, "before@bsf", 1);
	struct key256 mrk;

	begin(PROFILE_GBA_ONLY, "back");
	CU_ASSERT_EQUAL(me_keys_take(store, prim, FQDN, "before@bsf", &before, &mrk), 0);
	deliver(&d);
	CU_ASSERT_TRUE(world_saw(&w, " msk key_domain"));
	bootstrapped_on_the_card();
	CU_ASSERT_EQUAL(keystore_removed(store), 0);
	d.ts = 2;
	deliver(&d);
	CU_ASSERT_TRUE(world_saw(&w, "rejected message=msk reason=\"the key for it is not to be used any more\""));
	d.pull = true;
	deliver(&d);
	CU_ASSERT_TRUE(world_saw(&w, " pull key_domain=00f110 msk_id=00010000"));
	end();
}

/* The BM-SC has not heard of it yet: its messages are good until the ME asks under the new B-TID. */
static void a_new_bootstrapping_supersedes_nothing_by_itself(void)
{
	const struct key256 before = { { 0x11 } };
	struct delivery d = delivery_of(&before, "before@bsf", 1);
	struct key256 mrk;

	begin(PROFILE_GBA_ONLY, "not yet");
	CU_ASSERT_EQUAL(me_keys_take(store, prim, FQDN, "before@bsf", &before, &mrk), 0);
	bootstrapped_on_the_card();
	deliver(&d);
	CU_ASSERT_TRUE(world_saw(&w, " msk key_domain"));
	end();
}

static void removal_takes_ks_along(void)
{
	const struct key256 ks = { { 0x33 } };
	struct key256 mrk, got;
	struct keystore_gba g;

	begin(PROFILE_PLAIN, "removal");
	CU_ASSERT_EQUAL(keystore_put_gba_me(store, &gba, &ks), 0);
	CU_ASSERT_EQUAL(me_keys_take(store, prim, FQDN, "b@bsf", &ks, &mrk), 0);
	real_card_remove(card);
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_UNREACHABLE);
	CU_ASSERT_EQUAL(keystore_ks(store, &got), -ENOENT);
	CU_ASSERT_EQUAL(keystore_gba(store, &g), -ENOENT);
	CU_ASSERT_EQUAL(keystore_naf_key(store, FQDN, &got), -ENOENT);
	CU_ASSERT_EQUAL(keystore_put_gba_me(store, &gba, &ks), 0);
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_UNREACHABLE); /* still out: nothing more happens */
	CU_ASSERT_EQUAL(keystore_ks(store, &got), 0);
	end();
}

/* Connecting anew is all there is to see of it. */
static void a_removal_that_nobody_saw_takes_ks_along(void)
{
	const struct key256 ks = { { 0x33 } };
	struct key256 got;

	begin(PROFILE_PLAIN, "unseen");
	CU_ASSERT_EQUAL(keystore_put_gba_me(store, &gba, &ks), 0);
	world_forget(&w);
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_OK);
	CU_ASSERT_EQUAL(keystore_ks(store, &got), -ENOENT);
	CU_ASSERT_TRUE(world_saw(&w, " uicc-gone iccid=8900101000000000019 "));
	CU_ASSERT_TRUE(world_saw(&w, " uicc iccid=8900101000000000019 "));
	CU_ASSERT_FALSE(world_saw(&w, " wipe "));
	end();
}

static void keys_that_a_full_store_kept_go_when_it_has_room(void)
{
	const struct key256 ks = { { 0x33 } };
	struct key256 got;

	begin(PROFILE_PLAIN, "kept");
	CU_ASSERT_EQUAL(keystore_put_gba_me(store, &gba, &ks), 0);
	real_card_remove(card);
	disk_full(true);
	world_forget(&w);
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_UNREACHABLE);
	CU_ASSERT_TRUE(world_saw(&w, "error what=\"key store: ") && world_saw(&w, " uicc-gone "));
	world_forget(&w);
	w.now += AGENT_CARD_MS;
	CU_ASSERT_EQUAL(agent_tick(agent), AGENT_CARD_MS);
	CU_ASSERT_EQUAL(w.events_n, 0); /* said once */
	/* The same one back: not with what it left behind. */
	real_card_swap(card, PROFILE_PLAIN, NULL);
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_UNREACHABLE);
	CU_ASSERT_FALSE(agent->card);
	CU_ASSERT_EQUAL(agent_tick(agent), AGENT_CARD_MS);
	disk_full(false);
	CU_ASSERT_EQUAL(keystore_ks(store, &got), 0);
	w.now += AGENT_CARD_MS;
	CU_ASSERT_EQUAL(agent_tick(agent), -1);
	CU_ASSERT_EQUAL(keystore_ks(store, &got), -ENOENT);
	CU_ASSERT_TRUE(agent->card && world_saw(&w, " uicc iccid=8900101000000000019 "));
	end();
}

/* What cannot be stored is not handed out, and comes again as if it had never been here. */
static void a_full_disk_hands_out_nothing(void)
{
	const struct key256 muk = ks_ext_naf();
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);

	begin(PROFILE_GBA_ONLY, "full");
	bootstrapped_on_the_card();
	d.v = true;
	deliver(&d);
	world_forget(&w);
	disk_full(true);
	mtk(1, 1);
	d.ts = 2;
	deliver(&d);
	disk_full(false);
	CU_ASSERT_EQUAL(w.mtks, 0);
	CU_ASSERT_EQUAL(w.replies, 0);
	CU_ASSERT_TRUE(world_saw(&w, "error what=\"key store: "));
	CU_ASSERT_TRUE(world_saw(&w, "File too large"));
	CU_ASSERT_FALSE(world_saw(&w, " mtk ") || world_saw(&w, " msk "));
	world_forget(&w);
	mtk(1, 1);
	deliver(&d);
	CU_ASSERT_TRUE(world_saw(&w, " mtk ") && world_saw(&w, " msk "));
	CU_ASSERT_EQUAL(w.mtks, 1);
	CU_ASSERT_EQUAL(w.replies, 1);
	end();
}

/* The BM-SC would take an ACK for a key that outlives a restart. */
static void attack_a_removed_key_store_acknowledges_nothing(void)
{
	const struct key256 muk = ks_ext_naf();
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);

	begin(PROFILE_GBA_ONLY, "removed");
	bootstrapped_on_the_card();
	d.v = true;
	deliver(&d);
	CU_ASSERT_EQUAL(unlink(store_path), 0);
	world_forget(&w);
	d.ts = 2;
	deliver(&d);
	mtk(1, 1);
	CU_ASSERT_EQUAL(w.replies, 0);
	CU_ASSERT_EQUAL(w.mtks, 0);
	CU_ASSERT_TRUE(world_saw(&w, "another program has wiped the key store"));
	close_agent();
	open_agent();
	bootstrapped_on_the_card();
	deliver(&d);
	CU_ASSERT_EQUAL(w.replies, 1);
	end();
}

/* TS 33.220: Ks and what came of it have an end; the MUK stays for a solicited pull. */
static void an_ended_bootstrapping_takes_its_keys_along(void)
{
	const struct key256 ks = { { 0x33 } }, ks_naf = { { 0x44 } };
	struct delivery d = delivery_of(&ks_naf, "b@bsf", 1);
	struct key256 mrk, got;

	begin(PROFILE_PLAIN, "ended");
	gba.expires = w.now / 1000 + 100;
	CU_ASSERT_EQUAL(keystore_put_gba_me(store, &gba, &ks), 0);
	CU_ASSERT_EQUAL(me_keys_take(store, prim, FQDN, "b@bsf", &ks_naf, &mrk), 0);
	gba.expires = 1893456000;
	deliver(&d);
	close_agent();
	open_agent();
	w.now += 99999;
	CU_ASSERT_EQUAL(world_tick(&w, agent), 1);
	CU_ASSERT_EQUAL(keystore_ks(store, &got), 0);
	w.now += 1;
	(void)world_tick(&w, agent);
	CU_ASSERT_TRUE(world_saw(&w, " bootstrap-over impi=001010123456789@ims"));
	CU_ASSERT_EQUAL(keystore_ks(store, &got), -ENOENT);
	CU_ASSERT_EQUAL(keystore_naf_key(store, FQDN, &got), -ENOENT);
	d.ts = 2;
	d.pull = true;
	deliver(&d);
	CU_ASSERT_TRUE(world_saw(&w, " pull key_domain"));
	world_expect(&w, (struct exchange){ "http://bsf.", "nonce=\"\"", NULL, NULL });
	(void)world_tick(&w, agent);
	end();
}

/* --- requests that wait --- */

static const struct km_item demo = { .service = "urn:3gpp:mbms:demo" };

/* A try that the network does not answer. */
static void one_try(void)
{
	world_expect(&w, (struct exchange){ "http://bsf.", "nonce=\"\"", NULL, NULL });
	(void)world_tick(&w, agent);
	CU_ASSERT_EQUAL(w.done, w.exchanges);
}

static void requests_that_wait_outlive_the_program(void)
{
	struct keystore_job job[2];
	size_t n = 0;

	begin(PROFILE_PLAIN, "waiting");
	agent_queue(agent, KM_REGISTER, &demo);
	one_try();
	close_agent();
	open_agent();
	CU_ASSERT_EQUAL(keystore_jobs(store, job, 2, &n), 0);
	CU_ASSERT_TRUE(n == 1 && job[0].tries == 1 && job[0].due > w.now &&
		       strcmp(job[0].item.service, demo.service) == 0);
	CU_ASSERT_EQUAL(world_tick(&w, agent), job[0].due - w.now); /* at its time, not at once */
	for (int tries = 2; tries <= AGENT_TRIES_MAX; tries++) {
		w.now += 60000;
		one_try();
	}
	CU_ASSERT_TRUE(world_saw(&w, "given up after 5 tries"));
	CU_ASSERT_EQUAL(keystore_jobs(store, job, 2, &n), 0);
	CU_ASSERT_EQUAL(n, 0);
	end();
}

static void requests_of_another_card_do_not(void)
{
	struct keystore_job job[2];
	size_t n = 9;

	begin(PROFILE_PLAIN, "another card");
	agent_queue(agent, KM_REGISTER, &demo);
	close_agent();
	real_card_swap(card, PROFILE_PLAIN, OTHER_CARD, NULL);
	open_agent();
	CU_ASSERT_EQUAL(keystore_jobs(store, job, 2, &n), 0);
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT_EQUAL(world_tick(&w, agent), -1);
	end();
}

static void a_clock_that_was_set_back_does_not_stop_them(void)
{
	const struct keystore_job job = { .kind = KM_REGISTER, .item = demo, .tries = 1, .due = INT64_MAX };

	begin(PROFILE_PLAIN, "clock");
	CU_ASSERT_EQUAL(keystore_put_job(store, &job), 0);
	close_agent();
	open_agent();
	CU_ASSERT_EQUAL(world_tick(&w, agent), AGENT_JOB_LATEST_MS);
	end();
}

/* Asked for before a card was in: the store gets them when it has an owner. */
static void requests_of_this_run_are_the_first_cards(void)
{
	struct keystore_job job[2];
	char why[KEYSTORE_WHY_MAX];
	size_t n = 9;

	world_init(&w);
	card = real_card(true, PROFILE_PLAIN, NULL);
	store_path = temporary_path("first card");
	CU_ASSERT_EQUAL_FATAL(keystore_open(&store, store_path, why), 0);
	CU_ASSERT_TRUE_FATAL(usim_init(&usim, card, NULL));
	agent = agent_open(&w.env, &w.log, &usim, store, prim, NULL, BMSC);
	CU_ASSERT_PTR_NOT_NULL_FATAL(agent);
	agent_queue(agent, KM_REGISTER, &demo);
	CU_ASSERT_EQUAL(keystore_jobs(store, job, 2, &n), 0);
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT_EQUAL_FATAL(agent_card(agent), AGENT_OK);
	CU_ASSERT_EQUAL(keystore_jobs(store, job, 2, &n), 0);
	CU_ASSERT_EQUAL(n, 1);
	end();
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "an ME whose card has no MBMS opens messages itself",
		  an_me_whose_card_has_no_mbms_opens_messages_itself },
		{ "an MTK comes with the policy of its MSK", an_mtk_comes_with_the_policy_of_its_msk },
		{ "what is meant for a card is not opened", what_is_meant_for_a_card_is_not_opened },
		{ "a card that is back is asked before a message is judged",
		  a_card_that_is_back_is_asked_before_a_message_is_judged },
		{ "a new bootstrapping supersedes nothing by itself",
		  a_new_bootstrapping_supersedes_nothing_by_itself },
		{ "removal takes Ks along", removal_takes_ks_along },
		{ "a removal that nobody saw takes Ks along", a_removal_that_nobody_saw_takes_ks_along },
		{ "keys that a full store kept go when it has room", keys_that_a_full_store_kept_go_when_it_has_room },
		{ "a full disk hands out nothing", a_full_disk_hands_out_nothing },
		{ "attack: a removed key store acknowledges nothing", attack_a_removed_key_store_acknowledges_nothing },
		{ "an ended bootstrapping takes its keys along", an_ended_bootstrapping_takes_its_keys_along },
		{ "requests that wait outlive the program", requests_that_wait_outlive_the_program },
		{ "requests of another card do not", requests_of_another_card_do_not },
		{ "a clock that was set back does not stop them", a_clock_that_was_set_back_does_not_stop_them },
		{ "requests of this run are the first card's", requests_of_this_run_are_the_first_cards },
	};
	prim = prim_open();
	vectors = json_open("gba-mikey.json");
	int rc = CU_RUN("agent, keys in the ME", tests);
	json_close(vectors);
	prim_close(prim);
	return rc;
}
