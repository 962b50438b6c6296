/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of a profile: digits, hexadecimal octets, BCD. Pure. */
#ifndef VUICC_PERSO_TEXT_H
#define VUICC_PERSO_TEXT_H

#include "../../apdu/bytes.h"

/* Decimal digits only, at least min and at most max of them. */
VU_MUST_USE bool text_digits(const char *text, size_t min, size_t max);

/* Exactly n octets in hexadecimal, without spaces. dst is zeroed when they are not. */
VU_MUST_USE bool text_octets(const char *text, void *dst, size_t n);

/* What is wrong with a secret, without repeating any of it: "31 characters", or "another character at position 7". */
const char *text_fault(char *buf, size_t size, const char *text, const char *allowed);

/* The last digit which makes `digits` (a check digit is not among them) right, ITU-T E.118 / ISO/IEC 7812 (Luhn). */
unsigned text_luhn(const char *digits, size_t n);

/* Digits two to an octet, the first in the low nibble; an odd one out is filled up with F. */
void text_bcd_put(struct wr *w, const char *digits);

#endif
