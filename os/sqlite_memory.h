/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wiping what SQLite gives back: its pages, statements and log hold copies of keys. Our programs have a free() that wipes
 * (card/store/zero_free.c); a library in somebody else's process cannot, and asks SQLite to go through here.
 */
#ifndef VUICC_OS_SQLITE_MEMORY_H
#define VUICC_OS_SQLITE_MEMORY_H

/*
 * Before the first use of SQLite in this process, by whomever, and while no other thread begins one (sqlite3_config()): then
 * SQLite, all of it in this process, wipes memory before it frees it, from now on. 0, also when it does so already; -EBUSY
 * when SQLite is in use: nothing has changed.
 *
 * SQLite keeps the addresses of functions that are here: the library that they are in must never be unloaded before it
 * (-z nodelete).
 */
int sqlite_memory_wipe(void);

#endif
