/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of Ub and Ua: XML, also in Base64, with what it says. */
#ifndef VUICC_REPORT_HTTP_BODY_H
#define VUICC_REPORT_HTTP_BODY_H

#include <stdio.h>

#include "../../apdu/bytes.h"

/* Rows of a table (rows.h). chunked: the body is in chunks, RFC 9112 clause 7.1. */
void http_body(FILE *out, struct span body, bool chunked);

/* Whether a body says of a service or key that it is not to be had. */
bool http_body_refuses(struct span body, bool chunked);

#endif
