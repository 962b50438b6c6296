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
	enum condition read, update, deactivate, activate;
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
};

struct model_sqn {
	char *start;
	uint64_t delta;
};

struct model_file {
	char *path;
	enum file_type type;
	char *access;
	uint8_t sfi; /* 0: none */
	uint16_t size; /* FILE_TRANSPARENT */
	uint8_t record_size, records; /* FILE_LINEAR, FILE_CYCLIC */
	char *content; /* FILE_TRANSPARENT; NULL: derived, or FF */
	char **record_contents; /* FILE_LINEAR, FILE_CYCLIC, from record 1 on */
	uint32_t record_contents_count;
};

struct model {
	char *iccid, *imsi;
	uint8_t mnc_length;
	char *k, *op, *opc; /* one of op and opc is NULL */
	struct model_sqn sqn;
	struct model_pins pins;
	char *aid, *label, *atr;
	uint16_t *services;
	uint32_t services_count;
	struct model_rule *rules;
	uint32_t rules_count;
	struct model_file *files;
	uint32_t files_count;
};

extern const cyaml_schema_value_t model_schema;

#endif
