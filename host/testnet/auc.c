/* SPDX-License-Identifier: Apache-2.0 */
#include "auc.h"

#include <stdio.h>

#include "fault.h"
#include "state.h"

bool auc_is_imsi(const char *text)
{
	size_t n = strlen(text);

	return n >= IMSI_DIGITS_LEAST && n <= IMSI_DIGITS && strspn(text, "0123456789") == n;
}

bool auc_impi(char ret[static IMPI_MAX], const char *imsi, unsigned mnc_length)
{
	int mnc_digits = (int)mnc_length;
	/* A MNC of two digits gets a 0 in front. */
	int n = snprintf(ret, IMPI_MAX, "%s@ims.mnc%s%.*s.mcc%.3s.3gppnetwork.org", imsi, mnc_length == 2 ? "0" : "",
			 mnc_digits, imsi + 3, imsi);
	return n > 0 && n < IMPI_MAX;
}

uint64_t auc_sqn(const struct subscriber *s)
{
	return s->seq << AUC_IND_BITS | s->ind;
}

void auc_set_sqn(struct subscriber *s, uint64_t sqn)
{
	s->seq = sqn >> AUC_IND_BITS & AUC_SEQ_MAX;
	s->ind = (uint8_t)(sqn % AUC_INDS);
}

bool auc_vector(struct subscriber *s, const struct net_env *env, struct auc_vector *ret)
{
	if (s->seq == AUC_SEQ_MAX)
		return false;
	s->seq++;
	s->ind = (uint8_t)((s->ind + 1) % AUC_INDS);

	if (!STATE_PUT(env, put_sqn, s)) /* before anybody sees it: a SQN never goes out twice */
		return false;
	env->random(env->ctx, ret->rand, sizeof ret->rand);
	aka_f2345(env->prim, &ret->keys, &s->secret, ret->rand);
	aka_autn(env->prim, ret->autn, &s->secret, &ret->keys, ret->rand, auc_sqn(s), s->amf,
		 s->gba_u ? AKA_GBA_U : AKA_PLAIN);
	fault_vector(env, s, ret);
	return prim_ok(env->prim);
}

/* The next SQN is one that a USIM at seq_ms takes: nothing is to be set right (TS 33.102 6.3.5, step 3). */
static bool in_range(const struct subscriber *s, uint64_t seq_ms)
{
	return s->seq >= seq_ms && s->seq - seq_ms < AUC_SEQ_DELTA;
}

bool auc_resync(struct subscriber *s, const struct net_env *env, const uint8_t rand[static AKA_RAND_LEN],
		const uint8_t auts[static AKA_AUTS_LEN])
{
	uint64_t sqn_ms;

	if (!aka_auts_open(env->prim, &sqn_ms, &s->secret, rand, auts))
		return false;
	if (!in_range(s, sqn_ms >> AUC_IND_BITS))
		auc_set_sqn(s, sqn_ms);
	return true;
}
