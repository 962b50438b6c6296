/* SPDX-License-Identifier: Apache-2.0 */
/* AKA and GBA_U through APDUs: the worked trace of gba-trace.json, and decisions 1 to 7, 30, 51, 53, 54. */
#include "card_fixture.h"
#include "tests/cu.h"
#include "tests/vectors/json.h"

#define SW(c, hex, sw) CU_ASSERT_EQUAL(card_hex(c, hex), sw)
#define EQUAL(octets, ...) CU_ASSERT(span_eq(octets, json_hex(j, __VA_ARGS__)))

static const struct span naf = { (const uint8_t *)FIXTURE_NAF, sizeof FIXTURE_NAF - 1 };

/* "hex 9000" of the trace: data and status word. */
static void check_answer(struct json *j, const struct card *c, const char *name)
{
	struct span expected = json_hex(j, "$.%s", name);

	CU_ASSERT(span_eq(card_answer(c), span_sub(expected, 0, expected.n - 2)));
}

static void test_worked_trace(void)
{
	struct json *j = json_open("gba-trace.json");
	struct card *c = card_new(NULL);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_send(c, json_hex(j, "$.apdu_bootstrap")), SW_OK);
	check_answer(j, c, "rsp_bootstrap");
	CU_ASSERT_EQUAL(card_send(c, json_hex(j, "$.apdu_bootstrap")), SW_OK);
	check_answer(j, c, "rsp_replay");
	CU_ASSERT_EQUAL(card_write_btid(c, "x@bsf"), SW_OK);
	CU_ASSERT_EQUAL(card_send(c, json_hex(j, "$.apdu_naf")), SW_OK);
	check_answer(j, c, "rsp_naf");
	card_free(c);

	c = card_new(NULL);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_send(c, json_hex(j, "$.apdu_3g")), SW_OK);
	check_answer(j, c, "rsp_3g");
	card_free(c);
	json_close(j);
}

/* Decisions 1 and 2. */
static void test_contexts_are_separated_by_the_mask(void)
{
	struct json *j = json_open("gba-trace.json");
	struct card *c = card_new(NULL);
	uint8_t b[64];
	struct auth_challenge a;

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	fixture_challenge(c, &a, 0x20, AKA_GBA_U);
	EQUAL(SPAN(a.autn), "$.AUTN_star");
	struct wr w = WR(b);
	auth_3g_put(&w, &a);
	CU_ASSERT_EQUAL(card_command(c, 0, 0x88, 0, 0x81, wr_done(&w), 256), SW_AUTH_MAC);
	fixture_challenge(c, &a, 0x20, AKA_PLAIN);
	EQUAL(SPAN(a.autn), "$.AUTN");
	w = WR(b);
	auth_bootstrap_put(&w, &a);
	CU_ASSERT_EQUAL(card_command(c, 0, 0x88, 0, 0x84, wr_done(&w), 256), SW_AUTH_MAC);
	CU_ASSERT_EQUAL(card_aka(c, 0x20), SW_OK); /* neither spent the SQN */
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_OK);
	card_free(c);
	json_close(j);
}

/* Decision 3: a wrong MAC is 9862 even when the SQN is stale, too; and nothing changes on either failure. */
static void test_mac_before_freshness(void)
{
	struct card *c = card_new(NULL);
	struct auth_challenge a;
	uint8_t b[64];

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_aka(c, 0x40), SW_OK);
	struct nv_mem *before = nv_mem_copy(c->nv);
	fixture_challenge(c, &a, 0x20, AKA_PLAIN);
	a.autn[15] ^= 1;
	struct wr w = WR(b);
	auth_3g_put(&w, &a);
	CU_ASSERT_EQUAL(card_command(c, 0, 0x88, 0, 0x81, wr_done(&w), 256), SW_AUTH_MAC);
	CU_ASSERT_EQUAL(card_aka(c, 0x20), SW_OK);
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_SYNC_FAILURE);
	CU_ASSERT(nv_mem_equal(before, c->nv));
	nv_mem_close(before);
	card_free(c);
}

static uint64_t sqn_in_auts(struct card *c)
{
	static const uint8_t rand[16] = { 0x23, 0x55, 0x3c, 0xbe, 0x96, 0x37, 0xa8, 0x9d,
					  0x21, 0x8a, 0xe6, 0x4d, 0xae, 0x47, 0xbf, 0x35 };
	struct auth_answer a;
	uint64_t sqn = UINT64_MAX;

	CU_ASSERT(auth_answer_parse(&a, card_answer(c)) && a.sync_failure);
	CU_ASSERT(a.auts.n == AUTS_LEN && aka_auts_open(c->prim, &sqn, &fixture_secret, rand, a.auts.p));
	return sqn;
}

