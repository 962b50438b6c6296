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
