/* SPDX-License-Identifier: Apache-2.0 */
/* A MIKEY message payload by payload, with what its octets mean; key data are told by their length alone. */
#ifndef VUICC_REPORT_MIKEY_FIELDS_H
#define VUICC_REPORT_MIKEY_FIELDS_H

#include <stdio.h>

#include "../../apdu/mikey.h"

enum { MIKEY_FIELDS_NAME_MAX = 96 };

/* What a message is, on one line: "MIKEY: MSK 00010001, counter 1". False: what is wrong with it stands there. */
bool mikey_fields_name(char name[static MIKEY_FIELDS_NAME_MAX], struct span octets);

/* Rows of a table (rows.h). */
void mikey_fields(FILE *out, struct span octets);

#endif
