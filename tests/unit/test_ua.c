/* SPDX-License-Identifier: Apache-2.0 */
/* The BM-SC on Ua: who gets in, what the requests of key management are answered, and what a peer may try. */
#include "net_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/base64.h"
#include "host/secdesc.h"

#define REGISTER NET_KM "?requesttype=register"
#define REGISTER_BODY                                                                                                  \
	"<mbmsSecurityRegister xmlns=\"urn:3GPP:metadata:2005:MBMS:register\"><serviceID>" NET_SERVICE                 \
	"</serviceID></mbmsSecurityRegister>"

/* Three subscribers: MBMS on the UICC, GBA_ME, GBA_U with MBMS in the ME; two services, one for the first subscriber alone. */
static const char network[] =
	"subscribers:\n"
	"- { imsi: '001010123456789', mnc_length: 2, k: 465b5ce8b199b49faa5f0a2ee238a6bc,\n"
	"    opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: '000000000020', gba_u: true }\n"
	"- { imsi: '001010123456780', mnc_length: 2, k: 00112233445566778899aabbccddeeff,\n"
	"    opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: '000000000020', gba_u: false }\n"
	"- { imsi: '001010123456781', mnc_length: 2, k: 00112233445566778899aabbccddeeff,\n"
	"    opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: '000000000020', gba_u: true, mbms: me }\n"
	"services:\n"
	"- { id: 'urn:3gpp:mbms:demo', key_domain: 00f110, key_group: '0001', streaming: true }\n"
	"- { id: 'urn:club', key_domain: 00f110, key_group: '0002', streaming: false, members: ['001010123456789'] }\n";

/* A network and a UE that has bootstrapped. */
struct story {
	struct net *net;
	struct phone phone;
};

static struct story begin(void)
{
	struct story s = { .net = net_open(network) };

	s.phone = phone_of(s.net, 0);
	CU_ASSERT_FATAL(phone_bootstrap(&s.phone));
	return s;
}

/* Gets a nonce. */
static void greet(struct phone *p)
{
	struct digest d;
	const char *why;

	CU_ASSERT_EQUAL(net_ua(p->net, "GET", NET_KM, NULL, (struct span){ 0 }), 401);
	CU_ASSERT_FATAL(digest_parse(&d, span_str(p->net->answer.authenticate), &why));
	memcpy(p->nonce, d.nonce, sizeof p->nonce);
	p->nc = 0;
}

static int post(struct phone *p, const char *target, const char *body)
{
	char authorization[HTTP_HEADER_MAX];

	phone_authorize(p, authorization, "POST", target, span_str(body));
	return net_ua(p->net, "POST", target, authorization, span_str(body));
}

static bool stale(const struct net *net)
{
	struct digest d;
	const char *why;

	return net->answer.status == 401 && digest_parse(&d, span_str(net->answer.authenticate), &why) && d.stale;
}

