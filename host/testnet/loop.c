/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../../os/random.h"
#include "control_sock.h"
#include "httpd.h"
#include "peers.h"
#include "sock.h"
#include "state_sqlite.h"
#include "zn_client.h"
#include "zn_server.h"
#include "zn_token.h"

enum {
	DATAGRAMS_AT_ONCE = 64, /* then the others get their turn */
	FOREIGN_UES = 100000, /* at most, with a BSF elsewhere */
};

enum { FD_STOP, FD_UDP, FD_BSF, FD_BMSC, FD_ZN, FD_ZN_CLIENT, FD_CONTROL, FDS = FD_CONTROL + CONTROL_SOCK_FDS };

struct loop {
	struct net_env env;
	const struct log *log;
	struct outbox outbox;
	struct state *state;
	struct faults faults;
	struct bsf *bsf;
	struct bmsc *bmsc;
	struct peers *peers;
	struct httpd *bsf_httpd, *bmsc_httpd, *zn_httpd;
	struct zn_server zn_server;
	struct zn_client *zn_client; /* NULL = the BSF is ours */
	struct zn_token token; /* of either */
	int udp;
	struct control_sock *control; /* NULL = there is none */
	struct loop_ports ports;
	struct message_log messages;
	char here[MESSAGE_LOG_END_MAX]; /* where MIKEY comes in, as text */
};

static int64_t clock_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t now_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

static int64_t monotonic_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

/* There is nothing sensible to do without randomness. */
static void random_octets(void *ctx, uint8_t *out, size_t n)
{
	if (!os_random(ctx, out, n)) {
		perror("getrandom");
		abort();
	}
}

static void tell_datagram(struct loop *l, bool sent, const struct peer *peer, struct span octets)
{
	char there[MESSAGE_LOG_END_MAX];
	const struct message_way way = {
		.interface = "MIKEY", .sent = sent, .from = sent ? l->here : there, .to = sent ? there : l->here
	};

	if (l->messages.log == NULL)
		return;
	message_log_address(there, peer->host, peer->port);
	message_log_mikey(&l->messages, now_ms(), &way, octets);
}

static void send_datagram(void *ctx, const struct peer *to, struct span datagram)
{
	struct loop *l = ctx;

	tell_datagram(l, true, to, datagram);
	int error = sock_send(l->udp, to, datagram);

	if (error != 0)
		LOG(l->log, now_ms(), "error", LOG_TEXT("what", "sending a datagram"), LOG_TEXT("peer", to->host),
		    LOG_NUMBER("port", to->port), LOG_TEXT("reason", strerror(-error)));
}

static void on_ub(void *ctx, const struct http_request *request, struct http_answer *answer,
		  const struct outbox *outbox)
{
	struct loop *l = ctx;

	(void)outbox;
	bsf_request(l->bsf, request, answer, now_ms());
}

static void on_ua(void *ctx, const struct http_request *request, struct http_answer *answer,
		  const struct outbox *outbox)
{
	struct loop *l = ctx;

	bmsc_request(l->bmsc, request, answer, outbox, now_ms());
}

static void on_zn(void *ctx, const struct http_request *request, struct http_answer *answer,
		  const struct outbox *outbox)
{
	struct loop *l = ctx;

	(void)outbox;
	zn_request(&l->zn_server, request, answer, now_ms());
}

static void on_zn_answer(void *ctx)
{
	struct loop *l = ctx;

	httpd_again(l->bmsc_httpd);
}

/* Whether a datagram of this peer is looked at. */
static bool may_send(struct loop *l, const struct peer_id *who, const struct peer *from)
{
	bool say = false;
	bool ok = peers_take(l->peers, who, PEERS_DATAGRAM, monotonic_ms(), &say);

	if (say)
		LOG(l->log, now_ms(), "limited", LOG_TEXT("interface", "MIKEY"), LOG_TEXT("peer", from->host),
		    LOG_TEXT("reason", "more datagrams a second than one peer may send"));
	return ok;
}

