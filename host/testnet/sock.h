/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of the test network. */
#ifndef VUICC_TESTNET_SOCK_H
#define VUICC_TESTNET_SOCK_H

#include <sys/socket.h>
#include <sys/types.h>

#include "env.h"
#include "peers.h"

/* A listening TCP socket, non-blocking. port 0 = any; *ret_port is the one it got. The descriptor or -errno. */
VU_MUST_USE int sock_tcp(const char *address, uint16_t port, uint16_t *ret_port);

/* A UDP socket, non-blocking. */
VU_MUST_USE int sock_udp(const char *address, uint16_t port, uint16_t *ret_port);

/* Sends a datagram. 0 or -errno. */
VU_MUST_USE int sock_send(int fd, const struct peer *to, struct span datagram);

/* Takes a datagram: its length (more than n when it was cut off) or -errno. */
VU_MUST_USE ssize_t sock_receive(int fd, struct peer *ret_from, struct peer_id *ret_who, uint8_t *to, size_t n);

/* Who this address is, and how it is written. False when it is none of IP. */
VU_MUST_USE bool sock_peer(const struct sockaddr *address, struct peer_id *ret_who,
			   char ret_host[static PEER_HOST_MAX]);

#endif
