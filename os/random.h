/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VUICC_OS_RANDOM_H
#define VUICC_OS_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* n octets of the system's randomness, good enough for keys; false when there is none. ctx is not looked at. */
bool os_random(void *ctx, uint8_t *out, size_t n);

#endif
