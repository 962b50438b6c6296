/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data objects as they stand in a BER-TLV EF (TS 102 221 clause 11.3, tags as in TS 101 220 7.1.1.1): in a row, each tag
 * once. Spans point into what was read.
 */
#ifndef VUICC_OBJECT_H
#define VUICC_OBJECT_H

#include "../apdu/bytes.h"

struct object {
	struct span tag; /* one to three octets */
	struct span whole; /* with tag and length */
};

/* The next tag. Poisons r when there is none, or none that an object may have. */
struct span rd_object_tag(struct rd *r);

/* The next object; poisons r when it is none. */
struct object rd_object(struct rd *r);

/* The object with this tag, its head included; empty when it is not among them. */
struct span object_find(struct span objects, struct span tag);

/* Tag 5C asks for the tags of all objects, so no object has it. */
bool object_tag_is_list(struct span tag);
enum { OBJECT_TAG_LIST = 0x5C };

#endif
