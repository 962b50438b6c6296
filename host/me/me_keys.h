/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key management in the ME (GBA_ME, and GBA_U with a UICC that has no MBMS security): TS 33.246 clause 6.1. What the UICC
 * does elsewhere, with the rules it does it by (crypto/mgv.h) and the key store in the place of its files.
 *
 * MUK = Ks_NAF, or Ks_ext_NAF from a UICC; a MUK made from Ks_int_NAF never comes here, and a message under one cannot be
 * opened here. Each message is one transaction of the key store: what is handed out has been stored before, and what
 * could not be stored is not handed out.
 */
#ifndef VUICC_ME_KEYS_H
#define VUICC_ME_KEYS_H

#include "keystore.h"

/*
 * Ks_(ext_)NAF of the NAF fqdn (Ua security protocol: MBMS), derived in the bootstrapping with this B-TID: becomes the
 * newest candidate for the MUK, with the counter it has when it came before; the MRK of it (decision 31) is stored and
 * given. 0 or an -errno of the key store.
 */
int me_keys_take(struct keystore *k, struct prim *p, const char *fqdn, const char *btid, const struct key256 *ks_naf,
		 struct key256 *ret_mrk);

/*
 * An MSK message or solicited pull. 0 with MGV_STORED, MGV_PULL or MGV_WITHDRAWN in *ret_verdict; the verification message
 * is appended to ack when the V bit is set. now: seconds since 1970.
 *
 * -errno as usim_msk_update() has them: -EBADMSG MAC wrong, -ESTALE replayed, -ENOKEY no MUK for its (IDi, IDr), -EPERM an
 * MSK under a MUK that a newer one replaces, -EINVAL content. All others are of the key store (keystore_why()). On any of
 * them nothing has changed.
 */
int me_keys_msk_message(struct keystore *k, struct prim *p, const struct mikey *m, int64_t now, struct wr *ack,
			enum mgv_verdict *ret_verdict);

/* An MTK message likewise; -ENOKEY no such MSK, -EPERM nothing left in its interval. */
int me_keys_mtk_message(struct keystore *k, struct prim *p, const struct mikey *m, int64_t now, struct mgv_mtk *ret);

/* Whether -errno of the two is a verdict on the message, not a failure of the key store. */
bool me_keys_is_verdict(int rc);

#endif
