/* SPDX-License-Identifier: Apache-2.0 */
#include "sequence.h"

#include "apdu/sw.h"
#include "equal.h"

struct sequence sequence_of(struct span in)
{
	struct sequence s = { .r = rd_of(in) };
	uint8_t flags = rd_u8(&s.r);

	s.all_equal = (flags & 1) != 0;
	s.pin1 = (flags & 2) != 0;
	s.commits = rd_u8(&s.r);
	return s;
}

void sequence_begin(const struct sequence *s, struct nv_mem *nv)
{
	fuzz_all_equal(s->all_equal);
	nv_mem_fail_after(nv, s->commits != 0 ? s->commits : -1);
}

bool sequence_next(struct sequence *s, struct span *ret)
{
	free(s->octets);
	s->octets = NULL;
	if (s->r.n == 0 || s->r.bad)
		return false;
	size_t n = rd_u8(&s->r);
	if (n == 0xFF)
		n += rd_u8(&s->r);
	struct span octets = rd_take(&s->r, n < s->r.n ? n : s->r.n);
	if (s->r.bad)
		return false;
	s->octets = fuzz_copy(octets);
	*ret = span_of(s->octets, octets.n);
	return true;
}

void sequence_end(struct sequence *s, struct nv_mem *nv)
{
	free(s->octets);
	s->octets = NULL;
	fuzz_all_equal(false);
	nv_mem_fail_after(nv, -1);
}

void sequence_check_answer(const uint8_t *rapdu, size_t n)
{
	FUZZ_CHECK(n >= sizeof(sw_t) && n <= RAPDU_MAX);
	struct rd r = rd_of(span_of(rapdu + n - sizeof(sw_t), sizeof(sw_t)));
	FUZZ_CHECK(n == sizeof(sw_t) || sw_ok(rd_u16(&r)));
}
