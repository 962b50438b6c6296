/* SPDX-License-Identifier: Apache-2.0 */
#include "spent.h"

enum { TAG_LEN = 16, ENTRY_LEN = TAG_LEN + 4 };

/* A key is known again by a part of its SHA-256: the key itself is gone. */
static struct span tag_of(const struct uicc *u, const struct key256 *key, uint8_t sum[static SHA256_LEN])
{
	prim_sha256(u->prim, sum, SPAN(key->b));
	return span_of(sum, TAG_LEN);
}

void spent_remember(struct uicc *u, uint16_t adf, const struct key256 *key, uint32_t counter)
{
	uint8_t list[(SPENT_MAX + 1) * ENTRY_LEN], sum[SHA256_LEN];
	struct wr w = WR(list);
	struct span tag = tag_of(u, key, sum);
	struct rd old = rd_of(nv_get(u->nv, OBJ(OBJ_SPENT, adf)));

	if (counter <= spent_counter(u, adf, key))
		return;
	/* One entry a key, or an ME that derives two keys in turn would push the others out. */
	while (old.n != 0) {
		struct span entry = rd_take(&old, ENTRY_LEN);
		if (!span_starts(entry, tag))
			wr_span(&w, entry);
	}
	wr_span(&w, tag);
	wr_u32(&w, counter);
	nv_put(u->nv, OBJ(OBJ_SPENT, adf),
	       span_sub(wr_done(&w), w.n > (size_t)SPENT_MAX * ENTRY_LEN ? ENTRY_LEN : 0, w.n));
}

uint32_t spent_counter(const struct uicc *u, uint16_t adf, const struct key256 *key)
{
	struct rd r = rd_of(nv_get(u->nv, OBJ(OBJ_SPENT, adf)));
	uint8_t sum[SHA256_LEN];
	struct span tag = tag_of(u, key, sum);
	uint32_t highest = 0;

	while (r.n != 0) {
		struct span its_tag = rd_take(&r, TAG_LEN);
		uint32_t counter = rd_u32(&r);
		if (span_eq(its_tag, tag) && counter > highest)
			highest = counter;
	}
	return highest;
}

void spent_clear(struct uicc *u, uint16_t adf)
{
	nv_erase(u->nv, OBJ(OBJ_SPENT, adf));
}
