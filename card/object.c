/* SPDX-License-Identifier: Apache-2.0 */
#include "object.h"

#include "../apdu/tlv.h"

enum { TAG_LEN_MAX = 3 };

struct span rd_object_tag(struct rd *r)
{
	struct rd ahead = *r;
	uint8_t first = rd_u8(&ahead);
	size_t n = 1;

	if ((first & 0x1F) == 0x1F)
		for (n = 2; n < TAG_LEN_MAX && (rd_u8(&ahead) & 0x80) != 0; n++)
			;
	if (first == 0x00 || first == 0xFF)
		r->bad = true;
	return rd_take(r, n);
}

struct object rd_object(struct rd *r)
{
	struct rd start = *r;
	struct object o = { .tag = rd_object_tag(r) };

	rd_take(r, rd_ber_len(r));
	if (!r->bad)
		o.whole = span_of(start.p, start.n - r->n);
	return o;
}

struct span object_find(struct span objects, struct span tag)
{
	struct rd r = rd_of(objects);

	while (r.n != 0) {
		struct object o = rd_object(&r);
		if (span_eq(o.tag, tag))
			return o.whole;
	}
	return (struct span){ 0 };
}

bool object_tag_is_list(struct span tag)
{
	return tag.n == 1 && tag.p[0] == OBJECT_TAG_LIST;
}
