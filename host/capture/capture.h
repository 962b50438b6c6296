/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A capture file of everything an ME says and hears: UDP datagrams, HTTP exchanges and APDUs, in the order and at the time
 * they happened, for Wireshark and tshark (pcap, raw IP).
 *
 *   UDP    as it was
 *   HTTP   its octets without TLS, in a TCP conversation made around them
 *   APDU   GSMTAP from and to 127.0.0.1 (gsmtap.h), PINs masked, keys masked unless asked for (mask.h)
 *
 * Nothing here fails: a capture that cannot be written any further says so once in the log and ends. One thread.
 */
#ifndef VUICC_CAPTURE_H
#define VUICC_CAPTURE_H

#include "../../os/udp_addr.h"
#include "../http/http.h"
#include "../log.h"

enum { CAPTURE_WHY_MAX = 384 };

struct capture;

/*
 * Makes the file, 0600, and empties one that is there. keys: they are written in the clear. log: borrowed. 0 or -errno
 * with a sentence in why (CAPTURE_WHY_MAX octets).
 */
int capture_open(struct capture **ret, const char *path, bool keys, const struct log *log, char *why);

/* NULL is fine. Ends the conversations that are open. */
void capture_close(struct capture *c);

void capture_udp(struct capture *c, const struct udp_addr *from, const struct udp_addr *to, struct span octets);

/* Where HTTP comes from or goes to: an IPv4 or IPv6 address in text. What is none is written as 0.0.0.0. */
struct capture_end {
	const char *address;
	uint16_t port;
};

/* Octets of HTTP, to the server or from it; the same two ends go on with the same conversation. */
void capture_http(struct capture *c, const struct capture_end *client, const struct capture_end *server,
		  bool from_server, struct span octets);

/* A card_if_tap_fn: ctx is the capture. */
void capture_apdu(void *ctx, struct span capdu, struct span rapdu);

#endif
