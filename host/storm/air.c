/* SPDX-License-Identifier: Apache-2.0 */
#include "air.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../os/udp_addr.h"
#include "chance.h"

enum {
	BATCH = 32, /* datagrams at a system call */
	BATCHES = 8, /* before others have their turn */
	RECEIVE_OCTETS = 32 << 20, /* where the system lets us: 40,000 datagrams that come at once */
	LOST_OF = 10000,
};

#define FIRST_ADDRESS UINT32_C(0x7F010001) /* 127.1.0.1 */

enum direction { DOWN, UP, DIRECTIONS };

struct air {
	int fd;
	uint16_t port;
	size_t ues;
	unsigned lost;
	uint64_t *stream[DIRECTIONS]; /* for each UE */
	struct air_counts counts;
	uint32_t overflow; /* as the system has counted */
	struct {
		struct mmsghdr header[BATCH];
		struct iovec part[BATCH];
		struct sockaddr_in from[BATCH];
		/* One octet more than a message may have: a longer one is seen as too long. */
		uint8_t octets[BATCH][MIKEY_MESSAGE_MAX + 1];
		_Alignas(struct cmsghdr)
			uint8_t control[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(uint32_t))];
	} in;
};

static int set_on(int fd, int level, int option)
{
	static const int on = 1;

	return setsockopt(fd, level, option, &on, sizeof on) == 0 ? 0 : -errno;
}

/* All addresses of loopback: bound to the device, so that nothing else can come in. */
static int open_socket(struct air *a)
{
	static const char device[] = "lo";
	struct udp_addr any = { .in = { .sin_family = AF_INET }, .n = sizeof any.in };

	a->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (a->fd < 0)
		return -errno;
	if (setsockopt(a->fd, SOL_SOCKET, SO_BINDTODEVICE, device, sizeof device) != 0)
		return -errno;
	if (bind(a->fd, &any.any, any.n) != 0 || getsockname(a->fd, &any.any, &any.n) != 0)
		return -errno;
	a->port = ntohs(any.in.sin_port);
	udp_addr_room(a->fd, RECEIVE_OCTETS);
	int rc = set_on(a->fd, IPPROTO_IP, IP_PKTINFO);
	return rc != 0 ? rc : set_on(a->fd, SOL_SOCKET, SO_RXQ_OVFL);
}

int air_open(struct air **ret, size_t ues, unsigned lost, uint64_t seed)
{
	struct air *a = calloc(1, sizeof *a);
	int rc = 0;

	if (a == NULL)
		return -ENOMEM;
	*a = (struct air){ .fd = -1, .ues = ues, .lost = lost };
	for (enum direction d = DOWN; d < DIRECTIONS && rc == 0; d++) {
		a->stream[d] = calloc(ues, sizeof *a->stream[d]);
		for (size_t i = 0; i < ues && a->stream[d] != NULL; i++)
			a->stream[d][i] = chance_stream(seed, i, 16U + d);
		rc = a->stream[d] != NULL ? 0 : -ENOMEM;
	}
	if (rc == 0)
		rc = open_socket(a);
	if (rc != 0) {
		air_close(a);
		return rc;
	}
	*ret = a;
	return 0;
}

void air_close(struct air *a)
{
	if (a == NULL)
		return;
	if (a->fd >= 0)
		close(a->fd);
	free(a->stream[DOWN]);
	free(a->stream[UP]);
	free(a);
}

void air_set_lost(struct air *a, unsigned lost)
{
	a->lost = lost;
}

uint16_t air_port(const struct air *a)
{
	return a->port;
}

const char *air_address(char text[static AIR_ADDRESS], size_t ue)
{
	const struct in_addr address = { htonl(FIRST_ADDRESS + (uint32_t)ue) };

	return inet_ntop(AF_INET, &address, text, AIR_ADDRESS);
}

int air_fd(const struct air *a)
{
	return a->fd;
}

/* One number of the UE's stream for each datagram, whatever the share is: what is lost does not depend on what was. */
static bool is_lost(struct air *a, size_t ue, enum direction d)
{
	return chance(&a->stream[d][ue]) % LOST_OF < a->lost;
}

