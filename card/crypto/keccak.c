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

/* rho: by how many bits each lane turns. */
static const uint8_t offset[KECCAK_LANES] = {
	0,  1,	62, 28, 27, /* y = 0, x = 0..4 */
	36, 44, 6,  55, 20, /* y = 1 */
	3,  10, 43, 25, 39, /* y = 2 */
	41, 45, 15, 21, 8, /* y = 3 */
	18, 2,	61, 56, 14, /* y = 4 */
};

static uint64_t rotate(uint64_t lane, unsigned bits)
{
	return lane << bits | lane >> (-bits & 63);
}

/* Each bit gets the parity of two columns beside it. */
static void theta(struct keccak *a)
{
	uint64_t parity[5], effect[5];

	for (size_t x = 0; x < 5; x++)
		parity[x] = a->lane[x] ^ a->lane[x + 5] ^ a->lane[x + 10] ^ a->lane[x + 15] ^ a->lane[x + 20];
	for (size_t x = 0; x < 5; x++)
		effect[x] = parity[(x + 4) % 5] ^ rotate(parity[(x + 1) % 5], 1);
	for (size_t i = 0; i < KECCAK_LANES; i++)
		a->lane[i] ^= effect[i % 5];
}

/* Lanes turn, then move: what was at (x, y) goes to (y, 2x + 3y). */
static void rho_and_pi(struct keccak *to, const struct keccak *from)
{
	for (size_t y = 0; y < 5; y++)
		for (size_t x = 0; x < 5; x++)
			to->lane[5 * ((2 * x + 3 * y) % 5) + y] = rotate(from->lane[5 * y + x], offset[5 * y + x]);
}

/* The one step that is not linear. */
static void chi(struct keccak *to, const struct keccak *from)
{
	for (size_t row = 0; row < KECCAK_LANES; row += 5)
		for (size_t x = 0; x < 5; x++)
			to->lane[row + x] =
				from->lane[row + x] ^ (~from->lane[row + (x + 1) % 5] & from->lane[row + (x + 2) % 5]);
}

void keccak_f1600(struct keccak *k)
{
	struct keccak moved _secret_keccak_;

	for (size_t round = 0; round < VU_COUNT(round_constant); round++) {
		theta(k);
		rho_and_pi(&moved, k);
		chi(k, &moved);
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
