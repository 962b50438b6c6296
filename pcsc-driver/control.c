/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../os/unix_sock.h"

enum { CLIENTS_MAX = 16, SHORTAGE_MS = 200 /* how long nobody is let in when there was no descriptor for him */ };

/* Somebody who is connected. */
struct client {
	int fd; /* -1 = nobody */
	char line[CONTROL_LINE_MAX];
	size_t n;
	struct slot *traced; /* the slot whose commands go there */
	unsigned long lost; /* lines that did not fit into the connection */
};

struct control {
	struct slot *slots;
	unsigned n;
	char path[PATH_MAX];
	int listen, stop;
	bool shortage; /* pcscd has no descriptor left */
	pthread_t thread;
	bool running;
	struct client client[CLIENTS_MAX];
};

/* A request that is being answered. */
struct request {
	struct control *control;
	struct client *client;
	struct slot *slot; /* of commands that name one */
	const char *argument; /* "" = none */
};

__attribute__((format(printf, 2, 3))) static void say(struct client *client, const char *format, ...)
{
	char line[CONTROL_LINE_MAX + FAULT_TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	/* An answer is small beside a socket's buffer; who does not even take that gets no more of it. */
	if (n > 0 && (size_t)n < sizeof line)
		(void)!send(client->fd, line, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void end_with(struct request *r, bool ok, const char *why)
{
	if (ok)
		say(r->client, "ok\n");
	else
		say(r->client, "error: %s\n", why);
}

static void run_insert(struct request *r)
{
	char why[SLOT_WHY_MAX];
	bool ok = slot_insert(r->slot, r->argument, why) == 0;

	end_with(r, ok, why);
}

static void run_swap(struct request *r)
{
	char why[SLOT_WHY_MAX];
	bool ok = slot_swap(r->slot, r->argument, why) == 0;

	end_with(r, ok, why);
}

static void run_eject(struct request *r)
{
	end_with(r, slot_eject(r->slot) == 0, "no card is in the slot");
}

static void run_fault(struct request *r)
{
	char why[FAULT_WHY_MAX];
	bool ok = slot_fault(r->slot, r->argument, why);

	end_with(r, ok, why);
}

/* "SLOT TAB powered|off|empty TAB COMMANDS TAB FAULTS TAB PATH" each. */
static void run_list(struct request *r)
{
	struct slot_state state;

	for (unsigned i = 0; i < r->control->n; i++) {
		slot_state(&r->control->slots[i], &state);
		say(r->client, "%u\t%s\t%llu\t%s\t%s\n", i,
		    state.path[0] == '\0' ? "empty"
		    : state.powered	  ? "powered"
					  : "off",
		    (unsigned long long)state.commands, state.faults, state.path);
	}
	end_with(r, true, "");
}

/* A line of a trace. Called by a thread of pcscd that must not wait. */
static void trace_line(void *ctx, struct span line)
{
	struct client *client = ctx;

	if (client->lost != 0) {
		char text[64];
		int n = snprintf(text, sizeof text, "(%lu commands are not shown)\n", client->lost);
		if (send(client->fd, text, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) == n)
			client->lost = 0;
	}
	if (client->lost != 0 || send(client->fd, line.p, line.n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		client->lost++;
}

static void run_trace(struct request *r)
{
	struct client *self = r->client;

	for (struct client *c = r->control->client; c < r->control->client + CLIENTS_MAX; c++) {
		if (c->fd >= 0 && c->traced == r->slot) {
			end_with(r, false, "somebody else traces this slot");
			return;
		}
	}
	if (self->traced != NULL) {
		end_with(r, false, "this connection traces another slot");
		return;
	}
	end_with(r, true, "");
	self->traced = r->slot;
	slot_trace(r->slot, trace_line, self);
}

static const struct {
	const char *name;
	bool slot, argument; /* what it wants */
	void (*run)(struct request *r);
} commands[] = {
	{ "insert", true, true, run_insert }, { "eject", true, false, run_eject }, { "swap", true, true, run_swap },
	{ "fault", true, true, run_fault },   { "trace", true, false, run_trace }, { "list", false, false, run_list },
};

/* Takes the number of a slot off *text. */
static struct slot *take_slot(struct control *c, const char **text)
{
	size_t digits = strspn(*text, "0123456789");
	unsigned long n = strtoul(*text, NULL, 10);

	if (digits == 0 || digits > 4 || n >= c->n || ((*text)[digits] != ' ' && (*text)[digits] != '\0'))
		return NULL;
	*text += digits;
	*text += **text == ' ';
	return &c->slots[n];
}

static void run_line(struct control *c, struct client *client, const char *line)
{
	struct request r = { .control = c, .client = client };
	size_t n = strcspn(line, " ");

	for (size_t i = 0; i < VU_COUNT(commands); i++) {
		if (strlen(commands[i].name) != n || strncmp(commands[i].name, line, n) != 0)
			continue;
		r.argument = line + n + (line[n] == ' ');
		if (commands[i].slot)
			r.slot = take_slot(c, &r.argument);
		if (commands[i].slot && r.slot == NULL)
			say(client, "error: %s: expected a slot from 0 to %u\n", commands[i].name, c->n - 1);
		else if (commands[i].argument != (r.argument[0] != '\0') || !slot_printable(r.argument))
			say(client, "error: %s: expected %s\n", commands[i].name,
			    commands[i].argument ? "an argument of printable characters" : "no argument");
		else
			commands[i].run(&r);
		return;
	}
	say(client, "error: no such command\n");
}

static void drop(struct client *client)
{
	if (client->traced != NULL)
		slot_trace(client->traced, NULL, NULL); /* the last line is out when this returns */
	close(client->fd);
	*client = (struct client){ .fd = -1 };
}

static void receive(struct control *c, struct client *client)
{
	ssize_t got = recv(client->fd, client->line + client->n, sizeof client->line - 1 - client->n, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		drop(client);
		return;
	}
	client->n += (size_t)got;
	client->line[client->n] = '\0';
	for (char *end; (end = memchr(client->line, '\n', client->n)) != NULL;) {
		size_t line = (size_t)(end - client->line) + 1;
		*end = '\0';
		run_line(c, client, client->line);
		client->n -= line;
		memmove(client->line, client->line + line, client->n + 1);
	}
	if (client->n == sizeof client->line - 1) {
		say(client, "error: the line is too long\n");
		drop(client);
	}
}

static void take_client(struct control *c)
{
	int fd = accept4(c->listen, NULL, NULL, SOCK_CLOEXEC);

	/* He who is at the door stays there, and poll() would say so again at once. */
	if (fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		c->shortage = true;
	for (size_t i = 0; fd >= 0 && i < CLIENTS_MAX; i++) {
		if (c->client[i].fd >= 0)
			continue;
		c->client[i] = (struct client){ .fd = fd };
		return;
	}
	if (fd < 0)
		return;
	struct client refused = { .fd = fd };
	say(&refused, "error: %d connections are open already, and no more are expected\n", CLIENTS_MAX);
	close(fd);
}

static void *serve(void *ctx)
{
	struct control *c = ctx;

	for (;;) {
		struct pollfd fds[2 + CLIENTS_MAX] = { { .fd = c->stop, .events = POLLIN },
						       { .fd = c->shortage ? -1 : c->listen, .events = POLLIN } };
		for (size_t i = 0; i < CLIENTS_MAX; i++)
			fds[2 + i] = (struct pollfd){ .fd = c->client[i].fd, .events = POLLIN };
		if (poll(fds, VU_COUNT(fds), c->shortage ? SHORTAGE_MS : -1) < 0 && errno != EINTR)
			return NULL;
		c->shortage = false;
		if (fds[0].revents != 0)
			return NULL;
		for (size_t i = 0; i < CLIENTS_MAX; i++)
			if (fds[2 + i].revents != 0)
				receive(c, &c->client[i]);
		if (fds[1].revents != 0)
			take_client(c);
	}
}

int control_open(struct control **ret, const char *path, struct slot *slots, unsigned n, char *why)
{
	struct control *c = calloc(1, sizeof *c);
	int rc = -ENOMEM;

	if (c == NULL || snprintf(c->path, sizeof c->path, "%s", path) >= (int)sizeof c->path)
		goto out;
	c->slots = slots;
	c->n = n;
	c->listen = c->stop = -1;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		c->client[i].fd = -1;
	c->listen = rc = unix_sock_listen(path);
	if (rc < 0)
		goto out;
	c->stop = eventfd(0, EFD_CLOEXEC);
	rc = c->stop >= 0 ? -pthread_create(&c->thread, NULL, serve, c) : -errno;
	c->running = rc == 0;
out:
	if (rc != 0) {
		snprintf(why, CONTROL_WHY_MAX, "control socket %.180s: %s", path, strerror(-rc));
		control_close(c);
		return rc;
	}
	*ret = c;
	return 0;
}

void control_close(struct control *c)
{
	if (c == NULL)
		return;
	if (c->running) {
		(void)eventfd_write(c->stop, 1);
		pthread_join(c->thread, NULL);
	}
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (c->running && c->client[i].fd >= 0)
			drop(&c->client[i]);
	if (c->listen >= 0) {
		close(c->listen);
		unlink(c->path);
	}
	if (c->stop >= 0)
		close(c->stop);
	free(c);
}
