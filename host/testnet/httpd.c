/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdlib.h>
#include <time.h>

#include "httpd_tap.h"

/* What a peer can make us hold. */
enum {
	CONNECTIONS_MAX = 256,
	IDLE_S = 10,
	HEADERS_MAX = 32 * 1024, /* libmicrohttpd's memory for one connection */
	PART_MAX = 256, /* octets of a body at a time, when it is sent in parts */
	SWALLOW_MAX = 1024 * 1024, /* octets of an oversized body that are read to be able to answer 413 */
};

struct datagram {
	struct datagram *next;
	struct peer to;
	size_t n;
	uint8_t octets[];
};

/* One request from its first line to the end of its answer. */
struct exchange {
	struct exchange *next_late; /* of those that wait for their time */
	struct MHD_Connection *connection; /* held back until then */
	int64_t due; /* monotonic, ms */
	struct http_answer *late; /* what is said then, its body of its own; NULL = not held back */
	char *target;
	uint8_t *body;
	size_t n; /* octets of the body so far, more than are kept when it is too large */
	bool handled;
	struct datagram *first, **end;
};

struct httpd {
	struct MHD_Daemon *daemon;
	struct exchange *late;
	httpd_fn *fn;
	void *ctx;
	const struct outbox *outbox;
	struct httpd_tap tap;
};

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
static void *begin(void *ctx, const char *uri, struct MHD_Connection *connection)
{
	struct exchange *x = calloc(1, sizeof *x);

	(void)ctx;
	(void)connection;
	if (x == NULL)
		return NULL;
	x->end = &x->first;
	x->target = strdup(uri);
	return x;
}

/* The answer is on its way, or the peer is gone: what follows the answer can follow. */
static void completed(void *ctx, struct MHD_Connection *connection, void **exchange,
		      enum MHD_RequestTerminationCode code)
{
	struct httpd *h = ctx;
	struct exchange *x = *exchange;

	(void)connection;
	(void)code;
	if (x == NULL)
		return;
	for (struct datagram *d = x->first, *next; d != NULL; d = next) {
		next = d->next;
		h->outbox->send(h->outbox->ctx, &d->to, span_of(d->octets, d->n));
		free(d);
	}
	if (x->late != NULL)
		free(x->late->body.p);
	free(x->late);
	free(x->target);
	free(x->body);
	free(x);
	*exchange = NULL;
}

static void add_header(struct MHD_Response *r, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		(void)MHD_add_response_header(r, name, value);
}

static void add_expires(struct MHD_Response *r, int64_t expires)
{
	time_t seconds = (time_t)(expires / 1000);
	char text[64];
	struct tm tm;

	if (expires != 0 && gmtime_r(&seconds, &tm) != NULL &&
	    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm) != 0)
		add_header(r, MHD_HTTP_HEADER_EXPIRES, text);
}

/* A body that libmicrohttpd fetches part by part. */
struct parts {
	size_t n;
	bool cut_off;
	uint8_t octets[];
};

static ssize_t give_part(void *ctx, uint64_t at, char *to, size_t room)
{
	const struct parts *p = ctx;
	size_t end = p->cut_off ? p->n / 2 : p->n;

	if (at >= end)
		return p->cut_off ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
	if (room > end - at)
		room = end - (size_t)at;
	memcpy(to, p->octets + at, room);
	return (ssize_t)room;
}

static struct MHD_Response *response_in_parts(const struct http_answer *a)
{
	struct span body = wr_done(&a->body);
	struct parts *p = malloc(sizeof *p + body.n);

	if (p == NULL)
		return NULL;
	p->n = body.n;
	p->cut_off = a->manner == HTTP_CUT_OFF;
	if (body.n != 0)
		memcpy(p->octets, body.p, body.n);
	struct MHD_Response *r =
		MHD_create_response_from_callback(p->cut_off ? body.n : MHD_SIZE_UNKNOWN, PART_MAX, give_part, p, free);
	if (r == NULL)
		free(p);
	/* HTTP/1.0 has no chunks: the end of the connection is the body's. */
	else if (a->manner == HTTP_UNTIL_CLOSE)
		(void)MHD_set_response_options(r, MHD_RF_HTTP_VERSION_1_0_RESPONSE, MHD_RO_END);
	return r;
}

