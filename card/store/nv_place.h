/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a card file still is the one that was opened. SQLite does not look: somebody who copies another card over it,
 * or moves one there, would have its log played into a file that it does not belong to, and what the card answers would
 * be kept nowhere.
 */
#ifndef VUICC_NV_PLACE_H
#define VUICC_NV_PLACE_H

#include <limits.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "../../apdu/bytes.h"

struct nv_place {
	char path[PATH_MAX];
	int log; /* of the -wal file, with flock(); -1 = none yet */
	bool settled;
	struct stat file; /* as it was left */
	uint64_t sum; /* of what was in it then */
};
#define NV_PLACE_NONE                                                                                                  \
	{                                                                                                              \
		.log = -1                                                                                              \
	}

/*
 * Before the database is read. 0, -EBUSY when the log that lies beside it is another user's: of a file that was there
 * before; else -errno. To be closed in any case.
 */
int nv_place_open(struct nv_place *p, const char *path);

/* The file is as it should be: after it was opened, and after each of our checkpoints. 0 or -errno. */
int nv_place_settle(struct nv_place *p, sqlite3 *db);

/* False when it was replaced, removed or overwritten since then; before that there is nothing that could have been. */
VU_MUST_USE bool nv_place_same(struct nv_place *p, sqlite3 *db);

/* Removes the log, which another file has no use for. */
void nv_place_drop_log(const struct nv_place *p);

void nv_place_close(struct nv_place *p);

#endif
