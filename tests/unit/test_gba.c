/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrapping over Ub, step by step, with the values of gba-mikey.json on the network's side. */
#include "tests/cu.h"
#include "me_fixture.h"

#include <stdio.h>
#include <stdlib.h>

static struct json *vectors;
static struct prim *prim;
static struct gba g;
static struct http_req req;
static struct http_resp resp;

#define HOME "bsf.mnc001.mcc001.pub.3gppnetwork.org"
#define VEC(path) ((const char *)json_text(vectors, "$." path).p)
enum { NOW = 1700000000 };

static char challenge_head[1024], ok_head[1024], ok_body[2048];

static void make_heads(void)
{
	snprintf(challenge_head, sizeof challenge_head,
		 "HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\", algorithm=AKAv1-MD5, "
		 "qop=\"auth-int\", opaque=\"xyz\"\n",
		 VEC("ub_digest.realm"), VEC("ub_digest.nonce"));
	snprintf(ok_head, sizeof ok_head,
		 "HTTP/1.1 200 OK\nContent-Type: application/vnd.3gpp.bsf+xml\nAuthentication-Info: qop=auth-int, "
		 "rspauth=\"%s\", cnonce=\"%s\", nc=00000001\n",
		 VEC("ub_digest.rspauth"), VEC("ub_digest.cnonce"));
	snprintf(ok_body, sizeof ok_body, "%s", VEC("ub_digest.ok_body"));
}

static enum gba_next start(void)
{
	char url[256];

	snprintf(url, sizeof url, "http://%s/", VEC("gba.bsf"));
	return gba_start(&g, prim, true, VEC("gba.impi"), url, VEC("ub_digest.cnonce"), &req);
}

static enum gba_next hear(const char *head, const char *body)
{
	fill_response(&resp, head, body);
	return gba_response(&g, &resp, NOW, &req);
}

/* Up to the request that carries the digest. */
static enum gba_next up_to_res(void)
{
	if (start() != GBA_SEND || hear(challenge_head, NULL) != GBA_CARD)
		return GBA_FAIL;
	return gba_card_answer(&g, json_hex(vectors, "$.gba.res"), (struct span){ 0 }, &req);
}

static void names_follow_from_the_imsi(void)
{
	char name[GBA_NAME_MAX];

	CU_ASSERT_TRUE(gba_impi(name, "001010123456789", 2));
	CU_ASSERT_STRING_EQUAL(name, VEC("gba.impi"));
	CU_ASSERT_TRUE(gba_bsf_fqdn(name, "001010123456789", 2));
	CU_ASSERT_STRING_EQUAL(name, VEC("gba.bsf"));
	CU_ASSERT_TRUE(gba_bsf_fqdn(name, "310410123456789", 3));
	CU_ASSERT_STRING_EQUAL(name, "bsf.mnc410.mcc310.pub.3gppnetwork.org");
	CU_ASSERT_FALSE(gba_impi(name, "0010", 2));
	CU_ASSERT_FALSE(gba_impi(name, "00101012345678x", 2));
	CU_ASSERT_FALSE(gba_impi(name, "001010123456789", 4));
}

/* That of another one, before anything is taken to the card; and the home network's where only an address was given. */
static void attack_realm_of_another_bsf(void)
{
	static const struct {
		const char *url, *impi, *realm;
		enum gba_next next;
	} cases[] = {
		{ "http://" HOME "/", "001010123456789@ims.mnc001.mcc001.3gppnetwork.org", HOME, GBA_CARD },
		{ "http://" HOME "/", "001010123456789@ims.mnc001.mcc001.3gppnetwork.org",
		  "BSF.mnc001.mcc001.pub.3gppnetwork.org", GBA_CARD },
		{ "http://127.0.0.1:8080/", "001010123456789@ims.mnc001.mcc001.3gppnetwork.org", HOME, GBA_CARD },
		{ "http://bsf.lab/", "somebody@lab", "bsf.lab", GBA_CARD },
		{ "http://" HOME "/", "001010123456789@ims.mnc001.mcc001.3gppnetwork.org", "bsf.somebody.else",
		  GBA_FAIL },
		{ "http://127.0.0.1:8080/", "001010123456789@ims.mnc001.mcc001.3gppnetwork.org",
		  "bsf.mnc002.mcc001.pub.3gppnetwork.org", GBA_FAIL },
		{ "http://bsf.lab/", "somebody@lab", HOME, GBA_FAIL },
		{ "http://bsf.lab/", "somebody@lab", "", GBA_FAIL },
	};

	for (size_t i = 0; i < VU_COUNT(cases); i++) {
		char head[512];
		snprintf(head, sizeof head,
			 "HTTP/1.1 401 x\nWWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\", algorithm=AKAv1-MD5, "
			 "qop=\"auth-int\"\n",
			 cases[i].realm, VEC("ub_digest.nonce"));
		CU_ASSERT_EQUAL_FATAL(gba_start(&g, prim, true, cases[i].impi, cases[i].url, "c", &req), GBA_SEND);
		CU_ASSERT_EQUAL(hear(head, NULL), cases[i].next);
		CU_ASSERT_EQUAL(strstr(g.why, "got ") != NULL, cases[i].next == GBA_FAIL);
	}
}

