/* SPDX-License-Identifier: Apache-2.0 */
/* The state in its file: one network writes, the next one reads; a batch is there or not; rows that nobody wrote. */
#include "net_fixture.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/testnet/state_sqlite.h"

static char folder[] = "/tmp/vuicc-state-XXXXXX";
static char path[64];

struct story {
	struct net *net;
	struct state *state;
	size_t ues;
};

/* A network with what the file knows. */
static struct story begin(void)
{
	struct story s = { .net = net_open(NULL) };
	struct net_config *c = s.net->config;
	char why[STATE_WHY_MAX];

	CU_ASSERT_EQUAL_FATAL(state_open(&s.state, path, why), 0);
	CU_ASSERT_EQUAL(state_restore(s.state, c->subscriber, c->n_subscribers, s.net->bsf, s.net->bmsc, &s.ues, why),
			0);
	s.net->env.state = &state_sqlite;
	s.net->env.state_ctx = s.state;
	return s;
}

static void end(struct story *s)
{
	CU_ASSERT_PTR_NULL(state_trouble(s->state));
	net_close(s->net);
	state_close(s->state);
}

static struct phone registered(struct net *net)
{
	struct phone p = phone_of(net, 0);

	CU_ASSERT_FATAL(phone_bootstrap(&p));
	CU_ASSERT_EQUAL(phone_register(&p, NET_SERVICE), 200);
	return p;
}

static void what_one_network_knew_the_next_one_knows(void)
{
	static const struct peer from = { "127.0.0.1", 2269 };
	struct story s = begin();
	struct phone p = registered(s.net);
	uint8_t octets[512];
	struct wr ack = WR(octets);

	CU_ASSERT_EQUAL(s.ues, 0);
	CU_ASSERT(net_control(s.net, "push " NET_IMSI " " NET_GROUP));
	end(&s);

	s = begin();
	p.net = s.net;
	CU_ASSERT_EQUAL(s.ues, 1);
	s.net->now += 1000;
	(void)bmsc_timer(s.net->bmsc, &s.net->outbox, s.net->now);
	CU_ASSERT_EQUAL_FATAL(s.net->n_sent, 1);
	CU_ASSERT_EQUAL(net_message(s.net, 0).ts, 2);
	CU_ASSERT_EQUAL(phone_take(&p, 0, &ack), MGV_STORED);
	bmsc_datagram(s.net->bmsc, &from, wr_done(&ack), s.net->now);
	CU_ASSERT(net_event(s.net, "ack", NULL));
	end(&s);

	s = begin();
	p.net = s.net;
	p.nonce[0] = '\0';
	CU_ASSERT(bmsc_timer(s.net->bmsc, &s.net->outbox, s.net->now + 60000) < 0);
	CU_ASSERT_EQUAL(phone_ask(&p, 1, 0), 200); /* its keys and its registration are there */
	CU_ASSERT_EQUAL(net_message(s.net, 0).key.number, 1);
	CU_ASSERT_EQUAL(net_message(s.net, 0).ts, 3);
	end(&s);
}

static void what_is_in_a_batch_is_there_as_a_whole_or_not_at_all(void)
{
	struct story s = begin();
	struct ue_keys keys = { .btid = "b@x", .expires = NET_NOW + 60000, .counter = 4 };
	struct sent_msk sent = { .msk = { .id = { .domain = { 0x00, 0xf1, 0x10 }, .group = 1, .number = 3 },
					  .seq_u = 9 },
				 .ts = { 5 },
				 .tries = 1,
				 .due = NET_NOW };
	const struct peer peer = { "127.0.0.1", 2269 };

	CU_ASSERT(state_sqlite.put_ue(s.state, NET_IMPI, &peer, &keys));
	for (int last = 0; last < 2; last++) {
		CU_ASSERT(state_sqlite.begin(s.state));
		keys.counter = 5;
		CU_ASSERT(state_sqlite.put_sent(s.state, NET_IMPI, &keys, &sent));
		sent.msk.id.number = 4;
		CU_ASSERT(state_sqlite.put_sent(s.state, NET_IMPI, &keys, &sent));
		CU_ASSERT(state_sqlite.put_held(s.state, NET_IMPI, &sent.msk.id, 4)); /* which ends the second one */
		sent.msk.id.number = 3;
		if (last)
			CU_ASSERT(state_sqlite.end(s.state));
		end(&s); /* or the program's end */
		s = begin();
		(void)bmsc_timer(s.net->bmsc, &s.net->outbox, NET_NOW);
		CU_ASSERT_EQUAL(s.net->n_sent, (size_t)last);
	}
	CU_ASSERT_EQUAL(net_message(s.net, 0).key.number, 3);
	CU_ASSERT_EQUAL(net_message(s.net, 0).ts, 6);
	end(&s);
}

static void edit(const char *sql)
{
	sqlite3 *db = NULL;

	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_close(db), SQLITE_OK);
}

