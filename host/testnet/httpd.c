/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd.h"

#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#include "httpd_reply.h"
#include "sock.h"

/* What a peer can make us hold, beside what struct limits says. */
enum {
	HEADERS_MAX = 8 * 1024, /* libmicrohttpd's memory for one connection */
	SWALLOW_MAX = 1024 * 1024, /* octets of an oversized body that are read to be able to answer 413 */
};

struct datagram {
	struct datagram *next;
	struct peer to;
	size_t n;
	uint8_t octets[];
};

/* A connection, in the order of their phases. */
struct connection {
	struct connection *next, *previous;
	struct MHD_Connection *mhd;
	int64_t since; /* monotonic ms: it was accepted, a request began or an answer ended */
	bool entered; /* peers_enter() let it in */
	struct peer_id who;
	char host[PEER_HOST_MAX];
};

/* One request from its first line to the end of its answer. */
struct exchange {
	struct exchange *next_late; /* of those that wait for their time, or to be asked again */
	struct MHD_Connection *connection; /* held back until then */
	int64_t due; /* monotonic, ms */
	struct http_answer *late; /* what is said then, its body of its own; NULL = not held back */
	uint8_t *body;
	size_t room; /* of body */
	size_t n; /* octets of the body so far, more than are kept when it is too large */
	bool handled, told;
	bool limited; /* one more than its peer may make */
	struct datagram *first, **end;
	char target[];
};

struct httpd {
	struct httpd_settings settings;
	struct httpd_tap tap;
	struct MHD_Daemon *daemon;
	struct connection *oldest, *newest;
	uint32_t n, most; /* connections that there are, and that there may be */
	bool again; /* libmicrohttpd is to be run once more: it listens again, or a connection is awake */
	int64_t now; /* monotonic ms, of this turn */
	struct exchange *late, *unanswered;
	uint8_t body[HTTP_ANSWER_MAX]; /* of the answer that is being made */
};

static int64_t clock_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t monotonic_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

/* Tells of a peer that gets less than it asked for. */
static void tell(const struct httpd *h, const char *event, const char *host, const char *reason)
{
	LOG(h->settings.log, clock_ms(CLOCK_REALTIME), event, LOG_TEXT("interface", h->settings.interface),
	    LOG_TEXT("peer", host), LOG_TEXT("reason", reason));
}

/* --- connections --- */

static void unlink_connection(struct httpd *h, struct connection *c)
{
	*(c->previous != NULL ? &c->previous->next : &h->oldest) = c->next;
	*(c->next != NULL ? &c->next->previous : &h->newest) = c->previous;
}

static void append_connection(struct httpd *h, struct connection *c)
{
	c->previous = h->newest;
	c->next = NULL;
	*(h->newest != NULL ? &h->newest->next : &h->oldest) = c;
	h->newest = c;
	c->since = h->now;
}

/* A new phase begins: it has its time for itself. */
static void touch(struct httpd *h, struct connection *c)
{
	unlink_connection(h, c);
	append_connection(h, c);
}

/* Ends it as if the peer had: libmicrohttpd does the rest. */
static void end_connection(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (info != NULL)
		(void)shutdown(info->connect_fd, SHUT_RDWR);
}

static struct connection *connection_of(struct MHD_Connection *mhd)
{
	return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static bool open_connection(struct httpd *h, struct connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	bool say = true;

	if (info == NULL || !sock_peer(info->client_addr, &c->who, c->host))
		return false;
	c->entered = h->settings.peers == NULL || peers_enter(h->settings.peers, &c->who, h->now, &say);
	if (!c->entered && say)
		tell(h, "limited", c->host, "more connections than one peer may have open");
	return c->entered;
}

static void on_connection(void *ctx, struct MHD_Connection *mhd, void **socket_context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct httpd *h = ctx;
	struct connection *c = *socket_context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		h->n++;
		c = calloc(1, sizeof *c);
		*socket_context = c;
		if (c != NULL) {
			c->mhd = mhd;
			append_connection(h, c);
		}
		if (c == NULL || !open_connection(h, c))
			end_connection(mhd);
		return;
	}
	h->again = h->again || h->n >= h->most;
	h->n--;
	if (c != NULL) {
		unlink_connection(h, c);
		if (c->entered && h->settings.peers != NULL)
			peers_leave(h->settings.peers, &c->who);
		free(c);
		*socket_context = NULL;
	}
}

