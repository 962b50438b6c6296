/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Targets: srtp_rx.h under a stream of packets, keys and time. An octet says what follows:
 *
 *   0  packet(lv16)                                    from anywhere
 *   1  key(1) tag length(1)                            an MTK comes
 *   2  key(1) stream(1) index(4) place(1) change(1)    a packet of a sender; one octet of it is changed when change is not 0
 *   3  ms(2)                                           time goes on
 *   4                                                  everything is forgotten
 *
 * Each packet is counted once, and none goes out that is not what a sender sent.
 */
#include "fuzz.h"
#include "host/media/srtp_rx.h"
#include "tests/unit/srtp_sender.h"

enum { STEPS_MAX = 256, HOLD_MAX = 24 };

struct run {
	struct prim *prim;
	struct srtp_rx *rx;
	int64_t now;
	uint64_t came;
};

static void take_rtp(void *ctx, struct span packet)
{
	uint8_t octets[64];
	struct rd in = rd_of(packet);
	struct wr w = WR(octets);

	(void)ctx;
	(void)rd_u16(&in);
	uint16_t seq = rd_u16(&in);
	(void)rd_u32(&in);
	srtp_sender_rtp(&w, rd_u32(&in), seq);
	FUZZ_CHECK(span_eq(packet, wr_done(&w)));
}

static void take_news(void *ctx, const struct srtp_rx_news *news)
{
	(void)ctx;
	FUZZ_CHECK(news->n != 0);
}

static struct mtk_record record(uint8_t id, uint8_t tag_len)
{
	struct mtk_record m = { .group = 1,
				.number = 1,
				.mtk_id = id % 20,
				.policy = srtp_policy_default,
				.n_sessions = 1,
				.session = { { 1, 0, srtp_policy_default } } };

	m.key_domain[0] = id >> 7; /* two of the same MKI */
	m.policy.param[SP_TAG_LEN] = m.session[0].policy.param[SP_TAG_LEN] = tag_len;
	memset(m.mtk.b, id, sizeof m.mtk.b);
	return m;
}

static void key_comes(struct run *r, struct rd *in)
{
	char why[SRTP_WHY_MAX] = "";
	uint8_t id = rd_u8(in), tag_len = rd_u8(in);
	struct mtk_record m = record(id, tag_len % 4 == 0 ? tag_len : 10);

	FUZZ_CHECK((srtp_rx_key(r->rx, &m, r->now, why) == 0) == (why[0] == '\0'));
}

static void packet_comes(struct run *r, struct span packet)
{
	uint8_t *octets = fuzz_copy(packet);

	srtp_rx_packet(r->rx, span_of(octets, packet.n), r->now);
	free(octets);
	r->came++;
}

static void sent_packet_comes(struct run *r, struct rd *in)
{
	uint8_t rtp[64], srtp[128];
	struct wr plain = WR(rtp), out = WR(srtp);
	struct mtk_record m = record(rd_u8(in), 10);
	uint8_t ssrc = rd_u8(in);
	uint32_t index = rd_u32(in);
	uint8_t place = rd_u8(in), change = rd_u8(in);

	srtp_sender_rtp(&plain, ssrc, (uint16_t)index);
	srtp_sender_put(r->prim, &out, &m, MTK_MKI_LEN, wr_done(&plain), index >> 16);
	srtp[place % out.n] ^= change;
	packet_comes(r, wr_done(&out));
}

static void step(struct run *r, struct rd *in)
{
	switch (rd_u8(in) % 5) {
	case 0:
		packet_comes(r, rd_lv16(in));
		break;
	case 1:
		key_comes(r, in);
		break;
	case 2:
		sent_packet_comes(r, in);
		break;
	case 3:
		r->now += rd_u16(in);
		break;
	default:
		srtp_rx_forget(r->rx);
	}
	FUZZ_CHECK(srtp_rx_tick(r->rx, r->now) >= -1);
	struct srtp_rx_counts c = srtp_rx_counts(r->rx);
	FUZZ_CHECK(c.held <= HOLD_MAX);
	FUZZ_CHECK(c.forwarded + c.lost + c.forged + c.replayed + c.held == r->came);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct srtp_rx_options o = { .mki_len = MTK_MKI_LEN, .hold_ms = 1000, .hold_max = HOLD_MAX };
	static struct prim *prim; /* its making takes longer than a run */
	struct rd in = rd_of(span_of(data, size));

	if (prim == NULL)
		prim = prim_open();
	FUZZ_CHECK(prim != NULL);
	struct run r = { .prim = prim };
	r.rx = srtp_rx_open(&o, &(struct srtp_rx_sink){ take_rtp, take_news, &r });
	FUZZ_CHECK(r.rx != NULL);
	for (int i = 0; i < STEPS_MAX && in.n != 0; i++)
		step(&r, &in);
	int64_t wait = srtp_rx_tick(r.rx, r.now + 100000);
	FUZZ_CHECK(wait == -1 || wait <= 1000);
	srtp_rx_close(r.rx);
	return 0;
}
