/* SPDX-License-Identifier: Apache-2.0 */
#include "cond.h"

int cond_init(pthread_cond_t *c)
{
	pthread_condattr_t monotonic;
	int rc = pthread_condattr_init(&monotonic);

	if (rc != 0)
		return -rc;
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	rc = pthread_cond_init(c, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return -rc;
}

struct timespec cond_deadline(int ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += ms % 1000 * 1000000L;
	t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000L;
	t.tv_nsec %= 1000000000L;
	return t;
}

bool cond_is_over(const struct timespec *deadline)
{
	struct timespec now = cond_deadline(0);

	return now.tv_sec > deadline->tv_sec || (now.tv_sec == deadline->tv_sec && now.tv_nsec >= deadline->tv_nsec);
}
