/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TS 35.231. All the functions are one: a state of 1600 bits, Keccak-f[1600] so many times, and a piece of what
 * comes out.
 *
 *   octets of the state, first to last
 *     0 ..  31   TOPc, or TOP where TOPc is made
 *    32          INSTANCE: which function, which lengths
 *    33 ..  39   ALGONAME, "TUAK1.0"
 *    40 ..  55   RAND
 *    56 ..  57   AMF
 *    58 ..  63   SQN
 *    64 ..  95   K; one of 128 bits has zeroes behind it
 *    96 .. 135   padding: 1 1 1 1 1 0 … 0 1, bit by bit
 *   136 .. 199   zeroes
 *
 * TS 35.231 numbers the bits of its parameters from the most significant one, Keccak those of its state from the least
 * significant one: every field enters, and every result leaves, with its octets in reverse order. What a function does
 * not use is zero.
 */
#include "tuak.h"
#include "keccak.h"

/* INSTANCE: function(2) ‖ length of MAC or RES(3) ‖ CK of 256 bits ‖ IK of 256 bits ‖ K of 256 bits. */
enum {
	INSTANCE_TOPC = 0x00,
	INSTANCE_F1 = 0x00,
	INSTANCE_F2345 = 0x40,
	INSTANCE_F1STAR = 0x80,
	INSTANCE_F5STAR = 0xC0,
	INSTANCE_CK_256 = 0x04,
	INSTANCE_IK_256 = 0x02,
	INSTANCE_K_256 = 0x01,
};

/* Where in the state the results lie. */
enum { OUT_TOPC = 0, OUT_MAC = 0, OUT_RES = 0, OUT_CK = 32, OUT_IK = 64, OUT_AK = 96 };

enum { PADDING_END = 1088 / 8 };

/* The three bits for MAC and RES: 000 for 32 bits, 001 for 64, 010 for 128, 100 for 256. */
static uint8_t length_bits(size_t octets)
{
	return (uint8_t)(octets / 8 << 3);
}

struct state {
	uint8_t b[KECCAK_STATE_LEN];
};
SECRET_STRUCT(state)
#define _secret_state_ __attribute__((cleanup(state_wipe)))

static void put_reversed(struct wr *w, const void *field, size_t n)
{
	const uint8_t *octet = field;

	while (n > 0)
		wr_u8(w, octet[--n]);
}

static void get_reversed(void *ret, const struct state *s, size_t at, size_t n)
{
	uint8_t *octet = ret;

	for (size_t i = 0; i < n; i++)
		octet[i] = s->b[at + n - 1 - i];
}

/* What goes in beside the key. */
struct input {
	uint8_t instance;
	const uint8_t *rand, *amf, *sqn;
};

static const uint8_t nothing[16];

static void run(struct state *ret, const struct tuak *t, const struct key256 *top, const struct input *in)
{
	static const char algoname[] = "TUAK1.0";
	struct keccak keccak _secret_keccak_;
	struct wr w = WR(ret->b);

	put_reversed(&w, top->b, sizeof top->b);
	wr_u8(&w, in->instance | (t->k_len == TUAK_K_MAX ? INSTANCE_K_256 : 0));
	put_reversed(&w, algoname, strlen(algoname));
	put_reversed(&w, in->rand, 16);
	put_reversed(&w, in->amf, 2);
	put_reversed(&w, in->sqn, 6);
	put_reversed(&w, t->k.b, t->k_len);
	for (size_t i = t->k_len; i < TUAK_K_MAX; i++)
		wr_u8(&w, 0);
	wr_u8(&w, 0x1F);
	wr_pad(&w, 0);
	ret->b[PADDING_END - 1] = 0x80;

	keccak_load(&keccak, ret->b);
	for (unsigned i = 0; i < t->iterations; i++)
		keccak_f1600(&keccak);
	keccak_store(ret->b, &keccak);
}

void tuak_topc(const struct tuak *t, struct key256 *ret_topc, const struct key256 *top)
{
	const struct input in = { INSTANCE_TOPC, nothing, nothing, nothing };
	struct state s _secret_state_;

	run(&s, t, top, &in);
	get_reversed(ret_topc->b, &s, OUT_TOPC, sizeof ret_topc->b);
}

/* f1 and f1* differ in the INSTANCE alone. */
static void mac(const struct tuak *t, uint8_t function, uint8_t *ret_mac, size_t mac_len, struct input in)
{
	struct state s _secret_state_;

	in.instance = function | length_bits(mac_len);
	run(&s, t, &t->topc, &in);
	get_reversed(ret_mac, &s, OUT_MAC, mac_len);
}

void tuak_f1(const struct tuak *t, uint8_t *ret_mac_a, size_t mac_len, const uint8_t rand[static 16],
	     const uint8_t sqn[static 6], const uint8_t amf[static 2])
{
	mac(t, INSTANCE_F1, ret_mac_a, mac_len, (struct input){ .rand = rand, .amf = amf, .sqn = sqn });
}

void tuak_f1star(const struct tuak *t, uint8_t *ret_mac_s, size_t mac_len, const uint8_t rand[static 16],
		 const uint8_t sqn[static 6], const uint8_t amf[static 2])
{
	mac(t, INSTANCE_F1STAR, ret_mac_s, mac_len, (struct input){ .rand = rand, .amf = amf, .sqn = sqn });
}

void tuak_f2345(const struct tuak *t, const struct tuak_lengths *n, struct tuak_keys *ret,
		const uint8_t rand[static 16])
{
	struct input in = { INSTANCE_F2345 | length_bits(n->res), rand, nothing, nothing };
	struct state s _secret_state_;

	in.instance |= n->ck == sizeof ret->ck.b ? INSTANCE_CK_256 : 0;
	in.instance |= n->ik == sizeof ret->ik.b ? INSTANCE_IK_256 : 0;
	run(&s, t, &t->topc, &in);
	get_reversed(ret->res, &s, OUT_RES, n->res);
	get_reversed(ret->ck.b, &s, OUT_CK, n->ck);
	get_reversed(ret->ik.b, &s, OUT_IK, n->ik);
	get_reversed(ret->ak, &s, OUT_AK, sizeof ret->ak);
}

void tuak_f5star(const struct tuak *t, uint8_t ret_ak[static 6], const uint8_t rand[static 16])
{
	const struct input in = { INSTANCE_F5STAR, rand, nothing, nothing };
	struct state s _secret_state_;

	run(&s, t, &t->topc, &in);
	get_reversed(ret_ak, &s, OUT_AK, 6);
}
