/* SPDX-License-Identifier: Apache-2.0 */
/*
 * K, OPc, TOP, TOPc, Ks, MUK, MSK, MTK and PINs are nowhere but in the card's file, with MILENAGE and with TUAK: not in
 * memory that was given back or is still held once the card is closed, not in what an observer is told, not in
 * `vuicc-perso show`, in no other file.
 *
 * free() and realloc() are those that our programs have (card/store/zero_free.c). The heap never shrinks here, so that
 * looking at all of it at the end is looking at every block that was freed.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apdu/hex.h"
#include "apdu/sw.h"
#include "card/crypto/aka.h"
#include "card/crypto/kdf.h"
#include "card/crypto/secret.h"
#include "card/perso/profile.h"
#include "card/store/nv_sqlite.h"
#include "needles.h"
#include "tests/cu.h"
#include "tests/vectors/json.h"

enum { STORY_LINE = 8192 };

static struct needles needles;

/* --- the card and its session --- */

#define PIN1 "73914682"
#define ADM1 "58203917"
#define TUAK_K "1574ca56881d05c189c82880f789c9cd4244955f4426aa2b69c29f15770e5aa5"
#define TUAK_TOP "e59f6eb10ea406813f4991b0b9e02f181edf4c7e17b480f66d34da35ee88c95e"
#define TUAK_RAND "c570aac68cde651fb1e3088322498bef"

/* A card, and what happens to it: stories of tests/transcripts that are told on such a card. */
static const struct subject {
	const char *name;
	const char *k, *muk; /* needles that its file must have */
	const char *sets[4]; /* beside those of PINs */
	struct {
		const char *name;
		unsigned succeed; /* commands, at least */
	} stories[2];
} subjects[] = {
	{ "milenage", "K", "MUK", { "sqn.start=ff9bb4d0b5e7" }, { { "mbms-vectors.apdu", 21 }, { "aka-3g.apdu", 1 } } },
	{ "tuak",
	  "TUAK K",
	  "TUAK MUK",
	  { "algorithm=tuak", "k=" TUAK_K, "top=" TUAK_TOP },
	  { { "tuak-gba-u.apdu", 6 } } },
};

static char folder[64];
static char card_path[VU_COUNT(subjects)][96];

static void add_hex_text(struct needles *n, const char *name, struct span secret)
{
	char text[2 * 64 + 1];

	hex_str(text, sizeof text, secret);
	needles_add(n, name, span_str(text));
	for (char *c = text; *c != '\0'; c++)
		if (*c >= 'a' && *c <= 'f')
			*c = (char)(*c - 'a' + 'A');
	needles_add(n, name, span_str(text));
}

static void add_key(struct needles *n, const char *name, struct span key)
{
	needles_add(n, name, key);
	add_hex_text(n, name, key);
}

static void from_hex(void *to, size_t n, const char *digits)
{
	struct wr w = wr_of(to, n);

	if (!hex_parse(&w, span_str(digits)) || w.n != n)
		abort();
}

/* In a child: the secrets of tuak-gba-u.apdu. */
static void make_tuak_needles(struct needles *n)
{
	struct aka_secret s = { .algorithm = AKA_TUAK,
				.tuak = { .k_len = TUAK_K_MAX, .iterations = 1 },
				.tuak_res_len = 8 };
	struct prim *p = prim_open();
	struct json *j = json_open("gba-mikey.json");
	struct aka_keys keys;
	struct key256 ks, muk;
	uint8_t rand[AKA_RAND_LEN];

	from_hex(s.tuak.k.b, sizeof s.tuak.k.b, TUAK_K);
	from_hex(s.tuak.topc.b, sizeof s.tuak.topc.b, TUAK_TOP);
	from_hex(rand, sizeof rand, TUAK_RAND);
	add_key(n, "TUAK K", SPAN(s.tuak.k.b));
	add_key(n, "TOP", SPAN(s.tuak.topc.b));
	aka_opc_from_op(p, &s);
	needles_add(n, "TOPc", SPAN(s.tuak.topc.b));
	aka_f2345(p, &keys, &s, rand);
	gba_ks(&ks, &keys.ck, &keys.ik);
	needles_add(n, "TUAK Ks", SPAN(ks.b));
	gba_ks_int_naf(p, &muk, &ks, SPAN(rand), json_text(j, "$.gba.impi"), json_hex(j, "$.gba.naf_id"));
	needles_add(n, "TUAK MUK", SPAN(muk.b));
	json_close(j);
	prim_close(p);
}

/* In a child: the secrets of gba-mikey.json, which are those of the session. */
static void make_needles(struct needles *n)
{
	struct json *j = json_open("gba-mikey.json");

	add_key(n, "K", json_hex(j, "$.gba.k"));
	add_key(n, "OPc", json_hex(j, "$.gba.opc"));
	needles_add(n, "Ks", json_hex(j, "$.gba.ks"));
	needles_add(n, "MUK", json_hex(j, "$.gba.ks_int_naf"));
	needles_add(n, "MSK", json_hex(j, "$.mtk_message_streaming.msk"));
	needles_add(n, "MTK", json_hex(j, "$.mtk_message_streaming.mtk"));
	needles_add(n, "PIN1", span_str(PIN1));
	needles_add(n, "ADM1", span_str(ADM1));
	json_close(j);
	make_tuak_needles(n);
}

