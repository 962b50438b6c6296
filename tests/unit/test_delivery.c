/* SPDX-License-Identifier: Apache-2.0 */
/* MIKEY from the BM-SC: octet by octet the messages of tests/vectors/gba-mikey.json, and how they are sent. */
#include "net_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "apdu/hex.h"
#include "host/base64.h"
#include "host/testnet/mikey_tx.h"

static struct json *vectors;

#define VEC(path) ((const char *)json_text(vectors, "$." path).p)
#define VEC_HEX(path) json_hex(vectors, "$." path)

/* The vectors' BSF; a download service, whose MSK message has the empty map. */
static const char vector_network[] =
	"bsf: { port: 0, fqdn: bsf.mnc001.mcc001.pub.3gppnetwork.org, lifetime: 36000 }\n"
	"subscribers:\n"
	"- { imsi: '001010123456789', mnc_length: 2, k: 465b5ce8b199b49faa5f0a2ee238a6bc,\n"
	"    opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: ff9bb4d0b5e6, amf: b9b9, gba_u: true }\n"
	"- { imsi: '001010123456780', mnc_length: 2, k: 00112233445566778899aabbccddeeff,\n"
	"    opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: '000000000020', gba_u: true }\n"
	"services:\n"
	"- { id: 'urn:3gpp:mbms:demo', key_domain: 00f110, key_group: '0001', streaming: false, mtk_window: 100 }\n"
	"- { id: 'urn:stream', key_domain: 00f110, key_group: '0002', streaming: true, mtk_window: 2 }\n";

struct story {
	struct net *net;
	struct phone phone;
};

/* A network, and its first UE bootstrapped with the vectors' RAND and registered to both services. */
static struct story begin(void)
{
	struct story s = { .net = net_open(vector_network) };

	s.phone = phone_of(s.net, 0);
	net_chance(s.net, VEC_HEX("gba.rand"));
	CU_ASSERT_FATAL(phone_bootstrap(&s.phone));
	CU_ASSERT_EQUAL_FATAL(phone_register(&s.phone, NET_SERVICE), 200);
	CU_ASSERT_EQUAL_FATAL(phone_register(&s.phone, "urn:stream"), 200);
	net_forget(s.net);
	return s;
}

/* CSB ID, RAND and MSK of the vectors come next. */
static void chance_of_the_msk(struct net *net)
{
	net_chance(net, VEC_HEX("msk_message_download_V1.csb_id"));
	net_chance(net, VEC_HEX("msk_message_download_V1.rand"));
	net_chance(net, VEC_HEX("mtk_message_download.msk"));
}

static bool sent_is(const struct net *net, size_t k, struct span octets)
{
	return k < net->n_sent && span_eq(span_of(net->sent[k].octets, net->sent[k].n), octets);
}

static void datagram(struct net *net, struct span octets)
{
	static const struct peer from = { "127.0.0.1", 2269 };
	bmsc_datagram(net->bmsc, &from, octets, net->now);
}

static void the_msk_message_of_the_vectors_is_sent_and_their_ack_taken(void)
{
	struct story s = begin();

	CU_ASSERT(span_eq(SPAN(s.phone.muk.b), VEC_HEX("gba.ks_int_naf")));
	chance_of_the_msk(s.net);
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 0), 200);
	CU_ASSERT(sent_is(s.net, 0, VEC_HEX("msk_message_download_V1.message")));
	CU_ASSERT_STRING_EQUAL(s.net->sent[0].to.host, "127.0.0.1");
	CU_ASSERT_EQUAL(s.net->sent[0].to.port, MIKEY_UDP_PORT);
	datagram(s.net, VEC_HEX("msk_verification_for_it.ts_as_sent_4_octets.message"));
	CU_ASSERT(net_event(s.net, "ack", "msk_id=00010001 ts=1"));
	CU_ASSERT_EQUAL(bmsc_timer(s.net->bmsc, &s.net->outbox, s.net->now + 100000), -1);
	net_close(s.net);
}