static void without_credentials_a_challenge_comes(void)
{
	struct net *net = net_open(NULL);
	struct digest d;
	const char *why;

	CU_ASSERT_EQUAL(net_ua(net, "GET", NET_KM, NULL, (struct span){ 0 }), 401);
	CU_ASSERT(digest_parse(&d, span_str(net->answer.authenticate), &why));
	CU_ASSERT_STRING_EQUAL(d.realm, "3GPP-bootstrapping@bmsc.home1.net");
	CU_ASSERT_PTR_NOT_NULL(strstr(net->answer.authenticate, "qop=\"auth,auth-int\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(net->answer.authenticate, "algorithm=MD5"));
	CU_ASSERT_FALSE(d.stale);
	CU_ASSERT_EQUAL(net_ua(net, "GET", "/other", NULL, (struct span){ 0 }), 404);
	net_close(net);
}

static void an_unknown_btid_has_to_bootstrap(void)
{
	struct story s = begin();

	greet(&s.phone);
	s.phone.btid[0] ^= 1;
	CU_ASSERT_EQUAL(post(&s.phone, REGISTER, REGISTER_BODY), 401);
	CU_ASSERT_FALSE(stale(s.net));
	CU_ASSERT(net_event(s.net, "unauthorized", "no bootstrapping run"));
	net_close(s.net);
}

static void a_wrong_key_has_to_bootstrap(void)
{
	struct story s = begin();

	greet(&s.phone);
	s.phone.mrk.b[31] ^= 1;
	CU_ASSERT_EQUAL(post(&s.phone, REGISTER, REGISTER_BODY), 401);
	CU_ASSERT_FALSE(stale(s.net));
	CU_ASSERT(net_event(s.net, "unauthorized", "a wrong digest"));
	net_close(s.net);
}

static void a_nonce_that_is_not_known_is_stale(void)
{
	struct story s = begin();

	snprintf(s.phone.nonce, sizeof s.phone.nonce, "made up");
	CU_ASSERT_EQUAL(post(&s.phone, REGISTER, REGISTER_BODY), 401);
	CU_ASSERT(stale(s.net));
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE),
			-401); /* the same nonce: the fixture takes the new one */
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 200);
	net_close(s.net);
}

static void a_nonce_ages(void)
{
	struct story s = begin();

	greet(&s.phone);
	s.net->now += 300 * 1000;
	CU_ASSERT_EQUAL(post(&s.phone, REGISTER, REGISTER_BODY), 401);
	CU_ASSERT(stale(s.net));
	net_close(s.net);
}

static void a_replayed_request_is_refused(void)
{
	struct story s = begin();
	char authorization[HTTP_HEADER_MAX];

	greet(&s.phone);
	phone_authorize(&s.phone, authorization, "POST", REGISTER, span_str(REGISTER_BODY));
	CU_ASSERT_EQUAL(net_ua(s.net, "POST", REGISTER, authorization, span_str(REGISTER_BODY)), 200);
	CU_ASSERT_EQUAL(net_ua(s.net, "POST", REGISTER, authorization, span_str(REGISTER_BODY)), 401);
	CU_ASSERT(stale(s.net));
	/* The count goes on, and never back. */
	CU_ASSERT_EQUAL(post(&s.phone, REGISTER, REGISTER_BODY), 200);
	s.phone.nc = 0;
	CU_ASSERT_EQUAL(post(&s.phone, REGISTER, REGISTER_BODY), 401);
	net_close(s.net);
}

static void a_changed_body_is_noticed_with_auth_int(void)
{
	struct story s = begin();
	char authorization[HTTP_HEADER_MAX], body[] = REGISTER_BODY;

	greet(&s.phone);
	phone_authorize(&s.phone, authorization, "POST", REGISTER, span_str(body));
	body[sizeof body - 2] = ' ';
	CU_ASSERT_EQUAL(net_ua(s.net, "POST", REGISTER, authorization, span_str(body)), 401);
	net_close(s.net);
}

static void another_target_or_method_is_noticed(void)
{
	struct story s = begin();
	char authorization[HTTP_HEADER_MAX];

	greet(&s.phone);
	phone_authorize(&s.phone, authorization, "POST", REGISTER, span_str(REGISTER_BODY));
	CU_ASSERT_EQUAL(net_ua(s.net, "POST", NET_KM "?requesttype=deregister", authorization, span_str(REGISTER_BODY)),
			401);
	CU_ASSERT_EQUAL(net_ua(s.net, "PUT", REGISTER, authorization, span_str(REGISTER_BODY)), 401);
	net_close(s.net);
}

static void qop_auth_is_taken_for_clients_like_curl(void)
{
	struct story s = begin();

	s.phone.qop = DIGEST_QOP_AUTH;
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 200);
	net_close(s.net);
}

