/* SPDX-License-Identifier: Apache-2.0 */
/*
 * USIM and ISIM beside each other on cards made from profiles (TS 31.102, TS 31.103): whose contexts, whose files, whose
 * keys; and what is left of a card whose profile does without GBA, MBMS or ISIM.
 */
#include <stdio.h>
#include <stdlib.h>

#include "card/perso/profile.h"
#include "card_fixture.h"
#include "tests/cu.h"

#define SW(c, hex, sw) CU_ASSERT_EQUAL(card_hex(c, hex), sw)

static const struct span naf = { (const uint8_t *)FIXTURE_NAF, sizeof FIXTURE_NAF - 1 };

static bool some_random(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	memset(out, 0x5A, n);
	return true;
}

/* A card from card/profiles/NAME. */
static struct card *card_of(const char *name)
{
	static const struct uicc_env env = { .random = some_random };
	char path[256];
	struct profile *p = NULL;
	struct profile_error e;
	const struct nv_item *items;
	const char *why = NULL;
	struct card *c = calloc(1, sizeof *c);
	size_t n;

	snprintf(path, sizeof path, VUICC_SOURCE_DIR "/card/profiles/%s", name);
	CU_ASSERT_EQUAL_FATAL(profile_load(&p, path, &e), 0);
	CU_ASSERT_EQUAL_FATAL(profile_build(p, &items, &n, &e), 0);
	c->nv = nv_mem_open();
	c->prim = prim_open();
	CU_ASSERT_TRUE(nv_mem_ops.apply(c->nv, items, n));
	profile_close(p);
	c->u = uicc_open(&nv_mem_ops, c->nv, &env, &why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c->u);
	c->t0 = t0_open(c->u);
	return c;
}

static sw_t select_isim(struct card *c)
{
	return card_hex(c, "00a4040407 a0000000871004");
}

/* The ISIM's EF_GBABP has its own identifier. */
static sw_t write_isim_btid(struct card *c)
{
	SW(c, "00a4000c02 6fd5", SW_OK);
	return card_hex(c, "00d6001107 0578406273 66 00");
}

static bool is_free(struct card *c, uint16_t fid, unsigned record)
{
	return card_read(c, fid, record) == SW_OK && span_all(card_answer(c), 0xFF);
}

static void decision_54(void)
{
	struct card *c = card_of("usim-gba.yaml");

	CU_ASSERT_EQUAL(card_aka(c, 0x20), SW_SECURITY); /* no ADF */
	CU_ASSERT_EQUAL(select_isim(c), SW_OK);
	SW(c, "0088008011 10 23553cbe9637a89d218ae64dae47bf35 00", SW_P1P2);
	SW(c, "0089808508 5306 03 00f110 0001", SW_P1P2);
	SW(c, "0088008201 00", SW_AUTH_CONTEXT); /* HTTP Digest, which it could have */
	SW(c, "0089808601 00", SW_AUTH_CONTEXT);
	CU_ASSERT_EQUAL(card_aka(c, 0x20), SW_OK);
	CU_ASSERT_EQUAL(c->n, 1 + 9 + 17 + 17); /* no Kc, whatever bit 27 of EF_IST may be */
	CU_ASSERT_EQUAL(card_aka(c, 0x20), SW_OK);
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_SYNC_FAILURE);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_aka(c, 0x20), SW_OK); /* one SQN array */
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_SYNC_FAILURE);
	card_free(c);
}

static void each_application_has_its_own_ks_and_files(void)
{
	struct card *c = card_of("usim-gba.yaml");

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_bootstrap(c, 0x20), SW_OK);
	CU_ASSERT_EQUAL(card_write_btid(c, FIXTURE_BTID), SW_OK);
	CU_ASSERT_EQUAL(select_isim(c), SW_OK);
	CU_ASSERT_EQUAL(write_isim_btid(c), SW_OK);
	CU_ASSERT_EQUAL(card_derive(c, naf), SW_CONDITIONS); /* the Ks is the USIM's */
	CU_ASSERT_EQUAL(card_bootstrap(c, 0x40), SW_OK);
	CU_ASSERT_EQUAL(write_isim_btid(c), SW_OK);
	CU_ASSERT_EQUAL(card_derive(c, naf), SW_OK);
	CU_ASSERT_FALSE(is_free(c, 0x6FD7, 1)); /* EF_GBANL here */
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_TRUE(is_free(c, 0x6FD7, 1)); /* EF_MSK here */
	CU_ASSERT_TRUE(is_free(c, 0x6FDA, 1));
	CU_ASSERT_EQUAL(card_derive(c, naf), SW_OK); /* B-TID and Ks are untouched */
	card_free(c);
}

