/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the table of an event: a name, a value, what it means. Names and meanings are ours, values are a log's. */
#ifndef VUICC_REPORT_ROWS_H
#define VUICC_REPORT_ROWS_H

#include <stdio.h>

#include "../../apdu/bytes.h"

/* A line over the rows that follow. */
void rows_section(FILE *out, const char *title);

void rows_text(FILE *out, const char *name, struct span value, const char *meaning);
/* The name is a log's, too. */
void rows_field(FILE *out, struct span name, struct span value, const char *meaning);
void rows_number(FILE *out, const char *name, uint64_t value, const char *meaning);
/* In hexadecimal digits. */
void rows_octets(FILE *out, const char *name, struct span value, const char *meaning);
/* Lines of text as they are. */
void rows_lines(FILE *out, const char *name, struct span value);
/* What is wrong, in red. */
void rows_fault(FILE *out, const char *text);

#endif
