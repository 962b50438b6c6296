/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTP message of Ub or Ua: lines, headers, those of Digest parameter by parameter, and its body. */
#ifndef VUICC_REPORT_HTTP_FIELDS_H
#define VUICC_REPORT_HTTP_FIELDS_H

#include <stdio.h>

#include "../../apdu/bytes.h"

enum { HTTP_FIELDS_NAME_MAX = 160 };

/* What a message is, on one line: "POST /keymanagement?requesttype=register", "401 Unauthorized". */
void http_fields_name(char name[static HTTP_FIELDS_NAME_MAX], struct span octets);

/* Its status; 0 = it is a request, or no HTTP. */
int http_fields_status(struct span octets);

/* An answer that refuses what was asked for, or a part of it; one that only wants to be asked again (401) does not. */
bool http_fields_refuses(struct span octets);

/* Rows of a table (rows.h). */
void http_fields(FILE *out, struct span octets);

#endif
