/* SPDX-License-Identifier: Apache-2.0 */
#include "mgv.h"

struct mgv_msk *mgv_group_find(struct mgv_group *g, uint16_t number)
{
	for (size_t i = 0; i < VU_COUNT(g->msk); i++)
		if (g->msk[i].present && g->msk[i].number == number)
			return &g->msk[i];
	return NULL;
}

/* Decision 48: key, RAND and CSB ID all equal. */
static bool same_key(const struct mgv_msk *a, const struct mgv_msk *b)
{
	return ct_eq(a->key.b, b->key.b, sizeof a->key.b) && a->csb_id == b->csb_id &&
	       span_eq(span_of(a->rand, a->rand_len), span_of(b->rand, b->rand_len));
}

static void group_remove(struct mgv_group *g, const struct mgv_msk *msk)
{
	if (msk == &g->msk[0])
		g->msk[0] = g->msk[1];
	mgv_msk_wipe(&g->msk[1]);
}

/* As the newest: a third one pushes the oldest out (decision 21). */
static void group_append(struct mgv_group *g, const struct mgv_msk *msk)
{
	if (g->msk[0].present && g->msk[1].present)
		g->msk[0] = g->msk[1];
	g->msk[g->msk[0].present ? 1 : 0] = *msk;
}

/* Opened key data to an MSK; decision 18 and 47 say what is taken. */
static bool msk_of(struct mgv_msk *ret, const struct mikey *m, const struct mikey_key_data *k)
{
	if (k->key.n != MSK_LEN || (k->has_salt && k->salt.n != MTK_SALT_LEN) || !k->has_interval ||
	    k->from > UINT16_MAX || k->to > UINT16_MAX || m->rand.n > sizeof ret->rand)
		return false;
	*ret = (struct mgv_msk){
		.present = true,
		.number = m->key.number,
		.csb_id = m->csb_id,
		.rand_len = (uint8_t)m->rand.n,
		.seq_l = (uint16_t)k->from,
		.seq_u = (uint16_t)k->to,
	};
	memcpy(ret->key.b, k->key.p, sizeof ret->key.b);
	memcpy(ret->rand, m->rand.p, m->rand.n);
	return true;
}

/* A delivered MSK into its group: new, again, or withdrawn. */
static enum mgv_verdict group_take(struct mgv_group *g, struct mgv_msk *msk)
{
	struct mgv_msk *old = mgv_group_find(g, msk->number);

	if (msk->seq_l > msk->seq_u) {
		if (old != NULL)
			group_remove(g, old);
		return MGV_WITHDRAWN;
	}
	if (old != NULL && same_key(old, msk)) {
		/* A new interval never makes used MTK IDs valid again. */
		msk->counter = old->counter;
		msk->seq_top = old->seq_top;
		if (msk->seq_l < msk->seq_top)
			msk->seq_l = msk->seq_top;
	}
	if (old != NULL)
		group_remove(g, old);
	group_append(g, msk);
	return MGV_STORED;
}

static enum mgv_verdict open_msk(struct prim *p, const struct mikey *m, const struct mikey_keys *keys,
				 struct mgv_group *group)
{
	struct secret_buf plain _secret_buf_ = { { 0 } };
	struct wr w = WR(plain.b);
	struct mikey_key_data data;
	struct mgv_msk msk __attribute__((cleanup(mgv_msk_wipe))) = { 0 };

	mikey_crypt(p, keys, m->csb_id, m->ts, &w, m->encr_data);
	if (w.bad || !mikey_key_data_parse(&data, wr_done(&w)) || !msk_of(&msk, m, &data))
		return MGV_BAD_DATA;
	return group_take(group, &msk);
}

bool mgv_muk_choose(const struct mgv_muks *muks, struct span idr, struct mgv_muk *ret)
{
	const struct mgv_candidate *newest = &muks->newest, *in_use = &muks->in_use;
	bool one_key = newest->key != NULL && in_use->key != NULL &&
		       ct_eq(newest->key->b, in_use->key->b, sizeof newest->key->b);

	if (newest->key != NULL && span_eq(newest->btid, idr)) {
		*ret = (struct mgv_muk){
			.key = *newest->key, .counter = newest->counter, .newest = true, .proves = !one_key
		};
		return true;
	}
	if (in_use->key == NULL || !span_eq(in_use->btid, idr))
		return false;
	*ret = (struct mgv_muk){ .key = *in_use->key,
				 .counter = in_use->counter,
				 .superseded = newest->key != NULL && !one_key,
				 .newest = one_key };
	return true;
}

