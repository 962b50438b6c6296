/* SPDX-License-Identifier: Apache-2.0 */
/* Class A0: the card as a SIM, TS 51.011. Off unless the profile says otherwise; then A0 is a class like any unknown one. */
#ifndef VUICC_GSM_H
#define VUICC_GSM_H

#include "uicc_int.h"

extern const struct cmd gsm_cmds[];
extern const size_t gsm_cmds_n;

/* The command of this INS in class A0, or NULL. */
const struct cmd *gsm_find(uint8_t ins);

/* How TS 51.011 clause 9.4 says what the rest of the card says with this status word. */
sw_t gsm_sw(sw_t sw);

#endif
