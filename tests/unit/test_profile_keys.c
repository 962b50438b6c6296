/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of AKA in a profile: which of them an algorithm wants, what the card gets, and where a mistake is told. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "apdu/hex.h"
#include "card/image.h"
#include "card/perso/profile.h"
#include "tests/cu.h"

/* TS 35.233 set 2: K of 256 bits; set 1: K of 128. */
#define K_256 "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0"
#define TOP_2 "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
#define TOPC_2 "305425427e18c503c8a4b294ea72c95d0c36c6c6b29d0c65de5974d5977f8524"
#define K_128 "abababababababababababababababab"
#define TOPC_1 "bd04d9530e87513c5d837ac2ad954623a8e2330c115305a73eb45d1f40cccbff"

static struct profile_error error;

static bool is(struct span octets, const char *hex)
{
	uint8_t expected[64];
	struct wr w = WR(expected);

	CU_ASSERT_TRUE_FATAL(hex_parse(&w, span_str(hex)));
	return span_eq(octets, wr_done(&w));
}

/* What the card gets from the default profile with these --set (NULL ends them); errors are counted. */
static int build(struct aka_desc *ret, const char *const *sets)
{
	struct profile *p = NULL;
	const struct nv_item *items;
	size_t n = 0;
	bool found = false;

	CU_ASSERT_EQUAL_FATAL(profile_default(&p, &error), 0);
	for (; *sets != NULL; sets++)
		CU_ASSERT_EQUAL(profile_set(p, *sets, &error), 0);
	int result = profile_build(p, &items, &n, &error);
	for (size_t i = 0; result == 0 && i < n; i++)
		if (items[i].key == OBJ(OBJ_AKA, 0))
			found = aka_desc_parse(ret, span_of(items[i].value, items[i].n));
	CU_ASSERT_EQUAL(found, result == 0);
	profile_close(p);
	return result;
}

static void a_tuak_card_gets_what_the_profile_says(void)
{
	struct aka_desc aka = { 0 };
	const struct aka_secret *s = &aka.secret;

	CU_ASSERT_EQUAL(build(&aka, (const char *[]){ "algorithm=tuak", "k=" K_128, "topc=" TOPC_1, NULL }), 0);
	CU_ASSERT_EQUAL(s->algorithm, AKA_TUAK);
	CU_ASSERT_TRUE(is(span_of(s->tuak.k.b, s->tuak.k_len), K_128));
	CU_ASSERT_TRUE(is(SPAN(s->tuak.topc.b), TOPC_1));
	CU_ASSERT_EQUAL(s->tuak.iterations, 1);
	CU_ASSERT_EQUAL(s->tuak_res_len, 8);
	CU_ASSERT_EQUAL(aka.delta, 1u << 28);

	CU_ASSERT_EQUAL(build(&aka, (const char *[]){ "algorithm=tuak", "k=" K_256, "topc=" TOPC_2,
						      "tuak.res_length=128", "tuak.keccak_iterations=255", NULL }),
			0);
	CU_ASSERT_TRUE(is(span_of(s->tuak.k.b, s->tuak.k_len), K_256));
	CU_ASSERT_TRUE(is(SPAN(s->tuak.topc.b), TOPC_2));
	CU_ASSERT_EQUAL(s->tuak.iterations, 255);
	CU_ASSERT_EQUAL(s->tuak_res_len, 16);
}

static void top_is_turned_into_topc(void)
{
	struct aka_desc aka = { 0 };

	CU_ASSERT_EQUAL(build(&aka, (const char *[]){ "algorithm=tuak", "k=" K_256, "top=" TOP_2, NULL }), 0);
	CU_ASSERT_TRUE(is(SPAN(aka.secret.tuak.topc.b), TOPC_2));
	/* TS 35.233 set 6: the second iteration counts here, too. */
	CU_ASSERT_EQUAL(
		build(&aka,
		      (const char *[]){ "algorithm=tuak", "tuak.keccak_iterations=2",
					"k=1574ca56881d05c189c82880f789c9cd4244955f4426aa2b69c29f15770e5aa5",
					"top=e59f6eb10ea406813f4991b0b9e02f181edf4c7e17b480f66d34da35ee88c95e", NULL }),
		0);
	CU_ASSERT_TRUE(
		is(SPAN(aka.secret.tuak.topc.b), "b04a66f26c62fcd6c82de22a179ab65506ecf47f56245cd149966cfa9cec7a51"));
}

