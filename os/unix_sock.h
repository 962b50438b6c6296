/* SPDX-License-Identifier: Apache-2.0 */
/* Unix sockets for their owner alone: the control socket of the test network, the hand-out of MTKs. */
#ifndef VUICC_UNIX_SOCK_H
#define VUICC_UNIX_SOCK_H

#include "../apdu/bytes.h"

/*
 * A listening socket, non-blocking, that only its owner can open (mode 0600). A name that a dead process left behind is
 * taken over, a living one is -EADDRINUSE, and another file under that name -EEXIST. The descriptor or -errno.
 */
VU_MUST_USE int unix_sock_listen(const char *path);

/* The descriptor or -errno. */
VU_MUST_USE int unix_sock_connect(const char *path);

#endif
