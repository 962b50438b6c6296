/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PINs (TS 102 221 clauses 9.4 and 9.5): a try is spent, durably, before the code is looked at.
 *
 * A reference is one of table 9.3: PIN and PIN2 of an application, ADM1 to ADM10, the universal PIN. What a PIN has given
 * is the same on all logical channels. Every sw_t here may also be 6A88, no such PIN, and 6581, the store failed: then
 * the caller learns nothing about the code.
 */
#ifndef VUICC_PIN_H
#define VUICC_PIN_H

#include "uicc_int.h"

/*
 * Whether the condition "this PIN" holds: verified, or switched off. A PIN that is switched off in favour of the
 * universal PIN holds when that one does. Unknown references never hold.
 */
bool pin_satisfied(const struct uicc *u, uint8_t reference);

/* Whether there is this PIN and it is switched on. */
bool pin_enabled(const struct uicc *u, uint8_t reference);

/* The reference of the PIN (not PIN2) of the application that this ADF belongs to. */
uint8_t pin_of_application(const struct uicc *u, uint16_t adf);

/* 63CX or 6983: how many tries, or unblocking tries, are left. */
VU_MUST_USE sw_t pin_query(const struct uicc *u, uint8_t reference);
VU_MUST_USE sw_t pin_query_unblock(const struct uicc *u, uint8_t reference);

/*
 * Each compares `code` (8 octets, FF at the end) and acts when it is right: 9000, else 63CX with the tries left, which
 * also takes back what the PIN had given. 6983 blocked; 6984 the PIN is switched off, or is on already. New values must
 * be 4 to 8 digits and FF (those of ADMs: any), else 6A80 before a try is spent.
 *
 * A right code always leaves the PIN verified if it is on, with all its tries (decision 55).
 */
VU_MUST_USE sw_t pin_verify(struct uicc *u, uint8_t reference, struct span code);
VU_MUST_USE sw_t pin_change(struct uicc *u, uint8_t reference, struct span code, struct span fresh);
VU_MUST_USE sw_t pin_enable(struct uicc *u, uint8_t reference, struct span code);
/* by_universal: the universal PIN is to stand in for it. 6A81 for PIN2s and ADMs: they cannot be switched off. */
VU_MUST_USE sw_t pin_disable(struct uicc *u, uint8_t reference, bool by_universal, struct span code);
/* Compares with the unblocking code, whose tries are counted apart; a wrong one changes nothing else. */
VU_MUST_USE sw_t pin_unblock(struct uicc *u, uint8_t reference, struct span puk, struct span fresh);

/* The applications that have a session on some channel: bit n for application n. */
unsigned pin_sessions(const struct uicc *u);

/*
 * These had one before. With an application's last session, what its PIN and PIN2 gave ends; the universal PIN and ADMs
 * belong to no application (TS 102 221 9.4.1).
 */
void pin_sessions_over(struct uicc *u, unsigned before);

/*
 * The PIN status template DO in the FCP of directory `no`, TS 102 221 9.5.2: which PINs there are and which are on.
 * Inside an application its own, outside those of all; then the universal PIN and the ADMs.
 */
void pin_put_status(const struct uicc *u, struct wr *out, uint16_t no);

#endif
