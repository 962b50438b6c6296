/* SPDX-License-Identifier: Apache-2.0 */
/* The security description: what is read, what is written, and which violation is told by which element. */
#include "tests/cu.h"

#include "host/secdesc.h"

#include <stdio.h>
#include <stdlib.h>

static struct secdesc in, out;
static uint8_t body[KM_BODY_MAX];
static char why[XML_WHY_MAX];

#define DESCRIPTION(attributes, inside)                                                                                \
	"<mbmsSecurityDescription xmlns=\"urn:3GPP:metadata:2005:MBMS:securityDescription\"" attributes ">\n" inside   \
	"</mbmsSecurityDescription>"
#define MANAGEMENT(attributes) "<keyManagement" attributes "><serverURI>http://a/b</serverURI></keyManagement>\n"
#define MSK "<MSK><keyDomainID>APEQ</keyDomainID><MSKID>AAEAAA==</MSKID></MSK>"

static struct secdesc sample(void)
{
	return (struct secdesc){
		.offset = 5,
		.random = 604800,
		.uicc = true,
		.integrity = true,
		.n_servers = 2,
		.server = { "http://bmsc.home1.net/keymanagement", "https://[::1]/km?a=1&b=\"2\"" },
		.n_keys = 4,
		.key = { { .service = "urn:a&b", .domain = { 0x00, 0xF1, 0x10 }, .group = 1 },
			 { .service = "urn:a&b",
			   .flow = "FEDC::/1234",
			   .domain = { 0x00, 0xF1, 0x10 },
			   .group = 0xFFFF },
			 { .service = "", .domain = { 0x62, 0xF2, 0x20 }, .group = 2 },
			 { .service = "urn:c", .flow = "\"<1>\"", .domain = { 0xFF, 0xFF, 0xFF }, .group = 0 } },
	};
}

static struct span written(const struct secdesc *d)
{
	struct wr w = WR(body);

	secdesc_put(&w, d);
	CU_ASSERT_FALSE_FATAL(w.bad);
	return wr_done(&w);
}

static bool same_key(const struct secdesc_key *a, const struct secdesc_key *b)
{
	return strcmp(a->service, b->service) == 0 && strcmp(a->flow, b->flow) == 0 &&
	       memcmp(a->domain, b->domain, sizeof a->domain) == 0 && a->group == b->group;
}

static void a_description_comes_back_as_it_was_written(void)
{
	in = sample();
	CU_ASSERT_FATAL(secdesc_parse(&out, written(&in), why));
	CU_ASSERT_EQUAL(out.offset, 5);
	CU_ASSERT_EQUAL(out.random, 604800);
	CU_ASSERT(out.uicc && out.integrity && !out.confidentiality);
	CU_ASSERT_EQUAL(out.n_servers, 2);
	for (size_t i = 0; i < in.n_servers; i++)
		CU_ASSERT_STRING_EQUAL(out.server[i], in.server[i]);
	CU_ASSERT_EQUAL_FATAL(out.n_keys, in.n_keys);
	for (size_t i = 0; i < in.n_keys; i++)
		CU_ASSERT(same_key(&out.key[i], &in.key[i]));
}

static void every_truncation_is_refused(void)
{
	in = sample();
	struct span whole = written(&in);

	for (size_t n = 0; n < whole.n; n++) {
		uint8_t *cut = malloc(n == 0 ? 1 : n);

		CU_ASSERT_FATAL(cut != NULL);
		memcpy(cut, whole.p, n);
		CU_ASSERT_FALSE(secdesc_parse(&out, span_of(cut, n), why));
		CU_ASSERT(why[0] != '\0');
		free(cut);
	}
}

static void what_is_left_out_has_its_default(void)
{
	CU_ASSERT_FATAL(secdesc_parse(&out, span_str(DESCRIPTION("", MANAGEMENT(""))), why));
	CU_ASSERT(out.uicc && out.integrity && out.confidentiality);
	CU_ASSERT_EQUAL(out.offset, 0);
	CU_ASSERT_EQUAL(out.random, 0);
	CU_ASSERT_EQUAL(out.n_keys, 0);
}

static void key_numbers_and_later_elements_are_ignored(void)
{
	static const char text[] = DESCRIPTION(
		" xmlns:f=\"urn:f\" f:x=\"y\"",
		MANAGEMENT(" randomTimePeriod=\" 7 \" uiccKeyManagement=\"0\"") "<keyId><MSK><keyDomainID>\nAPEQ "
										"</keyDomainID><MSKID>AAEABw==</"
										"MSKID></MSK></keyId>"
										"<fecProtection "
										"fecEncodingID=\"1\"><x/></"
										"fecProtection><f:later/>");

	CU_ASSERT_FATAL(secdesc_parse(&out, span_str(text), why));
	CU_ASSERT_EQUAL(out.random, 7);
	CU_ASSERT_FALSE(out.uicc);
	CU_ASSERT_EQUAL(out.n_keys, 1);
	CU_ASSERT_EQUAL(out.key[0].group, 1);
	CU_ASSERT_STRING_EQUAL(out.key[0].service, "");
}

