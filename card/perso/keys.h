/* SPDX-License-Identifier: Apache-2.0 */
/* The secrets of a profile - K, OP or OPc, SQN, PINs and PUKs - as the card stores them. */
#ifndef VUICC_PERSO_KEYS_H
#define VUICC_PERSO_KEYS_H

#include "profile_int.h"

/* Each fills in its struct, or refuses the profile: 0 or -EINVAL. */
int keys_aka(struct profile *p, struct aka_desc *ret);
int keys_sqn(struct profile *p, struct sqn_desc *ret);
/* name is "pin1", "pin2" or "adm1". */
int keys_pin(struct profile *p, const char *name, const struct model_pin *m, struct pin_desc *ret);

#endif
