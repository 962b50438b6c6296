/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key management in the ME: every verdict on a message, and that it holds after a restart. The rules are the card's
 * (test_mgv, test_card_decisions); here it is what the ME lends them and stores of them that is tested.
 */
#include "tests/cu.h"
#include "me_fixture.h"
#include "mikey_fixture.h"

#include <errno.h>
#include <stdio.h>

#include "card/crypto/kdf.h"
#include "host/me/me_keys.h"

#define FQDN "bmsc.home1.net"
enum { NOW = 1700000000 };

static struct json *vectors;
static struct prim *p;
static const struct key256 first = { { 0x11 } }, second = { { 0x22 } };

struct ue {
	const char *path;
	struct keystore *k;
	uint8_t ack[MIKEY_MESSAGE_MAX];
	size_t ack_n;
	enum mgv_verdict verdict;
};

static bool in_memory; /* the key store */

static void ue_open(struct ue *u)
{
	char why[KEYSTORE_WHY_MAX] = "no memory";

	if ((in_memory ? keystore_open_mem(&u->k) : keystore_open(&u->k, u->path, why)) != 0)
		CU_FAIL_FATAL(why);
}

static struct ue ue_new(const char *name)
{
	struct ue u = { .path = temporary_path(name) };

	ue_open(&u);
	return u;
}

/* Off and on again: what counts is what was stored. A store in memory does not live through it. */
static void restart(struct ue *u)
{
	if (in_memory)
		return;
	keystore_close(u->k);
	ue_open(u);
}

static void take_key(struct ue *u, const char *btid, const struct key256 *ks_naf)
{
	struct key256 mrk;

	CU_ASSERT_EQUAL_FATAL(me_keys_take(u->k, p, FQDN, btid, ks_naf, &mrk), 0);
}

static int msk_octets(struct ue *u, struct span octets)
{
	struct wr ack = WR(u->ack);
	struct mikey m;

	CU_ASSERT_EQUAL_FATAL(mikey_parse(&m, octets), MIKEY_OK);
	u->verdict = MGV_MTK; /* none of those that may come */
	int rc = me_keys_msk_message(u->k, p, &m, NOW, &ack, &u->verdict);
	u->ack_n = ack.n;
	if (rc != 0)
		CU_ASSERT_TRUE(u->verdict == MGV_MTK && ack.n == 0 && me_keys_is_verdict(rc));
	return rc;
}

static int deliver(struct ue *u, const struct delivery *d)
{
	return msk_octets(u, sealed_msk(p, d));
}

static int mtk_octets(struct ue *u, struct span octets, struct mgv_mtk *mtk)
{
	struct mikey m;

	CU_ASSERT_EQUAL_FATAL(mikey_parse(&m, octets), MIKEY_OK);
	return me_keys_mtk_message(u->k, p, &m, NOW, mtk);
}

static int mtk(struct ue *u, uint16_t number, uint8_t msk_octet, uint16_t mtk_id, uint32_t ts)
{
	struct mgv_mtk got = { 0 };

	int rc = mtk_octets(u, sealed_mtk(p, 1, number, msk_octet, mtk_id, ts), &got);
	CU_ASSERT_EQUAL(rc == 0, got.mtk.b[0] == 0xB0 && got.has_salt && got.salt[0] == 0xC0);
	return rc;
}

static struct delivery under(const struct key256 *muk, const char *btid, uint32_t ts)
{
	return delivery_of(muk, btid, ts);
}

static uint32_t counter_of(struct ue *u, bool in_use)
{
	struct keystore_muk muk;

	if (keystore_muk(u->k, span_str(FQDN), in_use, &muk) != 0)
		return UINT32_MAX;
	return muk.counter;
}

static struct key256 vector_key(const char *path)
{
	struct key256 key;
	struct rd r = rd_of(json_hex(vectors, "%s", path));

	rd_copy(&r, key.b, sizeof key.b);
	CU_ASSERT_TRUE_FATAL(rd_end(&r));
	return key;
}

/* --- MUK and MRK --- */

