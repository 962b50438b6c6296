/* SPDX-License-Identifier: Apache-2.0 */
/* The receiver of SRTP while keys change: what comes when, what goes out, what is told. */
#include "tests/cu.h"

#include <errno.h>
#include <stdio.h>

#include "apdu/hex.h"
#include "host/media/srtp_rx.h"
#include "srtp_sender.h"

enum { SSRC = 0x12345678, OUT_MAX = 8192, NEWS_MAX = 256 };

static struct prim *prim;

/* What a receiver gave. */
static struct {
	struct srtp_rx *rx;
	size_t mki_len;
	int64_t now;
	size_t n;
	uint32_t ssrc[OUT_MAX];
	uint16_t seq[OUT_MAX];
	size_t wrong; /* not what was sent */
	size_t n_news;
	struct srtp_rx_news news[NEWS_MAX];
} got;

static void take_rtp(void *ctx, struct span packet)
{
	uint8_t octets[64];
	struct rd r = rd_of(packet);
	struct wr w = WR(octets);

	(void)ctx;
	(void)rd_u16(&r);
	uint16_t seq = rd_u16(&r);
	(void)rd_u32(&r);
	uint32_t ssrc = rd_u32(&r);
	srtp_sender_rtp(&w, ssrc, seq);
	got.wrong += !span_eq(packet, wr_done(&w));
	if (got.n == OUT_MAX)
		return;
	got.ssrc[got.n] = ssrc;
	got.seq[got.n++] = seq;
}

static void take_news(void *ctx, const struct srtp_rx_news *news)
{
	(void)ctx;
	if (got.n_news < NEWS_MAX)
		got.news[got.n_news++] = *news;
}

static void open_with(const struct srtp_rx_options *o)
{
	memset(&got, 0, sizeof got);
	got.mki_len = o->mki_len;
	got.rx = srtp_rx_open(o, &(struct srtp_rx_sink){ take_rtp, take_news, NULL });
	CU_ASSERT_FATAL(got.rx != NULL);
}

static void open_default(void)
{
	open_with(&srtp_rx_default);
}

static struct srtp_rx_counts close_rx(void)
{
	struct srtp_rx_counts c = srtp_rx_counts(got.rx);

	srtp_rx_close(got.rx);
	CU_ASSERT_EQUAL(got.wrong, 0);
	CU_ASSERT_EQUAL(c.forwarded, got.n);
	return c;
}

static struct mtk_record mtk(uint16_t mtk_id)
{
	struct mtk_record r = { .group = 1,
				.number = 2,
				.mtk_id = mtk_id,
				.has_salt = true,
				.policy = srtp_policy_default,
				.n_sessions = 1,
				.session = { { SSRC, 0, srtp_policy_default } } };

	memset(r.mtk.b, 0x40 + mtk_id, sizeof r.mtk.b);
	memset(r.salt, 0x80 + mtk_id, sizeof r.salt);
	return r;
}

static struct mtk_record with_param(struct mtk_record r, enum srtp_param param, uint32_t value)
{
	r.policy.param[param] = value;
	r.session[0].policy.param[param] = value;
	return r;
}

static void key(const struct mtk_record *r)
{
	char why[SRTP_WHY_MAX] = "";

	CU_ASSERT_EQUAL(srtp_rx_key(got.rx, r, got.now, why), 0);
	CU_ASSERT_STRING_EQUAL(why, "");
}

static void send_of(const struct mtk_record *r, uint32_t ssrc, uint32_t index)
{
	uint8_t rtp[64], srtp[128];
	struct wr plain = WR(rtp), out = WR(srtp);

	srtp_sender_rtp(&plain, ssrc, (uint16_t)index);
	srtp_sender_put(prim, &out, r, got.mki_len, wr_done(&plain), index >> 16);
	srtp_rx_packet(got.rx, wr_done(&out), got.now);
}

