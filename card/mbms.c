/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AUTHENTICATE in the MBMS context: the four modes (TS 31.102 7.1.1.6 to 7.1.1.9, TS 33.246 clause 6.5).
 *
 * Here the message's names are turned into keys of this card, and the verdicts of MGV-F (crypto/mgv.h) into status
 * words. The rules themselves are there, the records are naf.c's and msk.c's.
 */
#include "auth_int.h"
#include "naf.h"
#include "msk.h"

static sw_t sw_of(enum mgv_verdict v)
{
	switch (v) {
	case MGV_STORED:
	case MGV_PULL:
	case MGV_WITHDRAWN:
	case MGV_MTK:
		return SW_OK;
	case MGV_REPLAYED:
		return SW_KEY_FRESHNESS;
	case MGV_EXHAUSTED:
	case MGV_SUPERSEDED:
		return SW_CONDITIONS;
	case MGV_BAD_MAC:
		return SW_AUTH_MAC;
	case MGV_BAD_DATA:
	default:
		return SW_DATA;
	}
}

/* What a message's IDi names in this card, and the one of them that it is under. */
struct muk_choice {
	struct naf_entry naf;
	struct muk_entry muk;
	struct mgv_muks muks; /* borrows from naf and muk */
	struct mgv_muk lent;
};
SECRET_STRUCT(muk_choice)

static sw_t choose_muk(const struct uicc *u, uint16_t adf, const struct mikey *m, struct muk_choice *c)
{
	if (naf_find(u, adf, m->idi.data, &c->naf))
		c->muks.newest =
			(struct mgv_candidate){ &c->naf.ks_int_naf, octets_span(&c->naf.btid), c->naf.counter };
	if (muk_find(u, adf, m->idi.data, &c->muk))
		c->muks.in_use = (struct mgv_candidate){ &c->muk.muk, octets_span(&c->muk.idr), c->muk.counter };
	return mgv_muk_choose(&c->muks, m->idr.data, &c->lent) ? SW_OK : SW_DATA_NOT_FOUND;
}

/* Where a Ks_int_NAF that proves itself will stand: in the place of the NAF's MUK in use, or in a free record. */
static sw_t reserve_muk_record(const struct uicc *u, uint16_t adf, const struct mikey *m, struct muk_choice *c)
{
	if (!c->lent.proves)
		return SW_OK;
	if (c->muks.in_use.key == NULL)
		c->muk.record = muk_record_free(u, adf);
	if (c->muk.record == 0)
		return SW_NO_MEMORY_MUK;
	c->muk.naf_id = c->naf.naf_id;
	c->muk.muk = c->naf.ks_int_naf;
	/* What is too long for its one-octet length cannot be in EF_MUK either. */
	return octets_set(&c->muk.idi, m->idi.data) && octets_set(&c->muk.idr, m->idr.data) ? SW_OK : SW_NO_MEMORY_MUK;
}

/* The counter goes where the key is: with the MUK in use, and with the Ks_int_NAF it came from. */
static sw_t stage_counters(struct uicc *u, uint16_t adf, struct muk_choice *c)
{
	mgv_muk_taken(&c->muks, &c->lent);
	c->muk.counter = c->muks.in_use.counter;
	if (!muk_store(u, adf, &c->muk))
		return SW_NO_MEMORY_MUK;
	if (!c->lent.newest)
		return SW_OK;
	c->naf.counter = c->muks.newest.counter;
	return naf_store(u, adf, &c->naf) ? SW_OK : SW_MEMORY_PROBLEM;
}

static sw_t stage_group(struct uicc *u, uint16_t adf, const struct mikey_key_id *key, unsigned record,
			const struct mgv_group *group)
{
	if (record == 0 && !group->msk[0].present)
		return SW_OK; /* an unknown MSK was withdrawn */
	if (record == 0)
		record = msk_record_free(u, adf);
	if (record == 0)
		return SW_NO_MEMORY;
	return msk_store(u, adf, record, key->domain, key->group, group) ? SW_OK : SW_NO_MEMORY;
}

