/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP requests and answers as BSF and BM-SC see them: no connection, no library. */
#ifndef VUICC_TESTNET_HTTP_MSG_H
#define VUICC_TESTNET_HTTP_MSG_H

#include "../xml.h"
#include "env.h"

enum {
	HTTP_HEADER_MAX = 1024,
	HTTP_SLOW_MS = 1500,
	HTTP_ANSWER_MAX = KM_BODY_MAX * 4 / 3 + 8, /* a body of key management, in Base64 */
};

/* Everything is borrowed. */
struct http_request {
	const char *method;
	const char *path; /* without the query */
	const char *target; /* as in the request line: what the digest's uri has to be */
	const char *request_type; /* value of the URI parameter requesttype; NULL = absent */
	const char *authorization; /* value of the header; NULL = absent */
	const char *content_type; /* likewise */
	struct span body;
	const char *host; /* the peer's address */
};

/* How a body is sent. */
enum http_manner {
	HTTP_BY_LENGTH,
	HTTP_CHUNKED,
	HTTP_UNTIL_CLOSE, /* its end is the connection's */
	HTTP_CUT_OFF, /* the connection ends in the middle of it */
	HTTP_SLOW, /* nothing for HTTP_SLOW_MS, then all of it */
	HTTP_NO_ANSWER, /* the connection ends instead */
	HTTP_AGAIN, /* there is none yet: the request is to be asked again (httpd_again()) */
};

struct http_answer {
	int status;
	char authenticate[HTTP_HEADER_MAX]; /* WWW-Authenticate; "" = none */
	char authenticate_too[HTTP_HEADER_MAX]; /* a second one; "" = none */
	char info[HTTP_HEADER_MAX]; /* Authentication-Info; "" = none */
	const char *allow; /* Allow, with 405 */
	const char *content_type;
	int64_t expires; /* Expires, in ms since 1970; 0 = none */
	enum http_manner manner;
	struct wr body;
};

/* An answer into this buffer for its body; nothing is said yet. */
static inline struct http_answer http_answer_into(struct wr body)
{
	return (struct http_answer){ .status = 500, .body = body };
}

/* Makes it a status with a sentence for a person. */
static inline void http_answer_text(struct http_answer *a, int status, const char *text)
{
	a->status = status;
	a->content_type = "text/plain; charset=utf-8";
	a->body.n = 0;
	a->body.bad = false;
	wr_str(&a->body, text);
	wr_str(&a->body, "\n");
}

#endif