/* Packets first to last, indices of 48 bits (ROC and SEQ), a millisecond each. */
static void send(const struct mtk_record *r, uint32_t first, uint32_t last)
{
	for (uint32_t i = first; i <= last; i++, got.now++) {
		send_of(r, SSRC, i);
		(void)srtp_rx_tick(got.rx, got.now);
	}
}

/* Time goes on as srtp_rx_tick() asks, for so long. */
static void pass(int64_t ms)
{
	int64_t end = got.now + ms, wait;

	while ((wait = srtp_rx_tick(got.rx, got.now)) >= 0 && got.now + wait <= end)
		got.now += wait;
	got.now = end;
	(void)srtp_rx_tick(got.rx, got.now);
}

/* Whether the packets first to last went out, each once, in order, and no other. */
static bool all(uint32_t first, uint32_t last)
{
	bool good = got.n == last - first + 1;

	for (size_t i = 0; i < got.n && good; i++)
		good = got.seq[i] == (uint16_t)(first + i);
	if (!good)
		printf("\n%zu packets, expected %u to %u", got.n, first, last);
	return good;
}

static size_t told(enum srtp_rx_what what)
{
	size_t n = 0;

	for (size_t i = 0; i < got.n_news; i++)
		if (got.news[i].what == what)
			n += got.news[i].n;
	return n;
}

static bool hex_is(struct span octets, const char *text)
{
	uint8_t b[32];
	struct wr w = WR(b);

	return hex_parse(&w, span_str(text)) && span_eq(octets, wr_done(&w));
}

