/* SPDX-License-Identifier: Apache-2.0 */
#include "lookup.h"

#include <stdlib.h>

static uint64_t little_endian(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static uint64_t rotate(uint64_t v, unsigned bits)
{
	return v << bits | v >> (64 - bits);
}

static void sip_rounds(uint64_t v[static 4], int n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

static void sip_word(uint64_t v[static 4], uint64_t word)
{
	v[3] ^= word;
	sip_rounds(v, 2);
	v[0] ^= word;
}

uint64_t lookup_hash(const uint8_t key[static LOOKUP_KEY_LEN], struct span octets)
{
	const uint64_t k0 = little_endian(key, 8), k1 = little_endian(key + 8, 8);
	/* "somepseudorandomlygeneratedbytes" */
	uint64_t v[4] = { k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
			  k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573) };
	size_t whole = octets.n - octets.n % 8;

	for (size_t at = 0; at < whole; at += 8)
		sip_word(v, little_endian(octets.p + at, 8));
	struct span rest = span_sub(octets, whole, octets.n);
	sip_word(v, little_endian(rest.p, rest.n) | (uint64_t)(octets.n & 0xFF) << 56);
	v[2] ^= 0xFF;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

bool lookup_open(struct lookup *ret, size_t capacity, struct span (*name)(const void *owner, size_t entry),
		 const void *owner, const struct net_env *env)
{
	size_t n = 4;

	while (n / 2 < capacity)
		n *= 2;
	*ret = (struct lookup){ .name = name, .owner = owner, .mask = n - 1 };
	ret->slot = n <= UINT32_MAX ? calloc(n, sizeof *ret->slot) : NULL;
	env->random(env->ctx, ret->key, sizeof ret->key);
	return ret->slot != NULL;
}

void lookup_close(struct lookup *l)
{
	free(l->slot);
	*l = (struct lookup){ .slot = NULL };
}

/* Where the entry with this name stands; else where one with it would have to go. */
static size_t place_of(const struct lookup *l, struct span name, uint32_t hash)
{
	size_t at = hash & l->mask;

	for (; l->slot[at].entry != 0; at = (at + 1) & l->mask)
		if (l->slot[at].hash == hash && span_eq(l->name(l->owner, l->slot[at].entry - 1), name))
			break;
	return at;
}

static uint32_t hash_of(const struct lookup *l, struct span name)
{
	return (uint32_t)lookup_hash(l->key, name);
}

size_t lookup_find(const struct lookup *l, struct span name)
{
	const struct lookup_slot *s = &l->slot[place_of(l, name, hash_of(l, name))];

	return s->entry != 0 ? s->entry - 1 : LOOKUP_NONE;
}

void lookup_put(struct lookup *l, size_t entry)
{
	struct span name = l->name(l->owner, entry);
	uint32_t hash = hash_of(l, name);
	struct lookup_slot *s = &l->slot[place_of(l, name, hash)];

	if (s->entry == 0 && l->taken > l->mask / 2)
		return;
	l->taken += s->entry == 0;
	*s = (struct lookup_slot){ hash, (uint32_t)entry + 1 };
}

/* No holes: a search ends at a free place, so what stands behind one that gets free moves up when it may stand there. */
static void close_hole(struct lookup *l, size_t hole)
{
	for (size_t at = (hole + 1) & l->mask; l->slot[at].entry != 0; at = (at + 1) & l->mask) {
		size_t home = l->slot[at].hash & l->mask;

		if (((at - home) & l->mask) < ((at - hole) & l->mask))
			continue;
		l->slot[hole] = l->slot[at];
		hole = at;
	}
	l->slot[hole].entry = 0;
}

void lookup_drop(struct lookup *l, size_t entry)
{
	struct span name = l->name(l->owner, entry);
	size_t at = place_of(l, name, hash_of(l, name));

	if (l->slot[at].entry != entry + 1)
		return;
	close_hole(l, at);
	l->taken--;
}
