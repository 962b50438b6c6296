/* SPDX-License-Identifier: Apache-2.0 */
/* The key store in memory: MUKs and MSKs. */
#include "keystore_mem.h"

#include "../../card/crypto/kdf.h"

/* --- MUKs --- */

static bool is_same_muk(const struct row *r, const void *ctx)
{
	const struct keystore_muk *muk = &((const struct row *)ctx)->muk;

	return r->table == MUK && r->muk.in_use == muk->in_use &&
	       span_eq(span_of(r->muk.naf_id, r->muk.naf_id_len), span_of(muk->naf_id, muk->naf_id_len));
}

int keystore_mem_put_muk(struct keystore *k, const struct keystore_muk *muk)
{
	struct row row = { .table = MUK, .muk = *muk };
	int rc = keystore_mem_put(k, &row, is_same_muk);

	secret_wipe(&row, sizeof row);
	return rc;
}

int keystore_mem_muk(struct keystore *k, struct span idi, bool in_use, struct keystore_muk *ret)
{
	for (struct row *r = row_first(k, MUK); r != NULL; r = row_next(r))
		if (r->muk.in_use == in_use && gba_idi_names(idi, span_of(r->muk.naf_id, r->muk.naf_id_len))) {
			*ret = r->muk;
			return 0;
		}
	return -ENOENT;
}

int keystore_mem_muks(struct keystore *k, struct keystore_muk *ret, size_t cap, size_t *ret_n)
{
	size_t n = 0;

	for (struct row *r = row_first(k, MUK); r != NULL; r = row_next(r))
		if (n < cap) {
			ret[n] = r->muk;
			key256_wipe(&ret[n++].key);
		}
	*ret_n = n;
	return 0;
}

/* --- MSKs --- */

static bool is_of_group(const struct row *r, const struct mikey_key_id *key)
{
	return r->table == MSK && span_eq(SPAN(r->msk.about.key.domain), SPAN(key->domain)) &&
	       r->msk.about.key.group == key->group;
}

static bool is_same_msk(const struct row *r, const void *ctx)
{
	const struct row *other = ctx;
	return r->table == MSK && is_msk_named(&r->msk.about.key, &other->msk.about.key);
}

static struct row *find_msk(struct keystore *k, const struct mikey_key_id *key)
{
	for (struct row *r = row_first(k, MSK); r != NULL; r = row_next(r))
		if (is_msk_named(&r->msk.about.key, key))
			return r;
	return NULL;
}

static bool is_row(const struct row *r, const void *ctx)
{
	return r == ctx;
}

/* As the card keeps two MSKs of a group (decision 21), the one delivered last being the newest. */
int keystore_mem_put_msk(struct keystore *k, const struct keystore_msk *msk)
{
	struct row row = { .table = MSK, .msk.about = *msk };
	const struct row *oldest = NULL;
	size_t n = 0;

	row.msk.about.in_me = false;
	int rc = keystore_mem_put(k, &row, is_same_msk);
	if (rc != 0)
		return rc;
	for (struct row *r = row_first(k, MSK); r != NULL; r = row_next(r))
		if (is_of_group(r, &msk->key) && n++ == 0)
			oldest = r;
	if (n > 2)
		keystore_mem_drop(k, is_row, oldest);
	return 0;
}

int keystore_mem_took_mtk(struct keystore *k, const struct mikey_key_id *key, int64_t when)
{
	struct row *r = find_msk(k, key);

	if (r != NULL) {
		r->msk.about.key.mtk_id = key->mtk_id;
		r->msk.about.mtk_when = when;
	}
	return 0;
}

int keystore_mem_msks(struct keystore *k, struct keystore_msk *ret, size_t cap, size_t *ret_n)
{
	size_t n = 0;

	for (struct row *r = row_first(k, MSK); r != NULL; r = row_next(r))
		if (n < cap) {
			ret[n] = r->msk.about;
			ret[n].seq_l = r->msk.msk.seq_l;
			ret[n].seq_u = r->msk.msk.seq_u;
			ret[n].counter = r->msk.msk.counter;
			ret[n++].sp = (struct span){ 0 };
		}
	*ret_n = n;
	return 0;
}

int keystore_mem_msk_sp(struct keystore *k, const struct mikey_key_id *key, struct wr *out)
{
	const struct row *r = find_msk(k, key);

	if (r == NULL)
		return -ENOENT;
	wr_span(out, r->msk.about.sp);
	return 0;
}

int keystore_mem_group(struct keystore *k, const struct mikey_key_id *key, struct mgv_group *ret)
{
	size_t n = 0;

	*ret = (struct mgv_group){ 0 };
	for (struct row *r = row_first(k, MSK); r != NULL; r = row_next(r))
		if (is_of_group(r, key) && r->msk.about.in_me && n < VU_COUNT(ret->msk))
			ret->msk[n++] = r->msk.msk;
	return 0;
}

/* What is to stay of a Key Group. */
struct kept {
	const struct mikey_key_id *key;
	const struct mgv_group *group;
};

static bool is_given_up(const struct row *r, const void *ctx)
{
	const struct kept *kept = ctx;

	if (!is_of_group(r, kept->key))
		return false;
	for (size_t i = 0; i < VU_COUNT(kept->group->msk); i++)
		if (kept->group->msk[i].present && kept->group->msk[i].number == r->msk.about.key.number)
			return false;
	return true;
}

int keystore_mem_put_group(struct keystore *k, const struct keystore_msk *about, const struct mgv_group *group)
{
	const struct kept kept = { &about->key, group };
	int rc = 0;

	keystore_mem_drop(k, is_given_up, &kept);
	for (size_t i = 0; i < VU_COUNT(group->msk) && rc == 0; i++) {
		struct row row = { .table = MSK, .msk = { .about = *about, .msk = group->msk[i] } };
		row.msk.about.in_me = true;
		row.msk.about.key.mtk_id = group->msk[i].seq_top;
		if (group->msk[i].present && group->msk[i].number == about->key.number)
			rc = keystore_mem_put(k, &row, is_same_msk);
		secret_wipe(&row, sizeof row);
	}
	return rc;
}

int keystore_mem_put_window(struct keystore *k, const struct mikey_key_id *key, const struct mgv_msk *msk, int64_t when)
{
	struct row *r = find_msk(k, key);

	if (r == NULL)
		return 0;
	r->msk.about.key.mtk_id = key->mtk_id;
	r->msk.about.mtk_when = when;
	r->msk.msk.seq_l = msk->seq_l;
	r->msk.msk.seq_top = msk->seq_top;
	r->msk.msk.counter = msk->counter;
	return 0;
}
