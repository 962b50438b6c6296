/* SPDX-License-Identifier: Apache-2.0 */
/* Services and MSKs as people write them, and as a security description does. */
#include "tests/cu.h"
#include "tests/unit/me_fixture.h"

#include "host/me/names.h"

static void keys(void)
{
	static const char *const bad[] = {
		"",	      "00f110", "00f110:1",    "00f110:0001:", "00f110:0001:1", "00f110:0001:0002:",
		"00f1100001", ":0001",	"00f11g:0001", "00f110:0001 "
	};
	static struct km_doc doc;

	CU_ASSERT_TRUE(names_add_key(&doc, "00f110:0001"));
	CU_ASSERT_TRUE(names_add_key(&doc, "00F110:0001:00a2"));
	CU_ASSERT_TRUE(names_add_key(&doc, "00f110:0001:00A2")); /* twice is once */
	CU_ASSERT_EQUAL(doc.n, 2);
	CU_ASSERT_EQUAL(doc.item[1].key.number, 0xA2);
	for (size_t i = 0; i < VU_COUNT(bad); i++)
		if (names_add_key(&doc, bad[i]))
			CU_FAIL(bad[i]);
	CU_ASSERT_EQUAL(doc.n, 2);
}

static void services_have_an_end(void)
{
	static struct km_doc doc;
	char text[KM_SERVICE_MAX + 2];

	for (int i = 0; i < KM_ITEMS_MAX; i++) {
		snprintf(text, sizeof text, "urn:%d", i);
		CU_ASSERT_TRUE(names_add_service(&doc, text));
	}
	CU_ASSERT_TRUE(names_add_service(&doc, "urn:0"));
	CU_ASSERT_FALSE(names_add_service(&doc, "urn:64"));
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	doc.n = 0;
	CU_ASSERT_FALSE(names_add_service(&doc, text));
	CU_ASSERT_FALSE(names_add_service(&doc, ""));
	/* What XML cannot carry, or brings back as another name. */
	static const char *const odd[] = {
		" ", "urn:a b", " urn:a", "urn:a\n", "urn:\x01", "urn:\x7F", "urn:\xC3\xA9"
	};
	for (size_t i = 0; i < VU_COUNT(odd); i++)
		if (names_add_service(&doc, odd[i]))
			CU_FAIL(odd[i]);
	CU_ASSERT_TRUE(names_add_service(&doc, "urn:x?<&>\"'%20~"));
}

static void mappings_and_back_off(void)
{
	static const char *const bad[] = { "urn:x", "urn:x=", "=00f110:0001", "urn:x=00f110:0001:0002",
					   "urn:x=00f110" };
	static const char *const bad_back_off[] = { "", "1", "1,", ",1", "1,2,", "1,2x", "-1,2", "604801,0", "1, 2" };
	static struct names names;

	CU_ASSERT_TRUE(names_add_mapping(&names, "urn:a=b=00f110:0001"));
	CU_ASSERT_STRING_EQUAL(names.service[0].id, "urn:a=b");
	CU_ASSERT_EQUAL(names.service[0].group, 1);
	for (size_t i = 0; i < VU_COUNT(bad); i++)
		if (names_add_mapping(&names, bad[i]))
			CU_FAIL(bad[i]);
	CU_ASSERT_EQUAL(names.n, 1);
	CU_ASSERT_TRUE(names_set_back_off(&names, "5,604800"));
	CU_ASSERT_EQUAL(names.offset, 5000);
	CU_ASSERT_EQUAL(names.spread, 604800000);
	for (size_t i = 0; i < VU_COUNT(bad_back_off); i++)
		if (names_set_back_off(&names, bad_back_off[i]))
			CU_FAIL(bad_back_off[i]);
}

static void a_description(void)
{
	static struct secdesc d = { .offset = 7, .random = 30, .uicc = true, .n_servers = 2, .n_keys = 2 };
	static uint8_t body[8192];
	static struct names names = { .spread = 2000 };
	struct wr w = WR(body);
	char why[XML_WHY_MAX];

	snprintf(d.server[0], SECDESC_URI_MAX, "http://bmsc.example/km");
	snprintf(d.server[1], SECDESC_URI_MAX, "http://other.example/km");
	snprintf(d.key[0].service, KM_SERVICE_MAX, "urn:tv");
	d.key[0].group = 3;
	d.key[1] = d.key[0];
	d.key[1].group = 4;
	secdesc_put(&w, &d);
	CU_ASSERT_TRUE_FATAL(names_describe(&names, wr_done(&w), why));
	CU_ASSERT_EQUAL(names.offset, 7000);
	CU_ASSERT_EQUAL(names.spread, 30000);
	CU_ASSERT_TRUE(names.uicc);
	CU_ASSERT_STRING_EQUAL(names.bmsc, "http://bmsc.example/km");
	CU_ASSERT_EQUAL(names.n, 2);
	CU_ASSERT_EQUAL(names.service[1].group, 4);

	CU_ASSERT_FALSE(names_describe(&names, span_str("<html/>"), why));
	CU_ASSERT_NOT_EQUAL(why[0], '\0');
	for (int i = 0; i < SECDESC_KEYS_MAX / 2 - 1; i++)
		CU_ASSERT_TRUE(names_describe(&names, wr_done(&w), why));
	CU_ASSERT_FALSE(names_describe(&names, wr_done(&w), why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "room"));
}

int main(void)
{
	static const struct cu_test tests[] = {
		{ "keys", keys },
		{ "services have an end", services_have_an_end },
		{ "mappings and back-off", mappings_and_back_off },
		{ "a description", a_description },
	};
	return CU_RUN("names", tests);
}
