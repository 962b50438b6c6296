/* SPDX-License-Identifier: Apache-2.0 */
/* The card as a platform: selection, reading and writing, access rules, PINs, the shapes of commands, T=0. */
#include "card/cmd.h"
#include "card/image.h"
#include "card_fixture.h"
#include "tests/cu.h"

#define SW(c, hex, sw) CU_ASSERT_EQUAL(card_hex(c, hex), sw)
#define SW_AND(c, hex, sw, data)                                                                                       \
	do {                                                                                                           \
		SW(c, hex, sw);                                                                                        \
		CU_ASSERT(card_answered(c, data));                                                                     \
	} while (0)

static void test_select_by_every_way(void)
{
	struct card *c = card_new(NULL);

	SW_AND(c, "00a4000402 3f00", SW_OK,
	       "622d 82027821 83023f00 a50f 800171 8304........ 870101 880100 8a0105 8c0100 c60c 900160 830101 830181 "
	       "83010a");
	SW(c, "00a4000c02 6f07", SW_FILE_NOT_FOUND); /* an EF of another directory */
	SW(c, "00a4000402 7fff", SW_FILE_NOT_FOUND); /* no application yet */
	SW(c, "00a40404 07 a0000000871002", SW_OK); /* AID right-truncated */
	CU_ASSERT(span_starts(card_answer(c), SPAN(((uint8_t[]){ 0x62 }))));
	SW(c, "00a4040c 07 a0000000871009", SW_FILE_NOT_FOUND);
	SW(c, "00a4040e 07 a0000000871002", SW_FILE_NOT_FOUND); /* next: there is one alone */
	SW(c, "00a4040d 07 a0000000871002", SW_OK); /* last */
	SW_AND(c, "00a4000402 6fd6", SW_OK, "621a 82024121 83026fd6 8a0105 8b032f0603 800200c0 810200c0 8800");
	SW(c, "00a4000c02 6fd7", SW_OK); /* a sibling of the current EF */
	SW_AND(c, "00a4000402 6fd7", SW_OK, "621d 8205422100140a 83026fd7 8a0105 8b032f0602 800200c8 810200c8 8800");
	SW(c, "00a4000c02 3f00", SW_OK);
	SW(c, "00a4000c02 7fff", SW_OK); /* back into the application */
	SW_AND(c, "80f2000100", SW_OK, "8410" FIXTURE_AID);
	SW(c, "00a4080c04 7f106f3a", SW_OK); /* path from the MF */
	SW(c, "00a4080c04 7fff6f07", SW_OK);
	SW(c, "00a4080c04 7f106f07", SW_FILE_NOT_FOUND);
	SW(c, "00a4090c02 6f38", SW_OK); /* path from the current DF */
	SW(c, "00a4030c", SW_OK); /* parent */
	SW(c, "00a4030c", SW_FILE_NOT_FOUND); /* the MF has none */
	SW(c, "00a4010c02 7f10", SW_OK);
	SW(c, "00a4000c02 7f10", SW_OK); /* the current directory itself */
	SW(c, "00a4010c02 6f3a", SW_FILE_NOT_FOUND); /* an EF is no child DF */
	SW(c, "00a4000002 3f00", SW_P1P2);
	SW(c, "00a4020c02 3f00", SW_P1P2);
	SW(c, "00a4000c03 3f0000", SW_LC_P1P2);
	SW(c, "00a4040c07 a0000000871002", SW_OK);
	SW(c, "00a4044c07 a0000000871002", SW_OK); /* terminate the application session */
	SW(c, "00a4000c02 7fff", SW_FILE_NOT_FOUND);
	card_free(c);
}

static void test_failed_select_moves_nothing(void)
{
	struct card *c = card_new(NULL);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "00a4000c02 6f38", SW_OK);
	SW(c, "00a4000c02 1234", SW_FILE_NOT_FOUND);
	SW(c, "00b0000001", SW_OK); /* EF_UST is still the current EF */
	card_free(c);
}

static void test_status_forms(void)
{
	struct card *c = card_new(NULL);

	SW_AND(c, "80f2000000", SW_OK,
	       "622d 82027821 83023f00 a50f 800171 8304........ 870101 880100 8a0105 8c0100 c60c 900160 830101 830181 "
	       "83010a");
	SW_AND(c, "80f2010c", SW_OK, "");
	SW(c, "80f2000100", SW_DATA_NOT_FOUND); /* no application, no name */
	SW(c, "80f2030000", SW_P1P2);
	SW(c, "80f2000200", SW_P1P2);
	SW(c, "00f2000000", SW_CLA);
	card_free(c);
}

