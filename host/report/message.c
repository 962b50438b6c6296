/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../apdu/bytes.h"

enum { NEAR = 32 }; /* messages that parts of another may stand between; more come only from logs that are broken */

/* The messages of a log so far. */
struct list {
	struct message **item;
	size_t n;
};

void message_free(struct message *m)
{
	if (m == NULL)
		return;
	free(m->octets);
	free(m);
}

bool message_sent(const struct message *m)
{
	return (m->side == SOURCE_ME) == m->to_network;
}

/* Text of an event is UTF-8, of which octets are the characters up to FF (host/log.h). False: it has others. */
static bool take_octets(struct message *m, const json_t *text)
{
	struct rd r = rd_of(span_of(json_string_value(text), json_string_length(text)));
	struct wr w = { .p = m->octets, .cap = m->room, .n = m->n };

	while (r.n != 0) {
		uint8_t c = rd_u8(&r);

		if (c >= 0x80) {
			uint8_t more = rd_u8(&r);

			if (c > 0xC3 || r.bad)
				return false;
			c = (uint8_t)(c << 6 | (more & 0x3F));
		}
		wr_u8(&w, c);
		m->n = w.n;
	}
	return true;
}

static int add_octets(struct message *m, const json_t *text)
{
	size_t room = m->n + json_string_length(text);

	if (room > m->room) {
		room = 2 * room;
		uint8_t *octets = realloc(m->octets, room);

		if (octets == NULL)
			return -ENOMEM;
		m->octets = octets;
		m->room = room;
	}
	return take_octets(m, text) ? 0 : -EINVAL;
}

/* The text of this event's part; NULL when it is no part of a message. */
static const json_t *text_of(const struct event *e)
{
	const json_t *text = json_object_get(e->members, event_has(e, "interface", "MIKEY") ? "hex" : "text");

	return strcmp(e->name, "message") == 0 && json_is_string(text) ? text : NULL;
}

static bool interface_of(enum message_interface *ret, const struct event *e)
{
	static const char *const names[] = { [MESSAGE_UB] = "Ub", [MESSAGE_UA] = "Ua", [MESSAGE_MIKEY] = "MIKEY" };

	for (size_t i = 0; i < VU_COUNT(names); i++)
		if (event_has(e, "interface", names[i])) {
			*ret = (enum message_interface)i;
			return true;
		}
	return false;
}

static unsigned long number_of(const struct event *e, const char *member)
{
	json_int_t n = json_integer_value(json_object_get(e->members, member));

	return n > 0 ? (unsigned long)n : 0;
}

/* The message that this event goes on with. */
static struct message *continued(const struct list *l, const struct event *e)
{
	unsigned long number = number_of(e, "number");

	if (number_of(e, "part") <= 1)
		return NULL;
	for (size_t i = l->n; i > 0 && l->n - i < NEAR; i--) {
		struct message *m = l->item[i - 1];

		if (m->file == e->file && m->side == e->source && m->number == number)
			return m;
	}
	return NULL;
}

/* 0 with a message in *ret, or NULL where the event has not all that it takes; -ENOMEM. */
static int begin(struct message **ret, struct list *l, struct event *e)
{
	bool to_network = event_has(e, "way", "sent") == (e->source == SOURCE_ME);
	const char *ue = event_text(e, to_network ? "from" : "to");
	enum message_interface interface;

	if (ue == NULL || !interface_of(&interface, e))
		return 0;
	struct message *m = calloc(1, sizeof *m);
	if (m == NULL)
		return -ENOMEM;
	*m = (struct message){ .interface = interface,
			       .side = e->source,
			       .to_network = to_network,
			       .ue = ue,
			       .time = event_text(e, "time"),
			       .file = e->file,
			       .line = e->line,
			       .number = number_of(e, "number") };
	*ret = e->message = l->item[l->n++] = m;
	return 0;
}

static int join(struct list *l, struct events *e)
{
	for (size_t i = 0; i < e->n; i++) {
		struct event *event = &e->item[i];
		const json_t *text = text_of(event);
		struct message *m = text != NULL ? continued(l, event) : NULL;
		int rc = 0;

		event->is_part = m != NULL;
		if (text != NULL && m == NULL)
			rc = begin(&m, l, event);
		if (m != NULL)
			rc = add_octets(m, text);
		if (rc == -ENOMEM)
			return rc;
	}
	return 0;
}

