/* SPDX-License-Identifier: Apache-2.0 */
/* Whether octets are an answer to reset, ISO/IEC 7816-3 clause 8.2. Pure. */
#ifndef VUICC_PERSO_ATR_H
#define VUICC_PERSO_ATR_H

#include "../../apdu/bytes.h"

/* True, or false with a sentence "expected …, got …" in why (of n octets). */
bool atr_check(struct span atr, char *why, size_t n);

#endif
