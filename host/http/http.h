/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP as the protocol modules see it: a request to send, a response that came. Plain data; http.c fills a response from
 * header lines without knowing where they come from, http_curl.c does the sending.
 */
#ifndef VUICC_HTTP_H
#define VUICC_HTTP_H

#include "../../apdu/bytes.h"

enum {
	HTTP_URL_MAX = 512,
	HTTP_HOST_MAX = 256,
	HTTP_AUTH_MAX = 2560, /* an Authorization with every field at its longest */
	HTTP_FIELD_MAX = 128,
	HTTP_BODY_MAX = 65536,
	HTTP_WHY_MAX = 256,
};

struct http_req {
	const char *method; /* "GET" or "POST", static */
	char url[HTTP_URL_MAX]; /* absolute */
	char authorization[HTTP_AUTH_MAX]; /* value of the field; "" = none, as with the next two */
	char user_agent[HTTP_FIELD_MAX];
	char content_type[HTTP_FIELD_MAX];
	uint8_t body[HTTP_BODY_MAX];
	size_t body_len; /* octets */
};

struct http_resp {
	int status; /* 100..599; 0 = no status line was understood */
	char www_authenticate[HTTP_AUTH_MAX]; /* the first challenge of the scheme Digest */
	char other_authenticate[HTTP_AUTH_MAX]; /* the second: a NAF may offer two realms so; "" = none */
	char authentication_info[HTTP_AUTH_MAX];
	char content_type[HTTP_FIELD_MAX]; /* without parameters, lower case */
	uint8_t body[HTTP_BODY_MAX];
	size_t body_len; /* octets */
	const char *fault; /* NULL, or what is wrong with the response: it is then not to be used */
};

/* Where a URL leads: "http" or "https", host, and the path with query that a Digest calls uri. */
struct http_url {
	char host[HTTP_HOST_MAX];
	char uri[HTTP_URL_MAX]; /* "/" when the URL ends with the host */
};

/* False unless it is http://HOST[:PORT][/PATH][?QUERY] (or https) without user, fragment, blanks or control characters. */
VU_MUST_USE bool http_url_parse(struct http_url *u, const char *url);

/* Makes r empty, ready for the first line. */
void http_resp_begin(struct http_resp *r);

/*
 * One line of a header block, status line first, with or without its line end. A second status line begins anew, so that
 * a 100 in front of the answer leaves nothing behind. A line it cannot take sets r->fault.
 */
void http_resp_line(struct http_resp *r, struct span line);

/* More octets of the body; too many set r->fault. */
void http_resp_body(struct http_resp *r, struct span octets);

#endif
