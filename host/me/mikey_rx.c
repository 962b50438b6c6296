/* SPDX-License-Identifier: Apache-2.0 */
#include "mikey_rx.h"

const char mikey_rx_replay[] = "a replay: counter or MTK ID is not fresh";

static bool same_msk(const struct mikey_key_id *a, const struct mikey_key_id *b)
{
	return memcmp(a->domain, b->domain, sizeof a->domain) == 0 && a->group == b->group && a->number == b->number;
}

static const struct mikey_rx_seen *find(const struct mikey_rx *rx, const struct mikey_key_id *key)
{
	for (size_t i = 0; i < VU_COUNT(rx->seen); i++)
		if (rx->seen[i].used && same_msk(&rx->seen[i].key, key))
			return &rx->seen[i];
	return NULL;
}

/* FNV-1a, never 0. */
static uint64_t hash(uint64_t h, struct span octets)
{
	for (size_t i = 0; i < octets.n; i++)
		h = (h ^ octets.p[i]) * UINT64_C(0x100000001B3);
	return h;
}

static uint64_t message_id(struct span octets)
{
	return hash(UINT64_C(0xCBF29CE484222325), octets) | 1;
}

static bool is_stale(const struct mikey_rx *rx, struct span octets)
{
	uint64_t id = message_id(octets);

	for (size_t i = 0; i < VU_COUNT(rx->stale); i++)
		if (rx->stale[i] == id)
			return true;
	return false;
}

void mikey_rx_stale(struct mikey_rx *rx, struct span octets)
{
	rx->stale[rx->n_stale++ % VU_COUNT(rx->stale)] = message_id(octets);
}

static uint64_t muk_id(const struct mikey *m)
{
	uint64_t h = hash(hash(UINT64_C(0xCBF29CE484222325), m->idi.data), span_of("", 1));

	return hash(h, m->idr.data) | 1;
}

static bool is_replay(const struct mikey_rx *rx, const struct mikey *m)
{
	uint64_t id = muk_id(m);

	for (size_t i = 0; i < VU_COUNT(rx->muk); i++)
		if (rx->muk[i].id == id)
			return m->ts <= rx->muk[i].ts;
	return false;
}

enum mikey_rx_kind mikey_rx_sort(const struct mikey_rx *rx, struct mikey *m, struct span octets, const char **ret_why)
{
	*ret_why = "longer than any message that a card takes";
	if (octets.n > MIKEY_MESSAGE_MAX)
		return MIKEY_RX_DISCARD;
	enum mikey_fault fault = mikey_parse(m, octets);
	*ret_why = mikey_fault_text(fault);
	if (fault != MIKEY_OK)
		return MIKEY_RX_DISCARD;
	switch (m->kind) {
	case MIKEY_IS_MSK:
		/* The card would say the same (decision 15). */
		*ret_why = mikey_rx_replay;
		if (is_replay(rx, m) || is_stale(rx, octets))
			return MIKEY_RX_DISCARD;
		return mikey_is_pull(m) ? MIKEY_RX_PULL : MIKEY_RX_MSK;
	case MIKEY_IS_MTK: {
		const struct mikey_rx_seen *seen = find(rx, &m->key);
		*ret_why = "this MTK message was taken already";
		/* The card would refuse a lower counter or MTK ID, too; this only saves it the work. */
		if (seen != NULL && (m->ts <= seen->ts || m->key.mtk_id <= seen->key.mtk_id))
			return MIKEY_RX_AGAIN;
		return is_stale(rx, octets) ? MIKEY_RX_AGAIN : MIKEY_RX_MTK;
	}
	case MIKEY_IS_ACK:
		break;
	}
	*ret_why = "a verification message: only a UE sends those";
	return MIKEY_RX_DISCARD;
}

void mikey_rx_took_mtk(struct mikey_rx *rx, const struct mikey *m)
{
	size_t slot = 0;

	for (size_t i = 0; i < VU_COUNT(rx->seen); i++) {
		if (rx->seen[i].used && same_msk(&rx->seen[i].key, &m->key)) {
			slot = i;
			break;
		}
		if (rx->seen[i].turn < rx->seen[slot].turn)
			slot = i;
	}
	rx->seen[slot] = (struct mikey_rx_seen){ .used = true, .key = m->key, .ts = m->ts, .turn = ++rx->turns };
}

static void took_counter(struct mikey_rx *rx, const struct mikey *m)
{
	uint64_t id = muk_id(m);
	size_t slot = 0;

	for (size_t i = 0; i < VU_COUNT(rx->muk); i++) {
		if (rx->muk[i].id == id) {
			slot = i;
			break;
		}
		if (rx->muk[i].turn < rx->muk[slot].turn)
			slot = i;
	}
	rx->muk[slot] = (struct mikey_rx_muk){ .id = id, .ts = m->ts, .turn = ++rx->turns };
}

void mikey_rx_took_msk(struct mikey_rx *rx, const struct mikey *m)
{
	took_counter(rx, m);
	/* Under an MSK that was withdrawn and is back, counters begin anew. */
	memset(rx->stale, 0, sizeof rx->stale);
	for (size_t i = 0; i < VU_COUNT(rx->seen); i++)
		if (rx->seen[i].used && same_msk(&rx->seen[i].key, &m->key))
			rx->seen[i] = (struct mikey_rx_seen){ 0 };
}
