/* SPDX-License-Identifier: Apache-2.0 */
/* Targets: mikey_parse, mikey_put_covered, mikey_key_data_parse, mikey_fault_text, mikey_walk_begin, mikey_walk_next. */
#include "apdu/mikey_walk.h"
#include "fuzz.h"

static bool same_identity(const struct mikey_identity *a, const struct mikey_identity *b)
{
	return a->type == b->type && span_eq(a->data, b->data);
}

/* What was read and written again says the same; unknown extensions are gone, and the order is ours. */
static void check_same(const struct mikey *a, const struct mikey *b)
{
	FUZZ_CHECK(a->kind == b->kind && a->v == b->v && a->csb_id == b->csb_id && a->ts == b->ts);
	FUZZ_CHECK(a->cs_count == b->cs_count && a->cs_map_type == b->cs_map_type && span_eq(a->cs_map, b->cs_map));
	FUZZ_CHECK(a->kind == MIKEY_IS_ACK || (memcmp(a->key.domain, b->key.domain, sizeof a->key.domain) == 0 &&
					       a->key.group == b->key.group && a->key.number == b->key.number));
	FUZZ_CHECK(a->key.mtk_id == b->key.mtk_id && span_eq(a->rand, b->rand) && span_eq(a->encr_data, b->encr_data));
	FUZZ_CHECK(same_identity(&a->idi, &b->idi) && same_identity(&a->idr, &b->idr) && a->sp.n == b->sp.n);
}

static void message(struct span in)
{
	static uint8_t octets[128 * 1024];
	struct wr w = WR(octets);
	struct mikey m, again;
	enum mikey_fault fault = mikey_parse(&m, in);

	FUZZ_CHECK(mikey_fault_text(fault) != NULL);
	if (fault != MIKEY_OK)
		return;
	const struct span parts[] = { m.cs_map, m.rand, m.idi.data, m.idr.data, m.sp, m.encr_data, m.mac, m.covered };
	for (size_t i = 0; i < VU_COUNT(parts); i++)
		FUZZ_CHECK(fuzz_inside(parts[i], in));
	FUZZ_CHECK(m.mac.n == MIKEY_MAC_LEN && m.covered.p == in.p && m.covered.n + m.mac.n == in.n);
	FUZZ_CHECK(!mikey_is_pull(&m) || (m.kind == MIKEY_IS_MSK && m.key.number == 0));

	mikey_put_covered(&w, &m);
	wr_span(&w, m.mac);
	if (w.bad)
		return;
	FUZZ_CHECK(mikey_parse(&again, wr_done(&w)) == MIKEY_OK);
	check_same(&m, &again);
}

/* Payload by payload it is the same message, and its octets are all of it, each once. */
static void walk(struct span in)
{
	struct mikey_payload p;
	struct mikey_walk w;
	struct span header;
	struct mikey m;
	size_t n;

	bool begun = mikey_walk_begin(&w, in, &header);
	FUZZ_CHECK(begun == (header.n != 0));
	n = header.n;
	while (begun && mikey_walk_next(&w, &p)) {
		FUZZ_CHECK(p.octets.p == in.p + n && p.octets.n != 0);
		n += p.octets.n;
	}
	FUZZ_CHECK(n + w.rest.n == in.n);
	if (mikey_parse(&m, in) == MIKEY_OK)
		FUZZ_CHECK(w.rest.n == 0 && w.next == MIKEY_LAST);
}

static void key_data(struct span in)
{
	struct mikey_key_data k;

	if (!mikey_key_data_parse(&k, in))
		return;
	FUZZ_CHECK(fuzz_inside(k.key, in) && fuzz_inside(k.salt, in));
	FUZZ_CHECK(k.has_salt || k.salt.n == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span in = span_of(data, size);

	message(in);
	walk(in);
	key_data(in);
	return 0;
}
