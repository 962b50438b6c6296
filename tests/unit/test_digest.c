/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP Digest against values computed elsewhere (tests/vectors/gba-mikey.json), and against hostile headers. */
#include "tests/cu.h"
#include "tests/vectors/json.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/http/digest.h"

static struct json *vectors;
static struct prim *prim;

#define VEC(path) ((const char *)json_text(vectors, "$." path).p)
#define VEC_HEX(path) json_hex(vectors, "$." path)
#define SET(field, text) snprintf((field), sizeof(field), "%s", (text))

static bool parse(struct digest *d, const char *text)
{
	const char *why = NULL;
	bool ok = digest_parse(d, span_str(text), &why);
	if (!ok)
		CU_ASSERT_PTR_NOT_NULL(why);
	return ok;
}

static struct digest ub(void)
{
	struct digest d = { .nc = 1, .qop = DIGEST_QOP_AUTH_INT, .algorithm = DIGEST_AKAV1_MD5 };
	SET(d.username, VEC("gba.impi"));
	SET(d.realm, VEC("ub_digest.realm"));
	SET(d.nonce, VEC("ub_digest.nonce"));
	SET(d.uri, VEC("ub_digest.uri"));
	SET(d.cnonce, VEC("ub_digest.cnonce"));
	return d;
}

static void ub_response_is_keyed_with_the_raw_octets_of_res(void)
{
	struct digest d = ub();
	char got[DIGEST_HEX_MAX];

	digest_response(prim, got, &d, VEC_HEX("gba.res"), VEC("ub_digest.method"), (struct span){ 0 });
	CU_ASSERT_STRING_EQUAL(got, VEC("ub_digest.response"));

	digest_response(prim, got, &d, span_str(VEC("gba.res")), VEC("ub_digest.method"), (struct span){ 0 });
	CU_ASSERT_STRING_EQUAL(got, VEC("ub_digest.response_if_password_were_hex_RES_WRONG"));
}

static void ub_password_may_contain_zero_octets(void)
{
	struct digest d = ub();
	char a[DIGEST_HEX_MAX], b[DIGEST_HEX_MAX];

	digest_response(prim, a, &d, span_of("\0x", 2), "GET", (struct span){ 0 });
	digest_response(prim, b, &d, span_of("\0y", 2), "GET", (struct span){ 0 });
	CU_ASSERT_STRING_NOT_EQUAL(a, b);
}

static void rspauth_has_no_method_and_hashes_the_body(void)
{
	struct digest d = ub();
	char got[DIGEST_HEX_MAX];

	digest_response(prim, got, &d, VEC_HEX("gba.res"), NULL, span_str(VEC("ub_digest.ok_body")));
	CU_ASSERT_STRING_EQUAL(got, VEC("ub_digest.rspauth"));
}

static void auts_goes_with_an_empty_password(void)
{
	struct digest d = ub();
	char got[DIGEST_HEX_MAX];

	SET(d.auts, VEC("ub_digest.auts_b64"));
	digest_response(prim, got, &d, (struct span){ 0 }, "GET", (struct span){ 0 });
	CU_ASSERT_STRING_EQUAL(got, VEC("ub_digest.response_when_auts_present_empty_password"));
}

static void ua_response_hashes_the_body(void)
{
	struct digest d = { .nc = 1, .qop = DIGEST_QOP_AUTH_INT };
	char got[DIGEST_HEX_MAX];

	SET(d.username, VEC("ua_digest.username"));
	SET(d.realm, VEC("ua_digest.realm"));
	SET(d.nonce, VEC("ua_digest.nonce"));
	SET(d.uri, VEC("ua_digest.uri"));
	SET(d.cnonce, VEC("ua_digest.cnonce"));
	digest_response(prim, got, &d, span_str(VEC("ua_digest.password")), VEC("ua_digest.method"),
			span_str(VEC("ua_digest.body")));
	CU_ASSERT_STRING_EQUAL(got, VEC("ua_digest.response"));
}

