/* SPDX-License-Identifier: Apache-2.0 */
/* AuC and BSF: sequence numbers, Ub against tests/vectors/gba-mikey.json, and what a peer may try. */
#include "net_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "card/crypto/kdf.h"
#include "host/base64.h"

static struct json *vectors;

#define VEC(path) ((const char *)json_text(vectors, "$." path).p)
#define VEC_HEX(path) json_hex(vectors, "$." path)

/* The network that gives the vectors' AUTN*: its next SQN is theirs, and a run ends when their lifetime does. */
static const char vector_network[] =
	"bsf: { port: 0, fqdn: bsf.mnc001.mcc001.pub.3gppnetwork.org, lifetime: 98227682 }\n"
	"subscribers:\n"
	"- { imsi: '001010123456789', mnc_length: 2, k: 465b5ce8b199b49faa5f0a2ee238a6bc,\n"
	"    opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: ff9bb4d0b5e6, amf: b9b9, gba_u: true }\n";

static struct digest vector_digest(void)
{
	struct digest d = { .nc = 1, .qop = DIGEST_QOP_AUTH_INT, .algorithm = DIGEST_AKAV1_MD5 };

	snprintf(d.username, sizeof d.username, "%s", VEC("gba.impi"));
	snprintf(d.realm, sizeof d.realm, "%s", VEC("ub_digest.realm"));
	snprintf(d.nonce, sizeof d.nonce, "%s", VEC("ub_digest.nonce"));
	snprintf(d.uri, sizeof d.uri, "/");
	snprintf(d.cnonce, sizeof d.cnonce, "%s", VEC("ub_digest.cnonce"));
	snprintf(d.response, sizeof d.response, "%s", VEC("ub_digest.response"));
	return d;
}

static int send(struct net *net, const struct digest *d)
{
	char text[HTTP_HEADER_MAX];
	struct wr w = WR(text);

	digest_put_authorization(&w, d);
	CU_ASSERT_FATAL(wr_cstr(&w));
	return net_ub(net, text);
}

/* The first request of a UE. */
static int hello(struct net *net, const char *impi)
{
	struct digest d = { .algorithm = DIGEST_AKAV1_MD5 };

	snprintf(d.username, sizeof d.username, "%s", impi);
	snprintf(d.uri, sizeof d.uri, "/");
	return send(net, &d);
}

static struct net *challenged(void)
{
	struct net *net = net_open(vector_network);

	net_chance(net, VEC_HEX("gba.rand"));
	CU_ASSERT_EQUAL_FATAL(hello(net, NET_IMPI), 401);
	return net;
}

static void impi_is_made_of_the_imsi(void)
{
	char impi[IMPI_MAX];

	CU_ASSERT(auc_impi(impi, "001010123456789", 2));
	CU_ASSERT_STRING_EQUAL(impi, VEC("gba.impi"));
	CU_ASSERT(auc_impi(impi, "310410123456789", 3));
	CU_ASSERT_STRING_EQUAL(impi, "310410123456789@ims.mnc410.mcc310.3gppnetwork.org");
}

static void sqn_counts_seq_and_goes_round_the_indices(void)
{
	struct net *net = net_open(NULL);
	struct subscriber *s = &net->config->subscriber[0];
	struct auc_vector v;

	CU_ASSERT_EQUAL(auc_sqn(s), 0x20);
	for (unsigned i = 1; i <= 40; i++) {
		CU_ASSERT(auc_vector(s, &net->env, &v));
		CU_ASSERT_EQUAL(s->seq, 1 + i);
		CU_ASSERT_EQUAL(s->ind, i % 32);
	}
	net_close(net);
}

static void sqn_does_not_start_again(void)
{
	struct net *net = net_open(NULL);
	struct subscriber *s = &net->config->subscriber[0];
	struct auc_vector v;

	auc_set_sqn(s, UINT64_C(0xFFFFFFFFFFC0)); /* SEQ is one from its end */
	CU_ASSERT(auc_vector(s, &net->env, &v));
	CU_ASSERT_FALSE(auc_vector(s, &net->env, &v));
	CU_ASSERT_EQUAL(hello(net, NET_IMPI), 500);
	net_close(net);
}

