/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 9112; Digest as RFC 7616, RFC 3310 and TS 24.109 have it. */
#include "http_fields.h"

#include <strings.h>

#include "../base64.h"
#include "../http/digest.h"
#include "aka_fields.h"
#include "http_body.h"
#include "rows.h"

enum {
	BAD_REQUEST = 400,
	UNAUTHORIZED = 401,
	FIELD_MAX = 4096,
};

/* What fields of Digest mean. */
static const struct {
	const char *name, *meaning;
} parameters[] = {
	{ "username", "Ub: IMPI; Ua: B-TID" },
	{ "realm", "whose keys are wanted" },
	{ "nonce", "of the server; with AKAv1-MD5 RAND and AUTN" },
	{ "uri", "what is asked for" },
	{ "response", "digest: whether the password is known, which is RES on Ub and the MRK on Ua" },
	{ "algorithm", "" },
	{ "cnonce", "of the client" },
	{ "opaque", "comes back as it was" },
	{ "qop", "what the digest is over: auth: method and URI; auth-int: the body, too" },
	{ "nc", "how often this nonce has been used" },
	{ "auts", "SQN of the UICC: the network is to start from there" },
	{ "stale", "whether only the nonce was too old" },
	{ "rspauth", "digest of the server, which knows the password, too" },
	{ "nextnonce", "to be used next time" },
};

static bool is(struct span a, const char *b)
{
	return a.n == strlen(b) && strncasecmp((const char *)a.p, b, a.n) == 0;
}

static struct span trim(struct span s)
{
	while (s.n != 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_sub(s, 1, s.n);
	while (s.n != 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* Takes a line off; the octets in front of its end. */
static struct span take_line(struct span *s)
{
	size_t n = 0;

	while (n < s->n && s->p[n] != '\n')
		n++;
	struct span line = span_sub(*s, 0, n);
	*s = span_sub(*s, n + 1, s->n);
	if (line.n != 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* Takes a word off, and the blank behind it. */
static struct span take_word(struct span *s)
{
	size_t n = 0;

	while (n < s->n && s->p[n] != ' ')
		n++;
	struct span word = span_sub(*s, 0, n);
	*s = span_sub(*s, n + 1, s->n);
	return word;
}

static bool is_answer(struct span octets)
{
	return span_starts(octets, span_str("HTTP/"));
}

int http_fields_status(struct span octets)
{
	struct rd r = rd_of(span_sub(octets, strlen("HTTP/1.1 "), 3));
	int status = 0;

	if (!is_answer(octets) || r.n != 3)
		return 0;
	while (r.n != 0) {
		uint8_t c = rd_u8(&r);

		if (c < '0' || c > '9')
			return 0;
		status = 10 * status + (c - '0');
	}
	return status;
}

void http_fields_name(char name[static HTTP_FIELDS_NAME_MAX], struct span octets)
{
	struct wr w = wr_of(name, HTTP_FIELDS_NAME_MAX - 1);
	struct span line = take_line(&octets);

	if (is_answer(line)) {
		(void)take_word(&line);
	} else {
		while (line.n != 0 && line.p[line.n - 1] != ' ')
			line.n--;
		line = trim(line);
	}
	/* What is no text is shown in the fields. */
	for (size_t i = 0; i < line.n && w.n < w.cap; i++)
		wr_u8(&w, line.p[i] >= ' ' && line.p[i] <= '~' ? line.p[i] : '?');
	if (w.n == 0)
		wr_str(&w, "HTTP");
	name[w.n] = '\0';
}

static void put_nonce(FILE *out, struct span value)
{
	uint8_t octets[256];
	struct wr w = WR(octets);

	if (!base64_parse(&w, value))
		return;
	struct rd r = rd_of(wr_done(&w));
	if (aka_fields_challenge(out, &r) && r.n != 0)
		rows_octets(out, "server data", rd_rest(&r), "");
}

static void put_auts(FILE *out, struct span value)
{
	uint8_t octets[DIGEST_TEXT_MAX];
	struct wr w = WR(octets);

	if (base64_parse(&w, value))
		aka_fields_auts(out, wr_done(&w));
}

static const char *meaning_of(struct span name)
{
	for (size_t i = 0; i < VU_COUNT(parameters); i++)
		if (is(name, parameters[i].name))
			return parameters[i].meaning;
	return "";
}

/* The fields of a challenge, of credentials, or of what follows them. */
static void put_digest(FILE *out, struct span value)
{
	struct rd r = digest_begin(value);
	uint8_t text[FIELD_MAX];
	struct wr w = WR(text);
	struct span name;
	const char *why;

	for (; digest_next(&r, &name, &w, &why); w = WR(text)) {
		rows_field(out, name, wr_done(&w), meaning_of(name));
		if (is(name, "nonce"))
			put_nonce(out, wr_done(&w));
		if (is(name, "auts"))
			put_auts(out, wr_done(&w));
	}
	if (why != NULL)
		rows_fault(out, why);
}

/* A line of the head. */
struct header {
	struct span name, value;
	bool digest;
};

/* Takes a header off; false at the end of the head. */
static bool take_header(struct header *ret, struct span *octets)
{
	struct span line = take_line(octets), name = line;

	for (name.n = 0; name.n < line.n && line.p[name.n] != ':';)
		name.n++;
	*ret = (struct header){ .name = name, .value = trim(span_sub(line, name.n + 1, line.n)) };
	ret->digest = is(name, "WWW-Authenticate") || is(name, "Authorization") || is(name, "Authentication-Info");
	return line.n != 0;
}

static void put_digest_header(FILE *out, const struct header *h)
{
	char title[sizeof "Authentication-Info"];
	struct wr w = WR(title);

	wr_span(&w, h->name);
	rows_section(out, wr_cstr(&w) ? title : "Digest");
	put_digest(out, h->value);
}

/* What stands behind the headers. *ret_chunked: it is in chunks. */
static struct span body_of(struct span octets, bool *ret_chunked)
{
	struct header h;

	*ret_chunked = false;
	while (take_header(&h, &octets))
		if (is(h.name, "Transfer-Encoding") && is(h.value, "chunked"))
			*ret_chunked = true;
	return octets;
}

bool http_fields_refuses(struct span octets)
{
	int status = http_fields_status(octets);
	bool chunked;

	(void)take_line(&octets);
	struct span body = body_of(octets, &chunked);
	if (status >= BAD_REQUEST)
		return status != UNAUTHORIZED;
	return status != 0 && http_body_refuses(body, chunked);
}

/* Those of Digest last, as they have more to say. */
static void put_headers(FILE *out, struct span octets)
{
	struct header h;

	for (struct span rest = octets; take_header(&h, &rest);)
		if (!h.digest)
			rows_field(out, h.name, h.value, "");
	while (take_header(&h, &octets))
		if (h.digest)
			put_digest_header(out, &h);
}

static void put_first_line(FILE *out, struct span line)
{
	if (is_answer(line)) {
		rows_section(out, "answer");
		rows_text(out, "version", take_word(&line), "");
		rows_text(out, "status", take_word(&line), "");
		rows_text(out, "reason", line, "");
		return;
	}
	rows_section(out, "request");
	rows_text(out, "method", take_word(&line), "");
	rows_text(out, "target", take_word(&line), "path and query");
	rows_text(out, "version", line, "");
}

void http_fields(FILE *out, struct span octets)
{
	bool chunked;

	put_first_line(out, take_line(&octets));
	put_headers(out, octets);
	struct span body = body_of(octets, &chunked);
	http_body(out, body, chunked);
}