static void test_binary_reads_and_writes(void)
{
	struct card *c = card_new(NULL);

	SW(c, "00b0000001", SW_NO_EF);
	SW_AND(c, "00b0820000", SW_OK, "98001032547698103254"); /* by SFI */
	SW_AND(c, "00b0000802", SW_OK, "3254");
	SW_AND(c, "00b0000804", SW_END_OF_FILE, "3254");
	SW(c, "00b0000a01", SW_OFFSET);
	SW(c, "00b0830001", SW_FILE_NOT_FOUND);
	SW(c, "00b09e0000", SW_FILE_STRUCTURE); /* EF_DIR has records */
	SW(c, "00b0a00001", SW_P1P2);
	SW(c, "00a4080c04 7f106f3a", SW_OK);
	SW(c, "00d6012b01 77", SW_OK);
	SW(c, "00d6012c01 77", SW_OFFSET);
	SW(c, "00d6012b02 7777", SW_WRONG_LENGTH); /* past the end: nothing is written */
	SW_AND(c, "00b0012a00", SW_OK, "ff77");
	SW(c, "00b0010000", SW_OK);
	CU_ASSERT_EQUAL(c->n, 44);
	CU_ASSERT_EQUAL(card_hex(c, "00b0000000"), SW_OK);
	CU_ASSERT_EQUAL(c->n, 256);
	card_power_cycle(c);
	SW(c, "00a4080c04 7f106f3a", SW_OK);
	SW_AND(c, "00b0012b00", SW_OK, "77");
	card_free(c);
}

static void test_record_reads_and_writes(void)
{
	struct card *c = card_new(NULL);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "00a4000c02 6f3b", SW_OK);
	SW_AND(c, "00b2010408", SW_OK, "0101010101010101");
	SW_AND(c, "00b2000208", SW_OK, "0101010101010101"); /* next, from nowhere: the first */
	SW_AND(c, "00b2000208", SW_OK, "0202020202020202");
	SW_AND(c, "00b2000408", SW_OK, "0202020202020202"); /* current */
	SW_AND(c, "00b2000308", SW_OK, "0101010101010101"); /* previous */
	SW(c, "00b2000308", SW_RECORD_NOT_FOUND);
	SW(c, "00b2040408", SW_RECORD_NOT_FOUND);
	SW(c, "00b2010108", SW_P1P2);
	SW(c, "00b2010208", SW_P1P2); /* next takes no record number */
	SW(c, "00dc010408 0909090909090909", SW_SECURITY); /* PIN2 */
	SW(c, "0020008108 35363738ffffffff", SW_OK);
	SW(c, "00dc010408 0909090909090909", SW_OK);
	SW(c, "00dc010407 09090909090909", SW_WRONG_LENGTH);
	SW_AND(c, "00b2010408", SW_OK, "0909090909090909");
	SW(c, "00b0000001", SW_FILE_STRUCTURE);
	SW(c, "00a4000c02 6f39", SW_OK); /* cyclic */
	SW_AND(c, "00b2010403", SW_OK, "010101");
	SW(c, "00dc010403 040404", SW_P1P2);
	SW(c, "00dc000303 040404", SW_OK);
	SW_AND(c, "00b2010403", SW_OK, "040404");
	SW_AND(c, "00b2030403", SW_OK, "020202");
	card_free(c);
}

static void test_access_rules(void)
{
	const struct card_options o = { .pin1_enabled = true };
	struct card *c = card_new(&o);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "00b0870009", SW_SECURITY); /* EF_IMSI: PIN1 */
	SW(c, "00a4000c02 6f01", SW_OK);
	SW(c, "00b0000004", SW_SECURITY); /* never */
	SW(c, "0020000a08 3838383838383838", SW_OK);
	SW(c, "00b0000004", SW_SECURITY);
	SW(c, "00b0870009", SW_SECURITY); /* ADM is not PIN1 */
	SW(c, "00d6870001 08", SW_OK); /* but may update */
	SW(c, "0020000108 31323334ffffffff", SW_OK);
	SW_AND(c, "00b0870009", SW_OK, "080910101032547698");
	SW(c, "00a4000c02 6f02", SW_OK);
	SW(c, "00b0000004", SW_SECURITY); /* PIN1 and PIN2 */
	SW(c, "0020008108 35363738ffffffff", SW_OK);
	SW_AND(c, "00b0000004", SW_OK, "deadbeef");
	uicc_reset(c->u);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "00b0870009", SW_SECURITY); /* a reset forgets */
	card_free(c);
}

