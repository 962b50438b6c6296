/* SPDX-License-Identifier: Apache-2.0 */
/* Command APDUs as octets (ISO 7816-4 clause 5.1, TS 102 221 clause 10.1): the class octet, the four cases, short lengths. */
#ifndef VUICC_APDU_H
#define VUICC_APDU_H

#include "bytes.h"

enum {
	APDU_DATA_MAX = 255, /* Lc, TS 102 221 10.1.5 */
	APDU_LE_MAX = 256, /* Le = 00 */
	CAPDU_MAX = 4 + 1 + APDU_DATA_MAX + 1,
	RAPDU_MAX = APDU_LE_MAX + 2,
	CLA_GSM = 0xA0, /* TS 51.011 clause 9.2, on the basic channel alone */
	INS_SELECT = 0xA4,
	INS_READ_BINARY = 0xB0,
	INS_GET_RESPONSE = 0xC0,
	INS_SUSPEND_UICC = 0x76,
	APDU_CHANNELS = 20, /* logical channels 0 to 19, TS 102 221 10.1.1 */
};

/*
 * A command APDU. `data` borrows from the octets it was parsed from.
 * le: 0 = absent, else 1..256. With five octets, case 2 is assumed (Le in P3), so P3 = 00 reads as le = 256; a command
 * that has no output takes that as "no data" (TS 102 221 10.1.5: case 1 over T=0).
 */
struct capdu {
	uint8_t cla, ins, p1, p2;
	struct span data;
	uint16_t le;
};

/* What a class octet says: TS 102 221 tables 10.3 and 10.4a. */
struct apdu_class {
	bool known; /* one of 0X, 4X, 6X, 8X, CX, EX */
	uint8_t channel; /* 0..19 */
	uint8_t base; /* 00 or 80: the class without channel and secure messaging bits */
	bool secure; /* secure messaging is asked for */
};

/* False unless the octets are one whole short APDU of case 1, 2, 3 or 4. */
VU_MUST_USE bool capdu_parse(struct capdu *c, struct span octets);

/* Appends the command: case by data.n and le. data longer than 255 octets, or le over 256, makes `out` bad. */
void capdu_put(struct wr *out, const struct capdu *c);

struct apdu_class apdu_class_of(uint8_t cla);

/* A class octet for a logical channel; base 00 or 80. */
uint8_t apdu_class_for(uint8_t base, uint8_t channel);

/* The class of the GET RESPONSE that fetches the answer to a command of this class: same channel, base 00; A0 for A0. */
uint8_t apdu_get_response_class(uint8_t cla);

#endif