void mgv_muk_taken(struct mgv_muks *muks, const struct mgv_muk *muk)
{
	if (muk->newest)
		muks->newest.counter = muk->counter;
	if (muk->proves)
		muks->in_use = muks->newest;
	muks->in_use.counter = muk->counter;
}

bool mgv_msk_shape_ok(const struct mikey *m)
{
	if (m->kind != MIKEY_IS_MSK)
		return false;
	/* A pull carries nothing and wants no answer, a delivery carries something. */
	return mikey_is_pull(m) ? m->encr_data.n == 0 && !m->v : m->encr_data.n != 0;
}

enum mgv_verdict mgv_msk_message(struct prim *p, const struct mikey *m, struct mgv_muk *muk, struct mgv_group *group,
				 struct wr *ack)
{
	struct mikey_keys keys _secret_mikey_keys_;
	bool pull = mikey_is_pull(m);

	if (!mgv_msk_shape_ok(m))
		return MGV_BAD_DATA;
	if (muk->superseded && !pull)
		return MGV_SUPERSEDED;
	if (m->ts <= muk->counter)
		return MGV_REPLAYED;
	mikey_keys_derive(p, &keys, SPAN(muk->key.b), m->csb_id, m->rand);
	if (!mikey_mac_ok(p, &keys, m))
		return MGV_BAD_MAC;

	enum mgv_verdict verdict = pull ? MGV_PULL : open_msk(p, m, &keys, group);
	if (verdict == MGV_BAD_DATA)
		return verdict;
	muk->counter = m->ts;
	if (m->v)
		mikey_ack_put(p, &keys, ack, m);
	return verdict;
}

static enum mgv_verdict open_mtk(struct prim *p, const struct mikey *m, const struct mikey_keys *keys,
				 struct mgv_mtk *ret)
{
	struct secret_buf plain _secret_buf_ = { { 0 } };
	struct wr w = WR(plain.b);
	struct mikey_key_data data;

	mikey_crypt(p, keys, m->csb_id, m->ts, &w, m->encr_data);
	if (w.bad || !mikey_key_data_parse(&data, wr_done(&w)) || data.key.n != sizeof ret->mtk.b ||
	    (data.has_salt && data.salt.n != sizeof ret->salt))
		return MGV_BAD_DATA;
	memcpy(ret->mtk.b, data.key.p, sizeof ret->mtk.b);
	ret->has_salt = data.has_salt;
	if (ret->has_salt)
		memcpy(ret->salt, data.salt.p, sizeof ret->salt);
	return MGV_MTK;
}

enum mgv_verdict mgv_mtk_message(struct prim *p, const struct mikey *m, struct mgv_msk *msk, struct mgv_mtk *ret_mtk)
{
	struct mikey_keys keys _secret_mikey_keys_;

	if (m->kind != MIKEY_IS_MTK)
		return MGV_BAD_DATA;
	if (msk->seq_l >= msk->seq_u)
		return MGV_EXHAUSTED;
	if (m->key.mtk_id <= msk->seq_l || m->key.mtk_id > msk->seq_u || m->ts <= msk->counter)
		return MGV_REPLAYED;
	/* An MTK message has no RAND of its own: the MSK's counts (decision 24). */
	mikey_keys_derive(p, &keys, SPAN(msk->key.b), m->csb_id, span_of(msk->rand, msk->rand_len));
	if (!mikey_mac_ok(p, &keys, m))
		return MGV_BAD_MAC;

	enum mgv_verdict verdict = open_mtk(p, m, &keys, ret_mtk);
	if (verdict == MGV_MTK) {
		msk->seq_l = msk->seq_top = m->key.mtk_id;
		msk->counter = m->ts;
	}
	return verdict;
}
