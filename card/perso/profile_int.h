/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the personaliser share: the profile while it is made into a card, and how it is refused. */
#ifndef VUICC_PERSO_PROFILE_INT_H
#define VUICC_PERSO_PROFILE_INT_H

#include "model.h"
#include "yamldoc.h"

enum {
	SETS_MAX = 64, /* --set on one command line */
	ITEMS_MAX = 2 * FILES_MAX + 8, /* a descriptor and a content per file, the card, 3 PINs, AKA, SQN */
};

struct profile {
	struct yamldoc doc;
	struct model *model;
	char *set[SETS_MAX]; /* keys given by --set */
	size_t sets;
	struct nv_item items[ITEMS_MAX]; /* values are owned */
	size_t n_items;
	struct profile_error *error; /* where a refusal goes while profile_build() runs */
};

/* Wipes and frees what profile_build() made. */
void profile_drop_items(struct profile *p);

/*
 * Refuses the profile: fills in p->error with the place of `key` ("files[3].size"; what is missing is placed where
 * it should be) and the sentence, which says what was expected and what came. Always -EINVAL. A sentence never holds K,
 * OP, OPc, a PIN or a PUK.
 */
__attribute__((format(printf, 3, 4))) int profile_refuse(struct profile *p, const char *key, const char *format, ...);

/* The same for a key of one file, rule …: "files", 3, "size". A NULL key names the whole entry. */
__attribute__((format(printf, 5, 6))) int profile_refuse_entry(struct profile *p, const char *list, size_t index,
							       const char *key, const char *format, ...);

#endif
