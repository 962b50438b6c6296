/* SPDX-License-Identifier: Apache-2.0 */
#include "udp.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	BATCH = 32, /* datagrams at a system call */
	BATCHES = 64, /* before others have their turn */
	PLACES = UDP_QUEUE + 1, /* one for what is put back */
};

struct waiting {
	struct agent_peer from;
	size_t n;
	uint8_t octets[MIKEY_MESSAGE_MAX];
};

struct udp {
	int fd;
	udp_tap_fn *tap;
	void *tap_ctx;
	size_t first, n; /* of queue, a ring */
	struct waiting queue[PLACES];
	struct {
		struct mmsghdr header[BATCH];
		struct iovec part[BATCH];
		struct udp_addr from[BATCH];
		/* One octet more than a message may have: a longer one is seen as too long. */
		uint8_t octets[BATCH][MIKEY_MESSAGE_MAX + 1];
	} in;
};

int udp_open(struct udp **ret, struct udp_addr *a)
{
	struct udp *u = calloc(1, sizeof *u);

	if (u == NULL)
		return -ENOMEM;
	u->fd = udp_addr_bind(a);
	if (u->fd < 0) {
		int rc = u->fd;
		free(u);
		return rc;
	}
	udp_addr_room(u->fd, UDP_RECEIVE_OCTETS);
	*ret = u;
	return 0;
}

void udp_close(struct udp *u)
{
	if (u == NULL)
		return;
	close(u->fd);
	free(u);
}

void udp_set_tap(struct udp *u, udp_tap_fn *tap, void *ctx)
{
	u->tap = tap;
	u->tap_ctx = ctx;
}

int udp_fd(const struct udp *u)
{
	return u->fd;
}

/* The same for all ports of a host, never 0. */
static uint64_t host_of(const struct udp_addr *a)
{
	struct rd r = a->any.sa_family == AF_INET6
			      ? rd_of(SPAN(a->in6.sin6_addr.s6_addr))
			      : rd_of(span_of(&a->in.sin_addr.s_addr, sizeof a->in.sin_addr.s_addr));
	uint64_t h = 0;

	while (r.n != 0)
		h = h * 257 + rd_u8(&r);
	return h + 1;
}

static struct agent_peer peer_of(const struct udp_addr *a)
{
	struct agent_peer p = { .n = a->n, .host = host_of(a) };

	_Static_assert((int)AGENT_PEER_MAX >= (int)sizeof a->in6, "a socket address fits");
	_Static_assert((int)AGENT_ADDRESS_MAX >= (int)UDP_ADDR_TEXT, "its text does, too");
	memcpy(p.octets, &a->any, a->n);
	udp_addr_text(p.text, a);
	return p;
}

/* A flood of the same message, or from one host, must not take the places of others. */
static bool has_room(const struct udp *u, struct span octets, uint64_t host, bool *ret_there)
{
	size_t of_host = 0;

	for (size_t i = 0; i < u->n; i++) {
		const struct waiting *w = &u->queue[(u->first + i) % PLACES];
		of_host += w->from.host == host;
		*ret_there |= span_eq(span_of(w->octets, w->n), octets);
	}
	return u->n < UDP_QUEUE && of_host < UDP_QUEUE_HOST;
}

static void put(struct waiting *w, struct span octets, const struct agent_peer *from)
{
	w->from = *from;
	w->n = octets.n;
	memcpy(w->octets, octets.p, octets.n);
}

/* False when it is lost. */
static bool take(struct udp *u, struct span octets, const struct agent_peer *from)
{
	bool there = false;
	bool room = has_room(u, octets, from->host, &there);

	if (there || !room || octets.n > MIKEY_MESSAGE_MAX)
		return there;
	put(&u->queue[(u->first + u->n++) % PLACES], octets, from);
	return true;
}

static int receive(struct udp *u)
{
	for (size_t i = 0; i < BATCH; i++) {
		u->in.part[i] = (struct iovec){ u->in.octets[i], sizeof u->in.octets[i] };
		u->in.header[i].msg_hdr = (struct msghdr){ .msg_name = &u->in.from[i].in6,
							   .msg_namelen = sizeof u->in.from[i].in6,
							   .msg_iov = &u->in.part[i],
							   .msg_iovlen = 1 };
	}
	return recvmmsg(u->fd, u->in.header, BATCH, MSG_DONTWAIT, NULL);
}

unsigned udp_drain(struct udp *u, udp_wanted_fn *wanted, void *ctx)
{
	unsigned lost = 0;
	int n = BATCH;

	/* -1: EAGAIN, or the ICMP answer to an ACK that nobody wanted. */
	for (int k = 0; k < BATCHES && n == BATCH; k++) {
		n = receive(u);
		for (int i = 0; i < n; i++) {
			u->in.from[i].n = u->in.header[i].msg_hdr.msg_namelen;
			struct agent_peer from = peer_of(&u->in.from[i]);
			struct span octets = span_of(u->in.octets[i], u->in.header[i].msg_len);
			if (u->tap != NULL)
				u->tap(u->tap_ctx, false, &u->in.from[i], octets);
			if (wanted(ctx, octets, &from))
				lost += !take(u, octets, &from);
		}
	}
	return lost;
}

size_t udp_take(struct udp *u, uint8_t octets[static MIKEY_MESSAGE_MAX], struct agent_peer *ret_from)
{
	const struct waiting *w = &u->queue[u->first];

	if (u->n == 0)
		return 0;
	memcpy(octets, w->octets, w->n);
	*ret_from = w->from;
	u->first = (u->first + 1) % PLACES;
	u->n--;
	return w->n;
}

void udp_put_back(struct udp *u, struct span octets, const struct agent_peer *from)
{
	u->first = (u->first + PLACES - 1) % PLACES;
	u->n++;
	put(&u->queue[u->first], octets, from);
}

bool udp_waits(const struct udp *u)
{
	return u->n != 0;
}

void udp_flush(struct udp *u)
{
	u->first = u->n = 0;
}

int udp_send(struct udp *u, const struct agent_peer *to, struct span message)
{
	struct udp_addr a = { .n = (socklen_t)to->n };

	memcpy(&a.in6, to->octets, to->n);
	if (u->tap != NULL)
		u->tap(u->tap_ctx, true, &a, message);
	ssize_t n = sendto(u->fd, message.p, message.n, 0, &a.any, a.n);
	return n == (ssize_t)message.n ? 0 : n < 0 ? -errno : -EIO;
}
