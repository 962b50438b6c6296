/* SPDX-License-Identifier: Apache-2.0 */
#include "needles.h"

#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void give_up(void)
{
	fprintf(stderr, "needles: the child process has not done its part\n");
	exit(2);
}

void needles_add(struct needles *n, const char *name, struct span secret)
{
	for (size_t off = 0; off + NEEDLE_LEN <= secret.n; off += NEEDLE_LEN) {
		if (n->n == NEEDLES_MAX)
			give_up();
		struct needle *one = &n->all[n->n++];
		snprintf(one->name, sizeof one->name, "%s", name);
		for (size_t i = 0; i < NEEDLE_LEN; i++)
			one->masked[i] = secret.p[off + i] ^ NEEDLE_MASK;
		n->first[secret.p[off]] = true;
	}
}

void needles_make(struct needles *n, void (*make)(struct needles *n))
{
	int ends[2], status;

	memset(n, 0, sizeof *n);
	fflush(NULL);
	if (pipe(ends) != 0)
		give_up();
	pid_t child = fork();
	if (child == 0) {
		make(n);
		/* Less than PIPE_BUF or not: the parent reads until it has all. */
		_exit(write(ends[1], n, sizeof *n) == (ssize_t)sizeof *n ? 0 : 1);
	}
	close(ends[1]);
	for (size_t got = 0; got < sizeof *n;) {
		ssize_t more = read(ends[0], (uint8_t *)n + got, sizeof *n - got);
		if (more <= 0)
			give_up();
		got += (size_t)more;
	}
	close(ends[0]);
	if (waitpid(child, &status, 0) != child || status != 0 || n->n == 0)
		give_up();
}

static bool stands_at(const struct needle *one, const uint8_t *p)
{
	for (size_t i = 0; i < NEEDLE_LEN; i++)
		if ((p[i] ^ NEEDLE_MASK) != one->masked[i])
			return false;
	return true;
}

const char *needles_find(const struct needles *n, struct span where)
{
	for (size_t i = 0; i + NEEDLE_LEN <= where.n; i++) {
		if (!n->first[where.p[i]])
			continue;
		for (size_t j = 0; j < n->n; j++)
			if (stands_at(&n->all[j], where.p + i))
				return n->all[j].name;
	}
	return NULL;
}

void needles_keep_what_is_freed(void)
{
	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

const char *needles_in_heap(const struct needles *n)
{
	char line[512], rights[5], path[256];
	const char *name = NULL;
	unsigned long from, to;
	FILE *maps = fopen("/proc/self/maps", "r");

	while (maps != NULL && name == NULL && fgets(line, sizeof line, maps) != NULL) {
		path[0] = '\0';
		if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %255s", &from, &to, rights, path) < 3)
			continue;
		if (rights[0] != 'r' || rights[1] != 'w' || (path[0] != '\0' && strcmp(path, "[heap]") != 0))
			continue;
		name = needles_find(n, span_of((const void *)from, to - from));
	}
	if (maps == NULL)
		name = "/proc/self/maps is not there";
	else
		fclose(maps);
	if (name != NULL)
		fprintf(stderr, "%s is in the heap\n", name);
	return name;
}
