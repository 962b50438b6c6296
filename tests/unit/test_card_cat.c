/* SPDX-License-Identifier: Apache-2.0 */
/* Proactive commands, ENVELOPE, GET CHALLENGE, SUSPEND UICC (TS 102 221 clauses 11.1.18, 11.1.22, 11.2; TS 102 223). */
#include "card_fixture.h"
#include "tests/cu.h"

#define SW(c, hex, sw) CU_ASSERT_EQUAL(card_hex(c, hex), sw)

#define POLLING_OFF "d009 8103010400 82028182"
#define REFRESH "d009 8103020101 82028182"
#define LOCAL_INFO "d009 8103032600 82028182"
#define RESPONSE(number, type, qualifier, result) "801400000c 8103" number type qualifier " 82028281 8301" result

static const struct card_options queued = { .toolkit = POLLING_OFF REFRESH LOCAL_INFO };
enum { ONE_PENDING = SW_PROACTIVE | 11 };

static void test_nothing_is_proactive_without_a_profile(void)
{
	struct card *c = card_new(&queued);

	SW(c, "80f2000c", SW_OK);
	SW(c, "8012000000", SW_CONDITIONS);
	SW(c, "801000000401020304", SW_OK); /* a terminal that can do none of them */
	SW(c, "80f2000c", SW_OK);
	card_free(c);
}

static void test_commands_come_one_after_the_other(void)
{
	struct card *c = card_new(&queued);

	SW(c, "8010000004 ffffffff", ONE_PENDING);
	SW(c, "80f2000c", ONE_PENDING); /* until it is fetched */
	SW(c, "00a4000c02 1234", SW_FILE_NOT_FOUND); /* an error stays one */
	SW(c, "801400000c 8103010400 82028281 830100", SW_CONDITIONS); /* nothing is out */
	SW(c, "801200000b", SW_OK);
	CU_ASSERT(card_answered(c, POLLING_OFF));
	SW(c, "80f2000c", SW_OK); /* one at a time */
	SW(c, "801200000b", SW_OK); /* asked for again, given again */
	CU_ASSERT(card_answered(c, POLLING_OFF));
	SW(c, RESPONSE("02", "01", "01", "00"), SW_DATA); /* for another command */
	SW(c, "8014000005 8103010400", SW_DATA); /* no result */
	SW(c, RESPONSE("01", "04", "00", "00"), ONE_PENDING); /* done: the next one */
	SW(c, "801200000b", SW_OK);
	CU_ASSERT(card_answered(c, REFRESH));
	SW(c, RESPONSE("02", "01", "01", "30"), ONE_PENDING); /* beyond the terminal: the next one */
	SW(c, "801200000b", SW_OK);
	CU_ASSERT(card_answered(c, LOCAL_INFO));
	SW(c, RESPONSE("03", "26", "00", "00"), SW_OK);
	SW(c, "8012000000", SW_CONDITIONS);
	uicc_reset(c->u);
	SW(c, "8010000004 ffffffff", ONE_PENDING); /* a new session begins anew */
	card_free(c);
}

static void test_busy_terminal_is_asked_again_but_not_for_ever(void)
{
	struct card *c = card_new(&queued);

	SW(c, "8010000004 ffffffff", ONE_PENDING);
	for (int i = 0; i < 3; i++) {
		SW(c, "801200000b", SW_OK);
		CU_ASSERT(card_answered(c, POLLING_OFF));
		SW(c, RESPONSE("01", "04", "00", "20"), ONE_PENDING);
	}
	SW(c, "801200000b", SW_OK);
	CU_ASSERT(card_answered(c, REFRESH));
	card_free(c);
}

static void test_what_the_terminal_cannot_do_is_passed_over(void)
{
	struct card *c = card_new(&queued);

	SW(c, "8010000004 00008000", ONE_PENDING); /* REFRESH alone */
	SW(c, "801200000b", SW_OK);
	CU_ASSERT(card_answered(c, REFRESH));
	SW(c, RESPONSE("02", "01", "01", "00"), SW_OK);
	card_free(c);
}

static void test_chained_blocks_announce_it_too(void)
{
	const struct card_options o = { .toolkit = REFRESH };
	struct key256 muk;
	struct card *c = card_new(&o);
	const struct span naf = span_of(FIXTURE_NAF, sizeof FIXTURE_NAF - 1);

	card_provision(c, 0x20, FIXTURE_BTID, naf, &muk);
	SW(c, "8010000004 ffffffff", ONE_PENDING);
	SW(c, "0089808503 530602", 0x63F2);
	SW(c, "0089008505 03 00f11000", SW_DATA);
	card_free(c);
}

static void test_queue_that_is_no_tlv_offers_nothing(void)
{
	const struct card_options o = { .toolkit = "d0ff81" };
	struct card *c = card_new(&o);

	SW(c, "8010000004 ffffffff", SW_OK);
	SW(c, "8012000000", SW_CONDITIONS);
	card_free(c);
}

