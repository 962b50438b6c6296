/* SPDX-License-Identifier: Apache-2.0 */
#include "net_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "card/crypto/kdf.h"
#include "host/base64.h"

static void die(const char *what)
{
	fprintf(stderr, "net_fixture: %s\n", what);
	exit(2);
}

/* The same in every run, and not twice the same 16 octets in one. */
static uint8_t noise(struct net *net)
{
	net->noise = net->noise * 1664525 + 1013904223;
	return (uint8_t)(net->noise >> 24);
}

static void random_octets(void *ctx, uint8_t *out, size_t n)
{
	struct net *net = ctx;

	for (size_t i = 0; i < n; i++)
		out[i] = net->at_chance < net->n_chance ? net->chance[net->at_chance++] : noise(net);
}

static void keep_event(void *ctx, struct span line)
{
	struct net *net = ctx;

	if (line.n >= sizeof net->events - net->n_events)
		die("too many events");
	memcpy(net->events + net->n_events, line.p, line.n);
	net->n_events += line.n;
	net->events[net->n_events] = '\0';
}

static void keep_datagram(void *ctx, const struct peer *to, struct span datagram)
{
	struct net *net = ctx;

	if (net->n_sent == NET_SENT_MAX || datagram.n > MIKEY_MESSAGE_MAX)
		die("too many datagrams");
	struct net_sent *s = &net->sent[net->n_sent++];
	s->to = *to;
	s->n = datagram.n;
	memcpy(s->octets, datagram.p, datagram.n);
}

struct net *net_open(const char *yaml)
{
	struct net *net = calloc(1, sizeof *net);
	char why[CONFIG_WHY_MAX] = "";

	if (net == NULL)
		die("no memory");
	net->now = NET_NOW;
	net->log = (struct log){ keep_event, net, false };
	net->outbox = (struct outbox){ .send = keep_datagram, .ctx = net };
	net->env = (struct net_env){
		.prim = prim_open(), .random = random_octets, .ctx = net, .log = &net->log, .faults = &net->faults
	};
	if (net_config_parse(&net->config, "test.yaml", yaml == NULL ? net_config_default() : span_str(yaml), why) != 0)
		die(why);
	struct net_config *c = net->config;
	net->bsf = bsf_open(&c->bsf, c->subscriber, c->n_subscribers, &net->env);
	net->bmsc = net->bsf == NULL ? NULL
				     : bmsc_open(&c->bmsc, c->service, c->n_services, c->n_subscribers,
						 bsf_zn(net->bsf), &net->env);
	if (net->env.prim == NULL || net->bmsc == NULL)
		die("no BSF or BM-SC");
	return net;
}

void net_close(struct net *net)
{
	bmsc_close(net->bmsc);
	bsf_close(net->bsf);
	net_config_free(net->config);
	prim_close(net->env.prim);
	free(net);
}

void net_chance(struct net *net, struct span octets)
{
	if (octets.n > sizeof net->chance - net->n_chance)
		die("too much chance");
	memcpy(net->chance + net->n_chance, octets.p, octets.n);
	net->n_chance += octets.n;
}

bool net_event(const struct net *net, const char *name, const char *text)
{
	char start[64];

	snprintf(start, sizeof start, "Z %s", name);
	for (const char *line = net->events; *line != '\0';) {
		size_t n = strcspn(line, "\n");
		const char *at = memmem(line, n, start, strlen(start));
		bool named = at != NULL && (at[strlen(start)] == ' ' || at[strlen(start)] == '\n');

		if (named && (text == NULL || memmem(line, n, text, strlen(text)) != NULL))
			return true;
		line += n + (line[n] == '\n');
	}
	return false;
}

void net_forget(struct net *net)
{
	net->n_events = 0;
	net->events[0] = '\0';
	net->n_sent = 0;
}

static int request(struct net *net, bool ua, const struct http_request *r)
{
	net->answer = http_answer_into(WR(net->body));
	if (ua)
		bmsc_request(net->bmsc, r, &net->answer, &net->outbox, net->now);
	else
		bsf_request(net->bsf, r, &net->answer, net->now);
	return net->answer.status;
}

int net_ub(struct net *net, const char *authorization)
{
	struct http_request r = {
		.method = "GET", .path = "/", .target = "/", .authorization = authorization, .host = "127.0.0.1"
	};
	return request(net, false, &r);
}

int net_ua(struct net *net, const char *method, const char *target, const char *authorization, struct span body)
{
	char path[128], type[64];
	enum km_kind kind;
	struct http_request r = { .method = method,
				  .path = path,
				  .target = target,
				  .authorization = authorization,
				  .body = body,
				  .host = "127.0.0.1" };

	snprintf(path, sizeof path, "%.*s", (int)strcspn(target, "?"), target);
	if (sscanf(target, "%*[^?]?requesttype=%63s", type) == 1)
		r.request_type = type;
	if (r.request_type != NULL && km_kind_of(&kind, type))
		r.content_type = net->content_type != NULL ? net->content_type : km_media_type(kind, false);
	return request(net, true, &r);
}

