/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Targets: zn_request (query in a URI and in JSON, token) and zn_keys_parse, which each read what the other writes.
 *
 *   what(1)    0 POST body, 1 GET target, 2 Authorization; anything else: what a BSF answers
 *   then its octets
 */
#include "fuzz.h"
#include "host/testnet/zn_json.h"
#include "host/testnet/zn_server.h"

enum { POST, GET, AUTHORIZATION, WHATS };

#define TOKEN "0123456789abcdef"

static struct zn_query asked;

static enum zn_result some_keys(void *ctx, struct zn_keys *ret, const char *btid, struct span naf_id, int64_t now)
{
	(void)ctx;
	(void)now;
	struct wr w_btid = WR(asked.btid), w_naf_id = WR(asked.naf_id);

	wr_str(&w_btid, btid);
	wr_span(&w_naf_id, naf_id);
	FUZZ_CHECK(btid[0] != '\0' && wr_cstr(&w_btid) && !w_naf_id.bad);
	asked.naf_id_len = w_naf_id.n;
	*ret = (struct zn_keys){ .impi = "a\"\\@b", .gba_u = true, .uicc_based = true, .expires = 1700000000000 };
	return ZN_KEYS;
}

/* What was asked, written and asked once more, is the same question. */
static void ask_again(void)
{
	char text[ZN_JSON_MAX];
	struct wr w = WR(text);
	struct zn_query again;
	const char *why;

	asked.gba_u_aware = true;
	zn_query_put(&w, &asked);
	FUZZ_CHECK(!w.bad);
	/* A B-TID that is no UTF-8 becomes one on the way. */
	for (size_t i = 0; asked.btid[i] != '\0'; i++)
		if ((asked.btid[i] & 0x80) != 0)
			return;
	FUZZ_CHECK(zn_query_parse(&again, wr_done(&w), &why));
	FUZZ_CHECK(strcmp(again.btid, asked.btid) == 0 && again.gba_u_aware);
	FUZZ_CHECK(span_eq(span_of(again.naf_id, again.naf_id_len), span_of(asked.naf_id, asked.naf_id_len)));
}

static void request(int what, const char *text, struct span octets)
{
	static const struct log nowhere = { 0 };
	static uint8_t body[HTTP_ANSWER_MAX];
	const struct zn_server server = { { some_keys, NULL }, span_str(TOKEN), &nowhere };
	const struct http_request r = { .method = what == GET ? "GET" : "POST",
					.path = "/",
					.target = what == GET ? text : "/",
					.authorization = what == AUTHORIZATION ? text : "Bearer " TOKEN,
					.body = what == POST ? octets : (struct span){ 0 },
					.host = "127.0.0.1" };
	struct http_answer a = http_answer_into(WR(body));
	struct zn_keys keys;
	const char *why;

	zn_request(&server, &r, &a, 1);
	FUZZ_CHECK((a.status == 200 || a.status == 400 || a.status == 401) && !a.body.bad);
	FUZZ_CHECK(what == AUTHORIZATION || a.status != 401);
	FUZZ_CHECK(what != AUTHORIZATION || a.status != 200);
	if (a.status == 200) {
		FUZZ_CHECK(zn_keys_parse(&keys, wr_done(&a.body), &why) || strstr(why, "uiccKeyMaterial") != NULL);
		ask_again();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(span_of(data, size));
	int what = rd_u8(&r);
	struct span rest = rd_rest(&r);
	uint8_t *octets = fuzz_copy(rest);
	char *text = malloc(rest.n + 1);
	const char *why = NULL;
	struct zn_keys keys;

	FUZZ_CHECK(text != NULL);
	if (rest.n != 0)
		memcpy(text, rest.p, rest.n);
	text[rest.n] = '\0';
	if (what < WHATS)
		request(what, text, span_of(octets, rest.n));
	else
		FUZZ_CHECK(zn_keys_parse(&keys, span_of(octets, rest.n), &why) ? keys.impi[0] != '\0' || why == NULL
									       : why != NULL);
	free(text);
	free(octets);
	return 0;
}
