/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket of the driver: what `vuicc-reader` says to it. A thread of its own in pcscd.
 *
 *   request:  one line, "COMMAND [SLOT [ARGUMENT]]\n", as in the table of control.c
 *   answer:   any number of lines, the last of them "ok\n" or "error: SENTENCE\n"
 *
 * `trace SLOT` answers "ok" first and then, until the connection ends, one line a command.
 */
#ifndef VUICC_CONTROL_H
#define VUICC_CONTROL_H

#include "slot.h"

struct control;

enum { CONTROL_WHY_MAX = 256, CONTROL_LINE_MAX = PATH_MAX + 64 };

/* The socket's name in the folder of cards. */
#define CONTROL_NAME "control"

/*
 * Listens at path (0600) for n slots, which are borrowed until control_close(). 0 or -errno, why (CONTROL_WHY_MAX octets)
 * then says it.
 */
int control_open(struct control **ret, const char *path, struct slot *slots, unsigned n, char *why);

/* NULL is fine. The socket's name goes. */
void control_close(struct control *c);

#endif
