/* SPDX-License-Identifier: Apache-2.0 */
/* The test network's configuration: what is read, and where a mistake is said to be. */
#include "net_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static struct net_config *parse(const char *yaml, char why[static CONFIG_WHY_MAX])
{
	struct net_config *c = NULL;

	why[0] = '\0';
	return net_config_parse(&c, "net.yaml", span_str(yaml), why) == 0 ? c : NULL;
}

static void the_built_in_network_fits_the_default_card(void)
{
	char why[CONFIG_WHY_MAX];
	struct net_config *c = NULL;

	CU_ASSERT_EQUAL_FATAL(net_config_load(&c, NULL, why), 0);
	CU_ASSERT_STRING_EQUAL(c->listen, "127.0.0.1");
	CU_ASSERT_EQUAL(c->bsf_port, 8080);
	CU_ASSERT_EQUAL(c->bmsc_port, 8081);
	CU_ASSERT_EQUAL(c->mikey_port, 0);
	CU_ASSERT_EQUAL(c->bmsc.ue_port, MIKEY_UDP_PORT);
	CU_ASSERT_STRING_EQUAL(c->bsf.fqdn, "bsf.mnc001.mcc001.pub.3gppnetwork.org");
	CU_ASSERT_STRING_EQUAL(c->bmsc.path, "/keymanagement");
	CU_ASSERT_EQUAL_FATAL(c->n_subscribers, 1);
	CU_ASSERT_STRING_EQUAL(c->subscriber[0].impi, NET_IMPI);
	CU_ASSERT_EQUAL(c->subscriber[0].secret.k.b[0], 0x46);
	CU_ASSERT_EQUAL(auc_sqn(&c->subscriber[0]), 0x20);
	CU_ASSERT(c->subscriber[0].gba_u);
	CU_ASSERT_EQUAL_FATAL(c->n_services, 1);
	CU_ASSERT(c->service[0].everyone);
	CU_ASSERT_EQUAL(c->service[0].mtk_window, 100);
	net_config_free(c);
}

static void a_section_that_is_left_out_is_the_built_in_one(void)
{
	char why[CONFIG_WHY_MAX];
	struct net_config *c = parse("listen: '::1'\nmikey: { port: 1, ue_port: 2 }\n", why);

	CU_ASSERT_PTR_NOT_NULL(c);
	if (c == NULL)
		return;
	CU_ASSERT_STRING_EQUAL(c->listen, "::1");
	CU_ASSERT_EQUAL(c->bsf_port, 8080);
	CU_ASSERT_EQUAL(c->n_subscribers, 1);
	CU_ASSERT_EQUAL(c->n_services, 1);
	CU_ASSERT_EQUAL(c->mikey_port, 1);
	CU_ASSERT_EQUAL(c->bmsc.ue_port, 2);
	net_config_free(c);
}

static void an_empty_list_of_services_is_no_service(void)
{
	char why[CONFIG_WHY_MAX];
	struct net_config *c = parse("services: []\n", why);

	CU_ASSERT_PTR_NOT_NULL(c);
	if (c == NULL)
		return;
	CU_ASSERT_EQUAL(c->n_services, 0);
	CU_ASSERT_EQUAL(c->n_subscribers, 1);
	net_config_free(c);
}

#define SUBSCRIBER(imsi, mnc, k, sqn, more)                                                                            \
	"subscribers:\n- imsi: " imsi "\n  mnc_length: " mnc "\n  k: " k                                               \
	"\n  opc: cd63cb71954a9f4e48a5994e37a02baf\n  sqn: " sqn "\n  gba_u: true\n" more
#define IMSI "'001010123456789'"
#define K "465b5ce8b199b49faa5f0a2ee238a6bc"
#define SQN "'000000000020'"
#define TUAK(k, topc, more)                                                                                            \
	"subscribers:\n- imsi: " IMSI "\n  mnc_length: 2\n  algorithm: tuak\n  k: " k "\n  topc: " topc                \
	"\n  sqn: " SQN "\n  gba_u: true\n" more