static bool resync(struct net *net, uint64_t sqn_ms)
{
	struct subscriber *s = &net->config->subscriber[0];
	uint8_t rand[16] = { 7 }, auts[AKA_AUTS_LEN];

	aka_auts(net->env.prim, auts, &s->secret, rand, sqn_ms);
	return auc_resync(s, &net->env, rand, auts);
}

static void resynchronisation_follows_the_usim_ahead_and_far_behind(void)
{
	struct net *net = net_open(NULL);
	struct subscriber *s = &net->config->subscriber[0];

	CU_ASSERT(resync(net, UINT64_C(0x123456789A)));
	CU_ASSERT_EQUAL(auc_sqn(s), UINT64_C(0x123456789A));
	/* The next SQN would be taken: nothing to set right (TS 33.102 6.3.5). */
	CU_ASSERT(resync(net, UINT64_C(0x1234567000)));
	CU_ASSERT_EQUAL(auc_sqn(s), UINT64_C(0x123456789A));
	/* A jump of 2^28 or more would not. */
	auc_set_sqn(s, (AUC_SEQ_DELTA + 100) << AUC_IND_BITS);
	CU_ASSERT(resync(net, UINT64_C(100) << AUC_IND_BITS));
	CU_ASSERT_EQUAL(s->seq, 100);
	net_close(net);
}

static void a_changed_auts_moves_no_sqn(void)
{
	struct net *net = net_open(NULL);
	struct subscriber *s = &net->config->subscriber[0];
	uint8_t rand[16] = { 7 }, auts[AKA_AUTS_LEN];

	aka_auts(net->env.prim, auts, &s->secret, rand, UINT64_C(0x123456789A));
	for (size_t i = 0; i < sizeof auts; i++) {
		auts[i] ^= 1;
		CU_ASSERT_FALSE(auc_resync(s, &net->env, rand, auts));
		auts[i] ^= 1;
	}
	CU_ASSERT_EQUAL(auc_sqn(s), 0x20);
	net_close(net);
}

static void without_authorization_ub_says_400(void)
{
	struct net *net = net_open(NULL);

	CU_ASSERT_EQUAL(net_ub(net, NULL), 400);
	CU_ASSERT_EQUAL(net_ub(net, ""), 400);
	CU_ASSERT_EQUAL(net_ub(net, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), 400);
	CU_ASSERT_EQUAL(net_ub(net, "Digest realm=\"x\""), 400);
	CU_ASSERT_EQUAL(net_ub(net, "Digest username=\"a\", username=\"b\""), 400);
	CU_ASSERT_STRING_EQUAL(net->answer.authenticate, "");
	net_close(net);
}

static void a_stranger_gets_no_challenge(void)
{
	struct net *net = net_open(NULL);

	CU_ASSERT_EQUAL(hello(net, "001010123456780@ims.mnc001.mcc001.3gppnetwork.org"), 403);
	CU_ASSERT_STRING_EQUAL(net->answer.authenticate, "");
	net_close(net);
}

static void the_challenge_is_the_vectors(void)
{
	struct net *net = challenged();
	char expected[HTTP_HEADER_MAX];

	snprintf(expected, sizeof expected, "Digest realm=\"%s\", nonce=\"%s\", algorithm=AKAv1-MD5, qop=\"auth-int\"",
		 VEC("ub_digest.realm"), VEC("ub_digest.nonce"));
	CU_ASSERT_STRING_EQUAL(net->answer.authenticate, expected);
	CU_ASSERT(net_event(net, "bootstrap-challenge", "gba_u=true"));
	net_close(net);
}

