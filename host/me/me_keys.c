/* SPDX-License-Identifier: Apache-2.0 */
/* MIKEY messages against the keys in the key store. */
#include "me_keys.h"

#include <assert.h>
#include <errno.h>

#include "../../card/crypto/kdf.h"
#include "mbms.h"

static int errno_of(enum mgv_verdict v)
{
	switch (v) {
	case MGV_STORED:
	case MGV_PULL:
	case MGV_WITHDRAWN:
	case MGV_MTK:
		return 0;
	case MGV_REPLAYED:
		return -ESTALE;
	case MGV_EXHAUSTED:
	case MGV_SUPERSEDED:
		return -EPERM;
	case MGV_BAD_MAC:
		return -EBADMSG;
	case MGV_BAD_DATA:
	default:
		return -EINVAL;
	}
}

bool me_keys_is_verdict(int rc)
{
	return rc == -ESTALE || rc == -EPERM || rc == -EBADMSG || rc == -EINVAL || rc == -ENOKEY;
}

/* A primitive that has failed gives zeroes: nothing that comes of them may be stored. */
static int unless_broken(const struct prim *p, int rc)
{
	return rc == 0 && !prim_ok(p) ? -EIO : rc;
}

/* What an IDi names in this store, and the key of it that a message is under. */
struct choice {
	struct keystore_muk newest, in_use;
	bool has_newest, has_in_use;
	struct mgv_muks muks; /* borrows from the above */
	struct mgv_muk lent;
};
SECRET_STRUCT(choice)
#define _secret_choice_ __attribute__((cleanup(choice_wipe)))

static int load_muk(struct keystore *k, struct span idi, bool in_use, struct keystore_muk *muk,
		    struct mgv_candidate *candidate)
{
	int rc = keystore_muk(k, idi, in_use, muk);

	if (rc == 0)
		*candidate = (struct mgv_candidate){ &muk->key, span_str(muk->btid), muk->counter };
	return rc == -ENOENT ? 0 : rc;
}

/* Both keys of the NAF. */
static int load(struct keystore *k, struct span idi, struct choice *c)
{
	int rc = load_muk(k, idi, false, &c->newest, &c->muks.newest);

	return rc != 0 ? rc : load_muk(k, idi, true, &c->in_use, &c->muks.in_use);
}

static int store_counters(struct keystore *k, struct choice *c)
{
	mgv_muk_taken(&c->muks, &c->lent);
	if (c->lent.proves)
		c->in_use = c->newest;
	c->in_use.in_use = true;
	c->in_use.counter = c->muks.in_use.counter;
	int rc = keystore_put_muk(k, &c->in_use);
	if (rc != 0 || !c->lent.newest)
		return rc;
	c->newest.counter = c->muks.newest.counter;
	return keystore_put_muk(k, &c->newest);
}

static_assert((int)KEYSTORE_NAF_ID_MAX >= (int)MBMS_NAF_ID_MAX,
	      "the NAF_ID of every host that a URL can name is stored");

static int put_names(struct keystore_muk *muk, const char *fqdn, const char *btid)
{
	uint8_t buf[MBMS_NAF_ID_MAX];
	struct wr naf_id = WR(muk->naf_id), text = WR(muk->btid);

	wr_span(&naf_id, mbms_naf_id(buf, fqdn));
	wr_str(&text, btid);
	muk->naf_id_len = naf_id.n;
	return naf_id.n == 0 || !wr_cstr(&text) ? -EINVAL : 0;
}

static bool is_key(const struct mgv_candidate *c, const struct key256 *key)
{
	return c->key != NULL && ct_eq(c->key->b, key->b, sizeof key->b);
}

/* The same key may come again, from a UICC that kept its Ks: that must open no replay. */
static int put_newest(struct keystore *k, struct keystore_muk *muk)
{
	struct choice c _secret_choice_ = { 0 };
	int rc = load(k, span_of(muk->naf_id, muk->naf_id_len), &c);

	if (rc != 0)
		return rc;
	if (is_key(&c.muks.newest, &muk->key))
		muk->counter = c.newest.counter;
	if (is_key(&c.muks.in_use, &muk->key))
		muk->counter = c.in_use.counter;
	return keystore_put_muk(k, muk);
}