/* TS 33.246 6.1, decision 31: MUK = Ks_(ext_)NAF, the MRK follows from it. */
static void keys_in_the_me(size_t subscriber)
{
	struct net *net = net_open(network);
	struct phone p = phone_of(net, subscriber);

	CU_ASSERT(phone_bootstrap(&p));
	CU_ASSERT_EQUAL(phone_register(&p, NET_SERVICE), 200);
	CU_ASSERT_EQUAL(phone_ask(&p, 1, 0), 200);
	CU_ASSERT_EQUAL(phone_take(&p, 0, &(struct wr){ .p = (uint8_t[256]){ 0 }, .cap = 256 }), MGV_STORED);
	net_close(net);
}

static void a_ue_without_gba_u_has_its_keys_in_the_me(void)
{
	keys_in_the_me(1);
}

static void a_ue_with_gba_u_may_have_its_keys_in_the_me(void)
{
	keys_in_the_me(2);
}

static void registration_answers_each_service_by_itself(void)
{
	static struct km_doc request, answer;
	struct net *net = net_open(network);
	struct phone p = phone_of(net, 1);

	CU_ASSERT(phone_bootstrap(&p));
	request = (struct km_doc){ .kind = KM_REGISTER, .n = 3, .base64 = true };
	snprintf(request.item[0].service, KM_SERVICE_MAX, "%s", NET_SERVICE);
	snprintf(request.item[1].service, KM_SERVICE_MAX, "urn:club");
	snprintf(request.item[2].service, KM_SERVICE_MAX, "urn:none");
	CU_ASSERT_EQUAL(phone_request(&p, &request, &answer), 200);
	CU_ASSERT_EQUAL(answer.n, 3);
	CU_ASSERT_EQUAL(answer.item[0].code, 200);
	CU_ASSERT_EQUAL(answer.item[1].code, 403);
	CU_ASSERT_EQUAL(answer.item[2].code, 404);
	CU_ASSERT_STRING_EQUAL(answer.item[1].service, "urn:club");
	CU_ASSERT(net_event(net, "registered", "code=200"));
	CU_ASSERT(net_event(net, "rejected", "code=403"));
	CU_ASSERT_EQUAL(net->n_sent, 0);
	net_close(net);
}

static void an_msk_is_for_those_who_are_registered(void)
{
	struct story s = begin();
	static struct km_doc leave;

	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 0), 403);
	CU_ASSERT_EQUAL(s.net->n_sent, 0);
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 200);
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 0), 200);
	CU_ASSERT_EQUAL(s.net->n_sent, 1);
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 2, 0), 403); /* another service's */
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 9, 0), 404);
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 7), 404);

	leave = (struct km_doc){ .kind = KM_DEREGISTER, .n = 1 };
	snprintf(leave.item[0].service, KM_SERVICE_MAX, "%s", NET_SERVICE);
	CU_ASSERT_EQUAL(phone_request(&s.phone, &leave, NULL), 200);
	CU_ASSERT(net_event(s.net, "deregistered", NET_SERVICE));
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 0), 403);
	CU_ASSERT_EQUAL(s.net->n_sent, 1);
	net_close(s.net);
}

static void the_answer_is_written_as_the_request_was(void)
{
	struct story s = begin();

	greet(&s.phone);
	CU_ASSERT_EQUAL(post(&s.phone, REGISTER, REGISTER_BODY), 200);
	CU_ASSERT_EQUAL(s.net->body[0], '<');
	CU_ASSERT_STRING_EQUAL(s.net->answer.content_type, "application/mbms-register-response+xml");
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 200); /* in Base64 */
	CU_ASSERT(span_starts(wr_done(&s.net->answer.body), span_str("PD94bWwg")));
	net_close(s.net);
}

