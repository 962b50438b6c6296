/* SPDX-License-Identifier: Apache-2.0 */
/* SRTP policies (RFC 3830 6.10) and the records of MTKs for receivers of media. SQLite reads the lines as JSON, too. */
#include "tests/cu.h"
#include "tests/vectors/json.h"

#include <sqlite3.h>
#include <stdio.h>

#include "apdu/hex.h"
#include "host/media/mtk_record.h"

static struct json *vectors;

struct octets {
	uint8_t b[512];
	struct span s;
};

static struct span from_hex(struct octets *o, const char *text)
{
	struct wr w = WR(o->b);

	CU_ASSERT_FATAL(hex_parse(&w, span_str(text)));
	o->s = wr_done(&w);
	return o->s;
}

static enum srtp_policy_found find(struct srtp_policy *p, const char *sp, uint8_t number)
{
	struct octets o;
	return srtp_policy_find(p, from_hex(&o, sp), number);
}

static void the_policy_of_a_message_is_the_default_of_rfc_3711(void)
{
	struct span message = json_hex(vectors, "$.msk_message_streaming_with_SP.message");
	struct srtp_policy p = { { 0 } };
	struct mikey m;

	CU_ASSERT_FATAL(mikey_parse(&m, message) == MIKEY_OK);
	CU_ASSERT_FATAL(srtp_policy_find(&p, m.sp, 0) == SRTP_POLICY_FOUND);
	CU_ASSERT(memcmp(&p, &srtp_policy_default, sizeof p) == 0);
	CU_ASSERT(srtp_policy_find(&p, m.sp, 1) == SRTP_POLICY_NONE);
}

static void a_parameter_that_is_not_named_has_its_default(void)
{
	struct srtp_policy p;

	CU_ASSERT_FATAL(find(&p, "01 07 00 0006  0B0104 010110", 7) == SRTP_POLICY_FOUND);
	CU_ASSERT_EQUAL(p.param[SP_TAG_LEN], 4);
	p.param[SP_TAG_LEN] = 10;
	CU_ASSERT(memcmp(&p, &srtp_policy_default, sizeof p) == 0);
}

static void the_second_of_two_policies_is_found(void)
{
	static const char two[] = "0A 00 00 0003 0B0104  01 01 00 0006 0B0108 070100";
	struct srtp_policy p;

	CU_ASSERT_FATAL(find(&p, two, 1) == SRTP_POLICY_FOUND);
	CU_ASSERT_EQUAL(p.param[SP_TAG_LEN], 8);
	CU_ASSERT_EQUAL(p.param[SP_SRTP_ENCRYPTED], 0);
	CU_ASSERT_FATAL(find(&p, two, 0) == SRTP_POLICY_FOUND);
	CU_ASSERT_EQUAL(p.param[SP_TAG_LEN], 4);
}

static void unknown_parameters_protocols_and_long_numbers_are_read(void)
{
	struct srtp_policy p;

	CU_ASSERT_FATAL(find(&p, "01 00 00 000A  0D03AABBCC FF00 0B0104", 0) == SRTP_POLICY_FOUND);
	CU_ASSERT_EQUAL(p.param[SP_TAG_LEN], 4);
	CU_ASSERT_FATAL(find(&p, "01 00 00 0006  060400010000", 0) == SRTP_POLICY_FOUND);
	CU_ASSERT_EQUAL(p.param[SP_KEY_DERIVATION_RATE], 65536);
	/* Protocol 5 is nobody's; its parameters are not ours to judge. */
	CU_ASSERT_FATAL(find(&p, "0A 00 05 0001 FF  01 00 00 0003 0B0104", 0) == SRTP_POLICY_FOUND);
	CU_ASSERT(find(&p, "01 00 05 0003 0B0104", 0) == SRTP_POLICY_NONE);
	CU_ASSERT(find(&p, "", 0) == SRTP_POLICY_NONE);
}

