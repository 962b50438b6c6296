/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the key store share; for keystore*.c alone. */
#ifndef VUICC_KEYSTORE_INT_H
#define VUICC_KEYSTORE_INT_H

#include "keystore.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>

#include "../sql.h"

struct keystore {
	struct sql sql;
	char *path;
};

#endif