static void mrk_is_that_of_decision_31(void)
{
	struct ue u = ue_new("mrk");
	const struct key256 ks_naf = vector_key("$.gba.ks_ext_naf"),
			    want = vector_key("$.gba.gba_me_mrk_UNCONFIRMED.mrk");
	struct key256 mrk, stored;

	CU_ASSERT_EQUAL(me_keys_take(u.k, p, FQDN, FIXTURE_BTID, &ks_naf, &mrk), 0);
	CU_ASSERT_EQUAL(memcmp(&mrk, &want, sizeof mrk), 0);
	restart(&u);
	CU_ASSERT_EQUAL(keystore_naf_key(u.k, FQDN, &stored), 0);
	CU_ASSERT_EQUAL(memcmp(&stored, &want, sizeof stored), 0);
	keystore_close(u.k);
}

/* A UE that asked under this MRK could not open what comes of it. */
static void a_muk_that_cannot_be_stored_gives_no_mrk(void)
{
	struct ue u = ue_new("full");
	struct key256 mrk = { { 0x77 } }, untouched = mrk;

	take_key(&u, "first@bsf", &first);
	disk_full(true);
	int rc = me_keys_take(u.k, p, FQDN, "second@bsf", &second, &mrk);
	disk_full(false);
	CU_ASSERT_NOT_EQUAL(rc, 0);
	CU_ASSERT_TRUE(span_eq(SPAN(mrk.b), SPAN(untouched.b)));
	keystore_close(u.k);
}

/* The MUK of the vectors is a Ks_int_NAF; as far as MIKEY goes it is a key like another. */
static void vectors_one_after_the_other(void)
{
	static const char *const blocks[] = { "msk_message_download_V1",       "msk_message_same_key_new_interval",
					      "msk_message_streaming_with_SP", "solicited_pull",
					      "msk_message_kv_4byte_variant",  "msk_message_idi_fqdn_only_variant" };
	struct ue u = ue_new("vectors");
	const struct key256 muk = vector_key("$.gba.ks_int_naf");
	struct mgv_mtk got;

	take_key(&u, FIXTURE_BTID, &muk);
	CU_ASSERT_EQUAL(msk_octets(&u, json_hex(vectors, "$.msk_message_bad_mac.message")), -EBADMSG);
	for (size_t i = 0; i < VU_COUNT(blocks); i++) {
		CU_ASSERT_EQUAL(msk_octets(&u, json_hex(vectors, "$.%s.message", blocks[i])), 0);
		CU_ASSERT_EQUAL(u.verdict, i == 3 ? MGV_PULL : MGV_STORED);
		if (i == 0)
			CU_ASSERT_TRUE(
				span_eq(span_of(u.ack, u.ack_n),
					json_hex(vectors, "$.msk_verification_for_it.ts_as_sent_4_octets.message")));
		restart(&u);
		CU_ASSERT_EQUAL(msk_octets(&u, json_hex(vectors, "$.%s.message", blocks[i])), -ESTALE);
		if (i != 1)
			continue;
		CU_ASSERT_EQUAL(mtk_octets(&u, json_hex(vectors, "$.mtk_message_streaming.message"), &got), 0);
		CU_ASSERT_TRUE(span_eq(SPAN(got.mtk.b), json_hex(vectors, "$.mtk_message_streaming.mtk")));
		CU_ASSERT_TRUE(span_eq(SPAN(got.salt), json_hex(vectors, "$.mtk_message_streaming.salt")));
		restart(&u);
		CU_ASSERT_EQUAL(mtk_octets(&u, json_hex(vectors, "$.mtk_message_streaming.message"), &got), -ESTALE);
		CU_ASSERT_EQUAL(mtk_octets(&u, json_hex(vectors, "$.mtk_message_download.message"), &got), 0);
		CU_ASSERT_FALSE(got.has_salt);
	}
	keystore_close(u.k);
}