struct mikey net_message(const struct net *net, size_t k)
{
	struct mikey m;

	if (k >= net->n_sent || mikey_parse(&m, span_of(net->sent[k].octets, net->sent[k].n)) != MIKEY_OK)
		die("no MIKEY message was sent");
	return m;
}

static void keep_last(void *ctx, struct span line)
{
	struct span why;

	(void)control_is_end(line, ctx, &why);
}

bool net_control(struct net *net, const char *line)
{
	bool ok = false;

	const struct control_net acts_on = { .bmsc = net->bmsc, .faults = &net->faults, .outbox = &net->outbox };
	control_run(&acts_on, span_str(line), keep_last, &ok, net->now);
	return ok;
}

struct phone phone_of(struct net *net, size_t subscriber)
{
	const struct subscriber *s = &net->config->subscriber[subscriber];
	struct phone p = { .net = net,
			   .secret = s->secret,
			   .gba_u = s->gba_u,
			   .mbms_uicc = s->mbms_uicc,
			   .qop = DIGEST_QOP_AUTH_INT };

	memcpy(p.impi, s->impi, sizeof p.impi);
	return p;
}

static void fill(char *to, size_t size, const char *text)
{
	struct wr w = wr_of(to, size);

	wr_str(&w, text);
	if (!wr_cstr(&w))
		die("a text that does not fit");
}
#define FILL(field, text) fill((field), sizeof(field), (text))

static void authorization_text(char ret[static HTTP_HEADER_MAX], const struct digest *d)
{
	struct wr w = wr_of(ret, HTTP_HEADER_MAX);

	digest_put_authorization(&w, d);
	if (!wr_cstr(&w))
		die("an Authorization that does not fit");
}

bool phone_challenged(struct phone *p, struct digest *d, uint8_t rand[16], uint8_t autn[16])
{
	uint8_t octets[32];
	struct wr w = WR(octets);
	struct rd r = rd_of(SPAN(octets));
	const char *why;

	if (p->net->answer.status != 401 || !digest_parse(d, span_str(p->net->answer.authenticate), &why) ||
	    d->algorithm != DIGEST_AKAV1_MD5 || d->qop != DIGEST_QOP_AUTH_INT ||
	    !base64_parse(&w, span_str(d->nonce)) || w.n != sizeof octets)
		return false;
	rd_copy(&r, rand, 16);
	rd_copy(&r, autn, 16);
	FILL(d->username, p->impi);
	FILL(d->uri, "/");
	FILL(d->cnonce, "0a4f113b");
	d->nc = 1;
	return true;
}

/* What a card does with a challenge, less the list of sequence numbers. */
static bool aka(struct phone *p, struct aka_keys *keys, const uint8_t rand[16], const uint8_t autn[16])
{
	struct aka_token token;
	uint8_t mac[8];

	aka_f2345(p->net->env.prim, keys, &p->secret, rand);
	aka_token_open(&token, keys, autn);
	aka_mac(p->net->env.prim, mac, &p->secret, keys, rand, &token, p->gba_u ? AKA_GBA_U : AKA_PLAIN);
	if (!ct_eq(mac, token.mac, sizeof mac) || token.sqn <= p->sqn)
		return false;
	p->sqn = token.sqn;
	return true;
}

static void derive(struct phone *p, const struct aka_keys *keys, const uint8_t rand[16])
{
	static const char naf_id[] = "bmsc.home1.net" GBA_UA_MBMS;
	struct span naf = span_of(naf_id, sizeof naf_id - 1), r = span_of(rand, 16), impi = span_str(p->impi);
	struct prim *prim = p->net->env.prim;
	struct key256 ks, ext;

	gba_ks(&ks, &keys->ck, &keys->ik);
	gba_ks_ext_naf(prim, &ext, &ks, r, impi, naf);
	if (p->mbms_uicc) {
		p->mrk = ext;
		gba_ks_int_naf(prim, &p->muk, &ks, r, impi, naf);
	} else {
		p->muk = ext;
		gba_mrk(prim, &p->mrk, &ext);
	}
}

bool phone_bootstrap(struct phone *p)
{
	char text[HTTP_HEADER_MAX];
	uint8_t rand[16], autn[16];
	struct digest d = { .algorithm = DIGEST_AKAV1_MD5 };
	struct aka_keys keys;
	struct gba_info info;
	char why[XML_WHY_MAX], rspauth[DIGEST_HEX_MAX];
	const char *w;

	FILL(d.username, p->impi);
	FILL(d.uri, "/");
	authorization_text(text, &d);
	if (net_ub(p->net, text) != 401 || !phone_challenged(p, &d, rand, autn) || !aka(p, &keys, rand, autn))
		return false;
	digest_response(p->net->env.prim, d.response, &d, span_of(keys.res, keys.res_len), "GET", (struct span){ 0 });
	authorization_text(text, &d);
	if (net_ub(p->net, text) != 200)
		return false;
	struct span body = wr_done(&p->net->answer.body);
	struct digest signed_ = { .nc = 0 };
	digest_response(p->net->env.prim, rspauth, &d, span_of(keys.res, keys.res_len), NULL, body);
	if (!digest_parse(&signed_, span_str(p->net->answer.info), &w) || strcmp(signed_.rspauth, rspauth) != 0 ||
	    !gba_info_parse(&info, body, why))
		return false;
	FILL(p->btid, info.btid);
	derive(p, &keys, rand);
	p->nonce[0] = '\0';
	p->nc = 0;
	p->counter = 0;
	return true;
}

