/* SPDX-License-Identifier: Apache-2.0 */
/* Subscribers out of files of ours, of Open5GS and of UERANSIM, and what the state makes of them. */
#include "tests/cu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "apdu/hex.h"
#include "host/testnet/state_sqlite.h"

#define K "465b5ce8b199b49faa5f0a2ee238a6bc"
#define OPC "e8ed289deba952e4283b54e88e6183ca"
#define OWN(imsi, more) "- { imsi: '" imsi "', mnc_length: 2, k: " K ", opc: " OPC ", sqn: '000000000020', " more " }\n"

static const char ueransim[] = "# a UE\n"
			       "supi: 'imsi-999700000000001'\n"
			       "mcc: '999'\n"
			       "mnc: '70'\n"
			       "protectionScheme: 0\n"
			       "key: '465B5CE8B199B49FAA5F0A2EE238A6BC'\n"
			       "op: 'E8ED289DEBA952E4283B54E88E6183CA'\n"
			       "opType: 'OPC'\n"
			       "amf: '8000'\n"
			       "gnbSearchList:\n"
			       "  - 127.0.0.1\n"
			       "uacAic: { mps: false, mcs: false }\n"
			       "sessions:\n"
			       "  - type: 'IPv4'\n"
			       "    slice: { sst: 1 }\n";

static const char open5gs[] = "- imsi: \"999700000000002\"\n"
			      "  slice: [ { sst: 1, session: [ { name: internet, qos: { index: 9 } } ] } ]\n"
			      "  ambr: { uplink: { value: 1, unit: 3 } }\n"
			      "  security:\n"
			      "    k: \"465B5CE8 B199B49F AA5F0A2E E238A6BC\"\n"
			      "    op: null\n"
			      "    opc: E8ED289D EBA952E4 283B54E8 8E6183CA\n"
			      "    amf: \"8000\"\n"
			      "    sqn: 97\n"
			      "- { imsi: '999700000000003', security: { k: " K ", op: " OPC ", amf: 8000 } }\n";

/* What was taken. */
static struct {
	struct subscriber s[8];
	size_t n;
} taken;

static int take(void *ctx, const struct subscriber_range *range, char what[static SUBSCRIBER_WHY_MAX])
{
	(void)ctx;
	if (taken.n == VU_COUNT(taken.s)) {
		snprintf(what, SUBSCRIBER_WHY_MAX, "the sink is full");
		return -ENOSPC;
	}
	taken.s[taken.n++] = range->first;
	return 0;
}

static int import_with(const char *text, const struct import_options *options, char why[static IMPORT_WHY_MAX])
{
	/* The end of a string is none of its characters; an empty file cannot be made of none. */
	FILE *in = text[0] != '\0' ? fmemopen((char *)(uintptr_t)text, strlen(text), "r") : fopen("/dev/null", "re");
	const struct import_sink sink = { take, NULL };

	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	taken.n = 0;
	why[0] = '\0';
	int error = import_read(in, "ue.yaml", options, &sink, why);
	fclose(in);
	return error;
}

static const struct import_options two_digits = { .mnc_length = 2 };

static bool key_is(const struct key128 *k, const char *hex)
{
	uint8_t octets[16];
	struct wr w = WR(octets);

	return hex_parse(&w, span_str(hex)) && memcmp(k->b, octets, sizeof octets) == 0;
}

static void a_ue_of_ueransim_is_a_subscriber(void)
{
	char why[IMPORT_WHY_MAX];
	const struct subscriber *s = &taken.s[0];

	CU_ASSERT_EQUAL(import_with(ueransim, &two_digits, why), 0);
	CU_ASSERT_EQUAL_FATAL(taken.n, 1);
	CU_ASSERT_STRING_EQUAL(s->imsi, "999700000000001");
	CU_ASSERT_STRING_EQUAL(s->impi, "999700000000001@ims.mnc070.mcc999.3gppnetwork.org");
	CU_ASSERT(key_is(&s->secret.k, K) && key_is(&s->secret.opc, OPC));
	CU_ASSERT(s->amf[0] == 0x80 && s->amf[1] == 0);
	CU_ASSERT_EQUAL(auc_sqn(s), 0);
	CU_ASSERT_FALSE(s->gba_u || s->mbms_uicc);
	CU_ASSERT_EQUAL(import_with(ueransim, &(struct import_options){ .gba_u = true, .mnc_length = 2 }, why), 0);
	CU_ASSERT(s->gba_u && s->mbms_uicc);
}