/* The example of RFC 2617 clause 3.5 (qop=auth) and, without qop, its digest computed by openssl(1). */
static void rfc2617_example(void)
{
	struct digest d = { .nc = 1, .qop = DIGEST_QOP_AUTH };
	char got[DIGEST_HEX_MAX];

	SET(d.username, "Mufasa");
	SET(d.realm, "testrealm@host.com");
	SET(d.nonce, "dcd98b7102dd2f0e8b11d0f600bfb0c093");
	SET(d.uri, "/dir/index.html");
	SET(d.cnonce, "0a4f113b");
	digest_response(prim, got, &d, span_str("Circle Of Life"), "GET", span_str("not hashed"));
	CU_ASSERT_STRING_EQUAL(got, "6629fae49393a05397450978507c4ef1");
	d.qop = DIGEST_QOP_NONE;
	digest_response(prim, got, &d, span_str("Circle Of Life"), "GET", span_str("not hashed"));
	CU_ASSERT_STRING_EQUAL(got, "670fd8c2df070c60b045671b8b24ff02");
}

static void challenge_as_a_bsf_writes_it(void)
{
	struct digest d;
	CU_ASSERT_TRUE_FATAL(parse(&d, "Digest realm=\"bsf.home1.net\", nonce=\"AAECAw==\", algorithm=AKAv1-MD5, "
				       "qop=\"auth-int\", opaque=\"5ccc\", domain=\"/x, y\""));
	CU_ASSERT_STRING_EQUAL(d.realm, "bsf.home1.net");
	CU_ASSERT_STRING_EQUAL(d.nonce, "AAECAw==");
	CU_ASSERT_STRING_EQUAL(d.opaque, "5ccc");
	CU_ASSERT_EQUAL(d.algorithm, DIGEST_AKAV1_MD5);
	CU_ASSERT_EQUAL(d.qop, DIGEST_QOP_AUTH_INT);
	CU_ASSERT_FALSE(d.stale);
}

static void spelling_is_taken_in_any_case(void)
{
	struct digest d;
	CU_ASSERT_TRUE_FATAL(
		parse(&d, " dIGEST\tREALM = \"a\" ,, Nonce=\"b\",qop=\"AUTH , auth-int, x\" , stale=TRUE,"));
	CU_ASSERT_STRING_EQUAL(d.realm, "a");
	CU_ASSERT_STRING_EQUAL(d.nonce, "b");
	CU_ASSERT_EQUAL(d.qop, DIGEST_QOP_AUTH | DIGEST_QOP_AUTH_INT);
	CU_ASSERT_EQUAL(d.algorithm, DIGEST_MD5);
	CU_ASSERT_TRUE(d.stale);

	CU_ASSERT_TRUE_FATAL(parse(&d, "realm=\"a\", algorithm=SHA-256, stale=perhaps, uri=/"));
	CU_ASSERT_EQUAL(d.algorithm, DIGEST_ALGORITHM_UNKNOWN);
	CU_ASSERT_FALSE(d.stale);
	CU_ASSERT_STRING_EQUAL(d.uri, "/");
}

static void quoted_pairs_survive_the_round_trip(void)
{
	struct digest d = { .nc = 0x1A2B, .qop = DIGEST_QOP_AUTH_INT, .algorithm = DIGEST_MD5 }, back;
	uint8_t text[2048];
	struct wr w = WR(text);

	SET(d.username, "a\"b\\c, d=\"e\"");
	SET(d.realm, "r");
	SET(d.nonce, "n");
	SET(d.uri, "/k?requesttype=register");
	SET(d.cnonce, "c");
	SET(d.opaque, "o");
	SET(d.response, "0123456789abcdef0123456789abcdef");
	SET(d.auts, "uoU/PBI8z0TpNZbjVcY=");
	digest_put_authorization(&w, &d);
	CU_ASSERT_TRUE_FATAL(wr_cstr(&w));
	CU_ASSERT_TRUE_FATAL(parse(&back, (char *)text));
	CU_ASSERT_EQUAL(memcmp(&d, &back, sizeof d), 0);
}

