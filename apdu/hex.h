/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal text to octets and back. */
#ifndef VUICC_HEX_H
#define VUICC_HEX_H

#include "bytes.h"

/*
 * Appends the octets that `text` names: hexadecimal digits of either case, white space between octets allowed.
 * False at an odd digit, another character or a full writer; *out is then to be thrown away.
 */
VU_MUST_USE bool hex_parse(struct wr *out, struct span text);

/* Appends lower-case digits, no spaces. */
void hex_put(struct wr *out, struct span octets);

/*
 * Lower-case digits as a C string into buf of `size` octets; what does not fit is cut off at a whole octet and ends in
 * "..". Returns buf.
 */
char *hex_str(char *buf, size_t size, struct span octets);

#endif
