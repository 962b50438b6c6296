/* SPDX-License-Identifier: Apache-2.0 */
/* What looks at the ME's HTTP and UDP as they come and go: the capture, and the events of messages. */
#ifndef VUICC_TAPS_H
#define VUICC_TAPS_H

#include "../../os/udp_addr.h"
#include "../capture/capture.h"
#include "../http/http_curl.h"
#include "../message_log.h"

struct taps {
	struct capture *capture; /* NULL = none, as the next */
	struct message_log *messages;
	const struct udp_addr *here; /* where MIKEY comes in */
	enum { TAPS_NO_HTTP, TAPS_REQUEST, TAPS_RESPONSE } http; /* which message is being told */
};

/* Whether anybody looks. */
bool taps_look(const struct taps *t);

/* A datagram. now: milliseconds since 1970 UTC, as below. */
void taps_datagram(struct taps *t, int64_t now, bool out, const struct udp_addr *peer, struct span octets);

/* Octets of an exchange (http_tap_fn). interface: "Ub", "Ua". */
void taps_http(struct taps *t, int64_t now, const char *interface, const struct http_ends *ends, bool in,
	       struct span octets);

/* What has gone out and come in of an exchange so far is to be told: who follows the events is to see a request wait. */
void taps_http_flush(struct taps *t, int64_t now);

/* The exchange is over. */
void taps_http_over(struct taps *t, int64_t now);

#endif
