/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ua: HTTP Digest with the MRK as password (TS 33.246 clause 6.2.1.3, TS 24.109 clause 5, decisions 32, 39 and 58).
 *
 * Every refusal is a 401 with a fresh nonce. Only the UE whose digest is right under a B-TID that is still good gets
 * stale=true; everyone else has to bootstrap.
 */
#include "bmsc_int.h"

#include "../../apdu/hex.h"
#include "../base64.h"

enum { PASSWORD_MAX = 64 };

struct password {
	char text[PASSWORD_MAX];
	size_t n;
};
SECRET_STRUCT(password)

/* Base64 of the MRK, decision 32. */
static void password_of(struct password *ret, const struct key256 *mrk)
{
	struct wr w = WR(ret->text);

	base64_put(&w, SPAN(mrk->b));
	ret->n = w.n;
}

/* The nonce that is out already under this text, or NULL. */
static struct nonce *nonce_find(struct bmsc *b, const char *text)
{
	size_t i = lookup_find(&b->nonce_by_text, span_str(text));

	return i != LOOKUP_NONE ? &b->nonce[i] : NULL;
}

/* In the place of the oldest. */
static struct nonce *nonce_put(struct bmsc *b, const char text[static NONCE_LEN], int64_t now)
{
	size_t i = b->next_nonce++ % b->n_nonces;
	struct nonce *n = &b->nonce[i];

	if (n->made != 0)
		lookup_drop(&b->nonce_by_text, i);
	*n = (struct nonce){ .made = now };
	memcpy(n->text, text, sizeof n->text);
	lookup_put(&b->nonce_by_text, i);
	return n;
}

static struct nonce *nonce_new(struct bmsc *b, int64_t now)
{
	uint8_t octets[(NONCE_LEN - 1) / 2];
	char text[NONCE_LEN];

	b->env->random(b->env->ctx, octets, sizeof octets);
	hex_str(text, sizeof text, SPAN(octets));
	return nonce_put(b, text, now);
}

/* A network that has but one nonce. */
static struct nonce *nonce_again(struct bmsc *b, int64_t now)
{
	static const char text[NONCE_LEN] = "the same again";
	size_t i = lookup_find(&b->nonce_by_text, span_str(text));

	if (i == LOOKUP_NONE)
		return nonce_put(b, text, now);
	b->nonce[i].made = now;
	b->nonce[i].count = 0;
	return &b->nonce[i];
}

static const char *nonce_to_give(struct bmsc *b, int64_t now)
{
	return (fault_nonce(b->env) ? nonce_again(b, now) : nonce_new(b, now))->text;
}

/* Whether nonce and count are fresh; they are used up then. */
static bool nonce_take(struct bmsc *b, const struct digest *d, int64_t now)
{
	struct nonce *n = nonce_find(b, d->nonce);

	if (n == NULL || now - n->made >= NONCE_MS || d->nc <= n->count)
		return false;
	n->count = d->nc;
	return true;
}

/* A request on its way through. */
struct check {
	struct bmsc *b;
	const struct http_request *request;
	struct http_answer *answer;
	const char *btid; /* "" = none was given */
	int64_t now;
};

static bool refuse(struct check *c, bool stale, const char *event, const char *reason)
{
	struct wr header = WR(c->answer->authenticate);
	struct digest d = {
		.algorithm = DIGEST_MD5,
		.qop = DIGEST_QOP_AUTH | DIGEST_QOP_AUTH_INT, /* auth is for clients like curl, decision 32 */
		.stale = stale,
	};

	memcpy(d.realm, c->b->realm, sizeof d.realm);
	memcpy(d.nonce, nonce_to_give(c->b, c->now), NONCE_LEN);
	fault_challenge(c->b->env, FAULT_UA, &d);
	digest_put_challenge(&header, &d);
	if (!wr_cstr(&header))
		c->answer->authenticate[0] = '\0';
	LOG(c->b->env->log, c->now, event, LOG_TEXT("interface", "Ua"), LOG_TEXT("peer", c->request->host),
	    LOG_TEXT("btid", c->btid[0] != '\0' ? c->btid : NULL), LOG_BOOL("stale", stale),
	    LOG_TEXT("reason", reason));
	http_answer_text(c->answer, 401, reason);
	return false;
}

