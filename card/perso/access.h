/* SPDX-License-Identifier: Apache-2.0 */
/* Access rules as records of EF_ARR, TS 102 221 clause 9.2 and ISO/IEC 7816-4 clause 9.3. Pure. */
#ifndef VUICC_PERSO_ACCESS_H
#define VUICC_PERSO_ACCESS_H

#include "model.h"

enum { ACCESS_RULE_MAX = 4 * (3 + 8) }; /* octets: every mode with a condition of its own */

/*
 * Writes a rule for an EF, or for a directory (whose rules know deactivate and activate only): for each condition one
 * access mode DO with all the modes it stands for, then the condition. What a rule does not name gets no DO: refused.
 */
void access_rule_put(struct wr *w, const struct model_rule *rule, bool directory);

/* A rule in words: "read always, update adm1"; "nothing" when it grants nothing. Returns buf. */
const char *access_rule_text(char *buf, size_t n, struct span rule);

#endif