static void the_ack_over_an_8_octet_counter_is_refused(void)
{
	struct story s = begin();

	chance_of_the_msk(s.net);
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 0), 200);
	datagram(s.net, VEC_HEX("msk_verification_for_it.ts_padded_to_8_octets_ALTERNATIVE.message"));
	CU_ASSERT_FALSE(net_event(s.net, "ack", NULL));
	CU_ASSERT(net_event(s.net, "rejected", "verifies nothing"));
	net_close(s.net);
}

static void the_pull_of_the_vectors_is_sent(void)
{
	struct story s = begin();

	chance_of_the_msk(s.net);
	for (int i = 0; i < 4; i++)
		CU_ASSERT(net_control(s.net, "pull " NET_IMPI " " NET_GROUP));
	CU_ASSERT(sent_is(s.net, 3, VEC_HEX("solicited_pull.message")));
	CU_ASSERT(net_event(s.net, "pull-sent", "msk_id=00010000 ts=4"));
	net_close(s.net);
}

/* The MSK of the vectors, and who gets it. */
struct parts {
	struct net_env env;
	struct msk msk;
	struct key_group group;
	struct key256 muk;
	struct mikey_pair pair;
	uint8_t octets[MIKEY_MESSAGE_MAX];
	struct wr out;
};

static void copy(void *to, struct span from, size_t n)
{
	CU_ASSERT_EQUAL_FATAL(from.n, n);
	memcpy(to, from.p, n);
}

static void parts_open(struct parts *p)
{
	*p = (struct parts){ .env = { .prim = prim_open() }, .group = { .group = 1, .ssrc = 0xDEADBEEF } };
	p->msk = (struct msk){ .id = { { 0x00, 0xF1, 0x10 }, 1, 1, 0 }, .csb_id = 0x11223344, .seq_u = 100 };
	copy(p->msk.rand, VEC_HEX("msk_message_download_V1.rand"), MSK_RAND_LEN);
	copy(p->msk.key.b, VEC_HEX("mtk_message_download.msk"), MSK_LEN);
	copy(p->muk.b, VEC_HEX("gba.ks_int_naf"), sizeof p->muk.b);
	p->pair = (struct mikey_pair){ &p->muk, VEC_HEX("gba.naf_id"), json_text(vectors, "$.gba.b_tid") };
	p->out = WR(p->octets);
}

static void a_new_interval_and_a_stream_have_the_vectors_messages(void)
{
	struct parts p;

	parts_open(&p);
	p.msk.seq_u = 200;
	mikey_tx_msk(&p.env, &p.out, &p.pair, &p.group, &p.msk, 2, false);
	CU_ASSERT(span_eq(wr_done(&p.out), VEC_HEX("msk_message_same_key_new_interval.message")));

	p.out = WR(p.octets);
	p.group.streaming = true;
	p.msk.id.number = 2;
	p.msk.seq_u = 0xFFFF;
	for (size_t i = 0; i < MSK_LEN; i++)
		p.msk.key.b[i] = (uint8_t)(0xD0 + i);
	mikey_tx_msk(&p.env, &p.out, &p.pair, &p.group, &p.msk, 3, true);
	CU_ASSERT(span_eq(wr_done(&p.out), VEC_HEX("msk_message_streaming_with_SP.message")));
	prim_close(p.env.prim);
}

static void mtk_messages_are_the_vectors(void)
{
	struct parts p;
	struct key128 mtk;
	uint8_t salt[MTK_SALT_LEN];

	parts_open(&p);
	copy(mtk.b, VEC_HEX("mtk_message_streaming.mtk"), sizeof mtk.b);
	copy(salt, VEC_HEX("mtk_message_streaming.salt"), sizeof salt);
	p.msk.mtk_id = 5;
	p.msk.mtk_counter = 1;
	mikey_tx_mtk(&p.env, &p.out, &p.group, &p.msk, &mtk, salt, true);
	CU_ASSERT(span_eq(wr_done(&p.out), VEC_HEX("mtk_message_streaming.message")));

	p.out = WR(p.octets);
	p.msk.mtk_id = 6;
	p.msk.mtk_counter = 2;
	mikey_tx_mtk(&p.env, &p.out, &p.group, &p.msk, &mtk, salt, false);
	CU_ASSERT(span_eq(wr_done(&p.out), VEC_HEX("mtk_message_download.message")));
	prim_close(p.env.prim);
}