/* TS 33.246 6.1: the ME has Ks_ext_NAF, the BM-SC's message is under Ks_int_NAF. */
static void what_is_meant_for_the_card_cannot_be_opened(void)
{
	struct ue u = ue_new("for the card");
	const struct key256 ks_ext_naf = vector_key("$.gba.ks_ext_naf");
	struct mgv_mtk got;

	take_key(&u, FIXTURE_BTID, &ks_ext_naf);
	CU_ASSERT_EQUAL(msk_octets(&u, json_hex(vectors, "$.msk_message_download_V1.message")), -EBADMSG);
	CU_ASSERT_EQUAL(msk_octets(&u, json_hex(vectors, "$.solicited_pull.message")), -EBADMSG);
	CU_ASSERT_EQUAL(mtk_octets(&u, json_hex(vectors, "$.mtk_message_streaming.message"), &got), -ENOKEY);
	CU_ASSERT_EQUAL(counter_of(&u, false), 0);
	CU_ASSERT_EQUAL(counter_of(&u, true), UINT32_MAX);
	keystore_close(u.k);
}

static void no_muk_no_message(void)
{
	struct ue u = ue_new("no muk");
	struct delivery d = under(&first, "a@bsf", 1);

	CU_ASSERT_EQUAL(deliver(&u, &d), -ENOKEY);
	take_key(&u, "b@bsf", &first);
	CU_ASSERT_EQUAL(deliver(&u, &d), -ENOKEY); /* another B-TID */
	take_key(&u, "a@bsf", &first);
	d.idi = span_str("other.home1.net\x01");
	CU_ASSERT_EQUAL(deliver(&u, &d), -ENOKEY); /* another BM-SC */
	d.idi = span_str(FQDN);
	CU_ASSERT_EQUAL(deliver(&u, &d), 0); /* decision 11 */
	keystore_close(u.k);
}

static void the_newest_key_takes_over_when_it_has_proved_itself(void)
{
	struct ue u = ue_new("take over");
	struct delivery old = under(&first, "a@bsf", 7), new = under(&second, "b@bsf", 1);

	take_key(&u, "a@bsf", &first);
	CU_ASSERT_EQUAL(deliver(&u, &old), 0);
	take_key(&u, "b@bsf", &second);
	restart(&u);
	/* Superseded: MSKs are refused before the MAC (decision 45), a pull is taken. */
	old.ts = 8;
	CU_ASSERT_EQUAL(deliver(&u, &old), -EPERM);
	old.pull = true;
	CU_ASSERT_EQUAL(deliver(&u, &old), 0);
	CU_ASSERT_EQUAL(u.verdict, MGV_PULL);
	CU_ASSERT_EQUAL(counter_of(&u, true), 8);
	CU_ASSERT_EQUAL(counter_of(&u, false), 0);
	CU_ASSERT_EQUAL(deliver(&u, &old), -ESTALE);
	/* The newest: a counter of its own, and from then on the old one is nobody's. */
	CU_ASSERT_EQUAL(deliver(&u, &new), 0);
	CU_ASSERT_EQUAL(counter_of(&u, true), 1);
	CU_ASSERT_EQUAL(counter_of(&u, false), 1);
	old.ts = 9;
	CU_ASSERT_EQUAL(deliver(&u, &old), -ENOKEY);
	keystore_close(u.k);
}

static void a_pull_is_taken_when_the_bootstrapping_is_long_over(void)
{
	struct ue u = ue_new("expired");
	struct delivery d = under(&first, "a@bsf", 1);

	take_key(&u, "a@bsf", &first);
	CU_ASSERT_EQUAL(deliver(&u, &d), 0);
	CU_ASSERT_EQUAL(keystore_drop_gba(u.k), 0);
	CU_ASSERT_EQUAL(keystore_removed(u.k), 0);
	CU_ASSERT_EQUAL(keystore_power_down(u.k, false), 0);
	restart(&u);
	d = under(&first, "a@bsf", 2);
	d.pull = true;
	CU_ASSERT_EQUAL(deliver(&u, &d), 0);
	CU_ASSERT_EQUAL(u.verdict, MGV_PULL);
	keystore_close(u.k);
}

