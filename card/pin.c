/* SPDX-License-Identifier: Apache-2.0 */
#include "pin.h"

#include "../apdu/tlv.h"
#include "fs.h"

enum { DIGITS_MIN = 4, PAD = 0xFF };

static bool load(const struct uicc *u, struct pin_desc *pin, uint8_t reference)
{
	return pin_desc_parse(pin, nv_get(u->nv, OBJ(OBJ_PIN, reference)));
}

static bool store(struct uicc *u, const struct pin_desc *pin, uint8_t reference)
{
	struct secret_buf octets _secret_buf_;
	struct wr w = WR(octets.b);

	pin_desc_put(&w, pin);
	nv_put(u->nv, OBJ(OBJ_PIN, reference), wr_done(&w));
	return nv_commit(u->nv);
}

static void set_verified(struct uicc *u, uint8_t reference, bool on)
{
	uint8_t bit = (uint8_t)(1u << reference % 8);

	if (on)
		u->verified[reference / 8] |= bit;
	else
		u->verified[reference / 8] &= (uint8_t)~bit;
}

static bool verified(const struct uicc *u, uint8_t reference)
{
	return (u->verified[reference / 8] >> reference % 8 & 1) != 0;
}

static bool is_application_pin(uint8_t reference)
{
	return reference >= PIN_APPL_1 && reference <= PIN_APPL_8;
}

static bool is_adm(uint8_t reference)
{
	uint8_t first = reference & (uint8_t)~PIN_SECOND;

	return first >= PIN_ADM1 && first <= PIN_ADM5;
}

/* The application that a file lies in; 0 outside of all. */
static uint8_t application_of(const struct uicc *u, uint16_t no)
{
	while (fs_is_df(u, no) && u->file[no].type != FILE_ADF)
		no = u->file[no].parent;
	return fs_is_df(u, no) ? u->file[no].application : 0;
}

uint8_t pin_of_application(const struct uicc *u, uint16_t adf)
{
	return application_of(u, adf);
}

/*
 * TS 102 221 9.4.1 and its table of security environments: rules that name the universal PIN count in SE 00 alone, where
 * the application's own PIN is off and the universal PIN stands in for it or is off, too. Without this, a rule "PIN or
 * universal PIN" would be open to all whenever the universal PIN is off.
 */
static bool security_environment_00(const struct uicc *u, const struct pin_desc *universal)
{
	struct pin_desc own _secret_pin_ = { 0 };
	uint8_t application = application_of(u, u->now.df);

	if (!load(u, &own, application != 0 ? application : PIN_APPL_1))
		return true; /* no PIN of its own: the universal one is all there is */
	return !own.enabled && (own.by_universal || !universal->enabled);
}

bool pin_satisfied(const struct uicc *u, uint8_t reference)
{
	struct pin_desc pin _secret_pin_ = { 0 }, universal _secret_pin_ = { 0 };

	if (!load(u, &pin, reference))
		return false;
	if (reference == PIN_UNIVERSAL && !security_environment_00(u, &pin))
		return false;
	if (pin.enabled)
		return verified(u, reference);
	if (!pin.by_universal || !load(u, &universal, PIN_UNIVERSAL))
		return true;
	return !universal.enabled || verified(u, PIN_UNIVERSAL);
}

bool pin_enabled(const struct uicc *u, uint8_t reference)
{
	struct pin_desc pin _secret_pin_ = { 0 };

	return load(u, &pin, reference) && pin.enabled;
}

static sw_t tries_left(uint8_t tries)
{
	return tries != 0 ? SW_TRIES | (tries & 0x0F) : SW_BLOCKED;
}

sw_t pin_query(const struct uicc *u, uint8_t reference)
{
	struct pin_desc pin _secret_pin_ = { 0 };

	return load(u, &pin, reference) ? tries_left(pin.tries) : SW_DATA_NOT_FOUND;
}

sw_t pin_query_unblock(const struct uicc *u, uint8_t reference)
{
	struct pin_desc pin _secret_pin_ = { 0 };

	if (!load(u, &pin, reference) || pin.puk_tries_max == 0)
		return SW_DATA_NOT_FOUND;
	return tries_left(pin.puk_tries);
}

