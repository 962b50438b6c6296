/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card that comes over TCP, as cards come to vsmartcard's vpcd: we are the reader's side, and listen. A message is a
 * length of two octets and as many octets; one octet from us is a control (power off, power on, reset, ATR), anything
 * else an APDU. The card answers APDUs and the question for its ATR, and nothing else.
 */
#include "card_if.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../card/crypto/secret.h"
#include "../../os/udp_addr.h"

enum { POWER_OFF = 0x00, POWER_ON = 0x01, RESET = 0x02, GET_ATR = 0x04 };
enum { ATR_MAX = 33, CARD_WAIT_MS = 60 * 1000, ANSWER_WAIT_MS = 10 * 1000, MESSAGE_MAX = 2 + CAPDU_MAX };

struct remote {
	struct card_if base;
	int listener, line; /* -1: none */
};

static int complain(struct remote *r, int error, const char *what)
{
	snprintf(r->base.why, sizeof r->base.why, "%.100s: %s: %s", r->base.name, what, strerror(error));
	return -error;
}

static int wait_readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n = poll(&p, 1, ms);

	if (n < 0)
		return -errno;
	return n == 0 ? -ETIMEDOUT : 0;
}

static void hang_up(struct card_if *c)
{
	struct remote *r = (struct remote *)c;

	if (r->line >= 0)
		close(r->line);
	r->line = -1;
}

static int gone(struct remote *r, int error, const char *what)
{
	(void)complain(r, error, what);
	hang_up(&r->base);
	return -ENOMEDIUM;
}