/* When the phase of the oldest has lasted too long; -1 = never. */
static int64_t oldest_due(const struct httpd *h)
{
	uint32_t seconds = h->settings.limits->request_seconds;

	return h->oldest == NULL || seconds == 0 ? -1 : h->oldest->since + (int64_t)seconds * 1000;
}

/* Octets now and then keep libmicrohttpd's own timeout away, but not this one. */
static void end_slow_ones(struct httpd *h)
{
	int64_t due;

	while ((due = oldest_due(h)) >= 0 && due <= h->now) {
		struct connection *c = h->oldest;

		tell(h, "limited", c->host, "a request that takes too long, or none");
		end_connection(c->mhd);
		touch(h, c); /* it is gone when libmicrohttpd has seen its end */
	}
}

/* --- requests --- */

static void keep_datagram(void *ctx, const struct peer *to, struct span octets)
{
	struct exchange *x = ctx;
	struct datagram *d = malloc(sizeof *d + octets.n);

	if (d == NULL)
		return; /* as if the network had lost it: it is sent again */
	*d = (struct datagram){ .to = *to, .n = octets.n };
	memcpy(d->octets, octets.p, octets.n);
	*x->end = d;
	x->end = &d->next;
}

/* Called with the raw request line: the digest's uri is compared with it as it came. */
static void *begin(void *ctx, const char *uri, struct MHD_Connection *mhd)
{
	struct connection *c = connection_of(mhd);
	size_t n = strlen(uri) + 1;
	struct exchange *x = malloc(sizeof *x + n);

	if (x == NULL)
		return NULL;
	*x = (struct exchange){ .handled = false };
	x->end = &x->first;
	memcpy(x->target, uri, n);
	if (c != NULL)
		touch(ctx, c);
	return x;
}

/* The answer is on its way, or the peer is gone: what follows the answer can follow. */
static void completed(void *ctx, struct MHD_Connection *mhd, void **exchange, enum MHD_RequestTerminationCode code)
{
	struct httpd *h = ctx;
	struct connection *c = connection_of(mhd);
	struct exchange *x = *exchange;

	(void)code;
	if (c != NULL)
		touch(h, c);
	if (x == NULL)
		return;
	for (struct datagram *d = x->first, *next; d != NULL; d = next) {
		next = d->next;
		h->settings.outbox->send(h->settings.outbox->ctx, &d->to, span_of(d->octets, d->n));
		free(d);
	}
	if (x->late != NULL)
		free(x->late->body.p);
	free(x->late);
	free(x->body);
	free(x);
	*exchange = NULL;
}

/* Keeps the answer, and lets the connection sleep until its time. False without memory. */
static bool hold_back(struct httpd *h, struct MHD_Connection *mhd, struct exchange *x, const struct http_answer *a)
{
	uint8_t *body = malloc(a->body.n + 1);

	x->late = body == NULL ? NULL : malloc(sizeof *x->late);
	if (x->late == NULL) {
		free(body);
		return false;
	}
	*x->late = *a;
	x->late->body.p = body;
	memcpy(body, a->body.p, a->body.n);
	x->due = h->now + HTTP_SLOW_MS;
	x->connection = mhd;
	x->next_late = h->late;
	h->late = x;
	MHD_suspend_connection(mhd);
	return true;
}

/* Wakes those whose time has come, or all. */
static void wake(struct httpd *h, bool all)
{
	for (struct exchange **at = &h->late, *x; (x = *at) != NULL;) {
		if (!all && x->due > h->now) {
			at = &x->next_late;
			continue;
		}
		*at = x->next_late;
		MHD_resume_connection(x->connection);
	}
}

/* The connection sleeps until the request is asked again. */
static void wait_again(struct httpd *h, struct MHD_Connection *mhd, struct exchange *x)
{
	x->connection = mhd;
	x->next_late = h->unanswered;
	h->unanswered = x;
	MHD_suspend_connection(mhd);
}

