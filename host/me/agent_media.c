/* SPDX-License-Identifier: Apache-2.0 */
/* The ME and those who play the media: MTKs to them, and word from them of an MSK that is missing. */
#include "agent_int.h"

#include <errno.h>
#include <stdio.h>

void agent_hand_out(struct agent *a, const struct mikey *m, const struct usim_mtk *mtk)
{
	struct mtk_record record _secret_mtk_record_;
	uint8_t buf[MIKEY_MESSAGE_MAX];
	char why[128];
	struct wr sp = WR(buf);

	if (a->env->mtk == NULL)
		return;
	int rc = agent_notes_sp(a, &m->key, &sp) ? 0 : keystore_msk_sp(a->store, &m->key, &sp);
	if (rc != 0 && rc != -ENOENT)
		(void)agent_store_failed(a);
	if (!mtk_record_make(&record, m, &mtk->mtk, mtk->has_salt ? mtk->salt : NULL, wr_done(&sp)))
		(void)agent_error(a, AGENT_FAILED,
				  "the SRTP policy of the MSK is broken or missing; RFC 3711's is taken");
	rc = a->env->mtk(a->env->ctx, &record);
	if (rc != 0) {
		snprintf(why, sizeof why, "an MTK could not be handed out: %s", strerror(-rc));
		(void)agent_error(a, AGENT_UNREACHABLE, why);
	}
}

static bool same_group(const struct mikey_key_id *a, const struct mikey_key_id *b)
{
	return span_eq(SPAN(a->domain), SPAN(b->domain)) && a->group == b->group;
}

void agent_granted(struct agent *a, const struct mikey_key_id *key)
{
	for (size_t i = 0; i < VU_COUNT(a->granted); i++)
		if (i < a->n_granted && same_group(&a->granted[i], key))
			return;
	a->granted[a->n_granted++ % VU_COUNT(a->granted)] = *key;
}

/* Whether there was an MSK of this group once, or one was promised: only then is a missing one worth asking for. */
static bool group_known(struct agent *a, const struct mikey_key_id *key)
{
	struct keystore_msk msks[KEYSTORE_LIST_MAX];
	size_t n = 0;

	for (size_t i = 0; i < VU_COUNT(a->granted); i++)
		if (i < a->n_granted && same_group(&a->granted[i], key))
			return true;
	if (keystore_msks(a->store, msks, VU_COUNT(msks), &n) != 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (same_group(&msks[i].key, key))
			return true;
	return false;
}

/* An MSK that was missed not long ago; NULL = it was not. *ret_free: a place for another, or NULL. */
static struct agent_missed *find_missed(struct agent *a, const struct mikey_key_id *key, struct agent_missed **ret_free)
{
	int64_t now = a->env->now(a->env->ctx);

	*ret_free = NULL;
	for (size_t i = 0; i < VU_COUNT(a->missed); i++) {
		struct agent_missed *miss = &a->missed[i];
		if (miss->until <= now)
			*ret_free = miss;
		else if (same_group(&miss->key, key) && miss->key.number == key->number)
			return miss;
	}
	return NULL;
}

void agent_missed_bring_forward(struct agent *a, int64_t ms)
{
	for (size_t i = 0; i < VU_COUNT(a->missed); i++)
		a->missed[i].until -= ms;
}

bool agent_missed_lately(struct agent *a, const struct mikey_key_id *key)
{
	struct agent_missed *free_place;

	return find_missed(a, key, &free_place) != NULL;
}

void agent_found(struct agent *a, const struct mikey_key_id *key)
{
	struct agent_missed *free_place, *miss = find_missed(a, key, &free_place);

	if (miss != NULL)
		miss->until = 0;
}

/* Who spoke of it is not proven, so it causes one request in ten seconds at most, and for sixteen MSKs at a time. */
void agent_missed_update(struct agent *a, const struct mikey_key_id *key)
{
	struct km_item item = { .key = *key };
	struct agent_missed *free_place;

	item.key.mtk_id = 0;
	if (find_missed(a, key, &free_place) != NULL || free_place == NULL)
		return;
	*free_place = (struct agent_missed){ .key = item.key, .until = a->env->now(a->env->ctx) + AGENT_MISSED_MS };
	if (group_known(a, key))
		agent_queue_later(a, KM_MSK_REQUEST, &item);
}

/* The MSK of this number in a group that is known; held: those that are there. */
static void missing_in(struct agent *a, const struct mikey_key_id *group, uint16_t number,
		       const struct keystore_msk *held, size_t n)
{
	struct mikey_key_id key = *group;

	key.number = number;
	for (size_t i = 0; i < n; i++)
		if (same_group(&held[i].key, &key) && held[i].key.number == number)
			return;
	agent_missed_update(a, &key);
}

/* Whether a packet with this MKI may be of this group. Without a domain it may be of any. */
static bool may_be(const struct mikey_key_id *key, const uint8_t *domain, uint16_t group)
{
	return key->group == group && (domain == NULL || memcmp(key->domain, domain, sizeof key->domain) == 0);
}

void agent_missing_key(struct agent *a, const uint8_t *domain, uint16_t group, uint16_t number)
{
	struct keystore_msk msks[KEYSTORE_LIST_MAX];
	size_t n = 0;

	if (!a->card || keystore_msks(a->store, msks, VU_COUNT(msks), &n) != 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (may_be(&msks[i].key, domain, group))
			missing_in(a, &msks[i].key, number, msks, n);
	/* Promised ones, too: the very first MSK of a group may be the one that was lost. */
	for (size_t i = 0; i < VU_COUNT(a->granted) && i < a->n_granted; i++)
		if (may_be(&a->granted[i], domain, group))
			missing_in(a, &a->granted[i], number, msks, n);
}
