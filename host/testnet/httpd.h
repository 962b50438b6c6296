/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP server on a listening socket, without threads: its owner polls httpd_fd() and calls httpd_run(). libmicrohttpd
 * is known in httpd.c, httpd_reply.c and httpd_tap.c alone.
 */
#ifndef VUICC_TESTNET_HTTPD_H
#define VUICC_TESTNET_HTTPD_H

#include "../message_log.h"
#include "http_msg.h"
#include "peers.h"

struct httpd;

/* Answers one request. The datagrams put into outbox leave behind the answer. */
typedef void httpd_fn(void *ctx, const struct http_request *request, struct http_answer *answer,
		      const struct outbox *outbox);

/* All borrowed until httpd_close(). */
struct httpd_settings {
	const char *interface; /* as events call it: Ub, Ua */
	httpd_fn *fn;
	void *ctx;
	const struct outbox *outbox; /* where datagrams go in the end */
	struct peers *peers; /* NULL = nobody has a share of his own */
	const struct limits *limits;
	const struct log *log;
	struct message_log *messages; /* is told every request and answer; NULL = nobody is */
};

/* Takes the socket over, on success. 0 or -errno. */
VU_MUST_USE int httpd_open(struct httpd **ret, int listen_fd, const struct httpd_settings *settings);

/* Those whose answer is HTTP_AGAIN are asked again, when httpd_run() is called. */
void httpd_again(struct httpd *h);

/* NULL is fine, here and in what follows: there is nothing to do. Closes the socket. */
void httpd_close(struct httpd *h);

/* Readable = httpd_run() has something to do; -1 = it never has. */
int httpd_fd(const struct httpd *h);

/* Milliseconds after which httpd_run() has something to do all the same; -1 = never. */
int httpd_timeout(const struct httpd *h);

void httpd_run(struct httpd *h);

#endif
