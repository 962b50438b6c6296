/* SPDX-License-Identifier: Apache-2.0 */
#include "fold.h"

static bool is_over(const struct fold_slot *s, int64_t now)
{
	/* A clock that was set back must not keep a second open for long. */
	return now >= s->since + FOLD_MS || now < s->since;
}

bool fold_show(struct fold *f, const char *reason, const char *cause, int64_t now)
{
	struct fold_slot *s = NULL;

	for (size_t i = 0; i < VU_COUNT(f->slot) && (s == NULL || s->reason != reason); i++) {
		struct fold_slot *other = &f->slot[i];
		/* Its own; else one that is free, or over with nothing to tell. */
		if (other->reason == reason ||
		    (s == NULL && (other->reason == NULL || (other->more == 0 && is_over(other, now)))))
			s = other;
	}
	if (s == NULL)
		return true;
	if (s->reason != reason || (s->more == 0 && is_over(s, now)))
		*s = (struct fold_slot){ .reason = reason, .cause = cause, .since = now };
	if (s->shown < FOLD_SHOWN) {
		s->shown++;
		return true;
	}
	s->more += s->more != UINT32_MAX;
	return false;
}

int64_t fold_due(const struct fold *f)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < VU_COUNT(f->slot); i++)
		if (f->slot[i].more != 0 && f->slot[i].since + FOLD_MS < due)
			due = f->slot[i].since + FOLD_MS;
	return due;
}

bool fold_next(struct fold *f, int64_t now, const char **ret_reason, const char **ret_cause, uint32_t *ret_more)
{
	for (size_t i = 0; i < VU_COUNT(f->slot); i++) {
		struct fold_slot *s = &f->slot[i];
		if (s->more == 0 || !is_over(s, now))
			continue;
		*ret_reason = s->reason;
		*ret_cause = s->cause;
		*ret_more = s->more;
		*s = (struct fold_slot){ 0 };
		return true;
	}
	return false;
}
