/* SPDX-License-Identifier: Apache-2.0 */
/* The XML bodies of key management and bootstrapping: what is taken, what is refused, and what is said then. */
#include "tests/cu.h"
#include "tests/vectors/json.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/base64.h"
#include "host/xml.h"

static struct km_doc in, out;
static uint8_t body[2 * KM_BODY_MAX];
static char why[XML_WHY_MAX];

/* A document with three items of everything. */
static struct km_doc sample(enum km_kind kind, bool response, bool base64)
{
	static const int codes[] = { 200, 403, 404 };
	struct km_doc d = { .kind = kind, .response = response, .base64 = base64, .n = 3 };

	for (size_t i = 0; i < d.n; i++) {
		struct km_item *item = &d.item[i];

		if (kind == KM_MSK_REQUEST)
			item->key = (struct mikey_key_id){ { 0x00, 0xF1, (uint8_t)i }, 1, (uint16_t)(0xFFFE + i), 0 };
		else
			snprintf(item->service, sizeof item->service, "urn:a&b<c>;d'%zu\"", i);
		item->code = response ? codes[i] : 0;
	}
	return d;
}

static bool same(const struct km_doc *a, const struct km_doc *b)
{
	bool ok = a->kind == b->kind && a->response == b->response && a->base64 == b->base64 && a->n == b->n;

	for (size_t i = 0; ok && i < a->n; i++)
		ok = strcmp(a->item[i].service, b->item[i].service) == 0 && a->item[i].code == b->item[i].code &&
		     memcmp(a->item[i].key.domain, b->item[i].key.domain, 3) == 0 &&
		     a->item[i].key.group == b->item[i].key.group && a->item[i].key.number == b->item[i].key.number;
	return ok;
}

static void every_document_comes_back_as_it_was_written(void)
{
	for (int i = 0; i < KM_KINDS * 4; i++) {
		struct wr w = WR(body);

		in = sample((enum km_kind)(i / 4), (i & 1) != 0, (i & 2) != 0);
		km_put(&w, &in);
		CU_ASSERT(km_parse(&out, in.kind, in.response, wr_done(&w), why));
		CU_ASSERT(same(&in, &out));
	}
}

static void every_truncation_of_every_document_is_refused(void)
{
	for (int i = 0; i < KM_KINDS * 4; i++) {
		struct wr w = WR(body);

		in = sample((enum km_kind)(i / 4), (i & 1) != 0, (i & 2) != 0);
		km_put(&w, &in);
		for (size_t n = 0; n < w.n; n++) {
			uint8_t *exact = malloc(n == 0 ? 1 : n); /* a read behind its end is seen by the sanitizer */

			CU_ASSERT_FATAL(exact != NULL);
			memcpy(exact, body, n);
			why[0] = '\0';
			CU_ASSERT_FALSE(km_parse(&out, in.kind, in.response, span_of(exact, n), why));
			CU_ASSERT(why[0] != '\0');
			free(exact);
		}
	}
}

#define MSK(inner) "<mbmsMSK xmlns=\"urn:3GPP:metadata:2005:MBMS:msk\">\n" inner "</mbmsMSK>"
#define REG(inner)                                                                                                     \
	"<mbmsSecurityRegister xmlns=\"urn:3GPP:metadata:2005:MBMS:register\">\n" inner "</mbmsSecurityRegister>"

