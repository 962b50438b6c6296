/* SPDX-License-Identifier: Apache-2.0 */
#include "state_sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../sql.h"

/*
 * One network at a time: two would give out the same SQN. A loss of power may take the last commits with it, but leaves
 * the file whole: a UE then resynchronises, or asks again.
 */
static const struct sql_layout layout = {
	.name = "state of vuicc-testnet",
	.application_id = 0x76754E54, /* "vuNT" */
	.version = 2,
	.schema =
		"CREATE TABLE subscriber(impi TEXT PRIMARY KEY, sqn INTEGER NOT NULL) WITHOUT ROWID;"
		"CREATE TABLE run(impi TEXT PRIMARY KEY, btid TEXT NOT NULL, ks BLOB NOT NULL, rand BLOB NOT NULL,"
		" expires INTEGER NOT NULL) WITHOUT ROWID;"
		"CREATE TABLE ue(impi TEXT PRIMARY KEY, host TEXT NOT NULL, port INTEGER NOT NULL, btid TEXT NOT NULL,"
		" mrk BLOB NOT NULL, muk BLOB NOT NULL, expires INTEGER NOT NULL, counter INTEGER NOT NULL) WITHOUT "
		"ROWID;"
		"CREATE TABLE registration(impi TEXT, service TEXT, PRIMARY KEY(impi, service)) WITHOUT ROWID;"
		"CREATE TABLE held(impi TEXT, domain BLOB, grp INTEGER, number INTEGER NOT NULL,"
		" PRIMARY KEY(impi, domain, grp)) WITHOUT ROWID;"
		"CREATE TABLE msk(domain BLOB, grp INTEGER, newest INTEGER, number INTEGER NOT NULL, msk BLOB NOT NULL,"
		" csb_id INTEGER NOT NULL, rand BLOB NOT NULL, seq_l INTEGER NOT NULL, seq_u INTEGER NOT NULL,"
		" mtk_id INTEGER NOT NULL, mtk_counter INTEGER NOT NULL, PRIMARY KEY(domain, grp, newest)) WITHOUT "
		"ROWID;",
	.pragmas = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
		   "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF",
};

struct state {
	struct sql sql;
	bool trouble;
};

int state_open(struct state **ret, const char *path, char why[static STATE_WHY_MAX])
{
	struct state *s = calloc(1, sizeof *s);
	int rc = s == NULL ? -ENOMEM : sql_open(&s->sql, path, &layout);

	snprintf(why, STATE_WHY_MAX, "%s", s == NULL ? "no memory" : s->sql.why);
	if (rc != 0) {
		free(s);
		return rc;
	}
	*ret = s;
	return 0;
}

void state_close(struct state *s)
{
	if (s != NULL)
		sql_close(&s->sql);
	free(s);
}

const char *state_trouble(struct state *s)
{
	bool trouble = s != NULL && s->trouble;

	if (trouble)
		s->trouble = false;
	return trouble ? s->sql.why : NULL;
}

static bool stored(struct state *s, int rc)
{
	s->trouble |= rc != 0;
	return rc == 0;
}

static bool put_sqn(void *ctx, const struct subscriber *subscriber)
{
	struct state *s = ctx;
	struct sql_query q = sql_query(&s->sql, "INSERT OR REPLACE INTO subscriber VALUES(?, ?)", "store a SQN");

	sql_bind_text(&q, subscriber->impi);
	sql_bind_int(&q, (int64_t)auc_sqn(subscriber));
	return stored(s, sql_run(&q));
}

static bool put_run(void *ctx, const char *impi, const struct gba_run *run)
{
	struct state *s = ctx;
	struct sql_query q = sql_query(&s->sql, "INSERT OR REPLACE INTO run VALUES(?, ?, ?, ?, ?)", "store a run");

	sql_bind_text(&q, impi);
	sql_bind_text(&q, run->btid);
	sql_bind_octets(&q, SPAN(run->ks.b));
	sql_bind_octets(&q, SPAN(run->rand));
	sql_bind_int(&q, run->expires);
	return stored(s, sql_run(&q));
}

