/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One MTK as SRTP master key (RFC 3711): takes the protection off the packets that carry its MKI. The roll-over counter is
 * a stream's, not a key's (RFC 3711 3.2.3), so the caller, who knows a stream across its keys, says where it stands.
 * srtp_session.c is the only file that knows libsrtp2.
 */
#ifndef VUICC_SRTP_SESSION_H
#define VUICC_SRTP_SESSION_H

#include "mtk_record.h"

enum {
	SRTP_PACKET_MAX = 2048,
	SRTP_ROCS_MAX = 4,
	SRTP_STREAMS_MAX = 64, /* of a key that have not begun */
	SRTP_WHY_MAX = 128,
};

struct srtp_session;

enum srtp_verdict {
	SRTP_GOOD,
	SRTP_FORGED, /* the tag is wrong, or it is no SRTP packet */
	SRTP_REPLAYED, /* seen before, or so old that nobody can tell */
};

/* Starts libsrtp2, where nobody has: that takes it a tenth of a second, which no packet needs to wait for. */
VU_MUST_USE bool srtp_session_prepare(void);

/*
 * mki: what the packets carry. -ENOTSUP with why (SRTP_WHY_MAX octets) when the policy of a session asks for what is not
 * there: F8, a key derivation rate, a prefix, lengths other than those of AES-CM-128 and HMAC-SHA-1. Without a salt the
 * master salt is 14 octets of zero.
 */
int srtp_session_open(struct srtp_session **ret, const struct mtk_record *r, struct span mki, char *why);

/* NULL is fine; wipes. */
void srtp_session_close(struct srtp_session *s);

/* Octets of authentication tag behind the MKI of a packet of this stream. */
size_t srtp_session_tag_len(const struct srtp_session *s, uint32_t ssrc);

/* Where the roll-over counter of a stream may stand when a key has not seen the stream yet. */
struct srtp_rocs {
	bool known; /* packets of the stream were authentic under other keys */
	size_t n; /* at least 1 */
	uint32_t roc[SRTP_ROCS_MAX]; /* the likeliest first; the tag tells which it is */
};

/*
 * The packet with its protection off, in place: *n is its length before and after; at most SRTP_PACKET_MAX. *ret_roc: the
 * roll-over counter, roc[0] when this key has seen the stream before. A stream that is neither known nor named by a crypto
 * session has to begin at 0. Nothing has changed unless it is SRTP_GOOD.
 */
VU_MUST_USE enum srtp_verdict srtp_session_unprotect(struct srtp_session *s, uint8_t *packet, size_t *n,
						     const struct srtp_rocs *rocs, uint32_t *ret_roc);

#endif
