/* SPDX-License-Identifier: Apache-2.0 */
#include "zn_server.h"

#include <strings.h>

#include "../../apdu/hex.h"
#include "zn_json.h"

static void refuse(const struct zn_server *s, const struct http_request *request, struct http_answer *answer,
		   int status, const char *reason, int64_t now)
{
	LOG(s->log, now, status == 401 ? "unauthorized" : "rejected", LOG_TEXT("interface", "Zn"),
	    LOG_TEXT("peer", request->host), LOG_NUMBER("status", status), LOG_TEXT("reason", reason));
	http_answer_text(answer, status, reason);
}

/* In a time that does not depend on where they differ. */
static bool token_ok(const struct zn_server *s, const char *authorization)
{
	static const char scheme[] = "Bearer ";
	size_t n = strlen(scheme);

	if (authorization == NULL || strncasecmp(authorization, scheme, n) != 0)
		return false;
	return strlen(authorization + n) == s->token.n && ct_eq(authorization + n, s->token.p, s->token.n);
}

/* The value of a member of the URI's query, its %-escapes resolved; NULL when it is not there, or does not fit. */
static const char *member(char *to, size_t size, const char *target, const char *name)
{
	const char *at = strchr(target, '?');
	size_t n = strlen(name);
	struct wr w = wr_of(to, size);

	while (at != NULL && (strncmp(at + 1, name, n) != 0 || at[1 + n] != '='))
		at = strchr(at + 1, '&');
	if (at == NULL)
		return NULL;
	for (at += n + 2; *at != '\0' && *at != '&'; at++) {
		if (*at != '%')
			wr_u8(&w, (uint8_t)*at);
		else if (strlen(at) < 3 || !hex_parse(&w, span_of(at + 1, 2)))
			return NULL;
		else
			at += 2;
	}
	return wr_cstr(&w) && memchr(to, 0, w.n) == NULL ? to : NULL;
}

static bool query_of_uri(struct zn_query *ret, const char *target, const char **ret_why)
{
	char btid[GBA_BTID_MAX], naf_id[2 * ZN_NAF_ID_MAX + 1], naf_fqdn[FQDN_MAX], ua_id[16], aware[8];
	const char *says = member(aware, sizeof aware, target, "gbaUAware");
	const struct zn_query_text text = {
		.btid = member(btid, sizeof btid, target, "btId"),
		.naf_id = member(naf_id, sizeof naf_id, target, "nafId"),
		.naf_fqdn = member(naf_fqdn, sizeof naf_fqdn, target, "nafFqdn"),
		.ua_id = member(ua_id, sizeof ua_id, target, "uaId"),
		.gba_u_aware = says != NULL && strcmp(says, "true") == 0,
	};

	return zn_query_of(ret, &text, ret_why);
}

static void give_keys(const struct zn_server *s, const struct zn_query *q, const struct http_request *request,
		      struct http_answer *answer, int64_t now)
{
	struct zn_keys keys _secret_zn_keys_ = { 0 };
	struct span naf_id = span_of(q->naf_id, q->naf_id_len);

	if (s->zn.keys(s->zn.ctx, &keys, q->btid, naf_id, now) != ZN_KEYS) {
		refuse(s, request, answer, 404, "no bootstrapping run with this B-TID", now);
		return;
	}
	zn_keys_put(&answer->body, &keys, q->gba_u_aware);
	if (answer->body.bad) {
		refuse(s, request, answer, 500, "an answer that does not fit", now);
		return;
	}
	answer->status = 200;
	answer->content_type = "application/json";
	LOG(s->log, now, "zn", LOG_TEXT("ue", keys.impi), LOG_TEXT("btid", q->btid), LOG_HEX("naf_id", naf_id),
	    LOG_TEXT("peer", request->host));
}

void zn_request(const struct zn_server *s, const struct http_request *request, struct http_answer *answer, int64_t now)
{
	bool post = strcmp(request->method, "POST") == 0;
	struct zn_query query;
	const char *why = "";

	if (!token_ok(s, request->authorization)) {
		struct wr challenge = WR(answer->authenticate);

		wr_str(&challenge, "Bearer realm=\"Zn\"");
		refuse(s, request, answer, 401, "expected Authorization: Bearer and the token", now);
		if (!wr_cstr(&challenge))
			answer->authenticate[0] = '\0';
	} else if (!post && strcmp(request->method, "GET") != 0) {
		answer->allow = "GET, POST";
		refuse(s, request, answer, 405, "Zn is GET or POST", now);
	} else if (!(post ? zn_query_parse(&query, request->body, &why)
			  : query_of_uri(&query, request->target, &why))) {
		refuse(s, request, answer, 400, why, now);
	} else {
		give_keys(s, &query, request, answer, now);
	}
}
