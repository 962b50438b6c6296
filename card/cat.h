/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proactive commands (TS 102 223): a queue that the profile gives, offered one after the other to a terminal that has
 * said in TERMINAL PROFILE that it can run them.
 *
 * The queue is stored, the place in it is not: every card session begins with the first command, as a toolkit application
 * does that acts on the profile download.
 */
#ifndef VUICC_CAT_H
#define VUICC_CAT_H

#include "../apdu/bytes.h"
#include "../apdu/sw.h"

enum {
	CAT_PROFILE_MAX = 33, /* octets of a terminal profile that are looked at, TS 102 223 5.2 */
	CAT_COMMAND_MAX = 255, /* octets of a proactive command: what 91XX can announce */
	CAT_TRIES = 3, /* a terminal that is busy is asked this often */
};

struct cat {
	bool profile_known;
	uint8_t profile[CAT_PROFILE_MAX];
	size_t next; /* octets of the queue that are done with */
	bool fetched; /* the command at `next` is out, its TERMINAL RESPONSE is awaited */
	uint8_t tries;
};

/* What the terminal can do: the data of TERMINAL PROFILE. The queue begins anew. */
void cat_profile(struct cat *t, struct span profile);

/* The command to be fetched next; empty when there is none, or one is out. Moves past what the terminal cannot do. */
struct span cat_pending(struct cat *t, struct span queue);

/* The command to be given to FETCH: the pending one, or the one that is out. */
struct span cat_fetch(struct cat *t, struct span queue);

/*
 * A TERMINAL RESPONSE. False when it is none for the command that is out; nothing has changed then. A result that says
 * "currently not able" leaves the command in the queue for CAT_TRIES times, any other ends it.
 */
VU_MUST_USE bool cat_response(struct cat *t, struct span queue, struct span data);

/* 91XX in place of 9000, and 62F2, 63F2 of chained data, when a command is pending (TS 102 221 7.4.2 and Annex M). */
sw_t cat_announce(sw_t sw, struct span pending);

#endif
