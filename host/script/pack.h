/* SPDX-License-Identifier: Apache-2.0 */
/* The packs: scripts that are installed with the program, runnable against any card. */
#ifndef VUICC_SCRIPT_PACK_H
#define VUICC_SCRIPT_PACK_H

#include <stdbool.h>
#include <stdio.h>

enum { PACK_PATH_MAX = 4096 };

/*
 * The file of a pack: in the folder that VUICC_PACKS names, or else in share/vuicc/packs beside the folder of the program.
 * False when the name is none (small letters, digits, hyphens) or the path is too long; the file need not be there.
 */
bool pack_path(char path[static PACK_PATH_MAX], const char *name);

/* Prints the packs: name, number of cases, what they are about. 0 or -errno. */
int pack_list(FILE *out);

#endif