static void a_subscriber_without_gba_u_gets_a_plain_autn(void)
{
	char yaml[1024];
	uint8_t nonce[32];
	struct wr w = WR(nonce);
	struct digest d;
	const char *why;

	snprintf(yaml, sizeof yaml, "%s", vector_network);
	char *flag = strstr(yaml, "gba_u: true");
	memcpy(flag, "gba_u: false", 12);
	struct net *net = net_open(yaml);
	net_chance(net, VEC_HEX("gba.rand"));
	CU_ASSERT_EQUAL(hello(net, NET_IMPI), 401);
	CU_ASSERT(digest_parse(&d, span_str(net->answer.authenticate), &why));
	CU_ASSERT(base64_parse(&w, span_str(d.nonce)));
	CU_ASSERT(span_eq(span_sub(SPAN(nonce), 16, 16), VEC_HEX("gba.autn")));
	net_close(net);
}

static void the_run_of_the_vectors_ends_in_their_body_and_rspauth(void)
{
	struct net *net = challenged();
	struct digest d = vector_digest(), info;
	const char *why;

	CU_ASSERT_EQUAL(send(net, &d), 200);
	CU_ASSERT(span_eq(wr_done(&net->answer.body), span_str(VEC("ub_digest.ok_body"))));
	CU_ASSERT_STRING_EQUAL(net->answer.content_type, "application/vnd.3gpp.bsf+xml");
	CU_ASSERT_EQUAL(net->answer.expires, INT64_C(1893456000000));
	CU_ASSERT(digest_parse(&info, span_str(net->answer.info), &why));
	CU_ASSERT_STRING_EQUAL(info.rspauth, VEC("ub_digest.rspauth"));
	CU_ASSERT_STRING_EQUAL(info.cnonce, VEC("ub_digest.cnonce"));
	CU_ASSERT(net_event(net, "bootstrapped", VEC("gba.b_tid")));
	net_close(net);
}

static void zn_gives_the_keys_of_the_vectors_while_the_run_lives(void)
{
	struct net *net = challenged();
	struct digest d = vector_digest();
	struct zn zn = bsf_zn(net->bsf);
	struct zn_keys keys;
	const char *btid = VEC("gba.b_tid");

	CU_ASSERT_EQUAL(zn.keys(zn.ctx, &keys, btid, VEC_HEX("gba.naf_id"), net->now), ZN_UNKNOWN);
	CU_ASSERT_EQUAL(send(net, &d), 200);
	CU_ASSERT_EQUAL(zn.keys(zn.ctx, &keys, btid, VEC_HEX("gba.naf_id"), net->now), ZN_KEYS);
	CU_ASSERT(keys.uicc_based);
	CU_ASSERT_STRING_EQUAL(keys.impi, NET_IMPI);
	CU_ASSERT(span_eq(SPAN(keys.me.b), VEC_HEX("gba.ks_ext_naf")));
	CU_ASSERT(span_eq(SPAN(keys.uicc.b), VEC_HEX("gba.ks_int_naf")));
	CU_ASSERT_EQUAL(keys.expires, INT64_C(1893456000000));
	CU_ASSERT_EQUAL(zn.keys(zn.ctx, &keys, btid, VEC_HEX("gba.naf_id"), keys.expires), ZN_UNKNOWN);
	CU_ASSERT_EQUAL(zn.keys(zn.ctx, &keys, "", VEC_HEX("gba.naf_id"), net->now), ZN_UNKNOWN);
	net_close(net);
}

static void a_replayed_response_gets_a_new_challenge(void)
{
	struct net *net = challenged();
	struct digest d = vector_digest();

	CU_ASSERT_EQUAL(send(net, &d), 200);
	CU_ASSERT_EQUAL(send(net, &d), 401);
	CU_ASSERT_PTR_NULL(strstr(net->answer.authenticate, VEC("ub_digest.nonce")));
	net_close(net);
}

static void a_wrong_response_uses_the_nonce_up(void)
{
	struct net *net = challenged();
	struct digest d = vector_digest();

	d.response[0] = d.response[0] == '0' ? '1' : '0';
	CU_ASSERT_EQUAL(send(net, &d), 401);
	CU_ASSERT(net_event(net, "unauthorized", "a wrong digest"));
	d = vector_digest();
	CU_ASSERT_EQUAL(send(net, &d), 401);
	net_close(net);
}

