/* SPDX-License-Identifier: Apache-2.0 */
/* TS 35.233 sets 1 to 6 against TUAK in all its lengths, and TUAK as AKA uses it; Keccak as SHA-3 uses it. */
#include "apdu/hex.h"
#include "card/crypto/aka.h"
#include "card/crypto/keccak.h"
#include "json.h"
#include "tests/cu.h"

#include <stdlib.h>

static struct json *j;
static struct prim *p;

/* SHA3-256 of a message shorter than its block, by one permutation of ours (FIPS 202 clause 6.1). */
static void sha3_256(uint8_t ret[static 32], struct span message)
{
	enum { RATE = 136 };
	uint8_t state[KECCAK_STATE_LEN] = { 0 };
	struct keccak k;

	if (message.n != 0)
		memcpy(state, message.p, message.n);
	state[message.n] ^= 0x06;
	state[RATE - 1] ^= 0x80;
	keccak_load(&k, state);
	keccak_f1600(&k);
	keccak_store(state, &k);
	memcpy(ret, state, 32);
}

/* The first two are NIST's examples, the third is what Python's hashlib says to the octets 00 to 86. */
static void keccak_gives_the_digests_of_sha3(void)
{
	static const struct {
		size_t n;
		const char *message, *digest;
	} sets[] = {
		{ 0, "", "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a" },
		{ 3, "abc", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532" },
		{ 135, NULL, "fded8fd9d6551c601eeb3b7c6bc5e5cfd8aad1d015b7e9aaa9c9b9475231d5e2" },
	};
	uint8_t counting[135], digest[32], expected[32];

	for (size_t i = 0; i < sizeof counting; i++)
		counting[i] = (uint8_t)i;
	for (size_t i = 0; i < VU_COUNT(sets); i++) {
		const void *message = sets[i].message != NULL ? (const void *)sets[i].message : counting;
		struct wr w = WR(expected);
		CU_ASSERT_TRUE(hex_parse(&w, span_str(sets[i].digest)));
		sha3_256(digest, span_of(message, sets[i].n));
		CU_ASSERT(span_eq(SPAN(digest), SPAN(expected)));
	}
}

static struct span in(const char *name, int i)
{
	return json_hex(j, "$.tuak[%d].in.%s", i, name);
}

static struct span out(const char *name, int i)
{
	return json_hex(j, "$.tuak[%d].out.%s", i, name);
}

/* The subscriber of a set, with TOP where TOPc belongs. */
static struct tuak subscriber(int i)
{
	struct span k = in("k", i), top = in("top", i);
	struct tuak t = {
		.k_len = (uint8_t)k.n,
		.iterations =
			(uint8_t)strtoul((const char *)json_text(j, "$.tuak[%d].in.keccak_iterations", i).p, NULL, 10),
	};

	CU_ASSERT_FATAL(k.n <= sizeof t.k.b && top.n == sizeof t.topc.b);
	memcpy(t.k.b, k.p, k.n);
	memcpy(t.topc.b, top.p, top.n);
	return t;
}

/* Octets that hold something else where a result must not reach. */
#define EXPECT(octets, name)                                                                                           \
	do {                                                                                                           \
		struct span expected = out(name, i);                                                                   \
		CU_ASSERT_FATAL(expected.n <= sizeof(octets));                                                         \
		CU_ASSERT(span_eq(span_of(octets, expected.n), expected));                                             \
		CU_ASSERT(span_all(span_of((octets) + expected.n, sizeof(octets) - expected.n), 0xA5));                \
	} while (0)

static void all_35233_sets(void)
{
	CU_ASSERT_EQUAL(json_count(j, "$.tuak"), 6);
	for (int i = 0; i < json_count(j, "$.tuak"); i++) {
		struct tuak t = subscriber(i);
		const struct tuak_lengths n = { (uint8_t)out("f2", i).n, (uint8_t)out("f3", i).n,
						(uint8_t)out("f4", i).n };
		uint8_t mac[TUAK_MAC_MAX], ak[6], rand[16], sqn[6], amf[2];
		struct tuak_keys keys;

		memcpy(rand, in("rand", i).p, sizeof rand);
		memcpy(sqn, in("sqn", i).p, sizeof sqn);
		memcpy(amf, in("amf", i).p, sizeof amf);
		const struct key256 top = t.topc;
		tuak_topc(&t, &t.topc, &top);
		EXPECT(t.topc.b, "topc");
		memset(mac, 0xA5, sizeof mac);
		tuak_f1(&t, mac, out("f1", i).n, rand, sqn, amf);
		EXPECT(mac, "f1");
		memset(mac, 0xA5, sizeof mac);
		tuak_f1star(&t, mac, out("f1star", i).n, rand, sqn, amf);
		EXPECT(mac, "f1star");
		memset(&keys, 0xA5, sizeof keys);
		tuak_f2345(&t, &n, &keys, rand);
		EXPECT(keys.res, "f2");
		EXPECT(keys.ck.b, "f3");
		EXPECT(keys.ik.b, "f4");
		EXPECT(keys.ak, "f5");
		tuak_f5star(&t, ak, rand);
		EXPECT(ak, "f5star");
	}
}

/* Set 1 is the one whose lengths AKA can carry: RES of 32 bits, the others as always. */
static struct aka_secret set_1(void)
{
	struct aka_secret s = { .algorithm = AKA_TUAK };

	s.tuak = subscriber(0);
	s.tuak_res_len = 4;
	aka_opc_from_op(p, &s);
	return s;
}

static void aka_runs_on_tuak_as_on_milenage(void)
{
	const int i = 0;
	struct aka_secret s = set_1();
	struct aka_token token;
	struct aka_keys keys = { 0 };
	uint8_t rand[16], mac[8], autn[16], auts[14];
	uint64_t sqn = 0;

	CU_ASSERT(aka_secret_ok(&s));
	memcpy(rand, in("rand", i).p, sizeof rand);
	EXPECT(s.tuak.topc.b, "topc");
	aka_f2345(p, &keys, &s, rand);
	CU_ASSERT(span_eq(span_of(keys.res, keys.res_len), out("f2", i)));
	EXPECT(keys.ck.b, "f3");
	EXPECT(keys.ik.b, "f4");
	EXPECT(keys.ak, "f5");

	aka_autn(p, autn, &s, &keys, rand, 0x111111111111, in("amf", i).p, AKA_PLAIN);
	CU_ASSERT(span_eq(span_of(autn + 8, 8), out("f1", i)));
	aka_token_open(&token, &keys, autn);
	CU_ASSERT_EQUAL(token.sqn, 0x111111111111);
	aka_mac(p, mac, &s, &keys, rand, &token, AKA_PLAIN);
	CU_ASSERT(span_eq(SPAN(mac), SPAN(token.mac)));
	aka_mac(p, mac, &s, &keys, rand, &token, AKA_GBA_U);
	CU_ASSERT_FALSE(span_eq(SPAN(mac), SPAN(token.mac)));

	aka_auts(p, auts, &s, rand, 0x111111111111);
	for (size_t octet = 0; octet < 6; octet++)
		CU_ASSERT_EQUAL(auts[octet] ^ 0x11, out("f5star", i).p[octet]);
	CU_ASSERT(aka_auts_open(p, &sqn, &s, rand, auts));
	CU_ASSERT_EQUAL(sqn, 0x111111111111);
	auts[13] ^= 1;
	CU_ASSERT_FALSE(aka_auts_open(p, &sqn, &s, rand, auts));
}

/* The MAC of TUAK is made for its length: a longer one cut off does not pass for a shorter one. */
static void a_mac_cut_off_is_no_shorter_mac(void)
{
	struct tuak t = set_1().tuak;
	const uint8_t *rand = in("rand", 0).p, *sqn = in("sqn", 0).p, *amf = in("amf", 0).p;
	uint8_t of_8[8], of_16[16], of_32[32];

	tuak_f1(&t, of_8, sizeof of_8, rand, sqn, amf);
	tuak_f1(&t, of_16, sizeof of_16, rand, sqn, amf);
	tuak_f1(&t, of_32, sizeof of_32, rand, sqn, amf);
	CU_ASSERT_FALSE(memcmp(of_8, of_16, sizeof of_8) == 0);
	CU_ASSERT_FALSE(memcmp(of_8, of_32, sizeof of_8) == 0);
	CU_ASSERT_FALSE(memcmp(of_16, of_32, sizeof of_16) == 0);
}

static void a_secret_out_of_range_is_refused(void)
{
	static const uint8_t k_lens[] = { 0, 15, 17, 24, 31, 33, 255 }, res_lens[] = { 0, 1, 5, 12, 17, 32 };
	const struct aka_secret good = set_1();
	struct aka_secret s = good;

	for (s.tuak_res_len = 4; s.tuak_res_len <= 16; s.tuak_res_len *= 2)
		CU_ASSERT(aka_secret_ok(&s));
	for (size_t i = 0; i < sizeof res_lens; i++) {
		s = good;
		s.tuak_res_len = res_lens[i];
		CU_ASSERT_FALSE(aka_secret_ok(&s));
	}
	for (size_t i = 0; i < sizeof k_lens; i++) {
		s = good;
		s.tuak.k_len = k_lens[i];
		CU_ASSERT_FALSE(aka_secret_ok(&s));
	}
	s = good;
	s.tuak.iterations = 0;
	CU_ASSERT_FALSE(aka_secret_ok(&s));
	s = good;
	s.algorithm = 0;
	CU_ASSERT_FALSE(aka_secret_ok(&s));
	s.algorithm = 3;
	CU_ASSERT_FALSE(aka_secret_ok(&s));
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "Keccak-f[1600] gives the digests of SHA-3", keccak_gives_the_digests_of_sha3 },
		{ "TS 35.233 sets 1 to 6: TOPc and f1 to f5*, K, MAC, RES, CK and IK of every length", all_35233_sets },
		{ "AKA runs on TUAK as on MILENAGE", aka_runs_on_tuak_as_on_milenage },
		{ "a MAC cut off is no shorter MAC", a_mac_cut_off_is_no_shorter_mac },
		{ "a secret out of range is refused", a_secret_out_of_range_is_refused },
	};

	p = prim_open();
	j = json_open("milenage.json");
	if (p == NULL)
		return 2;
	int status = CU_RUN("TUAK vectors", tests);
	json_close(j);
	prim_close(p);
	return status;
}
