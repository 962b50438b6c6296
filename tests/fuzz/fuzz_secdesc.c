/* SPDX-License-Identifier: Apache-2.0 */
/* Targets: secdesc_parse, secdesc_put. */
#include "fuzz.h"
#include "host/secdesc.h"

static bool same_key(const struct secdesc_key *a, const struct secdesc_key *b)
{
	return strcmp(a->service, b->service) == 0 && strcmp(a->flow, b->flow) == 0 &&
	       memcmp(a->domain, b->domain, sizeof a->domain) == 0 && a->group == b->group;
}

static void check_same(const struct secdesc *a, const struct secdesc *b)
{
	FUZZ_CHECK(a->offset == b->offset && a->random == b->random && a->uicc == b->uicc);
	FUZZ_CHECK(a->confidentiality == b->confidentiality && a->integrity == b->integrity);
	FUZZ_CHECK(a->n_servers == b->n_servers && a->n_keys == b->n_keys);
	for (size_t i = 0; i < a->n_servers; i++)
		FUZZ_CHECK(strcmp(a->server[i], b->server[i]) == 0);
	for (size_t i = 0; i < a->n_keys; i++)
		FUZZ_CHECK(same_key(&a->key[i], &b->key[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct secdesc d, again;
	static uint8_t octets[4 * KM_BODY_MAX];
	struct wr w = WR(octets);
	uint8_t *body = fuzz_copy(span_of(data, size));
	char why[XML_WHY_MAX] = "";

	if (!secdesc_parse(&d, span_of(body, size), why)) {
		FUZZ_CHECK(why[0] != '\0');
	} else {
		FUZZ_CHECK(d.offset <= SECDESC_SECONDS_MAX && d.random <= SECDESC_SECONDS_MAX);
		FUZZ_CHECK(d.n_servers <= SECDESC_SERVERS_MAX && d.n_keys <= SECDESC_KEYS_MAX);
		secdesc_put(&w, &d);
		FUZZ_CHECK(!w.bad && secdesc_parse(&again, wr_done(&w), why));
		check_same(&d, &again);
	}
	free(body);
	return 0;
}
