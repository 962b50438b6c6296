/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events as one HTML page: a ladder UICC - ME - BSF - BM-SC, an element for each event, which opens to its members. The
 * page needs nothing beside itself, and has no script: what opens are elements <details>, by mouse or keyboard. It forbids
 * scripts and anything from elsewhere, should something of a log ever get through.
 */
#ifndef VUICC_REPORT_PAGE_H
#define VUICC_REPORT_PAGE_H

#include "event.h"

/* Writes events that are in order; logs: the names of their files, then NULL. The caller looks at ferror(). */
void page_write(FILE *out, const struct events *e, char *const *logs);

#endif
