/* SPDX-License-Identifier: Apache-2.0 */
/* The AuC: subscribers, their authentication vectors and sequence numbers (TS 33.102 clause 6.3 and Annex C). */
#ifndef VUICC_TESTNET_AUC_H
#define VUICC_TESTNET_AUC_H

#include "../../card/crypto/aka.h"
#include "env.h"

enum {
	AUC_IND_BITS = 5, /* SQN = SEQ(43) ‖ IND(5), decision 4 */
	AUC_INDS = 1 << AUC_IND_BITS,
};
#define AUC_SEQ_MAX ((UINT64_C(1) << 43) - 1)
#define AUC_SEQ_DELTA (UINT64_C(1) << 28) /* a USIM takes no greater jump, decision 4 */

struct subscriber {
	char imsi[IMSI_MAX];
	char impi[IMPI_MAX]; /* IMSI@ims.mncXXX.mccXXX.3gppnetwork.org */
	struct aka_secret secret;
	uint8_t amf[AKA_AMF_LEN];
	bool gba_u; /* says the GUSS: AUTN* on Ub */
	bool mbms_uicc; /* says the USS for MBMS: MUK and MSKs are on the UICC; only with gba_u */
	uint64_t seq; /* of the last vector */
	uint8_t ind;
};
SECRET_STRUCT(subscriber)

struct auc_vector {
	uint8_t rand[AKA_RAND_LEN];
	uint8_t autn[AKA_AUTN_LEN]; /* AUTN* for a GBA_U subscriber */
	struct aka_keys keys; /* XRES, CK, IK */
};
SECRET_STRUCT(auc_vector)

enum { IMSI_DIGITS_LEAST = 6, IMSI_DIGITS = IMSI_MAX - 1 };
VU_MUST_USE bool auc_is_imsi(const char *text);

/* "001010123456789@ims.mnc001.mcc001.3gppnetwork.org" (TS 23.003 clause 13.3). mnc_length: 2 or 3 digits of imsi. */
VU_MUST_USE bool auc_impi(char ret[static IMPI_MAX], const char *imsi, unsigned mnc_length);

/* SQN as 48 bits, SEQ ‖ IND, to and from a subscriber. */
uint64_t auc_sqn(const struct subscriber *s);
void auc_set_sqn(struct subscriber *s, uint64_t sqn);

/*
 * The next vector, with the next SQN: SEQ + 1, IND the next of the round (TS 33.102 C.1.1.3). False at the end of SEQ,
 * which must not start again (C.3.2), when it cannot be stored, or when a primitive failed.
 */
VU_MUST_USE bool auc_vector(struct subscriber *s, const struct net_env *env, struct auc_vector *ret);

/*
 * Resynchronisation with the AUTS that answered a challenge with this RAND (TS 33.102 6.3.5). False when its MAC-S is
 * wrong; the SQN is then as it was.
 */
VU_MUST_USE bool auc_resync(struct subscriber *s, const struct net_env *env, const uint8_t rand[static AKA_RAND_LEN],
			    const uint8_t auts[static AKA_AUTS_LEN]);

#endif
