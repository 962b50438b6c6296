/* SPDX-License-Identifier: Apache-2.0 */
#include "bsf.h"

#include <stdlib.h>

#include "../../card/crypto/kdf.h"
#include "../base64.h"
#include "fault.h"
#include "lookup.h"

enum {
	CHALLENGES = 4, /* outstanding for one subscriber; one more puts an end to the oldest */
	CHALLENGE_MS = 60 * 1000,
};

/* A 401 that waits for its answer. A nonce is good for one answer, right or wrong. */
struct challenge {
	int64_t made;
	struct challenge **slot; /* of its account */
	struct challenge *before, *behind; /* in the order in which they were made, which is that of their ends */
	struct auc_vector vector;
};
SECRET_STRUCT(challenge)

/* What one subscriber has with the BSF. */
struct account {
	struct challenge *challenge[CHALLENGES]; /* NULL = free */
	size_t next; /* modulo CHALLENGES: the oldest, or a free one */
	struct gba_run *run; /* the newest; NULL = none */
};

struct bsf {
	const struct bsf_settings *settings;
	const struct net_env *env;
	struct subscriber *subscriber;
	struct account *account; /* one for each subscriber, at the same index */
	size_t n;
	struct lookup by_impi, by_btid; /* of subscribers */
	struct challenge *oldest, *newest;
};

static struct span impi_of(const void *owner, size_t i)
{
	const struct bsf *b = owner;

	return span_str(b->subscriber[i].impi);
}

static struct span btid_of(const void *owner, size_t i)
{
	const struct bsf *b = owner;

	return span_str(b->account[i].run->btid);
}

struct bsf *bsf_open(const struct bsf_settings *settings, struct subscriber *subscribers, size_t n,
		     const struct net_env *env)
{
	struct bsf *b = calloc(1, sizeof *b);

	if (b == NULL)
		return NULL;
	b->settings = settings;
	b->env = env;
	b->subscriber = subscribers;
	b->account = calloc(n + 1, sizeof *b->account);
	if (b->account == NULL || !lookup_open(&b->by_impi, n, impi_of, b, env) ||
	    !lookup_open(&b->by_btid, n, btid_of, b, env)) {
		bsf_close(b);
		return NULL;
	}
	b->n = n;
	for (size_t i = 0; i < n; i++)
		lookup_put(&b->by_impi, i);
	return b;
}

/* NULL is fine, here and in the next. */
static void challenge_free(struct challenge *c)
{
	if (c != NULL)
		challenge_wipe(c);
	free(c);
}

static void challenge_drop(struct bsf *b, struct challenge *c)
{
	if (c == NULL)
		return;
	*c->slot = NULL;
	*(c->before != NULL ? &c->before->behind : &b->oldest) = c->behind;
	*(c->behind != NULL ? &c->behind->before : &b->newest) = c->before;
	challenge_free(c);
}

static void run_free(struct gba_run *run)
{
	if (run != NULL)
		gba_run_wipe(run);
	free(run);
}

void bsf_close(struct bsf *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->n; i++) {
		for (size_t j = 0; j < CHALLENGES; j++)
			challenge_drop(b, b->account[i].challenge[j]);
		run_free(b->account[i].run);
	}
	lookup_close(&b->by_impi);
	lookup_close(&b->by_btid);
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

/* nonce = Base64(RAND ‖ AUTN), RFC 3310 3.2. */
static bool put_nonce(char ret[static DIGEST_TEXT_MAX], const struct auc_vector *v)
{
	uint8_t octets[AKA_RAND_LEN + AKA_AUTN_LEN];
	struct wr w = WR(octets), nonce = wr_of(ret, DIGEST_TEXT_MAX);

	wr_span(&w, SPAN(v->rand));
	wr_span(&w, SPAN(v->autn));
	base64_put(&nonce, wr_done(&w));
	return wr_cstr(&nonce);
}

/* Nobody can answer those any more; what they are made of goes with them. */
static void drop_old_challenges(struct bsf *b, int64_t now)
{
	struct challenge *behind;

	for (struct challenge *c = b->oldest; c != NULL && now - c->made >= CHALLENGE_MS; c = behind) {
		behind = c->behind;
		challenge_drop(b, c);
	}
}