static enum MHD_Result reply(const struct httpd *h, struct MHD_Connection *connection, const struct http_answer *a)
{
	struct span body = wr_done(&a->body);
	bool in_parts = a->manner == HTTP_CHUNKED || a->manner == HTTP_UNTIL_CLOSE || a->manner == HTTP_CUT_OFF;
	struct MHD_Response *r =
		in_parts ? response_in_parts(a)
			 : MHD_create_response_from_buffer(body.n, (void *)(uintptr_t)body.p, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (r == NULL)
		return MHD_NO;
	add_header(r, MHD_HTTP_HEADER_WWW_AUTHENTICATE, a->authenticate);
	add_header(r, MHD_HTTP_HEADER_WWW_AUTHENTICATE, a->authenticate_too);
	add_header(r, MHD_HTTP_HEADER_AUTHENTICATION_INFO, a->info);
	add_header(r, MHD_HTTP_HEADER_ALLOW, a->allow);
	add_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, a->content_type);
	add_expires(r, a->expires);
	httpd_tap_answer(&h->tap, connection, r, a->status, body);
	result = MHD_queue_response(connection, (unsigned)a->status, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result reply_text(const struct httpd *h, struct MHD_Connection *connection, int status,
				  const char *text)
{
	uint8_t body[256];
	struct http_answer a = http_answer_into(WR(body));

	http_answer_text(&a, status, text);
	return reply(h, connection, &a);
}

static bool peer_host(struct MHD_Connection *connection, char host[static PEER_HOST_MAX])
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	socklen_t n;

	if (info == NULL)
		return false;
	n = info->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	return getnameinfo(info->client_addr, n, host, PEER_HOST_MAX, NULL, 0, NI_NUMERICHOST) == 0;
}

static int64_t monotonic_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Keeps the answer, its body taken over, and lets the connection sleep until its time. False without memory. */
static bool hold_back(struct httpd *h, struct MHD_Connection *connection, struct exchange *x,
		      const struct http_answer *a)
{
	x->late = malloc(sizeof *x->late);
	if (x->late == NULL)
		return false;
	*x->late = *a;
	x->due = monotonic_ms() + HTTP_SLOW_MS;
	x->connection = connection;
	x->next_late = h->late;
	h->late = x;
	MHD_suspend_connection(connection);
	return true;
}

/* Wakes those whose time has come, or all. */
static void wake(struct httpd *h, bool all)
{
	int64_t now = monotonic_ms();

	for (struct exchange **at = &h->late, *x; (x = *at) != NULL;) {
		if (!all && x->due > now) {
			at = &x->next_late;
			continue;
		}
		*at = x->next_late;
		MHD_resume_connection(x->connection);
	}
}

/* The request is whole. */
static enum MHD_Result answer(struct httpd *h, struct MHD_Connection *connection, struct exchange *x, const char *path,
			      const char *method, const char *version)
{
	char host[PEER_HOST_MAX];
	struct outbox kept = { keep_datagram, x, h->outbox };
	struct http_request request = {
		.method = method,
		.path = path,
		.target = x->target,
		.request_type = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "requesttype"),
		.authorization = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization"),
		.body = span_of(x->body, x->n),
		.host = host,
	};

	httpd_tap_request(&h->tap, connection, method, x->target, version, request.body);
	if (!peer_host(connection, host))
		return reply_text(h, connection, 500, "no address of the peer");
	uint8_t *body = malloc(HTTP_ANSWER_MAX);
	if (body == NULL)
		return reply_text(h, connection, 500, "no memory");
	struct http_answer a = http_answer_into(wr_of(body, HTTP_ANSWER_MAX));
	h->fn(h->ctx, &request, &a, &kept);
	if (a.manner == HTTP_SLOW && hold_back(h, connection, x, &a))
		return MHD_YES;
	enum MHD_Result result = a.manner == HTTP_NO_ANSWER ? MHD_NO : reply(h, connection, &a);
	free(body);
	return result;
}

