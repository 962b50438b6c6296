/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the keys are (TS 33.246 clause 6.1): on the UICC when it does GBA_U and MBMS, else in this ME. What differs between
 * the two is here, and nowhere else in the agent.
 *
 *   services 68 and 69   AUTN*, Ks on the card     MUK = Ks_int_NAF, MSKs on the card    MRK = Ks_ext_NAF
 *   68 alone             AUTN*, Ks on the card     MUK = Ks_ext_NAF, MSKs in the ME      MRK of decision 31
 *   none                 AUTN, Ks in the ME        MUK = Ks_NAF, MSKs in the ME          MRK of decision 31
 */
#include "agent_int.h"

#include <errno.h>

#include "../../card/crypto/kdf.h"
#include "me_keys.h"

bool agent_keys_in_me(const struct agent *a)
{
	return !(a->id.gba && a->id.mbms);
}

/* --- bootstrapping --- */

int agent_keys_challenge(struct agent *a, struct usim_aka *ret)
{
	const struct auth_challenge *challenge = &a->work->gba.challenge;

	if (a->id.gba)
		return usim_gba_bootstrap(a->usim, challenge, ret);
	int rc = usim_3g_authenticate(a->usim, challenge, ret);
	if (rc == 0 && !ret->sync_failure)
		gba_ks(&a->work->ks, &ret->ck, &ret->ik);
	return rc;
}

const char *agent_keys_disbelief(const struct agent *a)
{
	if (a->id.gba)
		return "the card does not believe the BSF (its MAC): another K, or the BSF sends a plain AUTN because "
		       "it "
		       "takes the card for one without GBA_U";
	return "the card does not believe the BSF (its MAC): another K, or the BSF sends AUTN* because it takes the "
	       "card for "
	       "one with GBA_U";
}

enum agent_end agent_keys_bootstrapped(struct agent *a, const struct keystore_gba *gba)
{
	int rc = a->id.gba ? usim_gbabp_write(a->usim, gba->rand, gba->btid, gba->lifetime) : 0;

	if (rc != 0)
		return agent_card_failed(a, rc, NULL);
	rc = a->id.gba ? keystore_put_gba(a->store, gba) : keystore_put_gba_me(a->store, gba, &a->work->ks);
	if (rc != 0)
		return agent_store_failed(a);
	a->gba_until = gba->expires * 1000;
	return AGENT_OK;
}

enum agent_end agent_keys_recall(struct agent *a)
{
	struct keystore_gba gba;
	int rc = keystore_gba(a->store, &gba);

	a->gba_until = rc == 0 ? gba.expires * 1000 : 0;
	return rc == 0 || rc == -ENOENT ? AGENT_OK : agent_store_failed(a);
}

void agent_keys_expire(struct agent *a)
{
	if (a->gba_until == 0 || a->env->now(a->env->ctx) < a->gba_until)
		return;
	a->gba_until = 0;
	if (keystore_drop_gba(a->store) != 0)
		(void)agent_store_failed(a);
	else
		AGENT_LOG(a, "bootstrap-over", LOG_TEXT("impi", a->impi));
}

/* --- keys of the NAF --- */

/* -EPERM, as on the card, when there is no Ks. */
static int derive_from_ks(struct agent *a, const struct keystore_gba *gba, struct span naf_id, struct key256 *ret)
{
	struct key256 ks _secret256_ = { 0 };
	int rc = keystore_ks(a->store, &ks);

	if (rc == 0)
		gba_ks_ext_naf(a->prim, ret, &ks, SPAN(gba->rand), span_str(a->impi), naf_id);
	return rc == -ENOENT ? -EPERM : rc;
}

enum agent_end agent_keys_derive(struct agent *a, const struct keystore_gba *gba, struct key256 *ret_mrk,
				 bool *ret_no_ks)
{
	struct key256 ks_naf _secret256_ = { 0 };
	uint8_t buf[MBMS_NAF_ID_MAX];
	struct span naf_id = mbms_naf_id(buf, a->naf_fqdn);
	int rc = a->id.gba ? usim_naf_key(a->usim, naf_id, span_str(a->impi), &ks_naf)
			   : derive_from_ks(a, gba, naf_id, &ks_naf);

	*ret_no_ks = rc == -EPERM;
	if (*ret_no_ks)
		return AGENT_FAILED;
	if (rc != 0)
		return a->id.gba ? agent_card_failed(a, rc, NULL) : agent_store_failed(a);
	if (agent_keys_in_me(a)) {
		rc = me_keys_take(a->store, a->prim, a->naf_fqdn, gba->btid, &ks_naf, ret_mrk);
	} else {
		*ret_mrk = ks_naf;
		rc = keystore_put_naf_key(a->store, a->naf_fqdn, ret_mrk);
	}
	return rc == 0 ? AGENT_OK : agent_store_failed(a);
}

/* --- messages --- */

static int64_t seconds(struct agent *a)
{
	return a->env->now(a->env->ctx) / 1000;
}

/*
 * The newest key of a NAF went with the card when it was taken out, and the card is back: that key has to be known before a
 * message is judged, or the one before would pass for the newest (decision 14). What cannot be derived now stays unknown. A
 * new bootstrapping alone derives nothing: as on a card, the BM-SC may use the last one until it is asked under the new one.
 */
static void recall_newest(struct agent *a)
{
	struct keystore_muk newest __attribute__((cleanup(keystore_muk_wipe))) = { 0 };
	struct key256 mrk _secret256_ = { 0 };
	struct keystore_gba gba;
	bool no_ks;

	if (keystore_muk(a->store, span_str(a->naf_fqdn), false, &newest) == -ENOENT &&
	    keystore_gba(a->store, &gba) == 0 && gba.expires > seconds(a))
		(void)agent_keys_derive(a, &gba, &mrk, &no_ks);
}

int agent_keys_msk(struct agent *a, struct span octets, const struct mikey *m, struct wr *ack,
		   enum mgv_verdict *ret_verdict)
{
	if (agent_keys_in_me(a)) {
		recall_newest(a);
		return me_keys_msk_message(a->store, a->prim, m, seconds(a), ack, ret_verdict);
	}
	int rc = usim_msk_update(a->usim, octets, ack);
	if (rc == 0)
		*ret_verdict = mikey_is_pull(m) ? MGV_PULL : MGV_STORED;
	return rc;
}

int agent_keys_mtk(struct agent *a, struct span octets, const struct mikey *m, struct usim_mtk *ret)
{
	struct mgv_mtk mtk __attribute__((cleanup(mgv_mtk_wipe))) = { 0 };

	if (!agent_keys_in_me(a))
		return usim_mtk_generate(a->usim, octets, ret);
	int rc = me_keys_mtk_message(a->store, a->prim, m, seconds(a), &mtk);
	if (rc != 0)
		return rc;
	*ret = (struct usim_mtk){ .mtk = mtk.mtk, .has_salt = mtk.has_salt };
	memcpy(ret->salt, mtk.salt, sizeof ret->salt);
	return 0;
}

void agent_keys_note(struct agent *a, const struct mikey *m)
{
	const struct keystore_msk msk = { .key = m->key, .ts = m->ts, .when = seconds(a), .sp = m->sp };
	int rc = 0;

	if (agent_keys_in_me(a))
		return;
	if (m->kind == MIKEY_IS_MTK)
		rc = keystore_took_mtk(a->store, &m->key, seconds(a));
	else if (!mikey_is_pull(m))
		rc = agent_notes_put(a, &msk);
	if (rc != 0)
		(void)agent_store_failed(a);
}
