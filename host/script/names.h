/* SPDX-License-Identifier: Apache-2.0 */
/* What people call commands, files and data objects: TS 102 221, TS 31.102, TS 31.103. */
#ifndef VUICC_SCRIPT_NAMES_H
#define VUICC_SCRIPT_NAMES_H

#include "../../apdu/apdu.h"

/* Where a file of that identifier has that name. */
enum names_app { NAMES_MF, NAMES_USIM, NAMES_ISIM };

struct names_file {
	enum names_app app;
	uint16_t fid;
	uint8_t sfi; /* 0: none */
	const char *name; /* EF.IMSI, DF.PHONEBOOK */
};

/* What has been selected, as far as it can be told from commands and their answers; all zero after a reset. */
struct names {
	enum names_app app;
	const struct names_file *file; /* NULL: not known */
};

extern const struct names_file names_files[];
extern const size_t names_n_files;

/* The AID of ADF.USIM or ADF.ISIM as far as all cards have it; empty for the MF. */
struct span names_aid(enum names_app app);

/* "SELECT EF.IMSI", "READ RECORD 1". Appends; n is what was selected before. */
void names_command(const struct names *n, struct wr *out, struct span capdu);

/* What is selected after a command and its answer. */
void names_follow(struct names *n, struct span capdu, struct span rapdu);

/*
 * The data of an answer, when they are BER-TLV, with FF behind them in a record, and the first object is one that the
 * selected file has, or an FCP or application template: a line each, with `indent` in front. Appends nothing otherwise.
 */
void names_objects(const struct names *n, struct wr *out, struct span data, const char *indent);

#endif