static void broken_policies_are_refused(void)
{
	static const char *const broken[] = {
		"01", /* only `next` */
		"01 00 00 0004 0B0104", /* parameters longer than what there is */
		"01 00 00 0002 0B0104", /* and shorter */
		"01 00 00 0003 0B0204", /* a value longer than its policy */
		"01 00 00 0001 0B", /* a type without a length */
		"01 00 00 0002 0B00", /* a value of no octets */
		"01 00 00 0007 0B050000000004", /* one of more than 32 bits */
		"01 00 00 0006 0B0104 0B0104", /* a parameter twice */
		"0A 00 00 0003 0B0104 01 00 00 0003 0B0104", /* a policy twice */
		"0A 00 00 0003 0B0104 01 01 00 0003 0B0304", /* the other one is broken */
		"01 00 00 0003 0B0104 00", /* an octet too many */
	};

	for (size_t i = 0; i < VU_COUNT(broken); i++) {
		struct srtp_policy p = srtp_policy_default;
		CU_ASSERT(find(&p, broken[i], 0) == SRTP_POLICY_BROKEN);
		CU_ASSERT(memcmp(&p, &srtp_policy_default, sizeof p) == 0);
	}
}

static const struct key128 key = { { 0xB0, 0xB1, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xBB, 0xBC, 0xBD,
				     0xBE, 0xBF } };
static const uint8_t salt[MTK_SALT_LEN] = { 0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6,
					    0xC7, 0xC8, 0xC9, 0xCA, 0xCB, 0xCC, 0xCD };

/* The record of the streaming message of the vectors, with its MSK message's policy. */
static struct mtk_record record(void)
{
	struct mtk_record r;
	struct mikey mtk, msk;

	CU_ASSERT_FATAL(mikey_parse(&msk, json_hex(vectors, "$.msk_message_streaming_with_SP.message")) == MIKEY_OK);
	CU_ASSERT_FATAL(mikey_parse(&mtk, json_hex(vectors, "$.mtk_message_streaming.message")) == MIKEY_OK);
	CU_ASSERT_FATAL(mtk_record_make(&r, &mtk, &key, salt, msk.sp));
	return r;
}

static void the_record_of_an_mtk_message_has_its_mki_and_stream(void)
{
	const struct mtk_record r = record();
	uint8_t mki[MTK_MKI_LEN];

	mtk_record_mki(&r, mki);
	CU_ASSERT(span_eq(SPAN(mki), json_hex(vectors, "$.mtk_message_streaming.srtp_mki")));
	CU_ASSERT(span_eq(SPAN(r.key_domain), span_of("\x00\xF1\x10", 3)));
	CU_ASSERT_EQUAL(r.n_sessions, 1);
	CU_ASSERT_EQUAL(r.session[0].ssrc, 0xDEADBEEF);
	CU_ASSERT_EQUAL(r.session[0].roc, 0);
	CU_ASSERT(r.has_salt && span_eq(SPAN(r.salt), SPAN(salt)));
	CU_ASSERT(memcmp(&r.policy, &srtp_policy_default, sizeof r.policy) == 0);
}

/* An MTK message with such a map. */
static struct mtk_record with_map(const char *map, const char *sp, bool good)
{
	struct octets map_octets, sp_octets;
	const struct mikey m = { .kind = MIKEY_IS_MTK,
				 .cs_map_type = MIKEY_CS_MAP_SRTP,
				 .cs_map = from_hex(&map_octets, map),
				 .key = { .group = 1, .number = 2, .mtk_id = 3 } };
	struct mtk_record r;

	CU_ASSERT_EQUAL(mtk_record_make(&r, &m, &key, NULL, from_hex(&sp_octets, sp)), good);
	return r;
}

