/* SPDX-License-Identifier: Apache-2.0 */
/* A card for one script, as its `! profile` and `! card` lines say: vuicc-perso makes it, in a folder that goes with it. */
#ifndef VUICC_SCRIPT_NEWCARD_H
#define VUICC_SCRIPT_NEWCARD_H

#include "place.h"
#include "../card/card_if.h"

enum { NEWCARD_FILES = 4 };

/* All zero to begin with, and where it is until it is removed: so it is also by a signal that ends the program. */
struct newcard {
	char folder[PLACE_MAX];
	char file[NEWCARD_FILES][PLACE_MAX]; /* the card, and what SQLite may leave beside it */
};

/*
 * Makes the card that `script` is about in the place of the one before, which nobody has open any more. 0 or -errno, and why
 * in words; what is wrong with the lines vuicc-perso says itself, on standard error.
 */
int newcard_make(struct newcard *c, struct span script, char why[static CARD_WHY_MAX]);

/* Removes it. */
void newcard_remove(struct newcard *c);

#endif
