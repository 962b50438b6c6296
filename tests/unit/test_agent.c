/* SPDX-License-Identifier: Apache-2.0 */
/* The ME whole: a real card in RAM, a network that is a script, and the test's own time. */
#include "tests/cu.h"
#include "me_fixture.h"
#include "mikey_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "apdu/hex.h"
#include "host/base64.h"

static struct json *vectors;
static struct prim *prim;
static struct world w;
static struct card_if *card;
static struct usim usim;
static struct keystore *store;
static struct agent *agent;
static const char *store_path;
static bool challenged; /* the agent knows a nonce of the BM-SC */

#define VEC(path) ((const char *)json_text(vectors, "$." path).p)
#define CNONCE "6629fae49393a05397450978507c4ef1"
#define BSF "http://bsf.mnc001.mcc001.pub.3gppnetwork.org/"
#define BMSC "http://bmsc.home1.net/keymanagement"
#define UA_CHALLENGE                                                                                                   \
	"HTTP/1.1 401 x\nWWW-Authenticate: Digest realm=\"3GPP-bootstrapping@bmsc.home1.net\", nonce=\"n1\", "         \
	"algorithm=MD5, qop=\"auth,auth-int\"\n"

static void open_agent(void)
{
	char why[KEYSTORE_WHY_MAX];

	if (keystore_open(&store, store_path, why) != 0)
		CU_FAIL_FATAL(why);
	CU_ASSERT_TRUE_FATAL(usim_init(&usim, card, NULL));
	agent = agent_open(&w.env, &w.log, &usim, store, prim, NULL, BMSC);
	CU_ASSERT_PTR_NOT_NULL_FATAL(agent);
}

static void close_agent(void)
{
	agent_close(agent);
	keystore_close(store);
}

