/* SPDX-License-Identifier: Apache-2.0 */
/* Access rules: what a record of EF_ARR says, and whether the card's security status satisfies it (TS 102 221 clause 9.2). */
#ifndef VUICC_ACL_H
#define VUICC_ACL_H

#include "uicc_int.h"

/* Bits of the access mode byte for EFs, ISO 7816-4 table 17. */
enum acl_mode {
	ACL_READ = 0x01,
	ACL_UPDATE = 0x02,
	ACL_DEACTIVATE = 0x08,
	ACL_ACTIVATE = 0x10,
};

/* SW_OK, or SW_SECURITY: nothing grants it, or what grants it is not satisfied. */
VU_MUST_USE sw_t acl_check(const struct uicc *u, uint16_t no, enum acl_mode mode);

#endif
