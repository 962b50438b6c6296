/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of vuicc-apdu. */
#ifndef VUICC_SCRIPT_OPTIONS_H
#define VUICC_SCRIPT_OPTIONS_H

#include "pack.h"
#include "record.h"
#include "report.h"

enum {
	OPTIONS_DONE = -1, /* nothing is left to be done */
	OPTIONS_USAGE = 2,
	OPTIONS_SCRIPT = 3,
};

struct options {
	const char *reader, *card, *vpcd; /* at most one of them, or new_card */
	bool new_card; /* for each script */
	const char *junit, *record_file;
	bool with_shell;
	bool pin_given;
	struct pack_scripts scripts; /* packs first */
	struct run_options run;
	enum report_format format;
	bool trace, secrets;
	struct value_vars vars;
};

/*
 * Takes the command line, whose keys and PINs are wiped where `ps` shows them. 0, OPTIONS_DONE after --help and the like, or
 * the exit status to end with: what is wrong has been said.
 */
int options_take(struct options *o, int argc, char **argv);

#endif
