/* SPDX-License-Identifier: Apache-2.0 */
/* Key management over Ua, step by step: what each 401 means, and what a 200 must prove. */
#include "tests/cu.h"
#include "me_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/base64.h"

static struct json *vectors;
static struct prim *prim;
static struct mbms m;
static struct http_req req;
static struct http_resp resp;
static struct key256 mrk;
static struct mbms_nonce nonce; /* nothing is known, but where a test says so */

#define VEC(path) ((const char *)json_text(vectors, "$." path).p)
#define CNONCE "6629fae49393a05397450978507c4ef1"
#define CHALLENGE                                                                                                      \
	"HTTP/1.1 401 x\nWWW-Authenticate: Digest realm=\"3GPP-bootstrapping@bmsc.home1.net\", nonce=\"n1\", "         \
	"algorithm=MD5, qop=\"auth,auth-int\"\n"

static struct km_doc msk_request = { .kind = KM_MSK_REQUEST,
				     .n = 1,
				     .item = { { .key = { .domain = { 0x00, 0xF1, 0x10 }, .group = 1 } } } };

static enum mbms_next start(struct km_doc *doc)
{
	memcpy(mrk.b, json_hex(vectors, "$.gba.ks_ext_naf").p, sizeof mrk.b);
	return mbms_start(&m, prim, doc, "http://bmsc.home1.net/keymanagement", VEC("gba.b_tid"), &mrk, CNONCE, &nonce,
			  &req);
}

static enum mbms_next hear(const char *head, const char *body)
{
	fill_response(&resp, head, body);
	return mbms_response(&m, &resp, &req);
}

static const char *more_info = ""; /* of Authentication-Info */

/* What a BM-SC says that knows the MRK: the digest over this body. */
static const char *ok_head(const char *body, const char *type)
{
	static char head[1024];
	char rspauth[DIGEST_HEX_MAX];

	digest_response(prim, rspauth, &m.digest, span_str(VEC("gba.ua_password_base64_ks_ext_naf")), NULL,
			span_str(body));
	snprintf(head, sizeof head,
		 "HTTP/1.1 200 OK\nContent-Type: %s\nAuthentication-Info: qop=auth-int, rspauth=\"%s\", cnonce=\"%s\", "
		 "nc=%08x%s\n",
		 type, rspauth, CNONCE, m.digest.nc, more_info);
	return head;
}

/* The answer with this code to every item of the request that is out. */
static const char *ok_body(int code)
{
	static uint8_t body[8192];
	struct km_doc doc = *m.request;
	struct wr w = WR(body);

	doc.response = true;
	for (size_t i = 0; i < doc.n; i++)
		doc.item[i].code = code;
	km_put(&w, &doc);
	return wr_cstr(&w) ? (const char *)body : "";
}

#define MSK_TYPE "application/mbms-msk-response+xml"

static void request_and_answer(void)
{
	uint8_t xml[1024];
	struct wr w = WR(xml);
	struct digest d;
	const char *why;
	char expected[DIGEST_HEX_MAX];

	CU_ASSERT_EQUAL_FATAL(start(&msk_request), MBMS_SEND);
	CU_ASSERT_STRING_EQUAL(req.method, "POST");
	CU_ASSERT_STRING_EQUAL(req.url, "http://bmsc.home1.net/keymanagement?requesttype=msk-request");
	CU_ASSERT_STRING_EQUAL(req.content_type, "application/mbms-msk+xml");
	CU_ASSERT_STRING_EQUAL(req.authorization, "");
	CU_ASSERT_TRUE(base64_parse(&w, span_of(req.body, req.body_len)));
	CU_ASSERT_TRUE_FATAL(wr_cstr(&w));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)xml, "<keyDomainID>APEQ</keyDomainID>"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)xml, "<MSKID>AAEAAA==</MSKID>"));

	CU_ASSERT_EQUAL_FATAL(hear(CHALLENGE, NULL), MBMS_SEND);
	CU_ASSERT_TRUE_FATAL(digest_parse(&d, span_str(req.authorization), &why));
	CU_ASSERT_STRING_EQUAL(d.username, VEC("gba.b_tid"));
	CU_ASSERT_STRING_EQUAL(d.uri, VEC("ua_digest.uri"));
	CU_ASSERT_EQUAL(d.qop, DIGEST_QOP_AUTH_INT);
	digest_response(prim, expected, &d, span_str(VEC("ua_digest.password")), "POST",
			span_of(req.body, req.body_len));
	CU_ASSERT_STRING_EQUAL(d.response, expected);

	const char *body = ok_body(200);
	CU_ASSERT_EQUAL_FATAL(hear(ok_head(body, MSK_TYPE), body), MBMS_DONE);
	CU_ASSERT_EQUAL(msk_request.item[0].code, 200);
}