static void the_bsf_is_told_where_ks_will_be(void)
{
	CU_ASSERT_EQUAL(gba_start(&g, prim, true, "i", "http://bsf/", "c", &req), GBA_SEND);
	CU_ASSERT_STRING_EQUAL(req.user_agent, "vuicc-me 3gpp-gba-uicc");
	CU_ASSERT_EQUAL(gba_start(&g, prim, false, "i", "http://bsf/", "c", &req), GBA_SEND);
	CU_ASSERT_STRING_EQUAL(req.user_agent, "vuicc-me 3gpp-gba");
}

static void whole_run_with_the_vectors(void)
{
	char wanted[256];

	CU_ASSERT_EQUAL_FATAL(start(), GBA_SEND);
	CU_ASSERT_STRING_EQUAL(req.method, "GET");
	snprintf(wanted, sizeof wanted, "Digest username=\"%s\", realm=\"%s\", nonce=\"\", uri=\"/\", response=\"\"",
		 VEC("gba.impi"), VEC("gba.bsf"));
	CU_ASSERT_STRING_EQUAL(req.authorization, wanted);

	CU_ASSERT_EQUAL_FATAL(hear(challenge_head, NULL), GBA_CARD);
	CU_ASSERT_TRUE(span_eq(SPAN(g.challenge.rand), json_hex(vectors, "$.gba.rand")));
	CU_ASSERT_TRUE(span_eq(SPAN(g.challenge.autn), json_hex(vectors, "$.gba.autn_star")));

	CU_ASSERT_EQUAL_FATAL(gba_card_answer(&g, json_hex(vectors, "$.gba.res"), (struct span){ 0 }, &req), GBA_SEND);
	snprintf(wanted, sizeof wanted, "response=\"%s\", opaque=\"xyz\"", VEC("ub_digest.response"));
	CU_ASSERT_PTR_NOT_NULL(strstr(req.authorization, wanted));
	CU_ASSERT_PTR_NULL(strstr(req.authorization, "auts="));

	CU_ASSERT_EQUAL_FATAL(hear(ok_head, ok_body), GBA_DONE);
	CU_ASSERT_STRING_EQUAL(g.info.btid, VEC("gba.b_tid"));
	CU_ASSERT_STRING_EQUAL(g.info.lifetime, "2030-01-01T00:00:00Z");
	CU_ASSERT_EQUAL(g.info.expires, 1893456000);
}

static void auts_asks_for_another_challenge(void)
{
	char wanted[256];

	CU_ASSERT_EQUAL(start(), GBA_SEND);
	CU_ASSERT_EQUAL(hear(challenge_head, NULL), GBA_CARD);
	CU_ASSERT_EQUAL_FATAL(gba_card_answer(&g, (struct span){ 0 }, json_hex(vectors, "$.ub_digest.auts"), &req),
			      GBA_SEND);
	snprintf(wanted, sizeof wanted, "auts=\"%s\"", VEC("ub_digest.auts_b64"));
	CU_ASSERT_PTR_NOT_NULL(strstr(req.authorization, wanted));
	snprintf(wanted, sizeof wanted, "response=\"%s\"", VEC("ub_digest.response_when_auts_present_empty_password"));
	CU_ASSERT_PTR_NOT_NULL(strstr(req.authorization, wanted));
	/* The BSF answers with a new challenge; the run goes on as always. */
	CU_ASSERT_EQUAL(hear(challenge_head, NULL), GBA_CARD);
	CU_ASSERT_EQUAL(gba_card_answer(&g, json_hex(vectors, "$.gba.res"), (struct span){ 0 }, &req), GBA_SEND);
	CU_ASSERT_PTR_NULL(strstr(req.authorization, "auts="));
	CU_ASSERT_EQUAL(hear(ok_head, ok_body), GBA_DONE);
}

static void attack_bsf_that_resynchronises_for_ever(void)
{
	enum gba_next next = start();

	for (int i = 0; i < 10 && next != GBA_FAIL; i++) {
		next = hear(challenge_head, NULL);
		if (next == GBA_CARD)
			next = gba_card_answer(&g, (struct span){ 0 }, json_hex(vectors, "$.ub_digest.auts"), &req);
	}
	CU_ASSERT_EQUAL(next, GBA_FAIL);
	CU_ASSERT_TRUE(g.refused);
}

