/* SPDX-License-Identifier: Apache-2.0 */
#include "yamlpos.h"

#include <stdlib.h>

static bool is_scalar(const yaml_node_t *node, struct span text)
{
	return node->type == YAML_SCALAR_NODE &&
	       span_eq(span_of(node->data.scalar.value, node->data.scalar.length), text);
}

yaml_node_t *yamlpos_get(yaml_document_t *document, const yaml_node_t *mapping, struct span key, yaml_node_t **ret_key)
{
	const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;

	for (; pair < mapping->data.mapping.pairs.top; pair++) {
		yaml_node_t *name = yaml_document_get_node(document, pair->key);
		if (!is_scalar(name, key))
			continue;
		if (ret_key != NULL)
			*ret_key = name;
		return yaml_document_get_node(document, pair->value);
	}
	return NULL;
}

static yaml_node_t *item(yaml_document_t *document, const yaml_node_t *sequence, size_t index)
{
	const yaml_node_item_t *at = sequence->data.sequence.items.start;

	if (index >= (size_t)(sequence->data.sequence.items.top - at))
		return NULL;
	return yaml_document_get_node(document, at[index]);
}

/* One step of a path; *path moves behind it. NULL when it leads nowhere. */
static yaml_node_t *step(yaml_document_t *document, const yaml_node_t *from, const char **path)
{
	const char *name = *path + (**path == '.' || **path == '[');
	size_t n = strcspn(name, ".[]");

	*path = name + n + (name[n] == ']');
	if (from->type == YAML_MAPPING_NODE)
		return yamlpos_get(document, from, span_of(name, n), NULL);
	if (from->type == YAML_SEQUENCE_NODE && n != 0 && strspn(name, "0123456789") == n)
		return item(document, from, strtoul(name, NULL, 10));
	return NULL;
}

yaml_node_t *yamlpos_find(yaml_document_t *document, const char *path, const char **ret_rest)
{
	yaml_node_t *node = yaml_document_get_root_node(document);
	const char *rest = path;

	while (node != NULL && *path != '\0') {
		yaml_node_t *next = step(document, node, &path);
		if (next == NULL)
			break;
		node = next;
		rest = path;
	}
	if (ret_rest != NULL)
		*ret_rest = rest;
	return node;
}

bool yamlpos_in_text(struct span text, const char *path, size_t *ret_line, size_t *ret_column)
{
	yaml_parser_t parser;
	yaml_document_t document;
	bool found = false;

	*ret_line = *ret_column = 1;
	if (!yaml_parser_initialize(&parser))
		return false;
	yaml_parser_set_input_string(&parser, text.p, text.n);
	if (yaml_parser_load(&parser, &document)) {
		const char *rest;
		const yaml_node_t *node = yamlpos_find(&document, path, &rest);

		found = node != NULL && *rest == '\0';
		if (node != NULL) {
			*ret_line = node->start_mark.line + 1;
			*ret_column = node->start_mark.column + 1;
		}
		yaml_document_delete(&document);
	}
	yaml_parser_delete(&parser);
	return found;
}
