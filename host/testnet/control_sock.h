/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket and who is at it, without threads: its owner polls what control_sock_fill() says. Nobody who reads
 * slowly, or asks for a long list, keeps the network from its other work: an answer is made as it is taken.
 */
#ifndef VUICC_TESTNET_CONTROL_SOCK_H
#define VUICC_TESTNET_CONTROL_SOCK_H

#include <poll.h>

#include "control.h"

enum { CONTROL_CLIENTS = 8, CONTROL_SOCK_FDS = 1 + CONTROL_CLIENTS };

struct control_sock;

/* A socket at this path with mode 0600; net is copied, what it points to borrowed. 0 or -errno. */
VU_MUST_USE int control_sock_open(struct control_sock **ret, const char *path, const struct control_net *net);

/* NULL is fine. The path is gone. */
void control_sock_close(struct control_sock *s);

/* What to wait for; a descriptor of -1 for what there is none of. s = NULL: nothing. */
void control_sock_fill(const struct control_sock *s, struct pollfd fds[static CONTROL_SOCK_FDS]);

/* Does what the same descriptors, polled, and time ask for. Times: ms since 1970. */
void control_sock_run(struct control_sock *s, const struct pollfd fds[static CONTROL_SOCK_FDS], int64_t now);

/* When control_sock_run() has something to do in any case; -1 = never. */
int64_t control_sock_due(const struct control_sock *s);

#endif
