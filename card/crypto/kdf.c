/* SPDX-License-Identifier: Apache-2.0 */
#include "kdf.h"

enum { FC_GBA = 0x01, PARAMETERS_MAX = 8 };

/* TS 33.220 B.2: S = FC ‖ P0 ‖ L0 ‖ P1 ‖ L1 … */
static void kdf(struct prim *p, struct key256 *ret, const struct key256 *key, const struct span *parameters, size_t n)
{
	static const uint8_t fc = FC_GBA;
	uint8_t lengths[PARAMETERS_MAX][2];
	struct span parts[1 + 2 * PARAMETERS_MAX] = { span_of(&fc, 1) };

	for (size_t i = 0; i < n; i++) {
		struct wr w = WR(lengths[i]);
		wr_u16(&w, (uint16_t)parameters[i].n);
		parts[1 + 2 * i] = parameters[i];
		parts[2 + 2 * i] = SPAN(lengths[i]);
	}
	prim_hmac_sha256(p, ret->b, SPAN(key->b), parts, 1 + 2 * n);
}

void gba_ks(struct key256 *ret, const struct key128 *ck, const struct key128 *ik)
{
	struct wr w = WR(ret->b);

	wr_span(&w, SPAN(ck->b));
	wr_span(&w, SPAN(ik->b));
}

static void ks_naf(struct prim *p, struct key256 *ret, const char *p0, const struct key256 *ks, struct span rand,
		   struct span impi, struct span naf_id)
{
	const struct span parameters[] = { span_str(p0), rand, impi, naf_id };

	kdf(p, ret, ks, parameters, VU_COUNT(parameters));
}

void gba_ks_ext_naf(struct prim *p, struct key256 *ret, const struct key256 *ks, struct span rand, struct span impi,
		    struct span naf_id)
{
	ks_naf(p, ret, "gba-me", ks, rand, impi, naf_id);
}

void gba_ks_int_naf(struct prim *p, struct key256 *ret, const struct key256 *ks, struct span rand, struct span impi,
		    struct span naf_id)
{
	ks_naf(p, ret, "gba-u", ks, rand, impi, naf_id);
}

void gba_mrk(struct prim *p, struct key256 *ret, const struct key256 *ks_naf_key)
{
	const struct span parameters[] = { span_str("mbms-mrk") };

	kdf(p, ret, ks_naf_key, parameters, VU_COUNT(parameters));
}

bool gba_idi_names(struct span idi, struct span naf_id)
{
	const struct span mbms = span_of(GBA_UA_MBMS, GBA_UA_LEN);

	if (span_eq(idi, naf_id))
		return true;
	return idi.n != 0 && naf_id.n == idi.n + mbms.n && span_starts(naf_id, idi) &&
	       span_eq(span_sub(naf_id, idi.n, mbms.n), mbms);
}
