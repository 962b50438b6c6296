/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an APDU holds that nobody is to read in a capture: PINs always, keys unless they are asked for. Such octets become
 * MASK; tags and lengths around them stay. Pure octets.
 *
 *   PIN   data of VERIFY, CHANGE, DISABLE, ENABLE and UNBLOCK PIN (TS 102 221 11.1.9 to 11.1.13), whatever the class
 *   key   answers to AUTHENTICATE (TS 31.102 7.1.2): RES, CK, IK, Kc, Ks_ext_NAF, MTK and its salt; AUTS and the
 *         verification message of an MSK are none; and what is read from and written to the EFs in which an ME keeps CK, IK
 *         and Kc (TS 31.102 4.2, 4.4.3, 4.4.11)
 */
#ifndef VUICC_MASK_H
#define VUICC_MASK_H

#include "../../apdu/apdu.h"

enum { MASK = '*' };

/* What the next answer on a channel is, by the command before: GET RESPONSE and blocks of INS 89 bring it later. */
enum mask_answer {
	MASK_NOTHING,
	MASK_VALUES, /* DB L value…, or DC L AUTS */
	MASK_OBJECT, /* 53 L DB value */
	MASK_ALL, /* of what layout ever */
};

/* What was selected last on a channel. */
struct mask_file {
	uint16_t df; /* 0 = the MF, or an application */
	uint16_t ef; /* 0 = none, or one by its SFI that has no keys */
};

struct mask {
	bool keys; /* keys are to be shown */
	enum mask_answer answer[APDU_CHANNELS];
	struct mask_file file[APDU_CHANNELS];
};

/* Appends the command, as long as it came. One that is no APDU is masked but for its header. */
void mask_command(struct mask *m, struct wr *out, struct span capdu);

/* Appends the answer to this command, of which mask_command() was told. Its status word is never masked. */
void mask_answer(struct mask *m, struct wr *out, struct span capdu, struct span rapdu);

/*
 * Appends one octet of what mask_command() or mask_answer() appended: two digits, or ** where `withheld`, that is where
 * anything of the whole was masked, and it looks like the mask. That includes a secret octet that happens to be the same.
 */
void mask_put_octet(struct wr *out, struct span octet, bool withheld);

#endif
