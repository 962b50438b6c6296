/* SPDX-License-Identifier: Apache-2.0 */
/* host/card/bounded.c: a caller waits for a bounded time, whatever the call does. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/card/bounded.h"
#include "tests/cu.h"

/* A call that comes back when a test writes to the pipe, and what became of it. */
struct slow {
	int pipe[2];
	atomic_int begun, ended, late, idle;
};

static void at_once(void *ctx)
{
	((struct slow *)ctx)->begun++;
}

static void stuck(void *ctx)
{
	struct slow *s = ctx;
	char c;

	s->begun++;
	if (read(s->pipe[0], &c, 1) == 1)
		s->ended++;
}

static void undo(void *ctx)
{
	((struct slow *)ctx)->late++;
}

static void told(void *ctx)
{
	struct slow *s = ctx;

	s->idle += s->late; /* in this order */
}

static void let_go(struct slow *s)
{
	CU_ASSERT_EQUAL_FATAL(write(s->pipe[1], "x", 1), 1);
}

static struct bounded *opened(struct slow *s)
{
	struct bounded *b = NULL;

	CU_ASSERT_EQUAL_FATAL(pipe(s->pipe), 0);
	CU_ASSERT_EQUAL_FATAL(bounded_open(&b, undo, told, s), 0);
	return b;
}

static void a_call_in_time_is_made_and_not_undone(void)
{
	struct slow s = { 0 };
	struct bounded *b = opened(&s);

	for (int i = 1; i <= 100; i++) {
		CU_ASSERT_EQUAL(bounded_call(b, at_once, 1000), 0);
		CU_ASSERT_EQUAL(s.begun, i);
		CU_ASSERT_TRUE(bounded_idle(b));
	}
	let_go(&s);
	CU_ASSERT_EQUAL(bounded_call(b, stuck, 1000), 0);
	CU_ASSERT_TRUE(bounded_close(b, 1000));
	CU_ASSERT_EQUAL(s.ended, 1);
	CU_ASSERT_EQUAL(s.late, 0);
	CU_ASSERT_EQUAL(s.idle, 0);
}

static void a_call_that_hangs_is_left_alone_and_undone_when_it_comes_back(void)
{
	struct slow s = { 0 };
	struct bounded *b = opened(&s);

	CU_ASSERT_EQUAL(bounded_call(b, stuck, 10), -ETIMEDOUT);
	CU_ASSERT_FALSE(bounded_idle(b));
	CU_ASSERT_EQUAL(bounded_call(b, at_once, 1000), -EBUSY);
	/* On a busy machine its thread may not have had its turn yet. */
	for (int i = 0; i < 1000 && s.begun == 0; i++)
		usleep(1000);
	CU_ASSERT_EQUAL(s.begun, 1);
	CU_ASSERT_EQUAL(s.late, 0);
	let_go(&s);
	for (int i = 0; i < 1000 && s.idle == 0; i++)
		usleep(1000);
	CU_ASSERT_TRUE(bounded_idle(b));
	CU_ASSERT_EQUAL(s.late, 1);
	CU_ASSERT_EQUAL(s.idle, 1);
	CU_ASSERT_EQUAL(bounded_call(b, at_once, 1000), 0);
	CU_ASSERT_TRUE(bounded_close(b, 1000));
	CU_ASSERT_EQUAL(s.late, 1);
}

static void a_call_that_hangs_does_not_keep_the_program_from_ending(void)
{
	/* The thread outlives the test: so does what it works on. */
	struct slow *s = calloc(1, sizeof *s);

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	struct bounded *b = opened(s);
	CU_ASSERT_EQUAL(bounded_call(b, stuck, 10), -ETIMEDOUT);
	CU_ASSERT_FALSE(bounded_close(b, 10));
	let_go(s);
	for (int i = 0; i < 1000 && s->idle == 0; i++)
		usleep(1000);
	CU_ASSERT_EQUAL(s->late, 1);
	free(s);
	CU_ASSERT_TRUE(bounded_close(NULL, 10));
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "a call in time is made, and not undone", a_call_in_time_is_made_and_not_undone },
		{ "a call that hangs is left alone, and undone when it comes back",
		  a_call_that_hangs_is_left_alone_and_undone_when_it_comes_back },
		{ "a call that hangs does not keep the program from ending",
		  a_call_that_hangs_does_not_keep_the_program_from_ending },
	};
	return CU_RUN("bounded", tests);
}
