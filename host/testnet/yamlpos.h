/* SPDX-License-Identifier: Apache-2.0 */
/* Where in a YAML text a value stands: libcyaml has forgotten that when a value turns out to make no sense. */
#ifndef VUICC_TESTNET_YAMLPOS_H
#define VUICC_TESTNET_YAMLPOS_H

#include "../../apdu/bytes.h"

/*
 * Line and column, from 1, of the value at a path like "subscribers.0.k" (keys and indices); of the deepest value on the
 * way when the path goes on where the text does not. 1 and 1 for a text that does not parse.
 */
void yamlpos_find(struct span text, const char *path, size_t *ret_line, size_t *ret_column);

/* Whether there is a value at that path, an empty one included. */
VU_MUST_USE bool yamlpos_has(struct span text, const char *path);

#endif