static void the_hexadecimal_res_of_some_clients_is_no_password(void)
{
	struct net *net = challenged();
	struct digest d = vector_digest();

	snprintf(d.response, sizeof d.response, "%s", VEC("ub_digest.response_if_password_were_hex_RES_WRONG"));
	CU_ASSERT_EQUAL(send(net, &d), 401);
	net_close(net);
}

/* RFC 7616 3.4: a digest that was made for another target is no good here, right as it is. */
static void a_digest_for_another_target_is_refused(void)
{
	struct net *net = challenged();
	struct digest d = vector_digest();

	snprintf(d.uri, sizeof d.uri, "/other");
	digest_response(net->env.prim, d.response, &d, VEC_HEX("gba.res"), "GET", (struct span){ 0 });
	CU_ASSERT_EQUAL(send(net, &d), 401);
	CU_ASSERT(net_event(net, "unauthorized", "a wrong digest"));
	net_close(net);
}

/* Every field of the digest is held against something: one changed, and no 200 comes. */
static void a_change_in_any_field_is_refused(void)
{
	for (int field = 0; field < 9; field++) {
		struct net *net = challenged();
		struct digest d = vector_digest();

		switch (field) {
		case 0:
			d.username[0] ^= 1;
			break;
		case 1:
			d.realm[0] ^= 1;
			break;
		case 2:
			d.nonce[0] ^= 1;
			break;
		case 3:
			snprintf(d.uri, sizeof d.uri, "/other");
			break;
		case 4:
			d.cnonce[0] ^= 1;
			break;
		case 5:
			d.nc = 2;
			break;
		case 6:
			d.qop = DIGEST_QOP_AUTH;
			break;
		case 7:
			d.algorithm = DIGEST_MD5;
			break;
		default:
			d.response[31] ^= 1;
		}
		CU_ASSERT(send(net, &d) >= 400);
		net_close(net);
	}
}

/* A UE that computes right, but leaves the protection of RFC 2617 off. */
static void a_digest_without_qop_is_refused(void)
{
	struct net *net = challenged();
	struct digest d = vector_digest();

	d.qop = DIGEST_QOP_NONE;
	d.nc = 0;
	d.cnonce[0] = '\0';
	digest_response(net->env.prim, d.response, &d, VEC_HEX("gba.res"), "GET", (struct span){ 0 });
	CU_ASSERT_EQUAL(send(net, &d), 401);
	net_close(net);
}

static void a_challenge_that_is_too_old_is_not_answered(void)
{
	struct net *net = challenged();
	struct digest d = vector_digest();

	net->now += 60 * 1000;
	CU_ASSERT_EQUAL(send(net, &d), 401);
	net_close(net);
}

static void more_challenges_than_are_kept_push_out_the_oldest(void)
{
	for (int more = 3; more <= 4; more++) {
		struct net *net = challenged();
		struct digest d = vector_digest();

		for (int i = 0; i < more; i++)
			CU_ASSERT_EQUAL(hello(net, NET_IMPI), 401);
		CU_ASSERT_EQUAL(send(net, &d), more == 3 ? 200 : 401);
		net_close(net);
	}
}

/* The digest of the vectors around their AUTS. */
static struct digest vector_auts(void)
{
	struct digest d = vector_digest();

	snprintf(d.auts, sizeof d.auts, "%s", VEC("ub_digest.auts_b64"));
	snprintf(d.response, sizeof d.response, "%s", VEC("ub_digest.response_when_auts_present_empty_password"));
	return d;
}

static void the_auts_of_the_vectors_resynchronises(void)
{
	struct net *net = challenged();
	struct digest d = vector_auts();

	CU_ASSERT_EQUAL(send(net, &d), 401);
	CU_ASSERT(net_event(net, "resynchronised", NULL));
	CU_ASSERT_PTR_NOT_NULL(strstr(net->answer.authenticate, "nonce="));
	net_close(net);
}

