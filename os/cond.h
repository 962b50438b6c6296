/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions that are waited for with a limit, which nobody who sets the clock moves. */
#ifndef VUICC_OS_COND_H
#define VUICC_OS_COND_H

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

/* 0 or -errno. */
int cond_init(pthread_cond_t *c);

/* ms milliseconds from now, for pthread_cond_timedwait() with such a condition. */
struct timespec cond_deadline(int ms);

/* Whether that moment has come. */
bool cond_is_over(const struct timespec *deadline);

#endif
