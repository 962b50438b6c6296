/* SPDX-License-Identifier: Apache-2.0 */
/* MILENAGE, TS 35.206 clause 4.1, with the constants of that clause. aka.h is the way in for everybody else. */
#ifndef VUICC_MILENAGE_H
#define VUICC_MILENAGE_H

#include "prim.h"

struct milenage {
	const struct key128 *k, *opc;
	struct prim *prim;
};

void milenage_opc(struct prim *p, struct key128 *ret_opc, const struct key128 *k, const struct key128 *op);

/* f1 and f1*; either output may be NULL. */
void milenage_f1(const struct milenage *m, uint8_t *ret_mac_a, uint8_t *ret_mac_s, const uint8_t rand[static 16],
		 const uint8_t sqn[static 6], const uint8_t amf[static 2]);

/* f2, f3, f4 and f5. */
void milenage_f2345(const struct milenage *m, uint8_t ret_res[static 8], struct key128 *ret_ck, struct key128 *ret_ik,
		    uint8_t ret_ak[static 6], const uint8_t rand[static 16]);

void milenage_f5star(const struct milenage *m, uint8_t ret_ak[static 6], const uint8_t rand[static 16]);

#endif
