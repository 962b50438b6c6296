/* SPDX-License-Identifier: Apache-2.0 */
#include "udp_addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static bool parse_port(uint16_t *ret, const char *digits)
{
	uint32_t port = 0;

	if (*digits == '\0' || strlen(digits) > 5)
		return false;
	for (; *digits != '\0'; digits++) {
		if (*digits < '0' || *digits > '9')
			return false;
		port = port * 10 + (uint32_t)(*digits - '0');
	}
	*ret = (uint16_t)port;
	return port <= UINT16_MAX;
}

bool udp_addr_parse(struct udp_addr *ret, const char *text)
{
	struct udp_addr a = { .n = 0 };
	char host[INET6_ADDRSTRLEN];
	const char *colon = strrchr(text, ':');
	uint16_t port;

	if (colon == NULL || !parse_port(&port, colon + 1))
		return false;
	size_t n = (size_t)(colon - text);
	bool brackets = n > 2 && text[0] == '[' && text[n - 1] == ']';
	if (brackets) {
		text++;
		n -= 2;
	}
	struct wr w = WR(host);
	wr_bytes(&w, text, n);
	if (!wr_cstr(&w))
		return false;
	if (brackets && inet_pton(AF_INET6, host, &a.in6.sin6_addr) == 1) {
		a.in6.sin6_family = AF_INET6;
		a.in6.sin6_port = htons(port);
		a.n = sizeof a.in6;
	} else if (!brackets && inet_pton(AF_INET, host, &a.in.sin_addr) == 1) {
		a.in.sin_family = AF_INET;
		a.in.sin_port = htons(port);
		a.n = sizeof a.in;
	}
	if (a.n == 0)
		return false;
	*ret = a;
	return true;
}

char *udp_addr_text(char out[static UDP_ADDR_TEXT], const struct udp_addr *a)
{
	char host[INET6_ADDRSTRLEN] = "?";

	if (a->any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &a->in6.sin6_addr, host, sizeof host);
		snprintf(out, UDP_ADDR_TEXT, "[%s]:%u", host, ntohs(a->in6.sin6_port));
	} else {
		inet_ntop(AF_INET, &a->in.sin_addr, host, sizeof host);
		snprintf(out, UDP_ADDR_TEXT, "%s:%u", host, ntohs(a->in.sin_port));
	}
	return out;
}

/* A group's address is bound, too, so that what is sent to this host alone at the same port does not come along. */
static bool join(int fd, const struct udp_addr *a)
{
	static const int on = 1;

	if (a->any.sa_family == AF_INET && IN_MULTICAST(ntohl(a->in.sin_addr.s_addr))) {
		const struct ip_mreqn m = { .imr_multiaddr = a->in.sin_addr };
		return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
		       setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof m) == 0;
	}
	if (a->any.sa_family == AF_INET6 && IN6_IS_ADDR_MULTICAST(&a->in6.sin6_addr)) {
		const struct ipv6_mreq m = { .ipv6mr_multiaddr = a->in6.sin6_addr };
		return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
		       setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &m, sizeof m) == 0;
	}
	return true;
}

int udp_addr_bind(struct udp_addr *a)
{
	int fd = socket(a->any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (!join(fd, a) || bind(fd, &a->any, a->n) != 0 || getsockname(fd, &a->any, &a->n) != 0) {
		int error = errno;
		close(fd);
		return -error;
	}
	return fd;
}

void udp_addr_room(int fd, int octets)
{
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
}