static void a_subscriber_of_open5gs_is_one(void)
{
	char why[IMPORT_WHY_MAX];

	CU_ASSERT_EQUAL(import_with(open5gs, &two_digits, why), 0);
	CU_ASSERT_EQUAL_FATAL(taken.n, 2);
	CU_ASSERT_STRING_EQUAL(taken.s[0].imsi, "999700000000002");
	CU_ASSERT(key_is(&taken.s[0].secret.k, K) && key_is(&taken.s[0].secret.opc, OPC));
	CU_ASSERT_EQUAL(auc_sqn(&taken.s[0]), 97);
	CU_ASSERT_FALSE(key_is(&taken.s[1].secret.opc, OPC)); /* that is its OP */
	CU_ASSERT_EQUAL(import_with(open5gs, &(struct import_options){ .mnc_length = 3 }, why), 0);
	CU_ASSERT_STRING_EQUAL(taken.s[0].impi, "999700000000002@ims.mnc700.mcc999.3gppnetwork.org");
}

/* TS 35.207 test set 1. */
static void optype_op_makes_opc(void)
{
	char why[IMPORT_WHY_MAX];

	CU_ASSERT_EQUAL(import_with("{ supi: imsi-001010123456789, mcc: '001', mnc: '01', key: " K
				    ", op: cdc202d5123e20f62b6d676ac72cb318, opType: OP, amf: b9b9 }",
				    &two_digits, why),
			0);
	CU_ASSERT_EQUAL_FATAL(taken.n, 1);
	CU_ASSERT(key_is(&taken.s[0].secret.opc, "cd63cb71954a9f4e48a5994e37a02baf"));
}

static void our_own_configuration_can_be_imported(void)
{
	struct span text = net_config_default();
	char why[IMPORT_WHY_MAX], *copy = strndup((const char *)text.p, text.n);

	CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
	CU_ASSERT_EQUAL(import_with(copy, &two_digits, why), 0);
	CU_ASSERT_EQUAL_FATAL(taken.n, 1);
	CU_ASSERT_STRING_EQUAL(taken.s[0].imsi, "001010123456789");
	CU_ASSERT(taken.s[0].gba_u && taken.s[0].mbms_uicc);
	CU_ASSERT_EQUAL(auc_sqn(&taken.s[0]), 0x20);
	free(copy);
}

static void documents_and_formats_may_be_mixed(void)
{
	static const char text[] =
		OWN("001010000000001", "gba_u: true") "---\n"
						      "{ supi: imsi-001010000000002, mcc: '001', mnc: '01', key: " K
						      ", op: " OPC ", opType: OPC }\n"
						      "---\nsubscribers:\n" OWN("001010000000003", "gba_u: false");
	char why[IMPORT_WHY_MAX];

	CU_ASSERT_EQUAL(import_with(text, &two_digits, why), 0);
	CU_ASSERT_EQUAL(taken.n, 3);
}

