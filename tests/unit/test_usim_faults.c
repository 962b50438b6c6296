/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The USIM client when things happen to the card in the middle of a command: reset (seen by the reader or by nobody),
 * removed, changed for another one, busy, garbled. Each thing happens before or after each single APDU of each command, to
 * a real card with the manners of T=0, and what the card then holds is looked at.
 */
#include "tests/cu.h"
#include "me_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static struct json *vectors;

enum fault {
	NO_FAULT,
	RESET_UNSEEN, /* before the APDU reaches the card; the reader says nothing */
	RESET_SEEN, /* the same, and the APDU fails */
	RESET_AFTER, /* the card took the APDU; its answer is lost */
	REMOVED,
	CHANGED, /* another card, as unseen as the first reset */
	BUSY, /* the transaction is refused */
	NO_READER,
	GARBLED, /* one octet comes back */
};

/* A connection that goes to a real card, and has a fault at one of its APDUs. */
struct faulty {
	struct card_if base;
	struct card_if *inner;
	enum fault fault;
	unsigned at; /* which APDU since aim(), from 0 */
	unsigned times; /* how often it happens, in successive APDUs numbered `at` of a transaction */
	unsigned sent; /* APDUs since aim() */
	unsigned in_this; /* of them in this transaction */
	unsigned begun; /* transactions since aim() */
	bool given_up; /* disconnected by the client */
};

static bool any_card(struct card_if *c)
{
	(void)c;
	return true;
}

static void reset_inner(struct faulty *f)
{
	CU_ASSERT_EQUAL_FATAL(f->inner->ops->connect(f->inner, any_card), 0);
	f->inner->ops->begin(f->inner);
}

static int says(struct faulty *f, int rc)
{
	snprintf(f->base.why, sizeof f->base.why, "a fault of the test (%d)", rc);
	return rc;
}

static int faulty_connect(struct card_if *c, card_if_wanted_fn *wanted)
{
	struct faulty *f = (struct faulty *)c;

	f->given_up = false;
	CU_ASSERT_EQUAL_FATAL(f->inner->ops->connect(f->inner, any_card), 0);
	c->t0 = f->inner->t0;
	return wanted(c) ? 0 : says(f, -ENOMEDIUM);
}

static void faulty_disconnect(struct card_if *c)
{
	((struct faulty *)c)->given_up = true;
}

static int faulty_begin(struct card_if *c)
{
	struct faulty *f = (struct faulty *)c;

	f->in_this = 0;
	f->begun++;
	if (f->fault == BUSY)
		return says(f, -EBUSY);
	if (f->given_up || (f->fault == REMOVED && f->times == 0))
		return says(f, -ENOMEDIUM);
	return f->inner->ops->begin(f->inner);
}

static void faulty_end(struct card_if *c)
{
	struct faulty *f = (struct faulty *)c;

	f->inner->ops->end(f->inner);
}

static int faulty_transmit(struct card_if *c, const uint8_t *capdu, size_t n, uint8_t rapdu[static RAPDU_MAX],
			   size_t *ret_n)
{
	struct faulty *f = (struct faulty *)c;
	bool now = f->fault != NO_FAULT && f->in_this++ == f->at && f->times != 0;

	f->sent++;
	if (f->given_up)
		return says(f, -ENOMEDIUM);
	if (!now)
		return f->inner->ops->transmit(f->inner, capdu, n, rapdu, ret_n);
	f->times--;
	switch (f->fault) {
	case RESET_UNSEEN:
		reset_inner(f);
		break;
	case RESET_SEEN:
		reset_inner(f);
		return says(f, -ECONNRESET);
	case RESET_AFTER:
		CU_ASSERT_EQUAL(f->inner->ops->transmit(f->inner, capdu, n, rapdu, ret_n), 0);
		reset_inner(f);
		return says(f, -ECONNRESET);
	case REMOVED:
		return says(f, -ENOMEDIUM);
	case NO_READER:
		return says(f, -ENODEV);
	case CHANGED:
		real_card_swap(f->inner, OTHER_CARD, NULL);
		reset_inner(f);
		break;
	case GARBLED:
		*ret_n = 1;
		return 0;
	case BUSY:
	case NO_FAULT:
	default:
		break;
	}
	return f->inner->ops->transmit(f->inner, capdu, n, rapdu, ret_n);
}

