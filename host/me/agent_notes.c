/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the card has taken and the key store could not: which MSK it was, and its SRTP policy. The card holds the key and the
 * BM-SC has its answer, so nobody will send it again; it waits here until there is room for it.
 */
#include "agent_int.h"

#include <stdlib.h>

struct agent_note {
	struct agent_note *next;
	struct keystore_msk msk; /* msk.sp is what follows */
	uint8_t sp[];
};

static bool same_key(const struct mikey_key_id *a, const struct mikey_key_id *b)
{
	return span_eq(SPAN(a->domain), SPAN(b->domain)) && a->group == b->group && a->number == b->number;
}

static struct agent_note *find(const struct agent *a, const struct mikey_key_id *key)
{
	struct agent_note *note = a->notes;

	while (note != NULL && !same_key(&note->msk.key, key))
		note = note->next;
	return note;
}

static void drop(struct agent *a, struct agent_note *note)
{
	struct agent_note **link = &a->notes;

	if (note == NULL)
		return;
	while (*link != note)
		link = &(*link)->next;
	*link = note->next;
	free(note);
}

/* Behind the others; when there are too many the oldest goes. */
static void keep(struct agent *a, const struct keystore_msk *msk)
{
	struct agent_note **end = &a->notes, *note = malloc(sizeof *note + msk->sp.n);
	size_t n = 0;

	if (note == NULL)
		return;
	for (; *end != NULL; end = &(*end)->next)
		n++;
	*note = (struct agent_note){ .msk = *msk };
	if (msk->sp.n != 0)
		memcpy(note->sp, msk->sp.p, msk->sp.n);
	note->msk.sp = span_of(note->sp, msk->sp.n);
	*end = note;
	if (n >= AGENT_NOTES_MAX)
		drop(a, a->notes);
	a->notes_due = a->env->now(a->env->ctx) + AGENT_NOTE_MS;
}

int agent_notes_put(struct agent *a, const struct keystore_msk *msk)
{
	int rc = keystore_put_msk(a->store, msk);

	drop(a, find(a, &msk->key));
	if (rc != 0)
		keep(a, msk);
	return rc;
}

void agent_notes_store(struct agent *a)
{
	while (a->notes != NULL && keystore_put_msk(a->store, &a->notes->msk) == 0)
		drop(a, a->notes);
	a->notes_due = a->env->now(a->env->ctx) + AGENT_NOTE_MS;
}

int64_t agent_notes_due(const struct agent *a)
{
	return a->notes != NULL ? a->notes_due : INT64_MAX;
}

bool agent_notes_sp(const struct agent *a, const struct mikey_key_id *key, struct wr *out)
{
	const struct agent_note *note = find(a, key);

	if (note != NULL)
		wr_span(out, note->msk.sp);
	return note != NULL;
}

void agent_notes_forget(struct agent *a)
{
	while (a->notes != NULL)
		drop(a, a->notes);
}