#define TOPC "bd04d9530e87513c5d837ac2ad954623a8e2330c115305a73eb45d1f40cccbff"
#define BMSC(more) "bmsc: { port: 1, fqdn: a, path: /km, muk_lifetime: 1, " more " }\n"
#define SERVICE(id, domain, group, streaming, more)                                                                    \
	"- id: " id "\n  key_domain: " domain "\n  key_group: " group "\n  streaming: " streaming "\n" more

static void a_mistake_is_named_with_line_column_and_key(void)
{
	static const struct {
		const char *yaml, *place, *about;
	} bad[] = {
		/* found by the form */
		{ "", "net.yaml:1:1: ", "mapping" },
		{ "foo: 1\n", "net.yaml:1:", "unknown key foo (expected one" },
		{ "listen: [1]\n", "net.yaml:1:9: ", "" },
		{ "\nbsf:\n  port: 99999\n", "net.yaml:3:9: port: ", "99999" },
		{ "bsf: { port: 1 }\n", "net.yaml:1:", "expected the key fqdn here, got none" },
		{ "bsf: 7\n", "net.yaml:1:6: ", "MAPPING" },
		{ "mikey: { port: 1, ue_port: -2 }\n", "net.yaml:1:28: ", "-2" },
		{ "bsf: { port: [\n", "net.yaml:1:14: ", "" },
		{ "services:\n" SERVICE("a", "00f110", "'0001'", "true", "  members: []\n"), "net.yaml:6:", "ntries" },
		{ "a: b: c\n", "net.yaml:1:", "" },
		/* found by the sense */
		{ "listen: localhost\n", "net.yaml:1:9: listen: ", "localhost" },
		{ "\nbsf: { port: 1, fqdn: a, lifetime: 0 }\n", "net.yaml:2:36: bsf.lifetime: ", "got 0" },
		{ "bmsc: { port: 1, fqdn: a, path: x, muk_lifetime: 1 }\n", "net.yaml:1:33: bmsc.path: ", "\"x\"" },
		{ BMSC("description: x"), "net.yaml:1:68: bmsc.description: ", "\"x\"" },
		{ BMSC("description: /km"), "net.yaml:1:68: bmsc.description: ", "of its own" },
		{ BMSC("offset_time: 604801"), "net.yaml:1:68: bmsc.offset_time: ", "up to 604800, got 604801" },
		{ BMSC("random_time_period: 999999"), "net.yaml:1:75: bmsc.random_time_period: ", "got 999999" },
		{ BMSC("uicc_key_management: 7"), "net.yaml:1:76: bmsc.uicc_key_management: ", "true or false" },
		{ "mikey: { port: 1, ue_port: 0 }\n", "net.yaml:1:28: mikey.ue_port: ", "got 0" },
		{ SUBSCRIBER("00101x", "2", K, SQN, ""), "net.yaml:2:9: subscribers.0.imsi: ", "00101x" },
		{ SUBSCRIBER("'12345'", "2", K, SQN, ""), "net.yaml:2:9: subscribers.0.imsi: ", "12345" },
		{ SUBSCRIBER(IMSI, "4", K, SQN, ""), "net.yaml:3:15: subscribers.0.mnc_length: ", "got 4" },
		{ SUBSCRIBER(IMSI, "2", "465b5ce8", SQN, ""), "net.yaml:4:6: subscribers.0.k: ", "32 hex" },
		{ SUBSCRIBER(IMSI, "2", "x65b5ce8b199b49faa5f0a2ee238a6bc", SQN, ""),
		  "net.yaml:4:6: subscribers.0.k: ", "32 hex" },
		{ SUBSCRIBER(IMSI, "2", K, "'20'", ""), "net.yaml:6:8: subscribers.0.sqn: ", "12 hex" },
		{ SUBSCRIBER(IMSI, "2", K, SQN, "  amf: '00'\n"), "net.yaml:8:8: subscribers.0.amf: ", "4 hex" },
		{ SUBSCRIBER(IMSI, "2", K, SQN,
			     "- { imsi: " IMSI ", mnc_length: 2, k: " K ", opc: " K ", sqn: " SQN ", gba_u: false }\n"),
		  "net.yaml:8:11: subscribers.1.imsi: ", "another" },
		{ SUBSCRIBER(IMSI, "2", K, SQN, "  algorithm: tuba\n"),
		  "net.yaml:8:14: subscribers.0.algorithm: ", "expected milenage or tuak, got \"tuba\"" },
		{ SUBSCRIBER(IMSI, "2", K, SQN, "  op: " K "\n"), "net.yaml:8:7: subscribers.0.op: ", "got both" },
		{ SUBSCRIBER(IMSI, "2", K, SQN, "  count: 0\n"), "net.yaml:8:10: subscribers.0.count: ", "got 0" },
		{ SUBSCRIBER(IMSI, "2", K, SQN, "  count: 1000001\n"),
		  "net.yaml:8:10: subscribers.0.count: ", "expected 1 to 1000000, got 1000001" },
		{ SUBSCRIBER("'00101999999'", "2", K, SQN, "  count: 2\n"),
		  "net.yaml:8:10: subscribers.0.count: ", "expected IMSIs of one PLMN, got 2 from 00101999999" },
		{ SUBSCRIBER(IMSI, "2", K, SQN, "  k_step: -1\n"), "net.yaml:8:11: subscribers.0.k_step: ", "got -1" },
		{ SUBSCRIBER("'001010123456780'", "2", K, SQN,
			     "  count: 10\n- { imsi: " IMSI ", mnc_length: 2, k: " K ", opc: " K ", sqn: " SQN
			     ", gba_u: false }\n"),
		  "net.yaml:9:11: subscribers.1.imsi: ", "got 001010123456789, which another subscriber has" },
		{ SUBSCRIBER("'001010123456780'", "2", K, SQN,
			     "") "services:\n" SERVICE("a", "00f110", "'0001'", "true", "  members: [ " IMSI " ]\n"),
		  "net.yaml:13:12: services.0.members: ", "\"001010123456789\"" },
		{ SUBSCRIBER(IMSI, "2", K, SQN, "  algorithm: tuak\n"),
		  "net.yaml:5:8: subscribers.0.opc: ", "expected topc with this algorithm, got opc" },
		{ SUBSCRIBER(IMSI, "2", K, SQN, "  topc: " TOPC "\n"),
		  "net.yaml:8:9: subscribers.0.topc: ", "expected opc with this algorithm, got topc" },
		{ TUAK(K, TOPC, ""), "net.yaml:2:3: subscribers.0.tuak: ", "expected the key here" },
		{ TUAK(K K, TOPC, "  tuak: { res_length: 256, keccak_iterations: 1 }\n"),
		  "net.yaml:9:23: subscribers.0.tuak.res_length: ", "expected 32, 64 or 128 bits, got 256" },
		{ TUAK(K, TOPC, "  tuak: { res_length: 32, keccak_iterations: 0 }\n"),
		  "net.yaml:9:46: subscribers.0.tuak.keccak_iterations: ", "got 0" },
		{ TUAK(K "00", TOPC, "  tuak: { res_length: 32, keccak_iterations: 1 }\n"),
		  "net.yaml:5:6: subscribers.0.k: ", "expected 32 or 64 hexadecimal digits, got 34" },
		{ TUAK(K, TOPC "00", "  tuak: { res_length: 32, keccak_iterations: 1 }\n"),
		  "net.yaml:6:9: subscribers.0.topc: ", "64 hex" },
		{ "subscribers:\n- { imsi: " IMSI ", mnc_length: 2, k: " K ", sqn: " SQN ", gba_u: false }\n",
		  "net.yaml:2:3: subscribers.0.opc: ", "expected the key here" },
		{ "subscribers:\n- { imsi: " IMSI ", mnc_length: 2, k: " K ", opc: " K ", sqn: " SQN
		  ",\n    gba_u: perhaps }\n",
		  "net.yaml:3:12: subscribers.0.gba_u: ", "expected true or false, got \"perhaps\"" },
		{ SUBSCRIBER(IMSI, "2", K, SQN, "  mbms: card\n"),
		  "net.yaml:8:9: subscribers.0.mbms: ", "expected uicc or me, got \"card\"" },
		{ "subscribers:\n- { imsi: " IMSI ", mnc_length: 2, k: " K ", opc: " K ", sqn: " SQN
		  ",\n    gba_u: false, mbms: uicc }\n",
		  "net.yaml:3:25: subscribers.0.mbms: ", "expected me with gba_u: false" },
		{ "services:\n" SERVICE("a", "00f110", "'0001'", "maybe", ""),
		  "net.yaml:5:14: services.0.streaming: ", "expected true or false, got \"maybe\"" },
		{ "services:\n" SERVICE("a", "00f110", "'0001'", "''", ""),
		  "net.yaml:5:14: services.0.streaming: ", "expected true or false, got \"\"" },
		{ "services:\n" SERVICE("a", "00f1", "'0001'", "true", ""),
		  "net.yaml:3:15: services.0.key_domain: ", "6 hex" },
		{ "services:\n" SERVICE("a", "00f110", "'1'", "true", ""),
		  "net.yaml:4:14: services.0.key_group: ", "4 hex" },
		{ "services:\n" SERVICE("a", "00f110", "'0001'", "true", "  ssrc: dead\n"),
		  "net.yaml:6:9: services.0.ssrc: ", "8 hex" },
		{ "services:\n" SERVICE("a", "00f110", "'0001'", "true", "  members: [ '9' ]\n"),
		  "net.yaml:6:12: services.0.members: ", "\"9\"" },
		{ "services:\n" SERVICE("a", "00f110", "'0001'", "true", "")
			  SERVICE("a", "00f110", "'0002'", "true", ""),
		  "net.yaml:6:7: services.1.id: ", "another" },
		{ "services:\n" SERVICE("a", "00f110", "'0001'", "true", "")
			  SERVICE("b", "00f110", "'0001'", "false", ""),
		  "net.yaml:8:14: services.1.key_group: ", "service 0" },
	};
	char why[CONFIG_WHY_MAX];

	for (size_t i = 0; i < VU_COUNT(bad); i++) {
		struct net_config *c = parse(bad[i].yaml, why);

		CU_ASSERT_PTR_NULL(c);
		if (strncmp(why, bad[i].place, strlen(bad[i].place)) != 0 || strstr(why, bad[i].about) == NULL) {
			fprintf(stderr, "\nexpected %s … %s, got %s\n", bad[i].place, bad[i].about, why);
			CU_FAIL("another message");
		}
		net_config_free(c);
	}
}

