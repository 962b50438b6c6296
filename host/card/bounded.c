/* SPDX-License-Identifier: Apache-2.0 */
#include "bounded.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "../../os/cond.h"

struct bounded {
	pthread_mutex_t lock;
	pthread_cond_t given, back;
	pthread_t thread;
	bounded_fn *fn; /* the call that is out, NULL = none */
	bounded_fn *late, *idle;
	void *ctx;
	bool abandoned; /* nobody waits for it */
	bool quit; /* after the call that is out */
	bool orphan; /* nobody joins the thread: it cleans up itself */
};

static void release(struct bounded *b)
{
	pthread_cond_destroy(&b->back);
	pthread_cond_destroy(&b->given);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

static void *serve(void *arg)
{
	struct bounded *b = arg;

	pthread_mutex_lock(&b->lock);
	for (;;) {
		while (b->fn == NULL && !b->quit)
			pthread_cond_wait(&b->given, &b->lock);
		if (b->fn == NULL)
			break;
		pthread_mutex_unlock(&b->lock);
		b->fn(b->ctx);
		pthread_mutex_lock(&b->lock);
		bool late = b->abandoned;
		if (late) {
			pthread_mutex_unlock(&b->lock);
			b->late(b->ctx);
			pthread_mutex_lock(&b->lock);
		}
		b->fn = NULL;
		b->abandoned = false;
		pthread_cond_signal(&b->back);
		if (late) {
			pthread_mutex_unlock(&b->lock);
			b->idle(b->ctx);
			pthread_mutex_lock(&b->lock);
		}
	}
	bool orphan = b->orphan;
	pthread_mutex_unlock(&b->lock);
	if (orphan)
		release(b);
	return NULL;
}

/* A signal is for the program's own threads: here it would end the program instead of waking its loop. */
static int start(struct bounded *b)
{
	sigset_t all, before;

	sigfillset(&all);
	int rc = -pthread_sigmask(SIG_BLOCK, &all, &before);
	if (rc != 0)
		return rc;
	rc = -pthread_create(&b->thread, NULL, serve, b);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

int bounded_open(struct bounded **ret, bounded_fn *late, bounded_fn *idle, void *ctx)
{
	struct bounded *b = calloc(1, sizeof *b);

	if (b == NULL)
		return -ENOMEM;
	int rc = cond_init(&b->back);
	if (rc != 0) {
		free(b);
		return rc;
	}
	b->late = late;
	b->idle = idle;
	b->ctx = ctx;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->given, NULL);
	rc = start(b);
	if (rc != 0)
		release(b);
	else
		*ret = b;
	return rc;
}

/* With the lock held: until no call is out, for ms at most. */
static bool wait_back(struct bounded *b, int ms)
{
	struct timespec end = cond_deadline(ms);
	int rc = 0;

	while (b->fn != NULL && rc == 0)
		rc = pthread_cond_timedwait(&b->back, &b->lock, &end);
	return b->fn == NULL;
}

int bounded_call(struct bounded *b, bounded_fn *fn, int ms)
{
	int rc = 0;

	pthread_mutex_lock(&b->lock);
	if (b->fn != NULL)
		rc = -EBUSY;
	if (rc == 0) {
		b->fn = fn;
		pthread_cond_signal(&b->given);
		if (!wait_back(b, ms)) {
			b->abandoned = true;
			rc = -ETIMEDOUT;
		}
	}
	pthread_mutex_unlock(&b->lock);
	return rc;
}

bool bounded_idle(struct bounded *b)
{
	pthread_mutex_lock(&b->lock);
	bool idle = b->fn == NULL;
	pthread_mutex_unlock(&b->lock);
	return idle;
}

bool bounded_close(struct bounded *b, int ms)
{
	if (b == NULL)
		return true;
	pthread_mutex_lock(&b->lock);
	b->quit = true;
	pthread_cond_signal(&b->given);
	bool back = wait_back(b, ms);
	pthread_t thread = b->thread;
	b->orphan = !back;
	pthread_mutex_unlock(&b->lock);
	if (!back) {
		pthread_detach(thread);
		return false;
	}
	pthread_join(thread, NULL);
	release(b);
	return true;
}
