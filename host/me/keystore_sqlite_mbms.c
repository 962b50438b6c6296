/* SPDX-License-Identifier: Apache-2.0 */
/* The key store in a file: MUKs and MSKs. */
#include "keystore_sqlite.h"

#include "../../card/crypto/kdf.h"

/* --- MUKs of an ME that keeps them itself --- */

static bool get_muk(struct sql_query *q, struct keystore_muk *muk)
{
	struct span naf_id = sql_blob(q, 0);
	struct wr w = WR(muk->naf_id);

	wr_span(&w, naf_id);
	muk->naf_id_len = w.n;
	muk->in_use = sql_int(q, 1) != 0;
	muk->counter = (uint32_t)sql_int(q, 3);
	return !w.bad && sql_text(q, 2, muk->btid, sizeof muk->btid);
}

int keystore_sqlite_muk(struct keystore *k, struct span idi, bool in_use, struct keystore_muk *ret)
{
	struct keystore_muk muk __attribute__((cleanup(keystore_muk_wipe))) = { 0 };
	struct sql_query q =
		sql_query(sql_of(k), "SELECT naf_id, in_use, btid, counter, muk FROM muk WHERE in_use = ?", "MUK");
	bool found = false;

	sql_bind_int(&q, in_use);
	while (!found && sql_next(&q)) {
		if (!get_muk(&q, &muk) || !sql_octets(&q, 4, muk.key.b, sizeof muk.key.b))
			sql_damaged(&q);
		found = gba_idi_names(idi, span_of(muk.naf_id, muk.naf_id_len));
	}
	int rc = sql_finish(&q);
	if (rc == 0 && found)
		*ret = muk;
	return rc != 0 ? rc : found ? 0 : -ENOENT;
}

int keystore_sqlite_put_muk(struct keystore *k, const struct keystore_muk *muk)
{
	struct sql_query q = sql_query(
		sql_of(k), "INSERT OR REPLACE INTO muk(naf_id, in_use, btid, muk, counter) VALUES(?, ?, ?, ?, ?)",
		"MUK");

	sql_bind_octets(&q, span_of(muk->naf_id, muk->naf_id_len));
	sql_bind_int(&q, muk->in_use);
	sql_bind_text(&q, muk->btid);
	sql_bind_octets(&q, SPAN(muk->key.b));
	sql_bind_int(&q, muk->counter);
	return sql_run(&q);
}

int keystore_sqlite_muks(struct keystore *k, struct keystore_muk *ret, size_t cap, size_t *ret_n)
{
	struct sql_query q =
		sql_query(sql_of(k), "SELECT naf_id, in_use, btid, counter FROM muk ORDER BY naf_id, in_use", "MUKs");
	size_t n = 0;

	while (n < cap && sql_next(&q)) {
		ret[n] = (struct keystore_muk){ 0 };
		if (!get_muk(&q, &ret[n++]))
			sql_damaged(&q);
	}
	int rc = sql_finish(&q);
	if (rc == 0)
		*ret_n = n;
	return rc;
}

/* --- MSKs --- */

static void group_key(struct sql_query *q, const struct mikey_key_id *key)
{
	sql_bind_octets(q, SPAN(key->domain));
	sql_bind_int(q, key->group);
}

static void msk_key(struct sql_query *q, const struct mikey_key_id *key)
{
	group_key(q, key);
	sql_bind_int(q, key->number);
}

/* As the card keeps two MSKs of a group (decision 21), the one delivered last being the newest. */
static int drop_older_msks(struct keystore *k, const struct mikey_key_id *key)
{
	struct sql_query q =
		sql_query(sql_of(k),
			  "DELETE FROM msk WHERE domain = ?1 AND grp = ?2 AND rowid NOT IN (SELECT rowid FROM "
			  "msk WHERE domain = ?1 AND grp = ?2 ORDER BY rowid DESC LIMIT 2)",
			  "MSK");

	group_key(&q, key);
	return sql_run(&q);
}

