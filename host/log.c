/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "../apdu/hex.h"

/* What the last second of this thread looks like: events come in swarms. */
struct second {
	time_t seconds;
	char text[sizeof "2026-11-21T04:31:58" + 8]; /* years may have more digits */
};

static const char *second_text(struct second *s, time_t seconds)
{
	struct tm tm;

	if (s->text[0] != '\0' && s->seconds == seconds)
		return s->text;
	if (gmtime_r(&seconds, &tm) == NULL || strftime(s->text, sizeof s->text, "%Y-%m-%dT%H:%M:%S", &tm) == 0) {
		s->text[0] = '\0';
		return NULL;
	}
	s->seconds = seconds;
	return s->text;
}

void log_time_put(struct wr *out, int64_t now)
{
	static _Thread_local struct second last;
	int64_t ms = now % 1000;
	time_t seconds = (time_t)(now / 1000);
	char text[8];

	if (ms < 0) {
		ms += 1000;
		seconds--;
	}
	const char *second = second_text(&last, seconds);
	if (second == NULL) {
		out->bad = true;
		return;
	}
	snprintf(text, sizeof text, ".%03dZ", (int)ms);
	wr_str(out, second);
	wr_str(out, text);
}

/*
 * Octets above 7E become their Latin-1 character: the text of a peer need not be UTF-8, the line has to be.
 */
void log_json_put(struct wr *out, struct span text)
{
	size_t begin = 0; /* of what stands for itself */

	wr_u8(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];

		if (c >= 0x20 && c <= 0x7E && c != '"' && c != '\\')
			continue;
		wr_span(out, span_sub(text, begin, i - begin));
		begin = i + 1;
		if (c == '"' || c == '\\') {
			wr_u8(out, '\\');
			wr_u8(out, c);
		} else {
			wr_str(out, "\\u00");
			hex_put(out, span_of(&c, 1));
		}
	}
	wr_span(out, span_sub(text, begin, text.n));
	wr_u8(out, '"');
}

/* A text that a shell or a person would take for one word stands without quotes. */
static bool is_word(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] > 0x7E || text.p[i] == '"' || text.p[i] == '\\')
			return false;
	return text.n != 0;
}

static void put_text(struct wr *out, struct span text, bool json)
{
	if (json || !is_word(text))
		log_json_put(out, text);
	else
		wr_span(out, text);
}

static void put_value(struct wr *out, const struct log_field *f, bool json)
{
	char number[24];

	switch (f->type) {
	case LOG_IS_TEXT:
		put_text(out, span_str(f->text), json);
		break;
	case LOG_IS_SPAN:
		put_text(out, f->octets, json);
		break;
	case LOG_IS_NUMBER:
		snprintf(number, sizeof number, "%" PRId64, f->number);
		wr_str(out, number);
		break;
	case LOG_IS_BOOL:
		wr_str(out, f->number ? "true" : "false");
		break;
	case LOG_IS_HEX:
		wr_str(out, json ? "\"" : "");
		hex_put(out, f->octets);
		wr_str(out, json ? "\"" : "");
		break;
	}
}

static bool is_absent(const struct log_field *f)
{
	bool octets = f->type == LOG_IS_HEX || f->type == LOG_IS_SPAN;

	return (f->type == LOG_IS_TEXT && f->text == NULL) || (octets && f->octets.p == NULL);
}

static void put_field(struct wr *out, const struct log_field *f, bool json)
{
	if (json) {
		wr_u8(out, ',');
		log_json_put(out, span_str(f->key));
		wr_u8(out, ':');
	} else {
		wr_u8(out, ' ');
		wr_str(out, f->key);
		wr_u8(out, '=');
	}
	put_value(out, f, json);
}

void log_event(const struct log *log, int64_t now, const char *event, const struct log_field *fields, size_t n)
{
	static const struct log_field cut = LOG_BOOL("cut", true);
	enum { TAIL = 16 }; /* room for "cut" and the line's end */
	uint8_t line[LOG_LINE_MAX];
	struct wr out = wr_of(line, sizeof line - TAIL);
	bool is_cut = false;

	if (log->put == NULL)
		return;
	wr_str(&out, log->json ? "{\"time\":\"" : "");
	log_time_put(&out, now);
	wr_str(&out, log->json ? "\",\"event\":" : " ");
	put_text(&out, span_str(event), log->json);
	for (size_t i = 0; i < n; i++) {
		struct wr before = out;

		if (is_absent(&fields[i]))
			continue;
		put_field(&out, &fields[i], log->json);
		if (out.bad) {
			out = before;
			is_cut = true;
		}
	}
	out.cap = sizeof line;
	if (is_cut)
		put_field(&out, &cut, log->json);
	wr_str(&out, log->json ? "}\n" : "\n");
	log->put(log->ctx, wr_done(&out));
}

void log_to_file(void *ctx, struct span line)
{
	FILE *file = ctx;

	/* Nobody is left to tell when standard output is gone: the programs see that by their own means. */
	(void)fwrite(line.p, 1, line.n, file);
	(void)fflush(file);
}