/* What the two ends have of a message alike: a request line up to the version, a status; the digits of a datagram. */
static struct span likeness(const struct message *m)
{
	struct span all = span_of(m->octets, m->n), line = all;

	if (m->interface == MESSAGE_MIKEY)
		return all;
	for (line.n = 0; line.n < all.n && all.p[line.n] != '\r' && all.p[line.n] != '\n';)
		line.n++;
	if (span_starts(line, span_str("HTTP/")))
		return span_sub(line, strlen("HTTP/1.1 "), strlen("200"));
	while (line.n != 0 && line.p[line.n - 1] != ' ')
		line.n--;
	return line;
}

static int order_of_spans(struct span a, struct span b)
{
	int by_octets = memcmp(a.p != NULL ? a.p : (const uint8_t *)"", b.p != NULL ? b.p : (const uint8_t *)"",
			       a.n < b.n ? a.n : b.n);

	return by_octets != 0 ? by_octets : (a.n > b.n) - (a.n < b.n);
}

/* Whether two may be the same one: then 0. Datagrams are told apart by their octets: counters make each another one. */
static int order_of_kinds(const struct message *a, const struct message *b)
{
	int rc = (int)a->interface - (int)b->interface;

	if (rc == 0)
		rc = (int)a->to_network - (int)b->to_network;
	if (rc == 0 && a->interface != MESSAGE_MIKEY)
		rc = strcmp(a->ue, b->ue);
	return rc != 0 ? rc : order_of_spans(likeness(a), likeness(b));
}

/* Those that may be the same stand together, first the ME's as they were read, then the network's. */
static int in_order(const void *x, const void *y)
{
	const struct message *a = *(const struct message *const *)x, *b = *(const struct message *const *)y;
	int rc = order_of_kinds(a, b);

	if (rc == 0)
		rc = (int)a->side - (int)b->side;
	if (rc == 0)
		rc = strcmp(a->time, b->time);
	return rc != 0 ? rc : (a->number > b->number) - (a->number < b->number);
}

/* The first of one is the first of the other, and so on. */
static void pair_group(struct message **group, size_t n)
{
	size_t me = 0;

	while (me < n && group[me]->side == SOURCE_ME)
		me++;
	for (size_t i = 0; i < me && me + i < n; i++) {
		group[i]->peer = group[me + i];
		group[me + i]->peer = group[i];
	}
}

static void pair(struct list *l)
{
	if (l->n != 0)
		qsort(l->item, l->n, sizeof(struct message *), in_order);
	for (size_t i = 0, end; i < l->n; i = end) {
		for (end = i + 1; end < l->n && order_of_kinds(l->item[i], l->item[end]) == 0;)
			end++;
		pair_group(l->item + i, end - i);
	}
}

/* The address in front of the port. */
static struct span host_of(const struct message *m)
{
	const char *port = strrchr(m->ue, ':');

	return span_of(m->ue, port != NULL ? (size_t)(port - m->ue) : strlen(m->ue));
}

static int in_order_of_hosts(const void *x, const void *y)
{
	const struct message *a = *(const struct message *const *)x, *b = *(const struct message *const *)y;
	int rc = order_of_spans(host_of(a), host_of(b));

	return rc != 0 ? rc : (int)a->side - (int)b->side;
}

/* Where both ends of a UE's messages are known, one that only its sender has told of has not come. */
static void find_unseen(struct list *l)
{
	if (l->n != 0)
		qsort(l->item, l->n, sizeof(struct message *), in_order_of_hosts);
	for (size_t i = 0, end; i < l->n; i = end) {
		for (end = i + 1; end < l->n && span_eq(host_of(l->item[i]), host_of(l->item[end]));)
			end++;
		bool both = l->item[i]->side != l->item[end - 1]->side;
		for (size_t k = i; k < end; k++)
			l->item[k]->unseen = both && message_sent(l->item[k]) && l->item[k]->peer == NULL;
	}
}

int messages_find(struct events *e)
{
	struct list l = { .item = calloc(e->n + 1, sizeof(struct message *)) };
	int rc = l.item != NULL ? join(&l, e) : -ENOMEM;

	if (rc == 0) {
		pair(&l);
		find_unseen(&l);
	}
	free(l.item);
	return rc;
}
