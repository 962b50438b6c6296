/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of events. A clock tells milliseconds, and ME and network may have two clocks: where a log has messages, they
 * say what was first. So the logs are merged, not sorted: each keeps its order, and one whose next event is the arrival of
 * a message waits until the other log has come to its sending.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "message.h"

bool events_of_both(const struct events *e)
{
	for (size_t i = 1; i < e->n; i++)
		if (e->item[i].source != e->item[0].source)
			return true;
	return false;
}

bool event_is_shown(const struct event *e)
{
	return !e->is_part && (e->message == NULL || e->message->peer == NULL || message_sent(e->message));
}

bool events_have_messages(const struct events *e)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->item[i].message != NULL)
			return true;
	return false;
}

/* Of one millisecond, without messages. */
static int rank(const struct event *e)
{
	return e->source == SOURCE_ME ? 1 : strcmp(e->name, "ack") == 0 ? 2 : 0;
}

static int by_turn(const struct event *a, const struct event *b)
{
	int by_time = strcmp(a->time, b->time);

	return by_time != 0 ? by_time : (a->turn > b->turn) - (a->turn < b->turn);
}

static int in_turn(const void *a, const void *b)
{
	return by_turn(a, b);
}

static int in_turn_of_both(const void *a, const void *b)
{
	const struct event *x = a, *y = b;
	int by_time = strcmp(x->time, y->time);

	return by_time != 0 || rank(x) == rank(y) ? by_turn(x, y) : rank(x) - rank(y);
}

/* What one end has told in one file, as far as it has a place by now. */
struct stream {
	const char *file;
	enum event_source source;
	size_t next; /* its first event without a place; the number of all of them = none is left */
};

static bool is_of(const struct event *e, const struct stream *s)
{
	return e->file == s->file && e->source == s->source;
}

static size_t next_of(const struct events *e, const struct stream *s, size_t from)
{
	while (from < e->n && !is_of(&e->item[from], s))
		from++;
	return from;
}

/* 0 with all streams in *ret, which is the caller's, or -ENOMEM. */
static int find_streams(struct stream **ret, size_t *ret_n, const struct events *e)
{
	struct stream *streams = NULL;
	size_t n = 0;

	for (size_t i = 0; i < e->n; i++) {
		const struct event *item = &e->item[i];
		size_t k = 0;

		while (k < n && !is_of(item, &streams[k]))
			k++;
		if (k < n)
			continue;
		struct stream *more = reallocarray(streams, n + 1, sizeof *streams);
		if (more == NULL) {
			free(streams);
			return -ENOMEM;
		}
		streams = more;
		streams[n++] = (struct stream){ .file = item->file, .source = item->source, .next = i };
	}
	*ret = streams;
	*ret_n = n;
	return 0;
}

/* A message that comes before it was sent. */
static bool too_early(const struct event *e)
{
	const struct message *m = e->message;

	return m != NULL && m->peer != NULL && !message_sent(m) && !m->peer->placed;
}

/* The stream that goes on: the earliest whose next event can be; of those that all wait for each other the earliest. */
static struct stream *choose(const struct events *e, struct stream *streams, size_t n)
{
	struct stream *earliest = NULL, *possible = NULL;

	for (struct stream *s = streams; s < streams + n; s++) {
		if (s->next == e->n)
			continue;
		if (earliest == NULL || s->next < earliest->next)
			earliest = s;
		if (!too_early(&e->item[s->next]) && (possible == NULL || s->next < possible->next))
			possible = s;
	}
	return possible != NULL ? possible : earliest;
}

/* The events of e, which are in order of time. */
static int merge(struct events *e)
{
	struct event *merged = calloc(e->n + 1, sizeof *merged);
	struct stream *streams = NULL;
	size_t n_streams = 0, n = 0;
	int rc = merged != NULL ? find_streams(&streams, &n_streams, e) : -ENOMEM;

	for (struct stream *s; rc == 0 && (s = choose(e, streams, n_streams)) != NULL;) {
		struct event *item = &e->item[s->next];

		if (item->message != NULL)
			item->message->placed = true;
		merged[n++] = *item;
		s->next = next_of(e, s, s->next + 1);
	}
	free(streams);
	if (rc != 0) {
		free(merged);
		return rc;
	}
	free(e->item);
	e->item = merged;
	e->room = e->n + 1;
	return 0;
}

int events_arrange(struct events *e)
{
	int rc = messages_find(e);

	if (rc != 0 || e->n == 0)
		return rc;
	bool messages = events_have_messages(e);
	qsort(e->item, e->n, sizeof *e->item, !messages && events_of_both(e) ? in_turn_of_both : in_turn);
	return messages ? merge(e) : 0;
}