static void what_is_no_request_gets_400_or_405(void)
{
	struct story s = begin();

	greet(&s.phone);
	CU_ASSERT_EQUAL(post(&s.phone, NET_KM, REGISTER_BODY), 400);
	CU_ASSERT_EQUAL(post(&s.phone, NET_KM "?requesttype=msk", REGISTER_BODY), 400);
	CU_ASSERT_EQUAL(post(&s.phone, REGISTER, ""), 400);
	CU_ASSERT_EQUAL(post(&s.phone, NET_KM "?requesttype=msk-request", REGISTER_BODY), 400);
	CU_ASSERT(net_event(s.net, "rejected", "element mbmsSecurityRegister"));
	CU_ASSERT(s.net->answer.info[0] != '\0'); /* it is signed all the same */

	char authorization[HTTP_HEADER_MAX];
	phone_authorize(&s.phone, authorization, "GET", REGISTER, (struct span){ 0 });
	CU_ASSERT_EQUAL(net_ua(s.net, "GET", REGISTER, authorization, (struct span){ 0 }), 405);
	CU_ASSERT_STRING_EQUAL(s.net->answer.allow, "POST");
	net_close(s.net);
}

static void a_body_of_another_media_type_gets_415(void)
{
	static const char *const wrong[] = { "application/mbms-msk+xml", "application/x-www-form-urlencoded", "",
					     "application/mbms-register", "application/mbms-register+xmlx" };
	static const char *const right[] = { "application/mbms-register+xml;charset=utf-8",
					     "Application/MBMS-Register+XML ; charset=utf-8" };
	struct story s = begin();

	greet(&s.phone);
	for (size_t i = 0; i < VU_COUNT(wrong); i++) {
		s.net->content_type = wrong[i];
		CU_ASSERT_EQUAL(post(&s.phone, REGISTER, REGISTER_BODY), 415);
		CU_ASSERT(net_event(s.net, "rejected", "expected Content-Type application/mbms-register+xml, got "));
		CU_ASSERT_FALSE(net_event(s.net, "registered", NULL));
	}
	for (size_t i = 0; i < VU_COUNT(right); i++) {
		s.net->content_type = right[i];
		CU_ASSERT_EQUAL(post(&s.phone, REGISTER, REGISTER_BODY), 200);
	}
	net_close(s.net);
}

/* TS 33.246 clause 6.3.2.4: each item has its own code, and the MSKs of those with 200 follow. */
static void an_msk_request_answers_each_msk_by_itself(void)
{
	static const struct {
		uint8_t domain[3];
		uint16_t group, number, code;
	} items[] = {
		{ { 0x00, 0xF1, 0x10 }, 1, 0, 200 }, /* the current one */
		{ { 0x00, 0xF1, 0x10 }, 2, 0, 403 }, /* of a service that it is not registered to */
		{ { 0x00, 0xF1, 0x10 }, 9, 0, 404 }, /* no such group */
		{ { 0x00, 0xF1, 0x10 }, 1, 7, 404 }, /* no such MSK */
		{ { 0x62, 0xF2, 0x20 }, 1, 0, 404 }, /* another Key Domain */
		{ { 0x00, 0xF1, 0x10 }, 1, 1, 200 }, /* the current one by its number */
	};
	static struct km_doc request, answer;
	struct story s = begin();

	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 200);
	request = (struct km_doc){ .kind = KM_MSK_REQUEST, .n = VU_COUNT(items), .base64 = true };
	for (size_t i = 0; i < VU_COUNT(items); i++) {
		request.item[i].key = (struct mikey_key_id){ .group = items[i].group, .number = items[i].number };
		memcpy(request.item[i].key.domain, items[i].domain, 3);
	}
	CU_ASSERT_EQUAL(phone_request(&s.phone, &request, &answer), 200);
	CU_ASSERT_EQUAL_FATAL(answer.n, VU_COUNT(items));
	for (size_t i = 0; i < VU_COUNT(items); i++)
		CU_ASSERT_EQUAL(answer.item[i].code, items[i].code);
	CU_ASSERT_EQUAL(s.net->n_sent, 2);
	CU_ASSERT_EQUAL(net_message(s.net, 0).key.group, 1);
	CU_ASSERT_EQUAL(net_message(s.net, 1).key.number, 1);
	net_close(s.net);
}

