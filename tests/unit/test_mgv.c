/* SPDX-License-Identifier: Apache-2.0 */
/* Which of a NAF's two keys an MSK message is under, and what becomes of them: decision 14, every case. */
#include "tests/cu.h"
#include "card/crypto/mgv.h"

#include <stdio.h>

static const struct key256 keys[] = { { { 0x11 } }, { { 0x22 } } };

/* A candidate in short: which key (-1 = there is none), its B-TID, its counter. */
struct held {
	int key;
	const char *btid;
	uint32_t counter;
};

static struct mgv_candidate candidate(const struct held *h)
{
	if (h->key < 0)
		return (struct mgv_candidate){ 0 };
	return (struct mgv_candidate){ &keys[h->key], span_str(h->btid), h->counter };
}

static bool same(const struct mgv_candidate *c, const struct held *h)
{
	struct mgv_candidate expected = candidate(h);

	return c->key == expected.key && span_eq(c->btid, expected.btid) && c->counter == expected.counter;
}

static void every_case_of_decision_14(void)
{
	static const struct {
		const char *what;
		struct held newest, in_use;
		const char *idr;
		int under; /* the key it is under, -1 = neither */
		bool superseded;
		struct held newest_then, in_use_then; /* after a message with counter 9 */
	} cases[] = {
		{ "nothing is held", { -1, "", 0 }, { -1, "", 0 }, "new", -1, false, { -1, "", 0 }, { -1, "", 0 } },
		{ "a new key proves itself",
		  { 1, "new", 0 },
		  { -1, "", 0 },
		  "new",
		  1,
		  false,
		  { 1, "new", 9 },
		  { 1, "new", 9 } },
		{ "another B-TID", { 1, "new", 0 }, { -1, "", 0 }, "old", -1, false, { 1, "new", 0 }, { -1, "", 0 } },
		{ "a new key takes the place of the MUK in use",
		  { 1, "new", 0 },
		  { 0, "old", 7 },
		  "new",
		  1,
		  false,
		  { 1, "new", 9 },
		  { 1, "new", 9 } },
		{ "a superseded MUK",
		  { 1, "new", 0 },
		  { 0, "old", 7 },
		  "old",
		  0,
		  true,
		  { 1, "new", 0 },
		  { 0, "old", 9 } },
		{ "neither of two",
		  { 1, "new", 0 },
		  { 0, "old", 7 },
		  "other",
		  -1,
		  false,
		  { 1, "new", 0 },
		  { 0, "old", 7 } },
		{ "a MUK whose record in the list of NAFs is gone",
		  { -1, "", 0 },
		  { 0, "old", 7 },
		  "old",
		  0,
		  false,
		  { -1, "", 0 },
		  { 0, "old", 9 } },
		{ "the newest is the MUK in use",
		  { 0, "old", 7 },
		  { 0, "old", 7 },
		  "old",
		  0,
		  false,
		  { 0, "old", 9 },
		  { 0, "old", 9 } },
		{ "the same key, bootstrapped under another B-TID: the new one",
		  { 0, "new", 7 },
		  { 0, "old", 7 },
		  "new",
		  0,
		  false,
		  { 0, "new", 9 },
		  { 0, "old", 9 } },
		{ "the same key, bootstrapped under another B-TID: the old one",
		  { 0, "new", 7 },
		  { 0, "old", 7 },
		  "old",
		  0,
		  false,
		  { 0, "new", 9 },
		  { 0, "old", 9 } },
	};

	for (size_t i = 0; i < VU_COUNT(cases); i++) {
		struct mgv_muks muks = { candidate(&cases[i].newest), candidate(&cases[i].in_use) };
		struct mgv_muk muk = { 0 };
		bool found = mgv_muk_choose(&muks, span_str(cases[i].idr), &muk);
		bool ok = found == (cases[i].under >= 0);
		if (found) {
			ok = ok && ct_eq(muk.key.b, keys[cases[i].under].b, sizeof muk.key.b) &&
			     muk.superseded == cases[i].superseded;
			muk.counter = 9;
			mgv_muk_taken(&muks, &muk);
		}
		ok = ok && same(&muks.newest, &cases[i].newest_then) && same(&muks.in_use, &cases[i].in_use_then);
		if (!ok)
			fprintf(stderr, "failed: %s\n", cases[i].what);
		CU_ASSERT_TRUE(ok);
	}
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "every case of decision 14", every_case_of_decision_14 },
	};
	return CU_RUN("mgv", tests);
}
