/* SPDX-License-Identifier: Apache-2.0 */
#include "yamlset.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include "../crypto/secret.h"
#include "yamlcheck.h"

/* In front of every piece of memory, so that it is known how much to wipe. */
struct piece {
	alignas(max_align_t) size_t size;
};

void *yamlset_memory(void *ctx, void *ptr, size_t size)
{
	struct piece *old = ptr != NULL ? (struct piece *)ptr - 1 : NULL, *new = NULL;

	(void)ctx;
	if (size != 0) {
		new = malloc(sizeof *new + size);
		if (new == NULL)
			return NULL; /* the old piece stays, as with realloc() */
		new->size = size;
		if (old != NULL)
			memcpy(new + 1, old + 1, old->size < size ? old->size : size);
	}
	if (old != NULL) {
		secret_wipe(old + 1, old->size);
		free(old);
	}
	/* cppcheck-suppress memleak; the caller gets what is behind the size, and gives it back here */
	return new != NULL ? new + 1 : NULL;
}

/* Follows the names in key through the mappings; *data moves along. NULL when one is unknown. */
static const cyaml_schema_value_t *find(const cyaml_schema_value_t *schema, void **data, const char *key)
{
	while (*key != '\0') {
		size_t n = strcspn(key, ".");
		if (schema->type != CYAML_MAPPING)
			return NULL;
		const cyaml_schema_field_t *f = schema->mapping.fields;
		while (f->key != NULL && !span_eq(span_str(f->key), span_of(key, n)))
			f++;
		if (f->key == NULL)
			return NULL;
		schema = &f->value;
		*data = (uint8_t *)*data + f->data_offset;
		key += n + (key[n] == '.');
	}
	return schema;
}

static bool set_text(void *data, const char *value)
{
	size_t size = strlen(value) + 1;
	char *text = yamlset_memory(NULL, NULL, size), *old;

	if (text == NULL)
		return false;
	memcpy(text, value, size);
	memcpy(&old, data, sizeof old);
	memcpy(data, &text, sizeof text);
	yamlset_memory(NULL, old, 0);
	return true;
}

static bool set_number(void *data, size_t size, uint64_t v)
{
	uint8_t v8 = (uint8_t)v;
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;
	const void *from = size == 1 ? (void *)&v8 : size == 2 ? (void *)&v16 : size == 4 ? (void *)&v32 : (void *)&v;

	memcpy(data, from, size);
	return true;
}

/* The number behind a name; yamlcheck_scalar() has found it among them. */
static uint64_t choice_of(const cyaml_schema_value_t *schema, const char *name)
{
	const cyaml_strval_t *choice = schema->enumeration.strings;

	while (strcmp(choice->str, name) != 0)
		choice++;
	return (uint64_t)choice->val;
}

bool yamlset(const cyaml_schema_value_t *schema, void *data, const char *key, const char *value, char *expected,
	     size_t n)
{
	const cyaml_schema_value_t *found = find(schema, &data, key);

	if (found == NULL) {
		snprintf(expected, n, "a key of the profile (card/profiles/usim-gba.yaml has them all)");
		return false;
	}
	if (!yamlcheck_scalar(found, value, expected, n))
		return false;
	bool truth = strcmp(value, "true") == 0;
	switch ((int)found->type) {
	case CYAML_STRING:
		snprintf(expected, n, "enough memory");
		return set_text(data, value);
	case CYAML_UINT:
		return set_number(data, found->data_size, strtoull(value, NULL, 0));
	case CYAML_ENUM:
		return set_number(data, found->data_size, choice_of(found, value));
	case CYAML_BOOL:
		memcpy(data, &truth, sizeof truth);
		return true;
	default:
		snprintf(expected, n, "a key with a single value");
		return false;
	}
}
