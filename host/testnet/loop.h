/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets, signals and the clock around BSF and BM-SC: `vuicc-testnet run`. One thread does it all. */
#ifndef VUICC_TESTNET_LOOP_H
#define VUICC_TESTNET_LOOP_H

#include "config.h"
#include "fault.h"

enum { LOOP_WHY_MAX = 768 };

struct loop_options {
	const char *socket; /* path of the control socket */
	const struct faults *faults; /* to begin with */
	const char *state; /* file that BSF and BM-SC keep their state in; NULL = nothing is kept */
};

/*
 * Serves until SIGTERM or SIGINT. The event "ready" says which ports are served. 0, or -errno with a sentence in why when
 * it could not begin.
 */
VU_MUST_USE int loop_run(struct net_config *config, const struct loop_options *options, const struct log *log,
			 char why[static LOOP_WHY_MAX]);

#endif
