/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Targets: mikey_rx_sort, mikey_rx_took_mtk, mikey_rx_took_msk: datagrams as they arrive at an ME, each
 *
 *   taken(1)    bit 0: the card takes it
 *   length(2)   and as many octets
 */
#include "fuzz.h"
#include "host/me/mikey_rx.h"

static bool same_msk(const struct mikey *a, const struct mikey *b)
{
	return memcmp(a->key.domain, b->key.domain, sizeof a->key.domain) == 0 && a->key.group == b->key.group &&
	       a->key.number == b->key.number;
}

/* What the card is bothered with, and what was promised of it. */
static void check(enum mikey_rx_kind kind, const struct mikey *m, struct span in, const char *why)
{
	FUZZ_CHECK(in.n <= MIKEY_MESSAGE_MAX || kind == MIKEY_RX_DISCARD);
	switch (kind) {
	case MIKEY_RX_MSK:
	case MIKEY_RX_PULL:
		FUZZ_CHECK(m->kind == MIKEY_IS_MSK && mikey_is_pull(m) == (kind == MIKEY_RX_PULL));
		break;
	case MIKEY_RX_MTK:
		FUZZ_CHECK(m->kind == MIKEY_IS_MTK);
		break;
	case MIKEY_RX_AGAIN:
		FUZZ_CHECK(m->kind == MIKEY_IS_MTK && why != NULL);
		return;
	case MIKEY_RX_DISCARD:
		FUZZ_CHECK(why != NULL);
		return;
	}
	FUZZ_CHECK(fuzz_inside(m->encr_data, in) && fuzz_inside(m->mac, in) && fuzz_inside(m->idr.data, in));
}

/* The last MTK message that was taken: it is old until its MSK comes again. */
struct taken {
	uint8_t *octets;
	size_t n;
};

static void arrive(struct mikey_rx *rx, struct taken *last, bool takes, struct span in)
{
	struct mikey m, old;
	const char *why = NULL;
	enum mikey_rx_kind kind = mikey_rx_sort(rx, &m, in, &why);

	check(kind, &m, in, why);
	if (takes && kind == MIKEY_RX_MTK) {
		mikey_rx_took_mtk(rx, &m);
		FUZZ_CHECK(mikey_rx_sort(rx, &old, in, &why) == MIKEY_RX_AGAIN);
		free(last->octets);
		*last = (struct taken){ fuzz_copy(in), in.n };
	} else if (takes && kind == MIKEY_RX_MSK) {
		mikey_rx_took_msk(rx, &m);
		if (last->n == 0)
			return;
		kind = mikey_rx_sort(rx, &old, span_of(last->octets, last->n), &why);
		FUZZ_CHECK(kind == (same_msk(&old, &m) ? MIKEY_RX_MTK : MIKEY_RX_AGAIN));
		if (kind == MIKEY_RX_MTK)
			last->n = 0;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(span_of(data, size));
	struct mikey_rx rx = { 0 };
	struct taken last = { 0 };

	while (r.n != 0 && !r.bad) {
		bool takes = (rd_u8(&r) & 1) != 0;
		size_t n = rd_u16(&r);
		struct span in = rd_take(&r, n < r.n ? n : r.n);
		if (r.bad)
			break;
		uint8_t *octets = fuzz_copy(in);
		arrive(&rx, &last, takes, span_of(octets, in.n));
		free(octets);
	}
	free(last.octets);
	return 0;
}
