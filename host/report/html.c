/* SPDX-License-Identifier: Apache-2.0 */
#include "html.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void put_char(FILE *out, char c)
{
	switch (c) {
	case '&':
		fputs("&amp;", out);
		break;
	case '<':
		fputs("&lt;", out);
		break;
	case '>':
		fputs("&gt;", out);
		break;
	case '"':
		fputs("&quot;", out);
		break;
	case '\'':
		fputs("&#39;", out);
		break;
	default:
		if (c < 0x20 || c > 0x7E)
			fprintf(out, "\\u%04X", (unsigned char)c);
		else
			putc(c, out);
	}
}

static void put_text(FILE *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_char(out, text[i]);
}

/* A JSON text without the quotes around it: those in it need no backslash any more. */
static void put_string(FILE *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool escapes = text[i] == '\\' && i + 1 < n;

		if (!escapes || text[i + 1] != '"')
			put_char(out, text[i]);
		if (escapes)
			put_char(out, text[++i]);
	}
}

void html_octets(FILE *out, struct span octets)
{
	put_text(out, (const char *)octets.p, octets.n);
}

void html_json(FILE *out, const json_t *value)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	size_t n = text != NULL ? strlen(text) : 0;

	if (json_is_string(value) && n >= 2)
		put_string(out, text + 1, n - 2);
	else
		put_text(out, text != NULL ? text : "", n);
	free(text);
}

void html_text(FILE *out, const char *text)
{
	json_t *value = json_string(text);

	if (value != NULL)
		html_json(out, value);
	else
		put_text(out, text, strlen(text)); /* no UTF-8 */
	json_decref(value);
}
