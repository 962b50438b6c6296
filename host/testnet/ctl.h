/* SPDX-License-Identifier: Apache-2.0 */
/* `vuicc-testnet ctl`: a command goes to a network that runs, its answer to standard output. */
#ifndef VUICC_TESTNET_CTL_H
#define VUICC_TESTNET_CTL_H

#include "../../apdu/bytes.h"

/* Exit statuses of vuicc-testnet. */
enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_CONFIG = 3, EXIT_ENVIRONMENT = 4 };

/*
 * words: the command, its arguments and options. Returns the exit status: 0, EXIT_REFUSED when the network says no,
 * EXIT_USAGE, or EXIT_ENVIRONMENT when there is none. What is wrong is told on standard error; with json also as an object
 * on standard output, which is then the last line in any case.
 */
VU_MUST_USE int ctl_run(const char *socket, const char *const *words, size_t n, bool json);

#endif
