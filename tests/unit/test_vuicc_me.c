/* SPDX-License-Identifier: Apache-2.0 */
/* libvuicc-me as its owner sees it: options, threads, and what becomes of requests; without a card and a network. */
#include "tests/cu.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/me/include/vuicc/me.h"

static char folder[] = "/tmp/vuicc-me-XXXXXX", store[64];

/* What the callbacks saw. */
struct seen {
	struct vuicc_me *me;
	unsigned format, listening, ended, stop_at; /* stops when so many requests have ended; 0 = never */
	unsigned again; /* requests to make from within ended() */
	uint32_t last;
	bool in_order;
	char why[VUICC_ME_WHY_MAX];
};

static void on_event(void *ctx, const char *json)
{
	struct seen *s = ctx;
	s->format += strstr(json, "\"event\":\"format\",\"format\":1}") != NULL;
	CU_ASSERT_EQUAL(s->format, 1); /* the first of all, and once */
	s->listening += strstr(json, "\"event\":\"listening\"") != NULL;
	CU_ASSERT(json[0] == '{' && json[strlen(json) - 1] == '}');
}

static void on_ended(void *ctx, uint32_t request, enum vuicc_me_end end, const char *why)
{
	struct seen *s = ctx;

	CU_ASSERT_EQUAL(end, VUICC_ME_UNREACHABLE);
	s->in_order &= request > s->last;
	s->last = request;
	snprintf(s->why, sizeof s->why, "%s", why);
	if (s->again != 0) {
		s->again--;
		CU_ASSERT_NOT_EQUAL(vuicc_me_bootstrap(s->me), 0);
	}
	if (++s->ended == s->stop_at)
		vuicc_me_stop(s->me);
}

static struct vuicc_me_options options(struct seen *s)
{
	struct vuicc_me_options o;

	*s = (struct seen){ .in_order = true };
	vuicc_me_defaults(&o, sizeof o);
	o.store = store;
	o.listen = "127.0.0.1:0";
	o.ctx = s;
	o.event = on_event;
	o.ended = on_ended;
	return o;
}

static void open_me(struct seen *s)
{
	const struct vuicc_me_options o = options(s);
	char why[VUICC_ME_WHY_MAX] = "";

	if (vuicc_me_open(&s->me, &o, why) != 0)
		CU_FAIL_FATAL(why);
}

static int refused(struct vuicc_me_options o, const char *expected)
{
	char why[VUICC_ME_WHY_MAX] = "";
	struct vuicc_me *me = NULL;
	int rc = vuicc_me_open(&me, &o, why);

	CU_ASSERT_PTR_NULL(me);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, expected));
	CU_ASSERT_EQUAL(vuicc_me_open(&me, &o, NULL), rc);
	return rc;
}

static void wrong_options_are_refused_by_name(void)
{
	static const char *const rule = "no rule";
	struct seen s;
	struct vuicc_me_options o = options(&s);

	o.listen = "nowhere";
	CU_ASSERT_EQUAL(refused(o, "listen"), -EINVAL);
	o = options(&s);
	o.pin = "12";
	CU_ASSERT_EQUAL(refused(o, "PIN"), -EINVAL);
	o = options(&s);
	o.bmsc = "bmsc";
	CU_ASSERT_EQUAL(refused(o, "URL"), -EINVAL);
	o = options(&s);
	o.http_timeout = 0;
	CU_ASSERT_EQUAL(refused(o, "http_timeout"), -EINVAL);
	o = options(&s);
	o.connect_to = &rule;
	o.n_connect_to = 1;
	CU_ASSERT_EQUAL(refused(o, "connect_to"), -EINVAL);
	o = options(&s);
	o.services = &rule;
	o.n_services = 1;
	CU_ASSERT_EQUAL(refused(o, "services"), -EINVAL);
	o = options(&s);
	o.back_off = 24 * 3600 * 1000 + 1;
	CU_ASSERT_EQUAL(refused(o, "back_off"), -EINVAL);
	o = options(&s);
	o.description = "/no/such.xml";
	CU_ASSERT_EQUAL(refused(o, "/no/such.xml"), -ENOENT);
	o = options(&s);
	o.reader = o.card = "x";
	CU_ASSERT_EQUAL(refused(o, "exclude"), -EINVAL);
	o = options(&s);
	o.card = "/no/such.card";
	CU_ASSERT_EQUAL(refused(o, "/no/such.card"), -ENOENT);
}

static void options_of_another_version_are_known_by_their_size(void)
{
	struct seen s;
	struct vuicc_me_options o = options(&s);
	struct vuicc_me *me = NULL;

	o.size++;
	CU_ASSERT_EQUAL(refused(o, "newer version"), -EINVAL);
	o.size = 0;
	CU_ASSERT_EQUAL(refused(o, "vuicc_me_defaults"), -EINVAL);
	/* As before there was ended(): its default, none. */
	o.size = offsetof(struct vuicc_me_options, ended);
	CU_ASSERT_EQUAL_FATAL(vuicc_me_open(&me, &o, NULL), 0);
	CU_ASSERT_NOT_EQUAL(vuicc_me_bootstrap(me), 0);
	vuicc_me_close(me);
	CU_ASSERT_EQUAL(s.ended, 0);
}

