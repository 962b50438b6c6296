/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP server on a listening socket, without threads: its owner polls httpd_fd() and calls httpd_run(). libmicrohttpd
 * is known in httpd.c and httpd_tap.c alone.
 */
#ifndef VUICC_TESTNET_HTTPD_H
#define VUICC_TESTNET_HTTPD_H

#include "../message_log.h"
#include "http_msg.h"

struct httpd;

/* Answers one request. The datagrams put into outbox leave behind the answer. */
typedef void httpd_fn(void *ctx, const struct http_request *request, struct http_answer *answer,
		      const struct outbox *outbox);

/* Takes the socket over, on success. outbox (borrowed) is where datagrams go in the end. 0 or -errno. */
VU_MUST_USE int httpd_open(struct httpd **ret, int listen_fd, httpd_fn *fn, void *ctx, const struct outbox *outbox);

/* Who is told of messages. */
struct httpd_tap {
	struct message_log *messages; /* NULL = nobody */
	const char *interface; /* "Ub", "Ua" */
};

/* From now on every request and answer is told; t is copied. */
void httpd_set_tap(struct httpd *h, const struct httpd_tap *t);

/* NULL is fine. Closes the socket. */
void httpd_close(struct httpd *h);

/* Readable = httpd_run() has something to do. */
int httpd_fd(const struct httpd *h);

/* Milliseconds after which httpd_run() has something to do all the same; -1 = never. */
int httpd_timeout(const struct httpd *h);

void httpd_run(struct httpd *h);

#endif