static enum mbms_next ok(void)
{
	const char *body = ok_body(200);
	return hear(ok_head(body, MSK_TYPE), body);
}

static void a_known_nonce_saves_the_challenge(void)
{
	static const char stale[] = "HTTP/1.1 401 x\nWWW-Authenticate: Digest stale=true, "
				    "realm=\"3GPP-bootstrapping@bmsc.home1.net\", nonce=\"n3\", qop=\"auth-int\"\n";

	CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
	mbms_keep_nonce(&m, &nonce);
	CU_ASSERT_STRING_EQUAL(nonce.nonce, ""); /* nothing is known yet */
	CU_ASSERT_EQUAL(hear(CHALLENGE, NULL), MBMS_SEND);
	CU_ASSERT_EQUAL(ok(), MBMS_DONE);
	mbms_keep_nonce(&m, &nonce);
	CU_ASSERT_EQUAL(nonce.nc, 1);

	CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
	CU_ASSERT_PTR_NOT_NULL(strstr(req.authorization, "nonce=\"n1\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(req.authorization, "nc=00000002"));
	more_info = ", nextnonce=\"n2\"";
	CU_ASSERT_EQUAL(ok(), MBMS_DONE);
	more_info = "";
	mbms_keep_nonce(&m, &nonce);

	CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
	CU_ASSERT_PTR_NOT_NULL(strstr(req.authorization, "nonce=\"n2\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(req.authorization, "nc=00000001"));
	CU_ASSERT_EQUAL(hear(stale, NULL), MBMS_SEND); /* it was too old: the B-TID is good */
	CU_ASSERT_PTR_NOT_NULL(strstr(req.authorization, "nonce=\"n3\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(req.authorization, "nc=00000001"));
	CU_ASSERT_EQUAL(ok(), MBMS_DONE);
	mbms_keep_nonce(&m, &nonce);

	CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
	CU_ASSERT_PTR_NOT_NULL(strstr(req.authorization, "nc=00000002"));
	CU_ASSERT_EQUAL(hear(CHALLENGE, NULL), MBMS_BOOTSTRAP); /* a 401 to an Authorization: decision 58 */
	nonce = (struct mbms_nonce){ 0 };
}

static void attack_old_answer_under_a_known_nonce(void)
{
	char head[1024], body[8192];

	CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
	CU_ASSERT_EQUAL(hear(CHALLENGE, NULL), MBMS_SEND);
	snprintf(body, sizeof body, "%s", ok_body(200));
	snprintf(head, sizeof head, "%s", ok_head(body, MSK_TYPE));
	CU_ASSERT_EQUAL(hear(head, body), MBMS_DONE);
	mbms_keep_nonce(&m, &nonce);
	CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
	CU_ASSERT_EQUAL(hear(head, body), MBMS_FAIL); /* its nc is the last one's */
	nonce = (struct mbms_nonce){ 0 };
}

static void one_of_two_challenges_is_ours(void)
{
	static const char ours[] =
		"WWW-Authenticate: Digest realm=\"3GPP-bootstrapping@bmsc.home1.net\", nonce=\"n1\", "
		"qop=\"auth-int\"\n";
	static const char uicc[] = "WWW-Authenticate: Digest realm=\"3GPP-bootstrapping-uicc@bmsc.home1.net\", "
				   "nonce=\"n2\", qop=\"auth-int\"\n";
	char head[1024];

	for (int turn = 0; turn < 2; turn++) {
		snprintf(head, sizeof head, "HTTP/1.1 401 x\n%s%s", turn == 0 ? ours : uicc, turn == 0 ? uicc : ours);
		CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
		CU_ASSERT_EQUAL(hear(head, NULL), MBMS_SEND);
		CU_ASSERT_PTR_NOT_NULL(strstr(req.authorization, "nonce=\"n1\""));
	}
	snprintf(head, sizeof head, "HTTP/1.1 401 x\n%s%s", uicc, uicc);
	CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
	CU_ASSERT_EQUAL(hear(head, NULL), MBMS_FAIL);
}

static void deregistration_takes_both_media_types(void)
{
	static struct km_doc doc = { .kind = KM_DEREGISTER, .n = 1, .item = { { .service = "urn:x" } } };
	static const char *const types[] = { "application/mbms-register-response+xml",
					     "application/mbms-deregister-response+xml" };

	for (size_t i = 0; i < VU_COUNT(types); i++) {
		CU_ASSERT_EQUAL(start(&doc), MBMS_SEND);
		CU_ASSERT_EQUAL(hear(CHALLENGE, NULL), MBMS_SEND);
		const char *body = ok_body(200);
		CU_ASSERT_EQUAL(hear(ok_head(body, types[i]), body), MBMS_DONE);
	}
}

static void stale_nonce_keeps_the_btid(void)
{
	static const char stale[] = "HTTP/1.1 401 x\nWWW-Authenticate: Digest stale=true, "
				    "realm=\"3GPP-bootstrapping@bmsc.home1.net\", nonce=\"n2\", qop=\"auth-int\"\n";

	CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
	CU_ASSERT_EQUAL(hear(CHALLENGE, NULL), MBMS_SEND);
	CU_ASSERT_EQUAL(hear(stale, NULL), MBMS_SEND);
	CU_ASSERT_PTR_NOT_NULL(strstr(req.authorization, "nonce=\"n2\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(req.authorization, VEC("gba.b_tid")));
	CU_ASSERT_EQUAL(hear(stale, NULL), MBMS_SEND);
	CU_ASSERT_EQUAL(hear(stale, NULL), MBMS_FAIL);
	CU_ASSERT_PTR_NOT_NULL(strstr(m.why, "(0 times after a new bootstrapping): no nonce is new enough"));
}

static void renegotiation_bootstraps_at_most_twice(void)
{
	CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
	CU_ASSERT_EQUAL(hear(CHALLENGE, NULL), MBMS_SEND);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL_FATAL(hear(CHALLENGE, NULL), MBMS_BOOTSTRAP);
		CU_ASSERT_EQUAL_FATAL(mbms_credentials(&m, i == 0 ? "first@x" : "second@x", &mrk, &req), MBMS_SEND);
		CU_ASSERT_PTR_NOT_NULL(strstr(req.authorization, i == 0 ? "first@x" : "second@x"));
	}
	CU_ASSERT_EQUAL(hear(CHALLENGE, NULL), MBMS_FAIL);
	CU_ASSERT_TRUE(m.refused);
	CU_ASSERT_PTR_NOT_NULL(strstr(m.why, "(2 times after a new bootstrapping): it has another MRK"));
	CU_ASSERT_PTR_NOT_NULL(strstr(m.why, "2 times"));
}

static void realm_may_name_the_uicc_one_beside_it(void)
{
	static const char *const good[] = {
		"3GPP-bootstrapping@bmsc.home1.net;3GPP-bootstrapping-uicc@bmsc.home1.net",
		"3GPP-bootstrapping-uicc@bmsc.home1.net;3GPP-bootstrapping@bmsc.home1.net",
	};
	char head[512];

	for (size_t i = 0; i < VU_COUNT(good); i++) {
		snprintf(head, sizeof head,
			 "HTTP/1.1 401 x\nWWW-Authenticate: Digest realm=\"%s\", nonce=\"n\", qop=\"auth-int\"\n",
			 good[i]);
		CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
		CU_ASSERT_EQUAL(hear(head, NULL), MBMS_SEND);
	}
}

static void attack_challenge_of_somebody_else_or_weaker(void)
{
	static const char *const bad[] = {
		"Basic realm=\"3GPP-bootstrapping@bmsc.home1.net\"",
		"Digest realm=\"3GPP-bootstrapping@bmsc.home1.net.evil.org\", nonce=\"n\", qop=\"auth-int\"",
		"Digest realm=\"3GPP-bootstrapping@evil.org\", nonce=\"n\", qop=\"auth-int\"",
		"Digest realm=\"3GPP-bootstrapping-uicc@bmsc.home1.net\", nonce=\"n\", qop=\"auth-int\"",
		"Digest realm=\"\", nonce=\"n\", qop=\"auth-int\"",
		"Digest realm=\"3GPP-bootstrapping@bmsc.home1.net\", nonce=\"n\", qop=\"auth\"",
		"Digest realm=\"3GPP-bootstrapping@bmsc.home1.net\", nonce=\"n\"",
		"Digest realm=\"3GPP-bootstrapping@bmsc.home1.net\", nonce=\"\", qop=\"auth-int\"",
		"Digest realm=\"3GPP-bootstrapping@bmsc.home1.net\", nonce=\"n\", qop=\"auth-int\", "
		"algorithm=AKAv1-MD5",
		"Digest realm=\"3GPP-bootstrapping@bmsc.home1.net\", nonce=\"n\", qop=\"auth-int\", algorithm=SHA-256",
	};
	char head[512];

	for (size_t i = 0; i < VU_COUNT(bad); i++) {
		snprintf(head, sizeof head, "HTTP/1.1 401 x\nWWW-Authenticate: %s\n", bad[i]);
		CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
		if (hear(head, NULL) != MBMS_FAIL)
			CU_FAIL_FATAL(bad[i]);
	}
}

static void attack_200_that_proves_nothing(void)
{
	CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
	CU_ASSERT_EQUAL(hear("HTTP/1.1 200 OK\n", ok_body(200)), MBMS_FAIL); /* before any digest */

	CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
	CU_ASSERT_EQUAL(hear(CHALLENGE, NULL), MBMS_SEND);
	CU_ASSERT_EQUAL(hear("HTTP/1.1 200 OK\nContent-Type: " MSK_TYPE "\n", ok_body(200)), MBMS_FAIL);

	/* Somebody with another MRK. */
	CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
	CU_ASSERT_EQUAL(hear(CHALLENGE, NULL), MBMS_SEND);
	m.mrk.b[0] ^= 1;
	const char *body = ok_body(200);
	CU_ASSERT_EQUAL(hear(ok_head(body, MSK_TYPE), body), MBMS_FAIL);
	CU_ASSERT_PTR_NOT_NULL(strstr(m.why, "rspauth"));

	/* The right digest over another body. */
	CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
	CU_ASSERT_EQUAL(hear(CHALLENGE, NULL), MBMS_SEND);
	const char *head = ok_head(ok_body(200), MSK_TYPE);
	CU_ASSERT_EQUAL(hear(head, ok_body(404)), MBMS_FAIL);
}

static void attack_answer_to_something_else(void)
{
	struct km_doc other = msk_request;
	static uint8_t text[4096];
	struct wr w = WR(text);

	other.response = other.base64 = true;
	other.item[0].key.group = 2;
	other.item[0].code = 200;
	km_put(&w, &other);
	CU_ASSERT_TRUE_FATAL(wr_cstr(&w));
	CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
	CU_ASSERT_EQUAL(hear(CHALLENGE, NULL), MBMS_SEND);
	CU_ASSERT_EQUAL(hear(ok_head((char *)text, MSK_TYPE), (char *)text), MBMS_FAIL);

	CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
	CU_ASSERT_EQUAL(hear(CHALLENGE, NULL), MBMS_SEND);
	const char *body = ok_body(200);
	CU_ASSERT_EQUAL(hear(ok_head(body, "text/html"), body), MBMS_FAIL);
}

static void statuses_tell_whether_to_come_back(void)
{
	static const struct {
		int status;
		bool refused;
	} cases[] = { { 403, true }, { 404, true }, { 500, false }, { 503, false }, { 302, false } };
	char head[64];

	for (size_t i = 0; i < VU_COUNT(cases); i++) {
		snprintf(head, sizeof head, "HTTP/1.1 %d x\n", cases[i].status);
		CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
		CU_ASSERT_EQUAL(hear(head, NULL), MBMS_FAIL);
		CU_ASSERT_EQUAL(m.refused, cases[i].refused);
		CU_ASSERT_EQUAL(m.status, cases[i].status);
	}
}

static void attack_every_truncation_of_an_authentic_body(void)
{
	char body[8192], cut[8192];

	CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
	snprintf(body, sizeof body, "%s", ok_body(200));
	size_t taken = 0;
	for (size_t n = 0; n < strlen(body); n++) {
		snprintf(cut, sizeof cut, "%.*s", (int)n, body);
		CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
		CU_ASSERT_EQUAL(hear(CHALLENGE, NULL), MBMS_SEND);
		enum mbms_next next = hear(ok_head(cut, MSK_TYPE), cut);
		taken += next == MBMS_DONE;
		CU_ASSERT_TRUE(next == MBMS_DONE || (next == MBMS_FAIL && m.why[0] != '\0'));
	}
	CU_ASSERT_EQUAL(taken, 0);
}

static void attack_every_truncation_of_a_head(void)
{
	char head[1024], body[8192], whole[1024];

	for (size_t n = 0; n < strlen(CHALLENGE); n++) {
		snprintf(head, sizeof head, "%.*s", (int)n, CHALLENGE);
		CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
		enum mbms_next next = hear(head, NULL);
		CU_ASSERT_TRUE((next == MBMS_FAIL && m.why[0] != '\0') || n + 1 >= strlen(CHALLENGE));
	}
	CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
	CU_ASSERT_EQUAL(hear(CHALLENGE, NULL), MBMS_SEND);
	snprintf(body, sizeof body, "%s", ok_body(200));
	snprintf(whole, sizeof whole, "%s", ok_head(body, MSK_TYPE));
	for (size_t n = 0; n + 1 < strlen(whole); n++) {
		snprintf(head, sizeof head, "%.*s", (int)n, whole);
		CU_ASSERT_EQUAL(start(&msk_request), MBMS_SEND);
		CU_ASSERT_EQUAL(hear(CHALLENGE, NULL), MBMS_SEND);
		CU_ASSERT_EQUAL(hear(head, body), MBMS_FAIL);
	}
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "request and answer", request_and_answer },
		{ "a known nonce saves the challenge", a_known_nonce_saves_the_challenge },
		{ "attack: old answer under a known nonce", attack_old_answer_under_a_known_nonce },
		{ "one of two challenges is ours", one_of_two_challenges_is_ours },
		{ "deregistration takes both media types", deregistration_takes_both_media_types },
		{ "a stale nonce keeps the B-TID", stale_nonce_keeps_the_btid },
		{ "renegotiation bootstraps at most twice", renegotiation_bootstraps_at_most_twice },
		{ "the realm may name the -uicc one beside it", realm_may_name_the_uicc_one_beside_it },
		{ "attack: challenge of somebody else, or weaker", attack_challenge_of_somebody_else_or_weaker },
		{ "attack: 200 that proves nothing", attack_200_that_proves_nothing },
		{ "attack: answer to something else", attack_answer_to_something_else },
		{ "statuses tell whether to come back", statuses_tell_whether_to_come_back },
		{ "attack: every truncation of an authentic body", attack_every_truncation_of_an_authentic_body },
		{ "attack: every truncation of a head", attack_every_truncation_of_a_head },
	};
	vectors = json_open("gba-mikey.json");
	prim = prim_open();
	int rc = prim != NULL ? CU_RUN("mbms", tests) : 2;
	mbms_wipe(&m);
	prim_close(prim);
	json_close(vectors);
	return rc;
}
