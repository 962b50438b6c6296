/* SPDX-License-Identifier: Apache-2.0 */
/* A response from its lines, a URL from its text: RFC 7230 clauses 2.7 and 3. */
#include "http.h"

#include <ctype.h>
#include <strings.h>

static bool starts_with(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);
	return s.n >= n && strncasecmp((const char *)s.p, prefix, n) == 0;
}

static struct span trim(struct span s)
{
	while (s.n != 0 && strchr(" \t\r\n", s.p[0]) != NULL && s.p[0] != '\0')
		s = span_sub(s, 1, s.n);
	while (s.n != 0 && strchr(" \t\r\n", s.p[s.n - 1]) != NULL && s.p[s.n - 1] != '\0')
		s.n--;
	return s;
}

/* The part in front of the first of these characters. */
static struct span until(struct span s, const char *ends)
{
	size_t n = 0;
	while (n < s.n && (s.p[n] == '\0' || strchr(ends, s.p[n]) == NULL))
		n++;
	return span_of(s.p, n);
}

static bool printable(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7F)
			return false;
	return true;
}

/* s as a C string; an empty one, and false, when it does not fit. */
static bool text(char *out, size_t size, struct span s)
{
	struct wr w = wr_of(out, size);
	wr_span(&w, s);
	if (wr_cstr(&w))
		return true;
	out[0] = '\0';
	return false;
}

bool http_url_parse(struct http_url *u, const char *url)
{
	struct span s = span_str(url);
	size_t scheme = starts_with(s, "http://") ? 7 : starts_with(s, "https://") ? 8 : 0;

	if (scheme == 0 || !printable(s) || s.n >= HTTP_URL_MAX || strchr(url, '#') != NULL)
		return false;
	s = span_sub(s, scheme, s.n);
	struct span authority = until(s, "/?");
	struct span host = until(authority, ":");
	struct span rest = span_sub(s, authority.n, s.n);

	if (host.n == 0 || until(authority, "@[]").n != authority.n || !text(u->host, sizeof u->host, host))
		return false;
	struct wr w = WR(u->uri);
	if (rest.n == 0 || rest.p[0] != '/')
		wr_u8(&w, '/');
	wr_span(&w, rest);
	return wr_cstr(&w);
}

void http_resp_begin(struct http_resp *r)
{
	r->status = 0;
	r->www_authenticate[0] = r->other_authenticate[0] = r->authentication_info[0] = r->content_type[0] = '\0';
	r->body_len = 0;
	r->fault = NULL;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* "HTTP/1.1 401 Unauthorized": 0 when it is none. */
static int status_of(struct span line)
{
	struct rd r = rd_of(line);
	struct span version = rd_take(&r, strlen("HTTP/1.1 "));
	struct span code = rd_take(&r, 3);
	struct span behind = rd_rest(&r);

	if (r.bad || version.p[version.n - 1] != ' ' || (behind.n != 0 && behind.p[0] != ' '))
		return 0;
	if (!is_digit(code.p[0]) || !is_digit(code.p[1]) || !is_digit(code.p[2]))
		return 0;
	int status = (code.p[0] - '0') * 100 + (code.p[1] - '0') * 10 + (code.p[2] - '0');
	return status >= 100 && status <= 599 ? status : 0;
}

static void set_once(struct http_resp *r, char *field, size_t size, struct span value)
{
	if (field[0] != '\0')
		r->fault = "a header that may stand once stands twice";
	else if (!text(field, size, value))
		r->fault = "a header is too long";
}

/* Whether a challenge begins here: a scheme, which no "=" follows. RFC 7235 2.1. */
static bool scheme_stands_at(struct span s)
{
	struct span word = until(s, " \t,=\"");
	struct span behind = trim(span_sub(s, word.n, s.n));

	return word.n != 0 && (behind.n == 0 || behind.p[0] != '=');
}

/* The next challenge of a list and the commas behind it: one line may hold several, RFC 7235 4.1. */
static struct span cut_challenge(struct span *list)
{
	struct span all = trim(*list);
	bool quoted = false;
	size_t n = 0;

	for (; n < all.n; n++) {
		if (quoted && all.p[n] == '\\')
			n++;
		else if (all.p[n] == '"')
			quoted = !quoted;
		else if (!quoted && all.p[n] == ',' && scheme_stands_at(trim(span_sub(all, n + 1, all.n))))
			break;
	}
	*list = span_sub(all, n + 1, all.n);
	all = trim(span_sub(all, 0, n));
	while (all.n != 0 && all.p[all.n - 1] == ',')
		all = trim(span_sub(all, 0, all.n - 1));
	return all;
}

/* Other schemes may be offered beside Digest, and more than two challenges. Ours are among the first. */
static void take_challenge(struct http_resp *r, struct span challenge)
{
	bool first = r->www_authenticate[0] == '\0';
	char *field = first ? r->www_authenticate : r->other_authenticate;
	struct span scheme = until(challenge, " \t,");

	if (scheme.n != strlen("Digest") || !starts_with(scheme, "Digest") || field[0] != '\0')
		return;
	if (!text(field, HTTP_AUTH_MAX, challenge))
		r->fault = "a header is too long";
}

static void take_challenges(struct http_resp *r, struct span list)
{
	while (list.n != 0)
		take_challenge(r, cut_challenge(&list));
}

void http_resp_line(struct http_resp *r, struct span line)
{
	line = trim(line);
	if (starts_with(line, "HTTP/")) {
		http_resp_begin(r);
		r->status = status_of(line);
		if (r->status == 0)
			r->fault = "a status line that is none";
		return;
	}
	if (line.n == 0)
		return;
	if (memchr(line.p, 0, line.n) != NULL) {
		r->fault = "a NUL in a header";
		return;
	}
	struct span name = until(line, ":");
	struct span value = trim(span_sub(line, name.n + 1, line.n));
	if (r->status == 0 || name.n == line.n || name.n == 0) {
		r->fault = r->status == 0 ? "a header without a status line" : "a header without a colon";
		return;
	}
	if (name.n == 16 && starts_with(name, "WWW-Authenticate")) {
		take_challenges(r, value);
	} else if (name.n == 19 && starts_with(name, "Authentication-Info")) {
		set_once(r, r->authentication_info, sizeof r->authentication_info, value);
	} else if (name.n == 12 && starts_with(name, "Content-Type")) {
		set_once(r, r->content_type, sizeof r->content_type, trim(until(value, ";")));
		for (char *c = r->content_type; *c != '\0'; c++)
			*c = (char)tolower((unsigned char)*c);
	}
}

void http_resp_body(struct http_resp *r, struct span octets)
{
	if (octets.n > sizeof r->body - r->body_len) {
		r->fault = "the body is too long";
		return;
	}
	if (octets.n != 0)
		memcpy(r->body + r->body_len, octets.p, octets.n);
	r->body_len += octets.n;
}
