/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session as a script: what was sent, and what came back as the expectation. Keys in answers become "..", and what is
 * sent and withheld becomes variables, unless `secrets` is set: PIN1, PUK1 and PIN1-NEW, or PIN-XX, PUK-XX and PIN-XX-NEW
 * with the reference in place of XX; KEYS where an EF with keys is written.
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
