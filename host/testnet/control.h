/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket's commands: one line in, text out. Pure; the table is also what main.c makes its help of. */
#ifndef VUICC_TESTNET_CONTROL_H
#define VUICC_TESTNET_CONTROL_H

#include "bmsc.h"

enum { CONTROL_LINE_MAX = 512, CONTROL_ARGS_MAX = 3 };

/* An answer ends in one of these two lines. */
#define CONTROL_OK "ok\n"
#define CONTROL_ERROR "error: "

struct control_command {
	const char *name;
	const char *arguments; /* for help */
	const char *help;
	size_t least; /* arguments that have to be there, options not counted */
	size_t most; /* with options */
	bool (*run)(struct bmsc *b, char *const *args, size_t n, const struct outbox *outbox, const struct log *out,
		    int64_t now, const char **ret_why);
};

extern const struct control_command control_commands[];
extern const size_t control_commands_count;

/* The command with this name, or NULL. */
const struct control_command *control_find(const char *name);

/*
 * Runs a line (words with blanks between, no newline). What the command lists goes through put as lines, then CONTROL_OK
 * or CONTROL_ERROR and a sentence.
 */
void control_run(struct bmsc *b, struct span line, const struct outbox *outbox,
		 void (*put)(void *ctx, struct span line), void *ctx, int64_t now);

#endif
