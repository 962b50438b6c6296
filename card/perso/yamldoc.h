/* SPDX-License-Identifier: Apache-2.0 */
/* A YAML text as libyaml's tree of nodes, for what libcyaml does not give: where in the text each key stands. */
#ifndef VUICC_PERSO_YAMLDOC_H
#define VUICC_PERSO_YAMLDOC_H

#include <yaml.h>

#include "../../apdu/bytes.h"
#include "profile.h"

enum { YAMLDOC_KEY_MAX = sizeof((struct profile_error *)NULL)->key };

struct yamldoc {
	char name[200]; /* of the text, for messages */
	yaml_document_t document;
};

/* Parses the one document in text. 0 or -EINVAL with *e. *ret needs yamldoc_close() after a success. */
int yamldoc_open(struct yamldoc *ret, const char *name, struct span text, struct profile_error *e);

/* Wipes the scalars: keys are among them. */
void yamldoc_close(struct yamldoc *d);

/* The value of a key in a mapping, NULL when there is none; *ret_key (may be NULL) is the key's own node. */
yaml_node_t *yamldoc_get(struct yamldoc *d, const yaml_node_t *mapping, const char *key, yaml_node_t **ret_key);

/* "NAME:LINE:COLUMN" of a node. */
void yamldoc_where(const struct yamldoc *d, yaml_mark_t mark,
		   char where[static sizeof((struct profile_error *)0)->where]);

/*
 * The node that a key path such as "pins.pin1.code" or "files[3].size" names, or the deepest one on the way to it:
 * what is missing is reported where it should be.
 */
yaml_node_t *yamldoc_find(struct yamldoc *d, const char *path);

#endif
