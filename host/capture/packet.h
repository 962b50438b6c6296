/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets as they would stand on a wire: IPv4 (RFC 791) or IPv6 (RFC 8200) with UDP (RFC 768) or TCP (RFC 9293) in it,
 * lengths and checksums right. Pure octets.
 */
#ifndef VUICC_PACKET_H
#define VUICC_PACKET_H

#include "../../apdu/bytes.h"

enum {
	PACKET_MAX = 65535, /* octets, headers included */
	PACKET_HEADERS_MAX = 60, /* IPv6 and TCP */
};

/* An address and a port. An IPv4 address is in the first 4 octets of ip. */
struct packet_end {
	bool v6;
	uint8_t ip[16];
	uint16_t port;
};

bool packet_end_same(const struct packet_end *a, const struct packet_end *b);

enum packet_flag { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_PSH = 0x08, TCP_ACK = 0x10 };

struct packet_tcp {
	uint32_t seq, ack;
	uint8_t flags; /* of packet_flag */
};

/*
 * Appends a packet. An end of each family: both are written as IPv6 addresses. A payload longer than PACKET_MAX -
 * PACKET_HEADERS_MAX makes out bad.
 */
void packet_put_udp(struct wr *out, const struct packet_end *from, const struct packet_end *to, struct span payload);
void packet_put_tcp(struct wr *out, const struct packet_end *from, const struct packet_end *to,
		    const struct packet_tcp *tcp, struct span payload);

#endif
