/* SPDX-License-Identifier: Apache-2.0 */
#include "msk.h"

#include "auth_int.h"
#include "fs.h"

static uint32_t object_of(uint16_t adf, unsigned record)
{
	return OBJ(OBJ_MSK, (uint32_t)adf << 8 | record);
}

static void wr_msk(struct wr *w, const struct mgv_msk *m)
{
	wr_u16(w, m->number);
	wr_span(w, SPAN(m->key.b));
	wr_u32(w, m->csb_id);
	wr_lv8(w, span_of(m->rand, m->rand_len));
	wr_u16(w, m->seq_l);
	wr_u16(w, m->seq_u);
	wr_u16(w, m->seq_top);
	wr_u32(w, m->counter);
}

static void rd_msk(struct rd *r, struct mgv_msk *m)
{
	*m = (struct mgv_msk){ .present = true, .number = rd_u16(r) };
	rd_copy(r, m->key.b, sizeof m->key.b);
	m->csb_id = rd_u32(r);
	struct rd rand = rd_of(rd_lv8(r));
	m->rand_len = (uint8_t)rand.n;
	rd_copy(&rand, m->rand, rand.n);
	m->seq_l = rd_u16(r);
	m->seq_u = rd_u16(r);
	m->seq_top = rd_u16(r);
	m->counter = rd_u32(r);
}

/* Object: Key Domain ID(3), Key Group(2), then one or two MSKs, the older first. */
static bool load(struct span object, const uint8_t domain[static 3], uint16_t group, struct mgv_group *ret)
{
	struct rd r = rd_of(object);
	struct span its_domain = rd_take(&r, 3);
	uint16_t its_group = rd_u16(&r);

	if (r.bad || !span_eq(its_domain, span_of(domain, 3)) || its_group != group)
		return false;
	for (size_t i = 0; i < VU_COUNT(ret->msk); i++)
		if (r.n != 0)
			rd_msk(&r, &ret->msk[i]);
	return rd_end(&r);
}

static unsigned records(const struct uicc *u, uint16_t adf)
{
	const struct file_desc *f = fs_file(u, app_ef(u, adf, APP_EF_MSK));

	return f != NULL ? f->records : 0;
}

unsigned msk_find(const struct uicc *u, uint16_t adf, const uint8_t domain[static 3], uint16_t group,
		  struct mgv_group *ret)
{
	unsigned n = records(u, adf);

	for (unsigned record = 1; record <= n; record++) {
		*ret = (struct mgv_group){ 0 };
		if (load(nv_get(u->nv, object_of(adf, record)), domain, group, ret))
			return record;
	}
	*ret = (struct mgv_group){ 0 };
	return 0;
}

unsigned msk_record_free(const struct uicc *u, uint16_t adf)
{
	unsigned n = records(u, adf);

	for (unsigned record = 1; record <= n; record++)
		if (nv_get(u->nv, object_of(adf, record)).p == NULL)
			return record;
	return 0;
}

/* EF_MSK: Key Domain ID(3), count(1), count times { MSK ID(4), time stamp counter(4) }, FF. */
static bool stage_record(struct uicc *u, uint16_t adf, unsigned record, const uint8_t domain[static 3], uint16_t group,
			 const struct mgv_group *g)
{
	struct wr w = fs_edit_record(u, app_ef(u, adf, APP_EF_MSK), record);
	uint8_t count = 0;

	for (size_t i = 0; i < VU_COUNT(g->msk); i++)
		count += g->msk[i].present;
	if (count != 0) {
		wr_bytes(&w, domain, 3);
		wr_u8(&w, count);
	}
	for (size_t i = 0; i < count; i++) {
		wr_u16(&w, group);
		wr_u16(&w, g->msk[i].number);
		wr_u32(&w, g->msk[i].counter);
	}
	wr_pad(&w, 0xFF);
	return !w.bad;
}

struct group_buf {
	uint8_t b[3 + 2 + 2 * sizeof(struct mgv_msk)];
};
SECRET_STRUCT(group_buf)

bool msk_store(struct uicc *u, uint16_t adf, unsigned record, const uint8_t domain[static 3], uint16_t group,
	       const struct mgv_group *g)
{
	struct group_buf object __attribute__((cleanup(group_buf_wipe)));
	struct wr w = WR(object.b);

	wr_bytes(&w, domain, 3);
	wr_u16(&w, group);
	for (size_t i = 0; i < VU_COUNT(g->msk); i++)
		if (g->msk[i].present)
			wr_msk(&w, &g->msk[i]);
	if (w.bad)
		return false;
	if (g->msk[0].present)
		nv_put(u->nv, object_of(adf, record), wr_done(&w));
	else
		nv_erase(u->nv, object_of(adf, record));
	return stage_record(u, adf, record, domain, group, g);
}