static void writers_put_what_the_parser_reads(void)
{
	struct digest d = { .qop = DIGEST_QOP_AUTH | DIGEST_QOP_AUTH_INT, .stale = true }, back;
	uint8_t text[1024];
	struct wr w = WR(text);

	SET(d.realm, "3GPP-bootstrapping@bmsc.home1.net");
	SET(d.nonce, "n");
	digest_put_challenge(&w, &d);
	CU_ASSERT_TRUE_FATAL(wr_cstr(&w));
	CU_ASSERT_STRING_EQUAL((char *)text, "Digest realm=\"3GPP-bootstrapping@bmsc.home1.net\", nonce=\"n\", "
					     "algorithm=MD5, qop=\"auth,auth-int\", stale=true");
	CU_ASSERT_TRUE_FATAL(parse(&back, (char *)text));
	CU_ASSERT_EQUAL(memcmp(&d, &back, sizeof d), 0);

	struct digest info = { .nc = 2, .qop = DIGEST_QOP_AUTH_INT };
	SET(info.rspauth, "0123456789abcdef0123456789abcdef");
	SET(info.cnonce, "c");
	SET(info.nextnonce, "n2");
	w = WR(text);
	digest_put_info(&w, &info);
	CU_ASSERT_TRUE_FATAL(wr_cstr(&w));
	CU_ASSERT_STRING_EQUAL((char *)text, "rspauth=\"0123456789abcdef0123456789abcdef\", qop=auth-int, nc=00000002, "
					     "cnonce=\"c\", nextnonce=\"n2\"");
	CU_ASSERT_TRUE_FATAL(parse(&back, (char *)text));
	CU_ASSERT_EQUAL(memcmp(&info, &back, sizeof info), 0);
}

static void first_request_on_ub_carries_empty_nonce_and_response(void)
{
	struct digest d = { 0 };
	uint8_t text[1024];
	struct wr w = WR(text);

	SET(d.username, "u");
	SET(d.realm, "r");
	SET(d.uri, "/");
	d.algorithm = DIGEST_ALGORITHM_UNKNOWN;
	digest_put_authorization(&w, &d);
	CU_ASSERT_TRUE_FATAL(wr_cstr(&w));
	CU_ASSERT_STRING_EQUAL((char *)text,
			       "Digest username=\"u\", realm=\"r\", nonce=\"\", uri=\"/\", response=\"\"");
}

static void attack_line_end_in_a_value_is_never_written(void)
{
	struct digest d = { 0 };
	uint8_t text[1024];
	struct wr w = WR(text);

	SET(d.username, "u\r\nX-Injected: yes");
	digest_put_authorization(&w, &d);
	CU_ASSERT_TRUE(w.bad);
	w = WR(text);
	SET(d.cnonce, "c\n");
	digest_put_info(&w, &d);
	CU_ASSERT_TRUE(w.bad);
}

static void attack_malformed_headers(void)
{
	static const char *const bad[] = {
		"",
		"Digest",
		"Digest ",
		"Digest realm",
		"Digest realm=",
		"Digest realm=\"",
		"Digest realm=\"a",
		"Digest realm=\"a\\",
		"Digest realm=\"a\\\"",
		"Digest realm=\"a\" nonce=\"b\"",
		"Digest realm=\"a\"b\"",
		"Digest realm=a\"b",
		"Digest realm=\"a\nb\"",
		"Digest realm=\"a\", realm=\"b\"",
		"Digest realm=\"a\", REALM=\"a\"",
		"Digest nc=0000001",
		"Digest nc=000000001",
		"Digest nc=0000000g",
		"Digest nc=00000000",
		"Digest qop=\"auth-conf\"",
		"Digest qop=\"\"",
		"Digest =\"a\"",
		"Basic realm=\"a\"",
		"Digest realm=\"a\", Basic realm=\"b\"",
		"Digest response=\"0123456789abcdef0123456789abcdef0\"",
	};
	struct digest d;
	const char *why;

	for (size_t i = 0; i < VU_COUNT(bad); i++)
		if (parse(&d, bad[i]))
			CU_FAIL_FATAL(bad[i]);
	CU_ASSERT_FALSE(digest_parse(&d, span_of("realm=\"a\0b\"", 11), &why));
	CU_ASSERT_FALSE(digest_parse(&d, span_of("realm=a\0b", 9), &why));
}