static void no_change_in_an_ack_passes_for_it(void)
{
	struct story s = begin();
	struct span ack = VEC_HEX("msk_verification_for_it.ts_as_sent_4_octets.message");
	uint8_t octets[256];

	chance_of_the_msk(s.net);
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 0), 200);
	for (size_t i = 0; i < ack.n; i++) {
		memcpy(octets, ack.p, ack.n);
		octets[i] ^= 1;
		datagram(s.net, span_of(octets, ack.n));
		CU_ASSERT_FALSE(net_event(s.net, "ack", NULL));
	}
	for (size_t n = 0; n < ack.n; n++) {
		uint8_t *cut = malloc(n == 0 ? 1 : n);

		CU_ASSERT_FATAL(cut != NULL);
		memcpy(cut, ack.p, n);
		datagram(s.net, span_of(cut, n));
		CU_ASSERT_FALSE(net_event(s.net, "ack", NULL));
		free(cut);
	}
	datagram(s.net, VEC_HEX("msk_message_download_V1.message"));
	CU_ASSERT(net_event(s.net, "rejected", "not a verification message"));
	datagram(s.net, ack);
	CU_ASSERT(net_event(s.net, "ack", NULL));
	net_forget(s.net);
	datagram(s.net, ack); /* once */
	CU_ASSERT(net_event(s.net, "rejected", NULL));
	CU_ASSERT_FALSE(net_event(s.net, "ack", NULL));
	net_close(s.net);
}

static struct wr ack_buffer(uint8_t octets[static 512])
{
	return wr_of(octets, 512);
}

static void a_push_that_nobody_verifies_is_sent_again_under_new_counters(void)
{
	static const int64_t waits[] = { 1000, 2000, 4000 };
	struct story s = begin();
	struct net *net = s.net;
	uint8_t octets[512];
	struct wr ack = ack_buffer(octets);

	CU_ASSERT(net_control(net, "push " NET_IMSI " " NET_SERVICE));
	for (size_t i = 0; i < VU_COUNT(waits); i++) {
		int64_t next = bmsc_timer(net->bmsc, &net->outbox, net->now);
		CU_ASSERT_EQUAL(next, net->now + waits[i]);
		(void)bmsc_timer(net->bmsc, &net->outbox, next - 1);
		CU_ASSERT_EQUAL(net->n_sent, i + 1);
		net->now = next;
		(void)bmsc_timer(net->bmsc, &net->outbox, net->now);
		CU_ASSERT_EQUAL(net->n_sent, i + 2);
		CU_ASSERT_EQUAL(net_message(net, i + 1).ts, i + 2);
		CU_ASSERT_EQUAL(net_message(net, i + 1).key.number, 1);
	}
	net->now += 8000;
	CU_ASSERT_EQUAL(bmsc_timer(net->bmsc, &net->outbox, net->now), -1);
	CU_ASSERT_EQUAL(net->n_sent, 4);
	CU_ASSERT(net_event(net, "ack-missing", "ts=4"));
	/* Each try is a message that a card takes. */
	for (size_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(phone_take(&s.phone, i, &ack), MGV_STORED);
	net_close(net);
}

static void a_late_ack_to_an_early_try_counts(void)
{
	struct story s = begin();
	uint8_t octets[512];
	struct wr ack = ack_buffer(octets);

	CU_ASSERT(net_control(s.net, "push " NET_IMSI " " NET_SERVICE));
	CU_ASSERT_EQUAL(phone_take(&s.phone, 0, &ack), MGV_STORED);
	s.net->now += 1000;
	(void)bmsc_timer(s.net->bmsc, &s.net->outbox, s.net->now);
	CU_ASSERT_EQUAL(s.net->n_sent, 2);
	datagram(s.net, wr_done(&ack));
	CU_ASSERT(net_event(s.net, "ack", "ts=1"));
	CU_ASSERT_EQUAL(bmsc_timer(s.net->bmsc, &s.net->outbox, s.net->now), -1);
	net_close(s.net);
}

static void a_push_without_ack_is_sent_once(void)
{
	struct story s = begin();

	CU_ASSERT(net_control(s.net, "push " NET_IMSI " " NET_GROUP " --no-ack"));
	CU_ASSERT_FALSE(net_message(s.net, 0).v);
	CU_ASSERT_EQUAL(bmsc_timer(s.net->bmsc, &s.net->outbox, s.net->now + 60000), -1);
	CU_ASSERT_EQUAL(s.net->n_sent, 1);
	net_close(s.net);
}

static void each_push_is_the_next_msk_and_two_can_be_asked_for(void)
{
	struct story s = begin();

	for (int i = 1; i <= 3; i++) {
		CU_ASSERT(net_control(s.net, "push " NET_IMSI " " NET_GROUP " --no-ack"));
		CU_ASSERT_EQUAL(net_message(s.net, (size_t)i - 1).key.number, i);
	}
	CU_ASSERT(net_message(s.net, 1).csb_id != net_message(s.net, 2).csb_id);
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 1), 404);
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 2), 200);
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 3), 200);
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 0), 200);
	CU_ASSERT_EQUAL(net_message(s.net, 3).key.number, 2);
	CU_ASSERT_EQUAL(net_message(s.net, 5).key.number, 3);
	net_close(s.net);
}

