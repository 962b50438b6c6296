/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket's commands: one line in, text out. Pure; the table is also what main.c makes its help of. */
#ifndef VUICC_TESTNET_CONTROL_H
#define VUICC_TESTNET_CONTROL_H

#include "bmsc.h"
#include "fault.h"

enum { CONTROL_LINE_MAX = 512, CONTROL_ARGS_MAX = 2 };

/* An answer ends in one of these two lines. */
#define CONTROL_OK "ok\n"
#define CONTROL_ERROR "error: "

/* Options, as bits: a command's row says which it takes. */
enum {
	CONTROL_NO_ACK = 1 << 0,
	CONTROL_DOWNLOAD = 1 << 1,
	CONTROL_JSON = 1 << 2,
	CONTROL_NEW = 1 << 3,
	CONTROL_INTERVAL = 1 << 4,
	CONTROL_RATE = 1 << 5,
	CONTROL_PULL = 1 << 6,
};

struct control_option {
	const char *name; /* with its dashes */
	unsigned bit;
	bool has_value; /* --name=VALUE in one word */
};

extern const struct control_option control_options[];
extern const size_t control_options_count;

/* A line taken apart, and what it acts on. */
struct control {
	struct bmsc *bmsc;
	struct faults *faults;
	const char *arg[CONTROL_ARGS_MAX];
	size_t n;
	unsigned options;
	const char *interval, *rate; /* values; NULL = not given */
	const struct outbox *outbox;
	struct log out; /* what the command lists */
	int64_t now;
	const char *why; /* a sentence when it fails */
};

struct control_command {
	const char *name;
	const char *arguments; /* for help */
	const char *help;
	size_t least, most; /* arguments, options not counted */
	unsigned options;
	bool (*run)(struct control *c);
};

extern const struct control_command control_commands[];
extern const size_t control_commands_count;

/* The command with this name, or NULL. */
const struct control_command *control_find(const char *name);

/*
 * Runs a line (words with blanks between, no newline). What the command lists goes through put as lines, then CONTROL_OK
 * or CONTROL_ERROR and a sentence.
 */
void control_run(struct bmsc *b, struct faults *faults, struct span line, const struct outbox *outbox,
		 void (*put)(void *ctx, struct span line), void *ctx, int64_t now);

#endif