static int receive(struct air *a)
{
	for (size_t i = 0; i < BATCH; i++) {
		a->in.part[i] = (struct iovec){ a->in.octets[i], sizeof a->in.octets[i] };
		a->in.header[i].msg_hdr = (struct msghdr){ .msg_name = &a->in.from[i],
							   .msg_namelen = sizeof a->in.from[i],
							   .msg_iov = &a->in.part[i],
							   .msg_iovlen = 1,
							   .msg_control = a->in.control[i],
							   .msg_controllen = sizeof a->in.control[i] };
	}
	return recvmmsg(a->fd, a->in.header, BATCH, MSG_DONTWAIT, NULL);
}

/* Which UE a datagram went to; SIZE_MAX = none. Looks at the count of the lost ones on the way. */
static size_t ue_of(struct air *a, struct msghdr *m)
{
	struct in_pktinfo to = { 0 };

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
			memcpy(&to, CMSG_DATA(c), sizeof to);
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
			uint32_t overflow;
			memcpy(&overflow, CMSG_DATA(c), sizeof overflow);
			a->counts.overflow += overflow - a->overflow;
			a->overflow = overflow;
		}
	}
	uint32_t address = ntohl(to.ipi_addr.s_addr);
	return address >= FIRST_ADDRESS && address - FIRST_ADDRESS < a->ues ? address - FIRST_ADDRESS : SIZE_MAX;
}

static struct agent_peer peer_of(const struct sockaddr_in *from)
{
	struct agent_peer p = { .n = sizeof *from, .host = (uint64_t)from->sin_addr.s_addr + 1 };
	char text[INET_ADDRSTRLEN] = "";

	_Static_assert((int)AGENT_PEER_MAX >= (int)sizeof *from, "a socket address fits");
	memcpy(p.octets, from, sizeof *from);
	inet_ntop(AF_INET, &from->sin_addr, text, sizeof text);
	snprintf(p.text, sizeof p.text, "%s:%u", text, ntohs(from->sin_port));
	return p;
}

void air_run(struct air *a, void (*take)(void *ctx, size_t ue, struct span datagram, const struct agent_peer *from),
	     void *ctx)
{
	int n = BATCH;

	for (int k = 0; k < BATCHES && n == BATCH; k++) {
		n = receive(a);
		for (int i = 0; i < n; i++) {
			size_t ue = ue_of(a, &a->in.header[i].msg_hdr);
			if (ue == SIZE_MAX)
				continue;
			a->counts.down++;
			if (is_lost(a, ue, DOWN)) {
				a->counts.down_lost++;
				continue;
			}
			struct agent_peer from = peer_of(&a->in.from[i]);
			take(ctx, ue, span_of(a->in.octets[i], a->in.header[i].msg_len), &from);
		}
	}
}

/* From the UE's own address, by which the BM-SC may know it. */
static ssize_t send_from(const struct air *a, size_t ue, const struct sockaddr_in *to, struct span datagram)
{
	struct in_pktinfo from = { .ipi_spec_dst.s_addr = htonl(FIRST_ADDRESS + (uint32_t)ue) };
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof from)] = { 0 };
	struct iovec part = { (void *)(uintptr_t)datagram.p, datagram.n }; /* it is only read */
	struct msghdr m = { .msg_name = (void *)(uintptr_t)to,
			    .msg_namelen = sizeof *to,
			    .msg_iov = &part,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof control };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof from);
	memcpy(CMSG_DATA(c), &from, sizeof from);
	return sendmsg(a->fd, &m, MSG_NOSIGNAL);
}

int air_send(struct air *a, size_t ue, const struct agent_peer *to, struct span datagram)
{
	struct sockaddr_in address;

	if (to->n != sizeof address)
		return -EINVAL;
	memcpy(&address, to->octets, sizeof address);
	a->counts.up++;
	if (is_lost(a, ue, UP)) {
		a->counts.up_lost++;
		return 0;
	}
	ssize_t n = send_from(a, ue, &address, datagram);
	return n == (ssize_t)datagram.n ? 0 : n < 0 ? -errno : -EIO;
}

struct air_counts air_counts(const struct air *a)
{
	return a->counts;
}
