/* SPDX-License-Identifier: Apache-2.0 */
#include "hidden.h"

#include "app.h"
#include "fs.h"

/* Files whose records have an object each. */
static const struct {
	enum app_ef ef;
	enum obj_kind kind;
} keyed[] = {
	{ APP_EF_GBANL, OBJ_NAF },
	{ APP_EF_MUK, OBJ_MUK },
	{ APP_EF_MSK, OBJ_MSK },
};

static void forget_records(struct uicc *u, uint16_t adf, enum obj_kind kind, unsigned first)
{
	for (unsigned record = first; record <= UINT8_MAX; record++)
		nv_erase(u->nv, OBJ(kind, (uint32_t)adf << 8 | record));
}

/* Ks goes as well: no key that is forgotten with its counter can be derived again (decision 46). */
static void forget_bootstrapping(struct uicc *u, uint16_t adf)
{
	nv_erase(u->nv, OBJ(OBJ_KS, adf));
	nv_erase(u->nv, OBJ(OBJ_NAF_USE, adf));
}

void hidden_forget(struct uicc *u, uint16_t no, unsigned first)
{
	const struct file_desc *f = fs_file(u, no);

	if (f == NULL)
		return;
	if (f->type == FILE_ADF) {
		forget_bootstrapping(u, no);
		nv_erase(u->nv, OBJ(OBJ_SPENT, no));
		return; /* the files below are forgotten one by one */
	}
	for (size_t i = 0; i < VU_COUNT(keyed); i++) {
		if (app_ef(u, f->parent, keyed[i].ef) != no)
			continue;
		forget_records(u, f->parent, keyed[i].kind, first);
		if (keyed[i].kind != OBJ_MSK)
			forget_bootstrapping(u, f->parent);
	}
}
