/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of key management over Ua. */
#include "mbms.h"

#include <stdarg.h>
#include <stdio.h>

#include "../../card/crypto/kdf.h"
#include "../base64.h"

enum { BOOTSTRAPS_MAX = 2, STALES_MAX = 2 }; /* decision 58 */

bool mbms_same_item(const struct km_item *a, const struct km_item *b)
{
	return strcmp(a->service, b->service) == 0 && memcmp(a->key.domain, b->key.domain, sizeof a->key.domain) == 0 &&
	       a->key.group == b->key.group && a->key.number == b->key.number;
}

struct span mbms_naf_id(uint8_t buf[static MBMS_NAF_ID_MAX], const char *fqdn)
{
	struct wr w = wr_of(buf, MBMS_NAF_ID_MAX);

	wr_str(&w, fqdn);
	wr_bytes(&w, GBA_UA_MBMS, GBA_UA_LEN);
	return wr_done(&w);
}

__attribute__((format(printf, 2, 3))) static enum mbms_next fail(struct mbms *m, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(m->why, sizeof m->why, format, ap);
	va_end(ap);
	m->state = MBMS_OVER;
	return MBMS_FAIL;
}

static bool set_text(char *field, size_t size, const char *text)
{
	struct wr w = wr_of(field, size);

	wr_str(&w, text);
	return wr_cstr(&w);
}

static bool take_url(struct mbms *m, const char *url)
{
	struct wr w = WR(m->url);

	wr_str(&w, url);
	wr_str(&w, strchr(url, '?') != NULL ? "&requesttype=" : "?requesttype=");
	wr_str(&w, km_request_type(m->request->kind));
	return wr_cstr(&w) && http_url_parse(&m->target, m->url) && strlen(m->target.uri) < DIGEST_TEXT_MAX;
}

/* Everything of the request but its Authorization. */
static enum mbms_next put_request(struct mbms *m, struct http_req *req)
{
	struct wr body = WR(req->body), url = WR(req->url), agent = WR(req->user_agent), type = WR(req->content_type);

	km_put(&body, m->request);
	wr_str(&url, m->url);
	/* The MRK is in the ME even with GBA_U, so the product token is the one without "-uicc": TS 24.109 Annex D. */
	wr_str(&agent, "vuicc-me 3gpp-gba");
	wr_str(&type, km_media_type(m->request->kind, false));
	req->method = "POST";
	req->body_len = body.n;
	req->authorization[0] = '\0';
	if (body.bad || !wr_cstr(&url) || !wr_cstr(&agent) || !wr_cstr(&type))
		return fail(m, "the request of %zu items is too long", m->request->n);
	return MBMS_SEND;
}

/* MRK in Base64 is the password. */
static void respond(struct mbms *m, char out[static DIGEST_HEX_MAX], const char *method, struct span body)
{
	struct secret_buf password _secret_buf_ = { 0 };
	struct wr w = WR(password.b);

	base64_put(&w, SPAN(m->mrk.b));
	digest_response(m->prim, out, &m->digest, wr_done(&w), method, body);
}

/* The request under the challenge in m->digest. */
static enum mbms_next answer_challenge(struct mbms *m, struct http_req *req)
{
	struct wr w = WR(req->authorization);
	enum mbms_next next = put_request(m, req);

	if (next != MBMS_SEND)
		return next;
	(void)set_text(m->digest.username, sizeof m->digest.username, m->btid);
	(void)set_text(m->digest.uri, sizeof m->digest.uri, m->target.uri);
	(void)set_text(m->digest.cnonce, sizeof m->digest.cnonce, m->cnonce);
	m->digest.qop = DIGEST_QOP_AUTH_INT;
	m->digest.nc++;
	m->digest.stale = false;
	respond(m, m->digest.response, "POST", span_of(req->body, req->body_len));
	digest_put_authorization(&w, &m->digest);
	if (!wr_cstr(&w) || !prim_ok(m->prim))
		return fail(m, "the Authorization for B-TID %.100s cannot be made", m->btid);
	m->state = MBMS_WANTS_RESULT;
	return MBMS_SEND;
}