static void in_needles(void)
{
	static const char *const names[] = { "K",    "OPc",    "Ks",  "MUK",  "MSK",	 "MTK",	    "PIN1",
					     "ADM1", "TUAK K", "TOP", "TOPc", "TUAK Ks", "TUAK MUK" };

	for (size_t i = 0; i < VU_COUNT(names); i++) {
		bool there = false;
		for (size_t j = 0; j < needles.n; j++)
			there = there || strcmp(needles.all[j].name, names[i]) == 0;
		CU_ASSERT(there);
	}
}

static void make_card(const struct subject *s, const char *path)
{
	struct profile *p = NULL;
	struct profile_error e;
	const struct nv_item *items;
	char why[NV_WHY_MAX];
	size_t n;

	CU_ASSERT_EQUAL_FATAL(profile_default(&p, &e), 0);
	for (size_t i = 0; i < VU_COUNT(s->sets) && s->sets[i] != NULL; i++)
		CU_ASSERT_EQUAL_FATAL(profile_set(p, s->sets[i], &e), 0);
	CU_ASSERT_EQUAL_FATAL(profile_set(p, "pins.pin1.code=" PIN1, &e), 0);
	CU_ASSERT_EQUAL_FATAL(profile_set(p, "pins.pin1.enabled=true", &e), 0);
	CU_ASSERT_EQUAL_FATAL(profile_set(p, "pins.adm1.code=" ADM1, &e), 0);
	CU_ASSERT_EQUAL_FATAL(profile_build(p, &items, &n, &e), 0);
	CU_ASSERT_EQUAL_FATAL(nv_sqlite_create(path, items, n, false, why), 0);
	profile_close(p);
}

static const char *told; /* the secret that an observer was told */
static bool random_failed;

static bool no_random(void *ctx, uint8_t *out, size_t n)
{
	(void)ctx;
	memset(out, 0, n);
	random_failed = true;
	return false;
}

static void observe(void *ctx, const struct uicc_trace *t)
{
	(void)ctx;
	if (told == NULL && t->data != NULL)
		told = needles_find(&needles, span_of(t->data, t->n_data));
	if (told == NULL && t->answer != NULL)
		told = needles_find(&needles, span_of(t->answer, t->n_answer));
}

static const struct uicc_env env = { .random = no_random, .trace = observe };

/* One command given in digits; its octets and its answer are wiped: the caller's business, not the card's. */
static sw_t send(struct uicc *u, struct span digits)
{
	uint8_t octets[512], answer[UICC_RAPDU_MAX];
	struct wr w = WR(octets);

	CU_ASSERT_FATAL(hex_parse(&w, digits));
	size_t n = uicc_transmit(u, octets, w.n, answer);
	struct rd sw = rd_of(span_of(answer + n - sizeof(sw_t), sizeof(sw_t)));
	sw_t result = rd_u16(&sw);
	secret_wipe(octets, sizeof octets);
	secret_wipe(answer, sizeof answer);
	return result;
}

/* The commands of a transcript; returns how many succeeded. */
static unsigned send_story(struct uicc *u, const char *name)
{
	char path[512], line[STORY_LINE];
	unsigned good = 0;

	snprintf(path, sizeof path, "%s/tests/transcripts/%s", VUICC_SOURCE_DIR, name);
	FILE *f = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while (fgets(line, sizeof line, f) != NULL)
		if (line[0] == '>')
			good += sw_ok(send(u, span_of(line + 1, strlen(line + 1))));
	fclose(f);
	return good;
}

