/* SPDX-License-Identifier: Apache-2.0 */
#include "config_raw.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <stdio.h>

enum { MEMBERS_MAX = 100000, URI_MAX = KM_SERVICE_MAX - 1, FQDN_TEXT_MAX = FQDN_MAX - 1 };

/* Keys are checked in subscriber.c, not by a length here: libcyaml would quote them. */
#define TEXT(key, type, flags, min, max)                                                                               \
	CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER | (flags), struct type, key, min, max)
enum { NEEDED = CYAML_FLAG_DEFAULT, OPTIONAL = CYAML_FLAG_OPTIONAL };

static const cyaml_schema_field_t bsf_fields[] = {
	CYAML_FIELD_UINT("port", CYAML_FLAG_DEFAULT, struct raw_bsf, port),
	TEXT(fqdn, raw_bsf, NEEDED, 1, FQDN_TEXT_MAX),
	CYAML_FIELD_UINT("lifetime", CYAML_FLAG_DEFAULT, struct raw_bsf, lifetime),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t bmsc_fields[] = {
	CYAML_FIELD_UINT("port", CYAML_FLAG_DEFAULT, struct raw_bmsc, port),
	TEXT(fqdn, raw_bmsc, NEEDED, 1, FQDN_TEXT_MAX),
	TEXT(path, raw_bmsc, NEEDED, 1, FQDN_TEXT_MAX),
	CYAML_FIELD_UINT("muk_lifetime", CYAML_FLAG_DEFAULT, struct raw_bmsc, muk_lifetime),
	TEXT(description, raw_bmsc, OPTIONAL, 1, FQDN_TEXT_MAX),
	CYAML_FIELD_UINT("offset_time", CYAML_FLAG_OPTIONAL, struct raw_bmsc, offset_time),
	CYAML_FIELD_UINT("random_time_period", CYAML_FLAG_OPTIONAL, struct raw_bmsc, random_time_period),
	TEXT(uicc_key_management, raw_bmsc, OPTIONAL, 0, CYAML_UNLIMITED),
	TEXT(zn, raw_bmsc, OPTIONAL, 1, PATH_TEXT_MAX - 1),
	TEXT(zn_token, raw_bmsc, OPTIONAL, 1, PATH_TEXT_MAX - 1),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t mikey_fields[] = {
	CYAML_FIELD_UINT("port", CYAML_FLAG_DEFAULT, struct raw_mikey, port),
	CYAML_FIELD_UINT("ue_port", CYAML_FLAG_DEFAULT, struct raw_mikey, ue_port),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t zn_fields[] = {
	TEXT(listen, raw_zn, OPTIONAL, 1, PEER_HOST_MAX - 1),
	CYAML_FIELD_UINT("port", CYAML_FLAG_DEFAULT, struct raw_zn, port),
	TEXT(token, raw_zn, NEEDED, 1, PATH_TEXT_MAX - 1),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t limits_fields[] = {
	CYAML_FIELD_UINT("connections", CYAML_FLAG_DEFAULT, struct limits, connections),
	CYAML_FIELD_UINT("connections_per_peer", CYAML_FLAG_DEFAULT, struct limits, connections_per_peer),
	CYAML_FIELD_UINT("requests_per_second", CYAML_FLAG_DEFAULT, struct limits, requests_per_second),
	CYAML_FIELD_UINT("datagrams_per_second", CYAML_FLAG_DEFAULT, struct limits, datagrams_per_second),
	CYAML_FIELD_UINT("request_seconds", CYAML_FLAG_DEFAULT, struct limits, request_seconds),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t tuak_fields[] = {
	TEXT(res_length, raw_tuak, NEEDED, 0, CYAML_UNLIMITED),
	TEXT(keccak_iterations, raw_tuak, NEEDED, 0, CYAML_UNLIMITED),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t subscriber_fields[] = {
	TEXT(imsi, raw_subscriber, NEEDED, 0, CYAML_UNLIMITED),
	TEXT(mnc_length, raw_subscriber, NEEDED, 0, CYAML_UNLIMITED),
	TEXT(count, raw_subscriber, OPTIONAL, 0, CYAML_UNLIMITED),
	TEXT(algorithm, raw_subscriber, OPTIONAL, 0, CYAML_UNLIMITED),
	TEXT(k, raw_subscriber, NEEDED, 0, CYAML_UNLIMITED),
	TEXT(k_step, raw_subscriber, OPTIONAL, 0, CYAML_UNLIMITED),
	TEXT(op, raw_subscriber, OPTIONAL, 0, CYAML_UNLIMITED),
	TEXT(opc, raw_subscriber, OPTIONAL, 0, CYAML_UNLIMITED),
	TEXT(topc, raw_subscriber, OPTIONAL, 0, CYAML_UNLIMITED),
	CYAML_FIELD_MAPPING_PTR("tuak", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_subscriber, tuak,
				tuak_fields),
	TEXT(sqn, raw_subscriber, NEEDED, 0, CYAML_UNLIMITED),
	TEXT(amf, raw_subscriber, OPTIONAL, 0, CYAML_UNLIMITED),
	TEXT(gba_u, raw_subscriber, NEEDED, 0, CYAML_UNLIMITED),
	TEXT(mbms, raw_subscriber, OPTIONAL, 0, CYAML_UNLIMITED),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t subscriber_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_subscriber, subscriber_fields),
};

static const cyaml_schema_value_t member_schema = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED),
};

static const cyaml_schema_field_t service_fields[] = {
	TEXT(id, raw_service, NEEDED, 1, URI_MAX),
	TEXT(key_domain, raw_service, NEEDED, 0, CYAML_UNLIMITED),
	TEXT(key_group, raw_service, NEEDED, 0, CYAML_UNLIMITED),
	TEXT(streaming, raw_service, NEEDED, 0, CYAML_UNLIMITED),
	CYAML_FIELD_UINT("mtk_window", CYAML_FLAG_OPTIONAL, struct raw_service, mtk_window),
	TEXT(ssrc, raw_service, OPTIONAL, 0, CYAML_UNLIMITED),
	CYAML_FIELD_SEQUENCE("members", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_service, members,
			     &member_schema, 1, MEMBERS_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t service_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_service, service_fields),
};

/* libcyaml makes an empty list look like none: config.c asks the text whether there are services. */
static const cyaml_schema_field_t config_fields[] = {
	TEXT(listen, raw_config, OPTIONAL, 1, PEER_HOST_MAX - 1),
	CYAML_FIELD_MAPPING_PTR("bsf", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_config, bsf, bsf_fields),
	CYAML_FIELD_MAPPING_PTR("bmsc", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_config, bmsc, bmsc_fields),
	CYAML_FIELD_MAPPING_PTR("mikey", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_config, mikey,
				mikey_fields),
	CYAML_FIELD_MAPPING_PTR("zn", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_config, zn, zn_fields),
	CYAML_FIELD_MAPPING_PTR("limits", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_config, limits,
				limits_fields),
	CYAML_FIELD_SEQUENCE("subscribers", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_config, subscribers,
			     &subscriber_schema, 1, SUBSCRIBERS_MAX),
	CYAML_FIELD_SEQUENCE("services", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct raw_config, services,
			     &service_schema, 0, SERVICES_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t config_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_config, config_fields),
};

/* What libcyaml says while it loads: the first sentence is the finding, the first place behind it is where. */
struct findings {
	char what[256];
	char key[64]; /* whose value was being read there; "" = not known */
	unsigned line, column;
};

/* libcyaml's words for the two mistakes that are made most, in ours. */
static void put_finding(struct findings *f, const char *said)
{
	static const char unexpected[] = "Unexpected key: ", missing[] = "Missing required mapping field: ";

	if (strncmp(said, unexpected, strlen(unexpected)) == 0)
		snprintf(f->what, sizeof f->what, "unknown key %.64s (expected one that `vuicc-testnet config` shows)",
			 said + strlen(unexpected));
	else if (strncmp(said, missing, strlen(missing)) == 0)
		snprintf(f->what, sizeof f->what, "expected the key %.64s here, got none", said + strlen(missing));
	else
		snprintf(f->what, sizeof f->what, "%s", said);
}

static void keep_finding(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
{
	struct findings *f = ctx;
	char said[256];

	(void)level;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the format is libcyaml's */
	vsnprintf(said, sizeof said, fmt, args);
#pragma GCC diagnostic pop
	said[strcspn(said, "\n")] = '\0';
	if (f->what[0] == '\0')
		put_finding(f, strncmp(said, "Load: ", 6) == 0 ? said + 6 : said);
	const char *place = strstr(said, "(line: ");
	if (place == NULL || f->line != 0)
		return;
	/* NOLINTNEXTLINE(cert-err34-c): libcyaml's own sentence */
	(void)sscanf(place, "(line: %u, column: %u)", &f->line, &f->column);
	(void)sscanf(said, " in mapping field '%63[^']'", f->key);
}

/* A key that is missing or unknown is named in the sentence; the place is then another key's. */
static const char *key_of(const struct findings *f)
{
	return strstr(f->what, "key") != NULL || strstr(f->what, "field") != NULL ? "" : f->key;
}

int config_raw_load(struct raw_config **ret, const char *name, struct span text, char why[static CONFIG_WHY_MAX])
{
	struct findings found = { .line = 0 };
	struct raw_config *raw = NULL;
	cyaml_config_t config = {
		.log_fn = keep_finding,
		.log_ctx = &found,
		.mem_fn = cyaml_mem,
		.log_level = CYAML_LOG_ERROR,
	};
	cyaml_err_t error = cyaml_load_data(text.p, text.n, &config, &config_schema, (cyaml_data_t **)&raw, NULL);

	if (error == CYAML_OK && raw != NULL) {
		*ret = raw;
		return 0;
	}
	snprintf(why, CONFIG_WHY_MAX, "%s:%u:%u: %s%s%s", name, found.line == 0 ? 1 : found.line,
		 found.column == 0 ? 1 : found.column, key_of(&found), key_of(&found)[0] != '\0' ? ": " : "",
		 error == CYAML_OK	 ? "expected a mapping, got nothing"
		 : found.what[0] != '\0' ? found.what
					 : cyaml_strerror(error));
	return error == CYAML_ERR_OOM ? -ENOMEM : -EINVAL;
}

static void wipe_text(char *text)
{
	if (text != NULL)
		secret_wipe(text, strlen(text));
}

void config_raw_free(struct raw_config *r)
{
	cyaml_config_t config = { .mem_fn = cyaml_mem };

	if (r == NULL)
		return;
	for (size_t i = 0; i < r->subscribers_count; i++) {
		wipe_text(r->subscribers[i].k);
		wipe_text(r->subscribers[i].opc);
		wipe_text(r->subscribers[i].op);
		wipe_text(r->subscribers[i].topc);
	}
	(void)cyaml_free(&config, &config_schema, r, 0);
}
