/* SPDX-License-Identifier: Apache-2.0 */
/* Where the program's own files and fellows are: installed, and in a build tree, which has the same folders. */
#ifndef VUICC_SCRIPT_PLACE_H
#define VUICC_SCRIPT_PLACE_H

#include <stdbool.h>

enum { PLACE_MAX = 4096 };

/* In the program's own folder. False when its path is not known or too long. */
bool place_of_program(char path[static PLACE_MAX], const char *name);

/* Beside the program's folder: "share/vuicc/packs". */
bool place_of_data(char path[static PLACE_MAX], const char *name);

#endif