static struct span password(const struct phone *p, uint8_t text[static 64])
{
	struct wr w = wr_of(text, 64);

	base64_put(&w, SPAN(p->mrk.b));
	return wr_done(&w);
}

static struct digest ua_digest(const struct phone *p, const char *target)
{
	struct digest d = { .algorithm = DIGEST_MD5, .qop = p->qop, .nc = p->nc };

	FILL(d.username, p->btid);
	FILL(d.realm, "3GPP-bootstrapping@bmsc.home1.net");
	FILL(d.nonce, p->nonce);
	FILL(d.uri, target);
	FILL(d.cnonce, "6629fae4");
	return d;
}

void phone_authorize(struct phone *p, char ret[static HTTP_HEADER_MAX], const char *method, const char *target,
		     struct span body)
{
	uint8_t text[64];

	p->nc++;
	struct digest d = ua_digest(p, target);
	digest_response(p->net->env.prim, d.response, &d, password(p, text), method, body);
	authorization_text(ret, &d);
}

/* Whether the answer's rspauth is the network's. */
static bool signed_ok(const struct phone *p, const char *target)
{
	uint8_t text[64];
	char expected[DIGEST_HEX_MAX];
	struct digest d = ua_digest(p, target), info;
	const char *why;

	digest_response(p->net->env.prim, expected, &d, password(p, text), NULL, wr_done(&p->net->answer.body));
	return digest_parse(&info, span_str(p->net->answer.info), &why) && strcmp(info.rspauth, expected) == 0;
}

static void take_nonce(struct phone *p)
{
	struct digest d;
	const char *why;

	if (p->net->answer.status == 401 && digest_parse(&d, span_str(p->net->answer.authenticate), &why)) {
		FILL(p->nonce, d.nonce);
		p->nc = 0;
	}
}

int phone_request(struct phone *p, const struct km_doc *request, struct km_doc *answer)
{
	char target[64], authorization[HTTP_HEADER_MAX], why[XML_WHY_MAX];
	static uint8_t octets[HTTP_ANSWER_MAX];
	struct wr body = WR(octets);

	km_put(&body, request);
	snprintf(target, sizeof target, NET_KM "?requesttype=%s", km_request_type(request->kind));
	if (p->nonce[0] == '\0') {
		(void)net_ua(p->net, "POST", target, NULL, wr_done(&body));
		take_nonce(p);
	}
	phone_authorize(p, authorization, "POST", target, wr_done(&body));
	int status = net_ua(p->net, "POST", target, authorization, wr_done(&body));
	take_nonce(p);
	if (status == 200 && !signed_ok(p, target))
		die("a wrong rspauth");
	if (status == 200 && answer != NULL &&
	    !km_parse(answer, request->kind, true, wr_done(&p->net->answer.body), why))
		die(why);
	return status;
}

int phone_register(struct phone *p, const char *service)
{
	static struct km_doc request, answer;

	request = (struct km_doc){ .kind = KM_REGISTER, .n = 1, .base64 = true };
	FILL(request.item[0].service, service);
	int status = phone_request(p, &request, &answer);
	return status == 200 ? answer.item[0].code : -status;
}

int phone_ask(struct phone *p, uint16_t group, uint16_t number)
{
	static struct km_doc request, answer;

	request = (struct km_doc){ .kind = KM_MSK_REQUEST, .n = 1, .base64 = true };
	request.item[0].key = (struct mikey_key_id){ { 0x00, 0xF1, 0x10 }, group, number, 0 };
	int status = phone_request(p, &request, &answer);
	return status == 200 ? answer.item[0].code : -status;
}

enum mgv_verdict phone_take(struct phone *p, size_t k, struct wr *ack)
{
	struct mikey m = net_message(p->net, k);
	struct mgv_muk muk = { .key = p->muk, .counter = p->counter };

	if (m.kind == MIKEY_IS_MTK) {
		struct mgv_msk *msk = mgv_group_find(&p->group, m.key.number);
		struct mgv_mtk mtk;
		if (msk == NULL)
			return MGV_BAD_DATA;
		return mgv_mtk_message(p->net->env.prim, &m, msk, &mtk);
	}
	enum mgv_verdict v = mgv_msk_message(p->net->env.prim, &m, &muk, &p->group, ack);
	p->counter = muk.counter;
	return v;
}
