/* SPDX-License-Identifier: Apache-2.0 */
#include "bsf.h"

#include <stdlib.h>

#include "../../card/crypto/kdf.h"
#include "../base64.h"
#include "fault.h"

enum {
	CHALLENGES = 4, /* outstanding for one subscriber; one more puts an end to the oldest */
	CHALLENGE_MS = 60 * 1000,
};

/* A 401 that waits for its answer. A nonce is good for one answer, right or wrong. */
struct challenge {
	int64_t made; /* 0 = free */
	char nonce[DIGEST_TEXT_MAX];
	struct auc_vector vector;
};

/* What one subscriber has with the BSF. */
struct account {
	struct challenge challenge[CHALLENGES];
	size_t next; /* modulo CHALLENGES: the oldest, or a free one */
	struct gba_run run; /* the newest */
};

struct bsf {
	const struct bsf_settings *settings;
	const struct net_env *env;
	struct subscriber *subscriber;
	struct account *account; /* one for each subscriber, at the same index */
	size_t n;
};

struct bsf *bsf_open(const struct bsf_settings *settings, struct subscriber *subscribers, size_t n,
		     const struct net_env *env)
{
	struct bsf *b = malloc(sizeof *b);
	struct account *accounts = calloc(n == 0 ? 1 : n, sizeof *accounts);

	if (b == NULL || accounts == NULL) {
		free(b);
		free(accounts);
		return NULL;
	}
	*b = (struct bsf){ settings, env, subscribers, accounts, n };
	/* cppcheck-suppress memleak; *b has it, bsf_close() frees it */
	return b;
}

void bsf_close(struct bsf *b)
{
	if (b == NULL)
		return;
	secret_wipe(b->account, b->n * sizeof *b->account);
	free(b->account);
	free(b);
}

/* The request as it is worked on. */
struct ub {
	struct bsf *b;
	struct subscriber *subscriber;
	struct account *account;
	const struct http_request *request;
	struct http_answer *answer;
	struct digest digest;
	int64_t now;
};

static void reject(struct ub *u, int status, const char *reason)
{
	const char *username = u->digest.username;

	LOG(u->b->env->log, u->now, status == 401 ? "unauthorized" : "rejected", LOG_TEXT("interface", "Ub"),
	    LOG_TEXT("peer", u->request->host), LOG_TEXT("ue", username[0] != '\0' ? username : NULL),
	    LOG_NUMBER("status", status), LOG_TEXT("reason", reason));
	http_answer_text(u->answer, status, reason);
}

static struct challenge *find_challenge(struct account *a, const char *nonce, int64_t now)
{
	for (size_t i = 0; i < CHALLENGES; i++) {
		struct challenge *c = &a->challenge[i];
		if (c->made != 0 && now - c->made < CHALLENGE_MS && strcmp(c->nonce, nonce) == 0)
			return c;
	}
	return NULL;
}

/* 401 with RAND ‖ AUTN, RFC 3310 3.2. */
static void challenge(struct ub *u)
{
	struct challenge *c = &u->account->challenge[u->account->next++ % CHALLENGES];
	struct wr nonce = WR(c->nonce);
	struct wr header = WR(u->answer->authenticate);
	uint8_t octets[AKA_RAND_LEN + AKA_AUTN_LEN];
	struct wr w = WR(octets);

	secret_wipe(c, sizeof *c);
	if (!auc_vector(u->subscriber, u->b->env, &c->vector)) {
		reject(u, 500, "no authentication vector: the SQN is at its end, or cannot be stored");
		return;
	}
	wr_span(&w, SPAN(c->vector.rand));
	wr_span(&w, SPAN(c->vector.autn));
	base64_put(&nonce, wr_done(&w));

	struct digest d = { .algorithm = DIGEST_AKAV1_MD5, .qop = DIGEST_QOP_AUTH_INT };
	struct wr realm = WR(d.realm);
	wr_str(&realm, u->b->settings->fqdn);
	if (!wr_cstr(&nonce) || !wr_cstr(&realm)) {
		reject(u, 500, "a challenge that does not fit");
		return;
	}
	memcpy(d.nonce, c->nonce, sizeof d.nonce);
	fault_challenge(u->b->env, FAULT_UB, &d);
	digest_put_challenge(&header, &d);
	if (!wr_cstr(&header)) {
		reject(u, 500, "a challenge that does not fit");
		return;
	}
	c->made = u->now;
	http_answer_text(u->answer, 401, "authenticate with AKA");
	LOG(u->b->env->log, u->now, "bootstrap-challenge", LOG_TEXT("ue", u->subscriber->impi),
	    LOG_BOOL("gba_u", u->subscriber->gba_u), LOG_HEX("rand", SPAN(c->vector.rand)));
}

