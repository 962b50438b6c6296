/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of bootstrapping over Ub. */
#include "gba.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "../base64.h"

enum {
	CHALLENGES_MAX = 3, /* in one run: the first, one after AUTS, one for a nonce that went stale */
	MCC_LEN = 3,
};

/* "PREFIX mnc<3 digits>.mcc<3 digits>SUFFIX" */
static bool home_name(char out[static GBA_NAME_MAX], const char *prefix, const char *imsi, unsigned mnc_len,
		      const char *suffix)
{
	struct wr w = wr_of(out, GBA_NAME_MAX);
	struct span digits = span_str(imsi);
	struct span mcc = span_sub(digits, 0, MCC_LEN), mnc = span_sub(digits, MCC_LEN, mnc_len);

	if ((mnc_len != 2 && mnc_len != 3) || mnc.n != mnc_len || strspn(imsi, "0123456789") != digits.n)
		return false;
	wr_str(&w, prefix);
	wr_str(&w, mnc_len == 2 ? "mnc0" : "mnc");
	wr_span(&w, mnc);
	wr_str(&w, ".mcc");
	wr_span(&w, mcc);
	wr_str(&w, suffix);
	return wr_cstr(&w);
}

bool gba_impi(char out[static GBA_NAME_MAX], const char *imsi, unsigned mnc_len)
{
	char prefix[GBA_NAME_MAX];
	struct wr w = WR(prefix);

	wr_str(&w, imsi);
	wr_str(&w, "@ims.");
	return wr_cstr(&w) && home_name(out, prefix, imsi, mnc_len, ".3gppnetwork.org");
}

bool gba_bsf_fqdn(char out[static GBA_NAME_MAX], const char *imsi, unsigned mnc_len)
{
	return home_name(out, "bsf.", imsi, mnc_len, ".pub.3gppnetwork.org");
}

__attribute__((format(printf, 2, 3))) static enum gba_next fail(struct gba *g, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(g->why, sizeof g->why, format, ap);
	va_end(ap);
	g->state = GBA_OVER;
	return GBA_FAIL;
}

static enum gba_next refused(struct gba *g, const char *why)
{
	g->refused = true;
	return fail(g, "%s", why);
}

/* The request with g->digest as it is now. */
static enum gba_next send(struct gba *g, struct http_req *req)
{
	struct wr w = WR(req->authorization);

	req->method = "GET";
	req->body_len = 0;
	req->content_type[0] = '\0';
	snprintf(req->url, sizeof req->url, "%s", g->url);
	snprintf(req->user_agent, sizeof req->user_agent, "vuicc-me %s", g->gba_u ? "3gpp-gba-uicc" : "3gpp-gba");
	digest_put_authorization(&w, &g->digest);
	if (!wr_cstr(&w))
		return fail(g, "the Authorization for %s does not fit, or a name holds a control character", g->impi);
	return GBA_SEND;
}

/* False when it does not fit. */
static bool set_text(char *field, size_t size, const char *text)
{
	struct wr w = wr_of(field, size);

	wr_str(&w, text);
	return wr_cstr(&w);
}

enum gba_next gba_start(struct gba *g, struct prim *prim, bool gba_u, const char *impi, const char *url,
			const char *cnonce, struct http_req *req)
{
	*g = (struct gba){ .prim = prim, .gba_u = gba_u, .state = GBA_WANTS_CHALLENGE };
	if (!http_url_parse(&g->target, url) || !set_text(g->url, sizeof g->url, url) ||
	    !set_text(g->digest.uri, sizeof g->digest.uri, g->target.uri))
		return fail(g, "expected a URL of the BSF such as http://HOST/, got %.200s", url);
	g->digest.algorithm = DIGEST_ALGORITHM_UNKNOWN; /* not written: the BSF names it */
	if (!set_text(g->impi, sizeof g->impi, impi) || !set_text(g->cnonce, sizeof g->cnonce, cnonce) ||
	    !set_text(g->digest.username, sizeof g->digest.username, impi) ||
	    !set_text(g->digest.realm, sizeof g->digest.realm, g->target.host))
		return fail(g, "IMPI, cnonce or the BSF's name is too long");
	return send(g, req);
}

/* RAND ‖ AUTN [‖ server data], RFC 3310 clause 3.2. */
static bool take_nonce(struct gba *g, const char *nonce)
{
	uint8_t octets[DIGEST_TEXT_MAX];
	struct wr w = WR(octets);

	if (!base64_parse(&w, span_str(nonce)))
		return false;
	struct rd r = rd_of(wr_done(&w));
	rd_copy(&r, g->challenge.rand, sizeof g->challenge.rand);
	rd_copy(&r, g->challenge.autn, sizeof g->challenge.autn);
	return !r.bad;
}

/*
 * The realm is the BSF's FQDN (TS 24.109 clause 4.2): the name that was asked for, or that of the home network's BSF where
 * only an address was given. Names of hosts do not know case.
 */
static bool is_realm_of_the_bsf(const struct gba *g, const char *realm)
{
	static const char ims[] = "@ims.", end[] = ".3gppnetwork.org";
	const char *home = strstr(g->impi, ims), *tail = home != NULL ? strstr(home, end) : NULL;
	char bsf[GBA_NAME_MAX];
	struct wr w = WR(bsf);

	if (strcasecmp(realm, g->target.host) == 0)
		return true;
	if (tail == NULL)
		return false;
	home += sizeof ims - 1;
	wr_str(&w, "bsf.");
	wr_bytes(&w, home, (size_t)(tail - home));
	wr_str(&w, ".pub.3gppnetwork.org");
	return wr_cstr(&w) && strcasecmp(realm, bsf) == 0;
}

