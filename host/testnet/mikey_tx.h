/* SPDX-License-Identifier: Apache-2.0 */
/* The three MIKEY messages a BM-SC sends (TS 33.246 clause 6.4.5), from keys and counters to octets. */
#ifndef VUICC_TESTNET_MIKEY_TX_H
#define VUICC_TESTNET_MIKEY_TX_H

#include "keygroup.h"

/* Between whom an MSK message or pull goes: MUK and its two names. */
struct mikey_pair {
	const struct key256 *muk;
	struct span naf_id; /* IDi, decision 11 */
	struct span btid; /* IDr, decision 12 */
};

/*
 * An MSK message. v: the UE is to send a verification message. For a streaming group it carries an SRTP-ID map and the
 * security policy, else the empty map.
 */
void mikey_tx_msk(const struct net_env *env, struct wr *out, const struct mikey_pair *pair, const struct key_group *g,
		  const struct msk *m, uint32_t ts, bool v);

/* A solicited pull: Key Number 0, no key data, no V (TS 33.246 6.3.2.2.4, decision 17). */
void mikey_tx_pull(const struct net_env *env, struct wr *out, const struct mikey_pair *pair, const struct msk *m,
		   uint32_t ts);

/* An MTK message under m, with its mtk_id and mtk_counter. Streaming has a salt and an SRTP-ID map, download neither. */
void mikey_tx_mtk(const struct net_env *env, struct wr *out, const struct key_group *g, const struct msk *m,
		  const struct key128 *mtk, const uint8_t salt[static MTK_SALT_LEN], bool streaming);

/* The message that a verification message for m and ts answers, as far as mikey_ack_ok() looks at it. */
struct mikey mikey_tx_asked(const struct mikey_pair *pair, const struct msk *m, uint32_t ts);

#endif
