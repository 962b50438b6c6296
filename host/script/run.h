/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does what a script says. Pure over the callbacks: cards, files, randomness and time are the caller's.
 *
 * A script is made of cases: what stands behind each `! case` line; what stands before the first of them is done before
 * every one of them. A script without such a line is one case. Every case begins with a reset and without the variables
 * of the one before.
 */
#ifndef VUICC_SCRIPT_RUN_H
#define VUICC_SCRIPT_RUN_H

#include "match.h"

enum { RUN_TEXT_MAX = 512, RUN_INCLUDES_MAX = 8 };

enum run_result {
	RUN_PASSED,
	RUN_FAILED, /* the card answers otherwise than the script expects */
	RUN_NOT_APPLICABLE, /* the card, or what was given about it, lacks what the case needs */
	RUN_BAD_SCRIPT, /* a line cannot be read or computed: nothing more is run of this script */
	RUN_BROKEN, /* no card any more; or a PIN was refused, and no further try is made: nothing more is run at all */
};

struct run_where {
	const char *file;
	unsigned line;
};

struct run_event {
	enum run_event_kind {
		RUN_COMMAND, /* capdu, rapdu, took_us */
		RUN_RESET, /* the card was reset */
		RUN_COMMENT, /* text */
		RUN_CASE_BEGINS, /* name */
		RUN_CASE_ENDS, /* everything below, and text: why it did not pass, "" when it did */
	} kind;
	const char *script; /* its title; of the events of a case */
	struct run_where where;
	bool raw; /* the command */
	struct span capdu, rapdu; /* of the last command, also at the end of a case */
	uint64_t took_us; /* the command; the case */
	const char *text, *name;
	const char *meaning; /* RUN_FAILED: of the answer, "" when the script says nothing; RUN_CASE_ENDS only */
	const char *clause,
		*wrong; /* what the case says about itself: `# clause:`, `# wrong card:`; "" when it does not */
	enum run_result result;
	unsigned commands, expectations; /* of the case, as far as it went */
	size_t differs_at; /* octet of rapdu, from 0; SIZE_MAX when the failure is none of that kind */
	bool computed; /* text has octets of a variable or a function in it */
	struct span line; /* RUN_FAILED: the expectation as the script has it */
};

struct run_ops {
	/* A command; its answer with the status word is appended. raw: GET RESPONSE is not sent on its own. 0 or -errno. */
	int (*transmit)(void *ctx, struct span capdu, bool raw, struct wr *rapdu);
	int (*reset)(void *ctx);
	/* Keeps other programs from the card, until release(): what a case has selected and verified stays. 0 or -errno. */
	int (*hold)(void *ctx);
	void (*release)(void *ctx);
	/* The last failure of these in words. */
	const char *(*why)(void *ctx);
	/* A file that `from` includes; text and name stay good until the run has ended. Reason in words, or NULL. */
	const char *(*load)(void *ctx, const char *from, struct span name, const char **ret_name,
			    struct span *ret_text);
	uint64_t (*now_us)(void *ctx);
	void (*event)(void *ctx, const struct run_event *e);
	void *ctx;
};

struct run_options {
	bool fresh; /* the card was made for this script, as its `! profile` and `! card` lines say */
	bool destructive; /* cases may change what cannot be changed back */
};

/* Opaque, and large. */
struct run;

/* vars: what cases begin with, borrowed, with its functions' environment. NULL without memory. */
struct run *run_open(const struct run_ops *ops, const struct run_options *options, const struct value_vars *vars);

/* NULL is fine; wipes. */
void run_close(struct run *r);

/* A whole script; title: its name in events. The worst of what its cases came to: BROKEN, BAD_SCRIPT, FAILED, then PASSED or NOT_APPLICABLE. */
enum run_result run_script(struct run *r, const char *title, const char *file, struct span text);

/*
 * Keeps the card from other programs, as run_script() does for every case; and gives it free. RUN_PASSED, or RUN_BROKEN, and
 * then there is nothing to release.
 */
enum run_result run_hold(struct run *r);
void run_release(struct run *r);

/*
 * One line in a session that has no cases: for a prompt, which holds the card for the lines that belong together. The
 * variables stay from line to line.
 */
enum run_result run_line(struct run *r, struct span line);

/* Why the last line or case did not pass, in words. */
const char *run_why(const struct run *r);

#endif
