/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as events: every octet of them, in lines that have an end, and no key. */
#include "tests/cu.h"

#include <stdio.h>

#include "apdu/hex.h"
#include "apdu/mikey.h"
#include "host/message_log.h"

enum { TOLD_MAX = 1 << 20 };

/* What was told: the octets of all events together, and the last line. */
static struct told {
	uint8_t octets[TOLD_MAX];
	size_t n, lines;
	char line[LOG_LINE_MAX + 1];
} told;

/* The text of a member, its escapes resolved. */
static void take_member(const char *line, const char *name)
{
	const char *p = strstr(line, name);

	if (p == NULL)
		return;
	for (p += strlen(name); *p != '"' && told.n < TOLD_MAX; p++) {
		struct wr w = wr_of(&told.octets[told.n], 1);

		if (*p != '\\') {
			wr_u8(&w, (uint8_t)*p);
		} else if (*++p != 'u') {
			wr_u8(&w, (uint8_t)*p);
		} else {
			CU_ASSERT(strncmp(p, "u00", 3) == 0 && hex_parse(&w, span_of(p + 3, 2)));
			p += 4;
		}
		told.n += w.n;
	}
}

static void take_line(void *ctx, struct span line)
{
	(void)ctx;
	told.lines++;
	CU_ASSERT_FATAL(line.n <= LOG_LINE_MAX);
	snprintf(told.line, sizeof told.line, "%.*s", (int)line.n, (const char *)line.p);
	CU_ASSERT_PTR_NULL(strstr(told.line, "\"cut\""));
	take_member(told.line, "\"text\":\"");
	take_member(told.line, "\"hex\":\"");
}

static const struct log json = { .put = take_line, .json = true };
static const struct message_way ub = { "Ub", true, "127.0.0.2:40000", "127.0.0.1:8080" };
static const struct message_way mikey = { "MIKEY", false, "[2001:db8:1111:2222:3333:4444:5555:6666]:65535",
					  "[2001:db8:1111:2222:3333:4444:5555:7777]:65535" };

static struct message_log begin(void)
{
	told.n = told.lines = 0;
	return (struct message_log){ .log = &json, .side = "network", .messages = UINT64_MAX / 4 };
}

static void a_short_message_is_one_event(void)
{
	struct message_log m = begin();

	message_log_http(&m, 0, &ub, span_str("GET / HTTP/1.1\r\n\r\n"));
	CU_ASSERT_STRING_EQUAL(told.line,
			       "{\"time\":\"1970-01-01T00:00:00.000Z\",\"event\":\"message\",\"side\":\"network\","
			       "\"interface\":\"Ub\",\"way\":\"sent\",\"from\":\"127.0.0.2:40000\",\"to\":"
			       "\"127.0.0.1:8080\",\"number\":4611686018427387904,\"part\":1,"
			       "\"text\":\"GET / HTTP/1.1\\u000d\\u000a\\u000d\\u000a\"}\n");
	message_log_mikey(&m, 0, &mikey, span_of("\1\0\0\0", 4));
	CU_ASSERT_PTR_NOT_NULL(strstr(told.line, "\"number\":4611686018427387905,\"part\":1,\"hex\":\"********\""));
	CU_ASSERT_EQUAL(told.lines, 2);
}

static void every_octet_of_a_long_message_is_told(void)
{
	static uint8_t octets[70000];

	/* First what needs the most room, then all there is. */
	for (size_t i = 10000; i < sizeof octets; i++)
		octets[i] = (uint8_t)(i * 7 + i / 256);
	struct message_log m = begin();
	message_log_http(&m, 0, &ub, SPAN(octets));
	CU_ASSERT(span_eq(span_of(told.octets, told.n), SPAN(octets)));
	CU_ASSERT(told.lines > 20);

	m = begin();
	message_log_begin(&m, 0, &ub);
	for (size_t i = 0; i < sizeof octets; i += 100)
		message_log_add(&m, 0, span_sub(SPAN(octets), i, 100));
	message_log_end(&m, 0);
	message_log_end(&m, 0);
	CU_ASSERT(span_eq(span_of(told.octets, told.n), SPAN(octets)));
}

static void a_message_that_is_not_ended_is_when_the_next_begins(void)
{
	struct message_log m = begin();

	message_log_add(&m, 0, span_str("nobody's"));
	message_log_end(&m, 0);
	CU_ASSERT_EQUAL(told.lines, 0);
	message_log_begin(&m, 0, &ub);
	message_log_add(&m, 0, span_str("first"));
	message_log_begin(&m, 0, &ub);
	CU_ASSERT_EQUAL(told.lines, 1);
	message_log_end(&m, 0);
	CU_ASSERT_EQUAL(told.lines, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(told.line, "\"part\":1,\"text\":\"\""));
}

