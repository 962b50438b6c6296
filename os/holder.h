/* SPDX-License-Identifier: Apache-2.0 */
/* Who has a file locked, for the error message of the one who comes second. */
#ifndef VUICC_HOLDER_H
#define VUICC_HOLDER_H

#include <stdbool.h>

enum { HOLDER_MAX = 64 };

/* "process 1234 (vuicc-card)" or "this process". False when the system does not tell; ret is then "another process". */
bool file_holder(const char *path, char ret[static HOLDER_MAX]);

#endif
