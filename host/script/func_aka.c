/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network's side of AKA and GBA_U: TS 33.102 6.3, TS 33.220 5.3 and annex B. K and OPc of 16 octets are MILENAGE; a
 * TOPc of 32 octets in OPc's place is TUAK with RES of 64 bits and one iteration of Keccak. What tuak() makes of a TOPc
 * has two octets more: RES in octets, and iterations.
 */
#include "func.h"

#include "../../card/crypto/aka.h"
#include "../../card/crypto/kdf.h"

enum { TUAK_RES_USUAL = 8 };

static bool exactly(struct span s, void *ret, size_t n)
{
	struct rd r = rd_of(s);

	rd_copy(&r, ret, n);
	return rd_end(&r);
}

static bool secret_of(struct aka_secret *ret, struct span k, struct span opc, const char **ret_why)
{
	struct rd rk = rd_of(k), ro = rd_of(opc);

	*ret = (struct aka_secret){ .algorithm = AKA_MILENAGE };
	*ret_why = "K of 16 octets and OPc of 16, or K of 16 or 32 and TOPc of 32, perhaps from tuak()";
	if (opc.n >= TUAK_TOP_LEN) {
		ret->algorithm = AKA_TUAK;
		ret->tuak.k_len = k.n == TUAK_K_MAX ? TUAK_K_MAX : TUAK_K_MIN;
		rd_copy(&rk, ret->tuak.k.b, ret->tuak.k_len);
		rd_copy(&ro, ret->tuak.topc.b, sizeof ret->tuak.topc.b);
		ret->tuak_res_len = ro.n != 0 ? rd_u8(&ro) : TUAK_RES_USUAL;
		ret->tuak.iterations = opc.n != TUAK_TOP_LEN ? rd_u8(&ro) : 1;
	} else {
		rd_copy(&rk, ret->k.b, sizeof ret->k.b);
		rd_copy(&ro, ret->opc.b, sizeof ret->opc.b);
	}
	return rd_end(&rk) && rd_end(&ro) && aka_secret_ok(ret);
}

/* K, OPc and RAND, the first two and the last of whose places are given; what f2 to f5 make of them. */
static bool keys_of(const struct func_env *env, struct aka_secret *s, struct aka_keys *keys, const struct func_arg *a,
		    struct span rand, const char **ret_why)
{
	uint8_t r[AKA_RAND_LEN];

	if (!secret_of(s, a[0].octets, a[1].octets, ret_why))
		return false;
	*ret_why = "RAND of 16 octets";
	if (!exactly(rand, r, sizeof r))
		return false;
	aka_f2345(env->prim, keys, s, r);
	*ret_why = "a crypto library that works";
	return prim_ok(env->prim);
}

/* (K, OPC, SQN, RAND, AMF) */
static bool token(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why,
		  enum aka_mask mask)
{
	struct aka_secret s _secret_aka_ = { 0 };
	struct aka_keys keys _secret_aka_keys_ = { 0 };
	uint8_t autn[AKA_AUTN_LEN], rand[AKA_RAND_LEN], amf[AKA_AMF_LEN] = { 0 };
	struct rd sqn = rd_of(a[2].octets);

	if (!keys_of(env, &s, &keys, a, a[3].octets, ret_why))
		return false;
	*ret_why = "SQN of 6 octets and AMF of 2";
	uint64_t number = rd_uint(&sqn, AKA_SQN_LEN);
	if (!rd_end(&sqn) || !exactly(a[3].octets, rand, sizeof rand) ||
	    (n > 4 && !exactly(a[4].octets, amf, sizeof amf)))
		return false;
	aka_autn(env->prim, autn, &s, &keys, rand, number, amf, mask);
	wr_span(out, SPAN(autn));
	return true;
}

static bool f_autn(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why)
{
	return token(env, a, n, out, ret_why, AKA_PLAIN);
}

static bool f_gba_u(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out,
		    const char **ret_why)
{
	return token(env, a, n, out, ret_why, AKA_GBA_U);
}

enum part { PART_RES, PART_CK, PART_IK, PART_AK, PART_KS, PART_KC, PART_SRES };