static void begin(const char *name)
{
	challenged = false;
	world_init(&w);
	card = real_card(true, VECTOR_SQN_START, NULL);
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

static void restart(void)
{
	challenged = false;
	close_agent();
	open_agent();
}

static char challenge_head[1024], ok_head[1024], ok_body[2048];

/* The BSF of gba-mikey.json. */
static void expect_bootstrap(void)
{
	snprintf(challenge_head, sizeof challenge_head,
		 "HTTP/1.1 401 x\nWWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\", algorithm=AKAv1-MD5, "
		 "qop=\"auth-int\"\n",
		 VEC("ub_digest.realm"), VEC("ub_digest.nonce"));
	snprintf(ok_head, sizeof ok_head,
		 "HTTP/1.1 200 OK\nAuthentication-Info: qop=auth-int, rspauth=\"%s\", cnonce=\"%s\", nc=00000001\n",
		 VEC("ub_digest.rspauth"), CNONCE);
	snprintf(ok_body, sizeof ok_body, "%s", VEC("ub_digest.ok_body"));
	world_expect(&w, (struct exchange){ BSF, "nonce=\"\"", challenge_head, NULL });
	world_expect(&w, (struct exchange){ BSF, "response=\"33df47e61c59abdef2bf3ae05245827d\"", ok_head, ok_body });
}

static int answer_code = 200;

/* What the BM-SC says to a digest: a code for every item, under the MRK of the vectors. */
static void answer_as_bmsc(struct world *world, const struct http_req *req, struct exchange *e)
{
	static char head[1024];
	static uint8_t body[32768];
	static struct km_doc doc;
	struct wr text = WR(body);
	struct digest d;
	char rspauth[DIGEST_HEX_MAX], xml_why[XML_WHY_MAX];
	const char *why;
	(void)world;

	if (strstr(req->url, "requesttype=") == NULL || req->authorization[0] == '\0' || e->head != NULL)
		return;
	const char *type = strstr(req->url, "requesttype=") + strlen("requesttype=");
	CU_ASSERT_TRUE_FATAL(km_kind_of(&doc.kind, type));
	if (!km_parse(&doc, doc.kind, false, span_of(req->body, req->body_len), xml_why))
		CU_FAIL_FATAL(xml_why);
	doc.response = true;
	for (size_t i = 0; i < doc.n; i++)
		doc.item[i].code = answer_code;
	km_put(&text, &doc);
	CU_ASSERT_TRUE_FATAL(wr_cstr(&text));
	CU_ASSERT_TRUE_FATAL(digest_parse(&d, span_str(req->authorization), &why));
	digest_response(prim, rspauth, &d, span_str(VEC("gba.ua_password_base64_ks_ext_naf")), NULL, wr_done(&text));
	snprintf(head, sizeof head,
		 "HTTP/1.1 200 OK\nContent-Type: %s\nAuthentication-Info: qop=auth-int, rspauth=\"%s\", cnonce=\"%s\", "
		 "nc=%08x\n",
		 km_media_type(doc.kind, true), rspauth, d.cnonce, d.nc);
	e->head = head;
	e->body = (const char *)body;
}

/* A challenge where no nonce is known, and an answer made by answer_as_bmsc(). */
static void expect_ask(const char *type)
{
	w.prepare = answer_as_bmsc;
	if (!challenged)
		world_expect(&w, (struct exchange){ type, NULL, UA_CHALLENGE, NULL });
	challenged = true;
	world_expect(&w, (struct exchange){ type, "username=\"I1U8vpY3qJ0hiuZNrke/NQ==@bsf", NULL, NULL });
}

static struct km_doc services(enum km_kind kind, const char *service)
{
	struct km_doc doc = { .kind = kind, .n = 1 };
	snprintf(doc.item[0].service, sizeof doc.item[0].service, "%s", service);
	return doc;
}

static const struct km_item current_msk = { .key = { .domain = { 0, 0xF1, 0x10 }, .group = 1 } };

static void datagram(const char *block)
{
	CU_ASSERT_EQUAL(world_datagram(agent, json_hex(vectors, "$.%s.message", block)), AGENT_TAKEN);
}

static enum agent_end ask(const struct km_doc *doc)
{
	return world_errand(&w, agent, agent_ask(agent, doc));
}

static enum agent_end bootstrap(void)
{
	return world_errand(&w, agent, agent_bootstrap(agent));
}

static const int64_t lifetime_ends = 1893456000000; /* 2030-01-01T00:00:00Z, as the BSF of the vectors says */

/* What is waited for apart from the end of the bootstrapping's lifetime; -1 = nothing. */
static int64_t but_for_lifetime(int64_t wait)
{
	return wait == lifetime_ends - w.now ? -1 : wait;
}

static int64_t tick(void)
{
	return but_for_lifetime(world_tick(&w, agent));
}

/* An MSK has been granted, and nothing else is to be done. */
static void waits_for_msk(void)
{
	int64_t wait = tick();

	CU_ASSERT_TRUE(wait > AGENT_MSK_MS - 5000 && wait <= AGENT_MSK_MS + 4 * AGENT_BACKOFF_MS);
}

/* Card in, bootstrapped, keys derived, registered: where most stories begin. */
static void begin_registered(const char *name)
{
	struct km_doc doc = services(KM_REGISTER, "urn:3gpp:mbms:demo");

	begin(name);
	expect_bootstrap();
	expect_ask("requesttype=register");
	CU_ASSERT_EQUAL(agent_card(agent), AGENT_OK);
	CU_ASSERT_EQUAL_FATAL(ask(&doc), AGENT_OK);
	CU_ASSERT_EQUAL(w.done, w.exchanges);
	world_forget(&w);
}

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
		{ "bootstrap writes EF_GBABP", bootstrap_writes_ef_gbabp },
		{ "registration bootstraps first, and once", registration_bootstraps_first_and_once },
		{ "an ended lifetime means a new bootstrapping", an_ended_lifetime_means_a_new_bootstrapping },
		{ "a bootstrapping by somebody else drops ours", a_bootstrapping_by_somebody_else_drops_ours },
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
		{ "a missed update is asked for once in a while", a_missed_update_is_asked_for_once_in_a_while },
		{ "a promised MSK that never came is asked for when an MTK comes",
		  a_promised_msk_that_never_came_is_asked_for_when_an_mtk_comes },
		{ "a packet that names a missing MSK makes the ME ask",
		  a_packet_that_names_a_missing_msk_makes_the_me_ask },
		{ "a packet tells of the first MSK that got lost", a_packet_tells_of_the_first_msk_that_got_lost },
		{ "another card wipes", another_card_wipes },
		{ "the same card back keeps everything", the_same_card_back_keeps_everything },
		{ "another card at the start wipes, but keeps the errands of this run",
		  another_card_at_the_start_wipes_but_keeps_the_errands_of_this_run },
		{ "another card after a wipe gets nothing of the last one",
		  another_card_after_a_wipe_gets_nothing_of_the_last_one },
		{ "a card that the store had no room for is tried again",
		  a_card_that_the_store_had_no_room_for_is_tried_again },
		{ "renegotiation bootstraps and goes on", renegotiation_bootstraps_and_goes_on },
		{ "a refusal is final", a_refusal_is_final },
		{ "other failures back off, five times", other_failures_back_off_five_times },
		{ "MSK requests wait for a registration", msk_requests_wait_for_a_registration },
		{ "errands are asked together", errands_are_asked_together },
		{ "attack: BSF with a plain AUTN", attack_bsf_with_a_plain_autn },
		{ "without a card nothing is done, and said so", without_a_card_nothing_is_done },
		{ "status and wipe", status_and_wipe },
		{ "a wipe by another program leaves no row without an owner",
		  a_wipe_by_another_program_leaves_no_row_without_an_owner },
		{ "while a request is out messages are served", while_a_request_is_out_messages_are_served },
		{ "errands run one after the other", errands_run_one_after_the_other },
		{ "removal abandons what is out", removal_abandons_what_is_out },
		{ "a job under way outlives the removal of its card",
		  a_job_under_way_outlives_the_removal_of_its_card },
		{ "another card abandons what is out, and flushes", another_card_abandons_what_is_out_and_flushes },
		{ "attack: forgeries reach the card a bounded number of times",
		  attack_forgeries_reach_the_card_a_bounded_number_of_times },
		{ "a message for a busy card comes again", a_message_for_a_busy_card_comes_again },
		{ "a pull is answered after offset and a random part",
		  a_pull_is_answered_after_offset_and_a_random_part },
		{ "a clock that is set back holds nothing up", a_clock_that_is_set_back_holds_nothing_up },
		{ "without a key the service is left", without_a_key_the_service_is_left },
		{ "an older MSK keeps the service", an_older_msk_keeps_the_service },
		{ "giving up leaves the service, too", giving_up_leaves_the_service_too },
		{ "a granted MSK that does not come is asked for again",
		  a_granted_msk_that_does_not_come_is_asked_for_again },
		{ "a granted MSK that comes ends the request", a_granted_msk_that_comes_ends_the_request },
		{ "attack: every single octet changed", attack_every_single_octet_changed },
	};
	vectors = json_open("gba-mikey.json");
	prim = prim_open();
	int rc = prim != NULL ? CU_RUN("agent", tests) : 2;
	prim_close(prim);
	json_close(vectors);
	return rc;
}
