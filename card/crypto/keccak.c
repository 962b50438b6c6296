/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FIPS 202 clause 3.2, a round being iota(chi(pi(rho(theta(A))))), with the lane (x, y) at x + 5y. The two tables are what
 * the algorithms of clauses 3.2.5 and 3.2.2 yield.
 */
#include "keccak.h"

static const uint64_t round_constant[] = {
	0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000, 0x000000000000808B,
	0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008A, 0x0000000000000088,
	0x0000000080008009, 0x000000008000000A, 0x000000008000808B, 0x800000000000008B, 0x8000000000008089,
	0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
	0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

/* pi and rho: where each lane goes - (x, y) to (y, 2x + 3y) - and by how many bits it turns on the way. */
static const struct {
	uint8_t to, turn;
} move[KECCAK_LANES] = {
	{ 0, 0 },   { 10, 1 },	{ 20, 62 }, { 5, 28 },	{ 15, 27 }, /* y = 0 */
	{ 16, 36 }, { 1, 44 },	{ 11, 6 },  { 21, 55 }, { 6, 20 }, /* y = 1 */
	{ 7, 3 },   { 17, 10 }, { 2, 43 },  { 12, 25 }, { 22, 39 }, /* y = 2 */
	{ 23, 41 }, { 8, 45 },	{ 18, 15 }, { 3, 21 },	{ 13, 8 }, /* y = 3 */
	{ 14, 18 }, { 24, 2 },	{ 9, 61 },  { 19, 56 }, { 4, 14 }, /* y = 4 */
};

static uint64_t rotate(uint64_t lane, unsigned bits)
{
	return lane << bits | lane >> (-bits & 63);
}

/* What a permutation needs beside the state: as secret as that, and wiped once at its end. */
struct scratch {
	struct keccak moved;
	uint64_t parity[7]; /* of column x at x + 1; those of the last and the first stand once more at the ends */
};
SECRET_STRUCT(scratch)
#define _secret_scratch_ __attribute__((cleanup(scratch_wipe)))

/* Each bit gets the parity of two columns beside it. */
static void theta(struct keccak *restrict a, uint64_t *restrict parity)
{
	for (size_t x = 0; x < 5; x++)
		parity[x + 1] = a->lane[x] ^ a->lane[x + 5] ^ a->lane[x + 10] ^ a->lane[x + 15] ^ a->lane[x + 20];
	parity[0] = parity[5];
	parity[6] = parity[1];
	for (size_t x = 0; x < 5; x++) {
		uint64_t effect = parity[x] ^ rotate(parity[x + 2], 1);
		for (size_t i = x; i < KECCAK_LANES; i += 5)
			a->lane[i] ^= effect;
	}
}

static void rho_and_pi(struct keccak *restrict to, const struct keccak *restrict from)
{
	for (size_t i = 0; i < KECCAK_LANES; i++)
		to->lane[move[i].to] = rotate(from->lane[i], move[i].turn);
}

/* The one step that is not linear. */
static void chi(struct keccak *restrict to, const struct keccak *restrict from)
{
	for (size_t row = 0; row < KECCAK_LANES; row += 5) {
		const uint64_t *a = &from->lane[row];
		uint64_t *b = &to->lane[row];

		b[0] = a[0] ^ (~a[1] & a[2]);
		b[1] = a[1] ^ (~a[2] & a[3]);
		b[2] = a[2] ^ (~a[3] & a[4]);
		b[3] = a[3] ^ (~a[4] & a[0]);
		b[4] = a[4] ^ (~a[0] & a[1]);
	}
}

void keccak_f1600(struct keccak *k)
{
	struct scratch s _secret_scratch_;

	for (size_t round = 0; round < VU_COUNT(round_constant); round++) {
		theta(k, s.parity);
		rho_and_pi(&s.moved, k);
		chi(k, &s.moved);
		k->lane[0] ^= round_constant[round];
	}
}

void keccak_load(struct keccak *ret, const uint8_t octets[static KECCAK_STATE_LEN])
{
	for (size_t i = 0; i < KECCAK_LANES; i++) {
		ret->lane[i] = 0;
		for (size_t j = 8; j > 0; j--)
			ret->lane[i] = ret->lane[i] << 8 | octets[8 * i + j - 1];
	}
}

void keccak_store(uint8_t ret[static KECCAK_STATE_LEN], const struct keccak *k)
{
	for (size_t i = 0; i < KECCAK_STATE_LEN; i++)
		ret[i] = (uint8_t)(k->lane[i / 8] >> 8 * (i % 8));
}