/* Asks the BSF about a B-TID that no UE has come with before. */
static enum zn_result keys_from_bsf(const struct check *c, struct ue_keys *ret, char impi[static IMPI_MAX])
{
	struct zn_keys zn _secret_zn_keys_ = { 0 };
	struct bmsc *b = c->b;
	struct wr btid = WR(ret->btid);
	int64_t muk_end = c->now + (int64_t)b->settings->muk_lifetime * 1000;
	enum zn_result result =
		c->btid[0] == '\0' ? ZN_UNKNOWN : b->zn.keys(b->zn.ctx, &zn, c->btid, b->naf_id, c->now);

	if (result != ZN_KEYS)
		return result;
	wr_str(&btid, c->btid);
	ret->expires = zn.expires < muk_end ? zn.expires : muk_end;
	ret->counter = 0;
	if (zn.uicc_based) {
		ret->mrk = zn.me;
		ret->muk = zn.uicc;
	} else {
		gba_mrk(b->env->prim, &ret->mrk, &zn.me); /* decision 31 */
		ret->muk = zn.me;
	}
	memcpy(impi, zn.impi, IMPI_MAX);
	return wr_cstr(&btid) && prim_ok(b->env->prim) ? ZN_KEYS : ZN_FAILED;
}

/* The BSF has not said what it knows. A 401 would send the UE through a bootstrapping that it may not need. */
static bool wait_for_bsf(struct check *c, enum zn_result result)
{
	if (result == ZN_LATER) {
		c->answer->manner = HTTP_AGAIN;
		return false;
	}
	LOG(c->b->env->log, c->now, "rejected", LOG_TEXT("interface", "Ua"), LOG_TEXT("peer", c->request->host),
	    LOG_TEXT("btid", c->btid), LOG_NUMBER("status", 503), LOG_TEXT("reason", "the BSF does not answer"));
	http_answer_text(c->answer, 503, "the BSF does not answer");
	return false;
}

/* Our realm, or it beside the one for keys on the UICC (TS 24.109 clause 5.2.4). */
static bool realm_ok(const struct bmsc *b, const char *realm)
{
	char both[DIGEST_TEXT_MAX];
	struct wr w = WR(both);

	wr_str(&w, "3GPP-bootstrapping-uicc@");
	wr_str(&w, b->settings->fqdn);
	wr_str(&w, ";");
	wr_str(&w, b->realm);
	return strcmp(realm, b->realm) == 0 || (wr_cstr(&w) && strcmp(realm, both) == 0);
}

/* What stands for the MRK in the digest. u: its UE; NULL = none has come with it yet. */
static void a1_of(const struct check *c, struct digest_a1 *ret, const struct digest *d, struct ue *u,
		  const struct key256 *mrk)
{
	bool ours = u != NULL && strcmp(d->realm, c->b->realm) == 0;
	struct password password __attribute__((cleanup(password_wipe)));

	if (ours && u->a1.text[0] != '\0') {
		*ret = u->a1;
		password.n = 0;
		return;
	}
	password_of(&password, mrk);
	digest_a1(c->b->env->prim, ret, d, span_of(password.text, password.n));
	if (ours && prim_ok(c->b->env->prim))
		u->a1 = *ret;
}

/* Whether this is the digest of the request under the MRK, whatever its nonce. */
static bool digest_right(const struct check *c, const struct digest *d, const struct digest_a1 *a1)
{
	char expected[DIGEST_HEX_MAX];

	if (d->algorithm != DIGEST_MD5 || (d->qop != DIGEST_QOP_AUTH && d->qop != DIGEST_QOP_AUTH_INT) || d->nc == 0 ||
	    d->cnonce[0] == '\0' || !realm_ok(c->b, d->realm) || strcmp(d->uri, c->request->target) != 0)
		return false;
	digest_response_a1(c->b->env->prim, expected, d, a1, c->request->method, c->request->body);
	return strlen(d->response) == strlen(expected) && ct_eq(expected, d->response, strlen(expected)) &&
	       prim_ok(c->b->env->prim);
}

