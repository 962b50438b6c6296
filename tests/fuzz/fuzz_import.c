/* SPDX-License-Identifier: Apache-2.0 */
/* Target: import_read, subscribers of files of ours, of Open5GS and of UERANSIM. */
#include "fuzz.h"
#include "host/testnet/import.h"

/* What an entry promises to the state: it can be counted on to its end, and its keys can be used. */
static int take(void *ctx, const struct subscriber_range *range, char what[static SUBSCRIBER_WHY_MAX])
{
	struct subscriber s = range->first;
	size_t *taken = ctx;

	(void)what;
	++*taken;
	FUZZ_CHECK(range->count >= 1 && range->count <= SUBSCRIBERS_MAX && aka_secret_ok(&s.secret));
	for (uint32_t i = 0; i < range->count && i < 1000; i++) {
		FUZZ_CHECK(auc_is_imsi(s.imsi) && strncmp(s.impi, s.imsi, strlen(s.imsi)) == 0);
		FUZZ_CHECK(strlen(s.imsi) == strlen(range->first.imsi) && strncmp(s.imsi, range->first.imsi, 5) == 0);
		if (i + 1 < range->count)
			subscriber_next(&s, range);
	}
	FUZZ_CHECK(s.gba_u || !s.mbms_uicc);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *text = fuzz_copy(span_of(data, size));
	FILE *in = size != 0 ? fmemopen(text, size, "r") : fopen("/dev/null", "re");
	size_t taken = 0;
	const struct import_options options = { .gba_u = size % 2 != 0, .mnc_length = 2 + (unsigned)(size / 2 % 2) };
	const struct import_sink sink = { take, &taken };
	char why[IMPORT_WHY_MAX] = "";

	FUZZ_CHECK(in != NULL);
	int rc = import_read(in, "fuzz.yaml", &options, &sink, why);
	FUZZ_CHECK((rc == 0) == (why[0] == '\0'));
	fclose(in);
	free(text);
	return 0;
}
