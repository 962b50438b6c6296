/* SPDX-License-Identifier: Apache-2.0 */
/* The procedures behind AUTHENTICATE: AKA, GBA_U, MBMS. */
#ifndef VUICC_AUTH_INT_H
#define VUICC_AUTH_INT_H

#include "../apdu/auth.h"
#include "app.h"
#include "crypto/aka.h"

/* Numbers in EF_UST, TS 31.102 4.2.8, and in EF_IST, TS 31.103 4.2.7. */
enum {
	UST_GSM_ACCESS = 27,
	UST_GSM_CONTEXT = 38,
	UST_GBA = 68,
	UST_MBMS = 69,
	IST_GBA = 2,
};

/*
 * Checks a challenge, spends its SQN (staged) and fills keys. 9000 with *ret_auts_len 0; 9000 with AUTS in ret_auts and
 * *ret_auts_len 14 when the SQN is not fresh, nothing changed; 9862 when the MAC is wrong, nothing changed (decision 3).
 */
VU_MUST_USE sw_t aka_challenge(struct uicc *u, const struct auth_challenge *a, enum aka_mask mask,
			       struct aka_keys *keys, uint8_t ret_auts[static AUTS_LEN], size_t *ret_auts_len);

/* GSM context: no AUTN, no SQN. */
VU_MUST_USE sw_t aka_gsm_context(struct uicc *u, const uint8_t rand[static 16], struct aka_keys *keys);

/* TS 31.102 7.1.1.4 and 7.1.1.5, within the application adf. */
VU_MUST_USE sw_t gba_bootstrap(struct uicc *u, uint16_t adf, const struct auth_challenge *a, struct wr *out);
VU_MUST_USE sw_t gba_naf_derivation(struct uicc *u, uint16_t adf, const struct auth_naf *a, struct wr *out);

/* TS 31.102 7.1.1.6 to 7.1.1.9: the whole MBMS data object in, the whole answer object out. */
VU_MUST_USE sw_t mbms_command(struct uicc *u, uint16_t adf, struct span object, struct wr *out);

#endif
