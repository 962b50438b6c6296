/* SPDX-License-Identifier: Apache-2.0 */
/* A command that has run, as one line for a person. */
#ifndef VUICC_TRACE_LINE_H
#define VUICC_TRACE_LINE_H

#include "../apdu/bytes.h"
#include "vuicc/uicc.h"

enum { TRACE_LINE_MAX = 2048 };

/* "SELECT 00a4000c  > 6f07  9000 success\n". Octets that are withheld from observers are counted only. */
void trace_line_put(struct wr *out, const struct uicc_trace *t);

#endif