/* (K, OPC, RAND) */
static bool part_of(const struct func_env *env, const struct func_arg *a, struct wr *out, const char **ret_why,
		    enum part part)
{
	struct aka_secret s _secret_aka_ = { 0 };
	struct aka_keys keys _secret_aka_keys_ = { 0 };
	uint8_t sres[4], kc[8];

	if (!keys_of(env, &s, &keys, a, a[2].octets, ret_why))
		return false;
	aka_gsm(sres, kc, &keys);
	switch (part) {
	case PART_RES:
		wr_bytes(out, keys.res, keys.res_len);
		break;
	case PART_CK:
		wr_span(out, SPAN(keys.ck.b));
		break;
	case PART_IK:
		wr_span(out, SPAN(keys.ik.b));
		break;
	case PART_AK:
		wr_span(out, SPAN(keys.ak));
		break;
	case PART_KS:
		wr_span(out, SPAN(keys.ck.b));
		wr_span(out, SPAN(keys.ik.b));
		break;
	case PART_KC:
		wr_span(out, SPAN(kc));
		break;
	case PART_SRES:
		wr_span(out, SPAN(sres));
		break;
	}
	secret_wipe(kc, sizeof kc);
	return true;
}

#define PART(function, part)                                                                                           \
	static bool function(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out,           \
			     const char **ret_why)                                                                     \
	{                                                                                                              \
		(void)n;                                                                                               \
		return part_of(env, a, out, ret_why, part);                                                            \
	}

PART(f_xres, PART_RES)
PART(f_ck, PART_CK)
PART(f_ik, PART_IK)
PART(f_ak, PART_AK)
PART(f_ks, PART_KS)
PART(f_kc, PART_KC)
PART(f_sres, PART_SRES)

/* (K, OPC, RAND, SQN) */
static bool f_auts(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why)
{
	struct aka_secret s _secret_aka_ = { 0 };
	uint8_t rand[AKA_RAND_LEN], auts[AKA_AUTS_LEN];
	struct rd sqn = rd_of(a[3].octets);
	uint64_t number = rd_uint(&sqn, AKA_SQN_LEN);

	(void)n;
	if (!secret_of(&s, a[0].octets, a[1].octets, ret_why))
		return false;
	*ret_why = "RAND of 16 octets and SQN of 6";
	if (!exactly(a[2].octets, rand, sizeof rand) || !rd_end(&sqn))
		return false;
	aka_auts(env->prim, auts, &s, rand, number);
	wr_span(out, SPAN(auts));
	return true;
}

/* (K, OPC, RAND, AUTS) */
static bool f_sqn_ms(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out,
		     const char **ret_why)
{
	struct aka_secret s _secret_aka_ = { 0 };
	uint8_t rand[AKA_RAND_LEN], auts[AKA_AUTS_LEN];
	uint64_t number = 0;

	(void)n;
	if (!secret_of(&s, a[0].octets, a[1].octets, ret_why))
		return false;
	*ret_why = "RAND of 16 octets and AUTS of 14";
	if (!exactly(a[2].octets, rand, sizeof rand) || !exactly(a[3].octets, auts, sizeof auts))
		return false;
	*ret_why = "the K and OPc of the card that made AUTS";
	if (!aka_auts_open(env->prim, &number, &s, rand, auts))
		return false;
	wr_uint(out, number, AKA_SQN_LEN);
	return true;
}

/* (SEQ, IND), TS 33.102 C.1.1.1 with IND of 5 bits */
static bool f_sqn(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why)
{
	(void)env;
	(void)n;
	*ret_why = "IND of at most 31";
	if (a[1].number > 31)
		return false;
	wr_uint(out, (uint64_t)a[0].number << 5 | a[1].number, AKA_SQN_LEN);
	return true;
}

/* (K, OP) */
static bool f_opc(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why)
{
	struct aka_secret s _secret_aka_ = { 0 };

	(void)n;
	if (!secret_of(&s, a[0].octets, a[1].octets, ret_why))
		return false;
	aka_opc_from_op(env->prim, &s);
	wr_span(out, s.algorithm == AKA_TUAK ? SPAN(s.tuak.topc.b) : SPAN(s.opc.b));
	if (s.algorithm == AKA_TUAK && a[1].octets.n != TUAK_TOP_LEN)
		wr_span(out, span_sub(a[1].octets, TUAK_TOP_LEN, a[1].octets.n)); /* how it is tuned */
	return true;
}

