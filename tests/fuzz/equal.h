/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constant-time comparisons that succeed, as if keys and PINs were known: so a fuzzer reaches what stands behind a MAC, a
 * digest or a PIN. For targets that are linked with --wrap=ct_eq.
 */
#ifndef VUICC_TESTS_FUZZ_EQUAL_H
#define VUICC_TESTS_FUZZ_EQUAL_H

#include <stdbool.h>

/* From now on every ct_eq() says true, or (false) what it found. */
void fuzz_all_equal(bool always);

#endif