static void faulty_close(struct card_if *c)
{
	card_if_close(((struct faulty *)c)->inner);
	free(c);
}

static const struct card_if_ops faulty_ops = { .connect = faulty_connect,
					       .disconnect = faulty_disconnect,
					       .begin = faulty_begin,
					       .end = faulty_end,
					       .transmit = faulty_transmit,
					       .close = faulty_close };

static void aim(struct usim *u, enum fault fault, unsigned at, unsigned times)
{
	struct faulty *f = (struct faulty *)u->card;

	f->fault = fault;
	f->at = at;
	f->times = times;
	f->sent = f->begun = 0;
}

static unsigned sent(const struct usim *u)
{
	return ((const struct faulty *)u->card)->sent;
}

/* Whether the fault has not happened: the command has fewer APDUs. */
static bool missed(const struct usim *u)
{
	return ((const struct faulty *)u->card)->times != 0;
}

/* A card that is connected to, and not identified; pin NULL = PIN1 is off. */
static struct usim unknown(const char *pin)
{
	struct faulty *f = calloc(1, sizeof *f);
	struct usim u;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	f->base.ops = &faulty_ops;
	f->inner = real_card(true, VECTOR_SQN_START, pin != NULL ? "pins.pin1.enabled=true" : NULL, NULL);
	CU_ASSERT_TRUE_FATAL(usim_init(&u, &f->base, pin));
	CU_ASSERT_EQUAL_FATAL(usim_connect(&u), 0);
	return u;
}

/* The same, identified. */
static struct usim connected(void)
{
	struct usim u = unknown(NULL);
	struct usim_identity id;

	CU_ASSERT_EQUAL_FATAL(usim_identify(&u, &id), 0);
	return u;
}

static void bootstrap(struct usim *u)
{
	struct auth_challenge challenge;
	struct usim_aka aka;
	struct key256 key;

	memcpy(challenge.rand, json_hex(vectors, "$.gba.rand").p, 16);
	memcpy(challenge.autn, json_hex(vectors, "$.gba.autn_star").p, 16);
	CU_ASSERT_EQUAL_FATAL(usim_gba_bootstrap(u, &challenge, &aka), 0);
	CU_ASSERT_EQUAL_FATAL(
		usim_gbabp_write(u, challenge.rand, (const char *)json_text(vectors, "$.gba.b_tid").p, "t"), 0);
	CU_ASSERT_EQUAL_FATAL(
		usim_naf_key(u, json_hex(vectors, "$.gba.naf_id"), json_text(vectors, "$.gba.impi"), &key), 0);
}

static int update(struct usim *u, struct wr *ack)
{
	return usim_msk_update(u, json_hex(vectors, "$.msk_message_download_V1.message"), ack);
}

static int generate(struct usim *u, struct usim_mtk *mtk)
{
	return usim_mtk_generate(u, json_hex(vectors, "$.mtk_message_streaming.message"), mtk);
}

static bool is_the_mtk(const struct usim_mtk *mtk)
{
	return span_eq(SPAN(mtk->mtk.b), json_hex(vectors, "$.mtk_message_streaming.mtk"));
}

static const enum fault resets[] = { RESET_UNSEEN, RESET_SEEN, RESET_AFTER };

/* The MSK gets onto the card; what can be lost is the ACK, and when nobody can know whether it was taken, it is a replay. */
static void an_msk_update_survives_a_reset_at_any_apdu(void)
{
	unsigned tried = 0, without_ack = 0, replays = 0;

	for (size_t i = 0; i < VU_COUNT(resets); i++) {
		bool more = true;
		for (unsigned at = 0; more; at++) {
			uint8_t buf[MIKEY_MESSAGE_MAX];
			struct wr ack = WR(buf);
			struct usim_mtk mtk;
			struct usim u = connected();
			bootstrap(&u);
			aim(&u, resets[i], at, 1);
			int rc = update(&u, &ack);
			more = !missed(&u);
			tried += more;
			CU_ASSERT_TRUE(rc == 0 || rc == -ESTALE);
			replays += rc == -ESTALE;
			without_ack += rc == 0 && ack.n == 0;
			if (ack.n != 0)
				CU_ASSERT_TRUE(span_eq(
					wr_done(&ack),
					json_hex(vectors, "$.msk_verification_for_it.ts_as_sent_4_octets.message")));
			aim(&u, NO_FAULT, 0, 0);
			CU_ASSERT_EQUAL(generate(&u, &mtk), 0);
			CU_ASSERT_TRUE(is_the_mtk(&mtk));
			card_if_close(u.card);
		}
	}
	/* SELECT and its answer, a block, the fetch: at least that many. */
	CU_ASSERT_TRUE(tried >= 3 * 4);
	CU_ASSERT_TRUE(without_ack >= 3);
	CU_ASSERT_EQUAL(replays, 1); /* RESET_AFTER the last block */
}

