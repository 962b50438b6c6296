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
	SRTP_WHY_MAX = 128,
};

struct srtp_session;

enum srtp_verdict {
	SRTP_GOOD,
	SRTP_FORGED, /* the tag is wrong, or it is no SRTP packet */
	SRTP_REPLAYED, /* seen before, or so old that nobody can tell */
};

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

/*
 * The packet with its protection off, in place: *n is its length before and after; at most SRTP_PACKET_MAX. rocs: where the
 * roll-over counter may stand when this key has not seen the stream yet, the likeliest first; the tag tells which it is.
 * *ret_roc: which it was. Nothing has changed unless it is SRTP_GOOD.
 */
VU_MUST_USE enum srtp_verdict srtp_session_unprotect(struct srtp_session *s, uint8_t *packet, size_t *n,
						     const uint32_t *rocs, size_t n_rocs, uint32_t *ret_roc);

#endif
