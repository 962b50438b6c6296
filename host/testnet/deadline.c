/* SPDX-License-Identifier: Apache-2.0 */
#include "deadline.h"

#include <stdlib.h>

enum { ROOM_AT_FIRST = 64 };

void deadlines_close(struct deadlines *d)
{
	free(d->heap);
	*d = (struct deadlines){ .heap = NULL };
}

static bool before(const struct deadline *a, const struct deadline *b)
{
	return a->at != b->at ? a->at < b->at : a->turn < b->turn;
}

/* Places count from 1: the two below i are 2i and 2i + 1. */
static void put_at(struct deadlines *d, size_t place, struct deadline *one)
{
	d->heap[place - 1] = one;
	one->place = place;
}

static void rise(struct deadlines *d, struct deadline *one)
{
	size_t place = one->place;

	for (; place > 1 && before(one, d->heap[place / 2 - 1]); place /= 2)
		put_at(d, place, d->heap[place / 2 - 1]);
	put_at(d, place, one);
}

static void sink(struct deadlines *d, struct deadline *one)
{
	size_t place = one->place;

	for (size_t below = 2 * place; below <= d->n; below = 2 * place) {
		if (below < d->n && before(d->heap[below], d->heap[below - 1]))
			below++;
		if (!before(d->heap[below - 1], one))
			break;
		put_at(d, place, d->heap[below - 1]);
		place = below;
	}
	put_at(d, place, one);
}

static bool make_room(struct deadlines *d)
{
	size_t room = d->room == 0 ? ROOM_AT_FIRST : 2 * d->room;

	if (d->n < d->room)
		return true;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): it is pointers that the heap has */
	struct deadline **heap = reallocarray(d->heap, room, sizeof *heap);
	if (heap == NULL)
		return false;
	d->heap = heap;
	d->room = room;
	return true;
}

bool deadlines_set(struct deadlines *d, struct deadline *one, int64_t at, void *waiting)
{
	if (one->place == 0) {
		if (!make_room(d))
			return false;
		put_at(d, ++d->n, one);
	}
	one->at = at;
	one->turn = d->turn++;
	one->waiting = waiting;
	rise(d, one);
	sink(d, one);
	return true;
}

void deadlines_drop(struct deadlines *d, struct deadline *one)
{
	size_t place = one->place;

	if (place == 0)
		return;
	struct deadline *last = d->heap[--d->n];
	one->place = 0;
	if (last == one)
		return;
	put_at(d, place, last);
	rise(d, last);
	sink(d, last);
}

struct deadline *deadlines_first(const struct deadlines *d)
{
	return d->n != 0 ? d->heap[0] : NULL;
}
