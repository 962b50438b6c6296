/* SPDX-License-Identifier: Apache-2.0 */
#include "yamldoc.h"

#include <errno.h>
#include <stdio.h>

#include "../crypto/secret.h"

void yamldoc_where(const struct yamldoc *d, yaml_mark_t mark,
		   char where[static sizeof((struct profile_error *)0)->where])
{
	snprintf(where, sizeof((struct profile_error *)0)->where, "%s:%zu:%zu", d->name, mark.line + 1,
		 mark.column + 1);
}

/* What the parser found wrong, in its words. */
static int fail_parser(const struct yamldoc *d, const yaml_parser_t *parser, struct profile_error *e)
{
	bool placed = parser->problem_mark.line != 0 || parser->problem_mark.column != 0;

	yamldoc_where(d, placed ? parser->problem_mark : parser->mark, e->where);
	snprintf(e->key, sizeof e->key, "(text)");
	snprintf(e->what, sizeof e->what, "expected YAML, got something else: %s",
		 parser->problem != NULL ? parser->problem : "out of memory");
	return -EINVAL;
}

/* libyaml's scalars may hold keys, and it does not wipe them. */
static void wipe(yaml_document_t *document)
{
	for (yaml_node_t *n = document->nodes.start; n < document->nodes.top; n++)
		if (n->type == YAML_SCALAR_NODE)
			secret_wipe(n->data.scalar.value, n->data.scalar.length);
}

/* Whether nothing follows the document that was read. */
static int check_end(const struct yamldoc *d, yaml_parser_t *parser, struct profile_error *e)
{
	yaml_document_t next;

	if (!yaml_parser_load(parser, &next))
		return fail_parser(d, parser, e);
	yaml_node_t *root = yaml_document_get_root_node(&next);
	int error = 0;
	if (root != NULL) {
		yamldoc_where(d, root->start_mark, e->where);
		snprintf(e->key, sizeof e->key, "(text)");
		snprintf(e->what, sizeof e->what, "expected one YAML document, got a second one");
		error = -EINVAL;
	}
	wipe(&next);
	yaml_document_delete(&next);
	return error;
}

int yamldoc_open(struct yamldoc *ret, const char *name, struct span text, struct profile_error *e)
{
	struct yamldoc d = { 0 };
	yaml_parser_t parser;

	snprintf(d.name, sizeof d.name, "%s", name);
	if (!yaml_parser_initialize(&parser)) {
		snprintf(e->where, sizeof e->where, "%s", d.name);
		snprintf(e->what, sizeof e->what, "out of memory");
		return -EINVAL;
	}
	yaml_parser_set_input_string(&parser, text.p, text.n);
	int error = 0;
	if (!yaml_parser_load(&parser, &d.document)) {
		error = fail_parser(&d, &parser, e);
	} else if ((error = check_end(&d, &parser, e)) != 0) {
		wipe(&d.document);
		yaml_document_delete(&d.document);
	}
	yaml_parser_delete(&parser);
	if (error == 0)
		*ret = d;
	return error;
}

void yamldoc_close(struct yamldoc *d)
{
	wipe(&d->document);
	yaml_document_delete(&d->document);
}
