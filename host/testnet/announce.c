/* SPDX-License-Identifier: Apache-2.0 */
#include "announce.h"

#include <assert.h>
#include <stdio.h>

#include "../secdesc.h"

static_assert((int)SERVICES_MAX <= (int)SECDESC_KEYS_MAX, "every service has a key in the description");

void announce_put(struct wr *out, const struct bmsc_settings *settings, const struct service *services, size_t n)
{
	struct secdesc d = {
		.offset = settings->offset_time,
		.random = settings->random_time_period,
		.uicc = settings->uicc_key_management,
		.confidentiality = true,
		.integrity = true,
		.n_servers = 1,
	};

	/* By name: where it listens is a matter of the UE's resolver. */
	snprintf(d.server[0], sizeof d.server[0], "http://%s%s", settings->fqdn, settings->path);
	for (size_t i = 0; i < n; i++) {
		struct secdesc_key *k = &d.key[d.n_keys++];

		memcpy(k->service, services[i].id, sizeof k->service);
		memcpy(k->domain, services[i].domain, sizeof k->domain);
		k->group = services[i].group;
	}
	secdesc_put(out, &d);
}

void announce_request(const struct bmsc_settings *settings, const struct service *services, size_t n,
		      const struct http_request *request, struct http_answer *answer, const struct log *log,
		      int64_t now)
{
	if (strcmp(request->method, "GET") != 0) {
		answer->allow = "GET";
		http_answer_text(answer, 405, "the security description is for GET");
		return;
	}
	announce_put(&answer->body, settings, services, n);
	if (answer->body.bad) {
		http_answer_text(answer, 500, "a description that does not fit");
		return;
	}
	answer->status = 200;
	answer->content_type = SECDESC_MEDIA_TYPE;
	LOG(log, now, "description-sent", LOG_TEXT("peer", request->host), LOG_NUMBER("services", n));
}