/* The sender of these tests is to be believed first. */
static void the_senders_keys_are_those_of_rfc_3711_b_3(void)
{
	struct mtk_record r = { .has_salt = true };
	struct wr k = WR(r.mtk.b), s = WR(r.salt);
	struct srtp_sender_keys keys;

	CU_ASSERT(hex_parse(&k, span_str("E1F97A0D3E018BE0D64FA32C06DE4139")));
	CU_ASSERT(hex_parse(&s, span_str("0EC675AD498AFEEBB6960B3AABE6")));
	srtp_sender_derive(prim, &keys, &r);
	CU_ASSERT(hex_is(SPAN(keys.encryption), "C61E7A93744F39EE10734AFE3FF7A087"));
	CU_ASSERT(hex_is(SPAN(keys.salt), "30CBBC08863D8C85D49DB34A9AE1"));
	CU_ASSERT(hex_is(SPAN(keys.authentication), "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
}

static void a_stream_goes_out_as_it_was(void)
{
	struct mtk_record one = mtk(1);

	open_default();
	key(&one);
	send(&one, 1000, 1999);
	CU_ASSERT(all(1000, 1999));
	CU_ASSERT_EQUAL(told(SRTP_RX_KEY), 1);
	CU_ASSERT_EQUAL(got.news[0].ssrc, SSRC);
	CU_ASSERT_EQUAL(got.news[0].number, 2);
	CU_ASSERT_EQUAL(got.news[0].mtk_id, 1);
	CU_ASSERT_EQUAL(srtp_rx_tick(got.rx, got.now), -1);
	(void)close_rx();
}

static void an_early_key_waits_for_its_packets(void)
{
	struct mtk_record one = mtk(1), two = mtk(2);

	open_default();
	key(&one);
	key(&two);
	send(&one, 0, 99);
	send(&two, 100, 199);
	CU_ASSERT(all(0, 199));
	CU_ASSERT_EQUAL(told(SRTP_RX_KEY), 2);
	(void)close_rx();
}

static void packets_wait_for_a_late_key(void)
{
	struct mtk_record one = mtk(1), two = mtk(2);

	open_default();
	send(&one, 0, 499); /* none yet at all */
	CU_ASSERT_EQUAL(got.n, 0);
	key(&one);
	send(&one, 500, 599);
	send(&two, 600, 1599);
	CU_ASSERT(all(0, 599));
	key(&two);
	send(&two, 1600, 1799);
	pass(1000);
	CU_ASSERT(all(0, 1799));
	CU_ASSERT_EQUAL(close_rx().lost, 0);
}

static void keys_may_overtake_each_other(void)
{
	struct mtk_record one = mtk(1), two = mtk(2), three = mtk(3);

	open_default();
	key(&one);
	send(&one, 0, 99);
	send(&two, 100, 199);
	send(&three, 200, 299);
	key(&three);
	send(&three, 300, 399);
	CU_ASSERT(all(0, 99));
	key(&two);
	send(&three, 400, 499);
	pass(1000);
	CU_ASSERT(all(0, 499));
	(void)close_rx();
}

static void what_waited_goes_out_in_small_bursts(void)
{
	struct mtk_record one = mtk(1);

	open_default();
	send(&one, 0, 499);
	key(&one);
	CU_ASSERT_EQUAL(got.n, 16);
	CU_ASSERT_EQUAL(srtp_rx_tick(got.rx, got.now), 1);
	send(&one, 500, 501);
	CU_ASSERT(got.n <= 48);
	pass(40);
	CU_ASSERT(all(0, 501));
	(void)close_rx();
}

static void packets_of_the_old_key_that_come_late_go_out(void)
{
	struct mtk_record one = mtk(1), two = mtk(2);

	open_default();
	key(&one);
	send(&one, 0, 97);
	send(&two, 100, 119);
	send(&one, 98, 99); /* the network put them behind */
	CU_ASSERT(all(0, 99));
	key(&two);
	pass(100);
	CU_ASSERT(all(0, 119));
	(void)close_rx();
}

static void the_sequence_number_rolls_over_at_a_change_of_keys(void)
{
	struct mtk_record one = mtk(1), two = mtk(2), three = mtk(3);

	open_default();
	key(&one);
	send(&one, 0xFF00, 0xFFFF);
	send(&two, 0x10000, 0x10050);
	key(&two);
	pass(100);
	key(&three);
	send(&three, 0x10051, 0x10151);
	CU_ASSERT(all(0xFF00, 0x10151));
	(void)close_rx();
	/* And while keys wait. */
	open_default();
	send(&one, 0xFFF0, 0xFFFF);
	send(&one, 0x10000, 0x1000F);
	send(&two, 0x10010, 0x1001F);
	key(&two);
	key(&one);
	pass(100);
	CU_ASSERT(all(0xFFF0, 0x1001F));
	(void)close_rx();
}

static void who_joins_late_gets_the_counter_from_the_mtk_message(void)
{
	for (uint32_t since = 0; since < 2; since++) {
		struct mtk_record one = mtk(1);
		one.session[0].roc = 5;
		open_default();
		key(&one);
		send(&one, ((5 + since) << 16) + 7, ((5 + since) << 16) + 60);
		CU_ASSERT(all(7, 60));
		CU_ASSERT_EQUAL(close_rx().forged, 0);
	}
	/* The stream is known: what the next message says of it is old. */
	struct mtk_record one = mtk(1), two = mtk(2);
	one.session[0].roc = 5;
	open_default();
	key(&one);
	key(&two);
	send(&one, 0x5FFF0, 0x60010);
	send(&two, 0x60011, 0x60020);
	CU_ASSERT(all(0x5FFF0, 0x60020));
	(void)close_rx();
}

static void a_stream_that_no_message_names_keeps_its_counter(void)
{
	struct mtk_record one = mtk(1), two = mtk(2);

	open_default();
	key(&one);
	key(&two);
	for (uint32_t i = 0xFFF0; i <= 0x1000F; i++)
		send_of(&one, 7, i);
	for (uint32_t i = 0x10010; i <= 0x1001F; i++)
		send_of(&two, 7, i);
	CU_ASSERT(all(0xFFF0, 0x1001F));
	(void)close_rx();
}

static void a_sender_that_begins_anew_under_a_new_key_is_heard(void)
{
	struct mtk_record one = mtk(1), two = mtk(2);

	one.session[0].roc = 3;
	open_default();
	key(&one);
	send(&one, 0x30000, 0x30009);
	key(&two);
	send(&two, 10, 99);
	CU_ASSERT(all(0, 99));
	(void)close_rx();
}

static void forged_packets_neither_go_out_nor_hold_up(void)
{
	struct mtk_record one = mtk(1), unknown = mtk(9), wrong = mtk(1);

	wrong.mtk.b[0] ^= 1;
	open_default();
	key(&one);
	for (uint32_t i = 0; i < 100; i++) {
		send(&one, i, i);
		send_of(&wrong, SSRC, i + 1);
		send_of(&unknown, SSRC, i + 1);
	}
	CU_ASSERT(all(0, 99));
	pass(10000);
	CU_ASSERT_EQUAL(told(SRTP_RX_FORGED), 100);
	CU_ASSERT_EQUAL(told(SRTP_RX_LOST), 100);
	struct srtp_rx_counts c = close_rx();
	CU_ASSERT(c.forged == 100 && c.lost == 100 && c.held == 0);
}

static void every_flipped_bit_of_a_packet_is_noticed(void)
{
	struct mtk_record one = mtk(1);
	uint8_t rtp[64], srtp[128];
	struct wr plain = WR(rtp), out = WR(srtp);

	srtp_sender_rtp(&plain, SSRC, 7);
	srtp_sender_put(prim, &out, &one, MTK_MKI_LEN, wr_done(&plain), 0);
	open_default();
	key(&one);
	send(&one, 6, 6);
	for (size_t i = 0; i < out.n * 8; i++) {
		srtp[i / 8] ^= (uint8_t)(1 << i % 8);
		srtp_rx_packet(got.rx, wr_done(&out), got.now);
		srtp[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	CU_ASSERT_EQUAL(got.n, 1);
	srtp_rx_packet(got.rx, wr_done(&out), got.now);
	for (size_t n = 0; n < out.n; n++)
		srtp_rx_packet(got.rx, span_of(srtp, n), got.now);
	CU_ASSERT(all(6, 7));
	(void)close_rx();
}

static void replayed_packets_do_not_go_out_also_after_a_change(void)
{
	struct mtk_record one = mtk(1), two = mtk(2);

	open_default();
	key(&one);
	send(&one, 0, 99);
	key(&two);
	send(&two, 100, 199);
	send(&one, 0, 99);
	send(&two, 100, 199);
	CU_ASSERT(all(0, 199));
	CU_ASSERT_EQUAL(close_rx().replayed, 200);
}

static void what_waits_too_long_is_lost_and_the_rest_goes_on(void)
{
	struct mtk_record one = mtk(1), two = mtk(2), three = mtk(3);

	open_default();
	key(&one);
	send(&one, 0, 9);
	send(&two, 10, 19); /* its key never comes */
	key(&three);
	send(&three, 20, 29);
	CU_ASSERT(all(0, 9));
	pass(srtp_rx_default.hold_ms - 100);
	CU_ASSERT(all(0, 9));
	pass(200);
	CU_ASSERT_EQUAL(got.n, 20);
	CU_ASSERT_EQUAL(got.seq[10], 20);
	CU_ASSERT_EQUAL(srtp_rx_counts(got.rx).lost, 10);
	send(&three, 30, 39);
	CU_ASSERT_EQUAL(got.n, 30);
	pass(2000);
	CU_ASSERT_EQUAL(told(SRTP_RX_LOST), 10);
	(void)close_rx();
}

static void no_more_packets_wait_than_there_may(void)
{
	struct mtk_record one = mtk(1);
	struct srtp_rx_options o = srtp_rx_default;

	o.hold_max = 10;
	open_with(&o);
	send(&one, 0, 24);
	CU_ASSERT_EQUAL(srtp_rx_counts(got.rx).held, 10);
	CU_ASSERT_EQUAL(srtp_rx_counts(got.rx).lost, 15);
	key(&one);
	CU_ASSERT(all(15, 24));
	(void)close_rx();
	o.hold_max = 0;
	open_with(&o);
	send(&one, 0, 4);
	key(&one);
	send(&one, 5, 9);
	CU_ASSERT(all(5, 9));
	CU_ASSERT_EQUAL(close_rx().lost, 5);
}

static void a_missing_key_is_told_once_a_second(void)
{
	struct mtk_record one = mtk(1), two = mtk(2);

	open_default();
	send(&one, 0, 499);
	send(&two, 500, 999);
	CU_ASSERT_EQUAL(told(SRTP_RX_MISSING), 2);
	CU_ASSERT(got.news[0].has_id && got.news[0].group == 1 && got.news[0].number == 2 && got.news[0].mtk_id == 1);
	CU_ASSERT_EQUAL(got.news[0].ssrc, SSRC);
	send(&one, 1000, 1001);
	CU_ASSERT_EQUAL(told(SRTP_RX_MISSING), 3);
	(void)close_rx();
}

static void many_invented_keys_are_told_of_a_few_times(void)
{
	open_default();
	for (uint16_t i = 0; i < 1000; i++) {
		struct mtk_record r = mtk(i);
		send_of(&r, SSRC, i);
	}
	CU_ASSERT_EQUAL(told(SRTP_RX_MISSING), 16);
	(void)close_rx();
}

static void a_flood_of_streams_displaces_none_that_is_proven(void)
{
	struct mtk_record one = mtk(1), unknown = mtk(9);

	open_default();
	one.session[0].roc = 4;
	key(&one);
	send(&one, 0x40000, 0x40000);
	for (uint32_t i = 0; i < 1000; i++)
		send_of(&unknown, i, 1);
	one.session[0].roc = 0;
	struct mtk_record two = mtk(2); /* whose message knows nothing of the counter */
	key(&two);
	send(&two, 0x40001, 0x40001);
	CU_ASSERT(all(0, 1));
	CU_ASSERT(srtp_rx_counts(got.rx).held < SRTP_RX_STREAMS_MAX);
	(void)close_rx();
}

static void two_streams_do_not_wait_for_each_other(void)
{
	struct mtk_record one = mtk(1), two = mtk(2);

	open_default();
	key(&one);
	for (uint32_t i = 0; i < 10; i++) {
		send_of(&one, 1, i);
		send_of(&two, 2, i);
	}
	CU_ASSERT(all(0, 9));
	key(&two);
	CU_ASSERT_EQUAL(got.n, 20);
	CU_ASSERT_EQUAL(got.ssrc[19], 2);
	(void)close_rx();
}

static void keys_of_two_domains_may_have_the_same_mki(void)
{
	struct mtk_record one = mtk(1), other = mtk(1);

	other.key_domain[0] = 7;
	memset(other.mtk.b, 0xEE, sizeof other.mtk.b);
	open_default();
	key(&one);
	key(&other);
	for (uint32_t i = 0; i < 10; i++) {
		send_of(&one, 1, i);
		send_of(&other, 2, i);
	}
	CU_ASSERT_EQUAL(got.n, 20);
	CU_ASSERT_EQUAL(close_rx().forged, 0);
}

static void a_short_mki_is_the_end_of_the_whole(void)
{
	struct srtp_rx_options o = srtp_rx_default;
	struct mtk_record one = mtk(1), two = mtk(2);

	o.mki_len = 2;
	open_with(&o);
	key(&one);
	send(&one, 0, 9);
	send(&two, 10, 19);
	CU_ASSERT_EQUAL(told(SRTP_RX_MISSING), 1);
	CU_ASSERT_FALSE(got.news[got.n_news - 1].has_id);
	key(&two);
	pass(10);
	CU_ASSERT(all(0, 19));
	(void)close_rx();
	o.mki_len = 1;
	CU_ASSERT_PTR_NULL(srtp_rx_open(&o, &(struct srtp_rx_sink){ take_rtp, take_news, NULL }));
	o.mki_len = 7;
	CU_ASSERT_PTR_NULL(srtp_rx_open(&o, &(struct srtp_rx_sink){ take_rtp, take_news, NULL }));
}

static void each_policy_that_can_be_played_is_played(void)
{
	static const struct {
		enum srtp_param param;
		uint32_t value;
	} policies[] = { { SP_TAG_LEN, 4 },
			 { SP_TAG_LEN, 16 },
			 { SP_SRTP_ENCRYPTED, 0 },
			 { SP_SRTCP_ENCRYPTED, 0 },
			 { SP_SRTP_AUTHENTICATED, 0 } };

	for (size_t i = 0; i < VU_COUNT(policies); i++) {
		struct mtk_record one = with_param(mtk(1), policies[i].param, policies[i].value);
		struct mtk_record two = with_param(mtk(2), policies[i].param, policies[i].value);
		open_default();
		key(&one);
		send(&one, 0, 9);
		send(&two, 10, 19);
		key(&two);
		pass(10);
		CU_ASSERT(all(0, 19));
		(void)close_rx();
	}
	struct mtk_record unsalted = mtk(1);
	unsalted.has_salt = false;
	memset(unsalted.salt, 0, sizeof unsalted.salt);
	open_default();
	key(&unsalted);
	send(&unsalted, 0, 9);
	CU_ASSERT(all(0, 9));
	(void)close_rx();
}

static void a_policy_that_cannot_be_played_is_named(void)
{
	static const struct {
		enum srtp_param param;
		uint32_t value;
		const char *why;
	} policies[] = { { SP_ENCR_ALG, SRTP_ENCR_AES_F8, "encryption 2, expected 1" },
			 { SP_ENCR_KEY_LEN, 32, "encryption_key_len 32, expected 16" },
			 { SP_AUTH_ALG, 2, "authentication 2, expected 1" },
			 { SP_AUTH_KEY_LEN, 16, "authentication_key_len 16, expected 20" },
			 { SP_SALT_LEN, 8, "salt_len 8, expected 14" },
			 { SP_PRF, 1, "prf 1, expected 0" },
			 { SP_KEY_DERIVATION_RATE, 1, "key_derivation_rate 1, expected 0" },
			 { SP_TAG_LEN, 17, "tag_len 17, expected 1 to 16" },
			 { SP_TAG_LEN, 0, "tag_len 0, expected 1 to 16" },
			 { SP_PREFIX_LEN, 4, "prefix_len 4, expected 0" } };

	for (size_t i = 0; i < VU_COUNT(policies); i++) {
		struct mtk_record r = with_param(mtk(1), policies[i].param, policies[i].value);
		char why[SRTP_WHY_MAX] = "";
		open_default();
		CU_ASSERT_EQUAL(srtp_rx_key(got.rx, &r, 0, why), -ENOTSUP);
		CU_ASSERT(strstr(why, policies[i].why) != NULL);
		(void)close_rx();
	}
}

static void the_oldest_key_makes_room_for_the_newest(void)
{
	open_default();
	for (uint16_t i = 1; i <= SRTP_RX_KEYS_MAX + 1; i++) {
		struct mtk_record r = mtk(i);
		key(&r);
	}
	struct mtk_record one = mtk(1), two = mtk(2), last = mtk(SRTP_RX_KEYS_MAX + 1);
	send(&two, 0, 0);
	send(&last, 1, 1);
	send(&one, 2, 2);
	CU_ASSERT(all(0, 1));
	CU_ASSERT_EQUAL(told(SRTP_RX_MISSING), 1);
	(void)close_rx();
}

static void the_same_mtk_again_changes_nothing_and_another_key_replaces(void)
{
	struct mtk_record one = mtk(1), other = mtk(1);

	other.mtk.b[0] ^= 1;
	open_default();
	key(&one);
	send(&one, 0, 9);
	key(&one);
	send(&one, 0, 9);
	CU_ASSERT_EQUAL(srtp_rx_counts(got.rx).replayed, 10);
	key(&other);
	send(&other, 10, 19);
	CU_ASSERT(all(0, 19));
	(void)close_rx();
}

static void after_forgetting_nothing_goes_out(void)
{
	struct mtk_record one = mtk(1), two = mtk(2);

	open_default();
	key(&one);
	send(&one, 0, 9);
	send(&two, 10, 19);
	srtp_rx_forget(got.rx);
	CU_ASSERT_EQUAL(srtp_rx_counts(got.rx).held, 0);
	key(&two);
	send(&one, 20, 29);
	CU_ASSERT(all(0, 9));
	(void)close_rx();
	srtp_rx_close(NULL);
}

static const struct cu_test tests[] = {
	{ "the sender's keys are those of RFC 3711 B.3", the_senders_keys_are_those_of_rfc_3711_b_3 },
	{ "a stream goes out as it was", a_stream_goes_out_as_it_was },
	{ "an early key waits for its packets", an_early_key_waits_for_its_packets },
	{ "packets wait for a late key", packets_wait_for_a_late_key },
	{ "keys may overtake each other", keys_may_overtake_each_other },
	{ "what waited goes out in small bursts", what_waited_goes_out_in_small_bursts },
	{ "packets of the old key that come late go out", packets_of_the_old_key_that_come_late_go_out },
	{ "the sequence number rolls over at a change of keys", the_sequence_number_rolls_over_at_a_change_of_keys },
	{ "who joins late gets the counter from the MTK message",
	  who_joins_late_gets_the_counter_from_the_mtk_message },
	{ "a stream that no message names keeps its counter", a_stream_that_no_message_names_keeps_its_counter },
	{ "a sender that begins anew under a new key is heard", a_sender_that_begins_anew_under_a_new_key_is_heard },
	{ "forged packets neither go out nor hold up", forged_packets_neither_go_out_nor_hold_up },
	{ "every flipped bit of a packet is noticed", every_flipped_bit_of_a_packet_is_noticed },
	{ "replayed packets do not go out, also after a change", replayed_packets_do_not_go_out_also_after_a_change },
	{ "what waits too long is lost, and the rest goes on", what_waits_too_long_is_lost_and_the_rest_goes_on },
	{ "no more packets wait than there may", no_more_packets_wait_than_there_may },
	{ "a missing key is told once a second", a_missing_key_is_told_once_a_second },
	{ "many invented keys are told of a few times", many_invented_keys_are_told_of_a_few_times },
	{ "a flood of streams displaces none that is proven", a_flood_of_streams_displaces_none_that_is_proven },
	{ "two streams do not wait for each other", two_streams_do_not_wait_for_each_other },
	{ "keys of two domains may have the same MKI", keys_of_two_domains_may_have_the_same_mki },
	{ "a short MKI is the end of the whole", a_short_mki_is_the_end_of_the_whole },
	{ "each policy that can be played is played", each_policy_that_can_be_played_is_played },
	{ "a policy that cannot be played is named", a_policy_that_cannot_be_played_is_named },
	{ "the oldest key makes room for the newest", the_oldest_key_makes_room_for_the_newest },
	{ "the same MTK again changes nothing, another key replaces",
	  the_same_mtk_again_changes_nothing_and_another_key_replaces },
	{ "after forgetting nothing goes out", after_forgetting_nothing_goes_out },
};

int main(void)
{
	prim = prim_open();
	if (prim == NULL)
		return 2;
	int status = CU_RUN("SRTP", tests);
	prim_close(prim);
	return status;
}
