/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A data object on its way in or out in blocks (TS 102 221 clauses 11.3.1 and 11.3.2). One transfer a logical channel; it
 * lasts until its EF is selected again or another file is. What came in is in the file when all of it is there.
 */
#ifndef VUICC_DATA_H
#define VUICC_DATA_H

#include "image.h"

struct transfer {
	enum { TRANSFER_NONE, TRANSFER_IN, TRANSFER_OUT } state;
	size_t total, done; /* octets of the object, and how many have passed */
	uint8_t object[FILE_SIZE_MAX];
};

/* Ends it and wipes what it held. */
void transfer_drop(struct transfer *t);

#endif
