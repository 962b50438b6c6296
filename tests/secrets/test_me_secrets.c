/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of an ME that manages MBMS keys itself (TS 33.246 clause 6.1): while the key store is open and when it is
 * closed, those that had to go are in none of its files and nowhere in the heap, given back or held. Not even SQLite's
 * cache has them.
 *
 * free() and realloc() are those that vuicc-me has (card/store/zero_free.c).
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "card/crypto/kdf.h"
#include "host/me/me_keys.h"
#include "needles.h"
#include "tests/cu.h"
#include "tests/unit/mikey_fixture.h"

#define FQDN "bmsc.home1.net"
#define BTID "b-tid@bsf"

static const struct keystore_identity first = { "8900101000000000019", "001010123456789" };
static const struct keystore_identity second = { "8900101000000000027", "001010123456780" };

static struct needles needles;
static char folder[64], path[80];

/* The same ones whenever they are wanted; the caller wipes them. */
static void derive(struct prim *p, struct key256 *ks, struct key256 *ks_naf, struct key256 *mrk)
{
	prim_sha256(p, ks->b, span_str("the Ks of this test"));
	gba_ks_ext_naf(p, ks_naf, ks, span_str("rand"), span_str("impi"), span_str(FQDN));
	gba_mrk(p, mrk, ks_naf);
}

/* In a child. MSK, MTK and salt as mikey_fixture.h has them. */
static void make_needles(struct needles *n)
{
	struct prim *p = prim_open();
	struct key256 ks, ks_naf, mrk;
	uint8_t octets[16];

	derive(p, &ks, &ks_naf, &mrk);
	needles_add(n, "Ks", SPAN(ks.b));
	needles_add(n, "MUK", SPAN(ks_naf.b));
	needles_add(n, "MRK", SPAN(mrk.b));
	memset(octets, 0xA1, sizeof octets);
	needles_add(n, "MSK", SPAN(octets));
	memset(octets, 0xB0, sizeof octets);
	needles_add(n, "MTK", SPAN(octets));
	prim_close(p);
}

/* Which of the names stand in a file of the key store, in the order of needles; "" = none. */
static const char *in_files(void)
{
	static char found[256];
	struct dirent *entry;
	DIR *d = opendir(folder);
	struct wr w = wr_of(found, sizeof found);
	static uint8_t octets[1 << 20];
	size_t n = 0;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		char name[512];
		snprintf(name, sizeof name, "%s/%s", folder, entry->d_name);
		FILE *f = entry->d_name[0] == '.' ? NULL : fopen(name, "rb");
		if (f == NULL)
			continue;
		n += fread(octets + n, 1, sizeof octets - n, f);
		fclose(f);
	}
	if (d != NULL)
		closedir(d);
	CU_ASSERT(n > 0 && n < sizeof octets);
	for (size_t i = 0; i < needles.n; i++) {
		struct needles one = { .all[0] = needles.all[i], .n = 1 };
		if (i != 0 && strcmp(needles.all[i].name, needles.all[i - 1].name) == 0)
			continue;
		one.first[needles.all[i].masked[0] ^ NEEDLE_MASK] = true;
		if (needles_find(&one, span_of(octets, n)) != NULL) {
			wr_str(&w, needles.all[i].name);
			wr_str(&w, " ");
		}
	}
	secret_wipe(octets, sizeof octets);
	return wr_cstr(&w) ? found : "?";
}

static void take(struct keystore *k, struct prim *p, struct span octets)
{
	struct mgv_mtk mtk __attribute__((cleanup(mgv_mtk_wipe)));
	uint8_t buf[MIKEY_MESSAGE_MAX];
	struct wr ack = WR(buf);
	enum mgv_verdict verdict;
	struct mikey m;

	CU_ASSERT_EQUAL_FATAL(mikey_parse(&m, octets), MIKEY_OK);
	if (m.kind == MIKEY_IS_MSK)
		CU_ASSERT_EQUAL(me_keys_msk_message(k, p, &m, 1, &ack, &verdict), 0)
	else
		CU_ASSERT_EQUAL(me_keys_mtk_message(k, p, &m, 1, &mtk), 0)
}

/* Bootstrapping, MUK and MRK, an MSK, an MTK. ts: of the MSK message. */
static void life(struct keystore *k, struct prim *p, uint32_t ts)
{
	const struct keystore_gba gba = { .btid = BTID, .lifetime = "2030-01-01T00:00:00Z", .expires = 1893456000 };
	struct key256 ks _secret256_, ks_naf _secret256_, mrk _secret256_;

	derive(p, &ks, &ks_naf, &mrk);
	CU_ASSERT_EQUAL(keystore_put_gba_me(k, &gba, &ks), 0);
	CU_ASSERT_EQUAL(me_keys_take(k, p, FQDN, BTID, &ks_naf, &mrk), 0);
	struct delivery d __attribute__((cleanup(delivery_wipe))) = delivery_of(&ks_naf, BTID, ts);
	d.v = true;
	take(k, p, sealed_msk(p, &d));
	take(k, p, sealed_mtk(p, 1, 1, d.msk_octet, (uint16_t)ts, ts));
}

