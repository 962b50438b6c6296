/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hidden side of EF_MSK: the MSKs of a (Key Domain, Key Group), one object a record. The object is the truth, the EF
 * is what a terminal may read of it (TS 31.102 4.2.80); both are always staged together.
 */
#ifndef VUICC_MSK_H
#define VUICC_MSK_H

#include "crypto/mgv.h"
#include "uicc_int.h"

/* The record that holds this group, its MSKs in *ret; 0 when the card has none of it. */
unsigned msk_find(const struct uicc *u, uint16_t adf, const uint8_t domain[static 3], uint16_t group,
		  struct mgv_group *ret);
/* A free record; 0 when there is none. */
unsigned msk_record_free(const struct uicc *u, uint16_t adf);

/* Stages a group; one without MSKs frees its record. False when the record is too short. */
VU_MUST_USE bool msk_store(struct uicc *u, uint16_t adf, unsigned record, const uint8_t domain[static 3],
			   uint16_t group, const struct mgv_group *g);

#endif
