/* SPDX-License-Identifier: Apache-2.0 */
/* Responses from lines, URLs from text, and what a hostile server could put there. */
#include "tests/cu.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "host/http/http.h"
#include "host/http/http_curl.h"

static struct http_resp r;

static void feed(const char *text)
{
	http_resp_begin(&r);
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");
		n += text[n] == '\n';
		http_resp_line(&r, span_of(text, n));
		text += n;
	}
}

static void a_401_with_its_challenge(void)
{
	feed("HTTP/1.1 401 Unauthorized\r\nServer: x\r\nwww-authenticate:  Digest realm=\"a\"  \r\n"
	     "Content-Type: Text/HTML; charset=utf-8\r\n\r\n");
	CU_ASSERT_PTR_NULL(r.fault);
	CU_ASSERT_EQUAL(r.status, 401);
	CU_ASSERT_STRING_EQUAL(r.www_authenticate, "Digest realm=\"a\"");
	CU_ASSERT_STRING_EQUAL(r.content_type, "text/html");
}

static void the_first_two_digests_among_several_schemes_count(void)
{
	feed("HTTP/1.1 401 x\nWWW-Authenticate: Basic realm=\"b\"\nWWW-Authenticate: digest realm=\"1\"\n"
	     "WWW-Authenticate: Digest realm=\"2\"\nWWW-Authenticate: Digest realm=\"3\"\n");
	CU_ASSERT_PTR_NULL(r.fault);
	CU_ASSERT_STRING_EQUAL(r.www_authenticate, "digest realm=\"1\"");
	CU_ASSERT_STRING_EQUAL(r.other_authenticate, "Digest realm=\"2\"");
}

static void challenges_of_one_line_are_told_apart(void)
{
	feed("HTTP/1.1 401 x\nWWW-Authenticate: Negotiate, Basic realm=\"b, Digest realm=c\" , Digest realm = \"1, "
	     "\\\"x\", "
	     "nonce=n,qop=\"auth,auth-int\", , NTLM YWJj==,\tDIGEST nonce=\"2\"\n");
	CU_ASSERT_PTR_NULL(r.fault);
	CU_ASSERT_STRING_EQUAL(r.www_authenticate, "Digest realm = \"1, \\\"x\", nonce=n,qop=\"auth,auth-int\"");
	CU_ASSERT_STRING_EQUAL(r.other_authenticate, "DIGEST nonce=\"2\"");
	feed("HTTP/1.1 401 x\nWWW-Authenticate: Digests realm=\"1\"\nWWW-Authenticate: , ,\n");
	CU_ASSERT_PTR_NULL(r.fault);
	CU_ASSERT_STRING_EQUAL(r.www_authenticate, "");
}

static void a_100_in_front_leaves_nothing_behind(void)
{
	feed("HTTP/1.1 100 Continue\nAuthentication-Info: old\n\nHTTP/1.1 200 OK\nContent-Type: a/b\n\n");
	CU_ASSERT_PTR_NULL(r.fault);
	CU_ASSERT_EQUAL(r.status, 200);
	CU_ASSERT_STRING_EQUAL(r.authentication_info, "");
}

static void attack_malformed_heads(void)
{
	static const char *const bad[] = {
		"HTTP/1.1 99 x\n",
		"HTTP/1.1 600 x\n",
		"HTTP/1.1 20x OK\n",
		"HTTP/1.1 2000 OK\n",
		"HTTP/1.1200 OK\n",
		"HTTP/\n",
		"Content-Type: a/b\n",
		"HTTP/1.1 200 OK\nno colon here\n",
		"HTTP/1.1 200 OK\n: nameless\n",
		"HTTP/1.1 200 OK\nContent-Type: a/b\nContent-Type: c/d\n",
		"HTTP/1.1 200 OK\nAuthentication-Info: a\nAuthentication-Info: b\n",
	};
	char line[2 * HTTP_AUTH_MAX];

	for (size_t i = 0; i < VU_COUNT(bad); i++) {
		feed(bad[i]);
		if (r.fault == NULL)
			CU_FAIL_FATAL(bad[i]);
	}
	snprintf(line, sizeof line, "HTTP/1.1 401 x\nWWW-Authenticate: Digest realm=\"%0*d\"\n", HTTP_AUTH_MAX, 0);
	feed(line);
	CU_ASSERT_PTR_NOT_NULL(r.fault);
	feed("HTTP/1.1 401 x\n");
	http_resp_line(&r, span_of("X: a\0b", 6));
	CU_ASSERT_PTR_NOT_NULL(r.fault);
}

