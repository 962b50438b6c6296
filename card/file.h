/* SPDX-License-Identifier: Apache-2.0 */
/* A file as a command meets it: which one is meant, in what state it is, and whether this may be done to it now. */
#ifndef VUICC_FILE_H
#define VUICC_FILE_H

#include "acl.h"
#include "fs.h"

/* Makes a file the current one of the running command's channel: record pointer and data transfer of the last one end. */
void file_make_current(struct uicc *u, uint16_t no);

/* What SELECT ends with: 9000, 6283 deactivated, 6285 terminated (TS 102 221 table 10.9). */
sw_t file_selected_sw(const struct uicc *u, uint16_t no);

/*
 * The life cycle, in one place: a file is as dead as any directory it lies in. 9000; 6984 deactivated, unless mode is
 * reading or updating of an EF that allows this all the same; 6985 terminated. Deactivation stops neither activation
 * nor deletion nor termination, termination stops everything but deletion.
 */
VU_MUST_USE sw_t file_state(const struct uicc *u, uint16_t no, enum acl_mode mode);

/* Both life cycle and access rule. */
VU_MUST_USE sw_t file_admits(const struct uicc *u, uint16_t no, enum acl_mode mode);

/* Sets of EF structures. */
#define FILE_TYPE_BIT(type) (1u << (type))
enum {
	WITH_OCTETS = FILE_TYPE_BIT(FILE_TRANSPARENT),
	WITH_RECORDS = FILE_TYPE_BIT(FILE_LINEAR) | FILE_TYPE_BIT(FILE_CYCLIC),
	WITH_CYCLE = FILE_TYPE_BIT(FILE_CYCLIC),
	WITH_OBJECTS = FILE_TYPE_BIT(FILE_BER_TLV),
};

/*
 * The EF that a command means: the current one with sfi 0, else the one of that SFI, which becomes current. 6A82 no such
 * SFI, 6986 no current EF, 6981 another structure than those of the set, then what file_admits() says.
 */
VU_MUST_USE sw_t file_open(struct uicc *u, uint8_t sfi, unsigned structures, enum acl_mode mode, uint16_t *ret_no);

/* An SFI in five bits: 0 stands for the current EF, 1F is no SFI. */
bool file_sfi_ok(uint8_t sfi);

#endif