static void auts_under_a_wrong_digest_or_mac_changes_nothing(void)
{
	struct net *net = challenged();
	struct digest d = vector_auts();

	d.response[0] ^= 1;
	CU_ASSERT_EQUAL(send(net, &d), 401);
	CU_ASSERT_FALSE(net_event(net, "resynchronised", NULL));
	net_close(net);

	net = challenged();
	d = vector_auts();
	d.auts[0] = 'A';
	digest_response(net->env.prim, d.response, &d, (struct span){ 0 }, "GET", (struct span){ 0 });
	CU_ASSERT_EQUAL(send(net, &d), 403);
	CU_ASSERT_FALSE(net_event(net, "resynchronised", NULL));
	net_close(net);

	net = challenged();
	snprintf(d.auts, sizeof d.auts, "AAAA");
	CU_ASSERT_EQUAL(send(net, &d), 400);
	net_close(net);
}

static void a_ue_ahead_of_the_auc_gets_in_after_resynchronisation(void)
{
	struct net *net = net_open(NULL);
	struct phone p = phone_of(net, 0);
	struct digest d;
	uint8_t rand[16], autn[16], auts[AKA_AUTS_LEN];
	struct wr w;

	p.sqn = UINT64_C(0x500000);
	CU_ASSERT_FALSE(phone_bootstrap(&p));
	CU_ASSERT_EQUAL(hello(net, NET_IMPI), 401);
	CU_ASSERT(phone_challenged(&p, &d, rand, autn));
	aka_auts(net->env.prim, auts, &p.secret, rand, p.sqn);
	w = WR(d.auts);
	base64_put(&w, SPAN(auts));
	CU_ASSERT(wr_cstr(&w));
	digest_response(net->env.prim, d.response, &d, (struct span){ 0 }, "GET", (struct span){ 0 });
	CU_ASSERT_EQUAL(send(net, &d), 401);
	CU_ASSERT(phone_bootstrap(&p));
	CU_ASSERT(p.sqn > UINT64_C(0x500000));
	net_close(net);
}

#define TUAK_K "abababababababababababababababab"
#define TUAK_SUBSCRIBER(k, res)                                                                                        \
	"subscribers:\n"                                                                                               \
	"- { imsi: '001010123456789', mnc_length: 2, algorithm: tuak, k: " k ",\n"                                     \
	"    topc: bd04d9530e87513c5d837ac2ad954623a8e2330c115305a73eb45d1f40cccbff,\n"                                \
	"    tuak: { res_length: " res ", keccak_iterations: 2 }, sqn: '000000000020', gba_u: true }\n"

/* TUAK is the AuC's and the card's affair: Ub works with RES as long as it is, and AUTS sets the SQN right. */
static void a_subscriber_with_tuak_gets_in_and_is_resynchronised(void)
{
	static const struct {
		const char *network;
		size_t res_len;
	} cases[] = {
		{ TUAK_SUBSCRIBER(TUAK_K, "32"), 4 },
		{ TUAK_SUBSCRIBER(TUAK_K TUAK_K, "64"), 8 },
		{ TUAK_SUBSCRIBER(TUAK_K TUAK_K, "128"), 16 },
	};

	for (size_t i = 0; i < VU_COUNT(cases); i++) {
		struct net *net = net_open(cases[i].network);
		struct phone p = phone_of(net, 0);
		struct auc_vector v;

		CU_ASSERT(phone_bootstrap(&p));
		CU_ASSERT(auc_vector(&net->config->subscriber[0], &net->env, &v));
		CU_ASSERT_EQUAL(v.keys.res_len, cases[i].res_len);
		CU_ASSERT(resync(net, UINT64_C(0x123456789A)));
		CU_ASSERT_EQUAL(auc_sqn(&net->config->subscriber[0]), UINT64_C(0x123456789A));
		CU_ASSERT(phone_bootstrap(&p));
		/* A phone with another K is nobody. */
		p.secret.tuak.k.b[0] ^= 1;
		CU_ASSERT_FALSE(phone_bootstrap(&p));
		net_close(net);
	}
}