static void the_operator_key_set_last_is_meant(void)
{
	struct aka_desc aka = { 0 };

	CU_ASSERT_EQUAL(build(&aka, (const char *[]){ "top=" TOP_2, "opc=" K_128, NULL }), 0);
	CU_ASSERT_EQUAL(aka.secret.algorithm, AKA_MILENAGE);
	CU_ASSERT_TRUE(is(SPAN(aka.secret.opc.b), K_128));
	CU_ASSERT_EQUAL(build(&aka, (const char *[]){ "algorithm=tuak", "k=" K_256, "topc=" TOPC_1, "op=" K_128,
						      "top=" TOP_2, "algorithm=tuak", NULL }),
			0);
	CU_ASSERT_TRUE(is(SPAN(aka.secret.tuak.topc.b), TOPC_2));
}

/* A mistake by --set, and what is said; its value is never in it. */
static void a_wrong_set_is_refused(void)
{
	static const struct {
		const char *sets[5], *where, *key, *what;
	} wrong[] = {
		{ { "algorithm=tuak", "k=" K_128 "00", "topc=" TOPC_1 }, "--set", "k", "expected 32 or 64 hex" },
		{ { "algorithm=tuak", "k=" K_128 K_128 "00", "topc=" TOPC_1 },
		  "--set",
		  "k",
		  "hexadecimal digits, got 66" },
		{ { "algorithm=tuak", "k=x" K_128, "topc=" TOPC_1 }, "--set", "k", "expected 32 or 64 hex" },
		{ { "algorithm=tuak", "topc=" K_128 }, "--set", "topc", "expected 64 hexadecimal digits, got 32" },
		{ { "algorithm=tuak", "top=" TOP_2 "0" }, "--set", "top", "expected 64 hexadecimal digits, got 65" },
		{ { "algorithm=tuak", "op=" K_128 },
		  "--set",
		  "op",
		  "expected top or topc with algorithm tuak, got op" },
		{ { "top=" TOP_2 }, "--set", "top", "expected op or opc with algorithm milenage, got top" },
		{ { "topc=" TOPC_1 }, "--set", "topc", "expected op or opc with algorithm milenage, got topc" },
		{ { "k=" K_256 }, "--set", "k", "expected 32 hexadecimal digits, got 64" },
		{ { "algorithm=tuak", "topc=" TOPC_1, "tuak.res_length=256" },
		  "--set",
		  "tuak.res_length",
		  "expected 32, 64 or 128 bits, got 256" },
		{ { "algorithm=tuak", "topc=" TOPC_1, "tuak.res_length=0" }, "--set", "tuak.res_length", "got 0" },
		{ { "algorithm=tuak", "topc=" TOPC_1, "tuak.keccak_iterations=0" },
		  "--set",
		  "tuak.keccak_iterations",
		  "expected 1 to 255, got 0" },
	};

	for (size_t i = 0; i < VU_COUNT(wrong); i++) {
		struct aka_desc aka = { 0 };
		CU_ASSERT_EQUAL(build(&aka, wrong[i].sets), -EINVAL);
		bool right = strcmp(error.where, wrong[i].where) == 0 && strcmp(error.key, wrong[i].key) == 0 &&
			     strstr(error.what, wrong[i].what) != NULL && strstr(error.what, "abab") == NULL;
		CU_ASSERT_TRUE(right);
		if (!right)
			fprintf(stderr, "%s: %s: %s: %s\n", wrong[i].what, error.where, error.key, error.what);
	}
}

