/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that may never come back (winscard's wait for whoever else uses the card, and for a card that says nothing), made
 * on a thread of their own, so that their caller waits for a bounded time only.
 *
 * While a call is out, what it works on is that thread's; once it is back, the caller's again.
 */
#ifndef VUICC_BOUNDED_H
#define VUICC_BOUNDED_H

#include "../../apdu/bytes.h"

struct bounded;

typedef void bounded_fn(void *ctx);

/*
 * late: called on the thread when a call comes back that its caller no longer waits for, to undo what it did; idle: after
 * that, when calls can be made again. ctx is handed to every call. 0 or -errno.
 */
int bounded_open(struct bounded **ret, bounded_fn *late, bounded_fn *idle, void *ctx);

/*
 * Calls fn(ctx). 0 when it came back within ms milliseconds; -ETIMEDOUT when it did not: it goes on, and late(ctx) follows
 * it. -EBUSY, without a call, while an earlier one is out.
 */
int bounded_call(struct bounded *b, bounded_fn *fn, int ms);

/* Whether no call is out. */
VU_MUST_USE bool bounded_idle(struct bounded *b);

/*
 * Ends the thread. False when a call is out that does not come back within ms: the thread and what it works on live on
 * until the program ends, and ctx must not be freed. NULL is fine.
 */
VU_MUST_USE bool bounded_close(struct bounded *b, int ms);

#endif
