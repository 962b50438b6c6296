/* SPDX-License-Identifier: Apache-2.0 */
/* The shape of a profile in YAML. card/profiles/usim-gba.yaml explains every key by example. */
#include "model.h"

/* Every text is a pointer that libcyaml allocates. */
#define TEXT(type, key, member) CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, member, 0, CYAML_UNLIMITED)
#define OPTIONAL_TEXT(type, key, member)                                                                               \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 0, CYAML_UNLIMITED)
#define WHO(key, member)                                                                                               \
	CYAML_FIELD_ENUM(key, CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct model_rule, member, conditions,          \
			 CYAML_ARRAY_LEN(conditions))

static const cyaml_strval_t conditions[] = {
	{ "never", COND_NEVER }, { "always", COND_ALWAYS }, { "pin1", COND_PIN1 },
	{ "pin2", COND_PIN2 },	 { "adm1", COND_ADM1 },
};

static const cyaml_schema_field_t rule_fields[] = {
	TEXT(struct model_rule, "name", name),
	WHO("read", read),
	WHO("update", update),
	WHO("deactivate", deactivate),
	WHO("activate", activate),
	WHO("terminate", terminate),
	WHO("delete", delete),
	WHO("resize", resize),
	WHO("increase", increase),
	WHO("create", create),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t rule = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct model_rule, rule_fields),
};

static const cyaml_schema_field_t pin_fields[] = {
	TEXT(struct model_pin, "code", code),
	CYAML_FIELD_BOOL("enabled", CYAML_FLAG_DEFAULT, struct model_pin, enabled),
	CYAML_FIELD_UINT("tries", CYAML_FLAG_DEFAULT, struct model_pin, tries),
	OPTIONAL_TEXT(struct model_pin, "puk", puk),
	CYAML_FIELD_UINT("puk_tries", CYAML_FLAG_OPTIONAL, struct model_pin, puk_tries),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t pins_fields[] = {
	CYAML_FIELD_MAPPING("pin1", CYAML_FLAG_DEFAULT, struct model_pins, pin1, pin_fields),
	CYAML_FIELD_MAPPING("pin2", CYAML_FLAG_DEFAULT, struct model_pins, pin2, pin_fields),
	CYAML_FIELD_MAPPING("adm1", CYAML_FLAG_DEFAULT, struct model_pins, adm1, pin_fields),
	CYAML_FIELD_MAPPING("universal", CYAML_FLAG_OPTIONAL, struct model_pins, universal, pin_fields),
	CYAML_FIELD_MAPPING("isim_pin1", CYAML_FLAG_OPTIONAL, struct model_pins, isim_pin1, pin_fields),
	CYAML_FIELD_MAPPING("isim_pin2", CYAML_FLAG_OPTIONAL, struct model_pins, isim_pin2, pin_fields),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t sqn_fields[] = {
	TEXT(struct model_sqn, "start", start),
	CYAML_FIELD_UINT("delta", CYAML_FLAG_DEFAULT, struct model_sqn, delta),
	CYAML_FIELD_END,
};

static const cyaml_strval_t algorithms[] = {
	{ "milenage", AKA_MILENAGE },
	{ "tuak", AKA_TUAK },
};

static const cyaml_schema_field_t tuak_fields[] = {
	CYAML_FIELD_UINT("res_length", CYAML_FLAG_DEFAULT, struct model_tuak, res_length),
	CYAML_FIELD_UINT("keccak_iterations", CYAML_FLAG_DEFAULT, struct model_tuak, keccak_iterations),
	CYAML_FIELD_END,
};

static const cyaml_strval_t file_types[] = {
	{ "mf", FILE_MF },
	{ "df", FILE_DF },
	{ "adf", FILE_ADF },
	{ "transparent", FILE_TRANSPARENT },
	{ "linear-fixed", FILE_LINEAR },
	{ "cyclic", FILE_CYCLIC },
	{ "ber-tlv", FILE_BER_TLV },
};

static const cyaml_schema_value_t record = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED),
};