static int say(struct remote *r, struct span payload)
{
	uint8_t message[MESSAGE_MAX];
	struct wr w = WR(message);

	wr_lv16(&w, payload);
	struct span s = wr_done(&w);
	int rc = s.n == 0 ? -EINVAL : 0;
	while (rc == 0 && s.n != 0) {
		ssize_t n = send(r->line, s.p, s.n, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			rc = gone(r, errno, "the card has gone");
		else if (n > 0)
			s = span_sub(s, (size_t)n, s.n);
	}
	secret_wipe(message, sizeof message); /* it may have held a PIN */
	return rc;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* By `end`, for a card that sends an octet now and then is as silent as one that sends none. */
static int hear_octets(struct remote *r, uint8_t *to, size_t n, int64_t end)
{
	while (n != 0) {
		int64_t left = end - now_ms();
		int rc = wait_readable(r->line, left > 0 ? (int)left : 0);
		if (rc == -EINTR)
			continue;
		if (rc != 0)
			return gone(r, -rc, "no answer from the card");
		ssize_t got = recv(r->line, to, n, 0);
		if (got == 0)
			return gone(r, ECONNRESET, "the card has gone");
		if (got < 0 && errno != EINTR)
			return gone(r, errno, "the card has gone");
		if (got > 0) {
			to += got;
			n -= (size_t)got;
		}
	}
	return 0;
}

/* One answer of at most `size` octets. */
static int hear(struct remote *r, uint8_t *answer, size_t size, size_t *ret_n)
{
	const int64_t end = now_ms() + ANSWER_WAIT_MS;
	uint8_t head[2];
	int rc = hear_octets(r, head, sizeof head, end);

	if (rc != 0)
		return rc;
	struct rd h = rd_of(SPAN(head));
	size_t n = rd_u16(&h);
	if (n > size)
		return gone(r, EMSGSIZE, "the answer is longer than an APDU can be");
	rc = hear_octets(r, answer, n, end);
	if (rc == 0)
		*ret_n = n;
	return rc;
}

static int control(struct remote *r, uint8_t octet)
{
	return say(r, span_of(&octet, 1));
}

/* As pcscd does it: power, and the ATR, which shows that the card is there. */
static int power_up(struct remote *r)
{
	uint8_t atr[ATR_MAX];
	size_t n = 0;
	int rc = control(r, POWER_OFF);

	if (rc == 0)
		rc = control(r, POWER_ON);
	if (rc == 0)
		rc = control(r, GET_ATR);
	if (rc == 0)
		rc = hear(r, atr, sizeof atr, &n);
	if (rc == 0 && n < 2)
		rc = gone(r, EPROTO, "expected an ATR of at least two octets");
	return rc;
}

static int remote_connect(struct card_if *c, card_if_wanted_fn *wanted)
{
	struct remote *r = (struct remote *)c;
	const int yes = 1;

	hang_up(c);
	int rc = wait_readable(r->listener, CARD_WAIT_MS);
	if (rc != 0)
		return gone(r, -rc, "no card has come within a minute");
	r->line = accept4(r->listener, NULL, NULL, SOCK_CLOEXEC);
	if (r->line < 0)
		return gone(r, errno, "accept");
	(void)setsockopt(r->line, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	rc = power_up(r);
	if (rc == 0 && !wanted(c)) {
		snprintf(c->why, sizeof c->why, "%.100s: the card that has come has no USIM", c->name);
		hang_up(c);
		rc = -ENOMEDIUM;
	}
	return rc;
}

static int remote_reset(struct card_if *c)
{
	struct remote *r = (struct remote *)c;

	return r->line < 0 ? -ENOMEDIUM : control(r, RESET);
}

static int remote_begin(struct card_if *c)
{
	return ((struct remote *)c)->line < 0 ? -ENOMEDIUM : 0;
}

static void remote_nothing(struct card_if *c)
{
	(void)c;
}

static int remote_transmit(struct card_if *c, const uint8_t *capdu, size_t n, uint8_t rapdu[static RAPDU_MAX],
			   size_t *ret_n)
{
	struct remote *r = (struct remote *)c;

	if (r->line < 0)
		return -ENOMEDIUM;
	int rc = say(r, span_of(capdu, n));
	return rc != 0 ? rc : hear(r, rapdu, RAPDU_MAX, ret_n);
}

static int remote_wait(struct card_if *c)
{
	(void)c;
	return -ENOTSUP;
}

static void remote_close(struct card_if *c)
{
	struct remote *r = (struct remote *)c;

	hang_up(c);
	close(r->listener);
	free(r);
}

static const struct card_if_ops remote_ops = {
	.connect = remote_connect,
	.disconnect = hang_up,
	.reset = remote_reset,
	.begin = remote_begin,
	.end = remote_nothing,
	.transmit = remote_transmit,
	.wait = remote_wait,
	.stop_waiting = remote_nothing,
	.close = remote_close,
};

static int listen_on(struct udp_addr *a)
{
	const int yes = 1;
	int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 && bind(fd, &a->any, a->n) == 0 &&
	    listen(fd, 1) == 0 && getsockname(fd, &a->any, &a->n) == 0)
		return fd;
	int rc = -errno;
	close(fd);
	return rc;
}

int card_if_open_vpcd(struct card_if **ret, const char *address, char *why)
{
	struct udp_addr a = { .n = 0 };
	char text[UDP_ADDR_TEXT];

	snprintf(why, CARD_WHY_MAX, "%.100s: expected ADDR:PORT to listen on, for example 127.0.0.1:35963", address);
	if (!udp_addr_parse(&a, address))
		return -EINVAL;
	int fd = listen_on(&a);
	struct remote *r = fd >= 0 ? calloc(1, sizeof *r) : NULL;
	if (r == NULL) {
		int rc = fd >= 0 ? -ENOMEM : fd;
		snprintf(why, CARD_WHY_MAX, "%.100s: %s", address, strerror(-rc));
		if (fd >= 0)
			close(fd);
		return rc;
	}
	*r = (struct remote){ .base = { .ops = &remote_ops, .t0 = true }, .listener = fd, .line = -1 };
	snprintf(r->base.name, sizeof r->base.name, "%s", udp_addr_text(text, &a));
	*ret = &r->base;
	return 0;
}
