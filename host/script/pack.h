/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packs: scripts that are installed with the program. A pack is a script NAME.apdu, or a folder NAME of scripts, in the
 * folder that VUICC_PACKS names, or else in share/vuicc/packs beside the folder of the program.
 */
#ifndef VUICC_SCRIPT_PACK_H
#define VUICC_SCRIPT_PACK_H

#include <stddef.h>
#include <stdio.h>

enum { PACK_SCRIPTS_MAX = 512 };

/* Scripts to be run, in this order. All zero to begin with. */
struct pack_scripts {
	size_t n;
	struct pack_script {
		char *path;
		char *title; /* what a report calls it: the path, NAME, or NAME/MEMBER */
		char *changes; /* what a pack says that it changes on a card; NULL: nothing is known */
	} script[PACK_SCRIPTS_MAX];
};

/* A script that is none of a pack's. 0, -E2BIG or -ENOMEM. */
int pack_add_file(struct pack_scripts *scripts, const char *path);

/* The scripts of a pack, or of each of them when the name is "all". -ENOENT: there is none of that name; or as above. */
int pack_add(struct pack_scripts *scripts, const char *name);

void pack_scripts_free(struct pack_scripts *scripts);

/* Lists the packs: name, number of cases, what they are about, what they change. 0 or -errno. */
int pack_list(FILE *out);

#endif
