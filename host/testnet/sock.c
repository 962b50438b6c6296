/* SPDX-License-Identifier: Apache-2.0 */
#include "sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include "../../os/udp_addr.h"

enum { UDP_OCTETS = 8 << 20 }; /* verification messages of a whole group may come at once: some 10,000 */

/* An address of either family. */
struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} u;
	socklen_t n;
};

static int address_of(struct address *ret, const char *host, uint16_t port)
{
	*ret = (struct address){ .n = 0 };
	if (inet_pton(AF_INET, host, &ret->u.in.sin_addr) == 1) {
		ret->u.in.sin_family = AF_INET;
		ret->u.in.sin_port = htons(port);
		ret->n = sizeof ret->u.in;
	} else if (inet_pton(AF_INET6, host, &ret->u.in6.sin6_addr) == 1) {
		ret->u.in6.sin6_family = AF_INET6;
		ret->u.in6.sin6_port = htons(port);
		ret->n = sizeof ret->u.in6;
	}
	return ret->n != 0 ? 0 : -EINVAL;
}

static uint16_t port_of(const struct address *a)
{
	return ntohs(a->u.any.sa_family == AF_INET6 ? a->u.in6.sin6_port : a->u.in.sin_port);
}

/* Closes fd and gives the error that made it useless. */
static int close_with(int fd, int error)
{
	close(fd);
	return -error;
}

static int sock_bound(const char *host, uint16_t port, int type, uint16_t *ret_port)
{
	static const int on = 1;
	struct address a;
	int error = address_of(&a, host, port);

	if (error != 0)
		return error;
	int fd = socket(a.u.any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
		return close_with(fd, errno);
	if (bind(fd, &a.u.any, a.n) != 0 || getsockname(fd, &a.u.any, &a.n) != 0)
		return close_with(fd, errno);
	*ret_port = port_of(&a);
	return fd;
}

int sock_tcp(const char *address, uint16_t port, uint16_t *ret_port)
{
	int fd = sock_bound(address, port, SOCK_STREAM, ret_port);

	if (fd >= 0 && listen(fd, SOMAXCONN) != 0)
		return close_with(fd, errno);
	return fd;
}

int sock_udp(const char *address, uint16_t port, uint16_t *ret_port)
{
	int fd = sock_bound(address, port, SOCK_DGRAM, ret_port);

	if (fd >= 0)
		udp_addr_room(fd, UDP_OCTETS);
	return fd;
}

int sock_send(int fd, const struct peer *to, struct span datagram)
{
	struct address a;
	int error = address_of(&a, to->host, to->port);

	if (error != 0)
		return error;
	return sendto(fd, datagram.p, datagram.n, 0, &a.u.any, a.n) < 0 ? -errno : 0;
}

bool sock_peer(const struct sockaddr *address, struct peer_id *ret_who, char ret_host[static PEER_HOST_MAX])
{
	struct peer_id who = { { 0 } };
	struct wr w = WR(who.octets);
	const void *octets;

	if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)address;
		octets = &in6->sin6_addr;
		wr_bytes(&w, octets, sizeof in6->sin6_addr / 2);
	} else if (address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)address;
		octets = &in->sin_addr;
		wr_u32(&w, 0xFFFF); /* no IPv6 address of any use begins so */
		wr_bytes(&w, octets, sizeof in->sin_addr);
	} else {
		return false;
	}
	*ret_who = who;
	return inet_ntop(address->sa_family, octets, ret_host, PEER_HOST_MAX) != NULL;
}

ssize_t sock_receive(int fd, struct peer *ret_from, struct peer_id *ret_who, uint8_t *to, size_t n)
{
	struct address a = { .n = sizeof a.u };
	ssize_t got = recvfrom(fd, to, n, MSG_TRUNC, &a.u.any, &a.n);

	if (got < 0)
		return -errno;
	if (!sock_peer(&a.u.any, ret_who, ret_from->host))
		return -EPROTO;
	ret_from->port = port_of(&a);
	return got;
}