static void a_violation_is_told_by_element_and_line(void)
{
	static const struct {
		enum km_kind kind;
		const char *text, *element, *line;
	} bad[] = {
		{ KM_MSK_REQUEST, MSK("<MSK>\n<keyDomainID>APEQ</keyDomainID>\n<MSKID>AAEA</MSKID></MSK>"), "MSKID",
		  "line 4" },
		{ KM_MSK_REQUEST, MSK("<MSK>\n<keyDomainID>A?EQ</keyDomainID>\n<MSKID>AAEAAQ==</MSKID></MSK>"),
		  "keyDomainID", "line 3" },
		{ KM_MSK_REQUEST, MSK("<MSK><keyDomainID>APEQ</keyDomainID></MSK>"), "MSK", "line 2" },
		{ KM_MSK_REQUEST, MSK("<MSK><MSKID>AAEAAQ==</MSKID><keyDomainID>APEQ</keyDomainID></MSK>"), "MSKID",
		  "line 2" },
		{ KM_MSK_REQUEST, MSK("<foo/>"), "foo", "line 2" },
		{ KM_MSK_REQUEST, MSK(""), "mbmsMSK", "line 1" },
		{ KM_MSK_REQUEST, "<mbmsMSK/>", "mbmsMSK", "line 1" }, /* without its namespace */
		{ KM_REGISTER, REG("<serviceID></serviceID>"), "serviceID", "line 2" },
		{ KM_REGISTER, REG("<serviceID a=\"b\">urn:x</serviceID>"), "serviceID", "line 2" },
		{ KM_REGISTER, REG("\n<serviceID>urn:x<b/></serviceID>"), "serviceID", "line 3" },
		{ KM_REGISTER, MSK("<MSK><keyDomainID>APEQ</keyDomainID><MSKID>AAEAAQ==</MSKID></MSK>"), "mbmsMSK",
		  "line 1" },
	};

	for (size_t i = 0; i < VU_COUNT(bad); i++) {
		char element[64];

		CU_ASSERT_FALSE(km_parse(&out, bad[i].kind, false, span_str(bad[i].text), why));
		snprintf(element, sizeof element, "element %s:", bad[i].element);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, element));
		CU_ASSERT(strncmp(why, bad[i].line, strlen(bad[i].line)) == 0);
	}
}

static void a_response_code_is_a_number_of_http(void)
{
	static const char form[] =
		"<mbmsSecurityRegisterResponse xmlns=\"urn:3GPP:metadata:2005:MBMS:registerResponse\">"
		"<Response><serviceID>urn:x</serviceID><ResponseCode>%s</ResponseCode></Response>"
		"</mbmsSecurityRegisterResponse>";
	static const char *const bad[] = { "", "99", "600", "2e2", "-200", "4294967496", "200 200" };
	char text[512];

	for (size_t i = 0; i < VU_COUNT(bad); i++) {
		snprintf(text, sizeof text, form, bad[i]);
		CU_ASSERT_FALSE(km_parse(&out, KM_REGISTER, true, span_str(text), why));
	}
	snprintf(text, sizeof text, form, " 200 ");
	CU_ASSERT(km_parse(&out, KM_REGISTER, true, span_str(text), why));
	CU_ASSERT_EQUAL(out.item[0].code, 200);
}

static void more_items_than_there_is_room_for_are_refused(void)
{
	struct wr w = WR(body);

	wr_str(&w, "<mbmsSecurityRegister xmlns=\"urn:3GPP:metadata:2005:MBMS:register\">");
	for (size_t i = 0; i <= KM_ITEMS_MAX; i++)
		wr_str(&w, "<serviceID>urn:x</serviceID>");
	wr_str(&w, "</mbmsSecurityRegister>");
	CU_ASSERT_FALSE(km_parse(&out, KM_REGISTER, false, wr_done(&w), why));
}

static void a_body_that_is_too_large_is_not_looked_at(void)
{
	memset(body, ' ', sizeof body);
	CU_ASSERT_FALSE(km_parse(&out, KM_REGISTER, false, span_of(body, KM_BODY_MAX + 1), why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "65537"));
}

static void a_doctype_is_refused(void)
{
	static const char *const bad[] = {
		"<!DOCTYPE mbmsMSK>" MSK("<MSK><keyDomainID>APEQ</keyDomainID><MSKID>AAEAAQ==</MSKID></MSK>"),
		"<!DOCTYPE mbmsMSK SYSTEM \"file:///etc/passwd\">" MSK(""),
		"<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>" MSK("<MSK>&b;</MSK>"),
		"<!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\"><!ENTITY c \"&b;&b;&b;&b;&b;\">]>" MSK("<MSK>&c;</MSK>"),
	};

	for (size_t i = 0; i < VU_COUNT(bad); i++) {
		CU_ASSERT_FALSE(km_parse(&out, KM_MSK_REQUEST, false, span_str(bad[i]), why));
		CU_ASSERT_PTR_NOT_NULL(strstr(why, "DOCTYPE"));
	}
}

