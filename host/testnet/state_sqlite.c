/* SPDX-License-Identifier: Apache-2.0 */
#include "state_sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../os/holder.h"
#include "state_int.h"

/*
 * One network at a time: two would give out the same SQN. A loss of power may take the last commits with it, but leaves
 * the file whole: a UE then resynchronises, or asks again.
 */
static const struct sql_layout layout = {
	.name = "state of vuicc-testnet",
	.application_id = 0x76754E54, /* "vuNT" */
	.version = 5,
	.schema =
		"CREATE TABLE sqn(imsi TEXT PRIMARY KEY, sqn INTEGER NOT NULL) WITHOUT ROWID;"
		/* source: of the configuration 1, imported 2, or both. */
		"CREATE TABLE subscriber(imsi TEXT PRIMARY KEY, impi TEXT NOT NULL, algorithm INTEGER NOT NULL,"
		" k BLOB NOT NULL, opc BLOB NOT NULL, res_len INTEGER NOT NULL, iterations INTEGER NOT NULL,"
		" amf BLOB NOT NULL, gba_u INTEGER NOT NULL, mbms_uicc INTEGER NOT NULL, source INTEGER NOT NULL)"
		" WITHOUT ROWID;"
		"CREATE TABLE run(impi TEXT PRIMARY KEY, btid TEXT NOT NULL, ks BLOB NOT NULL, rand BLOB NOT NULL,"
		" expires INTEGER NOT NULL) WITHOUT ROWID;"
		/* Their order is that of rekeying. */
		"CREATE TABLE ue(place INTEGER PRIMARY KEY, impi TEXT NOT NULL UNIQUE, host TEXT NOT NULL,"
		" port INTEGER NOT NULL, btid TEXT NOT NULL, mrk BLOB NOT NULL, muk BLOB NOT NULL,"
		" expires INTEGER NOT NULL, counter INTEGER NOT NULL);"
		"CREATE TABLE registration(impi TEXT, service TEXT, PRIMARY KEY(impi, service)) WITHOUT ROWID;"
		"CREATE TABLE revoked(impi TEXT, service TEXT, PRIMARY KEY(impi, service)) WITHOUT ROWID;"
		"CREATE TABLE held(impi TEXT, domain BLOB, grp INTEGER, number INTEGER NOT NULL,"
		" PRIMARY KEY(impi, domain, grp)) WITHOUT ROWID;"
		"CREATE TABLE msk(domain BLOB, grp INTEGER, newest INTEGER, number INTEGER NOT NULL, msk BLOB NOT NULL,"
		" csb_id INTEGER NOT NULL, rand BLOB NOT NULL, seq_l INTEGER NOT NULL, seq_u INTEGER NOT NULL,"
		" mtk_id INTEGER NOT NULL, mtk_counter INTEGER NOT NULL, roc INTEGER NOT NULL,"
		" PRIMARY KEY(domain, grp, newest)) WITHOUT ROWID;"
		"CREATE TABLE sent(impi TEXT, domain BLOB, grp INTEGER, number INTEGER, msk BLOB NOT NULL,"
		" csb_id INTEGER NOT NULL, rand BLOB NOT NULL, seq_l INTEGER NOT NULL, seq_u INTEGER NOT NULL,"
		" ts BLOB NOT NULL, due INTEGER NOT NULL, PRIMARY KEY(impi, domain, grp, number)) WITHOUT ROWID;"
		"CREATE TABLE rekey(domain BLOB, grp INTEGER, way INTEGER NOT NULL, per_second INTEGER NOT NULL,"
		" due INTEGER NOT NULL, until INTEGER NOT NULL, next TEXT NOT NULL, PRIMARY KEY(domain, grp)) WITHOUT "
		"ROWID;",
	.pragmas = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
		   "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF",
};

