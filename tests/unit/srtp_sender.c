/* SPDX-License-Identifier: Apache-2.0 */
#include "srtp_sender.h"

#include <stdio.h>

enum { LABEL_ENCRYPTION, LABEL_AUTHENTICATION, LABEL_SALT, HEADER = 12 };

/* 4.3.3: the key stream of the master key from (master salt XOR label at octet 7) * 2^16. */
static void derive(struct prim *p, const struct mtk_record *r, uint8_t label, uint8_t *out, size_t n)
{
	static const uint8_t zeroes[32];
	uint8_t iv[16] = { 0 };
	struct wr w = wr_of(out, n);

	if (r->has_salt)
		memcpy(iv, r->salt, sizeof r->salt);
	iv[7] ^= label;
	prim_aes128_ctr(p, &r->mtk, iv, &w, span_of(zeroes, n));
}

void srtp_sender_derive(struct prim *p, struct srtp_sender_keys *ret, const struct mtk_record *r)
{
	derive(p, r, LABEL_ENCRYPTION, ret->encryption, sizeof ret->encryption);
	derive(p, r, LABEL_AUTHENTICATION, ret->authentication, sizeof ret->authentication);
	derive(p, r, LABEL_SALT, ret->salt, sizeof ret->salt);
}

/* 4.1.1: IV = (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16). */
static void encrypt(struct prim *p, struct wr *out, const struct srtp_sender_keys *k, struct span rtp, uint32_t roc)
{
	uint8_t iv[16] = { 0 }, other[16] = { 0 };
	struct key128 key;
	struct wr w = WR(other);

	memcpy(iv, k->salt, sizeof k->salt);
	wr_u32(&w, 0);
	wr_bytes(&w, rtp.p + 8, 4);
	wr_u32(&w, roc);
	wr_bytes(&w, rtp.p + 2, 2);
	for (size_t i = 0; i < sizeof iv; i++)
		iv[i] ^= other[i];
	memcpy(key.b, k->encryption, sizeof key.b);
	wr_bytes(out, rtp.p, HEADER);
	prim_aes128_ctr(p, &key, iv, out, span_sub(rtp, HEADER, rtp.n));
}

void srtp_sender_put(struct prim *p, struct wr *out, const struct mtk_record *r, size_t mki_len, struct span rtp,
		     uint32_t roc)
{
	struct srtp_sender_keys k;
	uint8_t mki[MTK_MKI_LEN], tag[SHA1_LEN], roc_octets[4];
	struct wr w = WR(roc_octets);
	size_t start = out->n;

	srtp_sender_derive(p, &k, r);
	mtk_record_mki(r, mki);
	if (r->policy.param[SP_SRTP_ENCRYPTED] != 0)
		encrypt(p, out, &k, rtp, roc);
	else
		wr_span(out, rtp);
	wr_u32(&w, roc);
	const struct span parts[] = { span_of(out->p + start, out->n - start), SPAN(roc_octets) };
	prim_hmac_sha1(p, tag, SPAN(k.authentication), parts, VU_COUNT(parts));
	wr_bytes(out, mki + sizeof mki - mki_len, mki_len);
	if (r->policy.param[SP_SRTP_AUTHENTICATED] != 0)
		wr_bytes(out, tag, r->policy.param[SP_TAG_LEN]);
}

void srtp_sender_rtp(struct wr *out, uint32_t ssrc, uint16_t seq)
{
	char text[16];

	wr_u8(out, 0x80);
	wr_u8(out, 96);
	wr_u16(out, seq);
	wr_u32(out, seq * UINT32_C(160));
	wr_u32(out, ssrc);
	snprintf(text, sizeof text, "packet %u", seq);
	wr_str(out, text);
}
