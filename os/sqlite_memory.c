/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite_memory.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

/* SQLite's own, which does the work. */
static sqlite3_mem_methods own;

static void wipe_and_free(void *p)
{
	if (p == NULL)
		return;
	explicit_bzero(p, (size_t)own.xSize(p));
	own.xFree(p);
}

/* A block that shrinks stays as it is, and is wiped with its end. */
static void *resize(void *p, int n)
{
	int room = own.xSize(p);

	if (n <= room)
		return p;
	void *bigger = own.xMalloc(n);
	if (bigger == NULL)
		return NULL;
	memcpy(bigger, p, (size_t)room);
	wipe_and_free(p);
	return bigger;
}

int sqlite_memory_wipe(void)
{
	static bool done;
	sqlite3_mem_methods wiping;

	if (done)
		return 0;
	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &own) != SQLITE_OK)
		return -EBUSY;
	wiping = own;
	wiping.xFree = wipe_and_free;
	wiping.xRealloc = resize;
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &wiping) != SQLITE_OK)
		return -EBUSY;
	done = true;
	return 0;
}
