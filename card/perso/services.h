/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files a service of EF_UST or EF_IST wants, and which services a file wants (TS 31.102 clauses 4.2, 4.4 and 4.2.8;
 * TS 31.103 clauses 4.2 and 4.2.7).
 */
#ifndef VUICC_PERSO_SERVICES_H
#define VUICC_PERSO_SERVICES_H

#include "tree.h"

enum {
	UST_SHALL_HAVE = 33, /* "shall be set to 1" in every USIM */
	UST_GBA = 68,
	UST_MBMS = 69,
	IST_GBA = 2,
};

enum { DF_PHONEBOOK = 0x5F3A, DF_GSM_ACCESS = 0x5F3B, DF_5GS = 0x5FC0 };

/* Refuses a service without its files, a file without its service, and a service that the card does not have. */
int services_check(struct profile *p, const struct tree *t);

/* A service's name for people; NULL when this program knows none. */
const char *services_name(enum model_app_kind app, unsigned service);

#endif
