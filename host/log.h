/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events, one a line, for a person or as one JSON object: what ME and test network tell the world.
 *
 *   2026-11-21T04:31:58.123Z msk-sent ue=001010123456789 msk_id=00010001 ts=1
 *   {"time":"2026-11-21T04:31:58.123Z","event":"msk-sent","ue":"001010123456789","msk_id":"00010001","ts":1}
 *
 * A field is text, a number, a truth value or octets in hexadecimal. Whatever a peer put into a text cannot end the line
 * or the quotes: everything but printable ASCII is escaped. Keys never go in here, only prim_tag() of them.
 */
#ifndef VUICC_LOG_H
#define VUICC_LOG_H

#include "../apdu/bytes.h"

enum { LOG_LINE_MAX = 4096 };

/* Where events go. put() gets one line with its newline; it must not keep it. put = NULL: nowhere. */
struct log {
	void (*put)(void *ctx, struct span line);
	void *ctx;
	bool json;
};

struct log_field {
	enum { LOG_IS_TEXT, LOG_IS_SPAN, LOG_IS_NUMBER, LOG_IS_BOOL, LOG_IS_HEX } type;
	const char *key;
	const char *text;
	int64_t number;
	struct span octets;
};

/*
 * Borrow their values until log_event() returns. LOG_SPAN is text that may hold anything, NUL, too. A text of NULL, and a
 * span or hex field at NULL, are left out.
 */
/* clang-format off */
#define LOG_TEXT(k, v) { .type = LOG_IS_TEXT, .key = (k), .text = (v) }
#define LOG_SPAN(k, v) { .type = LOG_IS_SPAN, .key = (k), .octets = (v) }
#define LOG_NUMBER(k, v) { .type = LOG_IS_NUMBER, .key = (k), .number = (int64_t)(v) }
#define LOG_BOOL(k, v) { .type = LOG_IS_BOOL, .key = (k), .number = (v) }
#define LOG_HEX(k, v) { .type = LOG_IS_HEX, .key = (k), .octets = (v) }
/* clang-format on */

/*
 * Writes one event. now: milliseconds since 1970 UTC. A field that makes the line longer than LOG_LINE_MAX is left out
 * and "cut" is added.
 */
void log_event(const struct log *log, int64_t now, const char *event, const struct log_field *fields, size_t n);

/* LOG(log, now, "msk-sent", LOG_TEXT("ue", imsi), LOG_NUMBER("ts", ts)); at least one field. */
#define LOG(log, now, event, ...)                                                                                      \
	log_event((log), (now), (event), (const struct log_field[]){ __VA_ARGS__ },                                    \
		  sizeof((const struct log_field[]){ __VA_ARGS__ }) / sizeof(struct log_field))

/* A put() for stdio: ctx is a FILE *. Flushes each line, so that a reader at the other end of a pipe sees it at once. */
void log_to_file(void *ctx, struct span line);

/* Appends milliseconds since 1970 as "2026-11-21T04:31:58.123Z". */
void log_time_put(struct wr *out, int64_t now);

/* Appends a text between double quotes with JSON's escapes. */
void log_json_put(struct wr *out, struct span text);

#endif
