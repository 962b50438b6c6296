/* SPDX-License-Identifier: Apache-2.0 */
/* The receiver of SRTP (srtp_rx.h) at a UDP port: what it takes the protection off goes on as RTP to another. */
#ifndef VUICC_SRTP_RELAY_H
#define VUICC_SRTP_RELAY_H

#include "../log.h"
#include "srtp_rx.h"

enum { SRTP_RELAY_WHY_MAX = 160 };

struct srtp_relay_options {
	const char *listen, *forward; /* ADDR:PORT, of udp_addr.h; a multicast address is joined */
	struct srtp_rx_options rx;
	const struct log *log; /* borrowed */
	/* Packets name an MTK of this MSK, which is not there; at most once a second for each MTK. NULL is fine. */
	void (*missing)(void *ctx, uint16_t group, uint16_t number);
	void *ctx;
};

struct srtp_relay;

/* 0 or -errno with why (SRTP_RELAY_WHY_MAX octets). */
int srtp_relay_open(struct srtp_relay **ret, const struct srtp_relay_options *o, char *why);

/* NULL is fine; wipes. Says how many packets there were. */
void srtp_relay_close(struct srtp_relay *r);

/* Readable when packets are there for srtp_relay_run(). */
int srtp_relay_fd(const struct srtp_relay *r);

/* Takes the packets that are there, a bounded number. Does not wait. */
void srtp_relay_run(struct srtp_relay *r);

/* Does what is due. Returns ms until there is more; -1 = nothing. To be called after each of the others. */
int64_t srtp_relay_tick(struct srtp_relay *r);

/* An MTK came. One whose policy cannot be played is an event. */
void srtp_relay_key(struct srtp_relay *r, const struct mtk_record *record);

/* Another UICC, or none. */
void srtp_relay_forget(struct srtp_relay *r);

#endif
