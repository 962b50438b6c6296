/* SPDX-License-Identifier: Apache-2.0 */
/* A profile's text as libyaml's tree of nodes, in which yaml/yamlpos.h finds where each key stands. */
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

/* "NAME:LINE:COLUMN" of a node. */
void yamldoc_where(const struct yamldoc *d, yaml_mark_t mark,
		   char where[static sizeof((struct profile_error *)0)->where]);

#endif