static void test_pin_tries_are_spent_and_come_back(void)
{
	const struct card_options o = { .pin1_enabled = true };
	struct card *c = card_new(&o);

	SW(c, "0020000100", 0x63C3); /* P3 = 00: a question */
	SW(c, "00200001", 0x63C3);
	SW(c, "0020000108 3030303030303030", 0x63C2);
	card_power_cycle(c);
	SW(c, "0020000100", 0x63C2); /* not forgotten */
	SW(c, "0020000104 31323334", SW_WRONG_LENGTH); /* costs nothing */
	SW(c, "0020000108 31323334ffffffff", SW_OK);
	SW(c, "0020000100", 0x63C3);
	for (int i = 0; i < 3; i++)
		SW(c, "0020000108 3030303030303030", (sw_t)(0x63C2 - i));
	SW(c, "0020000108 31323334ffffffff", SW_BLOCKED); /* the right one, too late */
	SW(c, "0020000100", SW_BLOCKED);
	SW(c, "0020000208 31323334ffffffff", SW_DATA_NOT_FOUND);
	SW(c, "0020010108 31323334ffffffff", SW_P1P2);
	card_free(c);
}

static void test_wrong_pin_ends_what_the_right_one_gave(void)
{
	const struct card_options o = { .pin1_enabled = true };
	struct card *c = card_new(&o);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "0020000108 31323334ffffffff", SW_OK);
	SW(c, "00b0870009", SW_OK);
	SW(c, "0020000108 3030303030303030", 0x63C2);
	SW(c, "00b0870009", SW_SECURITY);
	card_free(c);
}

static void test_pin_try_without_store_gives_nothing_away(void)
{
	const struct card_options o = { .pin1_enabled = true };
	struct card *c = card_new(&o);

	nv_mem_fail_after(c->nv, 0);
	SW(c, "0020000108 3030303030303030", SW_MEMORY_PROBLEM);
	SW(c, "0020000108 31323334ffffffff", SW_MEMORY_PROBLEM); /* the same answer to the right one */
	nv_mem_fail_after(c->nv, -1);
	SW(c, "0020000100", 0x63C3);
	card_free(c);
}

static void test_verify_of_a_disabled_pin(void)
{
	struct card *c = card_new(NULL);

	SW(c, "0020000108 31323334ffffffff", SW_INVALIDATED);
	SW(c, "0020000100", 0x63C3);
	card_free(c);
}

static void test_shapes_and_classes(void)
{
	struct card *c = card_new(NULL);

	SW(c, "", SW_WRONG_LENGTH);
	SW(c, "00a400", SW_WRONG_LENGTH);
	SW(c, "00a4000c02 3f", SW_WRONG_LENGTH);
	SW(c, "00a4000c02 3f000000", SW_WRONG_LENGTH);
	SW(c, "00a4000c000002 3f00", SW_WRONG_LENGTH); /* extended */
	SW(c, "00ff000000", SW_INS);
	SW(c, "b0a4000c02 3f00", SW_CLA);
	SW(c, "80a4000c02 3f00", SW_CLA);
	SW(c, "01a4000c02 3f00", SW_CHANNEL_UNSUPPORTED);
	SW(c, "4fa4000c02 3f00", SW_CHANNEL_UNSUPPORTED);
	SW(c, "04a4000c02 3f00", SW_SM_UNSUPPORTED);
	SW(c, "00b0000001 00", SW_WRONG_LENGTH); /* data to a case 2 command */
	SW(c, "00d6820000", SW_WRONG_LENGTH); /* none to a case 3 one */
	SW(c, "00c0000000", SW_CONDITIONS); /* nothing pending */
	card_free(c);
}

