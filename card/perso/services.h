/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a service of EF_UST wants, and which services a file wants (TS 31.102 clauses 4.2 and 4.2.8). */
#ifndef VUICC_PERSO_SERVICES_H
#define VUICC_PERSO_SERVICES_H

#include "tree.h"

enum {
	SERVICE_USIM_SHALL_HAVE = 33, /* "shall be set to 1" in every USIM */
	SERVICE_GBA = 68,
	SERVICE_MBMS = 69,
};

bool services_has(const struct model *m, unsigned service);

/* Refuses a service without its files and a file without its service: 0 or -EINVAL. */
int services_check(struct profile *p, const struct tree *t);

/* A service's name for people; NULL when this program knows none. */
const char *services_name(unsigned service);

#endif