static void attack_200_without_authentication(void)
{
	CU_ASSERT_EQUAL(start(), GBA_SEND);
	CU_ASSERT_EQUAL(hear(ok_head, ok_body), GBA_FAIL);
	/* And after AUTS, with its empty password. */
	CU_ASSERT_EQUAL(start(), GBA_SEND);
	CU_ASSERT_EQUAL(hear(challenge_head, NULL), GBA_CARD);
	CU_ASSERT_EQUAL(gba_card_answer(&g, (struct span){ 0 }, json_hex(vectors, "$.ub_digest.auts"), &req), GBA_SEND);
	CU_ASSERT_EQUAL(hear(ok_head, ok_body), GBA_FAIL);
}

static void attack_wrong_rspauth_or_changed_body(void)
{
	char text[2048], *p;

	snprintf(text, sizeof text, "%s", ok_head);
	p = strstr(text, "rspauth=\"") + 9;
	*p = *p == '0' ? '1' : '0';
	CU_ASSERT_EQUAL(up_to_res(), GBA_SEND);
	CU_ASSERT_EQUAL(hear(text, ok_body), GBA_FAIL);
	CU_ASSERT_TRUE(g.refused);

	snprintf(text, sizeof text, "%s", ok_body);
	p = strstr(text, "2030");
	*(p + 3) = '1';
	CU_ASSERT_EQUAL(up_to_res(), GBA_SEND);
	CU_ASSERT_EQUAL(hear(ok_head, text), GBA_FAIL);

	CU_ASSERT_EQUAL(up_to_res(), GBA_SEND);
	CU_ASSERT_EQUAL(hear("HTTP/1.1 200 OK\n", ok_body), GBA_FAIL);
	CU_ASSERT_EQUAL(up_to_res(), GBA_SEND);
	CU_ASSERT_EQUAL(hear("HTTP/1.1 200 OK\nAuthentication-Info: qop=auth, rspauth=\"\"\n", ok_body), GBA_FAIL);
}

static void attack_lifetime_that_is_over(void)
{
	CU_ASSERT_EQUAL(up_to_res(), GBA_SEND);
	fill_response(&resp, ok_head, ok_body);
	CU_ASSERT_EQUAL(gba_response(&g, &resp, 1893456000, &req), GBA_FAIL);
	CU_ASSERT_PTR_NOT_NULL(strstr(g.why, "2030-01-01"));
}

static void attack_weaker_challenges(void)
{
	static const char *const bad[] = {
		"",
		"WWW-Authenticate: Basic realm=\"x\"\n",
		"WWW-Authenticate: Digest realm=\"" HOME "\", nonce=\"AAAA\", algorithm=MD5, qop=\"auth-int\"\n",
		"WWW-Authenticate: Digest realm=\"" HOME "\", nonce=\"AAAA\", algorithm=AKAv1-MD5, qop=\"auth-int\"\n",
		"WWW-Authenticate: Digest realm=\"" HOME "\", nonce=\"!\", algorithm=AKAv1-MD5, qop=\"auth-int\"\n",
	};
	char head[1024];

	for (size_t i = 0; i < VU_COUNT(bad); i++) {
		snprintf(head, sizeof head, "HTTP/1.1 401 x\n%s", bad[i]);
		CU_ASSERT_EQUAL(start(), GBA_SEND);
		CU_ASSERT_EQUAL(hear(head, NULL), GBA_FAIL);
		CU_ASSERT_NOT_EQUAL(g.why[0], '\0');
	}
	snprintf(head, sizeof head,
		 "HTTP/1.1 401 x\nWWW-Authenticate: Digest realm=\"" HOME "\", nonce=\"%s\", algorithm=AKAv1-MD5, "
		 "qop=\"auth\"\n",
		 VEC("ub_digest.nonce"));
	CU_ASSERT_EQUAL(start(), GBA_SEND);
	CU_ASSERT_EQUAL(hear(head, NULL), GBA_FAIL);
}

static void other_statuses_end_the_run(void)
{
	static const int codes[] = { 400, 403, 404, 500, 503, 302 };
	char head[64];

	for (size_t i = 0; i < VU_COUNT(codes); i++) {
		snprintf(head, sizeof head, "HTTP/1.1 %d x\n", codes[i]);
		CU_ASSERT_EQUAL(start(), GBA_SEND);
		CU_ASSERT_EQUAL(hear(head, NULL), GBA_FAIL);
		CU_ASSERT_EQUAL(g.refused, codes[i] >= 400 && codes[i] < 500);
		CU_ASSERT_EQUAL(strstr(g.why, "does not know the IMPI") != NULL, codes[i] == 403);
	}
	CU_ASSERT_EQUAL(up_to_res(), GBA_SEND);
	CU_ASSERT_EQUAL(hear(challenge_head, NULL), GBA_FAIL); /* RES was not believed */
	CU_ASSERT_TRUE(g.refused);
}

