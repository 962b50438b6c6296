/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_load PORT < REQUESTS: sends requests to an HTTP server on loopback over connections that stay open, on each the next
 * when the answer to the last one is there, and prints "REQUESTS SECONDS MEDIAN P99" (microseconds of one request).
 *
 * REQUESTS is, for each request, a line "CONNECTION LENGTH" and that many octets. It is all in memory before the first
 * octet leaves, and it never sleeps, so that what is measured is the server, and not how long it takes to wake its client
 * up. An answer other than 200 ends it.
 */
#include "apdu/bytes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 1024, REQUEST_MAX = 65536, ANSWER_MAX = 65536, EVENTS = 64 };
#define LIMIT_NS (INT64_C(120) * 1000000000)

struct request {
	struct request *next;
	size_t n;
	char octets[];
};

struct connection {
	int fd;
	struct request *first, *last; /* those that have not been answered */
	int64_t sent; /* ns */
	size_t n; /* octets of the answer so far */
	char answer[ANSWER_MAX + 1];
};

static struct connection *connections[CONNECTIONS_MAX];
static size_t n_requests, n_answers;
static int64_t *took; /* ns, of each answer */

static _Noreturn void give_up(const char *what, const char *about)
{
	fprintf(stderr, "http_load: %s: %s\n", what, about);
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct connection *connection_of(size_t i)
{
	if (connections[i] == NULL) {
		connections[i] = calloc(1, sizeof *connections[i]);
		if (connections[i] == NULL)
			give_up("a connection", strerror(ENOMEM));
		connections[i]->fd = -1;
	}
	return connections[i];
}

static void read_requests(void)
{
	size_t i, n;

	while (scanf("%zu %zu", &i, &n) == 2) {
		struct request *r = i < CONNECTIONS_MAX && n <= REQUEST_MAX ? malloc(sizeof *r + n) : NULL;
		if (r == NULL || getchar() != '\n' || fread(r->octets, 1, n, stdin) != n)
			give_up("expected lines CONNECTION LENGTH and that many octets", "standard input");
		struct connection *c = connection_of(i);
		r->next = NULL;
		r->n = n;
		if (c->last != NULL)
			c->last->next = r;
		else
			c->first = r;
		c->last = r;
		n_requests++;
	}
	took = calloc(n_requests + 1, sizeof *took);
	if (n_requests == 0 || took == NULL)
		give_up("no requests", "standard input");
}

static void connect_to(struct connection *c, uint16_t port, int epoll)
{
	static const int on = 1;
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
	    connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0 ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) != 0)
		give_up("connecting", strerror(errno));
}

static void send_next(struct connection *c)
{
	const struct request *r = c->first;

	c->n = 0;
	c->sent = now_ns();
	if (r != NULL && send(c->fd, r->octets, r->n, MSG_NOSIGNAL) != (ssize_t)r->n)
		give_up("sending", strerror(errno));
}

/* Octets of the whole answer; 0 while its head is not there. */
static size_t answer_length(struct connection *c)
{
	c->answer[c->n] = '\0';
	const char *end = strstr(c->answer, "\r\n\r\n");
	const char *length = end == NULL ? NULL : strcasestr(c->answer, "\r\nContent-Length:");

	if (end == NULL)
		return 0;
	if (length == NULL || length > end || strncmp(c->answer, "HTTP/1.1 200 ", 13) != 0)
		give_up("expected 200 and Content-Length", c->answer);
	return (size_t)(end - c->answer) + 4 + strtoul(length + 17, NULL, 10);
}

static void on_octets(struct connection *c)
{
	ssize_t got = recv(c->fd, c->answer + c->n, ANSWER_MAX - c->n, 0);

	if (got <= 0)
		give_up("receiving", got == 0 ? "the server closed the connection" : strerror(errno));
	c->n += (size_t)got;
	size_t length = answer_length(c);
	if (length == 0 || c->n < length)
		return;
	took[n_answers++] = now_ns() - c->sent;
	struct request *done = c->first;
	c->first = done->next;
	free(done);
	send_next(c);
}

static double run(int epoll)
{
	struct epoll_event events[EVENTS];
	int64_t start = now_ns();

	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (connections[i] != NULL)
			send_next(connections[i]);
	while (n_answers < n_requests) {
		int n = epoll_wait(epoll, events, EVENTS, 0);
		if (n < 0 || now_ns() - start > LIMIT_NS)
			give_up("waiting for answers", n < 0 ? strerror(errno) : "some are still missing");
		for (int i = 0; i < n; i++)
			on_octets(events[i].data.ptr);
	}
	return (double)(now_ns() - start) / 1e9;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	unsigned long port = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (port == 0 || port > UINT16_MAX || epoll < 0) {
		fputs("usage: http_load PORT < REQUESTS\n", stderr);
		return 2;
	}
	read_requests();
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (connections[i] != NULL)
			connect_to(connections[i], (uint16_t)port, epoll);
	double seconds = run(epoll);
	qsort(took, n_answers, sizeof *took, compare);
	printf("%zu %.6f %.1f %.1f\n", n_answers, seconds, (double)took[n_answers / 2] / 1e3,
	       (double)took[n_answers * 99 / 100] / 1e3);
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		if (connections[i] != NULL)
			close(connections[i]->fd);
		free(connections[i]);
	}
	free(took);
	close(epoll);
	return 0;
}
