/* SPDX-License-Identifier: Apache-2.0 */
#include "srtp_session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>

#include <srtp2/crypto_types.h>
#include <srtp2/srtp.h>

enum {
	MASTER_LEN = MTK_LEN + MTK_SALT_LEN,
	REPLAY_WINDOW = 1024, /* packets: what was held for a late key comes in a burst */
	SSRC_AT = 8, /* in the RTP header, RFC 3550 5.1 */
};

struct srtp_session {
	srtp_t ctx;
	uint8_t master[MASTER_LEN];
	uint8_t mki[MTK_MKI_LEN];
	srtp_master_key_t key; /* both, as libsrtp wants them */
	size_t n_streams;
	uint32_t ssrc[MTK_SESSIONS_MAX];
	srtp_crypto_policy_t stream[MTK_SESSIONS_MAX];
	srtp_crypto_policy_t other; /* streams that no crypto session names */
	/* Made, but no packet of them was authentic yet: libsrtp does not know where their counter stands. */
	size_t n_waiting;
	uint32_t waiting[SRTP_STREAMS_MAX];
};

/* What a policy must say of a parameter, where its algorithm is in use. */
static bool params_ok(const struct srtp_policy *p, char *why)
{
	static const struct {
		enum srtp_param param;
		uint32_t value;
		bool encryption, authentication; /* only when it is on */
	} fixed[] = {
		{ SP_ENCR_ALG, SRTP_ENCR_AES_CM, true, false },	   { SP_ENCR_KEY_LEN, MTK_LEN, true, false },
		{ SP_AUTH_ALG, SRTP_AUTH_HMAC_SHA1, false, true }, { SP_AUTH_KEY_LEN, 20, false, true },
		{ SP_SALT_LEN, MTK_SALT_LEN, true, false },	   { SP_PRF, 0, false, false },
		{ SP_KEY_DERIVATION_RATE, 0, false, false },	   { SP_PREFIX_LEN, 0, false, false },
	};
	bool encrypted = p->param[SP_SRTP_ENCRYPTED] != 0 && p->param[SP_ENCR_ALG] != SRTP_ENCR_NULL;
	bool authenticated = p->param[SP_SRTP_AUTHENTICATED] != 0 && p->param[SP_AUTH_ALG] != SRTP_AUTH_NULL;

	for (size_t i = 0; i < VU_COUNT(fixed); i++) {
		if ((fixed[i].encryption && !encrypted) || (fixed[i].authentication && !authenticated))
			continue;
		if (p->param[fixed[i].param] != fixed[i].value) {
			snprintf(why, SRTP_WHY_MAX, "the SRTP policy has %s %u, expected %u",
				 srtp_param_name[fixed[i].param], p->param[fixed[i].param], fixed[i].value);
			return false;
		}
	}
	if (authenticated && (p->param[SP_TAG_LEN] == 0 || p->param[SP_TAG_LEN] > SRTP_MAX_TAG_LEN)) {
		snprintf(why, SRTP_WHY_MAX, "the SRTP policy has %s %u, expected 1 to %u", srtp_param_name[SP_TAG_LEN],
			 p->param[SP_TAG_LEN], SRTP_MAX_TAG_LEN);
		return false;
	}
	return true;
}

static bool crypto_policy(srtp_crypto_policy_t *ret, const struct srtp_policy *p, char *why)
{
	unsigned services = sec_serv_none;

	if (!params_ok(p, why))
		return false;
	/* libsrtp derives keys for a cipher in any case; whether it is used the services say. */
	srtp_crypto_policy_t c = { .cipher_type = SRTP_AES_ICM_128, .cipher_key_len = MASTER_LEN };
	if (p->param[SP_SRTP_ENCRYPTED] != 0 && p->param[SP_ENCR_ALG] != SRTP_ENCR_NULL)
		services |= sec_serv_conf;
	if (p->param[SP_SRTP_AUTHENTICATED] != 0 && p->param[SP_AUTH_ALG] != SRTP_AUTH_NULL) {
		services |= sec_serv_auth;
		c.auth_type = SRTP_HMAC_SHA1;
		c.auth_key_len = 20;
		c.auth_tag_len = (int)p->param[SP_TAG_LEN];
	} else {
		c.auth_type = SRTP_NULL_AUTH;
	}
	c.sec_serv = (srtp_sec_serv_t)services;
	*ret = c;
	return true;
}

/* libsrtp2 has one kernel a process, and wants it to be started once. */
static srtp_err_status_t kernel = srtp_err_status_init_fail;

static void start_kernel(void)
{
	kernel = srtp_init();
}

bool srtp_session_prepare(void)
{
	static once_flag once = ONCE_FLAG_INIT;

	call_once(&once, start_kernel);
	return kernel == srtp_err_status_ok;
}

static const srtp_crypto_policy_t *policy_of(const struct srtp_session *s, uint32_t ssrc)
{
	for (size_t i = 0; i < s->n_streams; i++)
		if (s->ssrc[i] == ssrc)
			return &s->stream[i];
	return &s->other;
}

/* A stream, or with ssrc_any_inbound the pattern for those that nobody has spoken of. */
static bool add_stream(struct srtp_session *s, srtp_ssrc_type_t type, uint32_t ssrc)
{
	srtp_master_key_t *keys[] = { &s->key };
	srtp_policy_t policy = { .ssrc = { type, ssrc },
				 .rtp = type == ssrc_specific ? *policy_of(s, ssrc) : s->other,
				 .keys = keys,
				 .num_master_keys = 1,
				 .window_size = REPLAY_WINDOW };

	srtp_crypto_policy_set_null_cipher_hmac_null(&policy.rtcp); /* is not read here, and costs less */
	return srtp_add_stream(s->ctx, &policy) == srtp_err_status_ok;
}

