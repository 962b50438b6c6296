/* SPDX-License-Identifier: Apache-2.0 */
/* Faults in authentication vectors. */
#include "fault_int.h"

void vector_autn(const struct fault *f, const struct net_env *env, const struct subscriber *s, struct auc_vector *v)
{
	struct aka_secret secret __attribute__((cleanup(aka_secret_wipe))) = s->secret;
	struct aka_keys keys __attribute__((cleanup(aka_keys_wipe))) = v->keys;
	uint64_t sqn = auc_sqn(s);
	bool star = s->gba_u;

	switch ((enum fault_autn)f->arg) {
	case AUTN_PLAIN:
		star = false;
		break;
	case AUTN_STAR:
		star = true;
		break;
	case AUTN_FOREIGN: /* somebody else's K */
		*(secret.algorithm == AKA_TUAK ? secret.tuak.k.b : secret.k.b) ^= 1;
		aka_f2345(env->prim, &keys, &secret, v->rand);
		break;
	case AUTN_OLD:
		sqn = 0;
		break;
	}
	aka_autn(env->prim, v->autn, &secret, &keys, v->rand, sqn, s->amf, star ? AKA_GBA_U : AKA_PLAIN);
}