static void attack_every_truncation_of_head_and_body(void)
{
	char head[1024], body[2048];
	size_t done = 0;

	for (size_t n = 0; n < strlen(challenge_head); n++) {
		snprintf(head, sizeof head, "%.*s", (int)n, challenge_head);
		CU_ASSERT_EQUAL(start(), GBA_SEND);
		enum gba_next next = hear(head, NULL);
		done += next == GBA_CARD;
		CU_ASSERT_TRUE(next == GBA_CARD || (next == GBA_FAIL && g.why[0] != '\0'));
	}
	CU_ASSERT_TRUE(done < sizeof ", opaque=\"xyz\"\n");
	for (size_t n = 0; n + 1 < strlen(ok_head); n++) {
		snprintf(head, sizeof head, "%.*s", (int)n, ok_head);
		CU_ASSERT_EQUAL(up_to_res(), GBA_SEND);
		CU_ASSERT_EQUAL(hear(head, ok_body), GBA_FAIL);
		CU_ASSERT_NOT_EQUAL(g.why[0], '\0');
	}
	for (size_t n = 0; n < strlen(ok_body); n++) {
		snprintf(body, sizeof body, "%.*s", (int)n, ok_body);
		CU_ASSERT_EQUAL(up_to_res(), GBA_SEND);
		CU_ASSERT_EQUAL(hear(ok_head, body), GBA_FAIL);
	}
}

/* A cut body under a digest that fits it: what a broken BSF sends. The XML reader must end it. */
static void attack_every_truncation_of_an_authentic_body(void)
{
	char head[1024], body[2048], rspauth[DIGEST_HEX_MAX];

	for (size_t n = 0; n < strlen(ok_body); n++) {
		snprintf(body, sizeof body, "%.*s", (int)n, ok_body);
		CU_ASSERT_EQUAL(up_to_res(), GBA_SEND);
		digest_response(prim, rspauth, &g.digest, json_hex(vectors, "$.gba.res"), NULL, span_str(body));
		snprintf(head, sizeof head,
			 "HTTP/1.1 200 OK\nAuthentication-Info: qop=auth-int, rspauth=\"%s\", cnonce=\"%s\", "
			 "nc=00000001\n",
			 rspauth, VEC("ub_digest.cnonce"));
		CU_ASSERT_EQUAL(hear(head, body), GBA_FAIL);
		CU_ASSERT_PTR_NOT_NULL(strstr(g.why, "body"));
	}
}

static void steps_out_of_order_fail(void)
{
	CU_ASSERT_EQUAL(start(), GBA_SEND);
	CU_ASSERT_EQUAL(gba_card_answer(&g, json_hex(vectors, "$.gba.res"), (struct span){ 0 }, &req), GBA_FAIL);
	CU_ASSERT_EQUAL(start(), GBA_SEND);
	CU_ASSERT_EQUAL(hear(challenge_head, NULL), GBA_CARD);
	CU_ASSERT_EQUAL(hear(challenge_head, NULL), GBA_FAIL);
	CU_ASSERT_EQUAL(start(), GBA_SEND);
	CU_ASSERT_EQUAL(hear(challenge_head, NULL), GBA_CARD);
	CU_ASSERT_EQUAL(gba_card_answer(&g, (struct span){ 0 }, (struct span){ 0 }, &req), GBA_FAIL);
	CU_ASSERT_EQUAL(gba_start(&g, prim, true, "i", "not a URL", "c", &req), GBA_FAIL);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "names follow from the IMSI", names_follow_from_the_imsi },
		{ "attack: realm of another BSF", attack_realm_of_another_bsf },
		{ "the BSF is told where Ks will be", the_bsf_is_told_where_ks_will_be },
		{ "a whole run with the vectors", whole_run_with_the_vectors },
		{ "AUTS asks for another challenge", auts_asks_for_another_challenge },
		{ "attack: BSF that resynchronises for ever", attack_bsf_that_resynchronises_for_ever },
		{ "attack: 200 without authentication", attack_200_without_authentication },
		{ "attack: wrong rspauth or changed body", attack_wrong_rspauth_or_changed_body },
		{ "attack: lifetime that is over", attack_lifetime_that_is_over },
		{ "attack: weaker challenges", attack_weaker_challenges },
		{ "other statuses end the run", other_statuses_end_the_run },
		{ "attack: every truncation of head and body", attack_every_truncation_of_head_and_body },
		{ "attack: every truncation of an authentic body", attack_every_truncation_of_an_authentic_body },
		{ "steps out of order fail", steps_out_of_order_fail },
	};
	vectors = json_open("gba-mikey.json");
	prim = prim_open();
	make_heads();
	int rc = prim != NULL ? CU_RUN("gba", tests) : 2;
	gba_wipe(&g);
	prim_close(prim);
	json_close(vectors);
	return rc;
}
