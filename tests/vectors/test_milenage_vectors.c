/* SPDX-License-Identifier: Apache-2.0 */
/* TS 35.208 sets 1 to 20 and TS 55.205 sets 1 to 19 against the AKA functions, GBA_U values with them. */
#include "card/crypto/aka.h"
#include "card/crypto/kdf.h"
#include "json.h"
#include "tests/cu.h"

static struct json *j;
static struct prim *p;

#define EQUAL(octets, ...) CU_ASSERT(span_eq(octets, json_hex(j, __VA_ARGS__)))

static void take(uint8_t *out, struct span s, size_t n)
{
	struct rd r = rd_of(s);

	rd_copy(&r, out, n);
	CU_ASSERT(rd_end(&r));
}

static struct aka_secret secret_of(const char *array, const char *k_name, int i)
{
	struct aka_secret s = { .algorithm = AKA_MILENAGE };

	take(s.k.b, json_hex(j, "$.%s[%d].%s", array, i, k_name), 16);
	take(s.opc.b, json_hex(j, "$.%s[%d].opc", array, i), 16);
	return s;
}

static void test_all_35208_sets(void)
{
	CU_ASSERT_EQUAL(json_count(j, "$.milenage"), 20);
	for (int i = 0; i < json_count(j, "$.milenage"); i++) {
		struct aka_secret s = secret_of("milenage", "k", i);
		struct aka_token token;
		struct aka_keys keys;
		struct aka_secret from_op = s;
		uint8_t rand[16], mac[8], autn[16], auts[14], sres[4], kc[8];

		take(rand, json_hex(j, "$.milenage[%d].rand", i), 16);
		take(from_op.opc.b, json_hex(j, "$.milenage[%d].op", i), 16);
		aka_opc_from_op(p, &from_op);
		EQUAL(SPAN(from_op.opc.b), "$.milenage[%d].opc", i);

		aka_f2345(p, &keys, &s, rand);
		EQUAL(span_of(keys.res, keys.res_len), "$.milenage[%d].f2_res", i);
		EQUAL(SPAN(keys.ck.b), "$.milenage[%d].f3_ck", i);
		EQUAL(SPAN(keys.ik.b), "$.milenage[%d].f4_ik", i);
		EQUAL(SPAN(keys.ak), "$.milenage[%d].f5_ak", i);

		take(autn, json_hex(j, "$.milenage[%d].derived.autn", i), 16);
		aka_token_open(&token, &keys, autn);
		struct rd sqn = rd_of(json_hex(j, "$.milenage[%d].sqn", i));
		uint64_t sqn_value = rd_uint(&sqn, 6);
		CU_ASSERT_EQUAL(token.sqn, sqn_value);
		EQUAL(SPAN(token.amf), "$.milenage[%d].amf", i);
		aka_mac(p, mac, &s, &keys, rand, &token, AKA_PLAIN);
		EQUAL(SPAN(mac), "$.milenage[%d].f1_mac_a", i);
		aka_mac(p, mac, &s, &keys, rand, &token, AKA_GBA_U);
		EQUAL(SPAN(mac), "$.milenage[%d].derived.gba_u_mac_star", i);

		aka_autn(p, autn, &s, &keys, rand, sqn_value, token.amf, AKA_PLAIN);
		EQUAL(SPAN(autn), "$.milenage[%d].derived.autn", i);
		aka_autn(p, autn, &s, &keys, rand, sqn_value, token.amf, AKA_GBA_U);
		EQUAL(SPAN(autn), "$.milenage[%d].derived.gba_u_autn_star", i);

		aka_auts(p, auts, &s, rand, sqn_value);
		EQUAL(SPAN(auts), "$.milenage[%d].derived.auts_if_sqn_ms_equals_sqn", i);
		uint64_t opened = 0;
		CU_ASSERT(aka_auts_open(p, &opened, &s, rand, auts));
		CU_ASSERT_EQUAL(opened, sqn_value);
		auts[13] ^= 1;
		CU_ASSERT_FALSE(aka_auts_open(p, &opened, &s, rand, auts));

		aka_gsm(sres, kc, &keys);
		EQUAL(SPAN(sres), "$.milenage[%d].derived.sres_c2", i);
		EQUAL(SPAN(kc), "$.milenage[%d].derived.kc_c3", i);
		struct key256 ks;
		gba_ks(&ks, &keys.ck, &keys.ik);
		EQUAL(SPAN(ks.b), "$.milenage[%d].derived.ks_ck_ik", i);
	}
}

static void test_all_55205_sets(void)
{
	CU_ASSERT_EQUAL(json_count(j, "$.gsm_milenage"), 19);
	for (int i = 0; i < json_count(j, "$.gsm_milenage"); i++) {
		struct aka_secret s = secret_of("gsm_milenage", "ki", i);
		struct aka_keys keys;
		uint8_t rand[16], sres[4], kc[8];

		take(rand, json_hex(j, "$.gsm_milenage[%d].rand", i), 16);
		aka_f2345(p, &keys, &s, rand);
		aka_gsm(sres, kc, &keys);
		EQUAL(SPAN(sres), "$.gsm_milenage[%d].sres_c2_1", i);
		EQUAL(SPAN(kc), "$.gsm_milenage[%d].kc", i);
	}
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "TS 35.208 sets 1 to 20: f1 to f5*, OPc, AUTN, AUTN*, AUTS, c2, c3, Ks", test_all_35208_sets },
		{ "TS 55.205 sets 1 to 19: SRES and Kc", test_all_55205_sets },
	};

	p = prim_open();
	j = json_open("milenage.json");
	if (p == NULL)
		return 2;
	int status = CU_RUN("milenage vectors", tests);
	json_close(j);
	prim_close(p);
	return status;
}