/* The account's challenge with this nonce; NULL when there is none. */
static struct challenge *find_challenge(const struct account *a, const char *nonce)
{
	char text[DIGEST_TEXT_MAX];

	for (size_t i = 0; i < CHALLENGES; i++)
		if (a->challenge[i] != NULL && put_nonce(text, &a->challenge[i]->vector) && strcmp(text, nonce) == 0)
			return a->challenge[i];
	return NULL;
}

/* A new one in the place of the account's oldest; NULL when memory is short, or there is no vector. */
static struct challenge *new_challenge(struct ub *u)
{
	struct bsf *b = u->b;
	struct challenge **slot = &u->account->challenge[u->account->next++ % CHALLENGES];
	struct challenge *c = calloc(1, sizeof *c);

	challenge_drop(b, *slot);
	if (c == NULL || !auc_vector(u->subscriber, b->env, &c->vector)) {
		challenge_free(c);
		return NULL;
	}
	c->made = u->now;
	c->before = b->newest;
	*(b->newest != NULL ? &b->newest->behind : &b->oldest) = c;
	b->newest = c;
	c->slot = slot;
	*slot = c;
	return c;
}

/* 401 with RAND ‖ AUTN, RFC 3310 3.2. */
static void challenge(struct ub *u)
{
	struct wr header = WR(u->answer->authenticate);
	struct digest d = { .algorithm = DIGEST_AKAV1_MD5, .qop = DIGEST_QOP_AUTH_INT };
	struct wr realm = WR(d.realm);
	struct challenge *c = new_challenge(u);

	if (c == NULL) {
		reject(u, 500, "no authentication vector: the SQN is at its end, or cannot be stored");
		return;
	}
	wr_str(&realm, u->b->settings->fqdn);
	bool fits = wr_cstr(&realm) && put_nonce(d.nonce, &c->vector);
	fault_challenge(u->b->env, FAULT_UB, &d);
	digest_put_challenge(&header, &d);
	if (!fits || !wr_cstr(&header)) {
		challenge_drop(u->b, c);
		reject(u, 500, "a challenge that does not fit");
		return;
	}
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
static void resynchronise(struct ub *u, const struct auc_vector *v)
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
	if (!auc_resync(u->subscriber, u->b->env, v->rand, auts)) {
		reject(u, 403, "auts with a wrong MAC-S");
		return;
	}
	LOG(u->b->env->log, u->now, "resynchronised", LOG_TEXT("ue", u->subscriber->impi),
	    LOG_NUMBER("seq", u->subscriber->seq));
	challenge(u);
}

/* The body of the 200 and the headers around it. */
static void put_bootstrapped(struct ub *u, const struct gba_run *run, struct span res)
{
	struct http_answer *a = u->answer;
	struct gba_info info = { .expires = run->expires / 1000 };
	struct wr header = WR(a->info);
	struct digest d = u->digest;

	memcpy(info.btid, run->btid, sizeof info.btid);
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
	a->expires = run->expires;
}

/* TS 33.220 4.5.2: Ks = CK ‖ IK, B-TID = Base64(RAND)@BSF. */
static bool make_run(struct gba_run *run, const struct bsf *b, const struct auc_vector *v, int64_t now)
{
	struct wr btid = WR(run->btid);

	gba_ks(&run->ks, &v->keys.ck, &v->keys.ik);
	memcpy(run->rand, v->rand, sizeof run->rand);
	base64_put(&btid, SPAN(run->rand));
	wr_str(&btid, "@");
	wr_str(&btid, b->settings->fqdn);
	/* xs:dateTime has no smaller unit in use: what UE and BSF hold as the end is the same second. */
	run->expires = (now / 1000 + b->settings->lifetime) * 1000;
	return wr_cstr(&btid);
}

