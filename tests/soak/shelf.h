/* SPDX-License-Identifier: Apache-2.0 */
/* UICCs in RAM and one reader: a card that is taken out keeps what it has until it is back. */
#ifndef VUICC_TESTS_SOAK_SHELF_H
#define VUICC_TESTS_SOAK_SHELF_H

#include "host/card/card_if.h"

enum { SHELF_CARDS_MAX = 4 };

/* An empty reader with the manners of T=0. Ends the program when memory is short, as do the others. */
struct card_if *shelf_open(void);

/* One more card, on the shelf: of a profile (a file; NULL = the default one) with these settings ("imsi=…", NULL at the end). */
void shelf_add(struct card_if *c, const char *profile, const char *const *settings);

/* Puts card i in; the one that was there is out. */
void shelf_insert(struct card_if *c, size_t i);
void shelf_remove(struct card_if *c);

#endif
