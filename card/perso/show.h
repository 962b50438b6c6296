/* SPDX-License-Identifier: Apache-2.0 */
/* `vuicc-perso show`: a card in words, without anything that a reader could not see. */
#ifndef VUICC_PERSO_SHOW_H
#define VUICC_PERSO_SHOW_H

#include <stdio.h>

#include "view.h"

/* ATR, identity, applications, services, PINs. */
void show_card(FILE *out, const struct view *v);

/* What the GBA and MBMS files of an ADF (by file number) say: names of keys, never keys. */
void show_keys(FILE *out, const struct view *v, uint16_t adf);

/* The file tree: FID, name, type, size, SFI, access. */
void show_tree(FILE *out, const struct view *v);

/* A text of the card; what is not printable ASCII is written \xNN. */
void show_text(FILE *out, struct span text);

/* Upper-case hexadecimal digits. */
void show_hex(FILE *out, struct span octets);

#endif
