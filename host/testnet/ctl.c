/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../os/unix_sock.h"
#include "control.h"

/* What went wrong before the network could say anything. */
static int fail(int status, bool json, const char *command, const char *why)
{
	char text[CONTROL_LINE_MAX];
	struct wr w = WR(text);

	fprintf(stderr, "vuicc-testnet: %s\n", why);
	if (json) {
		const struct control_answer a = { .json = true, .command = command };
		control_end_put(&w, &a, false, why);
		(void)fwrite(w.p, 1, wr_done(&w).n, stdout);
	}
	return fflush(stdout) == 0 ? status : EXIT_ENVIRONMENT;
}

/* The last line of the answer says how it went. */
static int end_of(struct span line, bool json)
{
	struct span why;
	bool ok;

	if (!control_is_end(line, &ok, &why))
		return -1;
	if (json)
		(void)fwrite(line.p, 1, line.n, stdout);
	if (why.n != 0)
		fprintf(stderr, "vuicc-testnet: %.*s", (int)why.n, (const char *)why.p);
	return ok ? 0 : EXIT_REFUSED;
}

static int copy_answer(int fd, bool json, const char *command)
{
	FILE *in = fdopen(fd, "r");
	char *line = NULL;
	size_t size = 0;
	int status = -1;
	ssize_t n;

	if (in == NULL) {
		close(fd);
		return fail(EXIT_ENVIRONMENT, json, command, strerror(errno));
	}
	while (status < 0 && (n = getline(&line, &size, in)) > 0) {
		status = end_of(span_of(line, (size_t)n), json);
		if (status < 0)
			(void)fwrite(line, 1, (size_t)n, stdout);
	}
	free(line);
	fclose(in);
	if (status < 0)
		return fail(EXIT_ENVIRONMENT, json, command, "the network ended the answer early");
	return fflush(stdout) == 0 ? status : EXIT_ENVIRONMENT;
}

static bool is_word(const char *s)
{
	return s[0] != '\0' && strpbrk(s, " \t\r\n") == NULL;
}

static int send_line(const char *socket, struct span line, bool json, const char *command)
{
	char why[CONTROL_LINE_MAX];
	int fd = unix_sock_connect(socket);

	if (fd < 0) {
		snprintf(why, sizeof why, "%.256s: %s (is a network running?)", socket, strerror(-fd));
		return fail(EXIT_ENVIRONMENT, json, command, why);
	}
	if (send(fd, line.p, line.n, MSG_NOSIGNAL) != (ssize_t)line.n) {
		snprintf(why, sizeof why, "%.256s: %s", socket, strerror(errno));
		close(fd);
		return fail(EXIT_ENVIRONMENT, json, command, why);
	}
	return copy_answer(fd, json, command);
}

int ctl_run(const char *socket, const char *const *words, size_t n, bool json)
{
	char text[CONTROL_LINE_MAX];
	struct wr line = WR(text);

	for (size_t i = 0; i < n; i++) {
		if (!is_word(words[i]))
			return fail(EXIT_USAGE, json, words[0], "an argument with blanks, or without anything");
		wr_str(&line, words[i]);
		wr_str(&line, " ");
	}
	wr_str(&line, json ? "--json\n" : "\n");
	if (line.bad)
		return fail(EXIT_USAGE, json, words[0], "arguments that are too long");
	return send_line(socket, wr_done(&line), json, words[0]);
}
