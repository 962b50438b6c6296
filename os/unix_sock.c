/* SPDX-License-Identifier: Apache-2.0 */
#include "unix_sock.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Closes fd and gives the error that made it useless. */
static int close_with(int fd, int error)
{
	close(fd);
	return -error;
}

static int unix_address(struct sockaddr_un *ret, const char *path)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof ret->sun_path)
		return -ENAMETOOLONG;
	memcpy(ret->sun_path, path, strlen(path));
	return 0;
}

int unix_sock_connect(const char *path)
{
	struct sockaddr_un a;
	int error = unix_address(&a, path);

	if (error != 0)
		return error;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
		return close_with(fd, errno);
	return fd;
}

/* Removes a socket that nobody listens on. Anything else under that name is left alone. */
static int remove_stale(const char *path)
{
	struct stat st;
	int fd;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = unix_sock_connect(path);
	if (fd >= 0) {
		close(fd);
		return -EADDRINUSE;
	}
	if (fd != -ECONNREFUSED)
		return fd;
	return unlink(path) == 0 ? 0 : -errno;
}

int unix_sock_listen(const char *path)
{
	struct sockaddr_un a;
	int error = unix_address(&a, path);

	if (error == 0)
		error = remove_stale(path);
	if (error != 0)
		return error;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* Linux gives the name the mode of the descriptor: no moment at which others can open it, and no umask() for threads. */
	error = fchmod(fd, 0600) == 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0 ? 0 : errno;
	if (error == 0 && listen(fd, 8) != 0)
		error = errno;
	return error != 0 ? close_with(fd, error) : fd;
}
