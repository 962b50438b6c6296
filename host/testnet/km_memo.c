/* SPDX-License-Identifier: Apache-2.0 */
#include "km_memo.h"

static const struct km_memo_entry *find(const struct km_memo *m, enum km_kind kind, struct span body)
{
	for (size_t i = 0; i < MEMO_PLACES; i++) {
		const struct km_memo_entry *e = &m->entry[i];

		if (e->n != 0 && e->kind == kind && span_eq(span_of(e->body, e->n), body))
			return e;
	}
	return NULL;
}

static void recall(struct km_doc *doc, const struct km_memo_entry *e)
{
	doc->kind = e->kind;
	doc->response = false;
	doc->base64 = e->base64;
	doc->n = e->n_items;
	memcpy(doc->item, e->item, e->n_items * sizeof *e->item);
}

static void remember(struct km_memo *m, const struct km_doc *doc, struct span body)
{
	if (body.n == 0 || body.n > MEMO_BODY_MAX || doc->n > MEMO_ITEMS_MAX)
		return;
	struct km_memo_entry *e = &m->entry[m->next++ % MEMO_PLACES];
	e->kind = doc->kind;
	e->base64 = doc->base64;
	e->n = body.n;
	e->n_items = doc->n;
	memcpy(e->body, body.p, body.n);
	memcpy(e->item, doc->item, doc->n * sizeof *doc->item);
}

bool km_memo_parse(struct km_memo *m, struct km_doc *doc, enum km_kind kind, struct span body, char *why)
{
	const struct km_memo_entry *e = find(m, kind, body);

	if (e != NULL) {
		recall(doc, e);
		return true;
	}
	if (!km_parse(doc, kind, false, body, why))
		return false;
	remember(m, doc, body);
	return true;
}
