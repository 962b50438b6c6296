/* SPDX-License-Identifier: Apache-2.0 */
#include "srtp_policy.h"

enum { PROTOCOL_SRTP = 0 };

const struct srtp_policy srtp_policy_default = { {
	[SP_ENCR_ALG] = SRTP_ENCR_AES_CM,
	[SP_ENCR_KEY_LEN] = 16,
	[SP_AUTH_ALG] = SRTP_AUTH_HMAC_SHA1,
	[SP_AUTH_KEY_LEN] = 20,
	[SP_SALT_LEN] = 14,
	[SP_SRTP_ENCRYPTED] = 1,
	[SP_SRTCP_ENCRYPTED] = 1,
	[SP_SRTP_AUTHENTICATED] = 1,
	[SP_TAG_LEN] = 10,
} };

const char *const srtp_param_name[SP_PARAMS] = {
	[SP_ENCR_ALG] = "encryption",
	[SP_ENCR_KEY_LEN] = "encryption_key_len",
	[SP_AUTH_ALG] = "authentication",
	[SP_AUTH_KEY_LEN] = "authentication_key_len",
	[SP_SALT_LEN] = "salt_len",
	[SP_PRF] = "prf",
	[SP_KEY_DERIVATION_RATE] = "key_derivation_rate",
	[SP_SRTP_ENCRYPTED] = "srtp_encrypted",
	[SP_SRTCP_ENCRYPTED] = "srtcp_encrypted",
	[SP_FEC_ORDER] = "fec_order",
	[SP_SRTP_AUTHENTICATED] = "srtp_authenticated",
	[SP_TAG_LEN] = "tag_len",
	[SP_PREFIX_LEN] = "prefix_len",
};

/* Each is type(1) length(1) value. */
static bool params_parse(struct srtp_policy *p, struct span params)
{
	bool seen[SP_PARAMS] = { false };
	struct rd r = rd_of(params);

	*p = srtp_policy_default;
	while (r.n != 0) {
		uint8_t type = rd_u8(&r);
		struct span octets = rd_lv8(&r);
		struct rd value = rd_of(octets);

		if (type >= SP_PARAMS)
			continue;
		if (octets.n == 0 || octets.n > sizeof p->param[0] || seen[type])
			return false;
		seen[type] = true;
		p->param[type] = (uint32_t)rd_uint(&value, octets.n);
	}
	return rd_end(&r);
}

/* next(1) policy no(1) protocol(1), then the parameters behind their length(2). All are read: a broken one is not trusted. */
enum srtp_policy_found srtp_policy_find(struct srtp_policy *ret, struct span sp, uint8_t number)
{
	struct srtp_policy found;
	bool is_found = false;
	struct rd r = rd_of(sp);

	while (r.n != 0) {
		struct srtp_policy p;

		(void)rd_u8(&r);
		uint8_t no = rd_u8(&r), protocol = rd_u8(&r);
		struct span params = rd_lv16(&r);
		if (r.bad || (protocol == PROTOCOL_SRTP && !params_parse(&p, params)))
			return SRTP_POLICY_BROKEN;
		if (protocol != PROTOCOL_SRTP || no != number)
			continue;
		if (is_found)
			return SRTP_POLICY_BROKEN;
		is_found = true;
		found = p;
	}
	if (is_found)
		*ret = found;
	return is_found ? SRTP_POLICY_FOUND : SRTP_POLICY_NONE;
}
