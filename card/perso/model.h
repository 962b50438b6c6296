/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a profile says, as libcyaml fills it in from YAML (schema.c): texts as they were written, checked for their
 * shape only. What they mean is the business of build.c and the files it calls.
 */
#ifndef VUICC_PERSO_MODEL_H
#define VUICC_PERSO_MODEL_H

#include <cyaml/cyaml.h>

#include "../image.h"

/* Who may do something to a file. */
enum condition {
	COND_ABSENT, /* the rule does not say: refused */
	COND_NEVER,
	COND_ALWAYS,
	COND_PIN1,
	COND_PIN2,
	COND_ADM1,
};

struct model_rule {
	char *name;
	enum condition read, update, deactivate, activate, terminate, delete, resize, increase, create;
};

struct model_pin {
	char *code;
	bool enabled;
	uint8_t tries;
	char *puk; /* NULL: this PIN has none */
	uint8_t puk_tries;
};

struct model_pins {
	struct model_pin pin1, pin2, adm1;
	struct model_pin universal, isim_pin1, isim_pin2; /* optional: no code, no PIN */
};

struct model_sqn {
	char *start;
	uint64_t delta;
};

struct model_tuak {
	uint16_t res_length; /* bits */
	uint8_t keccak_iterations;
};

struct model_file {
	char *path;
	enum file_type type;
	char *access;
	uint8_t sfi; /* 0: none */
	uint16_t size; /* FILE_TRANSPARENT, FILE_BER_TLV */
	uint8_t record_size, records; /* FILE_LINEAR, FILE_CYCLIC */
	char *content; /* FILE_TRANSPARENT, FILE_BER_TLV; NULL: derived, or FF */
	char **record_contents; /* FILE_LINEAR, FILE_CYCLIC, from record 1 on */
	uint32_t record_contents_count;
};

/* A proactive command of the queue, TS 102 223 8.6. */
enum model_toolkit_type {
	TOOLKIT_REFRESH = 0x01,
	TOOLKIT_POLLING_OFF = 0x04,
	TOOLKIT_PROVIDE_LOCAL_INFORMATION = 0x26,
};
struct model_toolkit {
	enum model_toolkit_type command;
	uint8_t qualifier;
};

/* An application: its name, its services. */
enum model_app_kind { MODEL_USIM, MODEL_ISIM, MODEL_APPS };
struct model_app {
	char *aid, *label; /* NULL: the profile has no such application */
	uint16_t *services;
	uint32_t services_count;
};

struct model {
	char *iccid, *imsi;
	uint8_t mnc_length;
	enum aka_algorithm algorithm; /* 0: the profile does not say, AKA_MILENAGE */
	char *k;
	char *op, *opc, *top, *topc; /* all but one are NULL */
	struct model_tuak tuak;
	struct model_sqn sqn;
	struct model_pins pins;
	struct model_app app[MODEL_APPS];
	struct model_toolkit *toolkit;
	uint32_t toolkit_count;
	char *atr;
	bool legacy_gsm;
	struct model_rule *rules;
	uint32_t rules_count;
	struct model_file *files;
	uint32_t files_count;
};

extern const cyaml_schema_value_t model_schema;

#endif
