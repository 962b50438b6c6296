/* SPDX-License-Identifier: Apache-2.0 */
/* A whole ME: card, key store, loop and agent, opened and closed together, for the program and for the library. */
#ifndef VUICC_EQUIPMENT_H
#define VUICC_EQUIPMENT_H

#include "../capture/apdu_log.h"
#include "loop.h"
#include "names.h"

#define EQUIPMENT_BMSC "http://bmsc.home1.net/keymanagement"

enum {
	EQUIPMENT_WHY_MAX = 512,
	EQUIPMENT_PATH_MAX = 4096,
	EVENTS_FORMAT = 1, /* of docs/events.md: counted up when a program that reads events would have to be changed */
};

struct equipment_options {
	bool no_card; /* the next three are not looked at: the key store is all that is wanted */
	const char *reader, *card; /* of card_if.h: a reader, or a card file where it is not NULL */
	const char *pin; /* of usim.h */
	const char *bsf; /* of agent.h */
	const char *bmsc; /* NULL = what the description says, or EQUIPMENT_BMSC */
	const char *description; /* security description: a file or a URL; NULL = none */
	const struct names *names; /* what options say of services; NULL = nothing */
	const char *capture; /* file of capture.h; NULL = none */
	bool capture_keys;
	bool apdus; /* each APDU is an event */
	bool messages; /* and so is each message of HTTP and MIKEY */
	struct loop_options loop; /* without what looks at it */
};

/* What is there is not NULL. log and store are the caller's to set before equipment_open(). */
struct equipment {
	struct log log;
	struct keystore *store;
	struct card_if *card;
	struct capture *capture;
	struct apdu_log apdus;
	struct message_log messages;
	struct usim usim;
	struct loop *loop;
	struct prim *prim;
	struct names names;
	struct agent *agent;
};

/* The key store where none is named: below $XDG_STATE_HOME, or ~/.local/state. False when there is neither. */
VU_MUST_USE bool equipment_default_store(char path[static EQUIPMENT_PATH_MAX]);

/*
 * Opens the rest; e stays where it is until equipment_close(), which is due also after a failure. The texts of o are
 * borrowed until then. 0 or -errno with why (EQUIPMENT_WHY_MAX octets); -EINVAL: an option.
 */
int equipment_open(struct equipment *e, const struct equipment_options *o, char *why);

/* Closes what is there, the key store, too; wipes. */
void equipment_close(struct equipment *e);

#endif