/* What a cut in the n-th octet of a head must give: a name without its colon is no header, a value is what is left. */
static void attack_every_truncation_of_a_head(void)
{
	static const char status_line[] = "HTTP/1.1 200";
	static const char whole[] =
		"HTTP/1.1 200 OK\r\nAuthentication-Info: rspauth=\"x\"\r\nContent-Type: a/b; c=d\r\n"
		"WWW-Authenticate: Digest realm=\"a\"\r\n\r\n";

	for (size_t n = 0; n < sizeof whole; n++) {
		char *copy = strndup(whole, n);
		CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
		const char *newline = strrchr(copy, '\n');
		const char *last = newline != NULL ? newline + 1 : copy;
		bool header = newline != NULL && *last != '\0' && *last != '\r';
		bool bad = n != 0 && (n < strlen(status_line) || (header && strchr(last, ':') == NULL));

		feed(copy);
		CU_ASSERT_EQUAL(r.fault != NULL, bad);
		CU_ASSERT_EQUAL(r.status, n < strlen(status_line) ? 0 : 200);
		CU_ASSERT_EQUAL(r.authentication_info[0] != '\0', strstr(copy, "Info: r") != NULL);
		CU_ASSERT_EQUAL(strcmp(r.authentication_info, "rspauth=\"x\"") == 0, strstr(copy, "\"x\"") != NULL);
		CU_ASSERT_EQUAL(r.content_type[0] != '\0', strstr(copy, "Type: a") != NULL);
		CU_ASSERT_EQUAL(strcmp(r.content_type, "a/b") == 0, strstr(copy, "a/b") != NULL);
		CU_ASSERT_EQUAL(r.www_authenticate[0] != '\0', strstr(copy, "Digest") != NULL);
		free(copy);
	}
}

/* As long as the room for it with its end, one less, one more: what does not fit leaves nothing behind. */
static void attack_header_that_leaves_no_room_for_its_end(void)
{
	char line[2 * HTTP_FIELD_MAX];

	for (int n = HTTP_FIELD_MAX - 1; n <= HTTP_FIELD_MAX + 1; n++) {
		feed("HTTP/1.1 200 OK\n");
		memset(r.content_type, 'X', sizeof r.content_type);
		r.content_type[0] = '\0';
		r.body[0] = 'B';
		snprintf(line, sizeof line, "Content-Type: A%0*d", n - 1, 0);
		http_resp_line(&r, span_str(line));
		bool fits = n < HTTP_FIELD_MAX;
		CU_ASSERT_EQUAL(r.fault == NULL, fits);
		CU_ASSERT_EQUAL(strnlen(r.content_type, sizeof r.content_type), fits ? (size_t)n : 0);
		CU_ASSERT_EQUAL(r.content_type[0], fits ? 'a' : '\0');
		CU_ASSERT_EQUAL(r.body[0], 'B');
	}
}

static void attack_body_longer_than_its_room(void)
{
	uint8_t part[1000] = { 'x' };

	http_resp_begin(&r);
	for (size_t n = 0; n < HTTP_BODY_MAX / sizeof part; n++)
		http_resp_body(&r, SPAN(part));
	CU_ASSERT_PTR_NULL(r.fault);
	http_resp_body(&r, SPAN(part));
	CU_ASSERT_PTR_NOT_NULL(r.fault);
	CU_ASSERT_TRUE(r.body_len <= HTTP_BODY_MAX);
}

static void urls(void)
{
	struct http_url u;

	CU_ASSERT_TRUE(http_url_parse(&u, "http://bsf.home1.net/"));
	CU_ASSERT_STRING_EQUAL(u.host, "bsf.home1.net");
	CU_ASSERT_STRING_EQUAL(u.uri, "/");
	CU_ASSERT_TRUE(http_url_parse(&u, "HTTPS://a:8080"));
	CU_ASSERT_STRING_EQUAL(u.host, "a");
	CU_ASSERT_STRING_EQUAL(u.uri, "/");
	CU_ASSERT_TRUE(http_url_parse(&u, "http://a?x=1"));
	CU_ASSERT_STRING_EQUAL(u.uri, "/?x=1");
	CU_ASSERT_TRUE(http_url_parse(&u, "http://a/k?requesttype=register"));
	CU_ASSERT_STRING_EQUAL(u.uri, "/k?requesttype=register");
	static const char *const bad[] = { "",
					   "a",
					   "ftp://a/",
					   "http://",
					   "http:///",
					   "http://u@a/",
					   "http://a/#f",
					   "http://a/ b",
					   "http://a/\n",
					   "http://[::1]/" };
	for (size_t i = 0; i < VU_COUNT(bad); i++)
		if (http_url_parse(&u, bad[i]))
			CU_FAIL_FATAL(bad[i]);
}

