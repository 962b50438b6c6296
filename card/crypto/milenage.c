/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TS 35.206 clause 4.1:
 *
 *   TEMP = E(RAND ^ OPc)
 *   OUT1 = E(TEMP ^ rot(IN1 ^ OPc, r1) ^ c1) ^ OPc        IN1 = SQN ‖ AMF ‖ SQN ‖ AMF
 *   OUTi = E(rot(TEMP ^ OPc, ri) ^ ci) ^ OPc              i = 2..5
 *
 * with ri = 64, 0, 32, 64, 96 bits (to the left) and ci = 0, 1, 2, 4, 8 in the last octet.
 */
#include "milenage.h"

struct block {
	uint8_t b[AES_BLOCK];
};
SECRET_STRUCT(block)
#define _secret_block_ __attribute__((cleanup(block_wipe)))

static struct block xor_opc(const struct block *x, const struct milenage *m)
{
	struct block y;

	for (size_t i = 0; i < sizeof y.b; i++)
		y.b[i] = x->b[i] ^ m->opc->b[i];
	return y;
}

/* Rotated to the left by whole octets: every ri of the specification is one. */
static struct block rotate(const struct block *x, size_t octets)
{
	struct block y;

	for (size_t i = 0; i < sizeof y.b; i++)
		y.b[i] = x->b[(i + octets) % sizeof y.b];
	return y;
}

static struct block temp(const struct milenage *m, const uint8_t rand[static 16])
{
	struct block x;

	memcpy(x.b, rand, sizeof x.b);
	struct block y = xor_opc(&x, m);
	prim_aes128_ecb(m->prim, m->k, y.b, y.b, 1);
	return y;
}

void milenage_opc(struct prim *p, struct key128 *ret_opc, const struct key128 *k, const struct key128 *op)
{
	uint8_t e[AES_BLOCK];

	prim_aes128_ecb(p, k, e, op->b, 1);
	for (size_t i = 0; i < sizeof e; i++)
		ret_opc->b[i] = e[i] ^ op->b[i];
	secret_wipe(e, sizeof e);
}

void milenage_f1(const struct milenage *m, uint8_t *ret_mac_a, uint8_t *ret_mac_s, const uint8_t rand[static 16],
		 const uint8_t sqn[static 6], const uint8_t amf[static 2])
{
	struct block in1;
	struct wr w = WR(in1.b);

	for (int half = 0; half < 2; half++) {
		wr_bytes(&w, sqn, 6);
		wr_bytes(&w, amf, 2);
	}
	struct block t _secret_block_ = temp(m, rand);
	struct block x _secret_block_ = xor_opc(&in1, m);
	struct block out _secret_block_ = rotate(&x, 64 / 8);
	for (size_t i = 0; i < sizeof out.b; i++)
		out.b[i] ^= t.b[i]; /* c1 = 0 */
	prim_aes128_ecb(m->prim, m->k, out.b, out.b, 1);
	out = xor_opc(&out, m);
	if (ret_mac_a != NULL)
		memcpy(ret_mac_a, out.b, 8);
	if (ret_mac_s != NULL)
		memcpy(ret_mac_s, out.b + 8, 8);
}

/* Input block of OUTi, i = 2..5. */
static struct block input(const struct milenage *m, const struct block *t, size_t rotation_bits, uint8_t c)
{
	struct block x _secret_block_ = xor_opc(t, m);
	struct block y = rotate(&x, rotation_bits / 8);

	y.b[sizeof y.b - 1] ^= c;
	return y;
}

struct three {
	struct block out[3];
};
SECRET_STRUCT(three)

void milenage_f2345(const struct milenage *m, uint8_t ret_res[static 8], struct key128 *ret_ck, struct key128 *ret_ik,
		    uint8_t ret_ak[static 6], const uint8_t rand[static 16])
{
	struct block t _secret_block_ = temp(m, rand);
	struct three o __attribute__((cleanup(three_wipe))) = { { input(m, &t, 0, 1), input(m, &t, 32, 2),
								  input(m, &t, 64, 4) } };

	prim_aes128_ecb(m->prim, m->k, o.out[0].b, o.out[0].b, VU_COUNT(o.out));
	for (size_t i = 0; i < VU_COUNT(o.out); i++)
		o.out[i] = xor_opc(&o.out[i], m);
	memcpy(ret_ak, o.out[0].b, 6);
	memcpy(ret_res, o.out[0].b + 8, 8);
	memcpy(ret_ck->b, o.out[1].b, sizeof ret_ck->b);
	memcpy(ret_ik->b, o.out[2].b, sizeof ret_ik->b);
}

void milenage_f5star(const struct milenage *m, uint8_t ret_ak[static 6], const uint8_t rand[static 16])
{
	struct block t _secret_block_ = temp(m, rand);
	struct block out _secret_block_ = input(m, &t, 96, 8);

	prim_aes128_ecb(m->prim, m->k, out.b, out.b, 1);
	out = xor_opc(&out, m);
	memcpy(ret_ak, out.b, 6);
}
