/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of the pure modules as libmicrohttpd sends them. */
#ifndef VUICC_TESTNET_HTTPD_REPLY_H
#define VUICC_TESTNET_HTTPD_REPLY_H

#include <microhttpd.h>

#include "http_msg.h"
#include "httpd_tap.h"

/*
 * Queues an answer, in the manner that it asks for; its body is copied. The tap is told. MHD_NO: without memory, the
 * connection ends.
 */
VU_MUST_USE enum MHD_Result httpd_reply(const struct httpd_tap *tap, struct MHD_Connection *connection,
					const struct http_answer *a);

/* The same with a sentence for a person. */
VU_MUST_USE enum MHD_Result httpd_reply_text(const struct httpd_tap *tap, struct MHD_Connection *connection, int status,
					     const char *text);

#endif
