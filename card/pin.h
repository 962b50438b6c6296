/* SPDX-License-Identifier: Apache-2.0 */
/* PINs (TS 102 221 clause 9.5): a try is spent, durably, before the code is looked at. */
#ifndef VUICC_PIN_H
#define VUICC_PIN_H

#include "uicc_int.h"

/* Whether the condition "this PIN" holds: verified since the last reset, or switched off. Unknown references never do. */
bool pin_satisfied(const struct uicc *u, uint8_t reference);

/* Compares; 9000, 63CX with the tries left, 6983 blocked, 6984 switched off, 6A88 no such PIN, 6581. */
VU_MUST_USE sw_t pin_verify(struct uicc *u, uint8_t reference, struct span code);

/* 63CX or 6983: how many tries are left. */
VU_MUST_USE sw_t pin_query(const struct uicc *u, uint8_t reference);

#endif
