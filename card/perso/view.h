/* SPDX-License-Identifier: Apache-2.0 */
/* A stored card without its secrets: what `vuicc-perso show` may look at. Keys and codes are never copied into it. */
#ifndef VUICC_PERSO_VIEW_H
#define VUICC_PERSO_VIEW_H

#include "apps.h"
#include "vuicc/uicc.h"

struct view_pin {
	bool present, enabled;
	uint8_t tries, tries_max, puk_tries, puk_tries_max;
};

struct view {
	bool has_card;
	struct card_desc card;
	struct file_desc file[FILES_MAX]; /* by number; type 0 where there is none */
	struct span body[FILES_MAX]; /* owned; empty where there is none */
	struct view_pin pin[256]; /* by key reference */
};

/* Reads a store. NULL with a sentence in *ret_why when it does not hold a whole card, or memory is short. */
struct view *view_open(const struct nv_ops *nv, void *nv_ctx, const char **ret_why);
/* NULL is fine. */
void view_close(struct view *v);

/* The file with this FID in a directory (by number), or FILE_NONE. */
uint16_t view_child(const struct view *v, uint16_t df, uint16_t fid);

/* Content of the EF with this FID in a directory; empty when there is none. */
struct span view_body(const struct view *v, uint16_t df, uint16_t fid);

/* Record 1.. of file `no`; empty behind the last. */
struct span view_record(const struct view *v, uint16_t no, unsigned record);

/* Whether file `no` is the ADF of this application. */
bool view_is_app(const struct view *v, uint16_t no, enum model_app_kind app);

/* The rule a file refers to; empty when there is none. */
struct span view_rule(const struct view *v, uint16_t no);

#endif
