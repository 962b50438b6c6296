/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PIN that guards the selected application. It is verified only when it was given, once, and never when that try could
 * be the last: nobody's card is blocked by a script that needs a PIN.
 */
#include "run_int.h"

#include "../../apdu/tlv.h"

#include <stdio.h>

enum {
	INS_STATUS = 0xF2,
	INS_VERIFY = 0x20,
	PIN1_REFERENCE = 0x01, /* TS 102 221 table 9.3: 01 to 08 are applications' PINs, 11 is the universal PIN */
	PIN8_REFERENCE = 0x08,
	PIN_UNIVERSAL = 0x11,
	PIN_LEN = 8,
	TRIES_TO_SPARE = 2, /* one for us, one for the user */
	SFI_GUARDED = 0x07, /* EF_IMSI (TS 31.102 4.2.2), EF_IST (TS 31.103 4.2.7): readable with the PIN alone */
	TAG_FCP = 0x62,
	TAG_PIN_STATUS = 0xC6, /* TS 102 221 11.1.1.4.10 */
	TAG_PS_DO = 0x90,
	TAG_KEY_REFERENCE = 0x83,
};

static bool guards_applications(uint8_t reference)
{
	return (reference >= PIN1_REFERENCE && reference <= PIN8_REFERENCE) || reference == PIN_UNIVERSAL;
}

/* TS 102 221 9.5.2: a bit for each key reference, in their order, from b8 of the first octet; set: the PIN is on. */
static uint8_t first_that_is_on(struct span template)
{
	struct rd r = rd_of(template), bits = { 0 };
	uint8_t octet = 0;

	for (unsigned n = 0; r.n != 0 && !r.bad;) {
		struct tlv object = rd_tlv(&r);
		struct rd value = rd_of(object.v);
		if (object.tag == TAG_PS_DO)
			bits = value;
		if (object.tag != TAG_KEY_REFERENCE)
			continue;
		if (n % 8 == 0)
			octet = rd_u8(&bits);
		uint8_t reference = rd_u8(&value);
		if ((octet >> (7 - n % 8) & 1) != 0 && guards_applications(reference))
			return reference;
		n++;
	}
	return PIN1_REFERENCE;
}

/* Which PIN it is: the FCP of the current directory says so, and PIN1 where it does not. */
static enum run_result find_reference(struct run *r, uint8_t *ret)
{
	const struct capdu status = { .cla = 0x80, .ins = INS_STATUS, .le = APDU_LE_MAX };
	struct span fcp, template;
	sw_t sw = 0;
	enum run_result result = run_ask(r, &status, &sw);

	*ret = PIN1_REFERENCE;
	if (result == RUN_PASSED && sw == SW_OK && tlv_find(span_of(r->rapdu, r->n_rapdu - 2), TAG_FCP, &fcp) &&
	    tlv_find(fcp, TAG_PIN_STATUS, &template))
		*ret = first_that_is_on(template);
	return result;
}

/* How many tries there are, by a VERIFY that is none (TS 102 221 11.1.9.1). */
static enum run_result ask_tries(struct run *r, const char *name, struct capdu *verify)
{
	char text[RUN_TEXT_MAX];
	sw_t sw = 0;
	enum run_result result = run_ask(r, verify, &sw);

	if (result != RUN_PASSED)
		return result;
	if (sw == SW_OK || sw == SW_INVALIDATED) {
		snprintf(text, sizeof text, "%s of the card is off, and what it guards cannot be read all the same",
			 name);
		return run_end(r, RUN_NOT_APPLICABLE, text);
	}
	if ((sw & 0xFFF0) == SW_TRIES && (sw & 0x0F) >= TRIES_TO_SPARE)
		return RUN_PASSED;
	snprintf(text, sizeof text, "%s is blocked, or its next try might be the last: it is not made", name);
	return run_end(r, RUN_BROKEN, text);
}

enum run_result run_need_pin(struct run *r)
{
	const struct capdu guarded = { .ins = INS_READ_BINARY, .p1 = 0x80 | SFI_GUARDED, .le = 1 };
	struct capdu verify = { .ins = INS_VERIFY };
	char name[sizeof "PIN-XX"] = "PIN1", text[RUN_TEXT_MAX];
	struct span pin;
	sw_t sw = 0;
	enum run_result result = run_ask(r, &guarded, &sw);

	if (result != RUN_PASSED || sw != SW_SECURITY)
		return result;
	result = find_reference(r, &verify.p2);
	if (result != RUN_PASSED)
		return result;
	if (verify.p2 != PIN1_REFERENCE)
		snprintf(name, sizeof name, "PIN-%02X", verify.p2);
	if (!value_get(&r->vars, span_str(name), &pin) || pin.n != PIN_LEN) {
		snprintf(text, sizeof text, "%s of the card is on, and was not given (--pin %02X=DIGITS)", name,
			 verify.p2);
		return run_end(r, RUN_NOT_APPLICABLE, text);
	}
	result = ask_tries(r, name, &verify);
	if (result != RUN_PASSED)
		return result;
	verify.data = pin;
	result = run_ask(r, &verify, &sw);
	snprintf(text, sizeof text, "the card refuses %s (%04X); no further try is made", name, sw);
	return result != RUN_PASSED || sw == SW_OK ? result : run_end(r, RUN_BROKEN, text);
}
