/* SPDX-License-Identifier: Apache-2.0 */
/* What the ME makes of datagrams: the vectors' messages, each cut at every octet, and what is no message at all. */
#include "tests/cu.h"
#include "me_fixture.h"

#include <stdlib.h>

static struct json *vectors;
static struct mikey m;
static const char *why;

static enum mikey_rx_kind sort(const struct mikey_rx *rx, struct span octets)
{
	why = NULL;
	return mikey_rx_sort(rx, &m, octets, &why);
}

static void messages_of_the_vectors(void)
{
	static const struct {
		const char *block;
		enum mikey_rx_kind kind;
		uint16_t number;
	} cases[] = {
		{ "msk_message_download_V1", MIKEY_RX_MSK, 1 },
		{ "msk_message_same_key_new_interval", MIKEY_RX_MSK, 1 },
		{ "msk_message_streaming_with_SP", MIKEY_RX_MSK, 2 },
		{ "msk_message_kv_4byte_variant", MIKEY_RX_MSK, 3 },
		{ "msk_message_idi_fqdn_only_variant", MIKEY_RX_MSK, 3 },
		{ "msk_message_bad_mac", MIKEY_RX_MSK, 1 }, /* only the card can tell */
		{ "solicited_pull", MIKEY_RX_PULL, 0 },
		{ "mtk_message_streaming", MIKEY_RX_MTK, 1 },
		{ "mtk_message_download", MIKEY_RX_MTK, 1 },
	};
	static const struct mikey_rx none;

	for (size_t i = 0; i < VU_COUNT(cases); i++) {
		struct span octets = json_hex(vectors, "$.%s.message", cases[i].block);
		enum mikey_rx_kind kind = sort(&none, octets);
		if (kind != cases[i].kind || m.key.number != cases[i].number || m.key.group != 1)
			CU_FAIL_FATAL(cases[i].block);
	}
}

static void attack_verification_message_from_the_network(void)
{
	static const struct mikey_rx none;

	CU_ASSERT_EQUAL(sort(&none, json_hex(vectors, "$.msk_verification_for_it.ts_as_sent_4_octets.message")),
			MIKEY_RX_DISCARD);
	CU_ASSERT_PTR_NOT_NULL(why);
}

/* In a buffer of exactly that size, so that a read behind the end is seen; and one octet more. */
static void attack_every_truncation(void)
{
	static const char *const blocks[] = { "msk_message_download_V1", "msk_message_streaming_with_SP",
					      "solicited_pull", "mtk_message_streaming", "mtk_message_download" };
	static const struct mikey_rx none;

	for (size_t i = 0; i < VU_COUNT(blocks); i++) {
		struct span whole = json_hex(vectors, "$.%s.message", blocks[i]);
		for (size_t n = 0; n <= whole.n + 1; n++) {
			uint8_t *copy = calloc(1, n != 0 ? n : 1);
			CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
			memcpy(copy, whole.p, n < whole.n ? n : whole.n);
			enum mikey_rx_kind kind = sort(&none, span_of(copy, n));
			CU_ASSERT_EQUAL(kind == MIKEY_RX_DISCARD, n != whole.n);
			CU_ASSERT_TRUE(kind != MIKEY_RX_DISCARD || why != NULL);
			free(copy);
		}
	}
}

/* No crash and a defined answer; which octets matter is the card's affair. */
static void attack_every_single_octet_changed(void)
{
	static const char *const blocks[] = { "msk_message_streaming_with_SP", "mtk_message_streaming" };
	static const struct mikey_rx none;

	for (size_t i = 0; i < VU_COUNT(blocks); i++) {
		struct span whole = json_hex(vectors, "$.%s.message", blocks[i]);
		uint8_t *copy = malloc(whole.n);
		CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
		for (size_t at = 0; at < whole.n; at++)
			for (unsigned bit = 0; bit < 8; bit++) {
				memcpy(copy, whole.p, whole.n);
				copy[at] ^= (uint8_t)(1U << bit);
				if (sort(&none, span_of(copy, whole.n)) == MIKEY_RX_DISCARD)
					CU_ASSERT_PTR_NOT_NULL(why);
			}
		free(copy);
	}
}

static void attack_datagram_of_the_greatest_length(void)
{
	static uint8_t octets[65507];
	static const struct mikey_rx none;

	octets[0] = MIKEY_VERSION;
	CU_ASSERT_EQUAL(sort(&none, SPAN(octets)), MIKEY_RX_DISCARD);
	CU_ASSERT_PTR_NOT_NULL(why);
	CU_ASSERT_EQUAL(sort(&none, (struct span){ 0 }), MIKEY_RX_DISCARD);
}