/* Keeps what comes of the body; what is too large is counted and dropped. */
static bool collect(struct exchange *x, const char *data, size_t n)
{
	if (x->body == NULL)
		x->body = malloc(KM_BODY_MAX);
	if (x->body == NULL || n > SWALLOW_MAX - x->n)
		return false;
	if (x->n <= KM_BODY_MAX && n <= KM_BODY_MAX - x->n)
		memcpy(x->body + x->n, data, n);
	x->n += n;
	return true;
}

/* What came of it is not kept. */
static enum MHD_Result refuse_body(const struct httpd *h, struct MHD_Connection *connection, const struct exchange *x,
				   const char *method, const char *version)
{
	httpd_tap_request(&h->tap, connection, method, x->target, version, (struct span){ 0 });
	return reply_text(h, connection, 413, "a body that is too large");
}

static bool announces_too_much(struct MHD_Connection *connection)
{
	const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return length != NULL && strtoull(length, NULL, 10) > KM_BODY_MAX;
}

/* libmicrohttpd calls it once for the headers, for each part of the body, and once more at the end. */
static enum MHD_Result handle(void *ctx, struct MHD_Connection *connection, const char *path, const char *method,
			      const char *version, const char *data, size_t *n, void **exchange)
{
	struct exchange *x = *exchange;
	struct httpd *h = ctx;

	if (x == NULL || x->target == NULL)
		return MHD_NO;
	if (!x->handled) {
		x->handled = true;
		return announces_too_much(connection) ? refuse_body(h, connection, x, method, version) : MHD_YES;
	}
	if (*n != 0) {
		bool ok = collect(x, data, *n);
		*n = 0;
		return ok ? MHD_YES : MHD_NO;
	}
	if (x->n > KM_BODY_MAX)
		return refuse_body(h, connection, x, method, version);
	if (x->late != NULL)
		return reply(h, connection, x->late);
	return answer(h, connection, x, path, method, version);
}

int httpd_open(struct httpd **ret, int listen_fd, httpd_fn *fn, void *ctx, const struct outbox *outbox)
{
	struct httpd *h = malloc(sizeof *h);

	if (h == NULL)
		return -ENOMEM;
	*h = (struct httpd){ .fn = fn, .ctx = ctx, .outbox = outbox };
	h->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, h, MHD_OPTION_LISTEN_SOCKET, listen_fd,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX, MHD_OPTION_NOTIFY_COMPLETED, completed, h,
		MHD_OPTION_URI_LOG_CALLBACK, begin, h, MHD_OPTION_END);
	if (h->daemon == NULL) {
		free(h);
		return -EIO;
	}
	*ret = h;
	return 0;
}

void httpd_set_tap(struct httpd *h, const struct httpd_tap *t)
{
	h->tap = *t;
}

void httpd_close(struct httpd *h)
{
	if (h == NULL)
		return;
	wake(h, true);
	MHD_stop_daemon(h->daemon);
	free(h);
}

int httpd_fd(const struct httpd *h)
{
	return MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int httpd_timeout(const struct httpd *h)
{
	MHD_UNSIGNED_LONG_LONG ms;
	int64_t wait = MHD_get_timeout(h->daemon, &ms) != MHD_YES || ms > INT_MAX ? INT_MAX : (int64_t)ms;

	for (const struct exchange *x = h->late; x != NULL; x = x->next_late) {
		int64_t rest = x->due - monotonic_ms();

		if (rest < wait)
			wait = rest > 0 ? rest : 0;
	}
	return wait == INT_MAX ? -1 : (int)wait;
}

void httpd_run(struct httpd *h)
{
	wake(h, false);
	(void)MHD_run(h->daemon);
}
