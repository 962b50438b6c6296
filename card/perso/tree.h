/* SPDX-License-Identifier: Apache-2.0 */
/* The profile's list of files as a tree of descriptors, with the EF_ARR record that each of them refers to. */
#ifndef VUICC_PERSO_TREE_H
#define VUICC_PERSO_TREE_H

#include "access.h"
#include "apps.h"
#include "profile_int.h"

enum { FID_DIR = 0x2F00, FID_ARR_MF = 0x2F06, FID_ICCID = 0x2FE2, FID_ARR_DF = 0x6F06, FID_ADF = 0x7FFF };

/* A record of an EF_ARR. */
struct tree_rule {
	uint16_t arr; /* file number of that EF */
	uint8_t record;
	uint8_t n;
	uint8_t octets[ACCESS_RULE_MAX];
};

/* A file's number is its place in the profile's list. */
struct tree {
	struct file_desc file[FILES_MAX];
	size_t n;
	uint16_t adf[MODEL_APPS]; /* of each application, or FILE_NONE */
	struct tree_rule rule[FILES_MAX];
	size_t rules;
};

/* Makes the tree from p->model, or refuses what contradicts itself: 0 or -EINVAL. */
int tree_build(struct profile *p, struct tree *t);

bool tree_is_df(const struct file_desc *f);
bool tree_is_arr(const struct tree *t, size_t no);

/* The file with this FID in a directory (by file number), or FILE_NONE. ADFs have none. */
uint16_t tree_child(const struct tree *t, uint16_t df, uint16_t fid);

/* Writes the content of an EF_ARR: its rules, each filled up with FF to the record size. */
void tree_put_rules(const struct tree *t, size_t arr, struct wr *w);

#endif
