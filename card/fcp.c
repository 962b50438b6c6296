/* SPDX-License-Identifier: Apache-2.0 */
#include "fcp.h"

#include "../apdu/tlv.h"

enum { TAG_FCP = 0x62, TAG_PROPRIETARY = 0xA5, NUMBER_MAX = 4 };

static const struct known {
	uint16_t within, tag;
	size_t at;
} known[] = {
	{ TAG_FCP, 0x80, offsetof(struct fcp, size) },
	{ TAG_FCP, 0x82, offsetof(struct fcp, descriptor) },
	{ TAG_FCP, 0x83, offsetof(struct fcp, fid) },
	{ TAG_FCP, 0x84, offsetof(struct fcp, aid) },
	{ TAG_FCP, 0x88, offsetof(struct fcp, sfi) },
	{ TAG_FCP, 0x8A, offsetof(struct fcp, lcs) },
	{ TAG_FCP, 0x8B, offsetof(struct fcp, arr) },
	{ TAG_FCP, 0x8C, offsetof(struct fcp, compact) },
	{ TAG_FCP, 0xAB, offsetof(struct fcp, expanded) },
	{ TAG_PROPRIETARY, 0x86, offsetof(struct fcp, maximum) },
	{ TAG_PROPRIETARY, 0xC0, offsetof(struct fcp, special) },
	{ TAG_PROPRIETARY, 0xC1, offsetof(struct fcp, fill) },
	{ TAG_PROPRIETARY, 0xC2, offsetof(struct fcp, repeat) },
};

static bool take(struct fcp *f, uint16_t within, struct tlv o)
{
	for (size_t i = 0; i < VU_COUNT(known); i++) {
		if (known[i].within != within || known[i].tag != o.tag)
			continue;
		struct span *place = (struct span *)(void *)((char *)f + known[i].at);
		if (place->p != NULL)
			return false;
		*place = o.v;
	}
	return true;
}

static bool read_template(struct fcp *f, uint16_t within, struct span body)
{
	struct rd r = rd_of(body);

	while (r.n != 0) {
		struct tlv o = rd_tlv(&r);
		if (r.bad || !take(f, within, o))
			return false;
		if (within == TAG_FCP && o.tag == TAG_PROPRIETARY && !read_template(f, TAG_PROPRIETARY, o.v))
			return false;
	}
	return true;
}

bool fcp_parse(struct fcp *ret, struct span data)
{
	struct rd r = rd_of(data);
	struct tlv template = rd_tlv(&r);

	*ret = (struct fcp){ 0 };
	return rd_end(&r) && template.tag == TAG_FCP && read_template(ret, TAG_FCP, template.v);
}

bool fcp_number(struct span v, size_t *ret)
{
	struct rd r = rd_of(v);

	if (v.n == 0 || v.n > NUMBER_MAX)
		return false;
	*ret = (size_t)rd_uint(&r, v.n);
	return true;
}