/* The UE has come with a new B-TID: its MUK replaces the one before. */
static struct ue *adopt(struct check *c, const struct ue_keys *keys, const char *impi)
{
	struct ue *u = bmsc_ue_of(c->b, impi);
	char mrk[9], muk[9];

	if (u == NULL)
		return NULL;
	delivery_forget(c->b, u, "the UE has a new MUK", c->now);
	bmsc_set_keys(c->b, u, keys);
	if (!bmsc_keep(c->b, u)) {
		bmsc_set_keys(c->b, u, &(struct ue_keys){ 0 });
		return NULL;
	}
	LOG(c->b->env->log, c->now, "keys", LOG_TEXT("ue", u->impi), LOG_TEXT("btid", u->keys.btid),
	    LOG_TEXT("mrk_tag", prim_tag(c->b->env->prim, mrk, SPAN(keys->mrk.b))),
	    LOG_TEXT("muk_tag", prim_tag(c->b->env->prim, muk, SPAN(keys->muk.b))));
	return u;
}

/* Where its MIKEY messages go. That it cannot be stored is told, and does no harm: the next request brings it again. */
static void remember_peer(struct ue *u, const struct check *c)
{
	struct peer before = u->peer;
	struct wr host = WR(u->peer.host);

	wr_str(&host, c->request->host);
	if (!wr_cstr(&host))
		u->peer.host[0] = '\0';
	u->peer.port = c->b->settings->ue_port;
	if (strcmp(before.host, u->peer.host) != 0 || before.port != u->peer.port)
		(void)bmsc_keep(c->b, u);
}

bool ua_authenticate(struct bmsc *b, struct ua *ret, const struct http_request *request, struct http_answer *answer,
		     int64_t now)
{
	struct check c = { b, request, answer, "", now };
	struct ue_keys fresh _secret_ue_keys_ = { 0 };
	char impi[IMPI_MAX] = "";
	const char *why = "";
	struct digest *d = &ret->digest;

	if (request->authorization == NULL)
		return refuse(&c, false, "unauthorized", "authenticate with GBA");
	if (!digest_parse(d, span_str(request->authorization), &why))
		return refuse(&c, false, "unauthorized", why);
	c.btid = d->username;

	struct ue *u = bmsc_find_btid(b, d->username);
	enum zn_result known = u != NULL ? ZN_KEYS : keys_from_bsf(&c, &fresh, impi);
	if (known == ZN_LATER || known == ZN_FAILED)
		return wait_for_bsf(&c, known);
	if (known == ZN_UNKNOWN)
		return refuse(&c, false, "unauthorized", "no bootstrapping run with this B-TID");
	a1_of(&c, &ret->a1, d, u, u != NULL ? &u->keys.mrk : &fresh.mrk);
	if (!digest_right(&c, d, &ret->a1))
		return refuse(&c, false, "unauthorized", "a wrong digest");
	if (u != NULL && now >= u->keys.expires)
		return refuse(&c, false, "renegotiation", "the MUK's life is over"); /* decision 39 */
	enum fault_access access = fault_access(b->env);
	if (access == FAULT_ACCESS_BOOTSTRAP)
		return refuse(&c, false, "renegotiation", "a fault that was asked for");
	if (access == FAULT_ACCESS_STALE || !nonce_take(b, d, now))
		return refuse(&c, true, "unauthorized", "a nonce that is unknown or used up");
	if (u == NULL)
		u = adopt(&c, &fresh, impi);
	if (u == NULL)
		return refuse(&c, false, "unauthorized", "no room for one more UE, or it cannot be stored");
	remember_peer(u, &c);
	ret->ue = u;
	return true;
}

void ua_sign(struct bmsc *b, const struct ua *ua, struct http_answer *answer, int64_t now)
{
	struct wr header = WR(answer->info);
	struct digest d = ua->digest;

	digest_response_a1(b->env->prim, d.rspauth, &d, &ua->a1, NULL, wr_done(&answer->body));
	if (fault_next_nonce(b->env))
		memcpy(d.nextnonce, nonce_to_give(b, now), NONCE_LEN);
	fault_info(b->env, FAULT_UA, &d);
	digest_put_info(&header, &d);
	if (!wr_cstr(&header))
		answer->info[0] = '\0';
}