/* The request is whole. */
static enum MHD_Result answer(struct httpd *h, struct MHD_Connection *mhd, struct exchange *x, const char *path,
			      const char *method, const char *version)
{
	struct outbox kept = { keep_datagram, x, h->settings.outbox };
	struct http_request request = {
		.method = method,
		.path = path,
		.target = x->target,
		.request_type = MHD_lookup_connection_value(mhd, MHD_GET_ARGUMENT_KIND, "requesttype"),
		.authorization = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Authorization"),
		.content_type = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE),
		.body = span_of(x->body, x->n),
		.host = connection_of(mhd)->host,
	};
	struct http_answer a = http_answer_into(WR(h->body));

	if (!x->told)
		httpd_tap_request(&h->tap, mhd, method, x->target, version, request.body);
	x->told = true;
	h->settings.fn(h->settings.ctx, &request, &a, &kept);
	if (a.manner == HTTP_SLOW && hold_back(h, mhd, x, &a))
		return MHD_YES;
	if (a.manner == HTTP_AGAIN) {
		wait_again(h, mhd, x);
		return MHD_YES;
	}
	enum MHD_Result result = a.manner == HTTP_NO_ANSWER ? MHD_NO : httpd_reply(&h->tap, mhd, &a);
	secret_wipe(h->body, a.body.n); /* keys, on Zn */
	return result;
}

/* Octets of the body that the peer announces; 0 when it does not say. */
static unsigned long long announced(struct MHD_Connection *mhd)
{
	const char *length = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return length == NULL ? 0 : strtoull(length, NULL, 10);
}

/* Keeps what comes of the body. What nobody is going to look at is counted and dropped: it has to be read, or the peer may
 * not see our answer for the end of the connection. */
static bool collect(struct exchange *x, struct MHD_Connection *mhd, const char *data, size_t n)
{
	unsigned long long length = announced(mhd);

	if (n > SWALLOW_MAX - x->n)
		return false;
	if (x->body == NULL && !x->limited && length <= KM_BODY_MAX) {
		x->room = length != 0 ? (size_t)length : KM_BODY_MAX;
		x->body = malloc(x->room);
		if (x->body == NULL)
			return false;
	}
	if (x->body != NULL && x->n <= x->room && n <= x->room - x->n)
		memcpy(x->body + x->n, data, n);
	x->n += n;
	return true;
}

/* What came of it is not looked at. */
static enum MHD_Result refuse(const struct httpd *h, struct MHD_Connection *mhd, const struct exchange *x,
			      const char *method, const char *version)
{
	int status = x->limited ? MHD_HTTP_TOO_MANY_REQUESTS : MHD_HTTP_CONTENT_TOO_LARGE;

	httpd_tap_request(&h->tap, mhd, method, x->target, version, (struct span){ 0 });
	return httpd_reply_text(&h->tap, mhd, status,
				x->limited ? "too many requests a second" : "a body that is too large");
}

/* Whether the peer may make one more request now. */
static bool may_ask(const struct httpd *h, const struct connection *c)
{
	bool say = false;
	bool ok = h->settings.peers == NULL || peers_take(h->settings.peers, &c->who, PEERS_REQUEST, h->now, &say);

	if (say)
		tell(h, "limited", c->host, "more requests a second than one peer may make");
	return ok;
}

struct counted {
	unsigned framing, authorization, content_type;
};

static enum MHD_Result count_header(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct counted *c = ctx;

	(void)kind;
	(void)value;
	c->framing += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0 ||
		      strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
	c->authorization += strcasecmp(name, MHD_HTTP_HEADER_AUTHORIZATION) == 0;
	c->content_type += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_TYPE) == 0;
	return MHD_YES;
}

/* Where a header that may stand once stands twice, another server would take the other one: RFC 7230 clause 3.3.3. */
static const char *ambiguity(struct MHD_Connection *mhd)
{
	struct counted c = { 0 };

	MHD_get_connection_values(mhd, MHD_HEADER_KIND, count_header, &c);
	return c.framing > 1	     ? "more than one Content-Length or Transfer-Encoding"
	       : c.authorization > 1 ? "more than one Authorization"
	       : c.content_type > 1  ? "more than one Content-Type"
				     : NULL;
}

