/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as its YAML has it: config_raw.c reads the form, config.c asks whether it makes sense. */
#ifndef VUICC_TESTNET_CONFIG_RAW_H
#define VUICC_TESTNET_CONFIG_RAW_H

#include "config.h"
#include "subscriber.h"

struct raw_bsf {
	uint16_t port;
	char *fqdn;
	uint32_t lifetime;
};

struct raw_bmsc {
	uint16_t port;
	char *fqdn;
	char *path;
	uint32_t muk_lifetime;
	char *description; /* optional, as the next */
	uint32_t offset_time, random_time_period;
	char *uicc_key_management;
	char *zn, *zn_token;
};

struct raw_zn {
	char *listen; /* optional */
	uint16_t port;
	char *token;
};

struct raw_mikey {
	uint16_t port;
	uint16_t ue_port;
};

struct raw_service {
	char *id;
	char *key_domain, *key_group;
	char *streaming; /* as a subscriber's gba_u */
	uint16_t mtk_window; /* optional */
	char *ssrc; /* optional */
	char **members; /* optional */
	unsigned members_count;
};

/* Every section is optional, none of its keys is but those marked so. */
struct raw_config {
	char *listen;
	struct raw_bsf *bsf;
	struct raw_bmsc *bmsc;
	struct raw_mikey *mikey;
	struct limits *limits;
	struct raw_zn *zn; /* without it there is none: none is built in */
	struct raw_subscriber *subscribers;
	unsigned subscribers_count;
	struct raw_service *services;
	unsigned services_count;
};

/* 0 and *ret for config_raw_free(), or -EINVAL or -ENOMEM with why as in config.h. */
VU_MUST_USE int config_raw_load(struct raw_config **ret, const char *name, struct span text,
				char why[static CONFIG_WHY_MAX]);

/* NULL is fine; wipes the keys. */
void config_raw_free(struct raw_config *r);

#endif