static void a_datagram_does_not_end_what_comes_by_http(void)
{
	struct message_log m = begin();

	message_log_begin(&m, 0, &ub);
	message_log_add(&m, 0, span_str("HTTP/1.1 "));
	message_log_mikey(&m, 0, &mikey, span_of("\1", 1));
	CU_ASSERT_PTR_NOT_NULL(strstr(told.line, "\"number\":4611686018427387905,\"part\":1,\"hex\""));
	message_log_add(&m, 0, span_str("200 OK"));
	message_log_end(&m, 0);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(told.line, "\"number\":4611686018427387904,\"part\":1,\"text\":\"HTTP/1.1 200 OK"));
	message_log_http(&m, 0, &ub, span_str("next"));
	CU_ASSERT_PTR_NOT_NULL(strstr(told.line, "\"number\":4611686018427387906,"));
}

static void without_a_log_nothing_happens(void)
{
	struct message_log m = begin();

	m.log = NULL;
	message_log_http(&m, 0, &ub, span_str("x"));
	message_log_mikey(&m, 0, &mikey, span_str("x"));
	CU_ASSERT_EQUAL(told.lines, 0);
}

#define KEY "KEYKEYKEYKEYKEY!"

/* An MTK message with KEY for its key data. */
static struct span message(uint8_t encr_alg, uint8_t mac_alg)
{
	static uint8_t octets[256];
	static const struct mikey m = { .kind = MIKEY_IS_MTK,
					.key = { { 0x00, 0xF1, 0x10 }, 1, 2, 3 },
					.cs_map_type = MIKEY_CS_MAP_EMPTY,
					.encr_data = { (const uint8_t *)KEY, sizeof KEY - 1 } };
	struct wr w = WR(octets);

	mikey_put_covered(&w, &m);
	octets[w.n - 1] = mac_alg;
	octets[w.n - 1 - m.encr_data.n - 3] = encr_alg;
	wr_fill(&w, 0x77, MIKEY_MAC_LEN);
	return wr_done(&w);
}

/* How an octet string is told. */
static const char *told_as(struct span octets)
{
	static char text[1024];
	struct message_log m = begin();

	message_log_mikey(&m, 0, &mikey, octets);
	snprintf(text, sizeof text, "%.*s", (int)told.n, (const char *)told.octets);
	CU_ASSERT_EQUAL(told.n, 2 * octets.n);
	return text;
}

static const char *hex_of(struct span octets)
{
	static char text[1024];

	return hex_str(text, sizeof text, octets);
}

static void a_key_that_is_encrypted_is_told_as_it_came(void)
{
	struct span whole = message(MIKEY_ENCR_AES_CM_128, MIKEY_MAC_HMAC_SHA1_160);

	for (size_t n = 11; n <= whole.n; n++) {
		const char *text = told_as(span_sub(whole, 0, n));
		/* What of a payload that is cut off cannot be told from a key is withheld; of KEMAC it is known. */
		if (n > whole.n - 40)
			CU_ASSERT_STRING_EQUAL(text, hex_of(span_sub(whole, 0, n)));
	}
}

static void a_key_in_the_clear_is_withheld_however_broken_the_message_is(void)
{
	const char *key = "4b45594b4559"; /* KEYKEY */
	static const uint8_t algorithms[] = { MIKEY_ENCR_NULL, 2, 255 };

	for (size_t i = 0; i < sizeof algorithms; i++) {
		for (unsigned mac = 0; mac < 3; mac++) {
			struct span whole = message(algorithms[i], (uint8_t)mac);
			for (size_t n = 0; n <= whole.n; n++)
				CU_ASSERT_PTR_NULL(strstr(told_as(span_sub(whole, 0, n)), key));
		}
	}
	const char *text = told_as(message(MIKEY_ENCR_NULL, MIKEY_MAC_HMAC_SHA1_160));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "00000010" /* alg, length */ "********************************" /* key */
					    "017777777777"));
	/* Nor does a header that is none of ours bring it to light. */
	for (size_t at = 0; at < 10; at++) {
		uint8_t octets[256];
		struct wr w = WR(octets);

		wr_span(&w, message(MIKEY_ENCR_NULL, MIKEY_MAC_HMAC_SHA1_160));
		octets[at] ^= 0x0F;
		CU_ASSERT_PTR_NULL(strstr(told_as(wr_done(&w)), key));
	}
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "a short message is one event", a_short_message_is_one_event },
		{ "every octet of a long message is told, in lines that are not too long",
		  every_octet_of_a_long_message_is_told },
		{ "a message that is not ended is when the next begins",
		  a_message_that_is_not_ended_is_when_the_next_begins },
		{ "a datagram does not end what comes by HTTP", a_datagram_does_not_end_what_comes_by_http },
		{ "without a log nothing happens", without_a_log_nothing_happens },
		{ "a key that is encrypted is told as it came", a_key_that_is_encrypted_is_told_as_it_came },
		{ "a key in the clear is withheld, however broken the message is",
		  a_key_in_the_clear_is_withheld_however_broken_the_message_is },
	};
	return CU_RUN("message log", tests);
}
