/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

static struct guard_bucket *bucket_of(struct guard *g, uint64_t host, bool expected)
{
	for (size_t i = 0; i < GUARD_FRIENDS; i++)
		if (host != 0 && g->host[i] == host)
			return &g->friends[i];
	return expected ? &g->expected : &g->stranger[host % GUARD_STRANGERS];
}

/* Tokens come back as time passes. */
static void refill(struct guard_bucket *b, int64_t now)
{
	int64_t back = (now - b->since) / GUARD_REFILL_MS;

	if (b->spent == 0 || back < 0 || back >= (int64_t)b->spent) {
		/* Also when the clock was set back: a guard that errs lets through. */
		*b = (struct guard_bucket){ .since = now };
		return;
	}
	b->spent -= (uint32_t)back;
	b->since += back * GUARD_REFILL_MS;
}

bool guard_may(struct guard *g, uint64_t host, bool expected, int64_t now)
{
	struct guard_bucket *b = bucket_of(g, host, expected);

	refill(b, now);
	return b->spent < GUARD_TOKENS;
}

void guard_failed(struct guard *g, uint64_t host, bool expected, int64_t now)
{
	struct guard_bucket *b = bucket_of(g, host, expected);

	refill(b, now);
	b->spent += b->spent < GUARD_TOKENS;
}

void guard_proven(struct guard *g, uint64_t host)
{
	for (size_t i = 0; i < GUARD_FRIENDS; i++)
		if (g->host[i] == host)
			return;
	g->host[g->next] = host;
	g->friends[g->next] = (struct guard_bucket){ 0 };
	g->next = (g->next + 1) % GUARD_FRIENDS;
}
