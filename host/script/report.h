/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run looks like to people, to a test harness (TAP), to a CI server (JUnit) and to a program (JSON). Keys and PINs
 * are withheld from all of them unless `secrets` is set.
 */
#ifndef VUICC_SCRIPT_REPORT_H
#define VUICC_SCRIPT_REPORT_H

#include <stdio.h>

#include "names.h"
#include "run.h"
#include "../capture/mask.h"

enum report_format { REPORT_TEXT, REPORT_TAP, REPORT_JSON };

/* Octets of the lines that tell why a case failed. */
enum { REPORT_REASONS_MAX = 32, REPORT_DETAIL_MAX = 4 * 2 * RAPDU_MAX + 4 * RUN_TEXT_MAX };

struct report {
	FILE *out;
	FILE *junit; /* NULL: none */
	enum report_format format;
	bool trace; /* every command, with the names of things */
	bool secrets;

	unsigned cases, failed, not_applicable;
	/* Why cases did not apply, for the end; what does not fit is counted above alone. */
	unsigned n_reasons;
	struct report_reason {
		unsigned cases;
		char text[RUN_TEXT_MAX];
	} reason[REPORT_REASONS_MAX];
	struct mask mask;
	struct names names;
	/* The last command and its answer as they may be seen. */
	uint8_t capdu[CAPDU_MAX], rapdu[RAPDU_MAX];
	size_t n_capdu, n_rapdu;
	bool masked; /* something of the answer is withheld */
	char command[160]; /* its name */
};

/* Out, junit, format, trace and secrets are set, the rest is zero. */
void report_begin(struct report *r);
void report_event(void *report, const struct run_event *e);
void report_end(struct report *r);

/* report_formats.c: the end of a case; detail is text of lines, "" when there is nothing to say. */
void report_tap(struct report *r, const struct run_event *e, const char *detail);
void report_json(struct report *r, const struct run_event *e, const char *detail);
void report_junit(struct report *r, const struct run_event *e, const char *detail);

#endif
