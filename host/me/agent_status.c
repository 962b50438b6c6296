/* SPDX-License-Identifier: Apache-2.0 */
/* What the key store holds, for a person who asks. */
#include "agent_int.h"

#include <errno.h>

enum agent_end agent_status(struct agent *a)
{
	char services[KM_ITEMS_MAX][KM_SERVICE_MAX], msk_id[MSK_ID_TEXT];
	struct keystore_msk msks[KEYSTORE_LIST_MAX];
	struct keystore_identity id;
	struct keystore_gba gba;
	size_t n = 0;

	int rc = keystore_identity(a->store, &id);
	if (rc == 0)
		AGENT_LOG(a, "uicc", LOG_TEXT("iccid", id.iccid), LOG_TEXT("imsi", id.imsi));
	if (rc != 0 && rc != -ENOENT)
		return agent_store_failed(a);
	bool stored = rc == 0;
	rc = keystore_gba(a->store, &gba);
	stored |= rc == 0;
	if (rc == 0)
		AGENT_LOG(a, "bootstrap", LOG_TEXT("btid", gba.btid), LOG_TEXT("lifetime", gba.lifetime),
			  LOG_BOOL("valid", gba.expires > a->env->now(a->env->ctx) / 1000));
	if (rc != 0 && rc != -ENOENT)
		return agent_store_failed(a);
	if (keystore_services(a->store, services, VU_COUNT(services), &n) != 0)
		return agent_store_failed(a);
	stored |= n != 0;
	for (size_t i = 0; i < n; i++)
		AGENT_LOG(a, "registered", LOG_TEXT("service", services[i]));
	if (keystore_msks(a->store, msks, VU_COUNT(msks), &n) != 0)
		return agent_store_failed(a);
	for (size_t i = 0; i < n; i++)
		AGENT_LOG(a, "msk", LOG_HEX("key_domain", SPAN(msks[i].key.domain)),
			  LOG_TEXT("msk_id", agent_msk_id(msk_id, &msks[i].key)), LOG_NUMBER("ts", msks[i].ts));
	if (!stored && n == 0)
		AGENT_LOG(a, "status", LOG_TEXT("what", "nothing is stored"));
	return AGENT_OK;
}