static void a_stop_before_the_run_ends_it_and_there_is_one_run(void)
{
	struct seen s;

	open_me(&s);
	vuicc_me_stop(s.me);
	CU_ASSERT_EQUAL(vuicc_me_run(s.me, NULL), 0);
	CU_ASSERT_EQUAL(s.listening, 1);
	CU_ASSERT_EQUAL(vuicc_me_run(s.me, NULL), -EALREADY);
	vuicc_me_close(s.me);
	vuicc_me_close(NULL);
}

static void requests_end_in_the_order_in_which_they_were_made(void)
{
	static const uint8_t domain[3] = { 0x00, 0xF1, 0x10 };
	struct seen s;

	open_me(&s);
	CU_ASSERT_EQUAL(vuicc_me_register(s.me, ""), 0);
	CU_ASSERT_EQUAL(vuicc_me_register(s.me, "urn:a b"), 0);
	CU_ASSERT_EQUAL(errno, EINVAL);
	CU_ASSERT_NOT_EQUAL(vuicc_me_register(s.me, "urn:a"), 0);
	CU_ASSERT_NOT_EQUAL(vuicc_me_deregister(s.me, "urn:a"), 0);
	CU_ASSERT_NOT_EQUAL(vuicc_me_request(s.me, domain, 1, 0), 0);
	s.again = 3;
	s.stop_at = 6;
	CU_ASSERT_EQUAL(vuicc_me_run(s.me, NULL), 0);
	CU_ASSERT_EQUAL(s.ended, 6);
	CU_ASSERT_EQUAL(s.last, 6);
	CU_ASSERT_TRUE(s.in_order);
	CU_ASSERT_STRING_EQUAL(s.why, "no card");
	vuicc_me_close(s.me);
}

static void too_many_requests_are_refused_and_the_others_end_at_the_close(void)
{
	struct seen s;

	open_me(&s);
	for (int i = 0; i < VUICC_ME_REQUESTS_MAX; i++)
		CU_ASSERT_NOT_EQUAL(vuicc_me_bootstrap(s.me), 0);
	errno = 0;
	CU_ASSERT_EQUAL(vuicc_me_bootstrap(s.me), 0);
	CU_ASSERT_EQUAL(errno, EAGAIN);
	vuicc_me_close(s.me);
	CU_ASSERT_EQUAL(s.ended, VUICC_ME_REQUESTS_MAX);
	CU_ASSERT_TRUE(s.in_order);
	CU_ASSERT_STRING_EQUAL(s.why, "the program ends");
}

enum { ASKERS = 4, ASKED = 200 };

static void *ask(void *ctx)
{
	struct vuicc_me *me = ctx;

	for (unsigned n = 0; n < ASKED;)
		n += vuicc_me_bootstrap(me) != 0;
	return NULL;
}

static void any_thread_may_ask_while_another_runs(void)
{
	pthread_t asker[ASKERS];
	struct seen s;

	open_me(&s);
	s.stop_at = ASKERS * ASKED;
	for (size_t i = 0; i < ASKERS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&asker[i], NULL, ask, s.me), 0);
	CU_ASSERT_EQUAL(vuicc_me_run(s.me, NULL), 0);
	for (size_t i = 0; i < ASKERS; i++)
		pthread_join(asker[i], NULL);
	vuicc_me_close(s.me);
	CU_ASSERT_EQUAL(s.ended, ASKERS * ASKED);
}

static void signals_stay_the_programs(void)
{
	sigset_t before, after;
	struct sigaction pipe;
	struct seen s;

	pthread_sigmask(SIG_BLOCK, NULL, &before);
	open_me(&s);
	vuicc_me_stop(s.me);
	CU_ASSERT_EQUAL(vuicc_me_run(s.me, NULL), 0);
	vuicc_me_close(s.me);
	pthread_sigmask(SIG_BLOCK, NULL, &after);
	CU_ASSERT_EQUAL(sigismember(&before, SIGTERM), sigismember(&after, SIGTERM));
	CU_ASSERT_EQUAL(sigismember(&before, SIGINT), sigismember(&after, SIGINT));
	sigaction(SIGPIPE, NULL, &pipe);
	CU_ASSERT_TRUE(pipe.sa_handler == SIG_DFL);
}

static const struct cu_test tests[] = {
	{ "wrong options are refused by name", wrong_options_are_refused_by_name },
	{ "options of another version are known by their size", options_of_another_version_are_known_by_their_size },
	{ "a stop before the run ends it, and there is one run", a_stop_before_the_run_ends_it_and_there_is_one_run },
	{ "requests end in the order in which they were made", requests_end_in_the_order_in_which_they_were_made },
	{ "too many requests are refused, and the others end at the close",
	  too_many_requests_are_refused_and_the_others_end_at_the_close },
	{ "any thread may ask while another runs", any_thread_may_ask_while_another_runs },
	{ "signals stay the program's", signals_stay_the_programs },
};

int main(void)
{
	char command[64], no_service[64];

	if (mkdtemp(folder) == NULL)
		return 2;
	snprintf(store, sizeof store, "%s/me.sqlite", folder);
	/* A pcscd of this machine is none of this test's business. */
	snprintf(no_service, sizeof no_service, "%s/no.such.socket", folder);
	setenv("PCSCLITE_CSOCK_NAME", no_service, 1);
	int status = CU_RUN("the ME as a library", tests);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command) == 0 ? status : 2;
}