static struct keystore *open_store(void)
{
	struct keystore *k = NULL;
	char why[KEYSTORE_WHY_MAX];

	if (keystore_open(&k, path, why) != 0)
		CU_FAIL_FATAL(why);
	return k;
}

static void test_looking_finds(void)
{
	struct prim *p = prim_open();
	struct keystore *k = open_store();

	life(k, p, 1);
	CU_ASSERT_STRING_EQUAL(in_files(), "Ks MUK MRK MSK ");
	CU_ASSERT_PTR_NOT_NULL(needles_in_heap(&needles)); /* the cache of SQLite */
	keystore_close(k);
	CU_ASSERT_PTR_NULL(needles_in_heap(&needles));
	prim_close(p);
	CU_ASSERT_STRING_EQUAL(in_files(), "Ks MUK MRK MSK ");
}

static void test_another_uicc(void)
{
	struct prim *p = prim_open();
	struct keystore *k = open_store();
	bool wiped = false;

	CU_ASSERT_EQUAL(keystore_adopt(k, &first, &wiped), 0);
	life(k, p, 2);
	CU_ASSERT_STRING_EQUAL(in_files(), "Ks MUK MRK MSK ");
	CU_ASSERT_EQUAL(keystore_adopt(k, &second, &wiped), 0);
	CU_ASSERT(wiped);
	CU_ASSERT_STRING_EQUAL(in_files(), "");
	CU_ASSERT_PTR_NULL(needles_in_heap(&needles));
	keystore_close(k);
	prim_close(p);
	CU_ASSERT_STRING_EQUAL(in_files(), "");
}

/* The MUK in use stays in the file, for a solicited pull, and MSKs where they may. */
static void test_removal_and_power_down(void)
{
	struct prim *p = prim_open();
	struct keystore *k = open_store();

	life(k, p, 3);
	CU_ASSERT_EQUAL(keystore_removed(k), 0);
	CU_ASSERT_STRING_EQUAL(in_files(), "MUK MSK ");
	CU_ASSERT_PTR_NULL(needles_in_heap(&needles));
	CU_ASSERT_EQUAL(keystore_power_down(k, false), 0);
	CU_ASSERT_STRING_EQUAL(in_files(), "MUK ");
	CU_ASSERT_PTR_NULL(needles_in_heap(&needles));
	CU_ASSERT_EQUAL(keystore_wipe(k), 0);
	CU_ASSERT_STRING_EQUAL(in_files(), "");
	CU_ASSERT_PTR_NULL(needles_in_heap(&needles));
	keystore_close(k);
	prim_close(p);
}

/* Nothing is in it, or left of it, that was taken out. */
static void test_a_store_in_memory(void)
{
	struct prim *p = prim_open();
	struct keystore *k = NULL;
	bool wiped = false;

	CU_ASSERT_EQUAL_FATAL(keystore_open_mem(&k), 0);
	CU_ASSERT_EQUAL(keystore_adopt(k, &first, &wiped), 0);
	life(k, p, 1);
	CU_ASSERT_PTR_NOT_NULL(needles_in_heap(&needles));
	CU_ASSERT_EQUAL(keystore_adopt(k, &second, &wiped), 0);
	CU_ASSERT(wiped);
	CU_ASSERT_PTR_NULL(needles_in_heap(&needles));
	life(k, p, 1);
	CU_ASSERT_EQUAL(keystore_removed(k), 0);
	CU_ASSERT_EQUAL(keystore_wipe(k), 0);
	CU_ASSERT_PTR_NULL(needles_in_heap(&needles));
	life(k, p, 1);
	keystore_close(k);
	CU_ASSERT_PTR_NULL(needles_in_heap(&needles));
	prim_close(p);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "keys are found where they are", test_looking_finds },
		{ "another UICC leaves no key of the last one", test_another_uicc },
		{ "removal and power down leave the MUK in use", test_removal_and_power_down },
		{ "a store in memory leaves nothing", test_a_store_in_memory },
	};

	needles_keep_what_is_freed();
	needles_make(&needles, make_needles);
	snprintf(folder, sizeof folder, "/tmp/vuicc-me-secrets-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return 2;
	snprintf(path, sizeof path, "%s/me.sqlite", folder);
	int status = CU_RUN("ME secrets", tests);
	unlink(path);
	rmdir(folder);
	return status;
}
