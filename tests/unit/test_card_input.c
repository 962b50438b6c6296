/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bad input: every truncation and every change of a single octet, to every other value, of an MSK message, an MTK message
 * and an AUTHENTICATE command. Each gets an error word, none changes the card, none leaks what a good one would give.
 */
#include <stdlib.h>

#include "card_fixture.h"
#include "tests/cu.h"

/* An exact-size copy on the heap, so that the sanitizers see one octet too many. */
static uint8_t *heap_copy(struct span s, size_t n)
{
	uint8_t *p = malloc(n != 0 ? n : 1);

	if (p == NULL)
		abort();
	memcpy(p, s.p, n);
	return p;
}

/* Sends what `octets` stands for. */
typedef sw_t send_fn(struct card *c, struct span octets);

static sw_t send_msk(struct card *c, struct span message)
{
	return card_mbms(c, MBMS_MSK_UPDATE, message);
}

static sw_t send_mtk(struct card *c, struct span message)
{
	return card_mbms(c, MBMS_MTK_GENERATION, message);
}

/* All of them, and the good one at last, which must still be taken: nothing before it had an effect. */
static void abuse(struct card *c, struct span good, size_t changeable, send_fn *send, sw_t at_last)
{
	struct nv_mem *before = nv_mem_copy(c->nv);
	unsigned taken = 0, leaks = 0;

	for (size_t n = 0; n < good.n; n++) {
		if (n == changeable) /* a command without its Le is a good one */
			continue;
		uint8_t *cut = heap_copy(good, n);
		sw_t sw = send(c, span_of(cut, n));
		taken += sw_ok(sw);
		leaks += c->n != 0 && !sw_ok(sw);
		free(cut);
	}
	for (size_t at = 0; at < changeable; at++) {
		uint8_t *changed = heap_copy(good, good.n);
		for (unsigned x = 1; x < 256; x++) {
			changed[at] = (uint8_t)(good.p[at] ^ x);
			sw_t sw = send(c, span_of(changed, good.n));
			taken += sw_ok(sw);
			leaks += c->n != 0 && !sw_ok(sw);
		}
		free(changed);
		CU_ASSERT(nv_mem_equal(before, c->nv));
	}
	CU_ASSERT_EQUAL(taken, 0);
	CU_ASSERT_EQUAL(leaks, 0);
	CU_ASSERT_EQUAL(send(c, good), at_last);
	nv_mem_close(before);
}

static void with_trailing_octet(struct card *c, struct span good, send_fn *send)
{
	uint8_t *longer = malloc(good.n + 1);

	if (longer == NULL)
		abort();
	memcpy(longer, good.p, good.n);
	longer[good.n] = 0;
	CU_ASSERT_EQUAL(send(c, span_of(longer, good.n + 1)), SW_DATA);
	free(longer);
}

static const struct span naf = { (const uint8_t *)FIXTURE_NAF, sizeof FIXTURE_NAF - 1 };

static void test_msk_message(void)
{
	struct card *c = card_new(NULL);
	struct key256 muk;

	card_provision(c, 0x20, FIXTURE_BTID, naf, &muk);
	struct delivery d = delivery_of(&muk, FIXTURE_BTID, 0x01020304);
	d.v = true;
	struct span message = msk_message(c, &d);
	with_trailing_octet(c, message, send_msk);
	abuse(c, message, message.n, send_msk, SW_OK);
	card_free(c);
}

static void test_mtk_message(void)
{
	struct card *c = card_new(NULL);
	struct key256 muk;

	card_provision(c, 0x20, FIXTURE_BTID, naf, &muk);
	const struct delivery d = delivery_of(&muk, FIXTURE_BTID, 1);
	CU_ASSERT_EQUAL(card_deliver(c, &d), SW_OK);
	struct span message = mtk_message(c, 1, 1, d.msk_octet, 5, 0x01020304);
	with_trailing_octet(c, message, send_mtk);
	abuse(c, message, message.n, send_mtk, SW_OK);
	card_free(c);
}

/* The last octet is Le: it may have any value, and be absent. */
static void abuse_authenticate(uint8_t p2, enum aka_mask mask)
{
	struct card *c = card_new(NULL);
	struct auth_challenge a;
	uint8_t data[64], octets[80];
	struct wr d = WR(data), w = WR(octets);

	CU_ASSERT_EQUAL(card_select_usim(c), SW_OK);
	CU_ASSERT_EQUAL(card_hex(c, "00a4000c02 3f00"), SW_OK); /* so that no other command finds a file to write */
	CU_ASSERT_EQUAL(card_hex(c, "00a4000c02 7fff"), SW_OK);
	fixture_challenge(c, &a, 0x20, mask);
	if (mask == AKA_PLAIN)
		auth_3g_put(&d, &a);
	else
		auth_bootstrap_put(&d, &a);
	const struct capdu command = { .ins = INS_AUTHENTICATE, .p2 = p2, .data = wr_done(&d), .le = 256 };
	capdu_put(&w, &command);
	abuse(c, wr_done(&w), w.n - 1, card_send, SW_OK);
	CU_ASSERT_EQUAL(c->answer[0], AUTH_TAG_OK);
	card_free(c);
}

static void test_authenticate_3g(void)
{
	abuse_authenticate(AUTH_3G, AKA_PLAIN);
}

static void test_authenticate_gba(void)
{
	abuse_authenticate(AUTH_GBA, AKA_GBA_U);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "MSK message: cut, changed, one octet too many", test_msk_message },
		{ "MTK message: cut, changed, one octet too many", test_mtk_message },
		{ "AUTHENTICATE in the 3G context: cut, changed", test_authenticate_3g },
		{ "AUTHENTICATE in the GBA context: cut, changed", test_authenticate_gba },
	};

	return CU_RUN("card bad input", tests);
}
