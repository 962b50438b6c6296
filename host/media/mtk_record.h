/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a receiver of media gets for an MTK (TS 33.246 6.6.2): the key, how packets name it, and how it is to be used; as a
 * struct, and as one line of JSON for receivers in other processes:
 *
 *   {"key_domain":"00f110","msk_id":"00010001","mtk_id":"0005","mki":"000100010005","mtk":"<32 digits>",
 *    "salt":"<28 digits>","ssrc":"12345678","roc":"00000000","policy":{"encryption":1, …},
 *    "crypto_sessions":[{"ssrc":"12345678","roc":"00000000","policy":{"encryption":1, …}}]}
 *
 * All strings are hexadecimal digits. "salt" is "" when there is none; "ssrc", "roc" are those of the first crypto
 * session, "" when there is none. "policy" holds for streams that no crypto session names. Its members are numbers, those
 * of RFC 3830 6.10.1.
 */
#ifndef VUICC_MTK_RECORD_H
#define VUICC_MTK_RECORD_H

#include "../../apdu/mikey.h"
#include "../../card/crypto/secret.h"
#include "srtp_policy.h"

enum {
	MTK_MKI_LEN = 6, /* MSK ID ‖ MTK ID, decision 37 */
	MTK_SESSIONS_MAX = 8, /* of a record; further ones in the map of a MIKEY message are left out */
	MTK_LINE_MAX = 4096, /* a record's line with its newline; no more than a pipe takes at once */
	MTK_WHY_MAX = 160,
};

/* One SRTP stream of the user service, RFC 3830 6.1.1. */
struct mtk_session {
	uint32_t ssrc;
	uint32_t roc; /* when the message was made */
	struct srtp_policy policy;
};

struct mtk_record {
	uint8_t key_domain[3];
	uint16_t group, number, mtk_id; /* number: of the MSK in its group */
	struct key128 mtk;
	bool has_salt;
	uint8_t salt[MTK_SALT_LEN];
	struct srtp_policy policy; /* of streams that no session names */
	size_t n_sessions;
	struct mtk_session session[MTK_SESSIONS_MAX];
};
SECRET_STRUCT(mtk_record)
#define _secret_mtk_record_ __attribute__((cleanup(mtk_record_wipe)))

/* A line of a record. */
struct mtk_line {
	uint8_t b[MTK_LINE_MAX];
};
SECRET_STRUCT(mtk_line)
#define _secret_mtk_line_ __attribute__((cleanup(mtk_line_wipe)))

/* Whether two records are about the same MTK of the same key domain; the keys themselves are not looked at. */
VU_MUST_USE bool mtk_record_same_id(const struct mtk_record *a, const struct mtk_record *b);

/* MSK ID ‖ MTK ID. */
void mtk_record_mki(const struct mtk_record *r, uint8_t mki[static MTK_MKI_LEN]);

/*
 * m: the MTK message, whose CS ID map names streams with their ROC and policy; mtk, salt (NULL = none): what the message
 * gave; sp: the SP payloads of the MSK message (span of struct mikey), empty when it had none. Fills *ret in any case:
 * false says that sp, or the map, is broken or names what is not there, and that RFC 3711's defaults were taken instead.
 */
VU_MUST_USE bool mtk_record_make(struct mtk_record *ret, const struct mikey *m, const struct key128 *mtk,
				 const uint8_t *salt, struct span sp);

/* Appends the line with its newline. out is secret. */
void mtk_record_put_json(struct wr *out, const struct mtk_record *r);

/*
 * A line back, with or without its newline; members that this version does not know are skipped, so that a newer ME can
 * say more. False with why (MTK_WHY_MAX octets, without a key in it); *ret is untouched then.
 */
VU_MUST_USE bool mtk_record_parse(struct mtk_record *ret, struct span line, char *why);

#endif