static void who_is_a_member_is_decided_one_by_one(void)
{
	static const char yaml[] =
		"subscribers:\n- { imsi: '001010000000000', mnc_length: 2, k: 465b5ce8b199b49faa5f0a2ee238a6bc,\n"
		"    opc: cd63cb71954a9f4e48a5994e37a02baf, sqn: '000000000020', gba_u: true, count: 5 }\n"
		"services:\n- { id: 'urn:club', key_domain: 00f110, key_group: '0001', streaming: false,\n"
		"    members: [ '001010000000003', '001010000000000', '001010000000004' ] }\n";
	static const int code[] = { 200, 403, 403, 200, 200 };
	struct net *net = net_open(yaml);

	for (size_t i = 0; i < VU_COUNT(code); i++) {
		struct phone p = phone_of(net, i);

		CU_ASSERT(phone_bootstrap(&p));
		CU_ASSERT_EQUAL(phone_register(&p, "urn:club"), code[i]);
	}
	net_close(net);
}

static void the_security_description_is_for_everybody(void)
{
	static const char yaml[] =
		"bmsc: { port: 0, fqdn: bmsc.home1.net, path: /keymanagement, muk_lifetime: 1,\n"
		"  description: /d, offset_time: 3, random_time_period: 60, uicc_key_management: true }\n"
		"services:\n"
		"- { id: 'urn:a', key_domain: 00f110, key_group: '0001', streaming: true }\n"
		"- { id: 'urn:b', key_domain: 62f220, key_group: fffe, streaming: true }\n";
	static struct secdesc d;
	struct net *net = net_open(yaml);
	char why[XML_WHY_MAX];

	CU_ASSERT_EQUAL(net_ua(net, "GET", "/d", NULL, (struct span){ 0 }), 200);
	CU_ASSERT_STRING_EQUAL(net->answer.content_type, "application/mbms-protection-description+xml");
	CU_ASSERT_FATAL(secdesc_parse(&d, wr_done(&net->answer.body), why));
	CU_ASSERT(d.offset == 3 && d.random == 60 && d.uicc);
	CU_ASSERT_STRING_EQUAL(d.server[0], "http://bmsc.home1.net/keymanagement");
	CU_ASSERT_EQUAL(d.n_keys, 2);
	CU_ASSERT_STRING_EQUAL(d.key[1].service, "urn:b");
	CU_ASSERT(d.key[1].group == 0xFFFE && memcmp(d.key[1].domain, "\x62\xF2\x20", 3) == 0);
	CU_ASSERT(net_event(net, "description-sent", "services=2"));
	CU_ASSERT_EQUAL(net_ua(net, "POST", "/d", NULL, (struct span){ 0 }), 405);
	CU_ASSERT_STRING_EQUAL(net->answer.allow, "GET");
	net_close(net);
}

static void no_truncation_of_a_body_registers_anybody(void)
{
	struct story s = begin();

	greet(&s.phone);
	for (size_t n = 0; n < strlen(REGISTER_BODY); n++) {
		char authorization[HTTP_HEADER_MAX];
		uint8_t *body = malloc(n == 0 ? 1 : n);

		CU_ASSERT_FATAL(body != NULL);
		memcpy(body, REGISTER_BODY, n);
		phone_authorize(&s.phone, authorization, "POST", REGISTER, span_of(body, n));
		CU_ASSERT_EQUAL(net_ua(s.net, "POST", REGISTER, authorization, span_of(body, n)), 400);
		free(body);
	}
	CU_ASSERT_FALSE(net_event(s.net, "registered", NULL));
	net_close(s.net);
}