static void a_violation_is_told_by_element_and_line(void)
{
	static const struct {
		const char *text, *place;
	} bad[] = {
		{ "", "0 octets" },
		{ "<a/>", "line 1, element a: " },
		{ "<mbmsSecurityDescription/>", "line 1, element mbmsSecurityDescription: " },
		{ DESCRIPTION("", ""), "line 1, element mbmsSecurityDescription: " },
		{ DESCRIPTION(" confidentialityProtection=\"maybe\"", MANAGEMENT("")),
		  "line 1, element mbmsSecurityDescription: " },
		{ DESCRIPTION("", "<keyManagement/>"), "line 2, element keyManagement: " },
		{ DESCRIPTION("", MANAGEMENT(" offsetTime=\"-1\"")), "line 2, element keyManagement: " },
		{ DESCRIPTION("", MANAGEMENT(" randomTimePeriod=\"604801\"")), "line 2, element keyManagement: " },
		{ DESCRIPTION("", MANAGEMENT(" randomTimePeriod=\"soon\"")), "line 2, element keyManagement: " },
		{ DESCRIPTION("", MANAGEMENT(" unknown=\"1\"")), "line 2, element keyManagement: " },
		{ DESCRIPTION("", "<keyManagement><serverURI></serverURI></keyManagement>"),
		  "line 2, element serverURI: " },
		{ DESCRIPTION("", MANAGEMENT("") "<keyId/>"), "line 3, element keyId: " },
		{ DESCRIPTION("", MANAGEMENT("") "<keyId serviceID=\"\">" MSK "</keyId>"), "line 3, element keyId: " },
		{ DESCRIPTION("", MANAGEMENT("") "<keyId><mediaFlow>" MSK "</mediaFlow></keyId>"),
		  "line 3, element mediaFlow: " },
		{ DESCRIPTION("", MANAGEMENT("") "<keyId><mediaFlow flowID=\"x\"/></keyId>"),
		  "line 3, element mediaFlow: " },
		{ DESCRIPTION("", MANAGEMENT("") "<keyId><MSK/></keyId>"), "line 3, element MSK: " },
		{ DESCRIPTION("", MANAGEMENT("") "<keyId><MSK><keyDomainID>APE=</keyDomainID>"
						 "<MSKID>AAEAAA==</MSKID></MSK></keyId>"),
		  "line 3, element keyDomainID: " },
		{ DESCRIPTION("", MANAGEMENT("") "<keyId><MSK><keyDomainID>APEQ</keyDomainID>"
						 "<MSKID>!</MSKID></MSK></keyId>"),
		  "line 3, element MSKID: " },
		{ DESCRIPTION("", MANAGEMENT("") "<keys/>"), "line 3, element keys: " },
		{ "<!DOCTYPE a>" DESCRIPTION("", MANAGEMENT("")), "DOCTYPE" },
	};

	for (size_t i = 0; i < VU_COUNT(bad); i++) {
		CU_ASSERT_FALSE(secdesc_parse(&out, span_str(bad[i].text), why));
		if (strstr(why, bad[i].place) == NULL) {
			fprintf(stderr, "\n%s: expected %s, got %s\n", bad[i].text, bad[i].place, why);
			CU_FAIL("another message");
		}
	}
}

static void more_than_there_is_room_for_is_refused(void)
{
	static char text[KM_BODY_MAX];
	struct wr w = WR(text);

	wr_str(&w, "<mbmsSecurityDescription xmlns=\"urn:3GPP:metadata:2005:MBMS:securityDescription\">" MANAGEMENT(
			   "") "<keyId>");
	for (int i = 0; i < 33; i++)
		wr_str(&w, "<mediaFlow flowID=\"x\">" MSK MSK "</mediaFlow>");
	wr_str(&w, "</keyId></mbmsSecurityDescription>");
	CU_ASSERT_FALSE(secdesc_parse(&out, wr_done(&w), why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "element MSK: unusable content, or too much of it"));

	char flow[SECDESC_FLOW_MAX + 1];
	memset(flow, 'x', sizeof flow);
	flow[SECDESC_FLOW_MAX] = '\0';
	snprintf(text, sizeof text,
		 DESCRIPTION("", MANAGEMENT("") "<keyId><mediaFlow flowID=\"%s\">" MSK "</mediaFlow></keyId>"), flow);
	CU_ASSERT_FALSE(secdesc_parse(&out, span_str(text), why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "element mediaFlow: "));
	CU_ASSERT_FALSE(secdesc_parse(&out, span_of(body, KM_BODY_MAX + 1), why));
}

int main(void)
{
	static const struct cu_test tests[] = {
#define T(f) { #f, f }
		T(a_description_comes_back_as_it_was_written), T(every_truncation_is_refused),
		T(what_is_left_out_has_its_default),	       T(key_numbers_and_later_elements_are_ignored),
		T(a_violation_is_told_by_element_and_line),    T(more_than_there_is_room_for_is_refused),
	};
	return CU_RUN("security description", tests);
}
