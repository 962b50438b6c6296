/* SPDX-License-Identifier: Apache-2.0 */
/* What came of a storm: a table for people, a JSON object for programs, a plot. */
#ifndef VUICC_STORM_REPORT_H
#define VUICC_STORM_REPORT_H

#include "story.h"

void report_table(FILE *f, const struct story *s, const struct story_options *o);

/* One object on one line. rc: that of story_run(). */
void report_json(FILE *f, const struct story *s, const struct story_options *o, int rc);

/*
 * An SVG picture over time: requests a second at BM-SC and BSF; datagrams a second to the UEs, those of them that were lost,
 * and MSKs that a UE was sent before; the share of UEs that have the MSK of the phase, and when the last one had it.
 */
void report_svg(FILE *f, const struct story *s, const struct story_options *o);

#endif
