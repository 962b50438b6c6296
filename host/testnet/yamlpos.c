/* SPDX-License-Identifier: Apache-2.0 */
#include "yamlpos.h"

#include <stdlib.h>
#include <yaml.h>

static bool is_scalar(const yaml_node_t *node, struct span text)
{
	return node != NULL && node->type == YAML_SCALAR_NODE &&
	       span_eq(span_of(node->data.scalar.value, node->data.scalar.length), text);
}

/* The value one step below, or NULL. */
static yaml_node_t *step(yaml_document_t *document, const yaml_node_t *at, struct span name)
{
	if (at->type == YAML_MAPPING_NODE) {
		const yaml_node_pair_t *pair = at->data.mapping.pairs.start;
		for (; pair < at->data.mapping.pairs.top; pair++)
			if (is_scalar(yaml_document_get_node(document, pair->key), name))
				return yaml_document_get_node(document, pair->value);
	} else if (at->type == YAML_SEQUENCE_NODE) {
		size_t n = (size_t)(at->data.sequence.items.top - at->data.sequence.items.start);
		size_t i = strtoul((const char *)name.p, NULL, 10); /* stops at the dot */
		if (i < n)
			return yaml_document_get_node(document, at->data.sequence.items.start[i]);
	}
	return NULL;
}

/* Whether the path leads to its end; line and column of the deepest value on the way. */
static bool walk(struct span text, const char *path, size_t *ret_line, size_t *ret_column)
{
	yaml_parser_t parser;
	yaml_document_t document;
	bool found = false;

	*ret_line = *ret_column = 1;
	if (!yaml_parser_initialize(&parser))
		return false;
	yaml_parser_set_input_string(&parser, text.p, text.n);
	if (yaml_parser_load(&parser, &document)) {
		yaml_node_t *at = yaml_document_get_root_node(&document);

		found = at != NULL;
		while (found && *path != '\0') {
			size_t n = strcspn(path, ".");
			yaml_node_t *next = step(&document, at, span_of(path, n));

			found = next != NULL;
			at = found ? next : at;
			path += n + (path[n] == '.');
		}
		if (at != NULL) {
			*ret_line = at->start_mark.line + 1;
			*ret_column = at->start_mark.column + 1;
		}
		yaml_document_delete(&document);
	}
	yaml_parser_delete(&parser);
	return found;
}

void yamlpos_find(struct span text, const char *path, size_t *ret_line, size_t *ret_column)
{
	(void)walk(text, path, ret_line, ret_column);
}

bool yamlpos_has(struct span text, const char *path)
{
	size_t line, column;

	return walk(text, path, &line, &column);
}
