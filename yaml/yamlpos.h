/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where in a YAML text a value stands: libcyaml has forgotten that when a value turns out to make no sense.
 *
 * A path names a value by keys and indices: "subscribers.0.k", and "files[3].size" is the same as "files.3.size".
 */
#ifndef VUICC_YAML_YAMLPOS_H
#define VUICC_YAML_YAMLPOS_H

#include <yaml.h>

#include "../apdu/bytes.h"

/* The value of a key in a mapping, NULL when there is none; *ret_key (may be NULL) is the key's own node. */
yaml_node_t *yamlpos_get(yaml_document_t *document, const yaml_node_t *mapping, struct span key, yaml_node_t **ret_key);

/*
 * The value at a path, or the deepest one on the way to it: what is missing is reported where it should be. NULL in a
 * document without a value. *ret_rest (may be NULL) is what of the path leads nowhere, "" when all of it was followed.
 */
VU_MUST_USE yaml_node_t *yamlpos_find(yaml_document_t *document, const char *path, const char **ret_rest);

/*
 * Line and column, from 1, of what yamlpos_find() finds in a text; 1 and 1 for a text that does not parse. Whether all of
 * the path was followed, so whether there is a value at it, be it an empty one.
 */
bool yamlpos_in_text(struct span text, const char *path, size_t *ret_line, size_t *ret_column);

#endif