static void key_number_0000_is_never_given_out(void)
{
	struct net *net = net_open(NULL);
	struct key_group g = { .group = 1, .window = 1 };

	g.msk[1].id.number = 0xFFFF;
	CU_ASSERT_EQUAL(keygroup_advance(&g, &net->env)->id.number, 1);
	CU_ASSERT_EQUAL(g.msk[0].id.number, 0xFFFF);
	net_close(net);
}

static void all_ues_get_one_msk_under_one_rand_and_csb_id(void)
{
	struct story s = begin();
	struct phone other = phone_of(s.net, 1);
	uint8_t octets[512];
	struct wr ack = ack_buffer(octets);

	CU_ASSERT(phone_bootstrap(&other));
	CU_ASSERT_EQUAL(phone_register(&other, NET_SERVICE), 200);
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 0), 200);
	CU_ASSERT_EQUAL(phone_ask(&other, 1, 0), 200);
	struct mikey a = net_message(s.net, 0), b = net_message(s.net, 1);
	CU_ASSERT_EQUAL(a.csb_id, b.csb_id);
	CU_ASSERT(span_eq(a.rand, b.rand));
	CU_ASSERT_EQUAL(b.ts, 1); /* one counter for each MUK */
	CU_ASSERT_EQUAL(phone_take(&s.phone, 0, &ack), MGV_STORED);
	CU_ASSERT_EQUAL(phone_take(&other, 1, &ack), MGV_STORED);
	CU_ASSERT(memcmp(s.phone.group.msk[1].key.b, other.group.msk[1].key.b, MSK_LEN) == 0);

	CU_ASSERT(net_control(s.net, "mtk " NET_GROUP));
	CU_ASSERT_EQUAL(s.net->n_sent, 4);
	CU_ASSERT(sent_is(s.net, 2, span_of(s.net->sent[3].octets, s.net->sent[3].n)));
	CU_ASSERT_EQUAL(phone_take(&s.phone, 2, &ack), MGV_MTK);
	CU_ASSERT_EQUAL(phone_take(&other, 3, &ack), MGV_MTK);
	net_close(s.net);
}

