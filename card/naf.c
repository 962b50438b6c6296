/* SPDX-License-Identifier: Apache-2.0 */
#include "naf.h"

#include "../apdu/tlv.h"
#include "auth_int.h"
#include "crypto/kdf.h"
#include "fs.h"
#include "spent.h"

struct span octets_span(const struct octets *o)
{
	return span_of(o->b, o->n);
}

bool octets_set(struct octets *o, struct span s)
{
	if (s.n > sizeof o->b)
		return false;
	if (s.n != 0)
		memcpy(o->b, s.p, s.n);
	o->n = (uint8_t)s.n;
	return true;
}

static void rd_octets(struct rd *r, struct octets *o)
{
	if (!octets_set(o, rd_lv8(r)))
		r->bad = true;
}

/* An object of one application's record. */
static uint32_t object_of(enum obj_kind kind, uint16_t adf, unsigned record)
{
	return OBJ(kind, (uint32_t)adf << 8 | record);
}

static bool naf_load(const struct uicc *u, uint16_t adf, unsigned record, struct naf_entry *e)
{
	struct rd r = rd_of(nv_get(u->nv, object_of(OBJ_NAF, adf, record)));

	e->record = record;
	rd_octets(&r, &e->naf_id);
	rd_octets(&r, &e->btid);
	rd_copy(&r, e->ks_int_naf.b, sizeof e->ks_int_naf.b);
	e->counter = rd_u32(&r);
	return rd_end(&r);
}

static bool muk_load(const struct uicc *u, uint16_t adf, unsigned record, struct muk_entry *e)
{
	struct rd r = rd_of(nv_get(u->nv, object_of(OBJ_MUK, adf, record)));

	e->record = record;
	rd_octets(&r, &e->naf_id);
	rd_octets(&r, &e->idi);
	rd_octets(&r, &e->idr);
	rd_copy(&r, e->muk.b, sizeof e->muk.b);
	e->counter = rd_u32(&r);
	return rd_end(&r);
}

static unsigned records_of(const struct uicc *u, uint16_t adf, enum app_ef ef)
{
	const struct file_desc *f = fs_file(u, app_ef(u, adf, ef));

	return f != NULL ? f->records : 0;
}

bool naf_find(const struct uicc *u, uint16_t adf, struct span idi, struct naf_entry *ret)
{
	unsigned n = records_of(u, adf, APP_EF_GBANL);

	for (unsigned record = 1; record <= n; record++)
		if (naf_load(u, adf, record, ret) && gba_idi_names(idi, octets_span(&ret->naf_id)))
			return true;
	return false;
}

bool muk_find(const struct uicc *u, uint16_t adf, struct span idi, struct muk_entry *ret)
{
	unsigned n = records_of(u, adf, APP_EF_MUK);

	for (unsigned record = 1; record <= n; record++)
		if (muk_load(u, adf, record, ret) && gba_idi_names(idi, octets_span(&ret->naf_id)))
			return true;
	return false;
}

static unsigned free_record(const struct uicc *u, uint16_t adf, enum obj_kind kind, enum app_ef ef)
{
	unsigned n = records_of(u, adf, ef);

	for (unsigned record = 1; record <= n; record++)
		if (nv_get(u->nv, object_of(kind, adf, record)).p == NULL)
			return record;
	return 0;
}

unsigned muk_record_free(const struct uicc *u, uint16_t adf)
{
	return free_record(u, adf, OBJ_MUK, APP_EF_MUK);
}

/* The use list holds record numbers, most recently used first (TS 33.220 G.2). */
static struct span use_list(const struct uicc *u, uint16_t adf)
{
	return nv_get(u->nv, OBJ(OBJ_NAF_USE, adf));
}

static void move_to_front(struct uicc *u, uint16_t adf, unsigned record)
{
	uint8_t list[UINT8_MAX];
	struct wr w = WR(list);
	struct span old = use_list(u, adf);

	wr_u8(&w, (uint8_t)record);
	for (size_t i = 0; i < old.n; i++)
		if (old.p[i] != record)
			wr_u8(&w, old.p[i]);
	nv_put(u->nv, OBJ(OBJ_NAF_USE, adf), wr_done(&w));
}

