/* SPDX-License-Identifier: Apache-2.0 */
/* The file control parameters that CREATE FILE and RESIZE FILE bring: TS 102 222 clauses 6.3 and 6.10. Pure. */
#ifndef VUICC_FCP_H
#define VUICC_FCP_H

#include "../apdu/bytes.h"

/* Each borrows from the command; p is NULL where the object is absent. */
struct fcp {
	struct span descriptor; /* 82 */
	struct span fid; /* 83 */
	struct span aid; /* 84 */
	struct span lcs; /* 8A */
	struct span arr; /* 8B */
	struct span compact; /* 8C */
	struct span expanded; /* AB */
	struct span size; /* 80 */
	struct span sfi; /* 88 */
	struct span maximum; /* A5 86 */
	struct span special; /* A5 C0 */
	struct span fill; /* A5 C1: its last octet goes on to the end */
	struct span repeat; /* A5 C2: all of it, again and again */
};

/* False unless `data` is one template 62 with whole objects, none of those above twice. Others are passed over. */
VU_MUST_USE bool fcp_parse(struct fcp *ret, struct span data);

/* A number of at most four octets; false when it is absent, empty or longer. */
VU_MUST_USE bool fcp_number(struct span v, size_t *ret);

#endif