static void each_stream_has_the_policy_that_the_map_names(void)
{
	struct mtk_record r = with_map("01 00000011 00000002  00 00000012 00000000",
				       "0A 00 00 0003 0B0104  01 01 00 0003 0B0108", true);

	CU_ASSERT_EQUAL(r.n_sessions, 2);
	CU_ASSERT_EQUAL(r.session[0].roc, 2);
	CU_ASSERT_EQUAL(r.session[0].policy.param[SP_TAG_LEN], 8);
	CU_ASSERT_EQUAL(r.session[1].ssrc, 0x12);
	CU_ASSERT_EQUAL(r.session[1].policy.param[SP_TAG_LEN], 4);
	CU_ASSERT_EQUAL(r.policy.param[SP_TAG_LEN], 8);
	CU_ASSERT_FALSE(r.has_salt);
}

static void without_a_map_the_first_policy_holds(void)
{
	CU_ASSERT_EQUAL(with_map("", "01 05 00 0003 0B0104", true).policy.param[SP_TAG_LEN], 4);
	CU_ASSERT_EQUAL(with_map("", "", true).policy.param[SP_TAG_LEN], 10);
}

static void a_policy_that_is_broken_or_missing_is_told(void)
{
	CU_ASSERT_EQUAL(
		with_map("00 00000011 00000000", "01 00 00 0009 0B0104", false).session[0].policy.param[SP_TAG_LEN],
		10);
	CU_ASSERT_EQUAL(with_map("03 00000011 00000000", "01 00 00 0003 0B0104", false).n_sessions, 1);
	CU_ASSERT_EQUAL(with_map("00 00000011 0000", "", false).n_sessions, 0);
}

static void more_streams_than_a_record_holds_are_left_out(void)
{
	char map[MTK_SESSIONS_MAX * 20 + 40] = "";
	struct mtk_record r;

	for (size_t i = 0; i <= MTK_SESSIONS_MAX; i++)
		snprintf(map + strlen(map), sizeof map - strlen(map), "00%08zx00000000", i);
	r = with_map(map, "", true);
	CU_ASSERT_EQUAL(r.n_sessions, MTK_SESSIONS_MAX);
	CU_ASSERT_EQUAL(r.session[MTK_SESSIONS_MAX - 1].ssrc, MTK_SESSIONS_MAX - 1);
}

static void put(struct mtk_line *line, struct wr *w, const struct mtk_record *r)
{
	*w = WR(line->b);
	mtk_record_put_json(w, r);
	CU_ASSERT_FATAL(!w->bad);
}

/* One member of a line, as SQLite sees it. */
static bool member_is(struct span line, const char *path, const char *expected)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;
	bool is = false;

	if (sqlite3_open(":memory:", &db) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, "SELECT CAST(json_extract(?1, ?2) AS TEXT) = ?3", -1, &q, NULL) == SQLITE_OK) {
		sqlite3_bind_text(q, 1, (const char *)line.p, (int)line.n, SQLITE_STATIC);
		sqlite3_bind_text(q, 2, path, -1, SQLITE_STATIC);
		sqlite3_bind_text(q, 3, expected, -1, SQLITE_STATIC);
		is = sqlite3_step(q) == SQLITE_ROW && sqlite3_column_int(q, 0) == 1;
	}
	sqlite3_finalize(q);
	sqlite3_close(db);
	return is;
}

static void a_line_has_the_members_that_are_promised(void)
{
	static const char *const members[][2] = {
		{ "$.key_domain", "00f110" },
		{ "$.msk_id", "00010001" },
		{ "$.mtk_id", "0005" },
		{ "$.mki", "000100010005" },
		{ "$.mtk", "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf" },
		{ "$.salt", "c0c1c2c3c4c5c6c7c8c9cacbcccd" },
		{ "$.ssrc", "deadbeef" },
		{ "$.roc", "00000000" },
		{ "$.policy.encryption", "1" },
		{ "$.policy.tag_len", "10" },
		{ "$.crypto_sessions[0].ssrc", "deadbeef" },
		{ "$.crypto_sessions[0].policy.authentication_key_len", "20" },
	};
	const struct mtk_record r = record();
	struct mtk_line line;
	struct wr w;

	put(&line, &w, &r);
	CU_ASSERT(line.b[w.n - 1] == '\n' && memchr(line.b, '\n', w.n) == &line.b[w.n - 1]);
	for (size_t i = 0; i < VU_COUNT(members); i++)
		CU_ASSERT(member_is(wr_done(&w), members[i][0], members[i][1]));
}

