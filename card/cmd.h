/* SPDX-License-Identifier: Apache-2.0 */
/* The command table, for the dispatcher and for the test that reads it. */
#ifndef VUICC_CMD_H
#define VUICC_CMD_H

#include "uicc_int.h"

extern const struct cmd cmds[];
extern const size_t cmds_n;

#endif
