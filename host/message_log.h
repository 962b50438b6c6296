/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages as events (docs/events.md): HTTP and MIKEY octet by octet, as one of the two ends has sent or got them. A line of
 * a log has its end (LOG_LINE_MAX), so a message is as many events as it takes.
 *
 * No key goes in here. On Ub and Ua nothing but digests is made with one, and KEMAC of a MIKEY message is encrypted; where
 * it is not, or where nobody knows what octets are, they are withheld: ** stands for each.
 */
#ifndef VUICC_MESSAGE_LOG_H
#define VUICC_MESSAGE_LOG_H

#include "log.h"

enum {
	MESSAGE_LOG_END_MAX = 64, /* [ADDR]:PORT and its end */
	MESSAGE_LOG_PART_MAX =
		LOG_LINE_MAX - 512, /* characters of a message in one line; the rest is for the other members */
};

struct message_way {
	const char *interface; /* "Ub", "Ua", "MIKEY" */
	bool sent; /* by this side; false: it got it */
	const char *from, *to; /* ADDR:PORT */
};

/* How its content is told. */
enum message_log_form { MESSAGE_LOG_OVER, MESSAGE_LOG_TEXT, MESSAGE_LOG_HEX };

/* All zero but the first two to begin with. */
struct message_log {
	const struct log *log; /* NULL = nowhere: then nothing here does anything */
	const char *side; /* whose log it is: "me", "network" */
	uint64_t messages; /* so far */
	/* The one that has begun. */
	uint64_t number;
	unsigned part; /* events of it */
	struct message_way way; /* from and to stand below */
	char from[MESSAGE_LOG_END_MAX], to[MESSAGE_LOG_END_MAX];
	enum message_log_form form;
	char held[MESSAGE_LOG_PART_MAX]; /* of the next event */
	size_t n, width; /* of held: octets, and characters in a line */
};

/* "ADDR:PORT" or "[ADDR]:PORT" into ret, which is returned; address NULL = not known. */
const char *message_log_address(char ret[static MESSAGE_LOG_END_MAX], const char *address, uint16_t port);

/* An HTTP message begins; one that is not ended yet is ended before, at now: milliseconds since 1970 UTC. */
void message_log_begin(struct message_log *m, int64_t now, const struct message_way *way);

/* More octets of it; what makes a line full is told at once. */
void message_log_add(struct message_log *m, int64_t now, struct span octets);

/* What has come of it so far is told now. */
void message_log_flush(struct message_log *m, int64_t now);

/* It is over, and told to its end. Without one that has begun nothing happens. */
void message_log_end(struct message_log *m, int64_t now);

/* A whole HTTP message. */
void message_log_http(struct message_log *m, int64_t now, const struct message_way *way, struct span octets);

/* A datagram of MIKEY, or what came instead of one; also while an HTTP message has begun. */
void message_log_mikey(struct message_log *m, int64_t now, const struct message_way *way, struct span octets);

#endif