static void no_truncation_of_an_authorization_gets_in(void)
{
	struct story s = begin();
	char whole[HTTP_HEADER_MAX];
	size_t end = 1;

	for (size_t n = 0; n < end; n++) {
		char *cut = malloc(n + 1);

		greet(&s.phone);
		phone_authorize(&s.phone, whole, "POST", REGISTER, span_str(REGISTER_BODY));
		end = (size_t)(strstr(whole, ", algorithm") - whole); /* MD5 is the default, and what stands there */
		CU_ASSERT_FATAL(cut != NULL);
		memcpy(cut, whole, n);
		cut[n] = '\0';
		CU_ASSERT_EQUAL(net_ua(s.net, "POST", REGISTER, cut, span_str(REGISTER_BODY)), 401);
		free(cut);
	}
	CU_ASSERT_FALSE(net_event(s.net, "registered", NULL));
	CU_ASSERT_EQUAL(net_ua(s.net, "POST", REGISTER, whole, span_str(REGISTER_BODY)), 200);
	net_close(s.net);
}

static void behind_an_expired_muk_stands_401_until_a_new_btid_comes(void)
{
	struct story s = begin();

	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 200);
	CU_ASSERT(net_control(s.net, "expire " NET_IMSI));
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 0), -401);
	CU_ASSERT_FALSE(stale(s.net));
	CU_ASSERT(net_event(s.net, "renegotiation", s.phone.btid));
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 0), -401);
	CU_ASSERT(phone_bootstrap(&s.phone));
	CU_ASSERT_EQUAL(phone_ask(&s.phone, 1, 0), 200); /* registered as before */
	net_close(s.net);
}

static void a_muk_lives_no_longer_than_configured(void)
{
	struct story s = begin();

	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 200);
	s.net->now += 3600 * 1000 - 1;
	s.phone.nonce[0] = '\0';
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 200);
	s.net->now += 1;
	s.phone.nonce[0] = '\0';
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), -401);
	net_close(s.net);
}

/* TS 33.246: its life may be shorter than that of the run it comes from, under which nothing but pulls leave then. */
static void a_muk_may_end_before_its_run_does(void)
{
	char yaml[sizeof network + 128];

	snprintf(yaml, sizeof yaml, "%sbmsc: { port: 0, fqdn: bmsc.home1.net, path: %s, muk_lifetime: 60 }\n", network,
		 NET_KM);
	struct net *net = net_open(yaml);
	struct phone p = phone_of(net, 0);
	CU_ASSERT_FATAL(phone_bootstrap(&p));
	CU_ASSERT_EQUAL(phone_register(&p, NET_SERVICE), 200);
	net->now += 60 * 1000 - 1;
	CU_ASSERT(net_control(net, "push " NET_IMSI " " NET_GROUP));
	CU_ASSERT_EQUAL(phone_register(&p, NET_SERVICE), 200);
	net->now += 1;
	CU_ASSERT_FALSE(net_control(net, "push " NET_IMSI " " NET_GROUP));
	net_forget(net);
	CU_ASSERT(net_control(net, "pull " NET_IMSI " " NET_GROUP));
	CU_ASSERT_EQUAL(phone_take(&p, 0, &(struct wr){ .p = (uint8_t[256]){ 0 }, .cap = 256 }), MGV_PULL);
	CU_ASSERT_EQUAL(phone_register(&p, NET_SERVICE), -401);
	CU_ASSERT(net_event(net, "renegotiation", p.btid));
	CU_ASSERT_FALSE(stale(net));
	net_close(net);
}