static enum gba_next take_challenge(struct gba *g, const struct http_resp *resp)
{
	struct digest d;
	const char *why = "there is none";

	if (resp->www_authenticate[0] == '\0' || !digest_parse(&d, span_str(resp->www_authenticate), &why))
		return fail(g, "401 from the BSF without a Digest challenge: %s", why);
	if (g->state == GBA_WANTS_RESULT && !g->resynchronised && !d.stale)
		return refused(g, "the BSF does not believe RES (401 to the digest)");
	if (d.algorithm != DIGEST_AKAV1_MD5)
		return fail(g, "the BSF's challenge: expected algorithm AKAv1-MD5");
	if ((d.qop & DIGEST_QOP_AUTH_INT) == 0)
		return fail(g, "the BSF's challenge: expected qop auth-int");
	if (!is_realm_of_the_bsf(g, d.realm))
		return fail(g, "the BSF's challenge: expected the realm %s, got %.200s", g->target.host, d.realm);
	if (!take_nonce(g, d.nonce))
		return fail(g, "the BSF's challenge: expected a nonce of Base64 with RAND and AUTN (32 octets)");
	if (++g->challenges > CHALLENGES_MAX)
		return refused(g, "the BSF sends one challenge after the other");
	/* From here on the BSF's own words, and ours for the rest. */
	memcpy(d.username, g->digest.username, sizeof d.username);
	memcpy(d.uri, g->digest.uri, sizeof d.uri);
	memcpy(d.cnonce, g->cnonce, sizeof g->cnonce);
	d.qop = DIGEST_QOP_AUTH_INT;
	d.nc = 1;
	d.stale = false;
	g->digest = d;
	g->state = GBA_WANTS_CARD;
	return GBA_CARD;
}

/* The BSF proves that it knows RES, over the body as well: RFC 3310 clause 3.5. */
static bool is_the_bsf(struct gba *g, const struct http_resp *resp, const char **why)
{
	struct digest info, expected = g->digest;
	char rspauth[DIGEST_HEX_MAX];

	*why = "the 200 of the BSF has no Authentication-Info";
	if (resp->authentication_info[0] == '\0' || !digest_parse(&info, span_str(resp->authentication_info), why))
		return false;
	*why = "the Authentication-Info of the BSF does not speak of this request (qop, cnonce or nc)";
	if (info.qop != DIGEST_QOP_AUTH_INT || strcmp(info.cnonce, expected.cnonce) != 0 || info.nc != expected.nc)
		return false;
	digest_response(g->prim, rspauth, &expected, span_of(g->res, g->res_len), NULL,
			span_of(resp->body, resp->body_len));
	*why = "rspauth is wrong: this is not the BSF, or its answer was changed on the way";
	return strlen(info.rspauth) == strlen(rspauth) && ct_eq(info.rspauth, rspauth, sizeof rspauth) &&
	       prim_ok(g->prim);
}

static enum gba_next take_result(struct gba *g, const struct http_resp *resp, int64_t now)
{
	char xml_why[XML_WHY_MAX];
	const char *why = NULL;

	if (g->state != GBA_WANTS_RESULT || g->res_len == 0)
		return fail(g, "200 from the BSF before it has authenticated the card");
	if (!is_the_bsf(g, resp, &why))
		return refused(g, why);
	if (!gba_info_parse(&g->info, span_of(resp->body, resp->body_len), xml_why))
		return fail(g, "the body from the BSF: %s", xml_why);
	if (g->info.expires <= now)
		return fail(g, "the bootstrapping is over already: lifetime %s", g->info.lifetime);
	g->state = GBA_OVER;
	return GBA_DONE;
}

enum gba_next gba_response(struct gba *g, const struct http_resp *resp, int64_t now, struct http_req *req)
{
	(void)req;
	if (g->state != GBA_WANTS_CHALLENGE && g->state != GBA_WANTS_RESULT)
		return fail(g, "a response from the BSF that nobody asked for");
	if (resp->fault != NULL)
		return fail(g, "the response of the BSF: %s", resp->fault);
	if (resp->status == 401)
		return take_challenge(g, resp);
	if (resp->status == 200)
		return take_result(g, resp, now);
	g->refused = resp->status >= 400 && resp->status < 500;
	if (resp->status == 403 && g->state == GBA_WANTS_CHALLENGE)
		return fail(g, "the BSF does not know the IMPI %.100s, or does not serve it (403)", g->impi);
	return fail(g, "expected 401 or 200 from the BSF, got %d", resp->status);
}

enum gba_next gba_card_answer(struct gba *g, struct span res, struct span auts, struct http_req *req)
{
	struct wr text = WR(g->digest.auts), secret = WR(g->res);

	if (g->state != GBA_WANTS_CARD)
		return fail(g, "an answer of the card that nobody asked for");
	secret_wipe(g->res, sizeof g->res);
	g->digest.auts[0] = '\0';
	g->resynchronised = auts.n != 0;
	g->state = GBA_WANTS_RESULT;
	if (auts.n != 0)
		base64_put(&text, auts);
	else
		wr_span(&secret, res);
	g->res_len = secret.n;
	if ((auts.n != 0 && !wr_cstr(&text)) || secret.bad || (auts.n == 0 && res.n == 0))
		return fail(g, "the card answers %zu octets of RES and %zu of AUTS", res.n, auts.n);
	/* With AUTS the password is empty, RFC 3310 clause 3.4. */
	digest_response(g->prim, g->digest.response, &g->digest, span_of(g->res, g->res_len), "GET",
			(struct span){ 0 });
	return send(g, req);
}