/* Half of a chain is not left on the card for the next message to go on with. */
static void a_chain_of_blocks_is_begun_anew(void)
{
	static const char sp_message[] = "$.msk_message_streaming_with_SP.message";
	uint8_t longer[APDU_DATA_MAX + 10] = { 0 };
	struct wr w = WR(longer);

	wr_span(&w, json_hex(vectors, sp_message));
	for (unsigned at = 0; at < 6; at++) {
		uint8_t buf[MIKEY_MESSAGE_MAX];
		struct wr ack = WR(buf);
		struct usim u = connected();
		bootstrap(&u);
		/* Octets behind a message: the card refuses it, after it has had all blocks of it. */
		aim(&u, RESET_UNSEEN, at, 1);
		CU_ASSERT_EQUAL(usim_msk_update(&u, SPAN(longer), &ack), -EINVAL);
		CU_ASSERT_EQUAL(u.sw, SW_DATA);
		aim(&u, NO_FAULT, 0, 0);
		CU_ASSERT_EQUAL(usim_msk_update(&u, json_hex(vectors, sp_message), &ack), 0);
		card_if_close(u.card);
	}
}

static void an_mtk_is_generated_once_whatever_happens(void)
{
	unsigned lost = 0, good = 0;

	for (size_t i = 0; i < VU_COUNT(resets); i++) {
		bool more = true;
		for (unsigned at = 0; more; at++) {
			uint8_t buf[MIKEY_MESSAGE_MAX];
			struct wr ack = WR(buf);
			struct usim_mtk mtk = { 0 };
			struct usim u = connected();
			bootstrap(&u);
			CU_ASSERT_EQUAL_FATAL(update(&u, &ack), 0);
			aim(&u, resets[i], at, 1);
			int rc = generate(&u, &mtk);
			more = !missed(&u);
			CU_ASSERT_TRUE(rc == 0 ? is_the_mtk(&mtk) : rc == -ESTALE);
			lost += rc == -ESTALE;
			good += rc == 0;
			aim(&u, NO_FAULT, 0, 0);
			CU_ASSERT_EQUAL(generate(&u, &mtk), -ESTALE);
			card_if_close(u.card);
		}
	}
	CU_ASSERT_TRUE(good >= 6 && lost >= 3);
}

static void a_bootstrapping_that_was_cut_off_asks_for_resynchronisation(void)
{
	unsigned synchronise = 0;
	struct auth_challenge challenge;

	memcpy(challenge.rand, json_hex(vectors, "$.gba.rand").p, 16);
	memcpy(challenge.autn, json_hex(vectors, "$.gba.autn_star").p, 16);
	for (size_t i = 0; i < VU_COUNT(resets); i++) {
		bool more = true;
		for (unsigned at = 0; more; at++) {
			struct usim_aka aka = { 0 };
			struct usim u = connected();
			aim(&u, resets[i], at, 1);
			CU_ASSERT_EQUAL(usim_gba_bootstrap(&u, &challenge, &aka), 0);
			more = !missed(&u);
			if (!aka.sync_failure)
				CU_ASSERT_TRUE(span_eq(span_of(aka.res, aka.res_len), json_hex(vectors, "$.gba.res")));
			synchronise += aka.sync_failure;
			card_if_close(u.card);
		}
	}
	CU_ASSERT_TRUE(synchronise != 0);
}

