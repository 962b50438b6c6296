/* SPDX-License-Identifier: Apache-2.0 */
/* Faults in what is said over HTTP: digests, bodies, and the way they are sent. */
#include <stdio.h>
#include <stdlib.h>

#include "../base64.h"
#include "fault_int.h"

static void set(char *field, size_t size, const char *text)
{
	struct wr w = wr_of(field, size);

	wr_str(&w, text);
	if (!wr_cstr(&w))
		field[0] = '\0';
}
#define SET(field, text) set((field), sizeof(field), (text))

/* Another digit of a hexadecimal text. */
static void spoil(char *text)
{
	text[0] = text[0] == '0' ? '1' : '0';
}

void challenge_realm(const struct fault *f, struct digest *d)
{
	SET(d->realm, f->text);
}

/* TS 24.109 5.2.4: both names in one realm. */
void challenge_two_realms(const struct fault *f, struct digest *d)
{
	char ours[DIGEST_TEXT_MAX];
	struct wr w = WR(d->realm);
	const char *at = strchr(d->realm, '@');

	(void)f;
	if (at == NULL)
		return;
	SET(ours, d->realm);
	wr_str(&w, "3GPP-bootstrapping-uicc");
	wr_str(&w, strchr(ours, '@'));
	wr_str(&w, ";");
	wr_str(&w, ours);
	if (!wr_cstr(&w))
		d->realm[0] = '\0';
}

void challenge_algorithm(const struct fault *f, struct digest *d)
{
	(void)f;
	d->algorithm = d->algorithm == DIGEST_MD5 ? DIGEST_AKAV1_MD5 : DIGEST_MD5;
}

void challenge_qop(const struct fault *f, struct digest *d)
{
	d->qop = (unsigned)f->arg;
}

void challenge_nonce(const struct fault *f, struct digest *d)
{
	SET(d->nonce, f->text);
}

void run_lifetime(const struct fault *f, struct gba_info *info)
{
	info->expires += f->arg;
}

void run_btid(const struct fault *f, struct gba_info *info)
{
	(void)f;
	info->btid[0] = info->btid[0] == 'A' ? 'B' : 'A';
}

void doc_code(const struct fault *f, struct km_doc *doc)
{
	for (size_t i = 0; i < doc->n; i++)
		doc->item[i].code = f->arg;
}

void doc_drop(const struct fault *f, struct km_doc *doc)
{
	(void)f;
	if (doc->n > 1)
		doc->n--;
}

void doc_foreign(const struct fault *f, struct km_doc *doc)
{
	(void)f;
	doc->item[0].key.group ^= 0x5555;
	SET(doc->item[0].service, "urn:nobody:asked:for:this");
}

/* The XML of a body, out of its Base64 when it is in it. */
struct xml {
	char text[HTTP_ANSWER_MAX];
	bool base64;
};

static bool xml_out(struct xml *x, const struct wr *body)
{
	struct wr w = WR(x->text);
	struct span was = wr_done(body);

	x->base64 = was.n != 0 && was.p[0] != '<';
	if (x->base64) {
		if (!base64_parse(&w, was))
			return false;
	} else {
		wr_span(&w, was);
	}
	return wr_cstr(&w);
}

static void xml_in(const struct xml *x, struct wr *body)
{
	body->n = 0;
	if (x->base64)
		base64_put(body, span_str(x->text));
	else
		wr_str(body, x->text);
}

/* Every `old` becomes `new` in the XML of a body. */
static void replace(struct wr *body, const char *old, const char *new)
{
	struct xml *x = malloc(sizeof *x), *y = malloc(sizeof *y);

	if (x != NULL && y != NULL && xml_out(x, body)) {
		struct wr w = WR(y->text);
		const char *rest = x->text;

		for (const char *at; (at = strstr(rest, old)) != NULL; rest = at + strlen(old)) {
			wr_bytes(&w, rest, (size_t)(at - rest));
			wr_str(&w, new);
		}
		wr_str(&w, rest);
		y->base64 = x->base64;
		if (wr_cstr(&w))
			xml_in(y, body);
	}
	free(x);
	free(y);
}

void body_namespace(const struct fault *f, struct wr *body)
{
	(void)f;
	replace(body, "xmlns=\"u", "xmlns=\"urn:other:u");
}

void body_rename(const struct fault *f, struct wr *body)
{
	char from[64], to[64];
	const char *equals = strchr(f->text, '=');

	snprintf(from, sizeof from, "%.*s>", (int)(equals - f->text), f->text);
	snprintf(to, sizeof to, "%s>", equals + 1);
	replace(body, from, to);
}

void body_doctype(const struct fault *f, struct wr *body)
{
	(void)f;
	replace(body, "?>", "?><!DOCTYPE x [<!ENTITY e \"e\">]>");
}

/* Base64 as mail has it: a line end after 64 characters. */
void body_lines(const struct fault *f, struct wr *body)
{
	struct xml *x = malloc(sizeof *x);
	struct span was = wr_done(body);
	struct wr w = { 0 };

	(void)f;
	if (x != NULL)
		w = WR(x->text);
	for (size_t i = 0; x != NULL && i < was.n; i++) {
		wr_u8(&w, was.p[i]);
		if (i % 64 == 63)
			wr_str(&w, "\r\n");
	}
	if (x != NULL && wr_cstr(&w)) {
		body->n = 0;
		wr_str(body, x->text);
	}
	free(x);
}

void body_text(const struct fault *f, struct wr *body)
{
	body->n = 0;
	wr_str(body, f->text);
}

void body_huge(const struct fault *f, struct wr *body)
{
	while (body->n < (size_t)f->arg && !body->bad)
		wr_u8(body, ' ');
}

void info_rspauth(const struct fault *f, struct digest *d)
{
	(void)f;
	spoil(d->rspauth);
}

void info_cnonce(const struct fault *f, struct digest *d)
{
	(void)f;
	spoil(d->cnonce);
}

void info_count(const struct fault *f, struct digest *d)
{
	(void)f;
	d->nc++;
}

void answer_status(const struct fault *f, struct http_answer *a)
{
	http_answer_text(a, f->arg, "a fault that was asked for");
	a->info[0] = '\0';
}

void answer_bare_401(const struct fault *f, struct http_answer *a)
{
	(void)f;
	a->authenticate[0] = '\0';
}

void answer_no_info(const struct fault *f, struct http_answer *a)
{
	(void)f;
	a->info[0] = '\0';
}

void answer_type(const struct fault *f, struct http_answer *a)
{
	a->content_type = f->text;
}

void answer_manner(const struct fault *f, struct http_answer *a)
{
	a->manner = (enum http_manner)f->arg;
}

/* The one for keys on the UICC in front, in a header of its own. */
void answer_two_challenges(const struct fault *f, struct http_answer *a)
{
	struct wr w = WR(a->authenticate);
	const char *at;

	(void)f;
	memcpy(a->authenticate_too, a->authenticate, sizeof a->authenticate_too);
	at = strstr(a->authenticate_too, "3GPP-bootstrapping@");
	if (at == NULL)
		return;
	wr_bytes(&w, a->authenticate_too, (size_t)(at - a->authenticate_too));
	wr_str(&w, "3GPP-bootstrapping-uicc");
	wr_str(&w, strchr(at, '@'));
	if (!wr_cstr(&w))
		a->authenticate[0] = '\0';
}
