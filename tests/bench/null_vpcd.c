/* SPDX-License-Identifier: Apache-2.0 */
/* The null card in vpcd's reader, by the same way as vuicc-card: what the way costs. */
#include "null_card.h"
#include "pcsc-driver/link.h"
#include "pcsc-driver/vpcd.h"

#include <errno.h>
#include <stdio.h>

static int answer(struct link *l, const struct vpcd_msg *m)
{
	uint8_t rapdu[NULL_RAPDU_MAX], frame[VPCD_HEAD + NULL_RAPDU_MAX];
	struct wr w = WR(frame);

	if (m->kind == VPCD_GET_ATR)
		vpcd_put(&w, SPAN(null_atr));
	else if (m->kind == VPCD_APDU)
		vpcd_put(&w, span_of(rapdu, null_answer(m->apdu, rapdu)));
	return w.n != 0 ? link_send(l, wr_done(&w)) : 0;
}

int main(void)
{
	static struct vpcd_in in;
	uint8_t buf[1024];
	const char *why = "";
	struct link *l;
	size_t n;
	int rc = link_open(&l, "127.0.0.1", "35963", &why);

	if (rc == 0)
		rc = link_connect(l);
	fprintf(stderr, rc == 0 ? "the null card is in the reader\n" : "null_vpcd: no vpcd\n");
	while (rc == 0) {
		rc = link_recv(l, buf, sizeof buf, &n);
		struct rd octets = rd_of(span_of(buf, rc == 0 ? n : 0));
		struct vpcd_msg m;
		while (rc == 0 && vpcd_take(&in, &octets, &m))
			rc = answer(l, &m);
	}
	link_close(l);
	return rc == -ECANCELED ? 0 : 1;
}
