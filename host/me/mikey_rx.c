/* SPDX-License-Identifier: Apache-2.0 */
#include "mikey_rx.h"

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
		return mikey_is_pull(m) ? MIKEY_RX_PULL : MIKEY_RX_MSK;
	case MIKEY_IS_MTK: {
		const struct mikey_rx_seen *seen = find(rx, &m->key);
		*ret_why = "this MTK message was taken already";
		/* The card would refuse a lower counter or MTK ID, too; this only saves it the work. */
		return seen != NULL && (m->ts <= seen->ts || m->key.mtk_id <= seen->key.mtk_id) ? MIKEY_RX_AGAIN
												: MIKEY_RX_MTK;
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

void mikey_rx_took_msk(struct mikey_rx *rx, const struct mikey *m)
{
	for (size_t i = 0; i < VU_COUNT(rx->seen); i++)
		if (rx->seen[i].used && same_msk(&rx->seen[i].key, &m->key))
			rx->seen[i] = (struct mikey_rx_seen){ 0 };
}
