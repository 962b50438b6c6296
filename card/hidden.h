/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs to a file and no command can read: the keys behind EF_GBANL, EF_MUK, EF_MSK and behind an application. */
#ifndef VUICC_HIDDEN_H
#define VUICC_HIDDEN_H

#include "uicc_int.h"

/*
 * Stages that what belongs to file `no` from record `first` on goes with it; 1 for all. For a file that is deleted, or
 * made shorter.
 */
void hidden_forget(struct uicc *u, uint16_t no, unsigned first);

#endif
