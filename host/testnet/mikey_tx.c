/* SPDX-License-Identifier: Apache-2.0 */
#include "mikey_tx.h"

#include "fault.h"

/* The parameters of a security policy for SRTP, RFC 3830 6.10.1: the defaults of RFC 3711. */
static const struct {
	uint8_t type, value;
} srtp_policy[] = {
	{ 0, 1 }, /* encryption: AES-CM */
	{ 1, 16 }, /* octets of its session key */
	{ 2, 1 }, /* authentication: HMAC-SHA-1 */
	{ 3, 20 }, /* octets of its session key */
	{ 4, 14 }, /* octets of the session salt */
	{ 5, 0 }, /* pseudo-random function: AES-CM */
	{ 6, 0 }, /* key derivation rate */
	{ 7, 1 }, /* SRTP is encrypted */
	{ 8, 1 }, /* SRTCP is encrypted */
	{ 10, 1 }, /* SRTP is authenticated */
	{ 11, 10 }, /* octets of its tag */
};

/* SP payload, RFC 3830 6.10: next(1) policy no(1) protocol(1), then the parameters behind their length(2). */
static void put_policy(struct wr *out)
{
	uint8_t params[64];
	struct wr w = WR(params);

	for (size_t i = 0; i < VU_COUNT(srtp_policy); i++) {
		wr_u8(&w, srtp_policy[i].type);
		wr_lv8(&w, span_of(&srtp_policy[i].value, 1));
	}
	wr_u8(out, MIKEY_KEMAC);
	wr_u8(out, 0);
	wr_u8(out, 0); /* SRTP */
	wr_lv16(out, wr_done(&w));
}

/* SRTP-ID map of one crypto session: policy(1) SSRC(4) ROC(4), RFC 3830 6.1.1. */
struct cs_map {
	uint8_t octets[MIKEY_CS_MAP_ENTRY];
};

static void put_cs_map(struct mikey *m, struct cs_map *map, uint32_t ssrc, uint32_t roc)
{
	struct wr w = WR(map->octets);

	wr_u8(&w, 0);
	wr_u32(&w, ssrc);
	wr_u32(&w, roc);
	m->cs_count = 1;
	m->cs_map_type = MIKEY_CS_MAP_SRTP;
	m->cs_map = wr_done(&w);
}

/* What MSK message, pull and the request behind an ACK have in common. */
static struct mikey unicast(const struct mikey_pair *pair, const struct msk *m, uint32_t ts)
{
	return (struct mikey){
		.kind = MIKEY_IS_MSK,
		.csb_id = m->csb_id,
		.cs_map_type = MIKEY_CS_MAP_EMPTY,
		.key = m->id,
		.ts = ts,
		.rand = SPAN(m->rand),
		.idi = { MIKEY_ID_URI, pair->naf_id },
		.idr = { MIKEY_ID_NAI, pair->btid },
	};
}

/* psk: MUK or MSK, rand its RAND. plain: what msg->encr_data borrows from. */
static void seal(const struct net_env *env, struct wr *out, struct mikey *msg, struct wr *plain, struct span psk,
		 struct span rand)
{
	struct mikey_keys keys _secret_mikey_keys_;

	fault_message(env, msg, plain);
	mikey_keys_derive(env->prim, &keys, psk, msg->csb_id, rand);
	mikey_seal(env->prim, &keys, out, msg);
	if (!out->bad)
		fault_octets(env, msg, &keys, out);
}

static void seal_unicast(const struct net_env *env, struct wr *out, const struct mikey_pair *pair, struct mikey *msg,
			 struct wr *plain)
{
	seal(env, out, msg, plain, SPAN(pair->muk->b), msg->rand);
}

void mikey_tx_msk(const struct net_env *env, struct wr *out, const struct mikey_pair *pair, const struct key_group *g,
		  const struct msk *m, uint32_t ts, bool v)
{
	struct secret_buf plain _secret_buf_ = { 0 };
	struct wr data = WR(plain.b);
	struct mikey msg = unicast(pair, m, ts);
	uint8_t policy[64];
	struct wr sp = WR(policy);
	struct cs_map map;

	msg.v = v;
	if (g->streaming) {
		put_cs_map(&msg, &map, g->ssrc, m->roc);
		put_policy(&sp);
		msg.sp = wr_done(&sp);
	}
	mikey_msk_data_put(&data, SPAN(m->key.b), m->seq_l, m->seq_u);
	msg.encr_data = wr_done(&data);
	seal_unicast(env, out, pair, &msg, &data);
}

void mikey_tx_pull(const struct net_env *env, struct wr *out, const struct mikey_pair *pair, const struct msk *m,
		   uint32_t ts)
{
	struct mikey msg = unicast(pair, m, ts);

	msg.key.number = 0;
	seal_unicast(env, out, pair, &msg, &(struct wr){ 0 });
}

void mikey_tx_mtk(const struct net_env *env, struct wr *out, const struct key_group *g, const struct msk *m,
		  const struct key128 *mtk, const uint8_t salt[static MTK_SALT_LEN], bool streaming)
{
	struct secret_buf plain _secret_buf_ = { 0 };
	struct wr data = WR(plain.b);
	struct cs_map map;
	struct mikey msg = {
		.kind = MIKEY_IS_MTK,
		.csb_id = m->csb_id,
		.cs_map_type = MIKEY_CS_MAP_EMPTY,
		.key = m->id,
		.ts = m->mtk_counter,
	};

	msg.key.mtk_id = m->mtk_id;
	if (streaming)
		put_cs_map(&msg, &map, g->ssrc, m->roc);
	mikey_mtk_data_put(&data, SPAN(mtk->b), streaming ? span_of(salt, MTK_SALT_LEN) : (struct span){ 0 });
	msg.encr_data = wr_done(&data);
	seal(env, out, &msg, &data, SPAN(m->key.b), SPAN(m->rand));
}

struct mikey mikey_tx_asked(const struct mikey_pair *pair, const struct msk *m, uint32_t ts)
{
	return unicast(pair, m, ts);
}