int state_open(struct state **ret, const char *path, char why[static STATE_WHY_MAX])
{
	struct state *s = calloc(1, sizeof *s);
	int rc = s == NULL ? -ENOMEM : sql_open(&s->sql, path, &layout);

	snprintf(why, STATE_WHY_MAX, "%s", s == NULL ? "no memory" : s->sql.why);
	if (rc == -EBUSY) {
		char holder[HOLDER_MAX];

		(void)file_holder(path, holder);
		snprintf(why, STATE_WHY_MAX, "%.300s is in use by %s: a state has one network at a time", path, holder);
	}
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

/* What belongs together: a transaction, or a part of one that can be undone by itself. */
static int begin_part(struct state *s)
{
	return s->batch ? sql_exec(&s->sql, "SAVEPOINT part", "begin") : sql_begin(&s->sql);
}

static int end_part(struct state *s, int rc)
{
	if (!s->batch)
		return sql_end(&s->sql, rc);
	if (rc == 0)
		return sql_exec(&s->sql, "RELEASE part", "commit");
	char why[sizeof s->sql.why];
	memcpy(why, s->sql.why, sizeof why); /* of what went wrong first */
	(void)!sql_exec(&s->sql, "ROLLBACK TO part; RELEASE part", "undo");
	memcpy(s->sql.why, why, sizeof why);
	return rc;
}

static bool begin(void *ctx)
{
	struct state *s = ctx;

	s->batch = stored(s, sql_begin(&s->sql));
	return s->batch;
}

static bool end(void *ctx)
{
	struct state *s = ctx;

	s->batch = false;
	return stored(s, sql_end(&s->sql, 0));
}

static bool put_sqn(void *ctx, const struct subscriber *subscriber)
{
	struct state *s = ctx;
	struct sql_query q = sql_query(&s->sql, "INSERT OR REPLACE INTO sqn VALUES(?, ?)", "store a SQN");

	sql_bind_text(&q, subscriber->imsi);
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
		sql_query(&s->sql,
			  "INSERT INTO ue(impi, host, port, btid, mrk, muk, expires, counter)"
			  " VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(impi) DO UPDATE SET host = excluded.host,"
			  " port = excluded.port, btid = excluded.btid, mrk = excluded.mrk, muk = excluded.muk,"
			  " expires = excluded.expires, counter = excluded.counter",
			  "store a UE");

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

/* A line of a table that has the pairs of UE and service something is true of. */
static int set_pair(struct state *s, const char *text, const char *what, const char *impi, const char *service)
{
	struct sql_query q = sql_query(&s->sql, text, what);

	sql_bind_text(&q, impi);
	sql_bind_text(&q, service);
	return sql_run(&q);
}

static int set_registered(struct state *s, const char *impi, const char *service, bool registered)
{
	return set_pair(s,
			registered ? "INSERT OR REPLACE INTO registration VALUES(?, ?)"
				   : "DELETE FROM registration WHERE impi = ? AND service = ?",
			"store a registration", impi, service);
}

static bool put_registration(void *ctx, const char *impi, const char *service, bool registered)
{
	struct state *s = ctx;

	return stored(s, set_registered(s, impi, service, registered));
}

static bool put_revoked(void *ctx, const char *impi, const char *service, bool revoked)
{
	struct state *s = ctx;
	int rc = begin_part(s);

	if (rc != 0)
		return stored(s, rc);
	rc = set_pair(s,
		      revoked ? "INSERT OR REPLACE INTO revoked VALUES(?, ?)"
			      : "DELETE FROM revoked WHERE impi = ? AND service = ?",
		      "store who is no member", impi, service);
	if (rc == 0 && revoked)
		rc = set_registered(s, impi, service, false);
	return stored(s, end_part(s, rc));
}

static int put_msk(struct state *s, const struct msk *m, bool newest)
{
	struct sql_query q = sql_query(&s->sql, "INSERT OR REPLACE INTO msk VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
	sql_bind_int(&q, m->roc);
	return sql_run(&q);
}

static bool put_group(void *ctx, const struct key_group *g)
{
	struct state *s = ctx;
	int rc = begin_part(s);

	if (rc != 0)
		return stored(s, rc);
	for (size_t i = 0; i < VU_COUNT(g->msk) && rc == 0; i++)
		if (g->msk[i].id.number != 0)
			rc = put_msk(s, &g->msk[i], i == 1);
	return stored(s, end_part(s, rc));
}

/* The tries one after the other. */
static struct span put_ts(struct wr *to, const struct sent_msk *sent)
{
	for (size_t i = 0; i < sent->tries; i++)
		wr_u32(to, sent->ts[i]);
	return wr_done(to);
}

static int insert_sent(struct state *s, const char *impi, const struct sent_msk *sent)
{
	struct sql_query q = sql_query(&s->sql, "INSERT OR REPLACE INTO sent VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
				       "store an MSK message");
	const struct msk *m = &sent->msk;
	uint8_t octets[sizeof sent->ts];
	struct wr ts = WR(octets);

	sql_bind_text(&q, impi);
	sql_bind_octets(&q, SPAN(m->id.domain));
	sql_bind_int(&q, m->id.group);
	sql_bind_int(&q, m->id.number);
	sql_bind_octets(&q, SPAN(m->key.b));
	sql_bind_int(&q, m->csb_id);
	sql_bind_octets(&q, SPAN(m->rand));
	sql_bind_int(&q, m->seq_l);
	sql_bind_int(&q, m->seq_u);
	sql_bind_octets(&q, put_ts(&ts, sent));
	sql_bind_int(&q, sent->due);
	return sql_run(&q);
}

static int update_counter(struct state *s, const char *impi, uint32_t counter)
{
	struct sql_query q = sql_query(&s->sql, "UPDATE ue SET counter = ? WHERE impi = ?", "store a counter");

	sql_bind_int(&q, counter);
	sql_bind_text(&q, impi);
	return sql_run(&q);
}

static bool put_sent(void *ctx, const char *impi, const struct ue_keys *keys, const struct sent_msk *sent)
{
	struct state *s = ctx;
	int rc = begin_part(s);

	if (rc != 0)
		return stored(s, rc);
	rc = update_counter(s, impi, keys->counter);
	if (rc == 0)
		rc = insert_sent(s, impi, sent);
	return stored(s, end_part(s, rc));
}

static int delete_sent(struct state *s, const char *impi, const struct mikey_key_id *msk)
{
	struct sql_query q = sql_query(
		&s->sql, "DELETE FROM sent WHERE impi = ? AND domain = ? AND grp = ? AND number = ?", "end a wait");

	sql_bind_text(&q, impi);
	sql_bind_octets(&q, SPAN(msk->domain));
	sql_bind_int(&q, msk->group);
	sql_bind_int(&q, msk->number);
	return sql_run(&q);
}

static bool drop_sent(void *ctx, const char *impi, const struct mikey_key_id *msk)
{
	struct state *s = ctx;

	return stored(s, delete_sent(s, impi, msk));
}

static int insert_held(struct state *s, const char *impi, const struct mikey_key_id *msk, uint16_t number)
{
	struct sql_query q = sql_query(&s->sql, "INSERT OR REPLACE INTO held VALUES(?, ?, ?, ?)", "store who has what");

	sql_bind_text(&q, impi);
	sql_bind_octets(&q, SPAN(msk->domain));
	sql_bind_int(&q, msk->group);
	sql_bind_int(&q, number);
	return sql_run(&q);
}

static bool put_held(void *ctx, const char *impi, const struct mikey_key_id *msk, uint16_t number)
{
	struct state *s = ctx;
	int rc = begin_part(s);

	if (rc != 0)
		return stored(s, rc);
	rc = insert_held(s, impi, msk, number);
	if (rc == 0)
		rc = delete_sent(s, impi, msk);
	return stored(s, end_part(s, rc));
}

static bool put_rekey(void *ctx, const struct key_group *g, const char *next_impi)
{
	struct state *s = ctx;
	struct sql_query q = sql_query(&s->sql,
				       next_impi != NULL ? "INSERT OR REPLACE INTO rekey VALUES(?, ?, ?, ?, ?, ?, ?)"
							 : "DELETE FROM rekey WHERE domain = ? AND grp = ?",
				       "store how far rekeying is");

	sql_bind_octets(&q, SPAN(g->domain));
	sql_bind_int(&q, g->group);
	if (next_impi != NULL) {
		sql_bind_int(&q, g->rekey.way);
		sql_bind_int(&q, g->rekey.per_second);
		sql_bind_int(&q, g->rekey.due);
		sql_bind_int(&q, g->rekey.until);
		sql_bind_text(&q, next_impi);
	}
	return stored(s, sql_run(&q));
}

const struct state_ops state_sqlite = { put_sqn,  put_run,   put_ue,   put_registration, put_revoked, put_group,
					put_sent, drop_sent, put_held, put_rekey,	 begin,	      end };
