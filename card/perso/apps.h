/* SPDX-License-Identifier: Apache-2.0 */
/* The applications that a profile may have: the USIM, which it must, and the ISIM. */
#ifndef VUICC_PERSO_APPS_H
#define VUICC_PERSO_APPS_H

#include "model.h"

struct app_facts {
	const char *adf; /* its ADF in a path */
	uint8_t aid[7]; /* RID and application code, TS 101 220 Annex E */
	const char *aid_text; /* the same in hexadecimal */
	const char *aid_key, *label_key, *services_key; /* where the profile speaks of it */
};

/* By enum model_app_kind. */
extern const struct app_facts app_facts[MODEL_APPS];

/* Whether the profile has this application at all. */
bool apps_has(const struct model *m, enum model_app_kind app);

/* Whether the ISIM has PINs of its own: then it is application 2 (TS 102 221 table 9.3), else it shares the USIM's. */
enum { USIM_APPLICATION = 1, ISIM_APPLICATION = 2 };
bool apps_own_pins(const struct model *m);

#endif
