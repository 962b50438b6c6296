/* SPDX-License-Identifier: Apache-2.0 */
/* Zn as JSON, and the BSF's end of it over HTTP. */
#include "net_fixture.h"

#include "host/testnet/zn_json.h"
#include "host/testnet/zn_server.h"

#define NAF_HEX "626d73632e686f6d65312e6e65740100000001" /* bmsc.home1.net and MBMS */

static const struct zn_keys some = { .impi = NET_IMPI,
				     .gba_u = true,
				     .uicc_based = true,
				     .me = { { 1, 2, 3 } },
				     .uicc = { { 4, 5, 6 } },
				     .expires = NET_NOW };

static void keys_come_back_as_they_went(void)
{
	char text[ZN_JSON_MAX];
	struct wr w = WR(text);
	struct zn_keys back;
	const char *why = "";

	zn_keys_put(&w, &some, true);
	CU_ASSERT_FATAL(zn_keys_parse(&back, wr_done(&w), &why));
	CU_ASSERT_STRING_EQUAL(back.impi, some.impi);
	CU_ASSERT(back.gba_u && back.uicc_based && back.expires == some.expires);
	CU_ASSERT(memcmp(back.me.b, some.me.b, sizeof some.me.b) == 0);
	CU_ASSERT(memcmp(back.uicc.b, some.uicc.b, sizeof some.uicc.b) == 0);
}

static void a_key_on_the_uicc_is_for_those_who_are_aware(void)
{
	char text[ZN_JSON_MAX];
	struct wr w = WR(text);
	struct zn_keys back;
	const char *why = "";

	zn_keys_put(&w, &some, false);
	CU_ASSERT_FATAL(wr_cstr(&w));
	CU_ASSERT_PTR_NULL(strstr(text, "040506"));
	CU_ASSERT_FALSE(zn_keys_parse(&back, span_of(text, w.n), &why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "uiccKeyMaterial"));
}

static void questions(void)
{
	static const struct {
		const char *json;
		const char *why; /* NULL = a good one */
	} cases[] = {
		{ "{\"btId\":\"a@b\",\"nafId\":\"" NAF_HEX "\"}", NULL },
		{ "{\"btId\":\"a@b\",\"nafFqdn\":\"bmsc.home1.net\",\"uaId\":\"0100000001\",\"x\":[1]}", NULL },
		{ "{\"btId\":\"a@b\"}", "either nafId" },
		{ "{\"btId\":\"a@b\",\"nafId\":\"" NAF_HEX "\",\"nafFqdn\":\"a\",\"uaId\":\"0100000001\"}",
		  "either nafId" },
		{ "{\"btId\":\"a@b\",\"nafId\":\"0100000001\"}", "nafId" },
		{ "{\"btId\":\"a@b\",\"nafId\":\"xx\"}", "nafId" },
		{ "{\"btId\":\"a@b\",\"nafFqdn\":\"a\",\"uaId\":\"01\"}", "uaId" },
		{ "{\"btId\":\"a@b\",\"nafFqdn\":\"a\"}", "uaId" },
		{ "{\"btId\":\"a@b\",\"nafFqdn\":\"\",\"uaId\":\"0100000001\"}", "uaId" },
		{ "{\"nafId\":\"" NAF_HEX "\"}", "btId" },
		{ "{\"btId\":1,\"nafId\":\"" NAF_HEX "\"}", "btId" },
		{ "{\"btId\":\"a@b\",\"btId\":\"c@d\",\"nafId\":\"" NAF_HEX "\"}", "object" },
		{ "[]", "object" },
		{ "", "object" },
	};

	for (size_t i = 0; i < VU_COUNT(cases); i++) {
		struct zn_query q;
		const char *why = "";
		bool ok = zn_query_parse(&q, span_str(cases[i].json), &why);

		CU_ASSERT_EQUAL(ok, cases[i].why == NULL);
		CU_ASSERT(!ok || q.naf_id_len == sizeof NAF_HEX / 2);
		CU_ASSERT(ok || (cases[i].why != NULL && strstr(why, cases[i].why) != NULL));
	}
}