/* Of each table once: an octet too few, a text too long, a number of tries that cannot be. */
static void a_row_that_this_program_did_not_write_is_named(void)
{
	static const char *const damages[] = {
		"INSERT INTO run VALUES('a', 'b', x'00', x'00', 1)",
		"INSERT INTO run VALUES('a', 'b', zeroblob(32), zeroblob(17), 1)",
		"INSERT INTO ue VALUES(7, printf('%.100c', 'x'), '', 1, '', zeroblob(32), zeroblob(32), 1, 1)",
		"INSERT INTO ue VALUES(7, 'a', '', 1, '', zeroblob(31), zeroblob(32), 1, 1)",
		"INSERT INTO registration VALUES(printf('%.100c', 'x'), 'a')",
		"INSERT INTO held VALUES('a', x'00f1', 1, 1)",
		"INSERT INTO sent VALUES('a', x'00f110', 1, 1, zeroblob(16), 1, zeroblob(16), 0, 1, x'', 1)",
		"INSERT INTO sent VALUES('a', x'00f110', 1, 1, zeroblob(16), 1, zeroblob(16), 0, 1, x'00000001ff', 1)",
		"INSERT INTO sent VALUES('a', x'00f110', 1, 1, zeroblob(16), 1, zeroblob(16), 0, 1, zeroblob(20), 1)",
		"INSERT INTO sent VALUES('a', x'00f110', 1, 1, zeroblob(15), 1, zeroblob(16), 0, 1, x'00000001', 1)",
	};
	char why[STATE_WHY_MAX];

	for (size_t i = 0; i < VU_COUNT(damages); i++) {
		struct story s = begin();
		end(&s);
		edit(damages[i]);
		struct net *net = net_open(NULL);
		struct net_config *c = net->config;
		struct state *state = NULL;
		size_t ues = 77;
		CU_ASSERT_EQUAL_FATAL(state_open(&state, path, why), 0);
		CU_ASSERT_EQUAL(state_restore(state, c->subscriber, c->n_subscribers, net->bsf, net->bmsc, &ues, why),
				-EPROTO);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, "not as this program writes them"));
		CU_ASSERT_EQUAL(ues, 77);
		state_close(state);
		net_close(net);
		edit("DELETE FROM run; DELETE FROM ue; DELETE FROM registration; DELETE FROM held; DELETE FROM sent");
	}
}

/* The only place is for who subscribes now, whoever did before; and for who did when there is no BSF here to know. */
static void who_subscribes_no_more_takes_no_place(void)
{
	struct story s = begin();

	registered(s.net);
	end(&s);
	edit("UPDATE ue SET impi = 'somebody@else'");
	s = begin();
	CU_ASSERT_EQUAL(s.ues, 0);
	CU_ASSERT_FALSE(net_control(s.net, "expire somebody@else"));
	registered(s.net);
	end(&s);
	struct net *net = net_open(NULL);
	struct state *state = NULL;
	size_t ues = 0;
	char why[STATE_WHY_MAX];
	CU_ASSERT_EQUAL_FATAL(state_open(&state, path, why), 0);
	CU_ASSERT_EQUAL(state_restore(state, net->config->subscriber, 1, NULL, net->bmsc, &ues, why), 0);
	CU_ASSERT_EQUAL(ues, 1);
	CU_ASSERT(net_control(net, "expire somebody@else"));
	state_close(state);
	net_close(net);
}

static void a_file_that_cannot_be_had_is_named(void)
{
	struct story s = begin();
	struct state *second = NULL;
	char why[STATE_WHY_MAX];

	CU_ASSERT_EQUAL(state_open(&second, path, why), -EBUSY);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, path));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "a state has one network at a time"));
	end(&s);
	FILE *f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs("this is no database, and it is longer than the head of one would be, were it there", f);
	for (int i = 0; i < 100; i++)
		fputs("0123456789", f);
	fclose(f);
	CU_ASSERT_EQUAL(state_open(&second, path, why), -EPROTO);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, path));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "state of vuicc-testnet: begin: file is not a database"));
}

/* Each test has a file of its own. */
static void in_a_folder(void (*test)(void))
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[80];

	memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/state", folder);
	test();
	for (size_t i = 0; i < VU_COUNT(ends); i++) {
		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		(void)unlink(name);
	}
	CU_ASSERT_EQUAL(rmdir(folder), 0);
}

#define IN_A_FOLDER(f)                                                                                                 \
	static void in_a_folder_##f(void)                                                                              \
	{                                                                                                              \
		in_a_folder(f);                                                                                        \
	}
IN_A_FOLDER(what_one_network_knew_the_next_one_knows)
IN_A_FOLDER(what_is_in_a_batch_is_there_as_a_whole_or_not_at_all)
IN_A_FOLDER(a_row_that_this_program_did_not_write_is_named)
IN_A_FOLDER(who_subscribes_no_more_takes_no_place)
IN_A_FOLDER(a_file_that_cannot_be_had_is_named)

int main(void)
{
	static const struct cu_test tests[] = {
#define T(f) { #f, in_a_folder_##f }
		T(what_one_network_knew_the_next_one_knows),
		T(what_is_in_a_batch_is_there_as_a_whole_or_not_at_all),
		T(a_row_that_this_program_did_not_write_is_named),
		T(who_subscribes_no_more_takes_no_place),
		T(a_file_that_cannot_be_had_is_named),
	};
	return CU_RUN("state of the test network in its file", tests);
}