static void test_command_table_is_sorted_and_whole(void)
{
	for (size_t i = 0; i < cmds_n; i++) {
		CU_ASSERT_PTR_NOT_NULL(cmds[i].run);
		CU_ASSERT_PTR_NOT_NULL(cmds[i].name);
		CU_ASSERT(cmds[i].base == 0x00 || cmds[i].base == 0x80);
		CU_ASSERT((cmds[i].apdu_case & 0x0F) >= 1 && (cmds[i].apdu_case & 0x0F) <= 4);
		CU_ASSERT(i == 0 || cmds[i - 1].ins < cmds[i].ins);
	}
}

static void test_t0_manners(void)
{
	struct card *c = card_new(NULL);

	CU_ASSERT_EQUAL(card_t0_hex(c, "00a4000402 3f00"), 0x612F);
	CU_ASSERT_EQUAL(c->n, 0);
	CU_ASSERT_EQUAL(card_t0_hex(c, "00c0000010"), 0x611F); /* in parts */
	CU_ASSERT_EQUAL(c->n, 16);
	CU_ASSERT_EQUAL(card_t0_hex(c, "00c0000000"), 0x6C1F);
	CU_ASSERT_EQUAL(card_t0_hex(c, "00c000001f"), SW_OK);
	CU_ASSERT_EQUAL(c->n, 31);
	CU_ASSERT_EQUAL(card_t0_hex(c, "00c000001f"), SW_CONDITIONS);
	CU_ASSERT_EQUAL(card_t0_hex(c, "00a4000402 3f00 00"), 0x612F); /* with Le, too */
	CU_ASSERT_EQUAL(card_t0_hex(c, "0020000100"), 0x63C3); /* another command throws it away */
	CU_ASSERT_EQUAL(card_t0_hex(c, "00c000002f"), SW_CONDITIONS);
	CU_ASSERT_EQUAL(card_t0_hex(c, "00b2 01f4 ff"), 0x6C26); /* EF_DIR by SFI, Le = FF */
	CU_ASSERT_EQUAL(card_t0_hex(c, "00b2 01f4 26"), SW_OK);
	CU_ASSERT_EQUAL(c->n, 38);
	CU_ASSERT_EQUAL(card_t0_hex(c, "80f20000"), 0x6C2F); /* no Le where there is an answer */
	CU_ASSERT_EQUAL(card_t0_hex(c, "80f200002f"), SW_OK);
	CU_ASSERT_EQUAL(card_t0_hex(c, "00b0820000"), 0x6C0A);
	CU_ASSERT_EQUAL(card_t0_hex(c, "00b0820014"), 0x6C0A); /* another Le: run again, not answered from before */
	CU_ASSERT_EQUAL(card_t0_hex(c, "00b082000a"), SW_OK);
	CU_ASSERT_EQUAL(card_t0_hex(c, "00c0000000"), SW_CONDITIONS);
	card_free(c);
}

/* pySim sends GET RESPONSE in the class of the command that it follows. */
static void test_t0_get_response_in_the_command_s_class(void)
{
	static const struct card_options with_cycle = { .admin_files = true };
	struct card *c = card_new(&with_cycle);

	CU_ASSERT_EQUAL(card_t0_hex(c, "0070000001"), SW_OK);
	CU_ASSERT_EQUAL(card_t0_hex(c, "01a4080c04 7f206f12"), SW_OK);
	CU_ASSERT_EQUAL(card_t0_hex(c, "8132000001 01"), 0x6104);
	CU_ASSERT_EQUAL(card_t0_hex(c, "81c0000002"), 0x6102);
	CU_ASSERT_EQUAL(card_t0_hex(c, "01c0000002"), SW_OK); /* and in that of TS 102 221 */
	CU_ASSERT(card_answered(c, "0601"));
	CU_ASSERT_EQUAL(card_t0_hex(c, "81c0000002"), SW_CLA); /* nothing waits any more */
	CU_ASSERT_EQUAL(card_t0_hex(c, "01a4080404 7f206f12"), 0x6120);
	CU_ASSERT_EQUAL(card_t0_hex(c, "81c0000020"), SW_CLA); /* that was not the class */
	card_free(c);
}