/* Whether the digest is the one for this request under this password. */
static bool response_ok(const struct ub *u, struct span password)
{
	const struct digest *d = &u->digest;
	char expected[DIGEST_HEX_MAX];

	if (d->algorithm != DIGEST_AKAV1_MD5 || d->qop != DIGEST_QOP_AUTH_INT || d->nc == 0 || d->cnonce[0] == '\0' ||
	    strcmp(d->realm, u->b->settings->fqdn) != 0 || strcmp(d->uri, u->request->target) != 0)
		return false;
	digest_response(u->b->env->prim, expected, d, password, u->request->method, u->request->body);
	return strlen(d->response) == strlen(expected) && ct_eq(expected, d->response, strlen(expected)) &&
	       prim_ok(u->b->env->prim);
}

/* RFC 3310 3.4: the USIM found the SQN not fresh. */
static void resynchronise(struct ub *u, const struct challenge *c)
{
	uint8_t auts[AKA_AUTS_LEN];
	struct wr w = WR(auts);

	if (!base64_parse(&w, span_str(u->digest.auts)) || w.n != sizeof auts) {
		reject(u, 400, "auts that is not Base64 of 14 octets");
		return;
	}
	if (!response_ok(u, span_str(""))) {
		reject(u, 401, "a wrong digest around auts");
		challenge(u);
		return;
	}
	if (!auc_resync(u->subscriber, u->b->env, c->vector.rand, auts)) {
		reject(u, 403, "auts with a wrong MAC-S");
		return;
	}
	LOG(u->b->env->log, u->now, "resynchronised", LOG_TEXT("ue", u->subscriber->impi),
	    LOG_NUMBER("seq", u->subscriber->seq));
	challenge(u);
}

/* The body of the 200 and the headers around it. */
static void put_bootstrapped(struct ub *u, struct span res)
{
	struct http_answer *a = u->answer;
	struct gba_info info = { .expires = u->account->run.expires / 1000 };
	struct wr header = WR(a->info);
	struct digest d = u->digest;

	memcpy(info.btid, u->account->run.btid, sizeof info.btid);
	fault_run(u->b->env, &info);
	gba_info_put(&a->body, &info);
	fault_body(u->b->env, FAULT_UB, &a->body);
	digest_response(u->b->env->prim, d.rspauth, &d, res, NULL, wr_done(&a->body));
	fault_info(u->b->env, FAULT_UB, &d);
	digest_put_info(&header, &d);
	if (!wr_cstr(&header) || a->body.bad || !prim_ok(u->b->env->prim)) {
		reject(u, 500, "an answer that does not fit");
		return;
	}
	a->status = 200;
	a->content_type = "application/vnd.3gpp.bsf+xml";
	a->expires = u->account->run.expires;
}

