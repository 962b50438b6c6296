/* SPDX-License-Identifier: Apache-2.0 */
/* Targets: auth_3g_parse, auth_gsm_parse, auth_bootstrap_parse, auth_naf_parse, auth_answer_parse, auth_mbms_parse,
 * auth_mbms_answer_parse, auth_naf_answer_parse, auth_msk_deletion_parse, rd_muk_id and their writers. */
#include "apdu/auth.h"
#include "fuzz.h"

enum { ROOM = 8192 };

/* What parses is written as it was read: these layouts have one form each. */
static void same(const struct wr *w, struct span in)
{
	FUZZ_CHECK(!w->bad && span_eq(wr_done(w), in));
}

static void challenges(struct span in)
{
	uint8_t octets[ROOM], rand[16];
	struct auth_challenge a;
	struct wr w = WR(octets);

	if (auth_gsm_parse(rand, in)) {
		wr_lv8(&w, SPAN(rand));
		same(&w, in);
	}
	w = WR(octets);
	if (auth_3g_parse(&a, in)) {
		auth_3g_put(&w, &a);
		same(&w, in);
	}
	w = WR(octets);
	if (auth_bootstrap_parse(&a, in)) {
		auth_bootstrap_put(&w, &a);
		same(&w, in);
	}
}

static void naf(struct span in)
{
	uint8_t octets[ROOM];
	struct auth_naf a;
	struct span ks;
	struct wr w = WR(octets);

	if (auth_naf_parse(&a, in)) {
		FUZZ_CHECK(a.naf_id.n != 0 && a.impi.n != 0);
		auth_naf_put(&w, &a);
		same(&w, in);
	}
	if (auth_naf_answer_parse(&ks, in))
		FUZZ_CHECK(ks.n == 32 && fuzz_inside(ks, in));
}

static void answers(struct span in)
{
	struct auth_answer a;

	if (!auth_answer_parse(&a, in))
		return;
	FUZZ_CHECK(fuzz_inside(a.res, in) && fuzz_inside(a.ck, in) && fuzz_inside(a.ik, in) && fuzz_inside(a.kc, in));
	FUZZ_CHECK(!a.sync_failure || (a.auts.n == AUTS_LEN && fuzz_inside(a.auts, in)));
}

static void muk_id(struct span in)
{
	uint8_t octets[ROOM];
	struct wr w = WR(octets);
	struct rd r = rd_of(in);
	struct muk_id id, again;

	rd_muk_id(&r, &id);
	if (!rd_end(&r))
		return;
	FUZZ_CHECK(fuzz_inside(id.idr, in) && fuzz_inside(id.idi, in));
	wr_muk_id(&w, &id);
	if (w.bad)
		return;
	r = rd_of(wr_done(&w));
	rd_muk_id(&r, &again);
	FUZZ_CHECK(rd_end(&r) && span_eq(id.idr, again.idr) && span_eq(id.idi, again.idi));
}

static void mbms(struct span in)
{
	uint8_t mode, domain[3];
	uint16_t group;
	struct span payload;

	if (auth_mbms_parse(&mode, &payload, in)) {
		FUZZ_CHECK(fuzz_inside(payload, in));
		if (auth_msk_deletion_parse(domain, &group, payload))
			FUZZ_CHECK(payload.n == sizeof domain + sizeof group);
		muk_id(payload);
	}
	if (auth_mbms_answer_parse(&payload, in))
		FUZZ_CHECK(fuzz_inside(payload, in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span in = span_of(data, size);

	challenges(in);
	naf(in);
	answers(in);
	mbms(in);
	muk_id(in);
	return 0;
}
