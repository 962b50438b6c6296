/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mhd_hello: the least that a server with libmicrohttpd does, in one thread with epoll: it answers every request with the
 * same few octets. Prints its port, and serves until SIGTERM.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>

static enum MHD_Result handle(void *ctx, struct MHD_Connection *connection, const char *path, const char *method,
			      const char *version, const char *data, size_t *n, void **exchange)
{
	static int begun;

	(void)path;
	(void)method;
	(void)version;
	(void)data;
	if (*exchange == NULL) { /* the head is there; libmicrohttpd wants the answer behind the body */
		*exchange = &begun;
		return MHD_YES;
	}
	if (*n != 0) {
		*n = 0;
		return MHD_YES;
	}
	return MHD_queue_response(connection, MHD_HTTP_OK, ctx);
}

int main(void)
{
	static char hello[] = "hello\n";
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct MHD_Response *response =
		MHD_create_response_from_buffer(sizeof hello - 1, hello, MHD_RESPMEM_PERSISTENT);
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	if (response == NULL || sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return 1;
	struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, handle, response,
						     MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_END);
	if (daemon == NULL)
		return 1;
	printf("%u\n", (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	fflush(stdout);
	(void)sigwait(&set, &number);
	MHD_stop_daemon(daemon);
	MHD_destroy_response(response);
	return 0;
}
