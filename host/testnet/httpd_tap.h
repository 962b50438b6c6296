/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests and answers as libmicrohttpd has them, made into the octets of HTTP again for the log. What it adds to an answer
 * by itself (Date, Connection, how long the body is) is not there.
 */
#ifndef VUICC_TESTNET_HTTPD_TAP_H
#define VUICC_TESTNET_HTTPD_TAP_H

#include <microhttpd.h>

#include "../message_log.h"

/* Who is told of messages. */
struct httpd_tap {
	struct message_log *messages; /* NULL = nobody */
	const char *interface; /* "Ub", "Ua" */
};

/* A request that came; as the next, it does nothing when t has no log. target: as in its first line. */
void httpd_tap_request(const struct httpd_tap *t, struct MHD_Connection *connection, const char *method,
		       const char *target, const char *version, struct span body);

/* An answer on its way. */
void httpd_tap_answer(const struct httpd_tap *t, struct MHD_Connection *connection, struct MHD_Response *response,
		      int status, struct span body);

#endif
