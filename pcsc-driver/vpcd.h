/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What vsmartcard's vpcd and a card say to each other, as octets. No socket here.
 *
 *   +--------+--------+----------------------
 *   | length (16, BE) | payload ...
 *   +--------+--------+----------------------
 *
 * A payload of one octet from the reader is a control: 00 power off, 01 power on, 02 reset, 04 "what is your ATR?". Any
 * other is a command APDU. The card answers APDUs (R-APDU) and the ATR question (ATR), with the same framing, and
 * nothing else.
 */
#ifndef VUICC_VPCD_H
#define VUICC_VPCD_H

#include "../apdu/bytes.h"

enum {
	VPCD_PORT = 35963, /* 8C7B, where vpcd listens */
	VPCD_HEAD = 2,
	VPCD_PAYLOAD_MAX = UINT16_MAX,
};

enum vpcd_kind {
	VPCD_POWER_OFF,
	VPCD_POWER_ON,
	VPCD_RESET,
	VPCD_GET_ATR,
	VPCD_APDU,
	VPCD_UNKNOWN, /* a control nobody has defined: not answered */
};

struct vpcd_msg {
	enum vpcd_kind kind;
	struct span apdu; /* VPCD_APDU: all of its octets, which may be none */
};

/* Collects one message at a time; all zero to begin with. */
struct vpcd_in {
	uint8_t buf[VPCD_HEAD + VPCD_PAYLOAD_MAX];
	size_t n; /* collected so far */
	bool done; /* buf holds a message that was handed out */
};

/*
 * Takes octets from `octets`, as many as the message at hand still lacks. True when it is whole: *ret is set, and its
 * span stays good until the next call. False: all octets are taken and more are needed.
 */
VU_MUST_USE bool vpcd_take(struct vpcd_in *in, struct rd *octets, struct vpcd_msg *ret);

/* Wipes what was collected (an APDU may carry a PIN) and waits for a new message: for a new connection. */
void vpcd_clear(struct vpcd_in *in);

/* Appends one answer: an ATR or an R-APDU. */
void vpcd_put(struct wr *out, struct span answer);

#endif
