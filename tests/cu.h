/* SPDX-License-Identifier: Apache-2.0 */
/* CUnit with an exit status that tells the truth: CU_basic_run_tests() alone returns 0 when assertions fail. */
#ifndef VUICC_TESTS_CU_H
#define VUICC_TESTS_CU_H

#include <CUnit/Basic.h>

struct cu_test {
	const char *name;
	CU_TestFunc fn;
};

/* Runs the tests as one suite; the value for main() to return. */
static inline int cu_run(const char *suite_name, const struct cu_test *tests, size_t n)
{
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 2;
	CU_pSuite suite = CU_add_suite(suite_name, NULL, NULL);
	for (size_t i = 0; suite != NULL && i < n; i++)
		if (CU_add_test(suite, tests[i].name, tests[i].fn) == NULL)
			return 2;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	if (suite == NULL || CU_basic_run_tests() != CUE_SUCCESS)
		return 2;
	unsigned failures = CU_get_number_of_failures();
	unsigned run = CU_get_number_of_tests_run();
	CU_cleanup_registry();
	return failures != 0 || run != n ? 1 : 0;
}

#define CU_RUN(suite_name, tests) cu_run(suite_name, tests, sizeof(tests) / sizeof((tests)[0]))

#endif