/* Its place in s->waiting, or s->n_waiting. */
static size_t place_of(const struct srtp_session *s, uint32_t ssrc)
{
	size_t i = 0;

	while (i < s->n_waiting && s->waiting[i] != ssrc)
		i++;
	return i;
}

/*
 * To make a stream takes libsrtp2 long (Debian's starts NSS each time), so no packet that is not proven makes one, but for
 * a stream that is: of the others libsrtp makes a copy of the pattern when it has checked the tag.
 */
static bool add_waiting(struct srtp_session *s, uint32_t ssrc)
{
	if (s->n_waiting == SRTP_STREAMS_MAX || !add_stream(s, ssrc_specific, ssrc))
		return false;
	s->waiting[s->n_waiting++] = ssrc;
	return true;
}

int srtp_session_open(struct srtp_session **ret, const struct mtk_record *r, struct span mki, char *why)
{
	struct srtp_session *s = calloc(1, sizeof *s);
	bool good;

	if (s == NULL || mki.n > sizeof s->mki || !srtp_session_prepare() ||
	    srtp_create(&s->ctx, NULL) != srtp_err_status_ok) {
		snprintf(why, SRTP_WHY_MAX, "libsrtp2 or memory: a session cannot be made");
		free(s);
		return -ENOMEM;
	}
	struct wr master = WR(s->master);
	wr_bytes(&master, r->mtk.b, sizeof r->mtk.b);
	if (r->has_salt)
		wr_bytes(&master, r->salt, sizeof r->salt);
	memcpy(s->mki, mki.p, mki.n);
	s->key = (srtp_master_key_t){ .key = s->master, .mki_id = s->mki, .mki_size = (unsigned)mki.n };
	good = crypto_policy(&s->other, &r->policy, why);
	for (size_t i = 0; i < r->n_sessions && good; i++) {
		good = crypto_policy(&s->stream[i], &r->session[i].policy, why);
		s->ssrc[s->n_streams++] = r->session[i].ssrc;
	}
	if (!good) {
		srtp_session_close(s);
		return -ENOTSUP;
	}
	good = add_stream(s, ssrc_any_inbound, 0);
	for (size_t i = 0; i < s->n_streams && good; i++)
		good = place_of(s, s->ssrc[i]) < s->n_waiting || add_waiting(s, s->ssrc[i]);
	if (!good) {
		snprintf(why, SRTP_WHY_MAX, "libsrtp2: a stream cannot be made");
		srtp_session_close(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

void srtp_session_close(struct srtp_session *s)
{
	if (s == NULL)
		return;
	(void)srtp_dealloc(s->ctx);
	secret_wipe(s, sizeof *s);
	free(s);
}

size_t srtp_session_tag_len(const struct srtp_session *s, uint32_t ssrc)
{
	return (size_t)policy_of(s, ssrc)->auth_tag_len;
}

static enum srtp_verdict unprotect(struct srtp_session *s, uint8_t *packet, size_t *n)
{
	int length = (int)*n;

	srtp_err_status_t status = srtp_unprotect_mki(s->ctx, packet, &length, 1);

	if (status == srtp_err_status_ok) {
		*n = (size_t)length;
		return SRTP_GOOD;
	}
	if (status == srtp_err_status_replay_fail || status == srtp_err_status_replay_old ||
	    status == srtp_err_status_pkt_idx_old)
		return SRTP_REPLAYED;
	return SRTP_FORGED;
}

/* A wrong counter makes the tag wrong, and a packet with a wrong tag changes nothing. */
static enum srtp_verdict try_rocs(struct srtp_session *s, uint8_t *packet, size_t *n, uint32_t ssrc,
				  const struct srtp_rocs *rocs, uint32_t *ret_roc)
{
	for (size_t i = 0; i < rocs->n; i++) {
		if (srtp_set_stream_roc(s->ctx, ssrc, rocs->roc[i]) != srtp_err_status_ok ||
		    unprotect(s, packet, n) != SRTP_GOOD)
			continue;
		*ret_roc = rocs->roc[i];
		return SRTP_GOOD;
	}
	return SRTP_FORGED;
}

enum srtp_verdict srtp_session_unprotect(struct srtp_session *s, uint8_t *packet, size_t *n,
					 const struct srtp_rocs *rocs, uint32_t *ret_roc)
{
	struct rd r = rd_of(span_sub(span_of(packet, *n), SSRC_AT, 4));
	uint32_t ssrc = rd_u32(&r), unused;

	if (r.bad || *n > SRTP_PACKET_MAX)
		return SRTP_FORGED;
	bool made = srtp_get_stream_roc(s->ctx, ssrc, &unused) == srtp_err_status_ok;
	if (!made && rocs->known)
		made = add_waiting(s, ssrc);
	size_t at = place_of(s, ssrc);
	if (at < s->n_waiting) {
		enum srtp_verdict verdict = try_rocs(s, packet, n, ssrc, rocs, ret_roc);
		if (verdict == SRTP_GOOD)
			s->waiting[at] = s->waiting[--s->n_waiting];
		return verdict;
	}
	enum srtp_verdict verdict = unprotect(s, packet, n);
	if (verdict == SRTP_GOOD)
		*ret_roc = made ? rocs->roc[0] : 0;
	return verdict;
}