static bool put_ue(void *ctx, const char *impi, const struct peer *peer, const struct ue_keys *keys)
{
	struct state *s = ctx;
	struct sql_query q =
		sql_query(&s->sql, "INSERT OR REPLACE INTO ue VALUES(?, ?, ?, ?, ?, ?, ?, ?)", "store a UE");

	sql_bind_text(&q, impi);
	sql_bind_text(&q, peer->host);
	sql_bind_int(&q, peer->port);
	sql_bind_text(&q, keys->btid);
	sql_bind_octets(&q, SPAN(keys->mrk.b));
	sql_bind_octets(&q, SPAN(keys->muk.b));
	sql_bind_int(&q, keys->expires);
	sql_bind_int(&q, keys->counter);
	return stored(s, sql_run(&q));
}

static bool put_registration(void *ctx, const char *impi, const char *service, bool registered)
{
	struct state *s = ctx;
	struct sql_query q = sql_query(&s->sql,
				       registered ? "INSERT OR REPLACE INTO registration VALUES(?, ?)"
						  : "DELETE FROM registration WHERE impi = ? AND service = ?",
				       "store a registration");

	sql_bind_text(&q, impi);
	sql_bind_text(&q, service);
	return stored(s, sql_run(&q));
}

static int put_msk(struct state *s, const struct msk *m, bool newest)
{
	struct sql_query q = sql_query(&s->sql, "INSERT OR REPLACE INTO msk VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
				       "store an MSK");

	sql_bind_octets(&q, SPAN(m->id.domain));
	sql_bind_int(&q, m->id.group);
	sql_bind_int(&q, newest);
	sql_bind_int(&q, m->id.number);
	sql_bind_octets(&q, SPAN(m->key.b));
	sql_bind_int(&q, m->csb_id);
	sql_bind_octets(&q, SPAN(m->rand));
	sql_bind_int(&q, m->seq_l);
	sql_bind_int(&q, m->seq_u);
	sql_bind_int(&q, m->mtk_id);
	sql_bind_int(&q, m->mtk_counter);
	return sql_run(&q);
}

static bool put_group(void *ctx, const struct key_group *g)
{
	struct state *s = ctx;
	int rc = sql_begin(&s->sql);

	if (rc != 0)
		return stored(s, rc);
	for (size_t i = 0; i < VU_COUNT(g->msk) && rc == 0; i++)
		if (g->msk[i].id.number != 0)
			rc = put_msk(s, &g->msk[i], i == 1);
	return stored(s, sql_end(&s->sql, rc));
}

static bool put_held(void *ctx, const char *impi, const struct mikey_key_id *msk)
{
	struct state *s = ctx;
	struct sql_query q = sql_query(&s->sql, "INSERT OR REPLACE INTO held VALUES(?, ?, ?, ?)", "store who has what");

	sql_bind_text(&q, impi);
	sql_bind_octets(&q, SPAN(msk->domain));
	sql_bind_int(&q, msk->group);
	sql_bind_int(&q, msk->number);
	return stored(s, sql_run(&q));
}

const struct state_ops state_sqlite = { put_sqn, put_run, put_ue, put_registration, put_group, put_held };

static int restore_sqns(struct state *s, struct subscriber *subscribers, size_t n)
{
	struct sql_query q = sql_query(&s->sql, "SELECT sqn FROM subscriber WHERE impi = ?", "read SQNs");

	for (size_t i = 0; i < n && q.rc == 0; i++) {
		sql_bind_text(&q, subscribers[i].impi);
		if (sql_next(&q) && (uint64_t)sql_int(&q, 0) > auc_sqn(&subscribers[i]))
			auc_set_sqn(&subscribers[i], (uint64_t)sql_int(&q, 0));
		sql_again(&q);
	}
	return sql_finish(&q);
}

static int restore_runs(struct state *s, struct bsf *bsf)
{
	struct sql_query q = sql_query(&s->sql, "SELECT impi, btid, ks, rand, expires FROM run", "read runs");
	char impi[IMPI_MAX];

	while (sql_next(&q)) {
		struct gba_run run __attribute__((cleanup(gba_run_wipe))) = { .expires = sql_int(&q, 4) };

		if (sql_text(&q, 0, impi, sizeof impi) && sql_text(&q, 1, run.btid, sizeof run.btid) &&
		    sql_octets(&q, 2, run.ks.b, sizeof run.ks.b) && sql_octets(&q, 3, run.rand, sizeof run.rand) &&
		    !bsf_restore(bsf, impi, &run))
			q.rc = -ENOMEM;
	}
	return sql_finish(&q);
}

