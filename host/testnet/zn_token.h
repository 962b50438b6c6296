/* SPDX-License-Identifier: Apache-2.0 */
/* The secret that BSF and BM-SC share for Zn over HTTP: what stands in a file that nobody but its owner can read. */
#ifndef VUICC_TESTNET_ZN_TOKEN_H
#define VUICC_TESTNET_ZN_TOKEN_H

#include "../../card/crypto/secret.h"

enum { ZN_TOKEN_MIN = 16, ZN_TOKEN_MAX = 128, ZN_TOKEN_WHY_MAX = 256 };

struct zn_token {
	char text[ZN_TOKEN_MAX + 1];
};
SECRET_STRUCT(zn_token)

/*
 * Reads the file's one line, of printable characters without blanks; make: a file with a new one, 256 bits, when there is
 * none. 0, or -errno with a sentence: -EACCES when others can read it (expected mode 0600), -EINVAL for another content.
 */
VU_MUST_USE int zn_token_read(struct zn_token *ret, const char *path, bool make, char why[static ZN_TOKEN_WHY_MAX]);

#endif
