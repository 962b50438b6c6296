/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Targets: km_parse, km_put, gba_info_parse, gba_info_put. The first octet says what the body behind it is to be: the
 * kind of document and whether it is a response, or (6) bootstrapping info.
 */
#include "fuzz.h"
#include "host/xml.h"

enum {
	INFO = 2 * KM_KINDS,
	WHATS,
	/* Seconds since 1970 of the years that are written with four digits whatever the time zone: 1001 to 9998. */
	DAY = 86400,
};
#define YEAR_1001 (INT64_C(-353920) * DAY)
#define YEAR_9999 (INT64_C(2932532) * DAY)

static bool same_item(const struct km_item *a, const struct km_item *b)
{
	return strcmp(a->service, b->service) == 0 && a->code == b->code &&
	       memcmp(a->key.domain, b->key.domain, sizeof a->key.domain) == 0 && a->key.group == b->key.group &&
	       a->key.number == b->key.number;
}

static void km(enum km_kind kind, bool response, struct span body)
{
	static struct km_doc doc, again;
	static uint8_t octets[2 * KM_BODY_MAX];
	struct wr w = WR(octets);
	char why[XML_WHY_MAX] = "";

	if (!km_parse(&doc, kind, response, body, why)) {
		FUZZ_CHECK(why[0] != '\0');
		return;
	}
	FUZZ_CHECK(doc.n != 0 && doc.n <= KM_ITEMS_MAX);
	km_put(&w, &doc);
	FUZZ_CHECK(!w.bad && km_parse(&again, kind, response, wr_done(&w), why));
	FUZZ_CHECK(again.base64 == doc.base64 && again.n == doc.n);
	for (size_t i = 0; i < doc.n; i++)
		FUZZ_CHECK(same_item(&doc.item[i], &again.item[i]));
}

static void bootstrapping(struct span body)
{
	static uint8_t octets[2 * KM_BODY_MAX];
	struct wr w = WR(octets);
	struct gba_info info, again;
	char why[XML_WHY_MAX] = "";

	if (!gba_info_parse(&info, body, why)) {
		FUZZ_CHECK(why[0] != '\0');
		return;
	}
	FUZZ_CHECK(strlen(info.btid) < sizeof info.btid && strlen(info.lifetime) < sizeof info.lifetime);
	if (info.expires < YEAR_1001 || info.expires >= YEAR_9999)
		return;
	gba_info_put(&w, &info);
	FUZZ_CHECK(!w.bad && gba_info_parse(&again, wr_done(&w), why));
	FUZZ_CHECK(strcmp(info.btid, again.btid) == 0 && info.expires == again.expires);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_of(span_of(data, size));
	unsigned what = rd_u8(&r) % WHATS;
	struct span body = rd_rest(&r);

	if (size == 0)
		return 0;
	uint8_t *octets = fuzz_copy(body);
	if (what == INFO)
		bootstrapping(span_of(octets, body.n));
	else
		km((enum km_kind)(what / 2), what % 2 != 0, span_of(octets, body.n));
	free(octets);
	return 0;
}
