/* SPDX-License-Identifier: Apache-2.0 */
/* Access rules as records of EF_ARR, TS 102 221 clause 9.2 and ISO/IEC 7816-4 clause 9.3. Pure. */
#ifndef VUICC_PERSO_ACCESS_H
#define VUICC_PERSO_ACCESS_H

#include "model.h"

enum { ACCESS_RULE_MAX = 8 * (3 + 8) }; /* octets: every mode with a condition of its own */

/*
 * Writes a rule for an EF or for a directory, as far as it speaks of one: for each condition one access mode DO with all
 * the modes it stands for, then the condition; after these, commands that have no mode by their INS. What a rule does not
 * name gets no DO: refused.
 * Its PINs are those of the application (1 to 8, TS 102 221 table 9.3).
 */
void access_rule_put(struct wr *w, const struct model_rule *rule, bool directory, uint8_t application);

/* Whether a rule names something that an EF, or a directory, does not know: what, or NULL. */
const char *access_rule_stranger(const struct model_rule *rule, bool directory);

/* A rule in words: "read always, update adm1"; "nothing" when it grants nothing. Returns buf. */
const char *access_rule_text(char *buf, size_t n, struct span rule, bool directory);

#endif
