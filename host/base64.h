/* SPDX-License-Identifier: Apache-2.0 */
/* Base64, RFC 4648 clause 4. */
#ifndef VUICC_BASE64_H
#define VUICC_BASE64_H

#include "../apdu/bytes.h"

/* Appends the text for these octets, padded, without line breaks. */
void base64_put(struct wr *out, struct span octets);

/* Appends the octets of a text; white space is skipped, anything else outside the alphabet is an error. */
VU_MUST_USE bool base64_parse(struct wr *out, struct span text);

#endif
