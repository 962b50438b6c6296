/* SPDX-License-Identifier: Apache-2.0 */
/* The BM-SC's side of Zn over HTTP: how many answers may be out or lie about, and who makes room for whom. */
#include "tests/cu.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/testnet/zn_client.h"

enum { QUESTIONS = 64, WAIT_MS = 5000 };

static int64_t now = 1000;

static void be_quiet(void *ctx, struct span line)
{
	(void)ctx;
	(void)line;
}

static const struct log quiet = { be_quiet, NULL, false };

static void count(void *ctx)
{
	++*(size_t *)ctx;
}

/* A BSF's address: nobody listens there or, asked for, somebody who never answers. */
static int open_bsf(char url[static 64], bool listens)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	CU_ASSERT_EQUAL(listens ? listen(fd, 2 * QUESTIONS) : 0, 0);
	snprintf(url, 64, "http://127.0.0.1:%u/", ntohs(a.sin_port));
	return fd;
}

static enum zn_result ask(struct zn_client *c, unsigned ue)
{
	struct zn zn = zn_client_zn(c);
	struct zn_keys keys _secret_zn_keys_ = { 0 };
	char btid[32];

	snprintf(btid, sizeof btid, "%u@bsf", ue);
	return zn.keys(zn.ctx, &keys, btid, span_str("bmsc.home1.net12345"), now++);
}

/* Until what is out is answered, one way or the other. */
static void settle(struct zn_client *c)
{
	for (int i = 0; i < WAIT_MS; i++, now++) {
		struct pollfd fd = { .fd = zn_client_fd(c), .events = POLLIN };

		if (poll(&fd, 1, 1) == 0 && zn_client_timeout(c, now) < 0)
			return;
		zn_client_run(c, now);
	}
	CU_FAIL("the questions come to no end");
}

static const struct zn_token token = { "0123456789abcdef" };

static void an_answer_is_given_once(void)
{
	struct zn_client *c = NULL;
	char url[64];
	size_t again = 0;
	int fd = open_bsf(url, false);

	CU_ASSERT_EQUAL_FATAL(zn_client_open(&c, url, &token, &quiet, count, &again), 0);
	CU_ASSERT_EQUAL(ask(c, 1), ZN_LATER);
	CU_ASSERT_EQUAL(ask(c, 1), ZN_LATER);
	settle(c);
	CU_ASSERT_EQUAL(again, 1);
	CU_ASSERT_EQUAL(ask(c, 1), ZN_FAILED);
	CU_ASSERT_EQUAL(ask(c, 1), ZN_LATER); /* a new question */
	zn_client_close(c);
	close(fd);
}

/* Strangers who hung up come for nothing; the oldest of what they left behind makes room. */
static void answers_that_nobody_comes_for_keep_nobody_out(void)
{
	struct zn_client *c = NULL;
	char url[64];
	size_t again = 0;
	int fd = open_bsf(url, false);

	CU_ASSERT_EQUAL_FATAL(zn_client_open(&c, url, &token, &quiet, count, &again), 0);
	for (unsigned i = 0; i < QUESTIONS; i++)
		CU_ASSERT_EQUAL(ask(c, i), ZN_LATER);
	settle(c);
	CU_ASSERT_EQUAL(ask(c, QUESTIONS), ZN_LATER);
	CU_ASSERT_EQUAL(ask(c, 1), ZN_FAILED); /* which was answered: it is still there */
	settle(c);
	CU_ASSERT_EQUAL(ask(c, 0), ZN_LATER); /* which was the oldest: it is not */
	zn_client_close(c);
	close(fd);
}

static void who_waits_is_not_driven_out(void)
{
	struct zn_client *c = NULL;
	char url[64];
	size_t again = 0;
	int fd = open_bsf(url, true);

	CU_ASSERT_EQUAL_FATAL(zn_client_open(&c, url, &token, &quiet, count, &again), 0);
	for (unsigned i = 0; i < QUESTIONS; i++)
		CU_ASSERT_EQUAL(ask(c, i), ZN_LATER);
	CU_ASSERT_EQUAL(ask(c, QUESTIONS), ZN_FAILED);
	CU_ASSERT_EQUAL(ask(c, 0), ZN_LATER);
	CU_ASSERT_EQUAL(again, 0);
	zn_client_close(c);
	close(fd);
}

int main(void)
{
	static const struct cu_test tests[] = {
#define T(f) { #f, f }
		T(an_answer_is_given_once),
		T(answers_that_nobody_comes_for_keep_nobody_out),
		T(who_waits_is_not_driven_out),
	};
	return CU_RUN("Zn over HTTP, from the BM-SC's side", tests);
}