static void test_t0_runs_nothing_twice(void)
{
	struct card *c = card_new(NULL);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_t0_hex(c, "00a4000c02 6f3b"), SW_OK);
	CU_ASSERT_EQUAL(card_t0_hex(c, "00b2000200"), 0x6C08); /* NEXT moves the pointer */
	CU_ASSERT_EQUAL(card_t0_hex(c, "00b2000208"), SW_OK);
	CU_ASSERT(card_answered(c, "0101010101010101"));
	CU_ASSERT_EQUAL(card_t0_hex(c, "00b2000208"), SW_OK);
	CU_ASSERT(card_answered(c, "0202020202020202"));
	/* With another Le than 6CXX said it is the same command still. */
	CU_ASSERT_EQUAL(card_t0_hex(c, "00b2000200"), 0x6C08);
	CU_ASSERT_EQUAL(card_t0_hex(c, "00b2000204"), 0x6C08);
	CU_ASSERT_EQUAL(card_t0_hex(c, "00b20002"), 0x6C08);
	CU_ASSERT_EQUAL(card_t0_hex(c, "00b2000209"), 0x6C08);
	CU_ASSERT_EQUAL(card_t0_hex(c, "00b2000208"), SW_OK);
	CU_ASSERT(card_answered(c, "ffffffffffffffff")); /* the third */
	CU_ASSERT_EQUAL(card_t0_hex(c, "0070000000"), 0x6C01);
	CU_ASSERT_EQUAL(card_t0_hex(c, "0070000000"), 0x6C01);
	CU_ASSERT_EQUAL(card_t0_hex(c, "0070000001"), SW_OK);
	CU_ASSERT(card_answered(c, "01"));
	/* Another Le of READ BINARY is another reading. */
	CU_ASSERT_EQUAL(card_t0_hex(c, "00a4000c02 3f00"), SW_OK);
	CU_ASSERT_EQUAL(card_t0_hex(c, "00b0820000"), 0x6C0A);
	CU_ASSERT_EQUAL(card_t0_hex(c, "00b0820002"), SW_OK);
	CU_ASSERT_EQUAL(c->n, 2);
	card_free(c);
}

struct find {
	uint32_t key;
	struct file_desc file;
};

static bool find_file(void *arg, const struct nv_item *item)
{
	struct find *f = arg;

	return item->key != f->key || file_desc_parse(&f->file, span_of(item->value, item->n));
}

static struct file_desc stored_file(struct card *c, uint16_t no)
{
	struct find f = { .key = OBJ(OBJ_FILE, no) };

	CU_ASSERT(nv_mem_ops.each(c->nv, find_file, &f));
	return f.file;
}

/* Whether a card opens with this descriptor and so much content for file `no`. */
static bool opens_with(struct card *c, uint16_t no, const struct file_desc *f, size_t content)
{
	static const struct uicc_env env;
	static const uint8_t nothing[64];
	struct nv_mem *nv = nv_mem_copy(c->nv);
	uint8_t b[64];
	struct wr w = WR(b);
	const char *why = NULL;

	file_desc_put(&w, f);
	const struct nv_item items[] = {
		{ .key = OBJ(OBJ_FILE, no), .value = b, .n = w.n },
		{ .key = OBJ(OBJ_BODY, no), .value = f->type > FILE_ADF ? nothing : NULL, .n = content },
	};
	CU_ASSERT(nv_mem_ops.apply(nv, items, VU_COUNT(items)));
	struct uicc *u = uicc_open(&nv_mem_ops, nv, &env, &why);
	CU_ASSERT_EQUAL(u == NULL, why != NULL);
	uicc_close(u);
	nv_mem_close(nv);
	return why == NULL;
}

/* A card file need not come from us: what would lead out of the tree, or round in it, is refused at open. */
static void test_damaged_trees_are_refused(void)
{
	enum { MF = 0, EF_LOCI = 9, CYCLIC = 11 };
	struct card *c = card_new(NULL);
	struct file_desc mf = stored_file(c, MF), loci = stored_file(c, EF_LOCI), cyclic = stored_file(c, CYCLIC);

	CU_ASSERT(opens_with(c, MF, &mf, 0));
	CU_ASSERT(opens_with(c, EF_LOCI, &loci, loci.size));
	CU_ASSERT(opens_with(c, CYCLIC, &cyclic, 9));
	CU_ASSERT_FALSE(opens_with(c, EF_LOCI, &loci, loci.size - 1u));
	mf.parent = MF;
	CU_ASSERT_FALSE(opens_with(c, MF, &mf, 0));
	mf.parent = FILE_NONE - 1;
	CU_ASSERT_FALSE(opens_with(c, MF, &mf, 0));
	loci.parent = EF_LOCI;
	CU_ASSERT_FALSE(opens_with(c, EF_LOCI, &loci, loci.size));
	loci.parent = CYCLIC;
	CU_ASSERT_FALSE(opens_with(c, EF_LOCI, &loci, loci.size));
	loci.parent = FILE_NONE;
	CU_ASSERT_FALSE(opens_with(c, EF_LOCI, &loci, loci.size));
	cyclic.records = 0;
	CU_ASSERT_FALSE(opens_with(c, CYCLIC, &cyclic, 0));
	cyclic.records = 3;
	cyclic.record_len = 0;
	CU_ASSERT_FALSE(opens_with(c, CYCLIC, &cyclic, 0));
	card_free(c);
}