static void on_datagrams(struct loop *l)
{
	uint8_t octets[MIKEY_MESSAGE_MAX];
	struct peer from;
	struct peer_id who;

	for (int i = 0; i < DATAGRAMS_AT_ONCE; i++) {
		ssize_t n = sock_receive(l->udp, &from, &who, octets, sizeof octets);

		/* An ICMP error of an earlier datagram comes back here, too: the timer deals with what got lost. */
		if (n == -EAGAIN || n == -EINTR)
			return;
		if (n < 0 || !may_send(l, &who, &from))
			continue;
		struct span datagram = span_of(octets, (size_t)n > sizeof octets ? sizeof octets : (size_t)n);
		tell_datagram(l, false, &from, datagram);
		bmsc_datagram(l->bmsc, &from, datagram, now_ms());
	}
}

/* The nearer of two waits in ms, -1 = for ever. */
static int nearer(int a, int64_t b)
{
	if (b < 0)
		return a;
	return a < 0 || b < a ? (int)(b > 60000 ? 60000 : b) : a;
}

/* Does what time asks for and says how long there is nothing to do. */
static int do_timers(struct loop *l)
{
	int64_t now = now_ms();
	int64_t next = bmsc_timer(l->bmsc, &l->outbox, now);
	int wait = nearer(httpd_timeout(l->bsf_httpd), httpd_timeout(l->bmsc_httpd));

	wait = nearer(nearer(wait, httpd_timeout(l->zn_httpd)), zn_client_timeout(l->zn_client, now));

	if (next >= 0)
		wait = nearer(wait, next > now ? next - now : 0);
	next = control_sock_due(l->control);
	if (next >= 0)
		wait = nearer(wait, next > now ? next - now : 0);
	return wait;
}

static void fill(const struct loop *l, int stop_fd, struct pollfd fds[static FDS])
{
	fds[FD_STOP] = (struct pollfd){ .fd = stop_fd, .events = POLLIN };
	fds[FD_UDP] = (struct pollfd){ .fd = l->udp, .events = POLLIN };
	fds[FD_BSF] = (struct pollfd){ .fd = httpd_fd(l->bsf_httpd), .events = POLLIN };
	fds[FD_BMSC] = (struct pollfd){ .fd = httpd_fd(l->bmsc_httpd), .events = POLLIN };
	fds[FD_ZN] = (struct pollfd){ .fd = httpd_fd(l->zn_httpd), .events = POLLIN };
	fds[FD_ZN_CLIENT] = (struct pollfd){ .fd = zn_client_fd(l->zn_client), .events = POLLIN };
	control_sock_fill(l->control, &fds[FD_CONTROL]);
}

/* What could not be stored is told where it is seen. */
static void tell_trouble(struct loop *l)
{
	const char *why = state_trouble(l->state);

	if (why != NULL)
		LOG(l->log, now_ms(), "error", LOG_TEXT("what", "storing the state"), LOG_TEXT("reason", why));
}

/* They have timers of their own. */
static void run_http(struct httpd *h, bool readable)
{
	if (readable || httpd_timeout(h) == 0)
		httpd_run(h);
}

/* Waits for something to do, and does it. False when it is time to stop. */
static bool turn(struct loop *l, int stop_fd)
{
	struct pollfd fds[FDS];
	int wait = do_timers(l);

	fill(l, stop_fd, fds);
	if (poll(fds, FDS, wait) < 0)
		return true; /* EINTR: a handler of somebody else's, or a debugger */
	tell_trouble(l);
	l->faults.now = now_ms();
	zn_client_run(l->zn_client, now_ms());
	run_http(l->zn_httpd, fds[FD_ZN].revents != 0);
	run_http(l->bsf_httpd, fds[FD_BSF].revents != 0);
	run_http(l->bmsc_httpd, fds[FD_BMSC].revents != 0);
	if (fds[FD_UDP].revents != 0)
		on_datagrams(l);
	control_sock_run(l->control, &fds[FD_CONTROL], now_ms());
	return fds[FD_STOP].revents == 0;
}

/* An HTTP server; messages: of --messages, which keys are no part of. */
static int open_http(struct loop *l, const struct net_config *c, const char *listen, const char *interface,
		     uint16_t *port, struct httpd **ret, httpd_fn *fn, struct message_log *messages)
{
	int fd = sock_tcp(listen, *port, port);

	if (fd < 0)
		return fd;
	int error =
		httpd_open(ret, fd,
			   &(struct httpd_settings){ .interface = interface,
						     .fn = fn,
						     .ctx = l,
						     .outbox = &l->outbox,
						     .peers = fn == on_zn ? NULL : l->peers, /* a BM-SC asks for all */
						     .limits = &c->limits,
						     .log = l->log,
						     .messages = messages });
	if (error != 0)
		close(fd);
	return error;
}

