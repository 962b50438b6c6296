/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subscribers out of YAML that somebody has already: our own configuration, what Open5GS keeps of a subscriber, the UE of
 * UERANSIM. A file is read as it comes, so that it may be as long as it likes:
 *
 *   ours      a mapping with `subscribers:`, as in the configuration; or the list alone
 *   Open5GS   imsi, security: { k, opc or op, amf, sqn (decimal) }; blanks in keys are skipped
 *   UERANSIM  supi: imsi-…, mcc, mnc, key, op, opType: OP or OPC, amf; SQN begins at 0, as it does there
 *
 * One of the latter two is a document of its own, or an entry of a list. What else there is in it is not looked at; a
 * key that is ours and unknown is a mistake.
 */
#ifndef VUICC_TESTNET_IMPORT_H
#define VUICC_TESTNET_IMPORT_H

#include <stdio.h>

#include "subscriber.h"

enum { IMPORT_WHY_MAX = 768 };

/* What the files of others do not say. */
struct import_options {
	bool gba_u; /* their UICCs do GBA_U */
	unsigned mnc_length; /* of an IMSI without a MNC beside it: 2 or 3 */
};

/* Where subscribers go, one entry after the other. */
struct import_sink {
	/* 0; else -errno, with a sentence: it is told with the entry's line, and ends the import. */
	int (*take)(void *ctx, const struct subscriber_range *range, char what[static SUBSCRIBER_WHY_MAX]);
	void *ctx;
};

/*
 * All of a file. name stands for it in messages. 0; -EINVAL with "FILE:LINE:COLUMN: key: expected …, got …" in why for a
 * bad one, or what the sink said.
 */
VU_MUST_USE int import_read(FILE *in, const char *name, const struct import_options *options,
			    const struct import_sink *sink, char why[static IMPORT_WHY_MAX]);

#endif