/* TS 102 221 9.5.1: 4 to 8 digits, filled up with FF. The coding of an ADM is its owner's affair. */
static bool well_formed(uint8_t reference, struct span code)
{
	size_t digits = 0;

	if (is_adm(reference))
		return true;
	while (digits < code.n && code.p[digits] >= '0' && code.p[digits] <= '9')
		digits++;
	return digits >= DIGITS_MIN && span_all(span_sub(code, digits, code.n), PAD);
}

/* Fills pin; 9000 when it is there, has tries left and is on or off as wanted. */
static sw_t load_for_try(const struct uicc *u, struct pin_desc *pin, uint8_t reference, bool enabled)
{
	if (!load(u, pin, reference))
		return SW_DATA_NOT_FOUND;
	if (pin->tries == 0)
		return SW_BLOCKED;
	return pin->enabled == enabled ? SW_OK : SW_INVALIDATED;
}

/* Spends a try, then compares. The tries that a right code gives back are in pin, for the caller to store with the rest. */
static sw_t try_code(struct uicc *u, struct pin_desc *pin, uint8_t reference, struct span code)
{
	set_verified(u, reference, false);
	pin->tries--;
	if (!store(u, pin, reference))
		return SW_MEMORY_PROBLEM;
	if (!ct_eq(pin->code, code.p, sizeof pin->code))
		return SW_TRIES | pin->tries;
	pin->tries = pin->tries_max;
	return SW_OK;
}

/* Stores what a right code has made of the PIN. */
static sw_t accept(struct uicc *u, const struct pin_desc *pin, uint8_t reference)
{
	if (!store(u, pin, reference))
		return SW_MEMORY_PROBLEM;
	set_verified(u, reference, pin->enabled);
	return SW_OK;
}

sw_t pin_verify(struct uicc *u, uint8_t reference, struct span code)
{
	struct pin_desc pin _secret_pin_ = { 0 };
	sw_t sw = load_for_try(u, &pin, reference, true);

	if (sw == SW_OK)
		sw = try_code(u, &pin, reference, code);
	return sw == SW_OK ? accept(u, &pin, reference) : sw;
}

sw_t pin_change(struct uicc *u, uint8_t reference, struct span code, struct span fresh)
{
	struct pin_desc pin _secret_pin_ = { 0 };
	sw_t sw = load_for_try(u, &pin, reference, true);

	if (sw == SW_OK && !well_formed(reference, fresh))
		sw = SW_DATA;
	if (sw == SW_OK)
		sw = try_code(u, &pin, reference, code);
	if (sw != SW_OK)
		return sw;
	memcpy(pin.code, fresh.p, sizeof pin.code);
	return accept(u, &pin, reference);
}

sw_t pin_enable(struct uicc *u, uint8_t reference, struct span code)
{
	struct pin_desc pin _secret_pin_ = { 0 };
	sw_t sw = load_for_try(u, &pin, reference, false);

	if (sw == SW_OK)
		sw = try_code(u, &pin, reference, code);
	if (sw != SW_OK)
		return sw;
	pin.enabled = true;
	pin.by_universal = false;
	return accept(u, &pin, reference);
}

sw_t pin_disable(struct uicc *u, uint8_t reference, bool by_universal, struct span code)
{
	struct pin_desc pin _secret_pin_ = { 0 }, universal _secret_pin_ = { 0 };
	sw_t sw = load_for_try(u, &pin, reference, true);

	if (sw == SW_OK && !is_application_pin(reference) && reference != PIN_UNIVERSAL)
		sw = SW_FUNCTION;
	if (sw == SW_OK && by_universal && !load(u, &universal, PIN_UNIVERSAL))
		sw = SW_DATA_NOT_FOUND;
	if (sw == SW_OK)
		sw = try_code(u, &pin, reference, code);
	if (sw != SW_OK)
		return sw;
	pin.enabled = false;
	pin.by_universal = by_universal;
	return accept(u, &pin, reference);
}

