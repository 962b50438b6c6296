/* SPDX-License-Identifier: Apache-2.0 */
/* A YAML document against a libcyaml schema, with findings that name line, column and key. */
#ifndef VUICC_PERSO_YAMLCHECK_H
#define VUICC_PERSO_YAMLCHECK_H

#include <cyaml/cyaml.h>

#include "yamldoc.h"

/* 0, or -EINVAL with *e about the first thing in the text that the schema does not allow. */
int yamlcheck(struct yamldoc *d, const cyaml_schema_value_t *schema, struct profile_error *e);

/*
 * Whether a scalar's text is right for a schema value of a scalar type. When it is not, `expected` (of n octets) says
 * what would be: "a whole number from 0 to 255", "true or false", "one of mf, df, …".
 */
bool yamlcheck_scalar(const cyaml_schema_value_t *schema, const char *text, char *expected, size_t n);

#endif
