/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A data object on its way in or out in blocks (TS 102 221 clauses 11.3.1 and 11.3.2). One transfer a logical channel; it
 * lasts until its EF is selected again or another file is. What came in is in the file when all of it is there.
 */
#ifndef VUICC_DATA_H
#define VUICC_DATA_H

#include "image.h"

struct transfer {
	enum {
		TRANSFER_NONE,
		TRANSFER_IN,
		TRANSFER_OUT,
		TRANSFER_STAGED
	} state; /* staged: the last block has come in */
	size_t total, done; /* octets of the object, and how many have passed */
	size_t last; /* TRANSFER_STAGED: octets of the last block */
	uint8_t object[FILE_SIZE_MAX];
};

/* Ends it and wipes what it held. */
void transfer_drop(struct transfer *t);

/*
 * For the dispatcher, at the end of each command: an object that came in whole is kept, which ends its transfer, or it is
 * not, and then its last block has not come yet and may come again.
 */
void transfer_settle(struct transfer *t, bool kept);

#endif
