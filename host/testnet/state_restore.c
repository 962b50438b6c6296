/* SPDX-License-Identifier: Apache-2.0 */
/* A network that begins is told what the one before it knew. */
#include <errno.h>
#include <stdio.h>

#include "state_int.h"

static int restore_sqns(struct state *s, struct subscriber *subscribers, size_t n)
{
	struct sql_query q = sql_query(&s->sql, "SELECT sqn FROM sqn WHERE imsi = ?", "read SQNs");

	for (size_t i = 0; i < n && q.rc == 0; i++) {
		sql_bind_text(&q, subscribers[i].imsi);
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

/* What a table has that pairs UEs and services. */
static int restore_pairs(struct state *s, struct bmsc *bmsc, const char *text, const char *what,
			 void (*restore)(struct bmsc *b, const char *impi, const char *service))
{
	struct sql_query q = sql_query(&s->sql, text, what);
	char impi[IMPI_MAX], service[KM_SERVICE_MAX];

	while (sql_next(&q))
		if (sql_text(&q, 0, impi, sizeof impi) && sql_text(&q, 1, service, sizeof service))
			restore(bmsc, impi, service);
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
static bool restore_ue(struct sql_query *q, const struct bsf *bsf, struct bmsc *bmsc)
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
	/* Who is no subscriber any more is no UE, and takes no other's place. */
	bool subscribes = bsf == NULL || bsf_knows(bsf, impi);
	return q->rc == 0 && subscribes && bmsc_restore_ue(bmsc, impi, &peer, &keys);
}

static int restore_ues(struct state *s, const struct bsf *bsf, struct bmsc *bmsc, size_t *ret_ues)
{
	struct sql_query q =
		sql_query(&s->sql, "SELECT impi, host, port, btid, mrk, muk, expires, counter FROM ue ORDER BY place",
			  "read UEs");

	while (sql_next(&q))
		*ret_ues += restore_ue(&q, bsf, bmsc);
	return sql_finish(&q);
}

static int restore_msks(struct state *s, struct bmsc *bmsc)
{
	struct sql_query q = sql_query(&s->sql,
				       "SELECT domain, grp, newest, number, msk, csb_id, rand, seq_l, seq_u, mtk_id,"
				       " mtk_counter, roc FROM msk",
				       "read MSKs");

	while (sql_next(&q)) {
		struct msk m _secret_msk_ = {
			.id = { .group = (uint16_t)sql_int(&q, 1), .number = (uint16_t)sql_int(&q, 3) },
			.csb_id = (uint32_t)sql_int(&q, 5),
			.seq_l = (uint16_t)sql_int(&q, 7),
			.seq_u = (uint16_t)sql_int(&q, 8),
			.mtk_id = (uint16_t)sql_int(&q, 9),
			.mtk_counter = (uint32_t)sql_int(&q, 10),
			.roc = (uint32_t)sql_int(&q, 11),
		};

		sql_octets(&q, 0, m.id.domain, sizeof m.id.domain);
		sql_octets(&q, 4, m.key.b, sizeof m.key.b);
		sql_octets(&q, 6, m.rand, sizeof m.rand);
		if (q.rc == 0)
			bmsc_restore_msk(bmsc, &m, sql_int(&q, 2) != 0);
	}
	return sql_finish(&q);
}

/* False when they are not whole. */
static bool get_ts(struct sent_msk *ret, struct span octets)
{
	struct rd r = rd_of(octets);

	for (ret->tries = 0; ret->tries < SEND_TRIES && r.n != 0; ret->tries++)
		ret->ts[ret->tries] = rd_u32(&r);
	return ret->tries != 0 && rd_end(&r);
}

static int restore_sent(struct state *s, struct bmsc *bmsc)
{
	struct sql_query q =
		sql_query(&s->sql,
			  "SELECT impi, domain, grp, number, msk, csb_id, rand, seq_l, seq_u, ts, due FROM sent"
			  " ORDER BY due",
			  "read MSK messages");
	char impi[IMPI_MAX];

	while (sql_next(&q)) {
		struct sent_msk sent _secret_sent_msk_ = {
			.msk = { .id = { .group = (uint16_t)sql_int(&q, 2), .number = (uint16_t)sql_int(&q, 3) },
				 .csb_id = (uint32_t)sql_int(&q, 5),
				 .seq_l = (uint16_t)sql_int(&q, 7),
				 .seq_u = (uint16_t)sql_int(&q, 8) },
			.due = sql_int(&q, 10),
		};
		struct msk *m = &sent.msk;

		if (!sql_text(&q, 0, impi, sizeof impi) || !sql_octets(&q, 1, m->id.domain, sizeof m->id.domain) ||
		    !sql_octets(&q, 4, m->key.b, sizeof m->key.b) || !sql_octets(&q, 6, m->rand, sizeof m->rand))
			break;
		if (get_ts(&sent, sql_blob(&q, 9)))
			bmsc_restore_sent(bmsc, impi, &sent);
		else
			sql_damaged(&q);
	}
	return sql_finish(&q);
}

static int restore_rekeys(struct state *s, struct bmsc *bmsc)
{
	struct sql_query q =
		sql_query(&s->sql, "SELECT domain, grp, way, per_second, due, until, next FROM rekey", "read rekeying");
	char next[IMPI_MAX];
	uint8_t domain[3];

	while (sql_next(&q)) {
		int64_t way = sql_int(&q, 2);
		struct rekey rekey = { .way = (enum rekey_way)way,
				       .per_second = (uint32_t)sql_int(&q, 3),
				       .due = sql_int(&q, 4),
				       .until = sql_int(&q, 5) };

		if (way < REKEY_NO_ACK || way > REKEY_PULL)
			sql_damaged(&q);
		else if (sql_octets(&q, 0, domain, sizeof domain) && sql_text(&q, 6, next, sizeof next))
			bmsc_restore_rekey(bmsc, domain, (uint16_t)sql_int(&q, 1), &rekey, next);
	}
	return sql_finish(&q);
}

/* UEs before what they have, MSKs before what is said about them. */
static int restore_bmsc(struct state *s, const struct bsf *bsf, struct bmsc *bmsc, size_t *ret_ues)
{
	int rc = restore_msks(s, bmsc);

	if (rc == 0)
		rc = restore_ues(s, bsf, bmsc, ret_ues);
	if (rc == 0)
		rc = restore_pairs(s, bmsc, "SELECT impi, service FROM registration", "read registrations",
				   bmsc_restore_registration);
	if (rc == 0)
		rc = restore_pairs(s, bmsc, "SELECT impi, service FROM revoked", "read who is no member",
				   bmsc_restore_revoked);
	if (rc == 0)
		rc = restore_held(s, bmsc);
	if (rc == 0)
		rc = restore_sent(s, bmsc);
	return rc == 0 ? restore_rekeys(s, bmsc) : rc;
}

int state_restore(struct state *s, struct subscriber *subscribers, size_t n, struct bsf *bsf, struct bmsc *bmsc,
		  size_t *ret_ues, char why[static STATE_WHY_MAX])
{
	size_t ues = 0;
	int rc = restore_sqns(s, subscribers, n);

	if (rc == 0 && bsf != NULL)
		rc = restore_runs(s, bsf);
	if (rc == 0)
		rc = restore_bmsc(s, bsf, bmsc, &ues);
	snprintf(why, STATE_WHY_MAX, "%s", rc != 0 ? s->sql.why : "");
	if (rc == 0)
		*ret_ues = ues;
	return rc;
}
