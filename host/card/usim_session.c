/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session with the USIM: found by EF_DIR, selected, PIN1 verified, all within one transaction; and what becomes of it
 * when the card is reset underneath. A reset takes selection, verification and any chain of blocks with it, so the whole
 * command is given once more; the reader may say that there was one (-ECONNRESET), or nobody does, and the card refuses
 * what it would not have refused.
 */
#include "usim_int.h"

#include <errno.h>
#include <stdio.h>

#include "../../apdu/tlv.h"

enum {
	FID_DIR = 0x2F00,
	KEY_REFERENCE_PIN1 = 0x01,
};

/* PIX 1002 = USIM, TS 101 220 Annex E. A SELECT with this much of the AID finds it where EF_DIR does not help. */
static const uint8_t usim_aid[] = { 0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02 };

bool usim_init(struct usim *u, struct card_if *card, const char *pin)
{
	size_t n = pin != NULL ? strlen(pin) : 0;

	*u = (struct usim){ .card = card };
	if (pin == NULL)
		return true;
	if (n < 4 || n > USIM_PIN_MAX || strspn(pin, "0123456789") != n)
		return false;
	memcpy(u->pin, pin, n + 1);
	return true;
}

void usim_wipe(struct usim *u)
{
	secret_wipe(u->pin, sizeof u->pin);
}

/* TS 102 221 11.1.2: STATUS tells the AID of the application that is selected, and changes nothing. */
static bool still_selected(struct usim *u)
{
	uint8_t buf[APDU_LE_MAX];
	struct wr w = WR(buf);
	struct span aid;
	sw_t sw = 0;
	const struct capdu status = { .cla = 0x80, .ins = 0xF2, .p2 = 0x01, .le = APDU_LE_MAX };

	return card_if_command(u->card, &status, &w, &sw) == 0 && sw_ok(sw) && tlv_find(wr_done(&w), 0x84, &aid) &&
	       span_starts(aid, span_of(u->aid, u->aid_len));
}

/* What a card may say of a command that it would have taken, had it not forgotten what was selected. */
static bool may_have_forgotten(sw_t sw)
{
	switch (sw) {
	case SW_SECURITY:
	case SW_CONDITIONS:
	case SW_NO_EF:
	case SW_FILE_NOT_FOUND:
	case SW_P1P2:
		return true;
	default:
		return false;
	}
}

int usim_command(struct usim *u, const struct capdu *c, struct wr *out, const char *what)
{
	sw_t sw = 0;
	int rc = card_if_command(u->card, c, out, &sw);

	if (rc != 0) {
		u->sw = 0;
		snprintf(u->why, sizeof u->why, "%s: %s", what, u->card->why);
		return rc;
	}
	u->sw = sw;
	rc = usim_errno(sw);
	if (rc != 0)
		snprintf(u->why, sizeof u->why, "%s: the card answers %04X (%s)", what, sw, sw_text(sw));
	/* The second time it is believed. */
	if (rc != 0 && u->selected && !u->again && may_have_forgotten(sw) && !still_selected(u))
		return -ECONNRESET;
	return rc;
}

int usim_nonsense(struct usim *u, const char *what)
{
	u->sw = 0;
	snprintf(u->why, sizeof u->why, "%s", what);
	return -EPROTO;
}

/* The AID in a record of EF_DIR, `61 L 4F L AID`, when it is a USIM's. */
static bool usim_in_record(struct span record, struct span *ret_aid)
{
	struct rd r = rd_of(record);
	struct tlv entry = rd_tlv(&r);

	return !r.bad && entry.tag == 0x61 && tlv_find(entry.v, 0x4F, ret_aid) && ret_aid->n <= 16 &&
	       span_starts(*ret_aid, SPAN(usim_aid));
}

