/* SPDX-License-Identifier: Apache-2.0 */
/* The prompt: lines with history and completion (libedit), done one by one. */
#ifndef VUICC_SCRIPT_SHELL_H
#define VUICC_SCRIPT_SHELL_H

#include "run.h"

struct shell;

/* NULL without memory. Nothing that is typed is kept on a disk: it may be a PIN. */
struct shell *shell_open(struct run *run);
void shell_close(struct shell *s);

/* Looks at every event, for what a word of the prompt does next. */
void shell_event(struct shell *s, const struct run_event *e);

/* Until the end of the input or `quit`. RUN_PASSED, or RUN_BROKEN when the card has gone. */
enum run_result shell_run(struct shell *s);

#endif
