/* SPDX-License-Identifier: Apache-2.0 */
/* The members of an event with what they mean, and an APDU taken apart. */
#ifndef VUICC_REPORT_FIELDS_H
#define VUICC_REPORT_FIELDS_H

#include "../script/names.h"
#include "event.h"

enum { FIELDS_NAME_MAX = 256 };

/* The octets of an APDU event. Withheld ones (**) have the value MASK of host/capture/mask.h. */
struct fields_apdu {
	uint8_t command[CAPDU_MAX], answer[RAPDU_MAX];
	size_t n_command, n_answer;
	char name[FIELDS_NAME_MAX]; /* SELECT EF.IMSI */
};

/* Reads an event `apdu`; files: what was selected before it, and then behind it. False: it is another, or has no command. */
bool fields_apdu(struct fields_apdu *ret, const struct event *e, struct names *files);

/* What a message is, on one line; of a datagram that is no message, why it is none. */
void fields_message_name(char name[static FIELDS_NAME_MAX], const struct message *m);

/* An answer that refuses something, or a datagram that is no message. */
bool fields_message_is_bad(const struct message *m);

/* The status of an HTTP answer; 0 = it is none. */
int fields_message_status(const struct message *m);

/* Writes the members that tell keys, users and services apart, on one line: `msk_id=00010001 ts=1`. */
void fields_ids(FILE *out, const struct event *e);

/* Writes a table of all members, and of what the APDU or the message says. apdu: NULL when it is none. */
void fields_table(FILE *out, const struct event *e, const struct fields_apdu *apdu);

#endif
