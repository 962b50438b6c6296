/* SPDX-License-Identifier: Apache-2.0 */
#include "auth.h"
#include "tlv.h"

static void rd_exactly(struct rd *r, uint8_t *dst, size_t n)
{
	struct rd value = rd_of(rd_lv8(r));

	rd_copy(&value, dst, n);
	if (!rd_end(&value))
		r->bad = true;
}

bool auth_3g_parse(struct auth_challenge *a, struct span data)
{
	struct rd r = rd_of(data);

	rd_exactly(&r, a->rand, sizeof a->rand);
	rd_exactly(&r, a->autn, sizeof a->autn);
	return rd_end(&r);
}

void auth_3g_put(struct wr *out, const struct auth_challenge *a)
{
	wr_lv8(out, SPAN(a->rand));
	wr_lv8(out, SPAN(a->autn));
}

bool auth_gsm_parse(uint8_t ret_rand[static 16], struct span data)
{
	struct rd r = rd_of(data);

	rd_exactly(&r, ret_rand, 16);
	return rd_end(&r);
}

bool auth_bootstrap_parse(struct auth_challenge *a, struct span data)
{
	struct rd r = rd_of(data);
	bool tag_ok = rd_u8(&r) == AUTH_TAG_BOOTSTRAP;

	rd_exactly(&r, a->rand, sizeof a->rand);
	rd_exactly(&r, a->autn, sizeof a->autn);
	return tag_ok && rd_end(&r);
}

void auth_bootstrap_put(struct wr *out, const struct auth_challenge *a)
{
	wr_u8(out, AUTH_TAG_BOOTSTRAP);
	auth_3g_put(out, a);
}

bool auth_naf_parse(struct auth_naf *a, struct span data)
{
	struct rd r = rd_of(data);
	bool tag_ok = rd_u8(&r) == AUTH_TAG_NAF;

	a->naf_id = rd_lv8(&r);
	a->impi = rd_lv8(&r);
	return tag_ok && rd_end(&r) && a->naf_id.n != 0 && a->impi.n != 0;
}

void auth_naf_put(struct wr *out, const struct auth_naf *a)
{
	wr_u8(out, AUTH_TAG_NAF);
	wr_lv8(out, a->naf_id);
	wr_lv8(out, a->impi);
}

bool auth_answer_parse(struct auth_answer *a, struct span data)
{
	struct rd r = rd_of(data);
	uint8_t tag = rd_u8(&r);

	*a = (struct auth_answer){ .sync_failure = tag == AUTH_TAG_SYNC_FAILURE };
	if (a->sync_failure) {
		a->auts = rd_lv8(&r);
		return rd_end(&r) && a->auts.n == AUTS_LEN;
	}
	a->res = rd_lv8(&r);
	if (r.n != 0) {
		a->ck = rd_lv8(&r);
		a->ik = rd_lv8(&r);
	}
	if (r.n != 0)
		a->kc = rd_lv8(&r);
	return tag == AUTH_TAG_OK && rd_end(&r) && a->res.n >= 4 && a->res.n <= 32;
}

void auth_answer_put(struct wr *out, const struct auth_answer *a)
{
	if (a->sync_failure) {
		wr_u8(out, AUTH_TAG_SYNC_FAILURE);
		wr_lv8(out, a->auts);
		return;
	}
	wr_u8(out, AUTH_TAG_OK);
	wr_lv8(out, a->res);
	if (a->ck.n != 0) {
		wr_lv8(out, a->ck);
		wr_lv8(out, a->ik);
	}
	if (a->kc.n != 0)
		wr_lv8(out, a->kc);
}

bool auth_naf_answer_parse(struct span *ret_ks_ext_naf, struct span data)
{
	struct rd r = rd_of(data);
	bool tag_ok = rd_u8(&r) == AUTH_TAG_OK;
	struct span key = rd_lv8(&r);

	if (!tag_ok || !rd_end(&r) || key.n != 32)
		return false;
	*ret_ks_ext_naf = key;
	return true;
}

/* `53 L first rest`: both directions have this shape. */
static bool mbms_object(uint8_t *ret_first, struct span *ret_rest, struct span data)
{
	struct rd r = rd_of(data);
	struct tlv object = rd_tlv(&r);
	struct rd body = rd_of(object.v);

	*ret_first = rd_u8(&body);
	*ret_rest = rd_rest(&body);
	return rd_end(&r) && object.tag == AUTH_TAG_MBMS && rd_end(&body);
}

static void mbms_object_put(struct wr *out, uint8_t first, struct span rest)
{
	size_t object = wr_tlv_open(out, AUTH_TAG_MBMS);

	wr_u8(out, first);
	wr_span(out, rest);
	wr_tlv_close(out, object);
}

bool auth_mbms_parse(uint8_t *ret_mode, struct span *ret_payload, struct span data)
{
	return mbms_object(ret_mode, ret_payload, data);
}

void auth_mbms_put(struct wr *out, enum mbms_mode mode, struct span payload)
{
	mbms_object_put(out, (uint8_t)mode, payload);
}

bool auth_mbms_answer_parse(struct span *ret_payload, struct span data)
{
	uint8_t tag;

	return mbms_object(&tag, ret_payload, data) && tag == AUTH_TAG_OK;
}

void auth_mbms_answer_put(struct wr *out, struct span payload)
{
	mbms_object_put(out, AUTH_TAG_OK, payload);
}

bool auth_msk_deletion_parse(uint8_t ret_domain[static 3], uint16_t *ret_group, struct span payload)
{
	struct rd r = rd_of(payload);

	rd_copy(&r, ret_domain, 3);
	*ret_group = rd_u16(&r);
	return rd_end(&r);
}

void rd_muk_id(struct rd *r, struct muk_id *id)
{
	struct tlv whole = rd_tlv(r);
	struct rd body = rd_of(whole.v);
	struct tlv idr = rd_tlv(&body);
	struct tlv idi = rd_tlv(&body);

	*id = (struct muk_id){ .idr = idr.v, .idi = idi.v };
	if (whole.tag != 0xA0 || idr.tag != 0x80 || idi.tag != 0x82 || !rd_end(&body))
		*r = (struct rd){ .bad = true };
}

void wr_muk_id(struct wr *w, const struct muk_id *id)
{
	size_t whole = wr_tlv_open(w, 0xA0);

	wr_tlv(w, 0x80, id->idr);
	wr_tlv(w, 0x82, id->idi);
	wr_tlv_close(w, whole);
}
