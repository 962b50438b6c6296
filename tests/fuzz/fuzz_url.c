/* SPDX-License-Identifier: Apache-2.0 */
/* Target: http_url_parse. */
#include "fuzz.h"
#include "host/http/http.h"

/* The host and what the digest calls uri say the same when they are put together again. */
static void check_again(const struct http_url *u)
{
	char text[2 * HTTP_URL_MAX];
	struct http_url again;

	snprintf(text, sizeof text, "http://%s%s", u->host, u->uri);
	if (strlen(text) >= HTTP_URL_MAX)
		return; /* the / that was put in front of a query can make it too long */
	FUZZ_CHECK(http_url_parse(&again, text));
	FUZZ_CHECK(strcmp(u->host, again.host) == 0 && strcmp(u->uri, again.uri) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct http_url u;

	FUZZ_CHECK(text != NULL);
	if (size != 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (http_url_parse(&u, text)) {
		FUZZ_CHECK(strlen(text) < HTTP_URL_MAX);
		FUZZ_CHECK(u.host[0] != '\0' && strpbrk(u.host, "@[]:/?#") == NULL);
		FUZZ_CHECK(u.uri[0] == '/' && strchr(u.uri, '#') == NULL);
		for (const char *c = u.uri; *c != '\0'; c++)
			FUZZ_CHECK(*c > ' ' && *c < 0x7F);
		check_again(&u);
	}
	free(text);
	return 0;
}