static void an_mtk_is_for_the_registered(void)
{
	struct story s = begin();
	struct phone other = phone_of(s.net, 1);

	CU_ASSERT(phone_bootstrap(&other));
	CU_ASSERT_EQUAL(phone_register(&other, NET_SERVICE), 200);
	net_forget(s.net);
	CU_ASSERT(net_control(s.net, "mtk urn:stream"));
	CU_ASSERT_EQUAL(s.net->n_sent, 1);
	CU_ASSERT(net_event(s.net, "mtk-sent", "ues=1"));
	net_close(s.net);
}

static void streams_get_salts_and_downloads_do_not(void)
{
	struct story s = begin();

	CU_ASSERT(net_control(s.net, "mtk urn:stream"));
	CU_ASSERT(net_control(s.net, "mtk urn:stream --download"));
	struct mikey stream = net_message(s.net, 0), download = net_message(s.net, 1);
	CU_ASSERT_EQUAL(stream.cs_map_type, MIKEY_CS_MAP_SRTP);
	CU_ASSERT_EQUAL(stream.encr_data.n, 4 + MTK_LEN + 2 + MTK_SALT_LEN);
	CU_ASSERT_EQUAL(download.cs_map_type, MIKEY_CS_MAP_EMPTY);
	CU_ASSERT_EQUAL(download.encr_data.n, 4 + MTK_LEN);
	CU_ASSERT_EQUAL(download.key.mtk_id, 2);
	net_close(s.net);
}

/* The crypto session of a streaming group: policy 0, its SSRC, and the roll-over counter that it was given last. */
static void the_map_has_the_roll_over_counter_of_the_stream(void)
{
	static const struct {
		const char *line;
		uint32_t roc;
	} steps[] = { { "mtk urn:stream", 0 },
		      { "mtk urn:stream --roc=3", 3 },
		      { "push " NET_IMSI " urn:stream --no-ack", 3 }, /* the next MSK is for the same stream */
		      { "mtk urn:stream", 3 },
		      { "mtk urn:stream --roc=4294967295", UINT32_MAX } };
	struct story s = begin();

	for (size_t i = 0; i < VU_COUNT(steps); i++) {
		CU_ASSERT(net_control(s.net, steps[i].line));
		struct mikey m = net_message(s.net, i);
		struct rd map = rd_of(m.cs_map);

		CU_ASSERT_EQUAL(rd_u8(&map), 0);
		(void)rd_u32(&map);
		CU_ASSERT_EQUAL(rd_u32(&map), steps[i].roc);
		CU_ASSERT(rd_end(&map));
	}
	CU_ASSERT_FALSE(net_control(s.net, "mtk urn:stream --roc=4294967296"));
	CU_ASSERT_FALSE(net_control(s.net, "mtk urn:stream --roc="));
	net_close(s.net);
}

static void a_used_up_interval_gives_no_mtk_until_the_next_msk(void)
{
	struct story s = begin();
	uint8_t octets[512];
	struct wr ack = ack_buffer(octets);

	CU_ASSERT_EQUAL(phone_ask(&s.phone, 2, 0), 200);
	CU_ASSERT_EQUAL(phone_take(&s.phone, 0, &ack), MGV_STORED);
	CU_ASSERT(net_control(s.net, "mtk 00f110:0002"));
	CU_ASSERT(net_control(s.net, "mtk 00f110:0002"));
	CU_ASSERT_FALSE(net_control(s.net, "mtk 00f110:0002"));
	CU_ASSERT_EQUAL(s.net->n_sent, 3);
	CU_ASSERT_EQUAL(phone_take(&s.phone, 1, &ack), MGV_MTK);
	CU_ASSERT_EQUAL(phone_take(&s.phone, 2, &ack), MGV_MTK);
	CU_ASSERT(net_control(s.net, "push " NET_IMSI " urn:stream"));
	CU_ASSERT(net_control(s.net, "mtk urn:stream"));
	CU_ASSERT_EQUAL(net_message(s.net, 4).key.mtk_id, 1);
	CU_ASSERT_EQUAL(net_message(s.net, 4).ts, 1);
	net_close(s.net);
}