static void a_new_run_replaces_the_one_before(void)
{
	struct net *net = net_open(NULL);
	struct phone p = phone_of(net, 0);
	struct zn zn = bsf_zn(net->bsf);
	struct zn_keys keys;
	char first[GBA_BTID_MAX];

	CU_ASSERT(phone_bootstrap(&p));
	memcpy(first, p.btid, sizeof first);
	CU_ASSERT(phone_bootstrap(&p));
	CU_ASSERT_STRING_NOT_EQUAL(first, p.btid);
	CU_ASSERT_EQUAL(zn.keys(zn.ctx, &keys, first, span_str("x"), net->now), ZN_UNKNOWN);
	CU_ASSERT_EQUAL(zn.keys(zn.ctx, &keys, p.btid, span_str("x"), net->now), ZN_KEYS);
	net_close(net);
}

/* A copy with not one octet behind its end. */
static char *exact(const char *text, size_t n)
{
	char *copy = malloc(n + 1);

	CU_ASSERT_FATAL(copy != NULL);
	memcpy(copy, text, n);
	copy[n] = '\0';
	return copy;
}

static void no_truncation_of_an_authorization_gets_in(void)
{
	char whole[HTTP_HEADER_MAX];
	struct wr w = WR(whole);
	struct digest d = vector_digest();

	digest_put_authorization(&w, &d);
	CU_ASSERT_FATAL(wr_cstr(&w));
	/* What is behind the response is the algorithm; without it the digest is MD5 and not taken. */
	for (size_t n = 0; n < w.n; n++) {
		struct net *net = challenged();
		char *text = exact(whole, n);

		CU_ASSERT(net_ub(net, text) >= 400);
		CU_ASSERT_FALSE(net_event(net, "bootstrapped", NULL));
		free(text);
		net_close(net);
	}
}

static void ub_is_get_and_at_the_root(void)
{
	struct net *net = net_open(NULL);
	struct http_request r = { .method = "POST", .path = "/", .target = "/", .host = "127.0.0.1" };

	net->answer = http_answer_into(WR(net->body));
	bsf_request(net->bsf, &r, &net->answer, net->now);
	CU_ASSERT_EQUAL(net->answer.status, 405);
	CU_ASSERT_STRING_EQUAL(net->answer.allow, "GET");
	r.method = "GET";
	r.path = "/x";
	bsf_request(net->bsf, &r, &net->answer, net->now);
	CU_ASSERT_EQUAL(net->answer.status, 404);
	net_close(net);
}

int main(void)
{
	static const struct cu_test tests[] = {
#define T(f) { #f, f }
		T(impi_is_made_of_the_imsi),
		T(sqn_counts_seq_and_goes_round_the_indices),
		T(sqn_does_not_start_again),
		T(resynchronisation_follows_the_usim_ahead_and_far_behind),
		T(a_changed_auts_moves_no_sqn),
		T(without_authorization_ub_says_400),
		T(a_stranger_gets_no_challenge),
		T(the_challenge_is_the_vectors),
		T(a_subscriber_without_gba_u_gets_a_plain_autn),
		T(the_run_of_the_vectors_ends_in_their_body_and_rspauth),
		T(zn_gives_the_keys_of_the_vectors_while_the_run_lives),
		T(a_replayed_response_gets_a_new_challenge),
		T(a_wrong_response_uses_the_nonce_up),
		T(the_hexadecimal_res_of_some_clients_is_no_password),
		T(a_digest_for_another_target_is_refused),
		T(a_change_in_any_field_is_refused),
		T(a_digest_without_qop_is_refused),
		T(a_challenge_that_is_too_old_is_not_answered),
		T(more_challenges_than_are_kept_push_out_the_oldest),
		T(the_auts_of_the_vectors_resynchronises),
		T(auts_under_a_wrong_digest_or_mac_changes_nothing),
		T(a_ue_ahead_of_the_auc_gets_in_after_resynchronisation),
		T(a_subscriber_with_tuak_gets_in_and_is_resynchronised),
		T(a_new_run_replaces_the_one_before),
		T(no_truncation_of_an_authorization_gets_in),
		T(ub_is_get_and_at_the_root),
	};

	vectors = json_open("gba-mikey.json");
	int status = CU_RUN("AuC and BSF", tests);
	json_close(vectors);
	return status;
}
