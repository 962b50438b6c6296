/* SPDX-License-Identifier: Apache-2.0 */
/* Targets: digest_parse, digest_put_challenge, digest_put_authorization, digest_put_info. */
#include "fuzz.h"
#include "host/http/digest.h"

enum { ROOM = 16 * 1024 };

static bool parse(struct digest *d, struct span in)
{
	uint8_t *octets = fuzz_copy(in);
	const char *why = NULL;
	bool ok = digest_parse(d, span_of(octets, in.n), &why);

	FUZZ_CHECK(ok || why != NULL);
	free(octets);
	return ok;
}

static struct digest again(const struct wr *w)
{
	struct digest d;

	FUZZ_CHECK(!w->bad && parse(&d, wr_done(w)));
	return d;
}

#define SAME_TEXT(a, b, field) FUZZ_CHECK(strcmp((a)->field, (b).field) == 0)

static void challenge(const struct digest *d)
{
	uint8_t octets[ROOM];
	struct wr w = WR(octets);

	digest_put_challenge(&w, d);
	struct digest b = again(&w);
	SAME_TEXT(d, b, realm);
	SAME_TEXT(d, b, nonce);
	SAME_TEXT(d, b, opaque);
	FUZZ_CHECK(d->qop == b.qop && d->stale == b.stale);
	FUZZ_CHECK(d->algorithm == b.algorithm || d->algorithm == DIGEST_ALGORITHM_UNKNOWN);
}

/* Of two qops offered the better one is chosen. */
static unsigned chosen(unsigned qop)
{
	return (qop & DIGEST_QOP_AUTH_INT) != 0 ? DIGEST_QOP_AUTH_INT : qop;
}

static void authorization(const struct digest *d)
{
	uint8_t octets[ROOM];
	struct wr w = WR(octets);

	digest_put_authorization(&w, d);
	struct digest b = again(&w);
	SAME_TEXT(d, b, username);
	SAME_TEXT(d, b, realm);
	SAME_TEXT(d, b, nonce);
	SAME_TEXT(d, b, uri);
	SAME_TEXT(d, b, opaque);
	SAME_TEXT(d, b, cnonce);
	SAME_TEXT(d, b, auts);
	SAME_TEXT(d, b, response);
	FUZZ_CHECK(chosen(d->qop) == b.qop && d->nc == b.nc);
}

static void info(const struct digest *d)
{
	uint8_t octets[ROOM];
	struct wr w = WR(octets);

	digest_put_info(&w, d);
	struct digest b = again(&w);
	SAME_TEXT(d, b, rspauth);
	SAME_TEXT(d, b, cnonce);
	SAME_TEXT(d, b, nextnonce);
	FUZZ_CHECK(chosen(d->qop) == b.qop && d->nc == b.nc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct digest d;

	if (!parse(&d, span_of(data, size)))
		return 0;
	challenge(&d);
	authorization(&d);
	info(&d);
	return 0;
}
