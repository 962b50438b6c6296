/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every status word of AUTHENTICATE in the GBA and MBMS contexts (TS 31.102 7.3), provoked: a row is a mode and a
 * condition. And whatever is refused has changed nothing in the store.
 */
#include <stdio.h>

#include "card_fixture.h"
#include "tests/cu.h"

enum mode { BOOT, NAF, MSK, MTK, MSK_DEL, MUK_DEL, MODES };

enum condition {
	SUCCESS,
	PIN_NOT_VERIFIED,
	SERVICE_OFF,
	MALFORMED,
	WRONG_P2,
	WRONG_P1,
	WRONG_MAC,
	STALE,
	CONDITIONS_OF_USE,
	NOT_FOUND,
	NO_ROOM,
	NO_ROOM_FOR_MUK,
	STORE_FAILS,
	NO_APPLICATION,
};

static const struct span naf = { (const uint8_t *)FIXTURE_NAF, sizeof FIXTURE_NAF - 1 };
static const struct span other_naf = { (const uint8_t *)"other.home1.net\x01\x00\x00\x00\x01", 20 };

/* What is sent: good unless something here says otherwise. */
struct attempt {
	uint8_t p1, p2; /* added to the right ones, as bits */
	bool cut, forged;
	uint64_t sqn;
	uint32_t ts;
	uint16_t group, mtk_id;
	const char *btid;
	struct key256 muk;
	struct span naf_id;
};

static struct attempt good(const struct key256 *muk)
{
	return (struct attempt){
		.sqn = 0x60, .ts = 2, .group = 1, .mtk_id = 5, .btid = FIXTURE_BTID, .muk = *muk, .naf_id = naf
	};
}

/* The data of a mode: for GBA as they are, for MBMS what stands behind the mode octet. */
static void put_data(struct card *c, struct wr *w, enum mode mode, const struct attempt *a)
{
	const struct auth_naf request = { .naf_id = a->naf_id, .impi = span_str(FIXTURE_IMPI) };
	const struct muk_id id = { .idr = span_str(a->btid), .idi = a->naf_id };
	struct delivery d = delivery_of(&a->muk, a->btid, a->ts);
	struct auth_challenge challenge;

	switch (mode) {
	case BOOT:
		fixture_challenge(c, &challenge, a->sqn, AKA_GBA_U);
		auth_bootstrap_put(w, &challenge);
		break;
	case NAF:
		auth_naf_put(w, &request);
		break;
	case MSK:
		d.group = a->group;
		d.idi = a->naf_id;
		wr_span(w, msk_message(c, &d));
		break;
	case MTK:
		wr_span(w, mtk_message(c, a->group, 1, 0xA1, a->mtk_id, a->ts));
		break;
	case MSK_DEL:
		wr_span(w, SPAN(((const uint8_t[]){ 0x00, 0xF1, 0x10 })));
		wr_u16(w, a->group);
		break;
	case MUK_DEL:
	case MODES:
	default:
		wr_muk_id(w, &id);
		break;
	}
	if (a->forged)
		w->p[w->n - 1] ^= 1;
	if (a->cut)
		w->n--;
}

/* Sends it; for MBMS the status word of the fetching when the data were taken. */
static sw_t send(struct card *c, enum mode mode, const struct attempt *a)
{
	static const uint8_t octet[] = { [MSK] = 1, [MTK] = 2, [MSK_DEL] = 3, [MUK_DEL] = 4 };
	uint8_t b[APDU_DATA_MAX], object[APDU_DATA_MAX];
	struct wr w = WR(b), whole = WR(object);

	put_data(c, &w, mode, a);
	if (mode == BOOT || mode == NAF)
		return card_command(c, 0x00, INS_AUTHENTICATE, a->p1, AUTH_GBA | a->p2, wr_done(&w), APDU_LE_MAX);
	auth_mbms_put(&whole, octet[mode], wr_done(&w));
	CU_ASSERT_FALSE(whole.bad);
	sw_t sw =
		card_command(c, 0x00, INS_AUTHENTICATE_ODD, BLOCK_FIRST | a->p1, AUTH_MBMS | a->p2, wr_done(&whole), 0);
	return sw == SW_RESPONSE_AVAILABLE ? card_hex(c, "0089a08500") : sw;
}

