/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP Digest: header values to a struct and back, and the digest itself (RFC 2617 clause 3.2, RFC 3310). Knows no HTTP
 * library and no key but the password it is handed.
 */
#include "digest.h"

#include <strings.h>

#include "../../apdu/hex.h"

enum { TOGETHER = 1024 };

enum field {
	F_USERNAME,
	F_REALM,
	F_NONCE,
	F_URI,
	F_OPAQUE,
	F_CNONCE,
	F_NEXTNONCE,
	F_AUTS,
	F_RESPONSE,
	F_RSPAUTH,
	F_NC,
	F_QOP,
	F_ALGORITHM,
	F_STALE,
	F_UNKNOWN,
};

static const char *const field_names[F_UNKNOWN] = {
	[F_USERNAME] = "username",
	[F_REALM] = "realm",
	[F_NONCE] = "nonce",
	[F_URI] = "uri",
	[F_OPAQUE] = "opaque",
	[F_CNONCE] = "cnonce",
	[F_NEXTNONCE] = "nextnonce",
	[F_AUTS] = "auts",
	[F_RESPONSE] = "response",
	[F_RSPAUTH] = "rspauth",
	[F_NC] = "nc",
	[F_QOP] = "qop",
	[F_ALGORITHM] = "algorithm",
	[F_STALE] = "stale",
};