static void rules_for_connecting(void)
{
	CU_ASSERT_TRUE(http_connect_to_ok("a.b=127.0.0.1:8080"));
	static const char *const bad[] = { "",	   "a",	    "a=",	 "a=b",	   "a=:1",
					   "=b:1", "a=b:0", "a=b:65536", "a=b:1x", "a:1=b:1" };
	for (size_t i = 0; i < VU_COUNT(bad); i++)
		if (http_connect_to_ok(bad[i]))
			CU_FAIL_FATAL(bad[i]);
}

/* --- a name that nobody resolves --- */

enum { RESOLVER_MS = 2000, AT_ONCE_MS = 500 };
static int asked = -1, go = -1; /* eventfds: the resolver was asked for a name; it may give up */

/* In the place of the C library's, of which a call takes half a minute when no name server answers. */
__attribute__((visibility("default"))) int getaddrinfo(const char *restrict name, const char *restrict service,
						       const struct addrinfo *restrict hints,
						       struct addrinfo **restrict ret)
{
	struct pollfd p = { .fd = go, .events = POLLIN };
	(void)name;
	(void)service;
	(void)hints;
	(void)ret;
	(void)eventfd_write(asked, 1);
	(void)poll(&p, 1, RESOLVER_MS);
	return EAI_AGAIN;
}

static int64_t ticks(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int ended;

static void keep_end(void *ctx, int rc, const struct http_resp *resp, const char *why)
{
	(void)ctx;
	(void)resp;
	(void)why;
	ended = rc;
}

/* As when a UICC is swapped, or a program ends, while no name server answers. */
static void attack_who_gives_up_does_not_wait_for_a_name_server(void)
{
	static const struct http_req req = { .method = "GET", .url = "http://name.invalid/" };
	struct http_client *c = NULL;
	struct http_exchange *x = NULL;

	asked = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	go = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	for (int timeout = 0; timeout < 2; timeout++) {
		const struct http_options o = { .timeout = timeout ? 100 : 60000 };
		struct pollfd p = { .fd = asked, .events = POLLIN };
		ended = 0;
		CU_ASSERT_EQUAL_FATAL(http_client_open(&c, &o), 0);
		CU_ASSERT_EQUAL_FATAL(http_exchange_open(&x, c, keep_end, NULL), 0);
		CU_ASSERT_EQUAL_FATAL(http_exchange_start(x, &req), 0);
		int64_t start = ticks();
		while (p.revents == 0 && ticks() < start + RESOLVER_MS)
			CU_ASSERT_EQUAL(http_client_poll(c, &p, 1, 10), 0);
		CU_ASSERT_EQUAL(p.revents, POLLIN);
		start = ticks();
		while (timeout && ended == 0 && ticks() < start + RESOLVER_MS)
			CU_ASSERT_EQUAL(http_client_poll(c, NULL, 0, 10), 0);
		CU_ASSERT_EQUAL(ended, timeout ? -ETIMEDOUT : 0);
		http_exchange_close(x);
		http_client_close(c);
		CU_ASSERT_TRUE(ticks() < start + AT_ONCE_MS);
		eventfd_t n;
		CU_ASSERT_EQUAL(eventfd_read(asked, &n), 0);
	}
	CU_ASSERT_EQUAL(eventfd_write(go, 1), 0);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "a 401 with its challenge", a_401_with_its_challenge },
		{ "the first two Digests among several schemes count",
		  the_first_two_digests_among_several_schemes_count },
		{ "challenges of one line are told apart", challenges_of_one_line_are_told_apart },
		{ "a 100 in front leaves nothing behind", a_100_in_front_leaves_nothing_behind },
		{ "attack: malformed heads", attack_malformed_heads },
		{ "attack: every truncation of a head", attack_every_truncation_of_a_head },
		{ "attack: a header that leaves no room for its end", attack_header_that_leaves_no_room_for_its_end },
		{ "attack: body longer than its room", attack_body_longer_than_its_room },
		{ "URLs", urls },
		{ "rules for connecting", rules_for_connecting },
		{ "attack: who gives up does not wait for a name server",
		  attack_who_gives_up_does_not_wait_for_a_name_server },
	};
	return CU_RUN("http", tests);
}
