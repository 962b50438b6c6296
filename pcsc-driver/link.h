/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection to vpcd: the one place of the reader with sockets, signals and waiting.
 *
 * Every function that may wait ends with -ECANCELED once SIGTERM or SIGINT has come. Host results: 0 or -errno.
 */
#ifndef VUICC_LINK_H
#define VUICC_LINK_H

#include "../apdu/bytes.h"

struct link;

/*
 * Resolves host and port and takes over SIGTERM and SIGINT; connects to nothing yet. 0, -EHOSTUNREACH when the name
 * does not resolve (*ret_why, a static sentence, then says why), or another -errno.
 */
int link_open(struct link **ret, const char *host, const char *port, const char **ret_why);

/* NULL is fine. */
void link_close(struct link *l);

/* One try. 0, -ECANCELED, or why nobody answered. */
int link_connect(struct link *l);

/* Drops the connection. */
void link_disconnect(struct link *l);

/* Sits out a pause. 0 or -ECANCELED. */
int link_pause(struct link *l, int milliseconds);

/* Waits for octets; at least one is in buf after 0. -ECONNRESET when the other side has gone. */
int link_recv(struct link *l, uint8_t *buf, size_t size, size_t *ret_n);

/* All octets in one send(): two would meet Nagle's algorithm. -EPIPE when vpcd does not take them. */
int link_send(struct link *l, struct span octets);

#endif
