/* SPDX-License-Identifier: Apache-2.0 */
/* Sends a request and waits for its response, by libcurl. */
#ifndef VUICC_HTTP_CURL_H
#define VUICC_HTTP_CURL_H

#include "http.h"

struct http_client;

struct http_options {
	const char *const *connect_to; /* "FQDN=ADDR:PORT": where to connect instead of resolving FQDN */
	size_t n_connect_to;
	const char *source; /* address that connections come from; NULL = the system's choice */
	long timeout; /* milliseconds for a whole exchange */
	bool (*stop)(void *ctx); /* asked now and then while waiting: true gives up. NULL = never */
	void *ctx;
};

/* Whether a text is FQDN=ADDR:PORT. */
VU_MUST_USE bool http_connect_to_ok(const char *rule);

/* 0 or -errno. o's texts are copied. One client serves one thread. */
int http_client_open(struct http_client **ret, const struct http_options *o);

/* NULL is fine. */
void http_client_close(struct http_client *c);

/*
 * One exchange: no redirect is followed, no proxy, no cookie. 0 when there is a whole response, whatever its status;
 * -ECANCELED when stop() said so, -ETIMEDOUT, -ECONNREFUSED (no connection at all), -EPROTO (the response is no HTTP, or
 * too long), -EIO. why (HTTP_WHY_MAX octets) then says what happened; *resp is undefined.
 */
int http_client_do(struct http_client *c, const struct http_req *req, struct http_resp *resp, char *why);

#endif