static void a_document_pulls_in_no_other(void)
{
	/* A hint where its schema is, and an inclusion: neither is followed, both are foreign here. */
	static const char hint[] = "<mbmsSecurityRegister xmlns=\"urn:3GPP:metadata:2005:MBMS:register\" "
				   "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
				   "xsi:schemaLocation=\"urn:other file:///etc/passwd\">"
				   "<serviceID>urn:x</serviceID></mbmsSecurityRegister>";
	static const char include[] = REG("<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" "
					  "href=\"file:///etc/passwd\" parse=\"text\"/>");

	CU_ASSERT(km_parse(&out, KM_REGISTER, false, span_str(hint), why));
	CU_ASSERT_FALSE(km_parse(&out, KM_REGISTER, false, span_str(include), why));
}

static void base64_of_something_else_is_refused(void)
{
	CU_ASSERT_FALSE(km_parse(&out, KM_REGISTER, false, span_str("aGVsbG8="), why));
	CU_ASSERT_FALSE(km_parse(&out, KM_REGISTER, false, span_str("hello, world"), why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "neither XML nor Base64"));
	CU_ASSERT_FALSE(km_parse(&out, KM_REGISTER, false, span_of("\0\0\0\0", 4), why));
}

static void request_types_and_media_types_have_their_names(void)
{
	enum km_kind kind;

	for (int i = 0; i < KM_KINDS; i++) {
		CU_ASSERT(km_kind_of(&kind, km_request_type((enum km_kind)i)));
		CU_ASSERT_EQUAL((int)kind, i);
	}
	CU_ASSERT_FALSE(km_kind_of(&kind, "msk"));
	CU_ASSERT_STRING_EQUAL(km_media_type(KM_MSK_REQUEST, false), "application/mbms-msk+xml");
	CU_ASSERT_STRING_EQUAL(km_media_type(KM_DEREGISTER, true), "application/mbms-register-response+xml");
}

static void bootstrapping_info_of_the_vectors_is_read(void)
{
	struct json *vectors = json_open("gba-mikey.json");
	struct span text = json_text(vectors, "$.ub_digest.ok_body");
	struct gba_info info;
	struct wr w = WR(body);

	CU_ASSERT(gba_info_parse(&info, text, why));
	CU_ASSERT(span_eq(span_str(info.btid), json_text(vectors, "$.gba.b_tid")));
	CU_ASSERT_STRING_EQUAL(info.lifetime, "2030-01-01T00:00:00Z");
	CU_ASSERT_EQUAL(info.expires, 1893456000);
	gba_info_put(&w, &info);
	CU_ASSERT(span_eq(wr_done(&w), text));
	json_close(vectors);
}

#define INFO(inner) "<BootstrappingInfo xmlns=\"uri:3gpp-gba\">" inner "</BootstrappingInfo>"

static int64_t lifetime(const char *date_time)
{
	char text[256];
	struct gba_info info;

	snprintf(text, sizeof text, INFO("<btid>a@b</btid><lifetime>%s</lifetime>"), date_time);
	return gba_info_parse(&info, span_str(text), why) ? info.expires : -1;
}

