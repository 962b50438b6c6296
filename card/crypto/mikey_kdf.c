/* SPDX-License-Identifier: Apache-2.0 */
#include "mikey_kdf.h"

enum {
	PRF_BLOCK = 32, /* the key is cut into pieces of 256 bits, RFC 3830 4.1.2 */
	PRF_MAX = 400,
	LABEL_MAX = 4 + 1 + 4 + 255,
};

/* RFC 3830 4.1.4: constants for keys from the pre-shared key, 4.1.3 has the others. */
enum {
	LABEL_ENCR = 0x150533E1,
	LABEL_AUTH = 0x2D22AC75,
	LABEL_SALT = 0x29B88916,
};

/* P(s, label, m) of RFC 3830 4.1.2, XORed onto out. */
static void p_xor(struct prim *p, uint8_t *out, size_t n, struct span s, struct span label)
{
	uint8_t a[SHA1_LEN], block[SHA1_LEN];
	struct span previous = label;

	for (size_t done = 0; done < n; done += SHA1_LEN) {
		prim_hmac_sha1(p, a, s, &previous, 1);
		previous = SPAN(a);
		const struct span parts[] = { SPAN(a), label };
		prim_hmac_sha1(p, block, s, parts, VU_COUNT(parts));
		for (size_t i = 0; i < SHA1_LEN && done + i < n; i++)
			out[done + i] ^= block[i];
	}
	secret_wipe(a, sizeof a);
	secret_wipe(block, sizeof block);
}

void mikey_prf(struct prim *p, uint8_t *out, size_t n, struct span inkey, struct span label)
{
	memset(out, 0, n);
	for (size_t off = 0; off < inkey.n; off += PRF_BLOCK)
		p_xor(p, out, n, span_sub(inkey, off, PRF_BLOCK), label);
}

static void derive(struct prim *p, uint8_t *out, size_t n, struct span psk, uint32_t constant, uint32_t csb_id,
		   struct span rand)
{
	uint8_t label[LABEL_MAX];
	struct wr w = WR(label);

	wr_u32(&w, constant);
	wr_u8(&w, 0xFF);
	wr_u32(&w, csb_id);
	wr_span(&w, rand);
	mikey_prf(p, out, n, psk, wr_done(&w));
}

void mikey_keys_derive(struct prim *p, struct mikey_keys *ret, struct span psk, uint32_t csb_id, struct span rand)
{
	derive(p, ret->encr.b, sizeof ret->encr.b, psk, LABEL_ENCR, csb_id, rand);
	derive(p, ret->auth, sizeof ret->auth, psk, LABEL_AUTH, csb_id, rand);
	derive(p, ret->salt, sizeof ret->salt, psk, LABEL_SALT, csb_id, rand);
}

bool mikey_mac_ok(struct prim *p, const struct mikey_keys *k, const struct mikey *m)
{
	uint8_t mac[SHA1_LEN];

	prim_hmac_sha1(p, mac, SPAN(k->auth), &m->covered, 1);
	return m->mac.n == sizeof mac && ct_eq(mac, m->mac.p, sizeof mac) && prim_ok(p);
}

/* RFC 3830 4.2.3: IV = (salt xor (0x0000 ‖ CSB ID ‖ T)) ‖ 0x0000, the counter T widened to 64 bits. */
void mikey_crypt(struct prim *p, const struct mikey_keys *k, uint32_t csb_id, uint32_t ts, struct wr *out,
		 struct span data)
{
	uint8_t iv[AES_BLOCK];
	struct wr w = WR(iv);

	wr_u16(&w, 0);
	wr_u32(&w, csb_id);
	wr_uint(&w, ts, 8);
	wr_u16(&w, 0);
	for (size_t i = 0; i < sizeof k->salt; i++)
		iv[i] ^= k->salt[i];
	prim_aes128_ctr(p, &k->encr, iv, out, data);
	secret_wipe(iv, sizeof iv);
}

void mikey_seal(struct prim *p, const struct mikey_keys *k, struct wr *out, const struct mikey *m)
{
	uint8_t cipher[256], mac[SHA1_LEN];
	struct wr c = WR(cipher);
	struct mikey sealed = *m;
	size_t start = out->n;

	mikey_crypt(p, k, m->csb_id, m->ts, &c, m->encr_data);
	if (c.bad)
		out->bad = true;
	sealed.encr_data = wr_done(&c);
	mikey_put_covered(out, &sealed);
	if (out->bad)
		return;
	const struct span covered = span_of(out->p + start, out->n - start);
	prim_hmac_sha1(p, mac, SPAN(k->auth), &covered, 1);
	wr_span(out, SPAN(mac));
}

/* Decision 26: over the message up to the algorithm octet, IDi data, IDr data and the counter as it is sent. */
static void ack_mac(struct prim *p, const struct mikey_keys *k, uint8_t mac[static SHA1_LEN], struct span covered,
		    const struct mikey *request)
{
	uint8_t ts[4];
	struct wr w = WR(ts);

	wr_u32(&w, request->ts);
	const struct span parts[] = { covered, request->idi.data, request->idr.data, SPAN(ts) };
	prim_hmac_sha1(p, mac, SPAN(k->auth), parts, VU_COUNT(parts));
}

void mikey_ack_put(struct prim *p, const struct mikey_keys *k, struct wr *out, const struct mikey *request)
{
	const struct mikey ack = {
		.kind = MIKEY_IS_ACK,
		.csb_id = request->csb_id,
		.cs_count = request->cs_count,
		.cs_map_type = request->cs_map_type,
		.cs_map = request->cs_map,
		.ts = request->ts,
		.idr = request->idr,
	};
	uint8_t mac[SHA1_LEN];
	size_t start = out->n;

	mikey_put_covered(out, &ack);
	if (out->bad)
		return;
	ack_mac(p, k, mac, span_of(out->p + start, out->n - start), request);
	wr_span(out, SPAN(mac));
}

bool mikey_ack_ok(struct prim *p, const struct mikey_keys *k, const struct mikey *ack, const struct mikey *request)
{
	uint8_t mac[SHA1_LEN];

	if (ack->kind != MIKEY_IS_ACK || ack->csb_id != request->csb_id || ack->ts != request->ts ||
	    !span_eq(ack->idr.data, request->idr.data) || ack->mac.n != sizeof mac)
		return false;
	ack_mac(p, k, mac, ack->covered, request);
	return ct_eq(mac, ack->mac.p, sizeof mac) && prim_ok(p);
}
