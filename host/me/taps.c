/* SPDX-License-Identifier: Apache-2.0 */
#include "taps.h"

bool taps_look(const struct taps *t)
{
	return t->capture != NULL || t->messages != NULL;
}

void taps_datagram(struct taps *t, int64_t now, bool out, const struct udp_addr *peer, struct span octets)
{
	char here[UDP_ADDR_TEXT], there[UDP_ADDR_TEXT];
	const struct udp_addr *from = out ? t->here : peer, *to = out ? peer : t->here;

	if (t->capture != NULL)
		capture_udp(t->capture, from, to, octets);
	if (t->messages == NULL)
		return;
	const struct message_way way = {
		.interface = "MIKEY", .sent = out, .from = udp_addr_text(here, from), .to = udp_addr_text(there, to)
	};
	message_log_mikey(t->messages, now, &way, octets);
}

/* Whether a request begins with these octets, which go out: one that is sent again has no answer in front of it. */
static bool begins_request(struct span octets)
{
	return span_starts(octets, span_str("GET ")) || span_starts(octets, span_str("POST "));
}

static void tell_http(struct taps *t, int64_t now, const char *interface, const struct http_ends *ends, bool in,
		      struct span octets)
{
	char local[MESSAGE_LOG_END_MAX], remote[MESSAGE_LOG_END_MAX];

	message_log_address(local, ends->local, ends->local_port);
	message_log_address(remote, ends->remote, ends->remote_port);
	const struct message_way way = {
		.interface = interface, .sent = !in, .from = in ? remote : local, .to = in ? local : remote
	};
	if (t->http != (in ? TAPS_RESPONSE : TAPS_REQUEST) || (!in && begins_request(octets)))
		message_log_begin(t->messages, now, &way);
	t->http = in ? TAPS_RESPONSE : TAPS_REQUEST;
	message_log_add(t->messages, now, octets);
}

void taps_http(struct taps *t, int64_t now, const char *interface, const struct http_ends *ends, bool in,
	       struct span octets)
{
	const struct capture_end client = { ends->local, ends->local_port };
	const struct capture_end server = { ends->remote, ends->remote_port };

	if (t->capture != NULL)
		capture_http(t->capture, &client, &server, in, octets);
	if (t->messages != NULL)
		tell_http(t, now, interface, ends, in, octets);
}

void taps_http_flush(struct taps *t, int64_t now)
{
	if (t->messages != NULL && t->http != TAPS_NO_HTTP)
		message_log_flush(t->messages, now);
}

void taps_http_over(struct taps *t, int64_t now)
{
	if (t->messages == NULL || t->http == TAPS_NO_HTTP)
		return;
	message_log_end(t->messages, now);
	t->http = TAPS_NO_HTTP;
}
