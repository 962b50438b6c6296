/* SPDX-License-Identifier: Apache-2.0 */
#include "control_sock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../os/unix_sock.h"

enum {
	CLIENT_MS = 5000, /* for its line, and for each part of its answer */
	OUT_MAX = 4 * LOG_LINE_MAX,
	LINES_AT_ONCE = 256, /* then the others get their turn */
};

struct client {
	int fd; /* -1 = free */
	int64_t deadline; /* ms since 1970 */
	bool asked; /* its line is there */
	char line[CONTROL_LINE_MAX];
	size_t n;
	struct control_answer answer;
	struct wr out; /* of the answer, in octets below */
	size_t sent; /* of out */
	uint8_t octets[OUT_MAX];
};

struct control_sock {
	struct control_net net;
	int fd;
	char *path;
	struct client client[CONTROL_CLIENTS];
};

int control_sock_open(struct control_sock **ret, const char *path, const struct control_net *net)
{
	struct control_sock *s = calloc(1, sizeof *s);
	char *copy = strdup(path);
	int fd = s != NULL && copy != NULL ? unix_sock_listen(path) : -ENOMEM;

	if (fd < 0) {
		free(copy);
		free(s);
		return fd;
	}
	s->net = *net;
	s->fd = fd;
	s->path = copy;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		s->client[i].fd = -1;
	*ret = s;
	return 0;
}

static void client_close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

void control_sock_close(struct control_sock *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		client_close(&s->client[i]);
	unlink(s->path);
	close(s->fd);
	free(s->path);
	free(s);
}

static void client_put(void *ctx, struct span line)
{
	struct client *c = ctx;

	wr_span(&c->out, line);
}

/* More of the answer while there is room. */
static void answer_more(struct control_sock *s, struct client *c, int64_t now)
{
	for (int i = 0; i < LINES_AT_ONCE && !c->answer.over && c->out.cap - c->out.n >= LOG_LINE_MAX; i++)
		control_go_on(&c->answer, &s->net, client_put, c, now);
}

/* What is there of the answer leaves as far as it is taken. */
static void client_send(struct control_sock *s, struct client *c, int64_t now)
{
	answer_more(s, c, now);
	ssize_t n = send(c->fd, c->octets + c->sent, c->out.n - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			client_close(c);
		return;
	}
	c->sent += (size_t)n;
	c->deadline = now + CLIENT_MS;
	if (c->sent < c->out.n)
		return;
	c->out = WR(c->octets);
	c->sent = 0;
	if (c->answer.over)
		client_close(c);
}

static void client_receive(struct control_sock *s, struct client *c, int64_t now)
{
	ssize_t n = recv(c->fd, c->line + c->n, sizeof c->line - c->n, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		c->n += (size_t)n;
	const char *end = memchr(c->line, '\n', c->n);
	if (end == NULL && n <= 0) {
		client_close(c);
		return;
	}
	if (end == NULL && c->n < sizeof c->line)
		return;
	c->asked = true;
	control_begin(&c->answer, &s->net, span_of(c->line, end != NULL ? (size_t)(end - c->line) : c->n), client_put,
		      c, now);
	client_send(s, c, now);
}

static struct client *free_client(struct control_sock *s)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (s->client[i].fd < 0)
			return &s->client[i];
	return NULL;
}

static void let_in(struct control_sock *s, int64_t now)
{
	struct client *c = free_client(s);
	int fd = c == NULL ? -1 : accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	c->fd = fd;
	c->deadline = now + CLIENT_MS;
	c->asked = false;
	c->n = c->sent = 0;
	c->out = WR(c->octets);
}

void control_sock_fill(const struct control_sock *s, struct pollfd fds[static CONTROL_SOCK_FDS])
{
	bool room = false;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		const struct client *c = s == NULL ? NULL : &s->client[i];

		fds[1 + i] = (struct pollfd){ .fd = c != NULL ? c->fd : -1,
					      .events = c != NULL && c->asked ? POLLOUT : POLLIN };
		room = room || (c != NULL && c->fd < 0);
	}
	fds[0] = (struct pollfd){ .fd = room ? s->fd : -1, .events = POLLIN };
}

void control_sock_run(struct control_sock *s, const struct pollfd fds[static CONTROL_SOCK_FDS], int64_t now)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct client *c = &s->client[i];

		if (c->fd < 0)
			continue;
		if (fds[1 + i].revents != 0 && c->asked)
			client_send(s, c, now);
		else if (fds[1 + i].revents != 0)
			client_receive(s, c, now);
		else if (c->deadline <= now)
			client_close(c);
	}
	if (fds[0].revents != 0)
		let_in(s, now);
}

int64_t control_sock_due(const struct control_sock *s)
{
	int64_t due = -1;

	for (size_t i = 0; s != NULL && i < CONTROL_CLIENTS; i++)
		if (s->client[i].fd >= 0 && (due < 0 || s->client[i].deadline < due))
			due = s->client[i].deadline;
	return due;
}
