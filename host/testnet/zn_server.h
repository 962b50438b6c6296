/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BSF's Zn over HTTP: POST with a query of JSON, or GET with its members in the URI, and the keys as JSON (zn_json.h).
 * Pure. It hands out keys, so every request has to show the token: Authorization: Bearer TOKEN.
 *
 *   400 no query; 401 no token, or another one; 404 no run with this B-TID is alive; 405 another method
 */
#ifndef VUICC_TESTNET_ZN_SERVER_H
#define VUICC_TESTNET_ZN_SERVER_H

#include "http_msg.h"
#include "zn.h"

struct zn_server {
	struct zn zn;
	struct span token;
	const struct log *log;
};

/* answer->body is to be wiped when it has left. */
void zn_request(const struct zn_server *s, const struct http_request *request, struct http_answer *answer, int64_t now);

#endif
