/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	QUICK_MS = 5, /* at least, and as much again at most */
	LATE_MS = 200, /* more, likewise: later than what is sent next */
};

struct node {
	struct node *next;
	int64_t due;
	struct link_datagram d;
};

struct link {
	unsigned lost, doubled, late;
	uint32_t (*random)(void *ctx, uint32_t below);
	void *ctx;
	struct node *first; /* by due */
	struct link_counts counts;
};

struct link *link_open(unsigned lost, unsigned doubled, unsigned late, uint32_t (*random)(void *ctx, uint32_t below),
		       void *ctx)
{
	struct link *l = malloc(sizeof *l);

	if (l == NULL)
		abort();
	*l = (struct link){ .lost = lost, .doubled = doubled, .late = late, .random = random, .ctx = ctx };
	return l;
}

void link_close(struct link *l)
{
	for (struct node *n = l->first, *next; n != NULL; n = next) {
		next = n->next;
		free(n);
	}
	free(l);
}

void link_mend(struct link *l)
{
	l->lost = l->doubled = l->late = 0;
}

static bool happens(struct link *l, unsigned permille)
{
	return l->random(l->ctx, 1000) < permille;
}

/* Behind those that are due no later. */
static void put(struct link *l, int64_t due, bool to_me, struct span datagram)
{
	struct node *n = malloc(sizeof *n), **at = &l->first;

	if (n == NULL || datagram.n > sizeof n->d.octets)
		abort();
	n->due = due;
	n->d.to_me = to_me;
	n->d.n = datagram.n;
	memcpy(n->d.octets, datagram.p, datagram.n);
	while (*at != NULL && (*at)->due <= due)
		at = &(*at)->next;
	n->next = *at;
	*at = n;
}

void link_send(struct link *l, int64_t now, bool to_me, struct span datagram)
{
	int64_t due = now + QUICK_MS + l->random(l->ctx, QUICK_MS);

	l->counts.sent++;
	if (happens(l, l->lost)) {
		l->counts.lost++;
		return;
	}
	if (happens(l, l->late)) {
		l->counts.late++;
		due += LATE_MS + l->random(l->ctx, LATE_MS);
	}
	put(l, due, to_me, datagram);
	if (!happens(l, l->doubled))
		return;
	l->counts.doubled++;
	put(l, due + l->random(l->ctx, LATE_MS), to_me, datagram);
}

int64_t link_due(const struct link *l)
{
	return l->first != NULL ? l->first->due : INT64_MAX;
}

void link_take(struct link *l, struct link_datagram *ret)
{
	struct node *n = l->first;

	l->first = n->next;
	*ret = n->d;
	free(n);
}

struct link_counts link_counts(const struct link *l)
{
	return l->counts;
}