/* A card with Ks, a NAF key, its MUK in use, MSK 00010001 with SEQ 0 to 100. */
static struct card *provisioned(const struct card_options *o, struct key256 *muk)
{
	struct card *c = card_new(o);

	if (o->pin1_enabled) {
		CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
		CU_ASSERT_EQUAL(card_hex(c, "0020000108 31323334ffffffff"), SW_OK);
	}
	card_provision(c, 0x20, FIXTURE_BTID, naf, muk);
	const struct delivery d = delivery_of(muk, FIXTURE_BTID, 1);
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	return c;
}

static struct key256 derive_other(struct card *c)
{
	struct key256 muk;

	card_provision(c, 0x40, FIXTURE_BTID, other_naf, &muk);
	return muk;
}

/* 6985: no Ks; a MUK that is superseded; an MSK that is used up. */
static struct card *out_of_conditions(enum mode mode, struct key256 *muk, struct attempt *a)
{
	const struct card_options none = { 0 };
	struct card *c;

	if (mode == NAF) {
		c = card_new(NULL);
		CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
		return c;
	}
	c = provisioned(&none, muk);
	*a = good(muk);
	if (mode == MSK) {
		const struct auth_naf request = { .naf_id = naf, .impi = span_str("other@impi") };
		uint8_t b[APDU_DATA_MAX];
		struct wr w = WR(b);
		CU_ASSERT_EQUAL(card_write_btid(c, "new@bsf"), SW_OK);
		auth_naf_put(&w, &request);
		CU_ASSERT_EQUAL(card_command(c, 0x00, 0x88, 0x00, 0x84, wr_done(&w), APDU_LE_MAX), SW_OK);
	} else {
		a->mtk_id = 100;
		CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 100, 1), SW_OK);
	}
	return c;
}

/* A card on which the attempt meets the condition. */
static struct card *prepare(enum mode mode, enum condition condition, struct attempt *a)
{
	const struct card_options o = {
		.pin1_enabled = condition == PIN_NOT_VERIFIED,
		.msk_records = condition == NO_ROOM ? 1 : 0,
		.muk_records = condition == NO_ROOM_FOR_MUK ? 1 : 0,
	};
	static const struct card_options off = { .without_gba = true, .without_mbms = true };
	struct key256 muk = { { 0 } };
	struct card *c;

	*a = good(&muk);
	if (condition == CONDITIONS_OF_USE)
		return out_of_conditions(mode, &muk, a);
	if (condition == SERVICE_OFF) {
		c = card_new(&off);
		CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
		return c;
	}
	c = provisioned(&o, &muk);
	*a = good(&muk);
	if (condition == PIN_NOT_VERIFIED || condition == NO_APPLICATION)
		card_power_cycle(c);
	if (condition == PIN_NOT_VERIFIED)
		CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	a->cut = condition == MALFORMED;
	a->forged = condition == WRONG_MAC;
	a->p2 = condition == WRONG_P2 ? 0x02 | (mode == BOOT || mode == NAF ? 0x01 : 0x40) : 0;
	a->p1 = condition == WRONG_P1 ? 0x01 : 0;
	if (condition == STALE) {
		a->sqn = 0x20;
		a->ts = 1;
		if (mode == MTK)
			CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 4, 1), SW_OK);
	}
	if (condition == NOT_FOUND) {
		a->btid = "nobody@bsf";
		a->group = 9;
	}
	if (condition == NO_ROOM)
		a->group = 2;
	if (condition == NO_ROOM_FOR_MUK) {
		a->muk = derive_other(c);
		a->naf_id = other_naf;
	}
	if (condition == STORE_FAILS)
		nv_mem_fail_after(c->nv, 0);
	return c;
}