static void lifetimes_are_read_in_any_zone(void)
{
	CU_ASSERT_EQUAL(lifetime("2030-01-01T00:00:00Z"), 1893456000);
	CU_ASSERT_EQUAL(lifetime("2030-01-01T00:00:00"), 1893456000);
	CU_ASSERT_EQUAL(lifetime("2030-01-01T00:00:00.999Z"), 1893456000);
	CU_ASSERT_EQUAL(lifetime("2030-01-01T02:00:00+02:00"), 1893456000);
	CU_ASSERT_EQUAL(lifetime("2029-12-31T19:00:00-05:00"), 1893456000);
	CU_ASSERT_EQUAL(lifetime("2030-01-01"), -1);
	CU_ASSERT_EQUAL(lifetime("2030-13-01T00:00:00Z"), -1);
	CU_ASSERT_EQUAL(lifetime("tomorrow"), -1);
	CU_ASSERT_EQUAL(lifetime(""), -1);
}

static void unknown_elements_of_bootstrapping_info_are_ignored(void)
{
	static const char *const good[] = {
		INFO("<btid>a@b</btid><lifetime>2030-01-01T00:00:00Z</lifetime><Extension><x>y</x></Extension>"),
		INFO("<btid>a@b</btid><lifetime>2030-01-01T00:00:00Z</lifetime><later/><btid>no</btid>"),
		INFO("<f:x xmlns:f=\"urn:f\"/><btid>a@b</btid><f:y "
		     "xmlns:f=\"urn:f\"/><lifetime>2030-01-01T00:00:00Z</lifetime>"),
	};
	struct gba_info info;

	for (size_t i = 0; i < VU_COUNT(good); i++) {
		CU_ASSERT(gba_info_parse(&info, span_str(good[i]), why));
		CU_ASSERT_STRING_EQUAL(info.btid, "a@b");
	}
	CU_ASSERT_FALSE(gba_info_parse(&info, span_str(INFO("<btid>a@b</btid>")), why));
	CU_ASSERT_FALSE(gba_info_parse(&info, span_str(INFO("<lifetime>2030-01-01T00:00:00Z</lifetime>")), why));
}

static void attack_a_btid_of_blanks_is_none(void)
{
	struct gba_info info;

	CU_ASSERT_FALSE(gba_info_parse(
		&info, span_str(INFO("<btid>  a </btid><lifetime>2030-01-01T00:00:00Z</lifetime>")), why));
	CU_ASSERT_FALSE(gba_info_parse(
		&info, span_str(INFO("<btid>\n   \n</btid><lifetime>2030-01-01T00:00:00Z</lifetime>")), why));
	CU_ASSERT(gba_info_parse(
		&info, span_str(INFO("<btid>\n  a@b </btid><lifetime>2030-01-01T00:00:00Z</lifetime>")), why));
	CU_ASSERT_STRING_EQUAL(info.btid, "a@b");
}

static void every_truncation_of_bootstrapping_info_is_refused(void)
{
	static const char whole[] = INFO("<btid>a@b</btid><lifetime>2030-01-01T00:00:00Z</lifetime>");
	struct gba_info info;

	for (size_t n = 0; n < sizeof whole - 1; n++)
		CU_ASSERT_FALSE(gba_info_parse(&info, span_of(whole, n), why));
	CU_ASSERT(gba_info_parse(&info, span_of(whole, sizeof whole - 1), why));
}

int main(void)
{
	static const struct cu_test tests[] = {
#define T(f) { #f, f }
		T(every_document_comes_back_as_it_was_written),
		T(every_truncation_of_every_document_is_refused),
		T(a_violation_is_told_by_element_and_line),
		T(a_response_code_is_a_number_of_http),
		T(more_items_than_there_is_room_for_are_refused),
		T(a_body_that_is_too_large_is_not_looked_at),
		T(a_doctype_is_refused),
		T(a_document_pulls_in_no_other),
		T(base64_of_something_else_is_refused),
		T(request_types_and_media_types_have_their_names),
		T(bootstrapping_info_of_the_vectors_is_read),
		T(lifetimes_are_read_in_any_zone),
		T(unknown_elements_of_bootstrapping_info_are_ignored),
		T(attack_a_btid_of_blanks_is_none),
		T(every_truncation_of_bootstrapping_info_is_refused),
	};
	return CU_RUN("xml", tests);
}
