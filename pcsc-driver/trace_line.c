/* SPDX-License-Identifier: Apache-2.0 */
#include "trace_line.h"

#include <stdio.h>

#include "../apdu/apdu.h"
#include "../apdu/hex.h"
#include "../apdu/sw.h"

/* Octets as they are, or that they were withheld: the card gives nothing here that must not be seen. */
static void put_octets(struct wr *out, const char *label, const uint8_t *p, size_t n)
{
	char text[64];

	if (n == 0)
		return;
	wr_str(out, "  ");
	wr_str(out, label);
	wr_str(out, " ");
	if (p != NULL) {
		hex_put(out, span_of(p, n));
		return;
	}
	snprintf(text, sizeof text, "(%zu octets withheld)", n);
	wr_str(out, text);
}

void trace_line_put(struct wr *out, const struct uicc_trace *t)
{
	char header[9], text[64];

	snprintf(text, sizeof text, "%-18s %s", t->name, hex_str(header, sizeof header, SPAN(t->header)));
	wr_str(out, text);
	put_octets(out, ">", t->data, t->n_data);
	put_octets(out, "<", t->answer, t->n_answer);
	snprintf(text, sizeof text, "  %04x ", t->sw);
	wr_str(out, text);
	wr_str(out, sw_text(t->sw));
	wr_str(out, "\n");
}
