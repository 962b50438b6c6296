/* SPDX-License-Identifier: Apache-2.0 */
#include "secret.h"

bool ct_eq(const void *a, const void *b, size_t n)
{
	/* volatile: the compiler may not leave the loop at the first difference */
	const volatile uint8_t *x = a, *y = b;
	uint8_t difference = 0;

	for (size_t i = 0; i < n; i++)
		difference |= x[i] ^ y[i];
	return difference == 0;
}
