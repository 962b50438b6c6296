/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages in event logs (docs/events.md): events `message` become messages again, and one that both its ends have told
 * becomes one.
 */
#ifndef VUICC_REPORT_MESSAGE_H
#define VUICC_REPORT_MESSAGE_H

#include <stdint.h>

#include "event.h"

enum message_interface { MESSAGE_UB, MESSAGE_UA, MESSAGE_MIKEY };

struct message {
	enum message_interface interface;
	enum event_source side; /* whose log it stands in */
	bool to_network; /* what way it went: from the UE, or to it */
	const char *ue; /* ADDR:PORT of that end; in the members of the event */
	const char *time, *file; /* of its first event */
	unsigned long line, number; /* line of that; number in its log */
	uint8_t *octets; /* HTTP; hexadecimal digits and ** of MIKEY */
	size_t n, room;
	const struct message *peer; /* the same at its other end; NULL = not known there */
	bool unseen; /* the log of the other end should have it, and has not */
	bool placed; /* where it stands in the ladder is known; for event.c */
};

/*
 * Reads the events of e, which are as they were read, and are not moved before they are written: those that begin a message
 * get it, those that only continue one are marked as such. 0 or -ENOMEM.
 */
int messages_find(struct events *e);

void message_free(struct message *m);

/* Whether its own end has sent it. */
bool message_sent(const struct message *m);

#endif