static void a_subscriber_may_have_tuak(void)
{
	char why[CONFIG_WHY_MAX];
	struct net_config *c = parse(TUAK(K K, TOPC, "  tuak: { res_length: 128, keccak_iterations: 3 }\n"), why);

	CU_ASSERT_PTR_NOT_NULL(c);
	if (c == NULL)
		return;
	const struct aka_secret *s = &c->subscriber[0].secret;
	CU_ASSERT(aka_secret_ok(s));
	CU_ASSERT_EQUAL(s->algorithm, AKA_TUAK);
	CU_ASSERT_EQUAL(s->tuak.k_len, 32);
	CU_ASSERT_EQUAL(s->tuak.k.b[16], 0x46);
	CU_ASSERT_EQUAL(s->tuak.topc.b[31], 0xFF);
	CU_ASSERT_EQUAL(s->tuak.iterations, 3);
	CU_ASSERT_EQUAL(s->tuak_res_len, 16);
	net_config_free(c);
}

/* The first and the last of a range, and what lies between: IMSI + 1, K + k_step, nothing else. */
static void a_range_of_subscribers_counts_imsi_and_k(void)
{
	char why[CONFIG_WHY_MAX];
	struct net_config *c = parse(SUBSCRIBER("'001010123456789'", "3", "000000000000000000000000000000ff", SQN,
						"  count: 1000\n  k_step: 256\n"),
				     why);

	CU_ASSERT_PTR_NOT_NULL(c);
	if (c == NULL)
		return;
	CU_ASSERT_EQUAL_FATAL(c->n_subscribers, 1000);
	const struct subscriber *last = &c->subscriber[999];
	CU_ASSERT_STRING_EQUAL(c->subscriber[0].imsi, "001010123456789");
	CU_ASSERT_STRING_EQUAL(c->subscriber[211].imsi, "001010123457000");
	CU_ASSERT_STRING_EQUAL(last->imsi, "001010123457788");
	CU_ASSERT_STRING_EQUAL(last->impi, "001010123457788@ims.mnc010.mcc001.3gppnetwork.org");
	/* ff + 999 * 256 = 03 e7 ff */
	static const uint8_t k[16] = { [13] = 0x03, [14] = 0xe7, [15] = 0xff };
	CU_ASSERT(memcmp(last->secret.k.b, k, sizeof k) == 0);
	CU_ASSERT(memcmp(last->secret.opc.b, c->subscriber[0].secret.opc.b, 16) == 0);
	CU_ASSERT_EQUAL(auc_sqn(last), 0x20);
	net_config_free(c);
}

