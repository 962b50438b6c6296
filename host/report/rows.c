/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include <inttypes.h>

#include "../../apdu/hex.h"
#include "html.h"

void rows_section(FILE *out, const char *title)
{
	fputs("<tr class=\"part\"><th colspan=\"3\">", out);
	html_text(out, title);
	fputs("</th></tr>\n", out);
}

void rows_field(FILE *out, struct span name, struct span value, const char *meaning)
{
	fputs("<tr><th scope=\"row\">", out);
	html_octets(out, name);
	fputs("</th><td>", out);
	html_octets(out, value);
	fputs("</td><td>", out);
	html_text(out, meaning);
	fputs("</td></tr>\n", out);
}

void rows_text(FILE *out, const char *name, struct span value, const char *meaning)
{
	rows_field(out, span_str(name), value, meaning);
}

void rows_number(FILE *out, const char *name, uint64_t value, const char *meaning)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, value);
	rows_text(out, name, span_str(text), meaning);
}

void rows_octets(FILE *out, const char *name, struct span value, const char *meaning)
{
	fprintf(out, "<tr><th scope=\"row\">%s</th><td>", name);
	for (size_t i = 0; i < value.n; i++) {
		char digits[3];

		fputs(hex_str(digits, sizeof digits, span_sub(value, i, 1)), out);
	}
	fputs("</td><td>", out);
	html_text(out, meaning);
	fputs("</td></tr>\n", out);
}

void rows_lines(FILE *out, const char *name, struct span value)
{
	fprintf(out, "<tr><th scope=\"row\">%s</th><td colspan=\"2\"><pre>", name);
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\n')
			putc('\n', out);
		else if (value.p[i] != '\r' || i + 1 == value.n || value.p[i + 1] != '\n')
			html_octets(out, span_sub(value, i, 1));
	}
	fputs("</pre></td></tr>\n", out);
}

void rows_fault(FILE *out, const char *text)
{
	fputs("<tr class=\"fault\"><th scope=\"row\">wrong</th><td colspan=\"2\">", out);
	html_text(out, text);
	fputs("</td></tr>\n", out);
}