static void session(const struct subject *s, const char *path)
{
	struct nv_sqlite *store = NULL;
	char why[NV_WHY_MAX];

	CU_ASSERT_EQUAL_FATAL(nv_sqlite_open(&store, path, why), 0);
	struct uicc *u = uicc_open(&nv_sqlite_ops, store, &env, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(u);
	CU_ASSERT_EQUAL(send(u, span_str("00a4040407a0000000871002")), SW_OK);
	CU_ASSERT_EQUAL(send(u, span_str("0020000a08"
					 "3538323033393137")),
			SW_OK);
	CU_ASSERT_EQUAL(send(u, span_str("0020000108"
					 "3733393134363833")),
			SW_TRIES | 2);
	CU_ASSERT_EQUAL(send(u, span_str("0020000108"
					 "3733393134363832")),
			SW_OK);
	for (size_t i = 0; i < VU_COUNT(s->stories) && s->stories[i].name != NULL; i++)
		CU_ASSERT(send_story(u, s->stories[i].name) >= s->stories[i].succeed);
	uicc_close(u);
	nv_sqlite_close(store);
}

/* --- what is promised --- */

static void test_looking_finds(void)
{
	/* A looker that finds nothing proves nothing. */
	volatile uint8_t *block = malloc(100); /* volatile: or nobody would write what nobody reads */
	CU_ASSERT_FATAL(block != NULL);
	for (size_t i = 0; i < NEEDLE_LEN; i++)
		block[50 + i] = needles.all[0].masked[i] ^ NEEDLE_MASK;
	CU_ASSERT_PTR_NOT_NULL(needles_in_heap(&needles));
	free((void *)(uintptr_t)block);
	CU_ASSERT_PTR_NULL(needles_in_heap(&needles));
	in_needles();
}

static void test_personalising(void)
{
	struct stat st;

	for (size_t i = 0; i < VU_COUNT(subjects); i++) {
		make_card(&subjects[i], card_path[i]);
		CU_ASSERT_PTR_NULL(needles_in_heap(&needles));
		CU_ASSERT_EQUAL(stat(card_path[i], &st), 0);
		CU_ASSERT_EQUAL(st.st_mode & 07777, 0600);
	}
}

static void test_session(void)
{
	for (size_t i = 0; i < VU_COUNT(subjects); i++) {
		session(&subjects[i], card_path[i]);
		CU_ASSERT_PTR_NULL(needles_in_heap(&needles));
		CU_ASSERT_PTR_NULL(told);
	}
}

static void show_tells_nothing(const char *path)
{
	char command[512], octets[256], text[65536];
	size_t n = 0, digits = 0;

	snprintf(command, sizeof command, "'%s' show '%s'", VUICC_PERSO, path);
	FILE *f = popen(command, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	n = fread(text, 1, sizeof text, f);
	CU_ASSERT_EQUAL(pclose(f), 0);
	CU_ASSERT(n > 1000 && n < sizeof text);
	CU_ASSERT_PTR_NULL(needles_find(&needles, span_of(text, n)));
	/* Every run of digits as octets, too: that is how a key would be shown. */
	for (size_t i = 0; i <= n; i++) {
		bool digit = i < n && strchr("0123456789abcdefABCDEF", text[i]) != NULL;
		digits = digit ? digits + 1 : 0;
		if (digits < 2 * NEEDLE_LEN)
			continue;
		struct wr w = WR(octets);
		CU_ASSERT(hex_parse(&w, span_of(text + i + 1 - 2 * NEEDLE_LEN, 2 * NEEDLE_LEN)));
		CU_ASSERT_PTR_NULL(needles_find(&needles, wr_done(&w)));
	}
}

static void test_show(void)
{
	for (size_t i = 0; i < VU_COUNT(subjects); i++)
		show_tells_nothing(card_path[i]);
}

/* Whether the secret of this name is in a file. */
static bool is_in_file(const char *path, const char *secret)
{
	static uint8_t octets[1 << 20];
	bool there = false;
	FILE *f = fopen(path, "rb");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	size_t n = fread(octets, 1, sizeof octets, f);
	fclose(f);
	for (size_t i = 0; !there && i < n; i++) {
		const char *name = needles_find(&needles, span_sub(span_of(octets, n), i, NEEDLE_LEN));
		there = name != NULL && strcmp(name, secret) == 0;
	}
	secret_wipe(octets, sizeof octets);
	return there;
}

static void test_files(void)
{
	struct dirent *entry;
	DIR *d = opendir(folder);
	unsigned others = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while ((entry = readdir(d)) != NULL) {
		char path[512];
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] == '.' && (entry->d_name[1] == '\0' || entry->d_name[1] == '.'))
			continue;
		bool card = false;
		for (size_t i = 0; i < VU_COUNT(subjects); i++)
			card = card || strcmp(path, card_path[i]) == 0;
		others += !card;
	}
	closedir(d);
	CU_ASSERT_EQUAL(others, 0);
	/* And the cards' files are where they are: else nothing would have been looked for. */
	for (size_t i = 0; i < VU_COUNT(subjects); i++) {
		CU_ASSERT(is_in_file(card_path[i], subjects[i].k));
		CU_ASSERT(is_in_file(card_path[i], subjects[i].muk));
	}
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "what is looked for is found where it is", test_looking_finds },
		{ "personalising leaves no secret in memory; the file is 0600", test_personalising },
		{ "AKA, GBA, MSK, MTK and PIN leave no secret in memory and tell none", test_session },
		{ "vuicc-perso show tells none", test_show },
		{ "no file but the cards' is left, and those have them", test_files },
	};

	needles_keep_what_is_freed();
	needles_make(&needles, make_needles);
	snprintf(folder, sizeof folder, "/tmp/vuicc-secrets-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return 2;
	for (size_t i = 0; i < VU_COUNT(subjects); i++)
		snprintf(card_path[i], sizeof card_path[i], "%s/%s", folder, subjects[i].name);
	int status = CU_RUN("secrets", tests);
	for (size_t i = 0; i < VU_COUNT(subjects); i++)
		unlink(card_path[i]);
	rmdir(folder);
	return status;
}
