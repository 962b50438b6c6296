/* SPDX-License-Identifier: Apache-2.0 */
/* Where UDP datagrams come in and go to, as people write it: 127.0.0.1:2269, [::1]:2269. */
#ifndef VUICC_UDP_ADDR_H
#define VUICC_UDP_ADDR_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "../apdu/bytes.h"

enum { UDP_ADDR_TEXT = 64 };

struct udp_addr {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
	socklen_t n;
};

/* ADDR:PORT or [ADDR]:PORT; no names. *ret is untouched when it is neither. */
VU_MUST_USE bool udp_addr_parse(struct udp_addr *ret, const char *text);

/* Into out, which is returned. */
char *udp_addr_text(char out[static UDP_ADDR_TEXT], const struct udp_addr *a);

/*
 * A socket that takes what is sent there, non-blocking; a multicast address is joined. Port 0 = any: *a says which it
 * became. The descriptor or -errno.
 */
VU_MUST_USE int udp_addr_bind(struct udp_addr *a);

/*
 * Asks for room for so many octets that came and were not taken yet: past the limit of the system where this process may,
 * else as much as it gives.
 */
void udp_addr_room(int fd, int octets);

#endif