static sw_t msk_update(struct uicc *u, uint16_t adf, struct span message, struct wr *out)
{
	struct muk_choice choice __attribute__((cleanup(muk_choice_wipe))) = { 0 };
	struct mgv_group group __attribute__((cleanup(mgv_group_wipe)));
	uint8_t ack[MIKEY_MESSAGE_MAX];
	struct wr ack_out = WR(ack);
	struct mikey m;

	if (mikey_parse(&m, message) != MIKEY_OK || !mgv_msk_shape_ok(&m))
		return SW_DATA;
	sw_t sw = choose_muk(u, adf, &m, &choice);
	if (sw == SW_OK)
		sw = reserve_muk_record(u, adf, &m, &choice);
	if (sw != SW_OK)
		return sw;

	unsigned record = msk_find(u, adf, m.key.domain, m.key.group, &group);
	enum mgv_verdict verdict = mgv_msk_message(u->prim, &m, &choice.lent, &group, &ack_out);
	sw = sw_of(verdict);
	if (sw == SW_OK)
		sw = stage_counters(u, adf, &choice);
	if (sw == SW_OK && verdict != MGV_PULL)
		sw = stage_group(u, adf, &m.key, record, &group);
	if (sw != SW_OK)
		return sw;
	if (ack_out.bad)
		return SW_DATA;
	auth_mbms_answer_put(out, wr_done(&ack_out));
	return SW_OK;
}

static sw_t mtk_generation(struct uicc *u, uint16_t adf, struct span message, struct wr *out)
{
	struct mgv_group group __attribute__((cleanup(mgv_group_wipe)));
	struct mgv_mtk mtk __attribute__((cleanup(mgv_mtk_wipe))) = { 0 };
	struct secret_buf answer _secret_buf_;
	struct wr w = WR(answer.b);
	struct mikey m;

	if (mikey_parse(&m, message) != MIKEY_OK || m.kind != MIKEY_IS_MTK)
		return SW_DATA;
	unsigned record = msk_find(u, adf, m.key.domain, m.key.group, &group);
	struct mgv_msk *msk = record != 0 ? mgv_group_find(&group, m.key.number) : NULL;
	if (msk == NULL)
		return SW_DATA_NOT_FOUND;
	sw_t sw = sw_of(mgv_mtk_message(u->prim, &m, msk, &mtk));
	if (sw != SW_OK)
		return sw;
	if (!msk_store(u, adf, record, m.key.domain, m.key.group, &group))
		return SW_MEMORY_PROBLEM;
	wr_span(&w, SPAN(mtk.mtk.b));
	if (mtk.has_salt)
		wr_span(&w, SPAN(mtk.salt));
	auth_mbms_answer_put(out, wr_done(&w));
	return SW_OK;
}

static sw_t msk_deletion(struct uicc *u, uint16_t adf, struct span payload, struct wr *out)
{
	struct mgv_group group __attribute__((cleanup(mgv_group_wipe)));
	uint8_t domain[3];
	uint16_t key_group;

	if (!auth_msk_deletion_parse(domain, &key_group, payload))
		return SW_DATA;
	unsigned record = msk_find(u, adf, domain, key_group, &group);
	if (record == 0)
		return SW_DATA_NOT_FOUND;
	mgv_group_wipe(&group);
	if (!msk_store(u, adf, record, domain, key_group, &group))
		return SW_MEMORY_PROBLEM;
	auth_mbms_answer_put(out, (struct span){ 0 });
	return SW_OK;
}

static sw_t muk_deletion(struct uicc *u, uint16_t adf, struct span payload, struct wr *out)
{
	struct muk_entry muk _secret_muk_ = { 0 };
	struct rd r = rd_of(payload);
	struct muk_id id;

	rd_muk_id(&r, &id);
	if (!rd_end(&r))
		return SW_DATA;
	if (!muk_find(u, adf, id.idi, &muk) || !span_eq(octets_span(&muk.idr), id.idr))
		return SW_DATA_NOT_FOUND;
	muk_erase(u, adf, &muk);
	auth_mbms_answer_put(out, (struct span){ 0 });
	return SW_OK;
}

sw_t mbms_command(struct uicc *u, uint16_t adf, struct span object, struct wr *out)
{
	struct span payload;
	uint8_t mode;

	if (!auth_mbms_parse(&mode, &payload, object))
		return SW_DATA;
	switch (mode) {
	case MBMS_MSK_UPDATE:
		return msk_update(u, adf, payload, out);
	case MBMS_MTK_GENERATION:
		return mtk_generation(u, adf, payload, out);
	case MBMS_MSK_DELETION:
		return msk_deletion(u, adf, payload, out);
	case MBMS_MUK_DELETION:
		return muk_deletion(u, adf, payload, out);
	default:
		return SW_DATA;
	}
}
