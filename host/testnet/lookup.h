/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds an entry of an array by the octets that name it (an IMPI, a B-TID, a nonce), however many entries there are.
 * Names come from outside: the hash is SipHash-2-4 under a secret key, so that nobody can choose names that collide.
 */
#ifndef VUICC_TESTNET_LOOKUP_H
#define VUICC_TESTNET_LOOKUP_H

#include "env.h"

enum { LOOKUP_KEY_LEN = 16 };

#define LOOKUP_NONE SIZE_MAX

struct lookup_slot {
	uint32_t hash;
	uint32_t entry; /* its place in the array + 1; 0 = free */
};

struct lookup {
	struct span (*name)(const void *owner, size_t entry); /* of an entry, borrowed */
	const void *owner;
	uint8_t key[LOOKUP_KEY_LEN];
	struct lookup_slot *slot; /* 2^n of them, at most half of them taken: open addressing, one step at a time */
	size_t mask, taken;
};

/*
 * For up to `capacity` entries (less than 2^31). name and owner are kept; an entry's name stays as it is while the
 * entry is in. False when memory is short. For lookup_close(), which wipes nothing: names are no secrets.
 */
VU_MUST_USE bool lookup_open(struct lookup *ret, size_t capacity, struct span (*name)(const void *owner, size_t entry),
			     const void *owner, const struct net_env *env);
/* One that was never opened, but zeroed, is fine. */
void lookup_close(struct lookup *l);

/* The entry with this name, or LOOKUP_NONE. */
size_t lookup_find(const struct lookup *l, struct span name);

/* Puts an entry in. One that has the same name already makes it invisible. Nothing happens beyond the capacity. */
void lookup_put(struct lookup *l, size_t entry);

/* Takes an entry out, which still has the name that it was put in with. One that is not in is fine. */
void lookup_drop(struct lookup *l, size_t entry);

/* SipHash-2-4 (Aumasson and Bernstein, 2012) of `octets`. */
uint64_t lookup_hash(const uint8_t key[static LOOKUP_KEY_LEN], struct span octets);

#endif