/* How a step of opening ended. */
static int step(int error, char why[static LOOP_WHY_MAX], const char *what, const char *at)
{
	if (error < 0)
		snprintf(why, LOOP_WHY_MAX, "%s %.180s: %s", what, at, strerror(-error));
	return error < 0 ? error : 0;
}

/* Where the BM-SC gets its keys. */
static struct zn zn_of(struct loop *l)
{
	return l->zn_client != NULL ? zn_client_zn(l->zn_client) : bsf_zn(l->bsf);
}

/* A BSF elsewhere has subscribers that we know nothing of. */
static size_t max_ues(const struct loop *l, const struct net_config *c)
{
	return l->zn_client != NULL && c->n_subscribers < FOREIGN_UES ? FOREIGN_UES : c->n_subscribers;
}

/* One end of Zn over HTTP, or none. */
static int open_zn(struct loop *l, const struct net_config *c, char why[static LOOP_WHY_MAX])
{
	char what[ZN_TOKEN_WHY_MAX] = "";
	const char *path = c->zn.served ? c->zn.token : c->zn.url_token;
	int error = path[0] != '\0' ? zn_token_read(&l->token, path, c->zn.served, what) : 0;

	if (error != 0)
		snprintf(why, LOOP_WHY_MAX, "%s: %s", c->zn.served ? "zn.token" : "bmsc.zn_token", what);
	else if (c->zn.url[0] != '\0')
		error = step(zn_client_open(&l->zn_client, c->zn.url, &l->token, l->log, on_zn_answer, l), why,
			     "bmsc.zn", c->zn.url);
	return error;
}

/* BSF and BM-SC, as they were when there is a state. */
static int open_network(struct loop *l, struct net_config *c, const char *state, char why[static LOOP_WHY_MAX])
{
	char what[STATE_WHY_MAX] = "";
	size_t ues = 0;
	int error = state != NULL ? state_open(&l->state, state, what) : 0;

	l->env = (struct net_env){ .prim = prim_open(), .random = random_octets, .log = l->log, .faults = &l->faults };
	if (l->state != NULL) {
		l->env.state = &state_sqlite;
		l->env.state_ctx = l->state;
	}
	if (error == 0 && l->state != NULL)
		error = state_subscribers(l->state, c, what);
	if (error == 0 && l->env.prim != NULL) {
		l->bsf = bsf_open(&c->bsf, c->subscriber, c->n_subscribers, &l->env);
		if (l->bsf != NULL)
			l->bmsc = bmsc_open(&c->bmsc, c->service, c->n_services, max_ues(l, c), zn_of(l), &l->env);
	}
	if (error == 0 && l->bmsc == NULL)
		error = -ENOMEM;
	if (error == 0 && l->state != NULL)
		error = state_restore(l->state, c->subscriber, c->n_subscribers, l->zn_client == NULL ? l->bsf : NULL,
				      l->bmsc, &ues, what);
	if (error != 0)
		snprintf(why, LOOP_WHY_MAX, "%s", what[0] != '\0' ? what : "no memory, or no crypto library");
	else if (l->state != NULL)
		LOG(l->log, now_ms(), "restored", LOG_TEXT("state", state), LOG_NUMBER("ues", ues));
	return error;
}