/* A UICC that has kept its Ks gives the same Ks_ext_NAF again after it was out. */
static void attack_replay_after_the_same_key_came_again(void)
{
	struct ue u = ue_new("again");
	struct delivery d = under(&first, "a@bsf", 5);

	take_key(&u, "a@bsf", &first);
	CU_ASSERT_EQUAL(deliver(&u, &d), 0);
	take_key(&u, "a@bsf", &first);
	CU_ASSERT_EQUAL(deliver(&u, &d), -ESTALE);
	CU_ASSERT_EQUAL(keystore_removed(u.k), 0);
	CU_ASSERT_EQUAL(counter_of(&u, false), UINT32_MAX);
	take_key(&u, "a@bsf", &first);
	CU_ASSERT_EQUAL(counter_of(&u, false), 5);
	CU_ASSERT_EQUAL(deliver(&u, &d), -ESTALE);
	keystore_close(u.k);
}

/* --- MSKs --- */

static size_t numbers(struct ue *u, uint16_t number[static 4])
{
	struct keystore_msk msk[4];
	size_t n = 0;

	CU_ASSERT_EQUAL(keystore_msks(u->k, msk, 4, &n), 0);
	for (size_t i = 0; i < n; i++)
		number[i] = msk[i].key.number;
	return n;
}

static void two_msks_of_a_group_and_the_third(void)
{
	struct ue u = ue_new("third");
	uint16_t number[4];

	take_key(&u, "a@bsf", &first);
	for (uint16_t i = 1; i <= 3; i++) {
		struct delivery d = under(&first, "a@bsf", i);
		d.number = i;
		d.msk_octet = (uint8_t)(0xA0 + i);
		CU_ASSERT_EQUAL(deliver(&u, &d), 0);
		if (i == 2) {
			CU_ASSERT_EQUAL(mtk(&u, 1, 0xA1, 1, 1), 0);
			CU_ASSERT_EQUAL(mtk(&u, 2, 0xA2, 1, 1), 0);
		}
	}
	CU_ASSERT_EQUAL(mtk(&u, 1, 0xA1, 2, 2), -ENOKEY);
	CU_ASSERT_EQUAL(mtk(&u, 2, 0xA2, 2, 2), 0); /* its counter has stayed where it was */
	CU_ASSERT_EQUAL(mtk(&u, 2, 0xA2, 2, 3), -ESTALE);
	CU_ASSERT_EQUAL(mtk(&u, 3, 0xA3, 1, 1), 0);
	CU_ASSERT_EQUAL_FATAL(numbers(&u, number), 2);
	CU_ASSERT_TRUE(number[0] == 2 && number[1] == 3);
	/* Again: the newest of its group, so the fourth pushes 3 out. */
	struct delivery d = under(&first, "a@bsf", 4);
	d.number = 2;
	d.msk_octet = 0xA2;
	CU_ASSERT_EQUAL(deliver(&u, &d), 0);
	d = under(&first, "a@bsf", 5);
	d.number = 4;
	CU_ASSERT_EQUAL(deliver(&u, &d), 0);
	CU_ASSERT_EQUAL_FATAL(numbers(&u, number), 2);
	CU_ASSERT_TRUE(number[0] == 2 && number[1] == 4);
	/* Another group is another matter. */
	d = under(&first, "a@bsf", 6);
	d.group = 2;
	CU_ASSERT_EQUAL(deliver(&u, &d), 0);
	CU_ASSERT_EQUAL(numbers(&u, number), 3);
	keystore_close(u.k);
}

static void an_interval_changes_and_opens_no_replay(void)
{
	struct ue u = ue_new("interval");
	struct delivery d = under(&first, "a@bsf", 1);
	struct keystore_msk msk;
	size_t n;

	take_key(&u, "a@bsf", &first);
	d.seq_u = 3;
	CU_ASSERT_EQUAL(deliver(&u, &d), 0);
	CU_ASSERT_EQUAL(mtk(&u, 1, d.msk_octet, 3, 1), 0);
	CU_ASSERT_EQUAL(mtk(&u, 1, d.msk_octet, 4, 2), -EPERM); /* nothing is left */
	d.ts = 2;
	d.seq_u = 9;
	CU_ASSERT_EQUAL(deliver(&u, &d), 0);
	CU_ASSERT_EQUAL(mtk(&u, 1, d.msk_octet, 3, 2), -ESTALE); /* decision 48 */
	CU_ASSERT_EQUAL(mtk(&u, 1, d.msk_octet, 4, 1), -ESTALE);
	CU_ASSERT_EQUAL(mtk(&u, 1, d.msk_octet, 10, 2), -ESTALE);
	CU_ASSERT_EQUAL(mtk(&u, 1, d.msk_octet, 4, 2), 0);
	CU_ASSERT_EQUAL(keystore_msks(u.k, &msk, 1, &n), 0);
	CU_ASSERT_TRUE(n == 1 && msk.in_me && msk.seq_l == 4 && msk.seq_u == 9 && msk.counter == 2 && msk.ts == 2);
	CU_ASSERT_TRUE(msk.key.mtk_id == 4 && msk.mtk_when == NOW);
	/* Another key under the same name begins anew (decision 20). */
	d.ts = 3;
	d.msk_octet = 0x77;
	CU_ASSERT_EQUAL(deliver(&u, &d), 0);
	CU_ASSERT_EQUAL(mtk(&u, 1, d.msk_octet, 1, 1), 0);
	keystore_close(u.k);
}

