/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A receiver of SRTP whose keys change while it plays: MTKs and packets in, in whatever order, RTP out. Each packet names
 * its MTK in its MKI (RFC 3711 3.1; decision 37). One that comes before its MTK is held until the MTK comes, at most for a
 * time and a number, and those of a stream go out in the order in which they came. Pure: time is an argument.
 */
#ifndef VUICC_SRTP_RX_H
#define VUICC_SRTP_RX_H

#include "srtp_session.h"

enum {
	SRTP_RX_KEYS_MAX = 16, /* a further MTK takes the place of the oldest */
	SRTP_RX_STREAMS_MAX = 64, /* a further SSRC takes the place of the one that was silent longest */
	SRTP_RX_MKI_MIN = 2, /* the MTK ID; with more of the MSK ID in front up to MTK_MKI_LEN */
};

struct srtp_rx_options {
	size_t mki_len; /* octets: the last so many of MSK ID ‖ MTK ID */
	int64_t hold_ms; /* how long a packet waits for its MTK */
	size_t hold_max; /* how many packets wait at a time */
};

/* 6 octets, 4 seconds, 4096 packets. */
extern const struct srtp_rx_options srtp_rx_default;

enum srtp_rx_what {
	SRTP_RX_KEY, /* a stream goes out under an MTK for the first time */
	SRTP_RX_MISSING, /* a packet names an MTK that is not there; for each at most once a second */
	SRTP_RX_LOST, /* n packets whose MTK did not come in time, or for which there was no room */
	SRTP_RX_FORGED, /* n packets with a wrong tag, or that are no SRTP packets */
	SRTP_RX_REPLAYED, /* n packets seen before */
};

struct srtp_rx_news {
	enum srtp_rx_what what;
	uint32_t ssrc; /* KEY, MISSING */
	bool has_id; /* MISSING: the MKI is whole, so that it names an MSK */
	uint16_t group, number, mtk_id; /* KEY, MISSING */
	uint64_t n;
};

/* Called from within the functions below, which they must not call. */
struct srtp_rx_sink {
	void (*rtp)(void *ctx, struct span packet); /* borrowed */
	void (*news)(void *ctx, const struct srtp_rx_news *news);
	void *ctx;
};

struct srtp_rx_counts {
	uint64_t forwarded, lost, forged, replayed;
	size_t held;
};

struct srtp_rx;

/* sink and options are copied. NULL when memory is short, libsrtp2 fails its own tests, or mki_len is none. */
struct srtp_rx *srtp_rx_open(const struct srtp_rx_options *o, const struct srtp_rx_sink *sink);

/* NULL is fine; wipes. */
void srtp_rx_close(struct srtp_rx *rx);

/*
 * An MTK came; what waited for it goes out. The same again changes nothing. now: milliseconds of any clock that only goes
 * forward. 0, or -errno with why (SRTP_WHY_MAX octets): -ENOTSUP when its policy cannot be played.
 */
int srtp_rx_key(struct srtp_rx *rx, const struct mtk_record *r, int64_t now, char *why);

/* A packet came. */
void srtp_rx_packet(struct srtp_rx *rx, struct span packet, int64_t now);

/* Gives up what waited too long and tells of packets that were thrown away. Returns ms until there is more; -1 = nothing. */
int64_t srtp_rx_tick(struct srtp_rx *rx, int64_t now);

/* No keys, no streams, nothing held: another UICC, or none. */
void srtp_rx_forget(struct srtp_rx *rx);

struct srtp_rx_counts srtp_rx_counts(const struct srtp_rx *rx);

#endif