/* A subscriber's newest run, instead of the one before. False when memory is short. */
static bool set_run(struct bsf *b, size_t subscriber, const struct gba_run *run)
{
	struct account *a = &b->account[subscriber];

	if (a->run != NULL)
		lookup_drop(&b->by_btid, subscriber);
	else
		a->run = malloc(sizeof *a->run);
	if (a->run == NULL)
		return false;
	*a->run = *run;
	lookup_put(&b->by_btid, subscriber);
	return true;
}

static void bootstrap(struct ub *u, const struct auc_vector *v)
{
	struct gba_run run __attribute__((cleanup(gba_run_wipe))) = { 0 };
	struct bsf *b = u->b;
	char tag[9];

	if (!response_ok(u, span_of(v->keys.res, v->keys.res_len))) {
		reject(u, 401, "a wrong digest");
		challenge(u);
		return;
	}
	if (!make_run(&run, b, v, u->now) || !STATE_PUT(b->env, put_run, u->subscriber->impi, &run) ||
	    !set_run(b, (size_t)(u->account - b->account), &run)) {
		reject(u, 500, "a B-TID that does not fit, or cannot be stored");
		return;
	}
	put_bootstrapped(u, &run, span_of(v->keys.res, v->keys.res_len));
	LOG(b->env->log, u->now, "bootstrapped", LOG_TEXT("ue", u->subscriber->impi), LOG_TEXT("btid", run.btid),
	    LOG_NUMBER("lifetime", b->settings->lifetime),
	    LOG_TEXT("ks_tag", prim_tag(b->env->prim, tag, SPAN(run.ks.b))));
}

static bool find_account(struct ub *u)
{
	size_t i = lookup_find(&u->b->by_impi, span_str(u->digest.username));

	if (i == LOOKUP_NONE)
		return false;
	u->subscriber = &u->b->subscriber[i];
	u->account = &u->b->account[i];
	return true;
}

/* The request is well-formed and its subscriber known. */
static void authenticate(struct ub *u)
{
	struct challenge *found = find_challenge(u->account, u->digest.nonce);

	if (found == NULL || u->digest.response[0] == '\0') {
		challenge(u);
		return;
	}
	struct auc_vector v __attribute__((cleanup(auc_vector_wipe))) = found->vector;
	challenge_drop(u->b, found);
	if (u->digest.auts[0] != '\0')
		resynchronise(u, &v);
	else
		bootstrap(u, &v);
}

void bsf_request(struct bsf *b, const struct http_request *request, struct http_answer *answer, int64_t now)
{
	struct ub u = { .b = b, .request = request, .answer = answer, .now = now };
	const char *why = "";

	drop_old_challenges(b, now);
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

bool bsf_knows(const struct bsf *b, const char *impi)
{
	return lookup_find(&b->by_impi, span_str(impi)) != LOOKUP_NONE;
}

bool bsf_restore(struct bsf *b, const char *impi, const struct gba_run *run)
{
	size_t i = lookup_find(&b->by_impi, span_str(impi));

	return i == LOOKUP_NONE || set_run(b, i, run);
}

static enum zn_result zn_keys(void *ctx, struct zn_keys *ret, const char *btid, struct span naf_id, int64_t now)
{
	struct bsf *b = ctx;
	size_t i = lookup_find(&b->by_btid, span_str(btid));

	if (i == LOOKUP_NONE || now >= b->account[i].run->expires)
		return ZN_UNKNOWN;
	const struct gba_run *run = b->account[i].run;
	const struct subscriber *s = &b->subscriber[i];
	struct span rand = SPAN(run->rand), impi = span_str(s->impi);
	*ret = (struct zn_keys){ .gba_u = s->gba_u, .uicc_based = s->mbms_uicc, .expires = run->expires };
	memcpy(ret->impi, s->impi, sizeof ret->impi);
	gba_ks_ext_naf(b->env->prim, &ret->me, &run->ks, rand, impi, naf_id);
	if (s->mbms_uicc)
		gba_ks_int_naf(b->env->prim, &ret->uicc, &run->ks, rand, impi, naf_id);
	return prim_ok(b->env->prim) ? ZN_KEYS : ZN_FAILED;
}

struct zn bsf_zn(struct bsf *b)
{
	return (struct zn){ zn_keys, b };
}