unsigned naf_record_for(const struct uicc *u, uint16_t adf, struct span naf_id)
{
	unsigned n = records_of(u, adf, APP_EF_GBANL);

	for (unsigned record = 1; record <= n; record++) {
		struct naf_entry e _secret_naf_ = { 0 };
		if (naf_load(u, adf, record, &e) && span_eq(octets_span(&e.naf_id), naf_id))
			return record;
	}
	unsigned record = free_record(u, adf, OBJ_NAF, APP_EF_GBANL);
	if (record != 0 || n == 0)
		return record;
	struct span used = use_list(u, adf);
	return used.n != 0 ? used.p[used.n - 1] : 1;
}

struct record_buf { /* the longest object: three strings, a key, a counter */
	uint8_t b[3 * sizeof(struct octets) + sizeof(struct key256) + sizeof(uint32_t)];
};
SECRET_STRUCT(record_buf)

static bool put_object(struct uicc *u, uint32_t key, const struct wr *w)
{
	if (!w->bad)
		nv_put(u->nv, key, wr_done(w));
	return !w->bad;
}

bool naf_store(struct uicc *u, uint16_t adf, const struct naf_entry *e)
{
	struct record_buf object __attribute__((cleanup(record_buf_wipe)));
	struct naf_entry old _secret_naf_;
	struct wr w = WR(object.b);

	if (naf_load(u, adf, e->record, &old) && !ct_eq(old.ks_int_naf.b, e->ks_int_naf.b, sizeof old.ks_int_naf.b))
		spent_remember(u, adf, &old.ks_int_naf, old.counter);
	wr_lv8(&w, octets_span(&e->naf_id));
	wr_lv8(&w, octets_span(&e->btid));
	wr_span(&w, SPAN(e->ks_int_naf.b));
	wr_u32(&w, e->counter);
	if (!put_object(u, object_of(OBJ_NAF, adf, e->record), &w))
		return false;
	move_to_front(u, adf, e->record);

	struct wr record = fs_edit_record(u, app_ef(u, adf, APP_EF_GBANL), e->record);
	wr_tlv(&record, 0x80, octets_span(&e->naf_id));
	wr_tlv(&record, 0x81, octets_span(&e->btid));
	wr_pad(&record, 0xFF);
	return !record.bad;
}

bool muk_store(struct uicc *u, uint16_t adf, const struct muk_entry *e)
{
	struct record_buf object __attribute__((cleanup(record_buf_wipe)));
	struct muk_entry old _secret_muk_;
	struct wr w = WR(object.b);

	if (muk_load(u, adf, e->record, &old) && !ct_eq(old.muk.b, e->muk.b, sizeof old.muk.b))
		spent_remember(u, adf, &old.muk, old.counter);
	wr_lv8(&w, octets_span(&e->naf_id));
	wr_lv8(&w, octets_span(&e->idi));
	wr_lv8(&w, octets_span(&e->idr));
	wr_span(&w, SPAN(e->muk.b));
	wr_u32(&w, e->counter);
	if (!put_object(u, object_of(OBJ_MUK, adf, e->record), &w))
		return false;

	const struct muk_id id = { .idr = octets_span(&e->idr), .idi = octets_span(&e->idi) };
	struct wr record = fs_edit_record(u, app_ef(u, adf, APP_EF_MUK), e->record);
	wr_muk_id(&record, &id);
	size_t ts = wr_tlv_open(&record, 0x81);
	wr_u32(&record, e->counter);
	wr_tlv_close(&record, ts);
	wr_pad(&record, 0xFF);
	return !record.bad;
}

void muk_erase(struct uicc *u, uint16_t adf, const struct muk_entry *e)
{
	struct wr w = fs_edit_record(u, app_ef(u, adf, APP_EF_MUK), e->record);

	spent_remember(u, adf, &e->muk, e->counter);
	nv_erase(u->nv, object_of(OBJ_MUK, adf, e->record));
	wr_pad(&w, 0xFF);
}