static int find_usim(struct usim *u)
{
	uint8_t buf[APDU_LE_MAX];
	struct wr w = WR(buf);
	struct span descriptor, aid;

	memcpy(u->aid, usim_aid, sizeof usim_aid);
	u->aid_len = sizeof usim_aid;
	int rc = usim_select_file(u, FID_MF, &w, "SELECT MF");
	if (rc != 0)
		return rc;
	w = WR(buf);
	rc = usim_select_file(u, FID_DIR, &w, "SELECT EF_DIR");
	if (rc == -ENOENT)
		return 0;
	if (rc != 0)
		return rc;
	/* Descriptor of a linear file: two octets, record length(2), number of records. */
	if (!usim_fcp_find(wr_done(&w), 0x82, &descriptor) || descriptor.n != 5)
		return usim_nonsense(u, "EF_DIR is not a linear file");
	struct rd r = rd_of(span_sub(descriptor, 2, 3));
	uint16_t len = rd_u16(&r);
	uint8_t records = rd_u8(&r);
	for (unsigned i = 1; rc == 0 && i <= records && len <= APDU_LE_MAX; i++) {
		w = WR(buf);
		rc = usim_command(u, &(struct capdu){ .ins = 0xB2, .p1 = (uint8_t)i, .p2 = 0x04, .le = len }, &w,
				  "READ RECORD EF_DIR");
		if (rc == 0 && usim_in_record(wr_done(&w), &aid)) {
			memcpy(u->aid, aid.p, aid.n);
			u->aid_len = aid.n;
			return 0;
		}
	}
	return rc;
}

/* Whether PIN1 is on: the PIN status template C6, TS 102 221 9.5.2. Its n-th key reference has the n-th bit of 90. */
static bool pin1_is_on(struct span fcp)
{
	struct span ps_do, status = { 0 };
	size_t n = 0;

	if (!usim_fcp_find(fcp, 0xC6, &ps_do))
		return false;
	for (struct rd r = rd_of(ps_do); r.n != 0;) {
		struct tlv t = rd_tlv(&r);
		if (t.tag == 0x90)
			status = t.v;
		if (t.tag != 0x83)
			continue;
		if (t.v.n == 1 && t.v.p[0] == KEY_REFERENCE_PIN1) {
			struct rd bits = rd_of(span_sub(status, n / 8, 1));
			return (rd_u8(&bits) & 0x80 >> n % 8) != 0;
		}
		n++;
	}
	return false;
}

/* The card said no to the PIN, or must have. */
static int pin_is_wrong(struct usim *u)
{
	u->pin_refused = true;
	snprintf(u->why, sizeof u->why, "PIN1: the card has refused the PIN given; it is not tried again");
	return -EACCES;
}

/*
 * How many tries are left, before one is spent. A PIN that went out without an answer coming back may have cost one: if so
 * it was wrong.
 */
static int look_at_tries(struct usim *u)
{
	const struct capdu verify = { .ins = 0x20, .p2 = KEY_REFERENCE_PIN1 };
	struct wr nothing = { 0 };

	int rc = usim_command(u, &verify, &nothing, "VERIFY PIN1 (tries left)");
	if (rc != -EACCES)
		return u->sw == 0 ? rc : 0; /* the card does not say; VERIFY itself will */
	unsigned left = (u->sw & 0xFFF0) == SW_TRIES ? u->sw & 15 : 0;
	if (u->pin_unsure && left < u->pin_left)
		return pin_is_wrong(u);
	u->pin_left = left;
	if ((u->sw & 0xFFF0) == SW_TRIES && left < 2) {
		snprintf(u->why, sizeof u->why, "PIN1: one try is left, which is not spent");
		return rc;
	}
	return 0;
}

