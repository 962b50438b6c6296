/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams on their way out, and what a network may do to them there. */
#include "bmsc_int.h"

enum { SWAPPED_MS = 3000 }; /* a datagram waits so long for one to follow */

static void let_go(struct late *l, const struct outbox *outbox)
{
	outbox->send(outbox->ctx, &l->to, span_of(l->octets, l->n));
	*l = (struct late){ .due = 0 };
}

/* Without room it leaves at once. */
static void hold(struct bmsc *b, const struct peer *to, struct span octets, int64_t due, bool behind_next,
		 const struct outbox *outbox)
{
	for (size_t i = 0; i < LATE_MAX; i++) {
		struct late *l = &b->late[i];

		if (l->due != 0 || octets.n > sizeof l->octets)
			continue;
		*l = (struct late){ .to = *to, .due = due, .behind_next = behind_next, .n = octets.n };
		memcpy(l->octets, octets.p, octets.n);
		return;
	}
	outbox->send(outbox->ctx, to, octets);
}

static void send_padded(const struct peer *to, struct span octets, const struct outbox *outbox)
{
	uint8_t big[FAULT_PADDED] = { 0 };
	struct wr w = WR(big);

	wr_span(&w, octets);
	outbox->send(outbox->ctx, to, SPAN(big));
}

static void send_halves(const struct peer *to, struct span octets, const struct outbox *outbox)
{
	outbox->send(outbox->ctx, to, span_sub(octets, 0, octets.n / 2));
	outbox->send(outbox->ctx, to, span_sub(octets, octets.n / 2, octets.n));
}

void bmsc_send(struct bmsc *b, const struct peer *to, unsigned kind, struct span octets, const struct outbox *outbox,
	       int64_t now)
{
	const struct outbox *direct = outbox->direct != NULL ? outbox->direct : outbox;

	switch (fault_send(b->env, kind)) {
	case FAULT_SEND_NEVER:
		return;
	case FAULT_SEND_LATE:
		hold(b, to, octets, now + FAULT_LATE_MS, false, outbox);
		return;
	case FAULT_SEND_SWAPPED:
		hold(b, to, octets, now + SWAPPED_MS, true, outbox);
		return;
	case FAULT_SEND_TWICE:
		outbox->send(outbox->ctx, to, octets);
		outbox->send(outbox->ctx, to, octets);
		break;
	case FAULT_SEND_EARLY:
		direct->send(direct->ctx, to, octets);
		break;
	case FAULT_SEND_PADDED:
		send_padded(to, octets, outbox);
		break;
	case FAULT_SEND_HALVES:
		send_halves(to, octets, outbox);
		break;
	case FAULT_SEND_ONCE:
		outbox->send(outbox->ctx, to, octets);
		break;
	}
	for (size_t i = 0; i < LATE_MAX; i++)
		if (b->late[i].due != 0 && b->late[i].behind_next)
			let_go(&b->late[i], outbox);
}

int64_t sending_timer(struct bmsc *b, const struct outbox *outbox, int64_t now)
{
	int64_t next = -1;

	for (size_t i = 0; i < LATE_MAX; i++) {
		struct late *l = &b->late[i];

		if (l->due != 0 && l->due <= now)
			let_go(l, outbox);
		if (l->due != 0 && (next < 0 || l->due < next))
			next = l->due;
	}
	return next;
}
