/* SPDX-License-Identifier: Apache-2.0 */
/* How the test network finds things among 100,000: by name, and by the time they are due. */
#include "tests/cu.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/testnet/deadline.h"
#include "host/testnet/lookup.h"

static uint32_t noise = 1;

static uint32_t chance(uint32_t below)
{
	noise = noise * 1664525 + 1013904223;
	return (noise >> 8) % below;
}

static void random_octets(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)chance(256);
}

static const struct net_env env = { .random = random_octets };

static void the_hash_is_siphash_2_4(void)
{
	/* The reference implementation's vectors, held against `openssl mac SIPHASH`: key 00 … 0f, input 00 01 02 … */
	static const struct {
		size_t n;
		uint64_t hash;
	} vectors[] = {
		{ 0, UINT64_C(0x726fdb47dd0e0e31) },  { 1, UINT64_C(0x74f839c593dc67fd) },
		{ 7, UINT64_C(0xab0200f58b01d137) },  { 8, UINT64_C(0x93f5f5799a932462) },
		{ 15, UINT64_C(0xa129ca6149be45e5) }, { 16, UINT64_C(0x3f2acc7f57c29bdb) },
		{ 63, UINT64_C(0x958a324ceb064572) },
	};
	uint8_t octets[64];

	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (uint8_t)i;
	for (size_t i = 0; i < VU_COUNT(vectors); i++)
		CU_ASSERT_EQUAL(lookup_hash(octets, span_of(octets, vectors[i].n)), vectors[i].hash);
}

enum { NAMES = 500 };

static char names[NAMES][8];

static struct span name_of(const void *owner, size_t i)
{
	(void)owner;
	return span_str(names[i]);
}

static void name_all(void)
{
	for (size_t i = 0; i < NAMES; i++)
		snprintf(names[i], sizeof names[i], "%zu", i);
}

static void what_is_in_is_found_and_nothing_else(void)
{
	struct lookup l;
	bool in[NAMES] = { false };
	size_t wrong = 0;

	name_all();
	CU_ASSERT_FATAL(lookup_open(&l, NAMES, name_of, NULL, &env));
	for (int step = 0; step < 20000; step++) {
		size_t i = chance(NAMES), probe = chance(NAMES);

		if (chance(2) == 0)
			lookup_put(&l, i);
		else
			lookup_drop(&l, i);
		in[i] = lookup_find(&l, name_of(NULL, i)) == i;
		wrong += lookup_find(&l, name_of(NULL, probe)) != (in[probe] ? probe : LOOKUP_NONE);
	}
	for (size_t i = 0; i < NAMES; i++) {
		lookup_put(&l, i);
		in[i] = true;
	}
	for (size_t i = 0; i < NAMES; i += 3) {
		lookup_drop(&l, i);
		lookup_drop(&l, i); /* not in is fine */
		in[i] = false;
	}
	for (size_t i = 0; i < NAMES; i++)
		wrong += lookup_find(&l, name_of(NULL, i)) != (in[i] ? i : LOOKUP_NONE);
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(lookup_find(&l, span_str("")), LOOKUP_NONE);
	lookup_close(&l);
}

/* Whatever is put in beyond the capacity, a search comes to its end, and what was in stays in. */
static void there_is_no_more_than_the_capacity(void)
{
	struct lookup l;
	size_t found = 0;

	name_all();
	CU_ASSERT_FATAL(lookup_open(&l, 10, name_of, NULL, &env));
	for (size_t i = 0; i < NAMES; i++)
		lookup_put(&l, i);
	for (size_t i = 0; i < NAMES; i++)
		found += lookup_find(&l, name_of(NULL, i)) == i;
	CU_ASSERT(found >= 10 && found < 20);
	for (size_t i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(lookup_find(&l, name_of(NULL, i)), i);
	lookup_close(&l);
}

static void two_tables_have_two_keys(void)
{
	struct lookup a, b;

	CU_ASSERT_FATAL(lookup_open(&a, 1, name_of, NULL, &env) && lookup_open(&b, 1, name_of, NULL, &env));
	CU_ASSERT(memcmp(a.key, b.key, sizeof a.key) != 0);
	CU_ASSERT(lookup_hash(a.key, span_str("x")) != lookup_hash(b.key, span_str("x")));
	lookup_close(&a);
	lookup_close(&b);
}

/* Against the plain way: the least `at` of all, the first that was set of equals. */
static void the_nearest_deadline_comes_first(void)
{
	static struct deadline all[NAMES];
	struct deadlines d = { .heap = NULL };
	size_t wrong = 0;

	for (int step = 0; step < 5000; step++) {
		struct deadline *one = &all[chance(NAMES)], *nearest = NULL;

		if (chance(3) != 0)
			CU_ASSERT(deadlines_set(&d, one, chance(50), one))
		else
			deadlines_drop(&d, one);
		for (size_t i = 0; i < NAMES; i++)
			if (all[i].place != 0 && (nearest == NULL || all[i].at < nearest->at ||
						  (all[i].at == nearest->at && all[i].turn < nearest->turn)))
				nearest = &all[i];
		wrong += deadlines_first(&d) != nearest || (nearest != NULL && nearest->waiting != nearest);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	int64_t before = -1;
	size_t n = d.n;
	for (struct deadline *first; (first = deadlines_first(&d)) != NULL; n--) {
		wrong += first->at < before;
		before = first->at;
		deadlines_drop(&d, first);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(n, 0);
	deadlines_close(&d);
}

int main(void)
{
	static const struct cu_test tests[] = {
#define T(f) { #f, f }
		T(the_hash_is_siphash_2_4),
		T(what_is_in_is_found_and_nothing_else),
		T(there_is_no_more_than_the_capacity),
		T(two_tables_have_two_keys),
		T(the_nearest_deadline_comes_first),
	};
	return CU_RUN("finding things", tests);
}