static int restore_registrations(struct state *s, struct bmsc *bmsc)
{
	struct sql_query q = sql_query(&s->sql, "SELECT impi, service FROM registration", "read registrations");
	char impi[IMPI_MAX], service[KM_SERVICE_MAX];

	while (sql_next(&q))
		if (sql_text(&q, 0, impi, sizeof impi) && sql_text(&q, 1, service, sizeof service))
			bmsc_restore_registration(bmsc, impi, service);
	return sql_finish(&q);
}

static int restore_held(struct state *s, struct bmsc *bmsc)
{
	struct sql_query q = sql_query(&s->sql, "SELECT impi, domain, grp, number FROM held", "read who has what");
	char impi[IMPI_MAX];

	while (sql_next(&q)) {
		struct mikey_key_id id = { .group = (uint16_t)sql_int(&q, 2), .number = (uint16_t)sql_int(&q, 3) };

		if (sql_text(&q, 0, impi, sizeof impi) && sql_octets(&q, 1, id.domain, sizeof id.domain))
			bmsc_restore_held(bmsc, impi, &id);
	}
	return sql_finish(&q);
}

/* The UE of the row. False when there is no room for it. */
static bool restore_ue(struct sql_query *q, struct bmsc *bmsc)
{
	struct ue_keys keys _secret_ue_keys_ = { 0 };
	char impi[IMPI_MAX] = "";
	struct peer peer = { .port = (uint16_t)sql_int(q, 2) };

	sql_text(q, 0, impi, sizeof impi);
	sql_text(q, 1, peer.host, sizeof peer.host);
	sql_text(q, 3, keys.btid, sizeof keys.btid);
	sql_octets(q, 4, keys.mrk.b, sizeof keys.mrk.b);
	sql_octets(q, 5, keys.muk.b, sizeof keys.muk.b);
	keys.expires = sql_int(q, 6);
	keys.counter = (uint32_t)sql_int(q, 7);
	return q->rc == 0 && bmsc_restore_ue(bmsc, impi, &peer, &keys);
}

static int restore_ues(struct state *s, struct bmsc *bmsc, size_t *ret_ues)
{
	struct sql_query q = sql_query(
		&s->sql, "SELECT impi, host, port, btid, mrk, muk, expires, counter FROM ue ORDER BY impi", "read UEs");

	while (sql_next(&q))
		*ret_ues += restore_ue(&q, bmsc);
	return sql_finish(&q);
}

static int restore_msks(struct state *s, struct bmsc *bmsc)
{
	struct sql_query q = sql_query(&s->sql,
				       "SELECT domain, grp, newest, number, msk, csb_id, rand, seq_l, seq_u, mtk_id,"
				       " mtk_counter FROM msk",
				       "read MSKs");

	while (sql_next(&q)) {
		struct msk m _secret_msk_ = {
			.id = { .group = (uint16_t)sql_int(&q, 1), .number = (uint16_t)sql_int(&q, 3) },
			.csb_id = (uint32_t)sql_int(&q, 5),
			.seq_l = (uint16_t)sql_int(&q, 7),
			.seq_u = (uint16_t)sql_int(&q, 8),
			.mtk_id = (uint16_t)sql_int(&q, 9),
			.mtk_counter = (uint32_t)sql_int(&q, 10),
		};

		sql_octets(&q, 0, m.id.domain, sizeof m.id.domain);
		sql_octets(&q, 4, m.key.b, sizeof m.key.b);
		sql_octets(&q, 6, m.rand, sizeof m.rand);
		if (q.rc == 0)
			bmsc_restore_msk(bmsc, &m, sql_int(&q, 2) != 0);
	}
	return sql_finish(&q);
}

int state_restore(struct state *s, struct subscriber *subscribers, size_t n, struct bsf *bsf, struct bmsc *bmsc,
		  size_t *ret_ues, char why[static STATE_WHY_MAX])
{
	size_t ues = 0;
	int rc = restore_sqns(s, subscribers, n);

	if (rc == 0)
		rc = restore_runs(s, bsf);
	if (rc == 0)
		rc = restore_msks(s, bmsc);
	if (rc == 0)
		rc = restore_ues(s, bmsc, &ues);
	if (rc == 0)
		rc = restore_registrations(s, bmsc);
	if (rc == 0)
		rc = restore_held(s, bmsc);
	snprintf(why, STATE_WHY_MAX, "%s", rc != 0 ? s->sql.why : "");
	if (rc == 0)
		*ret_ues = ues;
	return rc;
}