static void a_value_that_no_profile_has_is_refused_at_once(void)
{
	struct profile *p = NULL;

	CU_ASSERT_EQUAL_FATAL(profile_default(&p, &error), 0);
	CU_ASSERT_EQUAL(profile_set(p, "algorithm=tuba", &error), -EINVAL);
	CU_ASSERT_STRING_EQUAL(error.key, "algorithm");
	CU_ASSERT_PTR_NOT_NULL(strstr(error.what, "one of milenage, tuak"));
	CU_ASSERT_EQUAL(profile_set(p, "tuak=1", &error), -EINVAL);
	CU_ASSERT_EQUAL(profile_set(p, "tuak.keccak_iterations=256", &error), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.what, "from 0 to 255"));
	profile_close(p);
}

/* The default profile with the lines from "algorithm:" to "tuak:" replaced. */
static char *text_with(const char *lines)
{
	enum { TEXT_MAX = 64 * 1024 };
	char *text = calloc(1, TEXT_MAX);
	FILE *f = fopen(VUICC_SOURCE_DIR "/card/profiles/usim-gba.yaml", "r");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	size_t n = fread(text, 1, TEXT_MAX / 2, f);
	fclose(f);
	char *from = strstr(text, "\nalgorithm:"), *to = strstr(text, "\ntuak:");
	CU_ASSERT_TRUE_FATAL(n > 1000 && from != NULL && to != NULL);
	to = strchr(to + 1, '\n');
	memmove(from + 1 + strlen(lines), to + 1, strlen(to + 1) + 1);
	memcpy(from + 1, lines, strlen(lines));
	return text;
}

/* Where a line of the profile stands that begins so. */
static unsigned line_of(const char *text, const char *line)
{
	unsigned n = 1;

	for (const char *at = strstr(text, line); at > text; at--)
		n += at[-1] == '\n';
	return n;
}

