/* SPDX-License-Identifier: Apache-2.0 */
#include "zn_token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../apdu/hex.h"
#include "../../os/random.h"

static int fail(int error, const char *path, const char *what, char why[static ZN_TOKEN_WHY_MAX])
{
	snprintf(why, ZN_TOKEN_WHY_MAX, "%.150s: %s", path, what);
	return -error;
}

/* A new file with a new token. -EEXIST when there is one. */
static int make_file(const char *path, char why[static ZN_TOKEN_WHY_MAX])
{
	uint8_t octets[32];
	char text[2 * sizeof octets + 2];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return fail(errno, path, strerror(errno), why);
	bool ok = os_random(NULL, octets, sizeof octets);
	snprintf(text, sizeof text, "%s\n", hex_str((char[sizeof text]){ 0 }, sizeof text, SPAN(octets)));
	ok = ok && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	ok = close(fd) == 0 && ok;
	secret_wipe(text, sizeof text);
	secret_wipe(octets, sizeof octets);
	if (!ok)
		(void)unlink(path);
	return ok ? 0 : fail(EIO, path, "a token could not be written", why);
}

static bool is_token(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return n >= ZN_TOKEN_MIN && n <= ZN_TOKEN_MAX;
}

static int read_file(struct zn_token *ret, int fd, const char *path, char why[static ZN_TOKEN_WHY_MAX])
{
	char text[ZN_TOKEN_MAX + 2] __attribute__((aligned)) = "";
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail(errno, path, strerror(errno), why);
	if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return fail(EACCES, path, "expected a file of mode 0600: others must not read the token of Zn", why);
	ssize_t got = read(fd, text, sizeof text);
	size_t n = got < 0 ? 0 : (size_t)got;
	if (n != 0 && text[n - 1] == '\n')
		n--;
	bool ok = is_token(text, n);
	if (ok) {
		memcpy(ret->text, text, n);
		ret->text[n] = '\0';
	}
	secret_wipe(text, sizeof text);
	return ok ? 0 : fail(EINVAL, path, "expected a token, one line of 16 to 128 printable characters", why);
}

int zn_token_read(struct zn_token *ret, const char *path, bool make, char why[static ZN_TOKEN_WHY_MAX])
{
	int error = make ? make_file(path, why) : 0;

	if (error != 0 && error != -EEXIST)
		return error;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return fail(errno, path, strerror(errno), why);
	error = read_file(ret, fd, path, why);
	close(fd);
	return error;
}