/* A wrong PIN costs the owner a try, so it is sent once, and never as the last one. */
static int verify_pin1(struct usim *u)
{
	uint8_t code[USIM_PIN_MAX];
	struct wr w = WR(code), nothing = { 0 };
	int rc = 0;

	if (u->pin[0] == '\0')
		return 0; /* what needs no PIN still works; the rest says 6982 */
	if (u->pin_refused)
		return pin_is_wrong(u);
	if (!u->pin_good)
		rc = look_at_tries(u);
	if (rc != 0)
		return rc;
	wr_str(&w, u->pin);
	wr_pad(&w, 0xFF);
	const struct capdu verify = { .ins = 0x20, .p2 = KEY_REFERENCE_PIN1, .data = SPAN(code) };
	u->pin_good = false;
	u->pin_unsure = true;
	rc = usim_command(u, &verify, &nothing, "VERIFY PIN1");
	secret_wipe(code, sizeof code);
	u->pin_unsure = rc != 0 && u->sw == 0;
	u->pin_good = rc == 0;
	u->pin_refused = rc == -EACCES;
	return rc;
}

int usim_select(struct usim *u)
{
	uint8_t fcp[APDU_LE_MAX];
	struct wr w = WR(fcp);
	const struct capdu select = {
		.ins = 0xA4, .p1 = 0x04, .p2 = 0x04, .data = span_of(u->aid, u->aid_len), .le = APDU_LE_MAX
	};

	int rc = usim_command(u, &select, &w, "SELECT USIM");
	if (rc == 0 && pin1_is_on(wr_done(&w)))
		rc = verify_pin1(u);
	u->selected = rc == 0;
	return rc;
}

int usim_end(struct usim *u, int rc)
{
	u->selected = false;
	u->card->ops->end(u->card);
	return rc;
}

int usim_take_card(struct usim *u, const char *iccid)
{
	if (u->iccid[0] != '\0' && strcmp(iccid, u->iccid) != 0) {
		u->sw = 0;
		snprintf(u->why, sizeof u->why, "expected the card with ICCID %s, found %s", u->iccid, iccid);
		u->card->ops->disconnect(u->card);
		return -ENOMEDIUM;
	}
	if (strcmp(u->pin_iccid, iccid) != 0)
		u->pin_refused = u->pin_unsure = false;
	snprintf(u->pin_iccid, sizeof u->pin_iccid, "%s", iccid);
	snprintf(u->iccid, sizeof u->iccid, "%s", iccid);
	return 0;
}

/* Behind a reset there may be another card, put in faster than the reader looks. It is not for this command. */
static int same_card(struct usim *u)
{
	char iccid[USIM_ICCID_MAX];

	if (u->iccid[0] == '\0')
		return 0;
	int rc = usim_read_iccid(u, iccid);
	return rc == 0 ? usim_take_card(u, iccid) : rc;
}

int usim_open(struct usim *u)
{
	int rc = u->card->ops->begin(u->card);

	u->sw = 0;
	u->selected = false;
	if (rc != 0) {
		snprintf(u->why, sizeof u->why, "%s", u->card->why);
		return rc;
	}
	if (u->again)
		rc = same_card(u);
	return rc != 0 ? usim_end(u, rc) : 0;
}

int usim_begin(struct usim *u)
{
	int rc = usim_open(u);

	if (rc != 0)
		return rc;
	rc = usim_select(u);
	return rc != 0 ? usim_end(u, rc) : 0;
}

bool usim_once_more(struct usim *u, int *rc)
{
	bool more = *rc == -ECONNRESET && !u->again;

	u->again = more;
	if (*rc == -ECONNRESET && !more)
		*rc = -EBUSY; /* whoever resets it keeps it busy */
	return more;
}

static bool has_usim(struct card_if *card)
{
	struct usim probe;

	return usim_init(&probe, card, NULL) && find_usim(&probe) == 0 && usim_select(&probe) == 0;
}

int usim_connect(struct usim *u)
{
	int rc = u->card->ops->connect(u->card, has_usim);

	if (rc == -EALREADY)
		return rc;
	u->pin_good = u->again = u->selected = false;
	u->iccid[0] = '\0';
	if (rc != 0) {
		u->sw = 0;
		snprintf(u->why, sizeof u->why, "%s", u->card->why);
		return rc;
	}
	do {
		rc = usim_open(u);
		if (rc == 0)
			rc = usim_end(u, find_usim(u));
	} while (usim_once_more(u, &rc));
	return rc;
}