/* TS 35.207 test set 1. */
static void op_stands_for_opc(void)
{
	char why[CONFIG_WHY_MAX];
	struct net_config *c = parse("subscribers:\n- { imsi: " IMSI ", mnc_length: 2, k: " K
				     ", op: cdc202d5123e20f62b6d676ac72cb318, sqn: " SQN ", gba_u: true }\n",
				     why);
	static const uint8_t opc[16] = { 0xcd, 0x63, 0xcb, 0x71, 0x95, 0x4a, 0x9f, 0x4e,
					 0x48, 0xa5, 0x99, 0x4e, 0x37, 0xa0, 0x2b, 0xaf };

	CU_ASSERT_PTR_NOT_NULL(c);
	if (c == NULL)
		return;
	CU_ASSERT(memcmp(c->subscriber[0].secret.opc.b, opc, sizeof opc) == 0);
	net_config_free(c);
}

static void a_message_about_a_key_does_not_show_it(void)
{
	char why[CONFIG_WHY_MAX];
	struct net_config *c = parse(SUBSCRIBER(IMSI, "2", K "00", SQN, ""), why);

	CU_ASSERT_PTR_NULL(c);
	CU_ASSERT_PTR_NULL(strstr(why, "465b5ce8"));
	CU_ASSERT_PTR_NULL(parse(TUAK(K, TOPC "x", "  tuak: { res_length: 64, keccak_iterations: 1 }\n"), why));
	CU_ASSERT_PTR_NULL(strstr(why, "bd04d953"));
}