static void msks_go_to_the_usim_whatever_stands_in_the_isim(void)
{
	struct key256 muk;
	struct card *c = card_of("usim-gba.yaml");

	CU_ASSERT_EQUAL(select_isim(c), SW_OK);
	CU_ASSERT_EQUAL(card_bootstrap(c, 0x20), SW_OK);
	CU_ASSERT_EQUAL(write_isim_btid(c), SW_OK);
	CU_ASSERT_EQUAL(card_derive(c, naf), SW_OK);
	card_provision(c, 0x40, FIXTURE_BTID, naf, &muk);
	const struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	CU_ASSERT_FALSE(is_free(c, 0x6FD7, 1));
	CU_ASSERT_EQUAL(c->n, 20);
	CU_ASSERT_EQUAL(card_mtk(c, 1, 1, 0xA1, 5, 1), SW_OK);
	CU_ASSERT_EQUAL(select_isim(c), SW_OK);
	CU_ASSERT_EQUAL(card_read(c, 0x6FD7, 1), SW_OK);
	CU_ASSERT(c->n == 192 && c->answer[0] == 0x80); /* still a NAF_ID */
	card_free(c);
}

static void a_key_of_the_isim_is_no_muk(void)
{
	struct card *c = card_of("usim-gba.yaml");
	struct key256 muk;

	/* The network's Ks_int_NAF of the ISIM's run, under the ISIM's B-TID: the USIM knows neither. */
	card_provision(c, 0x20, FIXTURE_BTID, naf, &muk);
	CU_ASSERT_EQUAL(select_isim(c), SW_OK);
	CU_ASSERT_EQUAL(card_bootstrap(c, 0x40), SW_OK);
	CU_ASSERT_EQUAL(write_isim_btid(c), SW_OK);
	CU_ASSERT_EQUAL(card_derive(c, naf), SW_OK);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	const struct delivery d = delivery_of(&muk, "x@bsf", 1);
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_DATA_NOT_FOUND);
	card_free(c);
}

static void without_gba_there_is_no_gba(void)
{
	static const uint16_t fids[] = { 0x6FD6, 0x6FD7, 0x6FD8, 0x6FDA, 0x6F0A, 0x5F3A, 0x5FC0 };
	struct card *c = card_of("usim-plain.yaml");

	CU_ASSERT_EQUAL(select_isim(c), SW_FILE_NOT_FOUND);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_bootstrap(c, 0x20), SW_AUTH_CONTEXT);
	CU_ASSERT_EQUAL(card_derive(c, naf), SW_AUTH_CONTEXT);
	SW(c, "0089808508 5306 03 00f110 0001", SW_AUTH_CONTEXT);
	for (size_t i = 0; i < VU_COUNT(fids); i++)
		CU_ASSERT_EQUAL(card_read(c, fids[i], 0), SW_FILE_NOT_FOUND);
	CU_ASSERT_EQUAL(card_aka(c, 0x20), SW_OK);
	CU_ASSERT_EQUAL(c->n, 1 + 9 + 17 + 17 + 9); /* Kc */
	card_free(c);
}

static void without_mbms_there_is_gba_alone(void)
{
	struct card *c = card_of("usim-gba-only.yaml");

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_bootstrap(c, 0x20), SW_OK);
	CU_ASSERT_EQUAL(card_write_btid(c, FIXTURE_BTID), SW_OK);
	CU_ASSERT_EQUAL(card_derive(c, naf), SW_OK);
	CU_ASSERT_FALSE(is_free(c, 0x6FDA, 1));
	SW(c, "0089808508 5306 03 00f110 0001", SW_AUTH_CONTEXT);
	CU_ASSERT_EQUAL(card_read(c, 0x6FD7, 1), SW_FILE_NOT_FOUND);
	CU_ASSERT_EQUAL(card_read(c, 0x6FD8, 1), SW_FILE_NOT_FOUND);
	card_free(c);
}

static void the_phone_book_is_there_and_empty(void)
{
	struct card *c = card_of("usim-gba.yaml");

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "00a4000402 5f3a", SW_OK);
	CU_ASSERT_TRUE(is_free(c, 0x4F30, 1));
	card_free(c);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "decision 54: which contexts the ISIM knows", decision_54 },
		{ "each application has its own Ks, EF_GBABP and EF_GBANL", each_application_has_its_own_ks_and_files },
		{ "MSKs go to the USIM's 6FD7, whatever stands in the ISIM's",
		  msks_go_to_the_usim_whatever_stands_in_the_isim },
		{ "attack: an MSK under a key of the ISIM", a_key_of_the_isim_is_no_muk },
		{ "decision 30: a profile without GBA", without_gba_there_is_no_gba },
		{ "decision 30: a profile with GBA and without MBMS", without_mbms_there_is_gba_alone },
		{ "the phone book is there, and empty", the_phone_book_is_there_and_empty },
	};

	return CU_RUN("applications", tests);
}