/* Decisions 4 and 53. */
static void test_sqn_scheme(void)
{
	struct card *c = card_new(NULL);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_aka(c, 10 << 5 | 3), SW_OK);
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_OK);
	CU_ASSERT_EQUAL(card_aka(c, 9 << 5 | 4), SW_OK); /* another IND, an older SEQ: taken */
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_OK);
	CU_ASSERT_EQUAL(card_aka(c, 10 << 5 | 3), SW_OK);
	CU_ASSERT_EQUAL(sqn_in_auts(c), 10 << 5 | 3);
	CU_ASSERT_EQUAL(card_aka(c, 10 << 5 | 7), SW_OK); /* the same SEQ in a second entry */
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_OK);
	CU_ASSERT_EQUAL(card_aka(c, 1 << 5 | 3), SW_OK);
	CU_ASSERT_EQUAL(sqn_in_auts(c), 10 << 5 | 7); /* the one accepted last */
	CU_ASSERT_EQUAL(card_aka(c, (10 + (1ull << 28) + 1) << 5), SW_OK); /* one more than delta ahead */
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_SYNC_FAILURE);
	CU_ASSERT_EQUAL(card_aka(c, (10 + (1ull << 28)) << 5), SW_OK);
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_OK);
	CU_ASSERT_EQUAL(card_bootstrap(c, 10 << 5 | 8), SW_OK); /* one array for 3G and GBA */
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_OK);
	CU_ASSERT_EQUAL(card_aka(c, 10 << 5 | 8), SW_OK);
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_SYNC_FAILURE);
	card_power_cycle(c);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_aka(c, 10 << 5 | 8), SW_OK);
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_SYNC_FAILURE);
	card_free(c);
}

/* Decision 5: B-TID and lifetime emptied together with the new Ks. */
static void test_gbabp_after_bootstrapping(void)
{
	struct card *c = card_new(NULL);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_bootstrap(c, 0x20), SW_OK);
	CU_ASSERT_EQUAL(card_write_btid(c, FIXTURE_BTID), SW_OK);
	CU_ASSERT_EQUAL(card_read(c, 0x6FD6, 0), SW_OK);
	CU_ASSERT_EQUAL(c->answer[17], sizeof FIXTURE_BTID - 1);
	CU_ASSERT_EQUAL(card_bootstrap(c, 0x40), SW_OK);
	CU_ASSERT_EQUAL(card_read(c, 0x6FD6, 0), SW_OK);
	struct rd r = rd_of(card_answer(c));
	CU_ASSERT_EQUAL(rd_lv8(&r).n, 16);
	CU_ASSERT_EQUAL(rd_u16(&r), 0);
	CU_ASSERT(r.n == 192 - 19 && span_all(rd_rest(&r), 0xFF));
	card_free(c);
}

/* Decision 6. */
static void test_naf_derivation_needs_ks_and_btid(void)
{
	struct card *c = card_new(NULL);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_write_btid(c, FIXTURE_BTID), SW_OK);
	CU_ASSERT_EQUAL(card_derive(c, naf), SW_CONDITIONS); /* no Ks */
	CU_ASSERT_EQUAL(card_bootstrap(c, 0x20), SW_OK);
	CU_ASSERT_EQUAL(card_derive(c, naf), SW_CONDITIONS); /* no B-TID */
	CU_ASSERT_EQUAL(card_write_btid(c, FIXTURE_BTID), SW_OK);
	CU_ASSERT_EQUAL(card_derive(c, naf), SW_OK);
	CU_ASSERT_EQUAL(c->n, 34);
	card_free(c);
}

/* Which records of EF_GBANL hold this octet as the first of their NAF_ID; as bits. */
static unsigned gbanl_holds(struct card *c, uint8_t first)
{
	unsigned found = 0;

	for (unsigned record = 1; record <= 3; record++) {
		CU_ASSERT_EQUAL(card_read(c, 0x6FDA, record), SW_OK);
		if (c->answer[0] == 0x80 && c->answer[2] == first)
			found |= 1u << record;
	}
	return found;
}

/* Decision 7. */
static void test_gbanl_same_naf_free_record_then_least_recently_used(void)
{
	const struct card_options o = { .gbanl_records = 3 };
	struct card *c = card_new(&o);
	uint8_t id[] = { 'a', '.', 'x', 1, 0, 0, 0, 1 };

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_bootstrap(c, 0x20), SW_OK);
	CU_ASSERT_EQUAL(card_write_btid(c, FIXTURE_BTID), SW_OK);
	for (id[0] = 'a'; id[0] <= 'c'; id[0]++)
		CU_ASSERT_EQUAL(card_derive(c, SPAN(id)), SW_OK);
	CU_ASSERT_EQUAL(gbanl_holds(c, 'a'), 1u << 1);
	CU_ASSERT_EQUAL(gbanl_holds(c, 'c'), 1u << 3);
	id[0] = 'a'; /* again: the same record, to the front */
	CU_ASSERT_EQUAL(card_derive(c, SPAN(id)), SW_OK);
	CU_ASSERT_EQUAL(gbanl_holds(c, 'a'), 1u << 1);
	id[0] = 'd'; /* full: b is the least recently used */
	CU_ASSERT_EQUAL(card_derive(c, SPAN(id)), SW_OK);
	CU_ASSERT_EQUAL(gbanl_holds(c, 'd'), 1u << 2);
	CU_ASSERT_EQUAL(gbanl_holds(c, 'b'), 0);
	CU_ASSERT_EQUAL(gbanl_holds(c, 'a'), 1u << 1);
	card_free(c);
}

