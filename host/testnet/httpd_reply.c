/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd_reply.h"

#include <stdlib.h>
#include <time.h>

enum { PART_MAX = 256 }; /* octets of a body at a time, when it is sent in parts */

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

enum MHD_Result httpd_reply(const struct httpd_tap *tap, struct MHD_Connection *connection, const struct http_answer *a)
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
	if (a->status == MHD_HTTP_TOO_MANY_REQUESTS)
		add_header(r, MHD_HTTP_HEADER_RETRY_AFTER, "1");
	add_expires(r, a->expires);
	httpd_tap_answer(tap, connection, r, a->status, body);
	result = MHD_queue_response(connection, (unsigned)a->status, r);
	MHD_destroy_response(r);
	return result;
}

enum MHD_Result httpd_reply_text(const struct httpd_tap *tap, struct MHD_Connection *connection, int status,
				 const char *text)
{
	uint8_t body[256];
	struct http_answer a = http_answer_into(WR(body));

	http_answer_text(&a, status, text);
	return httpd_reply(tap, connection, &a);
}
