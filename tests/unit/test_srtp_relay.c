/* SPDX-License-Identifier: Apache-2.0 */
/* SRTP at a UDP port, RTP at another; and how people write such ports. */
#include "tests/cu.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "host/media/srtp_relay.h"
#include "os/udp_addr.h"
#include "srtp_sender.h"

static struct prim *prim;
static char events[8192];
static struct {
	size_t n;
	uint16_t group, number;
} missing;

static void keep_event(void *ctx, struct span line)
{
	size_t n = strlen(events);
	(void)ctx;
	if (n + line.n < sizeof events)
		memcpy(events + n, line.p, line.n);
}

static const struct log event_log = { .put = keep_event, .json = true };

static void on_missing(void *ctx, uint16_t group, uint16_t number)
{
	(void)ctx;
	missing.n++;
	missing.group = group;
	missing.number = number;
}

static void addresses_are_read_and_written(void)
{
	static const char *const good[] = { "127.0.0.1:2269", "0.0.0.0:0", "[::1]:65535", "[fe80::1]:1" };
	static const char *const bad[] = { "",	      "127.0.0.1",   "127.0.0.1:",   "127.0.0.1:65536", "127.0.0.1:-1",
					   "1.2.3:4", "localhost:1", "::1:80",	     "[::1]",		"[127.0.0.1]:1",
					   "[::1:80", "[]:80",	     "127.0.0.1:1 ", "127.0.0.1:000001" };
	char text[UDP_ADDR_TEXT];
	struct udp_addr a = { .n = 99 };

	for (size_t i = 0; i < VU_COUNT(bad); i++)
		CU_ASSERT(!udp_addr_parse(&a, bad[i]) && a.n == 99);
	for (size_t i = 0; i < VU_COUNT(good); i++) {
		CU_ASSERT(udp_addr_parse(&a, good[i]));
		CU_ASSERT_STRING_EQUAL(udp_addr_text(text, &a), good[i]);
	}
}

/* A socket of the test's, connected to nobody. */
static int socket_at(struct udp_addr *a)
{
	CU_ASSERT_FATAL(udp_addr_parse(a, "127.0.0.1:0"));
	int fd = udp_addr_bind(a);
	CU_ASSERT_FATAL(fd >= 0);
	return fd;
}

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	return poll(&p, 1, 1000) == 1;
}

/* The relay, and where it listens: its event says. */
static struct srtp_relay *open_relay(const struct udp_addr *forward, struct udp_addr *ret_listen)
{
	char to[UDP_ADDR_TEXT], at[UDP_ADDR_TEXT], why[SRTP_RELAY_WHY_MAX] = "";
	const struct srtp_relay_options o = { .listen = "127.0.0.1:0",
					      .forward = udp_addr_text(to, forward),
					      .rx = srtp_rx_default,
					      .log = &event_log,
					      .missing = on_missing };
	struct srtp_relay *r = NULL;

	memset(events, 0, sizeof events);
	missing.n = 0;
	if (srtp_relay_open(&r, &o, why) != 0)
		CU_FAIL_FATAL(why);
	const char *said = strstr(events, "\"address\":\"");
	CU_ASSERT_FATAL(said != NULL && sscanf(said, "\"address\":\"%63[^\"]", at) == 1);
	CU_ASSERT_FATAL(udp_addr_parse(ret_listen, at));
	return r;
}

