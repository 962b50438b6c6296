/* SPDX-License-Identifier: Apache-2.0 */
#include "nv_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "../crypto/secret.h"

static bool log_path(const struct nv_place *p, char ret[static PATH_MAX])
{
	struct wr w = wr_of(ret, PATH_MAX);

	wr_str(&w, p->path);
	wr_str(&w, "-wal");
	return wr_cstr(&w);
}

/* The log is no file that SQLite locks, so a descriptor of our own does its locks no harm. */
static int lock_log(struct nv_place *p)
{
	char path[PATH_MAX];

	if (!log_path(p, path))
		return -ENAMETOOLONG;
	p->log = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); /* which a pipe would not come back from */
	if (p->log < 0)
		return errno == ENOENT ? 0 : -errno;
	if (flock(p->log, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return errno == EWOULDBLOCK ? -EBUSY : -errno;
}

int nv_place_open(struct nv_place *p, const char *path)
{
	struct wr w = WR(p->path);

	wr_str(&w, path);
	return wr_cstr(&w) ? lock_log(p) : -ENAMETOOLONG;
}

/*
 * FNV-1a, eight octets at a time. Through SQLite's own handle: closing a descriptor of ours on the file would drop the
 * locks of every connection of this process (POSIX advisory locks).
 */
static bool sum_of(sqlite3 *db, uint64_t *ret)
{
	sqlite3_file *file = NULL;
	sqlite3_int64 size = 0;
	uint64_t words[512], sum = 0xCBF29CE484222325;
	bool ok = true;

	sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	if (file == NULL || file->pMethods == NULL || file->pMethods->xFileSize(file, &size) != SQLITE_OK)
		return false;
	for (sqlite3_int64 at = 0; ok && at < size; at += (sqlite3_int64)sizeof words) {
		int rc = file->pMethods->xRead(file, words, sizeof words, at);
		ok = rc == SQLITE_OK || rc == SQLITE_IOERR_SHORT_READ; /* which fills the rest with zeros */
		for (size_t i = 0; ok && i < VU_COUNT(words); i++)
			sum = (sum ^ words[i]) * 0x100000001B3;
	}
	secret_wipe(words, sizeof words); /* keys are among them */
	if (ok)
		*ret = sum;
	return ok;
}

static bool same_inode(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

int nv_place_settle(struct nv_place *p, sqlite3 *db)
{
	struct stat now;
	int error = p->log < 0 ? lock_log(p) : 0;

	if (error != 0)
		return error;
	if (stat(p->path, &now) != 0)
		return -errno;
	if (p->settled && !same_inode(&now, &p->file))
		return -ESTALE;
	if (!sum_of(db, &p->sum))
		return -EIO;
	p->file = now;
	p->settled = true;
	return 0;
}

bool nv_place_same(struct nv_place *p, sqlite3 *db)
{
	struct stat now;
	uint64_t sum;

	if (!p->settled)
		return true;
	if (stat(p->path, &now) != 0 || !same_inode(&now, &p->file))
		return false;
	if (now.st_size == p->file.st_size && now.st_mtim.tv_sec == p->file.st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == p->file.st_mtim.tv_nsec)
		return true;
	/* Touched, or overwritten? */
	if (now.st_size != p->file.st_size || !sum_of(db, &sum) || sum != p->sum)
		return false;
	p->file = now;
	return true;
}

void nv_place_drop_log(const struct nv_place *p)
{
	char path[PATH_MAX];
	struct stat ours, there;

	if (p->log >= 0 && log_path(p, path) && fstat(p->log, &ours) == 0 && stat(path, &there) == 0 &&
	    same_inode(&ours, &there))
		unlink(path);
}

void nv_place_close(struct nv_place *p)
{
	if (p->log >= 0)
		close(p->log);
	p->log = -1;
}
