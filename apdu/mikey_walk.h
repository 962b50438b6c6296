/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A MIKEY message payload by payload (RFC 3830 clause 6), for who shows messages, faulty ones, too: lengths are looked at,
 * and nothing else. What is in the payloads, and whether they belong together, is for mikey_parse() to say.
 */
#ifndef VUICC_MIKEY_WALK_H
#define VUICC_MIKEY_WALK_H

#include "mikey.h"

/* A payload, borrowed from the message. */
struct mikey_payload {
	uint8_t code; /* MIKEY_EXT …, as the payload in front of it announced */
	struct span octets; /* all of it, from its `next` octet on */
};

struct mikey_walk {
	uint8_t next; /* code of what stands first in rest; MIKEY_LAST = no payload is announced any more */
	struct span rest; /* not walked through yet */
};

/* Takes the common header off, with its CS ID map. False when there is not all of it: then *ret_header is empty. */
VU_MUST_USE bool mikey_walk_begin(struct mikey_walk *w, struct span octets, struct span *ret_header);

/*
 * Takes the next payload off. False when none is announced, when it is of a kind whose length is not known, or does not
 * end inside the message: w tells by then what is left.
 */
VU_MUST_USE bool mikey_walk_next(struct mikey_walk *w, struct mikey_payload *ret);

#endif
