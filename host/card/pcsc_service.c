/* SPDX-License-Identifier: Apache-2.0 */
#include "pcsc_service.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "../../apdu/bytes.h"

enum { PATH_LEN_MAX = 4096 };

/* Where libpcsclite looks: compiled into it, and not in its headers. Elsewhere the caller's ms finds pcscd in the end. */
static const char standard_socket[] = "/run/pcscd/pcscd.comm";

int pcsc_service_watch(void)
{
	const char *socket = getenv("PCSCLITE_CSOCK_NAME");
	char folder[PATH_LEN_MAX];
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	snprintf(folder, sizeof folder, "%s", socket != NULL ? socket : standard_socket);
	/* The nearest folder above that is there. pcscd makes its own, then its socket, and last gives it its mode. */
	for (char *slash; fd >= 0 && (slash = strrchr(folder, '/')) != NULL;) {
		*slash = '\0';
		if (inotify_add_watch(fd, *folder != '\0' ? folder : "/",
				      IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF) >= 0)
			return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

bool pcsc_service_sleep(int watch, int wake, int ms)
{
	struct pollfd fds[] = { { .fd = watch, .events = POLLIN }, { .fd = wake, .events = POLLIN } };

	return poll(fds, VU_COUNT(fds), ms) > 0 && (fds[0].revents & POLLIN) != 0;
}
