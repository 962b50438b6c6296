/* SPDX-License-Identifier: Apache-2.0 */
#include "pin.h"

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

bool pin_satisfied(const struct uicc *u, uint8_t reference)
{
	struct pin_desc pin _secret_pin_ = { 0 };

	if (!load(u, &pin, reference))
		return false;
	return !pin.enabled || (u->verified[reference / 8] >> reference % 8 & 1) != 0;
}

sw_t pin_query(const struct uicc *u, uint8_t reference)
{
	struct pin_desc pin _secret_pin_ = { 0 };

	if (!load(u, &pin, reference))
		return SW_DATA_NOT_FOUND;
	return pin.tries != 0 ? SW_TRIES | (pin.tries & 15) : SW_BLOCKED;
}

sw_t pin_verify(struct uicc *u, uint8_t reference, struct span code)
{
	struct pin_desc pin _secret_pin_ = { 0 };

	if (!load(u, &pin, reference))
		return SW_DATA_NOT_FOUND;
	if (code.n != sizeof pin.code)
		return SW_WRONG_LENGTH;
	if (pin.tries == 0)
		return SW_BLOCKED;
	if (!pin.enabled)
		return SW_INVALIDATED;

	set_verified(u, reference, false);
	pin.tries--;
	if (!store(u, &pin, reference))
		return SW_MEMORY_PROBLEM;
	if (!ct_eq(pin.code, code.p, sizeof pin.code))
		return SW_TRIES | pin.tries;
	pin.tries = pin.tries_max;
	if (!store(u, &pin, reference))
		return SW_MEMORY_PROBLEM;
	set_verified(u, reference, true);
	return SW_OK;
}
