/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcyaml says what is wrong in lines of a log; here its schema is walked along libyaml's document first, so that
 * every finding has a place, a key, what was expected and what came. libcyaml then loads a document that it cannot
 * refuse. The walk is stricter in three things: a key given twice, numbers with leading zeros (octal to libcyaml), and truth values
 * other than true and false (to libcyaml everything but no, false, 0 and disable is true).
 */
#include "yamlcheck.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../yaml/yamlpos.h"

struct place {
	struct yamldoc *doc;
	struct profile_error *error;
	char key[YAMLDOC_KEY_MAX];
};

static int check(const struct place *p, const cyaml_schema_value_t *schema, yaml_node_t *node);

__attribute__((format(printf, 3, 4))) static int fail(const struct place *p, yaml_mark_t mark, const char *format, ...)
{
	va_list args;

	yamldoc_where(p->doc, mark, p->error->where);
	snprintf(p->error->key, sizeof p->error->key, "%s", p->key[0] != '\0' ? p->key : "(text)");
	va_start(args, format);
	vsnprintf(p->error->what, sizeof p->error->what, format, args);
	va_end(args);
	return -EINVAL;
}

/* The place of a key in a mapping. Longer than a message has room for, it is cut off. */
static struct place below(const struct place *p, const char *key)
{
	struct place child = *p;
	struct wr w = wr_of(child.key, sizeof child.key - 1);

	w.n = strlen(p->key);
	if (w.n != 0)
		wr_str(&w, ".");
	wr_span(&w, span_sub(span_str(key), 0, w.cap - w.n));
	child.key[w.n] = '\0';
	return child;
}

static struct place at_index(const struct place *p, size_t index)
{
	struct place child = *p;
	size_t n = strlen(p->key);

	snprintf(child.key + n, sizeof child.key - n, "[%zu]", index);
	return child;
}

static const char *kind(const yaml_node_t *node)
{
	switch (node->type) {
	case YAML_MAPPING_NODE:
		return "a mapping";
	case YAML_SEQUENCE_NODE:
		return "a list";
	case YAML_SCALAR_NODE:
		return node->data.scalar.length == 0 ? "nothing" : "a single value";
	case YAML_NO_NODE:
	default:
		return "nothing";
	}
}

/* Decimal without leading zeros, or 0x and hexadecimal digits. */
static bool number(const char *text, uint64_t *ret)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	size_t n = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");

	if (n == 0 || digits[n] != '\0' || (!hex && digits[0] == '0' && n > 1))
		return false;
	errno = 0;
	*ret = strtoull(digits, NULL, hex ? 16 : 10);
	return errno == 0;
}

static bool check_number(const cyaml_schema_value_t *schema, const char *text, char *expected, size_t n)
{
	uint64_t most = schema->data_size >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * schema->data_size) - 1;
	uint64_t value;

	snprintf(expected, n, "a whole number from 0 to %" PRIu64, most);
	return number(text, &value) && value <= most;
}

static bool check_enum(const cyaml_schema_value_t *schema, const char *text, char *expected, size_t n)
{
	struct wr w = wr_of(expected, n - 1);
	bool found = false;

	wr_str(&w, "one of");
	for (size_t i = 0; i < schema->enumeration.count; i++) {
		wr_str(&w, i == 0 ? " " : ", ");
		wr_str(&w, schema->enumeration.strings[i].str);
		found = found || strcmp(text, schema->enumeration.strings[i].str) == 0;
	}
	expected[w.n] = '\0';
	return found;
}

bool yamlcheck_scalar(const cyaml_schema_value_t *schema, const char *text, char *expected, size_t n)
{
	switch ((int)schema->type) {
	case CYAML_UINT:
		return check_number(schema, text, expected, n);
	case CYAML_BOOL:
		snprintf(expected, n, "true or false");
		return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
	case CYAML_ENUM:
		return check_enum(schema, text, expected, n);
	case CYAML_STRING:
		return true;
	default:
		snprintf(expected, n, "a key with a single value");
		return false;
	}
}

static int check_scalar(const struct place *p, const cyaml_schema_value_t *schema, yaml_node_t *node)
{
	char expected[160];

	if (node->type != YAML_SCALAR_NODE)
		return fail(p, node->start_mark, "expected a single value, got %s", kind(node));
	const char *text = (const char *)node->data.scalar.value;
	if (strlen(text) != node->data.scalar.length)
		return fail(p, node->start_mark, "expected text, got a NUL character in it");
	if (!yamlcheck_scalar(schema, text, expected, sizeof expected))
		return fail(p, node->start_mark, "expected %s, got \"%.40s\"", expected, text);
	return 0;
}