/* What changes nothing, or the same again, is as if nothing had happened. */
static void the_other_commands_do_not_notice_a_reset(void)
{
	const char *btid = (const char *)json_text(vectors, "$.gba.b_tid").p;

	for (size_t i = 0; i < VU_COUNT(resets); i++) {
		struct usim u = connected();
		bool more = true;
		bootstrap(&u);
		for (unsigned at = 0; more; at++) {
			struct usim_identity id;
			struct usim_gbabp bp;
			struct key256 key;
			aim(&u, resets[i], at, 1);
			CU_ASSERT_EQUAL(usim_identify(&u, &id), 0);
			CU_ASSERT_STRING_EQUAL(id.iccid, "8900101000000000019");
			CU_ASSERT_TRUE(id.gba && id.mbms);
			more = !missed(&u); /* the longest of them */
			aim(&u, resets[i], at, 1);
			CU_ASSERT_EQUAL(usim_gbabp_write(&u, json_hex(vectors, "$.gba.rand").p, btid, "later"), 0);
			aim(&u, resets[i], at, 1);
			CU_ASSERT_EQUAL(usim_gbabp_read(&u, &bp), 0);
			CU_ASSERT_STRING_EQUAL(bp.btid, btid);
			CU_ASSERT_STRING_EQUAL(bp.lifetime, "later");
			aim(&u, resets[i], at, 1);
			CU_ASSERT_EQUAL(usim_naf_key(&u, json_hex(vectors, "$.gba.naf_id"),
						     json_text(vectors, "$.gba.impi"), &key),
					0);
			CU_ASSERT_TRUE(span_eq(SPAN(key.b), json_hex(vectors, "$.gba.ks_ext_naf")));
		}
		card_if_close(u.card);
	}
}

static void a_connection_survives_a_reset(void)
{
	for (size_t i = 0; i < VU_COUNT(resets); i++) {
		struct usim u = connected();
		struct usim_identity id;
		/* Behind what connect() itself looks at, which has a reset of its own. */
		for (unsigned at = 0; at < 12; at++) {
			((struct faulty *)u.card)->fault = NO_FAULT;
			aim(&u, NO_FAULT, 0, 0);
			CU_ASSERT_EQUAL(usim_connect(&u), 0);
			unsigned n = sent(&u);
			aim(&u, resets[i], at, 1);
			int rc = usim_connect(&u);
			/* connect() may find no USIM on a card that is reset while it looks; then it is asked again. */
			CU_ASSERT_TRUE(rc == 0 || (rc == -ENOMEDIUM && at < n));
			if (rc == 0)
				CU_ASSERT_EQUAL(usim_identify(&u, &id), 0);
		}
		card_if_close(u.card);
	}
}

static void a_card_that_is_reset_each_time_is_busy(void)
{
	for (unsigned at = 0; at < 3; at++) { /* up to the block */
		uint8_t buf[MIKEY_MESSAGE_MAX];
		struct wr ack = WR(buf);
		struct usim u = connected();
		bootstrap(&u);
		aim(&u, RESET_SEEN, at, 2);
		CU_ASSERT_EQUAL(update(&u, &ack), -EBUSY);
		CU_ASSERT_EQUAL(u.sw, 0);
		CU_ASSERT_EQUAL(ack.n, 0);
		/* Next time it goes through. */
		aim(&u, RESET_SEEN, at, 1);
		CU_ASSERT_EQUAL(update(&u, &ack), 0);
		CU_ASSERT_NOT_EQUAL(ack.n, 0);
		card_if_close(u.card);
	}
}

/* The five calls, each with something to write to. */
static int one_of_all(struct usim *u, unsigned which, bool *touched)
{
	static const uint8_t zeros[512];
	uint8_t buf[512] = { 0 };
	struct wr ack = WR(buf);
	struct auth_challenge challenge = { 0 };
	struct usim_aka aka = { 0 };
	struct usim_gbabp bp = { 0 };
	struct usim_identity id = { 0 };
	struct usim_mtk mtk = { 0 };
	struct key256 key = { 0 };
	int rc = 0;

	switch (which) {
	case 0:
		rc = update(u, &ack);
		break;
	case 1:
		rc = generate(u, &mtk);
		break;
	case 2:
		rc = usim_gba_bootstrap(u, &challenge, &aka);
		break;
	case 3:
		rc = usim_naf_key(u, json_hex(vectors, "$.gba.naf_id"), json_text(vectors, "$.gba.impi"), &key);
		break;
	case 4:
		rc = usim_gbabp_read(u, &bp);
		break;
	case 5:
		rc = usim_gbabp_write(u, json_hex(vectors, "$.gba.rand").p, "b@c", "t");
		break;
	default:
		rc = usim_identify(u, &id);
		break;
	}
	*touched = ack.n != 0 || aka.res_len != 0 || bp.has_rand || id.iccid[0] != '\0' || mtk.has_salt ||
		   !span_eq(SPAN(key.b), span_of(zeros, sizeof key.b));
	return rc;
}