static const cyaml_schema_field_t file_fields[] = {
	TEXT(struct model_file, "path", path),
	CYAML_FIELD_ENUM("type", CYAML_FLAG_STRICT, struct model_file, type, file_types, CYAML_ARRAY_LEN(file_types)),
	TEXT(struct model_file, "access", access),
	CYAML_FIELD_UINT("sfi", CYAML_FLAG_OPTIONAL, struct model_file, sfi),
	CYAML_FIELD_UINT("size", CYAML_FLAG_OPTIONAL, struct model_file, size),
	CYAML_FIELD_UINT("record_size", CYAML_FLAG_OPTIONAL, struct model_file, record_size),
	CYAML_FIELD_UINT("records", CYAML_FLAG_OPTIONAL, struct model_file, records),
	OPTIONAL_TEXT(struct model_file, "content", content),
	CYAML_FIELD_SEQUENCE("record_contents", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct model_file,
			     record_contents, &record, 1, UINT8_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t file = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct model_file, file_fields),
};

static const cyaml_schema_value_t service = {
	CYAML_VALUE_UINT(CYAML_FLAG_DEFAULT, uint16_t),
};

static const cyaml_strval_t toolkit_types[] = {
	{ "refresh", TOOLKIT_REFRESH },
	{ "polling-off", TOOLKIT_POLLING_OFF },
	{ "provide-local-information", TOOLKIT_PROVIDE_LOCAL_INFORMATION },
};

static const cyaml_schema_field_t toolkit_fields[] = {
	CYAML_FIELD_ENUM("command", CYAML_FLAG_STRICT, struct model_toolkit, command, toolkit_types,
			 CYAML_ARRAY_LEN(toolkit_types)),
	CYAML_FIELD_UINT("qualifier", CYAML_FLAG_OPTIONAL, struct model_toolkit, qualifier),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t toolkit = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct model_toolkit, toolkit_fields),
};

static const cyaml_schema_field_t isim_fields[] = {
	TEXT(struct model_app, "aid", aid),
	TEXT(struct model_app, "label", label),
	CYAML_FIELD_SEQUENCE("services", CYAML_FLAG_POINTER, struct model_app, services, &service, 1, UINT8_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t model_fields[] = {
	TEXT(struct model, "iccid", iccid),
	TEXT(struct model, "imsi", imsi),
	CYAML_FIELD_UINT("mnc_length", CYAML_FLAG_DEFAULT, struct model, mnc_length),
	CYAML_FIELD_ENUM("algorithm", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct model, algorithm, algorithms,
			 CYAML_ARRAY_LEN(algorithms)),
	TEXT(struct model, "k", k),
	OPTIONAL_TEXT(struct model, "op", op),
	OPTIONAL_TEXT(struct model, "opc", opc),
	OPTIONAL_TEXT(struct model, "top", top),
	OPTIONAL_TEXT(struct model, "topc", topc),
	CYAML_FIELD_MAPPING("tuak", CYAML_FLAG_OPTIONAL, struct model, tuak, tuak_fields),
	CYAML_FIELD_MAPPING("sqn", CYAML_FLAG_DEFAULT, struct model, sqn, sqn_fields),
	CYAML_FIELD_MAPPING("pins", CYAML_FLAG_DEFAULT, struct model, pins, pins_fields),
	TEXT(struct model, "aid", app[MODEL_USIM].aid),
	TEXT(struct model, "label", app[MODEL_USIM].label),
	TEXT(struct model, "atr", atr),
	CYAML_FIELD_BOOL("legacy_gsm", CYAML_FLAG_OPTIONAL, struct model, legacy_gsm),
	CYAML_FIELD_SEQUENCE("services", CYAML_FLAG_POINTER, struct model, app[MODEL_USIM].services, &service, 1,
			     UINT8_MAX),
	CYAML_FIELD_MAPPING("isim", CYAML_FLAG_OPTIONAL, struct model, app[MODEL_ISIM], isim_fields),
	CYAML_FIELD_SEQUENCE("toolkit", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct model, toolkit, &toolkit, 1,
			     UINT8_MAX),
	CYAML_FIELD_SEQUENCE("access", CYAML_FLAG_POINTER, struct model, rules, &rule, 1, UINT8_MAX),
	CYAML_FIELD_SEQUENCE("files", CYAML_FLAG_POINTER, struct model, files, &file, 1, FILES_MAX),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t model_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct model, model_fields),
};
