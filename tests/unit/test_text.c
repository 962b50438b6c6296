/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648) and the event lines. */
#include "tests/cu.h"
#include <sqlite3.h>

#include "host/base64.h"
#include "host/log.h"

static bool parses(const char *text, const char *octets)
{
	uint8_t out[64];
	struct wr w = WR(out);

	return base64_parse(&w, span_str(text)) && span_eq(wr_done(&w), span_str(octets));
}

static void base64_has_the_values_of_rfc_4648(void)
{
	static const struct {
		const char *octets, *text;
	} vectors[] = { { "", "" },
			{ "f", "Zg==" },
			{ "fo", "Zm8=" },
			{ "foo", "Zm9v" },
			{ "foob", "Zm9vYg==" },
			{ "fooba", "Zm9vYmE=" },
			{ "foobar", "Zm9vYmFy" } };

	for (size_t i = 0; i < VU_COUNT(vectors); i++) {
		uint8_t out[64];
		struct wr w = WR(out);

		base64_put(&w, span_str(vectors[i].octets));
		CU_ASSERT(span_eq(wr_done(&w), span_str(vectors[i].text)));
		CU_ASSERT(parses(vectors[i].text, vectors[i].octets));
	}
}

static void base64_goes_through_every_octet(void)
{
	uint8_t in[256], text[400], out[256];
	struct wr w = WR(text), back = WR(out);

	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (uint8_t)(255 - i);
	base64_put(&w, SPAN(in));
	CU_ASSERT(base64_parse(&back, wr_done(&w)));
	CU_ASSERT(span_eq(wr_done(&back), SPAN(in)));
}

static void base64_skips_white_space(void)
{
	CU_ASSERT(parses(" Zm9v\r\n\tYm Fy\n", "foobar"));
}

static void base64_refuses_what_it_would_not_write(void)
{
	static const char *const bad[] = {
		"Z",	 "Zg",	 "Zg=",	 "Zg===", "=",	  "====",  "Zg==Zg==", "Z=g=",
		"Zm9v=", "Zm9_", "Zm9-", "Zh==",  "Zm9=", "Zm9v!", "Zm9v\x01", "\xff\xff\xff\xff"
	};

	for (size_t i = 0; i < VU_COUNT(bad); i++) {
		uint8_t out[64];
		struct wr w = WR(out);
		CU_ASSERT_FALSE(base64_parse(&w, span_str(bad[i])));
	}
}

static void base64_notices_a_full_buffer(void)
{
	uint8_t out[2];
	struct wr w = WR(out);

	CU_ASSERT_FALSE(base64_parse(&w, span_str("Zm9v")));
}

static char line[LOG_LINE_MAX + 1];

static void keep(void *ctx, struct span text)
{
	(void)ctx;
	CU_ASSERT_FATAL(text.n < sizeof line);
	memcpy(line, text.p, text.n);
	line[text.n] = '\0';
}

static struct log log_of(bool json)
{
	return (struct log){ keep, NULL, json };
}

/* Whether SQLite takes the line for JSON. */
static bool is_json(void)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *s = NULL;
	bool valid = false;

	CU_ASSERT_FATAL(sqlite3_open(":memory:", &db) == SQLITE_OK);
	if (sqlite3_prepare_v2(db, "SELECT json_valid(?1)", -1, &s, NULL) == SQLITE_OK &&
	    sqlite3_bind_text(s, 1, line, -1, SQLITE_STATIC) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
		valid = sqlite3_column_int(s, 0) != 0;
	sqlite3_finalize(s);
	sqlite3_close(db);
	return valid;
}

static void an_event_is_one_line_for_people_or_one_json_object(void)
{
	struct log human = log_of(false), json = log_of(true);
	static const uint8_t id[] = { 0x00, 0x01 };

	LOG(&human, 1795228318123, "msk-sent", LOG_TEXT("ue", "a b"), LOG_TEXT("none", NULL), LOG_NUMBER("ts", -1),
	    LOG_BOOL("v", true), LOG_HEX("id", SPAN(id)));
	CU_ASSERT_STRING_EQUAL(line, "2026-11-21T02:31:58.123Z msk-sent ue=\"a b\" ts=-1 v=true id=0001\n");
	LOG(&json, 1795228318123, "msk-sent", LOG_TEXT("ue", "a b"), LOG_TEXT("none", NULL), LOG_NUMBER("ts", -1),
	    LOG_BOOL("v", true), LOG_HEX("id", SPAN(id)));
	CU_ASSERT_STRING_EQUAL(line, "{\"time\":\"2026-11-21T02:31:58.123Z\",\"event\":\"msk-sent\",\"ue\":\"a b\","
				     "\"ts\":-1,\"v\":true,\"id\":\"0001\"}\n");
	CU_ASSERT(is_json());
}

static void a_peer_cannot_break_out_of_its_quotes(void)
{
	struct log human = log_of(false), json = log_of(true);

	for (int c = 1; c < 256; c++) {
		char text[] = { 'x', (char)c, '"', '\n', '\0' };

		LOG(&json, 0, "e", LOG_TEXT("t", text));
		CU_ASSERT(is_json());
		CU_ASSERT(strchr(line, '\n') == line + strlen(line) - 1);
		LOG(&human, 0, "e", LOG_TEXT("t", text));
		CU_ASSERT(strchr(line, '\n') == line + strlen(line) - 1);
		for (const char *p = line; p[1] != '\0'; p++)
			CU_ASSERT(*p >= ' ' && *p <= '~');
	}
}

static void a_field_that_does_not_fit_is_left_out_and_said_so(void)
{
	static char big[2 * LOG_LINE_MAX];
	struct log json = log_of(true);

	memset(big, 'x', sizeof big - 1);
	LOG(&json, 0, "e", LOG_TEXT("big", big), LOG_TEXT("small", "y"));
	CU_ASSERT(is_json());
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "\"small\":\"y\",\"cut\":true}\n"));
	/* Every length around the limit stays JSON. */
	for (size_t n = LOG_LINE_MAX - 100; n < LOG_LINE_MAX; n++) {
		big[n] = '\0';
		LOG(&json, 0, "e", LOG_TEXT("big", big));
		CU_ASSERT(is_json());
		big[n] = 'x';
	}
}

static void without_a_place_nothing_is_written(void)
{
	struct log none = { 0 };

	line[0] = '\0';
	LOG(&none, 0, "e", LOG_NUMBER("n", 1));
	CU_ASSERT(line[0] == '\0');
}

int main(void)
{
	static const struct cu_test tests[] = {
#define T(f) { #f, f }
		T(base64_has_the_values_of_rfc_4648),
		T(base64_goes_through_every_octet),
		T(base64_skips_white_space),
		T(base64_refuses_what_it_would_not_write),
		T(base64_notices_a_full_buffer),
		T(an_event_is_one_line_for_people_or_one_json_object),
		T(a_peer_cannot_break_out_of_its_quotes),
		T(a_field_that_does_not_fit_is_left_out_and_said_so),
		T(without_a_place_nothing_is_written),
	};
	return CU_RUN("base64 and log", tests);
}
