/* SPDX-License-Identifier: Apache-2.0 */
/* A challenge of AKA (TS 33.102 clause 6.3) as it comes in nonces and APDUs. */
#ifndef VUICC_REPORT_AKA_FIELDS_H
#define VUICC_REPORT_AKA_FIELDS_H

#include <stdio.h>

#include "../../apdu/bytes.h"

/* Rows (rows.h) for RAND and the parts of AUTN. False, and none, when there are fewer octets in r. */
bool aka_fields_challenge(FILE *out, struct rd *r);

/* Rows for the parts of AUTS; none when it has another length. */
void aka_fields_auts(FILE *out, struct span auts);

#endif