static const char *const algorithm_names[DIGEST_ALGORITHM_UNKNOWN] = {
	[DIGEST_MD5] = "MD5",
	[DIGEST_AKAV1_MD5] = "AKAv1-MD5",
};

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* RFC 7230 3.2.6. */
static bool is_token(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_control(uint8_t c)
{
	return (c < 0x20 && c != '\t') || c == 0x7F;
}

static bool name_is(struct span name, const char *wanted)
{
	return name.n == strlen(wanted) && strncasecmp((const char *)name.p, wanted, name.n) == 0;
}

static bool peek(const struct rd *r, uint8_t *c)
{
	struct rd ahead = *r;
	*c = rd_u8(&ahead);
	return !ahead.bad;
}

static void skip_blanks(struct rd *r)
{
	uint8_t c;
	while (peek(r, &c) && is_blank(c))
		(void)rd_u8(r);
}

static struct span take_token(struct rd *r)
{
	struct rd start = *r;
	uint8_t c;
	while (peek(r, &c) && is_token(c))
		(void)rd_u8(r);
	return rd_take(&start, start.n - r->n);
}

/* What stands for itself between quotes, as far as it goes. */
static struct span take_ordinary(struct rd *r)
{
	size_t n = 0;

	while (n < r->n && r->p[n] != '"' && r->p[n] != '\\' && !is_control(r->p[n]))
		n++;
	return rd_take(r, n);
}

/* A quoted string without its quotes and pairs; false with the reason. */
static bool take_quoted(struct rd *r, struct wr *out, const char **why)
{
	(void)rd_u8(r);
	for (;;) {
		wr_span(out, take_ordinary(r));
		uint8_t c = rd_u8(r);
		if (c == '"')
			return true;
		if (c == '\\')
			c = rd_u8(r);
		if (r->bad) {
			*why = "a quoted string has no end";
			return false;
		}
		if (is_control(c)) {
			*why = "a control character in a quoted string";
			return false;
		}
		wr_u8(out, c);
	}
}

/* What stands without quotes ends at a comma or blank. More than token characters are taken: some write uri=/ so. */
static bool take_plain(struct rd *r, struct wr *out, const char **why)
{
	uint8_t c;
	while (peek(r, &c) && !is_blank(c) && c != ',') {
		if (c == '"' || c == '\\' || is_control(c)) {
			*why = "a quote or control character in a value without quotes";
			return false;
		}
		wr_u8(out, rd_u8(r));
	}
	if (out->n == 0 && !out->bad) {
		*why = "a field without a value";
		return false;
	}
	return true;
}

static bool qop_of(struct digest *d, struct span value)
{
	struct rd r = rd_of(value);
	while (r.n != 0) {
		struct span name = take_token(&r);
		if (name_is(name, "auth"))
			d->qop |= DIGEST_QOP_AUTH;
		else if (name_is(name, "auth-int"))
			d->qop |= DIGEST_QOP_AUTH_INT;
		if (name.n == 0)
			(void)rd_u8(&r);
	}
	return d->qop != DIGEST_QOP_NONE;
}

static bool nc_of(struct digest *d, struct span value)
{
	uint8_t octets[4];
	struct wr w = WR(octets);
	if (value.n != 2 * sizeof octets || !hex_parse(&w, value) || w.n != sizeof octets)
		return false;
	struct rd r = rd_of(SPAN(octets));
	d->nc = rd_u32(&r);
	return d->nc != 0;
}

static enum digest_algorithm algorithm_of(struct span value)
{
	for (enum digest_algorithm a = DIGEST_MD5; a < DIGEST_ALGORITHM_UNKNOWN; a++)
		if (name_is(value, algorithm_names[a]))
			return a;
	return DIGEST_ALGORITHM_UNKNOWN;
}

static bool text_of(char *out, size_t size, struct span value, const char **why)
{
	struct wr w = wr_of(out, size);
	wr_span(&w, value);
	*why = "a field is too long";
	return wr_cstr(&w);
}

static bool set_field(struct digest *d, enum field f, struct span value, const char **why)
{
	switch (f) {
	case F_USERNAME:
		return text_of(d->username, sizeof d->username, value, why);
	case F_REALM:
		return text_of(d->realm, sizeof d->realm, value, why);
	case F_NONCE:
		return text_of(d->nonce, sizeof d->nonce, value, why);
	case F_URI:
		return text_of(d->uri, sizeof d->uri, value, why);
	case F_OPAQUE:
		return text_of(d->opaque, sizeof d->opaque, value, why);
	case F_CNONCE:
		return text_of(d->cnonce, sizeof d->cnonce, value, why);
	case F_NEXTNONCE:
		return text_of(d->nextnonce, sizeof d->nextnonce, value, why);
	case F_AUTS:
		return text_of(d->auts, sizeof d->auts, value, why);
	case F_RESPONSE:
		return text_of(d->response, sizeof d->response, value, why);
	case F_RSPAUTH:
		return text_of(d->rspauth, sizeof d->rspauth, value, why);
	case F_NC:
		*why = "nc is not a count of 8 hexadecimal digits";
		return nc_of(d, value);
	case F_QOP:
		/* Taking it for "no qop" would let a peer talk us out of the protection. */
		*why = "qop names neither auth nor auth-int";
		return qop_of(d, value);
	case F_ALGORITHM:
		d->algorithm = algorithm_of(value);
		return true;
	case F_STALE:
		d->stale = name_is(value, "true");
		return true;
	case F_UNKNOWN:
		return true;
	}
	return false;
}

static enum field field_of(struct span name)
{
	enum field f = F_USERNAME;
	while (f < F_UNKNOWN && !name_is(name, field_names[f]))
		f++;
	return f;
}

struct rd digest_begin(struct span value)
{
	struct rd r = rd_of(value);
	uint8_t c;

	skip_blanks(&r);
	struct rd scheme = r;
	if (name_is(take_token(&scheme), "Digest") && (scheme.n == 0 || (peek(&scheme, &c) && is_blank(c))))
		r = scheme;
	return r;
}

/* One `name = value`, which a comma follows or nothing. */
bool digest_next(struct rd *r, struct span *ret_name, struct wr *value, const char **ret_why)
{
	uint8_t c;

	*ret_why = NULL;
	while (peek(r, &c) && (is_blank(c) || c == ','))
		(void)rd_u8(r);
	if (r->n == 0)
		return false;
	struct span name = take_token(r);
	skip_blanks(r);
	if (name.n == 0 || !peek(r, &c) || c != '=') {
		*ret_why = "expected name=value";
		return false;
	}
	(void)rd_u8(r);
	skip_blanks(r);
	bool quoted = peek(r, &c) && c == '"';
	if (!(quoted ? take_quoted(r, value, ret_why) : take_plain(r, value, ret_why)))
		return false;
	skip_blanks(r);
	if (peek(r, &c) && c != ',') {
		*ret_why = "expected a comma behind a field";
		return false;
	}
	*ret_name = name;
	return true;
}

static bool take_field(struct digest *d, struct span name, const struct wr *value, unsigned *seen, const char **why)
{
	enum field f = field_of(name);

	if (f != F_UNKNOWN && (*seen & 1U << f) != 0) {
		*why = "a field stands twice";
		return false;
	}
	*seen |= 1U << f;
	if (f != F_UNKNOWN && value->bad) {
		*why = "a field is too long";
		return false;
	}
	return set_field(d, f, wr_done(value), why);
}

bool digest_parse(struct digest *d, struct span value, const char **ret_why)
{
	uint8_t text[2 * DIGEST_TEXT_MAX];
	struct wr w = WR(text);
	struct rd r = digest_begin(value);
	struct span name;
	unsigned seen = 0;

	*d = (struct digest){ .algorithm = DIGEST_MD5 };
	for (; digest_next(&r, &name, &w, ret_why); w = WR(text))
		if (!take_field(d, name, &w, &seen, ret_why))
			return false;
	if (*ret_why == NULL && seen == 0)
		*ret_why = "no field at all";
	return *ret_why == NULL;
}

/* A list that grows: `name=` with the comma in front that it needs. */
static void put_name(struct wr *out, const char *name)
{
	if (out->n != 0 && out->p[out->n - 1] != ' ')
		wr_str(out, ", ");
	wr_str(out, name);
	wr_u8(out, '=');
}

static void put_quoted(struct wr *out, const char *name, const char *value)
{
	put_name(out, name);
	wr_u8(out, '"');
	for (struct rd r = rd_of(span_str(value)); r.n != 0;) {
		uint8_t c = rd_u8(&r);
		if (is_control(c))
			out->bad = true; /* a line end here would let a value become a header */
		if (c == '"' || c == '\\')
			wr_u8(out, '\\');
		wr_u8(out, c);
	}
	wr_u8(out, '"');
}

static void put_quoted_if(struct wr *out, const char *name, const char *value)
{
	if (value[0] != '\0')
		put_quoted(out, name, value);
}

static void put_plain(struct wr *out, const char *name, const char *value)
{
	put_name(out, name);
	wr_str(out, value);
}

static const char *qop_text(unsigned qop)
{
	return (qop & DIGEST_QOP_AUTH_INT) != 0 ? "auth-int" : "auth";
}

static void nc_text(char ret[static 9], uint32_t nc)
{
	uint8_t octets[4];
	struct wr w = WR(octets);
	wr_u32(&w, nc);
	hex_str(ret, 9, wr_done(&w));
}

/* What Authorization and Authentication-Info say alike. */
static void put_counting(struct wr *out, const struct digest *d)
{
	char nc[9];
	nc_text(nc, d->nc);
	if (d->qop != DIGEST_QOP_NONE)
		put_plain(out, "qop", qop_text(d->qop));
	if (d->nc != 0)
		put_plain(out, "nc", nc);
	put_quoted_if(out, "cnonce", d->cnonce);
}

static void put_algorithm(struct wr *out, const struct digest *d)
{
	if (d->algorithm < DIGEST_ALGORITHM_UNKNOWN)
		put_plain(out, "algorithm", algorithm_names[d->algorithm]);
}

void digest_put_challenge(struct wr *out, const struct digest *d)
{
	wr_str(out, "Digest ");
	put_quoted(out, "realm", d->realm);
	put_quoted(out, "nonce", d->nonce);
	put_algorithm(out, d);
	if (d->qop == (DIGEST_QOP_AUTH | DIGEST_QOP_AUTH_INT))
		put_quoted(out, "qop", "auth,auth-int");
	else if (d->qop != DIGEST_QOP_NONE)
		put_quoted(out, "qop", qop_text(d->qop));
	put_quoted_if(out, "opaque", d->opaque);
	if (d->stale)
		put_plain(out, "stale", "true");
}

void digest_put_authorization(struct wr *out, const struct digest *d)
{
	wr_str(out, "Digest ");
	put_quoted(out, "username", d->username);
	put_quoted(out, "realm", d->realm);
	put_quoted(out, "nonce", d->nonce); /* empty, but there, in the first request on Ub */
	put_quoted(out, "uri", d->uri);
	put_counting(out, d);
	put_quoted(out, "response", d->response);
	put_quoted_if(out, "opaque", d->opaque);
	put_algorithm(out, d);
	put_quoted_if(out, "auts", d->auts);
}

void digest_put_info(struct wr *out, const struct digest *d)
{
	size_t mark = out->n;
	struct wr list = wr_of(out->p + mark, out->cap - mark);
	put_quoted(&list, "rspauth", d->rspauth);
	put_counting(&list, d);
	put_quoted_if(&list, "nextnonce", d->nextnonce);
	out->n += list.n;
	out->bad |= list.bad;
}

/* Parts of a few characters each cost more one by one than in one piece, when they fit. */
static void md5_hex(struct prim *p, char ret[static DIGEST_HEX_MAX], const struct span *parts, size_t n)
{
	uint8_t md5[MD5_LEN], text[TOGETHER];
	struct wr w = WR(text);

	for (size_t i = 0; n > 1 && i < n; i++)
		wr_span(&w, parts[i]);
	const struct span whole = wr_done(&w);
	prim_md5(p, md5, whole.n != 0 ? &whole : parts, whole.n != 0 ? 1 : n);
	secret_wipe(text, w.n);
	hex_str(ret, DIGEST_HEX_MAX, SPAN(md5));
	secret_wipe(md5, sizeof md5);
}

void digest_a1(struct prim *p, struct digest_a1 *ret, const struct digest *d, struct span password)
{
	const struct span colon = span_str(":");
	const struct span parts[] = { span_str(d->username), colon, span_str(d->realm), colon, password };

	md5_hex(p, ret->text, parts, VU_COUNT(parts));
}

/* H(A2): of method and URI, and of the body with auth-int. */
static void hash_a2(struct prim *p, char ret[static DIGEST_HEX_MAX], const struct digest *d, const char *method,
		    struct span body)
{
	const struct span colon = span_str(":");
	bool with_body = (d->qop & DIGEST_QOP_AUTH_INT) != 0;
	char hbody[DIGEST_HEX_MAX] = "";

	if (with_body)
		md5_hex(p, hbody, &body, 1);
	const struct span parts[] = { span_str(method != NULL ? method : ""), colon, span_str(d->uri), colon,
				      span_str(hbody) };
	md5_hex(p, ret, parts, with_body ? 5 : 3);
}

void digest_response_a1(struct prim *p, char ret[static DIGEST_HEX_MAX], const struct digest *d,
			const struct digest_a1 *a1, const char *method, struct span body)
{
	const struct span colon = span_str(":");
	char a2[DIGEST_HEX_MAX], nc[9];

	hash_a2(p, a2, d, method, body);
	nc_text(nc, d->nc);
	const struct span counted[] = {
		span_str(a1->text),  colon, span_str(d->nonce),		colon, span_str(nc), colon,
		span_str(d->cnonce), colon, span_str(qop_text(d->qop)), colon, span_str(a2)
	};
	const struct span plain[] = { span_str(a1->text), colon, span_str(d->nonce), colon, span_str(a2) };
	if (d->qop != DIGEST_QOP_NONE)
		md5_hex(p, ret, counted, VU_COUNT(counted));
	else
		md5_hex(p, ret, plain, VU_COUNT(plain));
}

void digest_response(struct prim *p, char ret[static DIGEST_HEX_MAX], const struct digest *d, struct span password,
		     const char *method, struct span body)
{
	struct digest_a1 a1 _secret_digest_a1_;

	digest_a1(p, &a1, d, password);
	digest_response_a1(p, ret, d, &a1, method, body);
}
