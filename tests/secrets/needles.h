/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets to be looked for. The process that looks must not hold them itself: they are made in a child process and
 * come over masked, and are only ever compared masked.
 */
#ifndef VUICC_TESTS_SECRETS_NEEDLES_H
#define VUICC_TESTS_SECRETS_NEEDLES_H

#include "apdu/bytes.h"

enum { NEEDLES_MAX = 128, NEEDLE_NAME = 24, NEEDLE_LEN = 8, NEEDLE_MASK = 0xC7 };

/* Eight octets of a secret: a part is enough to be found. */
struct needle {
	char name[NEEDLE_NAME];
	uint8_t masked[NEEDLE_LEN];
};

struct needles {
	struct needle all[NEEDLES_MAX];
	size_t n;
	bool first[256]; /* whether a needle begins with this octet, unmasked */
};

/* Runs `make` in a child process, which adds secrets with needles_add(). Ends the program when it cannot be. */
void needles_make(struct needles *n, void (*make)(struct needles *n));

/* In the child: every eight octets of a secret. */
void needles_add(struct needles *n, const char *name, struct span secret);

/* The name of the first secret that is in there, or NULL. */
const char *needles_find(const struct needles *n, struct span where);

/* What is freed stays in the heap from now on, where it can be looked at. */
void needles_keep_what_is_freed(void);

/* A secret in [heap] or in an anonymous mapping that can be written, stacks apart: its name, which is told, too. NULL: none. */
const char *needles_in_heap(const struct needles *n);

#endif