static void a_mistake_is_named_with_line_column_and_key(void)
{
	static const struct {
		const char *yaml, *place, *about;
	} bad[] = {
		{ "", "ue.yaml:1:1: ", "expected subscribers, got nothing" },
		{ "seven\n", "ue.yaml:1:1: ", "expected a mapping" },
		{ "a: 1\n", "ue.yaml:1:1: ", "expected a subscriber" },
		{ "a: [\n", "ue.yaml:2:1: ", "" },
		{ "[[1]]\n", "ue.yaml:1:2: ", "expected a mapping" },
		{ "? [a]\n: b\n", "ue.yaml:1:3: ", "expected a short word as key" },
		{ "a: b\na: c\n", "ue.yaml:2:1: a: ", "the same key again" },
		{ "a: \"b\\0c\"\n", "ue.yaml:1:4: a: ", "a NUL in it" },
		{ "a: &x b\nc: *x\n", "ue.yaml:2:1: c: ", "an alias, which is not followed" },
		{ "subscribers: [ *x ]\n", "ue.yaml:1:16: ", "an alias, which is not followed" },
		{ OWN("001010000000001", "gba_u: true, colour: red"), "ue.yaml:1:155: colour: ", "unknown key" },
		{ OWN("001010000000001", "gba_u: maybe"), "ue.yaml:1:149: gba_u: ", "true or false" },
		{ OWN("00101x", "gba_u: true"), "ue.yaml:1:11: imsi: ", "00101x" },
		{ "- imsi: '001010123456789'\n", "ue.yaml:1:3: mnc_length: ", "got none" },
		{ "- imsi: '001010123456789'\n  security: { k: 46, opc: " OPC " }\n",
		  "ue.yaml:2:18: security.k: ", "expected 32 hexadecimal digits" },
		{ "- imsi: '001010123456789'\n  security: { k: " K " }\n", "ue.yaml:1:3: security.opc: ", "got none" },
		{ "- imsi: '001010123456789'\n  security: { k: " K ", opc: " OPC ", sqn: 0x20 }\n",
		  "ue.yaml:2:96: security.sqn: ", "decimal" },
		{ "- imsi: '001010123456789'\n  security: { k: " K ", opc: " OPC ", sqn: 281474976710656 }\n",
		  "ue.yaml:2:96: security.sqn: ", "48 bits" },
		{ "supi: '001010123456789'\n", "ue.yaml:1:7: supi: ", "expected imsi- and digits" },
		{ "supi: imsi-001010123456789\nmcc: '002'\n", "ue.yaml:2:6: mcc: ", "first 3 digits" },
		{ "supi: imsi-001010123456789\nmcc: '001'\nmnc: 1\n", "ue.yaml:3:6: mnc: ", "2 or 3 digits" },
		{ "supi: imsi-001010123456789\nmcc: '001'\nmnc: '01'\nopType: XX\n",
		  "ue.yaml:4:9: opType: ", "OP or OPC" },
		{ "supi: imsi-001010123456789\nmcc: '001'\nmnc: '01'\nopType: OP\nkey: 12\n",
		  "ue.yaml:5:6: key: ", "32 hex" },
		{ "supi: imsi-001010123456789\nmcc: '001'\nmnc: '01'\nopType: OP\nkey: " K "\nop: 12\n",
		  "ue.yaml:6:5: op: ", "32 hex" },
	};
	char why[IMPORT_WHY_MAX];

	for (size_t i = 0; i < VU_COUNT(bad); i++) {
		CU_ASSERT_EQUAL(import_with(bad[i].yaml, &two_digits, why), -EINVAL);
		if (strncmp(why, bad[i].place, strlen(bad[i].place)) != 0 || strstr(why, bad[i].about) == NULL) {
			fprintf(stderr, "\nexpected %s … %s, got %s\n", bad[i].place, bad[i].about, why);
			CU_FAIL("another message");
		}
		CU_ASSERT_PTR_NULL(strstr(why, K));
	}
}

static void depth_and_number_of_keys_are_bounded(void)
{
	char deep[256] = "", wide[4096], why[IMPORT_WHY_MAX];
	size_t n = 0;

	for (int i = 0; i < 100; i++)
		strcat(deep, "[");
	CU_ASSERT_EQUAL(import_with(deep, &two_digits, why), -EINVAL);
	strcpy(deep, "a: ");
	for (int i = 0; i < 100; i++)
		strcat(deep, "[");
	CU_ASSERT_EQUAL(import_with(deep, &two_digits, why), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "too deep"));
	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(wide + n, sizeof wide - n, "k%d: 1\n", i);
	CU_ASSERT_EQUAL(import_with(wide, &two_digits, why), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "too many keys"));
}

static void no_truncation_of_a_file_crashes(void)
{
	char why[IMPORT_WHY_MAX];

	for (size_t n = 0; n < strlen(open5gs); n++) {
		char *cut = strndup(open5gs, n);

		CU_ASSERT_PTR_NOT_NULL_FATAL(cut);
		int error = import_with(cut, &two_digits, why);
		CU_ASSERT((error != 0) == (why[0] != '\0'));
		CU_ASSERT(error == 0 || error == -EINVAL);
		free(cut);
	}
}

/* --- into the state --- */

static char folder[] = "/tmp/vuicc-import-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[4][64];
	static size_t turn;
	char *p = path[turn++ % VU_COUNT(path)];

	snprintf(p, sizeof path[0], "%s/%s", folder, name);
	return p;
}

