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

void yamlpos_find(struct span text, const char *path, size_t *ret_line, size_t *ret_column)
{
	yaml_parser_t parser;
	yaml_document_t document;

	*ret_line = *ret_column = 1;
	if (!yaml_parser_initialize(&parser))
		return;
	yaml_parser_set_input_string(&parser, text.p, text.n);
	if (yaml_parser_load(&parser, &document)) {
		yaml_node_t *at = yaml_document_get_root_node(&document);

		for (yaml_node_t *next = at; next != NULL && *path != '\0';) {
			size_t n = strcspn(path, ".");
			next = step(&document, at, span_of(path, n));
			at = next != NULL ? next : at;
			path += n + (path[n] == '.');
		}
		if (at != NULL) {
			*ret_line = at->start_mark.line + 1;
			*ret_column = at->start_mark.column + 1;
		}
		yaml_document_delete(&document);
	}
	yaml_parser_delete(&parser);
}