static void attack_field_longer_than_its_room(void)
{
	char text[4 * DIGEST_TEXT_MAX];
	struct digest d;

	for (int n = DIGEST_TEXT_MAX - 3; n < 3 * DIGEST_TEXT_MAX; n++) {
		snprintf(text, sizeof text, "Digest realm=\"%0*d\"", n, 0);
		CU_ASSERT_EQUAL(parse(&d, text), n < DIGEST_TEXT_MAX);
		snprintf(text, sizeof text, "Digest realm=a, other=%0*d", n, 0);
		CU_ASSERT_TRUE(parse(&d, text));
	}
}

/* Every beginning of a header, in a buffer of exactly its size, so that a read behind its end is seen. */
static void attack_every_truncation(void)
{
	static const char whole[] =
		"Digest username=\"a\\\"b\", realm=\"r\", nonce=\"n\", uri=\"/\", qop=auth-int, nc=00000001, "
		"cnonce=\"c\", response=\"0123456789abcdef0123456789abcdef\", opaque=\"o\", "
		"algorithm=AKAv1-MD5, auts=\"uoU/PBI8z0TpNZbjVcY=\", stale=false, x=\"y\"";
	struct digest d;
	size_t refused = 0;

	for (size_t n = 0; n < sizeof whole; n++) {
		uint8_t *copy = malloc(n != 0 ? n : 1);
		const char *why = NULL;
		CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
		memcpy(copy, whole, n);
		if (!digest_parse(&d, span_of(copy, n), &why)) {
			CU_ASSERT_PTR_NOT_NULL(why);
			refused++;
		}
		free(copy);
	}
	CU_ASSERT_TRUE(refused > sizeof whole / 2);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "Ub: response is keyed with the raw octets of RES", ub_response_is_keyed_with_the_raw_octets_of_res },
		{ "Ub: password may contain zero octets", ub_password_may_contain_zero_octets },
		{ "Ub: rspauth has no method and hashes the body", rspauth_has_no_method_and_hashes_the_body },
		{ "Ub: auts goes with an empty password", auts_goes_with_an_empty_password },
		{ "Ua: response hashes the body", ua_response_hashes_the_body },
		{ "RFC 2617 clause 3.5", rfc2617_example },
		{ "challenge as a BSF writes it", challenge_as_a_bsf_writes_it },
		{ "spelling is taken in any case", spelling_is_taken_in_any_case },
		{ "quoted pairs survive the round trip", quoted_pairs_survive_the_round_trip },
		{ "writers put what the parser reads", writers_put_what_the_parser_reads },
		{ "first request on Ub: empty nonce and response",
		  first_request_on_ub_carries_empty_nonce_and_response },
		{ "attack: line end in a value", attack_line_end_in_a_value_is_never_written },
		{ "attack: malformed headers", attack_malformed_headers },
		{ "attack: field longer than its room", attack_field_longer_than_its_room },
		{ "attack: every truncation", attack_every_truncation },
	};
	vectors = json_open("gba-mikey.json");
	prim = prim_open();
	int rc = prim != NULL ? CU_RUN("digest", tests) : 2;
	prim_close(prim);
	json_close(vectors);
	return rc;
}
