/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the ME waits: for datagrams, HTTP exchanges, signals and timers in one poll. A second thread waits for the reader
 * alone, because winscard cannot be polled.
 */
#include "loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../os/udp_addr.h"
#include "../http/http_curl.h"
#include "../media/mtk_out.h"
#include "taps.h"
#include "udp.h"

struct loop {
	struct agent_env env;
	struct http_req req;
	struct http_client *http;
	struct http_exchange *exchange;
	struct agent *agent; /* the one that runs */
	struct udp_addr listen;
	struct udp *udp;
	bool later; /* the message that waits longest waits for the card */
	struct mtk_out *mtk_out; /* NULL = none, as the next */
	struct srtp_relay *srtp;
	const struct loop_owner *owner;
	struct taps taps;
	card_if_tap_fn *tap; /* of the card, whose is ours while we run; NULL = none */
	void *tap_ctx;
	int signals, changed;
	struct card_if *card;
	pthread_t watcher;
	bool watching;
	/* The errand that loop_errand() waits for. */
	uint32_t errand;
	enum agent_end end;
};

static int64_t env_now(void *ctx)
{
	struct timespec ts;
	(void)ctx;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool env_random(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	return n <= 256 && getrandom(out, n, 0) == (ssize_t)n; /* up to 256 octets come whole */
}

static int env_http_start(void *ctx, const struct http_req *req)
{
	struct loop *l = ctx;
	return http_exchange_start(l->exchange, req);
}

static void env_http_abandon(void *ctx)
{
	struct loop *l = ctx;

	taps_http_over(&l->taps, env_now(NULL));
	http_exchange_abandon(l->exchange);
}

static void http_done(void *ctx, int rc, const struct http_resp *resp, const char *why)
{
	struct loop *l = ctx;

	taps_http_over(&l->taps, env_now(NULL));
	agent_http_done(l->agent, rc, resp, why);
}

static void env_ended(void *ctx, uint32_t errand, enum agent_end end, const char *why)
{
	struct loop *l = ctx;

	if (l->owner != NULL)
		l->owner->ended(l->owner->ctx, errand, end, why);
	if (errand != l->errand)
		return;
	l->errand = 0;
	l->end = end;
}

static int env_reply(void *ctx, const struct agent_peer *to, struct span message)
{
	struct loop *l = ctx;
	return udp_send(l->udp, to, message);
}

/* The receiver of SRTP first: it is here, and nothing keeps it from taking the MTK. */
static int env_mtk(void *ctx, const struct mtk_record *mtk)
{
	struct loop *l = ctx;

	if (l->srtp != NULL)
		srtp_relay_key(l->srtp, mtk);
	if (l->owner != NULL)
		l->owner->mtk(l->owner->ctx, mtk);
	return l->mtk_out != NULL ? mtk_out_put(l->mtk_out, mtk, env_now(NULL)) : 0;
}

/* Another UICC: its predecessor's messages and MTKs are nobody's any more. */
static void env_flush(void *ctx)
{
	struct loop *l = ctx;

	if (l->udp != NULL)
		udp_flush(l->udp);
	if (l->srtp != NULL)
		srtp_relay_forget(l->srtp);
	if (l->mtk_out != NULL)
		mtk_out_forget(l->mtk_out);
}

static void on_missing_key(void *ctx, uint16_t group, uint16_t number)
{
	struct loop *l = ctx;
	agent_missing_key(l->agent, NULL, group, number);
}

static void on_datagram(void *ctx, bool out, const struct udp_addr *peer, struct span octets)
{
	struct loop *l = ctx;

	taps_datagram(&l->taps, env_now(NULL), out, peer, octets);
}

static void on_http(void *ctx, const struct http_ends *ends, bool in, struct span octets)
{
	struct loop *l = ctx;
	const char *interface = l->agent != NULL && agent_at_bsf(l->agent) ? "Ub" : "Ua";

	taps_http(&l->taps, env_now(NULL), interface, ends, in, octets);
}

bool loop_listen_ok(const char *text)
{
	struct udp_addr a;
	return udp_addr_parse(&a, text);
}

static bool is_loopback(const struct udp_addr *a)
{
	return a->any.sa_family == AF_INET6 ? IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr)
					    : ntohl(a->in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* The BM-SC sends MIKEY to where requests come from, so they come from the address that is listened on. */
static int open_http(struct loop *l, const struct loop_options *o)
{
	char source[INET6_ADDRSTRLEN] = "";
	const void *address =
		l->listen.any.sa_family == AF_INET6 ? (void *)&l->listen.in6.sin6_addr : (void *)&l->listen.in.sin_addr;

	inet_ntop(l->listen.any.sa_family, address, source, sizeof source);
	const struct http_options h = { .connect_to = o->connect_to,
					.n_connect_to = o->n_connect_to,
					.source = is_loopback(&l->listen) ? source : NULL,
					.ca_file = o->ca_file,
					.timeout = o->http_timeout,
					.tap = taps_look(&l->taps) ? on_http : NULL,
					.tap_ctx = l };
	int rc = http_client_open(&l->http, &h);
	return rc != 0 ? rc : http_exchange_open(&l->exchange, l->http, http_done, l);
}

/* What wants MTKs. why has LOOP_WHY_MAX octets. */
static int open_media(struct loop *l, const struct loop_options *o, char *why)
{
	char mtk_why[MTK_OUT_WHY_MAX] = "", srtp_why[SRTP_RELAY_WHY_MAX] = "";
	int rc = 0;

	if (o->mtk_out != NULL) {
		(void)signal(SIGPIPE, SIG_IGN); /* a receiver that goes is no reason to end */
		rc = mtk_out_open(&l->mtk_out, o->mtk_out, o->log, mtk_why);
		snprintf(why, LOOP_WHY_MAX, "--mtk-out: %s", mtk_why);
	}
	if (rc == 0 && o->srtp_listen != NULL) {
		const struct srtp_relay_options s = { .listen = o->srtp_listen,
						      .forward = o->srtp_forward,
						      .rx = o->srtp_rx,
						      .log = o->log,
						      .missing = on_missing_key,
						      .ctx = l };
		rc = srtp_relay_open(&l->srtp, &s, srtp_why);
		snprintf(why, LOOP_WHY_MAX, "SRTP: %s", srtp_why);
	}
	if (l->mtk_out != NULL || l->srtp != NULL || l->owner != NULL)
		l->env.mtk = env_mtk;
	return rc;
}

int loop_open(struct loop **ret, const struct loop_options *o, char *why)
{
	struct loop *l = calloc(1, sizeof *l);

	if (l == NULL) {
		snprintf(why, LOOP_WHY_MAX, "no memory");
		return -ENOMEM;
	}
	l->signals = l->changed = -1;
	l->owner = o->owner;
	l->taps = (struct taps){ .capture = o->capture, .messages = o->messages, .here = &l->listen };
	l->env = (struct agent_env){ .now = env_now,
				     .random = env_random,
				     .req = &l->req,
				     .http_start = env_http_start,
				     .http_abandon = env_http_abandon,
				     .reply = env_reply,
				     .flush = env_flush,
				     .ended = env_ended,
				     .ctx = l };
	int rc = udp_addr_parse(&l->listen, o->listen) ? 0 : -EINVAL;
	if (rc != 0)
		snprintf(why, LOOP_WHY_MAX, "--listen: expected ADDR:PORT, got %.100s", o->listen);
	if (rc == 0) {
		rc = open_http(l, o);
		snprintf(why, LOOP_WHY_MAX, "HTTP client: %s", strerror(-rc));
	}
	if (rc == 0)
		rc = open_media(l, o, why);
	if (rc != 0) {
		loop_close(l);
		return rc;
	}
	*ret = l;
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void loop_close(struct loop *l)
{
	if (l == NULL)
		return;
	http_exchange_close(l->exchange);
	http_client_close(l->http);
	udp_close(l->udp);
	srtp_relay_close(l->srtp);
	mtk_out_close(l->mtk_out);
	close_fd(&l->signals);
	close_fd(&l->changed);
	free(l);
}

const struct agent_env *loop_env(struct loop *l)
{
	return &l->env;
}

/* A terminal that is closed ends us in order, too; not under nohup. */
static bool hangup_counts(void)
{
	struct sigaction now;

	return sigaction(SIGHUP, NULL, &now) == 0 && now.sa_handler != SIG_IGN;
}

static int block_signals(struct loop *l)
{
	sigset_t set;

	if (l->owner != NULL)
		return 0;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (hangup_counts())
		sigaddset(&set, SIGHUP);
	int rc = -pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (rc != 0)
		return rc;
	l->signals = signalfd(-1, &set, SFD_CLOEXEC);
	return l->signals >= 0 ? 0 : -errno;
}

static void *watch(void *ctx)
{
	struct loop *l = ctx;

	while (l->card->ops->wait(l->card) == 0)
		if (eventfd_write(l->changed, 1) != 0)
			break;
	return NULL;
}

static int start_watcher(struct loop *l, struct card_if *card)
{
	l->card = card;
	l->changed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->changed < 0)
		return -errno;
	int rc = -pthread_create(&l->watcher, NULL, watch, l);
	l->watching = rc == 0;
	return rc;
}

static void stop_watcher(struct loop *l)
{
	if (!l->watching)
		return;
	l->card->ops->stop_waiting(l->card);
	pthread_join(l->watcher, NULL);
	l->watching = false;
}

static bool wanted(void *ctx, struct span octets, const struct agent_peer *from)
{
	struct loop *l = ctx;
	return agent_wants(l->agent, octets, from);
}

static void drain(struct loop *l)
{
	agent_lost(l->agent, udp_drain(l->udp, wanted, l));
}

/* After each APDU: a message can take a slow card a second, and the socket is not to overflow meanwhile. */
static void after_apdu(void *ctx, struct span capdu, struct span rapdu)
{
	struct loop *l = ctx;

	if (l->tap != NULL)
		l->tap(l->tap_ctx, capdu, rapdu);
	drain(l);
}

/* One message to the card. */
static void deliver(struct loop *l, struct agent *a)
{
	uint8_t octets[MIKEY_MESSAGE_MAX];
	struct agent_peer from;
	size_t n = udp_take(l->udp, octets, &from);

	l->later = n != 0 && agent_datagram(a, span_of(octets, n), &from) == AGENT_LATER;
	if (l->later)
		udp_put_back(l->udp, span_of(octets, n), &from);
}

/* What agent_tick() says, but no wait while a message can go to the card. */
static int wait_of(struct loop *l, int64_t wait)
{
	if (l->udp != NULL && udp_waits(l->udp) && !l->later)
		return 0;
	return wait > INT32_MAX ? INT32_MAX : (int)wait;
}

/* The nearer of two waits in ms, -1 = for ever. */
static int64_t nearer(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Without the UICC its MTKs are not used: packets and receivers wait until it is back, or another makes them forgotten. */
static int media_fd(int fd, const struct agent *a)
{
	return a->card ? fd : -1;
}

static void media(struct loop *l, const struct agent *a, const struct pollfd *mtk_out, const struct pollfd *srtp)
{
	if (!a->card)
		return;
	if ((mtk_out->revents & POLLIN) != 0)
		mtk_out_run(l->mtk_out, env_now(NULL));
	if ((srtp->revents & POLLIN) != 0)
		srtp_relay_run(l->srtp);
}

/* One wait, and what comes of it. False when it is time to end. */
static bool turn(struct loop *l, struct agent *a)
{
	struct pollfd fds[] = {
		{ .fd = l->owner != NULL ? l->owner->fd : l->signals, .events = POLLIN },
		{ .fd = l->changed, .events = POLLIN },
		{ .fd = l->udp != NULL ? udp_fd(l->udp) : -1, .events = POLLIN },
		{ .fd = l->mtk_out != NULL ? media_fd(mtk_out_fd(l->mtk_out), a) : -1, .events = POLLIN },
		{ .fd = l->srtp != NULL ? media_fd(srtp_relay_fd(l->srtp), a) : -1, .events = POLLIN },
	};
	int64_t wait = agent_tick(a);
	eventfd_t n;

	if (l->srtp != NULL && a->card)
		wait = nearer(wait, srtp_relay_tick(l->srtp));

	if (l->end != AGENT_OUT)
		return false;
	if (http_client_poll(l->http, fds, VU_COUNT(fds), wait_of(l, wait)) != 0)
		return false;
	taps_http_flush(&l->taps, env_now(NULL));
	if ((fds[0].revents & POLLIN) != 0 && (l->owner == NULL || !l->owner->woken(l->owner->ctx)))
		return false;
	if ((fds[1].revents & POLLIN) != 0 && eventfd_read(l->changed, &n) == 0)
		(void)agent_card(a);
	if ((fds[2].revents & POLLIN) != 0)
		drain(l);
	if (l->udp != NULL)
		deliver(l, a);
	media(l, a, &fds[3], &fds[4]);
	return l->end == AGENT_OUT;
}

/* Without an errand until a signal comes. */
static void serve(struct loop *l, struct agent *a, uint32_t errand)
{
	l->agent = a;
	l->errand = errand;
	l->end = AGENT_OUT;
	while (turn(l, a))
		;
}

struct get {
	const char *url;
	struct http_resp *resp;
	char *why;
	bool over;
	int rc;
};

static void got(void *ctx, int rc, const struct http_resp *resp, const char *why)
{
	struct get *g = ctx;

	g->over = true;
	g->rc = rc;
	if (rc != 0) {
		snprintf(g->why, LOOP_WHY_MAX, "%s", why);
		return;
	}
	*g->resp = *resp;
	g->rc = resp->status == 200 ? 0 : -ENOENT;
	if (g->rc != 0)
		snprintf(g->why, LOOP_WHY_MAX, "%.200s: expected 200, got %d", g->url, resp->status);
}

int loop_get(struct loop *l, const char *url, struct http_resp *ret, char *why)
{
	struct get g = { .url = url, .resp = ret, .why = why };
	struct http_exchange *x = NULL;

	snprintf(why, LOOP_WHY_MAX, "HTTP client: no memory");
	l->req = (struct http_req){ .method = "GET" };
	snprintf(l->req.url, sizeof l->req.url, "%s", url);
	int rc = http_exchange_open(&x, l->http, got, &g);
	if (rc == 0)
		rc = http_exchange_start(x, &l->req);
	while (rc == 0 && !g.over)
		rc = http_client_poll(l->http, NULL, 0, -1);
	taps_http_over(&l->taps, env_now(NULL));
	http_exchange_close(x);
	return rc != 0 ? rc : g.rc;
}

enum agent_end loop_errand(struct loop *l, struct agent *a, uint32_t errand)
{
	if (errand == 0)
		return AGENT_UNREACHABLE;
	serve(l, a, errand);
	return l->end != AGENT_OUT ? l->end : AGENT_UNREACHABLE;
}

int loop_run(struct loop *l, struct agent *a, char *why)
{
	char where[UDP_ADDR_TEXT];
	int rc = block_signals(l);

	snprintf(why, LOOP_WHY_MAX, "signals: %s", strerror(-rc));
	if (rc == 0) {
		rc = udp_open(&l->udp, &l->listen);
		snprintf(why, LOOP_WHY_MAX, "UDP %s: %s", udp_addr_text(where, &l->listen), strerror(-rc));
	}
	if (rc == 0) {
		rc = start_watcher(l, a->usim->card);
		snprintf(why, LOOP_WHY_MAX, "the thread that watches the reader: %s", strerror(-rc));
	}
	if (rc != 0)
		return rc;
	LOG(a->log, env_now(NULL), "listening", LOG_TEXT("address", udp_addr_text(where, &l->listen)));
	l->agent = a;
	if (taps_look(&l->taps))
		udp_set_tap(l->udp, on_datagram, l);
	l->tap = a->usim->card->tap;
	l->tap_ctx = a->usim->card->tap_ctx;
	a->usim->card->tap = after_apdu;
	a->usim->card->tap_ctx = l;
	(void)agent_card(a);
	serve(l, a, 0);
	a->usim->card->tap = l->tap;
	a->usim->card->tap_ctx = l->tap_ctx;
	stop_watcher(l);
	return 0;
}
