/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every fuzz target shares. A target is one file that defines LLVMFuzzerTestOneInput(): libFuzzer calls it in a
 * build with VUICC_FUZZ, replay.c calls it for each file of corpus/TARGET/ in every other build.
 */
#ifndef VUICC_TESTS_FUZZ_H
#define VUICC_TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "apdu/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise of the code under test; a broken one is a finding. */
#define FUZZ_CHECK(promise)                                                                                            \
	do {                                                                                                           \
		if (!(promise)) {                                                                                      \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #promise);                          \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)

/* An exact-size copy on the heap, so that a sanitizer sees one octet too many. The caller frees it. */
static inline uint8_t *fuzz_copy(struct span s)
{
	uint8_t *p = malloc(s.n != 0 ? s.n : 1);

	FUZZ_CHECK(p != NULL);
	if (s.n != 0)
		memcpy(p, s.p, s.n);
	return p;
}

/* Whether a span that a parser handed out lies inside what it was given. */
static inline bool fuzz_inside(struct span part, struct span whole)
{
	return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

#endif