static void a_line_comes_back_as_the_record_it_was(void)
{
	struct mtk_record r = record();
	struct mtk_line line;
	struct wr w;

	memset(r.session, 0, sizeof r.session);
	for (size_t n = 0; n <= MTK_SESSIONS_MAX; n++) {
		struct mtk_record back = { .group = 99 };
		char why[MTK_WHY_MAX] = "";
		r.has_salt = n % 2 == 0;
		memset(r.salt, r.has_salt ? 0x5A : 0, sizeof r.salt);
		r.n_sessions = n;
		for (size_t i = 0; i < n; i++) {
			r.session[i] =
				(struct mtk_session){ 0xFFFFFFF0 + (uint32_t)i, UINT32_MAX, srtp_policy_default };
			for (size_t k = 0; k < SP_PARAMS; k++)
				r.session[i].policy.param[k] = UINT32_MAX - (uint32_t)k;
		}
		put(&line, &w, &r);
		CU_ASSERT(mtk_record_parse(&back, wr_done(&w), why));
		CU_ASSERT_STRING_EQUAL(why, "");
		CU_ASSERT(memcmp(&back, &r, sizeof r) == 0);
	}
}

static void a_newer_line_may_have_more_members(void)
{
	static const char text[] =
		"{\"version\":7,\"key_domain\":\"00f110\",\"msk_id\":\"00010002\",\"mtk_id\":\"0003\","
		"\"mtk\":\"000102030405060708090a0b0c0d0e0f\",\"salt\":\"\",\"policy\":{\"new\":[]},"
		"\"crypto_sessions\":[]}";
	struct mtk_record r;
	char why[MTK_WHY_MAX] = "";

	CU_ASSERT(mtk_record_parse(&r, span_str(text), why));
	CU_ASSERT(!r.has_salt && r.group == 1 && r.number == 2 && r.mtk_id == 3);
	CU_ASSERT(memcmp(&r.policy, &srtp_policy_default, sizeof r.policy) == 0);
}

/* The line with a part replaced is refused, in words that have `expected` in them and no key. */
static bool refused(const char *part, const char *by, const char *expected)
{
	const struct mtk_record r = record();
	struct mtk_record back = { .group = 99 };
	struct mtk_line line;
	char text[MTK_LINE_MAX * 2], why[MTK_WHY_MAX] = "";
	struct wr w;

	put(&line, &w, &r);
	CU_ASSERT_FATAL(wr_cstr(&w));
	char *at = strstr((char *)line.b, part);
	CU_ASSERT_FATAL(at != NULL);
	snprintf(text, sizeof text, "%.*s%s%s", (int)(at - (char *)line.b), (char *)line.b, by, at + strlen(part));
	bool parsed = mtk_record_parse(&back, span_str(text), why);
	bool told = strstr(why, expected) != NULL && strstr(why, "b0b1") == NULL && strstr(why, "c0c1") == NULL;
	if (parsed || !told)
		printf("\n%s -> %s: %s, '%s'\n", part, by, parsed ? "taken" : "refused", why);
	return !parsed && told && back.group == 99;
}

