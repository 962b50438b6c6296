/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session as a script: what was sent, and what came back as the expectation. Keys in answers become "..", and PINs the
 * variables PIN1 or PIN-XX (XX: the reference), unless `secrets` is set.
 */
#ifndef VUICC_SCRIPT_RECORD_H
#define VUICC_SCRIPT_RECORD_H

#include <stdio.h>

#include "run.h"
#include "../capture/mask.h"

struct record {
	FILE *out;
	bool secrets;
	struct mask mask;
};

void record_event(struct record *r, const struct run_event *e);

#endif
