/* SPDX-License-Identifier: Apache-2.0 */
/* A child process that is killed at one of its system calls that write. */
#ifndef VUICC_TESTS_POWER_TRACER_H
#define VUICC_TESTS_POWER_TRACER_H

#include <stdbool.h>

enum tracer_end {
	TRACER_DONE, /* the child came to its end */
	TRACER_CUT, /* it was killed */
	TRACER_FAILED, /* it gave up by itself */
	TRACER_FORBIDDEN, /* nothing may be traced here */
};

/*
 * Runs fn(arg) in a child, and kills it with SIGKILL on the way into writing call number `at` (from 0); -1: never.
 * torn: the call, if it writes octets, first writes the first half of them. *ret_calls: how many writing calls there
 * were, the last one included.
 */
enum tracer_end tracer_run(bool (*fn)(void *arg), void *arg, long at, bool torn, long *ret_calls);

#endif
