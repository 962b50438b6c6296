/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the interpreter share. */
#ifndef VUICC_SCRIPT_RUN_INT_H
#define VUICC_SCRIPT_RUN_INT_H

#include "run.h"
#include "../../apdu/sw.h"

/* Lines: a part of a file. */
struct run_block {
	struct span text;
	unsigned line; /* number of the first one */
};

enum run_service { SERVICES_UNREAD, SERVICES_READ, SERVICES_UNREADABLE };

enum run_uicc { UICC_UNASKED, UICC_YES, UICC_NO };

struct run {
	struct run_ops ops;
	struct run_options options;
	const struct value_vars *given;
	struct value_vars vars;
	struct script_step step; /* the line at hand */
	struct span text; /* its text: in the file, or in `joined` */
	uint8_t joined[SCRIPT_LINE_MAX + 1]; /* a line and its continuations */
	struct run_where where;
	unsigned includes;
	bool prompt; /* lines come one by one from somebody who sees them */

	/* The script. */
	const char *title, *file;
	char stopped[RUN_TEXT_MAX]; /* why nothing more of it is run; "" when it is */

	/* The case. */
	char clause[RUN_TEXT_MAX], wrong[RUN_TEXT_MAX];
	unsigned commands, expectations;
	bool left; /* `exit` was said */
	bool reset_due; /* before the first command */
	char must
		[RUN_TEXT_MAX]; /* what it means when the next answer is not as expected; "" when that is nothing special */
	bool computed; /* as in struct match, of the failure */
	uint8_t channel;
	uint64_t budget_us; /* of the next command; 0: none */
	uint8_t capdu[CAPDU_MAX], rapdu[RAPDU_MAX];
	size_t n_capdu, n_rapdu;
	uint64_t took_us;

	/* How it ended. */
	enum run_result result;
	char why[RUN_TEXT_MAX]; /* of a script that cannot be read: with its place */
	size_t differs_at;
	struct span line;

	/* What the card is, found out once a script. */
	enum run_uicc uicc;
	enum run_service services;
	uint8_t ust[APDU_LE_MAX];
	size_t n_ust;
};

/* Ends a case: sets r->result and r->why; returns result. */
enum run_result run_end(struct run *r, enum run_result result, const char *text);

void run_tell(struct run *r, struct run_event *e);

/* One command into r->rapdu. RUN_PASSED or RUN_BROKEN. */
enum run_result run_transmit(struct run *r, struct span capdu, bool raw);
enum run_result run_reset(struct run *r);

/* Does the lines; the place of the last one stays in r->where when it did not pass. */
enum run_result run_block(struct run *r, struct run_block b);

/* Reads the lines and does nothing: a script with a fault in its last line is not begun. */
enum run_result run_check(struct run *r, struct run_block b);

/* The next line with its continuations into r->text; false at the end. */
bool run_next_line(struct run *r, struct run_block *b);

/* What stands before the `! end` of a block; rest begins behind it. */
struct run_block run_until_end(struct run *r, struct run_block *rest);

/* run_needs.c: the need of r->step. RUN_PASSED or RUN_NOT_APPLICABLE, or RUN_BROKEN. */
enum run_result run_needs(struct run *r);

/* One command of the interpreter's own; its status word. RUN_PASSED, whatever the card says, or RUN_BROKEN. */
enum run_result run_ask(struct run *r, const struct capdu *c, sw_t *ret_sw);

/*
 * run_pin.c: the PIN of the selected application is off, or given and right. RUN_NOT_APPLICABLE when it was not given;
 * RUN_BROKEN when it was refused, or is not to be tried. EF_IMSI or EF_IST may be selected then.
 */
enum run_result run_need_pin(struct run *r);

#endif