/* Posts with a digest that is right for this realm. */
static int post_in_realm(struct phone *p, const char *realm)
{
	uint8_t text[64];
	char authorization[HTTP_HEADER_MAX];
	struct wr password = WR(text), w = WR(authorization);
	struct digest d = { .algorithm = DIGEST_MD5, .qop = p->qop, .nc = ++p->nc };

	base64_put(&password, SPAN(p->mrk.b));
	snprintf(d.username, sizeof d.username, "%s", p->btid);
	snprintf(d.realm, sizeof d.realm, "%s", realm);
	snprintf(d.nonce, sizeof d.nonce, "%s", p->nonce);
	snprintf(d.uri, sizeof d.uri, "%s", REGISTER);
	snprintf(d.cnonce, sizeof d.cnonce, "6629fae4");
	digest_response(p->net->env.prim, d.response, &d, wr_done(&password), "POST", span_str(REGISTER_BODY));
	digest_put_authorization(&w, &d);
	CU_ASSERT_FATAL(wr_cstr(&w));
	return net_ua(p->net, "POST", REGISTER, authorization, span_str(REGISTER_BODY));
}

/* TS 24.109 5.2.4: the realm names this NAF, and keys in the ME, beside which those on the UICC may stand. */
static void a_digest_for_another_realm_is_refused(void)
{
	struct story s = begin();

	greet(&s.phone);
	CU_ASSERT_EQUAL(post_in_realm(&s.phone, "3GPP-bootstrapping@bmsc.home2.net"), 401);
	CU_ASSERT_EQUAL(post_in_realm(&s.phone, "3GPP-bootstrapping-uicc@bmsc.home1.net"), 401);
	CU_ASSERT_EQUAL(post_in_realm(&s.phone, ""), 401);
	CU_ASSERT_FALSE(stale(s.net));
	CU_ASSERT_EQUAL(post_in_realm(&s.phone, "3GPP-bootstrapping@bmsc.home1.net"), 200);
	CU_ASSERT_EQUAL(
		post_in_realm(&s.phone, "3GPP-bootstrapping-uicc@bmsc.home1.net;3GPP-bootstrapping@bmsc.home1.net"),
		200);
	net_close(s.net);
}

static void floods_of_strangers_cost_a_ue_one_more_round(void)
{
	struct story s = begin();

	greet(&s.phone);
	for (int i = 0; i < 1000; i++) {
		CU_ASSERT_EQUAL(net_ua(s.net, "POST", REGISTER, NULL, span_str(REGISTER_BODY)), 401);
	}
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), -401);
	CU_ASSERT(stale(s.net));
	CU_ASSERT_EQUAL(phone_register(&s.phone, NET_SERVICE), 200);
	net_close(s.net);
}

int main(void)
{
	static const struct cu_test tests[] = {
#define T(f) { #f, f }
		T(without_credentials_a_challenge_comes),
		T(an_unknown_btid_has_to_bootstrap),
		T(a_wrong_key_has_to_bootstrap),
		T(a_nonce_that_is_not_known_is_stale),
		T(a_nonce_ages),
		T(a_replayed_request_is_refused),
		T(a_changed_body_is_noticed_with_auth_int),
		T(another_target_or_method_is_noticed),
		T(qop_auth_is_taken_for_clients_like_curl),
		T(a_ue_without_gba_u_has_its_keys_in_the_me),
		T(a_ue_with_gba_u_may_have_its_keys_in_the_me),
		T(registration_answers_each_service_by_itself),
		T(an_msk_is_for_those_who_are_registered),
		T(the_answer_is_written_as_the_request_was),
		T(what_is_no_request_gets_400_or_405),
		T(a_body_of_another_media_type_gets_415),
		T(an_msk_request_answers_each_msk_by_itself),
		T(who_is_a_member_is_decided_one_by_one),
		T(the_security_description_is_for_everybody),
		T(no_truncation_of_a_body_registers_anybody),
		T(no_truncation_of_an_authorization_gets_in),
		T(behind_an_expired_muk_stands_401_until_a_new_btid_comes),
		T(a_muk_lives_no_longer_than_configured),
		T(a_muk_may_end_before_its_run_does),
		T(a_digest_for_another_realm_is_refused),
		T(floods_of_strangers_cost_a_ue_one_more_round),
	};
	return CU_RUN("BM-SC on Ua", tests);
}
