/* SPDX-License-Identifier: Apache-2.0 */
/* The readers of a PC/SC service. */
#ifndef VUICC_PCSC_NAMES_H
#define VUICC_PCSC_NAMES_H

#include <string.h>
#include <winscard.h>

enum {
	PCSC_READERS_MAX =
		15, /* a pcscd has 16 at most, and a call looks at 16 with the one that stands for the others */
	PCSC_NAMES_MAX = 4096,
};

/* Their names, each with its end, an empty one behind the last; none is no error. */
static inline LONG pcsc_names(SCARDCONTEXT context, char names[static PCSC_NAMES_MAX])
{
	DWORD n = PCSC_NAMES_MAX - 1;

	memset(names, 0, PCSC_NAMES_MAX);
	LONG rc = SCardListReaders(context, NULL, names, &n);
	return rc == (LONG)SCARD_E_NO_READERS_AVAILABLE ? SCARD_S_SUCCESS : rc;
}

#endif
