/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files whose content follows from the scalars of a profile: EF_DIR and EF_ICCID; EF_IMSI, EF_AD, EF_ACC and EF_UST of the
 * USIM; EF_IMPI, EF_DOMAIN, EF_IMPU, EF_AD and EF_IST of the ISIM.
 */
#ifndef VUICC_PERSO_DERIVED_H
#define VUICC_PERSO_DERIVED_H

#include "tree.h"

/* Refuses a profile that has no file for one of its scalars: 0 or -EINVAL. */
int derived_check(struct profile *p, const struct tree *t);

/*
 * The content that file `no` gets when the profile gives none: appended to w, whose room is the file's size; nothing
 * when the file is not one of these. 0 or -EINVAL (the file is too small).
 */
int derived_put(struct profile *p, const struct tree *t, size_t no, struct wr *w);

/* Whether content that the profile gives itself agrees with the scalars: 0 or -EINVAL. */
int derived_agrees(struct profile *p, const struct tree *t, size_t no, struct span content);

#endif
