/* SPDX-License-Identifier: Apache-2.0 */
#include "srtp_relay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../../os/udp_addr.h"

enum {
	AT_ONCE = 64, /* packets before the ME's other work gets its turn */
	RECEIVE_BUFFER = 4 << 20, /* octets asked for: media must not be lost while the card computes */
};

struct srtp_relay {
	struct srtp_relay_options o;
	struct udp_addr listen, forward;
	int in, out; /* -1 = none */
	struct srtp_rx *rx;
	uint64_t unsent;
};

static int64_t clock_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t ticks(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

/* A forwarded packet that does not go out is lost as any in a network is; the sum says how many. */
static void put_rtp(void *ctx, struct span packet)
{
	struct srtp_relay *r = ctx;
	ssize_t n = sendto(r->out, packet.p, packet.n, 0, &r->forward.any, r->forward.n);

	r->unsent += n != (ssize_t)packet.n;
}

static void tell_key(struct srtp_relay *r, const char *event, const struct srtp_rx_news *news)
{
	uint8_t id[MTK_MKI_LEN + 4];
	struct wr w = WR(id);

	wr_u16(&w, news->group);
	wr_u16(&w, news->number);
	wr_u16(&w, news->mtk_id);
	wr_u32(&w, news->ssrc);
	LOG(r->o.log, clock_ms(CLOCK_REALTIME), event, LOG_HEX("ssrc", span_of(id + MTK_MKI_LEN, 4)),
	    LOG_HEX("msk_id", news->has_id ? span_of(id, 4) : (struct span){ 0 }),
	    LOG_HEX("mtk_id", news->has_id ? span_of(id + 4, 2) : (struct span){ 0 }));
}

static void on_news(void *ctx, const struct srtp_rx_news *news)
{
	struct srtp_relay *r = ctx;
	const char *why = NULL;

	switch (news->what) {
	case SRTP_RX_KEY:
		tell_key(r, "srtp-key", news);
		return;
	case SRTP_RX_MISSING:
		tell_key(r, "srtp-key-missing", news);
		if (news->has_id && r->o.missing != NULL)
			r->o.missing(r->o.ctx, news->group, news->number);
		return;
	case SRTP_RX_LOST:
		why = "their MTK did not come in time";
		break;
	case SRTP_RX_FORGED:
		why = "the tag is wrong, or they are no SRTP packets";
		break;
	case SRTP_RX_REPLAYED:
		why = "they were there before";
		break;
	}
	LOG(r->o.log, clock_ms(CLOCK_REALTIME), "srtp-dropped", LOG_NUMBER("packets", news->n),
	    LOG_TEXT("reason", why));
}

static int open_sockets(struct srtp_relay *r, char *why)
{
	static const int room = RECEIVE_BUFFER;

	if (!udp_addr_parse(&r->listen, r->o.listen) || !udp_addr_parse(&r->forward, r->o.forward)) {
		snprintf(why, SRTP_RELAY_WHY_MAX, "expected ADDR:PORT, got %.50s and %.50s", r->o.listen, r->o.forward);
		return -EINVAL;
	}
	r->in = udp_addr_bind(&r->listen);
	if (r->in < 0) {
		snprintf(why, SRTP_RELAY_WHY_MAX, "UDP %.50s: %s", r->o.listen, strerror(-r->in));
		return r->in;
	}
	udp_addr_room(r->in, room);
	r->out = socket(r->forward.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (r->out < 0) {
		snprintf(why, SRTP_RELAY_WHY_MAX, "a UDP socket: %s", strerror(errno));
		return -errno;
	}
	(void)setsockopt(r->out, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	return 0;
}

int srtp_relay_open(struct srtp_relay **ret, const struct srtp_relay_options *o, char *why)
{
	struct srtp_relay *r = calloc(1, sizeof *r);
	char in[UDP_ADDR_TEXT], out[UDP_ADDR_TEXT];
	int rc = -ENOMEM;

	snprintf(why, SRTP_RELAY_WHY_MAX, "no memory");
	if (r == NULL)
		return rc;
	r->o = *o;
	r->in = r->out = -1;
	r->rx = srtp_rx_open(&o->rx, &(struct srtp_rx_sink){ put_rtp, on_news, r });
	if (r->rx != NULL)
		rc = open_sockets(r, why);
	if (rc != 0) {
		r->o.log = &(const struct log){ .put = NULL };
		srtp_relay_close(r);
		return rc;
	}
	LOG(o->log, clock_ms(CLOCK_REALTIME), "srtp-listening", LOG_TEXT("address", udp_addr_text(in, &r->listen)),
	    LOG_TEXT("forward", udp_addr_text(out, &r->forward)));
	*ret = r;
	return 0;
}

void srtp_relay_close(struct srtp_relay *r)
{
	if (r == NULL)
		return;
	if (r->rx != NULL) {
		struct srtp_rx_counts c = srtp_rx_counts(r->rx);
		LOG(r->o.log, clock_ms(CLOCK_REALTIME), "srtp-end", LOG_NUMBER("forwarded", c.forwarded - r->unsent),
		    LOG_NUMBER("unsent", r->unsent), LOG_NUMBER("lost", c.lost), LOG_NUMBER("held", c.held),
		    LOG_NUMBER("forged", c.forged), LOG_NUMBER("replayed", c.replayed));
	}
	srtp_rx_close(r->rx);
	if (r->in >= 0)
		close(r->in);
	if (r->out >= 0)
		close(r->out);
	free(r);
}

int srtp_relay_fd(const struct srtp_relay *r)
{
	return r->in;
}

void srtp_relay_run(struct srtp_relay *r)
{
	uint8_t packet[SRTP_PACKET_MAX + 1]; /* one that is too long shows */

	for (int i = 0; i < AT_ONCE; i++) {
		ssize_t n = recv(r->in, packet, sizeof packet, 0);
		if (n < 0)
			return;
		srtp_rx_packet(r->rx, span_of(packet, (size_t)n), ticks());
	}
}

int64_t srtp_relay_tick(struct srtp_relay *r)
{
	return srtp_rx_tick(r->rx, ticks());
}

void srtp_relay_key(struct srtp_relay *r, const struct mtk_record *record)
{
	char why[SRTP_WHY_MAX] = "";

	if (srtp_rx_key(r->rx, record, ticks(), why) != 0)
		LOG(r->o.log, clock_ms(CLOCK_REALTIME), "error", LOG_TEXT("what", "SRTP"), LOG_TEXT("reason", why));
}

void srtp_relay_forget(struct srtp_relay *r)
{
	srtp_rx_forget(r->rx);
}