static void test_envelopes(void)
{
	struct card *c = card_new(NULL);

	SW(c, "80c2000009 d607 190103 82028281", SW_OK);
	SW(c, "80c2000004 d302 9001", SW_DATA); /* an object that is cut short */
	SW(c, "80c2000003 d202 82", SW_DATA);
	SW(c, "80c2000002 6200", SW_DATA); /* no envelope */
	SW(c, "80c2010002 d600", SW_P1P2);
	SW(c, "80c20000", SW_WRONG_LENGTH);
	card_free(c);
}

static void test_get_challenge(void)
{
	struct card *c = card_new(NULL);

	SW(c, "0084000008", SW_OK);
	CU_ASSERT_EQUAL(c->n, 8);
	SW(c, "0084000000", SW_OK);
	CU_ASSERT_EQUAL(c->n, 256);
	CU_ASSERT_PTR_NULL(fixture_trace.answer);
	SW(c, "0084010008", SW_P1P2);
	card_free(c);
}

static sw_t resume(struct card *c, const uint8_t token[static 8])
{
	return card_command(c, 0x80, 0x76, 0x01, 0x00, span_of(token, 8), 0);
}

static void test_suspend_and_resume(void)
{
	const struct card_options o = { .pin1_enabled = true };
	struct card *c = card_new(&o);
	uint8_t token[8];

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "0020000108 31323334ffffffff", SW_OK);
	SW(c, "00a4000c02 6f07", SW_OK);
	SW(c, "8076000004 00010405 00", SW_OK); /* at least a second, at most fifty days: ten are granted */
	CU_ASSERT_EQUAL(c->n, 10);
	CU_ASSERT(c->answer[0] == 3 && c->answer[1] == 10);
	memcpy(token, c->answer + 2, sizeof token);
	uicc_reset(c->u);
	CU_ASSERT_EQUAL(resume(c, token), SW_OK);
	SW(c, "00b0000009", SW_OK); /* EF_IMSI is still selected, PIN1 still verified */
	CU_ASSERT_EQUAL(resume(c, token), SW_CONDITIONS); /* once */
	card_free(c);
}

static void test_resume_with_a_guessed_token(void)
{
	const struct card_options o = { .pin1_enabled = true };
	struct card *c = card_new(&o);
	uint8_t token[8];

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "0020000108 31323334ffffffff", SW_OK);
	SW(c, "8076000004 00010101 00", SW_OK);
	memcpy(token, c->answer + 2, sizeof token);
	uicc_reset(c->u);
	token[7] ^= 1;
	CU_ASSERT_EQUAL(resume(c, token), SW_SECURITY);
	token[7] ^= 1;
	CU_ASSERT_EQUAL(resume(c, token), SW_CONDITIONS); /* the right one, too late */
	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	SW(c, "00b0870009", SW_SECURITY);
	card_free(c);
}

static void test_another_first_command_ends_a_suspension(void)
{
	struct card *c = card_new(NULL);
	uint8_t token[8];

	SW(c, "8076000004 00010101 00", SW_OK);
	memcpy(token, c->answer + 2, sizeof token);
	CU_ASSERT_EQUAL(resume(c, token), SW_CONDITIONS); /* the power was not away */
	SW(c, "8076000004 00010101 00", SW_OK);
	memcpy(token, c->answer + 2, sizeof token);
	uicc_reset(c->u);
	SW(c, "80f2000c", SW_OK);
	CU_ASSERT_EQUAL(resume(c, token), SW_CONDITIONS);
	SW(c, "8076000004 04020404 00", SW_SUSPENSION_TOO_LONG); /* at least twenty days */
	SW(c, "8076000004 01050001 00", SW_DATA); /* at least more than at most */
	SW(c, "8076000004 09010901 00", SW_DATA);
	SW(c, "8076000003 000101 00", SW_WRONG_LENGTH);
	SW(c, "8076020004 00010101 00", SW_P1P2);
	card_free(c);
}

static void test_commands_this_card_has_not(void)
{
	struct card *c = card_new(NULL);

	SW(c, "8078000000", SW_INS); /* GET IDENTITY: services 124 and 125 are off */
	SW(c, "807a000001 00", SW_INS);
	SW(c, "0073000001 00", SW_INS);
	SW(c, "0075000001 00", SW_INS);
	card_free(c);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "no 91XX before TERMINAL PROFILE", test_nothing_is_proactive_without_a_profile },
		{ "91XX, FETCH, TERMINAL RESPONSE, in their order", test_commands_come_one_after_the_other },
		{ "a busy terminal is asked three times", test_busy_terminal_is_asked_again_but_not_for_ever },
		{ "what the terminal cannot do is passed over", test_what_the_terminal_cannot_do_is_passed_over },
		{ "63F2 for a block", test_chained_blocks_announce_it_too },
		{ "a damaged queue offers nothing", test_queue_that_is_no_tlv_offers_nothing },
		{ "ENVELOPE", test_envelopes },
		{ "GET CHALLENGE", test_get_challenge },
		{ "SUSPEND UICC and back", test_suspend_and_resume },
		{ "attack: resuming with a guessed token", test_resume_with_a_guessed_token },
		{ "another first command ends a suspension", test_another_first_command_ends_a_suspension },
		{ "GET IDENTITY and others: 6D00", test_commands_this_card_has_not },
	};

	return CU_RUN("card toolkit and suspension", tests);
}