static void an_msk_is_withdrawn(void)
{
	struct ue u = ue_new("withdrawn");
	struct delivery d = under(&first, "a@bsf", 1);
	uint16_t number[4];

	take_key(&u, "a@bsf", &first);
	CU_ASSERT_EQUAL(deliver(&u, &d), 0);
	d = under(&first, "a@bsf", 2);
	d.number = 2;
	CU_ASSERT_EQUAL(deliver(&u, &d), 0);
	d = under(&first, "a@bsf", 3);
	d.seq_l = 9;
	d.seq_u = 8;
	d.v = true;
	CU_ASSERT_EQUAL(deliver(&u, &d), 0);
	CU_ASSERT_EQUAL(u.verdict, MGV_WITHDRAWN);
	CU_ASSERT_TRUE(u.ack_n != 0);
	CU_ASSERT_EQUAL(numbers(&u, number), 1);
	CU_ASSERT_EQUAL(number[0], 2);
	CU_ASSERT_EQUAL(mtk(&u, 1, d.msk_octet, 1, 1), -ENOKEY);
	CU_ASSERT_EQUAL(mtk(&u, 2, d.msk_octet, 1, 1), 0);
	/* One that is not there. */
	d.ts = 4;
	d.number = 7;
	CU_ASSERT_EQUAL(deliver(&u, &d), 0);
	CU_ASSERT_EQUAL(u.verdict, MGV_WITHDRAWN);
	CU_ASSERT_EQUAL(numbers(&u, number), 1);
	keystore_close(u.k);
}

static void policies_are_kept_with_their_msk(void)
{
	struct ue u = ue_new("policy");
	const struct key256 muk = vector_key("$.gba.ks_int_naf");
	uint8_t message[MIKEY_MESSAGE_MAX], buf[MIKEY_MESSAGE_MAX];
	struct wr w = WR(message), sp = WR(buf);
	struct mikey m;

	take_key(&u, FIXTURE_BTID, &muk);
	wr_span(&w, json_hex(vectors, "$.msk_message_streaming_with_SP.message"));
	CU_ASSERT_EQUAL(msk_octets(&u, wr_done(&w)), 0);
	CU_ASSERT_EQUAL_FATAL(mikey_parse(&m, wr_done(&w)), MIKEY_OK);
	restart(&u);
	CU_ASSERT_EQUAL(keystore_msk_sp(u.k, &m.key, &sp), 0);
	CU_ASSERT_TRUE(m.sp.n != 0 && span_eq(wr_done(&sp), m.sp));
	m.key.number = 77;
	CU_ASSERT_EQUAL(keystore_msk_sp(u.k, &m.key, &sp), -ENOENT);
	keystore_close(u.k);
}

/* --- what is no good --- */

/* The last octet of the MAC. */
static void spoil(struct wr *w)
{
	if (w->n != 0)
		w->p[w->n - 1] ^= 1;
}

