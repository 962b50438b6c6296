/* SPDX-License-Identifier: Apache-2.0 */
/* Targets: http_resp_line, http_resp_body: a response as libcurl hands it over, line by line and then its body in parts. */
#include "fuzz.h"
#include "host/http/http.h"

enum { PART = 100 };

static bool ended(const char *text, size_t size)
{
	return memchr(text, 0, size) != NULL;
}

static void check(const struct http_resp *r)
{
	FUZZ_CHECK(r->status == 0 || (r->status >= 100 && r->status <= 599));
	FUZZ_CHECK(ended(r->www_authenticate, sizeof r->www_authenticate));
	FUZZ_CHECK(ended(r->other_authenticate, sizeof r->other_authenticate));
	FUZZ_CHECK(ended(r->authentication_info, sizeof r->authentication_info));
	FUZZ_CHECK(ended(r->content_type, sizeof r->content_type));
	FUZZ_CHECK(r->body_len <= sizeof r->body);
	FUZZ_CHECK(strchr(r->content_type, ';') == NULL);
	for (const char *c = r->content_type; *c != '\0'; c++)
		FUZZ_CHECK(*c < 'A' || *c > 'Z');
}

/* The line with its end, and past it. */
static struct span take_line(struct rd *r)
{
	const uint8_t *end = r->n == 0 ? NULL : memchr(r->p, '\n', r->n);

	return rd_take(r, end == NULL ? r->n : (size_t)(end - r->p) + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http_resp resp;
	struct rd r = rd_of(span_of(data, size));
	bool head = true;

	http_resp_begin(&resp);
	while (r.n != 0) {
		struct span part = head ? take_line(&r) : rd_take(&r, r.n < PART ? r.n : PART);
		uint8_t *octets = fuzz_copy(part);
		bool blank = part.n == 1 || (part.n == 2 && octets[0] == '\r');

		if (head)
			http_resp_line(&resp, span_of(octets, part.n));
		else
			http_resp_body(&resp, span_of(octets, part.n));
		free(octets);
		check(&resp);
		/* Behind a 100 stands another head. */
		head = head && !(blank && resp.status >= 200);
	}
	return 0;
}
