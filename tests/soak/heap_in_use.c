/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heap_in_use.so, for LD_PRELOAD: in pcscd, and nowhere else, a thread that writes into the file HEAP_IN_USE how many octets
 * of its heap are in use, ten times a second. What is resident tells little of a leak: huge pages come and go by 2 MB, and a
 * heap does not shrink while its last block is in use.
 *
 * MALLOC_ARENA_MAX=1, so that there is one heap only.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EVERY_US = 100000 };

static void *watch(void *ctx)
{
	const char *path = ctx;
	char text[32];

	for (;;) {
		struct mallinfo2 m = mallinfo2();
		int n = snprintf(text, sizeof text, "%20zu\n",
				 m.uordblks + m.hblkhd); /* always as long: never half written */
		int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0 || pwrite(fd, text, (size_t)n, 0) != n)
			return NULL;
		close(fd);
		usleep(EVERY_US);
	}
}

__attribute__((constructor)) static void begin(void)
{
	char *path = getenv("HEAP_IN_USE");
	pthread_t thread;

	if (path != NULL && strcmp(program_invocation_short_name, "pcscd") == 0 &&
	    pthread_create(&thread, NULL, watch, path) == 0)
		pthread_detach(thread);
}
