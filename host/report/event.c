/* SPDX-License-Identifier: Apache-2.0 */
#include "event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "ladder.h"
#include "message.h"

enum { WHY_MAX = 256 };

const char *event_text(const struct event *e, const char *member)
{
	return json_string_value(json_object_get(e->members, member));
}

bool event_has(const struct event *e, const char *member, const char *value)
{
	const json_t *j = json_object_get(e->members, member);
	char number[32];

	if (j == NULL || value == NULL)
		return j != NULL;
	if (json_is_string(j))
		return strcmp(json_string_value(j), value) == 0;
	snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(j));
	return json_is_integer(j) && strcmp(number, value) == 0;
}

/* As log_time_put() writes it: then times in order are texts in order. */
static bool time_ok(const char *text)
{
	static const char pattern[] = "dddd-dd-ddTdd:dd:dd.dddZ";

	_Static_assert(sizeof pattern == EVENT_TIME_MAX, "a time has room");
	if (text == NULL || strlen(text) != sizeof pattern - 1)
		return false;
	for (size_t i = 0; pattern[i] != '\0'; i++)
		if (pattern[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != pattern[i])
			return false;
	return true;
}

/* One line into *ret, whose members are then the caller's. False with why. */
static bool parse(struct event *ret, struct span line, char why[static WHY_MAX])
{
	json_error_t error;
	json_t *j = json_loadb((const char *)line.p, line.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	struct event e = { .members = j };

	if (!json_is_object(j)) {
		/* Of a line that is broken nothing is repeated: it may hold anything. */
		snprintf(why, WHY_MAX, "column %d: expected one JSON object with members that differ",
			 j == NULL ? error.column : 1);
		json_decref(j);
		return false;
	}
	const char *time = event_text(&e, "time");
	e.name = event_text(&e, "event");
	if (!time_ok(time) || e.name == NULL) {
		snprintf(why, WHY_MAX, "%s",
			 e.name == NULL ? "event: expected the name of an event"
					: "time: expected a time such as 2026-11-21T04:31:58.123Z");
		json_decref(j);
		return false;
	}
	snprintf(e.time, sizeof e.time, "%s", time);
	*ret = e;
	return true;
}

static struct event *room_for_one(struct events *e)
{
	if (e->n == e->room) {
		size_t room = e->room != 0 ? 2 * e->room : 256;
		struct event *item = reallocarray(e->item, room, sizeof *item);

		if (item == NULL)
			return NULL;
		e->item = item;
		e->room = room;
	}
	return &e->item[e->n];
}

/*
 * The next line, without its newline; *ret_whole: it was not longer than an event can be. False at the end of the file.
 */
static bool next_line(FILE *in, struct wr *line, bool *ret_whole)
{
	int c = getc(in);
	bool there = c != EOF;

	for (; c != EOF && c != '\n'; c = getc(in))
		wr_u8(line, (uint8_t)c);
	*ret_whole = !line->bad;
	return there;
}

int events_read(struct events *e, FILE *in, const char *file, FILE *complaints)
{
	uint8_t octets[LOG_LINE_MAX];
	enum event_source source = SOURCE_ME;
	bool whole = false;

	for (unsigned long number = 1;; number++) {
		struct wr line = WR(octets);
		struct event *item = room_for_one(e);
		char why[WHY_MAX];

		if (item == NULL)
			return -ENOMEM;
		if (!next_line(in, &line, &whole))
			break;
		snprintf(why, sizeof why, "expected at most %d octets in a line", LOG_LINE_MAX);
		if (!whole || !parse(item, wr_done(&line), why)) {
			fprintf(complaints, "%s:%lu: %s; skipped\n", file, number, why);
			e->skipped++;
			continue;
		}
		item->file = file;
		item->line = number;
		item->turn = e->n++;
		item->source = source = ladder_source(item, source);
	}
	return ferror(in) ? -EIO : 0;
}

void events_free(struct events *e)
{
	for (size_t i = 0; i < e->n; i++) {
		message_free(e->item[i].message);
		json_decref(e->item[i].members);
	}
	free(e->item);
	*e = (struct events){ 0 };
}
