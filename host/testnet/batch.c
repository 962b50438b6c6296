/* SPDX-License-Identifier: Apache-2.0 */
#include "batch.h"

#include <stdlib.h>

#include "state.h"

struct batch_datagram {
	struct batch_datagram *next;
	struct peer to;
	size_t n;
	uint8_t octets[];
};

/* Without memory it is lost, as any datagram may be. */
static void keep(void *ctx, const struct peer *to, struct span datagram)
{
	struct batch *b = ctx;
	struct batch_datagram *d = malloc(sizeof *d + datagram.n);

	if (d == NULL)
		return;
	*d = (struct batch_datagram){ .to = *to, .n = datagram.n };
	memcpy(d->octets, datagram.p, datagram.n);
	*b->last = d;
	b->last = &d->next;
}

void batch_begin(struct batch *ret, const struct net_env *env, const struct outbox *to)
{
	const struct state_ops *state = env->state;

	*ret = (struct batch){ .outbox = *to, .to = to, .env = env };
	ret->open = state != NULL && state->begin != NULL && state->begin(env->state_ctx);
	ret->last = &ret->first;
	if (ret->open)
		ret->outbox = (struct outbox){ .send = keep, .ctx = ret, .direct = to };
}

bool batch_end(struct batch *b)
{
	bool stored = !b->open || b->env->state->end(b->env->state_ctx);

	while (b->first != NULL) {
		struct batch_datagram *d = b->first;

		b->first = d->next;
		if (stored)
			b->to->send(b->to->ctx, &d->to, span_of(d->octets, d->n));
		free(d);
	}
	return stored;
}