/* (TOPC, BITS, ITERATIONS): TS 31.102 7.1.2.1 has room for RES of up to 128 bits. */
static bool f_tuak(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out, const char **ret_why)
{
	uint32_t bits = a[1].number;

	(void)env;
	(void)n;
	*ret_why = "TOP or TOPc of 32 octets, RES of 32, 64 or 128 bits and 1 to 255 iterations";
	if (a[0].octets.n != TUAK_TOP_LEN || (bits != 32 && bits != 64 && bits != 128) || a[2].number == 0 ||
	    a[2].number > UINT8_MAX)
		return false;
	wr_span(out, a[0].octets);
	wr_u8(out, (uint8_t)(bits / 8));
	wr_u8(out, (uint8_t)a[2].number);
	return true;
}

typedef void naf_key_fn(struct prim *p, struct key256 *ret, const struct key256 *ks, struct span rand, struct span impi,
			struct span naf_id);

/* (KS, RAND, IMPI, NAF_ID) */
static bool naf_key(const struct func_env *env, const struct func_arg *a, struct wr *out, const char **ret_why,
		    naf_key_fn *derive)
{
	struct key256 ks _secret256_, key _secret256_;

	*ret_why = "Ks of 32 octets";
	if (!exactly(a[0].octets, ks.b, sizeof ks.b))
		return false;
	derive(env->prim, &key, &ks, a[1].octets, a[2].octets, a[3].octets);
	wr_span(out, SPAN(key.b));
	return true;
}

static bool f_ks_ext(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out,
		     const char **ret_why)
{
	(void)n;
	return naf_key(env, a, out, ret_why, gba_ks_ext_naf);
}

static bool f_ks_int(const struct func_env *env, const struct func_arg *a, size_t n, struct wr *out,
		     const char **ret_why)
{
	(void)n;
	return naf_key(env, a, out, ret_why, gba_ks_int_naf);
}

const struct func func_aka[] = {
	{ "sqn", "nn", f_sqn, "sqn(SEQ, IND): SQN of 6 octets, TS 33.102 C.1.1.1" },
	{ "tuak", "onn", f_tuak, "tuak(TOPC, BITS, N): TOPC of a TUAK with RES of BITS and N iterations of Keccak" },
	{ "opc", "oo", f_opc, "opc(K, OP): OPc, TS 35.206; TOPc of a TOP, TS 35.231" },
	{ "autn", "oooo?o", f_autn, "autn(K, OPC, SQN, RAND[, AMF]): AUTN, TS 33.102 6.3.2" },
	{ "gba-u", "oooo?o", f_gba_u, "gba-u(K, OPC, SQN, RAND[, AMF]): AUTN*, TS 33.220 5.3.2" },
	{ "xres", "ooo", f_xres, "xres(K, OPC, RAND): RES, f2" },
	{ "ck", "ooo", f_ck, "ck(K, OPC, RAND): CK, f3" },
	{ "ik", "ooo", f_ik, "ik(K, OPC, RAND): IK, f4" },
	{ "ak", "ooo", f_ak, "ak(K, OPC, RAND): AK, f5" },
	{ "kc", "ooo", f_kc, "kc(K, OPC, RAND): Kc by c3, TS 33.102 6.8.1.2" },
	{ "sres", "ooo", f_sres, "sres(K, OPC, RAND): SRES by c2" },
	{ "auts", "oooo", f_auts, "auts(K, OPC, RAND, SQN): AUTS for that SQN_MS, TS 33.102 6.3.3" },
	{ "sqn-ms", "oooo", f_sqn_ms, "sqn-ms(K, OPC, RAND, AUTS): the SQN_MS inside, when its MAC is right" },
	{ "ks", "ooo", f_ks, "ks(K, OPC, RAND): Ks = CK, IK" },
	{ "ks-ext-naf", "oooo", f_ks_ext, "ks-ext-naf(KS, RAND, IMPI, NAF): Ks_ext_NAF, TS 33.220 B.3" },
	{ "ks-int-naf", "oooo", f_ks_int, "ks-int-naf(KS, RAND, IMPI, NAF): Ks_int_NAF, the MUK" },
	{ 0 },
};
