/* SPDX-License-Identifier: Apache-2.0 */
/* An answer against a pattern. Pure. */
#ifndef VUICC_SCRIPT_MATCH_H
#define VUICC_SCRIPT_MATCH_H

#include "value.h"

enum { MATCH_CAPTURES_MAX = 32, MATCH_TEXT_MAX = 160 };

struct match {
	size_t at; /* of the answer, from 0: the first octet that differs */
	char why[MATCH_TEXT_MAX]; /* what was expected there */
	bool computed; /* it is of a variable or a function: perhaps of a key */
	size_t n_captures;
	struct {
		struct span name, octets; /* borrowed from the line and from the answer */
	} capture[MATCH_CAPTURES_MAX];
};

enum match_result {
	MATCH_YES,
	MATCH_NO, /* m->at and m->why */
	MATCH_FAULT, /* the pattern cannot be computed: *f */
};

/*
 * data and status word against a SCRIPT_EXPECT step: any of its alternatives. After MATCH_NO m is of the alternative that
 * agreed longest.
 */
enum match_result match_answer(const struct value_vars *vars, const struct script_step *s, struct span answer,
			       struct match *m, struct script_fault *f);

#endif