static const char *file_of(const char *name, const char *text)
{
	const char *path = path_of(name);
	FILE *out = fopen(path, "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	CU_ASSERT(fputs(text, out) >= 0);
	CU_ASSERT_EQUAL(fclose(out), 0);
	return path;
}

static struct state *open_state(void)
{
	struct state *s = NULL;
	char why[STATE_WHY_MAX];

	CU_ASSERT_EQUAL_FATAL(state_open(&s, path_of("state"), why), 0);
	return s;
}

static int import_into(struct state *s, const char *text, size_t *ret_n, char why[static IMPORT_WHY_MAX])
{
	const char *path = file_of("ues.yaml", text);

	return state_import(s, &path, 1, &two_digits, ret_n, why);
}

/* The configuration with what is in the state. For net_config_free(). */
static struct net_config *config_with(struct state *s, const char *yaml)
{
	struct net_config *c = NULL;
	char why[CONFIG_WHY_MAX];

	CU_ASSERT_EQUAL_FATAL(net_config_parse(&c, "net.yaml", span_str(yaml), why), 0);
	CU_ASSERT_EQUAL(state_subscribers(s, c, why), 0);
	return c;
}

static void what_was_imported_is_served_with_the_configurations_own(void)
{
	struct state *s = open_state();
	char why[IMPORT_WHY_MAX];
	size_t n = 0;

	struct net_config *c = config_with(s, "services: []\n");
	CU_ASSERT_EQUAL(c->n_subscribers, 1); /* the built-in one */
	net_config_free(c);
	CU_ASSERT_EQUAL(import_into(s, OWN("001010000000001", "gba_u: true, count: 3"), &n, why), 0);
	CU_ASSERT_EQUAL(n, 3);
	c = config_with(s, "services: []\n");
	CU_ASSERT_EQUAL_FATAL(c->n_subscribers, 3); /* the built-in one is not */
	CU_ASSERT_STRING_EQUAL(c->subscriber[2].impi, "001010000000003@ims.mnc001.mcc001.3gppnetwork.org");
	CU_ASSERT(key_is(&c->subscriber[2].secret.k, K) && key_is(&c->subscriber[2].secret.opc, OPC));
	CU_ASSERT(c->subscriber[2].gba_u && c->subscriber[2].mbms_uicc);
	CU_ASSERT_EQUAL(auc_sqn(&c->subscriber[2]), 0x20);
	net_config_free(c);
	/* One of the configuration wins over the same one of the file, and others are beside it. */
	c = config_with(s, "subscribers:\n" OWN("001010000000002", "gba_u: false"));
	CU_ASSERT_EQUAL_FATAL(c->n_subscribers, 3);
	CU_ASSERT_STRING_EQUAL(c->subscriber[0].imsi, "001010000000002");
	CU_ASSERT_FALSE(c->subscriber[0].gba_u);
	net_config_free(c);
	state_close(s);
}

static void what_the_configuration_has_no_more_is_not_served(void)
{
	struct state *s = open_state();
	struct net_config *c = config_with(s, "subscribers:\n" OWN("001010000000008", "gba_u: true")
						      OWN("001010000000009", "gba_u: true"));

	CU_ASSERT_EQUAL(c->n_subscribers, 2);
	net_config_free(c);
	c = config_with(s, "subscribers:\n" OWN("001010000000009", "gba_u: true"));
	CU_ASSERT_EQUAL_FATAL(c->n_subscribers, 1);
	CU_ASSERT_STRING_EQUAL(c->subscriber[0].imsi, "001010000000009");
	net_config_free(c);
	state_close(s);
}

static void a_subscriber_with_tuak_comes_back_as_it_was(void)
{
	static const char text[] =
		"- { imsi: '001010000000001', mnc_length: 2, algorithm: tuak, k: " K K ", topc: " OPC OPC
		", tuak: { res_length: 128, keccak_iterations: 3 }, sqn: '000000000020', gba_u: true, amf: 'b9b9' }\n";
	struct state *s = open_state();
	char why[IMPORT_WHY_MAX];
	size_t n = 0;

	CU_ASSERT_EQUAL(import_into(s, text, &n, why), 0);
	struct net_config *c = config_with(s, "services: []\n");
	CU_ASSERT_EQUAL_FATAL(c->n_subscribers, 1);
	const struct subscriber *one = &c->subscriber[0];
	CU_ASSERT_EQUAL(one->secret.algorithm, AKA_TUAK);
	CU_ASSERT_EQUAL(one->secret.tuak.k_len, 32);
	CU_ASSERT_EQUAL(one->secret.tuak.k.b[31], 0xbc);
	CU_ASSERT_EQUAL(one->secret.tuak.topc.b[31], 0xca);
	CU_ASSERT_EQUAL(one->secret.tuak.iterations, 3);
	CU_ASSERT_EQUAL(one->secret.tuak_res_len, 16);
	CU_ASSERT_EQUAL(one->amf[0], 0xb9);
	net_config_free(c);
	state_close(s);
}

static void importing_again_moves_no_sqn_back(void)
{
	struct state *s = open_state();
	char why[IMPORT_WHY_MAX];
	size_t n = 0;

	CU_ASSERT_EQUAL(import_into(s, OWN("001010000000001", "gba_u: true"), &n, why), 0);
	struct net_config *c = config_with(s, "services: []\n");
	auc_set_sqn(&c->subscriber[0], 0x4000);
	CU_ASSERT(state_sqlite.put_sqn(s, &c->subscriber[0]));
	net_config_free(c);
	CU_ASSERT_EQUAL(import_into(s, OWN("001010000000001", "gba_u: false"), &n, why), 0);
	c = config_with(s, "services: []\n");
	CU_ASSERT_EQUAL_FATAL(c->n_subscribers, 1);
	CU_ASSERT_FALSE(c->subscriber[0].gba_u); /* the rest is the file's */
	CU_ASSERT_EQUAL(auc_sqn(&c->subscriber[0]), 0x4000);
	net_config_free(c);
	state_close(s);
}

static void a_bad_file_changes_nothing(void)
{
	static const char *const bad[] = {
		OWN("001010000000002", "gba_u: true") OWN("001010000000003", "gba_u: maybe"),
		OWN("001010000000002", "gba_u: true, count: 3") OWN("001010000000004", "gba_u: true"),
		OWN("001010000000002", "gba_u: true") "- [",
	};
	struct state *s = open_state();
	char why[IMPORT_WHY_MAX];
	size_t n = 77;

	CU_ASSERT_EQUAL(import_into(s, OWN("001010000000001", "gba_u: true"), &n, why), 0);
	CU_ASSERT_EQUAL(n, 1);
	for (size_t i = 0; i < VU_COUNT(bad); i++) {
		CU_ASSERT_EQUAL(import_into(s, bad[i], &n, why), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, "ues.yaml:2:"));
		CU_ASSERT_EQUAL(n, 1);
	}
	CU_ASSERT_EQUAL(import_into(s, bad[1], &n, why), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(why, "ues.yaml:2:11: imsi: expected an IMSI of its own, got 001010000000004 again"));
	const char *two[] = { file_of("a.yaml", OWN("001010000000005", "gba_u: true")), path_of("nowhere.yaml") };
	CU_ASSERT_EQUAL(state_import(s, two, 2, &two_digits, &n, why), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "nowhere.yaml: No such file"));
	struct net_config *c = config_with(s, "services: []\n");
	CU_ASSERT_EQUAL(c->n_subscribers, 1);
	net_config_free(c);
	state_close(s);
}