static const cyaml_schema_field_t *field_of(const cyaml_schema_value_t *schema, const char *key)
{
	for (const cyaml_schema_field_t *f = schema->mapping.fields; f->key != NULL; f++)
		if (strcmp(f->key, key) == 0)
			return f;
	return NULL;
}

static int fail_unknown(const struct place *p, const cyaml_schema_value_t *schema, yaml_mark_t mark)
{
	char keys[200];
	struct wr w = wr_of(keys, sizeof keys - 1);

	for (const cyaml_schema_field_t *f = schema->mapping.fields; f->key != NULL; f++) {
		wr_str(&w, f == schema->mapping.fields ? "" : ", ");
		wr_str(&w, f->key);
	}
	keys[w.n] = '\0';
	return fail(p, mark, "expected one of the keys %s, got another", keys);
}

/* Every key known, none twice, each value right. */
static int check_present(const struct place *p, const cyaml_schema_value_t *schema, yaml_node_t *node)
{
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
		yaml_node_t *key = yaml_document_get_node(&p->doc->document, pair->key), *first = NULL;
		if (key->type != YAML_SCALAR_NODE)
			return fail(p, key->start_mark, "expected a key, got %s", kind(key));
		const char *name = (const char *)key->data.scalar.value;
		struct place child = below(p, name);
		const cyaml_schema_field_t *field = field_of(schema, name);
		if (field == NULL)
			return fail_unknown(&child, schema, key->start_mark);
		yamlpos_get(&p->doc->document, node, span_str(name), &first);
		if (first != key)
			return fail(&child, key->start_mark, "expected the key once, got it a second time");
		int error = check(&child, &field->value, yaml_document_get_node(&p->doc->document, pair->value));
		if (error != 0)
			return error;
	}
	return 0;
}

static int check_mapping(const struct place *p, const cyaml_schema_value_t *schema, yaml_node_t *node)
{
	if (node->type != YAML_MAPPING_NODE)
		return fail(p, node->start_mark, "expected a mapping (key: value), got %s", kind(node));
	int error = check_present(p, schema, node);
	if (error != 0)
		return error;
	for (const cyaml_schema_field_t *f = schema->mapping.fields; f->key != NULL; f++) {
		if ((f->value.flags & CYAML_FLAG_OPTIONAL) != 0 ||
		    yamlpos_get(&p->doc->document, node, span_str(f->key), NULL) != NULL)
			continue;
		struct place child = below(p, f->key);
		return fail(&child, node->start_mark, "expected the key here, got none");
	}
	return 0;
}

static int check_sequence(const struct place *p, const cyaml_schema_value_t *schema, yaml_node_t *node)
{
	if (node->type != YAML_SEQUENCE_NODE)
		return fail(p, node->start_mark, "expected a list, got %s", kind(node));
	yaml_node_item_t *items = node->data.sequence.items.start;
	size_t n = (size_t)(node->data.sequence.items.top - items);
	if (n < schema->sequence.min || n > schema->sequence.max)
		return fail(p, node->start_mark, "expected a list of %u to %u entries, got %zu",
			    (unsigned)schema->sequence.min, (unsigned)schema->sequence.max, n);
	for (size_t i = 0; i < n; i++) {
		struct place child = at_index(p, i);
		int error = check(&child, schema->sequence.entry, yaml_document_get_node(&p->doc->document, items[i]));
		if (error != 0)
			return error;
	}
	return 0;
}

/* As deep as the schema is, however deep (or circular, by an alias) the document may be. */
static int check(const struct place *p, const cyaml_schema_value_t *schema, yaml_node_t *node)
{
	switch ((int)schema->type) {
	case CYAML_MAPPING:
		return check_mapping(p, schema, node);
	case CYAML_SEQUENCE:
		return check_sequence(p, schema, node);
	default:
		return check_scalar(p, schema, node);
	}
}

int yamlcheck(struct yamldoc *d, const cyaml_schema_value_t *schema, struct profile_error *e)
{
	struct place p = { .doc = d, .error = e };
	yaml_node_t *root = yaml_document_get_root_node(&d->document);

	if (root == NULL)
		return fail(&p, (yaml_mark_t){ 0 }, "expected a mapping (key: value), got nothing");
	return check(&p, schema, root);
}