static void behind_an_expired_muk_only_a_pull_goes_out(void)
{
	struct story s = begin();
	struct net *net = s.net;
	uint8_t octets[512];
	struct wr ack = ack_buffer(octets);
	char old[GBA_BTID_MAX];

	memcpy(old, s.phone.btid, sizeof old);
	CU_ASSERT(net_control(net, "push " NET_IMSI " " NET_GROUP));
	CU_ASSERT_EQUAL(phone_take(&s.phone, 0, &ack), MGV_STORED);
	CU_ASSERT(net_control(net, "expire " NET_IMPI));
	CU_ASSERT(net_event(net, "ack-missing", "life")); /* it was not verified, and is not sent again */
	CU_ASSERT_EQUAL(bmsc_timer(net->bmsc, &net->outbox, net->now), -1);
	CU_ASSERT_FALSE(net_control(net, "push " NET_IMSI " " NET_GROUP));
	CU_ASSERT_EQUAL(net->n_sent, 1);
	CU_ASSERT(net_control(net, "pull " NET_IMSI " " NET_GROUP));
	struct mikey pull = net_message(net, 1);
	CU_ASSERT(mikey_is_pull(&pull));
	CU_ASSERT_FALSE(pull.v);
	CU_ASSERT(span_eq(pull.idr.data, span_str(old)));
	CU_ASSERT_EQUAL(phone_take(&s.phone, 1, &ack), MGV_PULL);

	/* Renegotiation: new B-TID, new MUK, new counter. */
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 0), -401);
	CU_ASSERT(phone_bootstrap(&s.phone));
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 0), 200);
	CU_ASSERT_EQUAL(net_message(net, 2).ts, 1);
	CU_ASSERT(span_eq(net_message(net, 2).idr.data, span_str(s.phone.btid)));
	CU_ASSERT_EQUAL(phone_take(&s.phone, 2, &ack), MGV_STORED);
	net_close(net);
}

static void what_waits_under_a_muk_is_given_up_with_it(void)
{
	struct story s = begin();

	CU_ASSERT(net_control(s.net, "push " NET_IMSI " " NET_GROUP));
	CU_ASSERT(phone_bootstrap(&s.phone));
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 200);
	CU_ASSERT(net_event(s.net, "ack-missing", "new MUK"));
	CU_ASSERT_EQUAL(bmsc_timer(s.net->bmsc, &s.net->outbox, s.net->now), -1);
	net_close(s.net);
}

static void a_request_may_ask_for_many_msks_at_once(void)
{
	static struct km_doc request, answer;
	struct story s = begin();

	request = (struct km_doc){ .kind = KM_MSK_REQUEST, .n = KM_ITEMS_MAX, .base64 = true };
	for (size_t i = 0; i < KM_ITEMS_MAX; i++)
		request.item[i].key = (struct mikey_key_id){ { 0x00, 0xF1, 0x10 }, (uint16_t)(1 + i % 2), 0, 0 };
	CU_ASSERT_EQUAL(phone_request(&s.phone, &request, &answer), 200);
	CU_ASSERT_EQUAL(answer.n, KM_ITEMS_MAX);
	CU_ASSERT_EQUAL(s.net->n_sent, KM_ITEMS_MAX);
	CU_ASSERT_EQUAL(net_message(s.net, KM_ITEMS_MAX - 1).ts, KM_ITEMS_MAX);
	net_close(s.net);
}

static void control_lines_are_held_against_their_table(void)
{
	static const char *const bad[] = {
		"",
		"  ",
		"fly",
		"push",
		"push a",
		"push " NET_IMSI " none",
		"push none " NET_GROUP,
		"push " NET_IMSI " " NET_GROUP " --download",
		"push " NET_IMSI " " NET_GROUP " --no-ack x",
		"pull " NET_IMSI " 00f110:00011",
		"pull " NET_IMSI " 00f110:000g",
		"mtk 00f110",
		"mtk " NET_GROUP " --no-ack",
		"expire nobody",
		"list x",
		"expire 00101",
	};
	struct story s = begin();
	char big[2 * CONTROL_LINE_MAX];

	for (size_t i = 0; i < VU_COUNT(bad); i++)
		CU_ASSERT_FALSE(net_control(s.net, bad[i]));
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	CU_ASSERT_FALSE(net_control(s.net, big));
	CU_ASSERT_EQUAL(s.net->n_sent, 0);
	CU_ASSERT(net_control(s.net, "list"));
	CU_ASSERT(net_control(s.net, "list --json"));
	net_close(s.net);
}