sw_t pin_unblock(struct uicc *u, uint8_t reference, struct span puk, struct span fresh)
{
	struct pin_desc pin _secret_pin_ = { 0 };

	if (!load(u, &pin, reference) || pin.puk_tries_max == 0)
		return SW_DATA_NOT_FOUND;
	if (pin.puk_tries == 0)
		return SW_BLOCKED;
	if (!well_formed(reference, fresh))
		return SW_DATA;

	pin.puk_tries--;
	if (!store(u, &pin, reference))
		return SW_MEMORY_PROBLEM;
	if (!ct_eq(pin.puk, puk.p, sizeof pin.puk))
		return SW_TRIES | pin.puk_tries;
	pin.puk_tries = pin.puk_tries_max;
	pin.tries = pin.tries_max;
	memcpy(pin.code, fresh.p, sizeof pin.code);
	pin.enabled = true;
	pin.by_universal = false;
	return accept(u, &pin, reference);
}

unsigned pin_sessions(const struct uicc *u)
{
	unsigned sessions = 0;

	for (size_t i = 0; i < VU_COUNT(u->chan); i++)
		if (u->chan[i].open && u->chan[i].adf != FILE_NONE)
			sessions |= 1u << application_of(u, u->chan[i].adf);
	return sessions;
}

void pin_sessions_over(struct uicc *u, unsigned before)
{
	unsigned over = before & ~pin_sessions(u);

	for (uint8_t n = 1; n <= APPLICATIONS; n++) {
		if ((over >> n & 1) == 0)
			continue;
		set_verified(u, n, false);
		set_verified(u, n | PIN_SECOND, false);
	}
}

enum { REFERENCES_MAX = 2 * APPLICATIONS + 1 + 2 * (PIN_ADM5 - PIN_ADM1 + 1) };

static void add_reference(const struct uicc *u, struct wr *references, uint8_t reference)
{
	if (nv_get(u->nv, OBJ(OBJ_PIN, reference)).p != NULL)
		wr_u8(references, reference);
}

static void list_references(const struct uicc *u, struct wr *references, uint8_t application)
{
	for (uint8_t n = 1; n <= APPLICATIONS; n++) {
		if (application != 0 && application != n)
			continue;
		add_reference(u, references, n);
		add_reference(u, references, n | PIN_SECOND);
	}
	add_reference(u, references, PIN_UNIVERSAL);
	for (uint8_t adm = PIN_ADM1; adm <= PIN_ADM5; adm++)
		add_reference(u, references, adm);
	for (uint8_t adm = PIN_ADM6; adm <= PIN_ADM10; adm++)
		add_reference(u, references, adm);
}

/* Usage qualifier of the universal PIN: 08 when it stands in for the PIN of the application (of any, outside), else 00. */
static uint8_t universal_usage(const struct uicc *u, uint8_t application)
{
	for (uint8_t n = 1; n <= APPLICATIONS; n++) {
		struct pin_desc pin _secret_pin_ = { 0 };
		if ((application == 0 || application == n) && load(u, &pin, n) && !pin.enabled && pin.by_universal)
			return 0x08;
	}
	return 0x00;
}

void pin_put_status(const struct uicc *u, struct wr *out, uint16_t no)
{
	uint8_t application = application_of(u, no), reference[REFERENCES_MAX];
	uint8_t ps[(REFERENCES_MAX + 7) / 8] = { 0 };
	struct wr w = WR(reference);

	list_references(u, &w, application);
	for (size_t i = 0; i < w.n; i++) {
		struct pin_desc pin _secret_pin_ = { 0 };
		if (load(u, &pin, reference[i]) && pin.enabled)
			ps[i / 8] |= (uint8_t)(0x80 >> i % 8);
	}
	size_t template = wr_tlv_open(out, 0xC6);
	wr_tlv(out, 0x90, span_of(ps, w.n != 0 ? (w.n + 7) / 8 : 1));
	for (size_t i = 0; i < w.n; i++) {
		uint8_t usage = universal_usage(u, application);
		if (reference[i] == PIN_UNIVERSAL) /* no other PIN needs telling */
			wr_tlv(out, 0x95, span_of(&usage, 1));
		wr_tlv(out, 0x83, span_of(&reference[i], 1));
	}
	wr_tlv_close(out, template);
}