/* TS 33.220 4.5.2: Ks = CK ‖ IK, B-TID = Base64(RAND)@BSF. */
static void bootstrap(struct ub *u, const struct challenge *c)
{
	struct gba_run *run = &u->account->run;
	struct wr btid = WR(run->btid);
	char tag[9];

	if (!response_ok(u, span_of(c->vector.keys.res, c->vector.keys.res_len))) {
		reject(u, 401, "a wrong digest");
		challenge(u);
		return;
	}
	gba_ks(&run->ks, &c->vector.keys.ck, &c->vector.keys.ik);
	memcpy(run->rand, c->vector.rand, sizeof run->rand);
	base64_put(&btid, SPAN(run->rand));
	wr_str(&btid, "@");
	wr_str(&btid, u->b->settings->fqdn);
	/* xs:dateTime has no smaller unit in use: what UE and BSF hold as the end is the same second. */
	run->expires = (u->now / 1000 + u->b->settings->lifetime) * 1000;
	if (!wr_cstr(&btid) || !STATE_PUT(u->b->env, put_run, u->subscriber->impi, run)) {
		run->btid[0] = '\0';
		reject(u, 500, "a B-TID that does not fit, or cannot be stored");
		return;
	}
	put_bootstrapped(u, span_of(c->vector.keys.res, c->vector.keys.res_len));
	LOG(u->b->env->log, u->now, "bootstrapped", LOG_TEXT("ue", u->subscriber->impi), LOG_TEXT("btid", run->btid),
	    LOG_NUMBER("lifetime", u->b->settings->lifetime),
	    LOG_TEXT("ks_tag", prim_tag(u->b->env->prim, tag, SPAN(run->ks.b))));
}

static bool find_account(struct ub *u)
{
	for (size_t i = 0; i < u->b->n; i++) {
		if (strcmp(u->b->subscriber[i].impi, u->digest.username) == 0) {
			u->subscriber = &u->b->subscriber[i];
			u->account = &u->b->account[i];
			return true;
		}
	}
	return false;
}

/* The request is well-formed and its subscriber known. */
static void authenticate(struct ub *u)
{
	struct challenge *found = find_challenge(u->account, u->digest.nonce, u->now);

	if (found == NULL || u->digest.response[0] == '\0') {
		challenge(u);
		return;
	}
	struct challenge c = *found;
	secret_wipe(found, sizeof *found);
	if (u->digest.auts[0] != '\0')
		resynchronise(u, &c);
	else
		bootstrap(u, &c);
	secret_wipe(&c, sizeof c);
}

void bsf_request(struct bsf *b, const struct http_request *request, struct http_answer *answer, int64_t now)
{
	struct ub u = { .b = b, .request = request, .answer = answer, .now = now };
	const char *why = "";

	if (strcmp(request->path, "/") != 0) {
		reject(&u, 404, "nothing is here (expected /)");
	} else if (strcmp(request->method, "GET") != 0) {
		answer->allow = "GET";
		reject(&u, 405, "Ub is GET");
	} else if (request->authorization == NULL) {
		reject(&u, 400, "no Authorization with the private identity"); /* decision 59 */
	} else if (!digest_parse(&u.digest, span_str(request->authorization), &why)) {
		u.digest = (struct digest){ 0 };
		reject(&u, 400, why);
	} else if (u.digest.username[0] == '\0') {
		reject(&u, 400, "an Authorization without username");
	} else if (!find_account(&u)) {
		reject(&u, 403, "no such subscriber");
	} else {
		authenticate(&u);
	}
	fault_answer(b->env, FAULT_UB, answer);
}

void bsf_restore(struct bsf *b, size_t subscriber, const struct gba_run *run)
{
	b->account[subscriber].run = *run;
}

static bool zn_keys(void *ctx, struct zn_keys *ret, const char *btid, struct span naf_id, int64_t now)
{
	struct bsf *b = ctx;

	for (size_t i = 0; i < b->n; i++) {
		const struct gba_run *a = &b->account[i].run;
		const struct subscriber *s = &b->subscriber[i];

		if (a->btid[0] == '\0' || strcmp(a->btid, btid) != 0 || now >= a->expires)
			continue;
		*ret = (struct zn_keys){ .uicc_based = s->mbms_uicc, .expires = a->expires };
		memcpy(ret->impi, s->impi, sizeof ret->impi);
		gba_ks_ext_naf(b->env->prim, &ret->me, &a->ks, SPAN(a->rand), span_str(s->impi), naf_id);
		if (s->mbms_uicc)
			gba_ks_int_naf(b->env->prim, &ret->uicc, &a->ks, SPAN(a->rand), span_str(s->impi), naf_id);
		return prim_ok(b->env->prim);
	}
	return false;
}

struct zn bsf_zn(struct bsf *b)
{
	return (struct zn){ zn_keys, b };
}