enum { CALLS = 7 };

static void a_removal_ends_any_command_at_once_and_nothing_more_is_sent(void)
{
	for (unsigned which = 0; which < CALLS; which++) {
		bool more = true;
		for (unsigned at = 0; more; at++) {
			struct usim u = connected();
			bool touched;
			aim(&u, REMOVED, at, 1);
			int rc = one_of_all(&u, which, &touched);
			more = !missed(&u);
			if (more) {
				CU_ASSERT_EQUAL(rc, -ENOMEDIUM);
				CU_ASSERT_EQUAL(u.sw, 0);
				CU_ASSERT_FALSE(touched);
				CU_ASSERT_EQUAL(sent(&u), at + 1);
				CU_ASSERT_EQUAL(one_of_all(&u, which, &touched), -ENOMEDIUM);
				CU_ASSERT_EQUAL(sent(&u), at + 1);
			}
			card_if_close(u.card);
		}
	}
}

/* From the moment on that the USIM is selected; before that nothing has been said to any card. */
static void attack_another_card_in_the_middle_of_a_command(void)
{
	enum { SELECTED = 2 }; /* SELECT, GET RESPONSE */
	unsigned tried = 0;

	for (unsigned which = 0; which < CALLS; which++) {
		bool more = true;
		for (unsigned at = SELECTED; more; at++) {
			struct usim u = connected();
			bool touched;
			bootstrap(&u);
			aim(&u, CHANGED, at, 1);
			int rc = one_of_all(&u, which, &touched);
			more = !missed(&u);
			tried += more;
			if (more) {
				CU_ASSERT_EQUAL(rc, -ENOMEDIUM);
				CU_ASSERT_FALSE(touched);
				CU_ASSERT_PTR_NOT_NULL(strstr(u.why, "found 8900101000000000027"));
				/* Nothing for it until somebody has looked who it is. */
				unsigned before = sent(&u);
				CU_ASSERT_EQUAL(one_of_all(&u, which, &touched), -ENOMEDIUM);
				CU_ASSERT_EQUAL(sent(&u), before);
			}
			card_if_close(u.card);
		}
	}
	CU_ASSERT_TRUE(tried >= CALLS);
}

static void errors_of_the_connection_go_through_and_are_not_tried_again(void)
{
	static const struct {
		enum fault fault;
		int rc;
	} cases[] = { { REMOVED, -ENOMEDIUM }, { NO_READER, -ENODEV }, { GARBLED, -EIO } };

	for (size_t i = 0; i < VU_COUNT(cases); i++) {
		for (unsigned which = 0; which < CALLS; which++) {
			struct usim u = connected();
			bool touched;
			aim(&u, cases[i].fault, 0, 1);
			CU_ASSERT_EQUAL(one_of_all(&u, which, &touched), cases[i].rc);
			CU_ASSERT_EQUAL(u.sw, 0);
			CU_ASSERT_NOT_EQUAL(u.why[0], '\0');
			CU_ASSERT_EQUAL(sent(&u), 1);
			CU_ASSERT_FALSE(touched);
			card_if_close(u.card);
		}
	}
}

static void a_busy_card_is_sent_nothing(void)
{
	for (unsigned which = 0; which < CALLS; which++) {
		struct usim u = connected();
		bool touched;
		aim(&u, BUSY, 0, 0);
		CU_ASSERT_EQUAL(one_of_all(&u, which, &touched), -EBUSY);
		CU_ASSERT_EQUAL(sent(&u), 0);
		CU_ASSERT_FALSE(touched);
		CU_ASSERT_PTR_NOT_NULL(strstr(u.why, "a fault of the test"));
		card_if_close(u.card);
	}
}

