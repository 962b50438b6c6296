/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends requests by libcurl, many at a time, and waits for their responses together with the descriptors of whoever
 * owns the loop. Nothing here blocks but http_client_poll().
 */
#ifndef VUICC_HTTP_CURL_H
#define VUICC_HTTP_CURL_H

#include <poll.h>

#include "http.h"

struct http_client;
struct http_exchange;

/* Who speaks with whom: addresses in text. */
struct http_ends {
	const char *local, *remote;
	uint16_t local_port, remote_port;
};

/* Looks at the octets of HTTP that go out or (in) come in, as they are without TLS. */
typedef void http_tap_fn(void *ctx, const struct http_ends *ends, bool in, struct span octets);

struct http_options {
	const char *const *connect_to; /* "FQDN=ADDR:PORT": where to connect instead of resolving FQDN */
	size_t n_connect_to;
	const char *source; /* address that connections come from; NULL = the system's choice */
	size_t connections; /* that are kept open for the next exchange; 0 = as many as libcurl likes */
	const char *ca_file; /* PEM certificates that https trusts; NULL = the system's */
	long timeout; /* milliseconds for a whole exchange */
	http_tap_fn *tap; /* NULL = nobody looks */
	void *tap_ctx;
};

/* Whether a text is FQDN=ADDR:PORT. */
VU_MUST_USE bool http_connect_to_ok(const char *rule);

/* 0 or -errno. o's texts are copied. One client serves one thread. */
int http_client_open(struct http_client **ret, const struct http_options *o);

/* NULL is fine. Its exchanges are closed before. */
void http_client_close(struct http_client *c);

/*
 * Waits until one of fds is ready, an exchange makes progress or timeout milliseconds (-1 = for ever) are over, and does
 * what is to be done for the exchanges; ends of exchanges are told from within. fds[i].revents are set. 0 or -errno.
 */
int http_client_poll(struct http_client *c, struct pollfd *fds, size_t n, int timeout);

/*
 * The end of an exchange. rc 0: resp is a whole response, whatever its status, until this returns. Otherwise resp is NULL
 * and why says what happened: -ETIMEDOUT, -ECONNREFUSED (no connection at all), -EKEYREJECTED (TLS: the server is not who
 * it has to be), -EPROTO (the response is no HTTP, or too long), -EIO. Another exchange may be started from within.
 */
typedef void http_done_fn(void *ctx, int rc, const struct http_resp *resp, const char *why);

/* Room for one exchange at a time. 0 or -errno. */
int http_exchange_open(struct http_exchange **ret, struct http_client *c, http_done_fn *done, void *ctx);

/* NULL is fine. What is out is abandoned. */
void http_exchange_close(struct http_exchange *x);

/*
 * What is started from now on comes from this address, not from the client's; it does not share connections with what comes
 * from another one. 0 or -ENOMEM.
 */
int http_exchange_source(struct http_exchange *x, const char *address);

/*
 * Begins: no redirect is followed, no proxy, no cookie. *req is copied. 0 or -errno (-EBUSY: one is out already); done()
 * is never called from within, and not when this fails.
 */
int http_exchange_start(struct http_exchange *x, const struct http_req *req);

/* What is out is of no interest any more: done() will not come for it. */
void http_exchange_abandon(struct http_exchange *x);

#endif