static const char *const mode_names[] = { "bootstrapping",  "NAF derivation", "MSK update",
					  "MTK generation", "MSK deletion",   "MUK deletion" };

/* Columns by mode; 0: the condition cannot be. */
static const struct {
	enum condition condition;
	const char *name;
	sw_t sw[MODES];
} rows[] = {
	{ SUCCESS, "success", { 0x9000, 0x9000, 0x9000, 0x9000, 0x9000, 0x9000 } },
	{ NO_APPLICATION, "no application", { 0x6982, 0x6982, 0x6982, 0x6982, 0x6982, 0x6982 } },
	{ PIN_NOT_VERIFIED, "PIN not verified", { 0x6982, 0x6982, 0x6982, 0x6982, 0x6982, 0x6982 } },
	{ SERVICE_OFF, "service off", { 0x9864, 0x9864, 0x9864, 0x9864, 0x9864, 0x9864 } },
	{ MALFORMED, "malformed data", { 0x6A80, 0x6A80, 0x6A80, 0x6A80, 0x6A80, 0x6A80 } },
	{ WRONG_P1, "P1 wrong", { 0x6A86, 0x6A86, 0x6A86, 0x6A86, 0x6A86, 0x6A86 } },
	{ WRONG_P2, "P2 wrong", { 0x6A86, 0x6A86, 0x6A86, 0x6A86, 0x6A86, 0x6A86 } },
	{ WRONG_MAC, "MAC wrong", { 0x9862, 0, 0x9862, 0x9862, 0, 0 } },
	{ CONDITIONS_OF_USE, "conditions of use", { 0, 0x6985, 0x6985, 0x6985, 0, 0 } },
	{ NOT_FOUND, "referenced data not found", { 0, 0, 0x6A88, 0x6A88, 0x6A88, 0x6A88 } },
	{ STALE, "freshness", { 0x9000 /* with AUTS */, 0, 0x9865, 0x9865, 0, 0 } },
	{ NO_ROOM, "no room for the MSK", { 0, 0, 0x9866, 0, 0, 0 } },
	{ NO_ROOM_FOR_MUK, "no room in EF_MUK", { 0, 0, 0x9867, 0, 0, 0 } },
	{ STORE_FAILS, "NVM failure", { 0x6581, 0x6581, 0x6581, 0x6581, 0x6581, 0x6581 } },
};

static void check(enum mode mode, size_t row)
{
	struct attempt a;
	struct card *c = prepare(mode, rows[row].condition, &a);
	struct nv_mem *before = nv_mem_copy(c->nv);
	const sw_t sw = send(c, mode, &a);

	CU_ASSERT_EQUAL(sw, rows[row].sw[mode]);
	if (sw != rows[row].sw[mode])
		fprintf(stderr, "%s, %s: expected %04X, got %04X\n", mode_names[mode], rows[row].name,
			rows[row].sw[mode], sw);
	CU_ASSERT(rows[row].condition == SUCCESS || nv_mem_equal(before, c->nv));
	if (rows[row].condition == STALE && mode == BOOT) {
		CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_SYNC_FAILURE);
	} else if (rows[row].condition != SUCCESS) {
		CU_ASSERT_EQUAL(c->n, 0);
	}
	nv_mem_close(before);
	card_free(c);
}

static void every_condition_in_every_mode(void)
{
	unsigned provoked = 0;

	for (size_t row = 0; row < VU_COUNT(rows); row++) {
		for (unsigned mode = 0; mode < MODES; mode++) {
			if (rows[row].sw[mode] == 0)
				continue;
			check((enum mode)mode, row);
			provoked++;
		}
	}
	CU_ASSERT_EQUAL(provoked, 63);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "every status word of TS 31.102 7.3, mode by condition", every_condition_in_every_mode },
	};

	return CU_RUN("status words of AUTHENTICATE", tests);
}
