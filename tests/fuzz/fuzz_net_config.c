/* SPDX-License-Identifier: Apache-2.0 */
/* Target: net_config_parse, the test network's YAML. */
#include "fuzz.h"
#include "host/testnet/config.h"

/* What a configuration promises to who uses it. */
static void check_promises(const struct net_config *c)
{
	FUZZ_CHECK(c->bsf.lifetime != 0 && c->bmsc.muk_lifetime != 0 && c->bmsc.ue_port != 0);
	FUZZ_CHECK(c->bmsc.path[0] == '/' && c->bmsc.description[0] == '/' && c->n_services <= SERVICES_MAX);
	for (size_t i = 0; i < c->n_subscribers; i++) {
		const struct subscriber *s = &c->subscriber[i];

		FUZZ_CHECK(aka_secret_ok(&s->secret) && auc_is_imsi(s->imsi) &&
			   strncmp(s->impi, s->imsi, strlen(s->imsi)) == 0);
		FUZZ_CHECK(s->gba_u || !s->mbms_uicc);
	}
	for (size_t i = 0; i < c->n_services; i++)
		FUZZ_CHECK(c->service[i].id[0] != '\0' && c->service[i].mtk_window != 0 &&
			   (c->service[i].everyone || c->service[i].n_members != 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *text = fuzz_copy(span_of(data, size));
	char why[CONFIG_WHY_MAX] = "";
	struct net_config *c = NULL;
	int rc = net_config_parse(&c, "fuzz.yaml", span_of(text, size), why);

	FUZZ_CHECK((rc == 0) == (c != NULL) && (rc == 0 || why[0] != '\0'));
	if (c != NULL)
		check_promises(c);
	net_config_free(c);
	free(text);
	return 0;
}