static void mtk_messages_are_taken_once(void)
{
	static const struct mikey_rx none;
	struct mikey_rx rx = { 0 };
	struct span octets = json_hex(vectors, "$.mtk_message_streaming.message");

	CU_ASSERT_EQUAL(sort(&rx, octets), MIKEY_RX_MTK);
	CU_ASSERT_EQUAL(sort(&rx, octets), MIKEY_RX_MTK); /* not taken yet: the card may have been out */
	mikey_rx_took_mtk(&rx, &m);
	CU_ASSERT_EQUAL(sort(&rx, octets), MIKEY_RX_AGAIN);
	CU_ASSERT_EQUAL(sort(&rx, json_hex(vectors, "$.mtk_message_download.message")), MIKEY_RX_MTK); /* the next */
	/* Another MSK's delivery changes nothing, this one's begins its counts anew. */
	CU_ASSERT_EQUAL(sort(&rx, json_hex(vectors, "$.msk_message_streaming_with_SP.message")), MIKEY_RX_MSK);
	mikey_rx_took_msk(&rx, &m);
	CU_ASSERT_EQUAL(sort(&rx, octets), MIKEY_RX_AGAIN);
	CU_ASSERT_EQUAL(sort(&none, json_hex(vectors, "$.msk_message_download_V1.message")), MIKEY_RX_MSK);
	mikey_rx_took_msk(&rx, &m);
	CU_ASSERT_EQUAL(sort(&rx, octets), MIKEY_RX_MTK);
}

static void attack_replay_of_a_proven_msk_message(void)
{
	struct mikey_rx rx = { 0 };
	struct span octets = json_hex(vectors, "$.msk_message_download_V1.message");

	CU_ASSERT_EQUAL(sort(&rx, octets), MIKEY_RX_MSK);
	CU_ASSERT_EQUAL(sort(&rx, octets), MIKEY_RX_MSK); /* nothing has proven it yet */
	mikey_rx_took_msk(&rx, &m);
	CU_ASSERT_EQUAL(sort(&rx, octets), MIKEY_RX_DISCARD);
	CU_ASSERT_STRING_EQUAL(why, "a replay: counter or MTK ID is not fresh");
	/* A higher counter is none, and each MUK has its own. */
	CU_ASSERT_EQUAL(sort(&rx, json_hex(vectors, "$.solicited_pull.message")), MIKEY_RX_PULL);
	mikey_rx_took_msk(&rx, &m);
	m.idr.data = span_str("another@bsf");
	m.ts = 1000;
	mikey_rx_took_msk(&rx, &m);
	CU_ASSERT_EQUAL(sort(&rx, json_hex(vectors, "$.solicited_pull.message")), MIKEY_RX_DISCARD);
	for (char name[] = "0@bsf"; name[0] < '0' + MIKEY_RX_MUKS; name[0]++) {
		m.idr.data = span_str(name);
		mikey_rx_took_msk(&rx, &m);
	}
	/* The oldest is forgotten, which costs the card a refusal and nothing else. */
	CU_ASSERT_EQUAL(sort(&rx, json_hex(vectors, "$.solicited_pull.message")), MIKEY_RX_PULL);
}

static void the_list_of_msks_has_an_end(void)
{
	struct mikey_rx rx = { 0 };
	struct span octets = json_hex(vectors, "$.mtk_message_streaming.message");

	CU_ASSERT_EQUAL(sort(&rx, octets), MIKEY_RX_MTK);
	struct mikey first = m;
	mikey_rx_took_mtk(&rx, &first);
	for (unsigned i = 0; i < 2 * MIKEY_RX_SEEN; i++) {
		m.key.number = (uint16_t)(100 + i);
		mikey_rx_took_mtk(&rx, &m);
	}
	/* The oldest is forgotten, which costs the card a refusal and nothing else. */
	CU_ASSERT_EQUAL(sort(&rx, octets), MIKEY_RX_MTK);
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "messages of the vectors", messages_of_the_vectors },
		{ "attack: verification message from the network", attack_verification_message_from_the_network },
		{ "attack: every truncation", attack_every_truncation },
		{ "attack: every single octet changed", attack_every_single_octet_changed },
		{ "attack: datagram of the greatest length", attack_datagram_of_the_greatest_length },
		{ "MTK messages are taken once", mtk_messages_are_taken_once },
		{ "attack: replay of a proven MSK message", attack_replay_of_a_proven_msk_message },
		{ "the list of MSKs has an end", the_list_of_msks_has_an_end },
	};
	vectors = json_open("gba-mikey.json");
	int rc = CU_RUN("mikey_rx", tests);
	json_close(vectors);
	return rc;
}