static bool shows(const struct net *net, struct span key)
{
	char hex[128], base64[128];
	struct wr w = WR(base64);

	base64_put(&w, key);
	return strstr(net->events, hex_str(hex, sizeof hex, key)) != NULL ||
	       (wr_cstr(&w) && strstr(net->events, base64) != NULL);
}

static void no_event_shows_a_key(void)
{
	struct net *net = net_open(vector_network);
	struct phone p = phone_of(net, 0);
	uint8_t octets[512];
	struct wr ack = ack_buffer(octets);

	CU_ASSERT(phone_bootstrap(&p));
	CU_ASSERT_EQUAL(phone_register(&p, NET_SERVICE), 200);
	CU_ASSERT_EQUAL(phone_ask(&p, 1, 0), 200);
	CU_ASSERT_EQUAL(phone_take(&p, 0, &ack), MGV_STORED);
	datagram(net, wr_done(&ack));
	CU_ASSERT(net_control(net, "mtk " NET_GROUP));
	struct bmsc_listing list;
	const char *why;
	CU_ASSERT_FATAL(bmsc_list_begin(net->bmsc, &list, &(struct bmsc_filter){ 0 }, &why));
	while (bmsc_list_next(net->bmsc, &list, &net->log, net->now))
		;
	CU_ASSERT(net_event(net, "ue", NET_IMPI));
	CU_ASSERT(shows(net, span_of("\x00\x01\x00\x01", 4))); /* the check can fail: the MSK ID is there */
	CU_ASSERT_FALSE(shows(net, SPAN(p.secret.k.b)));
	CU_ASSERT_FALSE(shows(net, SPAN(p.secret.opc.b)));
	CU_ASSERT_FALSE(shows(net, SPAN(p.mrk.b)));
	CU_ASSERT_FALSE(shows(net, SPAN(p.muk.b)));
	CU_ASSERT_FALSE(shows(net, SPAN(p.group.msk[1].key.b)));
	net_close(net);
}

int main(void)
{
	static const struct cu_test tests[] = {
#define T(f) { #f, f }
		T(the_msk_message_of_the_vectors_is_sent_and_their_ack_taken),
		T(the_ack_over_an_8_octet_counter_is_refused),
		T(the_pull_of_the_vectors_is_sent),
		T(a_new_interval_and_a_stream_have_the_vectors_messages),
		T(mtk_messages_are_the_vectors),
		T(no_change_in_an_ack_passes_for_it),
		T(a_push_that_nobody_verifies_is_sent_again_under_new_counters),
		T(a_late_ack_to_an_early_try_counts),
		T(a_push_without_ack_is_sent_once),
		T(each_push_is_the_next_msk_and_two_can_be_asked_for),
		T(key_number_0000_is_never_given_out),
		T(all_ues_get_one_msk_under_one_rand_and_csb_id),
		T(an_mtk_is_for_the_registered),
		T(streams_get_salts_and_downloads_do_not),
		T(the_map_has_the_roll_over_counter_of_the_stream),
		T(a_used_up_interval_gives_no_mtk_until_the_next_msk),
		T(behind_an_expired_muk_only_a_pull_goes_out),
		T(what_waits_under_a_muk_is_given_up_with_it),
		T(a_request_may_ask_for_many_msks_at_once),
		T(control_lines_are_held_against_their_table),
		T(no_event_shows_a_key),
	};

	vectors = json_open("gba-mikey.json");
	int status = CU_RUN("MIKEY from the BM-SC", tests);
	json_close(vectors);
	return status;
}
