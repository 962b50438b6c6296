/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From /proc/locks, because asking with fcntl() needs a descriptor of the file, and closing that one would drop the locks
 * that this process itself has on it.
 */
#include "holder.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The word behind n others, in place; "" when there are not so many. */
static const char *word(const char *line, unsigned n)
{
	for (line += strspn(line, " "); n != 0; n--) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return line;
}

/* The process that a line of /proc/locks gives for this file; 0 = it is about another one. */
static long holder_in(const char *line, const struct stat *st)
{
	char *end;
	/* "1: POSIX  ADVISORY  WRITE 1234 fe:01:5678 0 EOF"; device numbers are hexadecimal. */
	unsigned long major_no = strtoul(word(line, 5), &end, 16);
	unsigned long minor_no = *end == ':' ? strtoul(end + 1, &end, 16) : ULONG_MAX;
	unsigned long inode = *end == ':' ? strtoul(end + 1, &end, 10) : 0;

	if (inode != st->st_ino || major_no != major(st->st_dev) || minor_no != minor(st->st_dev))
		return 0;
	return strtol(word(line, 4), NULL, 10);
}

static void name_of(long pid, char name[static 17])
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%ld/comm", pid);
	FILE *f = fopen(path, "re");
	if (f == NULL || fgets(name, 17, f) == NULL)
		snprintf(name, 17, "?");
	name[strcspn(name, "\n")] = '\0';
	if (f != NULL)
		fclose(f);
}

bool file_holder(const char *path, char ret[static HOLDER_MAX])
{
	char line[256], name[17];
	struct stat st;
	long pid = 0;
	FILE *f = stat(path, &st) == 0 ? fopen("/proc/locks", "re") : NULL;

	while (f != NULL && pid <= 0 && fgets(line, sizeof line, f) != NULL)
		pid = holder_in(line, &st);
	if (f != NULL)
		fclose(f);
	snprintf(ret, HOLDER_MAX, "another process");
	if (pid <= 0) /* a process of another namespace has no number here */
		return false;
	if (pid == getpid()) {
		snprintf(ret, HOLDER_MAX, "this process");
		return true;
	}
	name_of(pid, name);
	snprintf(ret, HOLDER_MAX, "process %ld (%s)", pid, name);
	return true;
}
