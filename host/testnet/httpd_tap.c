/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd_tap.h"

#include <stdio.h>
#include <time.h>

#include "../../os/udp_addr.h"

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

typedef int end_fn(int fd, struct sockaddr *address, socklen_t *n);

static const char *end_text(char ret[static UDP_ADDR_TEXT], struct MHD_Connection *connection, end_fn *end)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct udp_addr a = { .n = sizeof a.in6 };

	ret[0] = '\0';
	if (info != NULL && end(info->connect_fd, &a.any, &a.n) == 0)
		udp_addr_text(ret, &a);
	return ret;
}

static void begin(const struct httpd_tap *t, struct MHD_Connection *connection, bool sent)
{
	char here[UDP_ADDR_TEXT], there[UDP_ADDR_TEXT];

	_Static_assert((int)MESSAGE_LOG_END_MAX >= (int)UDP_ADDR_TEXT, "an address has room");
	end_text(here, connection, getsockname);
	end_text(there, connection, getpeername);
	const struct message_way way = {
		.interface = t->interface, .sent = sent, .from = sent ? here : there, .to = sent ? there : here
	};
	message_log_begin(t->messages, now_ms(), &way);
}

static void add(const struct httpd_tap *t, const char *text)
{
	message_log_add(t->messages, now_ms(), span_str(text));
}

/* An MHD_KeyValueIterator. */
static enum MHD_Result add_header(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	const struct httpd_tap *t = ctx;

	(void)kind;
	add(t, name);
	add(t, ": ");
	add(t, value != NULL ? value : "");
	add(t, "\r\n");
	return MHD_YES;
}

static void add_body(const struct httpd_tap *t, struct span body)
{
	add(t, "\r\n");
	message_log_add(t->messages, now_ms(), body);
	message_log_end(t->messages, now_ms());
}

void httpd_tap_request(const struct httpd_tap *t, struct MHD_Connection *connection, const char *method,
		       const char *target, const char *version, struct span body)
{
	if (t->messages == NULL)
		return;
	begin(t, connection, false);
	add(t, method);
	add(t, " ");
	add(t, target);
	add(t, " ");
	add(t, version);
	add(t, "\r\n");
	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, (void *)(uintptr_t)t);
	add_body(t, body);
}

void httpd_tap_answer(const struct httpd_tap *t, struct MHD_Connection *connection, struct MHD_Response *response,
		      int status, struct span body)
{
	char line[64];

	if (t->messages == NULL)
		return;
	begin(t, connection, true);
	snprintf(line, sizeof line, "HTTP/1.1 %d %.40s\r\n", status, MHD_get_reason_phrase_for((unsigned)status));
	add(t, line);
	(void)MHD_get_response_headers(response, add_header, (void *)(uintptr_t)t);
	add_body(t, body);
}