int me_keys_take(struct keystore *k, struct prim *p, const char *fqdn, const char *btid, const struct key256 *ks_naf,
		 struct key256 *ret_mrk)
{
	struct keystore_muk muk __attribute__((cleanup(keystore_muk_wipe))) = { .key = *ks_naf };
	struct key256 mrk _secret256_;
	int rc = put_names(&muk, fqdn, btid);

	if (rc != 0)
		return rc;
	gba_mrk(p, &mrk, ks_naf);
	rc = keystore_begin(k);
	if (rc != 0)
		return rc;
	rc = put_newest(k, &muk);
	if (rc == 0)
		rc = keystore_put_naf_key(k, fqdn, &mrk);
	rc = keystore_commit(k, unless_broken(p, rc));
	if (rc == 0)
		*ret_mrk = mrk;
	return rc;
}

/* Within a transaction. */
static int take_msk(struct keystore *k, struct prim *p, const struct mikey *m, int64_t now, struct wr *ack,
		    enum mgv_verdict *verdict)
{
	struct mgv_group group __attribute__((cleanup(mgv_group_wipe))) = { 0 };
	const struct keystore_msk about = { .key = m->key, .ts = m->ts, .when = now, .sp = m->sp };
	struct choice c _secret_choice_ = { 0 };
	int rc = load(k, m->idi.data, &c);

	if (rc == 0)
		rc = keystore_group(k, &m->key, &group);
	if (rc != 0)
		return rc;
	if (!mgv_muk_choose(&c.muks, m->idr.data, &c.lent))
		return -ENOKEY;
	*verdict = mgv_msk_message(p, m, &c.lent, &group, ack);
	rc = errno_of(*verdict);
	if (rc == 0)
		rc = store_counters(k, &c);
	if (rc == 0 && *verdict != MGV_PULL)
		rc = keystore_put_group(k, &about, &group);
	return unless_broken(p, rc);
}

int me_keys_msk_message(struct keystore *k, struct prim *p, const struct mikey *m, int64_t now, struct wr *ack,
			enum mgv_verdict *ret_verdict)
{
	uint8_t buf[MIKEY_MESSAGE_MAX];
	struct wr w = WR(buf);
	enum mgv_verdict verdict = MGV_BAD_DATA;

	if (!mgv_msk_shape_ok(m))
		return -EINVAL;
	int rc = keystore_begin(k);
	if (rc != 0)
		return rc;
	rc = take_msk(k, p, m, now, &w, &verdict);
	if (rc == 0 && (w.bad || w.n > ack->cap - ack->n))
		rc = -EINVAL;
	rc = keystore_commit(k, rc);
	if (rc != 0)
		return rc;
	wr_span(ack, wr_done(&w));
	*ret_verdict = verdict;
	return 0;
}

/* Within a transaction. */
static int take_mtk(struct keystore *k, struct prim *p, const struct mikey *m, int64_t now, struct mgv_mtk *mtk)
{
	struct mgv_group group __attribute__((cleanup(mgv_group_wipe))) = { 0 };
	int rc = keystore_group(k, &m->key, &group);

	if (rc != 0)
		return rc;
	struct mgv_msk *msk = mgv_group_find(&group, m->key.number);
	if (msk == NULL)
		return -ENOKEY;
	rc = errno_of(mgv_mtk_message(p, m, msk, mtk));
	if (rc == 0)
		rc = keystore_put_window(k, &m->key, msk, now);
	return unless_broken(p, rc);
}

int me_keys_mtk_message(struct keystore *k, struct prim *p, const struct mikey *m, int64_t now, struct mgv_mtk *ret)
{
	struct mgv_mtk mtk __attribute__((cleanup(mgv_mtk_wipe))) = { 0 };

	if (m->kind != MIKEY_IS_MTK)
		return -EINVAL;
	int rc = keystore_begin(k);
	if (rc != 0)
		return rc;
	rc = keystore_commit(k, take_mtk(k, p, m, now, &mtk));
	if (rc == 0)
		*ret = mtk;
	return rc;
}
