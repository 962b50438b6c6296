/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What AUTHENTICATE must know of an application: where its services stand and which of its files the card itself writes.
 *
 * The same identifier means different files in different applications: 6FD7 is EF_MSK in the USIM (TS 31.102 4.2.80) and
 * EF_GBANL in the ISIM (TS 31.103 4.2.10). So nobody names one without naming the application.
 */
#ifndef VUICC_APP_H
#define VUICC_APP_H

#include "uicc_int.h"

enum app_kind { APP_USIM = 0x01, APP_ISIM = 0x02 }; /* bits, so that a context can name its applications */

/* Files that the card writes. */
enum app_ef { APP_EF_GBABP, APP_EF_GBANL, APP_EF_MUK, APP_EF_MSK };

/* The application of an ADF; 0 when its AID is none that this card knows (TS 101 220 Annex E). */
unsigned app_kind_of(const struct uicc *u, uint16_t adf);

/* The file's number, or FILE_NONE: no such file in this application, or not on this card. */
uint16_t app_ef(const struct uicc *u, uint16_t adf, enum app_ef which);

/* Whether service n of EF_UST or EF_IST is available, TS 31.102 4.2.8, TS 31.103 4.2.7. */
bool app_service(const struct uicc *u, uint16_t adf, unsigned n);

#endif