static void packets_come_in_protected_and_go_on_as_rtp(void)
{
	struct mtk_record one = { .group = 7, .number = 8, .mtk_id = 1, .policy = srtp_policy_default };
	struct udp_addr player_at, sender_at, relay_at;
	int player = socket_at(&player_at), sender = socket_at(&sender_at);
	struct srtp_relay *r = open_relay(&player_at, &relay_at);
	uint8_t rtp[64], srtp[128], got[128];

	for (uint16_t seq = 1; seq <= 40; seq++) {
		struct wr plain = WR(rtp), out = WR(srtp);
		srtp_sender_rtp(&plain, 0xCAFE, seq);
		srtp_sender_put(prim, &out, &one, MTK_MKI_LEN, wr_done(&plain), 0);
		CU_ASSERT_EQUAL(sendto(sender, srtp, out.n, 0, &relay_at.any, relay_at.n), (ssize_t)out.n);
		CU_ASSERT_FATAL(readable(srtp_relay_fd(r)));
		srtp_relay_run(r);
		if (seq == 20) {
			CU_ASSERT(missing.n == 1 && missing.group == 7 && missing.number == 8);
			CU_ASSERT(srtp_relay_tick(r) > 0);
			srtp_relay_key(r, &one);
		}
	}
	for (uint16_t seq = 1; seq <= 40; seq++) {
		struct wr plain = WR(rtp);
		srtp_sender_rtp(&plain, 0xCAFE, seq);
		while (srtp_relay_tick(r) == 1 && recv(player, got, 1, MSG_PEEK) < 0)
			;
		CU_ASSERT_FATAL(readable(player));
		ssize_t n = recv(player, got, sizeof got, 0);
		CU_ASSERT(n > 0 && span_eq(span_of(got, (size_t)n), wr_done(&plain)));
	}
	CU_ASSERT(strstr(events,
			 "\"srtp-key-missing\",\"ssrc\":\"0000cafe\",\"msk_id\":\"00070008\",\"mtk_id\":\"0001\"") !=
		  NULL);
	CU_ASSERT(strstr(events, "\"srtp-key\",\"ssrc\":\"0000cafe\"") != NULL);
	srtp_relay_close(r);
	CU_ASSERT(strstr(events, "\"srtp-end\",\"forwarded\":40,\"unsent\":0,\"lost\":0") != NULL);
	close(player);
	close(sender);
}

static void a_relay_that_cannot_be_says_why(void)
{
	struct udp_addr at;
	char taken[UDP_ADDR_TEXT], why[SRTP_RELAY_WHY_MAX];
	struct srtp_relay_options o = { .listen = "nowhere", .forward = "127.0.0.1:1", .rx = srtp_rx_default };
	struct srtp_relay *r = NULL;
	int fd = socket_at(&at);

	o.log = &event_log;
	memset(events, 0, sizeof events);
	CU_ASSERT_EQUAL(srtp_relay_open(&r, &o, why), -EINVAL);
	CU_ASSERT(strstr(why, "expected ADDR:PORT, got nowhere") != NULL);
	o.listen = udp_addr_text(taken, &at);
	CU_ASSERT_EQUAL(srtp_relay_open(&r, &o, why), -EADDRINUSE);
	CU_ASSERT(strstr(why, taken) != NULL);
	CU_ASSERT_STRING_EQUAL(events, "");
	CU_ASSERT_PTR_NULL(r);
	srtp_relay_close(NULL);
	close(fd);
}

static void a_policy_that_cannot_be_played_is_an_event(void)
{
	struct mtk_record f8 = { .policy = srtp_policy_default };
	struct udp_addr player_at, relay_at;
	int player = socket_at(&player_at);
	struct srtp_relay *r = open_relay(&player_at, &relay_at);

	f8.policy.param[SP_ENCR_ALG] = SRTP_ENCR_AES_F8;
	srtp_relay_key(r, &f8);
	CU_ASSERT(strstr(events, "the SRTP policy has encryption 2, expected 1") != NULL);
	srtp_relay_forget(r);
	srtp_relay_close(r);
	close(player);
}

static const struct cu_test tests[] = {
	{ "addresses are read and written", addresses_are_read_and_written },
	{ "packets come in protected and go on as RTP", packets_come_in_protected_and_go_on_as_rtp },
	{ "a relay that cannot be says why", a_relay_that_cannot_be_says_why },
	{ "a policy that cannot be played is an event", a_policy_that_cannot_be_played_is_an_event },
};

int main(void)
{
	prim = prim_open();
	if (prim == NULL)
		return 2;
	int status = CU_RUN("SRTP relay", tests);
	prim_close(prim);
	return status;
}
