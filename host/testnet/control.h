/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of `vuicc-testnet ctl`: one line in, an answer of lines out. Pure; the table is also what main.c makes its
 * help of.
 *
 * An answer is what the command lists, an event a line (host/log.h), and a last line: "ok", or "error: " and a sentence.
 * With --json both are objects:
 *
 *   {"result":"ok","command":"push","key_domain":"00f110","msk_id":"00010002","mtk_id":"0000"}
 *   {"result":"error","command":"push","reason":"…"}
 */
#ifndef VUICC_TESTNET_CONTROL_H
#define VUICC_TESTNET_CONTROL_H

#include "bmsc.h"
#include "fault.h"

enum { CONTROL_LINE_MAX = 512, CONTROL_ARGS_MAX = 2 };

/* Options, as bits: a command's row says which it takes; all take CONTROL_JSON. */
enum {
	CONTROL_NO_ACK = 1 << 0,
	CONTROL_DOWNLOAD = 1 << 1,
	CONTROL_JSON = 1 << 2,
	CONTROL_NEW = 1 << 3,
	CONTROL_INTERVAL = 1 << 4,
	CONTROL_RATE = 1 << 5,
	CONTROL_SPREAD = 1 << 6,
	CONTROL_KEYS = 1 << 7,
	CONTROL_UNVERIFIED = 1 << 8,
	CONTROL_PULL = 1 << 9,
	CONTROL_ROC = 1 << 10,
	CONTROL_OPTIONS = 11, /* how many */
};

struct control_option {
	const char *name; /* with its dashes */
	unsigned bit;
	bool has_value; /* --name=VALUE in one word */
};

extern const struct control_option control_options[CONTROL_OPTIONS];

/* What commands act on. */
struct control_net {
	struct bmsc *bmsc;
	struct faults *faults;
	const struct outbox *outbox;
};

/* Gets one line with its newline, and must not keep it. */
typedef void control_put(void *ctx, struct span line);

/* An answer, which may be longer than anybody takes at once. */
struct control_answer {
	bool over; /* its last line has been put */
	bool json;
	const char *command; /* NULL = none that is known */
	bool has_msk; /* it was about an MSK: */
	struct mikey_key_id msk; /* the current one of the group; its last MTK ID */
	bool lists;
	struct bmsc_listing listing;
};

/* A line taken apart, and what it acts on. */
struct control {
	const struct control_net *net;
	const char *arg[CONTROL_ARGS_MAX];
	size_t n;
	unsigned options;
	const char *value[CONTROL_OPTIONS]; /* of the option in that row; NULL = not given */
	struct control_answer *answer;
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
	size_t keys; /* which argument names a Key Group whose current MSK is told, from 1; 0 = none */
};

extern const struct control_command control_commands[];
extern const size_t control_commands_count;

/* The command with this name, or NULL. */
const struct control_command *control_find(const char *name);

/* Runs a line (words with blanks between, no newline) and puts its answer, or nothing yet of one that lists. */
void control_begin(struct control_answer *ret, const struct control_net *net, struct span line, control_put *put,
		   void *ctx, int64_t now);

/* Puts the next line of an answer that is not over. */
void control_go_on(struct control_answer *a, const struct control_net *net, control_put *put, void *ctx, int64_t now);

/* All of an answer at once. */
void control_run(const struct control_net *net, struct span line, control_put *put, void *ctx, int64_t now);

/* The last line of an answer, in either form, with its newline. */
void control_end_put(struct wr *out, const struct control_answer *a, bool ok, const char *why);

/* Whether this is the last line of an answer, and how it went; *ret_why: the sentence of one that is no object. */
bool control_is_end(struct span line, bool *ret_ok, struct span *ret_why);

#endif
