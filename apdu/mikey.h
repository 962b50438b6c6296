/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MIKEY messages of MBMS: octets to a plain struct and back (RFC 3830 clause 6, RFC 4563, TS 33.246 clause 6.4).
 *
 *   MSK    HDR EXT(Key Domain, MSK ID)         T RAND IDi IDr {SP} KEMAC     BM-SC to UE
 *   pull   the same with Key Number 0 and a KEMAC without data               BM-SC to UE
 *   MTK    HDR EXT(Key Domain, MSK ID, MTK ID) T KEMAC                       BM-SC to group
 *   ACK    HDR T IDr V                                                       UE to BM-SC
 *
 * No cryptography here: card/crypto/mikey_kdf.h seals and opens what this file lays out.
 */
#ifndef VUICC_MIKEY_H
#define VUICC_MIKEY_H

#include "bytes.h"

/* RFC 3830 6.1. */
enum {
	MIKEY_VERSION = 1,
	MIKEY_TYPE_PSK = 0, /* initiator's pre-shared key message */
	MIKEY_TYPE_PSK_VERIFICATION = 1,
	MIKEY_PRF_1 = 0, /* MIKEY-1: HMAC-SHA-1 */
	MIKEY_CS_MAP_SRTP = 0,
	MIKEY_CS_MAP_EMPTY = 1, /* RFC 4563 5 */
	MIKEY_CS_MAP_ENTRY = 9, /* policy no(1) SSRC(4) ROC(4) */
	MIKEY_V_BIT = 0x80,
};

/* Payload codes, RFC 3830 6.1 table 6.1.b. */
enum {
	MIKEY_LAST = 0,
	MIKEY_KEMAC = 1,
	MIKEY_T = 5,
	MIKEY_ID = 6,
	MIKEY_V = 9,
	MIKEY_SP = 10,
	MIKEY_RAND = 11,
	MIKEY_KEY_DATA = 20,
	MIKEY_EXT = 21,
};

enum {
	MIKEY_EXT_KEY_ID = 3, /* Key ID information, RFC 4563 4 */
	MIKEY_KEY_DOMAIN_ID = 0,
	MIKEY_MSK_ID = 1,
	MIKEY_MTK_ID = 2,
	MIKEY_TS_COUNTER = 2, /* RFC 3830 6.6: a counter of 32 bits */
	MIKEY_ID_NAI = 0,
	MIKEY_ID_URI = 1,
	MIKEY_ENCR_NULL = 0,
	MIKEY_ENCR_AES_CM_128 = 1,
	MIKEY_MAC_NULL = 0,
	MIKEY_MAC_HMAC_SHA1_160 = 1,
	MIKEY_MAC_LEN = 20,
	MIKEY_UDP_PORT = 2269,
	MIKEY_MESSAGE_MAX = 2048, /* what card and ME take, decision 60 */
};

/* Key data sub-payload, RFC 3830 6.13. Bit 0 of the type says that a salt follows. */
enum {
	MIKEY_KEY_TGK = 0,
	MIKEY_KEY_TGK_SALT = 1,
	MIKEY_KEY_TEK = 2,
	MIKEY_KEY_TEK_SALT = 3,
	MIKEY_KV_NULL = 0,
	MIKEY_KV_SPI = 1,
	MIKEY_KV_INTERVAL = 2,
	MSK_LEN = 16,
	MTK_LEN = 16,
	MTK_SALT_LEN = 14,
};

enum mikey_kind {
	MIKEY_IS_MSK, /* key delivery or solicited pull: EXT without MTK ID */
	MIKEY_IS_MTK,
	MIKEY_IS_ACK,
};

/* Why octets are not one of the four messages. mikey_fault_text() has the words. */
enum mikey_fault {
	MIKEY_OK,
	MIKEY_CUT_SHORT, /* an inner length runs past the message, or it ends early */
	MIKEY_TRAILING, /* octets behind the last payload */
	MIKEY_BAD_VERSION,
	MIKEY_BAD_TYPE, /* data type neither 0 nor 1 */
	MIKEY_BAD_PRF,
	MIKEY_BAD_CS_MAP,
	MIKEY_BAD_PAYLOAD, /* a payload that cannot be skipped, or that stands twice */
	MIKEY_BAD_EXT, /* EXT type 3 whose Key IDs have wrong lengths or an unknown type */
	MIKEY_BAD_TS,
	MIKEY_BAD_ENCR,
	MIKEY_BAD_MAC_ALG,
	MIKEY_V_NOT_ALLOWED, /* the V bit in an MTK message or an ACK */
	MIKEY_MISSING, /* a mandatory payload is absent */
	MIKEY_FAULTS
};

/* Key Domain ID is opaque (TS 33.246 6.3.2.1). MSK ID = Key Group ‖ Key Number. */
struct mikey_key_id {
	uint8_t domain[3];
	uint16_t group;
	uint16_t number; /* 0 = the current one: a solicited pull */
	uint16_t mtk_id; /* MTK messages only */
};

struct mikey_identity {
	uint8_t type;
	struct span data;
};

/* A message. Every span borrows from the octets it was parsed from, or from the caller for writing. */
struct mikey {
	enum mikey_kind kind;
	bool v; /* verification message wanted */
	uint32_t csb_id;
	uint8_t cs_count;
	uint8_t cs_map_type;
	struct span cs_map;
	struct mikey_key_id key; /* MSK and MTK */
	uint32_t ts;
	struct span rand; /* MSK */
	struct mikey_identity idi; /* MSK */
	struct mikey_identity idr; /* MSK and ACK */
	struct span sp; /* MSK: policy payloads, whole, from each one's `next` octet on; empty when absent */
	struct span encr_data; /* MSK and MTK: still encrypted */
	struct span mac; /* 20 octets: of KEMAC, or of V in an ACK */
	struct span covered; /* what the MAC is computed over: from the start up to and including its algorithm octet */
};

/* Key data, decrypted. */
struct mikey_key_data {
	struct span key;
	bool has_salt; /* the type says so */
	struct span salt;
	bool has_interval;
	uint32_t from, to; /* VF and VT, when has_interval; values over 32 bits do not parse */
};

/* What a message is, cheaply: for the ME, which must not open it. */
bool mikey_is_pull(const struct mikey *m);

VU_MUST_USE enum mikey_fault mikey_parse(struct mikey *m, struct span octets);
const char *mikey_fault_text(enum mikey_fault f);

/*
 * Writes everything up to the octet in front of the MAC: the caller appends the MAC computed over what stands there then
 * (for an ACK with the identities behind it: mikey_kdf.h). m->encr_data is written as it is.
 */
void mikey_put_covered(struct wr *out, const struct mikey *m);

/* One key data sub-payload and nothing behind it, RFC 3830 6.13. */
VU_MUST_USE bool mikey_key_data_parse(struct mikey_key_data *k, struct span plain);

/* `00 02 0010 MSK 02 SEQl 02 SEQu`: type TGK with interval (decision 18). */
void mikey_msk_data_put(struct wr *out, struct span msk, uint16_t seq_l, uint16_t seq_u);

/* `00 30 0010 MTK 000e salt`, or `00 20 0010 MTK` when salt is empty. */
void mikey_mtk_data_put(struct wr *out, struct span mtk, struct span salt);

#endif
