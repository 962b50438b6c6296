/* SPDX-License-Identifier: Apache-2.0 */
/* Access rules: what a record of EF_ARR says, and whether the card's security status satisfies it (TS 102 221 clause 9.2). */
#ifndef VUICC_ACL_H
#define VUICC_ACL_H

#include "uicc_int.h"

/*
 * What a rule can grant: bits of the access mode byte for EFs and for directories (ISO 7816-4 tables 17 and 16), and
 * commands that have no bit and are named by their INS (TS 102 221 9.2.2).
 */
enum acl_mode {
	ACL_READ = 0x01,
	ACL_UPDATE = 0x02,
	ACL_DEACTIVATE = 0x08,
	ACL_ACTIVATE = 0x10,
	ACL_TERMINATE = 0x20,
	ACL_DELETE = 0x40, /* this file or directory itself */

	ACL_DELETE_CHILD = 0x01, /* directories from here */
	ACL_CREATE_EF = 0x02,
	ACL_CREATE_DF = 0x04,

	ACL_BY_INS = 0x100,
	ACL_INCREASE = ACL_BY_INS | 0x32,
	ACL_RESIZE = ACL_BY_INS | 0xD4,
};

/* For any file. SW_OK, or SW_SECURITY: nothing grants it, or what grants it is not satisfied. */
VU_MUST_USE sw_t acl_check(const struct uicc *u, uint16_t no, enum acl_mode mode);

/* Whether this PIN by itself, whatever its status, would be enough; with reference 0: whether nothing is needed. */
bool acl_enough(const struct uicc *u, uint16_t no, enum acl_mode mode, uint8_t reference);

#endif