static enum zn_result one_run(void *ctx, struct zn_keys *ret, const char *btid, struct span naf_id, int64_t now)
{
	(void)ctx;
	(void)now;
	if (strcmp(btid, "a+/=@b") != 0 || naf_id.n != sizeof NAF_HEX / 2)
		return ZN_UNKNOWN;
	*ret = some;
	return ZN_KEYS;
}

static int status_of(struct net *net, const char *method, const char *target, const char *authorization,
		     const char *body)
{
	const struct zn_server server = { { one_run, NULL }, span_str("0123456789abcdef"), &net->log };
	const struct http_request request = { .method = method,
					      .path = "/",
					      .target = target,
					      .authorization = authorization,
					      .body = span_str(body),
					      .host = "127.0.0.1" };

	net->answer = http_answer_into(WR(net->body));
	zn_request(&server, &request, &net->answer, net->now);
	return net->answer.status;
}

#define GOOD "Bearer 0123456789abcdef"
#define IN_URI "&nafFqdn=bmsc.home1.net&uaId=0100000001"

static void a_uri_is_as_good_as_json(void)
{
	struct net *net = net_open(NULL);

	CU_ASSERT_EQUAL(status_of(net, "GET", "/?btId=a%2B%2f%3D%40b" IN_URI, GOOD, ""), 200);
	CU_ASSERT(net_event(net, "zn", NET_IMPI));
	CU_ASSERT_EQUAL(status_of(net, "GET", "/?x=1&btId=a+/=@b" IN_URI, GOOD, ""), 200);
	CU_ASSERT_EQUAL(status_of(net, "GET", "/?btId=c@d" IN_URI, GOOD, ""), 404);
	CU_ASSERT_EQUAL(status_of(net, "GET", "/?btId=a%2" IN_URI, GOOD, ""), 400);
	CU_ASSERT_EQUAL(status_of(net, "GET", "/?btId=a%00b" IN_URI, GOOD, ""), 400);
	CU_ASSERT_EQUAL(status_of(net, "GET", "/", GOOD, ""), 400);
	CU_ASSERT_EQUAL(status_of(net, "POST", "/", GOOD, "{\"btId\":\"a+/=@b\",\"nafId\":\"" NAF_HEX "\"}"), 200);
	CU_ASSERT_EQUAL(status_of(net, "DELETE", "/", GOOD, ""), 405);
	net_close(net);
}

static void nobody_gets_a_key_without_the_token(void)
{
	static const char *const bad[] = { NULL,
					   "",
					   "Bearer",
					   "Bearer ",
					   "Bearer 0123456789abcde",
					   "Bearer 0123456789abcdeg",
					   "Bearer 0123456789abcdef0",
					   "Basic 0123456789abcdef",
					   "0123456789abcdef" };
	struct net *net = net_open(NULL);

	for (size_t i = 0; i < VU_COUNT(bad); i++) {
		CU_ASSERT_EQUAL(status_of(net, "GET", "/?btId=a+/=@b" IN_URI, bad[i], ""), 401);
		CU_ASSERT_STRING_EQUAL(net->answer.authenticate, "Bearer realm=\"Zn\"");
	}
	CU_ASSERT_FALSE(net_event(net, "zn", NULL));
	CU_ASSERT_EQUAL(status_of(net, "GET", "/?btId=a+/=@b" IN_URI, "bearer 0123456789abcdef", ""), 200);
	net_close(net);
}

int main(void)
{
	static const struct cu_test tests[] = {
#define T(f) { #f, f }
		T(keys_come_back_as_they_went), T(a_key_on_the_uicc_is_for_those_who_are_aware), T(questions),
		T(a_uri_is_as_good_as_json),	T(nobody_gets_a_key_without_the_token),
	};
	return CU_RUN("Zn", tests);
}