enum mbms_next mbms_start(struct mbms *m, struct prim *prim, struct km_doc *request, const char *url, const char *btid,
			  const struct key256 *mrk, const char *cnonce, const struct mbms_nonce *nonce,
			  struct http_req *req)
{
	secret_wipe(m, sizeof *m);
	m->prim = prim;
	m->request = request;
	request->response = false;
	request->base64 = true; /* decision 34 */
	m->mrk = *mrk;
	if (!take_url(m, url))
		return fail(m, "expected a URL of the BM-SC such as http://HOST/keymanagement, got %.200s", url);
	if (!set_text(m->btid, sizeof m->btid, btid) || !set_text(m->cnonce, sizeof m->cnonce, cnonce))
		return fail(m, "the B-TID or cnonce is too long");
	if (nonce->nonce[0] == '\0')
		return put_request(m, req);
	m->digest = (struct digest){ .algorithm = DIGEST_MD5, .nc = nonce->nc };
	memcpy(m->digest.realm, nonce->realm, sizeof m->digest.realm);
	memcpy(m->digest.nonce, nonce->nonce, sizeof m->digest.nonce);
	memcpy(m->digest.opaque, nonce->opaque, sizeof m->digest.opaque);
	return answer_challenge(m, req);
}

void mbms_keep_nonce(const struct mbms *m, struct mbms_nonce *nonce)
{
	const struct digest *d = &m->digest;

	if (d->nonce[0] == '\0')
		return;
	memcpy(nonce->realm, d->realm, sizeof nonce->realm);
	memcpy(nonce->nonce, m->nextnonce[0] != '\0' ? m->nextnonce : d->nonce, sizeof nonce->nonce);
	memcpy(nonce->opaque, d->opaque, sizeof nonce->opaque);
	nonce->nc = m->nextnonce[0] != '\0' ? 0 : d->nc;
}

/*
 * Whether a realm is the one of keys in the ME for this BM-SC. It may name the "-uicc" one beside it, with ";" in between.
 * Another name must not get a digest under keys that are not its own (TS 24.109 5.2.4).
 */
static bool realm_is_ours(const struct mbms *m, const char *realm)
{
	char ours[DIGEST_TEXT_MAX];
	struct wr w = WR(ours);

	wr_str(&w, "3GPP-bootstrapping@");
	wr_str(&w, m->target.host);
	if (!wr_cstr(&w))
		return false;
	for (const char *part = realm; part != NULL; part = strchr(part, ';')) {
		part += strspn(part, "; ");
		if (strncmp(part, ours, w.n) == 0 && (part[w.n] == '\0' || part[w.n] == ';'))
			return true;
	}
	return false;
}

/* Whether a challenge is one that we can answer; if not, m->why says why not. */
static bool is_good_challenge(struct mbms *m, struct digest *d, const char *value)
{
	const char *why = "there is none";

	if (value[0] == '\0' || !digest_parse(d, span_str(value), &why))
		(void)fail(m, "401 from the BM-SC without a Digest challenge: %s", why);
	else if (!realm_is_ours(m, d->realm))
		(void)fail(m, "the BM-SC's challenge: expected realm 3GPP-bootstrapping@%s, got %.120s", m->target.host,
			   d->realm);
	else if (d->algorithm != DIGEST_MD5 || (d->qop & DIGEST_QOP_AUTH_INT) == 0 || d->nonce[0] == '\0')
		(void)fail(m, "the BM-SC's challenge: expected a nonce, algorithm MD5 and qop auth-int");
	else
		return true;
	return false;
}

static enum mbms_next take_challenge(struct mbms *m, const struct http_resp *resp, struct http_req *req)
{
	bool first = m->state == MBMS_WANTS_CHALLENGE;
	struct digest d;

	/* Keys in the ME and keys on the UICC may be asked for in one challenge each: TS 24.109 5.2.4. */
	if (!is_good_challenge(m, &d, resp->www_authenticate) &&
	    (resp->other_authenticate[0] == '\0' || !is_good_challenge(m, &d, resp->other_authenticate)))
		return MBMS_FAIL;
	d.auts[0] = '\0';
	d.nc = 0;
	m->digest = d;
	m->why[0] = '\0';
	if (first || (d.stale && ++m->stales <= STALES_MAX))
		return answer_challenge(m, req);
	if (d.stale || ++m->bootstraps > BOOTSTRAPS_MAX) {
		m->refused = true;
		return fail(m, "the BM-SC answers 401 again and again (%u times after a new bootstrapping)%s",
			    m->bootstraps - (d.stale ? 0 : 1),
			    d.stale ? ": no nonce is new enough for it"
				    : ": it has another MRK, as when it takes keys in the ME for keys on the UICC");
	}
	m->state = MBMS_WANTS_CREDENTIALS;
	return MBMS_BOOTSTRAP;
}