/* What serves HTTP; the BSF only when it is ours. */
static int open_servers(struct loop *l, const struct net_config *c, char why[static LOOP_WHY_MAX])
{
	struct message_log *messages = l->messages.log != NULL ? &l->messages : NULL;
	const struct {
		const char *key, *listen, *interface;
		uint16_t *port;
		struct httpd **server;
		httpd_fn *fn;
		struct message_log *messages;
		bool wanted;
	} servers[] = {
		{ "bsf.port", c->listen, "Ub", &l->ports.bsf, &l->bsf_httpd, on_ub, messages, l->zn_client == NULL },
		{ "bmsc.port", c->listen, "Ua", &l->ports.bmsc, &l->bmsc_httpd, on_ua, messages, true },
		{ "zn.port", c->zn.listen, "Zn", &l->ports.zn, &l->zn_httpd, on_zn, NULL, c->zn.served },
	};
	char at[PEER_HOST_MAX + 16];
	int error = 0;

	for (size_t i = 0; i < VU_COUNT(servers) && error == 0; i++) {
		if (!servers[i].wanted) {
			*servers[i].port = 0;
			continue;
		}
		snprintf(at, sizeof at, "%u at %s", *servers[i].port, servers[i].listen);
		error = step(open_http(l, c, servers[i].listen, servers[i].interface, servers[i].port,
				       servers[i].server, servers[i].fn, servers[i].messages),
			     why, servers[i].key, at);
	}
	return error;
}

static int open_sockets(struct loop *l, const struct net_config *c, const char *socket, char why[static LOOP_WHY_MAX])
{
	char at[PEER_HOST_MAX + 16];

	l->ports = (struct loop_ports){
		.bsf = c->bsf_port, .bmsc = c->bmsc_port, .mikey = c->mikey_port, .zn = c->zn.port
	};
	snprintf(at, sizeof at, "%u at %s", c->mikey_port, c->listen);
	l->udp = sock_udp(c->listen, c->mikey_port, &l->ports.mikey);
	int error = step(l->udp, why, "mikey.port", at);
	if (error != 0)
		return error;
	message_log_address(l->here, c->listen, l->ports.mikey);
	l->zn_server = (struct zn_server){ bsf_zn(l->bsf), span_str(l->token.text), l->log };
	error = open_servers(l, c, why);
	if (error != 0 || socket == NULL)
		return error;
	const struct control_net net = { .bmsc = l->bmsc, .faults = &l->faults, .outbox = &l->outbox };
	return step(control_sock_open(&l->control, socket, &net), why, "control socket", socket);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void loop_close(struct loop *l)
{
	if (l == NULL)
		return;
	control_sock_close(l->control);
	httpd_close(l->bmsc_httpd);
	httpd_close(l->bsf_httpd);
	httpd_close(l->zn_httpd);
	peers_close(l->peers);
	close_fd(l->udp);
	bmsc_close(l->bmsc);
	zn_client_close(l->zn_client);
	bsf_close(l->bsf);
	state_close(l->state);
	prim_close(l->env.prim);
	secret_wipe(l, sizeof *l);
	free(l);
}

int loop_open(struct loop **ret, struct net_config *config, const struct loop_options *o, const struct log *log,
	      char why[static LOOP_WHY_MAX])
{
	struct loop *l = malloc(sizeof *l);

	if (l == NULL)
		return step(-ENOMEM, why, "the network", "");
	*l = (struct loop){ .log = log, .udp = -1 };
	l->outbox = (struct outbox){ .send = send_datagram, .ctx = l };
	if (o->faults != NULL)
		l->faults = *o->faults;
	if (o->messages)
		l->messages = (struct message_log){ .log = log, .side = "network" };
	uint64_t seed;
	random_octets(NULL, (uint8_t *)&seed, sizeof seed);
	l->peers = peers_open(&config->limits, seed);
	int error = l->peers == NULL ? step(-ENOMEM, why, "the network", "") : open_zn(l, config, why);
	if (error == 0)
		error = open_network(l, config, o->state, why);
	if (error == 0)
		error = open_sockets(l, config, o->socket, why);
	if (error != 0) {
		loop_close(l);
		return error;
	}
	LOG(log, now_ms(), "ready", LOG_TEXT("listen", config->listen), LOG_NUMBER("bsf_port", l->ports.bsf),
	    LOG_NUMBER("bmsc_port", l->ports.bmsc), LOG_NUMBER("mikey_port", l->ports.mikey),
	    LOG_TEXT("socket", o->socket), LOG_NUMBER("zn_port", l->ports.zn));
	*ret = l;
	return 0;
}

struct loop_ports loop_ports(const struct loop *l)
{
	return l->ports;
}

void loop_run(struct loop *l, int stop_fd)
{
	while (turn(l, stop_fd))
		;
}