static void attack_forged_messages_change_nothing(void)
{
	struct ue u = ue_new("forged");
	struct delivery d = under(&first, "a@bsf", 9);
	uint8_t octets[MIKEY_MESSAGE_MAX];
	struct wr w = WR(octets);
	struct mgv_mtk got;

	take_key(&u, "a@bsf", &first);
	wr_span(&w, sealed_msk(p, &d));
	spoil(&w);
	CU_ASSERT_EQUAL(msk_octets(&u, wr_done(&w)), -EBADMSG);
	CU_ASSERT_EQUAL(counter_of(&u, false), 0);
	CU_ASSERT_EQUAL(counter_of(&u, true), UINT32_MAX);
	d.ts = 1;
	CU_ASSERT_EQUAL(deliver(&u, &d), 0);
	w = WR(octets);
	wr_span(&w, sealed_mtk(p, 1, 1, d.msk_octet, 5, 5));
	spoil(&w);
	CU_ASSERT_EQUAL(mtk_octets(&u, wr_done(&w), &got), -EBADMSG);
	CU_ASSERT_EQUAL(mtk(&u, 1, d.msk_octet, 1, 1), 0);
	keystore_close(u.k);
}

static void attack_messages_of_the_wrong_kind(void)
{
	struct ue u = ue_new("kinds");
	struct delivery d = under(&first, "a@bsf", 1);
	struct wr ack = WR(u.ack);
	enum mgv_verdict verdict;
	struct mgv_mtk got;
	struct mikey m;

	take_key(&u, "a@bsf", &first);
	CU_ASSERT_EQUAL_FATAL(mikey_parse(&m, sealed_msk(p, &d)), MIKEY_OK);
	CU_ASSERT_EQUAL(me_keys_mtk_message(u.k, p, &m, NOW, &got), -EINVAL);
	CU_ASSERT_EQUAL_FATAL(mikey_parse(&m, sealed_mtk(p, 1, 1, 0xA1, 1, 1)), MIKEY_OK);
	CU_ASSERT_EQUAL(me_keys_msk_message(u.k, p, &m, NOW, &ack, &verdict), -EINVAL);
	d.pull = d.v = true; /* decision 17 */
	CU_ASSERT_EQUAL(deliver(&u, &d), -EINVAL);
	/* The verification message must be handed over, or the message has not been taken. */
	d.pull = false;
	CU_ASSERT_EQUAL_FATAL(mikey_parse(&m, sealed_msk(p, &d)), MIKEY_OK);
	ack = wr_of(u.ack, 20);
	CU_ASSERT_EQUAL(me_keys_msk_message(u.k, p, &m, NOW, &ack, &verdict), -EINVAL);
	CU_ASSERT_EQUAL(ack.n, 0);
	CU_ASSERT_EQUAL(deliver(&u, &d), 0);
	keystore_close(u.k);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "MRK is that of decision 31", mrk_is_that_of_decision_31 },
		{ "vectors one after the other", vectors_one_after_the_other },
		{ "what is meant for the card cannot be opened", what_is_meant_for_the_card_cannot_be_opened },
		{ "no MUK, no message", no_muk_no_message },
		{ "the newest key takes over when it has proved itself",
		  the_newest_key_takes_over_when_it_has_proved_itself },
		{ "a pull is taken when the bootstrapping is long over",
		  a_pull_is_taken_when_the_bootstrapping_is_long_over },
		{ "attack: replay after the same key came again", attack_replay_after_the_same_key_came_again },
		{ "two MSKs of a group, and the third", two_msks_of_a_group_and_the_third },
		{ "an interval changes and opens no replay", an_interval_changes_and_opens_no_replay },
		{ "an MSK is withdrawn", an_msk_is_withdrawn },
		{ "policies are kept with their MSK", policies_are_kept_with_their_msk },
		{ "attack: forged messages change nothing", attack_forged_messages_change_nothing },
		{ "attack: messages of the wrong kind", attack_messages_of_the_wrong_kind },
	};
	/* Memory is never full. */
	static const struct cu_test files[] = {
		{ "a MUK that cannot be stored gives no MRK", a_muk_that_cannot_be_stored_gives_no_mrk },
	};

	p = prim_open();
	vectors = json_open("gba-mikey.json");
	int rc = CU_RUN("ME keys in a file that fails", files) | CU_RUN("ME keys in a file", tests);
	in_memory = true;
	rc |= CU_RUN("ME keys in memory", tests);
	json_close(vectors);
	prim_close(p);
	return rc;
}
