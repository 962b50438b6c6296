/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an event is in a ladder diagram: one or two messages from a lane to another, or a note on one lane. A table of the
 * events of vuicc-me and vuicc-testnet; an event that is not in it is a note of whoever wrote it.
 */
#ifndef VUICC_REPORT_LADDER_H
#define VUICC_REPORT_LADDER_H

#include "event.h"

enum lane { LANE_UICC, LANE_ME, LANE_BSF, LANE_BMSC, LANES };

extern const char *const lane_names[LANES];

enum { STEPS = 2 };

/* A message; from and to the same: a note. */
struct ladder_step {
	enum lane from, to;
	const char *name; /* NULL = no such step */
};

enum ladder_mood { PLAIN, NOTABLE, BAD };

struct ladder_shape {
	enum event_source source;
	const char *event;
	const char *member, *value; /* only with this value of it, NULL = any; member NULL = always */
	enum ladder_mood mood;
	bool echo; /* the other side tells of the same message */
	struct ladder_step step[STEPS];
};

/* Whose event this is; before: whose the one before it in its file was, which decides where both have it. */
enum event_source ladder_source(const struct event *e, enum event_source before);

/* Never NULL. A name of "" stands for the event's. */
const struct ladder_shape *ladder_shape(const struct event *e);

/* As the shape says, or as the status word of an APDU does. */
enum ladder_mood ladder_mood(const struct event *e);

#endif
