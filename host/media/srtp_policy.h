/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The security policy of an SRTP stream, as the SP payloads of an MSK message have it (RFC 3830 6.10). Pure: whether a
 * policy can be played is srtp_session.h's to say.
 */
#ifndef VUICC_SRTP_POLICY_H
#define VUICC_SRTP_POLICY_H

#include "../../apdu/bytes.h"

/*
 * The parameters of protocol type 0, RFC 3830 6.10.1: their types are the indices of struct srtp_policy. (Names that begin
 * with SRTP_ may be macros of libsrtp2.)
 */
enum srtp_param {
	SP_ENCR_ALG, /* enum srtp_encr */
	SP_ENCR_KEY_LEN, /* octets, as all lengths */
	SP_AUTH_ALG, /* enum srtp_auth */
	SP_AUTH_KEY_LEN,
	SP_SALT_LEN,
	SP_PRF, /* 0 = AES-CM */
	SP_KEY_DERIVATION_RATE, /* 0 = session keys are derived once */
	SP_SRTP_ENCRYPTED, /* 0 or 1 */
	SP_SRTCP_ENCRYPTED, /* 0 or 1 */
	SP_FEC_ORDER, /* 0 = the sender makes FEC first, then SRTP */
	SP_SRTP_AUTHENTICATED, /* 0 or 1 */
	SP_TAG_LEN,
	SP_PREFIX_LEN,
	SP_PARAMS
};

enum srtp_encr { SRTP_ENCR_NULL, SRTP_ENCR_AES_CM, SRTP_ENCR_AES_F8 };
enum srtp_auth { SRTP_AUTH_NULL, SRTP_AUTH_HMAC_SHA1 };

struct srtp_policy {
	uint32_t param[SP_PARAMS];
};

/* What holds for a parameter that a policy does not name: RFC 3711 5 and 8.2. */
extern const struct srtp_policy srtp_policy_default;

/* How a parameter is called in the records of mtk_record.h. */
extern const char *const srtp_param_name[SP_PARAMS];

enum srtp_policy_found {
	SRTP_POLICY_BROKEN, /* lengths that do not fit, a parameter twice, or a value over 32 bits */
	SRTP_POLICY_NONE, /* no policy for SRTP has this number */
	SRTP_POLICY_FOUND,
};

/*
 * The policy `number` among SP payloads one behind the other, each from its `next` octet on (struct mikey has them so).
 * Parameters that RFC 3830 does not know are skipped. *ret is untouched unless it is found.
 */
VU_MUST_USE enum srtp_policy_found srtp_policy_find(struct srtp_policy *ret, struct span sp, uint8_t number);

#endif
