/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card in a file: one SQLite database, one transaction per command.
 *
 * The file is made 0600 and opened by one process at a time. Its application_id says that it is a vuicc card, its
 * user_version which layout. Deleted and replaced octets are overwritten (secure_delete).
 */
#ifndef VUICC_NV_SQLITE_H
#define VUICC_NV_SQLITE_H

#include "vuicc/uicc.h"

#pragma GCC visibility push(default)

struct nv_sqlite;

extern const struct nv_ops nv_sqlite_ops; /* ctx = struct nv_sqlite * */

enum { NV_WHY_MAX = 256 };

/*
 * Makes the file `path` with these objects, whole or not at all. 0 or -errno: -EEXIST when it exists and replace is
 * false. With replace an existing card file gets the new content in place of its own; -EBUSY when it is open elsewhere,
 * -EPROTO when it is no card file. why (NV_WHY_MAX octets) then says what went wrong.
 */
int nv_sqlite_create(const char *path, const struct nv_item *items, size_t n, bool replace, char *why);

/*
 * Opens an existing card file for the one user it may have. 0 or -errno: -ENOENT, -EBUSY (open elsewhere), -EPROTO (not
 * a card file, or of another version), -EIO, -EACCES; why says it in words. *ret is untouched on failure.
 */
int nv_sqlite_open(struct nv_sqlite **ret, const char *path, char *why);

/* NULL is fine. */
void nv_sqlite_close(struct nv_sqlite *s);

/*
 * For a process that does not wipe what it frees, and before its first use of SQLite by whomever: from then on SQLite, all of
 * it in this process, wipes its memory before it gives it back, and copies of keys with it. No other thread may begin with
 * SQLite meanwhile. 0, also the second time; -EBUSY when it is in use: nothing has changed.
 */
int nv_sqlite_wipe_memory(void);

/* What went wrong in the last each() or apply() that returned false; "" if nothing. */
const char *nv_sqlite_error(const struct nv_sqlite *s);

#pragma GCC visibility pop

#endif
