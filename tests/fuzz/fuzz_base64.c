/* SPDX-License-Identifier: Apache-2.0 */
/* Targets: base64_parse, base64_put: octets have one spelling, white space apart. */
#include "fuzz.h"
#include "host/base64.h"

static void text(struct span in)
{
	uint8_t *octets = malloc(in.n + 1), *back = malloc(in.n + 1), *bare = malloc(in.n + 1);
	struct wr w = wr_of(octets, in.n), put = wr_of(back, in.n), dense = wr_of(bare, in.n);

	FUZZ_CHECK(octets != NULL && back != NULL && bare != NULL);
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] == 0 || strchr(" \t\r\n", in.p[i]) == NULL)
			wr_u8(&dense, in.p[i]);
	if (base64_parse(&w, in)) {
		base64_put(&put, wr_done(&w));
		FUZZ_CHECK(span_eq(wr_done(&put), wr_done(&dense)));
	}
	free(octets);
	free(back);
	free(bare);
}

static void binary(struct span in)
{
	size_t room = 4 * (in.n + 2);
	uint8_t *spelling = malloc(room), *octets = malloc(in.n + 1);
	struct wr put = wr_of(spelling, room), w = wr_of(octets, in.n);

	FUZZ_CHECK(spelling != NULL && octets != NULL);
	base64_put(&put, in);
	FUZZ_CHECK(base64_parse(&w, wr_done(&put)) && span_eq(wr_done(&w), in));
	free(spelling);
	free(octets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *octets = fuzz_copy(span_of(data, size));

	text(span_of(octets, size));
	binary(span_of(octets, size));
	free(octets);
	return 0;
}