/* What the headers alone are answered with, or MHD_YES to go on. */
static enum MHD_Result look_at_headers(struct httpd *h, struct MHD_Connection *mhd, struct exchange *x,
				       const char *method, const char *version)
{
	const char *why = ambiguity(mhd);

	if (why != NULL) {
		httpd_tap_request(&h->tap, mhd, method, x->target, version, (struct span){ 0 });
		return httpd_reply_text(&h->tap, mhd, MHD_HTTP_BAD_REQUEST, why);
	}
	return announced(mhd) > SWALLOW_MAX ? refuse(h, mhd, x, method, version) : MHD_YES;
}

/* libmicrohttpd calls it once for the headers, for each part of the body, and once more at the end. */
static enum MHD_Result handle(void *ctx, struct MHD_Connection *mhd, const char *path, const char *method,
			      const char *version, const char *data, size_t *n, void **exchange)
{
	const struct connection *c = connection_of(mhd);
	struct exchange *x = *exchange;
	struct httpd *h = ctx;

	if (x == NULL || c == NULL || !c->entered)
		return MHD_NO;
	if (!x->handled) {
		x->handled = true;
		x->limited = !may_ask(h, c);
		return look_at_headers(h, mhd, x, method, version);
	}
	if (*n != 0) {
		bool ok = collect(x, mhd, data, *n);
		*n = 0;
		return ok ? MHD_YES : MHD_NO;
	}
	if (x->limited || x->n > KM_BODY_MAX)
		return refuse(h, mhd, x, method, version);
	if (x->late != NULL)
		return httpd_reply(&h->tap, mhd, x->late);
	return answer(h, mhd, x, path, method, version);
}

/* --- the server --- */

int httpd_open(struct httpd **ret, int listen_fd, const struct httpd_settings *settings)
{
	struct httpd *h = malloc(sizeof *h);

	if (h == NULL)
		return -ENOMEM;
	*h = (struct httpd){ .settings = *settings, .tap = { settings->messages, settings->interface } };
	h->most = settings->limits->connections == 0 ? UINT_MAX : settings->limits->connections;
	h->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, h, MHD_OPTION_LISTEN_SOCKET, listen_fd,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)h->most, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)settings->limits->request_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, h, MHD_OPTION_NOTIFY_COMPLETED, completed, h,
		MHD_OPTION_URI_LOG_CALLBACK, begin, h, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	if (h->daemon == NULL) {
		free(h);
		return -EIO;
	}
	*ret = h;
	return 0;
}

void httpd_again(struct httpd *h)
{
	struct exchange *next;

	for (struct exchange *x = h == NULL ? NULL : h->unanswered; x != NULL; x = next) {
		next = x->next_late;
		MHD_resume_connection(x->connection);
	}
	if (h != NULL && h->unanswered != NULL) {
		h->unanswered = NULL;
		h->again = true;
	}
}

void httpd_close(struct httpd *h)
{
	if (h == NULL)
		return;
	wake(h, true);
	httpd_again(h);
	MHD_stop_daemon(h->daemon);
	free(h);
}

int httpd_fd(const struct httpd *h)
{
	return h == NULL ? -1 : MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

/* The shorter of a wait and the time until then. */
static int64_t shorter(int64_t wait, int64_t due, int64_t now)
{
	int64_t rest = due > now ? due - now : 0;

	return rest < wait ? rest : wait;
}

int httpd_timeout(const struct httpd *h)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (h == NULL)
		return -1;
	int64_t wait = MHD_get_timeout(h->daemon, &ms) != MHD_YES || ms > INT_MAX ? INT_MAX : (int64_t)ms;
	int64_t due = oldest_due(h);

	if (wait == 0 || h->again)
		return 0;
	int64_t now = monotonic_ms();
	if (due >= 0)
		wait = shorter(wait, due, now);
	for (const struct exchange *x = h->late; x != NULL; x = x->next_late)
		wait = shorter(wait, x->due, now);
	return wait == INT_MAX ? -1 : (int)wait;
}

void httpd_run(struct httpd *h)
{
	if (h == NULL)
		return;
	h->now = monotonic_ms();
	wake(h, false);
	end_slow_ones(h);
	h->again = false;
	(void)MHD_run(h->daemon);
}