static void test_trace_withholds_keys_and_pins(void)
{
	const struct card_options o = { .pin1_enabled = true };
	struct card *c = card_new(&o);

	SW(c, "0020000108 31323334ffffffff", SW_OK);
	CU_ASSERT_STRING_EQUAL(fixture_trace.name, "VERIFY PIN");
	CU_ASSERT(fixture_trace.data == NULL && fixture_trace.n_data == 8);
	SW(c, "8020000108 31323334ffffffff", SW_CLA); /* the wrong class is still a PIN */
	CU_ASSERT_PTR_NULL(fixture_trace.data);
	SW(c, "0021000108 31323334ffffffff", SW_INS); /* and so may be an unknown command */
	CU_ASSERT_PTR_NULL(fixture_trace.data);
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT(fixture_trace.data != NULL && fixture_trace.answer != NULL);
	CU_ASSERT_EQUAL(card_aka(c, 0x20), SW_OK);
	CU_ASSERT(fixture_trace.answer == NULL && fixture_trace.n_answer == c->n);
	CU_ASSERT_PTR_NOT_NULL(fixture_trace.data);
	SW(c, "00b0870009", SW_OK);
	CU_ASSERT_PTR_NOT_NULL(fixture_trace.answer);
	SW(c, "00d68800 02 0777", SW_OK); /* EF_Keys by SFI */
	CU_ASSERT_PTR_NULL(fixture_trace.data);
	SW(c, "00b0880002", SW_OK);
	CU_ASSERT(fixture_trace.answer == NULL && fixture_trace.n_answer == 2);
	SW(c, "00d68b00 02 0777", SW_OK);
	CU_ASSERT_PTR_NOT_NULL(fixture_trace.data);
	SW(c, "00a4000c02 3f00", SW_OK);
	SW(c, "00d68800 02 0777", SW_FILE_NOT_FOUND); /* the same in the wrong directory: still a key */
	CU_ASSERT_PTR_NULL(fixture_trace.data);
	card_free(c);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "SELECT by FID, path, AID whole and truncated, parent, child; FCPs to the octet",
		  test_select_by_every_way },
		{ "a SELECT that fails moves nothing", test_failed_select_moves_nothing },
		{ "STATUS in its forms", test_status_forms },
		{ "READ and UPDATE BINARY, SFI, offsets, ends", test_binary_reads_and_writes },
		{ "READ and UPDATE RECORD, every mode, linear and cyclic", test_record_reads_and_writes },
		{ "access rules: always, never, PIN, AND, OR", test_access_rules },
		{ "PIN tries are spent durably and come back", test_pin_tries_are_spent_and_come_back },
		{ "a wrong PIN ends what the right one gave", test_wrong_pin_ends_what_the_right_one_gave },
		{ "attack: guessing PINs while the store fails", test_pin_try_without_store_gives_nothing_away },
		{ "VERIFY of a PIN that is off", test_verify_of_a_disabled_pin },
		{ "lengths, classes, channels: 6700 6E00 6D00 6881 6882", test_shapes_and_classes },
		{ "a trace withholds PINs, RES, CK, IK and EFs with keys", test_trace_withholds_keys_and_pins },
		{ "a damaged file tree is refused", test_damaged_trees_are_refused },
		{ "the command table is sorted and whole", test_command_table_is_sorted_and_whole },
		{ "T=0: 61XX, 6CXX, GET RESPONSE", test_t0_manners },
		{ "T=0: GET RESPONSE in the command's class", test_t0_get_response_in_the_command_s_class },
		{ "T=0: a repeated header is answered, not run again", test_t0_runs_nothing_twice },
	};

	return CU_RUN("card platform", tests);
}
