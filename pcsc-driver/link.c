/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TCP client that can be told to stop while it waits.
 *
 * vpcd sends the length and the payload of a command in two segments with Nagle's algorithm on, so the second one
 * leaves only after the first is acknowledged, and a delayed acknowledgement costs 40 ms per command. TCP_QUICKACK asks
 * for it at once; Linux forgets the option again, so it is set before every recv().
 */
#include "link.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

struct link {
	struct addrinfo *addresses;
	int socket; /* -1: not connected */
	int signals; /* readable once SIGTERM or SIGINT has come, and for good */
};

static int open_signals(int *ret)
{
	sigset_t stop;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	if (sigprocmask(SIG_BLOCK, &stop, NULL) < 0)
		return -errno;
	int fd = signalfd(-1, &stop, SFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret = fd;
	return 0;
}

int link_open(struct link **ret, const char *host, const char *port, const char **ret_why)
{
	struct link *l = calloc(1, sizeof *l);
	if (l == NULL)
		return -ENOMEM;
	l->socket = l->signals = -1;

	int r = open_signals(&l->signals);
	if (r == 0) {
		struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
		int e = getaddrinfo(host, port, &hints, &l->addresses);
		if (e != 0) {
			*ret_why = gai_strerror(e);
			r = -EHOSTUNREACH;
		}
	}
	if (r < 0) {
		link_close(l);
		return r;
	}
	*ret = l;
	return 0;
}

void link_close(struct link *l)
{
	if (l == NULL)
		return;
	link_disconnect(l);
	if (l->signals >= 0)
		close(l->signals);
	if (l->addresses != NULL)
		freeaddrinfo(l->addresses);
	free(l);
}

/* Waits for one of `events` on the socket (none: only for the time to pass). 0 also when the time is over. */
static int wait_for(struct link *l, short events, int milliseconds)
{
	struct pollfd fds[] = {
		{ .fd = l->signals, .events = POLLIN },
		{ .fd = events != 0 ? l->socket : -1, .events = events },
	};
	while (poll(fds, VU_COUNT(fds), milliseconds) < 0)
		if (errno != EINTR) /* SIGCONT after SIGSTOP: wait on */
			return -errno;
	return fds[0].revents != 0 ? -ECANCELED : 0;
}

int link_pause(struct link *l, int milliseconds)
{
	return wait_for(l, 0, milliseconds);
}

/* Connects the fresh, non-blocking l->socket. */
static int connect_to(struct link *l, const struct addrinfo *to)
{
	if (connect(l->socket, to->ai_addr, to->ai_addrlen) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return -errno;
	int r = wait_for(l, POLLOUT, -1);
	if (r < 0)
		return r;
	int error = 0;
	socklen_t n = sizeof error;
	if (getsockopt(l->socket, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		return -errno;
	return -error;
}

int link_connect(struct link *l)
{
	int r = -EADDRNOTAVAIL;
	for (const struct addrinfo *to = l->addresses; to != NULL; to = to->ai_next) {
		link_disconnect(l);
		l->socket = socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to->ai_protocol);
		r = l->socket < 0 ? -errno : connect_to(l, to);
		if (r == 0 || r == -ECANCELED)
			break;
	}
	if (r < 0)
		link_disconnect(l);
	return r;
}

void link_disconnect(struct link *l)
{
	if (l->socket >= 0)
		close(l->socket);
	l->socket = -1;
}

int link_recv(struct link *l, uint8_t *buf, size_t size, size_t *ret_n)
{
	for (;;) {
		int on = 1;
		(void)setsockopt(l->socket, IPPROTO_TCP, TCP_QUICKACK, &on,
				 sizeof on); /* without it: slow, not wrong */
		int r = wait_for(l, POLLIN, -1);
		if (r < 0)
			return r;
		ssize_t n = recv(l->socket, buf, size, 0);
		if (n > 0) {
			*ret_n = (size_t)n;
			return 0;
		}
		if (n == 0)
			return -ECONNRESET;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
}

int link_send(struct link *l, struct span octets)
{
	/* A full socket buffer means that the other side reads nothing: it is not waited for. */
	ssize_t n = send(l->socket, octets.p, octets.n, MSG_NOSIGNAL);
	return n >= 0 && (size_t)n == octets.n ? 0 : -EPIPE;
}