static sw_t tries_left(struct usim *u)
{
	struct wr nothing = { 0 };

	return real_card_apdu(((struct faulty *)u->card)->inner, "00200001", &nothing);
}

static void a_right_pin_is_right_after_a_reset_at_any_apdu(void)
{
	for (size_t i = 0; i < VU_COUNT(resets); i++) {
		bool more = true;
		for (unsigned at = 0; more; at++) {
			struct usim u = unknown("1234");
			struct usim_identity id;
			aim(&u, resets[i], at, 1);
			CU_ASSERT_EQUAL(usim_identify(&u, &id), 0);
			more = !missed(&u);
			CU_ASSERT_EQUAL(tries_left(&u), SW_TRIES | 3);
			card_if_close(u.card);
		}
	}
}

static void a_wrong_pin_costs_one_try_whatever_happens(void)
{
	static const enum fault faults[] = { RESET_UNSEEN, RESET_SEEN, RESET_AFTER, REMOVED };
	unsigned seen = 0;

	for (size_t i = 0; i < VU_COUNT(faults); i++) {
		for (unsigned at = 0; at < 12; at++) {
			struct usim u = unknown("9999");
			struct usim_identity id;
			aim(&u, faults[i], at, 1);
			(void)usim_identify(&u, &id);
			seen += tries_left(&u) == (SW_TRIES | 2);
			for (int again = 0; again < 4; again++) {
				aim(&u, NO_FAULT, 0, 0);
				CU_ASSERT_EQUAL(usim_connect(&u), 0); /* out, and in again */
				CU_ASSERT_EQUAL(usim_identify(&u, &id), -EACCES);
				CU_ASSERT_EQUAL(usim_identify(&u, &id), -EACCES);
			}
			CU_ASSERT_EQUAL(tries_left(&u), SW_TRIES | 2);
			card_if_close(u.card);
		}
	}
	CU_ASSERT_TRUE(seen > 12);
}

static void what_is_known_of_a_pin_is_known_of_one_card(void)
{
	struct usim u = unknown("9999");
	struct usim_identity id;
	struct card_if *inner = ((struct faulty *)u.card)->inner;

	CU_ASSERT_EQUAL(usim_identify(&u, &id), -EACCES);
	CU_ASSERT_EQUAL(tries_left(&u), SW_TRIES | 2);
	real_card_swap(inner, OTHER_CARD, "pins.pin1.enabled=true", "pins.pin1.code=9999", NULL);
	CU_ASSERT_EQUAL(usim_connect(&u), 0);
	CU_ASSERT_EQUAL(usim_identify(&u, &id), 0);
	card_if_close(u.card);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "an MSK update survives a reset at any APDU", an_msk_update_survives_a_reset_at_any_apdu },
		{ "a chain of blocks is begun anew", a_chain_of_blocks_is_begun_anew },
		{ "an MTK is generated once, whatever happens", an_mtk_is_generated_once_whatever_happens },
		{ "a bootstrapping that was cut off asks for resynchronisation",
		  a_bootstrapping_that_was_cut_off_asks_for_resynchronisation },
		{ "the other commands do not notice a reset", the_other_commands_do_not_notice_a_reset },
		{ "a connection survives a reset", a_connection_survives_a_reset },
		{ "a card that is reset each time is busy", a_card_that_is_reset_each_time_is_busy },
		{ "a removal ends any command at once, and nothing more is sent",
		  a_removal_ends_any_command_at_once_and_nothing_more_is_sent },
		{ "attack: another card in the middle of a command", attack_another_card_in_the_middle_of_a_command },
		{ "errors of the connection go through, and are not tried again",
		  errors_of_the_connection_go_through_and_are_not_tried_again },
		{ "a busy card is sent nothing", a_busy_card_is_sent_nothing },
		{ "a right PIN is right after a reset at any APDU", a_right_pin_is_right_after_a_reset_at_any_apdu },
		{ "a wrong PIN costs one try, whatever happens", a_wrong_pin_costs_one_try_whatever_happens },
		{ "what is known of a PIN is known of one card", what_is_known_of_a_pin_is_known_of_one_card },
	};
	vectors = json_open("gba-mikey.json");
	int rc = CU_RUN("USIM with faults", tests);
	json_close(vectors);
	return rc;
}