/* msk NULL: it is on the card. */
static int insert_msk(struct keystore *k, const struct keystore_msk *about, const struct mgv_msk *msk)
{
	struct sql_query q =
		sql_query(sql_of(k),
			  "INSERT OR REPLACE INTO msk(domain, grp, number, ts, at, sp, mtk, mtk_at, key, csb_id, "
			  "rand, seq_l, seq_u, seq_top, counter) "
			  "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			  "MSK");

	msk_key(&q, &about->key);
	sql_bind_int(&q, about->ts);
	sql_bind_int(&q, about->when);
	sql_bind_octets(&q, about->sp);
	sql_bind_int(&q, about->key.mtk_id);
	sql_bind_int(&q, about->mtk_when);
	if (msk != NULL) {
		sql_bind_octets(&q, SPAN(msk->key.b));
		sql_bind_int(&q, msk->csb_id);
		sql_bind_octets(&q, span_of(msk->rand, msk->rand_len));
		sql_bind_int(&q, msk->seq_l);
		sql_bind_int(&q, msk->seq_u);
		sql_bind_int(&q, msk->seq_top);
		sql_bind_int(&q, msk->counter);
	}
	return sql_run(&q);
}

int keystore_sqlite_put_msk(struct keystore *k, const struct keystore_msk *msk)
{
	int rc = keystore_sqlite_begin(k);

	if (rc != 0)
		return rc;
	rc = insert_msk(k, msk, NULL);
	return keystore_sqlite_commit(k, rc != 0 ? rc : drop_older_msks(k, &msk->key));
}

int keystore_sqlite_took_mtk(struct keystore *k, const struct mikey_key_id *key, int64_t when)
{
	/* Every few seconds, and nothing depends on it: a loss of power may take it along. */
	int rc = sql_exec(sql_of(k), "PRAGMA synchronous = NORMAL", "MTK");
	struct sql_query q =
		sql_query(sql_of(k),
			  "UPDATE msk SET mtk = ?4, mtk_at = ?5 WHERE domain = ?1 AND grp = ?2 AND number = ?3", "MTK");

	msk_key(&q, key);
	sql_bind_int(&q, key->mtk_id);
	sql_bind_int(&q, when);
	int updated = sql_run(&q);
	int back = sql_exec(sql_of(k), "PRAGMA synchronous = FULL", "MTK");
	return rc != 0 ? rc : updated != 0 ? updated : back;
}

int keystore_sqlite_msks(struct keystore *k, struct keystore_msk *ret, size_t cap, size_t *ret_n)
{
	struct sql_query q =
		sql_query(sql_of(k),
			  "SELECT domain, grp, number, ts, at, mtk, mtk_at, key IS NOT NULL, seq_l, seq_u, "
			  "counter FROM msk ORDER BY rowid",
			  "MSKs");
	size_t n = 0;

	while (n < cap && sql_next(&q)) {
		struct keystore_msk *m = &ret[n++];
		*m = (struct keystore_msk){ .key.group = (uint16_t)sql_int(&q, 1),
					    .key.number = (uint16_t)sql_int(&q, 2),
					    .ts = (uint32_t)sql_int(&q, 3),
					    .when = sql_int(&q, 4),
					    .key.mtk_id = (uint16_t)sql_int(&q, 5),
					    .mtk_when = sql_int(&q, 6),
					    .in_me = sql_int(&q, 7) != 0,
					    .seq_l = (uint16_t)sql_int(&q, 8),
					    .seq_u = (uint16_t)sql_int(&q, 9),
					    .counter = (uint32_t)sql_int(&q, 10) };
		if (!sql_octets(&q, 0, m->key.domain, sizeof m->key.domain))
			sql_damaged(&q);
	}
	int rc = sql_finish(&q);
	if (rc == 0)
		*ret_n = n;
	return rc;
}

int keystore_sqlite_msk_sp(struct keystore *k, const struct mikey_key_id *key, struct wr *out)
{
	struct sql_query q = sql_query(sql_of(k), "SELECT sp FROM msk WHERE domain = ? AND grp = ? AND number = ?",
				       "security policy");

	msk_key(&q, key);
	bool there = sql_next(&q);
	if (there)
		wr_span(out, sql_blob(&q, 0));
	int rc = sql_finish(&q);
	return rc != 0 ? rc : there ? 0 : -ENOENT;
}

/* --- MSKs that the ME keeps itself --- */

static bool get_mgv_msk(struct sql_query *q, struct mgv_msk *msk)
{
	struct span rand = sql_blob(q, 3);
	struct rd r = rd_of(rand);

	*msk = (struct mgv_msk){
		.present = true,
		.number = (uint16_t)sql_int(q, 0),
		.csb_id = (uint32_t)sql_int(q, 2),
		.seq_l = (uint16_t)sql_int(q, 4),
		.seq_u = (uint16_t)sql_int(q, 5),
		.seq_top = (uint16_t)sql_int(q, 6),
		.counter = (uint32_t)sql_int(q, 7),
	};
	if (rand.n > sizeof msk->rand)
		return false;
	msk->rand_len = (uint8_t)rand.n;
	rd_copy(&r, msk->rand, rand.n);
	return sql_octets(q, 1, msk->key.b, sizeof msk->key.b);
}

int keystore_sqlite_group(struct keystore *k, const struct mikey_key_id *key, struct mgv_group *ret)
{
	struct mgv_group group __attribute__((cleanup(mgv_group_wipe))) = { 0 };
	struct sql_query q = sql_query(sql_of(k),
				       "SELECT number, key, csb_id, rand, seq_l, seq_u, seq_top, counter FROM msk "
				       "WHERE domain = ? AND grp = ? AND key IS NOT NULL ORDER BY rowid",
				       "MSK");

	group_key(&q, key);
	for (size_t i = 0; i < VU_COUNT(group.msk) && sql_next(&q); i++)
		if (!get_mgv_msk(&q, &group.msk[i]))
			sql_damaged(&q);
	int rc = sql_finish(&q);
	if (rc == 0)
		*ret = group;
	return rc;
}

int keystore_sqlite_put_group(struct keystore *k, const struct keystore_msk *about, const struct mgv_group *group)
{
	struct sql_query q =
		sql_query(sql_of(k), "DELETE FROM msk WHERE domain = ? AND grp = ? AND number NOT IN (?, ?)", "MSK");
	const struct mgv_msk *changed = NULL;

	/* Key Number 0 is nobody's. */
	group_key(&q, &about->key);
	for (size_t i = 0; i < VU_COUNT(group->msk); i++) {
		const struct mgv_msk *msk = &group->msk[i];
		sql_bind_int(&q, msk->present ? msk->number : 0);
		if (msk->present && msk->number == about->key.number)
			changed = msk;
	}
	int rc = sql_run(&q);
	if (rc != 0 || changed == NULL)
		return rc;
	struct keystore_msk row = *about;
	row.key.mtk_id = changed->seq_top;
	return insert_msk(k, &row, changed);
}

int keystore_sqlite_put_window(struct keystore *k, const struct mikey_key_id *key, const struct mgv_msk *msk,
			       int64_t when)
{
	struct sql_query q = sql_query(sql_of(k),
				       "UPDATE msk SET mtk = ?4, mtk_at = ?5, seq_l = ?6, seq_top = ?7, counter = ?8 "
				       "WHERE domain = ?1 AND grp = ?2 AND number = ?3",
				       "MTK");

	msk_key(&q, key);
	sql_bind_int(&q, key->mtk_id);
	sql_bind_int(&q, when);
	sql_bind_int(&q, msk->seq_l);
	sql_bind_int(&q, msk->seq_top);
	sql_bind_int(&q, msk->counter);
	return sql_run(&q);
}