static void no_truncation_of_a_configuration_crashes(void)
{
	struct span whole = net_config_default();
	char why[CONFIG_WHY_MAX];

	for (size_t n = 0; n <= whole.n; n++) {
		char *cut = malloc(n + 1);
		struct net_config *c;

		CU_ASSERT_FATAL(cut != NULL);
		memcpy(cut, whole.p, n);
		cut[n] = '\0';
		c = parse(cut, why);
		CU_ASSERT((c == NULL) == (why[0] != '\0'));
		net_config_free(c);
		free(cut);
	}
}

static void a_file_that_is_not_there_is_no_bad_configuration(void)
{
	char why[CONFIG_WHY_MAX];
	struct net_config *c = NULL;

	CU_ASSERT_EQUAL(net_config_load(&c, "/nonexistent/net.yaml", why), -ENOENT);
	CU_ASSERT_PTR_NULL(c);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "/nonexistent/net.yaml"));
}

int main(void)
{
	static const struct cu_test tests[] = {
#define T(f) { #f, f }
		T(the_built_in_network_fits_the_default_card), T(a_section_that_is_left_out_is_the_built_in_one),
		T(an_empty_list_of_services_is_no_service),    T(a_mistake_is_named_with_line_column_and_key),
		T(a_message_about_a_key_does_not_show_it),     T(a_subscriber_may_have_tuak),
		T(a_range_of_subscribers_counts_imsi_and_k),   T(op_stands_for_opc),
		T(no_truncation_of_a_configuration_crashes),   T(a_file_that_is_not_there_is_no_bad_configuration),
	};
	return CU_RUN("configuration of the test network", tests);
}
