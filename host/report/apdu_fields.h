/* SPDX-License-Identifier: Apache-2.0 */
/* An APDU taken apart: its header, what AUTHENTICATE is asked, and the objects in its answer. */
#ifndef VUICC_REPORT_APDU_FIELDS_H
#define VUICC_REPORT_APDU_FIELDS_H

#include <stdio.h>

#include "../../apdu/mikey.h"
#include "../script/names.h"

enum {
	APDU_FIELDS_NAME_MAX = 256,
	APDU_FIELDS_OBJECT_MAX = MIKEY_MESSAGE_MAX + 8, /* 53, length, mode and a message */
};

/* What the commands before one have to do with it. All zero after a reset. */
struct apdu_before {
	struct names files; /* what is selected */
	uint8_t object[APDU_FIELDS_OBJECT_MAX]; /* of the MBMS context, as far as its blocks have come */
	size_t n_object;
};

/* Withheld octets (**) have the value MASK of host/capture/mask.h. */
struct apdu_fields {
	uint8_t command[CAPDU_MAX], answer[RAPDU_MAX];
	size_t n_command, n_answer;
	char name[APDU_FIELDS_NAME_MAX]; /* SELECT EF.IMSI */
	struct names files; /* what is selected behind it */
	uint8_t object[APDU_FIELDS_OBJECT_MAX]; /* of the MBMS context, when this command brings its end */
	size_t n_object; /* 0: it does not */
};

/* Fills in the name and the object from command and answer, and goes on in before. */
void apdu_fields_follow(struct apdu_fields *a, struct apdu_before *before);

/* Rows of a table (rows.h). */
void apdu_fields(FILE *out, const struct apdu_fields *a);

#endif
