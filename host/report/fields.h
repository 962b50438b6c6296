/* SPDX-License-Identifier: Apache-2.0 */
/* The members of an event with what they mean, and an APDU taken apart. */
#ifndef VUICC_REPORT_FIELDS_H
#define VUICC_REPORT_FIELDS_H

#include "apdu_fields.h"
#include "event.h"

enum { FIELDS_NAME_MAX = 256 };

/* Reads an event `apdu` and goes on in before. False: it is another, or has no command. */
bool fields_apdu(struct apdu_fields *ret, const struct event *e, struct apdu_before *before);

/* What a message is, on one line; of a datagram that is no message, why it is none. */
void fields_message_name(char name[static FIELDS_NAME_MAX], const struct message *m);

/* An answer that refuses something, or a datagram that is no message. */
bool fields_message_is_bad(const struct message *m);

/* The status of an HTTP answer; 0 = it is none. */
int fields_message_status(const struct message *m);

/* Writes the members that tell keys, users and services apart, on one line: `msk_id=00010001 ts=1`. */
void fields_ids(FILE *out, const struct event *e);

/* Writes a table of all members, and of what the APDU or the message says. apdu: NULL when it is none. */
void fields_table(FILE *out, const struct event *e, const struct apdu_fields *apdu);

#endif