/* Each test has a folder of its own. */
static void in_a_folder(void (*test)(void))
{
	static const char *const names[] = { "state", "state-wal", "state-shm", "ues.yaml", "a.yaml" };

	memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	test();
	for (size_t i = 0; i < VU_COUNT(names); i++)
		(void)unlink(path_of(names[i]));
	CU_ASSERT_EQUAL(rmdir(folder), 0);
}

#define IN_A_FOLDER(f)                                                                                                 \
	static void in_a_folder_##f(void)                                                                              \
	{                                                                                                              \
		in_a_folder(f);                                                                                        \
	}
IN_A_FOLDER(what_was_imported_is_served_with_the_configurations_own)
IN_A_FOLDER(what_the_configuration_has_no_more_is_not_served)
IN_A_FOLDER(a_subscriber_with_tuak_comes_back_as_it_was)
IN_A_FOLDER(importing_again_moves_no_sqn_back)
IN_A_FOLDER(a_bad_file_changes_nothing)

int main(void)
{
	static const struct cu_test tests[] = {
#define T(f) { #f, f }
#define S(f)                                                                                                           \
	{                                                                                                              \
#f, in_a_folder_##f                                                                                    \
	}
		T(a_ue_of_ueransim_is_a_subscriber),
		T(a_subscriber_of_open5gs_is_one),
		T(optype_op_makes_opc),
		T(our_own_configuration_can_be_imported),
		T(documents_and_formats_may_be_mixed),
		T(a_mistake_is_named_with_line_column_and_key),
		T(depth_and_number_of_keys_are_bounded),
		T(no_truncation_of_a_file_crashes),
		S(what_was_imported_is_served_with_the_configurations_own),
		S(what_the_configuration_has_no_more_is_not_served),
		S(a_subscriber_with_tuak_comes_back_as_it_was),
		S(importing_again_moves_no_sqn_back),
		S(a_bad_file_changes_nothing),
	};
	return CU_RUN("importing subscribers", tests);
}