enum mbms_next mbms_credentials(struct mbms *m, const char *btid, const struct key256 *mrk, struct http_req *req)
{
	if (m->state != MBMS_WANTS_CREDENTIALS)
		return fail(m, "credentials that nobody asked for");
	if (!set_text(m->btid, sizeof m->btid, btid))
		return fail(m, "the B-TID is too long");
	m->mrk = *mrk;
	return answer_challenge(m, req);
}

static bool is_the_bm_sc(struct mbms *m, const struct http_resp *resp, const char **why)
{
	char rspauth[DIGEST_HEX_MAX];
	struct digest info;

	*why = "the 200 of the BM-SC has no Authentication-Info";
	if (resp->authentication_info[0] == '\0' || !digest_parse(&info, span_str(resp->authentication_info), why))
		return false;
	*why = "the Authentication-Info of the BM-SC does not speak of this request (qop, cnonce or nc)";
	if (info.qop != DIGEST_QOP_AUTH_INT || strcmp(info.cnonce, m->digest.cnonce) != 0 || info.nc != m->digest.nc)
		return false;
	respond(m, rspauth, NULL, span_of(resp->body, resp->body_len));
	*why = "rspauth is wrong: this is not the BM-SC, or its answer was changed on the way";
	if (strlen(info.rspauth) != strlen(rspauth) || !ct_eq(info.rspauth, rspauth, sizeof rspauth) ||
	    !prim_ok(m->prim))
		return false;
	memcpy(m->nextnonce, info.nextnonce, sizeof m->nextnonce);
	return true;
}

/* Gives every item that was asked for its code. False unless each has one answer, in any order, and nothing else has. */
static bool take_codes(struct km_doc *request, const struct km_doc *answer)
{
	for (size_t i = 0; i < request->n; i++) {
		size_t n = 0;
		for (size_t k = 0; k < answer->n; k++) {
			if (!mbms_same_item(&request->item[i], &answer->item[k]))
				continue;
			request->item[i].code = answer->item[k].code;
			n++;
		}
		if (n != 1)
			return false;
	}
	return answer->n == request->n;
}

static bool media_type_ok(enum km_kind kind, const char *type)
{
	if (strcmp(type, km_media_type(kind, true)) == 0)
		return true;
	return kind == KM_DEREGISTER && strcmp(type, "application/mbms-deregister-response+xml") == 0; /* decision 57 */
}

static enum mbms_next take_result(struct mbms *m, const struct http_resp *resp)
{
	enum km_kind kind = m->request->kind;
	char xml_why[XML_WHY_MAX];
	const char *why = NULL;
	struct km_doc answer;

	if (m->state != MBMS_WANTS_RESULT)
		return fail(m, "200 from the BM-SC before it has authenticated us");
	if (!is_the_bm_sc(m, resp, &why))
		return fail(m, "%s", why);
	if (!media_type_ok(kind, resp->content_type))
		return fail(m, "expected a body of type %s, got %.100s", km_media_type(kind, true), resp->content_type);
	if (!km_parse(&answer, kind, true, span_of(resp->body, resp->body_len), xml_why))
		return fail(m, "the body from the BM-SC: %s", xml_why);
	if (!take_codes(m->request, &answer))
		return fail(m, "the BM-SC answers to %zu items, but not to the %zu asked for", answer.n, m->request->n);
	m->state = MBMS_OVER;
	return MBMS_DONE;
}

enum mbms_next mbms_response(struct mbms *m, const struct http_resp *resp, struct http_req *req)
{
	if (m->state != MBMS_WANTS_CHALLENGE && m->state != MBMS_WANTS_RESULT)
		return fail(m, "a response from the BM-SC that nobody asked for");
	if (resp->fault != NULL)
		return fail(m, "the response of the BM-SC: %s", resp->fault);
	m->status = resp->status;
	if (resp->status == 401)
		return take_challenge(m, resp, req);
	if (resp->status == 200)
		return take_result(m, resp);
	m->refused = resp->status == 403 || resp->status == 404; /* decision 61 */
	return fail(m, "expected 401 or 200 from the BM-SC, got %d", resp->status);
}
