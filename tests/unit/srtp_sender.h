/* SPDX-License-Identifier: Apache-2.0 */
/* SRTP's sending side from RFC 3711 over our own AES and HMAC: libsrtp2, which receives, has no part in it. */
#ifndef VUICC_TESTS_SRTP_SENDER_H
#define VUICC_TESTS_SRTP_SENDER_H

#include "card/crypto/prim.h"
#include "host/media/mtk_record.h"

/* Session keys, RFC 3711 4.3, key derivation rate 0. */
struct srtp_sender_keys {
	uint8_t encryption[16], authentication[20], salt[14];
};

void srtp_sender_derive(struct prim *p, struct srtp_sender_keys *ret, const struct mtk_record *r);

/*
 * Appends the packet of this header (with its SSRC and SEQ) and payload, protected as the record and its policy for
 * streams say, with the last mki_len octets of its MKI.
 */
void srtp_sender_put(struct prim *p, struct wr *out, const struct mtk_record *r, size_t mki_len, struct span rtp,
		     uint32_t roc);

/* An RTP packet without CSRCs: SEQ, SSRC and as payload its SEQ as text, so that packets differ. */
void srtp_sender_rtp(struct wr *out, uint32_t ssrc, uint16_t seq);

#endif