static void lines_that_are_none_are_refused_without_showing_a_key(void)
{
	CU_ASSERT(refused("\"key_domain\":\"00f110\"", "\"key_domain\":\"00f1\"", "key_domain: expected 6 hex"));
	CU_ASSERT(refused("\"msk_id\":\"0001", "\"msk_id\":\"x001", "msk_id: expected 8 hex"));
	CU_ASSERT(refused("\"mtk_id\":\"0005\"", "\"mtk_id\":5", "mtk_id: expected 4 hex"));
	CU_ASSERT(refused("\"mtk\":\"b0b1", "\"mtk\":\"b0", "mtk: expected 32 hex"));
	CU_ASSERT(refused("\"mtk\":\"b0b1b2b3b4b5b6b7b8b9babbbcbdbebf\"", "\"mtk\":\"\"", "mtk: expected 32 hex"));
	CU_ASSERT(refused("\"mtk\"", "\"other\"", "mtk: expected 32 hex"));
	CU_ASSERT(refused("\"salt\":\"c0", "\"salt\":\"", "salt: expected 28 hexadecimal digits or none"));
	CU_ASSERT(refused("\"encryption\":1", "\"encryption\":-1", "encryption: expected a number"));
	CU_ASSERT(refused("\"encryption\":1", "\"encryption\":4294967296", "encryption: expected a number"));
	CU_ASSERT(refused("\"encryption\":1", "\"encryption\":true", "encryption: expected a number"));
	CU_ASSERT(refused("\"policy\":{", "\"rule\":{", "policy: expected an object"));
	CU_ASSERT(refused("\"crypto_sessions\":[{\"ssrc\"", "\"crypto_sessions\":[{\"csrc\"", "ssrc: expected 8 hex"));
	CU_ASSERT(refused("\"crypto_sessions\":[{", "\"crypto_sessions\":[7,{", "ssrc: expected 8 hex"));
	CU_ASSERT(refused("\"crypto_sessions\":[{", "\"crypto_sessions\":[7,7,7,7,7,7,7,7,{", "at most 8"));
	CU_ASSERT(refused("{\"key_domain\"", "{\"mtk\":\"\",\"key_domain\"", "expected one JSON object"));
	CU_ASSERT(refused("]}\n", "]", "expected one JSON object"));
	CU_ASSERT(refused("]}\n", "]}]", "expected one JSON object"));
	CU_ASSERT(refused("{\"key_domain\"", "[{\"key_domain\"", "expected one JSON object"));
}

static void every_truncation_of_a_line_is_refused(void)
{
	const struct mtk_record r = record();
	struct mtk_record back;
	struct mtk_line line;
	char why[MTK_WHY_MAX];
	struct wr w;
	size_t taken = 0;

	put(&line, &w, &r);
	for (size_t n = 0; n < w.n - 1; n++)
		taken += mtk_record_parse(&back, span_of(line.b, n), why);
	CU_ASSERT_EQUAL(taken, 0);
}

static const struct cu_test tests[] = {
	{ "the policy of a message is RFC 3711's default", the_policy_of_a_message_is_the_default_of_rfc_3711 },
	{ "a parameter that is not named has its default", a_parameter_that_is_not_named_has_its_default },
	{ "the second of two policies is found", the_second_of_two_policies_is_found },
	{ "unknown parameters, protocols and long numbers are read",
	  unknown_parameters_protocols_and_long_numbers_are_read },
	{ "broken policies are refused", broken_policies_are_refused },
	{ "the record of an MTK message has its MKI and stream", the_record_of_an_mtk_message_has_its_mki_and_stream },
	{ "each stream has the policy that the map names", each_stream_has_the_policy_that_the_map_names },
	{ "without a map the first policy holds", without_a_map_the_first_policy_holds },
	{ "a policy that is broken or missing is told", a_policy_that_is_broken_or_missing_is_told },
	{ "more streams than a record holds are left out", more_streams_than_a_record_holds_are_left_out },
	{ "a line has the members that are promised", a_line_has_the_members_that_are_promised },
	{ "a line comes back as the record it was", a_line_comes_back_as_the_record_it_was },
	{ "a newer line may have more members", a_newer_line_may_have_more_members },
	{ "lines that are none are refused without showing a key",
	  lines_that_are_none_are_refused_without_showing_a_key },
	{ "every truncation of a line is refused", every_truncation_of_a_line_is_refused },
};

int main(void)
{
	vectors = json_open("gba-mikey.json");
	int status = CU_RUN("MTK records", tests);
	json_close(vectors);
	return status;
}