static void test_gsm_context(void)
{
	struct card *c = card_new(NULL);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "0088008011 10 23553cbe9637a89d218ae64dae47bf35 00", SW_OK);
	CU_ASSERT(card_answered(c, "04 46f8416a 08 eae4be823af9a08b"));
	SW(c, "0088008010 23553cbe9637a89d218ae64dae47bf35", SW_DATA);
	card_free(c);
}

/* Decision 30, and Kc only with service 27. */
static void test_services_off(void)
{
	const struct card_options o = { .without_gba = true, .without_mbms = true, .without_gsm = true };
	struct card *c = card_new(&o);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_bootstrap(c, 0x20), SW_AUTH_CONTEXT);
	SW(c, "0089808504 53020300", SW_AUTH_CONTEXT);
	SW(c, "0088008011 10 23553cbe9637a89d218ae64dae47bf35", SW_AUTH_CONTEXT);
	SW(c, "0088008201 00", SW_AUTH_CONTEXT);
	SW(c, "0089808603 530100", SW_AUTH_CONTEXT);
	CU_ASSERT_EQUAL(card_aka(c, 0x20), SW_OK);
	CU_ASSERT_EQUAL(c->n, 1 + 9 + 17 + 17); /* no Kc */
	card_free(c);
}

/* Decisions 51 and 54. */
static void test_where_authenticate_is_refused(void)
{
	const struct card_options o = { .pin1_enabled = true };
	struct card *c = card_new(&o);

	CU_ASSERT_EQUAL(card_aka(c, 0x20), SW_SECURITY); /* no application */
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_aka(c, 0x20), SW_SECURITY); /* PIN1 */
	CU_ASSERT_EQUAL(card_bootstrap(c, 0x20), SW_SECURITY);
	SW(c, "0089808506 5304 03 00f110", SW_SECURITY);
	SW(c, "0020000108 31323334ffffffff", SW_OK);
	SW(c, "0088018122 00", SW_WRONG_LENGTH);
	SW(c, "0088018101 00", SW_P1P2);
	SW(c, "0088008601 00", SW_P1P2);
	SW(c, "0088008501 00", SW_P1P2);
	SW(c, "0088008301 00", SW_P1P2);
	SW(c, "0089808201 00", SW_P1P2);
	SW(c, "0089808401 00", SW_P1P2);
	SW(c, "0088000101 00", SW_P1P2);
	SW(c, "0088008101 00", SW_DATA);
	CU_ASSERT_EQUAL(card_aka(c, 0x20), SW_OK);
	SW(c, "00a4000c02 3f00", SW_OK);
	CU_ASSERT_EQUAL(card_aka(c, 0x40), SW_SECURITY); /* outside the application's directory */
	card_free(c);
}

/* The transaction: when the store fails, no answer, no SQN spent, no Ks. */
static void test_store_failure_is_6581_and_nothing_happened(void)
{
	struct card *c = card_new(NULL);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	nv_mem_fail_after(c->nv, 0);
	CU_ASSERT_EQUAL(card_aka(c, 0x20), SW_MEMORY_PROBLEM);
	CU_ASSERT_EQUAL(c->n, 0);
	CU_ASSERT_EQUAL(card_bootstrap(c, 0x20), SW_MEMORY_PROBLEM);
	nv_mem_fail_after(c->nv, -1);
	CU_ASSERT_EQUAL(card_bootstrap(c, 0x20), SW_OK);
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_OK);
	card_free(c);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "the worked trace of gba-trace.json", test_worked_trace },
		{ "decisions 1, 2: AUTN and AUTN* fail in each other's context",
		  test_contexts_are_separated_by_the_mask },
		{ "decision 3: MAC before freshness, nothing changes", test_mac_before_freshness },
		{ "decisions 4, 53: SQN array, IND, delta, AUTS", test_sqn_scheme },
		{ "decision 5: EF_GBABP after bootstrapping", test_gbabp_after_bootstrapping },
		{ "decision 6: NAF derivation needs Ks and B-TID", test_naf_derivation_needs_ks_and_btid },
		{ "decision 7: EF_GBANL records", test_gbanl_same_naf_free_record_then_least_recently_used },
		{ "GSM context", test_gsm_context },
		{ "decision 30: services off", test_services_off },
		{ "decisions 51, 54: where AUTHENTICATE is refused", test_where_authenticate_is_refused },
		{ "a failing store is 6581 and nothing happened", test_store_failure_is_6581_and_nothing_happened },
	};

	return CU_RUN("card AKA and GBA_U", tests);
}
