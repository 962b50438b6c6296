/* SPDX-License-Identifier: Apache-2.0 */
/* The file tree: finding files by every way of TS 102 221 clause 8.4, FCPs, contents. Files are named by their number. */
#ifndef VUICC_FS_H
#define VUICC_FS_H

#include "uicc_int.h"

enum { FID_MF = 0x3F00, FID_CURRENT_ADF = 0x7FFF };

/* Reads the descriptors of all files. False unless they are one tree under the MF, each EF with all of its content. */
VU_MUST_USE bool fs_load(struct uicc *u);

/*
 * Changes of the tree: staged in the store and in force at once. When the command fails in the end, the dispatcher reads
 * the tree anew from what is stored.
 *
 * fs_change() gives file `no` this descriptor; a new number comes from fs_free_number(), and the content of a new EF is
 * the caller's to stage. fs_remove() takes everything below with it.
 */
VU_MUST_USE bool fs_change(struct uicc *u, uint16_t no, const struct file_desc *f);
void fs_remove(struct uicc *u, uint16_t no);
/* A number for a new file in this directory (above its parent's), or FILE_NONE. */
uint16_t fs_free_number(const struct uicc *u, uint16_t parent);

const struct file_desc *fs_file(const struct uicc *u, uint16_t no);
bool fs_is_df(const struct uicc *u, uint16_t no);

/* Each returns a file number, or FILE_NONE. */
uint16_t fs_child(const struct uicc *u, uint16_t df, uint16_t fid);
/* SELECT by FID as seen from the channel, TS 102 221 8.4.1. */
uint16_t fs_by_fid(const struct uicc *u, const struct chan *c, uint16_t fid);
uint16_t fs_by_sfi(const struct uicc *u, uint16_t df, uint8_t sfi);
/* A path of FIDs from `start`, which may begin with 7FFF when start is the MF. */
uint16_t fs_by_path(const struct uicc *u, const struct chan *c, uint16_t start, struct span path);

/* Which of the ADFs that begin with these octets, TS 102 221 table 11.2. */
enum fs_occurrence { FS_FIRST, FS_LAST, FS_NEXT, FS_PREVIOUS };
uint16_t fs_by_aid(const struct uicc *u, const struct chan *c, struct span aid, enum fs_occurrence which);

/* The ADF that the current directory lies in; FILE_NONE when it is outside of all. */
uint16_t fs_adf_of(const struct uicc *u, const struct chan *c);

/* The FCP template of a file, TS 102 221 11.1.1.3. */
void fs_put_fcp(const struct uicc *u, struct wr *out, uint16_t no);

/* Content: all of it; one record (1..records); empty (p NULL) when there is none. */
struct span fs_body(const struct uicc *u, uint16_t no);
struct span fs_record(const struct uicc *u, uint16_t no, unsigned record);

/* Stages a part of a content: `from` octets on, n of them. */
struct wr fs_edit(struct uicc *u, uint16_t no, size_t from, size_t n);
/* Whether there is room for a content of n octets in the place of what there is; always when it is no longer. */
bool fs_has_room(const struct uicc *u, uint16_t no, size_t n);
/* Stages a content of another length, n > 0, to be written whole. */
struct wr fs_new_body(struct uicc *u, uint16_t no, size_t n);
struct wr fs_edit_record(struct uicc *u, uint16_t no, unsigned record);

#endif
