/* SPDX-License-Identifier: Apache-2.0 */
/*
 * APDUs as GSMTAP messages (libosmocore's gsmtap.h; UDP port 4729), in the one form that Wireshark's gsm_sim dissector
 * reads: a TPDU of T=0, as it would stand in a trace of the card's contacts (TS 102 221 clause 7.3.1.1):
 *
 *   CLA INS P1 P2 P3 ‖ data of the one direction that has any ‖ SW1 SW2
 *
 * A command with data both ways, which a card in this process answers at once, becomes the two that it would be there:
 * the command, answered with 61XX, and GET RESPONSE. Pure octets.
 */
#ifndef VUICC_GSMTAP_H
#define VUICC_GSMTAP_H

#include "../../apdu/apdu.h"

enum {
	GSMTAP_PORT = 4729,
	GSMTAP_SIM_MAX = 16 + CAPDU_MAX + RAPDU_MAX, /* octets of a message */
};

/*
 * Appends the messages of an exchange to out[0] and, where there are two, out[1]; returns how many there are. No answer
 * (0 octets): the card was gone. What is no APDU stands there as it is.
 */
size_t gsmtap_put_sim(struct wr out[static 2], struct span capdu, struct span rapdu);

#endif
