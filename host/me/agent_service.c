/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user services that this UE is registered to and the MSKs that they need: a UE that gets no key leaves the service
 * unless an older MSK is still valid (TS 33.246 6.3.2.2).
 */
#include "agent_int.h"

const char *agent_code_text(int code)
{
	if (code == 403)
		return "the BM-SC: not authorised";
	if (code == 404)
		return "the BM-SC: unknown";
	return "the BM-SC says no";
}

static bool same_group(const struct mikey_key_id *a, const struct mikey_key_id *b)
{
	return span_eq(SPAN(a->domain), SPAN(b->domain)) && a->group == b->group;
}

/* Where an MSK stands among those that are spent; NULL = it is not. */
static const struct mikey_key_id *find_spent(const struct agent *a, const struct mikey_key_id *key)
{
	for (size_t i = 0; i < VU_COUNT(a->spent); i++)
		if (same_group(&a->spent[i], key) && a->spent[i].number == key->number)
			return &a->spent[i];
	return NULL;
}

void agent_service_spent(struct agent *a, const struct mikey_key_id *key)
{
	if (find_spent(a, key) == NULL)
		a->spent[a->n_spent++ % VU_COUNT(a->spent)] = *key;
}

void agent_service_renewed(struct agent *a, const struct mikey_key_id *key)
{
	const struct mikey_key_id *spent = find_spent(a, key);

	if (spent != NULL)
		a->spent[spent - a->spent] = (struct mikey_key_id){ 0 };
}

/* The window of an MSK on the card is the card's; that nothing is left in it shows when an MTK is refused for it. */
static bool is_valid(const struct agent *a, const struct keystore_msk *msk)
{
	return msk->in_me ? msk->seq_l < msk->seq_u : find_spent(a, &msk->key) == NULL;
}

/* Whether an MSK of this group can still be used. An error of the store counts as yes: nobody leaves for that. */
static bool is_served(struct agent *a, const struct mikey_key_id *key)
{
	struct keystore_msk msks[KEYSTORE_LIST_MAX];
	size_t n = 0;

	if (keystore_msks(a->store, msks, VU_COUNT(msks), &n) != 0)
		return true;
	for (size_t i = 0; i < n; i++)
		if (same_group(&msks[i].key, key) && is_valid(a, &msks[i]))
			return true;
	return false;
}

static bool is_registered(struct agent *a, const char *id)
{
	char services[KM_ITEMS_MAX][KM_SERVICE_MAX];
	size_t n = 0;

	if (keystore_services(a->store, services, VU_COUNT(services), &n) != 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(services[i], id) == 0)
			return true;
	return false;
}

static void leave(struct agent *a, const struct agent_service *s, const struct mikey_key_id *key, const char *reason)
{
	struct km_item item = { 0 };
	char msk_id[MSK_ID_TEXT];

	AGENT_LOG(a, "left", LOG_TEXT("service", s->id), LOG_TEXT("reason", reason),
		  LOG_HEX("key_domain", SPAN(key->domain)), LOG_TEXT("msk_id", agent_msk_id(msk_id, key)));
	if (keystore_drop_service(a->store, s->id) != 0)
		(void)agent_store_failed(a);
	memcpy(item.service, s->id, sizeof item.service);
	agent_queue_later(a, KM_DEREGISTER, &item);
}

void agent_service_no_key(struct agent *a, const struct mikey_key_id *key, const char *reason)
{
	for (size_t i = 0; i < a->config.n_services; i++) {
		const struct agent_service *s = &a->config.service[i];
		bool needs = span_eq(SPAN(s->domain), SPAN(key->domain)) && s->group == key->group;
		if (needs && is_registered(a, s->id) && !is_served(a, key))
			leave(a, s, key, reason);
	}
}

void agent_service_refused(struct agent *a, const struct km_doc *doc, enum agent_end end)
{
	char why[AGENT_WHY_MAX];

	if (doc->kind != KM_MSK_REQUEST || end != AGENT_REFUSED)
		return;
	memcpy(why, a->why, sizeof why); /* that of the whole request, when it was refused as such */
	for (size_t i = 0; i < doc->n; i++) {
		const struct km_item *item = &doc->item[i];
		if (item->code != 200)
			agent_service_no_key(a, &item->key, item->code != 0 ? agent_code_text(item->code) : why);
	}
}
