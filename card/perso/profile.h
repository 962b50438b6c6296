/* SPDX-License-Identifier: Apache-2.0 */
/* A YAML profile to the objects of a card. */
#ifndef VUICC_PROFILE_H
#define VUICC_PROFILE_H

#include "vuicc/uicc.h"

struct profile;

/* One finding: every part of what a user needs to mend a profile. */
struct profile_error {
	char where[256]; /* "FILE:LINE:COLUMN", or "--set" */
	char key[64]; /* the key it is about, e.g. "pins.pin1.code" */
	char what[256]; /* what was expected and what came */
};

/* The built-in default profile (card/profiles/usim-gba.yaml). */
extern const char profile_default_name[];
int profile_default(struct profile **ret, struct profile_error *e);

/* Reads a file. 0, -errno of the file, or -EINVAL with *e filled. */
int profile_load(struct profile **ret, const char *path, struct profile_error *e);

/* Overrides one scalar: "imsi=001010000000001". 0 or -EINVAL with *e. */
int profile_set(struct profile *p, const char *assignment, struct profile_error *e);

/*
 * Makes the card's objects. 0 or -EINVAL. The items stay valid until it is called again, or profile_close(). Derived files
 * (EF_ICCID, EF_IMSI, EF_AD, EF_ACC, EF_UST, EF_DIR) are filled in here. One profile makes many cards: profile_set(),
 * profile_build(), and the same again.
 */
int profile_build(struct profile *p, const struct nv_item **ret_items, size_t *ret_n, struct profile_error *e);

/* NULL is fine; wipes. */
void profile_close(struct profile *p);

#endif
