/* SPDX-License-Identifier: Apache-2.0 */
/* The state from inside: what the files that read and write it share. */
#ifndef VUICC_TESTNET_STATE_INT_H
#define VUICC_TESTNET_STATE_INT_H

#include "../sql.h"
#include "state_sqlite.h"

struct state {
	struct sql sql;
	bool trouble;
	bool batch; /* between begin() and end() */
};

#endif
