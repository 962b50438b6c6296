/* SPDX-License-Identifier: Apache-2.0 */
/* One scalar of loaded data, set from text by its dotted name: what --set does. */
#ifndef VUICC_PERSO_YAMLSET_H
#define VUICC_PERSO_YAMLSET_H

#include <cyaml/cyaml.h>
#include <stdbool.h>

/*
 * Memory for libcyaml (its mem_fn) which is wiped before it is freed or moved: a profile's texts are keys and PINs. ctx
 * is not used; size 0 frees.
 */
void *yamlset_memory(void *ctx, void *ptr, size_t size);

/*
 * data is what libcyaml loaded by this schema with yamlset_memory. False when there is no such key, or the value is not
 * right for it, or memory is short; `expected` (of n octets) then says what would be right.
 */
bool yamlset(const cyaml_schema_value_t *schema, void *data, const char *key, const char *value, char *expected,
	     size_t n);

#endif
