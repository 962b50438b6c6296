/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event logs read back: the lines that vuicc-me --json and vuicc-testnet --json write (host/log.h, docs/events.md), one
 * JSON object each, from as many files as there are, in the order of their times.
 *
 * A line that is no event is told with FILE:LINE and why, and passed over: a log may have been cut off in its middle, and
 * may have words of standard error in it.
 */
#ifndef VUICC_REPORT_EVENT_H
#define VUICC_REPORT_EVENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum { EVENT_TIME_MAX = 25 }; /* 2026-11-21T04:31:58.123Z and its end */

/* Whose event it is. */
enum event_source { SOURCE_ME, SOURCE_NETWORK };

struct message; /* message.h */

struct event {
	char time[EVENT_TIME_MAX];
	const char *name; /* in members */
	enum event_source source;
	json_t *members; /* time and event, too */
	const char *file; /* the caller's */
	unsigned long line; /* from 1 */
	size_t turn; /* as they were read */
	struct message *message; /* what begins with it (message.h); NULL = none */
	bool is_part; /* of a message that another event begins */
};

struct events {
	struct event *item;
	size_t n, room;
	size_t skipped; /* lines that were told and passed over */
};

/*
 * Appends the events of one log. file: its name, borrowed as long as e; complaints: where bad lines are told, a line each.
 * 0, -ENOMEM, or -errno of reading; what was read until then stays.
 */
int events_read(struct events *e, FILE *in, const char *file, FILE *complaints);

/*
 * Finds the messages, and brings the events into an order that can have been: each log by time, and a message behind its
 * sending where both ends tell of it. Of one millisecond, in logs without messages: first what the network has sent, then
 * what the ME made of it, then what the network made of the ME's verification message; else as they were read. 0 or -ENOMEM.
 */
int events_arrange(struct events *e);

/* Whether an event has a place of its own: no part of a message that another begins, nor the arrival of one whose sending
 * has one. */
bool event_is_shown(const struct event *e);

/* Whether there is any message. */
bool events_have_messages(const struct events *e);

/* Whether ME and network both have told something. */
bool events_of_both(const struct events *e);

void events_free(struct events *e);

/* A member that is text; NULL when there is none, or it is something else. */
const char *event_text(const struct event *e, const char *member);

/* Whether a member is there with that value: a text, or a number in decimal digits. value NULL: with any. */
bool event_has(const struct event *e, const char *member, const char *value);

#endif