/* 0 or the error; *ret_line is that of `line` in the profile. */
static int load_text(const char *lines, const char *path, unsigned *ret_line, const char *line)
{
	char *text = text_with(lines);
	struct profile *p = NULL;
	const struct nv_item *items;
	size_t n;
	FILE *f = fopen(path, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_TRUE(fputs(text, f) >= 0);
	fclose(f);
	*ret_line = line_of(text, line);
	free(text);
	int result = profile_load(&p, path, &error);
	if (result == 0)
		result = profile_build(p, &items, &n, &error);
	profile_close(p);
	return result;
}

static void mistakes_in_a_profile_are_told_with_line_and_column(void)
{
	static const struct {
		const char *lines, *line;
		unsigned column;
		const char *key, *what;
	} wrong[] = {
		{ "algorithm: comp128\nk: " K_128 "\nopc: " K_128 "\n", "algorithm:", 12, "algorithm",
		  "expected one of milenage, tuak, got \"comp128\"" },
		{ "algorithm: tuak\nk: " K_128 "\nopc: " K_128 "\n", "opc:", 6, "opc",
		  "expected top or topc with algorithm tuak, got opc" },
		{ "k: " K_128 "\ntopc: " TOPC_1 "\n", "topc:", 7, "topc",
		  "expected op or opc with algorithm milenage, got topc" },
		{ "algorithm: tuak\nk: " K_128 "\ntop: " TOPC_1 "\ntopc: " TOPC_1
		  "\ntuak: { res_length: 32, keccak_iterations: 1 }\n",
		  "top:", 6, "top", "expected either top or topc, got both" },
		{ "algorithm: tuak\nk: " K_128 "\ntuak: { res_length: 32, keccak_iterations: 1 }\n", "iccid:", 1,
		  "topc", "expected either top or topc, got neither" },
		{ "algorithm: tuak\nk: " K_128 "abab\ntopc: " TOPC_1 "\n", "k:", 4, "k",
		  "expected 32 or 64 hexadecimal digits, got 36" },
		{ "algorithm: tuak\nk: " K_128 "\ntopc: " TOPC_1 "\ntuak: { res_length: 48, keccak_iterations: 1 }\n",
		  "tuak:", 21, "tuak.res_length", "expected 32, 64 or 128 bits, got 48" },
		{ "algorithm: tuak\nk: " K_128 "\ntopc: " TOPC_1 "\ntuak: { res_length: 32 }\n", "tuak:", 7,
		  "tuak.keccak_iterations", "expected the key here, got none" },
		{ "algorithm: tuak\nk: " K_128 "\ntopc: " TOPC_1 "\n", "iccid:", 1, "tuak.res_length",
		  "expected 32, 64 or 128 bits" },
	};
	char path[] = "/tmp/profile-XXXXXX", where[64];
	unsigned line;
	int fd = mkstemp(path);

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	close(fd);
	for (size_t i = 0; i < VU_COUNT(wrong); i++) {
		CU_ASSERT_EQUAL(load_text(wrong[i].lines, path, &line, wrong[i].line), -EINVAL);
		snprintf(where, sizeof where, "%s:%u:%u", path, line, wrong[i].column);
		bool right = strcmp(error.where, where) == 0 && strcmp(error.key, wrong[i].key) == 0 &&
			     strstr(error.what, wrong[i].what) != NULL && strstr(error.what, "abab") == NULL;
		CU_ASSERT_TRUE(right);
		if (!right)
			fprintf(stderr, "%s: %s: %s, got %s: %s: %s\n", where, wrong[i].key, wrong[i].what, error.where,
				error.key, error.what);
	}
	/* And two that are right: no algorithm is MILENAGE, which needs no section of TUAK. */
	CU_ASSERT_EQUAL(load_text("k: " K_128 "\nopc: " K_128 "\n", path, &line, "k:"), 0);
	CU_ASSERT_EQUAL(load_text("algorithm: tuak\nk: " K_256 "\ntop: " TOP_2
				  "\ntuak: { res_length: 32, keccak_iterations: 9 }\n",
				  path, &line, "k:"),
			0);
	unlink(path);
}

/* An object of the card that is cut off, goes on, or has a value out of range is not taken for keys. */
static void a_damaged_object_is_no_key(void)
{
	struct aka_desc aka = { 0 }, again = { 0 };
	uint8_t octets[128] = { 0 };
	struct wr w = WR(octets);

	CU_ASSERT_EQUAL(build(&aka, (const char *[]){ "algorithm=tuak", "k=" K_256, "topc=" TOPC_2, NULL }), 0);
	aka_desc_put(&w, &aka);
	CU_ASSERT_TRUE(aka_desc_parse(&again, wr_done(&w)));
	CU_ASSERT_EQUAL(again.secret.tuak.k_len, TUAK_K_MAX);
	for (size_t n = 0; n < sizeof octets; n++)
		CU_ASSERT_EQUAL(aka_desc_parse(&again, span_of(octets, n)), n == w.n);
	/* the algorithm, the length of K, then behind K and TOPc the iterations and the length of RES */
	static const size_t at[] = { 0, 1, 66, 67 };
	static const uint8_t bad[] = { 3, 33, 0, 32 };
	for (size_t i = 0; i < VU_COUNT(at); i++) {
		uint8_t good = octets[at[i]];
		octets[at[i]] = bad[i];
		CU_ASSERT_FALSE(aka_desc_parse(&again, wr_done(&w)));
		octets[at[i]] = good;
	}
	CU_ASSERT_TRUE(aka_desc_parse(&again, wr_done(&w)));
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "a TUAK card gets what the profile says", a_tuak_card_gets_what_the_profile_says },
		{ "TOP is turned into TOPc", top_is_turned_into_topc },
		{ "the operator's key set last is meant", the_operator_key_set_last_is_meant },
		{ "a wrong --set is refused without repeating its value", a_wrong_set_is_refused },
		{ "a value that no profile has is refused at once", a_value_that_no_profile_has_is_refused_at_once },
		{ "mistakes in a profile are told with line and column",
		  mistakes_in_a_profile_are_told_with_line_and_column },
		{ "a damaged object is no key", a_damaged_object_is_no_key },
	};

	return CU_RUN("profile: keys", tests);
}
